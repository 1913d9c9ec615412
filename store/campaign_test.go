package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/fault"
	"twofold/referral"
	"twofold/store/storetest"
	"twofold/trust"
)

func TestCampaignVersionsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	old := storetest.Campaign(t, s, shop, func(c *referral.Campaign) { c.CreatedAt = noon.Add(-48 * time.Hour) })
	v1 := storetest.Campaign(t, s, shop)
	v2 := v1
	v2.Version = 2
	must(t, s.AddCampaign(ctx, v2))
	wantKind(t, "the same version again", s.AddCampaign(ctx, v2), fault.Conflict)

	list := get[[]referral.Campaign](t)(s.ListCampaigns(ctx, shop))
	if len(list) != 3 || list[0].Key() != v2.Key() || list[1].Key() != v1.Key() || list[2].Key() != old.Key() {
		t.Errorf("got %v", list)
	}
	_, err := s.FindCampaign(ctx, shop, referral.CampaignKey{ID: v1.ID, Version: 3})
	wantKind(t, "unknown version", err, fault.NotFound)
}

func TestCampaignUpdatesAreNeverLost(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	errs := atOnce(16, func(int) error {
		_, err := s.UpdateCampaign(ctx, shop, c.Key(), func(c *referral.Campaign) error {
			c.Terms.HoldDays++
			return nil
		})
		return err
	})
	if n := won(t, errs, ""); n != 16 {
		t.Errorf("%d of 16 updates came through", n)
	}
	got := get[referral.Campaign](t)(s.FindCampaign(ctx, shop, c.Key()))
	if want := c.Terms.HoldDays + 16; got.Terms.HoldDays != want || got.Rev != c.Rev+16 {
		t.Errorf("hold is %d, rev %d; want %d, %d", got.Terms.HoldDays, got.Rev, want, c.Rev+16)
	}
}

func TestUpdateThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	_, err := s.UpdateCampaign(ctx, shop, c.Key(), func(c *referral.Campaign) error {
		c.Name = "changed"
		return errStop
	})
	if err != errStop { //nolint:errorlint // it must come back as it is
		t.Errorf("got %v", err)
	}
	if got := get[referral.Campaign](t)(s.FindCampaign(ctx, shop, c.Key())); got.Name != c.Name || got.Rev != c.Rev {
		t.Errorf("changed: %+v", got)
	}
	_, err = s.UpdateCampaign(ctx, shop, referral.CampaignKey{ID: "cmp_none", Version: 1},
		func(*referral.Campaign) error { return nil })
	wantKind(t, "unknown campaign", err, fault.NotFound)
}

// The version before kept drift as sentences. What differs is still told, and repaired; the values come with the next
// audit.
func TestDriftOfTheVersionBeforeIsReadWithoutValues(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	before := bson.A{
		bson.D{
			{Key: "side", Value: "friend"},
			{Key: "what", Value: "value"},
			{Key: "want", Value: "$20 off"},
			{Key: "has", Value: "25% off"},
		},
		bson.D{
			{Key: "side", Value: "share"},
			{Key: "what", Value: "deleted"},
			{Key: "want", Value: "there"},
			{Key: "has", Value: "deleted"},
		},
	}
	_, err := s.Database().Collection("campaigns").UpdateOne(ctx,
		bson.D{{Key: "shop", Value: shop}, {Key: "id", Value: c.ID}}, bson.D{
			{Key: "$set", Value: bson.D{{Key: "drift", Value: before}}},
		})
	must(t, err)

	got := get[referral.Campaign](t)(s.FindCampaign(ctx, shop, c.Key()))
	want := []referral.Drift{
		{Side: referral.FriendSide, What: referral.DriftWorth},
		{Side: referral.ShareSide, What: referral.DriftDeleted},
	}
	if diff := cmp.Diff(want, got.Drift); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// An earlier version kept of a problem no values, and one before it a sentence: both are read.
func TestProblemOfAnEarlierVersionIsRead(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	for _, kept := range []string{"scope_missing", "Shopify asks to wait."} {
		_, err := s.Database().Collection("campaigns").UpdateOne(ctx, bson.D{{Key: "shop", Value: shop}, {Key: "id", Value: c.ID}}, bson.D{
			{Key: "$set", Value: bson.D{{Key: "problem", Value: kept}}},
			{Key: "$unset", Value: bson.D{{Key: "problem_values", Value: ""}}},
		})
		must(t, err)

		got := get[referral.Campaign](t)(s.FindCampaign(ctx, shop, c.Key()))
		if diff := cmp.Diff(referral.Problem{Code: kept}, got.Problem); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
}

// The version before had no credit, but whether the first link is credited; and what it writes beside this one leaves
// the credit alone.
func TestCampaignsOfBefore(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	asBefore := func(first bool) bson.D {
		return bson.D{{Key: "$set", Value: bson.D{{Key: "terms.first_touch", Value: first}}}}
	}
	credit := func(c referral.Campaign) referral.Credit {
		return get[referral.Campaign](t)(s.FindCampaign(ctx, shop, c.Key())).Terms.Credit
	}

	for first, want := range map[bool]referral.Credit{false: referral.CreditLast, true: referral.CreditFirst} {
		c := storetest.Campaign(t, s, shop)
		update := append(asBefore(first), bson.E{Key: "$unset", Value: bson.D{{Key: "credit", Value: 1}, {Key: "terms.strictness", Value: 1}}})
		_, err := s.Database().Collection("campaigns").UpdateOne(ctx, bson.D{{Key: "id", Value: c.ID}}, update)
		must(t, err)
		if got := credit(c); got != want {
			t.Errorf("first %v: credits the %s, want the %s", first, got, want)
		}
		if got := get[referral.Campaign](t)(s.FindCampaign(ctx, shop, c.Key())).Terms.Strictness; got != trust.Balanced {
			t.Errorf("what had no strictness is %q", got)
		}

		_, err = s.UpdateCampaign(ctx, shop, c.Key(), func(*referral.Campaign) error { return nil })
		must(t, err)
		if got := credit(c); got != want {
			t.Errorf("first %v: credits the %s once it is written, want the %s", first, got, want)
		}
	}

	for _, written := range referral.Credits {
		c := storetest.Campaign(t, s, shop, func(c *referral.Campaign) { c.Terms.Credit = written })
		_, err := s.Database().Collection("campaigns").UpdateOne(ctx, bson.D{{Key: "id", Value: c.ID}},
			asBefore(written == referral.CreditFirst))
		must(t, err)
		if got := credit(c); got != written {
			t.Errorf("credits the %s, want the %s", got, written)
		}
	}
}

// Campaigns of before have the default number of rewards after which the next is held, unless the merchant had capped
// the month.
func TestLimitsOfBefore(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	for monthCap, want := range map[int]int{0: referral.DefaultFlagAfter, 40: 0} {
		c := storetest.Campaign(t, s, shop, func(c *referral.Campaign) { c.Limits.MonthCap = monthCap })
		unset := bson.D{{Key: "$unset", Value: bson.D{{Key: "limits.flag_after", Value: 1}}}}
		_, err := s.Database().Collection("campaigns").UpdateOne(ctx, bson.D{{Key: "id", Value: c.ID}}, unset)
		must(t, err)

		if got := get[referral.Campaign](t)(s.FindCampaign(ctx, shop, c.Key())).Limits.FlagAfter; got != want {
			t.Errorf("a month's cap of %d: the next is held after %d rewards, want %d", monthCap, got, want)
		}
	}
}
