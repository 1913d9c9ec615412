package admin

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"twofold/fault"
	"twofold/orders"
	"twofold/referral"
	"twofold/reports"
	"twofold/rewards"
	"twofold/tenant"
	"twofold/text"
)

// Explainer says what became of any order, also of one that is not kept (package orders).
type Explainer interface {
	Explain(ctx context.Context, shop tenant.ShopID, ref string) (orders.OrderExplained, error)
}

const orderGID = "gid://shopify/Order/"

// orderOf is the order that an address names by its number. NotFound: it is no number.
func orderOf(v visit) (referral.OrderID, error) {
	if !orders.AllDigits(v.Params("order")) {
		return "", fault.New(fault.NotFound, "order_unknown")
	}
	return referral.OrderID(orderGID + v.Params("order")), nil
}

// referralPath is the page of an order that is kept.
func referralPath(id referral.OrderID) string { return Path + "/referrals/" + orderNumber(id) }

// referral is the explanation of an order as a page.
func (h *handler) referral(v visit) error {
	id, err := orderOf(v)
	if err != nil {
		return err
	}

	d, err := h.config.Referrals.Detail(v.UserContext(), v.shop.ID, id)
	if fault.Is(err, fault.NotFound) { // Shopify may know it
		return h.moved(v, explainPath(orderNumber(id)))
	}
	if err != nil {
		return err
	}
	return h.show(v, "referral", v.detail(d))
}

func explainPath(order string) string {
	return Path + "/explain?" + url.Values{"order": {order}}.Encode()
}

// explain says what became of any order that somebody names. One that is kept has a page of its own.
func (h *handler) explain(v visit) error {
	asked := strings.TrimSpace(v.Query("order"))
	if asked == "" {
		return h.show(v, "referral", detailView{Search: true})
	}

	e, err := h.config.Explainer.Explain(v.UserContext(), v.shop.ID, asked)
	if known := fault.KindOf(err); known == fault.NotFound || known == fault.Invalid {
		v.Status(known.Status())
		return h.show(v, "referral", detailView{Search: true, Asked: asked, AskedError: v.say.Error(err)})
	}
	if err != nil {
		return err
	}
	if e.Stored {
		return h.moved(v, referralPath(e.Order.ID))
	}

	d, err := h.config.Referrals.InPassing(v.UserContext(), v.shop.ID, e.Order, e.Weighed)
	if err != nil {
		return err
	}
	view := v.detail(d)
	view.Search, view.Asked = true, asked
	return h.show(v, "referral", view)
}

// act does what a member of staff says of an order. What is refused is said in the form, with what was typed.
func (h *handler) act(v visit) error {
	id, err := orderOf(v)
	if err != nil {
		return err
	}
	act := rewards.Act(v.Params("act"))
	if !slices.Contains(rewards.Acts, act) {
		return fault.ForLog(fault.NotFound, "no such act on a referral")
	}

	said := rewards.Said{
		Act: act, Order: orderNumber(id), User: v.user, Reason: v.FormValue("reason"),
		Advocate: v.FormValue("advocate"), Customer: strings.TrimSpace(v.FormValue("customer")),
		Side: referral.Side(v.FormValue("side")),
	}
	_, refused := h.config.Acts.Do(v.UserContext(), v.shop.ID, said)
	if refused == nil {
		return h.went(v, referralPath(id), "merchant.did.acted_"+string(act))
	}
	if kind := fault.KindOf(refused); kind == fault.Internal || kind == fault.Unavailable {
		return refused
	}

	view, err := h.refusedAct(v, id, said)
	if err != nil {
		return refused // there is no page on which it could be said
	}
	view.refuse(v, said, refused)
	return h.again(v, "referral", view)
}

// refusedAct is the page on which an act was refused.
func (h *handler) refusedAct(v visit, id referral.OrderID, said rewards.Said) (detailView, error) {
	d, err := h.config.Referrals.Detail(v.UserContext(), v.shop.ID, id)
	if fault.Is(err, fault.NotFound) {
		var e orders.OrderExplained
		if e, err = h.config.Explainer.Explain(v.UserContext(), v.shop.ID, said.Order); err == nil {
			d, err = h.config.Referrals.InPassing(v.UserContext(), v.shop.ID, e.Order, e.Weighed)
		}
	}
	if err != nil {
		return detailView{}, err
	}
	return v.detail(d), nil
}

// actForm is what one can do about an order: what it does is said before, and a reason is asked for.
type actForm struct {
	Act, Label, Heading, Does string
	Action                    string // where the form goes
	Critical                  bool   // it takes something away
	Advocate, Customer        bool   // what it asks for beside the reason
	Sides                     []side // whose code is replaced; none: it is not about a code

	Typed      rewards.Said // when the form comes back
	Error      string       // at the reason
	FieldError string       // at what it asks for beside
	Refusal    string       // what speaks against the act itself
	Open       bool
}

// takesAway are the acts whose buttons are critical.
var takesAway = []rewards.Act{rewards.ActReject, rewards.ActVoid, rewards.ActUnlink}

// aboutFields are codes of what is wrong with what was typed beside the reason.
var aboutFields = []string{"advocate_unknown", "advocate_blocked", "customer_number", "not_in_shopify"}

// refuse has the form of an act come back, open, with what is wrong at the field that it is about. An act that is not
// offered any more is said above the page.
func (w *detailView) refuse(v visit, said rewards.Said, err error) {
	for i := range w.Acts {
		form := &w.Acts[i]
		if form.Act != string(said.Act) {
			continue
		}

		form.Open, form.Typed = true, said
		switch code := fault.CodeOf(err); {
		case isReason(err):
			form.Error = v.say.Error(err)
		case slices.Contains(aboutFields, code):
			form.FieldError = v.say.Error(err)
		default:
			form.Refusal = v.say.Error(err)
		}
		return
	}
	w.Refused = v.say.Error(err)
}

// offered are the acts that the state of an order allows, in the order in which they are shown.
func offered(d reports.Detail) []rewards.Act {
	r, advocate := d.Referral, d.Referral.Rewards[referral.AdvocateSide]
	stands := d.Rests() && r.State != referral.None && r.State != referral.Voided
	verdict, said := referral.Verdict(r.Acts)
	ours := said && (verdict.Kind == referral.ActReject || verdict.Kind == referral.ActVoid)
	tied := d.Rests() && r.State != referral.None || len(d.Weighed.Evidence) > 0

	all := []struct {
		act rewards.Act
		may bool
	}{
		{rewards.ActApprove, d.Rests() && r.State == referral.Flagged},
		{rewards.ActReject, stands && len(r.Issues) == 0},
		{rewards.ActVoid, stands && len(r.Issues) > 0},
		{rewards.ActRestore, ours && d.Weighed.Order != ""},
		{rewards.ActRetry, d.Rests() && advocate.Reason == referral.ReasonRefused},
		{rewards.ActReissue, d.Rests() && len(replaceable(r)) > 0},
		{rewards.ActForgive, d.Rests() && advocate.State == referral.RewardOwed},
		{rewards.ActAttach, d.Kept && (d.Order.Customer == "" || d.Order.Attached || d.Order.CustomerGone)},
		{rewards.ActLink, d.Order.Customer != "" && (r.Release == nil || r.Reason == referral.ReasonNoEvidence)},
		{rewards.ActUnlink, d.Kept && tied && d.Weighed.Reason != referral.ReasonNoEvidence},
	}

	var may []rewards.Act
	for _, one := range all {
		if one.may {
			may = append(may, one.act)
		}
	}
	return may
}

// replaceable lists the sides whose codes stand, and could be given anew.
func replaceable(r referral.Referral) (all []referral.Side) {
	for _, one := range referral.Sides {
		if referral.Standing(r, one) != nil && r.Rewards[one].State == referral.RewardIssued {
			all = append(all, one)
		}
	}
	return all
}

// side is whose reward an act is about.
type side struct{ Side, Label string }

func (v visit) sides(r referral.Referral) (all []side) {
	for _, one := range replaceable(r) {
		all = append(all, side{string(one), text.Capital(v.say.Say("merchant.side." + string(one)))})
	}
	return all
}

// acts are the forms of what can be done about an order.
func (v visit) acts(d reports.Detail) []actForm {
	reward := d.Referral.Rewards[referral.AdvocateSide]
	values := text.With{
		"who": v.advocateOf(d), "worth": v.worth(reward), "day": v.calendar().Date(d.Referral.ReleaseAt),
		"owed": v.say.Money(reward.Owed),
	}

	var forms []actForm
	for _, act := range offered(d) {
		forms = append(forms, actForm{
			Act: string(act), Action: referralPath(d.Order.ID) + "/" + string(act),
			Label: v.say.Say("merchant.do." + string(act)), Heading: v.say.Say("merchant.do_heading." + string(act)),
			Does: v.does(act, d, values), Critical: slices.Contains(takesAway, act),
			Advocate: act == rewards.ActLink, Customer: act == rewards.ActAttach,
		})
		if act == rewards.ActReissue {
			forms[len(forms)-1].Sides = v.sides(d.Referral)
		}
	}
	return forms
}

// does says what an act will do. A hold that is over is not waited for.
func (v visit) does(act rewards.Act, d reports.Detail, values text.With) string {
	if act == rewards.ActApprove && !d.Referral.ReleaseAt.After(v.now) {
		return v.say.Say("merchant.referral.approve_at_once", values)
	}
	return v.say.Say("merchant.does."+string(act), values)
}
