// Package extension_test holds the theme extension to its sizes and names, and the QR encoder to what readers read.
package extension_test

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/evanw/esbuild/pkg/api"
)

// theme is the extension as shops get it, by paths within it: "assets/friends.js".
func theme(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	folder := os.DirFS("theme")
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(folder, name)
		files[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// matching are the contents of the files whose paths match a pattern; the test fails when there is none.
func matching(t *testing.T, pattern string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for name, content := range theme(t) {
		if matches, err := path.Match(pattern, name); err != nil {
			t.Fatal(err)
		} else if matches {
			found[name] = content
		}
	}
	if len(found) == 0 {
		t.Fatalf("no %s in extension/theme", pattern)
	}
	return found
}

// zipped is how many bytes a text has when a server sends it.
func zipped(t *testing.T, text string) int {
	t.Helper()
	var buffer bytes.Buffer
	w, err := gzip.NewWriterLevel(&buffer, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Len()
}

func atMost(t *testing.T, what string, got, most int) {
	t.Helper()
	t.Logf("%s: %d bytes of %d", what, got, most)
	if got > most {
		t.Errorf("%s: %d bytes, at most %d", what, got, most)
	}
}

// Limits in bytes. Source: design section 9; Shopify refuses locale files of more than 15 KB (shopify.dev, Configure theme app extensions).
const (
	maxScript       = 10_000
	maxScriptZipped = 5_120
	maxQRZipped     = 4_000
	maxCSSZipped    = 3_000
	maxLiquid       = 30 << 10
	maxLocale       = 15_000
)

// onTap is loaded when a shopper asks for it, by no page itself.
const onTap = "assets/friends-qr.js"

var (
	scriptPattern = regexp.MustCompile(`(?s)<script(?:\s+nonce="[^"]*")?>(.*?)</script>`) // what runs: data has a type
	stylePattern  = regexp.MustCompile(`(?s)<style[^>]*>(.*?)</style>`)
	stylesName    = "snippets/friends-css-*.liquid" // nothing but CSS
)

func isStyles(t *testing.T, name string) bool {
	t.Helper()
	matches, err := path.Match(stylesName, name)
	if err != nil {
		t.Fatal(err)
	}
	return matches
}

func TestScriptsThatPagesLoadAreSmall(t *testing.T) {
	t.Parallel()
	raw, small := 0, 0
	for name, content := range matching(t, "assets/*.js") {
		if name != onTap {
			raw += len(content)
			small += zipped(t, content)
		}
	}
	inline := ""
	for _, content := range matching(t, "*/*.liquid") {
		for _, found := range scriptPattern.FindAllStringSubmatch(content, -1) {
			inline += found[1]
		}
	}
	if inline != "" {
		raw += len(inline)
		small += zipped(t, inline)
	}
	atMost(t, "scripts", raw, maxScript)
	atMost(t, "scripts, compressed", small, maxScriptZipped)
}

func TestQREncoderIsSmall(t *testing.T) {
	t.Parallel()
	atMost(t, "src/qr.js, compressed", zipped(t, minified(t, "qr.js", api.FormatESModule)), maxQRZipped)
	for name, content := range matching(t, onTap) {
		atMost(t, name+", compressed", zipped(t, content), maxQRZipped)
	}
}

func TestCSSIsSmall(t *testing.T) {
	t.Parallel()
	css := ""
	for name, content := range theme(t) {
		switch {
		case path.Ext(name) == ".css", isStyles(t, name):
			css += content
		case path.Ext(name) == ".liquid":
			for _, found := range stylePattern.FindAllStringSubmatch(content, -1) {
				css += found[1]
			}
		}
	}
	if css == "" {
		t.Fatal("no CSS in extension/theme")
	}
	atMost(t, "CSS, compressed", zipped(t, css), maxCSSZipped)
}

// CSS and scripts that stand in Liquid files have limits of their own.
func TestLiquidIsSmall(t *testing.T) {
	t.Parallel()
	liquid := 0
	for name, content := range matching(t, "*/*.liquid") {
		if !isStyles(t, name) {
			liquid += len(scriptPattern.ReplaceAllString(content, ""))
		}
	}
	atMost(t, "Liquid", liquid, maxLiquid)
}

func TestLocalesAreSmall(t *testing.T) {
	t.Parallel()
	for name, content := range matching(t, "locales/*.json") {
		atMost(t, name, len(content), maxLocale)
	}
}

// What lists of ad blockers look for. Innocent words that have such letters in them come first, and are passed over.
var (
	innocent = regexp.MustCompile(`(?i)prefers?-|preferences?|no-?referrer|document\.referrer|referrer-?policy`)
	watched  = regexp.MustCompile(`(?i)refer|promo|affiliate|banner|coupon`)
	comments = regexp.MustCompile(`(?s)\{%-?\s*(comment|doc)\s*-?%\}.*?\{%-?\s*end(comment|doc)\s*-?%\}|\{%-?\s*#.*?%\}|<!--.*?-->|/\*.*?\*/`)
	adWord   = regexp.MustCompile(`(?i)(?:^|[^a-z])ads?(?:$|[^a-z])`)
)

// watchedIn returns the first word of a text that ad blockers watch for, "" for none.
func watchedIn(text string) string {
	text = innocent.ReplaceAllString(comments.ReplaceAllString(text, " "), " ")
	if found := watched.FindString(text); found != "" {
		return found
	}
	return strings.TrimSpace(adWord.FindString(text))
}

// No path, class, id or element says what we are to those who hide such things. Words that people read are in locales; scripts are looked at
// as they are written, since a name that was made short may be any.
func TestNamesAreNotWatchedFor(t *testing.T) {
	t.Parallel()
	for name, content := range theme(t) {
		if found := watchedIn(name); found != "" {
			t.Errorf("the path %s says %q", name, found)
		}
		if ext := path.Ext(name); ext != ".json" && ext != ".js" && ext != ".svg" {
			if found := watchedIn(scriptPattern.ReplaceAllString(content, "")); found != "" {
				t.Errorf("%s says %q", name, found)
			}
		}
	}
	scripts, err := filepath.Glob(filepath.Join("src", "*.js"))
	if err != nil || len(scripts) < 2 {
		t.Fatalf("%d scripts in extension/src (%v)", len(scripts), err)
	}
	for _, name := range scripts {
		if found := watchedIn(plain(t, name)); found != "" {
			t.Errorf("%s says %q", name, found)
		}
	}
}

// plain is a script without its comments.
func plain(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	result := api.Transform(string(content), api.TransformOptions{LegalComments: api.LegalCommentsNone})
	if len(result.Errors) > 0 {
		t.Fatalf("%s: %v", name, result.Errors)
	}
	return string(result.Code)
}

func TestProxyIsNotWatchedFor(t *testing.T) {
	t.Parallel()
	var file struct {
		Proxy struct{ Prefix, Subpath string } `toml:"app_proxy"`
	}
	if _, err := toml.DecodeFile(filepath.Join("..", "shopify.app.toml"), &file); err != nil {
		t.Fatal(err)
	}
	if address := "/" + file.Proxy.Prefix + "/" + file.Proxy.Subpath; file.Proxy.Subpath == "" || watchedIn(address) != "" {
		t.Errorf("the app proxy is at %s", address)
	}
}

// Each block that leads to the app proxy heeds the path that the merchant has typed in.
func TestBlocksHeedTheProxysPath(t *testing.T) {
	t.Parallel()
	blocks, err := filepath.Glob(filepath.Join("theme", "blocks", "*.liquid"))
	if err != nil || len(blocks) == 0 {
		t.Fatalf("%d blocks, %v", len(blocks), err)
	}
	for _, name := range blocks {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		block := string(content)
		leads := strings.Contains(block, "v[8]") // the proxy's address, see friends-values
		heeds := strings.Contains(block, "proxy: block.settings.proxy") && strings.Contains(block, `"id":"proxy"`)
		if leads && !heeds {
			t.Errorf("%s leads to the proxy, and its setting is not heeded", name)
		}
	}
}

func TestWatchedWordsAreFound(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`<div class="friends-card">`: "", `<div class="refer-card">`: "refer", `<a rel="noreferrer">`: "", `@media (prefers-reduced-motion)`: "",
		`customerPrivacy.preferencesProcessingAllowed()`: "", `<p id="Promo">`: "Promo", `.my-affiliate{}`: "affiliate", `<b class="ad">`: `"ad"`,
		`<b class="ad-slot">`: `"ad-`, `<b class="add shadow head">`: "", `{% comment %} ad blockers {% endcomment %}`: "", `data-banner`: "banner",
		`coupons`: "coupon", `{% # an ad %}`: "", `/ads/`: "/ads/",
	} {
		if got := watchedIn(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// What is written as HTML runs. The scripts set texts and attributes, and take elements from templates that Liquid has escaped.
func TestNoScriptWritesHTML(t *testing.T) {
	t.Parallel()
	writes := regexp.MustCompile(`\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|document\.write|srcdoc|DOMParser)\b|\beval\(|new Function`)
	for name, content := range matching(t, "assets/*.js") {
		if found := writes.FindString(content); found != "" {
			t.Errorf("%s: %s", name, found)
		}
	}
	for name, content := range matching(t, "*/*.liquid") {
		for _, script := range scriptPattern.FindAllStringSubmatch(content, -1) {
			if found := writes.FindString(script[1]); found != "" {
				t.Errorf("%s: %s", name, found)
			}
		}
	}
}
