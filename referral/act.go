package referral

import (
	"context"
	"fmt"
	"slices"

	"twofold/fault"
	"twofold/tenant"
)

// Approve is the merchant's yes to a referral that a check holds: it goes on to its release. Conflict: it is not flagged.
func (s *Service) Approve(ctx context.Context, shop tenant.ShopID, orderRef string) (Referral, error) {
	r, err := s.referralOfOrder(ctx, shop, orderRef)
	if err != nil {
		return Referral{}, err
	}
	if r.State != Flagged {
		return Referral{}, fault.Newf(fault.Conflict, "Only a flagged referral can be approved; this one is %s.", r.State)
	}
	said := Act{Kind: ActApprove, At: s.now(), Order: r.Order, Rules: heldBy(r)}
	return s.act(ctx, r, func(f *Facts) bool { return addAct(f, said) })
}

// Reject is the merchant's no: a reward that was not issued never is, one that was is taken back. It can be undone by approving
// only as long as nothing was issued.
func (s *Service) Reject(ctx context.Context, shop tenant.ShopID, orderRef string) (Referral, error) {
	r, err := s.referralOfOrder(ctx, shop, orderRef)
	if err != nil {
		return Referral{}, err
	}
	if r.State == None || r.State == Voided {
		return Referral{}, fault.Newf(fault.Conflict, "There is nothing to take back; this referral is %s.", r.State)
	}
	said := Act{Kind: ActReject, At: s.now()}
	return s.act(ctx, r, func(f *Facts) bool { return addAct(f, said) })
}

// LinkOrder ties an order to an advocate by the merchant's word, above all other evidence, under the terms of the live campaign.
// The order is nominated by it. Conflict: the order has no customer, or its friend's reward was issued already.
func (s *Service) LinkOrder(ctx context.Context, shop tenant.ShopID, orderRef, advocateCode string) (Referral, error) {
	advocate, err := s.advocateByRef(ctx, shop, advocateCode)
	if err != nil {
		return Referral{}, err
	}
	campaign, err := s.live(ctx, shop)
	if err != nil {
		return Referral{}, err
	}
	order, _, err := s.findOrRead(ctx, shop, orderRef)
	if err != nil {
		return Referral{}, err
	}
	if err := s.Look(ctx, shop, order.ID); err != nil {
		return Referral{}, err
	}
	if order.Customer == "" {
		return Referral{}, fault.New(fault.Conflict, "The order has no customer; attach the customer in Shopify first.")
	}
	if err := s.store.RaiseFacts(ctx, shop, order.Customer, true); err != nil {
		return Referral{}, fmt.Errorf("referral: raise facts: %w", err)
	}
	r, err := s.store.FindReferral(ctx, shop, order.Customer)
	if err != nil {
		return Referral{}, fmt.Errorf("referral: find referral: %w", err)
	}
	if r.Release != nil {
		return Referral{}, fault.New(fault.Conflict, "The reward was released already; it can only be rejected.")
	}
	link := Act{Kind: ActLink, At: s.now(), Order: order.ID, Advocate: advocate.ID, Campaign: campaign.Key()}
	return s.act(ctx, r, func(f *Facts) bool {
		f.Advocates[advocate.ID], f.Campaigns[campaign.Key()] = advocate, campaign
		return f.Referral.Release == nil && addAct(f, link) // it may have been released meanwhile
	})
}

func addAct(f *Facts, a Act) bool {
	f.Referral.Acts = append(slices.Clone(f.Referral.Acts), a)
	return true
}

// heldBy names the rules that hold the referral's order: an approval lets these pass, and no others.
func heldBy(r Referral) []string {
	var rules []string
	for _, w := range r.Explained.Orders {
		for _, c := range w.Checks {
			if w.Order == r.Order && c.Result == Holds {
				rules = append(rules, c.Rule)
			}
		}
	}
	return rules
}

// act adds the merchant's act to the facts, unless add says that it came too late, and decides.
func (s *Service) act(ctx context.Context, r Referral, add func(*Facts) bool) (Referral, error) {
	decided, err := s.conclude(ctx, r.Shop, r.Friend, add)
	if err == nil {
		s.log.InfoContext(ctx, "merchant acted", "shop", r.Shop, "order_id", decided.Order, "state", decided.State, "reason", decided.Reason)
	}
	return decided, err
}

// referralOfOrder finds the referral that rests on an order.
func (s *Service) referralOfOrder(ctx context.Context, shop tenant.ShopID, orderRef string) (Referral, error) {
	order, stored, err := s.findOrRead(ctx, shop, orderRef)
	if err != nil {
		return Referral{}, err
	}
	if stored && order.Customer != "" {
		r, err := s.store.FindReferral(ctx, shop, order.Customer)
		if err == nil && r.Order == order.ID {
			return r, nil
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return Referral{}, err
		}
	}
	return Referral{}, fault.New(fault.NotFound, "No referral rests on this order.")
}
