package tenant

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"twofold/fault"
)

// Lease is a fenced right to do one thing for a shop. Token grows with every new holder.
type Lease struct {
	Shop  ShopID
	Name  string
	Token int64
}

// ErrHeld is the Conflict of a lease that somebody else holds: the work waits its turn, and is not done.
var ErrHeld = fault.New(fault.Conflict, "being_worked_on")

// Leases hands out leases. Errors: Conflict and Unavailable.
type Leases interface {
	// AcquireLease takes the named lease of the shop for ttl of wall time. ErrHeld: somebody else holds it.
	AcquireLease(ctx context.Context, shop ShopID, name string, ttl time.Duration) (Lease, error)
	// ExtendLease has it held for ttl from now. Conflict: it was lost to somebody else.
	ExtendLease(ctx context.Context, l Lease, ttl time.Duration) error
	// ReleaseLease gives it back; one that is lost already is no error.
	ReleaseLease(ctx context.Context, l Lease) error
}

// leaseTTL is how long a lease outlives a holder who died, in wall time; whoever lives extends it every leaseBeat.
const (
	leaseTTL  = 15 * time.Second
	leaseBeat = 4 * time.Second
)

// giveBackWithin bounds giving a lease back, which is done even when the work's own time has run out.
const giveBackWithin = 5 * time.Second

// Hold takes a lease for the length of one piece of work, extends it while ctx lasts, and returns it with what gives
// it back. ErrHeld: somebody else holds it.
func Hold(
	ctx context.Context, leases Leases, shop ShopID, name string, log *slog.Logger,
) (l Lease, giveBack func(), err error) {
	l, err = leases.AcquireLease(ctx, shop, name, leaseTTL)
	if err != nil {
		return Lease{}, nil, fmt.Errorf("%s lease: %w", name, err)
	}

	done := make(chan struct{})
	go beat(ctx, leases, l, done, log)

	return l, func() {
		close(done)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackWithin)
		defer cancel()
		if err := leases.ReleaseLease(ctx, l); err != nil {
			log.WarnContext(ctx, "lease not given back, it will run out", "shop", l.Shop, "err", err)
		}
	}, nil
}

// beat extends a lease until it is given back, or ctx ends. What must not be written without it matches its token: a
// holder who slept may have lost it.
func beat(ctx context.Context, leases Leases, l Lease, done <-chan struct{}, log *slog.Logger) {
	ticker := time.NewTicker(leaseBeat)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-ticker.C:
		}

		short, cancel := context.WithTimeout(ctx, leaseBeat)
		err := leases.ExtendLease(short, l, leaseTTL)
		cancel()
		if err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "lease not extended", "shop", l.Shop, "err", err)
		}
		if fault.Is(err, fault.Conflict) {
			return
		}
	}
}
