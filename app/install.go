package app

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
	"twofold/shopify"
	"twofold/tenant"
)

// The token lease: an exchange ends the pair that a refresh is about to save, so both hold the same one.
const (
	leaseTTL     = 60 * time.Second
	leasePoll    = 200 * time.Millisecond
	installLimit = 25 * time.Second // of a document request that must exchange first
)

// ensureInstalled makes sure that the shop has a token pair that works, by exchanging the ID token when it has none.
// A pair that works is never exchanged again: that would end its refresh token while a worker is using it. Errors:
// Unauthorized (Shopify refuses the ID token), Unavailable.
func (h *handler) ensureInstalled(ctx context.Context, shop tenant.ShopID, idToken string) (tenant.Shop, error) {
	ctx, cancel := context.WithTimeout(ctx, installLimit)
	defer cancel()
	if found, ok, err := h.installed(ctx, shop); err != nil || ok {
		return found, err
	}

	return h.leased(ctx, shop, func() (tenant.Shop, error) {
		if found, ok, err := h.installed(ctx, shop); err != nil || ok {
			return found, err // whoever held the lease before has done it
		}

		tokens, err := h.config.Gateway.Exchange(ctx, shop, idToken)
		if err != nil {
			return tenant.Shop{}, err
		}
		return h.keep(ctx, shop, tokens)
	})
}

// leased runs do under the shop's token lease, after whoever holds it now.
func (h *handler) leased(ctx context.Context, shop tenant.ShopID, do func() (tenant.Shop, error)) (tenant.Shop, error) {
	for {
		lease, err := h.config.Store.AcquireLease(ctx, shop, shopify.TokensLease, leaseTTL)
		if err == nil {
			found, err := do()
			// Best effort: a lease that is not given back runs out.
			_ = h.config.Store.ReleaseLease(context.WithoutCancel(ctx), lease)
			return found, err
		}

		if !fault.Is(err, fault.Conflict) {
			return tenant.Shop{}, err
		}
		if err := fault.Pause(ctx, leasePoll); err != nil {
			return tenant.Shop{}, fault.Wrap(fault.Unavailable, err, "being_set_up")
		}
	}
}

// proveWithin bounds the look whether a pair works: a Shopify that does not answer must not keep a merchant from the
// page. provedFor is for how long one that worked is believed: a merchant turns several pages a minute, and hardly
// uninstalls and installs the app within one.
const (
	proveWithin = 5 * time.Second
	provedFor   = time.Minute
)

// proofs remembers which pairs of the shops have worked, and when. It forgets nothing: a shop has one entry.
type proofs struct {
	mu     sync.Mutex
	latest map[tenant.ShopID]proof
}

type proof struct {
	version int64
	at      time.Time
}

// note keeps that a pair worked.
func (p *proofs) note(shop tenant.ShopID, version int64, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latest[shop] = proof{version, at}
}

// hold tells whether a pair worked a moment ago.
func (p *proofs) hold(shop tenant.ShopID, version int64, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	latest, proved := p.latest[shop]
	return proved && latest.version == version && now.Sub(latest.at) < provedFor
}

// installed tells whether the shop has a token pair that works: it is installed, or cleaned and not uninstalled yet,
// and Shopify does not refuse its tokens. They are proved by a one-point query unless they were a moment ago: after an
// uninstall whose webhook has not come yet they are dead, and only this visit can bring new ones.
func (h *handler) installed(ctx context.Context, shop tenant.ShopID) (found tenant.Shop, ok bool, err error) {
	found, err = h.config.Store.FindShop(ctx, shop)
	if fault.Is(err, fault.NotFound) {
		return tenant.Shop{}, false, nil
	}
	if err != nil || found.Status != tenant.Installed && found.Status != tenant.Cleaned {
		return tenant.Shop{}, false, err
	}
	tokens, err := h.config.Store.LoadTokens(ctx, shop)
	if fault.Is(err, fault.Unauthorized) {
		return tenant.Shop{}, false, nil
	}
	if err != nil || !h.config.Now().Before(tokens.RefreshExpires) {
		return found, false, err
	}

	if h.proofs.hold(shop, tokens.Version, h.config.Now()) {
		return found, true, nil
	}
	short, cancel := context.WithTimeout(shopify.Interactive(ctx), proveWithin)
	defer cancel()
	err = h.config.Gateway.Ping(short, shop)
	if err == nil {
		h.proofs.note(shop, tokens.Version, h.config.Now())
	}
	return found, !fault.Is(err, fault.Unauthorized), nil // no other failure proves anything
}

// keep saves a new pair and wakes the job that reads the shop.
func (h *handler) keep(ctx context.Context, shop tenant.ShopID, tokens tenant.Tokens) (tenant.Shop, error) {
	saved, err := h.config.Store.SaveInstall(ctx, shop, tokens, h.config.Now())
	if err != nil {
		return tenant.Shop{}, err
	}
	h.config.Log.InfoContext(ctx, "shop installed", "shop", shop, "install", saved.Install)
	h.config.Bell.SetUp(ctx, shop)
	return saved, nil
}

// The authorization code grant, for installs outside Shopify's managed flow. Source: shopify.dev,
// authorization code grant, 2026-10.
const (
	stateCookie  = "__Host-twofold-state" // the prefix makes browsers insist on Secure, Path=/ and no Domain
	statePurpose = "oauth state"
	stateLife    = 10 * time.Minute
)

// state is what the cookie holds, sealed with a key of its own and bound to the shop.
type state struct {
	Nonce   string `json:"n"`
	Expires int64  `json:"e"` // Unix seconds
}

// shopURL is an address in the shop's admin.
func (h *handler) shopURL(shop tenant.ShopID, path string) string {
	return strings.Replace(h.config.Origin, "{shop}", string(shop), 1) + path
}

// install sends the merchant to Shopify's consent page. The request must be signed by Shopify, as review demands that
// an install starts there. Scopes are those of shopify.app.toml.
func (h *handler) install(c *fiber.Ctx) error {
	q, err := h.config.Verifier.Query(string(c.Request().URI().QueryString()))
	if err != nil {
		return err
	}

	c.Locals("shop", q.Shop)
	nonce := rand.Text()
	expires := h.config.Now().Add(stateLife)

	plain, err := json.Marshal(state{nonce, expires.Unix()})
	if err != nil {
		return err
	}

	sealed, err := h.config.Keyring.Seal(statePurpose, string(q.Shop), plain)
	if err != nil {
		return err
	}
	setState(c, sealed)

	query := url.Values{
		"client_id": {h.config.ClientID}, "redirect_uri": {h.config.AppURL + "/auth/callback"}, "state": {nonce},
	}
	return c.Redirect(h.shopURL(q.Shop, "/admin/oauth/authorize?"+query.Encode()))
}

// setState writes the cookie until it runs out.
func setState(c *fiber.Ctx, sealed string) {
	cookie := stateCookieOf(base64.RawURLEncoding.EncodeToString([]byte(sealed)))
	cookie.MaxAge = int(stateLife.Seconds())
	c.Cookie(cookie)
}

// dropState deletes the cookie.
func dropState(c *fiber.Ctx) {
	cookie := stateCookieOf("")
	cookie.Expires = time.Unix(1, 0)
	c.Cookie(cookie)
}

func stateCookieOf(value string) *fiber.Cookie {
	return &fiber.Cookie{
		Name: stateCookie, Value: value, Path: "/", Secure: true, HTTPOnly: true,
		SameSite: fiber.CookieSameSiteLaxMode,
	}
}

// callback ends the grant: signature, then state against the cookie, then the code.
func (h *handler) callback(c *fiber.Ctx) error {
	q, err := h.config.Verifier.Query(string(c.Request().URI().QueryString()))
	if err != nil {
		return err
	}

	c.Locals("shop", q.Shop)
	if !h.sameState(q.Shop, c.Cookies(stateCookie), q.State) || q.Code == "" {
		return fault.New(fault.Unauthorized, "install_not_ours")
	}
	dropState(c)

	ctx, cancel := context.WithTimeout(c.UserContext(), installLimit)
	defer cancel()
	_, err = h.leased(ctx, q.Shop, func() (tenant.Shop, error) {
		tokens, err := h.config.Gateway.ExchangeCode(ctx, q.Shop, q.Code)
		if err != nil {
			return tenant.Shop{}, err
		}
		return h.keep(ctx, q.Shop, tokens)
	})
	if err != nil {
		return err
	}

	return c.Redirect(h.shopURL(q.Shop, "/admin/apps/"+url.PathEscape(h.config.ClientID)))
}

// sameState tells whether the cookie was made for this shop, is young enough, and holds what Shopify sent back.
func (h *handler) sameState(shop tenant.ShopID, cookie, sent string) bool {
	sealed, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil || sent == "" {
		return false
	}
	plain, err := h.config.Keyring.Open(statePurpose, string(shop), string(sealed))
	if err != nil {
		return false
	}

	var s state
	if json.Unmarshal(plain, &s) != nil || h.config.Now().Unix() >= s.Expires {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(s.Nonce), []byte(sent)) == 1
}
