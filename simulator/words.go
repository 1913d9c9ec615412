package simulator

import (
	"embed"
	"fmt"
	"path"
	"strings"

	"github.com/BurntSushi/toml"
)

// themeFiles are the demo shop Tarrow: templates, words, styles, scripts, pictures, fonts.
//
//go:embed theme
var themeFiles embed.FS

// defaultLanguage is the shop's primary one, in which its orders are written.
const defaultLanguage = "en"

// languages are those the shop speaks, in the order of its menu.
var languages = []string{defaultLanguage, "de", "fr", "es", "ar"}

// words are what the shop's own pages say in a language.
type words struct {
	language string
	Name     string                  `toml:"name"` // of the language, in itself
	Say      map[string]string       `toml:"say"`
	Product  map[string]productWords `toml:"product"` // by handle
}

type productWords struct {
	Title  string   `toml:"title"`
	Kind   string   `toml:"kind"`
	Text   string   `toml:"text"`
	Option string   `toml:"option"` // what its colours are called; empty for products without
	Light  []string `toml:"light"`  // the colours in theme light
	Dusk   []string `toml:"dusk"`
}

// colours are the names of the product's options in a theme.
func (w productWords) colours(theme string) []string {
	if theme == "dusk" {
		return w.Dusk
	}
	return w.Light
}

// spoken are the words of each language.
var spoken = mustReadWords()

func mustReadWords() map[string]words {
	out := map[string]words{}
	for _, language := range languages {
		w := words{language: language}
		if _, err := toml.DecodeFS(themeFiles, path.Join("theme/words", language+".toml"), &w); err != nil {
			panic(err) // embedded: seen by every test
		}
		out[language] = w
	}
	return out
}

// say is a sentence with its values. Errors: there is none with that key.
func (w words) say(key string, values ...any) (string, error) {
	text, ok := w.Say[key]
	if !ok {
		return "", fmt.Errorf("theme/words/%s.toml has no %q", w.language, key)
	}
	if !strings.Contains(text, "%") {
		return text, nil
	}
	return fmt.Sprintf(text, values...), nil
}

// direction is the value of dir for the language.
func direction(language string) string {
	if language == "ar" {
		return "rtl"
	}
	return "ltr"
}

// lineTitle is what a line of an order, or of the cart, is called.
func (w words) lineTitle(p product, v variant, theme string) string {
	text := w.Product[p.handle]
	if v.single {
		return text.Title
	}
	return text.Title + " - " + text.colours(theme)[v.place]
}
