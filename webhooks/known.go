package webhooks

import (
	"context"
	"sync"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// Shops tells who has installed the app. FindShop is NotFound for a shop that never did.
type Shops interface {
	FindShop(ctx context.Context, shop tenant.ShopID) (tenant.Shop, error)
}

// How many shops are remembered, which is more than one installation is made for (design section 9), and for how long
// without another look: a shop whose data were erased is forgotten here too.
const (
	maxKnown = 50_000
	knownFor = time.Minute
)

// known remembers which shops have, or once had, the app: those that have a document. Shops that have none are not
// remembered, so that the first webhook after an install is never lost.
type known struct {
	shops Shops
	wall  func() time.Time

	mu    sync.Mutex
	until map[tenant.ShopID]time.Time
}

// has tells whether the shop has, or once had, the app. An error is the database's: then nobody knows, and Shopify
// shall send again.
func (k *known) has(ctx context.Context, shop tenant.ShopID) (bool, error) {
	now := k.wall()
	if k.remembers(shop, now) {
		return true, nil
	}

	_, err := k.shops.FindShop(ctx, shop)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, fault.ForLog(fault.Unavailable, "is the shop known: %w", err)
	}

	k.remember(shop, now.Add(knownFor))
	return true, nil
}

func (k *known) remembers(shop tenant.ShopID, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return now.Before(k.until[shop])
}

func (k *known) remember(shop tenant.ShopID, until time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.until == nil || len(k.until) >= maxKnown {
		k.until = map[tenant.ShopID]time.Time{}
	}
	k.until[shop] = until
}
