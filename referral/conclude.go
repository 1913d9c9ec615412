package referral

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"twofold/fault"
	"twofold/tenant"
)

// Nominated returns those of the nominees that may matter to this shop.
func (s *Service) Nominated(ctx context.Context, shop tenant.ShopID, nominees []Nominee) ([]Nominee, error) {
	return s.store.Nominated(ctx, shop, nominees)
}

// Look takes a snapshot of an order and keeps it, ties claims to its customer, and decides about every friend it concerns.
// An order that Shopify no longer shows is kept as it last was, and marked as gone.
func (s *Service) Look(ctx context.Context, shop tenant.ShopID, id OrderID) error {
	friends, err := s.look(ctx, shop, id)
	if err != nil {
		return err
	}
	for _, friend := range friends {
		if _, err := s.Conclude(ctx, shop, friend); err != nil {
			return fmt.Errorf("referral: conclude about order %s: %w", id, err)
		}
	}
	return nil
}

// look is Look up to the decisions: it returns the friends whose facts moved. Each step may run again after a crash: the delivery
// that asked for it is not done before all of them are.
func (s *Service) look(ctx context.Context, shop tenant.ShopID, id OrderID) (friends []CustomerID, err error) {
	ticket, err := s.store.TakeTicket(ctx, shop, id)
	if err != nil {
		return nil, fmt.Errorf("referral: take ticket: %w", err)
	}
	o, err := s.shopify.ReadOrder(ctx, shop, id)
	if fault.Is(err, fault.NotFound) {
		s.log.WarnContext(ctx, "order not shown by shopify", "shop", shop, "order_id", id)
		o, err = s.store.FindOrder(ctx, shop, id)
		if fault.Is(err, fault.NotFound) { // it never was: nothing rests on it
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("referral: find order: %w", err)
		}
		o.Gone = true
	}
	if err != nil {
		return nil, fmt.Errorf("referral: read order: %w: %w", errOfOrder, err)
	}
	former, err := s.store.SaveSnapshot(ctx, o, ticket)
	if err != nil {
		return nil, fmt.Errorf("referral: save snapshot: %w", err)
	}
	return s.raise(ctx, o, former)
}

// raise ties the order's claims to its customer and counts up the facts of everyone the order concerns.
func (s *Service) raise(ctx context.Context, o Order, former []CustomerID) ([]CustomerID, error) {
	claims, err := s.store.ClaimsOf(ctx, o.Shop, o.Customer, o.Codes, claimIDs(o))
	if err != nil {
		return nil, fmt.Errorf("referral: claims of order: %w", err)
	}
	var friends []CustomerID
	if o.Customer != "" {
		for _, c := range claims {
			if c.Customer != "" {
				continue
			}
			if err := s.store.TieClaim(ctx, o.Shop, c.ID, o.Customer); err != nil {
				return nil, fmt.Errorf("referral: tie claim: %w", err)
			}
		}
		friends = append(friends, o.Customer)
	}
	friends = append(friends, former...)
	spenders, err := s.store.FriendsWithCodes(ctx, o.Shop, o.Codes)
	if err != nil {
		return nil, fmt.Errorf("referral: friends with codes: %w", err)
	}
	for _, friend := range spenders {
		if !slices.Contains(friends, friend) {
			friends = append(friends, friend)
		}
	}
	for _, friend := range friends {
		create := friend == o.Customer && len(claims) > 0
		if err := s.store.RaiseFacts(ctx, o.Shop, friend, create); err != nil {
			return nil, fmt.Errorf("referral: raise facts: %w", err)
		}
	}
	return friends, nil
}

func claimIDs(o Order) []ClaimID {
	if id := o.ClaimID(); id != "" {
		return []ClaimID{id}
	}
	return nil
}

// errOfOrder is in the chain of errors that lie in what Shopify shows of one order, or in what its facts say, and not in MongoDB.
var errOfOrder = errors.New("the order's own")

// decideTries is how often a decision is made anew because facts moved under it.
const decideTries = 20

// Conclude decides about a friend on all facts there are, and writes it only if they have not moved meanwhile; else it decides
// again. A friend without a referral is no error: there is nothing to decide.
func (s *Service) Conclude(ctx context.Context, shop tenant.ShopID, friend CustomerID) (Referral, error) {
	return s.conclude(ctx, shop, friend, nil)
}

// conclude decides after add, if any, has put a new fact into the referral. add may run more than once, and must not call out;
// it returns false when there is nothing to add after all.
func (s *Service) conclude(ctx context.Context, shop tenant.ShopID, friend CustomerID, add func(*Facts) bool) (Referral, error) {
	for range decideTries {
		facts, err := s.store.LoadFacts(ctx, shop, friend)
		if fault.Is(err, fault.NotFound) {
			return Referral{}, nil
		}
		if err != nil {
			return Referral{}, fmt.Errorf("referral: load facts: %w", err)
		}
		rev := facts.Referral.FactsRev
		if add != nil && add(&facts) {
			facts.Referral.FactsRev++
		} else if facts.Referral.DecidedRev == rev {
			return facts.Referral, nil
		}
		decided, err := Decide(facts)
		if err != nil {
			return Referral{}, fmt.Errorf("referral: decide: %w: %w", errOfOrder, err)
		}
		decided.DecidedRev = decided.FactsRev
		switch err := s.store.SaveDecision(ctx, decided, rev); {
		case err == nil:
			s.follow(ctx, facts.Referral, decided)
			return decided, nil
		case !fault.Is(err, fault.Conflict):
			return Referral{}, fmt.Errorf("referral: save decision: %w", err)
		}
	}
	return Referral{}, fault.New(fault.Unavailable, "The facts keep moving, will decide later.")
}

// follow logs a change of state, and rings for the work that the decision calls for.
func (s *Service) follow(ctx context.Context, was, is Referral) {
	if was.State != is.State || was.Reason != is.Reason || was.Order != is.Order {
		s.log.InfoContext(ctx, "referral decided", "shop", is.Shop, "order_id", is.Order, "advocate_id", is.Advocate, "state", is.State, "reason", is.Reason)
	}
	if before, after := was.Rewards[AdvocateSide].State, is.Rewards[AdvocateSide].State; before != after {
		s.log.InfoContext(ctx, "reward changed", "shop", is.Shop, "reward_id", is.Rewards[AdvocateSide].ID, "state", after, "reason", is.Rewards[AdvocateSide].Reason)
	}
	for _, work := range is.Work {
		if work != WorkRelease { // released by date
			s.bell.Work(ctx, is.Shop, is.Friend, work)
		}
	}
}

// AskNewness asks Shopify how many orders the friend had before each order that waits for the answer, and keeps the answers.
func (s *Service) AskNewness(ctx context.Context, shop tenant.ShopID, friend CustomerID) error {
	current, err := s.store.FindReferral(ctx, shop, friend)
	if err != nil {
		return fmt.Errorf("referral: find referral: %w", err)
	}
	if !slices.Contains(current.Work, WorkNewness) {
		return nil
	}
	history, err := s.shopify.ReadCustomer(ctx, shop, friend)
	if err != nil {
		return fmt.Errorf("referral: read customer: %w", err)
	}
	_, err = s.conclude(ctx, shop, friend, func(f *Facts) bool { return answerNewness(f, history) })
	return err
}

// answerNewness adds the answers that the history gives, and tells whether there were any.
func answerNewness(f *Facts, history CustomerOrders) bool {
	added := false
	answers := map[OrderID]Newness{}
	for id, n := range f.Referral.Newness {
		answers[id] = n
	}
	for _, o := range f.Orders {
		if _, have := answers[o.ID]; have {
			continue
		}
		if n, known := PriorOrders(o, history); known {
			answers[o.ID], added = n, true
		}
	}
	f.Referral.Newness = answers
	return added
}
