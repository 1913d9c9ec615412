package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"twofold/fault"
	"twofold/referral"
	"twofold/secret"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
	"twofold/text"
)

func TestMigrateTwiceAndAtOnce(t *testing.T) {
	t.Parallel()
	ctx, s, _ := newStore(t)
	must(t, s.SchemaCurrent(ctx))
	must(t, s.Migrate(ctx))
	_, err := s.Database().Collection("schema").DeleteMany(ctx, bson.D{})
	must(t, err)
	wantKind(t, "no schema", s.SchemaCurrent(ctx), fault.Unavailable)
	if message := text.English.Error(s.SchemaCurrent(ctx)); !strings.Contains(message, "twofold migrate") {
		t.Errorf("the message does not say what to do: %s", message)
	}
	won(t, atOnce(4, func(int) error { return s.Migrate(ctx) }), "") // over all that is there
	must(t, s.SchemaCurrent(ctx))
}

// schema1 turns a database back to what the first version of the program left: its index, and documents as it wrote
// them.
func schema1(t *testing.T, ctx context.Context, s *store.Store, shop tenant.ShopID) {
	t.Helper()
	db := s.Database()
	_, err := db.Collection("schema").UpdateOne(ctx, bson.D{}, bson.D{
		{Key: "$set", Value: bson.D{{Key: "version", Value: 1}}},
	})
	must(t, err)
	for collection, names := range map[string][]string{
		"shops": {"to_show"}, "campaigns": {"share", "tend", "unshown"}, "advocates": {"shared"}, "claims": {"codes", "emails", "counted", "campaign_counted"}, "codes": {"ending"},
		"referrals": {"granted", "owed", "campaign", "asks"},
	} {
		for _, name := range names {
			must(t, db.Collection(collection).Indexes().DropOne(ctx, name))
		}
	}
	must(t, db.RunCommand(ctx, bson.D{{Key: "createIndexes", Value: "claims"}, {Key: "indexes", Value: bson.A{bson.D{
		{Key: "name", Value: "code"}, {Key: "key", Value: bson.D{{Key: "shop", Value: 1}, {Key: "code", Value: 1}}},
		{Key: "unique", Value: true}, {Key: "partialFilterExpression", Value: bson.D{{Key: "has_code", Value: true}}},
	}}}}).Err())
	writeSchema1(t, ctx, s, shop, "1")
}

// writeSchema1 writes documents as the first version of the program does, with what schema 2 looks at.
func writeSchema1(t *testing.T, ctx context.Context, s *store.Store, shop tenant.ShopID, n string) {
	t.Helper()
	for collection, doc := range map[string]bson.D{
		"claims": {
			{Key: "id", Value: "clm_" + n}, {Key: "campaign", Value: "cmp_" + n}, {Key: "version", Value: 1},
			{Key: "keys", Value: bson.A{"k" + n, referral.CustomerKey(referral.CustomerID("c" + n))}},
			{Key: "customer", Value: "c" + n}, {Key: "claimed_at", Value: noon}, {Key: "code", Value: "CODE-" + n},
			{Key: "has_code", Value: true}, {Key: "rev", Value: 0},
		},
		"referrals": {
			{Key: "friend", Value: "gid://shopify/Customer/" + n}, {Key: "state", Value: "voided"}, {Key: "advocate", Value: "adv_1"}, {Key: "facts_rev", Value: int64(1)},
			{Key: "decided_rev", Value: int64(1)}, {Key: "has_work", Value: true}, {Key: "work", Value: bson.A{"newness"}},
			{Key: "release", Value: bson.D{{Key: "advocate", Value: "adv_1"}, {Key: "at", Value: noon}}},
			{Key: "issues", Value: bson.A{
				bson.D{{Key: "code", Value: "GONE-" + n}, {Key: "taken_back", Value: noon}},
				bson.D{{Key: "code", Value: "STANDS-" + n}, {Key: "taken_back", Value: nil}},
			}},
			{Key: "rewards", Value: bson.D{
				{Key: "advocate", Value: bson.D{{Key: "state", Value: "owed"}}},
				{Key: "friend", Value: bson.D{
					{Key: "state", Value: "approved"},
					{Key: "amount", Value: bson.D{{Key: "minor", Value: int64(2000)}, {Key: "currency", Value: "USD"}}},
				}},
			}},
		},
		"campaigns": {
			{Key: "id", Value: "cmp_" + n}, {Key: "version", Value: 1}, {Key: "state", Value: "ended"},
			{Key: "live_at", Value: noon}, {Key: "rev", Value: int64(3)},
			{Key: "discounts", Value: bson.D{{Key: "friend", Value: "d"}}},
		},
		"advocates": {
			{Key: "id", Value: "adv_" + n},
			{Key: "codes", Value: bson.A{"ADV-" + n}},
			{Key: "joined_at", Value: noon},
			{Key: "state", Value: "active"},
		},
	} {
		id := string(shop) + "/" + doc[0].Value.(string)
		if collection == "campaigns" {
			id += "/1"
		}
		if collection == "referrals" {
			id = string(shop) + "/customer/" + n
		}
		doc = append(doc, bson.E{Key: "_id", Value: id}, bson.E{Key: "shop", Value: shop})
		_, err := s.Database().Collection(collection).InsertOne(ctx, doc)
		must(t, err)
	}
}

// wantUpgraded checks that a shop's documents of schema 1 answer as if schema 2 had written them.
func wantUpgraded(t *testing.T, ctx context.Context, s *store.Store, shop tenant.ShopID, friends ...referral.FriendID) {
	t.Helper()
	for _, friend := range friends {
		n := string(friend[len("gid://shopify/Customer/"):])
		claims := get[[]referral.Claim](t)(s.ClaimsOf(ctx, shop, referral.ClaimQuery{Codes: []string{"CODE-" + n}}))
		if len(claims) != 1 || claims[0].Code != "CODE-"+n || !claims[0].SignedAt.Equal(noon) || !claims[0].CountsUntil.Equal(noon.Add(referral.CountsFor)) {
			t.Errorf("claims with code %s: %v", n, claims)
		}
		c := get[referral.Campaign](t)(s.FindCampaign(ctx, shop,
			referral.CampaignKey{ID: referral.CampaignID("cmp_" + n), Version: 1}))
		if c.Until.IsZero() || !c.TendAt.Equal(noon) || c.Rev < 4 {
			t.Errorf("ended campaign: %+v", c)
		}
		r := get[referral.Referral](t)(s.FindReferral(ctx, shop, friend))
		if due := r.Rewards[referral.FriendSide].Due; due != storetest.USD("20") {
			t.Errorf("an approved reward's code is worth %s", due)
		}
		issues := r.Issues
		if !issues[0].TakenBack || issues[1].TakenBack {
			t.Errorf("issues: %+v", issues)
		}
	}
	if owed := get[[]referral.Referral](t)(s.OwedOf(ctx, shop, "adv_1")); len(owed) != len(friends) {
		t.Errorf("%d are owed, want %d", len(owed), len(friends))
	}
	if n := get[int](t)(s.CountReleases(ctx, shop, "adv_1", noon.Add(-time.Hour), noon.AddDate(1, 0, 0))); n != len(friends) {
		t.Errorf("%d releases, want %d", n, len(friends))
	}
	if due := get[[]referral.Due](t)(s.DueWork(ctx, noon, 10)); len(due) != len(friends) {
		t.Errorf("%d are due, want %d", len(due), len(friends))
	}
	if list := get[[]referral.Advocate](t)(s.AdvocatesWithoutShare(ctx, shop, "cmp_1", 10)); len(list) != len(friends) {
		t.Errorf("%d advocates without share, want %d", len(list), len(friends))
	}
	if info := get[store.Info](t)(s.Info(ctx)); info.Schema != 13 || len(info.Problems) != 0 {
		t.Errorf("info: %+v", info)
	}
}

func TestMigrateFromSchema1(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	schema1(t, ctx, s, shop)
	wantKind(t, "schema 1", s.SchemaCurrent(ctx), fault.Unavailable)
	won(t, atOnce(4, func(int) error { return s.Migrate(ctx) }), "")
	must(t, s.SchemaCurrent(ctx))
	const one, two referral.FriendID = "gid://shopify/Customer/1", "gid://shopify/Customer/2"
	wantUpgraded(t, ctx, s, shop, one)
	if doc := raw(t, s, "referrals", bson.D{{Key: "friend", Value: one}}); doc["test"] != false {
		t.Errorf("test is %v", doc["test"])
	}
	names := map[string]bool{}
	for _, spec := range get[[]mongo.IndexSpecification](t)(s.Database().Collection("claims").Indexes().ListSpecifications(ctx)) {
		names[spec.Name] = true
	}
	if names["code"] || !names["codes"] {
		t.Errorf("indexes of claims: %v", names)
	}
	was := get[referral.Campaign](t)(s.FindCampaign(ctx, shop, referral.CampaignKey{ID: "cmp_1", Version: 1}))
	must(t, s.Migrate(ctx))
	same(t, was, get[referral.Campaign](t)(s.FindCampaign(ctx, shop, was.Key()))) // once is enough

	writeSchema1(t, ctx, s, shop, "2") // the first version still ran somewhere
	_, err := s.Database().Collection("schema").UpdateOne(ctx, bson.D{}, bson.D{
		{Key: "$set", Value: bson.D{{Key: "version", Value: 1}}},
	})
	must(t, err)
	must(t, s.Migrate(ctx))
	wantUpgraded(t, ctx, s, shop, one, two)
}

// The first version writes beside this one without the fields of schema 2, and without being refused: several of its
// claims have no codes.
func TestSchema1WritesBesideSchema2(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	writeSchema1(t, ctx, s, shop, "1")
	writeSchema1(t, ctx, s, shop, "2")
	if n := get[int](t)(s.CountReleases(ctx, shop, "adv_1", noon.Add(-time.Hour), noon.AddDate(1, 0, 0))); n != 2 {
		t.Errorf("%d releases, want 2", n)
	}
	if due := get[[]referral.Due](t)(s.DueWork(ctx, noon, 10)); len(due) != 2 {
		t.Errorf("%d are due, want 2", len(due))
	}
	claim, err := s.UpdateClaim(ctx, shop, "clm_1", func(*referral.Claim) error { return nil }) // whatever writes it adds what is missing
	must(t, err)
	same(t, []referral.Claim{claim},
		get[[]referral.Claim](t)(s.ClaimsOf(ctx, shop, referral.ClaimQuery{Codes: []string{"CODE-1"}})))
}

// A newer version of the program has migrated already: this one goes on, and its own Migrate does not turn anything
// back.
func TestNewerSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	ctx, s, _ := newStore(t)
	newer := bson.D{{Key: "$set", Value: bson.D{{Key: "version", Value: 1000}}}}
	_, err := s.Database().Collection("schema").UpdateOne(ctx, bson.D{}, newer)
	must(t, err)
	must(t, s.SchemaCurrent(ctx))
	must(t, s.Migrate(ctx))
	if info := get[store.Info](t)(s.Info(ctx)); info.Schema != 1000 {
		t.Errorf("schema is %d", info.Schema)
	}
}

func TestInfoNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	ctx, s, _ := newStore(t)
	info := get[store.Info](t)(s.Info(ctx))
	if info.Major < 6 || !strings.HasPrefix(info.Version, "6.") || info.ReplicaSet != "rs0" || info.Sharded || info.Schema < 1 || len(info.Problems) != 0 {
		t.Errorf("got %+v", info)
	}
	claims := s.Database().Collection("claims").Indexes()
	must(t, claims.DropOne(ctx, "keys"))
	must(t, claims.DropOne(ctx, "codes"))
	must(t, s.Database().RunCommand(ctx, bson.D{{Key: "createIndexes", Value: "claims"}, {Key: "indexes", Value: bson.A{bson.D{
		{Key: "name", Value: "codes"}, {Key: "key", Value: bson.D{{Key: "shop", Value: 1}, {Key: "codes", Value: 1}}},
		{Key: "partialFilterExpression", Value: bson.D{{Key: "has_codes", Value: true}}},
	}}}}).Err()) // but not unique
	info = get[store.Info](t)(s.Info(ctx))
	var problems []string
	for _, p := range info.Problems {
		problems = append(problems, text.English.Error(p))
	}
	if len(problems) != 2 || !strings.Contains(problems[0], "claims.keys is missing") || !strings.Contains(problems[1], "claims.codes is not as declared") {
		t.Errorf("problems: %q", problems)
	}
	must(t, claims.DropOne(ctx, "codes"))
	must(t, s.Migrate(ctx)) // as the problems say
	if info = get[store.Info](t)(s.Info(ctx)); len(info.Problems) != 0 {
		t.Errorf("after migrate: %q", info.Problems)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	ring, err := secret.ParseKeyring(secret.NewKey("k"))
	must(t, err)
	good := store.Config{URI: "mongodb://127.0.0.1:1", Database: "test_x", Keyring: ring}
	must(t, good.Validate())
	for what, spoil := range map[string]func(*store.Config){
		"no address":        func(c *store.Config) { c.URI = "" },
		"no database":       func(c *store.Config) { c.Database = "" },
		"no keyring":        func(c *store.Config) { c.Keyring = nil },
		"negative time-out": func(c *store.Config) { c.OperationTimeout = -1 },
		"unreadable":        func(c *store.Config) { c.URI = "mongodb://user:hunter2@" },
	} {
		bad := good
		spoil(&bad)
		_, err := store.Open(storetest.Context(t), bad)
		wantKind(t, what, err, fault.Invalid)
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the password is shown: %v", what, err)
		}
	}
}
