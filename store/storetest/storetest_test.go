package storetest

import (
	"strings"
	"testing"

	"twofold/referral"
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
	facts, err := s.LoadFacts(Context(t), shop, referral.FriendOf(friend, false))
	if err != nil {
		t.Fatal(err)
	}
	decided, err := referral.Decide(facts)
	if err != nil || decided.State != referral.Pending || decided.Advocate != advocate.ID {
		t.Errorf("the story's referral: %s %s by %s, %v", decided.State, decided.Reason, decided.Advocate, err)
	}
}
