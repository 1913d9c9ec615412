package text

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
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

// forTheLog are calls whose texts only reach the log, where they are constant and English (style.md, Config, wiring, logs), or a
// programmer.
var forTheLog = map[string]string{
	"DebugContext": "log", "InfoContext": "log", "WarnContext": "log", "ErrorContext": "log", "LogAttrs": "log",
	"Debug": "log", "Info": "log", "Warn": "log", "Error": "log",
	"Errorf": "cause of an error: fault.Error shows its code", "errors.New": "cause of an error", "ForLog": "cause of an error",
	"failed":       "store's operation in the cause of an error",
	"errDifferent": "demo: what did not come about as told, for whoever works on it",
	"panic":        "a broken program",
	"Log":          "log",
	"Compile":      "a pattern", "MustCompile": "a pattern",
}

// notSaid are fields whose texts are no sentences, or do not reach whoever uses the program.
var notSaid = map[string]string{
	"Help": "of a metric",
	"Use":  "syntax of a command",
}

// exceptions are the other literals that look like sentences and are none, or have to stand where they do.
var exceptions = map[string]string{
	"oauth state":                   "app: names a derived key",
	"Twofold: %s (shareable codes)": "codes: a discount's title in Shopify, its name in every language",
	"Twofold: %s, reward for %s":    "codes: a discount's title in Shopify, its name in every language",
	"shop token":                    "store: names a derived key",
}

// A sentence is two words of two letters or more with a space between.
var sentence = regexp.MustCompile(`\p{L}{2,}[,;:.!?)]* \(?\p{L}{2,}`)

func TestSentencesStandHere(t *testing.T) {
	t.Parallel()
	for _, path := range sources(t, ".go") {
		for _, found := range sentencesOf(t, path) {
			if _, excepted := exceptions[found.text]; !excepted {
				t.Errorf("%s:%d: %q belongs into package text", path, found.line, found.text)
			}
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

// The words of HTML templates are all said by package text: none stands between their elements, or in an attribute that people read.
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

// sources lists the program's files with an ending, outside the folders that are apart.
func sources(t *testing.T, ending string) []string {
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
		if strings.HasSuffix(path, ending) && !strings.HasSuffix(path, "_test.go") {
			all = append(all, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

type found struct {
	line int
	text string
}

// sentencesOf lists the literals of a source file that look like sentences, and may reach somebody.
func sentencesOf(t *testing.T, path string) []found {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}

	var all []found
	var walk func(ast.Node)
	walk = func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if _, logged := forTheLog[called(n)]; logged {
					return false
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && notSaid[key.Name] != "" {
					return false
				}
			case *ast.ImportSpec:
				return false
			case *ast.Field:
				if n.Tag != nil {
					walk(n.Type)
					return false
				}
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && sentence.MatchString(text) {
					all = append(all, found{files.Position(n.Pos()).Line, text})
				}
			}
			return true
		})
	}
	walk(file)
	return all
}

// called names what a call calls: "panic", "errors.New", or a method's name alone.
func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok && f.Sel.Name == "New" {
			return fmt.Sprintf("%s.%s", x.Name, f.Sel.Name)
		}
		return f.Sel.Name
	}
	return ""
}
