package browser

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"twofold/figures"
	"twofold/seed"
)

// seeded is how many referrals a seeded shop has: those of a large merchant.
const seeded = 100_000

// planted is the one seeded shop, which all tests share: planting takes a minute or more. Pages that are only looked at
// change nothing of it.
var planted struct {
	once sync.Once
	shop *shop
}

// seededShop is a live shop with the referrals of two years.
func seededShop(t testing.TB) *shop {
	t.Helper()
	planted.once.Do(func() {
		s, quiet := liveShop(t), slog.New(slog.DiscardHandler)
		ctx := context.WithoutCancel(t.Context())
		if err := figures.New(house.store, time.Now, quiet).Fold(ctx, s.domain); err != nil {
			t.Fatal(err)
		}

		began := time.Now()
		planter := seed.Planter{
			Store: house.store, Campaign: s.campaign(), Now: time.Now(), Log: quiet, Told: func(int) {},
		}
		if err := planter.Plant(ctx, s.domain, seeded); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d referrals planted in %s", seeded, time.Since(began).Round(time.Second))
		planted.shop = s
	})

	if planted.shop == nil {
		t.Fatal("the seeded shop was not planted, see the test that tried")
	}
	s := *planted.shop
	s.t = t
	return &s
}
