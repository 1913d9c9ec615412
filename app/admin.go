package app

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// retryHeader has App Bridge try once more with a fresh ID token. Source: shopify.dev, token exchange, 2026-10.
const retryHeader = "X-Shopify-Retry-Invalid-Session-Request"

// merchants words what merchants read. Only English has all of their sentences yet; the embedded document's parameter
// "locale" is the language that Shopify's admin has for them.
var merchants = text.English

// pageLimit bounds what a page reads.
const pageLimit = 10 * time.Second

// home is the document that the merchant opens. The tenant is the ID token's, never a query parameter's.
func (h *handler) home(c *fiber.Ctx) error {
	idToken := c.Query("id_token")
	verified, err := h.config.Verifier.IDToken(idToken)
	if err != nil {
		return h.stranger(c)
	}

	c.Locals("shop", verified.Shop)
	shop, err := h.ensureInstalled(c.UserContext(), verified.Shop, idToken)
	if fault.Is(err, fault.Unauthorized) { // Shopify refuses a token that we found right: it is stale there already
		return h.stranger(c)
	}
	if err != nil {
		return h.trouble(c, verified.Shop, err)
	}

	ctx, cancel := context.WithTimeout(c.UserContext(), pageLimit)
	defer cancel()
	view, err := h.overview(ctx, shop, merchants)
	if err != nil {
		return h.trouble(c, verified.Shop, err)
	}
	return h.pages.send(c, "home.html", verified.Shop, view)
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
		return h.pages.send(c, "outside.html", "", nil)
	}

	if query.Get(retriedParameter) != "" { // a fresh token was refused as well: going round once more would not help
		return h.trouble(c, shop, fault.New(fault.Unavailable, "not_let_in"))
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

// trouble tells the merchant, inside the admin's frame, that the page cannot be shown. The error is logged here.
func (h *handler) trouble(c *fiber.Ctx, shop tenant.ShopID, err error) error {
	h.config.Log.ErrorContext(c.UserContext(), "admin page not shown",
		"shop", shop, "kind", fault.KindOf(err), "err", err)
	c.Status(fault.KindOf(err).Status())
	return h.pages.send(c, "trouble.html", shop, merchants.Error(err))
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
	return h.pages.send(c, "bounce.html", shop, nil)
}

// merchant verifies the ID token of a fetch and makes sure that the shop is installed. A wrong token is Unauthorized,
// with the header that has App Bridge try again.
func (h *handler) merchant(c *fiber.Ctx) (tenant.ShopID, error) {
	idToken, found := strings.CutPrefix(c.Get(fiber.HeaderAuthorization), "Bearer ")
	if !found {
		idToken = ""
	}

	verified, err := h.config.Verifier.IDToken(idToken)
	if err == nil {
		c.Locals("shop", verified.Shop)
		_, err = h.ensureInstalled(c.UserContext(), verified.Shop, idToken)
	}

	if fault.Is(err, fault.Unauthorized) {
		c.Set(retryHeader, "1")
	}
	return verified.Shop, err
}

// liveAnswer tells where the campaign stands; going on is a job's work.
type liveAnswer struct {
	Campaign campaignJSON `json:"campaign"`
}

type campaignJSON struct {
	ID      referral.CampaignID    `json:"id"`
	Version int                    `json:"version"`
	State   referral.CampaignState `json:"state"`
}

// goLive is the merchant's act. It needs the ID token in a header, which no foreign page can send.
func (h *handler) goLive(c *fiber.Ctx) error {
	shop, err := h.merchant(c)
	if err != nil {
		return err
	}

	ctx, cancel := context.WithTimeout(c.UserContext(), pageLimit)
	defer cancel()
	campaign, err := h.config.Service.GoLive(ctx, shop, referral.CampaignID(c.Params("id")))
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusAccepted).JSON(liveAnswer{campaignJSON{campaign.ID, campaign.Version, campaign.State}})
}
