package reports

import (
	"context"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// TestRunStore is what a test run is read from. Every method is about one shop. Errors: NotFound, Unavailable.
type TestRunStore interface {
	// NewestTest finds the referral with the newest test order since an instant.
	NewestTest(ctx context.Context, shop tenant.ShopID, since time.Time) (referral.Referral, error)
	// NewestClaim finds the claim of a campaign that was made or renewed last.
	NewestClaim(ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID) (referral.Claim, error)
	FindClaim(ctx context.Context, shop tenant.ShopID, id referral.ClaimID) (referral.Claim, error)
	// PageAdvocates lists one page of advocates, who joined last first.
	PageAdvocates(ctx context.Context, shop tenant.ShopID, q referral.AdvocateQuery) ([]referral.Advocate, error)
}

// TestRuns reads how far the merchant's own test order has come.
type TestRuns struct{ store TestRunStore }

// NewTestRuns wires it.
func NewTestRuns(store TestRunStore) *TestRuns { return &TestRuns{store} }

// TestRun is how far a test order has come. What is missing is the zero value.
type TestRun struct {
	Advocate referral.Advocate // who joined last
	Claim    referral.Claim    // that the order rests on; before there is one, the last of the campaign, of whomever
	Referral referral.Referral // of the newest test order; State "": there is none yet
}

// Ordered tells whether the test order was heard of.
func (r TestRun) Ordered() bool { return r.Referral.State != "" }

// testRunFor is how long a test run is shown.
const testRunFor = 24 * time.Hour

// Newest reads the run of the last day. campaign is the one whose offer is taken; "": there is none. It does three
// queries.
func (t *TestRuns) Newest(
	ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, now time.Time,
) (run TestRun, err error) {
	since := now.Add(-testRunFor)
	if run.Referral, err = t.store.NewestTest(ctx, shop, since); unlessNotFound(err) != nil {
		return TestRun{}, err
	}
	if run.Claim, err = t.claim(ctx, shop, run.Referral, campaign, since); unlessNotFound(err) != nil {
		return TestRun{}, err
	}

	last, err := t.store.PageAdvocates(ctx, shop, referral.AdvocateQuery{Limit: 1})
	if len(last) > 0 {
		run.Advocate = last[0]
	}
	return run, err
}

// claim is the one that the test order rests on, else the last of the campaign since an instant.
func (t *TestRuns) claim(
	ctx context.Context, shop tenant.ShopID, r referral.Referral, campaign referral.CampaignID, since time.Time,
) (referral.Claim, error) {
	switch {
	case r.Claim != "":
		return t.store.FindClaim(ctx, shop, r.Claim)
	case r.State != "" || campaign == "":
		return referral.Claim{}, nil
	}

	c, err := t.store.NewestClaim(ctx, shop, campaign)
	if err != nil || c.LastTouch().Before(since) {
		return referral.Claim{}, err
	}
	return c, nil
}
