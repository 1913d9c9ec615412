package browser

import (
	"encoding/json"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"twofold/money"
	"twofold/text"
)

// theme is what is set of a shop's pages: which of the shop's themes, its language, where blocks stand, their settings,
// the visitor's consent and currency. What is left out stays as it is. docs/SIMULATOR.md lists the fields.
type theme map[string]any

func (s *shop) theme(set theme) {
	s.t.Helper()
	s.control("POST", "theme", set, nil)
}

// scene is one friend before one shop: the shop and its advocate, the friend's tab, and how it is looked at.
type scene struct {
	t        *testing.T
	shop     *shop
	friend   *tab
	mix      mix
	advocate string // the code in the link
}

// stageScene sets a shop up whose campaign is live and has an advocate, and opens a tab for a friend. terms are the
// campaign's that differ from those it begins with, as flags of `campaign edit`.
func stageScene(t *testing.T, m mix, terms ...string) *scene {
	t.Helper()
	return stageIn(t, newShop(t), m, terms...)
}

// stageIn sets the scene up in a shop that is there.
func stageIn(t *testing.T, in *shop, m mix, terms ...string) *scene {
	t.Helper()
	s := &scene{t: t, shop: in, mix: m}
	if len(terms) > 0 {
		s.shop.edit(terms...)
	}
	s.shop.goLive()
	s.shop.theme(theme{"theme": m.theme, "locale": m.language})
	s.advocate = s.shop.advocate("alice@example.com")
	s.friend = openTab(t, m.size)
	return s
}

// at is the address of a page of the shop.
func (s *scene) at(path string) string { return s.shop.root + path }

// link is the address that an advocate's link leads to.
func (s *scene) link() string { return s.linkOf(s.advocate) }

func (s *scene) linkOf(code string) string { return s.at("/?ref=" + url.QueryEscape(code)) }

// values are what the widgets' words are filled with, of the campaign that every shop begins with: $20 for each side,
// from $40 on. What is not known beforehand, as a date, is a gap.
func (s *scene) values(with text.With) text.With {
	s.t.Helper()
	twenty := s.amount("20")
	all := text.With{
		"amount": twenty, "minimum": s.amount("40"), "reward": twenty,
		"yours": text.In(s.mix.language).Say("shopper.widget.gets.amount_off", text.With{"amount": twenty}),
		"gets":  text.In(s.mix.language).Say("shopper.widget.gets.amount_off", text.With{"amount": twenty}),
		"shop":  shopName, "count": 14,
	}
	for _, name := range gaps {
		all[name] = gap
	}
	maps.Copy(all, with)
	return all
}

// gap stands where a value is not known beforehand.
const gap = "\x00"

// gaps are the values that each row tells if it knows them.
var gaps = []string{"date", "until", "took", "code", "left", "cart", "other", "saved", "about", "url", "link", "product", "days"}

// words are the widgets', in the scene's language: an entry of [shopper.widget] in the folder text, such as
// buttons.take.
func (s *scene) words(entry string, with text.With) string {
	s.t.Helper()
	return text.In(s.mix.language).Say("shopper.widget."+entry, s.values(with))
}

// pieces are the words between the gaps of an entry.
func (s *scene) pieces(entry string, with text.With) (all []string) {
	s.t.Helper()
	for piece := range strings.SplitSeq(s.words(entry, with), gap) {
		if piece = strings.Join(strings.Fields(piece), " "); len(piece) > 1 {
			all = append(all, piece)
		}
	}
	return all
}

// amount is a sum of the shop's money as the widgets write it in the scene's language.
func (s *scene) amount(decimal string) string {
	s.t.Helper()
	sum, err := money.Parse(decimal, "USD")
	if err != nil {
		s.t.Fatal(err)
	}
	return text.In(s.mix.language).Short(sum)
}

// What the demo's shop sells, by variant: docs/SIMULATOR.md has the whole list.
const (
	vase     = 1 // $68: more than the minimum
	teaTowel = 5 // $28: less
)

// inPage asks the shop as a script of the page would, with the friend's cookies.
func (s *scene) inPage(method, path string, body, answer any) {
	s.t.Helper()
	if s.friend.blank() {
		s.friend.open(s.at("/account/login")) // any page of the shop will do
	}
	sent := "undefined"
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		sent = quoted(string(raw))
	}
	got := evaluate[string](s.friend, `fetch(`+quoted(s.at(path))+`, { method: `+quoted(method)+`, body: `+sent+`,
		headers: { 'Content-Type': 'application/json', Accept: 'application/json' } }).then((r) => r.text())`)
	if answer == nil {
		return
	}
	if err := json.Unmarshal([]byte(got), answer); err != nil {
		s.t.Fatalf("%s %s: %v in %.300s", method, path, err, got)
	}
}

// blank tells whether the tab has shown no page of a shop yet.
func (b *tab) blank() bool {
	b.t.Helper()
	return evaluate[string](b, "location.protocol") == "about:"
}

// fill puts things into the friend's cart.
func (s *scene) fill(variants ...int) {
	s.t.Helper()
	items := make([]map[string]int, len(variants))
	for i, v := range variants {
		items[i] = map[string]int{"id": v, "quantity": 1}
	}
	s.inPage("POST", "/cart/add.js", map[string]any{"items": items}, nil)
}

// signIn signs the friend in, in the friend's own tab.
func (s *scene) signIn(email string) {
	s.t.Helper()
	s.inPage("POST", "/account/login", map[string]string{"email": email}, nil)
}

// cart is the friend's, as the shop sees it.
type cart struct {
	Codes      []cartCode        `json:"discount_codes"`
	Attributes map[string]string `json:"attributes"`
	Total      int64             `json:"total_price"`
}

// cartCode is a code that was put into a cart, and whether it takes something off.
type cartCode struct {
	Code       string `json:"code"`
	Applicable bool   `json:"applicable"`
}

func (s *scene) cart() (c cart) {
	s.t.Helper()
	s.inPage("GET", "/cart.js", nil, &c)
	return c
}

// has tells whether a code is in the cart.
func (c cart) has(code string) bool {
	for _, one := range c.Codes {
		if strings.EqualFold(one.Code, code) {
			return true
		}
	}
	return false
}

// discount gives the shop a code of the merchant's own, which stands beside no other.
func (s *shop) discount(code string, percent float64) {
	s.t.Helper()
	const create = `mutation Create($d: DiscountCodeBasicInput!) {
		discountCodeBasicCreate(basicCodeDiscount: $d) { codeDiscountNode { id } userErrors { field message } }
	}`
	input := map[string]any{
		"title": code, "code": code, "startsAt": time.Now().UTC().Add(-time.Hour).Format(time.RFC3339), "context": map[string]any{"all": "ALL"},
		"customerGets": map[string]any{"value": map[string]any{"percentage": percent / 100}, "items": map[string]any{"all": true}},
		"combinesWith": map[string]bool{"orderDiscounts": false, "productDiscounts": false, "shippingDiscounts": false},
	}
	var answer struct {
		Create struct {
			Node   struct{ ID string }        `json:"codeDiscountNode"`
			Errors []struct{ Message string } `json:"userErrors"`
		} `json:"discountCodeBasicCreate"`
	}
	s.graphql(create, map[string]any{"d": input}, &answer)
	if answer.Create.Node.ID == "" {
		s.t.Fatalf("the discount was not made: %v", answer.Create.Errors)
	}
}

// variable is the value of one of the program's variables.
func (p *program) variable(name string) string {
	for _, v := range p.env {
		if value, found := strings.CutPrefix(v, name+"="); found {
			return value
		}
	}
	return ""
}
