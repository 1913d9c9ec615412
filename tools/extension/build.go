package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

const (
	sourceFolder = "extension/src"
	themeFolder  = "extension/theme"
)

// build makes all files of extension/theme, by their paths within it.
func build(root string) (map[string][]byte, error) {
	w, err := readWords(filepath.Join(root, "text"))
	if err != nil {
		return nil, err
	}
	b := builder{source: filepath.Join(root, sourceFolder), words: w, files: map[string][]byte{}}

	for _, step := range []func() error{b.scripts, b.styles, b.liquid, b.locales, b.manifest} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return b.files, nil
}

type builder struct {
	source string
	words  *words
	files  map[string][]byte
}

// needsEarly stands before friends.js, which does nothing on a page that has kept the script behind a block from
// running: what came with the page stays as it is without script, and leads to our page.
const needsEarly = "customElements.friends&&"

// scripts bundles what a page loads, what it loads on a tap, and what runs while the page is read.
func (b *builder) scripts() error {
	for _, s := range []struct {
		entry  string
		format api.Format
		to     string
	}{
		{"index.js", api.FormatIIFE, "assets/friends.js"},
		{"qr.js", api.FormatESModule, "assets/friends-qr.js"}, // a module, because it is imported when it is needed
		{"early-entry.js", api.FormatIIFE, "snippets/friends-early.liquid"},
	} {
		code, err := b.bundle(s.entry, s.format)
		if err != nil {
			return err
		}

		if strings.HasPrefix(s.to, "snippets/") {
			code = []byte("<script>" + strings.TrimSpace(string(code)) + "</script>\n")
		}
		if s.entry == "index.js" {
			code = append([]byte(needsEarly), code...)
		}
		b.files[s.to] = code
	}
	return nil
}

// styles makes a snippet of each piece of CSS.
func (b *builder) styles() error {
	pieces, err := filepath.Glob(filepath.Join(b.source, "css", "*.css"))
	if err != nil {
		return err
	}

	for _, piece := range pieces {
		css, err := b.bundle(filepath.Join("css", filepath.Base(piece)), api.FormatDefault)
		if err != nil {
			return err
		}

		name := strings.TrimSuffix(filepath.Base(piece), ".css")
		b.files["snippets/friends-css-"+name+".liquid"] = []byte(strings.TrimSpace(string(css)))
	}
	return nil
}

// bundle makes one file of a source and what it imports, as small as it can be. Browsers of 2021 and later read it.
func (b *builder) bundle(entry string, format api.Format) ([]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{filepath.Join(b.source, entry)}, Bundle: true, Format: format, Target: api.ES2021,
		Charset: api.CharsetUTF8, MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
		LegalComments: api.LegalCommentsNone,
		Supported:     map[string]bool{"inset-property": true, "nesting": true},
	})

	for _, e := range result.Errors {
		return nil, fmt.Errorf("%s: %s", entry, e.Text)
	}
	if len(result.OutputFiles) != 1 {
		return nil, fmt.Errorf("%s: esbuild wrote %d files", entry, len(result.OutputFiles))
	}
	return result.OutputFiles[0].Contents, nil
}

// liquid takes blocks and snippets over: settings and words written out; docs and indentation, which
// have no effect, left out.
func (b *builder) liquid() error {
	for _, folder := range []string{"blocks", "snippets"} {
		paths, err := filepath.Glob(filepath.Join(b.source, folder, "*.liquid"))
		if err != nil {
			return err
		}
		if len(paths) == 0 {
			return errors.New("no Liquid in " + folder)
		}

		for _, from := range paths {
			source, err := os.ReadFile(from)
			if err != nil {
				return err
			}

			text, err := b.writeLiquid(string(source), folder == "blocks")
			if err != nil {
				return fmt.Errorf("%s: %w", from, err)
			}

			b.files[path.Join(folder, filepath.Base(from))] = []byte(text)
		}
	}
	return nil
}

var (
	docTag      = regexp.MustCompile(`(?s)\{% doc %\}.*?\{% enddoc %\}\n`)
	indentation = regexp.MustCompile(`(?m)^ +|^\n`)
	listCall    = regexp.MustCompile(`@words\(([^)]*)\)`)
	sayCall     = regexp.MustCompile(`@say\((\w+)\.(\w+)((?:, \w+: [^,)]+)*)\)`)
)

func (b *builder) writeLiquid(text string, block bool) (string, error) {
	text = docTag.ReplaceAllString(text, "")
	settings, ours := "settings.", map[string]bool{}
	if block {
		var err error
		if text, ours, err = b.writeSettings(text); err != nil {
			return "", err
		}
		settings = "block.settings."
	}

	text = listCall.ReplaceAllStringFunc(text, func(call string) string {
		return b.words.list(b.words.named(listCall.FindStringSubmatch(call)[1]))
	})

	var missing []string
	text = sayCall.ReplaceAllStringFunc(text, func(call string) string {
		parts := sayCall.FindStringSubmatch(call)
		table, key, more := parts[1], parts[2], parts[3]
		line := slices.Index(b.words.texts(table), key)
		if line < 0 {
			missing = append(missing, table+"."+key)
		}

		render := "{% render 'friends-say'"
		if !strings.Contains(more, " key: ") {
			render += fmt.Sprintf(", key: '%s.%s'", table, key)
		}
		if letters := b.words.letters(table, key); letters != "" {
			render += fmt.Sprintf(", forms: '%s'", letters)
		}
		if setting, first := b.words.place(table); !block || ours[setting] {
			render += fmt.Sprintf(", from: %s%s, at: %d", settings, setting, first+line)
		}
		return render + more + ", v: v %}"
	})
	if missing != nil {
		return "", fmt.Errorf("package text has no words for %s", strings.Join(missing, ", "))
	}
	return indentation.ReplaceAllString(text, ""), nil
}

func (b *builder) manifest() error {
	toml, err := os.ReadFile(filepath.Join(b.source, "extension.toml"))
	b.files["shopify.extension.toml"] = toml
	return err
}
