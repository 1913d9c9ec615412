package reports

import (
	"context"
	"errors"
	"slices"
	"strings"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

const (
	orderGID    = "gid://shopify/Order/"
	customerGID = "gid://shopify/Customer/"
)

// sought is what somebody may mean by a query.
type sought struct {
	orders   referral.FriendQuery
	codes    []string // of advocates and rewards
	customer referral.CustomerID
}

// means tells what a query may mean. A bare number may be an order's name, an order's id and a customer's.
func means(query string) sought {
	query = strings.TrimSpace(query)
	switch {
	case strings.HasPrefix(query, orderGID):
		return sought{orders: referral.FriendQuery{Order: referral.OrderID(query)}}
	case strings.HasPrefix(query, customerGID):
		return sought{customer: referral.CustomerID(query)}
	}

	bare := strings.TrimPrefix(query, "#")
	upper := referral.NormalCode(bare)
	s := sought{orders: referral.FriendQuery{
		Names: []string{"#" + bare, bare, "#" + strings.ToUpper(bare), strings.ToUpper(bare)}, Codes: []string{upper},
	}}
	if bare != query {
		s.orders.Codes = nil
		return s
	}

	s.codes = []string{upper}
	if strings.Trim(bare, "0123456789") == "" {
		s.orders.Order = referral.OrderID(orderGID + bare)
		s.customer = referral.CustomerID(customerGID + bare)
	}
	return s
}

// search lists what a query finds. Friends go first; where there are none, the friends of the advocate whom it names.
func (r *Referrals) search(
	ctx context.Context, shop tenant.ShopID, f Filter, cursor string,
) (page ReferralPage, err error) {
	what := means(f.Query)
	if strings.Contains(f.Query, "@") {
		var withheld bool
		if what, withheld, err = r.meansAddress(ctx, shop, f.Query); err != nil || withheld {
			return ReferralPage{EmailUnasked: withheld}, err
		}
	}

	friends, err := r.friends(ctx, shop, what)
	if err != nil {
		return page, err
	}
	var found []referral.Referral
	if len(friends) > 0 {
		found, err = r.store.ReferralsOfFriends(ctx, shop, friends)
	}
	if err != nil {
		return page, err
	}
	advocate, err := r.advocate(ctx, shop, what)
	if err != nil {
		return page, err
	}

	if len(found) == 0 && advocate != nil {
		page, err = r.listOf(ctx, shop, f, *advocate, cursor)
	} else {
		page.Rows, err = r.rows(ctx, shop, found)
	}
	page.QueryAdvocate = advocate
	return page, err
}

// listOf is a page of the friends of an advocate whom a query names.
func (r *Referrals) listOf(
	ctx context.Context, shop tenant.ShopID, f Filter, a referral.Advocate, cursor string,
) (ReferralPage, error) {
	q := Filter{Advocate: a.ID}.query()
	if err := r.openCursor(shop, f, cursor, &q); err != nil {
		return ReferralPage{}, err
	}
	found, err := r.store.FindReferrals(ctx, shop, q)
	if err != nil {
		return ReferralPage{}, err
	}
	return r.turned(ctx, shop, f, q, found, a)
}

// meansAddress asks Shopify whose an e-mail address is: none is kept that could be compared with it.
func (r *Referrals) meansAddress(
	ctx context.Context, shop tenant.ShopID, address string,
) (what sought, withheld bool, err error) {
	customer, err := r.people.CustomerWithEmail(ctx, shop, strings.TrimSpace(address))
	switch {
	case fault.Is(err, fault.NotFound):
		return sought{}, false, nil
	case errors.Is(err, referral.ErrWithheld):
		return sought{}, true, nil
	}
	return sought{customer: customer}, false, err
}

// friends are those whom a query means: the customer, and whoever placed an order or got a reward that it names.
func (r *Referrals) friends(ctx context.Context, shop tenant.ShopID, what sought) ([]referral.FriendID, error) {
	var friends []referral.FriendID
	if what.customer != "" {
		friends = append(friends, referral.FriendOf(what.customer, false), referral.FriendOf(what.customer, true))
	}

	if len(what.orders.Names) > 0 || what.orders.Order != "" {
		placed, err := r.store.FindFriends(ctx, shop, what.orders)
		if err != nil {
			return nil, err
		}
		friends = append(friends, placed...)
	}

	rewarded, err := r.store.FriendsWithCodes(ctx, shop, what.codes)
	if len(rewarded) > PageSize {
		rewarded = rewarded[:PageSize]
	}
	friends = append(friends, rewarded...)
	slices.Sort(friends)
	return slices.Compact(friends), err
}

// advocate is whom a query names by a code, else by the customer; nil: nobody.
func (r *Referrals) advocate(
	ctx context.Context, shop tenant.ShopID, what sought,
) (found *referral.Advocate, err error) {
	var a referral.Advocate
	switch {
	case what.customer != "":
		a, err = r.store.FindAdvocateByCustomer(ctx, shop, what.customer)
	case len(what.codes) > 0:
		a, err = r.store.FindAdvocateByCode(ctx, shop, what.codes[0])
	default:
		return nil, nil
	}

	if err == nil {
		found = &a
	}
	return found, unlessNotFound(err)
}
