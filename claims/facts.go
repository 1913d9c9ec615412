package claims

import (
	"context"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// facts loads what every decision about a claim needs; what only some need is asked when a plan says so: see decide.
func (s *Service) facts(
	ctx context.Context, r ClaimRequest, live referral.Campaign, by referral.AdvocateID,
) (referral.ClaimFacts, error) {
	facts := referral.ClaimFacts{
		Shop:     r.Shop,
		Customer: r.Customer,
		Browser:  r.Browser,
		Network:  r.Network,
		Emails:   r.Emails,
		Cart:     r.Cart,
		Visit:    r.Visit,
		Switch:   r.Switch,
		Seen:     r.Seen,
		At:       r.At,

		Advocate:      by,
		Live:          live,
		MaxOpenClaims: s.config.MaxOpenClaims,
		Answers:       map[referral.ClaimQuestion]referral.ClaimAnswer{},
	}
	keys := referral.ClaimKeys(r.Customer, r.Browser)
	if len(keys) == 0 {
		return facts, nil
	}

	found, err := s.store.ClaimsByKeys(ctx, r.Shop, live.ID, keys)
	if err != nil {
		return facts, fmt.Errorf("claims: find claims: %w", err)
	}
	facts.Claims = found
	return facts, nil
}

// decide asks what a plan says must be known, and decides again, until nothing is missing. Each question is asked once.
func (s *Service) decide(
	ctx context.Context, f referral.ClaimFacts, decide func(referral.ClaimFacts) referral.ClaimPlan,
) referral.ClaimPlan {
	for {
		plan := decide(f)
		if plan.Ask == (referral.ClaimQuestion{}) {
			return plan
		}
		f.Answers[plan.Ask] = s.answer(ctx, f, plan.Ask)
	}
}

// answer asks one question. Why it has no answer is part of the answer: the decision says what follows from that.
func (s *Service) answer(
	ctx context.Context, f referral.ClaimFacts, q referral.ClaimQuestion,
) (a referral.ClaimAnswer) {
	switch q.Ask {
	case referral.AskCart:
		a.Claim, a.Err = s.findClaim(ctx, f.Shop, f.Cart)
	case referral.AskDrawn:
		a.Code, a.Err = s.drawnFor(ctx, f.Claim(q.Claim))
	case referral.AskPromised:
		a.Campaign, a.Err = s.version(ctx, f.Shop, referral.CampaignKey{ID: f.Live.ID, Version: q.Version})
	case referral.AskSpent:
		a.Count, a.Err = s.countOrders(ctx, f.Claim(q.Claim))
	case referral.AskReferral:
		a, a.Err = s.ownOf(ctx, f.Shop, q.Customer)
	case referral.AskGreeting:
		a.Orders, a.Err = s.greet(ctx, f.Shop, q.Customer)
	case referral.AskBought:
		a.Orders, a.Err = s.ordersOf(ctx, f.Shop, q.Customer)
	case referral.AskOpen:
		a.Count, a.Err = s.countOpen(ctx, f)
	case referral.AskNetwork:
		a.Count, a.Err = s.countNetwork(ctx, f)
	case referral.AskLink:
		a.Link, a.Err = s.linkNear(ctx, f)
	case referral.AskGate:
		a.Err = s.campaigns.CheckGate(ctx, f.Live)
	default:
		a.Err = fault.ForLog(fault.Internal, "claims: unknown question %q", q.Ask)
	}
	return a
}

// findClaim finds a claim by its id; nil: there is none.
func (s *Service) findClaim(ctx context.Context, shop tenant.ShopID, id referral.ClaimID) (*referral.Claim, error) {
	found, err := s.store.ClaimsOf(ctx, shop, referral.ClaimQuery{IDs: []referral.ClaimID{id}})
	if err != nil {
		return nil, fmt.Errorf("claims: find the cart's claim: %w", err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return &found[0], nil
}

// drawnFor finds the code that an earlier request drew for the claim; "": there is none.
func (s *Service) drawnFor(ctx context.Context, claim referral.Claim) (string, error) {
	code, err := s.store.FindCodeByHolder(ctx, claim.Shop, claim.Holder())
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("claims: find drawn code: %w", err)
	}
	return code.Code, nil
}

// countOrders counts orders with one of the claim's codes: none or one.
func (s *Service) countOrders(ctx context.Context, claim referral.Claim) (int, error) {
	for _, code := range claim.Codes() {
		n, err := s.store.CountOrdersWithCode(ctx, claim.Shop, code, 1)
		if err != nil {
			return 0, fmt.Errorf("claims: count orders: %w", err)
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, nil
}

// ownOf is what the customer's own referral says; nothing where there is none.
func (s *Service) ownOf(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID,
) (a referral.ClaimAnswer, err error) {
	own, err := s.store.FindReferral(ctx, shop, referral.FriendOf(c, false))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return a, fmt.Errorf("claims: find referral: %w", err)
	}

	a.Referral, a.Without = own.State, own.Without()
	return a, nil
}

// greetWithin is how long a shopper who signs in waits for Shopify to tell of their orders, beside all else.
const greetWithin = time.Second

// greet is ordersOf for a shopper who waits.
func (s *Service) greet(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID,
) (referral.CustomerOrders, error) {
	short, cancel := context.WithTimeout(ctx, greetWithin)
	defer cancel()
	orders, err := s.ordersOf(short, shop, c)
	if err != nil {
		s.log.WarnContext(ctx, "friend not greeted", "shop", shop, "err", err)
	}
	return orders, err
}

// ordersOf is what Shopify tells of a customer's orders.
func (s *Service) ordersOf(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID,
) (referral.CustomerOrders, error) {
	orders, err := s.shopify.ReadCustomer(ctx, shop, c)
	if err != nil {
		return referral.CustomerOrders{}, fmt.Errorf("claims: read customer: %w", err)
	}
	return orders, nil
}

// countOpen counts the link's claims that count, as far as that matters.
func (s *Service) countOpen(ctx context.Context, f referral.ClaimFacts) (int, error) {
	n, err := s.store.CountOpenClaims(ctx, f.Shop, f.Advocate, f.At, f.MaxOpenClaims)
	if err != nil {
		return 0, fmt.Errorf("claims: count open claims: %w", err)
	}
	return n, nil
}

// countNetwork counts the link's claims from the asker's network, as far as that matters.
func (s *Service) countNetwork(ctx context.Context, f referral.ClaimFacts) (int, error) {
	after := f.At.Add(-referral.CountsFor)
	n, err := s.store.CountNetwork(ctx, f.Shop, f.Advocate, f.Network, after, f.MaxOpenClaims)
	if err != nil {
		return 0, fmt.Errorf("claims: count network: %w", err)
	}
	return n, nil
}

// linkNear reads whom the link brought lately.
func (s *Service) linkNear(ctx context.Context, f referral.ClaimFacts) ([]referral.Neighbour, error) {
	found, err := s.store.LinkNear(ctx, f.Shop, f.Advocate, f.At)
	if err != nil {
		return nil, fmt.Errorf("claims: whom the link brought: %w", err)
	}
	return found, nil
}
