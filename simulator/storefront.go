package simulator

import (
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

//go:embed pages
var pageFiles embed.FS

var pages = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

// pageView is what the storefront's templates see.
type pageView struct {
	Shop     string // domain
	Name     string
	Root     string // path of the shop, such as /demo.myshopify.com
	Proxy    string // path of the app proxy, from Root
	Customer string // e-mail of who is signed in
	Error    string

	Products []productView
	Ref      string

	Lines    []lineView
	Codes    []CodeOutcome
	Subtotal string
	Total    string
	Count    int64
	Order    *Order
}

type productView struct {
	ID    int64
	Title string
	Price string
}

type lineView struct {
	Title    string
	Quantity int64
	Price    string
}

func (sh *shop) priceText(minor int64) string {
	return moneyText(minor, sh.currency) + " " + sh.currency
}

// view fills what all pages show, with the cart priced. The caller holds the shop's lock.
func (s *Server) view(sh *shop, c *cart, buyer *customer) pageView {
	v := pageView{Shop: sh.domain, Name: sh.name, Root: "/" + sh.domain, Proxy: "/" + sh.domain + s.app.proxy.path()}
	if buyer != nil {
		v.Customer = buyer.email
	}
	b, outcome := sh.preview(c, buyer, s.clock.now())
	var off int64
	for _, l := range b.lines {
		v.Lines = append(v.Lines, lineView{l.title, l.quantity, sh.priceText(l.price * l.quantity)})
	}
	for _, a := range outcome {
		off += a.amount
	}
	v.Codes, v.Count = sh.outcomes(outcome), b.quantity()
	v.Subtotal, v.Total = sh.priceText(b.subtotal()), sh.priceText(b.subtotal()-off)
	return v
}

// servePage renders a page of the shop; fill may change the cart and the view.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request, name string, fill func(*shop, *cart, *pageView)) {
	var v pageView
	err := s.withShop(r.PathValue("shop"), func(sh *shop) error {
		sh.settle(s.clock.now())
		c := s.cartOf(sh, w, r)
		v = s.view(sh, c, sh.visitor(r))
		fill(sh, c, &v)
		return nil
	})
	if err != nil {
		writeError(w, err)
		return
	}
	s.render(w, http.StatusOK, name, v)
}

func (s *Server) render(w http.ResponseWriter, status int, name string, v pageView) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := pages.ExecuteTemplate(w, name, v); err != nil {
		s.log.Error("page not rendered", "page", name, "err", err)
	}
}

// serveHome is GET /{shop}/: the products, and the referral widget in its plainest form.
func (s *Server) serveHome(w http.ResponseWriter, r *http.Request) {
	s.servePage(w, r, "home.html", func(sh *shop, c *cart, v *pageView) {
		if c.landingPage == "" {
			c.landingPage = strings.TrimPrefix(r.URL.RequestURI(), "/"+sh.domain)
		}
		v.Ref = r.URL.Query().Get("ref")
		for _, p := range sh.products() {
			v.Products = append(v.Products, productView{p.id, p.title, sh.priceText(p.price)})
		}
	})
}

// serveCheckoutForm is GET /{shop}/checkout.
func (s *Server) serveCheckoutForm(w http.ResponseWriter, r *http.Request) {
	s.servePage(w, r, "checkout.html", func(*shop, *cart, *pageView) {})
}

// serveLoginForm is GET /{shop}/account/login.
func (s *Server) serveLoginForm(w http.ResponseWriter, r *http.Request) {
	s.servePage(w, r, "login.html", func(*shop, *cart, *pageView) {})
}

// serveDiscount is GET /{shop}/discount/{code}?redirect=: it keeps the code for the visit. Only site-relative targets are
// followed.
func (s *Server) serveDiscount(w http.ResponseWriter, r *http.Request) {
	err := s.withShop(r.PathValue("shop"), func(sh *shop) error {
		s.cartOf(sh, w, r).codes = []string{r.PathValue("code")}
		return nil
	})
	if err != nil {
		writeError(w, err)
		return
	}
	target := r.URL.Query().Get("redirect")
	if !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") || strings.Contains(target, `\`) {
		target = "/"
	}
	http.Redirect(w, r, "/"+r.PathValue("shop")+target, http.StatusFound)
}

// serveLogin is POST /{shop}/account/login with an e-mail address and no password. An empty one signs out.
func (s *Server) serveLogin(w http.ResponseWriter, r *http.Request) {
	fields, isJSON, err := stringFields(r)
	if err != nil {
		writeError(w, err)
		return
	}
	var answer any = map[string]any{"customer": nil}
	err = s.withShop(r.PathValue("shop"), func(sh *shop) error {
		if fields["email"] == "" {
			s.setCookie(w, sh, customerCookie, "")
			return nil
		}
		if !validEmail(fields["email"]) {
			return errors.New("that is no e-mail address")
		}
		c := sh.customerFor(fields["email"], s.seconds())
		c.enabled = true
		s.setCookie(w, sh, customerCookie, idText(c.id))
		answer = map[string]any{"customer": c.view()}
		return nil
	})
	switch {
	case err != nil:
		writeError(w, err)
	case isJSON:
		writeJSON(w, http.StatusOK, answer)
	default:
		http.Redirect(w, r, "/"+r.PathValue("shop")+"/", http.StatusSeeOther)
	}
}

// stringFields reads a JSON object of strings, or a form.
func stringFields(r *http.Request) (fields map[string]string, isJSON bool, err error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		err = json.NewDecoder(io.LimitReader(r.Body, maxRequestBody)).Decode(&fields)
		return fields, true, err
	}
	if err := r.ParseForm(); err != nil {
		return nil, false, err
	}
	fields = map[string]string{}
	for name := range r.PostForm {
		fields[name] = r.PostForm.Get(name)
	}
	return fields, false, nil
}

// serveCheckout is POST /{shop}/checkout: it buys. Items, codes and attributes that are not sent are the cart's; codes that are
// typed into the form come after those in the cart.
func (s *Server) serveCheckout(w http.ResponseWriter, r *http.Request) {
	in, isJSON, err := readCheckout(r)
	if err != nil {
		writeError(w, err)
		return
	}
	var out Order
	var v pageView
	err = s.withShop(r.PathValue("shop"), func(sh *shop) error {
		c := s.cartOf(sh, w, r)
		v = s.view(sh, c, sh.visitor(r))
		c.fill(sh, &in)
		o, outcomes, err := s.place(sh, in)
		if err != nil {
			v.Error = err.Error()
			return err
		}
		out = o.view()
		out.Codes = outcomes
		v.Order, v.Codes = &out, outcomes
		delete(sh.carts, c.token)
		return nil
	})
	switch {
	case v.Error != "" && !isJSON:
		s.render(w, http.StatusUnprocessableEntity, "checkout.html", v)
	case err != nil:
		writeError(w, err)
	case isJSON:
		writeJSON(w, http.StatusOK, map[string]any{"order": out, "codes": out.Codes})
	default:
		s.render(w, http.StatusOK, "thanks.html", v)
	}
}

func readCheckout(r *http.Request) (in OrderInput, isJSON bool, err error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		err = json.NewDecoder(io.LimitReader(r.Body, maxRequestBody)).Decode(&in)
		return in, true, err
	}
	if err := r.ParseForm(); err != nil {
		return in, false, err
	}
	in.Email = r.PostForm.Get("email")
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
	if in.LandingPage == "" {
		in.LandingPage = c.landingPage
	}
}

func containsFold(list []string, s string) bool {
	for _, v := range list {
		if strings.EqualFold(v, s) {
			return true
		}
	}
	return false
}

// serveCartPage adds to the cart by a plain form: POST /{shop}/cart/add with id and quantity.
func (s *Server) serveCartPage(w http.ResponseWriter, r *http.Request) {
	fields, _, err := stringFields(r)
	if err != nil {
		writeError(w, err)
		return
	}
	err = s.withShop(r.PathValue("shop"), func(sh *shop) error {
		c := s.cartOf(sh, w, r)
		for _, p := range sh.products() {
			if idText(p.id) == fields["id"] {
				c.set(p.id, c.quantity(p.id)+1)
			}
		}
		return nil
	})
	if err != nil {
		writeError(w, err)
		return
	}
	http.Redirect(w, r, (&url.URL{Path: "/" + r.PathValue("shop") + "/checkout"}).String(), http.StatusSeeOther)
}
