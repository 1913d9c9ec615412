package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cart is one browser's cart, or what "Buy it now" takes to the checkout past the cart.
type cart struct {
	token       string
	items       []cartItem
	codes       []string
	linkCode    string // of /discount/{code}: it holds for the whole visit, for what skips the cart too
	attributes  map[string]string
	note        string
	landingPage string // path and query of the first page
	referrer    string // address of the page that led there
}

type cartItem struct{ variant, quantity int64 }

const cartCookie = "_sim_cart"

// cartOf finds the browser's cart, or starts one and sets its cookie. The caller holds the shop's lock.
func (s *Server) cartOf(sh *shop, w http.ResponseWriter, r *http.Request) *cart {
	if cookie, err := r.Cookie(cartCookie); err == nil && sh.carts[cookie.Value] != nil {
		return sh.carts[cookie.Value]
	}
	c := s.newCart(sh)
	s.setCookie(w, sh, cartCookie, c.token)
	return c
}

func (s *Server) newCart(sh *shop) *cart {
	c := &cart{token: s.ids.hex(16), attributes: map[string]string{}}
	sh.carts[c.token] = c
	return c
}

// setCookie sets a storefront cookie, which holds for one shop's path only.
func (s *Server) setCookie(w http.ResponseWriter, sh *shop, name, value string) {
	//nolint:gosec // not Secure: the simulator speaks plain HTTP on this machine
	cookie := &http.Cookie{
		Name: name, Value: value, Path: "/" + sh.domain, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	http.SetCookie(w, cookie)
}

// set changes the quantity of a line, which keeps its place. Errors: no such variant in the shop.
func (c *cart) set(sh *shop, variant, quantity int64) error {
	if _, _, ok := sh.findVariant(variant); !ok {
		return fmt.Errorf("%w: no variant %d", errNoVariant, variant)
	}

	at := slices.IndexFunc(c.items, func(i cartItem) bool { return i.variant == variant })
	switch {
	case at < 0 && quantity > 0:
		c.items = append(c.items, cartItem{variant, quantity})
	case at >= 0 && quantity > 0:
		c.items[at].quantity = quantity
	case at >= 0:
		c.items = slices.Delete(c.items, at, at+1)
	}
	return nil
}

// add puts more of a variant into the cart.
func (c *cart) add(sh *shop, variant, quantity int64) error {
	return c.set(sh, variant, c.quantity(variant)+max(1, quantity))
}

func (c *cart) quantity(variant int64) int64 {
	for _, i := range c.items {
		if i.variant == variant {
			return i.quantity
		}
	}
	return 0
}

// key names a line in /cart.js, as opaque as Shopify's.
func (i cartItem) key() string {
	return fmt.Sprintf("%d:%08x", i.variant, uint32(i.variant)*2654435761)
}

// public are the attributes that Liquid and the Ajax API show: those that begin with two underscores are private.
// Source: shopify.dev, Liquid objects, cart.
func (c *cart) public() map[string]string {
	out := map[string]string{}
	for k, v := range c.attributes {
		if !strings.HasPrefix(k, "__") {
			out[k] = v
		}
	}
	return out
}

// cartItems are the cart's lines as an order's, in the shop's primary language and look.
func (sh *shop) cartItems(c *cart) []Item {
	var out []Item
	for _, i := range c.items {
		p, v, _ := sh.findVariant(i.variant)
		title := spoken[defaultLanguage].lineTitle(p, v, themes[0])
		out = append(out, Item{Title: title, Price: moneyText(p.price, sh.currency), Quantity: i.quantity})
	}
	return out
}

// preview prices the cart as it is, for the visitor who is signed in.
func (sh *shop) preview(c *cart, buyer *customer, shipping int64, now time.Time) (basket, []applied) {
	b := basket{customer: buyer, shipping: shipping}
	for _, i := range sh.cartItems(c) {
		price, _ := parseMoney(i.Price, sh.currency) // written by moneyText
		b.lines = append(b.lines, basketLine{i.Title, price, i.Quantity, false})
	}
	return b, sh.price(b, c.codes, now)
}

// shows is what a shop's amounts are shown in.
func (s *Server) shows(sh *shop) display {
	p, _ := s.presentmentOf(sh, sh.theme.presented()) // checked when it was set
	return display{p, sh.currency}
}

// cartJS is the body of /cart.js. Amounts are hundredths of the currency the visitor sees. It says of each code
// whether it applies, and never why it does not. Source: shopify.dev, Ajax Cart API; Liquid objects, cart.
func (v *visit) cartJS() map[string]any {
	b, outcome := v.sh.preview(v.cart, v.buyer, 0, v.s.clock.now())
	codes := []map[string]any{}
	reductions := []map[string]any{}
	var off int64

	for _, a := range outcome {
		if !a.automatic() {
			codes = append(codes, map[string]any{"code": a.entered, "applicable": a.reason == ""})
		}
		if a.reason == "" && a.target == targetOrder {
			reductions = append(reductions, a.application(v.show))
			off += a.amount
		}
	}

	return map[string]any{
		"token": v.cart.token, "note": v.cart.note, "attributes": v.cart.public(),
		"items": v.linesJS(v.cart.items), "item_count": b.quantity(), "currency": v.show.currency(),
		"requires_shipping": len(v.cart.items) > 0, "total_weight": 0,
		"items_subtotal_price": v.show.hundredths(b.subtotal()),
		"original_total_price": v.show.hundredths(b.subtotal()),
		"total_price":          v.show.hundredths(b.subtotal() - off), "total_discount": v.show.hundredths(off),
		"cart_level_discount_applications": reductions, "discount_codes": codes,
	}
}

// application is a discount as an entry of cart_level_discount_applications. Source: shopify.dev, Ajax Cart API.
func (a applied) application(show display) map[string]any {
	out := map[string]any{
		"type": "discount_code", "key": a.entered, "title": a.entered, "description": a.entered,
		"value_type": "fixed_amount", "value": show.hundredths(a.amount), "created_at": nil,
		"allocation_method": "across", "target_selection": "all", "target_type": "line_item",
		"total_allocated_amount": show.hundredths(a.amount),
	}

	if a.automatic() {
		out["type"], out["key"], out["title"], out["description"] = "automatic", a.title, a.title, a.title
	}
	if p := a.terms.percentage; p != nil {
		out["value_type"], out["value"] = "percentage", percentText(p)
	}
	return out
}

// linesJS are lines as /cart.js has them.
func (v *visit) linesJS(items []cartItem) []map[string]any {
	out := []map[string]any{}
	for _, i := range items {
		p, one, _ := v.sh.findVariant(i.variant)
		text := v.words.Product[p.handle]
		var variantTitle any
		if !one.single {
			variantTitle = text.colours(v.theme.Theme)[one.place]
		}

		each, all := v.show.hundredths(p.price), v.show.hundredths(p.price*i.quantity)
		out = append(out, map[string]any{
			"id": one.id, "key": i.key(), "variant_id": one.id, "product_id": p.id, "quantity": i.quantity,
			"sku": p.handle, "title": v.words.lineTitle(p, one, v.theme.Theme), "product_title": text.Title,
			"variant_title": variantTitle, "product_description": text.Text, "handle": p.handle,
			"vendor": v.sh.name, "product_type": p.collection, "price": each, "original_price": each,
			"discounted_price": each, "final_price": each, "line_price": all, "original_line_price": all,
			"final_line_price": all, "total_discount": 0, "line_level_total_discount": 0,
			"discounts": []any{}, "line_level_discount_allocations": []any{},
			"properties": map[string]any{}, "gift_card": false, "requires_shipping": true, "taxable": true,
			"url": v.path(p.path() + one.query()), "image": v.picture(p),
		})
	}
	return out
}

// picture is the address of a product's picture in the theme.
func (v *visit) picture(p product) string {
	return v.themeAsset("img/" + v.theme.Theme + "/" + p.handle + ".webp")
}

// serveCart is GET /{shop}/cart.js.
func (s *Server) serveCart(w http.ResponseWriter, r *http.Request) {
	s.withCart(w, r, func(*visit) error { return nil })
}

// withCart changes the visitor's cart and answers it.
func (s *Server) withCart(w http.ResponseWriter, r *http.Request, change func(*visit) error) {
	s.answerFromCart(w, r, func(v *visit) (map[string]any, error) {
		if err := change(v); err != nil {
			return nil, err
		}
		return v.cartJS(), nil
	})
}

// answerFromCart answers what fn makes of the visitor's cart.
func (s *Server) answerFromCart(w http.ResponseWriter, r *http.Request, fn func(*visit) (map[string]any, error)) {
	var body map[string]any
	err := s.withShop(r.PathValue("shop"), func(sh *shop) (err error) {
		sh.settle(s.clock.now())
		body, err = fn(s.visitOf(sh, w, r))
		return err
	})
	answerCart(w, body, err)
}

// answerCart answers a cart that nobody may keep, or an error in the Ajax API's form.
func answerCart(w http.ResponseWriter, body map[string]any, err error) {
	w.Header().Set("Cache-Control", "no-store")

	switch {
	case errors.Is(err, errNoVariant):
		body = map[string]any{"status": 404, "message": "Cart Error", "description": err.Error()}
		writeJSON(w, http.StatusNotFound, body)
	case err != nil:
		writeError(w, err)
	default:
		writeJSON(w, http.StatusOK, body)
	}
}

var errNoVariant = errors.New("cannot find variant")

// cartChange is the body of /cart/update.js, /cart/add.js and /cart/change.js, as JSON or a form.
// Source: shopify.dev, Ajax Cart API.
type cartChange struct {
	Items      []cartEntry       `json:"items"`      // add.js
	ID         json.RawMessage   `json:"id"`         // add.js: a variant; change.js: a variant or a line's key
	Line       int               `json:"line"`       // change.js: a line's place, from 1
	Quantity   *int64            `json:"quantity"`   // of id or line
	Updates    map[string]int64  `json:"updates"`    // update.js: quantity by variant or a line's key
	Attributes map[string]string `json:"attributes"` // an empty value removes
	Discount   *string           `json:"discount"`   // codes with commas replace those there are; empty removes all
	Note       *string           `json:"note"`       // of the order
}

type cartEntry struct {
	ID       json.RawMessage `json:"id"`
	Quantity int64           `json:"quantity"`
}

// variantOf reads a variant's id, or a line's key, as number or text.
func variantOf(raw json.RawMessage) (int64, error) {
	text, _, _ := strings.Cut(strings.Trim(string(raw), `"`), ":")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is not a variant or a line", raw)
	}
	return id, nil
}

// serveCartUpdate is POST /{shop}/cart/update.js.
func (s *Server) serveCartUpdate(w http.ResponseWriter, r *http.Request) {
	in, err := readCartChange(r)
	if err != nil {
		writeError(w, err)
		return
	}
	s.withCart(w, r, func(v *visit) error { return v.cart.update(v.sh, in) })
}

func (c *cart) update(sh *shop, in cartChange) error {
	for _, name := range sortedKeys(in.Updates) {
		variant, err := variantOf(json.RawMessage(name))
		if err != nil {
			return err
		}
		if err := c.set(sh, variant, in.Updates[name]); err != nil {
			return err
		}
	}

	for k, v := range in.Attributes {
		if c.attributes[k] = v; v == "" {
			delete(c.attributes, k)
		}
	}

	if in.Discount != nil {
		c.codes = splitScopes(*in.Discount)
	}
	if in.Note != nil {
		c.note = *in.Note
	}
	return nil
}

// serveCartAdd is POST /{shop}/cart/add.js. Unlike the others it answers the lines that were added: one line for id,
// a list of them for items.
func (s *Server) serveCartAdd(w http.ResponseWriter, r *http.Request) {
	in, err := readCartChange(r)
	if err != nil {
		writeError(w, err)
		return
	}

	single := in.ID != nil
	if single {
		entry := cartEntry{ID: in.ID}
		if in.Quantity != nil {
			entry.Quantity = *in.Quantity
		}
		in.Items = []cartEntry{entry}
	}

	s.answerFromCart(w, r, func(v *visit) (map[string]any, error) {
		added, err := v.cart.addAll(v.sh, in.Items)
		if err != nil {
			return nil, err
		}

		lines := v.linesJS(added)
		if single {
			return lines[0], nil
		}
		return map[string]any{"items": lines}, nil
	})
}

// addAll puts entries into the cart and says which lines they are in now.
func (c *cart) addAll(sh *shop, entries []cartEntry) ([]cartItem, error) {
	var lines []cartItem

	for _, e := range entries {
		variant, err := variantOf(e.ID)
		if err != nil {
			return nil, err
		}
		if err := c.add(sh, variant, e.Quantity); err != nil {
			return nil, err
		}

		lines = append(lines, cartItem{variant, c.quantity(variant)})
	}
	return lines, nil
}

// serveCartChange is POST /{shop}/cart/change.js: one line gets another quantity.
func (s *Server) serveCartChange(w http.ResponseWriter, r *http.Request) {
	in, err := readCartChange(r)
	if err == nil && in.Quantity == nil {
		err = errors.New("a quantity is needed")
	}

	if err != nil {
		writeError(w, err)
		return
	}

	s.withCart(w, r, func(v *visit) error {
		if in.Line > 0 && in.Line <= len(v.cart.items) {
			return v.cart.set(v.sh, v.cart.items[in.Line-1].variant, *in.Quantity)
		}
		variant, err := variantOf(in.ID)
		if err != nil {
			return err
		}
		return v.cart.set(v.sh, variant, *in.Quantity)
	})
}

// serveCartClear is POST /{shop}/cart/clear.js: the lines go, codes and attributes stay.
func (s *Server) serveCartClear(w http.ResponseWriter, r *http.Request) {
	s.withCart(w, r, func(v *visit) error {
		v.cart.items = nil
		return nil
	})
}

// readCartChange reads JSON, or a form with id, quantity, line, attributes[name], updates[id] and discount.
func readCartChange(r *http.Request) (cartChange, error) {
	var in cartChange
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		err := json.NewDecoder(io.LimitReader(r.Body, maxRequestBody)).Decode(&in)
		return in, err
	}

	if err := r.ParseMultipartForm(maxRequestBody); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return in, err
	}
	return cartForm(r.PostForm)
}

func cartForm(form url.Values) (in cartChange, err error) {
	in.Attributes, in.Updates = map[string]string{}, map[string]int64{}
	for name := range form {
		if key, ok := bracketed(name, "attributes"); ok {
			in.Attributes[key] = form.Get(name)
		}
		if key, ok := bracketed(name, "updates"); ok {
			if in.Updates[key], err = quantityOf(form.Get(name)); err != nil {
				return in, err
			}
		}
	}

	if form.Has("id") {
		in.ID = json.RawMessage(form.Get("id"))
	}
	if form.Has("line") {
		in.Line, _ = strconv.Atoi(form.Get("line")) // no line, no change
	}
	if form.Has("quantity") {
		n, err := quantityOf(form.Get("quantity"))
		if err != nil {
			return in, err
		}
		in.Quantity = &n
	}
	if form.Has("discount") {
		codes := form.Get("discount")
		in.Discount = &codes
	}
	return in, nil
}

func quantityOf(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, errors.New("a quantity is a number")
	}
	return n, nil
}

// bracketed reads key out of name[key].
func bracketed(s, name string) (string, bool) {
	rest, ok := strings.CutPrefix(s, name+"[")
	key, closed := strings.CutSuffix(rest, "]")
	return key, ok && closed
}
