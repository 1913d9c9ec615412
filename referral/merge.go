package referral

import (
	"context"
	"fmt"
	"slices"

	"twofold/fault"
	"twofold/tenant"
)

// Two customers that are one. A merchant merges them in Shopify: the orders show the one who stays, and the other answers null. What was
// theirs here moves along: one advocate, one friend, links and rewards kept. What has moved on is out of reach of a customers/redact for
// the old customer, which Shopify sends afterwards.

// heedMerge merges the customers whom an order showed before into the one it shows now, where Shopify knows them no longer. A customer whom
// Shopify still knows was only exchanged on the order; one whom the merchant has attached was, too: their word says whose the order is, and
// not that two people are one.
func (s *Service) heedMerge(ctx context.Context, o Order, former []CustomerID) error {
	if o.Customer == "" || o.CustomerGone || o.Attached || o.Customer.Erased() {
		return nil
	}
	for _, c := range former {
		if c == "" || c.Erased() {
			continue
		}
		_, err := s.shopify.ReadCustomer(ctx, o.Shop, c)
		if err == nil || withheld(err) {
			continue
		}
		if !fault.Is(err, fault.NotFound) {
			return fmt.Errorf("referral: read customer: %w", err)
		}
		if err := s.Merge(ctx, o.Shop, c, o.Customer); err != nil {
			return err
		}
	}
	return nil
}

// Merge makes the records of one customer another's. It may run any number of times.
func (s *Service) Merge(ctx context.Context, shop tenant.ShopID, from, to CustomerID) error {
	if from == "" || to == "" || from == to {
		return fault.ForLog(fault.Invalid, "a merge needs two customers")
	}
	if err := s.moveAll(ctx, shop, from, to); err != nil {
		return err
	}
	if err := s.mergeAdvocates(ctx, shop, from, to); err != nil {
		return err
	}
	if err := s.store.ForgetMentions(ctx, shop, from, to); err != nil {
		return fmt.Errorf("referral: forget mentions: %w", err)
	}
	for _, test := range []bool{false, true} {
		if _, err := s.Conclude(ctx, shop, FriendOf(to, test)); err != nil {
			return err
		}
	}
	s.log.InfoContext(ctx, "customers merged", "shop", shop)
	return nil
}

// moveAll moves claims, orders and referrals, on what is known of them when nothing changes meanwhile.
func (s *Service) moveAll(ctx context.Context, shop tenant.ShopID, from, to CustomerID) error {
	for range decideTries {
		claims, err := s.store.ClaimsOf(ctx, shop, ClaimQuery{Customer: from})
		if err != nil {
			return fmt.Errorf("referral: claims of a customer: %w", err)
		}
		theirs, err := s.store.ClaimsOf(ctx, shop, ClaimQuery{Customer: to})
		if err != nil {
			return fmt.Errorf("referral: claims of a customer: %w", err)
		}

		move := CustomerMove{Shop: shop, From: from, To: to, Until: s.now()}
		for _, c := range claims {
			has := slices.ContainsFunc(theirs, func(t Claim) bool { return t.Campaign == c.Campaign && slices.Contains(t.Keys, CustomerKey(to)) })
			move.Claims = append(move.Claims, c.movedTo(to, !has))
		}
		err = s.store.MoveCustomer(ctx, move)
		if !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return fault.ForLog(fault.Unavailable, "the customer's claims keep changing")
}

// movedTo is the claim as another customer's. Only one claim of a campaign has a customer's key.
func (c Claim) movedTo(to CustomerID, withKey bool) Claim {
	was := CustomerKey(c.Customer)
	c.Keys = slices.DeleteFunc(slices.Clone(c.Keys), func(key string) bool { return key == was })
	switch {
	case withKey:
		c.Keys = append(c.Keys, CustomerKey(to))
	case len(c.Keys) == 0: // a claim has a key; this one is nobody's
		c.Keys = append(c.Keys, BrowserKey(string(c.ID)))
	}
	c.Customer = to
	return c
}

// mergeAdvocates makes one advocate of two, the older: codes, browsers and addresses of both, and the referrals of both.
func (s *Service) mergeAdvocates(ctx context.Context, shop tenant.ShopID, from, to CustomerID) error {
	gone, err := s.store.FindAdvocateByCustomer(ctx, shop, from)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("referral: find advocate: %w", err)
	}
	stays, err := s.store.FindAdvocateByCustomer(ctx, shop, to)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("referral: find advocate: %w", err)
	}
	one, other := oneAdvocate(gone, stays, to)
	if err := s.store.MergeAdvocates(ctx, one, other); err != nil {
		return fmt.Errorf("referral: merge advocates: %w", err)
	}
	s.bell.Share(ctx, shop)
	return s.store.RaiseFactsOf(ctx, shop, one.ID) // the advocate may be a friend of their own now
}

// oneAdvocate is the advocate that two are (the zero value: there is none), with all of both, and the id of the one that goes, "" for none. Of both
// the one stays who joined first. If either is blocked, so is the one.
func oneAdvocate(a, b Advocate, customer CustomerID) (one Advocate, other AdvocateID) {
	one = a
	if b.ID != "" {
		if b.JoinedAt.Before(a.JoinedAt) {
			a, b = b, a
		}
		one, other = a, b.ID
		one.Codes = joined(a.Codes, b.Codes)
		one.Browsers, one.Emails = joined(a.Browsers, b.Browsers), joined(a.Emails, b.Emails)
		if b.State == AdvocateBlocked && a.State != AdvocateBlocked {
			one.State, one.BlockedAt = b.State, b.BlockedAt
		}
	}
	one.Customer = customer
	return one, other
}

// joined is the first list and what the second has more.
func joined(a, b []string) []string {
	all := slices.Clone(a)
	for _, v := range b {
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}
