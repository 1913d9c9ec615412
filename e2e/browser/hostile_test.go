package browser

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// hostile are texts that become something else where somebody forgets what they are. Each calls ran, which is nowhere:
// a page in which one runs complains of it.
var hostile = []string{
	`"><img src=x onerror=ran()>`,
	`</script><script>ran()</script>`,
	`</template></style><svg onload=ran()>`,
	`javascript:ran()`,
	`' onfocus=ran() autofocus x='`,
	`{{ 'x' | append: 'y' }}{% assign x = 1 %}`,
	"\u202egnp.exe\u0000\u2028${ran()}",
}

// innocent fails when the page has become something else.
func (b *tab) innocent() {
	b.t.Helper()
	b.clean()
	strange := evaluate[[]string](b, `(() => {
		const found = [];
		const look = (root) => root.querySelectorAll('*').forEach((e) => {
			if (e.localName === 'img' && e.getAttribute('src') === 'x' || e.hasAttribute('onload') || e.hasAttribute('onerror') || e.hasAttribute('onfocus')) found.push(e.outerHTML);
			if (/^javascript:/i.test(e.href ?? '')) found.push(e.outerHTML);
			if (e.shadowRoot) look(e.shadowRoot);
		});
		look(document);
		return found;
	})()`)
	for _, html := range strange {
		b.t.Errorf("the page has become %.200s", html)
	}
}

// wantInnocentPages opens the pages on which all widgets stand. The path of the proxy is hostile too, and leads nowhere.
func (s *scene) wantInnocentPages() {
	s.t.Helper()
	for _, path := range []string{"/?ref=" + s.advocate, "/products/ridge-vase", "/cart"} {
		s.friend.forgive(s.shop.root)
		s.friend.open(s.at(path))
		s.friend.sees(link(shopName))
		s.friend.innocent()
	}
	s.friend.shoot(s.t.Name())
}

// TestWholeHostileLinks opens links whose code is no code.
func TestWholeHostileLinks(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onDesktop)
	for _, code := range hostile {
		for _, address := range []string{s.linkOf(code), s.link() + "&ref=" + url.QueryEscape(code), s.link() + "#" + code} {
			s.friend.open(address)
			s.friend.sees(link(shopName))
			s.friend.forgive(house.proxy)
			s.friend.innocent()
		}
	}
}

// TestWholeHostileAnswers has our server answer with such texts, as it would if somebody else had become it.
func TestWholeHostileAnswers(t *testing.T) {
	t.Parallel()
	for n, code := range hostile {
		m := mixOf(n)
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			s := stageScene(t, m)
			s.fill(vase)
			evil := func(body []byte) []byte { return everyText(body, code) }
			s.friend.change(house.proxy+"/claim", evil)
			s.friend.open(s.link())
			take(s)
			s.friend.says("friends-card", strings.Join(strings.Fields(strings.Trim(code, "\u0000")), " ")[:3])
			s.friend.forgive(s.shop.root)
			s.friend.innocent()
		})
	}
}

// everyText puts a text in the place of the code and the ids of a claim.
func everyText(body []byte, text string) []byte {
	var answer map[string]map[string]any
	if json.Unmarshal(body, &answer) != nil {
		return body
	}
	for _, name := range []string{"id", "code"} {
		answer["claim"][name] = text
	}
	changed, _ := json.Marshal(answer) // what was read from JSON can be written
	return changed
}

// TestWholeHostileSettings has a merchant paste such texts into every text setting of every block.
func TestWholeHostileSettings(t *testing.T) {
	t.Parallel()
	for n, text := range hostile {
		m := mixOf(n)
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			s := stageScene(t, m)
			settings := map[string]any{}
			for block, ids := range textSettings(t) {
				values := map[string]any{}
				for _, id := range ids {
					values[id] = text
				}
				settings[block] = values
			}
			s.shop.theme(theme{"settings": settings})
			s.wantInnocentPages()
		})
	}
}

// TestWholeHostileNames has shops with such names, which stand in the message that an advocate sends.
func TestWholeHostileNames(t *testing.T) {
	t.Parallel()
	for n, name := range hostile[:4] {
		m := mixOf(n)
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			s := stageIn(t, newShopCalled(t, name), m, "--name", name)
			s.friend.open(s.link())
			s.friend.sees(button(s.words("buttons.take", nil)))
			s.friend.innocent()

			s.signIn("dora@example.com")
			s.friend.open(s.at("/"))
			s.friend.press(s.joinButton())
			s.shownLink()
			s.friend.innocent()
		})
	}
}

// TestWholeHostileMetafield has such texts in all of the metafield from which the widgets are made, as if somebody else had written it.
func TestWholeHostileMetafield(t *testing.T) {
	t.Parallel()
	for n, text := range hostile {
		m := mixOf(n)
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			s := stageScene(t, m)
			s.fill(vase)
			s.shop.rewriteOffer(text)
			s.wantInnocentPages()
		})
	}
}

// rewriteOffer puts a text in the place of every text of the metafield but the offer's state and kinds, by which words are chosen.
func (s *shop) rewriteOffer(text string) {
	s.t.Helper()
	var read struct {
		App struct {
			ID    string
			Offer struct{ Value string }
		} `json:"currentAppInstallation"`
	}
	s.graphql(`query { currentAppInstallation { id offer: metafield(namespace: "friends", key: "offer") { value } } }`, nil, &read)
	var offer map[string]any
	if err := json.Unmarshal([]byte(read.App.Offer.Value), &offer); err != nil {
		s.t.Fatal(err)
	}
	value, err := json.Marshal(rewritten("", offer, text))
	if err != nil {
		s.t.Fatal(err)
	}

	const write = `mutation Write($all: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $all) { userErrors { message } } }`
	var wrote struct {
		Set struct{ UserErrors []struct{ Message string } } `json:"metafieldsSet"`
	}
	s.graphql(write, map[string]any{"all": []any{map[string]any{
		"ownerId": read.App.ID, "namespace": "friends", "key": "offer", "type": "json", "value": string(value),
	}}}, &wrote)
	if len(wrote.Set.UserErrors) > 0 {
		s.t.Fatalf("the metafield was not written: %v", wrote.Set.UserErrors)
	}
}

// rewritten is a JSON value that stands under a name, with a text in the place of all of its texts.
func rewritten(name string, v any, text string) any {
	switch v := v.(type) {
	case string:
		if name != "state" && name != "kind" {
			return text
		}
	case map[string]any:
		for key, inside := range v {
			v[key] = rewritten(key, inside, text)
		}
	}
	return v
}
