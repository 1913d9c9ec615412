package tenant

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"twofold/fault"
)

// oneLease hands out one lease, by the test's clock.
type oneLease struct {
	token   int64
	expires time.Time
}

func (o *oneLease) AcquireLease(_ context.Context, shop ShopID, name string, ttl time.Duration) (Lease, error) {
	if time.Now().Before(o.expires) {
		return Lease{}, ErrHeld
	}
	o.token++
	o.expires = time.Now().Add(ttl)
	return Lease{shop, name, o.token}, nil
}

func (o *oneLease) ExtendLease(_ context.Context, l Lease, ttl time.Duration) error {
	if l.Token != o.token {
		return fault.ForLog(fault.Conflict, "lost")
	}
	o.expires = time.Now().Add(ttl)
	return nil
}

func (o *oneLease) ReleaseLease(_ context.Context, l Lease) error {
	if l.Token == o.token {
		o.expires = time.Time{}
	}
	return nil
}

// Long work keeps its lease; work whose process dies loses it within seconds, and whoever gave
// it back extends it no more.
func TestALeaseIsHeldWhileItsHolderLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leases, log := &oneLease{}, slog.New(slog.DiscardHandler)
		process, kill := context.WithCancel(t.Context())
		if _, _, err := Hold(process, leases, "demo.myshopify.com", "orders", log); err != nil {
			t.Fatal(err)
		}
		for range 60 {
			<-time.After(5 * time.Second) // of synctest
			if _, _, err := Hold(t.Context(), leases, "demo.myshopify.com", "orders", log); !fault.Is(err, fault.Conflict) {
				t.Fatalf("taken from who works: %v", err)
			}
		}

		kill()
		<-time.After(15 * time.Second) // of synctest
		_, giveBack, err := Hold(t.Context(), leases, "demo.myshopify.com", "orders", log)
		if err != nil {
			t.Fatalf("15 seconds after its holder died: %v", err)
		}
		giveBack()
		<-time.After(time.Minute) // of synctest
		if !leases.expires.IsZero() {
			t.Error("extended after it was given back")
		}
	})
}
