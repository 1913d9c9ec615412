package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/text"
	"twofold/trust"
)

// someTerms are terms in which every term has a value of its own, so that what a flag leaves alone is seen.
func someTerms() referral.Campaign {
	dollars := func(d string) money.Amount { return money.MustParse(d, "USD") }
	return referral.Campaign{Name: "Give $20, get $20", Terms: referral.Terms{
		Friend: referral.Offer{Kind: referral.AmountOff, Amount: dollars("20"), ValidDays: 3, Combines: referral.Combines{Shipping: true}},
		Advocate: referral.Offer{
			Kind: referral.PercentOff, RateBP: 1000, CountsAs: dollars("8"), Minimum: dollars("30"), ValidDays: 90, Combines: referral.Combines{Order: true},
		},
		Minimum: dollars("40"), HoldDays: 14, WindowDays: 30, ClaimDays: 30, Credit: referral.CreditClaim, Excluded: referral.Sources{Draft: true}, ShareCeiling: 50,
	}}
}

func TestTermsFromFlags(t *testing.T) {
	t.Parallel()
	dollars := func(d string) money.Amount { return money.MustParse(d, "USD") }
	for _, tc := range []struct {
		says string
		args []string
		want func(*referral.Campaign)
	}{
		{"an amount", []string{"--friend", "amount_off 15.50"}, func(c *referral.Campaign) { c.Terms.Friend.Amount = dollars("15.50") }},
		{"a percentage", []string{"--friend", "percent_off 12.5"}, func(c *referral.Campaign) {
			c.Terms.Friend.Kind, c.Terms.Friend.Amount, c.Terms.Friend.RateBP = referral.PercentOff, money.Amount{}, 1250
		}},
		{"free shipping", []string{"--friend=free_shipping"}, func(c *referral.Campaign) {
			c.Terms.Friend.Kind, c.Terms.Friend.Amount = referral.FreeShipping, money.Amount{}
		}},
		{"a share, which counts for itself", []string{"--advocate", "share_of_order 10.25"}, func(c *referral.Campaign) {
			c.Terms.Advocate.Kind, c.Terms.Advocate.RateBP, c.Terms.Advocate.CountsAs = referral.ShareOfOrder, 1025, money.Amount{}
		}},
		{"a share, and the greatest reward", []string{"--advocate-most=50", "--advocate", "share_of_order 10"}, func(c *referral.Campaign) {
			c.Terms.Advocate.Kind, c.Terms.Advocate.RateBP, c.Terms.Advocate.Most = referral.ShareOfOrder, 1000, dollars("50")
			c.Terms.Advocate.CountsAs = money.Amount{}
		}},
		{"another percentage keeps what it counts for", []string{"--advocate", "percent_off 20"}, func(c *referral.Campaign) { c.Terms.Advocate.RateBP = 2000 }},
		{"after the order", []string{"--friend-after-order", "--friend-valid-days=10"}, func(c *referral.Campaign) {
			c.Terms.Friend.AfterOrder, c.Terms.Friend.ValidDays = true, 10
		}},
		{"personal", []string{"--personal"}, func(c *referral.Campaign) { c.Terms.Advocate.Personal = true }},
		{"no minimum", []string{"--minimum=0", "--advocate-minimum=0"}, func(c *referral.Campaign) {
			c.Terms.Minimum, c.Terms.Advocate.Minimum = dollars("0"), dollars("0")
		}},
		{"days", []string{"--hold-days=0", "--window-days=60", "--claim-days=7", "--advocate-valid-days=0"}, func(c *referral.Campaign) {
			c.Terms.HoldDays, c.Terms.WindowDays, c.Terms.ClaimDays, c.Terms.Advocate.ValidDays = 0, 60, 7, 0
		}},
		{"toggles off and on", []string{"--first-touch=false", "--credit-ref", "--take-back-returns", "--free-orders", "--code-only"}, func(c *referral.Campaign) {
			c.Terms.Credit, c.Terms.CreditRef, c.Terms.TakeBackReturns, c.Terms.FreeOrders = referral.CreditLast, true, true, true
			c.Terms.CodeOnly = true
		}},
		{"how strict", []string{"--strictness=strict"}, func(c *referral.Campaign) { c.Terms.Strictness = trust.Strict }},
		{"the first link, as before there was --credit", []string{"--first-touch"}, func(c *referral.Campaign) { c.Terms.Credit = referral.CreditFirst }},
		{"the first link", []string{"--credit=first"}, func(c *referral.Campaign) { c.Terms.Credit = referral.CreditFirst }},
		{"the last link, whatever else is said", []string{"--credit=last", "--first-touch"}, func(c *referral.Campaign) { c.Terms.Credit = referral.CreditLast }},
		{"the advocate whose offer was taken", []string{"--first-touch", "--credit", "claim"}, func(*referral.Campaign) {}},
		{"sources", []string{"--exclude", "pos, subscription"}, func(c *referral.Campaign) {
			c.Terms.Excluded = referral.Sources{POS: true, Subscription: true}
		}},
		{"every source counts", []string{"--exclude=none"}, func(c *referral.Campaign) { c.Terms.Excluded = referral.Sources{} }},
		{"each source by its name", []string{"--exclude=web,pos,draft,other"}, func(c *referral.Campaign) {
			c.Terms.Excluded = referral.Sources{Web: true, POS: true, Draft: true, Other: true}
		}},
		{"combinations", []string{"--combine-friend=order,product,shipping", "--combine-advocate=none"}, func(c *referral.Campaign) {
			c.Terms.Friend.Combines, c.Terms.Advocate.Combines = referral.Combines{Order: true, Product: true, Shipping: true}, referral.Combines{}
		}},
		{"no shareable codes, another name", []string{"--share-ceiling=0", "--name=Spring"}, func(c *referral.Campaign) {
			c.Terms.ShareCeiling, c.Name = 0, "Spring"
		}},
		{"what it counts as, with its kind", []string{"--counts-as=6", "--advocate=free_shipping"}, func(c *referral.Campaign) {
			c.Terms.Advocate.Kind, c.Terms.Advocate.RateBP, c.Terms.Advocate.CountsAs = referral.FreeShipping, 0, dollars("6")
		}},
	} {
		t.Run(tc.says, func(t *testing.T) {
			t.Parallel()
			got, want := someTerms(), someTerms()
			tc.want(&want)
			if err := edited(&got, tc.args); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// edited applies the flags of `campaign edit`.
func edited(c *referral.Campaign, args []string) error {
	cmd := &cobra.Command{}
	termFlags(cmd.Flags())
	if err := cmd.ParseFlags(args); err != nil {
		return err
	}
	given, err := givenTerms(cmd)
	if err != nil {
		return err
	}
	return changeTerms(c, given, "USD")
}

func TestWrongTermsAreRefused(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{
		"--friend=", "--friend=20", "--friend=amount_off", "--friend=amount_off 20 30", "--friend=amount_off 20.001", "--friend=amount_off $20",
		"--friend=percent_off 15%", "--friend=free_shipping 1", "--friend=gift 1", "--advocate=share_of_order 12.345", "--advocate=percent_off 101",
		"--minimum=x", "--minimum=1.005", "--counts-as=8,00", "--hold-days=14.5", "--hold-days=two", "--exclude=mail", "--exclude=", "--exclude=web,none",
		"--combine-friend=gifts", "--credit=", "--credit=both", "--credit=claim,last", "--strictness=", "--strictness=lax", "--share-ceiling=99999999999999999999",
	} {
		c := someTerms()
		err := edited(&c, []string{arg})
		flag, _, _ := strings.Cut(arg, "=")
		if !fault.Is(err, fault.Invalid) || !strings.HasPrefix(text.English.Error(err), flag+": ") {
			t.Errorf("%s: %v, want Invalid that names the flag", arg, err)
		}
	}
	for says, args := range map[string][]string{
		"nothing given":                     nil,
		"what an amount cannot count for":   {"--advocate=amount_off 20", "--counts-as=8"},
		"a toggle that is neither":          {"--personal=perhaps"},
		"a term that there is not (--gift)": {"--gift=1"},
	} {
		c := someTerms()
		if err := edited(&c, args); err == nil {
			t.Errorf("%s is taken", says)
		}
	}
}
