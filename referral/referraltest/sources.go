package referraltest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// What tests read of package referral's source and of docs/states.md, so that neither can change without the other.
// Both are looked for from the folder of the package under test, which stands beside package referral's or is that.

// Documented reads the moves that docs/states.md draws under a heading: from each state, to which.
func Documented(t *testing.T, heading string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../docs/states.md")
	if err != nil {
		t.Fatal(err)
	}

	_, section, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("docs/states.md has no section %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	_, table, found := strings.Cut(section, "| from | to |\n| --- | --- |\n")
	if !found {
		t.Fatalf("the section %q has no table", heading)
	}

	moves := map[string][]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 4 {
			break
		}
		to := strings.FieldsFunc(cells[2], func(r rune) bool { return r == ',' || r == ' ' })
		moves[strings.TrimSpace(cells[1])] = to
	}
	return moves
}

// Constants are the values of all constants of a type in package referral's source, so that a new one cannot be
// forgotten.
func Constants(t *testing.T, typeName string) []string {
	t.Helper()
	names, err := filepath.Glob("../referral/*.go")
	if err != nil {
		t.Fatal(err)
	}

	var all []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				all = append(all, valuesOf(t, s, typeName)...)
			}
		}
	}
	if len(all) == 0 {
		t.Fatalf("no constants of type %s", typeName)
	}
	return all
}

func valuesOf(t *testing.T, s ast.Spec, typeName string) []string {
	t.Helper()
	spec, ok := s.(*ast.ValueSpec)
	if !ok {
		return nil
	}
	if typed, ok := spec.Type.(*ast.Ident); !ok || typed.Name != typeName {
		return nil
	}

	var all []string
	for _, v := range spec.Values {
		literal, ok := v.(*ast.BasicLit)
		if !ok {
			t.Fatalf("a constant of %s is no literal", typeName)
		}
		text, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	return all
}
