package referral

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// Erasing a person. Shopify sends customers/redact; what is kept of the person goes, and what the shop's books need stands under a
// pseudonym. Nobody else loses by it: the referral of an erased friend is decided on as before. Source: fact sheet 3.5; shopify.dev,
// privacy law compliance (2026-10).

// erasedPrefix begins the pseudonym of an erased person. No gid of Shopify's begins so.
const erasedPrefix = "erased:"

// Erased tells whether the id is the pseudonym of a person who was erased: Shopify knows no such customer.
func (c CustomerID) Erased() bool { return strings.HasPrefix(string(c), erasedPrefix) }

// Tombstone remembers an erased person by a keyed hash, so that no later snapshot brings them back. What is from after it is new: the
// person came again.
type Tombstone struct {
	Hash string     // of the customer's gid, or of an order's
	As   CustomerID // the pseudonym
	At   time.Time
}

// Erasure is a request to erase a person.
type Erasure struct {
	ID       string // of the request: it makes the pseudonym, so that a second run makes the same one
	Customer CustomerID
	Orders   []OrderID // orders that are to be redacted, known here or not
}

// CustomerMove makes the records of one customer another's, all or nothing: orders, claims, both lanes' referrals, and what names these.
type CustomerMove struct {
	Shop     tenant.ShopID
	From, To CustomerID
	Until    time.Time // what was ordered later stays
	Claims   []Claim   // as they are to be from now on, unless they changed since they were read
	Orders   []OrderID // also these, where they show no customer
}

// Erase takes a person out of the shop's data. It may run any number of times: what is gone already is left alone.
func (s *Service) Erase(ctx context.Context, shop tenant.ShopID, e Erasure) error {
	if e.Customer == "" {
		return fault.ForLog(fault.Invalid, "the request names no customer")
	}
	stone := Tombstone{As: s.pseudonym(shop, e), At: s.now()}
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
func (s *Service) pseudonym(shop tenant.ShopID, e Erasure) CustomerID {
	return CustomerID(erasedPrefix + s.hasher.Hashes(shop, "erased", string(e.Customer)+"\n"+e.ID)[0])
}

// setTombstones remembers the customer, the orders of theirs that are known, and those that the request names. An order that shows
// somebody else has moved on, as after a merge.
func (s *Service) setTombstones(ctx context.Context, shop tenant.ShopID, e Erasure, stone Tombstone) error {
	known, err := s.store.OrdersOf(ctx, shop, e.Customer, e.Orders)
	if err != nil {
		return fmt.Errorf("referral: orders of a person: %w", err)
	}
	ids := slices.Clone(e.Orders)
	for _, o := range known {
		ids = slices.DeleteFunc(ids, func(id OrderID) bool { return id == o.ID })
		if o.Customer == e.Customer || o.Customer == "" {
			ids = append(ids, o.ID)
		}
	}

	all := []Tombstone{{s.graveOf(shop, string(e.Customer)), stone.As, stone.At}}
	for _, id := range ids {
		all = append(all, Tombstone{s.graveOf(shop, string(id)), stone.As, stone.At})
	}
	if err := s.store.AddTombstones(ctx, shop, all); err != nil {
		return fmt.Errorf("referral: add tombstones: %w", err)
	}
	return nil
}

// grave is the kind of a tombstone's hash.
const grave = "tombstone"

func (s *Service) graveOf(shop tenant.ShopID, gid string) string {
	return s.hasher.Hashes(shop, grave, gid)[0]
}

// eraseUnder takes out what is from before the tombstone. What ties others to the person (browsers, addresses) goes first, and what tells
// of it last, so that a run after a crash finds it again.
func (s *Service) eraseUnder(ctx context.Context, shop tenant.ShopID, e Erasure, stone Tombstone) error {
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
		return fmt.Errorf("referral: forget mentions: %w", err)
	}
	if err := s.store.RemoveReports(ctx, shop, s.hasher.Hashes(shop, grave, string(e.Customer))); err != nil {
		return fmt.Errorf("referral: remove reports: %w", err)
	}

	for _, test := range []bool{false, true} {
		if err := s.bell.Forget(ctx, shop, FriendOf(e.Customer, test)); err != nil {
			return err
		}
		if _, err := s.Conclude(ctx, shop, FriendOf(stone.As, test)); err != nil {
			return err
		}
	}
	return nil
}

// movePerson has the pseudonym take the person's place, on what is known of them when nothing changes meanwhile.
func (s *Service) movePerson(ctx context.Context, shop tenant.ShopID, e Erasure, stone Tombstone) (person, error) {
	for range decideTries {
		p, err := s.knownOf(ctx, shop, e, stone)
		if err != nil {
			return p, err
		}
		if err := s.eraseAmongOthers(ctx, p); err != nil {
			return p, err
		}

		move := CustomerMove{Shop: shop, From: e.Customer, To: stone.As, Until: stone.At, Orders: e.Orders}
		for _, c := range p.claims {
			move.Claims = append(move.Claims, c.erased(stone.As))
		}
		err = s.store.MoveCustomer(ctx, move)
		if !fault.Is(err, fault.Conflict) {
			return p, err
		}
	}
	return person{}, fault.ForLog(fault.Unavailable, "the person's claims keep changing")
}

// takeIn has orders that showed nobody, and turned out to be the person's, decided on as the pseudonym's from now on, and as nobody's no longer.
func (s *Service) takeIn(ctx context.Context, p person) error {
	for _, o := range p.nobodys {
		o.Customer = p.stone.As
		friends, err := s.raise(ctx, o, []CustomerID{""})
		if err != nil {
			return err
		}
		for _, friend := range friends {
			if _, err := s.Conclude(ctx, p.shop, friend); err != nil {
				return err
			}
		}
	}
	return nil
}

// person is what is known of somebody who is to be erased.
type person struct {
	shop     tenant.ShopID
	customer CustomerID
	stone    Tombstone
	claims   []Claim
	advocate Advocate // the zero value: they are none
	nobodys  []Order  // orders that the request names, and that show nobody, or have the pseudonym already
	browsers []string // keyed hashes
	emails   []string // keyed hashes
}

// knownOf gathers what tells of the person.
func (s *Service) knownOf(ctx context.Context, shop tenant.ShopID, e Erasure, stone Tombstone) (person, error) {
	p := person{shop: shop, customer: e.Customer, stone: stone}
	orders, err := s.store.OrdersOf(ctx, shop, e.Customer, e.Orders)
	if err != nil {
		return p, fmt.Errorf("referral: orders of a person: %w", err)
	}
	for _, o := range orders {
		if o.Customer == e.Customer || o.Customer == "" {
			p.emails = append(p.emails, slices.Concat(o.Emails, o.Aliases)...)
		}
		if o.Customer == "" || o.Customer == stone.As {
			p.nobodys = append(p.nobodys, o)
		}
	}

	claims, err := s.personsClaims(ctx, p)
	if err != nil {
		return p, err
	}
	p.claims = slices.DeleteFunc(claims, func(c Claim) bool { return c.ClaimedAt.After(stone.At) })
	for _, c := range p.claims {
		p.browsers = append(p.browsers, c.browsers()...)
		for _, a := range c.Addresses {
			p.emails = append(p.emails, a.Hash)
		}
	}

	advocate, err := s.store.FindAdvocateByCustomer(ctx, shop, e.Customer)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return p, fmt.Errorf("referral: find advocate: %w", err)
	}
	if err == nil && !advocate.JoinedAt.After(stone.At) {
		p.advocate = advocate
		p.browsers, p.emails = append(p.browsers, advocate.Browsers...), append(p.emails, advocate.Emails...)
	}
	p.browsers, p.emails = unlike(p.browsers), unlike(p.emails)
	return p, nil
}

// personsClaims are the person's claims, and those of guests that an order of theirs carries which showed nobody.
func (s *Service) personsClaims(ctx context.Context, p person) ([]Claim, error) {
	all, err := s.store.ClaimsOf(ctx, p.shop, ClaimQuery{Customer: p.customer})
	if err != nil {
		return nil, fmt.Errorf("referral: claims of a person: %w", err)
	}
	for _, o := range p.nobodys {
		carried, err := s.store.ClaimsOf(ctx, p.shop, ClaimQuery{Codes: o.Codes, IDs: claimIDs(o)})
		if err != nil {
			return nil, fmt.Errorf("referral: claims of an order: %w", err)
		}
		for _, c := range carried {
			if c.Customer == "" && !hasClaim(all, c.ID) {
				all = append(all, c)
			}
		}
	}
	return all, nil
}

func hasClaim(all []Claim, id ClaimID) bool {
	return slices.ContainsFunc(all, func(c Claim) bool { return c.ID == id })
}

// unlike sorts values and leaves repeated ones out, and those that stand for erased ones.
func unlike(values []string) []string {
	slices.Sort(values)
	return slices.DeleteFunc(slices.Compact(values), func(v string) bool { return strings.HasPrefix(v, erasedPrefix) })
}

// eraseAmongOthers takes the person's browsers and addresses out of what is not tied to them. What holds a reward of somebody else's must
// hold it still: advocates who share a browser or an address with the person are marked as sharing what stands for it from now on.
func (s *Service) eraseAmongOthers(ctx context.Context, p person) error {
	for _, c := range p.claims {
		if err := s.store.MarkAdvocates(ctx, p.shop, p.customer, c.browsers(), nil, erasedBrowser(c.ID)); err != nil {
			return fmt.Errorf("referral: mark advocates: %w", err)
		}
	}
	if err := s.store.MarkAdvocates(ctx, p.shop, p.customer, nil, p.emails, string(p.stone.As)); err != nil {
		return fmt.Errorf("referral: mark advocates: %w", err)
	}

	others, err := s.store.ClaimsOf(ctx, p.shop, ClaimQuery{Emails: p.emails})
	if err != nil {
		return fmt.Errorf("referral: claims by address: %w", err)
	}
	guests, err := s.guestClaims(ctx, p)
	if err != nil {
		return err
	}
	for _, c := range append(others, guests...) {
		if c.Customer == p.customer || hasClaim(p.claims, c.ID) {
			continue
		}
		if _, err := s.store.UpdateClaim(ctx, p.shop, c.ID, func(c *Claim) error { c.forget(p.browsers, p.emails, p.stone.As); return nil }); err != nil {
			return fmt.Errorf("referral: forget in claim: %w", err)
		}
	}
	return nil
}

// guestClaims lists claims of guests in the person's browsers, in whatever campaign.
func (s *Service) guestClaims(ctx context.Context, p person) ([]Claim, error) {
	campaigns, err := s.store.ListCampaigns(ctx, p.shop)
	if err != nil {
		return nil, fmt.Errorf("referral: list campaigns: %w", err)
	}
	keys := make([]string, len(p.browsers))
	for i, hash := range p.browsers {
		keys[i] = BrowserKey(hash)
	}

	var guests []Claim
	asked := map[CampaignID]bool{}
	for _, c := range campaigns {
		if asked[c.ID] {
			continue
		}
		asked[c.ID] = true
		found, err := s.store.ClaimsByKeys(ctx, p.shop, c.ID, keys)
		if err != nil {
			return nil, fmt.Errorf("referral: claims by keys: %w", err)
		}
		guests = append(guests, slices.DeleteFunc(found, func(c Claim) bool { return c.Customer != "" })...)
	}
	return guests, nil
}

// erasedBrowser stands for the browsers of an erased person on one claim.
func erasedBrowser(id ClaimID) string { return erasedPrefix + string(id) }

// browserPrefix begins a claim's key for a browser.
var browserPrefix = BrowserKey("")

// browsers are the keyed hashes of the browsers that have the claim, and of the one in which it was made.
func (c Claim) browsers() []string {
	all := slices.Clone(c.Browsers)
	for _, key := range c.Keys {
		if hash, is := strings.CutPrefix(key, browserPrefix); is {
			all = append(all, hash)
		}
	}
	return all
}

// forget takes an erased person's browsers and addresses (keyed hashes) out of somebody else's claim.
func (c *Claim) forget(browsers, emails []string, as CustomerID) {
	c.Keys = slices.Clone(c.Keys)
	for i, key := range c.Keys {
		if hash, is := strings.CutPrefix(key, browserPrefix); is && c.Customer == "" && slices.Contains(browsers, hash) {
			c.Keys[i] = BrowserKey(erasedBrowser(c.ID))
		}
	}
	slices.Sort(c.Keys)
	c.Keys = slices.Compact(c.Keys)
	if c.Customer == "" && overlap(c.Browsers, browsers) {
		c.Browsers = []string{erasedBrowser(c.ID)}
	}
	c.Addresses = slices.Clone(c.Addresses)
	for i := range c.Addresses {
		if slices.Contains(emails, c.Addresses[i].Hash) {
			c.Addresses[i].Hash = string(as)
		}
	}
}

// erased is the claim of an erased person: still the promise that others are rewarded for, and no longer anybody's in particular.
func (c Claim) erased(as CustomerID) Claim {
	was := c.Customer
	c.Customer = as
	keys := []string{BrowserKey(erasedBrowser(c.ID))}
	if slices.Contains(c.Keys, CustomerKey(was)) {
		keys = append(keys, CustomerKey(as))
	}
	c.Keys = keys
	c.Browsers = []string{erasedBrowser(c.ID)}
	c.Addresses = slices.Clone(c.Addresses)
	for i := range c.Addresses {
		c.Addresses[i].Hash = string(as)
	}
	return c
}

// eraseAdvocate takes the person out of the advocate that they were: the link opens nothing any more, the shareable code is deleted, and
// what was not issued yet is void. Codes that were issued are theirs, and end by their own date.
func (s *Service) eraseAdvocate(ctx context.Context, p person) error {
	if p.advocate.ID == "" {
		return nil
	}
	a, err := s.store.EraseAdvocate(ctx, p.shop, p.advocate.ID, p.stone.As, p.stone.At)
	if err != nil {
		return fmt.Errorf("referral: erase advocate: %w", err)
	}
	return s.heedState(ctx, a)
}

// tombstoneOf finds what remembers an order's person as erased: by the order itself where it shows no customer, else by the customer, if
// they were erased after they ordered.
func (s *Service) tombstoneOf(ctx context.Context, o Order) (stone Tombstone, found bool, err error) {
	if o.Customer.Erased() {
		return Tombstone{}, false, nil
	}
	ofOrder := s.hasher.Hashes(o.Shop, grave, string(o.ID))
	var ofCustomer []string
	if o.Customer != "" {
		ofCustomer = s.hasher.Hashes(o.Shop, grave, string(o.Customer))
	}
	stones, err := s.store.FindTombstones(ctx, o.Shop, slices.Concat(ofOrder, ofCustomer))
	if err != nil {
		return Tombstone{}, false, fmt.Errorf("referral: find tombstones: %w", err)
	}

	var order, customer *Tombstone
	for i, stone := range stones {
		if slices.Contains(ofOrder, stone.Hash) {
			order = &stones[i]
		} else if !o.ProcessedAt.After(stone.At) {
			customer = &stones[i]
		}
	}
	switch {
	case o.Customer != "" && customer == nil, order == nil && customer == nil:
		return Tombstone{}, false, nil
	case order != nil:
		return *order, true, nil
	}
	return *customer, true, nil
}

// withoutErased gives an order the pseudonym of its erased person. An erasure that was cut off is finished first: the pseudonym must not
// begin a record of its own beside the person's.
func (s *Service) withoutErased(ctx context.Context, o Order) (Order, error) {
	stone, found, err := s.tombstoneOf(ctx, o)
	if err != nil || !found {
		return o, err
	}

	kept := o
	if o.Customer == "" {
		kept, err = s.store.FindOrder(ctx, o.Shop, o.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return o, fmt.Errorf("referral: find order: %w", err)
		}
		kept.Shop, kept.ID = o.Shop, o.ID
	}
	if _, err := s.eraseAgain(ctx, kept, nil); err != nil {
		return o, err
	}
	o.Customer, o.Emails = stone.As, []string{string(stone.As)}
	return o, nil
}

// eraseAgain erases the person of an order, if they were erased before: an erasure was cut off, or a snapshot has brought them back that was
// under way. The tombstone was written before
// the erasure read anything, and the snapshot is written before the tombstone is asked for: one of the two sees the other.
func (s *Service) eraseAgain(ctx context.Context, o Order, friends []FriendID) ([]FriendID, error) {
	stone, found, err := s.tombstoneOf(ctx, o)
	if err != nil || !found || o.Customer == "" {
		return friends, err
	}
	if err := s.eraseUnder(ctx, o.Shop, Erasure{Customer: o.Customer, Orders: []OrderID{o.ID}}, stone); err != nil {
		return nil, err
	}
	return append(friends, FriendOf(stone.As, o.Test)), nil
}
