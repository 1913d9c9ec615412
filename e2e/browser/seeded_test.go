package browser

import (
	"log/slog"
	"testing"
	"time"

	"twofold/figures"
	"twofold/seed"
)

// seeded is how many referrals a seeded shop has.
const seeded = 3000

// seededShop is a live shop with the referrals of two years.
func seededShop(t testing.TB) *shop {
	t.Helper()
	s, quiet := liveShop(t), slog.New(slog.DiscardHandler)
	if err := figures.New(house.store, time.Now, quiet).Fold(t.Context(), s.domain); err != nil {
		t.Fatal(err)
	}

	planter := seed.Planter{
		Store: house.store, Campaign: s.campaign(), Now: time.Now(), Log: quiet, Told: func(int) {},
	}
	if err := planter.Plant(t.Context(), s.domain, seeded); err != nil {
		t.Fatal(err)
	}
	return s
}
