package simulator

import (
	"errors"
	"net/http"
)

// Where a sign-in form leads when it was asked for; see Theme.Accounts.
const (
	loginLegacy = "return_url" // of /account/login with legacy accounts
	loginNew    = "return_to"  // of /customer_authentication/login
)

// loginHint is who is expected to sign in there: the address stands in the field already.
// Source: shopify.dev/docs/api/customer/2026-10, authorization parameters.
const loginHint = "login_hint"

// serveLoginForm is GET /{shop}/account/login. With new customer accounts it always leads to the account, whatever it
// is given.
func (s *Server) serveLoginForm(w http.ResponseWriter, r *http.Request) {
	s.servePage(w, r, func(v *visit) (*pageView, error) {
		target := ""
		if v.theme.Accounts == AccountsLegacy {
			target = r.URL.Query().Get(loginLegacy)
		}
		return v.login(target), nil
	})
}

// serveStorefrontLogin is GET /{shop}/customer_authentication/login, where routes.storefront_login_url leads.
func (s *Server) serveStorefrontLogin(w http.ResponseWriter, r *http.Request) {
	s.servePage(w, r, func(v *visit) (*pageView, error) {
		if v.theme.Accounts != AccountsNew {
			return nil, errNoPage
		}

		page := v.login(r.URL.Query().Get(loginNew))
		page.Email = r.URL.Query().Get(loginHint)
		return page, nil
	})
}

// login is the sign-in page, or the way on for who is signed in already. New customer accounts are pages of
// Shopify's, which have no theme and no blocks.
func (v *visit) login(target string) *pageView {
	target = v.sh.siteRelative(target, v.path("account"))
	if v.buyer != nil {
		return &pageView{goTo: target}
	}
	page := &pageView{template: "login.html", Type: "customers/login", titleKey: "login.title", Return: target}
	return v.accountPage(page)
}

func (v *visit) accountPage(page *pageView) *pageView {
	page.hosted = v.theme.Accounts == AccountsNew
	page.at = []string{"account"}
	return page
}

// serveAccount is GET /{shop}/account: who is signed in, and what they have ordered.
func (s *Server) serveAccount(w http.ResponseWriter, r *http.Request) {
	s.servePage(w, r, func(v *visit) (*pageView, error) {
		if v.buyer == nil {
			return &pageView{goTo: v.path("account/login")}, nil
		}

		page := v.accountPage(&pageView{template: "account.html", Type: "customers/account", titleKey: "account.title"})
		for _, o := range v.buyer.orders {
			page.Orders = append(page.Orders, v.orderView(o))
		}
		if handle := v.accountPageHandle(); page.hosted && handle != "" {
			page.UI, page.Friends = v.uiPlace(placeProfile, nil), v.path("account/pages/"+handle)
		}

		return page, nil
	})
}

// serveLogout is GET /{shop}/account/logout.
func (s *Server) serveLogout(w http.ResponseWriter, r *http.Request) {
	s.servePage(w, r, func(v *visit) (*pageView, error) {
		s.setCookie(w, v.sh, customerCookie, "")
		return &pageView{goTo: v.path("")}, nil
	})
}

// serveLogin is POST /{shop}/account/login with an e-mail address and no password, as JSON or a form with return_to.
// An empty address signs out.
func (s *Server) serveLogin(w http.ResponseWriter, r *http.Request) {
	fields, isJSON, err := stringFields(r)
	if err != nil {
		writeError(w, err)
		return
	}

	// A call from a script gets JSON, a form gets a page.
	if isJSON {
		var c *customer
		err := s.withShop(r.PathValue("shop"), func(sh *shop) (err error) {
			c, err = s.signIn(sh, w, fields["email"])
			return err
		})
		answerCustomer(w, c, err)
		return
	}

	s.servePage(w, r, func(v *visit) (*pageView, error) {
		target := v.sh.siteRelative(fields[loginNew], v.path("account"))
		c, err := s.signIn(v.sh, w, fields["email"])
		if err != nil {
			page := v.login(target)
			page.Error, page.status = err.Error(), http.StatusUnprocessableEntity
			return page, nil //nolint:nilerr // the page says it
		}

		if c == nil {
			target = v.path("")
		}

		return &pageView{goTo: target}, nil
	})
}

// signIn signs a customer in, and makes one if the address is new. An empty address signs out.
// Errors: no e-mail address.
func (s *Server) signIn(sh *shop, w http.ResponseWriter, email string) (*customer, error) {
	if email == "" {
		s.setCookie(w, sh, customerCookie, "")
		return nil, nil
	}
	if !validEmail(email) {
		return nil, errors.New("that is no e-mail address")
	}

	c := sh.customerFor(email, s.seconds())
	c.enabled = true
	s.setCookie(w, sh, customerCookie, idText(c.id))
	return c, nil
}

func answerCustomer(w http.ResponseWriter, c *customer, err error) {
	switch {
	case err != nil:
		writeError(w, err)
	case c == nil:
		writeJSON(w, http.StatusOK, map[string]any{"customer": nil})
	default:
		writeJSON(w, http.StatusOK, map[string]any{"customer": c.view()})
	}
}
