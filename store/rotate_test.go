package store_test

import (
	"testing"

	"twofold/referral"
	"twofold/secret"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

// After a rotation the first encryption key alone opens tokens and reports; a second run has nothing to do.
func TestResealingLeavesNothingToTheOldKey(t *testing.T) {
	t.Parallel()
	old, fresh := secret.NewKey("old"), secret.NewKey("fresh")
	first := storetest.Open(t, keyed(t, "", old))
	ctx, shop, database := storetest.Context(t), storetest.Shop(t, first).ID, first.Database().Name()
	get[tenant.Shop](t)(first.SaveInstall(ctx, shop, tenant.Tokens{Access: "shpat_a", Refresh: "shprt_a"}, noon))
	must(t, first.SaveReport(ctx, shop, referral.KeptReport{ID: "request", Hash: "h1:x", At: noon, Body: []byte(`{}`)}))

	rotating := storetest.Open(t, keyed(t, database, fresh+","+old))
	if n := get[int](t)(rotating.Reseal(ctx)); n != 2 {
		t.Errorf("%d values were sealed anew, want tokens and report", n)
	}
	if n := get[int](t)(rotating.Reseal(ctx)); n != 0 {
		t.Errorf("%d values were sealed anew a second time", n)
	}

	after := storetest.Open(t, keyed(t, database, fresh))
	get[tenant.Tokens](t)(after.LoadTokens(ctx, shop))
	get[[]referral.KeptReport](t)(after.ListReports(ctx, shop))
}

// keyed is a store's configuration with encryption keys of its own; database "" is a fresh one.
func keyed(t *testing.T, database, keys string) store.Config {
	t.Helper()
	ring, err := secret.ParseKeyring(keys)
	must(t, err)
	c := storetest.Patient(storetest.URI(t))
	c.Database, c.Keyring = database, ring
	return c
}

// What hangs on a hash key is counted by collection.
func TestHashesOfAKeyAreCounted(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	advocate := storetest.Advocate(t, s, shop)
	must(t, s.NoteBrowser(ctx, shop, advocate.ID, "old:1"))
	must(t, s.AddTombstones(ctx, shop, []referral.Tombstone{{Hash: "new:2", As: "erased:new:3", At: noon}}))
	counts := get[map[string]int](t)(s.CountHashes(ctx, "old"))
	if counts["advocates"] != 1 || counts["tombstones"] != 0 {
		t.Errorf("counts %v, want one advocate", counts)
	}
}
