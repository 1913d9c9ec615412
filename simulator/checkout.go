package simulator

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// The checkout is Shopify's own: no theme, no blocks, no script of the shop.

// basketToPay is the cart that a checkout is about: the visitor's, or with buy what "Buy it now" has put aside.
func (v *visit) basketToPay(buy string) (*cart, error) {
	if buy == "" {
		return v.cart, nil
	}
	if c := v.sh.carts[buy]; c != nil {
		return c, nil
	}
	return nil, errNoPage
}

// serveBuyNow is POST /{shop}/cart/buy with id and quantity: it leads straight to the checkout. The cart, its codes
// and its attributes stay behind; only the code of a discount link comes along, as it is the visit's. Source:
// help.shopify.com, dynamic checkout buttons: they skip the cart and its attributes.
func (s *Server) serveBuyNow(w http.ResponseWriter, r *http.Request) {
	in, err := readCartChange(r)
	if err != nil {
		writeError(w, err)
		return
	}

	s.servePage(w, r, func(v *visit) (*pageView, error) {
		variant, err := variantOf(in.ID)
		if err != nil {
			return nil, err
		}

		// The basket that is paid stands aside: what was in the cart stays there.
		aside := s.newCart(v.sh)
		aside.landingPage, aside.referrer = v.cart.landingPage, v.cart.referrer
		if v.cart.linkCode != "" {
			aside.codes = []string{v.cart.linkCode}
		}

		quantity := int64(1)
		if in.Quantity != nil {
			quantity = *in.Quantity
		}

		return &pageView{goTo: v.path("checkout?buy=" + aside.token)}, aside.add(v.sh, variant, quantity)
	})
}

// serveCheckoutForm is GET /{shop}/checkout?buy=.
func (s *Server) serveCheckoutForm(w http.ResponseWriter, r *http.Request) {
	s.servePage(w, r, func(v *visit) (*pageView, error) {
		c, err := v.basketToPay(r.URL.Query().Get("buy"))
		if err != nil {
			return nil, err
		}
		return v.checkoutPage(c, r.URL.Query().Get("buy")), nil
	})
}

func (v *visit) checkoutPage(c *cart, buy string) *pageView {
	page := &pageView{template: "checkout.html", Type: "checkout", hosted: true, titleKey: "checkout.title", Buy: buy}
	page.Cart = v.cartView(c, v.sh.shippingPrice())
	if v.buyer != nil {
		page.Email = v.buyer.email
	}
	return page
}

// serveCheckoutCode is POST /{shop}/checkout/codes: the checkout's field for a code, and what takes one out again.
func (s *Server) serveCheckoutCode(w http.ResponseWriter, r *http.Request) {
	fields, _, err := stringFields(r)
	if err != nil {
		writeError(w, err)
		return
	}

	s.servePage(w, r, func(v *visit) (*pageView, error) {
		c, err := v.basketToPay(fields["buy"])
		if err != nil {
			return nil, err
		}

		c.codes = slices.DeleteFunc(c.codes, func(code string) bool {
			return strings.EqualFold(code, fields["remove"])
		})
		for _, code := range splitScopes(fields["code"]) {
			if !containsFold(c.codes, code) {
				c.codes = append(c.codes, code)
			}
		}

		target := "checkout"
		if fields["buy"] != "" {
			target += "?buy=" + c.token
		}
		return &pageView{goTo: v.path(target)}, nil
	})
}

// checkoutInput is what POST /{shop}/checkout is sent.
type checkoutInput struct {
	OrderInput
	buy string // of the form
}

// serveCheckout is POST /{shop}/checkout: it buys. Items, codes and attributes that are not sent are the cart's;
// codes that are typed into the form come after those in the cart.
func (s *Server) serveCheckout(w http.ResponseWriter, r *http.Request) {
	in, isJSON, err := readCheckout(r)
	if err != nil {
		writeError(w, err)
		return
	}
	if !isJSON {
		s.servePage(w, r, func(v *visit) (*pageView, error) { return v.pay(in) })
		return
	}

	var out Order
	err = s.withShop(r.PathValue("shop"), func(sh *shop) error {
		v := s.visitOf(sh, w, r)
		v.cart.fill(sh, &in.OrderInput)
		setDefault(&in.ClientIP, visitorIP(r))
		o, outcomes, err := s.place(sh, in.OrderInput)
		if err != nil {
			return err
		}

		out = o.view()
		out.Codes = outcomes
		delete(sh.carts, v.cart.token)
		return nil
	})
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"order": out, "codes": out.Codes})
}

// pay is what the checkout's form does: the thank-you page, or the form again with what is wrong. A code that stops
// applying once the e-mail address is known is taken out and named before anything is paid, as Shopify does.
func (v *visit) pay(in checkoutInput) (*pageView, error) {
	c, err := v.basketToPay(in.buy)
	if err != nil {
		return nil, err
	}

	again := func(message string) (*pageView, error) {
		page := v.checkoutPage(c, in.buy)
		page.Error, page.status, page.Email = message, http.StatusUnprocessableEntity, in.Email
		return page, nil
	}

	if refused, ok := v.refusedFor(c, in.Email); ok {
		c.codes = slices.DeleteFunc(c.codes, func(code string) bool { return code == refused.entered })
		text, err := v.outcomeText(refused)
		if err != nil {
			return nil, err
		}
		return again(text)
	}

	c.fill(v.sh, &in.OrderInput)
	setDefault(&in.ClientIP, visitorIP(v.r))
	c.codes = in.DiscountCodes

	refused := v.cartView(c, v.sh.shippingPrice()).Refused
	in.Shipping = moneyText(v.sh.shippingPrice(), v.sh.currency)
	shown := v.theme.presented()
	in.PresentmentCurrency, in.PresentmentRate = shown.PresentmentCurrency, shown.PresentmentRate

	o, _, err := v.s.place(v.sh, in.OrderInput)
	if err != nil {
		return again(err.Error())
	}

	o.refused = refused
	delete(v.sh.carts, c.token)
	return &pageView{goTo: v.path("checkout/thank-you/" + o.token)}, nil
}

// refusedFor is the first code of the cart that applies to the visitor as they are, and does not for the address's
// customer.
func (v *visit) refusedFor(c *cart, email string) (applied, bool) {
	known := v.sh.customerByMail[mailKey(email)]
	if known == nil {
		return applied{}, false
	}

	shipping := v.sh.shippingPrice()
	_, before := v.sh.preview(c, v.buyer, shipping, v.s.clock.now())
	_, after := v.sh.preview(c, known, shipping, v.s.clock.now())

	for i := range after {
		if before[i].reason == "" && after[i].reason != "" {
			return after[i], true
		}
	}
	return applied{}, false
}

// serveThanks is GET /{shop}/checkout/thank-you/{token}.
func (s *Server) serveThanks(w http.ResponseWriter, r *http.Request) {
	s.serveOrderPage(w, r, pageView{template: "thanks.html", Type: "thank-you", titleKey: "thanks.title"}, placeThanks)
}

func readCheckout(r *http.Request) (in checkoutInput, isJSON bool, err error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		err = json.NewDecoder(io.LimitReader(r.Body, maxRequestBody)).Decode(&in.OrderInput)
		return in, true, err
	}

	if err := r.ParseForm(); err != nil {
		return in, false, err
	}

	in.buy, in.Email = r.PostForm.Get("buy"), r.PostForm.Get("email")
	in.DiscountCodes = splitScopes(r.PostForm.Get("discount_codes"))
	in.Attributes = map[string]string{}
	for name := range r.PostForm {
		if key, ok := bracketed(name, "attributes"); ok {
			in.Attributes[key] = r.PostForm.Get(name)
		}
	}
	return in, false, nil
}

// fill takes from the cart what the checkout does not say.
func (c *cart) fill(sh *shop, in *OrderInput) {
	if len(in.Items) == 0 {
		in.Items = sh.cartItems(c)
	}

	codes := append([]string{}, c.codes...)
	for _, code := range in.DiscountCodes {
		if !containsFold(codes, code) {
			codes = append(codes, code)
		}
	}
	in.DiscountCodes = codes

	merged := map[string]string{}
	for k, v := range c.attributes {
		merged[k] = v
	}
	for k, v := range in.Attributes {
		merged[k] = v
	}
	in.Attributes = merged

	setDefault(&in.LandingPage, c.landingPage)
	setDefault(&in.Referrer, c.referrer)
	setDefault(&in.Note, c.note)
}

// outcomeText says what became of a code.
func (v *visit) outcomeText(a applied) (string, error) {
	switch a.reason {
	case "":
		return v.words.say("code.applied", a.entered, v.show.text(a.amount))
	case reasonMinimum:
		return v.words.say("code.minimum_not_met", v.show.text(a.terms.minSubtotal))
	}
	return v.words.say("code."+a.reason, a.entered)
}
