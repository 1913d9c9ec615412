package text

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"twofold/fault"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Update is the same for the tests from outside.
var Update = update

// codesFile lists every code that a caller may meet.
const codesFile = "docs/CODES.md"

var kinds = map[string]fault.Kind{
	"Invalid": fault.Invalid, "Unauthorized": fault.Unauthorized, "NotFound": fault.NotFound, "Conflict": fault.Conflict, "Limited": fault.Limited,
	"TooLarge": fault.TooLarge, "Unavailable": fault.Unavailable, "Internal": fault.Internal,
}

var audiences = []string{"shopper", "merchant", "operator"}

// mistake is one place where an error with a code is made.
type mistake struct {
	place  string     // "store/lease.go:21"
	code   string     // "" when it is not a literal
	kind   fault.Kind // "" when it is not one of package fault's names
	values []string   // names of the values that are given
	open   bool       // the values are not a literal: any may be given
}

// TestCodes holds codes, their kinds and their sentences together, and docs/CODES.md with them.
func TestCodes(t *testing.T) {
	t.Parallel()
	said := faultSentences(t)
	kindOf := map[string]fault.Kind{}
	for _, kind := range kinds {
		kindOf[string(kind)] = kind // what is answered for an error without a code
	}

	for _, m := range allMistakes(t) {
		for _, problem := range m.problems(said[m.code], kindOf[m.code]) {
			t.Errorf("%s: %s", m.place, problem)
		}
		if m.code != "" {
			kindOf[m.code] = m.kind
		}
	}

	for code, s := range said {
		if _, used := kindOf[code]; !used {
			t.Errorf("en.toml: no error has the code %s.fault.%s", s.audience, code)
		}
	}
	if !t.Failed() {
		compare(t, codesFile, table(kindOf, said))
	}
}

var codePattern = regexp.MustCompile(`\A[a-z][a-z0-9]*(_[a-z0-9]+)*\z`)

// problems checks one use against the code's sentence and the kind that the code had before, "" for none.
func (m mistake) problems(s faultSentence, before fault.Kind) []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }

	switch {
	case m.code == "":
		say("the code is not a literal; use fault.ForLog for what only the log shall say")
	case !codePattern.MatchString(m.code):
		say("%q is no code: snake_case it, and give package text the sentence", m.code)
	case s.text == "":
		say("the code %s has no sentence in en.toml", m.code)
	case m.kind == "" || m.kind == fault.Internal:
		say("the code %s needs a kind of package fault other than Internal, which shows none", m.code)
	case before != "" && before != m.kind:
		say("the code %s has two kinds, %s and %s", m.code, before, m.kind)
	}

	for _, name := range s.names {
		if !m.open && !slices.Contains(m.values, name) {
			say("the sentence of %s names the value %q, which is not given", m.code, name)
		}
	}
	return wrong
}

type faultSentence struct {
	audience string
	text     string
	names    []string // of its values
}

// faultSentences reads the sentences of errors by code. A code may stand under one audience only.
func faultSentences(t *testing.T) map[string]faultSentence {
	t.Helper()
	var all map[string]map[string]any
	if _, err := toml.DecodeFS(files, "en.toml", &all); err != nil {
		t.Fatal(err)
	}

	said := map[string]faultSentence{}
	for _, audience := range audiences {
		entries, _ := all[audience]["fault"].(map[string]any)
		for code, entry := range entries {
			if plural, ok := entry.(map[string]any); ok {
				entry = plural["other"]
			}
			text, _ := entry.(string)
			if text == "" || said[code].text != "" {
				t.Errorf("en.toml: %s.fault.%s is empty, or stands under another audience as well", audience, code)
			}

			s := faultSentence{audience: audience, text: placeholder.ReplaceAllString(text, "…")}
			for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
				s.names = append(s.names, match[1])
			}
			said[code] = s
		}
	}
	return said
}

// allMistakes finds every error with a code that the program makes.
func allMistakes(t *testing.T) []mistake {
	t.Helper()
	var all []mistake
	for _, path := range sources(t, ".go") {
		inside, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Dir(inside) == "fault" {
			continue // defines the calls
		}

		positions := token.NewFileSet()
		file, err := parser.ParseFile(positions, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if m, found := mistakeOf(n); found {
				m.place = fmt.Sprintf("%s:%d", inside, positions.Position(n.Pos()).Line)
				all = append(all, m)
			}
			return true
		})
	}
	return all
}

// mistakeOf reads a node that makes an error with a code: a call of New, With or Wrap, or a literal
// that has a Kind and a Code.
func mistakeOf(n ast.Node) (mistake, bool) {
	switch n := n.(type) {
	case *ast.CallExpr:
		position, made := map[string]int{"New": 1, "With": 1, "Wrap": 2}[ofFault(n.Fun)]
		if !made || len(n.Args) <= position {
			return mistake{}, false
		}
		m := mistake{code: textOf(n.Args[position]), kind: kinds[ofFault(n.Args[0])]}
		if ofFault(n.Fun) == "With" {
			m.take(n.Args[2])
		}
		return m, true

	case *ast.CompositeLit:
		fields := map[string]ast.Expr{}
		for _, e := range n.Elts {
			if pair, ok := e.(*ast.KeyValueExpr); ok {
				if key, ok := pair.Key.(*ast.Ident); ok {
					fields[key.Name] = pair.Value
				}
			}
		}
		kind := ofFault(fields["Kind"])
		if fields["Code"] == nil || (kinds[kind] == "" && ofFault(n.Type) != "Error") {
			return mistake{}, false
		}
		m := mistake{code: textOf(fields["Code"]), kind: kinds[kind], open: ofFault(n.Type) == ""} // a table's values are filled in later
		if fields["Values"] != nil {
			m.take(fields["Values"])
		}
		return m, true
	}
	return mistake{}, false
}

// take reads the names of the values that are given.
func (m *mistake) take(values ast.Expr) {
	given, ok := values.(*ast.CompositeLit)
	if !ok {
		m.open = true
		return
	}
	for _, e := range given.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			m.values = append(m.values, textOf(pair.Key))
		}
	}
}

// ofFault is the name of what an expression takes from package fault; "" for anything else.
func ofFault(e ast.Expr) string {
	selector, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if x, ok := selector.X.(*ast.Ident); !ok || x.Name != "fault" {
		return ""
	}
	return selector.Sel.Name
}

// textOf is the value of a text literal; "" for anything else.
func textOf(e ast.Expr) string {
	text, _ := stringOf(e)
	return text
}

// table is docs/CODES.md.
func table(kindOf map[string]fault.Kind, said map[string]faultSentence) string {
	var b strings.Builder
	b.WriteString(codesHead)
	for _, code := range slices.Sorted(maps.Keys(kindOf)) {
		kind, s := kindOf[code], said[code]
		fmt.Fprintf(&b, "| `%s` | %s | %d | %s | %s |\n", code, kind, kind.Status(), s.audience, strings.ReplaceAll(s.text, "|", `\|`))
	}
	return b.String()
}

const codesHead = "# Codes\n\n" +
	"Every code that an answer, a page or a command may show, made from the sources by `go test ./text -run TestCodes -update`. A code keeps its\n" +
	"name and its kind; the sentence may change, and stands in the reader's language. \"Who\" meets it first: shoppers never read the sentences of\n" +
	"merchants and operators, but that the service is busy. \"…\" stands for a value. Codes named like a kind are those of errors that say no\n" +
	"more than their kind. `retry-after` comes with 429 and 503.\n\n" +
	"| code | kind | HTTP | who | in English |\n| --- | --- | --- | --- | --- |\n"

// compare holds a file of the project against what it should be.
func compare(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join(root, name)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	has, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(has) != want {
		t.Errorf("%s is not what the sources say: run go test ./text -run TestCodes -update, and read the difference", name)
	}
}

func TestCodesAreFound(t *testing.T) {
	t.Parallel()
	source := `package p
	var a = fault.New(fault.Invalid, "one")
	var b = fault.With(fault.Conflict, "two", fault.Values{"count": 1})
	var c = fault.Wrap(fault.Unavailable, err, "three")
	var d = &fault.Error{Kind: fault.Limited, Code: "four", Err: err}
	var e = map[Class]fault.Error{x: {Kind: fault.NotFound, Code: "five"}}
	var f = fault.New(kind, code)
	var g = fault.ForLog(fault.Internal, "six seven")
	var h = referral.Discount{Code: "EIGHT"}
	var i = fault.Error{Kind: fault.Limited}`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	ast.Inspect(file, func(n ast.Node) bool {
		if m, found := mistakeOf(n); found {
			got = append(got, fmt.Sprintf("%s %s %v", m.code, m.kind, m.values))
		}
		return true
	})

	want := []string{"one invalid []", "two conflict [count]", "three unavailable []", "four limited []", "five not_found []", "  []"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// Each way in which a code may be wrong is told.
func TestCodesAreChecked(t *testing.T) {
	t.Parallel()
	known := faultSentence{audience: "shopper", text: "… days.", names: []string{"count"}}
	for _, c := range []struct {
		says   string
		made   mistake
		said   faultSentence
		before fault.Kind
		wrong  int
	}{
		{"right", mistake{code: "hold_days", kind: fault.Invalid, values: []string{"count"}}, known, "", 0},
		{"right again", mistake{code: "hold_days", kind: fault.Invalid, open: true}, known, fault.Invalid, 0},
		{"no literal", mistake{kind: fault.Invalid}, faultSentence{}, "", 1},
		{"a sentence for a code", mistake{code: "No such thing.", kind: fault.Invalid}, faultSentence{}, "", 1},
		{"no sentence", mistake{code: "hold_days", kind: fault.Invalid}, faultSentence{}, "", 1},
		{"no kind", mistake{code: "hold_days", open: true}, known, "", 1},
		{"internal", mistake{code: "hold_days", kind: fault.Internal, open: true}, known, "", 1},
		{"two kinds", mistake{code: "hold_days", kind: fault.Invalid, open: true}, known, fault.Conflict, 1},
		{"a value that is not given", mistake{code: "hold_days", kind: fault.Invalid}, known, "", 1},
	} {
		if got := c.made.problems(c.said, c.before); len(got) != c.wrong {
			t.Errorf("%s: %q", c.says, got)
		}
	}
}
