package simulator

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"io/fs"
	"slices"
	"sync"
)

// pageView is what a template sees, and what servePage needs to know of a page. build fills what is the page's own,
// dress the rest.
type pageView struct {
	template string
	Type     string   // Shopify's page_type
	titleKey string   // of the words; or Title is set
	at       []string // the places of the page that take blocks, beside those of every page
	status   int      // 0 is 200
	goTo     string   // a redirect instead of a page
	hosted   bool     // a page of Shopify's, outside the theme
	fragment bool     // a section alone
	product  *product
	proxied  string // Liquid that an app answered through its proxy

	Proxied   template.HTML // the same, rendered
	Title     string
	ShopName  string
	Root      string // path of the shop, without a slash at its end
	Path      string // path and query of the page
	Lang, Dir string
	Theme     string
	Actions   string
	Consent   string
	Shopify   map[string]any // window.Shopify
	Customer  *customerView
	Languages []languageView
	Menu      []linkView
	Cart      cartView
	Blocks    renderedBlocks
	UI        *uiBlock // what a UI extension shows on a hosted page; nil for nothing

	Handle   string // of a collection
	Products []cardView
	Product  *productView
	Order    *orderView
	Orders   []orderView
	Friends  string // path of the app's page of customer accounts
	Buy      string // token of what "Buy it now" has put aside
	Email    string // of who pays, or is expected to sign in
	Return   string // where a sign-in leads
	Error    string

	words  words
	blocks []placedBlock
	liquid liquidSettings
	global map[string]any // Liquid's objects
	editor bool
	assets string
}

// Say is a sentence in the page's language.
func (p *pageView) Say(key string, values ...any) (string, error) { return p.words.say(key, values...) }

// Asset is the address of a file of the theme.
func (p *pageView) Asset(name string) string { return p.assets + name }

type customerView struct{ Name, Email string }

type languageView struct {
	Code, Name string
	Current    bool
}

type linkView struct {
	Key, URL string
	Current  bool
}

// cardView is a product in a list.
type cardView struct{ Title, Kind, Price, URL, Picture string }

// productView is a product on its own page.
type productView struct {
	cardView
	Text, Option string // what it is, and what its colours are called
	Variants     []variantView
}

type variantView struct {
	ID           int64
	Name, Colour string
	Chosen       bool
}

// cartView is a cart as pages show it.
type cartView struct {
	Lines     []lineView
	Count     int64
	Subtotal  string
	Discounts []discountView // codes that take something off
	Refused   []string       // what to say about the others
	Shipping  string         // empty where it is not known yet
	Total     string
}

type lineView struct {
	Key, Title, Option, Price, URL, Picture string
	Quantity                                int64
}

type discountView struct{ Code, Amount string }

type orderView struct {
	Status                                       string // path of the page on which it is followed
	Name, Email, Date, Subtotal, Shipping, Total string
	Discounts                                    []discountView
	Refused                                      []string
	Lines                                        []lineView
}

// themeVersion is part of the addresses of the theme's files, which are kept by browsers for a year.
var themeVersion = sync.OnceValue(func() string {
	sum := sha256.New()
	_ = fs.WalkDir(themeFiles, "theme", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			raw, _ := themeFiles.ReadFile(path) // embedded
			_, _ = sum.Write(append([]byte(path+"\n"), raw...))
		}
		return err
	})
	return hex.EncodeToString(sum.Sum(nil))[:12]
})

// themeAsset is the address of a file of the theme.
func (v *visit) themeAsset(name string) string {
	return v.path("cdn/shop/" + themeVersion() + "/" + name)
}

// extensionAssets is the address of the extension's assets, with a slash at its end.
func (v *visit) extensionAssets() string {
	return v.path("cdn/extensions/" + v.s.extension.version + "/assets/")
}

// dress fills what all pages have.
func (v *visit) dress(p *pageView) {
	p.words, p.assets = v.words, v.themeAsset("")
	p.ShopName, p.Root, p.Path = v.sh.name, v.root(), v.here()
	p.Lang, p.Dir, p.Theme = v.theme.Locale, direction(v.theme.Locale), v.theme.Theme
	p.Actions, p.Consent, p.editor = v.theme.Actions, string(v.theme.Consent), v.theme.DesignMode

	if p.titleKey != "" {
		p.Title = v.words.Say[p.titleKey]
	}
	if v.buyer != nil {
		p.Customer = &customerView{v.buyer.firstName, v.buyer.email}
	}

	for _, language := range languages {
		p.Languages = append(p.Languages, languageView{language, spoken[language].Name, language == v.theme.Locale})
	}
	for _, c := range collections {
		p.Menu = append(p.Menu, linkView{"nav." + c, v.path("collections/" + c), p.Handle == c})
	}
	if p.hosted {
		return
	}

	if !p.fragment {
		v.landed()
		p.at = append(p.at, "header", "footer", "drawer", "body", "head")
	}
	p.Shopify = v.shopify()
	p.Cart = v.cartView(v.cart, -1)
	p.blocks = v.placed(p.Type, p.at...)
	p.global = v.objects(p)
	p.liquid = liquidSettings{
		Locale: v.theme.Locale, Assets: v.extensionAssets(), MoneyFormat: moneyFormatOf(v.show.currency()),
		Currency: v.show.currency(),
	}
}

// shopify is window.Shopify as the page begins with it. Source: shopify.dev, Ajax API; Customer Privacy API; theme
// editor.
func (v *visit) shopify() map[string]any {
	out := map[string]any{
		"shop": v.sh.domain, "locale": v.theme.Locale, "country": "US", "cdnHost": v.r.Host + v.root() + "/cdn",
		"currency": map[string]string{"active": v.show.currency(), "rate": v.show.rateText()},
		"routes":   map[string]string{"root": v.path("")},
		"theme":    map[string]any{"name": "Tarrow " + v.theme.Theme, "id": v.sh.id, "role": "main"},
	}

	if v.theme.DesignMode {
		out["designMode"] = true // elsewhere it is not there
	}
	return out
}

func (v *visit) card(p product) cardView {
	text := v.words.Product[p.handle]
	return cardView{text.Title, text.Kind, v.show.short(p.price), v.path(p.path()), v.picture(p)}
}

func (v *visit) cards(list []product) []cardView {
	var out []cardView
	for _, p := range list {
		out = append(out, v.card(p))
	}
	return out
}

// detail is a product with its options; the chosen one is the first unless the address names another.
func (v *visit) detail(p product, chosen string) *productView {
	text := v.words.Product[p.handle]
	out := &productView{cardView: v.card(p), Text: text.Text, Option: text.Option}
	at := slices.IndexFunc(p.variants, func(one variant) bool { return idText(one.id) == chosen })

	for _, one := range p.variants {
		view := variantView{ID: one.id, Chosen: one.place == max(at, 0)}
		if !one.single {
			view.Name, view.Colour = v.optionOf(p, one), swatches[v.theme.Theme][one.place]
		}
		out.Variants = append(out.Variants, view)
	}
	return out
}

// cartView prices a cart. shipping is what sending it costs, or -1 where that is not known.
func (v *visit) cartView(c *cart, shipping int64) cartView {
	b, outcome := v.sh.preview(c, v.buyer, max(shipping, 0), v.s.clock.now())
	out := cartView{Count: b.quantity(), Subtotal: v.show.text(b.subtotal())}
	for _, i := range c.items {
		p, one, _ := v.sh.findVariant(i.variant)
		out.Lines = append(out.Lines, lineView{
			Key: i.key(), Title: v.words.Product[p.handle].Title, Option: v.optionOf(p, one), Quantity: i.quantity,
			Price: v.show.text(p.price * i.quantity), URL: v.path(p.path() + one.query()), Picture: v.picture(p),
		})
	}

	total := b.subtotal() + max(shipping, 0)
	for _, a := range outcome {
		if a.reason == "" && (a.target == targetOrder || shipping >= 0) {
			out.Discounts = append(out.Discounts, discountView{cmp.Or(a.entered, a.title), v.show.off(a.amount)})
			total -= a.amount
			continue
		}
		if text, err := v.outcomeText(a); err == nil && a.reason != "" {
			out.Refused = append(out.Refused, text)
		}
	}

	out.Total = v.show.text(total)
	if shipping >= 0 {
		out.Shipping = v.show.text(shipping)
	}
	return out
}

// orderView is an order as its customer sees it.
func (v *visit) orderView(o *order) orderView {
	show := display{o.presentment, o.currency}
	out := orderView{
		Status: v.path("account/orders/" + o.token),
		Name:   o.name(), Email: o.email, Date: o.processedAt.Format("2006-01-02"), Total: show.text(o.total()),
		Subtotal: show.text(o.subtotal() + o.discountTotal(targetOrder)), Shipping: show.text(o.shipping),
	}

	for _, d := range o.discounts {
		out.Discounts = append(out.Discounts, discountView{cmp.Or(d.code, d.title), show.off(d.amount)})
	}
	for _, l := range o.lines {
		out.Lines = append(out.Lines, v.boughtLine(l, show))
	}

	out.Refused = o.refused
	return out
}

// boughtLine is a line of an order in the visitor's language, if it is one of the shop's products.
func (v *visit) boughtLine(l *orderLine, show display) lineView {
	line := lineView{Title: l.title, Price: show.text(l.gross()), Quantity: l.quantity}
	for _, p := range v.sh.products() {
		for _, one := range p.variants {
			if spoken[defaultLanguage].lineTitle(p, one, themes[0]) != l.title {
				continue
			}
			line.Title, line.Picture, line.Option = v.words.Product[p.handle].Title, v.picture(p), v.optionOf(p, one)
		}
	}
	return line
}

// optionOf is the name of a variant's colour, empty where there is none to choose.
func (v *visit) optionOf(p product, one variant) string {
	if one.single {
		return ""
	}
	return v.words.Product[p.handle].colours(v.theme.Theme)[one.place]
}
