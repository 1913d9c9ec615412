package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// languages are those of package text. English is what Shopify falls back to.
var languages = []string{"en", "de", "fr", "es", "ar"}

// words are the widgets' part of the files of package text.
type words struct {
	shopper map[string]map[string]map[string]any // by language, table, key: text, or the plural forms
	editor  map[string]map[string]map[string]any // the theme editor's, by the languages of merchants
	tables  []string                             // the shopper's, as they stand in the file
	keys    map[string][]string                  // of a shopper's table, as they stand in the file
}

type wordsFile struct {
	Shopper, Merchant struct {
		Widget map[string]map[string]any `toml:"widget"`
	}
}

func readWords(folder string) (*words, error) {
	shopper, editor := map[string]map[string]map[string]any{}, map[string]map[string]map[string]any{}
	w := &words{shopper: shopper, editor: editor, keys: map[string][]string{}}
	for _, language := range languages {
		var file wordsFile
		meta, err := toml.DecodeFile(filepath.Join(folder, language+".toml"), &file)
		if err != nil {
			return nil, err
		}

		w.shopper[language] = file.Shopper.Widget
		if file.Merchant.Widget != nil {
			w.editor[language] = file.Merchant.Widget
		}
		if language == "en" {
			w.order(meta.Keys())
		}
	}
	return w, nil
}

// order notes the shopper's tables and keys in the order of the file.
func (w *words) order(all []toml.Key) {
	for _, key := range all {
		if len(key) < 3 || key[0] != "shopper" || key[1] != "widget" {
			continue
		}
		if !slices.Contains(w.tables, key[2]) {
			w.tables = append(w.tables, key[2])
		}

		if len(key) == 4 {
			w.keys[key[2]] = append(w.keys[key[2]], key[3])
		}
	}
}

// A key's other forms have these endings. Those that the offer's terms choose have a letter in Liquid.
var forms = []struct{ ending, letter string }{
	{"_min", "m"}, {"_ship", "s"}, {"_after", "a"}, {"_legacy", ""}, {"_soon", ""},
}

// base is the key that a form belongs to, which is the key itself if it is none.
func base(keys []string, key string) string {
	for _, form := range forms {
		if short, ok := strings.CutSuffix(key, form.ending); ok && slices.Contains(keys, short) {
			return base(keys, short)
		}
	}
	return key
}

// texts are the keys of a table that are no forms of others: a merchant's lines for the table.
func (w *words) texts(table string) []string {
	keys := w.keys[table]
	texts := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return base(keys, key) != key })
	if table == "line" {
		return []string{"both", "join"} // "any" is said for other kinds of offers, in place of "both"
	}
	return texts
}

// letters are those of the forms that a key has: "sm".
func (w *words) letters(table, key string) string {
	all := ""
	for _, form := range forms {
		if slices.Contains(w.keys[table], key+form.ending) {
			all += form.letter
		}
	}
	return all
}

// states are the tables of the card's states.
func (w *words) states() []string {
	return w.tables[:slices.Index(w.tables, "buttons")]
}

// named are the tables of a list that Liquid names, in which "card" stands for all states.
func (w *words) named(list string) []string {
	var tables []string
	for _, name := range strings.Fields(list) {
		if name == "card" {
			tables = append(tables, w.states()...)
			continue
		}
		tables = append(tables, name)
	}
	return tables
}

// A block may have 40 settings, so the lines of some tables follow those of another one in its setting.
// Source: theme-check 3.29, ExcessiveSettingsCount.
var follows = map[string]string{
	"unfit": "automatic", "kept": "typed", "offer_paused": "offer_ended", "link_overused": "limited", "spare": "down",
}

// place is the setting that a table's lines stand in, and the number of its first line.
func (w *words) place(table string) (setting string, first int) {
	if before, ok := follows[table]; ok {
		return before, len(w.texts(before))
	}
	return table, 0
}

// follower is the table whose lines follow in a table's setting, "" for none.
func follower(table string) string {
	for one, before := range follows {
		if before == table {
			return one
		}
	}
	return ""
}

// list writes tables for the snippet friends-words: "applied=lead,rest:s,fine;spare=head,say:m=down=2".
func (w *words) list(tables []string) string {
	var entries []string
	for _, table := range tables {
		var keys []string
		for _, key := range w.texts(table) {
			if letters := w.letters(table, key); letters != "" {
				key += ":" + letters
			}
			keys = append(keys, key)
		}

		entry := table + "=" + strings.Join(keys, ",")
		if setting, first := w.place(table); first > 0 {
			entry += fmt.Sprintf("=%s=%d", setting, first)
		}
		entries = append(entries, entry)
	}
	return strings.Join(entries, ";")
}

// value is a value's place in a sentence: {{.amount}} here, {{ amount }} at Shopify, [amount] for merchants.
var value = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

// locales writes the locale files: the shopper's words by language, and the theme editor's.
func (b *builder) locales() error {
	for language, tables := range b.words.shopper {
		if err := b.writeJSON(localeFile(language)+".json", atShopify(tables, language)); err != nil {
			return err
		}
	}

	for language, tables := range b.words.editor {
		editor := map[string]any{"ours": b.words.ours(language)}
		for table, entries := range tables {
			editor[table] = entries
		}
		if err := b.writeJSON(localeFile(language)+".schema.json", editor); err != nil {
			return err
		}
	}
	return nil
}

// localeFile is the name of a language's files up to their endings. Source: shopify.dev, theme app extensions, locales.
func localeFile(language string) string {
	if language == "en" {
		language += ".default"
	}
	return "locales/" + language
}

// ours are our lines, which stand in grey where a merchant may write others.
func (w *words) ours(language string) map[string]any {
	all := map[string]any{}
	for table := range w.editor[language]["texts"] {
		if _, first := w.place(table); first > 0 {
			continue
		}

		lines := w.lines(language, table)
		if next := follower(table); next != "" {
			lines = append(lines, w.lines(language, next)...)
		}
		all[table] = strings.Join(lines, "\n")
	}
	return all
}

// lines are a table's texts, with values as merchants write them.
func (w *words) lines(language, table string) []string {
	var lines []string
	for _, key := range w.texts(table) {
		lines = append(lines, value.ReplaceAllString(oneForm(w.shopper[language][table][key]), "[$1]"))
	}
	return lines
}

func oneForm(text any) string {
	if plural, ok := text.(map[string]any); ok {
		text = plural["other"]
	}
	return fmt.Sprint(text)
}

// summed is the place of a sum that the script reckons. Others come from package text, as they are to be read.
var summed = regexp.MustCompile(`\{\{ (saved|left|cart|about) \}\}`)

// atShopify writes values as Shopify's translations do. From right to left a mark follows a sum, as in package text:
// else "US$" is shown as "$US".
func atShopify(v any, language string) any {
	switch v := v.(type) {
	case string:
		v = value.ReplaceAllString(v, "{{ $1 }}")
		if language == "ar" {
			v = summed.ReplaceAllString(v, "$0\u200e")
		}
		return v
	case map[string]any:
		return converted(v, language)
	case map[string]map[string]any:
		return converted(v, language)
	}
	return v
}

func converted[V any](all map[string]V, language string) map[string]any {
	out := map[string]any{}
	for key, inside := range all {
		out[key] = atShopify(inside, language)
	}
	return out
}

func (b *builder) writeJSON(name string, v any) error {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	err := encoder.Encode(v)
	b.files[name] = []byte(text.String())
	return err
}
