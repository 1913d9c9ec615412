package jobs_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"twofold/campaigns"
	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/simulator"
	"twofold/tenant"
)

// untilPattern finds when a campaign ended, which is another time in each world.
var untilPattern = regexp.MustCompile(`("until":")[^"]*`)

// shows reads the metafields that the shop's pages show.
func (w *world) shows() referral.ShownFields {
	w.t.Helper()
	fields, err := w.Gateway.ReadShown(w.ctx, w.shop)
	w.must(err)
	return fields
}

// shownOffer is what the tests look at of the offer that the shop's pages show.
type shownOffer struct {
	State    string
	Version  int
	Friend   struct{ Amount string }
	Currency string `json:"shop_currency"`
	Proxy    string
	Terms    int
}

func (w *world) wantShown(when string, want shownOffer) {
	w.t.Helper()
	fields := w.shows()
	var got shownOffer
	if err := json.Unmarshal([]byte(fields.Offer.Value), &got); err != nil || fields.Ready.Value != "true" {
		w.t.Errorf("%s: ready %q, offer %q: %v", when, fields.Ready.Value, fields.Offer.Value, err)
	}
	if got != want {
		w.t.Errorf("%s: the pages show %+v, want %+v", when, got, want)
	}
}

// showing is a shop whose pages show the live campaign.
func showing(t *testing.T) (*world, shownOffer) {
	t.Helper()
	w := newWorld(t)
	w.live().settle()
	live := shownOffer{State: "live", Version: 1, Friend: struct{ Amount string }{"20.00"}, Currency: "USD", Proxy: "/apps/friends"}
	w.wantShown("live", live)
	return w, live
}

// status is how the offer came into the pages, as commands tell it.
func (w *world) status() campaigns.ShownStatus {
	w.t.Helper()
	s, err := w.Campaigns.ShownStatus(w.ctx, w.shop)
	w.must(err)
	return s
}

// The pages follow each act of the merchant.
func TestThePagesShowWhatTheCampaignSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install().setUp().settle()
	now := shownOffer{State: "draft", Version: 1, Friend: struct{ Amount string }{"20.00"}, Currency: "USD", Proxy: "/apps/friends"}
	w.wantShown("set up", now)

	w.goLive().settle()
	now.State = "live"
	w.wantShown("live", now)

	_, err := w.Campaigns.Pause(w.ctx, w.shop, campaign.ID)
	w.must(err)
	w.settle()
	now.State = "paused"
	w.wantShown("paused", now)

	_, err = w.Campaigns.Resume(w.ctx, w.shop, campaign.ID)
	w.must(err)
	w.settle()
	now.State = "live"
	w.wantShown("resumed", now)

	w.edited(friendsGetMore) // and going live
	w.wantShown("a newer version is on its way", now)
	w.settle()
	now.Version, now.Friend.Amount = 2, "25.00"
	w.wantShown("a newer version", now)

	_, err = w.Campaigns.End(w.ctx, w.shop, campaign.ID)
	w.must(err)
	w.settle()
	now.State = "ended"
	w.wantShown("ended", now)
	if !strings.Contains(w.shows().Offer.Value, `"until":"2`) {
		t.Errorf("when it ended is not shown: %s", w.shows().Offer.Value)
	}
}

// No bell was heard, and the process died after the write: what was changed says by itself that it is to be shown.
func TestWhatIsToBeShownIsFoundWithoutABell(t *testing.T) {
	t.Parallel()
	for says, row := range map[string]struct {
		change func(*world)
		want   func(*shownOffer)
	}{
		"the state": {
			func(w *world) { w.update(func(c *referral.Campaign) { c.State = referral.CampaignPaused }) },
			func(o *shownOffer) { o.State = "paused" },
		},
		"the terms": {
			func(w *world) {
				w.update(func(c *referral.Campaign) { c.Terms.Friend.Amount = money.MustParse("30", "USD") })
			},
			func(o *shownOffer) { o.Friend.Amount = "30.00" },
		},
		"the shop's currency": {
			func(w *world) {
				w.must(w.kept.SaveProfile(w.ctx, w.shop, tenant.Profile{Currency: "EUR"}, w.now()))
			},
			func(o *shownOffer) { o.Currency = "EUR" },
		},
		"the proxy's path": {
			func(w *world) {
				_, err := w.kept.SaveProxy(w.ctx, w.shop, "/tools/gifts")
				w.must(err)
			},
			func(o *shownOffer) { o.Proxy = "/tools/gifts" },
		},
		"the programme's terms": {
			func(w *world) { w.must(w.kept.AddTerms(w.ctx, w.shop, tenant.Terms{Version: 1, Text: "Be kind."})) },
			func(o *shownOffer) { o.Terms = 1 },
		},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			w, want := showing(t)
			row.change(w)
			if !w.status().Stale {
				t.Error("it is not said that the pages show something else")
			}
			w.forget()
			w.settle()
			row.want(&want)
			w.wantShown("found", want)
			if s := w.status(); s.Stale || s.Problem.Code != "" {
				t.Errorf("status %+v", s)
			}
		})
	}
}

// update changes the campaign in the store, as a process does that dies before it rings.
func (w *world) update(change func(*referral.Campaign)) {
	w.t.Helper()
	_, err := w.kept.UpdateCampaign(w.ctx, w.shop, campaign, func(c *referral.Campaign) error { change(c); return nil })
	w.must(err)
}

// Somebody writes between reading and writing: what is written follows facts that are read once more.
func TestAnotherWriterInBetweenIsNotOverwrittenByOldFacts(t *testing.T) {
	t.Parallel()
	w, want := showing(t)
	w.update(func(c *referral.Campaign) { c.State = referral.CampaignPaused })
	times := 0
	w.between = func() {
		w.between = nil
		times++
		w.update(func(c *referral.Campaign) { c.State = referral.CampaignLive })
		was := w.shows()
		w.must(w.Gateway.WriteShown(w.ctx, w.shop, was, `{"v":1,"state":"of somebody else"}`))
	}
	w.must(w.run(w.forShop("offer:show")))
	if times != 1 {
		t.Fatalf("%d others wrote", times)
	}
	w.wantShown("at once", want) // live once more: the job's first facts were over

	writes := 0
	w.update(func(c *referral.Campaign) { c.State = referral.CampaignPaused })
	w.between = func() {
		writes++
		w.must(w.Gateway.WriteShown(w.ctx, w.shop, w.shows(), `{"n":`+strings.Repeat("1", writes)+`}`))
	}
	if err := w.run(w.forShop("offer:show")); !fault.Is(err, fault.Unavailable) || writes != 5 {
		t.Errorf("others wrote %d times: %v, want unavailable after 5", writes, err)
	}
	w.between = nil
	w.settle()
	want.State = "paused"
	w.wantShown("when they have ended", want)
}

// The facts are read after what stands in the shop, so that what others have written stands on no newer ones.
func TestTheFactsAreReadAfterWhatStands(t *testing.T) {
	t.Parallel()
	w, want := showing(t)
	w.before = func() { w.update(func(c *referral.Campaign) { c.State = referral.CampaignPaused }) }
	w.must(w.run(w.forShop("offer:show")))
	want.State = "paused"
	w.wantShown("after one run", want)
}

// What changes while the offer is written stays due.
func TestAChangeWhileTheOfferIsWrittenIsShownAfterIt(t *testing.T) {
	t.Parallel()
	for says, row := range map[string]struct {
		change func(*world)
		want   func(*shownOffer)
	}{
		"of the campaign": {
			func(w *world) { w.update(func(c *referral.Campaign) { c.State = referral.CampaignEnded }) },
			func(o *shownOffer) { o.State = "ended" },
		},
		"of the shop": {
			func(w *world) {
				w.must(w.kept.SaveProfile(w.ctx, w.shop, tenant.Profile{Currency: "EUR"}, w.now()))
			},
			func(o *shownOffer) { o.State, o.Currency = "paused", "EUR" },
		},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			w, want := showing(t)
			w.update(func(c *referral.Campaign) { c.State = referral.CampaignPaused })
			w.between = func() {
				w.between = nil
				row.change(w)
			}
			w.must(w.run(w.forShop("offer:show")))
			w.forget()
			w.settle()
			row.want(&want)
			w.wantShown("after it", want)
		})
	}
}

// A reinstall has another installation, without metafields.
func TestAReinstallShowsTheOfferAgain(t *testing.T) {
	t.Parallel()
	w, want := showing(t)
	first := w.shows().Owner
	w.must(w.sim.Uninstall(string(w.shop)))
	w.must(w.Shops.CheckUninstalled(w.ctx, w.shop, w.now()))
	w.update(func(c *referral.Campaign) { c.State = referral.CampaignPaused })
	w.settle()
	if found, err := w.kept.ShopsToShow(w.ctx, w.now(), 1000); err != nil || slices.Contains(found, w.shop) {
		t.Errorf("an uninstalled shop is to be shown something: %v, %v", found, err)
	}

	_ = w.sim.Install(w.ctx, string(w.shop)) // no app listens here; the grant is what counts
	w.must(w.Exchange(w.ctx, w.sim, w.shop))
	if s := w.status(); !s.At.IsZero() {
		t.Errorf("the new installation has no metafields, and they were written at %v", s.At)
	}
	w.settle()
	want.State = "paused"
	w.wantShown("reinstalled", want)
	second := w.shows().Owner
	if second == first {
		t.Errorf("the installation is the same: %s", second)
	}

	w.must(w.sim.Advance(w.ctx, time.Hour))
	w.must(w.sim.Uninstall(string(w.shop)))
	w.must(w.Shops.CheckUninstalled(w.ctx, w.shop, w.now()))
	back := w.now()
	_ = w.sim.Install(w.ctx, string(w.shop))
	w.must(w.Exchange(w.ctx, w.sim, w.shop))
	w.settle()
	w.wantShown("reinstalled once more, and nothing else has changed", want)
	if s := w.status(); s.At.Before(back) || w.shows().Owner == second {
		t.Errorf("written at %v, before the new installation of %v", s.At, back)
	}
}

// Why the offer cannot be written is kept with the time since when, and gone once it can. What Shopify refuses is
// tried again in an hour, and not all the time.
func TestAnOfferThatCannotBeWrittenIsNotedAndTriedAgain(t *testing.T) {
	t.Parallel()
	for says, row := range map[string]struct {
		cause   error
		problem string
		waits   bool
	}{
		"refused": {fault.With(fault.Invalid, "shopify_refuses", fault.Values{"codes": []string{"X"}}), "shopify_refuses", true},
		"silent":  {fault.New(fault.Unavailable, "shopify_silent"), "shopify_silent", false},
		"unknown": {errors.New("what nobody thought of"), "internal", false},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			w, want := showing(t)
			w.update(func(c *referral.Campaign) { c.State = referral.CampaignPaused })
			w.refuses = row.cause
			since := w.now()
			if err := w.run(w.forShop("offer:show")); fault.KindOf(err) != fault.KindOf(row.cause) {
				t.Errorf("got %v, want %v", err, row.cause)
			}
			w.must(w.sim.Advance(w.ctx, time.Minute))
			_ = w.run(w.forShop("offer:show"))
			if s := w.status(); s.Problem.Code != row.problem || s.Since.Sub(since).Abs() > 30*time.Second || !s.Stale {
				t.Errorf("status %+v, want %s since %v", s, row.problem, since)
			}
			w.forget()
			found, err := w.kept.ShopsToShow(w.ctx, w.now(), 1000)
			if w.must(err); slices.Contains(found, w.shop) == row.waits {
				t.Errorf("due at once: %v", !row.waits)
			}
			w.refuses = nil
			w.must(w.sim.Advance(w.ctx, time.Hour+time.Minute))
			w.settle()
			want.State = "paused"
			w.wantShown("mended", want)
			if s := w.status(); s.Problem.Code != "" || !s.Since.IsZero() || s.Stale {
				t.Errorf("status %+v", s)
			}
		})
	}
}

// Once a day what stands in the shop is compared, whoever changed it.
func TestWhatStandsInTheShopIsComparedDaily(t *testing.T) {
	t.Parallel()
	w, want := showing(t)
	w.must(w.Gateway.WriteShown(w.ctx, w.shop, w.shows(), `{"v":1}`))
	w.settle()
	if w.shows().Offer.Value != `{"v":1}` {
		t.Error("compared though it is not due")
	}
	for _, row := range []struct {
		in  time.Duration
		due bool
	}{{24*time.Hour - time.Minute, false}, {24*time.Hour + time.Minute, true}} {
		found, err := w.kept.ShopsToShow(w.ctx, w.now().Add(row.in), 1000)
		if w.must(err); slices.Contains(found, w.shop) != row.due {
			t.Errorf("due in %v: %v", row.in, !row.due)
		}
	}
	w.days(1)
	w.settle()
	w.wantShown("a day later", want)
	before := w.writes
	w.days(1)
	w.settle()
	if w.writes != before {
		t.Error("what is right was written again")
	}
}

// A path is learned from what the proxy signs, and only such a one that a page could ask.
func TestTheProxysPathIsLearned(t *testing.T) {
	t.Parallel()
	w, want := showing(t)
	for path, kept := range map[string]bool{"/apps/friends": true, "/community/a_B-9": true, "": false, "/apps/": false, "/apps/a/b": false, "//evil.example/x": false,
		"/apps/x\n": false, `/apps/"><script>`: false, "/other/x": false, "/apps/" + strings.Repeat("x", 31): false} {
		w.must(w.Campaigns.LearnProxy(w.ctx, w.shop, "/a/other"))
		w.must(w.Campaigns.LearnProxy(w.ctx, w.shop, path))
		w.settle()
		want.Proxy = "/a/other"
		if kept {
			want.Proxy = path
		}
		w.wantShown(path, want)
	}
}

// A shop of another currency shows amounts of it.
func TestAShopWithoutMinorUnitsShowsWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.sim.CreateShop(simulator.ShopInput{Domain: string(w.shop), Currency: "JPY"}))
	w.must(w.Install(w.ctx, w.sim, w.shop))
	w.settle()
	w.wantShown("set up", shownOffer{State: "draft", Version: 1, Friend: struct{ Amount string }{"2000"}, Currency: "JPY", Proxy: "/apps/friends"})
}
