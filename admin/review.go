package admin

import (
	"cmp"
	"net/url"
	"slices"
	"time"

	"twofold/fault"
	"twofold/orders"
	"twofold/referral"
	"twofold/reports"
	"twofold/rewards"
	"twofold/text"
)

// reviewPath is the queue of what is flagged.
const reviewPath = Path + "/review"

// reviewView is one flagged referral, with the queue beside it.
type reviewView struct {
	Queue   []queueRow
	Count   string // "4 of 5 flagged, the oldest first."
	Order   string // "": nothing is flagged
	Path    string // of the order's explanation
	Answer  string
	Settles string // what ends the hold, and how old the order is
	Noticed string // around friend and advocate; "": nothing
	Under   string
	Friend  string
	Sharer  string // the advocate
	Sides   []compared
	Passed  []string
	Approve reviewAct
	Reject  reviewAct
	Skip    string // address of the next one
	Next    string // its order's number
	Reason  string // as it was typed

	Undo    string // address of what takes the last decision back; "": there is none
	Refused string // why the last decision was not done
}

type queueRow struct {
	Path, Order, Why, Age string
	Current               bool
}

// compared is what is known of both people in one respect.
type compared struct {
	What, Advocate, Friend string
	Same                   bool // and is marked
}

type reviewAct struct{ Action, Does string }

// review shows a flagged referral: the one that the address names, else the oldest.
func (h *handler) review(v visit) error {
	view, err := h.reviewOf(v, referral.OrderID(orderGID+v.Params("order")))
	if err != nil {
		return err
	}
	if undo := v.Query("undo"); orders.AllDigits(undo) {
		view.Undo = reviewPath + "/" + undo + "/" + string(rewards.ActRestore)
	}
	return h.show(v, "review", view)
}

// decide takes the merchant's word on a flagged referral, and goes on to the next.
func (h *handler) decide(v visit) error {
	id, err := orderOf(v)
	if err != nil {
		return err
	}
	act := rewards.Act(v.Params("act"))
	if !slices.Contains([]rewards.Act{rewards.ActApprove, rewards.ActReject, rewards.ActRestore}, act) {
		return fault.ForLog(fault.NotFound, "no such act in a review")
	}

	_, err = h.config.Acts.Do(v.UserContext(), v.shop.ID, rewards.Said{
		Act: act, Order: orderNumber(id), User: v.user,
		Reason: cmp.Or(v.FormValue("reason"), v.say.Say("merchant.review.no_reason")),
	})
	if kind := fault.KindOf(err); kind == fault.Internal || kind == fault.Unavailable || kind == fault.NotFound {
		return err
	}
	if err != nil {
		view, failed := h.reviewOf(v, id)
		if failed != nil {
			return failed
		}
		view.Refused, view.Reason = v.say.Error(err), v.FormValue("reason")
		return h.again(v, "review", view)
	}
	return h.went(v, nextReview(v, act), "merchant.did.acted_"+string(act))
}

// nextReview is where a decision leads: to the one that was next, and after a rejection with a way to take it back.
func nextReview(v visit, act rewards.Act) string {
	path := reviewPath
	if next := v.FormValue("next"); act == rewards.ActRestore {
		path += "/" + v.Params("order")
	} else if orders.AllDigits(next) {
		path += "/" + next
	}
	if act != rewards.ActReject {
		return path
	}
	return path + "?" + url.Values{"undo": {v.Params("order")}}.Encode()
}

// queued writes how many wait: of a queue that is full only that there are at least so many.
func (v visit) queued(n int) string {
	said := v.say.Number(n)
	if n < reports.PageSize {
		return said
	}
	return v.say.Say("merchant.referrals.more", text.With{"number": said})
}

// reviewOf reads the queue and one of it, and words both.
func (h *handler) reviewOf(v visit, id referral.OrderID) (reviewView, error) {
	seen, err := h.config.Referrals.Review(v.UserContext(), v.shop.ID, id)
	if err != nil || seen.At < 0 {
		return reviewView{}, err
	}

	d := seen.Detail
	answer, _ := v.answer(d)
	next := seen.Queue[(seen.At+1)%len(seen.Queue)]
	view := reviewView{
		Queue: v.queue(seen), Order: d.Order.Name, Path: referralPath(d.Order.ID), Answer: answer,
		Count: v.say.Say("merchant.review.count", text.With{
			"number": v.say.Number(seen.At + 1), "all": v.queued(len(seen.Queue)),
		}),
		Settles: v.say.Settles(d.Referral.Reason, d.Order.ProcessedAt, v.now), Noticed: v.noticedOf(d),
		Under:  v.reviewUnder(d),
		Friend: v.person(d.Order.Customer, d.Names[d.Order.Customer]), Sharer: v.advocateOf(d), Sides: v.compare(seen),
		Skip: reviewPath + "/" + orderNumber(next.Order), Next: orderNumber(next.Order),
	}

	for _, form := range v.acts(d) {
		does := reviewAct{reviewPath + "/" + orderNumber(d.Order.ID) + "/" + form.Act, form.Does}
		switch rewards.Act(form.Act) {
		case rewards.ActApprove:
			view.Approve = does
		case rewards.ActReject:
			view.Reject = does
		}
	}
	for _, c := range d.Weighed.Checks {
		if c.Result == referral.Passed {
			view.Passed = append(view.Passed, text.Capital(v.say.Checked(c)))
		}
	}
	return view, nil
}

func (v visit) reviewUnder(d reports.Detail) string {
	net := "–"
	if amount, err := d.Order.Net(); err == nil {
		net = v.say.Money(amount)
	}
	return v.say.Say("merchant.review.under", text.With{
		"order": d.Order.Name, "at": v.calendar().Minute(d.Order.ProcessedAt), "net": net,
	})
}

// queue is what waits, the oldest first.
func (v visit) queue(seen reports.Review) (rows []queueRow) {
	for i, r := range seen.Queue {
		days := int(v.now.Sub(r.At) / (24 * time.Hour))
		rows = append(rows, queueRow{
			reviewPath + "/" + orderNumber(r.Order), r.OrderName, text.Capital(v.say.Reason(r.Reason)),
			v.say.Say("merchant.review.age", text.With{"count": days}), i == seen.At,
		})
	}
	return rows
}

// compare puts both people side by side. What a check holds because it is the same is marked.
func (v visit) compare(seen reports.Review) []compared {
	d, a := seen.Detail, seen.Detail.Advocate()
	say := func(id string) string { return v.say.Say("merchant.review." + id) }

	rows := []compared{
		v.alike(d, "other_browser", say("browser"), say("joined_in_it"), say("claimed_in_it")),
		v.alike(d, "other_email", say("email"), say("the_same"), say("the_same")),
		{What: say("bought"), Advocate: v.purchase(a), Friend: v.prior(d)},
		{What: say("since"), Advocate: v.calendar().Minute(a.JoinedAt), Friend: v.came(d)},
	}
	if said, asked := v.asked(d); asked {
		rows = append([]compared{said}, rows...)
	}
	friends, given := v.soFar(seen.Friends)
	return append(rows,
		compared{What: say("friends"), Advocate: friends, Friend: "–"},
		compared{What: say("rewards"), Advocate: given, Friend: v.friendsReward(d)},
	)
}

// asked says what nothing but somebody's word ties, and whose; false: there is more.
func (v visit) asked(d reports.Detail) (compared, bool) {
	said := compared{What: v.say.Say("merchant.review.asked"), Advocate: "–", Friend: "–", Same: true}
	for _, e := range d.Weighed.Evidence {
		at := text.With{"at": v.calendar().Minute(e.Touch)}
		switch {
		case !e.Won:
		case e.Kind == referral.EvidenceFriendAsked:
			said.Friend = v.say.Say("merchant.review.friend_says", at)
			return said, true
		case e.Kind == referral.EvidenceAdvocateAsked:
			said.Advocate = v.say.Say("merchant.review.advocate_says", at)
			return said, true
		}
	}
	return said, false
}

// alike is a row of what a check compared. A check that was not made says nothing.
func (v visit) alike(d reports.Detail, rule, what, advocate, friend string) compared {
	for _, c := range d.Weighed.Checks {
		switch {
		case c.Rule != rule:
		case c.Result == referral.Passed:
			return compared{What: what, Advocate: "–", Friend: v.say.Say("merchant.review.another")}
		case c.Reason == referral.ReasonManyBrowsers:
			return compared{what, v.say.Say("merchant.review.many_browsers"), "–", true}
		default:
			return compared{what, advocate, friend, true}
		}
	}
	return compared{What: what, Advocate: "–", Friend: "–"}
}

// purchase says what is known of the advocate's own orders.
func (v visit) purchase(a referral.Advocate) string {
	switch a.Purchase {
	case referral.PurchaseSeen:
		return v.say.Say("merchant.review.has_bought")
	case referral.PurchaseNone:
		return v.say.Say("merchant.review.not_bought")
	}
	return "–"
}

// prior says how many orders the friend had before.
func (v visit) prior(d reports.Detail) string {
	newness, known := d.Referral.Newness[d.Order.ID]
	if !known || newness.Unknown {
		return "–"
	}
	return v.say.Say("merchant.review.orders_before", text.With{"count": newness.Prior})
}

// came says when the friend came by the advocate, as far as somebody saw it.
func (v visit) came(d reports.Detail) string {
	for _, e := range d.Weighed.Evidence {
		if e.Won && v.touched(e) != "" && !e.Appealed() {
			return v.calendar().Minute(e.Touch)
		}
	}
	return "–"
}

// soFar counts the advocate's friends by state, and the rewards that they brought.
func (v visit) soFar(all []referral.Referral) (friends, given string) {
	states, rewards := map[referral.State]int{}, map[referral.RewardState]int{}
	for _, r := range all {
		states[r.State]++
		rewards[r.Rewards[referral.AdvocateSide].StateAt(v.now)]++
	}

	var counted, had []string
	for _, state := range referral.Listed {
		if n := states[state]; n > 0 {
			counted = append(counted, v.say.Say("merchant.review.number", text.With{"number": n, "state": state}))
		}
	}
	for _, state := range []referral.RewardState{referral.RewardIssued, referral.RewardRedeemed, referral.RewardOwed} {
		if n := rewards[state]; n > 0 {
			had = append(had, v.say.Say("merchant.review.number", text.With{"number": n, "state": state}))
		}
	}
	return v.say.List(counted), cmp.Or(v.say.List(had), v.say.Say("merchant.none"))
}

func (v visit) friendsReward(d reports.Detail) string {
	reward := d.Referral.Rewards[referral.FriendSide]
	if reward.ID == "" {
		return v.say.Say("merchant.none")
	}
	return v.say.Say("merchant.review.reward_stands", text.With{
		"worth": v.say.Worth(reward), "state": reward.StateAt(v.now),
	})
}
