package simulator

import (
	"math/big"
	"testing"
)

func TestMoneyText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, currency, rest, graphql string
	}{
		{"20", "USD", "20.00", "20.0"},
		{"9.99", "USD", "9.99", "9.99"},
		{"0.5", "USD", "0.50", "0.5"},
		{"0", "USD", "0.00", "0.0"},
		{"1500", "JPY", "1500", "1500.0"},
		{"1500.0", "JPY", "1500", "1500.0"},
		{"1.234", "KWD", "1.234", "1.234"},
		{"10.000", "USD", "10.00", "10.0"},
		{"999999999999.99", "EUR", "999999999999.99", "999999999999.99"},
	} {
		minor, err := parseMoney(c.in, c.currency)
		if err != nil {
			t.Errorf("%s %s: %v", c.in, c.currency, err)
			continue
		}
		if got := moneyText(minor, c.currency); got != c.rest {
			t.Errorf("%s %s is %s, want %s", c.in, c.currency, got, c.rest)
		}
		if got := decimalText(minor, c.currency); got != c.graphql {
			t.Errorf("%s %s is %s in GraphQL, want %s", c.in, c.currency, got, c.graphql)
		}
	}
	if got := moneyText(-705, "USD"); got != "-7.05" {
		t.Errorf("negative: %s", got)
	}
}

func TestParseMoneyRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{{"", "USD"}, {".5", "USD"}, {"1.005", "USD"}, {"1.5", "JPY"}, {"-1", "USD"}, {"1e3", "USD"}, {"1,5", "USD"},
		{" 1", "USD"}, {"1.2345", "KWD"}, {"1234567890123", "USD"}, {"½", "USD"}} {
		if n, err := parseMoney(c[0], c[1]); err == nil {
			t.Errorf("%q %s is %d, want an error", c[0], c[1], n)
		}
	}
}

func TestShareRoundsHalfUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount   int64
		num, den int64
		want     int64
	}{{1000, 15, 100, 150}, {1, 1, 2, 1}, {5, 1, 10, 1}, {4, 1, 10, 0}, {333, 1, 3, 111}, {0, 1, 3, 0}} {
		if got := share(c.amount, big.NewRat(c.num, c.den)); got != c.want {
			t.Errorf("%d × %d/%d is %d, want %d", c.amount, c.num, c.den, got, c.want)
		}
	}
}

func TestSplitSumsToTheWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount  int64
		weights []int64
	}{{100, []int64{1, 1, 1}}, {1, []int64{5, 5}}, {2000, []int64{6000, 2500, 1}}, {7, []int64{0, 7}}, {3, []int64{1, 1, 1}}, {0, []int64{4}}} {
		if c.amount > sum(c.weights) {
			c.amount = sum(c.weights)
		}
		parts := split(c.amount, c.weights)
		if sum(parts) != c.amount {
			t.Errorf("%d over %v is %v", c.amount, c.weights, parts)
		}
		for i, p := range parts {
			if p > c.weights[i] {
				t.Errorf("%d over %v gives a part more than it has: %v", c.amount, c.weights, parts)
			}
		}
	}
	if got := sum(split(5, []int64{0, 0})); got != 0 {
		t.Errorf("nothing to split over took %d", got)
	}
}
