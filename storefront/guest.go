package storefront

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"twofold/claims"
	"twofold/fault"
	"twofold/referral"
	"twofold/signature"
	"twofold/tenant"
)

// A guest joins by an address that they type, and shows by a mail to it that it is theirs. Nothing here tells whether
// anybody is known by an address.

// guestAnswer is a guest's link, and what must be sent along with the code of the mail.
type guestAnswer struct {
	Advocate advocateJSON `json:"advocate"`
	Asked    string       `json:"asked"`
}

// guestRequest asks by an address. Invalid: it is none. Limited: too many mails were asked for, to it or from there.
func (h *handler) guestRequest(
	ctx context.Context, q signature.ProxyQuery, typed, network, language string,
) (claims.GuestRequest, error) {
	address, err := referral.ParseEmail(typed)
	if err != nil {
		return claims.GuestRequest{}, err
	}
	if err := h.mayMail(ctx, q.Shop, network, address); err != nil {
		return claims.GuestRequest{}, err
	}
	return claims.GuestRequest{Shop: q.Shop, Address: address, Language: language, At: q.At}, nil
}

// joinGuest makes whoever types an address an advocate.
func (h *handler) joinGuest(ctx context.Context, r request, b body) (any, error) {
	asks, err := h.guestRequest(ctx, r.ProxyQuery, b.Email, r.network, r.say.Language())
	if err != nil {
		return nil, err
	}
	asks.Browser, asks.Terms, asks.Seen = h.browser(r.Shop, b.Browser), b.Terms, h.seenFrom(r.Shop, r.from, r.At)

	view, err := h.config.Claims.JoinGuest(ctx, asks)
	if err != nil {
		return nil, err
	}
	asked, err := h.sealAsked(r.Shop, view.Asked)
	return guestAnswer{advocateOf(view.AdvocateView), asked}, err
}

// What the page's forms for guests carry.
const (
	guestPurpose = "guest"         // the token of the form
	askedPurpose = "sign_in_asked" // which mail was asked for: it proves nothing by itself
)

func (h *handler) sealAsked(shop tenant.ShopID, id referral.SignInID) (string, error) {
	return h.config.Keyring.Seal(askedPurpose, string(shop), []byte(id))
}

// openAsked reads which mail was asked for; "": none.
func (h *handler) openAsked(shop tenant.ShopID, sealed string) referral.SignInID {
	id, _ := h.open(askedPurpose, shop, sealed)
	return referral.SignInID(id)
}

// pageGuest is the page's part for who is not signed in.
type pageGuest struct {
	Token string
	Email string // what was typed in the share panel, or on a page that has stood for too long
	Joins bool   // an address may be typed to join
	Back  bool   // or to come back
	Asked string // which mail was sent, for the form that takes its code; "" none was
	Wrong string // why something could not be done
}

// guestDone is what came of a guest's form.
type guestDone struct {
	guest referral.AdvocateID // who is shown; "" nobody
	asked string              // sealed: which mail was sent and not answered yet; "" none
	typed string              // an address that was typed where nothing was done with it
	wrong error               // what the guest is told
}

// asksGuest tells whether a request is a guest's form.
func asksGuest(c *fiber.Ctx) bool {
	return c.Method() == fiber.MethodPost && len(c.Request().PostArgs().Peek("guest")) > 0
}

// guestFrom does what a guest's form asks.
func (h *handler) guestFrom(
	ctx context.Context, c *fiber.Ctx, q signature.ProxyQuery, language string,
) (done guestDone, err error) {
	form := func(name string) string { return string(c.Request().PostArgs().Peek(name)) }
	switch {
	case q.Customer != "":
		return guestDone{}, nil
	case !h.mayPost(c, q, guestPurpose): // the share panel has no token: the form is shown with what was typed there
		return guestDone{typed: typedEmail(form("email"))}, nil
	}
	switch form("guest") {
	case "code":
		done, err = h.codeFrom(ctx, q, form("asked"), form("code"))
	case "back":
		done, err = h.backFrom(ctx, c, q, form("email"), language)
	default:
		done, err = h.joinFrom(ctx, c, q, form("email"), language)
	}

	switch fault.KindOf(err) {
	case fault.Invalid, fault.Limited, fault.Conflict, fault.Unauthorized, fault.NotFound:
		done.wrong, err = err, nil
	}
	return done, err
}

// typedEmail is an address that was typed, or "" where it is none.
func typedEmail(typed string) string {
	address, err := referral.ParseEmail(typed)
	if err != nil {
		return ""
	}
	return address
}

func (h *handler) joinFrom(
	ctx context.Context, c *fiber.Ctx, q signature.ProxyQuery, email, language string,
) (done guestDone, err error) {
	asks, err := h.guestRequest(ctx, q, email, h.network(q.Shop, forwardedOf(c)), language)
	if err != nil {
		return done, err
	}
	asks.Terms, asks.Seen = termsOf(c), h.seenFrom(q.Shop, h.originOf(c), q.At)

	view, err := h.config.Claims.JoinGuest(ctx, asks)
	if err != nil {
		return done, err
	}
	done.guest = view.Advocate.ID
	done.asked, err = h.sealAsked(q.Shop, view.Asked)
	return done, err
}

// backFrom has a mail sent by which whoever has joined sees their friends and rewards.
func (h *handler) backFrom(
	ctx context.Context, c *fiber.Ctx, q signature.ProxyQuery, email, language string,
) (done guestDone, err error) {
	asks, err := h.guestRequest(ctx, q, email, h.network(q.Shop, forwardedOf(c)), language)
	if err != nil {
		return done, err
	}
	id, err := h.config.Claims.AskSignIn(ctx, asks)
	if err != nil {
		return done, err
	}
	done.asked, err = h.sealAsked(q.Shop, id)
	return done, err
}

// codeFrom takes the code of a mail. After a wrong one it may be typed again.
func (h *handler) codeFrom(ctx context.Context, q signature.ProxyQuery, asked, code string) (guestDone, error) {
	guest, err := h.config.Claims.Enter(ctx, claims.EnterRequest{
		Shop: q.Shop, Asked: h.openAsked(q.Shop, asked), Typed: true, Code: code,
	})
	if err != nil {
		return guestDone{asked: asked}, err
	}
	return guestDone{guest: guest}, nil
}

// Base is where the endpoints are, seen from the page.
func (p shopPage) Base() string { return strings.TrimSuffix(p.Self, "page") }

// guesting adds what a guest may do, in the page's language.
func (p *shopPage) guesting(v claims.PageView) {
	if p.guestToken == "" {
		return
	}
	part := pageGuest{
		Token: p.guestToken, Joins: v.Joins && v.State == referral.CampaignLive && v.Mine == nil, Back: v.Mine == nil,
		Asked: p.guest.asked, Email: p.guest.typed,
	}
	if p.guest.wrong != nil {
		part.Wrong = p.Shopper(p.guest.wrong)
	}
	p.Guest = &part
}
