package referral

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"twofold/fault"
	"twofold/tenant"
)

// OrderExplained is all there is to say about one order.
type OrderExplained struct {
	Order    Order
	Stored   bool // a snapshot is kept: the order was nominated once
	Weighed  Weighed
	Referral Referral // of the order's customer, or of the order itself where it has none, as the rules see it now
}

// Explain says what became of an order, also of one that was never nominated. ref is the order's id (number or gid) or, for an
// order that is kept, its name ("#1001", "en1001-a", or the number in it). It stores nothing: an order that is not kept is read from Shopify and judged in passing.
func (s *Service) Explain(ctx context.Context, shop tenant.ShopID, ref string) (OrderExplained, error) {
	order, stored, err := s.findOrRead(ctx, shop, ref)
	if err != nil {
		return OrderExplained{}, err
	}
	out := OrderExplained{Order: order, Stored: stored, Weighed: Weighed{Order: order.ID, Outcome: None, Reason: ReasonNoEvidence}}
	if order.Customer == "" {
		out.Weighed.Reason = ReasonNoIdentity
	}
	was, facts, err := s.factsWith(ctx, order)
	if err != nil {
		return OrderExplained{}, err
	}
	if out.Referral, err = was.Decided(facts); err != nil {
		return OrderExplained{}, err
	}
	for _, w := range out.Referral.Explained.Orders {
		if w.Order == order.ID && (order.Customer != "" || len(w.Evidence) > 0) {
			out.Weighed = w
		}
	}
	return out, nil
}

func (s *Service) findOrRead(ctx context.Context, shop tenant.ShopID, ref string) (o Order, stored bool, err error) {
	id := OrderID(ref)
	if allDigits(ref) {
		id = OrderID("gid://shopify/Order/" + ref)
	}
	if o, err = s.store.FindOrder(ctx, shop, id); fault.Is(err, fault.NotFound) {
		o, err = s.namedOrder(ctx, shop, ref)
	}
	if err == nil || !fault.Is(err, fault.NotFound) {
		return o, err == nil, err
	}
	if !strings.HasPrefix(string(id), "gid://shopify/Order/") {
		return o, false, err
	}
	o, err = s.readOrder(ctx, shop, id)
	if fault.Is(err, fault.TooLarge) {
		err = fault.Wrap(fault.TooLarge, err, "order_unread")
	}
	return o, false, err
}

// namedOrder finds the kept order of a name. NotFound: there is none. Invalid: there are several, which are named with their numbers; none
// of them is guessed, since a verdict may follow.
func (s *Service) namedOrder(ctx context.Context, shop tenant.ShopID, name string) (Order, error) {
	named, err := s.store.OrdersNamed(ctx, shop, name)
	switch {
	case err != nil:
		return Order{}, fmt.Errorf("referral: find order by name: %w", err)
	case len(named) == 0:
		return Order{}, fault.New(fault.NotFound, "order_unknown")
	case len(named) == 1:
		return named[0], nil
	}

	var meant []string
	for _, o := range named {
		meant = append(meant, o.Name+" ("+strings.TrimPrefix(string(o.ID), "gid://shopify/Order/")+")")
	}
	return Order{}, fault.With(fault.Invalid, "order_ambiguous", fault.Values{"orders": meant})
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// factsWith loads the customer's referral and its facts. It makes sure that this order, its claims, and whom they name
// are among them, and writes nothing.
func (s *Service) factsWith(ctx context.Context, o Order) (Referral, Facts, error) {
	r, f, err := s.loadOrNone(ctx, o)
	if err != nil {
		return Referral{}, Facts{}, err
	}
	if !slices.ContainsFunc(f.Orders, func(k Order) bool { return k.ID == o.ID }) {
		f.Orders = append(f.Orders, o)
	}
	claims, err := s.store.ClaimsOf(ctx, o.Shop, ClaimQuery{Customer: o.Customer, Codes: o.Codes, IDs: claimIDs(o), Emails: o.Emails})
	if err != nil {
		return Referral{}, Facts{}, fmt.Errorf("referral: claims of order: %w", err)
	}
	for _, c := range claims {
		if !slices.ContainsFunc(f.Claims, func(k Claim) bool { return k.ID == c.ID }) {
			f.Claims = append(f.Claims, c)
		}
	}
	return r, f, s.addNamed(ctx, &f, o)
}

// loadOrNone loads the referral of an order's customer and its facts. Where there is none, nothing is known.
func (s *Service) loadOrNone(ctx context.Context, o Order) (Referral, Facts, error) {
	r, err := s.store.FindReferral(ctx, o.Shop, o.Friend())
	if fault.Is(err, fault.NotFound) {
		none := Facts{Shop: o.Shop, Friend: o.Friend()}
		none.Advocates = map[AdvocateID]Advocate{}
		none.Campaigns = map[CampaignKey]Campaign{}
		return Referral{Shop: o.Shop, Friend: o.Friend()}, none, nil
	}
	if err != nil {
		return Referral{}, Facts{}, fmt.Errorf("referral: find referral: %w", err)
	}
	f, err := s.store.LoadFacts(ctx, r)
	if err != nil {
		return Referral{}, Facts{}, fmt.Errorf("referral: load facts: %w", err)
	}
	return r, f, nil
}

// addNamed adds all campaigns, and the advocates that the claims or the order name.
func (s *Service) addNamed(ctx context.Context, f *Facts, o Order) error {
	all, err := s.store.ListCampaigns(ctx, o.Shop)
	if err != nil {
		return fmt.Errorf("referral: list campaigns: %w", err)
	}
	for _, c := range all {
		f.Campaigns[c.Key()] = c
	}
	for _, c := range f.Claims {
		for _, t := range c.Touches {
			if err := s.addAdvocate(f, t.Advocate, func() (Advocate, error) { return s.store.FindAdvocate(ctx, o.Shop, t.Advocate) }); err != nil {
				return err
			}
		}
	}
	if o.Visit != nil {
		if err := s.addAdvocate(f, o.Visit.Advocate, func() (Advocate, error) { return s.store.FindAdvocate(ctx, o.Shop, o.Visit.Advocate) }); err != nil {
			return err
		}
	}
	for _, code := range slices.Concat(o.Codes, o.Journey.Refs) {
		if err := s.addAdvocate(f, "", func() (Advocate, error) { return s.store.FindAdvocateByCode(ctx, o.Shop, code) }); err != nil {
			return err
		}
	}
	return nil
}

// addAdvocate finds an advocate, unless she is there already; one who is not found is left out.
func (s *Service) addAdvocate(f *Facts, id AdvocateID, find func() (Advocate, error)) error {
	if _, have := f.Advocates[id]; have {
		return nil
	}
	advocate, err := find()
	if err == nil {
		f.Advocates[advocate.ID] = advocate
	}
	return unlessNotFound(err)
}

func unlessNotFound(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
