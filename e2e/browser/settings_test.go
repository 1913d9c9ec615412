package browser

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"twofold/local"
)

// schemaOf is the part of a block between its schema tags.
var schemaOf = regexp.MustCompile(`(?s)\{%-?\s*schema\s*-?%\}(.*?)\{%-?\s*endschema\s*-?%\}`)

// textSettings are the settings of each block into which a merchant types.
func textSettings(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(local.ModuleRoot(), "extension", "theme", "blocks", "*.liquid"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no blocks: %v", err)
	}
	all := map[string][]string{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := schemaOf.FindSubmatch(source)
		if found == nil {
			t.Fatalf("%s has no schema", file)
		}
		var schema struct {
			Settings []struct{ ID, Type string }
		}
		if err := json.Unmarshal(found[1], &schema); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		block := strings.TrimSuffix(filepath.Base(file), ".liquid")
		for _, s := range schema.Settings {
			switch s.Type {
			case "text", "textarea", "inline_richtext", "richtext", "html", "liquid", "url":
				all[block] = append(all[block], s.ID)
			}
		}
	}
	return all
}
