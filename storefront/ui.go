package storefront

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/claims"
	"twofold/fault"
	"twofold/referral"
	"twofold/signature"
	"twofold/text"
)

// UIPath is the path of what Shopify's UI extensions ask: blocks on the thank-you page, the order's page and in the
// customer's account. They run on Shopify's own origins and send a session token that Shopify signs.
const UIPath = "/ui"

// Serves tells whether a path is one of shoppers: they are answered in their own language.
func Serves(path string) bool {
	return strings.HasPrefix(path, Path+"/") || strings.HasPrefix(path, UIPath+"/")
}

// askAgain is how long a block waits before it asks again for an order that is not known yet. Shopify makes the order
// some seconds after the thank-you page is shown.
const askAgain = 2 * time.Second

// Answers to extensions; the rest is as for the app proxy.
type (
	waitingAnswer struct {
		Waiting bool `json:"waiting"`
	}
	buyerAnswer struct {
		Advocate advocateJSON `json:"advocate"`
		Offer    offerJSON    `json:"offer"`
		Campaign campaignJSON `json:"campaign"`
		Invite   string       `json:"invite"` // what the advocate may send with the link; it holds the link
	}
	overviewAnswer struct {
		meAnswer
		Offer    *offerJSON    `json:"offer,omitempty"` // none: no campaign is live
		Campaign *campaignJSON `json:"campaign,omitempty"`
		Invite   string        `json:"invite,omitempty"`
	}
)

// sentHeaders are what a block may send beyond what every page may.
var sentHeaders = []string{fiber.HeaderAuthorization, fiber.HeaderContentType, fiber.HeaderAcceptLanguage}

// extensionRequest is a verified request of an extension.
type extensionRequest struct {
	signature.ExtensionToken
	customer referral.CustomerID // who is signed in; "" for a guest
	say      *text.Printer       // in the shopper's language
	from     origin
	body     []byte
}

// mountUI adds the endpoints for extensions under UIPath. Any origin may ask: the token says who does, and no cookie
// comes along. Source: shopify.dev, network access of UI extensions, 2026-07 (the server must answer "*").
func (h *handler) mountUI(r fiber.Router) {
	ui := r.Group(UIPath, func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
		c.Set(fiber.HeaderAccessControlExposeHeaders, fiber.HeaderRetryAfter) // else no script of another origin reads it
		c.Set(fiber.HeaderCacheControl, "no-store")
		if c.Method() != fiber.MethodOptions {
			return c.Next()
		}
		c.Set(fiber.HeaderAccessControlAllowMethods, strings.Join([]string{fiber.MethodGet, fiber.MethodPost}, ", "))
		c.Set(fiber.HeaderAccessControlAllowHeaders, strings.Join(sentHeaders, ", "))
		c.Set(fiber.HeaderAccessControlMaxAge, strconv.Itoa(int((24 * time.Hour).Seconds())))
		return c.SendStatus(fiber.StatusNoContent)
	})
	ui.Post("/join", h.extension("ui_join", ClassWrites, h.buyer))
	ui.Post("/event", h.extension("ui_event", ClassEvents, h.extensionEvent))
	ui.Get("/me", h.extension("ui_me", ClassReads, h.overview))
}

// extension makes a handler, as endpoint does for the app proxy.
func (h *handler) extension(
	name string, class Class, do func(context.Context, extensionRequest) (any, error),
) fiber.Handler {
	return func(c *fiber.Ctx) error {
		answer, err := h.doExtension(c, class, do)
		return h.answer(c, name, answer, err)
	}
}

func (h *handler) doExtension(
	c *fiber.Ctx, class Class, do func(context.Context, extensionRequest) (any, error),
) (any, error) {
	bearer, _ := strings.CutPrefix(c.Get(fiber.HeaderAuthorization), "Bearer ")
	token, err := h.config.Verifier.ExtensionToken(bearer)
	if err != nil {
		return nil, err
	}
	c.Locals("shop", token.Shop)

	ctx, cancel := context.WithTimeout(c.UserContext(), budget)
	defer cancel()
	if err := h.allow(ctx, token.Shop, class, h.extensionSigns(c, token, class)); err != nil {
		return nil, err
	}

	r := extensionRequest{ExtensionToken: token, customer: referral.CustomerID(token.Customer), say: PrinterFor(c), from: h.directOrigin(c)}
	if c.Method() == http.MethodPost {
		if r.body, err = bodyOf(c); err != nil {
			return nil, err
		}
	}
	return do(ctx, r)
}

// perOrder is how often one order may be named: a page asks every two seconds for half a minute, and a guess of the
// confirmation number has 36⁹ to choose from.
var perOrder = Limit{PerMinute: 30, Burst: 30}

// extensionSigns are what an extension's request is limited by: the network, and the order that it names.
func (h *handler) extensionSigns(c *fiber.Ctx, t signature.ExtensionToken, class Class) []sign {
	var all []sign
	if network, ok := h.directNetwork(c); ok {
		all = append(all, sign{"network", network, h.config.Limits.of(class)})
	} else {
		h.noAddress(c.UserContext(), t.Shop, class)
		all = append(all, sign{"agent", c.Get(fiber.HeaderUserAgent), h.config.Limits.of(class).forMany()})
	}

	var sent buyerBody
	_ = json.Unmarshal(c.BodyRaw(), &sent) // what cannot be read is refused later
	if sent.Order != "" {
		all = append(all, sign{"order", sent.Order, perOrder})
	}
	return all
}

// directNetwork is the network of a browser that asks us itself: one hop fewer than through Shopify's proxy.
func (h *handler) directNetwork(c *fiber.Ctx) (string, bool) {
	if h.config.Hops > 0 {
		return networkOf(forwardedOf(c), h.config.Hops-1)
	}
	addr, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if !ok {
		return "", false
	}
	return networkOf(addr.Unmap().String(), 0)
}

// directOrigin is from where a browser asks us itself.
func (h *handler) directOrigin(c *fiber.Ctx) origin {
	network, _ := h.directNetwork(c)
	return origin{network: network, agent: c.Get(fiber.HeaderUserAgent)}
}

// buyerBody is what a block sends to join.
type buyerBody struct {
	Order        string `json:"order"`
	Confirmation string `json:"confirmation"`
	Terms        int    `json:"terms"` // the version of the terms that the buyer agrees to
}

// maxBuyerField bounds what names an order; Shopify's have some forty bytes.
const maxBuyerField = 100

func parseBuyer(raw []byte) (buyerBody, error) {
	var b buyerBody
	if !isObject(raw, &b) || len(b.Order) > maxBuyerField || len(b.Confirmation) > maxBuyerField {
		return buyerBody{}, fault.New(fault.Invalid, "body_unreadable")
	}
	return b, nil
}

// buyer gives whoever has bought a link to share.
func (h *handler) buyer(ctx context.Context, r extensionRequest) (any, error) {
	b, err := parseBuyer(r.body)
	if err != nil {
		return nil, err
	}

	view, err := h.config.Claims.JoinBuyer(ctx, claims.BuyerRequest{
		Shop: r.Shop, Customer: r.customer, Order: b.Order, Confirmation: b.Confirmation, Terms: b.Terms,
		Seen: h.seenFrom(r.Shop, r.from, r.At), At: r.At,
	})
	if err != nil {
		return nil, refusedWith(err, r.say, view.Offer)
	}
	if !view.Known {
		return waitingAnswer{true}, nil
	}
	return buyerAnswer{
		Advocate: advocateOf(view.Advocate),
		Offer:    offerOf(r.say, view.Offer),
		Campaign: campaignOf(view.Offer),
		Invite:   r.say.Invite(view.Offer, view.Advocate),
	}, nil
}

// overview is me for the customer whom the token names, with the offer that they can share.
func (h *handler) overview(ctx context.Context, r extensionRequest) (any, error) {
	view, offer, err := h.config.Claims.Overview(ctx, r.Shop, r.customer, h.seenFrom(r.Shop, r.from, r.At))
	if err != nil {
		return nil, err
	}

	answer := overviewAnswer{meAnswer: h.meOf(r.say, view)}
	if offer != nil {
		shown, campaign := offerOf(r.say, *offer), campaignOf(*offer)
		answer.Offer, answer.Campaign, answer.Invite = &shown, &campaign, r.say.Invite(*offer, view)
	}
	return answer, nil
}

// extensionEvent counts what a block's visitors do.
func (h *handler) extensionEvent(_ context.Context, r extensionRequest) (any, error) {
	return nil, h.count(r.Shop, r.At, r.from.agent, r.body)
}
