package admin_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"twofold/referral"
	"twofold/store/storetest"
)

// refunded keeps a referral that was released, issued, and voided by a refund.
func (w *world) refunded(t *testing.T) referral.Referral {
	t.Helper()
	alice := storetest.Advocate(t, w.store, demo, func(a *referral.Advocate) {
		a.ID, a.Customer, a.Codes = "adv_1", "gid://shopify/Customer/9", []string{"ALICE-9"}
	})
	campaign := storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.ID = "cmp_1" })
	placed := noon().Add(-12 * 24 * time.Hour)
	return w.refer(t, alice, func(r *referral.Referral, o *referral.Order) {
		number(18207)(r, o)
		o.ProcessedAt, r.At, o.CurrentSubtotal, o.Refunded, o.Status = placed, placed, storetest.USD("0"), storetest.USD("100"), referral.StatusRefunded
		r.State, r.Reason, r.UndoneAt = referral.Voided, referral.ReasonRefunded, noon().Add(-time.Hour)
		r.Campaign = campaign.Key()
		r.Release = &referral.Release{Order: o.ID, At: placed.Add(10 * 24 * time.Hour), Advocate: alice.ID, Worth: storetest.USD("20")}
		r.Issues = []referral.Issue{{Side: referral.AdvocateSide, Reward: "rwd_a", Code: "REWARD-SECRET", Amount: storetest.USD("20"), At: placed.Add(10 * 24 * time.Hour), TakenBack: true, Gone: noon().Add(-time.Hour)}}
		reward := r.Rewards[referral.AdvocateSide]
		reward.State, reward.Reason, reward.At = referral.RewardReversed, referral.ReasonRefunded, noon().Add(-time.Hour)
		r.Rewards[referral.AdvocateSide] = reward
		r.Ledger = []referral.Entry{
			{Side: referral.FriendSide, Kind: referral.EntryRedeemed, Amount: storetest.USD("20"), At: placed},
			{Side: referral.AdvocateSide, Kind: referral.EntryIssued, Amount: storetest.USD("20"), At: placed.Add(10 * 24 * time.Hour)},
			{Side: referral.AdvocateSide, Kind: referral.EntryReversed, Amount: storetest.USD("-20"), At: noon().Add(-time.Hour)},
		}
		r.Explained = referral.Explanation{Rules: 7, Orders: []referral.Weighed{{
			Order: o.ID, Name: o.Name, At: placed, Net: storetest.USD("0"), Converts: true, Outcome: referral.Voided, Reason: referral.ReasonRefunded,
			Evidence: []referral.Evidence{
				{Kind: referral.EvidenceClaimCode, Advocate: alice.ID, Campaign: campaign.Key(), Touch: placed.Add(-48 * time.Hour), Won: true},
				{Kind: referral.EvidenceCartVisit, Advocate: "adv_gone", Touch: placed.Add(-time.Hour), Lost: "stronger"},
			},
			Checks: []referral.Check{
				{Rule: "paid", Version: 1, Result: referral.Passed},
				{Rule: "not_undone", Version: 1, Result: referral.Failed, Reason: referral.ReasonRefunded, Saw: []referral.Value{{Name: "refunded", Value: "100.00 USD"}}},
			},
		}}}
	})
}

// The answer comes first, in words that can be read aloud; what it rests on follows, and nothing that is not the
// merchant's to see.
func TestTheExplanationOfARefundedOrder(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	w.refunded(t)
	a := w.get(t, "/app/referrals/18207")
	for _, want := range []string{
		"<h2>Voided, because the order was refunded in full.</h2>",
		"was taken back before it was spent", "stays with its order",
		"This reward was taken back, as the order was undone.", "If ALICE-9 asks",
		"refunded $100.00", "−$20.00", `href="shopify:admin/orders/18207"`, `href="shopify:admin/customers/9"`,
	} {
		if a.status != 200 || !strings.Contains(a.body, want) {
			t.Errorf("status %d, %q is missing", a.status, want)
		}
	}
	for _, leak := range []string{"REWARD-SECRET", "gid://", "merchant.", "rwd_", "adv_1"} {
		if strings.Contains(a.body, leak) {
			t.Errorf("the page holds %q", leak)
		}
	}
	golden(t, "referral.html", a.body)
}

// What can be done is offered, and nothing else; an act is done with its reason, and can be undone on the same page.
func TestActsAskForAReason(t *testing.T) {
	t.Parallel()
	w, _ := listed(t)
	offers := func(body string) (acts []string) {
		for _, act := range []string{"approve", "reject", "void", "restore", "link", "unlink", "reissue", "retry", "forgive", "attach"} {
			if strings.Contains(body, `id="act-`+act+`"`) {
				acts = append(acts, act)
			}
		}
		return acts
	}
	page := w.get(t, "/app/referrals/1002").body
	if got := strings.Join(offers(page), " "); got != "approve reject link unlink" {
		t.Errorf("of a flagged one is offered: %s", got)
	}
	if !strings.Contains(page, "It is on hold until Dec 4; then ALICE-9 gets $20.00") {
		t.Errorf("what approving does is not said")
	}

	form := url.Values{"reason": {""}}
	if a := w.post(t, "/app/referrals/1002/reject", form); a.status != 422 || !strings.Contains(a.body, `id="act-reject" heading="Reject" data-open`) || !strings.Contains(a.body, "Please say why") {
		t.Errorf("without a reason: status %d: %s", a.status, a.body)
	}
	form = url.Values{"reason": {"They told us"}, "advocate": {"NOBODY-1"}}
	if a := w.post(t, "/app/referrals/1002/link", form); a.status != 422 || !strings.Contains(a.body, `value="NOBODY-1" required error="No advocate has this code."`) || !strings.Contains(a.body, `value="They told us"`) {
		t.Errorf("to nobody: status %d: %s", a.status, a.body)
	}
	if a := w.post(t, "/app/referrals/1002/forgive", form); a.status != 422 || !strings.Contains(a.body, "Nothing is owed for this referral") {
		t.Errorf("what is not offered: status %d: %s", a.status, a.body)
	}

	if a := w.post(t, "/app/referrals/1002/reject", form); a.status != 303 || a.header.Get("Location") != "/app/referrals/1002?did=acted_reject" {
		t.Errorf("reject: status %d, to %s", a.status, a.header.Get("Location"))
	}
	page = w.get(t, "/app/referrals/1002?did=acted_reject").body
	for _, want := range []string{`data-did="Rejected. Restore undoes it."`, "They told us", "Staff member 548380009", "not done: it was refused", `id="act-restore"`} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing after the rejection: %s", want, page)
		}
	}
	for path, want := range map[string]int{"/app/referrals/1002/burn": 404, "/app/referrals/x/void": 404} {
		if a := w.post(t, path, form); a.status != want {
			t.Errorf("%s: status %d, want %d", path, a.status, want)
		}
	}
}

// The box finds any order: one that is kept has its page, what nobody knows is said at the field.
func TestExplainAnyOrder(t *testing.T) {
	t.Parallel()
	w, _ := listed(t)
	if a := w.get(t, "/app/explain"); a.status != 200 || !strings.Contains(a.body, `name="order"`) {
		t.Errorf("the box: status %d", a.status)
	}
	if a := w.get(t, "/app/explain?order=%231002"); a.status != 302 || a.header.Get("Location") != "/app/referrals/1002" {
		t.Errorf("a kept one: status %d, to %s", a.status, a.header.Get("Location"))
	}
	if a := w.get(t, "/app/explain?order=%23nothing"); a.status != 404 || !strings.Contains(a.body, "No order of this name was ever nominated") || !strings.Contains(a.body, `value="#nothing"`) {
		t.Errorf("an unknown one: status %d: %s", a.status, a.body)
	}
	if a := w.get(t, "/app/referrals/77"); a.status != 302 || a.header.Get("Location") != "/app/explain?order=77" {
		t.Errorf("one that is not kept: status %d, to %s", a.status, a.header.Get("Location"))
	}
}
