package rewards

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"twofold/fault"
	"twofold/orders"
	"twofold/referral"
	"twofold/tenant"
)

// Approve is the merchant's yes to a referral that a check holds: it goes on to its release. Conflict: it is not
// flagged.
func (s *Service) Approve(ctx context.Context, shop tenant.ShopID, orderRef string) (referral.Referral, error) {
	r, err := s.referralOfOrder(ctx, shop, orderRef)
	if err != nil {
		return referral.Referral{}, err
	}
	if r.State != referral.Flagged {
		return referral.Referral{}, fault.With(fault.Conflict, "not_flagged", fault.Values{"state": r.State})
	}

	return s.act(ctx, r, referral.Act{Kind: referral.ActApprove, Order: r.Order, Rules: referral.HeldBy(r)})
}

// Reject is the merchant's no to a referral of which nothing was issued yet. Restore undoes it.
// Conflict: there is nothing to reject, or something was issued (void it).
func (s *Service) Reject(ctx context.Context, shop tenant.ShopID, orderRef string) (referral.Referral, error) {
	r, err := s.referralOfOrder(ctx, shop, orderRef)
	if err != nil {
		return referral.Referral{}, err
	}

	switch {
	case r.State == referral.None || r.State == referral.Voided:
		return referral.Referral{}, fault.With(fault.Conflict, "nothing_to_take_back", fault.Values{"state": r.State})
	case len(r.Issues) > 0:
		return referral.Referral{}, fault.New(fault.Conflict, "already_issued")
	}

	return s.act(ctx, r, referral.Act{Kind: referral.ActReject})
}

// Void takes a referral back, whatever was issued: codes are deleted, and what was spent is owed. Conflict: there is
// nothing to take back.
func (s *Service) Void(ctx context.Context, shop tenant.ShopID, orderRef string) (referral.Referral, error) {
	r, err := s.referralOfOrder(ctx, shop, orderRef)
	if err != nil {
		return referral.Referral{}, err
	}
	if r.State == referral.None || r.State == referral.Voided {
		return referral.Referral{}, fault.With(fault.Conflict, "nothing_to_take_back", fault.Values{"state": r.State})
	}

	return s.act(ctx, r, referral.Act{Kind: referral.ActVoid})
}

// Restore takes the merchant's own rejection or void back: the rules alone decide again. Conflict: it was not the
// merchant who voided the referral.
func (s *Service) Restore(ctx context.Context, shop tenant.ShopID, orderRef string) (referral.Referral, error) {
	r, order, err := s.referralWith(ctx, shop, orderRef)
	if err != nil {
		return referral.Referral{}, err
	}

	act, said := referral.Verdict(r.Acts)
	if !said || (act.Kind != referral.ActReject && act.Kind != referral.ActVoid) {
		saw := fault.Values{"state": r.State, "reason": r.Reason}
		return referral.Referral{}, fault.With(fault.Conflict, "not_taken_back", saw)
	}

	return s.act(ctx, r, referral.Act{Kind: referral.ActRestore, Order: order})
}

// Reissue gives another code in place of one that was lost, deleted in Shopify or has run out; the old one is deleted.
// side is whose reward. Conflict: there is no code to replace.
func (s *Service) Reissue(
	ctx context.Context, shop tenant.ShopID, orderRef string, side referral.Side,
) (referral.Referral, error) {
	r, err := s.referralOfOrder(ctx, shop, orderRef)
	if err != nil {
		return referral.Referral{}, err
	}

	issue := referral.Standing(r, side)
	if issue == nil || r.Rewards[side].State != referral.RewardIssued {
		saw := fault.Values{"side": side, "state": referral.OrNone(r.Rewards[side].State)}
		return referral.Referral{}, fault.With(fault.Conflict, "nothing_to_replace", saw)
	}

	return s.act(ctx, r, referral.Act{Kind: referral.ActReissue, Order: r.Order, Side: side, Code: issue.Code})
}

// Retry has a reward tried again whose discount Shopify refused to make. Conflict: nothing was refused.
func (s *Service) Retry(ctx context.Context, shop tenant.ShopID, orderRef string) (referral.Referral, error) {
	r, err := s.referralOfOrder(ctx, shop, orderRef)
	if err != nil {
		return referral.Referral{}, err
	}
	if reward := r.Rewards[referral.AdvocateSide]; reward.Reason != referral.ReasonRefused {
		saw := fault.Values{"state": referral.OrNone(reward.State)}
		return referral.Referral{}, fault.With(fault.Conflict, "nothing_refused", saw)
	}

	return s.act(ctx, r, referral.Act{Kind: referral.ActRetry, Order: r.Order})
}

// Forgive lets go what an advocate owes for this referral now. Conflict: nothing is owed.
func (s *Service) Forgive(ctx context.Context, shop tenant.ShopID, orderRef string) (referral.Referral, error) {
	r, err := s.referralOfOrder(ctx, shop, orderRef)
	if err != nil {
		return referral.Referral{}, err
	}
	reward := r.Rewards[referral.AdvocateSide]
	if reward.State != referral.RewardOwed {
		saw := fault.Values{"state": referral.OrNone(reward.State)}
		return referral.Referral{}, fault.With(fault.Conflict, "nothing_owed", saw)
	}

	at := s.now()
	return s.actWith(ctx, r, func(was referral.Referral, f *referral.Facts) bool {
		// What is owed by now: another act may have been faster.
		now := was.Rewards[referral.AdvocateSide]
		act := referral.Act{Kind: referral.ActForgive, At: at, Order: r.Order, Amount: now.Owed, Units: now.OwedUnits}
		return now.State == referral.RewardOwed && referral.AddAct(f, act)
	})
}

// LinkOrder ties an order to an advocate by the merchant's word, above all other evidence, under the terms that were in
// force when it was placed. The order is nominated by it. NotFound: there is no such order, or nobody has the code.
// Conflict: the advocate is blocked, no terms were in force, the order has no customer, or its friend's reward was
// released already (one that was unlinked since goes back to whom it was released for).
func (s *Service) LinkOrder(
	ctx context.Context, shop tenant.ShopID, orderRef, advocateCode string,
) (referral.Referral, error) {
	advocate, err := s.advocateByCode(ctx, shop, advocateCode)
	if err != nil {
		return referral.Referral{}, err
	}
	if advocate.State == referral.AdvocateBlocked {
		return referral.Referral{}, fault.New(fault.Conflict, "advocate_blocked")
	}

	order, _, err := s.orders.FindOrRead(ctx, shop, orderRef)
	if err != nil {
		return referral.Referral{}, err
	}
	campaign, err := s.inForceAt(ctx, shop, order.ProcessedAt)
	if err != nil {
		return referral.Referral{}, err
	}

	r, order, err := s.nominate(ctx, shop, order.ID)
	if err != nil {
		return referral.Referral{}, err
	}
	if !referral.MayLink(r, order.ID, advocate.ID) {
		return referral.Referral{}, fault.New(fault.Conflict, "released_elsewhere")
	}

	link := referral.Act{
		Kind: referral.ActLink, At: s.now(), Order: order.ID, Advocate: advocate.ID, Campaign: campaign.Key(),
	}
	return s.actWith(ctx, r, func(was referral.Referral, f *referral.Facts) bool {
		f.Advocates[advocate.ID] = advocate
		f.Campaigns[campaign.Key()] = campaign
		// It may have been released meanwhile.
		return referral.MayLink(was, order.ID, advocate.ID) && referral.AddAct(f, link)
	})
}

// inForceAt is the campaign version that was the offer at an instant. Conflict: there was none.
func (s *Service) inForceAt(ctx context.Context, shop tenant.ShopID, at time.Time) (referral.Campaign, error) {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return referral.Campaign{}, fmt.Errorf("rewards: list campaigns: %w", err)
	}

	versions := map[referral.CampaignKey]referral.Campaign{}
	for _, c := range all {
		versions[c.Key()] = c
	}

	found, yes := versions[referral.InForce(versions, at)]
	if !yes {
		return referral.Campaign{}, fault.New(fault.Conflict, "no_terms_then")
	}
	return found, nil
}

// nominate has an order looked at by the merchant's word, and returns its friend's referral.
func (s *Service) nominate(
	ctx context.Context, shop tenant.ShopID, id referral.OrderID,
) (referral.Referral, referral.Order, error) {
	if err := s.orders.Refresh(ctx, shop, id); err != nil {
		return referral.Referral{}, referral.Order{}, err
	}

	order, err := s.store.FindOrder(ctx, shop, id)
	if err != nil {
		return referral.Referral{}, order, fmt.Errorf("rewards: find order: %w", err)
	}
	if order.Customer == "" {
		return referral.Referral{}, order, fault.New(fault.Conflict, "no_customer")
	}

	if err := s.store.RaiseFacts(ctx, shop, order.Friend(), true); err != nil {
		return referral.Referral{}, order, fmt.Errorf("rewards: raise facts: %w", err)
	}
	r, err := s.store.FindReferral(ctx, shop, order.Friend())
	if err != nil {
		return referral.Referral{}, order, fmt.Errorf("rewards: find referral: %w", err)
	}
	return r, order, nil
}

// UnlinkOrder says that nothing ties an order to anybody, whatever evidence there is or will be, until it is linked
// again. What was issued for it is taken back. NotFound: the order is in no referral.
func (s *Service) UnlinkOrder(ctx context.Context, shop tenant.ShopID, orderRef string) (referral.Referral, error) {
	r, order, err := s.referralWith(ctx, shop, orderRef)
	if err != nil {
		return referral.Referral{}, err
	}
	return s.act(ctx, r, referral.Act{Kind: referral.ActUnlink, Order: order})
}

// Attach names the customer of an order that Shopify shows without one, so that it can be weighed. Named again, another
// takes the first one's place. customer is a gid or its number. Conflict: Shopify shows a customer, or a reward was released for
// the order. NotFound: there is no such customer.
func (s *Service) Attach(
	ctx context.Context, shop tenant.ShopID, orderRef, customer string,
) (referral.Referral, error) {
	id := referral.CustomerID(customer)
	if orders.AllDigits(customer) {
		id = referral.CustomerID("gid://shopify/Customer/" + customer)
	}
	if !strings.HasPrefix(string(id), "gid://shopify/Customer/") {
		return referral.Referral{}, fault.New(fault.Invalid, "customer_number")
	}

	order, _, err := s.orders.FindOrRead(ctx, shop, orderRef)
	if err != nil {
		return referral.Referral{}, err
	}
	if err := s.mayAttach(ctx, order, id); err != nil {
		return referral.Referral{}, err
	}
	if _, err := s.shopify.ReadCustomer(ctx, shop, id); err != nil {
		return referral.Referral{}, err
	}

	if err := s.store.AttachCustomer(ctx, shop, order.ID, id); err != nil {
		return referral.Referral{}, fmt.Errorf("rewards: attach customer: %w", err)
	}
	if err := s.orders.Refresh(ctx, shop, order.ID); err != nil {
		return referral.Referral{}, err
	}

	s.log.InfoContext(ctx, "customer attached", "shop", shop, "order_id", order.ID)
	r, err := s.store.FindReferral(ctx, shop, referral.FriendOf(id, order.Test))
	if fault.Is(err, fault.NotFound) {
		none := referral.Outcome{State: referral.None, Reason: referral.ReasonNoEvidence}
		return referral.Referral{Shop: shop, Friend: referral.FriendOf(id, order.Test), Outcome: none}, nil
	}
	return r, err
}

// mayAttach refuses a customer where Shopify shows another, or where a reward was released for whom the merchant had
// named, or Shopify had shown.
func (s *Service) mayAttach(ctx context.Context, o referral.Order, id referral.CustomerID) error {
	if o.Customer == "" || o.Customer == id {
		return nil
	}
	if !o.Attached && !o.CustomerGone {
		return fault.New(fault.Conflict, "has_customer")
	}

	r, err := s.store.FindReferral(ctx, o.Shop, o.Friend())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("rewards: find referral: %w", err)
	}
	if r.Release != nil && r.Release.Order == o.ID {
		return fault.New(fault.Conflict, "released_for_customer")
	}
	return nil
}

// Block ends an advocate's sharing: their link opens no claim, their shareable code is deleted, and what has not been
// released yet is void. Codes that friends hold go on. Unblock undoes it.
func (s *Service) Block(ctx context.Context, shop tenant.ShopID, advocateCode string) (referral.Advocate, error) {
	return s.setAdvocate(ctx, shop, advocateCode, referral.AdvocateBlocked)
}

// Unblock lets a blocked advocate go on.
func (s *Service) Unblock(ctx context.Context, shop tenant.ShopID, advocateCode string) (referral.Advocate, error) {
	return s.setAdvocate(ctx, shop, advocateCode, referral.AdvocateActive)
}

// Reopen has the advocate's link take claims again at once: those made so far count no more. Their codes go on.
func (s *Service) Reopen(ctx context.Context, shop tenant.ShopID, advocateCode string) (referral.Advocate, error) {
	a, err := s.advocateByCode(ctx, shop, advocateCode)
	if err != nil {
		return a, err
	}
	if err := s.advocates.StopCounting(ctx, shop, a.ID, s.now()); err != nil {
		return a, fmt.Errorf("rewards: stop counting: %w", err)
	}

	s.log.InfoContext(ctx, "link reopened", "shop", shop, "advocate_id", a.ID)
	return a, nil
}

// advocateByCode finds an advocate for the merchant, who sees blocked ones too. NotFound: nobody has, or had, the code.
func (s *Service) advocateByCode(ctx context.Context, shop tenant.ShopID, code string) (referral.Advocate, error) {
	a, err := s.advocates.FindAdvocateByCode(ctx, shop, referral.NormalCode(code))
	if fault.Is(err, fault.NotFound) {
		return a, fault.New(fault.NotFound, "advocate_unknown")
	}
	return a, err
}

func (s *Service) setAdvocate(
	ctx context.Context, shop tenant.ShopID, code string, state referral.AdvocateState,
) (referral.Advocate, error) {
	a, err := s.advocateByCode(ctx, shop, code)
	if err != nil {
		return a, err
	}
	if !a.ErasedAt.IsZero() {
		return a, fault.New(fault.Conflict, "advocate_erased")
	}

	if a.State != state {
		a.State, a.BlockedAt = state, time.Time{}
		if state == referral.AdvocateBlocked {
			a.BlockedAt = s.now()
		}
		if err := s.advocates.SetAdvocateState(ctx, shop, a.ID, a.State, a.BlockedAt); err != nil {
			return referral.Advocate{}, fmt.Errorf("rewards: set advocate: %w", err)
		}
		s.log.InfoContext(ctx, "advocate changed", "shop", shop, "advocate_id", a.ID, "state", state)
	}

	return a, s.orders.ApplyAdvocateState(ctx, a) // also when asked again, perhaps because the first time was cut off
}

// act adds the merchant's act to the facts, and decides.
func (s *Service) act(ctx context.Context, r referral.Referral, a referral.Act) (referral.Referral, error) {
	a.At = s.now()
	return s.actWith(ctx, r, func(_ referral.Referral, f *referral.Facts) bool { return referral.AddAct(f, a) })
}

// actWith lets add put the act among the facts, unless it finds that it came too late, and decides.
func (s *Service) actWith(ctx context.Context, r referral.Referral, add orders.NewFact) (referral.Referral, error) {
	decided, err := s.orders.DecideWith(ctx, r.Shop, r.Friend, add)
	if err == nil {
		s.log.InfoContext(ctx, "merchant acted",
			"shop", r.Shop, "order_id", decided.Order, "state", decided.State, "reason", decided.Reason)
	}
	return decided, err
}

// referralOfOrder finds the referral that rests on an order.
func (s *Service) referralOfOrder(ctx context.Context, shop tenant.ShopID, orderRef string) (referral.Referral, error) {
	r, order, err := s.referralWith(ctx, shop, orderRef)
	if err == nil && r.Order != order {
		return referral.Referral{}, errRestsElsewhere
	}
	return r, err
}

var errRestsElsewhere = fault.New(fault.NotFound, "rests_elsewhere")

// referralWith finds the referral in which an order was weighed, whether it rests on it or not.
func (s *Service) referralWith(
	ctx context.Context, shop tenant.ShopID, orderRef string,
) (referral.Referral, referral.OrderID, error) {
	order, stored, err := s.orders.FindOrRead(ctx, shop, orderRef)
	if err != nil {
		return referral.Referral{}, "", err
	}
	if !stored {
		return referral.Referral{}, "", errRestsElsewhere
	}
	if order.Customer == "" {
		return referral.Referral{}, "", fault.New(fault.Conflict, "no_customer")
	}

	r, err := s.store.FindReferral(ctx, shop, order.Friend())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return referral.Referral{}, "", err
	}

	tied := func(w referral.Weighed) bool { return w.Order == order.ID && len(w.Evidence) > 0 }
	if r.Order != order.ID && !slices.ContainsFunc(r.Explained.Orders, tied) {
		return referral.Referral{}, "", errRestsElsewhere
	}
	return r, order.ID, nil
}
