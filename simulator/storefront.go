package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// pages are the templates of the demo shop. Their words are methods of pageView.
var pages = template.Must(template.ParseFS(themeFiles, "theme/templates/*.html"))

var errNoPage = errors.New("there is no such page")

// build makes what one page shows beyond what all show. Errors: errNoPage, errNoShop, and what cannot be.
type build func(v *visit) (*pageView, error)

// servePage renders a page of the shop. No cache keeps it without asking, as it has the visitor's cart in it;
// browsers may still go back to it as it was.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request, fn build) {
	var page *pageView
	err := s.withShop(r.PathValue("shop"), func(sh *shop) (err error) {
		sh.settle(s.clock.now())
		v := s.visitOf(sh, w, r)

		page, err = fn(v)
		if errors.Is(err, errNoPage) {
			page, err = missingPage(v)
		}

		if err == nil && page.goTo == "" {
			v.dress(page)
		}
		return err
	})

	switch {
	case err != nil:
		writeError(w, err)
	case page.goTo != "":
		http.Redirect(w, r, page.goTo, http.StatusSeeOther)
	default:
		s.render(w, r, page)
	}
}

// render renders a page's blocks and then the page, outside the shop's lock.
func (s *Server) render(w http.ResponseWriter, r *http.Request, page *pageView) {
	page.Blocks = s.renderBlocks(r.Context(), page)
	if page.proxied != "" {
		page.Proxied = s.renderProxied(r.Context(), page)
	}

	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, page.template, page); err != nil {
		s.log.ErrorContext(r.Context(), "page not rendered", "page", page.template, "err", err)
		http.Error(w, "the page "+page.template+" cannot be rendered: "+err.Error(), http.StatusInternalServerError)
		return
	}

	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-cache")
	if page.status != 0 {
		w.WriteHeader(page.status)
	}
	_, _ = out.WriteTo(w) // a visitor who has gone cannot be told
}

// missingPage is the page for what is not there.
func missingPage(*visit) (*pageView, error) {
	return &pageView{template: "missing.html", Type: "404", titleKey: "missing.title", status: http.StatusNotFound}, nil
}

// serveHome is GET /{shop}/.
func (s *Server) serveHome(w http.ResponseWriter, r *http.Request) {
	s.servePage(w, r, func(v *visit) (*pageView, error) {
		news := v.cards(v.sh.products()[:4])
		return &pageView{template: "home.html", Type: "index", at: []string{"home"}, Products: news}, nil
	})
}

// serveCollection is GET /{shop}/collections/{handle}; "all" is everything.
func (s *Server) serveCollection(w http.ResponseWriter, r *http.Request) {
	s.servePage(w, r, func(v *visit) (*pageView, error) {
		handle := r.PathValue("handle")
		if handle != "all" && !slices.Contains(collections, handle) {
			return nil, errNoPage
		}

		return &pageView{
			template: "collection.html", Type: "collection", at: []string{"collection"}, titleKey: "nav." + handle,
			Handle: handle, Products: v.cards(v.sh.collected(handle)),
		}, nil
	})
}

// serveProduct is GET /{shop}/products/{handle}?variant=.
func (s *Server) serveProduct(w http.ResponseWriter, r *http.Request) {
	s.servePage(w, r, func(v *visit) (*pageView, error) {
		p, ok := v.sh.findProduct(r.PathValue("handle"))
		if !ok {
			return nil, errNoPage
		}
		page := &pageView{
			template: "product.html", Type: "product", at: []string{"product"}, product: &p,
			Product: v.detail(p, r.URL.Query().Get("variant")), Products: v.cards(v.sh.beside(p)[:4]),
		}

		page.Title = page.Product.Title
		return page, nil
	})
}

// serveWorkshop is GET /{shop}/pages/workshop.
func (s *Server) serveWorkshop(w http.ResponseWriter, r *http.Request) {
	s.servePage(w, r, func(*visit) (*pageView, error) {
		return &pageView{template: "workshop.html", Type: "page", at: []string{"page"}, titleKey: "workshop.title"}, nil
	})
}

// serveMissing is every other page of a shop.
func (s *Server) serveMissing(w http.ResponseWriter, r *http.Request) { s.servePage(w, r, missingPage) }

// serveCartPage is GET /{shop}/cart. With ?section_id=cart-drawer or cart-page it is that section alone, as themes
// ask for it after a change. Source: shopify.dev, Section Rendering API.
func (s *Server) serveCartPage(w http.ResponseWriter, r *http.Request) {
	s.servePage(w, r, func(*visit) (*pageView, error) {
		switch r.URL.Query().Get("section_id") {
		case "cart-drawer":
			return &pageView{template: "cart-drawer", Type: "cart", fragment: true, at: []string{"drawer"}}, nil
		case "cart-page":
			return &pageView{template: "cart-page", Type: "cart", fragment: true, at: []string{"cart"}}, nil
		case "":
			return &pageView{template: "cart.html", Type: "cart", at: []string{"cart"}, titleKey: "cart.title"}, nil
		}
		return nil, errNoPage
	})
}

// serveCartForm is POST /{shop}/cart, /cart/add and /cart/change by plain forms, for browsers without script. It
// leads to the cart.
func (s *Server) serveCartForm(w http.ResponseWriter, r *http.Request) {
	in, err := readCartChange(r)
	if err != nil {
		writeError(w, err)
		return
	}

	s.servePage(w, r, func(v *visit) (*pageView, error) {
		if in.ID != nil {
			entry := cartEntry{ID: in.ID}
			if in.Quantity != nil {
				entry.Quantity = *in.Quantity
			}
			if _, err := v.cart.addAll(v.sh, []cartEntry{entry}); err != nil {
				return nil, err
			}
		}

		err := v.cart.update(v.sh, in)
		if r.PostForm.Has("checkout") {
			return &pageView{goTo: v.path("checkout")}, err
		}
		return &pageView{goTo: v.path("cart")}, err
	})
}

// serveCartLink is GET /{shop}/cart/change?id=&quantity=, the link with which a line is removed without script.
func (s *Server) serveCartLink(w http.ResponseWriter, r *http.Request) {
	in, err := cartForm(r.URL.Query())
	if err == nil && in.Quantity == nil {
		err = errors.New("a quantity is needed")
	}
	if err != nil {
		writeError(w, err)
		return
	}

	s.servePage(w, r, func(v *visit) (*pageView, error) {
		variant, err := variantOf(in.ID)
		if err != nil {
			return nil, err
		}
		return &pageView{goTo: v.path("cart")}, v.cart.set(v.sh, variant, *in.Quantity)
	})
}

// serveDiscount is GET /{shop}/discount/{code}?redirect=: it keeps the code for the visit, in the cart and for what
// skips it. It takes the place of the codes in the cart. Only site-relative targets are followed.
func (s *Server) serveDiscount(w http.ResponseWriter, r *http.Request) {
	s.servePage(w, r, func(v *visit) (*pageView, error) {
		v.cart.linkCode = r.PathValue("code")
		v.cart.codes = []string{v.cart.linkCode}
		return &pageView{goTo: v.sh.siteRelative(r.URL.Query().Get("redirect"), v.path(""))}, nil
	})
}

// serveLocalization is POST /{shop}/localization with locale_code and return_to: the language menu of the theme.
// Source: shopify.dev, Liquid tags, form localization.
func (s *Server) serveLocalization(w http.ResponseWriter, r *http.Request) {
	fields, _, err := stringFields(r)
	if err != nil {
		writeError(w, err)
		return
	}

	s.servePage(w, r, func(v *visit) (*pageView, error) {
		if slices.Contains(languages, fields["locale_code"]) {
			s.setCookie(w, v.sh, languageCookie, fields["locale_code"])
		}
		return &pageView{goTo: v.sh.siteRelative(fields["return_to"], v.path(""))}, nil
	})
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
	return firstValues(r.PostForm), false, nil
}

func firstValues(form url.Values) map[string]string {
	fields := map[string]string{}
	for name := range form {
		fields[name] = form.Get(name)
	}
	return fields
}

func containsFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(v string) bool { return strings.EqualFold(v, s) })
}
