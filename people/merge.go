package people

import (
	"context"
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/orders"
	"twofold/referral"
	"twofold/tenant"
)

// ApplyMerge merges the customers whom an order showed before into the one it shows now, where Shopify knows them no
// longer. A customer whom Shopify still knows was only exchanged on the order; one whom the merchant has attached was,
// too: their word says whose the order is, and not that two people are one.
func (s *Service) ApplyMerge(ctx context.Context, o referral.Order, former []referral.CustomerID) error {
	if o.Customer == "" || o.CustomerGone || o.Attached || o.Customer.Erased() {
		return nil
	}

	for _, c := range former {
		if c == "" || c.Erased() {
			continue
		}
		_, err := s.shopify.ReadCustomer(ctx, o.Shop, c)
		if err == nil || orders.Withheld(err) {
			continue
		}
		if !fault.Is(err, fault.NotFound) {
			return fmt.Errorf("people: read customer: %w", err)
		}
		if err := s.Merge(ctx, o.Shop, c, o.Customer); err != nil {
			return err
		}
	}
	return nil
}

// Merge makes the records of one customer another's. It may run any number of times.
func (s *Service) Merge(ctx context.Context, shop tenant.ShopID, from, to referral.CustomerID) error {
	if from == "" || to == "" || from == to {
		return fault.ForLog(fault.Invalid, "a merge needs two customers")
	}

	if err := s.moveAll(ctx, shop, from, to); err != nil {
		return err
	}
	if err := s.mergeAdvocates(ctx, shop, from, to); err != nil {
		return err
	}
	if err := s.mergeMails(ctx, shop, from, to); err != nil {
		return err
	}
	if err := s.store.ForgetMentions(ctx, shop, from, to); err != nil {
		return fmt.Errorf("people: forget mentions: %w", err)
	}

	for _, test := range []bool{false, true} {
		if _, err := s.orders.Decide(ctx, shop, referral.FriendOf(to, test)); err != nil {
			return err
		}
	}

	s.log.InfoContext(ctx, "customers merged", "shop", shop)
	return nil
}

// moveAll moves claims, orders and referrals, on what is known of them when nothing changes meanwhile.
func (s *Service) moveAll(ctx context.Context, shop tenant.ShopID, from, to referral.CustomerID) error {
	for range orders.DecideTries {
		claims, err := s.store.ClaimsOf(ctx, shop, referral.ClaimQuery{Customer: from})
		if err != nil {
			return fmt.Errorf("people: claims of a customer: %w", err)
		}
		theirs, err := s.store.ClaimsOf(ctx, shop, referral.ClaimQuery{Customer: to})
		if err != nil {
			return fmt.Errorf("people: claims of a customer: %w", err)
		}

		move := referral.CustomerMove{Shop: shop, From: from, To: to, Until: s.now()}
		for _, c := range claims {
			has := slices.ContainsFunc(theirs, func(t referral.Claim) bool {
				return t.Campaign == c.Campaign && slices.Contains(t.Keys, referral.CustomerKey(to))
			})
			move.Claims = append(move.Claims, c.MovedTo(to, !has))
		}

		err = s.store.MoveCustomer(ctx, move)
		if !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return fault.ForLog(fault.Unavailable, "the customer's claims keep changing")
}

// mergeAdvocates makes one advocate of two, the older: codes, browsers and addresses of both, and the referrals of
// both.
func (s *Service) mergeAdvocates(ctx context.Context, shop tenant.ShopID, from, to referral.CustomerID) error {
	gone, err := s.store.FindAdvocateByCustomer(ctx, shop, from)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("people: find advocate: %w", err)
	}

	stays, err := s.store.FindAdvocateByCustomer(ctx, shop, to)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("people: find advocate: %w", err)
	}

	ids := []referral.AdvocateID{gone.ID}
	if stays.ID != "" {
		ids = append(ids, stays.ID)
	}
	one, err := s.store.MergeAdvocates(ctx, shop, ids,
		func(all []referral.Advocate) (referral.Advocate, []referral.AdvocateID) {
			one, others := referral.OneOf(all)
			one.Customer = to
			return one, others
		})
	if err != nil {
		return fmt.Errorf("people: merge advocates: %w", err)
	}

	s.bell.Share(ctx, shop)
	return s.store.RaiseFactsOf(ctx, shop, one.ID) // the advocate may be a friend of their own now
}

// mergeMails has what waits for the customer who goes told to the one who stays, and nothing that either does without.
// Who stays is noted first: whoever opens an old mail's link from then on stops the mails of the one who stays.
func (s *Service) mergeMails(ctx context.Context, shop tenant.ShopID, from, to referral.CustomerID) error {
	gone := s.hasher.Hashes(shop, referral.MailStop, string(from))
	if err := s.store.NoteMerged(ctx, shop, gone[0], from, to); err != nil {
		return fmt.Errorf("people: note merged: %w", err)
	}

	wish, err := s.store.MailWish(ctx, shop, gone)
	if err != nil {
		return fmt.Errorf("people: mail wish: %w", err)
	}
	if err := s.joinWish(ctx, shop, wish, s.hasher.Hashes(shop, referral.MailStop, string(to))); err != nil {
		return err
	}

	if err := s.store.MoveMails(ctx, shop, from, to); err != nil {
		return fmt.Errorf("people: move mails: %w", err)
	}
	return nil
}

// joinWish has the customer of the hashes do without what another does without, too, who is the same person.
func (s *Service) joinWish(ctx context.Context, shop tenant.ShopID, other referral.MailWish, hashes []string) error {
	own, err := s.store.MailWish(ctx, shop, hashes)
	if err != nil {
		return fmt.Errorf("people: mail wish: %w", err)
	}

	if other.Why == referral.StopBounced { // the mailbox is gone, and not whoever reads the other one's mails
		other.None, other.Why = false, referral.StopAsked
	}
	both := own.And(other)
	if len(both.Wanted()) == len(own.Wanted()) {
		return nil
	}
	if err := s.store.WishMails(ctx, shop, hashes, both, s.now()); err != nil {
		return fmt.Errorf("people: wish mails: %w", err)
	}
	return nil
}

// Prove makes one advocate of all who have an address, now that somebody has shown that it is theirs: guests who joined
// with it, and the first customer whose address it is at Shopify now. Of them the one stays who joined first. A guest's
// link that the merchant blocked before it was proved is left as it is: whoever typed the address was somebody else. It
// may run any number of times. NotFound: nobody has joined with the address.
func (s *Service) Prove(
	ctx context.Context, shop tenant.ShopID, emails []string, at time.Time,
) (referral.Advocate, error) {
	all, err := s.store.AdvocatesByEmails(ctx, shop, emails)
	if err != nil {
		return referral.Advocate{}, fmt.Errorf("people: advocates by emails: %w", err)
	}
	all = slices.DeleteFunc(all, func(a referral.Advocate) bool { return a.Customer != "" && !s.has(ctx, a, emails) })
	all = referral.OfOneAddress(all)
	if len(all) == 0 {
		return referral.Advocate{}, fault.New(fault.NotFound, "nobody_joined")
	}

	one := all[0]
	if len(all) == 1 && one.Customer != "" {
		return one, nil
	}
	if len(all) == 1 && !one.Unproved() { // proved before, by a run that may have been broken off behind it
		return one, s.store.RaiseFactsOf(ctx, shop, one.ID)
	}

	ids := make([]referral.AdvocateID, len(all))
	for i, a := range all {
		ids[i] = a.ID
	}
	one, err = s.store.MergeAdvocates(ctx, shop, ids,
		func(all []referral.Advocate) (referral.Advocate, []referral.AdvocateID) {
			one, others := referral.OneOf(all)
			if one.ProvedAt.IsZero() {
				one.ProvedAt = at
			}
			return one, others
		})
	if err != nil {
		return referral.Advocate{}, fmt.Errorf("people: prove: %w", err)
	}

	s.bell.Share(ctx, shop)
	s.log.InfoContext(ctx, "address proved", "shop", shop, "advocate_id", one.ID)
	return one, s.store.RaiseFactsOf(ctx, shop, one.ID)
}

// has tells whether a customer has an address (keyed hashes) at Shopify now. What is kept of theirs is as old as their
// joining, and has the mailboxes of which it is an alias, too: neither opens another's account. An address that the
// customer never verified may be somebody else's, who would share what is theirs. No answer is a no.
func (s *Service) has(ctx context.Context, a referral.Advocate, emails []string) bool {
	contact, err := s.shopify.ReadContact(ctx, a.Shop, a.Customer)
	if err != nil {
		s.log.WarnContext(ctx, "whose address it is could not be asked", "shop", a.Shop, "advocate_id", a.ID, "err", err)
		return false
	}
	return contact.Verified && slices.ContainsFunc(referral.EmailHashes(s.hasher, a.Shop, contact.Address), func(hash string) bool {
		return slices.Contains(emails, hash)
	})
}
