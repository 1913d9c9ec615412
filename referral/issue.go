package referral

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// testLife is how long the code of a test order's reward works. Source: design section 6, Test orders.
const testLife = 24 * time.Hour

// Issue gives what is approved: a code of the pool, held by the reward, so that a second run finds the first one's; or a personal
// discount, whose code is written down before Shopify is asked.
func (s *Service) Issue(ctx context.Context, shop tenant.ShopID, friend FriendID) error {
	r, err := s.store.FindReferral(ctx, shop, friend)
	if err != nil {
		return fmt.Errorf("referral: find referral: %w", err)
	}
	for _, side := range Sides {
		if r.Rewards[side].State != RewardApproved {
			continue
		}
		if r, err = s.issueSide(ctx, r, side); err != nil {
			return err
		}
	}
	return s.buryUnissued(ctx, r)
}

func (s *Service) issueSide(ctx context.Context, r Referral, side Side) (Referral, error) {
	campaign, err := s.store.FindCampaign(ctx, r.Shop, r.termsOf(side))
	if err != nil {
		return r, fmt.Errorf("referral: find campaign: %w", err)
	}
	offer := campaign.Terms.offer(side)
	if err := s.reopenEnded(ctx, campaign, side); err != nil {
		return r, err
	}
	issue := Issue{Side: side, Reward: r.Rewards[side].ID, Amount: r.Rewards[side].Due, At: r.Release.At, EndsAt: s.endOf(r, offer)}
	if offer.Pooled() {
		err = s.drawReward(ctx, r, &issue)
	} else {
		err = s.makePersonal(ctx, campaign, r, &issue)
	}
	if err != nil {
		return r, err
	}
	return s.conclude(ctx, r.Shop, r.Friend, func(f *Facts) bool { return addIssue(f, issue, r.Holder(side)) })
}

// reopenEnded takes the end away from a discount that ended with its version, before another code is given under it: a reward may be
// reissued, or turn out to be due, long after. It is looked after again, so that it ends once more.
func (s *Service) reopenEnded(ctx context.Context, c Campaign, side Side) error {
	if c.Discounts[side] == "" || c.EndsAt[side].IsZero() {
		return nil
	}
	_, err := s.store.UpdateCampaign(ctx, c.Shop, c.Key(), func(c *Campaign) error { // first, so that it ends whatever happens next
		c.TendAt = s.now().Add(tendSoon)
		return nil
	})
	if err != nil {
		return fmt.Errorf("referral: look after reopened discount: %w", err)
	}
	return s.moveEnd(ctx, c, side, true)
}

// offer is what a side gets by the terms.
func (t Terms) offer(side Side) Offer {
	if side == AdvocateSide {
		return t.Advocate
	}
	return t.Friend
}

// endOf is when a code that is given out now ends: whole days count from the giving, however late the release was.
func (s *Service) endOf(r Referral, offer Offer) time.Time {
	switch {
	case r.Friend.Test():
		return s.now().Add(testLife)
	case offer.ValidDays == 0:
		return time.Time{}
	}
	return s.now().Add(time.Duration(offer.ValidDays) * 24 * time.Hour)
}

func (s *Service) drawReward(ctx context.Context, r Referral, issue *Issue) error {
	code, err := s.store.DrawCode(ctx, r.Shop, r.termsOf(issue.Side), issue.Side, r.Holder(issue.Side), s.now(), issue.EndsAt)
	if fault.Is(err, fault.NotFound) {
		return s.poolEmpty(ctx, r.Shop, r.termsOf(issue.Side), issue.Side)
	}
	if err != nil {
		return fmt.Errorf("referral: draw code: %w", err)
	}
	issue.Code, issue.EndsAt = code.Code, code.EndsAt // an earlier run may have drawn it
	return nil
}

// makePersonal makes a discount that only the advocate can use. Its code is drawn by HMAC from the reward, and written down first:
// a second run after a lost answer looks for the same one.
func (s *Service) makePersonal(ctx context.Context, c Campaign, r Referral, issue *Issue) error {
	advocate, err := s.store.FindAdvocate(ctx, r.Shop, r.Advocate)
	if err != nil {
		return fmt.Errorf("referral: find advocate: %w", err)
	}
	holder := r.Holder(issue.Side)
	issue.Code = codeFrom(s.hasher.Sum(r.Shop, "personal", string(holder)), discountCodeLetters)
	intent := Code{
		Shop: r.Shop, Code: issue.Code, Campaign: c.Key(), Side: issue.Side, State: CodeMinting, Holder: holder, At: s.now(), EndsAt: issue.EndsAt, Personal: true,
	}
	if err := s.store.AddCodes(ctx, r.Shop, []Code{intent}); err != nil {
		return fmt.Errorf("referral: write personal code: %w", err)
	}
	if err := s.revive(ctx, r.Shop, []Code{intent}); err != nil { // it was buried when the reward was not due for a while
		return err
	}
	written, err := s.store.FindCodeByHolder(ctx, r.Shop, holder)
	if err != nil {
		return fmt.Errorf("referral: find personal code: %w", err)
	}
	issue.EndsAt = written.EndsAt // as an earlier run promised
	discount := wanted(c, AdvocateSide, s.now())
	discount.Title = fmt.Sprintf("Twofold: %s, reward for %s", c.Name, r.OrderName)
	discount.Seed, discount.Customer, discount.EndsAt = issue.Code, advocate.Customer, issue.EndsAt
	if c.Terms.Advocate.Kind.IsAmount() {
		discount.Amount = issue.Amount
	}
	issue.Discount, err = s.ensureCreated(ctx, r.Shop, discount)
	if err != nil {
		return fmt.Errorf("referral: personal discount: %w", err)
	}
	_, err = s.store.MoveCodes(ctx, r.Shop, []string{issue.Code}, CodeMinting, CodeHeld, s.now())
	return err
}

// ensureCreated finds the discount by its seed code, or makes it.
func (s *Service) ensureCreated(ctx context.Context, shop tenant.ShopID, d Discount) (DiscountID, error) {
	id, err := s.shopify.FindDiscount(ctx, shop, d.Seed)
	if !fault.Is(err, fault.NotFound) {
		return id, err
	}
	id, err = s.shopify.CreateDiscount(ctx, shop, d)
	if errors.Is(err, ErrUnknownOutcome) || fault.Is(err, fault.Conflict) {
		return s.shopify.FindDiscount(ctx, shop, d.Seed)
	}
	return id, err
}

// addIssue notes that the approved reward now has the code. False: it is no longer to be issued, or was already.
func addIssue(f *Facts, issue Issue, holder CodeHolderID) bool {
	r := f.Referral
	if r.DecidedRev != r.FactsRev || r.Rewards[issue.Side].State != RewardApproved || r.Holder(issue.Side) != holder {
		return false
	}
	f.Referral.Issues = append(slices.Clone(r.Issues), issue)
	return true
}

// buryUnissued deletes the codes that the referral's rewards drew, never gave, and no longer need: nobody has seen them, and nobody
// shall.
func (s *Service) buryUnissued(ctx context.Context, r Referral) error {
	held := map[Side][]Code{}
	for _, side := range Sides {
		codes, err := s.store.CodesOfReward(ctx, r.Shop, NewRewardID(r, side))
		if err != nil {
			return fmt.Errorf("referral: find held codes: %w", err)
		}
		held[side] = codes
	}
	if len(held[FriendSide])+len(held[AdvocateSide]) == 0 {
		return nil
	}
	r, err := s.store.FindReferral(ctx, r.Shop, r.Friend) // after the codes: another run may have drawn and noted one
	if err != nil {
		return fmt.Errorf("referral: find referral: %w", err)
	}
	var unissued []string
	for _, side := range Sides {
		for _, code := range held[side] {
			given := slices.ContainsFunc(r.Issues, func(i Issue) bool { return i.Code == code.Code })
			needed := r.Rewards[side].State == RewardApproved && code.Holder == r.Holder(side)
			if !given && !needed {
				unissued = append(unissued, code.Code)
			}
		}
	}
	return s.endCodes(ctx, r.Shop, unissued)
}

// TakeBack deletes the codes that were taken back in Shopify, and notes that they are gone. That does not prove them unspent: an
// order that carries one, seen before or after, makes the reward owed.
func (s *Service) TakeBack(ctx context.Context, shop tenant.ShopID, friend FriendID) error {
	r, err := s.store.FindReferral(ctx, shop, friend)
	if err != nil {
		return fmt.Errorf("referral: find referral: %w", err)
	}
	if !slices.Contains(r.Work, WorkTakeBack) {
		return nil
	}
	var codes []string
	for _, i := range r.Issues {
		if i.TakenBack && i.Gone.IsZero() {
			codes = append(codes, i.Code)
		}
	}
	if _, err := s.condemnAll(ctx, shop, codes); err != nil {
		return err
	}
	if err := s.DeleteCodes(ctx, shop); err != nil {
		return err
	}
	at := s.now()
	_, err = s.conclude(ctx, shop, friend, func(f *Facts) bool { return noteGone(f, codes, at) })
	return err
}

func noteGone(f *Facts, codes []string, at time.Time) bool {
	f.Referral.Issues = slices.Clone(f.Referral.Issues)
	noted := false
	for i := range f.Referral.Issues {
		issue := &f.Referral.Issues[i]
		if issue.Gone.IsZero() && slices.Contains(codes, issue.Code) {
			issue.Gone, noted = at, true
		}
	}
	return noted
}
