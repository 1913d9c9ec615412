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
	// ReleaseLease gives it back; one that is lost already is no error.
	ReleaseLease(ctx context.Context, l Lease) error
}

// leaseTTL is how long a lease lives without being given back, in wall time. It covers the longest job.
const leaseTTL = 3 * time.Minute

// giveBackWithin bounds giving a lease back, which is done even when the work's own time has run out.
const giveBackWithin = 5 * time.Second

// Hold takes a lease for the length of one piece of work, and returns it with what gives it back. ErrHeld: somebody else holds it.
func Hold(ctx context.Context, leases Leases, shop ShopID, name string, log *slog.Logger) (l Lease, giveBack func(), err error) {
	l, err = leases.AcquireLease(ctx, shop, name, leaseTTL)
	if err != nil {
		return Lease{}, nil, fmt.Errorf("%s lease: %w", name, err)
	}

	return l, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackWithin)
		defer cancel()
		if err := leases.ReleaseLease(ctx, l); err != nil {
			log.WarnContext(ctx, "lease not given back, it will run out", "shop", l.Shop, "err", err)
		}
	}, nil
}
