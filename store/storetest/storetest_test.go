package storetest

import (
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"twofold/referral"
	"twofold/store"
	"twofold/tenant"
)

func TestMain(m *testing.M) { Main(m) }

func TestOnlyTestDatabasesAreDropped(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"twofold", "", "Test_x", "xtest_", "admin"} {
		if err := Drop(Context(t), "mongodb://127.0.0.1:1", name); err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	one, two := New(t), New(t)
	shop := Shop(t, one)
	if _, err := two.FindShop(Context(t), shop.ID); err == nil {
		t.Error("a shop of one store is in the other")
	}
	if shop.Profile.Currency != "USD" || shop.ProfileAt.IsZero() || shop.Status != tenant.Installed {
		t.Errorf("got %+v", shop)
	}
}

// What one test has written, another never sees; an index that it has dropped is there for the next.
func TestDatabasesAreLeftEmptyAndWhole(t *testing.T) { //nolint:paralleltest // another test would take what it leaves
	for name, change := range map[string]func(*mongo.Database) error{
		"documents": func(*mongo.Database) error { return nil },
		"an index": func(db *mongo.Database) error {
			return db.Collection("claims").Indexes().DropAll(Context(t))
		},
		"a collection more": func(db *mongo.Database) error { return db.CreateCollection(Context(t), "more") },
		"the schema's version": func(db *mongo.Database) error {
			_, err := db.Collection("schema").UpdateOne(Context(t), bson.D{}, bson.D{
				{Key: "$set", Value: bson.D{{Key: "version", Value: 1}}},
			})
			return err
		},
	} {
		var left string
		t.Run(name, func(t *testing.T) {
			left = take(t)
			c := Patient(URI(t))
			c.Database, c.Keyring = left, Keyring()
			s, err := store.Open(Context(t), c)
			if err != nil {
				t.Fatal(err)
			}
			Shop(t, s)
			if err := change(pool.admin.Database(left)); err != nil {
				t.Fatal(err)
			}
			giveBack(t, s, left)
		})

		now, err := shape(Context(t), pool.admin.Database(left))
		if err != nil {
			t.Fatal(err)
		}
		n, err := pool.admin.Database(left).Collection("shops").CountDocuments(Context(t), bson.D{})
		if err != nil || n != 0 {
			t.Errorf("after %s: %d shops, %v", name, n, err)
		}
		pool.Lock()
		if free := slices.Contains(pool.free, left); free != (name == "documents") || free && now != pool.shape {
			t.Errorf("after %s: free is %v", name, free)
		}
		pool.Unlock()
	}
}

func TestFactoriesFitTogether(t *testing.T) {
	t.Parallel()
	s := New(t)
	shop := Shop(t, s).ID
	campaign, advocate := Campaign(t, s, shop), Advocate(t, s, shop)
	code := Codes(t, s, campaign, referral.FriendSide, 2)[0]
	friend := Customer()
	Claim(t, s, campaign, advocate, func(c *referral.Claim) { c.Code, c.Customer = code, friend })
	Order(t, s, shop, func(o *referral.Order) { o.Customer, o.Codes = friend, []string{code} })
	if err := s.RaiseFacts(Context(t), shop, referral.FriendOf(friend, false), true); err != nil {
		t.Fatal(err)
	}
	blank, err := s.FindReferral(Context(t), shop, referral.FriendOf(friend, false))
	if err != nil {
		t.Fatal(err)
	}
	facts, err := s.LoadFacts(Context(t), blank)
	if err != nil {
		t.Fatal(err)
	}

	decided, err := blank.Decided(facts)
	if err != nil || decided.State != referral.Pending || decided.Advocate != advocate.ID {
		t.Errorf("the story's referral: %s %s by %s, %v", decided.State, decided.Reason, decided.Advocate, err)
	}
}
