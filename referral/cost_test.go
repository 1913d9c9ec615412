package referral

import (
	"testing"

	"twofold/money"
)

func TestCostOfANewCustomer(t *testing.T) {
	usd := func(decimal string) money.Amount { return money.MustParse(decimal, "USD") }
	twenty := Offer{Kind: AmountOff, Amount: usd("20")}
	for _, row := range []struct {
		says    string
		terms   Terms
		cost    money.Amount
		tooMuch bool // at an allowable cost of $30
	}{
		{"both amounts", Terms{Friend: twenty, Advocate: twenty, Minimum: usd("40")}, usd("40"), true},
		{"exactly what is allowable", Terms{Friend: twenty, Advocate: Offer{Kind: AmountOff, Amount: usd("10")}, Minimum: usd("40")}, usd("30"), false},
		{"a cent more", Terms{Friend: twenty, Advocate: Offer{Kind: AmountOff, Amount: usd("10.01")}, Minimum: usd("40")}, usd("30.01"), true},
		{"a percentage for the friend, a share for the advocate", Terms{
			Friend: Offer{Kind: PercentOff, RateBP: 1500}, Advocate: Offer{Kind: ShareOfOrder, RateBP: 1000}, Minimum: usd("100"),
		}, usd("23.50"), false},
		{"a share of what is left when the friend's amount was taken off", Terms{
			Friend: twenty, Advocate: Offer{Kind: ShareOfOrder, RateBP: 1000}, Minimum: usd("100"),
		}, usd("28"), false},
		{"a share of nothing, as the friend's amount takes all off", Terms{
			Friend: twenty, Advocate: Offer{Kind: ShareOfOrder, RateBP: 1000}, Minimum: usd("15"),
		}, usd("20"), false},
		{"a share of all of it, as the friend's reward comes after the order", Terms{
			Friend: Offer{Kind: AmountOff, Amount: usd("20"), AfterOrder: true}, Advocate: Offer{Kind: ShareOfOrder, RateBP: 1000}, Minimum: usd("100"),
		}, usd("30"), false},
		{"free shipping for the friend, a percentage that counts as $12 for the advocate", Terms{
			Friend: Offer{Kind: FreeShipping}, Advocate: Offer{Kind: PercentOff, RateBP: 1500, CountsAs: usd("12")}, Minimum: usd("100"),
		}, usd("12"), false},
		{"no minimum, and so the least order is nothing", Terms{
			Friend: Offer{Kind: AmountOff, Amount: usd("31")}, Advocate: Offer{Kind: ShareOfOrder, RateBP: 1000},
		}, usd("31"), true},
	} {
		t.Run(row.says, func(t *testing.T) {
			got, err := row.terms.Cost()
			if err != nil || got != row.cost {
				t.Errorf("got %s, %v, want %s", got, err, row.cost)
			}
			c := Campaign{Terms: row.terms, Limits: Limits{AllowableCost: usd("30")}}
			if cost, tooMuch, err := c.CostByTerms(); err != nil || cost != row.cost || tooMuch != row.tooMuch {
				t.Errorf("got %s, too much %v, %v, want %s, %v", cost, tooMuch, err, row.cost, row.tooMuch)
			}
			c.Limits.AllowableCost = money.Amount{}
			if _, tooMuch, err := c.CostByTerms(); err != nil || tooMuch {
				t.Errorf("anything is allowable: too much %v, %v", tooMuch, err)
			}
		})
	}
}

func TestCostPerCustomer(t *testing.T) {
	for _, row := range []struct {
		says      string
		customers int
		given     int64
		want      int64
		tooMuch   bool // at an allowable cost of $30
	}{
		{"nothing yet", 0, 0, 0, false},
		{"given, and nobody won yet", 0, 3001, 3001, true},
		{"exactly what is allowable", 3, 9000, 3000, false},
		{"a part of a cent more", 3, 9001, 3001, true},
		{"more was taken back than given", 3, -100, 0, false},
	} {
		cost := Cost{row.customers, money.Amount{Minor: row.given, Currency: "USD"}}
		if got := cost.PerCustomer(); got.Minor != row.want {
			t.Errorf("%s: got %s, want %d", row.says, got, row.want)
		}
		c := Campaign{Limits: Limits{AllowableCost: money.MustParse("30", "USD")}}
		if tooMuch, err := c.CostsTooMuch(cost); err != nil || tooMuch != row.tooMuch {
			t.Errorf("%s: too much %v, %v", row.says, tooMuch, err)
		}
	}
}

func TestSoftGate(t *testing.T) {
	usd := func(decimal string) money.Amount { return money.MustParse(decimal, "USD") }
	twenty := Offer{Kind: AmountOff, Amount: usd("20")}
	usual := Terms{Friend: twenty, Advocate: twenty, Minimum: usd("40")}
	for _, row := range []struct {
		says    string
		terms   Terms
		figures Figures
		want    string // what the month is likely to settle
	}{
		{"nothing happened", usual, Figures{}, "0"},
		{"what was settled", usual, Figures{Settled: usd("60")}, "60"},
		{"each pending referral is one reward", usual, Figures{Settled: usd("60"), Pending: 2}, "100"},
		{"before 50 claims were seen, one of five leads to an order", usual, Figures{Open: 10, Claims: 49, Converted: 49}, "40"},
		{"and a part of a reward is a whole one", usual, Figures{Open: 11, Claims: 49}, "60"},
		{"from 50 on, as many as did", usual, Figures{Open: 10, Claims: 50, Converted: 25}, "100"},
		{"none did: one of twenty all the same", usual, Figures{Open: 40, Claims: 50}, "40"},
		{"very many were never meant to be used", usual, Figures{Open: 200, Claims: 100_000, Converted: 20}, "200"},
		{"never more than all of them", usual, Figures{Open: 10, Claims: 50, Converted: 60}, "200"},
		{"a share counts as one of the minimum", Terms{Friend: twenty, Advocate: Offer{Kind: ShareOfOrder, RateBP: 1000}, Minimum: usd("40")}, Figures{Pending: 1}, "2"},
		{"a percentage counts as what the merchant says", Terms{Friend: twenty, Advocate: Offer{Kind: PercentOff, RateBP: 1000, CountsAs: usd("7")}}, Figures{Pending: 1}, "7"},
		{"the friend's counts too when it comes after the order", Terms{
			Friend: Offer{Kind: AmountOff, Amount: usd("15"), AfterOrder: true}, Advocate: twenty, Minimum: usd("40"),
		}, Figures{Pending: 2}, "70"},
	} {
		t.Run(row.says, func(t *testing.T) {
			if got, err := row.figures.Expected(row.terms); err != nil || got.Minor != usd(row.want).Minor {
				t.Errorf("got %s, %v, want %s", got, err, row.want)
			}
		})
	}
}
