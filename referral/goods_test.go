package referral_test

import (
	"testing"

	. "twofold/referral"
	"twofold/referral/referraltest"
)

// F8 for snapshots that were kept before lines were read: of one code as of several at most its promise is ours, and
// what was given back takes its part of it along.
func TestSnapshotsOfBeforeLinesWereRead(t *testing.T) {
	t.Parallel()
	usd := referraltest.USD
	percent := Offer{Kind: PercentOff, RateBP: 1500}
	for name, row := range map[string]struct {
		offer                         Offer
		subtotal, current, discounted string
		took, counted                 string
	}{
		"the promise":                  {Offer{}, "80", "80", "20", "20.00 USD", "100.00 USD"},
		"less than the promise":        {Offer{}, "80", "80", "17.50", "17.50 USD", "97.50 USD"},
		"automatic free shipping, too": {Offer{}, "80", "80", "28", "20.00 USD", "100.00 USD"},
		"a sale reached the minimum":   {Offer{}, "15", "15", "30", "20.00 USD", "40.00 USD"},
		"half went back":               {Offer{}, "80", "40", "20", "20.00 USD", "50.00 USD"},
		"a percentage":                 {percent, "85", "85", "35", "18.00 USD", "103.00 USD"},
		"less than the percentage":     {percent, "85", "85", "9", "9.00 USD", "94.00 USD"},
		"free shipping":                {Offer{Kind: FreeShipping}, "80", "80", "8", "8.00 USD", "80.00 USD"},
	} {
		o := referraltest.BobsOrder()
		o.Subtotal, o.CurrentSubtotal, o.Discounted = usd(row.subtotal), usd(row.current), usd(row.discounted)
		f := referraltest.BobsFacts(o)
		if row.offer.Kind != "" {
			c := f.Campaigns[referraltest.Version1]
			c.Terms.Friend = row.offer
			f.Campaigns[referraltest.Version1] = c
		}
		r := referraltest.Decided(t, f)
		if got := r.Rewards[FriendSide].Amount.String(); got != row.took {
			t.Errorf("%s: took off %s, want %s", name, got, row.took)
		}
		counted := ""
		for _, c := range r.Explained.Orders[0].Checks {
			for _, saw := range c.Saw {
				if c.Rule == "minimum" && (saw.Name == "counted" || saw.Name == "net" && counted == "") {
					counted = saw.Value
				}
			}
		}
		if counted != row.counted {
			t.Errorf("%s: counted %s, want %s", name, counted, row.counted)
		}
	}
}
