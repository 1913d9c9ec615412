package storefront

import (
	"cmp"
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
	"twofold/referral"
	"twofold/signature"
	"twofold/tenant"
)

// sign is what tells shoppers apart for a limit. Its value reaches the limiter as a keyed hash.
type sign struct {
	kind, value string
	limit       Limit
}

// manyShoppers is how many times a network's limit goes to what many networks have in common: a
// link, or one make of browser.
const manyShoppers = 20

// mayMail refuses to have one more mail sent to an address that was typed: too many were asked for from the network
// (its keyed hash), or to the mailbox, of which all aliases count as one.
func (h *handler) mayMail(ctx context.Context, shop tenant.ShopID, network, address string) error {
	from := h.config.Limits.of(ClassMails)
	if network == "" {
		from = from.forMany()
	}
	if err := h.allow(ctx, shop, ClassMails, []sign{{"network", network, from}}); err != nil {
		return err
	}
	box := sign{"mailbox", referral.Mailbox(address), h.config.Limits.of(ClassMailbox)}
	return h.allow(ctx, shop, ClassMailbox, []sign{box})
}

// forMany is the limit of what many networks have in common.
func (l Limit) forMany() Limit { return Limit{l.PerMinute * manyShoppers, l.Burst * manyShoppers} }

// signs are what a request is limited by. That is its network, where an address can be read. Else it is the browser,
// the customer who is signed in, and the link. Without a browser and a customer the make of the browser counts. So a
// wrong PROXY_HOPS makes neither one bucket of a whole shop nor a shop without limits.
func (h *handler) signs(c *fiber.Ctx, q signature.ProxyQuery, class Class) []sign {
	limit := h.config.Limits.of(class)
	if network, ok := networkOf(forwardedOf(c), h.config.Hops); ok {
		return []sign{{"network", network, limit}}
	}
	h.noAddress(c.UserContext(), q.Shop, class)

	var sent body
	// A form, or no JSON, has no browser. The endpoint refuses it if it must.
	_ = json.Unmarshal(c.BodyRaw(), &sent)
	many := limit.forMany()
	var all []sign
	if browser := cmp.Or(sent.Browser, sent.ShortBrowser); browser != "" {
		all = append(all, sign{"browser", browser, limit})
	}
	if q.Customer != "" {
		all = append(all, sign{"customer", q.Customer, limit})
	}
	if len(all) == 0 {
		all = append(all, sign{"agent", c.Get(fiber.HeaderUserAgent) + "\n" + c.Get(fiber.HeaderAcceptLanguage), many})
	}

	if ref, err := referral.ParseRef(cmp.Or(sent.Ref, q.Params.Get("ref"))); err == nil {
		all = append(all, sign{"link", ref, many})
	}
	return all
}

// limit refuses those who ask too often in this shop.
func (h *handler) limit(ctx context.Context, c *fiber.Ctx, q signature.ProxyQuery, class Class) error {
	return h.allow(ctx, q.Shop, class, h.signs(c, q, class))
}

func (h *handler) allow(ctx context.Context, shop tenant.ShopID, class Class, signs []sign) error {
	for _, s := range signs {
		wait, ok := h.limiter.Allow(ctx, shop, class, h.config.Hasher.Hash(shop, s.kind, s.value), s.limit)
		if !ok {
			h.metrics.limits.WithLabelValues(string(class), "refused").Inc()
			return &fault.Error{Kind: fault.Limited, RetryAfter: wait}
		}
	}
	h.metrics.limits.WithLabelValues(string(class), "allowed").Inc()
	return nil
}

// addressAlarm is how often it is said that no addresses can be read.
const addressAlarm = time.Hour

// alarm remembers when something was said last, in Unix seconds.
type alarm struct{ last atomic.Int64 }

// due tells whether it may be said again, to one caller only.
func (a *alarm) due(now time.Time) bool {
	last := a.last.Load()
	return now.Unix()-last >= int64(addressAlarm.Seconds()) && a.last.CompareAndSwap(last, now.Unix())
}

// noAddress counts a request without an address, and says so once an hour.
func (h *handler) noAddress(ctx context.Context, shop tenant.ShopID, class Class) {
	h.metrics.limits.WithLabelValues(string(class), "no_address").Inc()
	if h.addressless.due(h.config.Now()) {
		h.config.Log.WarnContext(ctx, "no address in X-Forwarded-For: is PROXY_HOPS right?",
			"shop", shop, "hops", h.config.Hops)
	}
}
