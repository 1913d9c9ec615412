package app

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"twofold/admin"
	"twofold/fault"
	"twofold/tenant"
	"twofold/text"
)

// retryHeader has App Bridge try once more with a fresh ID token. Source: shopify.dev, token exchange, 2026-10.
const retryHeader = "X-Shopify-Retry-Invalid-Session-Request"

// merchants words what a merchant reads who has not signed in: in the language that Shopify's admin has for them, by the
// document's parameter, else in that of the browser.
func merchants(c *fiber.Ctx) *text.Printer {
	return text.ForMerchants(c.Query("locale", c.Get(fiber.HeaderAcceptLanguage)))
}

// signIn comes before each of the merchant's pages: it verifies who asks, and makes sure that the shop is installed. A
// fetch, as all are after the first document, has its ID token in a header, which no foreign page can send; the first
// document has it in the query. The tenant is the token's, never a parameter's.
func (h *handler) signIn(c *fiber.Ctx) error {
	idToken, fetched := strings.CutPrefix(c.Get(fiber.HeaderAuthorization), "Bearer ")
	document := !fetched && c.Method() == fiber.MethodGet
	switch {
	case document:
		idToken = c.Query("id_token")
	case !fetched:
		idToken = ""
	}

	verified, err := h.config.Verifier.IDToken(idToken)
	if err == nil {
		c.Locals("shop", verified.Shop)
		var shop tenant.Shop
		if shop, err = h.ensureInstalled(c.UserContext(), verified.Shop, idToken); err == nil {
			language := c.Query("locale", c.Get(fiber.HeaderAcceptLanguage))
			admin.Remember(c, admin.SignedIn{Shop: shop, User: verified.Subject, Language: language})
			return c.Next()
		}
	}

	// Shopify refuses a token that we found right: it is stale there already.
	stale := fault.Is(err, fault.Unauthorized)
	switch {
	case document && stale:
		return h.stranger(c)
	case document:
		return h.unshown(c, verified.Shop, err)
	case stale:
		c.Set(retryHeader, "1")
	}
	return err
}

// stranger answers a document request without a valid ID token: inside the admin by the bounce page, which fetches a
// token and comes back, elsewhere by a page that says where to go. Source: shopify.dev, app home, 2026-10
// (shopify-app-remix does the same).
func (h *handler) stranger(c *fiber.Ctx) error {
	query, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		return fault.ForLog(fault.Invalid, "a query that cannot be read: %w", err)
	}

	shop, err := tenant.ParseShop(query.Get("shop"))
	if err != nil || query.Get("host") == "" {
		return h.documents.Alone(c, "outside", "", merchants(c), nil)
	}

	if query.Get(retriedParameter) != "" { // a fresh token was refused as well: going round once more would not help
		return h.unshown(c, shop, fault.New(fault.Unavailable, "not_let_in"))
	}

	query.Set(retriedParameter, "1")
	// Signatures are nobody's to read, and used up.
	for _, stale := range []string{"id_token", reloadParameter, "hmac", "signature"} {
		query.Del(stale)
	}

	query.Set(reloadParameter, h.config.AppURL+cleanPath(c.Path())+"?"+query.Encode())
	return c.Redirect("/auth/bounce?" + query.Encode())
}

// retriedParameter marks a document request that comes from the bounce page.
const retriedParameter = "retried"

// unshown tells the merchant, inside the admin's frame, that the page cannot be shown. The error is logged here.
func (h *handler) unshown(c *fiber.Ctx, shop tenant.ShopID, err error) error {
	h.config.Log.ErrorContext(c.UserContext(), "admin page not shown",
		"shop", shop, "kind", fault.KindOf(err), "err", err)
	c.Status(fault.KindOf(err).Status())
	return h.documents.Alone(c, "unshown", shop, merchants(c), merchants(c).Error(err))
}

// cleanPath is one of our document paths: what follows must not turn into another origin ("//evil.example").
func cleanPath(path string) string { return "/" + strings.TrimLeft(path, "/\\") }

// reloadParameter tells App Bridge where to go with a fresh ID token.
const reloadParameter = "shopify-reload"

// bounce is the page that loads App Bridge and nothing else. Where it goes next must be ours: App
// Bridge takes a token along.
func (h *handler) bounce(c *fiber.Ctx) error {
	query, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	reload := query[reloadParameter]
	if err != nil || len(reload) != 1 || !strings.HasPrefix(reload[0], h.config.AppURL+"/") {
		return fault.ForLog(fault.Invalid, "a reload that does not lead here")
	}

	shop, err := tenant.ParseShop(query.Get("shop"))
	if err != nil {
		return err
	}
	return h.documents.Alone(c, "bounce", shop, merchants(c), nil)
}
