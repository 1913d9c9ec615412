package text_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"twofold/claims"
	"twofold/orders"
	"twofold/referral"
	"twofold/referral/referraltest"
	"twofold/text"
)

// golden compares what is said with a file of testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *text.Update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s -want +got\n%s", path, diff)
	}
}

// What the merchant reads about an order.
func TestExplanations(t *testing.T) {
	t.Parallel()
	for _, c := range referraltest.Pages() {
		t.Run(c.Says, func(t *testing.T) {
			t.Parallel()
			w := referraltest.NewScene(t)
			c.Change(w)
			r := referraltest.DecidedAfter(t, w.Stored(), w.Facts)
			o := *w.Order()
			e := orders.OrderExplained{Order: o, Stored: c.Says != "nothing", Weighed: referraltest.WeighedOf(r, o.ID), Referral: r}
			golden(t, "page_"+c.Says+".txt", text.English.Explanation(e, c.Now))
		})
	}
}

// What the advocate is told of each outcome, all in one file a language so that it can be read aloud.
func TestProgress(t *testing.T) {
	t.Parallel()
	for _, language := range text.Languages() {
		var b strings.Builder
		for _, c := range referraltest.Progresses() {
			w := referraltest.NewScene(t)
			c.Change(w)
			r := referraltest.DecidedAfter(t, w.Stored(), w.Facts)
			reward := r.Rewards[referral.AdvocateSide].StateAt(c.Now)
			if reward == "" {
				reward = referral.RewardNone
			}
			fmt.Fprintf(&b, "%s (%s, reward %s):\n  %s\n", c.Says, r.State, reward, text.In(language).Progress(r, c.Now))
		}
		golden(t, "progress_"+language+".txt", b.String())
	}
}

// offers are of every kind, at the claim and after the order, with minimums and without.
func offers() []claims.OfferView {
	usd := referraltest.USD
	return []claims.OfferView{
		{Friend: referral.Offer{Kind: referral.AmountOff, Amount: usd("20")}, Advocate: referral.Offer{Kind: referral.AmountOff, Amount: usd("20")}, Minimum: usd("40")},
		{Friend: referral.Offer{Kind: referral.AmountOff, Amount: usd("12.50")}, Advocate: referral.Offer{Kind: referral.ShareOfOrder, RateBP: 1250}},
		{Friend: referral.Offer{Kind: referral.PercentOff, RateBP: 1500}, Advocate: referral.Offer{Kind: referral.PercentOff, RateBP: 1025}, Minimum: usd("40")},
		{Friend: referral.Offer{Kind: referral.FreeShipping}, Advocate: referral.Offer{Kind: referral.FreeShipping}},
		{Friend: referral.Offer{Kind: referral.AmountOff, Amount: usd("20"), AfterOrder: true}, Advocate: referral.Offer{Kind: referral.AmountOff, Amount: usd("20")}, Minimum: usd("40")},
		{Friend: referral.Offer{Kind: referral.PercentOff, RateBP: 1500, AfterOrder: true}, Advocate: referral.Offer{Kind: referral.AmountOff, Amount: usd("20")}},
		{Friend: referral.Offer{Kind: referral.FreeShipping, AfterOrder: true}, Advocate: referral.Offer{Kind: referral.AmountOff, Amount: usd("20")}},
		{Friend: referral.Offer{Kind: referral.AmountOff, Amount: usd("20"), AfterOrder: true, Minimum: usd("60")}, Advocate: referral.Offer{Kind: referral.AmountOff, Amount: usd("20")}},
	}
}

// What a shopper reads of an offer, before and after the claim.
func TestOffers(t *testing.T) {
	t.Parallel()
	for _, language := range text.Languages() {
		p := text.In(language)
		var b strings.Builder
		for _, v := range offers() {
			fmt.Fprintf(&b, "%s / %s:\n  friend:   %s\n  advocate: %s\n", p.Offer(v.Friend), p.Offer(v.Advocate), p.FriendGets(v), p.AdvocateGets(v))
		}
		claim := referral.Claim{Code: referraltest.BobsCode, ExpiresAt: referraltest.Noon.Add(30 * referraltest.Day)}
		fmt.Fprintf(&b, "claimed: %s\nclaimed, after the order: %s\n", p.Claimed(claims.ClaimView{Claim: claim}), p.Claimed(claims.ClaimView{}))
		golden(t, "offer_"+language+".txt", b.String())
	}
}

// An offer in three parts is one sentence, to a friend and to an advocate.
func TestPitches(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "de", "fr", "es", "ar"} {
		p := text.In(language)
		var b strings.Builder
		say := func(pitch text.Pitch) { fmt.Fprintf(&b, "%s | %s | %s\n", pitch.Lead, pitch.Sum, pitch.Rest) }
		for _, v := range offers() {
			say(p.ToFriend(v))
			say(p.ToAdvocate(v, false))
		}
		say(p.ToAdvocate(offers()[0], true))
		fmt.Fprintf(&b, "%s\n%q\n", p.Comes(14), p.Comes(0))
		golden(t, "pitch_"+language+".txt", b.String())
	}
}
