package store_test

import (
	"testing"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/store/storetest"
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
	_, err = s.UpdateCampaign(ctx, shop, referral.CampaignKey{ID: "cmp_none", Version: 1}, func(*referral.Campaign) error { return nil })
	wantKind(t, "unknown campaign", err, fault.NotFound)
}
