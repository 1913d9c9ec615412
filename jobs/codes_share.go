package jobs

import (
	"context"
	"time"

	"twofold/tenant"
)

const shareKind = "codes:share"

// codesShare makes the shareable codes of advocates who have none yet.
var codesShare = job{
	kind:    shareKind,
	queue:   queueSteady,
	retries: 5,
	timeout: 2 * time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForShop) error {
		w.ringer.lift(ctx, shareKind, p) // who joins from now on rings again
		return w.do.Codes.Share(ctx, p.Shop)
	}),
	sweep: &sweep{name: "share", pace: 60, due: shopsToShare},
}

// shopsToShare finds shops whose advocates may lack shareable codes: the bell of one who joined was lost.
func shopsToShare(ctx context.Context, s *Sweeper) ([]payload, error) {
	live, err := s.find.CampaignsWithShare(ctx, stayLimit)
	if err != nil {
		return nil, err
	}

	var found []payload
	for _, c := range live {
		due, err := s.codes.ShareDue(ctx, c.Shop, c.ID)
		if err != nil {
			return found, err
		}
		if due {
			found = append(found, ForShop{c.Shop})
		}
	}
	return found, nil
}

// Share rings for advocates whose shareable codes must be made. Many may join at once: one task makes them all.
func (b *Bell) Share(ctx context.Context, shop tenant.ShopID) {
	b.ringOnce(ctx, codesShare, ForShop{shop})
}
