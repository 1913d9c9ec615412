package storefront

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/claims"
	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// A guest who has followed a mail's link, or typed its code, has a session: a sealed token in the browser's tab, that
// comes in the body of what is asked, as Shopify's proxy drops cookies. The link's own token stands in the fragment,
// which no server sees, and is posted by a button: mail programs open links by themselves.

// sessionPurpose keeps sessions apart from all else that is sealed.
const sessionPurpose = "guest_session"

// sessionFor is how long a session works.
const sessionFor = 24 * time.Hour

// session is what is sealed, for one shop.
type session struct {
	Guest referral.AdvocateID `json:"g"`
	Until int64               `json:"u"` // Unix seconds
}

func (h *handler) sealSession(shop tenant.ShopID, guest referral.AdvocateID) (string, error) {
	plain, err := json.Marshal(session{guest, h.config.Now().Add(sessionFor).Unix()})
	if err != nil {
		return "", err
	}
	return h.config.Keyring.Seal(sessionPurpose, string(shop), plain)
}

// openSession tells whose session it is. Unauthorized: nobody's, or it is over.
func (h *handler) openSession(shop tenant.ShopID, sealed string) (referral.AdvocateID, error) {
	var s session
	plain, err := h.open(sessionPurpose, shop, sealed)
	if err == nil {
		err = json.Unmarshal(plain, &s)
	}
	if err != nil || !h.config.Now().Before(time.Unix(s.Until, 0)) {
		return "", fault.New(fault.Unauthorized, "sign_in")
	}
	return s.Guest, nil
}

// open opens what a guest sends back.
func (h *handler) open(purpose string, shop tenant.ShopID, sealed string) ([]byte, error) {
	if len(sealed) > maxVisitBytes {
		return nil, fault.ForLog(fault.Invalid, "longer than anything sealed")
	}
	return h.config.Keyring.Open(purpose, string(shop), sealed)
}

// guestBody is what a guest sends to sign in, and to see what is theirs.
type guestBody struct {
	Email    string `json:"email"`
	Token    string `json:"token"` // of the mail's link
	Asked    string `json:"asked"` // which mail was asked for, beside its code
	Code     string `json:"code"`
	Session  string `json:"session"`
	Language string `json:"language"` // of the page
}

type (
	askedAnswer struct {
		Asked string `json:"asked"`
	}
	sessionAnswer struct {
		Session string `json:"session"`
	}
)

func parseGuest(raw []byte) (b guestBody, err error) {
	if !isObject(raw, &b) {
		return b, fault.New(fault.Invalid, "body_unreadable")
	}
	return b, nil
}

// signIn has a mail sent to an address, whether anybody is known by it or not.
func (h *handler) signIn(ctx context.Context, r request) (any, error) {
	b, err := parseGuest(r.body)
	if err != nil {
		return nil, err
	}
	asks, err := h.guestRequest(ctx, r.ProxyQuery, b.Email, r.network, r.say.Language())
	if err != nil {
		return nil, err
	}
	id, err := h.config.Claims.AskSignIn(ctx, asks)
	if err != nil {
		return nil, err
	}
	asked, err := h.sealAsked(r.Shop, id)
	return askedAnswer{asked}, err
}

// session gives whoever has a mail's link or code a session.
func (h *handler) session(ctx context.Context, r request) (any, error) {
	b, err := parseGuest(r.body)
	if err != nil {
		return nil, err
	}

	enter := claims.EnterRequest{Shop: r.Shop, Asked: h.openAsked(r.Shop, b.Asked), Typed: true, Code: b.Code}
	if b.Token != "" {
		id, _ := h.open(referral.SignInSeal, r.Shop, b.Token) // none is no link that works
		enter = claims.EnterRequest{Shop: r.Shop, Asked: referral.SignInID(id)}
	}
	guest, err := h.config.Claims.Enter(ctx, enter)
	if err != nil {
		return nil, err
	}
	sealed, err := h.sealSession(r.Shop, guest)
	return sessionAnswer{sealed}, err
}

// mine is the page as the guest of a session sees it, in HTML that takes the page's place.
func (h *handler) mine(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	answer, err := h.do(c, ClassReads, func(ctx context.Context, r request) (any, error) {
		b, err := parseGuest(r.body)
		if err != nil {
			return nil, err
		}
		guest, err := h.openSession(r.Shop, b.Session)
		if err != nil {
			return nil, err
		}

		view, err := h.config.Claims.Page(ctx, claims.PageRequest{Shop: r.Shop, Guest: guest, Seen: h.seenFrom(r.Shop, r.from, r.At)})
		if err != nil {
			return nil, err
		}
		if view.Mine == nil { // merged meanwhile, or erased
			return nil, fault.New(fault.Unauthorized, "sign_in")
		}

		p := shopPage{Printer: text.In(b.Language)}
		p.Root, p.Self = relative(r.PathPrefix, c.Path())
		p.tell(view, r.ProxyQuery)
		p.standing(view, h.config.Now())
		p.agreeing(view)
		return p, nil
	})

	page, ok := answer.(shopPage)
	if err != nil || !ok {
		return h.answer(c, "mine", answer, err)
	}
	var out bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&out, "page", page); err != nil {
		return fault.ForLog(fault.Internal, "storefront: mine: %w", err)
	}
	h.metrics.requests.WithLabelValues("mine", "ok").Inc()
	c.Set(fiber.HeaderContentSecurityPolicy, pagePolicy)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(out.Bytes())
}
