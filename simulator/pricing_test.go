package simulator

import (
	"context"
	"math/big"
	"strings"
	"testing"
	"time"
)

// priced is one basket and what codes make of it.
type priced struct {
	name      string
	behaviour Behaviour
	change    func(sh *shop, d *discount) // the discount SAVE, 20.00 off, before it is used
	codes     string                      // separated by blanks
	guest     bool
	want      string // code=amount or code=reason
}

func TestPricing(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []priced{
		{name: "an amount comes off", codes: "SAVE", want: "SAVE=2000"},
		{name: "codes are compared without case", codes: "save", want: "save=2000"},
		{name: "an unknown code", codes: "NOPE", want: "NOPE=not_found"},
		{name: "never more than the basket", change: func(_ *shop, d *discount) { d.amount = 99_999 }, codes: "SAVE", want: "SAVE=8500"},
		{name: "a percentage", change: func(_ *shop, d *discount) { d.percentage = big.NewRat(15, 100) }, codes: "SAVE", want: "SAVE=1275"},
		{name: "the minimum is met exactly", change: func(_ *shop, d *discount) { d.minSubtotal = 8500 }, codes: "SAVE", want: "SAVE=2000"},
		{name: "a cent below the minimum", change: func(_ *shop, d *discount) { d.minSubtotal = 8501 }, codes: "SAVE", want: "SAVE=minimum_not_met"},
		{name: "the minimum is asked for before any code is taken off", change: func(sh *shop, d *discount) {
			d.minSubtotal, d.combines.order, sh.codes["other"].discount.combines.order = 8500, true, true
		},
			codes: "OTHER SAVE", want: "OTHER=500 SAVE=2000"},
		{name: "fewer pieces than needed", change: func(_ *shop, d *discount) { d.minQuantity = 4 }, codes: "SAVE", want: "SAVE=minimum_not_met"},
		{name: "the instant it starts", change: func(_ *shop, d *discount) { d.startsAt = now }, codes: "SAVE", want: "SAVE=2000"},
		{name: "the instant before it starts", change: func(_ *shop, d *discount) { d.startsAt = now.Add(1) }, codes: "SAVE", want: "SAVE=not_started"},
		{name: "the instant it ends", change: func(_ *shop, d *discount) { d.endsAt = now }, codes: "SAVE", want: "SAVE=expired"},
		{name: "the instant before it ends", change: func(_ *shop, d *discount) { d.endsAt = now.Add(1) }, codes: "SAVE", want: "SAVE=2000"},
		{name: "used up", change: func(_ *shop, d *discount) { d.usageLimit = 1; d.codes[0].use(1, nil) }, codes: "SAVE", want: "SAVE=usage_limit"},
		{name: "another code of the discount used, counted per code", change: func(_ *shop, d *discount) { d.usageLimit = 1; d.codes[1].use(1, nil) },
			codes: "SAVE", want: "SAVE=2000"},
		{name: "another code of the discount used, counted per discount", behaviour: Behaviour{UsageLimitScope: PerDiscount},
			change: func(_ *shop, d *discount) { d.usageLimit = 1; d.codes[1].use(1, nil) }, codes: "SAVE", want: "SAVE=usage_limit"},
		{name: "once per customer, by another", change: func(_ *shop, d *discount) { d.oncePerCustomer = true; d.codes[0].use(1, &customer{id: 7}) },
			codes: "SAVE", want: "SAVE=2000"},
		{name: "once per customer, spanning codes", change: func(sh *shop, d *discount) { d.oncePerCustomer = true; d.codes[1].use(1, sh.buyer()) },
			codes: "SAVE", want: "SAVE=once_per_customer"},
		{name: "once per customer, code by code", behaviour: Behaviour{OncePerCustomerScope: PerCode},
			change: func(sh *shop, d *discount) { d.oncePerCustomer = true; d.codes[1].use(1, sh.buyer()) }, codes: "SAVE", want: "SAVE=2000"},
		{name: "for this customer", change: func(sh *shop, d *discount) { d.customers = []int64{sh.buyer().id} }, codes: "SAVE", want: "SAVE=2000"},
		{name: "for another customer", change: func(_ *shop, d *discount) { d.customers = []int64{7} }, codes: "SAVE", want: "SAVE=customer_not_eligible"},
		{name: "for a customer, bought by nobody", guest: true, change: func(sh *shop, d *discount) { d.customers = []int64{sh.buyer().id} },
			codes: "SAVE", want: "SAVE=customer_not_eligible"},
		{name: "two order discounts do not stand together", codes: "SAVE OTHER", want: "SAVE=2000 OTHER=not_combinable"},
		{name: "one allows it, the other not", change: func(_ *shop, d *discount) { d.combines.order = true }, codes: "SAVE OTHER", want: "SAVE=2000 OTHER=not_combinable"},
		{name: "both allow it", change: func(sh *shop, d *discount) { d.combines.order, sh.codes["other"].discount.combines.order = true, true },
			codes: "SAVE OTHER", want: "SAVE=2000 OTHER=500"},
		{name: "a code that does not apply hinders no other", change: func(_ *shop, d *discount) { d.minSubtotal = 99_999 },
			codes: "SAVE OTHER", want: "SAVE=minimum_not_met OTHER=500"},
		{name: "with free shipping, both willing", change: func(sh *shop, d *discount) {
			d.combines.shipping, sh.codes["ship"].discount.combines.order = true, true
		},
			codes: "SAVE SHIP", want: "SAVE=2000 SHIP=700"},
		{name: "with free shipping, one unwilling", change: func(_ *shop, d *discount) { d.combines.shipping = true },
			codes: "SAVE SHIP", want: "SAVE=2000 SHIP=not_combinable"},
		{name: "shipping dearer than it covers", change: func(sh *shop, _ *discount) { sh.codes["ship"].discount.maxShipping = 699 }, codes: "SHIP", want: "SHIP=minimum_not_met"},
		{name: "the same code twice", change: func(_ *shop, d *discount) { d.combines.order = true }, codes: "SAVE save", want: "SAVE=2000 save=repeated"},
		{name: "nothing left to take from", change: func(sh *shop, d *discount) {
			d.amount, d.combines.order, sh.codes["other"].discount.combines.order = 99_999, true, true
		}, codes: "SAVE OTHER", want: "SAVE=8500 OTHER=nothing_to_discount"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sh := pricingShop(t, c.behaviour)
			if c.change != nil {
				c.change(sh, sh.codes["save"].discount)
			}
			b := basket{lines: []basketLine{{"shirt", 6000, 1, false}, {"socks", 1250, 2, false}}, shipping: 700, customer: sh.buyer()}
			if c.guest {
				b.customer = nil
			}
			var got []string
			for _, a := range sh.price(b, strings.Fields(c.codes), now) {
				outcome := a.reason
				if outcome == "" {
					outcome = idText(a.amount)
				}
				got = append(got, a.entered+"="+outcome)
				if a.reason == "" && a.target == targetOrder && sum(a.perLine) != a.amount {
					t.Errorf("lines %v do not sum to %d", a.perLine, a.amount)
				}
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("got  %s\nwant %s", s, c.want)
			}
		})
	}
}

func (sh *shop) buyer() *customer { return sh.customerFor("bob@example.com", time.Time{}) }

// pricingShop sells under SAVE (20.00 off, with a second code SAVE-2), OTHER (5.00 off) and SHIP (free shipping).
func pricingShop(t *testing.T, b Behaviour) *shop {
	t.Helper()
	s, err := New(Config{ClientID: testID, ClientSecret: testSecret, AppTOML: []byte(testTOML)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	sh := s.newShop(ShopInput{Domain: testShop, Currency: "USD", Plan: "standard", TimeZone: "UTC"}, b.withDefaults())
	for _, d := range []*discount{{amount: 2000}, {amount: 500}, {freeShipping: true}} {
		d.usesBy = map[int64]int64{}
		codes := map[int64][]string{2000: {"SAVE", "SAVE-2"}, 500: {"OTHER"}, 0: {"SHIP"}}[d.amount]
		for _, code := range codes {
			if _, problem := sh.addCode(d, code); problem != "" {
				t.Fatal(problem)
			}
		}
	}
	return sh
}

// A checkout takes five order codes and one for shipping.
func TestTooManyCodes(t *testing.T) {
	t.Parallel()
	sh := pricingShop(t, Behaviour{})
	var codes []string
	for _, code := range []string{"A", "B", "C", "D", "E", "F"} {
		d := &discount{amount: 100, combines: combination{order: true}, usesBy: map[int64]int64{}}
		_, _ = sh.addCode(d, code)
		codes = append(codes, code)
	}
	out := sh.price(basket{lines: []basketLine{{"x", 10_000, 1, false}}}, codes, time.Now())
	for i, a := range out {
		if want := map[bool]string{true: reasonTooMany, false: ""}[i == maxOrderCodes]; a.reason != want {
			t.Errorf("code %d: %q, want %q", i+1, a.reason, want)
		}
	}
}
