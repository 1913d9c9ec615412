package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"twofold/local"
)

// Each mutation must fit the code as it is, and each rule of docs/RULES.md must have one: what make mutate
// would say only after minutes.
func TestMutationsFitTheCode(t *testing.T) {
	t.Parallel()
	root := local.ModuleRoot()
	rules, err := documented(filepath.Join(root, "docs", "RULES.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range check(rules) {
		t.Error(wrong)
	}
	seen := map[mutation]bool{}
	for _, m := range mutations {
		text, err := os.ReadFile(filepath.Join(root, m.file))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), m.old); n != 1 {
			t.Errorf("%s: its text stands %d times in %s", m, n, m.file)
		}
		if _, err := find(root, m.test); err != nil {
			t.Errorf("%s: %v", m, err)
		}
		if seen[m] || m.old == m.new {
			t.Errorf("%s: stands there twice, or changes nothing", m)
		}
		seen[m] = true
	}
}
