package jobs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var kindPattern = regexp.MustCompile(`\A[a-z]+:[a-z_]+\z`)

// Each job says all that is to say of it, in a file named for its kind, and each kind and each sweep is there once.
func TestJobsAreWhole(t *testing.T) {
	t.Parallel()
	kinds := map[string]bool{}
	sweeps := map[string]bool{}
	for _, j := range all {
		switch {
		case !kindPattern.MatchString(j.kind):
			t.Errorf("%q is no kind: noun:verb", j.kind)
		case kinds[j.kind]:
			t.Errorf("%s is there twice", j.kind)
		case weights[j.queue] == 0:
			t.Errorf("%s: no queue is called %q", j.kind, j.queue)
		case j.retries < 1 || j.timeout <= 0 || j.run == nil:
			t.Errorf("%s lacks retries, time-out or handler", j.kind)
		}
		kinds[j.kind] = true

		if j.sweep != nil && (j.sweep.name == "" || j.sweep.pace < 1 || j.sweep.due == nil || j.sweep.run != nil || sweeps[j.sweep.name]) {
			t.Errorf("%s: its sweep lacks a name of its own, a pace or what finds its work", j.kind)
		}
		if j.sweep != nil {
			sweeps[j.sweep.name] = true
		}
	}
	for _, s := range shared {
		if s.name == "" || s.pace < 1 || s.run == nil || s.due != nil || sweeps[s.name] {
			t.Errorf("the shared sweep %q lacks a name of its own, a pace or what it does", s.name)
		}
		sweeps[s.name] = true
	}
}

// Whatever a file declares as a job or a sweep is in a list, and a job's file is named for its kind:
// pool:fill in pool_fill.go.
func TestDeclaredJobsAreListed(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}

	declared := map[string]string{} // variable: file
	var listed []string
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			value, ok := spec.Values[0].(*ast.CompositeLit)
			if !ok {
				return true
			}
			switch made := value.Type.(type) {
			case *ast.Ident:
				if made.Name == "job" || made.Name == "sweep" {
					declared[spec.Names[0].Name] = path
				}
			case *ast.ArrayType:
				for _, e := range value.Elts {
					if name, ok := e.(*ast.Ident); ok && (spec.Names[0].Name == "all" || spec.Names[0].Name == "shared") {
						listed = append(listed, name.Name)
					}
				}
			}
			return true
		})
	}

	if len(declared) != len(all)+len(shared) {
		t.Errorf("%d declared, %d listed", len(declared), len(all)+len(shared))
	}
	for name, path := range declared {
		if !slices.Contains(listed, name) {
			t.Errorf("%s: %s is in no list", path, name)
		}
		if words := strings.ReplaceAll(strings.TrimSuffix(path, ".go"), "_", ""); words != strings.ToLower(name) {
			t.Errorf("%s: %s stands in a file of another name", path, name)
		}
	}
	for i, j := range all {
		if want := strings.ReplaceAll(j.kind, ":", "_") + ".go"; declared[listed[i]] != want {
			t.Errorf("%s stands in %s, want %s", j.kind, declared[listed[i]], want)
		}
	}
}
