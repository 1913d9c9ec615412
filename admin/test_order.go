package admin

import (
	"context"
	"fmt"
	"time"

	"twofold/claims"
	"twofold/referral"
	"twofold/reports"
	"twofold/tenant"
	"twofold/text"
)

// TestRuns reads how far the merchant's own test order has come (package reports).
type TestRuns interface {
	Newest(
		ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, now time.Time,
	) (reports.TestRun, error)
}

// testOrderView is the way of a test order. Its steps tick themselves.
type testOrderView struct {
	Steps []testStep
	Says  string // "1 of 6 steps"
	Whole bool   // all is done
	Again int    // after how many seconds to look again; 0: never
}

// testStep is one of them. While it is open Says is what to do; then it is what was seen.
type testStep struct {
	Title, Says  string
	Done         bool
	Held         bool // something keeps it from coming about
	Next         bool // it is the first that is open
	Link         string
	Action, Href string
}

// testRunEvery is how often the page looks again.
const testRunEvery = 5 * time.Second

// testOrder shows how far the newest test order has come.
func (h *handler) testOrder(v visit) error {
	campaigns, err := h.config.Campaigns.Campaigns(v.UserContext(), v.shop.ID)
	if err != nil {
		return fmt.Errorf("admin: test order: %w", err)
	}
	w := testWords{visit: v}
	if live := inState(campaigns, referral.CampaignLive); live != nil {
		w.live = live.ID
	}

	if w.TestRun, err = h.config.TestRuns.Newest(v.UserContext(), v.shop.ID, w.live, v.now); err != nil {
		return fmt.Errorf("admin: test order: %w", err)
	}
	return h.show(v, "test_order", w.view())
}

// testWords words a test run.
type testWords struct {
	visit
	reports.TestRun

	live referral.CampaignID // "": none is
}

func (w testWords) view() testOrderView {
	view := testOrderView{
		Steps: []testStep{w.goLive(), w.join(), w.claim(), w.order(), w.reward(), w.refund()},
		Again: int(testRunEvery.Seconds()),
	}
	done := 0
	for i := range view.Steps {
		if view.Steps[i].Done {
			done++
			continue
		}
		view.Steps[i].Next = done == i
	}

	view.Says = w.say.Say("merchant.home.steps", text.With{"done": done, "of": len(view.Steps)})
	if done == len(view.Steps) {
		view.Whole, view.Again = true, 0
	}
	return view
}

// step is a step's title, and what is said of it.
func (w testWords) step(name, says string, done bool, values ...text.With) testStep {
	return testStep{
		Title: w.say.Say("merchant.test_order." + name), Done: done,
		Says: w.say.Say("merchant.test_order."+says, values...),
	}
}

// goLive: without a live campaign nothing is offered. What was ordered before it ended is not undone by that.
func (w testWords) goLive() testStep {
	if w.live != "" || w.Ordered() {
		return w.step("live", "live_is", true)
	}
	s := w.step("live", "live_do", false)
	s.Action, s.Href = w.say.Say("merchant.campaigns.title"), Path+"/campaigns"
	return s
}

// join: somebody has to share, and that is another person than who buys.
func (w testWords) join() testStep {
	if w.Advocate.ID != "" {
		return w.step("join", "join_is", true, text.With{"code": w.Advocate.Code()})
	}
	s := w.step("join", "join_do", false)
	s.Link = claims.PageLink(w.shop)
	return s
}

// claim: an order tells whose claim it was. Before it the last one may be anybody's, which is said.
func (w testWords) claim() testStep {
	if w.Ordered() && w.Claim.ID == "" {
		return w.step("claim", "claim_none", true)
	}
	if w.Claim.ID == "" {
		s := w.step("claim", "claim_do", false)
		if w.Advocate.ID != "" {
			s.Link = claims.Link(w.shop, w.Advocate.Code())
		}
		return s
	}

	taken := text.With{"at": w.calendar().Minute(w.Claim.LastTouch())}
	if !w.Ordered() {
		return w.step("claim", "claim_last", true, taken)
	}
	return w.step("claim", "claim_is", true, taken)
}

// order is the test order itself.
func (w testWords) order() testStep {
	if !w.Ordered() {
		return w.step("order", "order_do", false)
	}
	r := w.Referral
	s := w.step("order", "order_is", true, text.With{"order": r.OrderName, "at": w.calendar().Minute(r.At)})
	s.Action, s.Href = w.say.Say("merchant.test_order.look"), referralPath(r.Order)
	return s
}

// undone tells whether the test order was taken back in full.
func (w testWords) undone() bool {
	r := w.Referral
	return r.State == referral.Voided && (r.Reason == referral.ReasonRefunded || r.Reason == referral.ReasonCancelled)
}

// reward: a test order's is due at once, and none is given. Anything else that became of it is said with its reason.
func (w testWords) reward() testStep {
	r := w.Referral
	given := r.State == referral.Approved || r.State == referral.Voided && r.Reason == referral.ReasonTest
	switch {
	case !w.Ordered() || r.State == referral.Pending && r.Reason == referral.ReasonNone:
		return w.step("reward", "reward_do", false)
	case given:
		return w.step("reward", "reward_is", true, text.With{"worth": w.say.Worth(r.Rewards[referral.AdvocateSide])})
	case w.undone():
		return w.step("reward", "reward_gone", true)
	}

	s := w.step("reward", "reward_held", false, text.With{"why": text.Capital(w.say.Outcome(r))})
	s.Held = true
	return s
}

// refund is the way back.
func (w testWords) refund() testStep {
	if !w.undone() {
		return w.step("refund", "refund_do", false)
	}
	return w.step("refund", "refund_is", true, text.With{"at": w.calendar().Minute(w.Referral.UndoneAt)})
}
