package store_test

import (
	"testing"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// Whoever extends a lease keeps it, also when it had just run out; once somebody else has it, it is lost.
func TestALeaseIsExtended(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	first := get[tenant.Lease](t)(s.AcquireLease(ctx, shop, "orders", 0))
	must(t, s.ExtendLease(ctx, first, time.Minute))
	_, err := s.AcquireLease(ctx, shop, "orders", time.Minute)
	wantKind(t, "taken from its holder", err, fault.Conflict)

	must(t, s.ExtendLease(ctx, first, 0))
	second := get[tenant.Lease](t)(s.AcquireLease(ctx, shop, "orders", time.Minute))
	wantKind(t, "extended by who lost it", s.ExtendLease(ctx, first, time.Minute), fault.Conflict)
	must(t, s.ExtendLease(ctx, second, time.Minute))
}
