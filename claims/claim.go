package claims

import (
	"context"
	"errors"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Claim gives the friend their code. Asked again by the same friend it gives the same one; two at once never share one.
// What becomes of the claim is decided by referral.DecideClaim.
//
// Errors: NotFound (link or offer unknown, paused or ended, or the budget is nearly spent), Conflict (the advocate's
// own link, a customer who has bought before, an offer that was used), Limited (too many open claims of the
// advocate), Unavailable (the pool is empty: the next try may find a code, and never a wrong one). Of a guest nothing
// is asked, so that the answer tells nothing of any customer: see referral.Claim.TakenFor.
func (s *Service) Claim(ctx context.Context, r ClaimRequest) (ClaimView, error) {
	advocate, campaign, err := s.opened(ctx, r.Shop, r.Ref, r.Customer)
	if err != nil {
		return ClaimView{}, err
	}
	if len(referral.ClaimKeys(r.Customer, r.Browser)) == 0 {
		return ClaimView{}, fault.New(fault.Invalid, "browser_missing")
	}
	claim, err := s.ensureClaim(ctx, r, campaign, advocate.ID)
	if err != nil {
		return ClaimView{}, err
	}
	return s.claimView(ctx, claim, campaign, advocate.ID, r.At)
}

// errTaken says that a key of a claim that is new was taken meanwhile.
var errTaken = fault.ForLog(fault.Unavailable, "claims keep appearing")

// ensureClaim loads what is known, decides and applies. A race for one key is won by the first write; the loser looks
// again, and finds the winner's claim.
func (s *Service) ensureClaim(
	ctx context.Context, r ClaimRequest, live referral.Campaign, by referral.AdvocateID,
) (referral.Claim, error) {
	for range 3 {
		facts, err := s.facts(ctx, r, live, by)
		if err != nil {
			return referral.Claim{}, err
		}
		claim, err := s.apply(ctx, facts, s.decide(ctx, facts, referral.DecideClaim))
		if err == nil {
			return *claim, nil
		}
		if !errors.Is(err, errTaken) {
			return referral.Claim{}, err
		}
	}
	return referral.Claim{}, errTaken
}

// apply does what was decided, and returns the claim that answers; nil: there is none. The refusal comes last: a plan
// that refuses takes nothing from anybody.
func (s *Service) apply(ctx context.Context, f referral.ClaimFacts, plan referral.ClaimPlan) (*referral.Claim, error) {
	if plan.SignIn != nil {
		if err := s.signIn(ctx, *plan.SignIn, f.Customer, f.At); err != nil {
			return nil, err
		}
	}
	if plan.Drawn != nil {
		if _, err := s.noteCode(ctx, *plan.Drawn, plan.Drawn.Code); err != nil {
			return nil, err
		}
	}

	claim, err := s.act(ctx, f, plan)
	if err != nil {
		return nil, err
	}
	return claim, plan.Refusal
}

// act has the plan's claim added, touched, renewed or left as it is.
func (s *Service) act(ctx context.Context, f referral.ClaimFacts, plan referral.ClaimPlan) (*referral.Claim, error) {
	var changed referral.Claim
	var err error
	switch plan.Act {
	case referral.ClaimAdded:
		changed, err = s.add(ctx, *plan.Claim, plan)
	case referral.ClaimTouched:
		changed, err = s.touch(ctx, *plan.Claim, plan.Touch, f)
	case referral.ClaimRenewed:
		changed, err = s.renew(ctx, f, plan)
	default:
		return plan.Claim, nil
	}
	return &changed, err
}

// add writes a new claim. Unavailable: errTaken.
func (s *Service) add(ctx context.Context, claim referral.Claim, plan referral.ClaimPlan) (referral.Claim, error) {
	claim.ID = referral.ClaimID(tenant.NewID("clm_", s.now()))
	err := s.store.AddClaim(ctx, claim)
	if fault.Is(err, fault.Conflict) && claim.Customer != "" { // the browser is another's: the customer's key is enough
		claim.Keys = []string{referral.CustomerKey(claim.Customer)}
		err = s.store.AddClaim(ctx, claim)
	}
	if fault.Is(err, fault.Conflict) {
		return referral.Claim{}, errTaken
	}
	if err != nil {
		return referral.Claim{}, fmt.Errorf("claims: add claim: %w", err)
	}

	s.log.InfoContext(ctx, "offer claimed",
		"shop", claim.Shop, "claim_id", claim.ID, "advocate_id", plan.Touch.Advocate)
	return claim, s.noteNetwork(ctx, claim, plan, claim.ClaimedAt)
}

// touch adds one opening of a link to the claim, unless the last one already says so, the address that the friend gave,
// and from where. The order of a friend who is known is decided about again.
func (s *Service) touch(
	ctx context.Context, claim referral.Claim, t referral.Touch, f referral.ClaimFacts,
) (referral.Claim, error) {
	changed, err := s.store.UpdateClaim(ctx, claim.Shop, claim.ID, func(c *referral.Claim) error {
		c.Note(t, f.Emails)
		c.Seen = referral.Seen(c.Seen, f.Sighting())
		return nil
	})
	if err != nil {
		return referral.Claim{}, fmt.Errorf("claims: touch claim: %w", err)
	}
	return changed, s.raiseFriend(ctx, changed)
}

// renew promises the offer of now in place of what the claim had: one conditional update. The old code ends, if it has
// not yet.
func (s *Service) renew(ctx context.Context, f referral.ClaimFacts, plan referral.ClaimPlan) (referral.Claim, error) {
	claim := *plan.Claim
	if err := s.noteNetwork(ctx, claim, plan, f.At); err != nil {
		return referral.Claim{}, err
	}

	renewed, err := s.store.UpdateClaim(ctx, claim.Shop, claim.ID, func(c *referral.Claim) error {
		if c.Code == claim.Code { // else somebody was faster
			c.Renew(f.Live, plan.Touch, plan.Counts, f.Emails)
			c.Seen = referral.Seen(c.Seen, f.Sighting())
		}
		return nil
	})
	if err != nil {
		return referral.Claim{}, fmt.Errorf("claims: renew claim: %w", err)
	}

	if claim.Code != "" {
		if err := s.codes.End(ctx, claim.Shop, []string{claim.Code}); err != nil {
			return referral.Claim{}, err
		}
	}
	return renewed, s.raiseFriend(ctx, renewed)
}

// noteNetwork notes from where an offer was claimed.
func (s *Service) noteNetwork(ctx context.Context, claim referral.Claim, plan referral.ClaimPlan, at time.Time) error {
	if plan.Network == "" {
		return nil
	}
	err := s.store.NoteNetwork(ctx, claim.Shop, claim.ID, plan.Touch.Advocate, plan.Network, at)
	if err != nil {
		return fmt.Errorf("claims: note network: %w", err)
	}
	return nil
}

// signIn notes that the claim's friend was signed in as the customer, and has the order of a friend who is known
// decided about again. A customer who has had a claim of their own since keeps that one, and this one stays a guest's.
func (s *Service) signIn(ctx context.Context, claim referral.Claim, c referral.CustomerID, at time.Time) error {
	err := s.store.TieClaim(ctx, claim.Shop, claim.ID, c, at)
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("claims: tie claim: %w", err)
	}
	return s.raiseCustomer(ctx, claim.Shop, c)
}

// raiseFriend has the claim's friend decided again, if the friend is known.
func (s *Service) raiseFriend(ctx context.Context, c referral.Claim) error {
	if c.Customer == "" {
		return nil
	}
	return s.raiseCustomer(ctx, c.Shop, c.Customer)
}

// raiseCustomer has the customer's referrals decided again, if there are any.
func (s *Service) raiseCustomer(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) error {
	for _, test := range []bool{false, true} {
		if err := s.store.RaiseFacts(ctx, shop, referral.FriendOf(c, test), false); err != nil {
			return fmt.Errorf("claims: raise facts: %w", err)
		}
	}
	s.bell.Decide(ctx, shop, referral.FriendOf(c, false))
	return nil
}
