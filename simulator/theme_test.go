package simulator

import (
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
)

// offer is a metafield as the app writes it, with what must not become markup.
const offer = `{"state":"live","friend":{"says":{"en":"$20</script><q>","ar":"20 US$"}}}`

// newStorefront is a shop whose app has the small theme app extension, and is set up.
func newStorefront(t *testing.T) *world {
	t.Helper()
	w := newWorldWith(t, testExtension(), nil)
	w.appField("ready", "boolean", "true")
	w.appField("offer", "json", offer)
	return w
}

// appField sets a metafield of the app's installation in namespace friends.
func (w *world) appField(key, kind, value string) {
	w.t.Helper()
	token := w.token()
	owner := dig(w.query(token, `{ currentAppInstallation { id } }`, nil), "currentAppInstallation", "id")
	data := w.query(token, `mutation ($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { userErrors { message } } }`,
		map[string]any{"m": []any{map[string]any{"ownerId": owner, "namespace": "friends", "key": key, "type": kind, "value": value}}})
	if errs := dig(data, "metafieldsSet", "userErrors").([]any); len(errs) > 0 {
		w.t.Fatalf("metafield %s: %s", key, show(errs))
	}
}

// Blocks are rendered where the theme places them, with the page's objects, and what the app stores is text.
func TestBlocks(t *testing.T) {
	t.Parallel()
	w := newStorefront(t)
	b := w.browser()
	b.json("POST", "/cart/add.js", `{"id":5}`)
	w.theme(map[string]any{"settings": map[string]any{"offer-line": map[string]any{"text": `<q>"`}}})
	_, page := b.get("/products/ridge-vase?a=b")
	for what, want := range map[string]string{
		"the schema's tag and class":     `<section id="shopify-block-Aproduct3" class="shopify-block shopify-app-block spaced">`,
		"the root without a slash":       `data-root="/` + testShop + `"`,
		"a metafield's value":            `Give $20&lt;/script&gt;&lt;q&gt;`,
		"a metafield as JSON":            `data-offer="{&quot;state&quot;:&quot;live&quot;,&quot;friend&quot;:{&quot;says&quot;:{&quot;en&quot;:&quot;$20\u003c/script\u003e\u003cq\u003e&quot;`,
		"a default setting, counted":     `<i>1 friend</i>`,
		"a setting of all the block's":   `<u>&lt;q&gt;&quot;</u>`,
		"a snippet":                      `<svg width="20" data-shop="demo-shop"></svg>`,
		"the cart, and nobody signed in": `<b>$28.00|$28|guest</b>`,
		"the way back":                   `<a href="/` + testShop + `/customer_authentication/login?return_to=%2F` + testShop + `%2Fproducts%2Fridge-vase%3Fa%3Db">Ridge vase</a>`,
		"an embed, with the page's type": `<x-card data-lang="en" data-page="product"`,
		"a bar in the header and drawer": `<x-bar>1</x-bar>`,
		"the block's stylesheet":         `/assets/friends.css" media="all">`,
		"the address of an asset":        `data-url="/` + testShop + `/cdn/extensions/` + w.extension.version + `/assets/friends.js"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%s: no %s in %s", what, want, page)
		}
	}
	for what, count := range map[string]int{
		`assets/friends.js" defer></script>`: 1, `assets/friends.css"`: 1, "<x-line": 3, "<x-bar": 2, "<x-card": 1, "<x-panel": 0, "<q>": 0,
		"Liquid error": 0, "data-shopify-editor-block": 0, "designMode": 0,
	} {
		if n := strings.Count(page, what); n != count {
			t.Errorf("%s: %d times, want %d", what, n, count)
		}
	}
	for _, problem := range markupProblems(page) {
		t.Error(problem)
	}

	// A section alone is of its page: nobody comes back from a sign-in to a part of one.
	back := "login?return_to=%2F" + testShop + "%2Fcart\""
	if _, page := b.get("/cart?section_id=cart-drawer"); strings.Contains(page, "<html") || !strings.Contains(page, back) {
		t.Errorf("the drawer alone: %s", page)
	}
}

// Which blocks a page has: by place, by enabled_on, by available_if, by the theme, by the app's being there.
func TestWhereBlocksAre(t *testing.T) {
	t.Parallel()
	w := newStorefront(t)
	b := w.browser()
	seen := func(path string) string {
		_, page := b.get(path)
		var out []string
		for _, tag := range []string{"x-bar", "x-card", "x-line", "x-panel"} {
			if strings.Contains(page, "<"+tag) {
				out = append(out, tag)
			}
		}
		return strings.Join(out, " ")
	}
	check := func(when string, want map[string]string) {
		t.Helper()
		for path, blocks := range want {
			if got := seen(path); got != blocks {
				t.Errorf("%s, %s: %q, want %q", when, path, got, blocks)
			}
		}
	}
	b.json("POST", "/cart/add.js", `{"id":5}`)
	check("as placed at the start", map[string]string{
		"/": "x-bar x-card x-line x-panel", "/cart": "x-bar x-card x-line", "/collections/all": "x-bar x-card x-line", "/nothing": "x-bar x-card x-line",
		"/checkout": "", "/account/login": "", "/cart?section_id=cart-drawer": "x-bar x-line", "/cart?section_id=cart-page": "x-line",
	})
	w.theme(map[string]any{"accounts": AccountsLegacy})
	check("with legacy accounts", map[string]string{"/account/login": "x-bar x-card x-line"})
	w.theme(map[string]any{"embed": false, "blocks": []any{map[string]any{"block": "share-panel", "at": "cart"}, map[string]any{"block": "share-panel", "at": "product"}}})
	check("placed otherwise", map[string]string{"/": "", "/products/tea-towel": "x-panel", "/cart": ""}) // enabled_on has no cart
	w.theme(map[string]any{"embed": true, "blocks": []any{map[string]any{"block": "offer-line", "at": "home"}}})
	check("ready", map[string]string{"/": "x-card x-line"})
	w.appField("ready", "boolean", "false")
	check("not ready", map[string]string{"/": "x-card"})
	w.must(w.Uninstall(testShop))
	check("after uninstalling", map[string]string{"/": ""})
}

func TestThemeControl(t *testing.T) {
	t.Parallel()
	w := newStorefront(t)
	path := "/_sim/shops/" + testShop + "/theme"
	_, before := w.request("GET", path, nil)
	if dig(before, "theme") != "light" || dig(before, "blocks", 1, "block") != "share-panel" || dig(before, "consent") != "given" || dig(before, "embed") != true {
		t.Errorf("at the start: %s", show(before))
	}
	out := w.theme(map[string]any{"theme": "dusk", "consent": false, "settings": map[string]any{"friends": map[string]any{"launcher": false}}})
	if dig(out, "theme") != "dusk" || dig(out, "locale") != "en" || dig(out, "consent") != "refused" || dig(out, "settings", "friends", "launcher") != false ||
		show(dig(out, "blocks")) != show(dig(before, "blocks")) {
		t.Errorf("a part is changed: %s", show(out))
	}
	out = w.theme(map[string]any{"consent": true, "settings": map[string]any{}, "blocks": []any{}})
	if dig(out, "consent") != "given" || len(dig(out, "settings").(map[string]any)) != 0 || len(dig(out, "blocks").([]any)) != 0 || dig(out, "theme") != "dusk" {
		t.Errorf("lists and maps are replaced: %s", show(out))
	}

	for name, in := range map[string]map[string]any{
		"theme": {"theme": "neon"}, "locale": {"locale": "xx"}, "consent": {"consent": "maybe"}, "actions": {"actions": "some"}, "accounts": {"accounts": "old"},
		"place": {"blocks": []any{map[string]any{"block": "offer-line", "at": "roof"}}}, "block": {"blocks": []any{map[string]any{"block": "nope", "at": "home"}}},
		"setting": {"settings": map[string]any{"friends": map[string]any{"nope": 1}}}, "field": {"nope": 1}, "rate alone": {"rate": "0.9"},
		"setting of one": {"blocks": []any{map[string]any{"block": "offer-line", "at": "home", "settings": map[string]any{"nope": 1}}}},
		"currency alone": {"currency": "EUR"}, "no currency": {"currency": "XXZ", "rate": "1"}, "no rate": {"currency": "EUR", "rate": "much"},
	} {
		if status, out := w.request("POST", path, in); status != 400 || out["error"] == nil {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	if _, after := w.request("GET", path, nil); show(after) != show(out) {
		t.Errorf("what was refused has changed something: %s", show(after))
	}
	if status, _ := w.request("GET", "/_sim/shops/none.myshopify.com/theme", nil); status != 404 {
		t.Errorf("no such shop: %d", status)
	}
}

// What the theme says is what the page's script finds.
func TestThemeOnThePage(t *testing.T) {
	t.Parallel()
	w := newStorefront(t)
	b := w.browser()
	has := func(path string, wants ...string) {
		t.Helper()
		_, page := b.get(path)
		for _, want := range wants {
			if not, absent := strings.CutPrefix(want, "!"); absent == strings.Contains(page, not) {
				t.Errorf("%s: %s: %s", path, want, page)
			}
		}
	}
	has("/", `"currency":{"active":"USD","rate":"1.0"}`, `"routes":{"root":"/`+testShop+`/"}`, `data-consent="given"`, `data-actions="theme"`, "js/actions.js", "!designMode")
	w.theme(map[string]any{"theme": "dusk", "locale": "ar", "consent": "unasked", "actions": "none", "currency": "EUR", "rate": "0.90", "design_mode": true})
	has("/products/tea-towel", `"currency":{"active":"EUR","rate":"0.9"}`, `"locale":"ar"`, `data-consent="unasked"`, `data-actions="none"`, "!js/actions.js", `"designMode":true`,
		`lang="ar" dir="rtl"`, "css/dusk.css", "data-shopify-editor-block=", "أهدِ 20 US$", "منشفة مطبخ", "€25,20", `data-lang="ar"`)

	// A visitor looks at another theme, and keeps it until they choose again.
	has("/?_theme=light&_locale=de", "css/light.css", `lang="de"`)
	has("/cart", "css/light.css", `lang="de"`, "Dein Warenkorb")
	has("/?_theme=nope&_locale=nope", "css/light.css", `lang="de"`)
	if to := b.ends(http.MethodPost, "/localization", url.Values{"locale_code": {"fr"}, "return_to": {"/" + testShop + "/cart?a=b"}}); to != "/cart?a=b" {
		t.Errorf("the language menu leads to %s", to)
	}
	has("/cart", `lang="fr"`)
	if _, page := w.browser().get("/"); !strings.Contains(page, "css/dusk.css") {
		t.Error("somebody else's choice is seen")
	}
}

// A block that cannot be rendered says so in its place; the page stands.
func TestBlockWithAnError(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"blocks/offer-line.liquid":  {Data: []byte(`{{ 'a' | no_such_filter }}{% schema %}{"name":"A","target":"section"}{% endschema %}`)},
		"blocks/share-panel.liquid": {Data: []byte(`<x-panel>{{ shop.name }}</x-panel>{% schema %}{"name":"B","target":"section"}{% endschema %}`)},
	}
	w := newWorldWith(t, files, nil)
	_, page := w.browser().get("/")
	if !strings.Contains(page, "Liquid error (blocks/offer-line): ") || !strings.Contains(page, "undefined filter: no_such_filter") || !strings.Contains(page, "<x-panel>demo-shop</x-panel>") ||
		!strings.Contains(page, "</html>") {
		t.Error(page)
	}
}

func TestLoadExtension(t *testing.T) {
	t.Parallel()
	const block = `{% schema %}{"name":"A","target":"section"}{% endschema %}`
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"no schema":            {fstest.MapFS{"blocks/a.liquid": {Data: []byte("a")}}, "blocks/a.liquid: a block needs a schema"},
		"a schema with a slip": {fstest.MapFS{"blocks/a.liquid": {Data: []byte("{% schema %}{,}{% endschema %}")}}, "its schema"},
		"locales, no default":  {fstest.MapFS{"locales/de.json": {Data: []byte("{}")}}, "default"},
		"a locale with a slip": {fstest.MapFS{"locales/en.default.json": {Data: []byte("{,}")}}, "no JSON"},
		"nothing":              {fstest.MapFS{}, ""},
		"what it does not use": {fstest.MapFS{"blocks/a.liquid": {Data: []byte(block)}, "blocks/readme.md": {Data: nil}, "shopify.extension.toml": {Data: nil}}, ""},
	} {
		e, err := loadExtension(c.files)
		if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if name == "what it does not use" && len(e.blocks) != 1 {
			t.Errorf("%s: %v", name, e.blocks)
		}
	}
}

// Files have a version in their address, and are kept; nothing else of the folders is served.
func TestFiles(t *testing.T) {
	t.Parallel()
	w := newStorefront(t)
	theme, ext := "/cdn/shop/"+themeVersion()+"/", "/cdn/extensions/"+w.extension.version+"/assets/"
	for path, want := range map[string]struct {
		status int
		kind   string
	}{
		theme + "css/shop.css": {200, "text/css; charset=utf-8"}, theme + "js/theme.js": {200, "text/javascript; charset=utf-8"},
		theme + "img/dusk/tea-towel.webp": {200, "image/webp"}, theme + "fonts/manrope.woff2": {200, "font/woff2"},
		theme + "words/en.toml": {404, ""}, theme + "templates/home.html": {404, ""}, theme + "css/": {404, ""},
		ext + "friends.js": {200, "text/javascript; charset=utf-8"}, ext + "nothing.js": {404, ""}, "/cdn/extensions/old/assets/friends.js": {404, ""},
	} {
		res := w.visit("GET", path, "", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") })
		if res.status != want.status {
			t.Errorf("%s: %d", path, res.status)
			continue
		}
		if want.status == 200 && (res.header.Get("Content-Type") != want.kind || res.header.Get("Cache-Control") != "public, max-age=31536000, immutable") {
			t.Errorf("%s: %v", path, res.header)
		}
		if packed := res.header.Get("Content-Encoding") == "gzip"; want.status == 200 && packed != strings.HasPrefix(want.kind, "text/") {
			t.Errorf("%s: compressed: %v", path, packed)
		}
	}
}

// The shop is light enough for a page that is measured, and for the program that carries it.
func TestThemeIsSmall(t *testing.T) {
	t.Parallel()
	for folder, limit := range map[string]int64{"img": 700_000, "fonts": 120_000, "css": 20_000, "js": 16_000} {
		var size int64
		err := fs.WalkDir(themeFiles, "theme/"+folder, func(_ string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			size += info.Size()
			return err
		})
		if err != nil || size > limit || size == 0 {
			t.Errorf("%s: %d bytes, at most %d; %v", folder, size, limit, err)
		}
	}
}

// Every language says all that English says, with the same values, and names everything that is sold.
func TestWords(t *testing.T) {
	t.Parallel()
	english := spoken[defaultLanguage]
	for _, language := range languages {
		w := spoken[language]
		if len(w.Say) != len(english.Say) || w.Name == "" {
			t.Errorf("%s says %d things, English %d", language, len(w.Say), len(english.Say))
		}
		for key, text := range english.Say {
			if got, ok := w.Say[key]; !ok || strings.Count(got, "%s") != strings.Count(text, "%s") || strings.Count(got, "%d") != strings.Count(text, "%d") {
				t.Errorf("%s: %s is %q, in English %q", language, key, got, text)
			}
		}
		for _, g := range goods {
			p := w.Product[g.handle]
			if p.Title == "" || p.Kind == "" || p.Text == "" || (g.colours > 1) != (p.Option != "") || (g.colours > 1 && (len(p.Light) != g.colours || len(p.Dusk) != g.colours)) {
				t.Errorf("%s: %s is %+v", language, g.handle, p)
			}
		}
	}
	for _, reason := range []string{
		reasonNotFound, reasonNotStarted, reasonExpired, reasonUsedUp, reasonOncePer, reasonNotEligible, reasonMinimum, reasonNotCombinable, reasonTooMany,
		reasonRepeated, reasonNothingToTake,
	} {
		if _, err := english.say("code."+reason, "X"); err != nil {
			t.Error(err)
		}
	}
}
