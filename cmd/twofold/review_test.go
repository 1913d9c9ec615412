package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What App Review is told is what the app asks for: every scope, and every field that only level 2 may see.
func TestAppReviewNamesWhatIsAsked(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "APP_REVIEW.md"))
	if err != nil {
		t.Fatal(err)
	}
	scopes, err := neededScopes()
	if err != nil || len(scopes) == 0 {
		t.Fatalf("scopes %v, %v", scopes, err)
	}
	for _, scope := range scopes {
		if !strings.Contains(string(page), "| `"+scope+"`") {
			t.Errorf("the scope %s has no row", scope)
		}
	}

	operations, err := filepath.Glob(filepath.Join("..", "..", "shopify", "operations", "*.graphql"))
	if err != nil || len(operations) == 0 {
		t.Fatalf("operations %v, %v", operations, err)
	}
	guarded, seen := regexp.MustCompile(`(\w+)[^\n{]*@include\(if: \$level2\)`), 0
	for _, name := range operations {
		query, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range guarded.FindAllStringSubmatch(string(query), -1) {
			seen++
			if named := regexp.MustCompile("`[A-Za-z.]*\\b" + field[1] + "`[^\n]*\\| 2 \\|"); !named.Match(page) {
				t.Errorf("%s asks for %s at level 2, which has no row", filepath.Base(name), field[1])
			}
		}
	}
	if seen == 0 {
		t.Error("no field of level 2 was found in any query")
	}
}
