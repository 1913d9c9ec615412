package jobs_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"twofold/claims"
	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/simulator"
	"twofold/tenant"
)

// foreign is the title of the discount that is the merchant's own, though it looks like one of ours.
const foreign = "Twofold: a sale of the merchant's own"

// everything is a world whose shop has all kinds of ours, with Bob's reward issued or still in its hold, and a
// discount of the merchant's own.
func everything(t *testing.T, personal, issued bool) *world {
	t.Helper()
	w := newWorld(t)
	w.ceiling = 5
	if personal {
		w.offer = &referral.Offer{Kind: referral.AmountOff, Amount: money.MustParse("20", "USD"), Personal: true}
	}
	if issued {
		w.issued()
	} else {
		w.credited()
	}
	w.settle()

	_, err := w.sim.MakeDiscount(string(w.shop), simulator.OwnDiscount{Title: foreign, Codes: []string{"SALE"}, Amount: "5"})
	w.must(err)
	return w
}

// cleanup takes out what is ours, and returns what is left and how many discounts went.
func (w *world) cleanup() (left referral.Ours, gone int, err error) {
	left, err = w.Shops.Cleanup(w.ctx, w.shop, func(n int) { gone = n })
	return left, gone, err
}

// wantOnlyForeign checks that the shop has the merchant's own discount with its code, and nothing of ours.
func (w *world) wantOnlyForeign(when string) {
	w.t.Helper()
	all, err := w.sim.Discounts(string(w.shop))
	w.must(err)
	if len(all) != 1 || all[0].Title != foreign || len(all[0].Codes) != 1 {
		w.t.Errorf("%s the shop has %+v, want the merchant's own alone", when, all)
	}
}

// issue 12, privacy and leaving: all that is ours goes, what is the merchant's stays, and nothing is promised or made
// again by itself, neither while the merchant is away nor after a visit.
func TestCleanupLeavesNothingOfOurs(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name             string
		personal, issued bool
		want             referral.Ours
	}{
		{"a pool, and a reward in its hold", false, false, referral.Ours{"friend": 1, "advocate": 1, "share": 1, referral.OursMetafields: 2}},
		{"a pool, and a reward that was issued", false, true, referral.Ours{"friend": 1, "advocate": 1, "share": 1, referral.OursMetafields: 2}},
		{"personal rewards, and one in its hold", true, false, referral.Ours{"friend": 1, "share": 1, referral.OursMetafields: 2}},
		{"personal rewards, and one that was issued", true, true, referral.Ours{"friend": 1, "share": 1, "personal": 1, referral.OursMetafields: 2}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := everything(t, row.personal, row.issued)
			ours, err := w.Shops.CountOurs(w.ctx, w.shop)
			w.must(err)
			for _, kind := range referral.OursKinds {
				if ours[kind] != row.want[kind] {
					t.Errorf("before: %d of %s, want %d", ours[kind], kind, row.want[kind])
				}
			}

			left, gone, err := w.cleanup()
			w.must(err)
			if left.Total() != 0 || gone != row.want.Total()-row.want[referral.OursMetafields] {
				t.Errorf("%d are gone, %v is left", gone, left)
			}
			w.wantOnlyForeign("after the cleanup")
			if shown := w.shows(); shown.Ready.Value+shown.Offer.Value != "" {
				t.Errorf("the pages show %+v", shown)
			}
			if left, gone, err = w.cleanup(); err != nil || left.Total() != 0 || gone != 0 {
				t.Errorf("a second time: %d are gone, %v is left, %v", gone, left, err)
			}
			w.staysClean()
			w.staysCleanAfterAVisit(row.issued)
		})
	}
}

// staysClean is the time in which the merchant is away: Shopify answers, hourly too, nobody is promised anything,
// and no job makes anything.
func (w *world) staysClean() {
	w.t.Helper()
	w.later()
	w.settle()
	w.must(w.run(w.forShop("shop:reopen")))
	w.must(w.run(w.forShop("tokens:refresh")))
	w.close(402, 1)
	w.must(w.run(w.forShop("shop:reopen")))
	w.settle()
	if found, err := w.kept.FindShop(w.ctx, w.shop); err != nil || found.Status != tenant.Cleaned {
		w.t.Errorf("while the merchant is away the shop is %s, %v", found.Status, err)
	}

	_, err := w.Claims.Claim(w.ctx, claims.ClaimRequest{Shop: w.shop, Ref: w.aliceCode(), Browser: []string{"h1:carol"}, At: w.signed()})
	if !fault.Is(err, fault.NotFound) || fault.CodeOf(err) != "offer_ended" {
		w.t.Errorf("a claim while it is cleaned: %v", err)
	}
	w.wantOnlyForeign("while the merchant is away")
}

// wantOneDraft checks that what there was has ended, and that one draft waits, as after an install.
func (w *world) wantOneDraft() {
	w.t.Helper()
	all, err := w.Campaigns.Campaigns(w.ctx, w.shop)
	w.must(err)
	drafts := 0
	for _, c := range all {
		if c.State == referral.CampaignDraft {
			drafts++
		} else if !c.Cleaned {
			w.t.Errorf("%s is %s", c.ID, c.State)
		}
	}
	if drafts != 1 {
		w.t.Errorf("%d drafts, want 1", drafts)
	}
}

// staysCleanAfterAVisit has the merchant back. The visit alone changes nothing. Who starts again is a new install, and
// what had been promised waits for the merchant's word.
func (w *world) staysCleanAfterAVisit(issued bool) {
	w.t.Helper()
	w.must(w.Exchange(w.ctx, w.sim, w.shop))
	w.settle()
	if found, err := w.kept.FindShop(w.ctx, w.shop); err != nil || found.Status != tenant.Cleaned || found.Install != 1 {
		w.t.Errorf("after a visit: %s, install %d, %v", found.Status, found.Install, err)
	}

	w.must(w.Shops.StartAgain(w.ctx, w.shop))
	if err := w.Shops.StartAgain(w.ctx, w.shop); !fault.Is(err, fault.Conflict) {
		w.t.Errorf("started again twice: %v", err)
	}
	for range 2 {
		w.later()
		w.settle()
	}
	_, err := w.Campaigns.Repair(w.ctx, w.shop, campaign.ID)
	w.must(err)
	w.wantOnlyForeign("started again")
	w.wantOneDraft()

	found, err := w.kept.FindShop(w.ctx, w.shop)
	if err != nil || found.Status != tenant.Installed || found.Install != 2 {
		w.t.Errorf("started again: %s, install %d, %v", found.Status, found.Install, err)
	}
	r, err := w.kept.FindReferral(w.ctx, w.shop, w.friend())
	w.must(err)
	reward := r.Rewards[referral.AdvocateSide]
	if !issued && (reward.State != referral.RewardApproved || reward.Reason != referral.ReasonRefused) {
		w.t.Errorf("the reward whose hold is over is %s (%s)", reward.State, reward.Reason)
	}
}

// aliceCode is the code by which Alice shares.
func (w *world) aliceCode() string {
	w.t.Helper()
	all, err := w.kept.ListAdvocates(w.ctx, w.shop, 10)
	w.must(err)
	if len(all) != 1 {
		w.t.Fatalf("%d advocates, want one", len(all))
	}
	return all[0].Code()
}

// Broken off at any of its calls to Shopify, before the call or after it has done its work, the cleanup
// goes on when it is run again: at every call with BREAKS=all, else at every sixteenth from one that is drawn.
func TestCleanupGoesOnWhereItWasBrokenOff(t *testing.T) {
	t.Parallel()
	step := 16
	if breaksAll() {
		step = 1
	}
	for call, done := 1+rand.IntN(step), false; !done; call += step {
		w := everything(t, true, true)
		w.tap.arm(call, call%2 == 0) // done or not done
		_, _, err := w.cleanup()
		done = !w.tap.struck()
		if (err == nil) != done {
			t.Fatalf("broken off at call %d: %v", call, err)
		}
		w.tap.arm(0, false)

		left, _, err := w.cleanup()
		if err != nil || left.Total() != 0 {
			t.Errorf("broken off at call %d and run again: %v is left, %v", call, left, err)
		}
		w.wantOnlyForeign("run again")
	}
}

// The job of a merchant who leaves tells how far it has come, is not started again before it is done, and leaves alone
// a shop that has started again.
func TestLeavingIsDoneByAJob(t *testing.T) {
	t.Parallel()
	w := everything(t, false, true)
	cleanup := func() tenant.Cleanup {
		t.Helper()
		found, err := w.kept.FindShop(w.ctx, w.shop)
		w.must(err)
		return found.Cleanup
	}

	w.must(w.Shops.Leave(w.ctx, w.shop, "7"))
	if got := cleanup(); got != (tenant.Cleanup{Open: true}) {
		t.Errorf("before the job: %+v", got)
	}
	if err := w.Shops.StartAgain(w.ctx, w.shop); !fault.Is(err, fault.Conflict) {
		t.Errorf("started again before the cleanup is done: %v", err)
	}

	broken := 0
	for call := 1; cleanup().Open && call < 100; call++ {
		w.tap.arm(call, true)
		_ = w.run(w.forShop("shop:clean_up"))
		broken++
		if got := cleanup(); got.Open && got.Gone > 0 && got.Found != 3 {
			t.Errorf("broken off at call %d: %+v, want 3 discounts in all", call, got)
		}
	}
	w.tap.arm(0, false)
	if got := cleanup(); got != (tenant.Cleanup{}) || broken < 5 {
		t.Errorf("after %d runs: %+v", broken, got)
	}
	w.wantOnlyForeign("after the job")

	w.must(w.Shops.StartAgain(w.ctx, w.shop))
	w.must(w.run(w.forShop("shop:clean_up")))
	if found, err := w.kept.FindShop(w.ctx, w.shop); err != nil || found.Status != tenant.Installed {
		t.Errorf("the job has made a shop that started again %s, %v", found.Status, err)
	}
}

// What was made and never noted, as by a run that was broken off, is found by its first code; what was handed on from
// version to version is counted once.
func TestCleanupFindsWhatNobodyNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 5
	w.live().joined()
	w.must(w.run(w.forCampaign("campaign:go_live", w.edited(friendsGetMore))))
	_, err := w.kept.UpdateCampaign(w.ctx, w.shop, campaign, func(c *referral.Campaign) error {
		delete(c.Discounts, referral.AdvocateSide)
		return nil
	})
	w.must(err)

	ours, err := w.Shops.CountOurs(w.ctx, w.shop)
	if err != nil || ours["friend"] != 2 || ours["advocate"] != 2 || ours["share"] != 1 {
		t.Errorf("before: %v, %v", ours, err)
	}
	if left, _, err := w.cleanup(); err != nil || left.Total() != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	if all, err := w.sim.Discounts(string(w.shop)); err != nil || len(all) != 0 {
		t.Errorf("the shop has %+v, %v", all, err)
	}
}

// A refresh of its tokens leaves a cleaned shop cleaned, and a shop that cannot be asked is not cleaned by half.
func TestOnlyAShopThatAnswersIsCleaned(t *testing.T) {
	t.Parallel()
	w := everything(t, false, true)
	_, _, err := w.cleanup()
	w.must(err)
	w.must(w.sim.Advance(w.ctx, 2*time.Hour)) // the access token is over
	w.must(w.Gateway.Ping(w.ctx, w.shop))
	if found, err := w.kept.FindShop(w.ctx, w.shop); err != nil || found.Status != tenant.Cleaned {
		t.Errorf("after a refresh: %s, %v", found.Status, err)
	}

	w.must(w.sim.Uninstall(string(w.shop)))
	w.must(w.Shops.CheckUninstalled(w.ctx, w.shop, time.Time{}))
	if _, _, err := w.cleanup(); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("after an uninstall: %v", err)
	}
	if found, err := w.kept.FindShop(context.Background(), w.shop); err != nil || found.Status != tenant.Uninstalled {
		t.Errorf("the status is %s, %v", found.Status, err)
	}
}
