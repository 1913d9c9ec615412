package admin_test

import (
	"strings"
	"testing"
	"time"

	"twofold/referral"
	"twofold/store/storetest"
)

// tested keeps a decided test order, in place of what was decided of it before.
func (w *world) tested(t *testing.T, change func(*referral.Referral)) {
	t.Helper()
	ctx := storetest.Context(t)
	friend := referral.FriendOf("gid://shopify/Customer/77", true)
	must(t, w.store.RaiseFacts(ctx, demo, friend, true))
	raised, err := w.store.FindReferral(ctx, demo, friend)
	must(t, err)

	r := referral.Referral{Shop: demo, Friend: friend, FactsRev: raised.FactsRev, DecidedRev: raised.FactsRev}
	r.State, r.Order, r.OrderName, r.At = referral.Pending, "gid://shopify/Order/1077", "#1077", noon().Add(-time.Minute)
	r.Rewards = map[referral.Side]referral.Reward{referral.AdvocateSide: {
		ID: "rwd_1", Side: referral.AdvocateSide, State: referral.RewardPending, Amount: storetest.USD("20"),
	}}
	change(&r)
	must(t, w.store.SaveDecision(ctx, r, raised.FactsRev))
}

// Each step of a test order ticks itself as soon as the facts are there, and the open one says what to do.
func TestATestOrdersStepsTickThemselves(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	says := func(wanted string, left ...string) {
		t.Helper()
		wants(t, w.get(t, "/app/test-order"), append(left, wanted+" of 6 steps"))
	}

	says("0", "Go live first", "https://demo.example/apps/friends", `data-again="5"`)
	c := storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.ID = "cmp_1" })
	says("1")
	alice := storetest.Advocate(t, w.store, demo, func(a *referral.Advocate) { a.Codes = []string{"ALICE-9"} })
	says("2", "ALICE-9 joined last", "https://demo.example/?ref=ALICE-9")

	storetest.Claim(t, w.store, c, alice, func(c *referral.Claim) { // somebody's of last week
		c.Touches[0].At, c.CountsUntil = noon().AddDate(0, 0, -6), noon().AddDate(0, 0, 1)
	})
	says("2")
	claim := storetest.Claim(t, w.store, c, alice, func(c *referral.Claim) {
		c.Touches[0].At, c.CountsUntil = noon().Add(-2*time.Minute), noon().AddDate(0, 0, 7)
	})
	says("3", "The last offer was taken Nov 20, ")

	w.tested(t, func(r *referral.Referral) { r.Claim = claim.ID })
	says("4", "#1077, placed Nov 20, ", `href="/app/referrals/1077"`, "decided by itself")
	w.tested(t, func(r *referral.Referral) {
		r.Claim, r.State, r.Reason = claim.ID, referral.Flagged, referral.ReasonSameBrowser
	})
	says("4", "Flagged, because the offer was claimed in the same browser")
	w.tested(t, func(r *referral.Referral) {
		r.Claim, r.State, r.Reason = claim.ID, referral.Voided, referral.ReasonTest
	})
	says("5", "would have got $20.00 now")
	w.tested(t, func(r *referral.Referral) {
		r.Claim, r.State, r.Reason, r.UndoneAt = claim.ID, referral.Voided, referral.ReasonRefunded, noon()
	})
	says("6", "Your programme works", "Seen Nov 20, ")
	if a := w.get(t, "/app/test-order"); strings.Contains(a.body, "data-again") {
		t.Error("it looks again though all is done")
	}
}

// What nothing ties to an advocate says so; a test order of another day, and real ones, are none of this run.
func TestATestOrderIsTheNewestOfToday(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.ID = "cmp_1" })
	w.sold(t, 0, "80", referral.Approved)
	w.tested(t, func(r *referral.Referral) { r.At = noon().AddDate(0, 0, -2) })
	wants(t, w.get(t, "/app/test-order"), []string{"1 of 6 steps"}, "#1077")

	w.tested(t, func(r *referral.Referral) { r.State, r.Rewards = referral.None, nil })
	wants(t, w.get(t, "/app/test-order"), []string{"#1077", "nothing ties the order to an advocate", "rests on no offer"})
	w.folded(t)
	wants(t, w.get(t, "/app?days=7"), []string{"$80.00"}, "$160.00")
}
