package reports

import (
	"context"

	"twofold/referral"
	"twofold/tenant"
)

// exportPage is how many referrals an export reads at a time, but in tests.
const exportPage = 500

// Each hands over all referrals that a filter selects, the newest order first, read in pages. Nobody is named: that
// would ask Shopify for everybody. It ends with the first error.
func (r *Referrals) Each(ctx context.Context, shop tenant.ShopID, f Filter, do func(Row) error) error {
	if f.Query != "" {
		page, err := r.search(ctx, shop, f, "")
		if err != nil {
			return err
		}
		if page.Older == "" {
			return doEach(page.Rows, do)
		}
		// More than a page: the query names an advocate, and these are their friends.
		f = Filter{Advocate: page.QueryAdvocate.ID}
	}

	known := map[referral.AdvocateID]referral.Advocate{}
	q := f.query()
	q.Limit = r.exportPage
	for {
		found, err := r.store.FindReferrals(ctx, shop, q)
		if err != nil || len(found) == 0 {
			return err
		}
		rows, err := r.identified(ctx, shop, found, known)
		if err != nil {
			return err
		}
		if err := doEach(rows, do); err != nil {
			return err
		}
		q.From = referral.PlaceOf(found[len(found)-1])
	}
}

func doEach(rows []Row, do func(Row) error) error {
	for _, row := range rows {
		if err := do(row); err != nil {
			return err
		}
	}
	return nil
}
