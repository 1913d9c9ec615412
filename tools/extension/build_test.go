package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

func built(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := build(root)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// What is committed is what the sources make.
func TestThemeIsMadeOfItsSources(t *testing.T) {
	t.Parallel()
	want := built(t)
	got, err := builtFiles(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !bytes.Equal(got[name], want[name]) {
			t.Errorf("%s/%s is not what the sources make: go run ./tools/extension", themeFolder, name)
		}
	}
	for name := range got {
		if _, made := want[name]; !made {
			t.Errorf("nothing makes %s/%s", themeFolder, name)
		}
	}
}

func gzipped(t *testing.T, content []byte) int {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

// A shop must not become slower. Script and CSS that stand within the page are measured as what they are, not as
// Liquid.
func TestSizes(t *testing.T) {
	t.Parallel()
	files := built(t)
	var css []byte
	liquid := 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		switch {
		case strings.HasPrefix(name, "snippets/friends-css-"):
			css = append(css, files[name]...)
		case strings.HasSuffix(name, ".liquid") && name != "snippets/friends-early.liquid":
			liquid += len(files[name])
		}
	}

	script, qr, early := files["assets/friends.js"], files["assets/friends-qr.js"], files["snippets/friends-early.liquid"]
	for _, c := range []struct {
		what      string
		size, max int
	}{
		{"script that a page loads, raw", len(script), 10_000},
		{"script that a page loads, compressed", gzipped(t, script), 5_120},
		{"script of the QR code, compressed", gzipped(t, qr), 4_000},
		{"script behind a block, raw", len(early), 1_500},
		{"CSS of all widgets, compressed", gzipped(t, css), 3_000},
		{"Liquid", liquid, 30 << 10},
	} {
		if c.size > c.max {
			t.Errorf("%s: %d bytes, at most %d", c.what, c.size, c.max)
		}
		t.Logf("%s: %d of %d bytes", c.what, c.size, c.max)
	}
	for name, content := range files {
		if path.Dir(name) == "locales" && len(content) > 15_000 {
			t.Errorf("%s: %d bytes, at most 15,000", name, len(content))
		}
	}
}

// keysOf lists the keys of a locale file; a plural is one key.
func keysOf(t *testing.T, content []byte) []string {
	t.Helper()
	var tables map[string]map[string]any
	if err := json.Unmarshal(content, &tables); err != nil {
		t.Fatal(err)
	}
	var all []string
	for table, entries := range tables {
		for key := range entries {
			all = append(all, table+"."+key)
		}
	}
	slices.Sort(all)
	return all
}

var (
	literalKey = regexp.MustCompile(`'([a-z_]+\.[a-z_]+)'`)
	listedKeys = regexp.MustCompile(`list: '([^']+)'`)
	schemaKey  = regexp.MustCompile(`"t:([a-z_]+\.[a-z_]+)"`)
)

// Every word of the locale files is said by some Liquid, and Liquid names none that is not there.
func TestEveryWordIsShown(t *testing.T) {
	t.Parallel()
	files := built(t)
	w, err := readWords(root + "/text")
	if err != nil {
		t.Fatal(err)
	}

	said, labelled := map[string]bool{}, map[string]bool{}
	for name, content := range files {
		if path.Ext(name) != ".liquid" {
			continue
		}
		for _, key := range literalKey.FindAllSubmatch(content, -1) {
			said[string(key[1])] = true
		}
		for _, list := range listedKeys.FindAllSubmatch(content, -1) {
			for _, entry := range strings.Split(string(list[1]), ";") {
				parts := strings.Split(entry, "=")
				table := parts[0]
				for _, key := range strings.Split(parts[1], ",") {
					key, _, _ = strings.Cut(key, ":")
					said[table+"."+key] = true
				}
			}
		}
		for _, key := range schemaKey.FindAllSubmatch(content, -1) {
			labelled[string(key[1])] = true
		}
	}
	for kind := range w.shopper["en"]["gets"] {
		said["gets."+kind] = true // put together of the offer's kind; package text's tests know all kinds
	}

	words := keysOf(t, files["locales/en.default.json"])
	for _, key := range words {
		table, name, _ := strings.Cut(key, ".")
		if !said[key] && !said[table+"."+base(w.keys[table], name)] {
			t.Errorf("nothing says %s", key)
		}
	}
	labels := keysOf(t, files["locales/en.default.schema.json"])
	if german := keysOf(t, files["locales/de.schema.json"]); !slices.Equal(labels, german) {
		t.Errorf("labels in English are %q, in German %q", labels, german)
	}
	for _, key := range labels {
		if !labelled[key] {
			t.Errorf("no setting has the label %s", key)
		}
	}
	for key := range said {
		if !slices.Contains(words, key) && !strings.HasPrefix(key, "assets.") && !strings.HasSuffix(key, ".js") {
			t.Errorf("Liquid says %s, of which there is no word", key)
		}
	}
	for key := range labelled {
		if !slices.Contains(labels, key) {
			t.Errorf("a setting has the label %s, of which there is no word", key)
		}
	}
}

// A merchant's lines go by the order of our words, so all texts of a table that has a setting are told
// in one list or by number.
func TestWordsAreInOrder(t *testing.T) {
	t.Parallel()
	w, err := readWords(root + "/text")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ table, want string }{
		{"offer_live", "offer_live=lead,rest:msa,fine"},
		{"spare", "spare=head,say:m=down=2"},
		{"invite", "invite=lead,rest:msa,gives,sign_in,hold,terms,guest,guest_go"},
		{"line", "line=both,join"},
	} {
		if got := w.list([]string{c.table}); got != c.want {
			t.Errorf("%s: %q, want %q", c.table, got, c.want)
		}
	}
	if states := w.states(); states[0] != "offer_live" || states[len(states)-1] != "spare" {
		t.Errorf("the states are %v", states)
	}
}

// Ad blockers hide what has such words in names of files and classes, and in addresses.
func TestNamesThatAdBlockersLookFor(t *testing.T) {
	t.Parallel()
	word := regexp.MustCompile(`(?i)refer|promo|affiliat|banner|coupon|sponsor|\bads?\b`)
	name := regexp.MustCompile(`(?:class|id|part|name)="([^"]*)"|/[\w/.-]+|friends-[\w-]+|classList\.\w+\([^)]*\)`)
	for file, content := range built(t) {
		if found := word.FindString(file); found != "" {
			t.Errorf("the file %s has %q in its name", file, found)
		}
		if ext := path.Ext(file); ext != ".liquid" && ext != ".js" {
			continue
		}
		for _, n := range name.FindAll(content, -1) {
			if found := word.Find(n); found != nil && !bytes.Contains(n, []byte("noreferrer")) {
				t.Errorf("%s: %q has %q in it", file, n, found)
			}
		}
	}
}

// A source that cannot be right is refused.
func TestLiquidIsRefused(t *testing.T) {
	t.Parallel()
	w, err := readWords(root + "/text")
	if err != nil {
		t.Fatal(err)
	}
	b := builder{words: w}
	head := "{% schema %}\n" + `{"name":"x","target":"section","javascript":"friends.js","available_if":"","settings":[`
	for says, source := range map[string]string{
		"no schema":         "@say(invite.lead)",
		"no such word":      "@say(invite.nothing)" + head + "]}\n{% endschema %}",
		"no such table":     head + `"@texts nothing"]}` + "\n{% endschema %}",
		"an unknown member": head + `],"tag":"p"}` + "\n{% endschema %}",
		"an id twice":       head + `"@texts link",{"type":"text","id":"link"}]}` + "\n{% endschema %}",
	} {
		if text, err := b.writeLiquid(source, true); err == nil {
			t.Errorf("%s: %q", says, text)
		}
	}
}
