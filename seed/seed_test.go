package seed_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"twofold/figures"
	"twofold/referral"
	"twofold/seed"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// planted seeds a new shop, several times.
func planted(t *testing.T, times ...int) (*store.Store, tenant.Shop, *figures.Service) {
	t.Helper()
	s, ctx := storetest.New(t), storetest.Context(t)
	shop := storetest.Shop(t, s)
	keeper := figures.New(s, func() time.Time { return storetest.Noon }, slog.New(slog.DiscardHandler))
	if err := keeper.Fold(ctx, shop.ID); err != nil {
		t.Fatal(err)
	}

	campaign := storetest.Campaign(t, s, shop.ID)
	for i, referrals := range times {
		planter := seed.Planter{
			Store: s, Campaign: campaign, Now: storetest.Noon.Add(time.Duration(i) * time.Minute),
			Log: slog.New(slog.DiscardHandler), Told: func(int) {},
		}
		if err := planter.Plant(ctx, shop.ID, referrals); err != nil {
			t.Fatal(err)
		}
	}
	return s, shop, keeper
}

// A seeded shop is one that the rules could have made, though much of it is copied: its figures are those from scratch,
// and deciding a referral anew from what is kept changes nothing.
func TestASeededShopIsBelievable(t *testing.T) {
	t.Parallel()
	const many = 1500 // of which 400 are copied, and every tenth is decided anew
	s, shop, keeper := planted(t, many-100, 100)
	ctx := storetest.Context(t)
	wrong, err := keeper.Rebuild(ctx, shop.ID)
	if err != nil || len(wrong.Days)+len(wrong.Advocates) > 0 {
		t.Errorf("a rebuild finds wrong: %v, %v", wrong, err)
	}

	all, err := s.ListReferrals(ctx, shop.ID, 2*many)
	if err != nil || len(all) != many {
		t.Fatalf("%d referrals, %v", len(all), err)
	}
	states, rewards := map[referral.State]int{}, map[referral.RewardState]int{}
	most := map[referral.AdvocateID]int{}
	for i, r := range all {
		states[r.State]++
		rewards[r.Rewards[referral.AdvocateSide].State]++
		most[r.Advocate]++
		if i%10 > 0 {
			continue
		}

		facts, err := s.LoadFacts(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		again, err := r.Decided(facts)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: -kept +decided anew\n%s", r.OrderName, diff)
		}
	}

	for _, state := range referral.Listed {
		if states[state] == 0 {
			t.Errorf("none is %s: %v", state, states)
		}
	}
	if rewards[referral.RewardIssued] == 0 || rewards[referral.RewardRedeemed] == 0 || rewards[referral.RewardPending] == 0 {
		t.Errorf("rewards: %v", rewards)
	}
	if len(most) < many/20 || len(most) > many/5 {
		t.Errorf("%d advocates", len(most))
	}
}
