package text

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// root is the project's folder, seen from this package.
const root = ".."

// apart are folders whose sentences are not the program's own.
var apart = map[string]string{
	"text":                  "here they stand",
	"simulator":             "speaks as Shopify does, and imports nothing of ours",
	"tools":                 "for whoever works on the project",
	"e2e":                   "tests",
	"jobs/jobstest":         "tests",
	"store/storetest":       "tests",
	"app/signtest":          "tests",
	"referral/referraltest": "tests",
}

// quiet are functions whose texts reach the log, or a programmer, by the path of their package and their name. A
// package alone stands for all of its functions.
var quiet = map[string]string{
	"log/slog":             "log: constant and English (style.md, Config, wiring, logs)",
	"errors.New":           "cause of an error: printed by twofold only where something is broken or has no words",
	"fmt.Errorf":           "cause of an error, as above",
	"twofold/fault.ForLog": "cause of an error, as above",
	"twofold/store.failed": "what the store was doing, in the cause of an error",
	"regexp.MustCompile":   "a pattern",

	"twofold/admin/chart.element": "an element of a drawing: its texts are the page's",
	"panic":                       "a broken program",
}

// loggers are the names that a *slog.Logger has everywhere.
var loggers = []string{"log", "Log"}

// logged are methods of loggers.
var logged = []string{"InfoContext", "WarnContext", "ErrorContext", "Log", "Warn", "Error"}

// notSaid are fields whose texts are no sentences, or do not reach whoever uses the program, by the
// path of their type's package.
var notSaid = map[string]string{
	"github.com/prometheus/client_golang/prometheus.Help": "of a metric",
	"github.com/spf13/cobra.Use":                          "syntax of a command",
}

// libraries have words of their own that people read.
var libraries = map[string]string{
	"github.com/spf13/cobra": "for operators, in English: the frame of a help (Usage, Flags), and what is wrong with a command line (unknown flag)",
}

// exceptions are the other literals that look like sentences and are none, or have to stand where they do.
var exceptions = map[string]string{
	"default-src 'none'; frame-ancestors 'none'":                                            "app: a Content-Security-Policy",
	"sandbox allow-popups allow-popups-to-escape-sandbox":                                   "demo: a Content-Security-Policy",
	"default-src 'none'; style-src 'sha256-%s'; form-action 'self'; frame-ancestors 'none'": "app: a Content-Security-Policy",
	"; base-uri 'none'; object-src 'none'; form-action 'self'":                              "admin: a Content-Security-Policy",
	"public, max-age=31536000, immutable":                                                   "admin: a Cache-Control",
	"default-src 'none'; style-src 'sha256-":                                                "storefront: a Content-Security-Policy",
	"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'":                        "storefront: a Content-Security-Policy",
	"oauth state":                   "app: names a derived key",
	"Twofold: %s (%s, v%d)":         "codes: a discount's title in Shopify, its name in every language",
	"Twofold: %s (shareable codes)": "codes: a discount's title in Shopify, its name in every language",
	"Twofold: %s, reward for %s":    "codes: a discount's title in Shopify, its name in every language",
	"%s %7.3f s  %s\n":              "demo: a step's line, of its time and what was said",
	"status %d":                     "shopify: in the text of an error, for the log",
	"%s v%d":                        "text: a rule and its version",
	"shop token":                    "store: names a derived key",
}

// A sentence has a space between letters or placeholders: "a code", "order %s".
var sentence = regexp.MustCompile(`[\p{L}}][,;:.!?)'"]* [('"]*[\p{L}{%]`)

func TestSentencesStandHere(t *testing.T) {
	t.Parallel()
	files := sources(t, ".go")
	for _, name := range textFiles(t) { // the sentences stand beside these, not in them
		files = append(files, filepath.Join(root, "text", name))
	}

	used := map[string]bool{}
	for _, path := range files {
		r := readSource(t, path)
		maps.Copy(used, r.used)
		for _, one := range r.found {
			used[one.text] = true
			if _, excepted := exceptions[one.text]; !excepted {
				t.Errorf("%s:%d: %q belongs into package text", path, one.line, one.text)
			}
		}
	}

	for _, excepted := range []map[string]string{quiet, notSaid, libraries, exceptions} {
		for what := range excepted {
			if !used[what] {
				t.Errorf("%q excepts nothing", what)
			}
		}
	}
	for _, name := range slices.Concat(loggers, logged) {
		if !used[name] {
			t.Errorf("no logger's text is found by %q", name)
		}
	}
}

var (
	action    = regexp.MustCompile(`(?s){{.*?}}`)
	apartHTML = regexp.MustCompile(`(?s)<!.*?>|<style.*?</style>|<script.*?</script>`)
	wordy     = regexp.MustCompile(`\b(?:heading|label|title|alt|placeholder|aria-label|accessibilityLabel)="[^"]*\p{L}[^"]*"`)
	element   = regexp.MustCompile(`(?s)<.*?>`)
	word      = regexp.MustCompile(`\p{L}[^\n<]*`)
)

// The words of HTML templates are all said by package text: none stands between their elements, or in an
// attribute that people read.
func TestPagesHoldNoWords(t *testing.T) {
	t.Parallel()
	for _, path := range sources(t, ".html") {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, words := range wordsOf(string(raw)) {
			t.Errorf("%s: %q belongs into package text", path, words)
		}
	}

	if got := wordsOf(`<p title="{{.T}}">{{.Say "merchant.x"}} By hand</p><s-page heading="Too"/><script>"not this"</script>`); len(got) != 2 {
		t.Errorf("found %q, want an attribute and a text", got)
	}
}

// wordsOf lists the words that a template holds itself.
func wordsOf(page string) []string {
	page = apartHTML.ReplaceAllString(action.ReplaceAllString(page, ""), "")
	found := wordy.FindAllString(page, -1)
	return append(found, word.FindAllString(element.ReplaceAllString(page, "\n"), -1)...)
}

// sources lists the program's files that have one of the endings, outside the folders that are apart.
func sources(t *testing.T, endings ...string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, _ := filepath.Rel(root, path)
		if d.IsDir() {
			if _, skip := apart[inside]; skip || (strings.HasPrefix(d.Name(), ".") && d.Name() != "..") || d.Name() == "node_modules" || d.Name() == "testdata" {
				return filepath.SkipDir
			}
			return nil
		}
		if slices.Contains(endings, filepath.Ext(path)) && !strings.HasSuffix(path, "_test.go") {
			all = append(all, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatalf("no file ends in any of %v", endings)
	}
	return all
}

type found struct {
	line int
	text string
}

// reader finds the literals of a source file that look like sentences, and may reach somebody.
type reader struct {
	files   *token.FileSet
	home    string            // path of the package
	imports map[string]string // path by name, as the file has it
	found   []found
	used    map[string]bool // exceptions that something was left out for
}

func readSource(t *testing.T, path string) *reader {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	inside, err := filepath.Rel(root, filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	return read(t, "twofold/"+filepath.ToSlash(inside), string(source))
}

// read reads a file of the package at a path.
func read(t *testing.T, home, source string) *reader {
	t.Helper()
	r := &reader{files: token.NewFileSet(), home: home, imports: map[string]string{}, used: map[string]bool{}}
	file, err := parser.ParseFile(r.files, "", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}

	for _, spec := range file.Imports {
		path := textOf(spec.Path)
		name := versioned.ReplaceAllString(path, "")
		name = name[strings.LastIndex(name, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		r.imports[name] = path
		if libraries[path] != "" {
			r.used[path] = true
		}
	}
	for _, d := range file.Decls {
		r.walk(d)
	}
	return r
}

// versioned is the end of the path of a module's later version, which is not in its name.
var versioned = regexp.MustCompile(`/v[0-9]+$`)

func (r *reader) walk(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			return !r.quiet(n)
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if pair, ok := e.(*ast.KeyValueExpr); !ok || !r.notSaid(n.Type, pair) {
					r.walk(e)
				}
			}
			return false
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			r.walk(n.Type) // not its tag
			return false
		case *ast.BasicLit:
			// Of markup, such as a chart's, only what stands between its elements is for people.
			if text, ok := stringOf(n); ok && sentence.MatchString(element.ReplaceAllString(text, "")) {
				r.found = append(r.found, found{r.files.Position(n.Pos()).Line, text})
			}
		}
		return true
	})
}

// quiet tells whether what a call is given reaches the log or a programmer only.
func (r *reader) quiet(call *ast.CallExpr) bool {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
		if local := r.home + "." + name; quiet[local] != "" {
			name = local
		}

	case *ast.SelectorExpr:
		if logger := last(f.X); slices.Contains(loggers, logger) && slices.Contains(logged, f.Sel.Name) {
			r.used[logger], r.used[f.Sel.Name] = true, true
			return true
		}
		from := r.from(f.X)
		name = from + "." + f.Sel.Name
		if quiet[from] != "" {
			name = from
		}
	}

	r.used[name] = true
	return quiet[name] != ""
}

// notSaid tells whether a field of a value that is written out is one whose text nobody reads.
func (r *reader) notSaid(kind ast.Expr, pair *ast.KeyValueExpr) bool {
	selector, ok := kind.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	name := r.from(selector.X) + "." + last(pair.Key)
	r.used[name] = true
	return notSaid[name] != ""
}

// from is the path of the package that an expression names; "" when it names none.
func (r *reader) from(e ast.Expr) string {
	if name, ok := e.(*ast.Ident); ok {
		return r.imports[name.Name]
	}
	return ""
}

// last is the last name of an expression such as s.config.Log.
func last(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// called names what a call calls, without its package or receiver.
func called(c *ast.CallExpr) string { return last(c.Fun) }

// What looks like a sentence is found, wherever it stands; what reaches nobody is told by package, not by a name
// that others may have too.
func TestSentencesAreFound(t *testing.T) {
	t.Parallel()
	r := read(t, "twofold/p", `package p
	import (
		"errors"
		"fmt"
		"log/slog"
		"net/http"
		"regexp"

		"github.com/prometheus/client_golang/prometheus"
		"github.com/spf13/cobra"
		"github.com/other/errors/v2"
		ours "twofold/fault"
	)
	const a = "one two"
	type field struct{ A string `+"`json:\"a b\"`"+` }
	func f() {
		http.Error(w, "three four", 500)
		t.Error("five six")
		failed("seven eight")
		other.New("nine ten")
		say(with{"name": "order %s"}, "%d codes", "a code", "{{.a}} {{.b}}", "Done. %s", "(so) (to)")
		thing{Help: "eleven twelve"}
		cobra.Command{Use: "show CAMPAIGN", Short: "thirteen fourteen"}

		fmt.Errorf("a cause: %w", err)
		ours.ForLog(kind, "a cause")
		slog.Info("a log", "b", fmt.Sprint("c d"))
		s.config.Log.ErrorContext(ctx, "a log")
		regexp.MustCompile("a b")
		prometheus.NewCounter(prometheus.CounterOpts{Help: "of a metric"})
		panic("broken here")
		say("alone", "a.b", "a-b", "%s", "1 2", "a,b", "a\tb")
	}`)

	var got []string
	for _, one := range r.found {
		got = append(got, one.text)
	}
	want := []string{
		"one two", "three four", "five six", "seven eight", "nine ten", "order %s", "%d codes", "a code", "{{.a}} {{.b}}", "Done. %s",
		"(so) (to)", "eleven twelve", "thirteen fourteen",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
