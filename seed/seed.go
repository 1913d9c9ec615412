// Package seed makes a shop busy on a development machine: referrals of two years by the hundred thousand, as the rules
// decide them, with their advocates, claims, orders, shoppers' counts and figures. Shopify knows nothing of them.
//
// Begin with Plant; story.go tells what becomes of one friend. The rules decide about a thousand of them (history.go);
// the others are copies of these, which package store makes, since it knows how documents look.
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
	// InsertCopies keeps the documents that stencils have made, by collection.
	InsertCopies(ctx context.Context, documents map[string][][]byte) error
	// InsertSums keeps sums of which there was nothing before.
	InsertSums(ctx context.Context, shop tenant.ShopID, sums []figures.Part) error
	CorrectBooks(ctx context.Context, lease tenant.Lease, difference figures.Books) error
	AddToFunnel(ctx context.Context, days []funnel.Day) error

	stencils
	tenant.Leases
}

// stencils makes stencils.
type stencils interface {
	// Stencil returns what makes copies of a friend's documents: each at so much later, and with other names of the same
	// widths instead of those that are given.
	Stencil(
		names []string, claims []referral.Claim, orders []referral.Order, r figures.Recount,
	) (func(names []string, later time.Duration, into map[string][][]byte), error)
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
	documents map[string][][]byte // the friends', by collection
	counted   []figures.Recount
	shown     []funnel.Day
}

// Plant adds so many referrals of a tenth as many advocates to a shop whose figures are up to today. The sums of its days
// come last: where it is broken off, `twofold figures rebuild` puts them right.
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

	g := newGarden(p.Store, found, p.Campaign, p.Now, referrals)
	b, sums := batch{documents: map[string][][]byte{}}, figures.Books{}
	for done := 0; done < referrals; {
		grown, err := g.advocate(&b)
		if err != nil {
			return fmt.Errorf("seed: %w", err)
		}
		if done += grown; len(b.counted) < batchSize && done < referrals {
			continue
		}

		shared, advocates := apart(figures.Difference(b.counted, found.FiguresDay))
		if err := p.keep(ctx, shop, b, advocates); err != nil {
			return fmt.Errorf("seed: keep: %w", err)
		}
		b, sums = batch{documents: map[string][][]byte{}}, sums.Plus(shared)
		p.Told(done)
	}
	return p.Store.CorrectBooks(ctx, lease, sums)
}

// apart takes what is summed up by advocate out of what a batch comes to. All referrals of an advocate are in one batch,
// so that nobody adds to it.
func apart(of figures.Books) (shared figures.Books, advocates []figures.Part) {
	shared.Days = of.Days
	for _, p := range of.Advocates {
		if p.Advocate == "" {
			shared.Advocates = append(shared.Advocates, p)
		} else {
			advocates = append(advocates, p)
		}
	}
	return shared, advocates
}

// keep writes a batch.
func (p Planter) keep(ctx context.Context, shop tenant.ShopID, b batch, sums []figures.Part) error {
	ctx, cancel := context.WithTimeout(ctx, batchLimit)
	defer cancel()

	writing, ctx := errgroup.WithContext(ctx)
	writing.Go(func() error { return p.Store.InsertAdvocates(ctx, b.advocates) })
	writing.Go(func() error { return p.Store.InsertCopies(ctx, b.documents) })
	writing.Go(func() error { return p.Store.AddToFunnel(ctx, b.shown) })
	writing.Go(func() error { return p.Store.InsertSums(ctx, shop, sums) })
	return writing.Wait()
}
