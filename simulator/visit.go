package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Cookies with which a visitor sees the shop otherwise than the control API has set it.
const (
	themeCookie    = "_sim_theme"
	languageCookie = "_sim_locale"
)

// visit is one request to a shop's pages: who comes, and what is seen. It is used under the shop's lock only.
type visit struct {
	s     *Server
	sh    *shop
	r     *http.Request
	theme Theme // the shop's, in the look and the language that this visitor has chosen
	words words
	show  display
	buyer *customer // nil for a guest
	cart  *cart
}

// visitOf recognises the browser, and keeps what ?_theme= and ?_locale= choose. The caller holds the shop's lock.
func (s *Server) visitOf(sh *shop, w http.ResponseWriter, r *http.Request) *visit {
	v := &visit{s: s, sh: sh, r: r, theme: sh.theme, show: s.shows(sh), buyer: sh.visitor(r), cart: s.cartOf(sh, w, r)}
	v.theme.Theme = s.chosen(sh, w, r, themeCookie, "_theme", themes, sh.theme.Theme)
	v.theme.Locale = s.chosen(sh, w, r, languageCookie, "_locale", languages, sh.theme.Locale)
	v.words = spoken[v.theme.Locale]
	return v
}

// chosen is what the query, else the cookie, else the shop says.
func (s *Server) chosen(
	sh *shop, w http.ResponseWriter, r *http.Request, cookie, parameter string, allowed []string, otherwise string,
) string {
	if value := r.URL.Query().Get(parameter); slices.Contains(allowed, value) {
		s.setCookie(w, sh, cookie, value)
		return value
	}
	if c, err := r.Cookie(cookie); err == nil && slices.Contains(allowed, c.Value) {
		return c.Value
	}
	return otherwise
}

// root is the shop's own path, without a slash at its end.
func (v *visit) root() string { return "/" + v.sh.domain }

// path is the address of a page of the shop.
func (v *visit) path(below string) string { return v.root() + "/" + below }

// here is the path and query of the page. A section that is asked for alone belongs to the page without section_id.
func (v *visit) here() string {
	q := v.r.URL.Query()
	if !q.Has("section_id") {
		return v.r.URL.RequestURI()
	}
	q.Del("section_id")
	return (&url.URL{Path: v.r.URL.Path, RawQuery: q.Encode()}).RequestURI()
}

// landed keeps the first page of the visit, as Shopify does for the order.
func (v *visit) landed() {
	if v.cart.landingPage == "" {
		v.cart.landingPage = strings.TrimPrefix(v.r.URL.RequestURI(), v.root())
		if from, err := url.Parse(v.r.Referer()); err == nil && from.Host != v.r.Host {
			v.cart.referrer = v.r.Referer()
		}
	}
}

// siteRelative is where a redirect that a visitor names leads: only to pages of this shop, with or without its path
// before them. Everything else leads to otherwise.
func (sh *shop) siteRelative(target, otherwise string) string {
	root := "/" + sh.domain
	if !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") || strings.ContainsAny(target, "\\\t\r\n") {
		return otherwise
	}
	if target == root || strings.HasPrefix(target, root+"/") || strings.HasPrefix(target, root+"?") {
		return target
	}
	return root + target
}
