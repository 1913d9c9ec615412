package schematest

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

func TestAdminSDLIsASchemaThatGoReads(t *testing.T) {
	t.Parallel()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "admin", Input: AdminSDL(t)})
	if err != nil {
		t.Fatal(err)
	}
	if schema.Mutation.Fields.ForName("discountRedeemCodeBulkAdd") == nil {
		t.Error("the schema has no discountRedeemCodeBulkAdd")
	}
}

// Readers and several writers at once see one whole content or another.
func TestReplaceFileIsWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "schema")
	contents := map[string]bool{}
	for _, c := range "abcd" {
		contents[strings.Repeat(string(c), 1<<20)] = true
	}
	var all sync.WaitGroup
	for c := range contents {
		all.Go(func() {
			for range 20 {
				if err := replaceFile(name, []byte(c)); err != nil {
					t.Error(err)
				}
				if got, err := os.ReadFile(name); err != nil || !contents[string(got)] {
					t.Errorf("read %d bytes that nobody wrote (%v)", len(got), err)
				}
			}
		})
	}
	all.Wait()
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%d files left (%v), want 1", len(left), err)
	}
}
