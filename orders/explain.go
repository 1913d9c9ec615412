package orders

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// OrderExplained is all there is to say about one order.
type OrderExplained struct {
	Order    referral.Order
	Stored   bool // a snapshot is kept: the order was nominated once
	Weighed  referral.Weighed
	Referral referral.Referral // of the order's customer, or of the order itself where it has none, as the rules see it now
}

// Explain says what became of an order, also of one that was never nominated. ref is the order's id (number or gid) or,
// for an order that is kept, its name ("#1001", "en1001-a", or the number in it). It stores nothing: an order that is
// not kept is read from Shopify and judged in passing.
func (s *Service) Explain(ctx context.Context, shop tenant.ShopID, ref string) (OrderExplained, error) {
	order, stored, err := s.FindOrRead(ctx, shop, ref)
	if err != nil {
		return OrderExplained{}, err
	}

	out := OrderExplained{Order: order, Stored: stored, Weighed: referral.Weighed{Order: order.ID, Outcome: referral.None, Reason: referral.ReasonNoEvidence}}
	if order.Customer == "" {
		out.Weighed.Reason = referral.ReasonNoIdentity
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

// FindOrRead finds an order by its gid, its number or its name ("#1001"). One that was never kept is read from Shopify;
// stored tells which. Errors: NotFound, Invalid (several orders have the name).
func (s *Service) FindOrRead(
	ctx context.Context, shop tenant.ShopID, ref string,
) (o referral.Order, stored bool, err error) {
	id := referral.OrderID(ref)
	if AllDigits(ref) {
		id = referral.OrderID("gid://shopify/Order/" + ref)
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

// namedOrder finds the kept order of a name. NotFound: there is none. Invalid: there are several, which are named with
// their numbers; none of them is guessed, since a verdict may follow.
func (s *Service) namedOrder(ctx context.Context, shop tenant.ShopID, name string) (referral.Order, error) {
	named, err := s.store.OrdersNamed(ctx, shop, name)
	switch {
	case err != nil:
		return referral.Order{}, fmt.Errorf("orders: find order by name: %w", err)
	case len(named) == 0:
		return referral.Order{}, fault.New(fault.NotFound, "order_unknown")
	case len(named) == 1:
		return named[0], nil
	}

	var meant []string
	for _, o := range named {
		meant = append(meant, o.Name+" ("+strings.TrimPrefix(string(o.ID), "gid://shopify/Order/")+")")
	}
	return referral.Order{}, fault.With(fault.Invalid, "order_ambiguous", fault.Values{"orders": meant})
}

// AllDigits tells whether a text is a number, as the last part of a gid is.
func AllDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// factsWith loads the customer's referral and its facts. It makes sure that this order, its claims, and whom they name
// are among them, and writes nothing.
func (s *Service) factsWith(ctx context.Context, o referral.Order) (referral.Referral, referral.Facts, error) {
	r, f, err := s.loadOrNone(ctx, o)
	if err != nil {
		return referral.Referral{}, referral.Facts{}, err
	}

	if !slices.ContainsFunc(f.Orders, func(k referral.Order) bool { return k.ID == o.ID }) {
		f.Orders = append(f.Orders, o)
	}

	claims, err := s.store.ClaimsOf(ctx, o.Shop, referral.ClaimQuery{Customer: o.Customer, Codes: o.Codes, IDs: ClaimIDs(o), Emails: o.Emails})
	if err != nil {
		return referral.Referral{}, referral.Facts{}, fmt.Errorf("orders: claims of order: %w", err)
	}

	for _, c := range claims {
		if !slices.ContainsFunc(f.Claims, func(k referral.Claim) bool { return k.ID == c.ID }) {
			f.Claims = append(f.Claims, c)
		}
	}

	return r, f, s.addNamed(ctx, &f, o)
}

// loadOrNone loads the referral of an order's customer and its facts. Where there is none, nothing is known.
func (s *Service) loadOrNone(ctx context.Context, o referral.Order) (referral.Referral, referral.Facts, error) {
	r, err := s.store.FindReferral(ctx, o.Shop, o.Friend())
	if fault.Is(err, fault.NotFound) {
		none := referral.Facts{Shop: o.Shop, Friend: o.Friend()}
		none.Advocates = map[referral.AdvocateID]referral.Advocate{}
		none.Campaigns = map[referral.CampaignKey]referral.Campaign{}
		return referral.Referral{Shop: o.Shop, Friend: o.Friend()}, none, nil
	}

	if err != nil {
		return referral.Referral{}, referral.Facts{}, fmt.Errorf("orders: find referral: %w", err)
	}

	f, err := s.store.LoadFacts(ctx, r)
	if err != nil {
		return referral.Referral{}, referral.Facts{}, fmt.Errorf("orders: load facts: %w", err)
	}

	return r, f, nil
}

// addNamed adds all campaigns, and the advocates that the claims or the order name.
func (s *Service) addNamed(ctx context.Context, f *referral.Facts, o referral.Order) error {
	all, err := s.store.ListCampaigns(ctx, o.Shop)
	if err != nil {
		return fmt.Errorf("orders: list campaigns: %w", err)
	}

	for _, c := range all {
		f.Campaigns[c.Key()] = c
	}

	for _, c := range f.Claims {
		for _, t := range c.Touches {
			if err := s.addAdvocate(f, t.Advocate, func() (referral.Advocate, error) { return s.advocates.FindAdvocate(ctx, o.Shop, t.Advocate) }); err != nil {
				return err
			}
		}
	}

	if o.Visit != nil {
		if err := s.addAdvocate(f, o.Visit.Advocate, func() (referral.Advocate, error) { return s.advocates.FindAdvocate(ctx, o.Shop, o.Visit.Advocate) }); err != nil {
			return err
		}
	}

	for _, code := range slices.Concat(o.Codes, o.Journey.Refs) {
		if err := s.addAdvocate(f, "", func() (referral.Advocate, error) { return s.advocates.FindAdvocateByCode(ctx, o.Shop, code) }); err != nil {
			return err
		}
	}

	return nil
}

// addAdvocate finds an advocate, unless they are there already; one who is not found is left out.
func (s *Service) addAdvocate(f *referral.Facts, id referral.AdvocateID, find func() (referral.Advocate, error)) error {
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
