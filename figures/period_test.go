package figures_test

import (
	"testing"

	"twofold/figures"
)

// The figures of the month in look/admin's picture, as its table of definitions has them.
func TestFiguresOfAPeriod(t *testing.T) {
	t.Parallel()
	p := figures.Period{Currency: "USD", Sums: figures.Sums{
		figures.Pending: 89, figures.Flagged: 5, figures.Approved: 58, figures.Revenue: 1254060,
		figures.FriendOff: 304000, figures.Issued: 116000, figures.OnHold: 178000, figures.Uncredited: 18000,
	}}
	each, _ := p.PerCustomer()
	brought, _ := p.Return()
	for says, row := range map[string]struct{ got, want string }{
		"revenue":      {p.Revenue().String(), "12540.60 USD"},
		"cost":         {p.Cost().String(), "6160.00 USD"},
		"per customer": {each.String(), "41.91 USD"},
		"return":       {brought.String(), "2.04 USD"},
	} {
		if row.got != row.want {
			t.Errorf("%s: %s, want %s", says, row.got, row.want)
		}
	}
	if p.Orders() != 152 || p.Customers() != 147 {
		t.Errorf("%d orders, %d customers", p.Orders(), p.Customers())
	}
}

func TestFiguresOfNothing(t *testing.T) {
	t.Parallel()
	p := figures.Period{Currency: "JPY", Sums: figures.Sums{}}
	if _, known := p.PerCustomer(); known {
		t.Error("nobody costs something")
	}
	if _, known := p.Return(); known {
		t.Error("nothing brought something")
	}
	if p.Base().Minor != 100 {
		t.Errorf("yen are told by %s", p.Base())
	}
	p.Sums = figures.Sums{figures.Revenue: 1 << 62, figures.Issued: 1}
	if _, known := p.Return(); known {
		t.Error("more was told than can be written")
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		now, before, want int64
		known             bool
	}{
		{1254060, 826240, 5178, true}, {147, 101, 4554, true}, {50, 100, -5000, true}, {1, 3, -6667, true},
		{0, 7, -10000, true}, {7, 7, 0, true}, {5, 0, 0, false}, {-1, 5, 0, false},
	} {
		if got, known := figures.Change(row.now, row.before); got != row.want || known != row.known {
			t.Errorf("%d after %d: %d (%v), want %d (%v)", row.now, row.before, got, known, row.want, row.known)
		}
	}
}
