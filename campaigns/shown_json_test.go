package campaigns_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/campaigns"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func usd(decimal string) money.Amount { return money.MustParse(decimal, "USD") }

// version is a version of a campaign that was drafted, went live and was ended hours after noon; -1: it was not.
func version(id referral.CampaignID, n int, state referral.CampaignState, drafted, live, ended int) referral.Campaign {
	hour := func(h int) time.Time {
		if h < 0 {
			return time.Time{}
		}
		return noon.Add(time.Duration(h) * time.Hour)
	}
	twenty := referral.Offer{Kind: referral.AmountOff, Amount: usd("20")}
	return referral.Campaign{
		ID: id, Version: n, State: state, CreatedAt: hour(drafted), LiveAt: hour(live), Until: hour(ended),
		Terms: referral.Terms{Friend: twenty, Advocate: twenty, Minimum: usd("40"), HoldDays: 14, WindowDays: 30, ClaimDays: 30, ShareCeiling: 50},
	}
}

// What the widgets read, to the letter: each state, each kind, currencies of 0, 2 and 3 decimals.
func TestShownJSON(t *testing.T) {
	t.Parallel()
	s := campaigns.New(campaigns.Ports{}, campaigns.Config{Guests: true, SayAmount: text.Amounts, SayPercent: text.Percents})
	shop := tenant.Shop{Profile: tenant.Profile{Currency: "USD"}, Settings: tenant.Settings{Join: tenant.BuyersJoin}}
	offer := func(state referral.CampaignState, change func(*referral.Terms)) referral.ShownOffer {
		c := version("cmp_a", 3, state, 0, 1, 5)
		change(&c.Terms)
		return referral.ShownOfferOf(shop, []referral.Campaign{c})
	}
	as := func(c string, friend, advocate, least money.Amount) referral.ShownOffer {
		o := offer(referral.CampaignLive, func(t *referral.Terms) { t.Friend.Amount, t.Advocate.Amount, t.Minimum = friend, advocate, least })
		o.Currency, o.Proxy = c, "/community/gifts"
		return o
	}
	in := money.MustParse
	agree := offer(referral.CampaignLive, func(*referral.Terms) {})
	agree.Agree = tenant.AskedTerms{Latest: 2, Version: 2, Link: "/pages/terms"}
	guests := offer(referral.CampaignLive, func(*referral.Terms) {})
	guests.Guests = true

	for name, o := range map[string]referral.ShownOffer{
		"none":         referral.ShownOfferOf(shop, nil),
		"live_amounts": offer(referral.CampaignLive, func(*referral.Terms) {}),
		"live_percent_share": offer(referral.CampaignLive, func(t *referral.Terms) {
			t.Friend, t.Advocate, t.Minimum = referral.Offer{Kind: referral.PercentOff, RateBP: 1500}, referral.Offer{Kind: referral.ShareOfOrder, RateBP: 1250}, money.Amount{}
		}),
		"paused_after_order": offer(referral.CampaignPaused, func(t *referral.Terms) {
			t.Friend, t.Advocate, t.HoldDays = referral.Offer{Kind: referral.FreeShipping, AfterOrder: true}, referral.Offer{Kind: referral.PercentOff, RateBP: 1000, CountsAs: usd("8")}, 0
		}),
		"ended":       offer(referral.CampaignEnded, func(t *referral.Terms) { t.Friend.Amount = usd("12.50") }),
		"live_jpy":    as("JPY", in("2000", "JPY"), in("1000", "JPY"), in("4000", "JPY")),
		"live_terms":  agree,
		"live_guests": guests,
		"live_kwd":    as("KWD", in("5.250", "KWD"), in("5", "KWD"), in("10", "KWD")),
	} {
		got, err := s.ShownJSON(o)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, got)
	}
}

// golden compares JSON with a file, to the order of its fields.
func golden(t *testing.T, name, got string) {
	t.Helper()
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, []byte(got), "", "  "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')

	path := filepath.Join("testdata", "shown", name+".json")
	if *update {
		if err := os.WriteFile(path, pretty.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), pretty.String()); diff != "" {
		t.Errorf("%s -want +got\n%s", path, diff)
	}
}

func TestSameJSON(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		a, b string
		same bool
	}{
		{`{"a":1,"b":"x"}`, `{ "b": "x", "a": 1 }`, true},
		{`{"a":"\u00e9"}`, `{"a":"é"}`, true},
		{`{"a":1}`, `{"a":2}`, false},
		{`{"a":1}`, `{"a":1,"b":null}`, false},
		{`{"a":1}`, ``, false},
		{``, ``, false},
		{`{`, `{`, false},
	} {
		if got := campaigns.SameJSON(row.a, row.b); got != row.same {
			t.Errorf("%s and %s: same %v", row.a, row.b, got)
		}
	}
}
