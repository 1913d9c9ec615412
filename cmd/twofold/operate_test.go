package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"twofold"
	"twofold/campaigns"
	"twofold/demo"
	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// TestOperatorsCommands plays the story up to Dave's flagged order, and then does by command
// what the admin pages will do.
func TestOperatorsCommands(t *testing.T) {
	t.Parallel()
	s := setStage(t, nil, io.Discard)
	if err := s.Play(t.Context(), "install", "go_live", "share", "claim", "order", "dave"); err != nil {
		t.Fatal(err)
	}

	c := s.parts.config
	env := map[string]string{
		"TWOFOLD_ENV": development, "APP_URL": "http://127.0.0.1", "SHOPIFY_API_KEY": c.APIKey, "SHOPIFY_API_SECRET": c.APISecret, "SHOPIFY_ORIGIN": c.Origin,
		"MONGODB_URI": c.MongoURI, "REDIS_URL": "redis://" + s.parts.redis.(*redis.Client).Options().Addr + "/0",
		"ENCRYPTION_KEYS": c.EncryptionKeys, "HASH_KEYS": c.HashKeys, "LOG_LEVEL": "error", "MAIL_HOST": c.MailHost, "MAIL_FROM": c.MailFrom,
	}
	o := &operator{T: t, env: env, shop: "--shop=" + string(demo.Shop)}
	bobs, daves, alice := s.Order("bob").Name, s.Order("dave").Name, s.Shopper("alice").Code
	o.campaigns()
	o.counts(c.Origin, alice)
	o.prints("referrals, newest first", []string{"referral", "list"}, bobs, "pending", daves, "flagged", "same_browser")
	o.prints("a pending order", []string{"explain", bobs}, "Outcome: pending", "won: the claim's own code", "The hold ends")
	o.prints("a flagged order", []string{"explain", strings.TrimPrefix(daves, "#")}, "Outcome: flagged", "holds   the offer was claimed in the same browser", "(other_browser v3)")
	o.prints("the ledger", []string{"export"}, `"side":"friend","kind":"redeemed","amount":"20.00","currency":"USD"`)
	o.prints("the advocates", []string{"export", "--kind=advocates"}, `{"customer":"gid://shopify/Customer/`)
	if out := o.prints("nothing before the shop was there", []string{"export", "--kind=referrals", "--as-of=2020-01-01T00:00:00Z"}); out != "" {
		t.Errorf("an export of 2020 printed\n%s", out)
	}
	o.verdicts(daves, alice)
	o.ties(s, bobs, alice)
	o.codes(s, bobs)
	o.prints("terms of the past, tried", []string{"backtest", "--minimum=1000"}, "decided again", "below_minimum")
	o.prints("figures from scratch", []string{"figures", "rebuild"}, "0 sums were wrong")
	o.prints("schema", []string{"migrate", noShop}, "schema is current")
	o.shown(s)
	checkDoctor(t, env)
	checkExplainStoresNothing(t, s, env, o.shop)
	o.prints("two years of referrals", []string{"seed", "--referrals=50"}, "50 referrals in")
	o.prints("their figures from scratch", []string{"figures", "rebuild"}, "0 sums were wrong")
	o.ends(s, alice)
}

// operator runs commands about the demo's shop.
type operator struct {
	*testing.T
	env  map[string]string
	shop string
}

// noShop as the last argument of a command says that it is about no shop.
const noShop = "-"

// prints runs a command that must succeed and print all of the texts, and returns what it printed.
func (o *operator) prints(says string, args []string, want ...string) string {
	o.Helper()
	if args[len(args)-1] == noShop {
		args = args[:len(args)-1]
	} else {
		args = append(args, o.shop)
	}
	out, err := try(o.T, o.env, args...)
	if err != nil {
		o.Errorf("%s: %v", says, err)
	}
	for _, text := range want {
		if !strings.Contains(out, text) {
			o.Errorf("%s: %q is not in\n%s", says, text, out)
		}
	}
	return out
}

// refused runs a command that must fail in a way.
func (o *operator) refused(says string, kind fault.Kind, args ...string) {
	o.Helper()
	if out, err := try(o.T, o.env, append(args, o.shop)...); !fault.Is(err, kind) {
		o.Errorf("%s: %v, want %s\n%s", says, err, kind, out)
	}
}

// campaigns reads, edits and limits the live campaign, and drafts another.
func (o *operator) campaigns() {
	o.prints("campaigns with their pools", []string{"campaign", "list"}, "cmp_first", "live", "498, 500", "Live is cmp_first v1: friends get $20 off, advocates $20 off.")
	o.prints("live already", []string{"campaign", "live", "cmp_first"}, "cmp_first v1 is live")
	o.prints("all terms", []string{"campaign", "show", "cmp_first"}, "(cmp_first v1): live", "$20 off", "14 days from payment", "30 days from the link's opening",
		"the advocate whose offer was taken, until the friend switches", "up to 50 orders", "no budget", "498 codes free, 2 held", "500 codes free, 0 held", "gid://shopify/DiscountCodeNode/", "no end", "ends ", " UTC unless it is moved")
	o.prints("pause", []string{"campaign", "pause", "cmp_first"}, "cmp_first v1 is paused")
	o.prints("nothing is live", []string{"campaign", "list"}, "paused", "No campaign is live")
	o.prints("resume", []string{"campaign", "resume", "cmp_first"}, "cmp_first v1 is live")
	o.prints("caps", []string{"campaign", "limits", "cmp_first", "--month-cap=40", "--budget=5000"}, "at most 40 rewards for an advocate within 30 days, no cap within 365 days, after 10 rewards of an advocate within 30 days the next is held for your look, a budget of $5,000.00 a month")
	o.gate()
	o.prints("one cap more", []string{"campaign", "limits", "cmp_first", "--year-cap=400", "--budget=0"}, "at most 40 rewards for an advocate within 30 days, at most 400", "no budget")
	o.prints("less is allowable than the terms cost", []string{"campaign", "limits", "cmp_first", "--allowable-cost=39.99"}, "an allowable cost of $39.99 per new customer",
		"Warning: By these terms a new customer costs $40.00 on an order of $40.00; allowable is $39.99.")
	o.prints("what new customers cost", []string{"campaign", "show", "cmp_first"}, "of 30 days of orders whose hold is over", "By these terms a new customer costs $40.00")
	o.prints("anything is allowable", []string{"campaign", "limits", "cmp_first", "--allowable-cost=0"}, "no allowable cost per new customer")
	o.prints("a new version", []string{"campaign", "edit", "cmp_first", "--friend=percent_off 12.5", "--advocate=share_of_order 10", "--exclude=pos"}, "cmp_first v2 is drafted; put it live with `twofold campaign live cmp_first")
	o.prints("the draft again", []string{"campaign", "edit", "cmp_first", "--hold-days=7", "--first-touch"}, "cmp_first v2 is drafted")
	o.prints("the newest", []string{"campaign", "show", "cmp_first"}, "(cmp_first v2): draft", "12.5% off", "10% of the order", "7 days from payment", "the first is credited", "pos", "at most 40", "not made yet",
		"a discount that only this advocate can use")
	o.prints("the live one", []string{"campaign", "show", "cmp_first", "--version=1"}, "(cmp_first v1): live", "14 days from payment", "at most 40")
	o.prints("another campaign", []string{"campaign", "create", "Spring"}, "v1 is drafted; change it with `twofold campaign edit cmp_")
	o.refused("no such version", fault.NotFound, "campaign", "show", "cmp_first", "--version=9")
	o.refused("no such campaign", fault.NotFound, "campaign", "edit", "cmp_none", "--hold-days=1")
	o.refused("a hold that is too long", fault.Invalid, "campaign", "edit", "cmp_first", "--hold-days=46")
	o.refused("an allowable cost below zero", fault.Invalid, "campaign", "limits", "cmp_first", "--allowable-cost=-1")
	o.refused("a budget that is none", fault.Invalid, "campaign", "limits", "cmp_first", "--budget=much")
}

// gate reads in the list whether the live campaign takes new claims within its budget, and how that is reckoned:
// until it stops them, and again once there is more to give.
func (o *operator) gate() {
	o.Helper()
	const reckoned = " Settled: $0.00. Pending referrals: 2. Open claims: 0, of which 20% are taken to lead to an order."
	for _, c := range []struct{ budget, want string }{
		{"40.01", "New claims are taken: $40.00 of the month's budget of $40.01 are expected to be used." + reckoned},
		{"40", "New claims are STOPPED: $40.00 are expected to be used, and the month's budget is $40.00." + reckoned},
		{"5000", "New claims are taken: $40.00 of the month's budget of $5,000.00 are expected to be used." + reckoned},
	} {
		o.prints("a budget of "+c.budget, []string{"campaign", "limits", "cmp_first", "--budget=" + c.budget})
		o.prints("the gate at a budget of "+c.budget, []string{"campaign", "list"}, c.want)
	}
}

// counts tells of events as a widget does, through the app proxy, and reads them where the merchant
// does once they are written.
func (o *operator) counts(origin, ref string) {
	o.Helper()
	var file struct {
		Proxy struct{ Prefix, Subpath string } `toml:"app_proxy"`
	}
	if err := toml.Unmarshal(twofold.AppTOML, &file); err != nil {
		o.Fatal(err)
	}
	address := strings.ReplaceAll(origin, "{shop}", string(demo.Shop)) + "/" + file.Proxy.Prefix + "/" + file.Proxy.Subpath + "/event"
	event := func(rest string) string {
		return `{"campaign":"cmp_first","version":1,"ref":"` + ref + `",` + rest + `}`
	}
	body := `{"events":[` + strings.Join([]string{
		event(`"kind":"seen"`), event(`"kind":"seen"`), event(`"kind":"claim"`), event(`"kind":"share","channel":"qr"`), event(`"kind":"share","channel":"sms"`),
	}, ",") + `]}`
	request, err := http.NewRequestWithContext(o.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		o.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		o.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		o.Errorf("events are answered %s", answer.Status)
	}

	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(o.prints("counts", []string{"campaign", "show", "cmp_first"}), "2: SMS 1 and QR code 1") {
		select {
		case <-deadline:
			o.Fatal("events are not counted in 30 s")
		case <-tick.C:
		}
	}
	o.prints("counts of another version", []string{"campaign", "show", "cmp_first", "--version=1"},
		"What shoppers did in the last 30 days (best effort)", "offer seen", "offer taken", "joined", "link shared")
}

// verdicts judges Dave's flagged order in every way, and takes each verdict back.
func (o *operator) verdicts(daves, alice string) {
	o.prints("approve", []string{"referral", "approve", daves}, daves+": pending")
	o.refused("approve again", fault.Conflict, "referral", "approve", daves)
	o.prints("reject", []string{"referral", "reject", daves}, daves+": voided", "you rejected it")
	o.prints("restore", []string{"referral", "restore", daves}, daves+": flagged")
	o.prints("void", []string{"referral", "void", daves}, daves+": voided", "you took it back")
	o.prints("link", []string{"referral", "link", daves, "--advocate=" + alice}, daves+": voided")
	o.prints("restore once more", []string{"referral", "restore", daves}, daves+": pending")
	o.prints("unlink", []string{"referral", "unlink", daves}, daves+": none")
	o.refused("nothing to forgive", fault.NotFound, "referral", "forgive", "#999999")
}

// ties unlinks and links Bob's order, blocks and unblocks Alice, and gives an order without a customer to one.
func (o *operator) ties(s *stage, bobs, alice string) {
	o.prints("unlink", []string{"referral", "unlink", bobs}, bobs+": none")
	o.prints("link", []string{"referral", "link", bobs, "--advocate=" + alice}, bobs+": pending")
	o.prints("block", []string{"referral", "block", alice}, "advocate "+alice+" is blocked")
	if err := s.newClaim(o.Context(), "frank"); err == nil {
		o.Error("a blocked advocate's link was claimed")
	}
	o.prints("unblock", []string{"referral", "unblock", alice}, "advocate "+alice+" is active")
	o.prints("reopen", []string{"referral", "reopen", alice}, "the link of advocate "+alice+" takes claims again")
	o.refused("an advocate nobody is", fault.NotFound, "referral", "block", "NOBODY-1")
	var placed, eves struct {
		Order struct {
			ID         int64
			Name       string
			CustomerID int64 `json:"customer_id"`
		}
	}
	for answer, who := range map[any]map[string]any{&placed: {"customer": false}, &eves: {"email": "erin@example.com"}} {
		who["items"] = []map[string]any{{"price": "75.00"}}
		if err := s.Control(o.Context(), "POST", "orders", who, answer); err != nil {
			o.Fatal(err)
		}
	}
	number := strconv.FormatInt(placed.Order.ID, 10)
	o.prints("attach", []string{"referral", "attach", number, strconv.FormatInt(eves.Order.CustomerID, 10)}, "none, because")
	o.refused("attach to nobody", fault.NotFound, "referral", "attach", number, "1")
	o.refused("a customer who is none", fault.Invalid, "referral", "attach", number, "erin")
	o.prints("link it", []string{"referral", "link", number, "--advocate=" + alice}, "pending")
	o.prints("reject it", []string{"referral", "reject", number}, "voided")
}

// codes lets the holds end, gives Alice another code for Bob's order, and forgives her what she owes
// when it is undone after all.
func (o *operator) codes(s *stage, bobs string) {
	o.refused("nothing issued yet", fault.Conflict, "referral", "reissue", bobs)
	o.refused("nothing owed yet", fault.Conflict, "referral", "forgive", bobs)
	if err := s.Play(o.Context(), "carol", "hold"); err != nil {
		o.Fatal(err)
	}
	o.refused("rejecting what was issued", fault.Conflict, "referral", "reject", bobs)
	o.prints("reissue", []string{"referral", "reissue", bobs}, bobs+": approved", "advocate's reward $20.00 approved")
	o.refused("the friend's was no code of ours to give", fault.Conflict, "referral", "reissue", bobs, "--side=friend")
	issued := func(state referral.RewardState) {
		o.Helper()
		if err := demo.Until(o.Context(), func() (bool, error) {
			r, err := s.ReferralOf(o.Context(), s.Order("bob"))
			return r.Rewards[referral.AdvocateSide].State == state, err
		}); err != nil {
			o.Fatalf("waiting for %s: %v", state, err)
		}
	}
	issued(referral.RewardIssued)
	if err := s.Play(o.Context(), "reward"); err != nil {
		o.Fatal(err)
	}
	if err := s.Control(o.Context(), "POST", fmt.Sprintf("orders/%d/refund", s.Order("bob").ID), map[string]any{"full": true}, nil); err != nil {
		o.Fatal(err)
	}
	issued(referral.RewardOwed)
	o.prints("forgive", []string{"referral", "forgive", bobs}, bobs+": voided", "$20.00 forgiven")
	o.prints("taken back and forgiven", []string{"referral", "list"}, "$20.00 forgiven")
}

// shown reads how the offer came into the shop's pages: written, refused, older than the campaign.
func (o *operator) shown(s *stage) {
	status := func() campaigns.ShownStatus {
		o.Helper()
		status, err := s.parts.do.Campaigns.ShownStatus(o.Context(), demo.Shop)
		if err != nil {
			o.Fatal(err)
		}
		return status
	}
	err := demo.Until(o.Context(), func() (bool, error) { now := status(); return !now.Stale && !now.At.IsZero(), nil })
	if err != nil {
		o.Fatalf("waiting for the pages: %v, %+v", err, status())
	}
	doctor := func(want string) {
		o.Helper()
		if out, _ := try(o.T, o.env, "doctor"); !strings.Contains(out, want) {
			o.Errorf("doctor does not say %q:\n%s", want, out)
		}
	}
	const written = "The widgets show what was written into the shop's metafields on "
	o.prints("the pages", []string{"campaign", "show", "cmp_first"}, "In the shop's pages\n  "+written)
	doctor("ok     pages of demo.myshopify.com: " + written)

	found, err := s.parts.store.FindShop(o.Context(), demo.Shop)
	if err != nil {
		o.Fatal(err)
	}
	save := func(change func(*tenant.Shown)) {
		o.Helper()
		went := found.Shown
		change(&went)
		if err := s.parts.store.SaveShown(o.Context(), found, nil, went, s.parts.clock.Now().Add(time.Hour)); err != nil {
			o.Fatal(err)
		}
	}
	since := found.Shown.At
	save(func(went *tenant.Shown) { went.Print, went.Problem, went.Since = "older", "shopify_refuses", since })
	const refused = "The campaign says something else by now; it is written within a minute."
	o.prints("refused", []string{"campaign", "show", "cmp_first"}, refused, "It cannot be written since "+text.English.Moment(since)+": Shopify refuses it: ….")
	doctor("WRONG  pages of demo.myshopify.com: " + written)
	doctor("Pages that show something else")
	save(func(went *tenant.Shown) { went.Print = "older" })
	doctor("is a worker running?")
	save(func(*tenant.Shown) {})
}

// ends repairs a discount that was changed in Shopify, puts the new version live, and ends it.
func (o *operator) ends(s *stage, alice string) {
	o.prints("nothing to repair", []string{"campaign", "repair", "cmp_first"}, "nothing to repair")
	c, err := s.parts.store.FindCampaign(o.Context(), demo.Shop, referral.CampaignKey{ID: "cmp_first", Version: 1})
	if err != nil {
		o.Fatal(err)
	}
	number := string(c.Discounts[referral.FriendSide])[len("gid://shopify/DiscountCodeNode/"):]
	if err := s.Control(o.Context(), "POST", "discounts/"+number, map[string]any{"percentage": "0.25"}, nil); err != nil {
		o.Fatal(err)
	}
	o.prints("repair", []string{"campaign", "repair", "cmp_first"}, "v1 repaired: friend discount: its value is 25% off, should be $20 off")
	o.prints("live", []string{"campaign", "live", "cmp_first"}, "cmp_first v2 is filling")
	err = demo.Until(o.Context(), func() (bool, error) {
		c, err := s.parts.store.FindCampaign(o.Context(), demo.Shop, referral.CampaignKey{ID: "cmp_first", Version: 2})
		return c.State == referral.CampaignLive, err
	})
	if err != nil {
		o.Fatal(err)
	}
	o.prints("the new version", []string{"campaign", "list"}, "Live is cmp_first v2: friends get 12.5% off, advocates 10% of the order.")
	o.prints("end", []string{"campaign", "end", "cmp_first"}, "cmp_first v2 is ended")
	o.prints("ended already", []string{"campaign", "end", "cmp_first"}, "cmp_first v2 is ended")
	o.refused("live after the end", fault.Conflict, "campaign", "live", "cmp_first")
	if err := s.Shopper("bob").Claim(o.Context(), alice); err == nil {
		o.Error("an ended campaign was claimed")
	}
	o.cleans()
}

// newClaim has somebody new claim Alice's offer.
func (s *stage) newClaim(ctx context.Context, name string) error {
	one, err := s.NewShopper(ctx, name, false)
	if err != nil {
		return err
	}
	return one.Claim(ctx, s.Shopper("alice").Code)
}

func checkDoctor(t *testing.T, env map[string]string) {
	t.Helper()
	out, err := try(t, env, "doctor")
	// The embedded Redis does not tell its version; everything else is well.
	for _, text := range []string{"protected data: level 1 (PROTECTED_DATA_LEVEL)", "usage limits: by code (USAGE_SCOPE)"} {
		if !strings.Contains(out, text) {
			t.Errorf("doctor does not say %q:\n%s", text, out)
		}
	}
	if wrong := strings.Count(out, "WRONG"); wrong > 1 || (wrong == 1 && !strings.Contains(out, "WRONG  redis")) || !strings.Contains(out, "token works, scopes granted") && wrong == 0 {
		t.Errorf("doctor: %v\n%s", err, out)
	}
	broken := map[string]string{}
	for name, value := range env {
		broken[name] = value
	}
	broken["ENCRYPTION_KEYS"], broken["SHOPIFY_API_KEY"] = "", ""
	out, err = try(t, broken, "doctor")
	if !fault.Is(err, fault.Invalid) || !strings.Contains(out, "ENCRYPTION_KEYS") || !strings.Contains(out, "SHOPIFY_API_KEY") {
		t.Errorf("doctor on a broken configuration: %v\n%s", err, out)
	}
}

// checkExplainStoresNothing asks about an order that nobody nominated, and compares all that the
// shop has before and after.
func checkExplainStoresNothing(t *testing.T, s *stage, env map[string]string, shop string) {
	t.Helper()
	eve, err := s.NewShopper(t.Context(), "eve", false)
	if err != nil {
		t.Fatal(err)
	}
	placed, err := eve.Buy(t.Context(), 70)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, err := s.app.Export(t.Context(), demo.Shop)
	if err != nil {
		t.Fatal(err)
	}
	id, err := json.Marshal(placed.ID)
	if err != nil {
		t.Fatal(err)
	}
	out, err := try(t, env, "explain", string(id), shop)
	if err != nil || !strings.Contains(out, "It was never nominated") || !strings.Contains(out, "nothing ties the order to an advocate") {
		t.Errorf("explain: %v\n%s", err, out)
	}
	if _, err := s.parts.store.FindOrder(t.Context(), demo.Shop, placed.GID); !fault.Is(err, fault.NotFound) {
		t.Errorf("asking about an order stored it: %v", err)
	}
	after, err := s.app.Export(t.Context(), demo.Shop)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("asking changed something: -before +after\n%s", diff)
	}
}

// cleans takes all that is ours out of the shop: asked first, done, and done once more.
func (o *operator) cleans() {
	o.Helper()
	o.prints("what a cleanup would do", []string{"shop", "cleanup"}, "campaigns    2", "pages show     2", "Nothing was changed.")
	o.prints("a cleanup", []string{"shop", "cleanup", "--yes"}, "What Shopify has left of it:", "pages show     0")
	o.prints("a second one", []string{"shop", "cleanup", "--yes"}, "campaigns    0", "There is nothing to do.")
}
