package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func blocks(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := buildBlocks(root)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// What is committed is what the sources make.
func TestBlocksAreMadeOfTheirSources(t *testing.T) {
	t.Parallel()
	want := blocks(t)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		got, err := os.ReadFile(filepath.Join(root, "extension", name))
		if err != nil || !bytes.Equal(got, want[name]) {
			t.Errorf("extension/%s is not what the sources make (%v): go run ./tools/extension", name, err)
		}
	}

	for _, pattern := range []string{"built/*", "thank-you/locales/*", "account/locales/*", "discounts/locales/*"} {
		there, err := filepath.Glob(filepath.Join(root, "extension", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range there {
			name := filepath.ToSlash(strings.TrimPrefix(file, filepath.Join(root, "extension")+"/"))
			if _, made := want[name]; !made {
				t.Errorf("nothing makes extension/%s", name)
			}
		}
	}
}

// maxBlock is how large a bundle may be, compressed. Shopify refuses more than 64 KB.
const maxBlock = 20 << 10

func TestBlocksAreSmall(t *testing.T) {
	t.Parallel()
	for name, content := range blocks(t) {
		if path.Dir(name) != "built" {
			continue
		}
		size := gzipped(t, content)
		t.Logf("%s: %d of %d bytes, compressed", name, size, maxBlock)
		if size > maxBlock {
			t.Errorf("%s: %d bytes compressed, at most %d", name, size, maxBlock)
		}
	}
}

// The API version of the manifests, and the packages that they are made with, are of one line.
func TestBlocksHaveOneVersion(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(root, "extension", "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Dependencies, DevDependencies map[string]string }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}

	line := strings.ReplaceAll(strings.ReplaceAll(uiVersion, "-0", "."), "-", ".") + "." // 2026-07 is 2026.7.
	for name, version := range map[string]string{
		"@shopify/ui-extensions":        file.Dependencies["@shopify/ui-extensions"],
		"@shopify/ui-extensions-tester": file.DevDependencies["@shopify/ui-extensions-tester"],
	} {
		if !strings.HasPrefix(version, line) {
			t.Errorf("%s is %q, not of %s", name, version, line)
		}
	}
	for _, folder := range uiExtensions {
		if manifest := blocks(t)[folder+"/shopify.extension.toml"]; !bytes.Contains(manifest, []byte(`api_version = "`+uiVersion+`"`)) {
			t.Errorf("%s has another API version", folder)
		}
	}
}

// composed begin the keys that the blocks put together of a kind, a channel or a form.
var composed = []string{"gets.", "invite.rest", "link.whatsapp", "link.email", "link.sms"}

// Every word of the locale files is said by some source, and no source says one that is not there.
func TestEveryWordOfTheBlocksIsShown(t *testing.T) {
	t.Parallel()
	var sources []byte
	for _, pattern := range []string{"lib/*.js*", "*/src/*.jsx"} {
		files, err := filepath.Glob(filepath.Join(root, "extension", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d sources, %v", pattern, len(files), err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sources = append(sources, content...)
		}
	}
	said := map[string]bool{}
	for _, key := range regexp.MustCompile(`'([a-z]+\.[a-z_]+)'`).FindAllSubmatch(sources, -1) {
		said[string(key[1])] = true
	}

	words := keysOf(t, blocks(t)["thank-you/locales/en.default.json"])
	for _, key := range words {
		begins := func(prefix string) bool { return strings.HasPrefix(key, prefix) }
		if !said[key] && !slices.ContainsFunc(composed, begins) {
			t.Errorf("nothing says %s", key)
		}
	}
	tables := map[string]bool{}
	for _, key := range words {
		table, _, _ := strings.Cut(key, ".")
		tables[table] = true
	}
	for key := range said {
		if table, _, _ := strings.Cut(key, "."); tables[table] && !slices.Contains(words, key) {
			t.Errorf("a source says %s, of which there is no word", key)
		}
	}
}

// A manifest that asks for words that are not there, and one that cannot be read, are refused.
func TestManifestsAreRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, sourceFolder), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := write(filepath.Join(folder, sourceFolder, "odd.toml"), []byte(`name = "@say(thanks.nothing)"`)); err != nil {
		t.Fatal(err)
	}
	if err := blockManifest(map[string][]byte{}, folder, "odd", nil); err == nil {
		t.Error("a manifest without its words is made")
	}
	if _, err := entryOf([]byte("name =")); err == nil {
		t.Error("a manifest that is no TOML is read")
	}
}
