package simulator

import (
	"context"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// testExtension is a small theme app extension that uses what a real one would.
func testExtension() fs.FS { return os.DirFS("testdata/extension") }

// blocksOf is an extension with these blocks, by name, and the other files of testExtension.
func blocksOf(t *testing.T, sources map[string]string) *extension {
	t.Helper()
	files := fstest.MapFS{}
	for name, source := range sources {
		files["blocks/"+name+".liquid"] = &fstest.MapFile{Data: []byte(source + `{% schema %}{"name":"One","target":"section"}{% endschema %}`)}
	}
	err := fs.WalkDir(testExtension(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path, "blocks/") {
			return err
		}
		raw, err := fs.ReadFile(testExtension(), path)
		files[path] = &fstest.MapFile{Data: raw}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	e, err := loadExtension(files)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var dollars = liquidSettings{Locale: "en", Assets: "/s/cdn/", MoneyFormat: "${{amount}}", Currency: "USD"}

func TestLiquid(t *testing.T) {
	t.Parallel()
	in := func(language string) liquidSettings { s := dollars; s.Locale = language; return s }
	euros := liquidSettings{Locale: "de", MoneyFormat: "€{{amount_with_comma_separator}}", Currency: "EUR"}
	objects := map[string]any{"evil": `</script><b class="x">'&`, "shop": map[string]any{"name": "Tarrow"}, "list": []int{1, 2}}
	cases := map[string]struct {
		source string
		set    liquidSettings
		want   string
	}{
		"a word of the language":           {`{{ 'line.give' | t: amount: '5' }}`, in("ar"), "أهدِ 5"},
		"a word that only the default has": {`{{ 'panel.title' | t }}`, in("ar"), "Your link"},
		"a language that is not there":     {`{{ 'panel.title' | t }}`, in("xx"), "Your link"},
		"a word that is nowhere":           {`{{ 'no.such' | t }}`, in("ar"), "Translation missing: ar.no.such"},
		"one":                              {`{{ 'line.friends' | t: count: 1 }}`, in("en"), "1 friend"},
		"two, in English":                  {`{{ 'line.friends' | t: count: 2 }}`, in("en"), "2 friends"},
		"none, in Arabic":                  {`{{ 'line.friends' | t: count: 0 }}`, in("ar"), "لا أحد"},
		"two, in Arabic":                   {`{{ 'line.friends' | t: count: 2 }}`, in("ar"), "اثنان"},
		"eleven, in Arabic":                {`{{ 'line.friends' | t: count: 11 }}`, in("ar"), "11 كثير"},
		"values in words are escaped":      {`{{ 'line.give' | t: amount: evil }}`, in("en"), "Give &lt;/script&gt;&lt;b class=&quot;x&quot;&gt;&#39;&amp;"},
		"Liquid does not escape by itself": {`{{ evil }}`, dollars, `</script><b class="x">'&`},
		"escape":                           {`{{ evil | escape }}`, dollars, "&lt;/script&gt;&lt;b class=&quot;x&quot;&gt;&#39;&amp;"},
		"escape of nothing":                {`[{{ nothing | escape }}]`, dollars, "[]"},
		"json ends no script":              {`{{ evil | json }}`, dollars, `"\u003c/script\u003e\u003cb class=\"x\"\u003e'\u0026"`},
		"json of nothing":                  {`{{ nothing | json }}`, dollars, "null"},
		"money":                            {`{{ 123456 | money }} {{ 2000 | money_with_currency }}`, dollars, "$1,234.56 $20.00 USD"},
		"money in euros":                   {`{{ 123456 | money }} {{ 2000 | money_without_trailing_zeros }}`, euros, "€1.234,56 €20"},
		"zeros that stay":                  {`{{ 2050 | money_without_trailing_zeros }}`, dollars, "$20.50"},
		"asset_url":                        {`{{ 'friends.js' | asset_url }}`, dollars, "/s/cdn/friends.js"},
		"the language's own filters":       {`{{ nothing | default: 'a b' | append: '?' | url_encode | upcase }}`, dollars, "A+B%3F"},
		"style":                            {`{% style %}a{b:{{ list[1] }}}{% endstyle %}`, dollars, "<style data-shopify>a{b:2}</style>"},
		"what is not shown": {
			`{% stylesheet %}a{}{% endstylesheet %}{% javascript %}{{ x | nope }}{% endjavascript %}{% doc %}{{ y | nope }}{% enddoc %}.`, dollars, ".",
		},
		"a snippet sees the page, not the block's variables": {
			`{% assign hidden = 1 %}{% render 'mark', size: 20 %}`, dollars, `<svg width="20" data-shop="Tarrow"></svg>`,
		},
		"a snippet for each": {`{% render 'mark' for list as size %}`, dollars, `<svg width="1" data-shop="Tarrow"></svg><svg width="2" data-shop="Tarrow"></svg>`},
	}
	sources := map[string]string{}
	for name, c := range cases {
		sources[name] = c.source
	}
	e := blocksOf(t, sources)
	for name, c := range cases {
		got, err := e.liquid.render(t.Context(), name, objects, c.set)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got = strings.TrimSpace(strings.ReplaceAll(got, "\n", "")); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestLiquidRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ source, want string }{
		"an unknown filter":      {`{{ 'a' | no_such_filter }}`, "undefined filter: no_such_filter"},
		"an unknown tag":         {`{% no_such_tag %}`, `tag "no_such_tag" not found`},
		"a snippet that is none": {`{% render 'nothing' %}`, "nothing"},
		"a tag that never ends":  {`{% style %}`, "tag style not closed"},
		"a loop without end":     {`{% for i in (1..99999) %}{% for j in (1..99999) %}{% assign x = x | plus: j %}{% endfor %}{% endfor %}`, "it took too long"},
	}
	sources := map[string]string{}
	for name, c := range cases {
		sources[name] = c.source
	}
	e := blocksOf(t, sources)
	e.liquid.limit = time.Second
	for name, c := range cases {
		_, err := e.liquid.render(t.Context(), name, map[string]any{}, dollars)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// What one page has set must not be seen by the next, and a runtime that has failed goes on working.
func TestLiquidRuntimesAreClean(t *testing.T) {
	t.Parallel()
	e := blocksOf(t, map[string]string{"one": `{{ a | default: 'none' }}`, "bad": `{% assign a = 2 %}{{ b | no_such_filter }}`})
	for range 2 * liquidRuntimes {
		if _, err := e.liquid.render(t.Context(), "bad", map[string]any{"a": 1}, dollars); err == nil {
			t.Fatal("no error")
		}
		for want, objects := range map[string]map[string]any{"1": {"a": 1}, "none": {}} {
			if got, err := e.liquid.render(t.Context(), "one", objects, dollars); err != nil || got != want {
				t.Fatalf("%v: %s %v", objects, got, err)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range liquidRuntimes {
		e.liquid.slots <- struct{}{}
	}
	if _, err := e.liquid.render(ctx, "one", map[string]any{}, dollars); err == nil {
		t.Error("no runtime is free, and nobody waits: want an error")
	}
}
