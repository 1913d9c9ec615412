// Package seed makes a shop busy on a development machine: referrals of two years by the hundred thousand, as the rules
// decide them, with their advocates, claims, orders, shoppers' counts and figures. Shopify knows nothing of them.
//
// Begin with Plant; story.go tells what becomes of one friend. How documents look is left to package store.
package seed

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"twofold/figures"
	"twofold/funnel"
	"twofold/referral"
	"twofold/tenant"
)

// Store keeps what was made, in bulk.
type Store interface {
	FindShop(ctx context.Context, shop tenant.ShopID) (tenant.Shop, error)
	InsertAdvocates(ctx context.Context, all []referral.Advocate) error
	InsertClaims(ctx context.Context, all []referral.Claim) error
	InsertOrders(ctx context.Context, all []referral.Order) error
	// InsertCounted keeps referrals with what they count for.
	InsertCounted(ctx context.Context, all []figures.Recount) error
	CorrectBooks(ctx context.Context, lease tenant.Lease, difference figures.Books) error
	AddToFunnel(ctx context.Context, days []funnel.Day) error

	tenant.Leases
}

// Planter plants. All fields are required.
type Planter struct {
	Store    Store
	Campaign referral.Campaign // whose offer all of it is
	Now      time.Time
	Log      *slog.Logger
	Told     func(done int) // after each batch
}

// batchSize is how many referrals are written together, or a few more: an advocate's go together.
const batchSize = 2000

// batchLimit bounds the writing of a batch.
const batchLimit = 2 * time.Minute

// batch is some advocates with all that is theirs.
type batch struct {
	advocates []referral.Advocate
	claims    []referral.Claim
	orders    []referral.Order
	referrals []figures.Recount
	shown     []funnel.Day
}

// Plant adds so many referrals of a tenth as many advocates to a shop whose figures are up to today. Each batch is kept
// with its figures; broken off in the middle of one, `twofold figures rebuild` puts those right.
func (p Planter) Plant(ctx context.Context, shop tenant.ShopID, referrals int) error {
	lease, giveBack, err := tenant.Hold(ctx, p.Store, shop, figures.LeaseName, p.Log)
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	defer giveBack()
	found, err := p.Store.FindShop(ctx, shop) // nobody turns its day meanwhile
	if err != nil {
		return fmt.Errorf("seed: find shop: %w", err)
	}

	g := newGarden(found, p.Campaign, p.Now, referrals)
	var b batch
	for done := 0; done < referrals; {
		grown, err := g.advocate(&b)
		if err != nil {
			return fmt.Errorf("seed: %w", err)
		}
		if done += grown; len(b.referrals) < batchSize && done < referrals {
			continue
		}

		if err := p.keep(ctx, lease, b, found.FiguresDay); err != nil {
			return fmt.Errorf("seed: keep: %w", err)
		}
		b = batch{}
		p.Told(done)
	}
	return nil
}

// keep writes a batch, its figures last.
func (p Planter) keep(ctx context.Context, lease tenant.Lease, b batch, today string) error {
	ctx, cancel := context.WithTimeout(ctx, batchLimit)
	defer cancel()

	writing, ctx := errgroup.WithContext(ctx)
	writing.Go(func() error { return p.Store.InsertAdvocates(ctx, b.advocates) })
	writing.Go(func() error { return p.Store.InsertClaims(ctx, b.claims) })
	writing.Go(func() error { return p.Store.InsertOrders(ctx, b.orders) })
	writing.Go(func() error { return p.Store.AddToFunnel(ctx, b.shown) })
	writing.Go(func() error {
		if err := p.Store.InsertCounted(ctx, b.referrals); err != nil {
			return err
		}
		return p.Store.CorrectBooks(ctx, lease, figures.Difference(b.referrals, today))
	})
	return writing.Wait()
}
