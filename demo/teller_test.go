package demo

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/fault"
	"twofold/referral"
	"twofold/text"
)

// telling is a teller whose clock moves on by 1.5 s each time it is asked.
func telling(out *bytes.Buffer, asJSON bool) *teller {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	wall := func() time.Time {
		at := now
		now = now.Add(1500 * time.Millisecond)
		return at
	}
	return &teller{out: out, json: asJSON, wall: wall, began: wall()}
}

var (
	someCounts = counts{
		Referrals: map[string]int{"voided": 1, "approved": 2},
		Rewards:   map[string]map[string]int{"advocate": {"pending": 1}, "friend": {"redeemed": 3}},
	}
	errOdd = errors.New("odd")
)

func TestTheStoryInSentences(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	tell := telling(&out, false)
	tell.say("share", text.With{"link": "x"}, map[string]any{"link": "x"})
	tell.fail("claim", errOdd)
	tell.summary(counts{}, errOdd)
	tell.summary(someCounts, nil)

	want := `    1.500 s  Alice joins and shares a link: x
✗   3.000 s  odd

All as told. Referrals: 2 approved and 1 voided. Advocates' rewards: 1 pending. Friends' rewards: 3 redeemed.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestTheStoryAsJSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	tell := telling(&out, true)
	tell.say("share", text.With{"link": "x"}, map[string]any{"link": "x"})
	tell.fail("claim", errOdd)
	tell.summary(counts{}, errOdd)
	tell.addresses("http://127.0.0.1:1", "http://127.0.0.1:2", nil)
	tell.summary(someCounts, nil)

	want := `{"step":"share","ok":true,"at_ms":1500,"took_ms":1500,"text":"Alice joins and shares a link: x","data":{"link":"x"}}
{"step":"claim","ok":false,"at_ms":3000,"took_ms":1500,"text":"odd"}
{"step":"summary","ok":false,"at_ms":4500,"referrals":null,"rewards":null}
{"step":"summary","ok":true,"at_ms":6000,"referrals":{"approved":2,"voided":1},"rewards":{"advocate":{"pending":1},"friend":{"redeemed":3}}}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// The addresses hang off the simulator's, in the order in which to open them.
func TestTheAddressesToOpen(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	telling(&out, false).addresses("http://127.0.0.1:1", "http://127.0.0.1:2", &Shopper{email: "alice@example.com", Code: "ALICE"})

	want := `
It stays up until you press Ctrl-C. Open, in this order:
  1. Alice's share panel   http://127.0.0.1:1/demo.myshopify.com/customer_authentication/login?login_hint=alice%40example.com&return_to=%2F%23friends
                           press "Continue", which signs in as Alice and comes back to the link
  2. Alice's link          http://127.0.0.1:1/demo.myshopify.com/?ref=ALICE
                           in a private window, as a friend: take the offer
  3. a product             http://127.0.0.1:1/demo.myshopify.com/products/ridge-vase
                           in the same private window: put it in the cart
  4. the checkout          http://127.0.0.1:1/demo.myshopify.com/checkout
                           the code is there already: any e-mail will do, and the page after it has a link of its own
  5. Alice's account       http://127.0.0.1:1/demo.myshopify.com/account/pages/friends-page
                           where you are signed in as Alice: each friend, and the codes that came for them
  6. the app in the admin  http://127.0.0.1:1/demo.myshopify.com/admin/apps/twofold-demo
                           the merchant sees the order, where it stands and why
Beside them: the shop's discounts http://127.0.0.1:1/_sim/shops/demo.myshopify.com/discounts
             the webhooks sent    http://127.0.0.1:1/_sim/shops/demo.myshopify.com/deliveries
             the mails sent       http://127.0.0.1:2
             any other command    TWOFOLD_ENV=development twofold campaign list --shop demo.myshopify.com
docs/SIMULATOR.md lists what else the simulated Shopify can be told to do.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestACodeIsHidden(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"FRND-0000-1111": "FRND-…", "PLAIN": "PLAIN-…", "": "-…"} {
		if got := hide(code); got != want {
			t.Errorf("hide(%q) = %q, want %q", code, got, want)
		}
	}
}

// What the demo needs is asked for before anything is started.
func TestADemoNeedsItsParts(t *testing.T) {
	t.Parallel()
	if err := Run(t.Context(), Config{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("run: %v, want invalid", err)
	}
	if _, err := Open(t.Context(), Config{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("open: %v, want invalid", err)
	}
}

// An app that does not start is told as a step that failed, and its simulator is closed.
func TestAnAppThatDoesNotStart(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := Config{
		Out: &out, JSON: true, Wall: telling(&out, false).wall, Log: slog.New(slog.DiscardHandler),
		Start: func(context.Context, Settings) (App, error) { return nil, errOdd },
	}
	if err := Run(t.Context(), c); !errors.Is(err, errOdd) || text.English.Operator(err) != "The story failed at step start: odd" {
		t.Errorf("error %v", err)
	}

	want := `{"step":"start","ok":false,"at_ms":1500,"took_ms":1500,"text":"odd"}
{"step":"summary","ok":false,"at_ms":3000,"referrals":null,"rewards":null}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// What did not come about as told is told in words, by the step and on the last line alike.
func TestWhatDidNotComeAboutIsWorded(t *testing.T) {
	t.Parallel()
	ended, end := context.WithCancel(t.Context())
	end()
	late := Until(ended, func() (bool, error) { return false, nil })
	for _, c := range []struct {
		err  error
		want string
	}{
		{late, "It did not come about in time."},
		{awaited("#1001", referral.Pending, late), "Awaited of order #1001: pending. It did not come about in time."},
		{awaited("#1001", referral.RewardIssued, errOdd), "Awaited of order #1001: issued. odd"},
		{failedAt("carol", awaited("#1002", referral.Pending, late)), "The story failed at step carol: Awaited of order #1002: pending. It did not come about in time."},
		{(&Story{}).Play(t.Context(), "encore"), "The story has no step encore."},
	} {
		if got := text.English.Operator(c.err); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// Each step has its sentence, and lines after the first begin where the first does.
func TestEveryStepHasItsSentence(t *testing.T) {
	t.Parallel()
	for _, one := range (&Story{}).steps() {
		id := "operator.story." + one.name
		if said := text.English.Say(id, text.With{"count": 2}); said == id {
			t.Errorf("%s has none", one.name)
		}
	}

	var out bytes.Buffer
	telling(&out, false).say("hold", nil, nil)
	if _, second, _ := strings.Cut(out.String(), "\n"); !strings.HasPrefix(second, margin+"Dave") {
		t.Errorf("the second line begins elsewhere:\n%s", out.String())
	}
}
