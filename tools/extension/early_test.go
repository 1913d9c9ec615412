package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// friends.js reads by place what the script behind a block leaves.
func TestEarlyLeavesWhatIsRead(t *testing.T) {
	t.Parallel()
	list := func(file, pattern string) string {
		t.Helper()
		source, err := os.ReadFile(filepath.Join(root, sourceFolder, file))
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(pattern).FindSubmatch(source)
		if found == nil {
			t.Fatalf("%s has no %s", file, pattern)
		}
		return string(found[1])
	}
	left, read := list("early-entry.js", `customElements\.friends = \[(.+)\]`), list("left.js", `const \[(.+)\] = customElements\.friends`)
	if left != read {
		t.Errorf("left is %s, read is %s", left, read)
	}
}

// A page that keeps scripts within it from running stays as it came, without a complaint.
func TestFriendsWithoutEarly(t *testing.T) {
	t.Parallel()
	vm := goja.New()
	if _, err := vm.RunString("var customElements = {}"); err != nil {
		t.Fatal(err)
	}
	code := strings.ReplaceAll(string(built(t)["assets/friends.js"]), "import(", "load(") // goja has no import of its own
	if _, err := vm.RunString(code); err != nil {
		t.Errorf("friends.js without what is left to it: %v", err)
	}
}
