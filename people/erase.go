package people

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"twofold/fault"
	"twofold/orders"
	"twofold/referral"
	"twofold/tenant"
)

// Erasure is a request to erase a person.
type Erasure struct {
	ID       string // of the request: it makes the pseudonym, so that a second run makes the same one
	Customer referral.CustomerID
	Orders   []referral.OrderID // orders that are to be redacted, known here or not
}

// Erase takes a person out of the shop's data. It may run any number of times: what is gone already is left alone.
func (s *Service) Erase(ctx context.Context, shop tenant.ShopID, e Erasure) error {
	if e.Customer == "" {
		return fault.ForLog(fault.Invalid, "the request names no customer")
	}

	stone := referral.Tombstone{As: s.pseudonym(shop, e), At: s.now()}
	if err := s.setTombstones(ctx, shop, e, stone); err != nil {
		return err
	}
	if err := s.eraseUnder(ctx, shop, e, stone); err != nil {
		return err
	}

	s.log.InfoContext(ctx, "person erased", "shop", shop, "delivery_id", e.ID)
	return nil
}

// pseudonym is a keyed hash that only the request can make again, and the request is not kept.
func (s *Service) pseudonym(shop tenant.ShopID, e Erasure) referral.CustomerID {
	return referral.CustomerID(referral.ErasedPrefix + s.hasher.Hashes(shop, "erased", string(e.Customer)+"\n"+e.ID)[0])
}

// setTombstones remembers the customer, the orders of theirs that are known, and those that the request names. An order
// that shows somebody else has moved on, as after a merge.
func (s *Service) setTombstones(ctx context.Context, shop tenant.ShopID, e Erasure, stone referral.Tombstone) error {
	known, err := s.store.OrdersOf(ctx, shop, e.Customer, e.Orders)
	if err != nil {
		return fmt.Errorf("people: orders of a person: %w", err)
	}

	ids := slices.Clone(e.Orders)
	for _, o := range known {
		ids = slices.DeleteFunc(ids, func(id referral.OrderID) bool { return id == o.ID })
		if o.Customer == e.Customer || o.Customer == "" {
			ids = append(ids, o.ID)
		}
	}

	all := []referral.Tombstone{{Hash: s.graveOf(shop, string(e.Customer)), As: stone.As, At: stone.At}}
	for _, id := range ids {
		all = append(all, referral.Tombstone{Hash: s.graveOf(shop, string(id)), As: stone.As, At: stone.At})
	}
	if err := s.store.AddTombstones(ctx, shop, all); err != nil {
		return fmt.Errorf("people: add tombstones: %w", err)
	}
	return nil
}

func (s *Service) graveOf(shop tenant.ShopID, gid string) string {
	return s.hasher.Hashes(shop, referral.Grave, gid)[0]
}

// eraseUnder takes out what is from before the tombstone. What ties others to the person (browsers, addresses) goes
// first, and what tells of it last, so that a run after a crash finds it again.
func (s *Service) eraseUnder(ctx context.Context, shop tenant.ShopID, e Erasure, stone referral.Tombstone) error {
	p, err := s.movePerson(ctx, shop, e, stone)
	if err != nil {
		return err
	}
	if err := s.takeIn(ctx, p); err != nil {
		return err
	}
	if err := s.eraseAdvocate(ctx, p); err != nil {
		return err
	}

	if err := s.store.ForgetMentions(ctx, shop, e.Customer, stone.As); err != nil {
		return fmt.Errorf("people: forget mentions: %w", err)
	}
	stops := s.hasher.Hashes(shop, referral.MailStop, string(e.Customer))
	if err := s.store.ForgetMails(ctx, shop, e.Customer, stops); err != nil {
		return fmt.Errorf("people: forget mails: %w", err)
	}
	if err := s.store.RemoveReports(ctx, shop, s.hasher.Hashes(shop, referral.Grave, string(e.Customer))); err != nil {
		return fmt.Errorf("people: remove reports: %w", err)
	}

	for _, test := range []bool{false, true} {
		if err := s.bell.Forget(ctx, shop, referral.FriendOf(e.Customer, test)); err != nil {
			return err
		}
		if _, err := s.orders.Decide(ctx, shop, referral.FriendOf(stone.As, test)); err != nil {
			return err
		}
	}
	return nil
}

// movePerson has the pseudonym take the person's place, on what is known of them when nothing changes meanwhile.
func (s *Service) movePerson(
	ctx context.Context, shop tenant.ShopID, e Erasure, stone referral.Tombstone,
) (person, error) {
	for range orders.DecideTries {
		p, err := s.knownOf(ctx, shop, e, stone)
		if err != nil {
			return p, err
		}
		if err := s.eraseAmongOthers(ctx, p); err != nil {
			return p, err
		}

		move := referral.CustomerMove{Shop: shop, From: e.Customer, To: stone.As, Until: stone.At, Orders: e.Orders}
		for _, c := range p.claims {
			move.Claims = append(move.Claims, c.ErasedAs(stone.As))
		}
		err = s.store.MoveCustomer(ctx, move)
		if !fault.Is(err, fault.Conflict) {
			return p, err
		}
	}
	return person{}, fault.ForLog(fault.Unavailable, "the person's claims keep changing")
}

// takeIn has orders that showed nobody, and turned out to be the person's, decided on as the pseudonym's from now on,
// and as nobody's no longer.
func (s *Service) takeIn(ctx context.Context, p person) error {
	for _, o := range p.nobodys {
		o.Customer = p.stone.As
		friends, err := s.orders.MarkChanged(ctx, o, []referral.CustomerID{""})
		if err != nil {
			return err
		}

		for _, friend := range friends {
			if _, err := s.orders.Decide(ctx, p.shop, friend); err != nil {
				return err
			}
		}
	}
	return nil
}

// person is what is known of somebody who is to be erased.
type person struct {
	shop     tenant.ShopID
	customer referral.CustomerID
	stone    referral.Tombstone
	claims   []referral.Claim
	advocate referral.Advocate // the zero value: they are none
	nobodys  []referral.Order  // orders that the request names, and that show nobody, or have the pseudonym already
	about    []string          // ids of what the audit log may say of them
	browsers []string          // keyed hashes
	emails   []string          // keyed hashes
	own      []string          // those of them that an order or the advocate has: nobody else typed them
}

// knownOf gathers what tells of the person.
func (s *Service) knownOf(
	ctx context.Context, shop tenant.ShopID, e Erasure, stone referral.Tombstone,
) (person, error) {
	p := person{shop: shop, customer: e.Customer, stone: stone}
	orders, err := s.store.OrdersOf(ctx, shop, e.Customer, e.Orders)
	if err != nil {
		return p, fmt.Errorf("people: orders of a person: %w", err)
	}
	for _, o := range orders {
		if o.Customer == e.Customer || o.Customer == "" {
			p.emails = append(p.emails, slices.Concat(o.Emails, o.Aliases)...)
			p.own = append(p.own, o.Emails...)
		}
		if o.Customer == "" || o.Customer == stone.As {
			p.nobodys = append(p.nobodys, o)
		}
		p.about = append(p.about, string(o.ID))
	}

	claims, err := s.personsClaims(ctx, p)
	if err != nil {
		return p, err
	}
	p.claims = slices.DeleteFunc(claims, func(c referral.Claim) bool { return c.ClaimedAt.After(stone.At) })
	for _, c := range p.claims {
		p.browsers = append(p.browsers, c.AllBrowsers()...)
		for _, a := range c.Addresses {
			p.emails = append(p.emails, a.Hash)
		}
	}

	advocate, err := s.store.FindAdvocateByCustomer(ctx, shop, e.Customer)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return p, fmt.Errorf("people: find advocate: %w", err)
	}
	if err == nil && !advocate.JoinedAt.After(stone.At) {
		p.advocate = advocate
		p.about = append(p.about, string(advocate.ID))
		p.browsers = append(p.browsers, advocate.Browsers...)
		p.emails = append(p.emails, advocate.Emails...)
		p.own = append(p.own, advocate.Emails...)
	}
	p.own = unlike(p.own)
	p.browsers = unlike(p.browsers)
	p.emails = unlike(p.emails)
	return p, nil
}

// personsClaims are the person's claims, and those of guests that an order of theirs carries which showed nobody.
func (s *Service) personsClaims(ctx context.Context, p person) ([]referral.Claim, error) {
	all, err := s.store.ClaimsOf(ctx, p.shop, referral.ClaimQuery{Customer: p.customer})
	if err != nil {
		return nil, fmt.Errorf("people: claims of a person: %w", err)
	}

	for _, o := range p.nobodys {
		carried, err := s.store.ClaimsOf(ctx, p.shop, referral.ClaimQuery{Codes: o.Codes, IDs: orders.ClaimIDs(o)})
		if err != nil {
			return nil, fmt.Errorf("people: claims of an order: %w", err)
		}
		for _, c := range carried {
			if c.Customer == "" && !hasClaim(all, c.ID) {
				all = append(all, c)
			}
		}
	}
	return all, nil
}

func hasClaim(all []referral.Claim, id referral.ClaimID) bool {
	return slices.ContainsFunc(all, func(c referral.Claim) bool { return c.ID == id })
}

// unlike sorts values and leaves repeated ones out, and those that stand for erased ones.
func unlike(values []string) []string {
	slices.Sort(values)
	return slices.DeleteFunc(slices.Compact(values), func(v string) bool {
		return strings.HasPrefix(v, referral.ErasedPrefix)
	})
}

// eraseAmongOthers takes the person's browsers and addresses out of what is not tied to them. What holds a reward of
// somebody else's must hold it still: advocates who share a browser or an address with the person are marked as sharing
// what stands for it from now on.
func (s *Service) eraseAmongOthers(ctx context.Context, p person) error {
	if err := s.eraseGuests(ctx, p); err != nil {
		return err
	}
	if err := s.audit.ForgetReasons(ctx, p.shop, p.about...); err != nil {
		return fmt.Errorf("people: forget reasons: %w", err)
	}
	for _, c := range p.claims {
		mark := referral.ErasedBrowser(c.ID)
		if err := s.store.MarkAdvocates(ctx, p.shop, p.customer, c.AllBrowsers(), nil, mark); err != nil {
			return fmt.Errorf("people: mark advocates: %w", err)
		}
	}
	if err := s.store.MarkAdvocates(ctx, p.shop, p.customer, nil, p.emails, string(p.stone.As)); err != nil {
		return fmt.Errorf("people: mark advocates: %w", err)
	}

	others, err := s.store.ClaimsOf(ctx, p.shop, referral.ClaimQuery{Emails: p.emails})
	if err != nil {
		return fmt.Errorf("people: claims by address: %w", err)
	}
	guests, err := s.guestClaims(ctx, p)
	if err != nil {
		return err
	}

	forget := func(c *referral.Claim) error {
		c.Forget(p.browsers, p.emails, p.stone.As)
		return nil
	}
	for _, c := range append(others, guests...) {
		if c.Customer == p.customer || hasClaim(p.claims, c.ID) {
			continue
		}
		if _, err := s.store.UpdateClaim(ctx, p.shop, c.ID, forget); err != nil {
			return fmt.Errorf("people: forget in claim: %w", err)
		}
	}
	return nil
}

// eraseGuests takes the person out of the advocates that they became by an address of theirs, and of what was asked for
// by it.
func (s *Service) eraseGuests(ctx context.Context, p person) error {
	if len(p.own) == 0 {
		return nil
	}
	all, err := s.store.AdvocatesByEmails(ctx, p.shop, p.own)
	if err != nil {
		return fmt.Errorf("people: advocates by emails: %w", err)
	}
	for _, a := range all {
		if a.Customer != "" || a.Order != "" || a.JoinedAt.After(p.stone.At) {
			continue
		}
		guest := p
		guest.advocate = a
		if err := s.eraseAdvocate(ctx, guest); err != nil {
			return err
		}
	}
	if err := s.store.ForgetSignIns(ctx, p.shop, p.own); err != nil {
		return fmt.Errorf("people: forget sign-ins: %w", err)
	}
	return nil
}

// guestClaims lists claims of guests in the person's browsers, in whatever campaign.
func (s *Service) guestClaims(ctx context.Context, p person) ([]referral.Claim, error) {
	campaigns, err := s.store.ListCampaigns(ctx, p.shop)
	if err != nil {
		return nil, fmt.Errorf("people: list campaigns: %w", err)
	}
	keys := make([]string, len(p.browsers))
	for i, hash := range p.browsers {
		keys[i] = referral.BrowserKey(hash)
	}

	var guests []referral.Claim
	asked := map[referral.CampaignID]bool{}
	for _, c := range campaigns {
		if asked[c.ID] {
			continue
		}
		asked[c.ID] = true
		found, err := s.store.ClaimsByKeys(ctx, p.shop, c.ID, keys)
		if err != nil {
			return nil, fmt.Errorf("people: claims by keys: %w", err)
		}
		guests = append(guests, slices.DeleteFunc(found, func(c referral.Claim) bool { return c.Customer != "" })...)
	}
	return guests, nil
}

// eraseAdvocate takes the person out of the advocate that they were: the link opens nothing any more, the shareable
// code is deleted, and what was not issued yet is void. Codes that were issued are theirs, and end by their own date.
func (s *Service) eraseAdvocate(ctx context.Context, p person) error {
	if p.advocate.ID == "" {
		return nil
	}

	a, err := s.store.EraseAdvocate(ctx, p.shop, p.advocate.ID, p.stone.As, p.stone.At)
	if err != nil {
		return fmt.Errorf("people: erase advocate: %w", err)
	}
	return s.orders.ApplyAdvocateState(ctx, a)
}

// tombstoneOf finds what remembers an order's person as erased: by the order itself where it shows no customer, else by
// the customer, if they were erased after they ordered.
func (s *Service) tombstoneOf(ctx context.Context, o referral.Order) (stone referral.Tombstone, found bool, err error) {
	if o.Customer.Erased() {
		return referral.Tombstone{}, false, nil
	}

	ofOrder := s.hasher.Hashes(o.Shop, referral.Grave, string(o.ID))
	var ofCustomer []string
	if o.Customer != "" {
		ofCustomer = s.hasher.Hashes(o.Shop, referral.Grave, string(o.Customer))
	}
	stones, err := s.store.FindTombstones(ctx, o.Shop, slices.Concat(ofOrder, ofCustomer))
	if err != nil {
		return referral.Tombstone{}, false, fmt.Errorf("people: find tombstones: %w", err)
	}

	var order, customer *referral.Tombstone
	for i, stone := range stones {
		if slices.Contains(ofOrder, stone.Hash) {
			order = &stones[i]
		} else if !o.ProcessedAt.After(stone.At) {
			customer = &stones[i]
		}
	}

	switch {
	case o.Customer != "" && customer == nil, order == nil && customer == nil:
		return referral.Tombstone{}, false, nil
	case order != nil:
		return *order, true, nil
	}
	return *customer, true, nil
}

// WithoutErased gives an order the pseudonym of its erased person. An erasure that was cut off is finished first: the
// pseudonym must not begin a record of its own beside the person's.
func (s *Service) WithoutErased(ctx context.Context, o referral.Order) (referral.Order, error) {
	stone, found, err := s.tombstoneOf(ctx, o)
	if err != nil || !found {
		return o, err
	}

	kept := o
	if o.Customer == "" {
		kept, err = s.store.FindOrder(ctx, o.Shop, o.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return o, fmt.Errorf("people: find order: %w", err)
		}
		kept.Shop, kept.ID = o.Shop, o.ID
	}

	if _, err := s.EraseAgain(ctx, kept, nil); err != nil {
		return o, err
	}
	o.Customer, o.Emails, o.Aliases, o.Cards = stone.As, []string{string(stone.As)}, nil, nil
	o.Marks = referral.Marks{}
	return o, nil
}

// EraseAgain erases the person of an order, if they were erased before: an erasure was cut off, or a snapshot has
// brought them back that was under way. The tombstone was written before the erasure read anything, and the snapshot is
// written before the tombstone is asked for: one of the two sees the other.
func (s *Service) EraseAgain(
	ctx context.Context, o referral.Order, friends []referral.FriendID,
) ([]referral.FriendID, error) {
	stone, found, err := s.tombstoneOf(ctx, o)
	if err != nil || !found || o.Customer == "" {
		return friends, err
	}

	erasure := Erasure{Customer: o.Customer, Orders: []referral.OrderID{o.ID}}
	if err := s.eraseUnder(ctx, o.Shop, erasure, stone); err != nil {
		return nil, err
	}
	return append(friends, referral.FriendOf(stone.As, o.Test)), nil
}
