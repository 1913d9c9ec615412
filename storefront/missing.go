package storefront

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/claims"
	"twofold/fault"
	"twofold/referral"
	"twofold/signature"
	"twofold/text"
)

// A referral that was missed is asked for here and looked at later: the answer is the same, whatever there is to find.

// missingBody is what asks for a missed referral.
type missingBody struct {
	By    referral.Side `json:"by"`    // friend: it is the asker's order; advocate: a friend's
	Order string        `json:"order"` // its name
	Sent  string        `json:"sent"`  // of a friend: the link or code of who sent them
}

type missingJSON struct {
	By    referral.Side         `json:"by"`
	Order string                `json:"order"`
	Since time.Time             `json:"since"`
	State referral.MissingState `json:"state"`
	Text  string                `json:"text"`
}

type missingAnswer struct {
	Asked missingJSON `json:"asked"`
}

// request asks for it in somebody's name. Invalid: no side's.
func (b missingBody) request(q signature.ProxyQuery) (claims.MissingRequest, error) {
	if b.By != referral.FriendSide && b.By != referral.AdvocateSide {
		return claims.MissingRequest{}, fault.New(fault.Invalid, "missing_side")
	}
	return claims.MissingRequest{
		Shop: q.Shop, Customer: referral.CustomerID(q.Customer), By: b.By, Order: b.Order, Sent: b.Sent, At: q.At,
	}, nil
}

// missing asks for a referral that was missed, or how one that was asked for stands.
func (h *handler) missing(ctx context.Context, r request) (any, error) {
	var b missingBody
	if !isObject(r.body, &b) {
		return nil, fault.New(fault.Invalid, "body_unreadable")
	}
	asks, err := b.request(r.ProxyQuery)
	if err != nil {
		return nil, err
	}
	view, err := h.config.Claims.AskMissing(ctx, asks)
	if err != nil {
		return nil, err
	}
	return missingAnswer{missingJSON{view.By, view.Order, view.At.UTC(), view.State, askedText(r.say, view)}}, nil
}

// askedText says how one stands. It tells of nobody else, and of no order.
func askedText(say *text.Printer, v claims.MissingView) string {
	return say.Say("shopper.missing."+string(v.State), text.With{"order": v.Order, "day": v.At.UTC()})
}

// missingPurpose keeps the tokens of the page's forms apart from everything else that is sealed.
const missingPurpose = "missing"

// pageMissing is the page's part about what was missed: how it stands, and the forms that ask.
type pageMissing struct {
	Token    string
	Open     bool     // something was asked for just now, or could not be
	Wrong    string   // why it could not
	Thanks   bool     // it was
	Asked    []string // what was asked for before
	Sent     string   // whose link the page was opened with
	Advocate bool     // the asker has friends who may have ordered
}

// askFrom asks what the page's form asks, if it is one of these. wrong is what the shopper is told.
func (h *handler) askFrom(ctx context.Context, c *fiber.Ctx, q signature.ProxyQuery) (asked bool, wrong, err error) {
	form := func(name string) string { return string(c.Request().PostArgs().Peek(name)) }
	if !h.mayPost(c, q, missingPurpose) {
		return false, nil, nil
	}

	asks, err := missingBody{referral.Side(form("by")), form("order"), form("sent")}.request(q)
	if err != nil {
		return false, nil, err
	}
	_, err = h.config.Claims.AskMissing(ctx, asks)
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Limited, fault.NotFound:
		return false, err, nil
	}
	return err == nil, nil, err
}

// asksMissing tells whether a request is that form.
func asksMissing(c *fiber.Ctx) bool {
	return c.Method() == fiber.MethodPost && len(c.Request().PostArgs().Peek("by")) > 0
}

// askable adds what a signed-in customer may ask for, in the page's language.
func (p *shopPage) askable(v claims.PageView, q signature.ProxyQuery) {
	if q.Customer == "" || v.State == "" || p.missingToken == "" {
		return
	}

	part := pageMissing{
		Token: p.missingToken, Open: p.asked || p.wrong != nil, Thanks: p.asked,
		Sent: referral.ParseSent(q.Params.Get("ref")), Advocate: v.Mine != nil,
	}
	if p.wrong != nil {
		part.Wrong = p.Shopper(p.wrong)
	}
	for _, one := range v.Missing {
		part.Asked = append(part.Asked, askedText(p.Printer, one))
	}
	p.Missing = &part
}
