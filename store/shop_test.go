package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/fault"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

func TestInstallGenerations(t *testing.T) {
	t.Parallel()
	s, ctx, id := storetest.New(t), storetest.Context(t), storetest.NewShopID()
	_, err := s.FindShop(ctx, id)
	wantKind(t, "unknown shop", err, fault.NotFound)

	first := get[tenant.Shop](t)(s.SaveInstall(ctx, id, storetest.Tokens(), noon))
	if want := (tenant.Shop{ID: id, Status: tenant.Installed, Install: 1, InstalledAt: noon}); !cmp.Equal(want, first) {
		t.Errorf("first install (-want +got):\n%s", cmp.Diff(want, first))
	}
	must(t, s.SaveProfile(ctx, id, tenant.Profile{Currency: "USD"}, noon))
	again := get[tenant.Shop](t)(s.SaveInstall(ctx, id, storetest.Tokens(), noon.Add(time.Hour)))
	if again.Install != 1 || !again.InstalledAt.Equal(noon) || again.ProfileAt.IsZero() {
		t.Errorf("new tokens of the same install: got %+v", again)
	}

	must(t, s.MarkUninstalled(ctx, id, 1, noon.Add(2*time.Hour)))
	must(t, s.MarkUninstalled(ctx, id, 1, noon.Add(2*time.Hour))) // a second time changes nothing
	if gone := get[tenant.Shop](t)(s.FindShop(ctx, id)); gone.Status != tenant.Uninstalled {
		t.Errorf("after the uninstall: got %+v", gone)
	}
	second := get[tenant.Shop](t)(s.SaveInstall(ctx, id, storetest.Tokens(), noon.Add(3*time.Hour)))
	if second.Install != 2 || second.Status != tenant.Installed || !second.InstalledAt.Equal(noon.Add(3*time.Hour)) {
		t.Errorf("reinstall: got %+v", second)
	}
	if !second.ProfileAt.IsZero() || second.Profile.Currency != "USD" {
		t.Errorf("a reinstall is set up anew and keeps what was known: got %+v", second)
	}
	wantKind(t, "an uninstall of the first generation", s.MarkUninstalled(ctx, id, 1, noon), fault.Conflict)
	wantKind(t, "an uninstall of an unknown shop", s.MarkUninstalled(ctx, storetest.NewShopID(), 1, noon),
		fault.NotFound)
	if still := get[tenant.Shop](t)(s.FindShop(ctx, id)); still.Status != tenant.Installed {
		t.Errorf("the later install was ended: %+v", still)
	}
}

func TestFirstInstallsAtOnceAreOneInstall(t *testing.T) {
	t.Parallel()
	s, ctx, id := storetest.New(t), storetest.Context(t), storetest.NewShopID()
	errs := atOnce(8, func(int) error {
		_, err := s.SaveInstall(ctx, id, storetest.Tokens(), noon)
		return err
	})
	if n := won(t, errs, ""); n != 8 {
		t.Errorf("%d of 8 visits were saved", n)
	}
	if shop := get[tenant.Shop](t)(s.FindShop(ctx, id)); shop.Install != 1 {
		t.Errorf("install is %d", shop.Install)
	}
	if tokens := get[tenant.Tokens](t)(s.LoadTokens(ctx, id)); tokens.Version != 8 {
		t.Errorf("version is %d after 8 pairs", tokens.Version)
	}
}

func TestTokensComeBackAndAreSealed(t *testing.T) {
	t.Parallel()
	s, ctx, id := storetest.New(t), storetest.Context(t), storetest.NewShopID()
	want := storetest.Tokens()
	get[tenant.Shop](t)(s.SaveInstall(ctx, id, want, noon))
	want.Version = 1
	if got := get[tenant.Tokens](t)(s.LoadTokens(ctx, id)); !cmp.Equal(want, got) || string(want.Access) != string(got.Access) {
		t.Errorf("tokens (-want +got):\n%s", cmp.Diff(want, got))
	}
	text := fmt.Sprint(raw(t, s, "shops", bson.D{{Key: "_id", Value: string(id)}}))
	if strings.Contains(text, string(want.Access)) || strings.Contains(text, string(want.Refresh)) {
		t.Errorf("a token stands in the document: %s", text)
	}
	if !strings.Contains(text, "access_expires") {
		t.Errorf("expiries are missing beside the sealed pair: %s", text)
	}

	// A sealed pair that was carried to another shop is of no use there.
	other := storetest.Shop(t, s).ID
	sealed := raw(t, s, "shops", bson.D{{Key: "_id", Value: string(id)}})["tokens"]
	_, err := s.Database().Collection("shops").UpdateOne(ctx, bson.D{{Key: "_id", Value: string(other)}}, bson.D{
		{Key: "$set", Value: bson.D{{Key: "tokens", Value: sealed}}},
	})
	must(t, err)
	_, err = s.LoadTokens(ctx, other)
	wantKind(t, "another shop's sealed pair", err, fault.Internal)
}

// swap replaces the shop's tokens under a lease of its own.
func swap(ctx context.Context, s *store.Store, shop tenant.ShopID, version int64, next tenant.Tokens) error {
	lease, err := s.AcquireLease(ctx, shop, "tokens", time.Minute)
	if err != nil {
		return err
	}
	err = s.SwapTokens(ctx, lease, version, next)
	return errors.Join(err, s.ReleaseLease(ctx, lease))
}

// F4: whoever slept through the lease comes late, even while the pair is still the one that was read: the next holder
// may have a later one.
func TestTokensChangeOnlyUnderTheLease(t *testing.T) {
	t.Parallel()
	ctx, s, id := newStore(t)
	slept := get[tenant.Lease](t)(s.AcquireLease(ctx, id, "tokens", 0))
	wantKind(t, "swap under a lease that ran out", s.SwapTokens(ctx, slept, 1, storetest.Tokens()), fault.Conflict)
	held := get[tenant.Lease](t)(s.AcquireLease(ctx, id, "tokens", time.Minute))
	wantKind(t, "swap under a lease that was lost", s.SwapTokens(ctx, slept, 1, storetest.Tokens()), fault.Conflict)
	later := storetest.Tokens()
	must(t, s.SwapTokens(ctx, held, 1, later))
	if got := get[tenant.Tokens](t)(s.LoadTokens(ctx, id)); got.Version != 2 || string(got.Access) != string(later.Access) {
		t.Errorf("version %d is kept, want the later pair", got.Version)
	}
}

func TestTokensChangeByVersion(t *testing.T) {
	t.Parallel()
	ctx, s, id := newStore(t)
	next := storetest.Tokens()
	must(t, swap(ctx, s, id, 1, next))
	if got := get[tenant.Tokens](t)(s.LoadTokens(ctx, id)); got.Version != 2 || string(got.Access) != string(next.Access) {
		t.Errorf("after the swap: version %d", got.Version)
	}
	wantKind(t, "swap of an old version", swap(ctx, s, id, 1, storetest.Tokens()), fault.Conflict)
	wantKind(t, "mark of an old version", s.MarkNeedsVisit(ctx, id, 1), fault.Conflict)

	lease := get[tenant.Lease](t)(s.AcquireLease(ctx, id, "tokens", time.Minute))
	if n := won(t, atOnce(8, func(int) error { return s.SwapTokens(ctx, lease, 2, storetest.Tokens()) }), fault.Conflict); n != 1 {
		t.Errorf("%d of 8 refreshes of one version won", n)
	}
	must(t, s.MarkNeedsVisit(ctx, id, 3))
	_, err := s.LoadTokens(ctx, id)
	wantKind(t, "tokens of a shop that needs a visit", err, fault.Unauthorized)
	if shop := get[tenant.Shop](t)(s.SaveInstall(ctx, id, storetest.Tokens(), noon)); shop.Status != tenant.Installed || shop.Install != 1 {
		t.Errorf("after the visit: %+v", shop)
	}
}

func TestRefreshUnderWayCannotTouchTheNextInstall(t *testing.T) {
	t.Parallel()
	ctx, s, id := newStore(t)
	must(t, s.MarkUninstalled(ctx, id, 1, noon))
	_, err := s.LoadTokens(ctx, id)
	wantKind(t, "tokens after the uninstall", err, fault.Unauthorized)
	_, err = s.LoadTokens(ctx, storetest.NewShopID())
	wantKind(t, "tokens of an unknown shop", err, fault.Unauthorized)
	if _, there := raw(t, s, "shops", bson.D{{Key: "_id", Value: string(id)}})["tokens"]; there {
		t.Error("tokens are kept after the uninstall")
	}
	wantKind(t, "refresh of an uninstalled shop", swap(ctx, s, id, 1, storetest.Tokens()), fault.Conflict)
	get[tenant.Shop](t)(s.SaveInstall(ctx, id, storetest.Tokens(), noon))
	wantKind(t, "refresh from before the reinstall", swap(ctx, s, id, 1, storetest.Tokens()), fault.Conflict)
}

func TestWatermarkOnlyMovesForward(t *testing.T) {
	t.Parallel()
	ctx, s, id := newStore(t)
	must(t, s.SaveReconciled(ctx, id, noon, noon.Add(time.Minute)))
	must(t, s.SaveReconciled(ctx, id, noon.Add(-time.Hour), noon.Add(-time.Hour)))
	shop := get[tenant.Shop](t)(s.FindShop(ctx, id))
	if !shop.ReconciledThrough.Equal(noon) || !shop.ReconciledAt.Equal(noon.Add(time.Minute)) {
		t.Errorf("went back: %v, %v", shop.ReconciledThrough, shop.ReconciledAt)
	}
	wantKind(t, "unknown shop", s.SaveReconciled(ctx, storetest.NewShopID(), noon, noon), fault.NotFound)
	wantKind(t, "profile of an unknown shop", s.SaveProfile(ctx, storetest.NewShopID(), tenant.Profile{}, noon),
		fault.NotFound)
}
