package simulator

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cart is one browser's cart.
type cart struct {
	token       string
	items       []cartItem
	codes       []string
	attributes  map[string]string
	landingPage string // path and query of the first page
}

type cartItem struct{ product, quantity int64 }

// product is one of the few things every shop sells.
type product struct {
	id    int64
	title string
	price int64 // minor units
}

// products are the same in every shop, at prices that suit its currency.
func (sh *shop) products() []product {
	unit := pow10(digitsOf(sh.currency))
	if unit == 1 {
		unit = 100 // a yen is worth about a cent
	}
	return []product{{1, "Canvas tote", 25 * unit}, {2, "Linen shirt", 60 * unit}, {3, "Wool blanket", 120 * unit}}
}

const cartCookie = "_sim_cart"

// cartOf finds the browser's cart, or starts one and sets its cookie. The caller holds the shop's lock.
func (s *Server) cartOf(sh *shop, w http.ResponseWriter, r *http.Request) *cart {
	if cookie, err := r.Cookie(cartCookie); err == nil && sh.carts[cookie.Value] != nil {
		return sh.carts[cookie.Value]
	}
	c := &cart{token: s.ids.hex(16), attributes: map[string]string{}}
	sh.carts[c.token] = c
	s.setCookie(w, sh, cartCookie, c.token)
	return c
}

// setCookie sets a storefront cookie, which holds for one shop's path only.
func (s *Server) setCookie(w http.ResponseWriter, sh *shop, name, value string) {
	//nolint:gosec // not Secure: the simulator speaks plain HTTP on this machine
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/" + sh.domain, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (c *cart) set(product, quantity int64) {
	c.items = slices.DeleteFunc(c.items, func(i cartItem) bool { return i.product == product })
	if quantity > 0 {
		c.items = append(c.items, cartItem{product, quantity})
	}
}

func (c *cart) quantity(product int64) int64 {
	for _, i := range c.items {
		if i.product == product {
			return i.quantity
		}
	}
	return 0
}

// cartItems are the cart's lines as an order's.
func (sh *shop) cartItems(c *cart) []Item {
	var out []Item
	for _, i := range c.items {
		for _, p := range sh.products() {
			if p.id == i.product {
				out = append(out, Item{Title: p.title, Price: moneyText(p.price, sh.currency), Quantity: i.quantity})
			}
		}
	}
	return out
}

// preview prices the cart as it is, for the visitor who is signed in.
func (sh *shop) preview(c *cart, buyer *customer, now time.Time) (basket, []applied) {
	b := basket{customer: buyer}
	for _, i := range sh.cartItems(c) {
		price, _ := parseMoney(i.Price, sh.currency) // written by moneyText
		b.lines = append(b.lines, basketLine{i.Title, price, i.Quantity})
	}
	return b, sh.price(b, c.codes, now)
}

// cartJS is the body of /cart.js: amounts in minor units. Source: shopify.dev, Ajax Cart API.
func (sh *shop) cartJS(c *cart, buyer *customer, now time.Time) map[string]any {
	b, outcome := sh.preview(c, buyer, now)
	codes := []map[string]any{}
	var off int64
	for _, a := range outcome {
		codes = append(codes, map[string]any{"code": a.entered, "applicable": a.reason == ""})
		off += a.amount
	}
	items := []map[string]any{}
	for i, l := range b.lines {
		items = append(items, map[string]any{"id": c.items[i].product, "title": l.title, "quantity": l.quantity, "price": l.price, "line_price": l.price * l.quantity})
	}
	return map[string]any{
		"token": c.token, "note": nil, "attributes": c.attributes, "items": items, "item_count": b.quantity(), "currency": sh.currency,
		"items_subtotal_price": b.subtotal(), "original_total_price": b.subtotal(), "total_price": b.subtotal() - off,
		"total_discount": off, "discount_codes": codes,
	}
}

// serveCart is GET /{shop}/cart.js.
func (s *Server) serveCart(w http.ResponseWriter, r *http.Request) {
	s.withCart(w, r, func(*shop, *cart) error { return nil })
}

// withCart changes the visitor's cart and answers it.
func (s *Server) withCart(w http.ResponseWriter, r *http.Request, change func(*shop, *cart) error) {
	var body map[string]any
	err := s.withShop(r.PathValue("shop"), func(sh *shop) error {
		sh.settle(s.clock.now())
		c := s.cartOf(sh, w, r)
		if err := change(sh, c); err != nil {
			return err
		}
		body = sh.cartJS(c, sh.visitor(r), s.clock.now())
		return nil
	})
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, body)
}

// cartChange is the body of /cart/update.js and /cart/add.js, as JSON or a form. Source: shopify.dev, Ajax Cart API.
type cartChange struct {
	Items      []struct{ ID, Quantity int64 } `json:"items"`      // add.js
	Updates    map[string]int64               `json:"updates"`    // update.js: quantity by product
	Attributes map[string]string              `json:"attributes"` // an empty value removes
	Discount   *string                        `json:"discount"`   // codes with commas; empty removes all
}

// serveCartUpdate is POST /{shop}/cart/update.js.
func (s *Server) serveCartUpdate(w http.ResponseWriter, r *http.Request) {
	in, err := readCartChange(r)
	if err != nil {
		writeError(w, err)
		return
	}
	s.withCart(w, r, func(_ *shop, c *cart) error {
		for id, n := range in.Updates {
			product, err := strconv.ParseInt(id, 10, 64)
			if err != nil {
				return errors.New("updates are by product id")
			}
			c.set(product, n)
		}
		for k, v := range in.Attributes {
			if c.attributes[k] = v; v == "" {
				delete(c.attributes, k)
			}
		}
		if in.Discount != nil {
			c.codes = splitScopes(*in.Discount)
		}
		return nil
	})
}

// serveCartAdd is POST /{shop}/cart/add.js.
func (s *Server) serveCartAdd(w http.ResponseWriter, r *http.Request) {
	in, err := readCartChange(r)
	if err != nil {
		writeError(w, err)
		return
	}
	s.withCart(w, r, func(_ *shop, c *cart) error {
		for _, i := range in.Items {
			c.set(i.ID, c.quantity(i.ID)+max(1, i.Quantity))
		}
		return nil
	})
}

// readCartChange reads JSON, or a form with attributes[name], updates[id] and discount.
func readCartChange(r *http.Request) (cartChange, error) {
	var in cartChange
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		err := json.NewDecoder(io.LimitReader(r.Body, maxRequestBody)).Decode(&in)
		return in, err
	}
	if err := r.ParseForm(); err != nil {
		return in, err
	}
	in.Attributes, in.Updates = map[string]string{}, map[string]int64{}
	for name, values := range r.PostForm {
		if key, ok := bracketed(name, "attributes"); ok {
			in.Attributes[key] = values[0]
		}
		if key, ok := bracketed(name, "updates"); ok {
			n, err := strconv.ParseInt(values[0], 10, 64)
			if err != nil {
				return in, errors.New("a quantity is a number")
			}
			in.Updates[key] = n
		}
	}
	if r.PostForm.Has("discount") {
		in.Discount = &r.PostForm["discount"][0]
	}
	return in, nil
}

// bracketed reads key out of name[key].
func bracketed(s, name string) (string, bool) {
	rest, ok := strings.CutPrefix(s, name+"[")
	key, closed := strings.CutSuffix(rest, "]")
	return key, ok && closed
}
