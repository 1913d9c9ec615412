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

// What hangs on a hash key is counted by collection, wherever a hash may stand; what hangs on another key is not.
func TestHashesOfAKeyAreCounted(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	campaign, advocate := storetest.Campaign(t, s, shop), storetest.Advocate(t, s, shop)
	claim := func(change func(*referral.Claim)) { storetest.Claim(t, s, campaign, advocate, change) }
	order := func(change func(*referral.Order)) { storetest.Order(t, s, shop, change) }
	for name, row := range map[string]struct {
		collection string
		write      func(hash string)
	}{
		"an advocate's browser": {
			"advocates", func(hash string) { must(t, s.NoteBrowser(ctx, shop, advocate.ID, hash)) },
		},
		"an advocate's address": {"advocates", func(hash string) {
			storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.Emails = []string{hash} })
		}},
		"a claim's key": {
			"claims",
			func(hash string) { claim(func(c *referral.Claim) { c.Keys = []string{referral.BrowserKey(hash)} }) },
		},
		"a claim's browser": {
			"claims", func(hash string) { claim(func(c *referral.Claim) { c.Browsers = []string{hash} }) },
		},
		"a claim's address": {"claims", func(hash string) {
			claim(func(c *referral.Claim) { c.Addresses = []referral.Address{{Hash: hash, At: noon}} })
		}},
		"a claim's network": {"claim_networks", func(hash string) {
			must(t, s.NoteNetwork(ctx, shop, referral.ClaimID("clm_"+hash), advocate.ID, hash, noon))
		}},
		"an order's address": {
			"orders", func(hash string) { order(func(o *referral.Order) { o.Emails = []string{hash} }) },
		},
		"an order's mailbox": {
			"orders", func(hash string) { order(func(o *referral.Order) { o.Aliases = []string{hash} }) },
		},
		"an order's card": {
			"orders", func(hash string) { order(func(o *referral.Order) { o.Cards = []string{hash} }) },
		},
		"an order's network": {
			"orders", func(hash string) { order(func(o *referral.Order) { o.Marks.Networks = []string{hash} }) },
		},
		"an order's browser": {
			"orders", func(hash string) { order(func(o *referral.Order) { o.Marks.Agents = []string{hash} }) },
		},
		"an order's telephone": {
			"orders", func(hash string) { order(func(o *referral.Order) { o.Marks.Phones = []string{hash} }) },
		},
		"where an order's mail goes": {
			"orders", func(hash string) { order(func(o *referral.Order) { o.Marks.Mailboxes = []string{hash} }) },
		},
		"where a friend was seen": {
			"claims", func(hash string) {
				claim(func(c *referral.Claim) { c.Seen = []referral.Sighting{{Networks: []string{hash}}} })
			},
		},
		"by what a friend was seen": {
			"claims", func(hash string) {
				claim(func(c *referral.Claim) { c.Seen = []referral.Sighting{{Agents: []string{hash}}} })
			},
		},
		"what a friend typed": {
			"claims", func(hash string) {
				claim(func(c *referral.Claim) { c.Seen = []referral.Sighting{{Typed: []string{hash}}} })
			},
		},
		"where an advocate was seen": {"advocates", func(hash string) {
			storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.Seen = []referral.Sighting{{Networks: []string{hash}}} })
		}},
		"a report": {"privacy_reports", func(hash string) {
			must(t, s.SaveReport(ctx, shop, referral.KeptReport{ID: hash, Hash: hash, At: noon, Body: []byte(`{}`)}))
		}},
		"who wants no mails": {"mail_stops", func(hash string) { must(t, s.StopMails(ctx, shop, hash, referral.StopAsked, noon)) }},
		"a tombstone": {"tombstones", func(hash string) {
			must(t, s.AddTombstones(ctx, shop, []referral.Tombstone{{Hash: hash, As: "erased", At: noon}}))
		}},
	} {
		before := get[map[string]int](t)(s.CountHashes(ctx, "old"))
		row.write("new:" + name)
		if counts := get[map[string]int](t)(s.CountHashes(ctx, "old")); counts[row.collection] != before[row.collection] {
			t.Errorf("%s under another key: counts %v, before %v", name, counts, before)
		}
		row.write("old:" + name)
		if counts := get[map[string]int](t)(s.CountHashes(ctx, "old")); counts[row.collection] != before[row.collection]+1 {
			t.Errorf("%s: counts %v, before %v; want one more of %s", name, counts, before, row.collection)
		}
	}
}
