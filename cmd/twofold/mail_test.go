package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"twofold/mail"
	"twofold/text"
)

// Every mail is there in every language, twice, and the index leads to each.
func TestMailPreview(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "mails")
	out, err := try(t, nil, "mail", "preview", folder)
	if err != nil || !strings.Contains(out, "index.html") {
		t.Fatalf("%v, %s", err, out)
	}

	index, err := os.ReadFile(filepath.Join(folder, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, language := range text.Languages() {
		for _, sample := range mail.Samples() {
			names = append(names, sample.Name+"."+language)
		}
	}
	for _, sample := range mail.MerchantSamples() {
		names = append(names, "merchant-"+sample.Name+".en", "merchant-"+sample.Name+".de")
	}
	for _, name := range names {
		_, noHTML := os.Stat(filepath.Join(folder, name+".html"))
		_, noText := os.Stat(filepath.Join(folder, name+".txt"))
		if noHTML != nil || noText != nil || !strings.Contains(string(index), `href="`+name+`.html"`) {
			t.Errorf("%s: %v, %v, in the index: %s", name, noHTML, noText, index)
		}
	}
}
