package rewards

import (
	"context"
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Issue gives what is approved: a code of the pool, held by the reward, so that a second run finds the first one's; or
// a personal discount, whose code is written down before Shopify is asked.
func (s *Service) Issue(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) error {
	r, err := s.store.FindReferral(ctx, shop, friend)
	if fault.Is(err, fault.NotFound) { // the friend was erased, or is another customer now
		return nil
	}
	if err != nil {
		return fmt.Errorf("rewards: find referral: %w", err)
	}

	for _, side := range referral.Sides {
		if !r.Rewards[side].ToGive() {
			continue
		}
		if r, err = s.issueSide(ctx, r, side); err != nil {
			return err
		}
	}

	if r.Shop == "" { // it became another customer's while a code was drawn, which that one's work finds
		return nil
	}
	return s.buryUnissued(ctx, r)
}

func (s *Service) issueSide(ctx context.Context, r referral.Referral, side referral.Side) (referral.Referral, error) {
	campaign, err := s.store.FindCampaign(ctx, r.Shop, r.TermsOf(side))
	if err != nil {
		return r, fmt.Errorf("rewards: find campaign: %w", err)
	}
	if campaign.Cleaned {
		return s.noteRefusal(ctx, r, referral.Issue{Side: side, Reward: r.Rewards[side].ID}, errCleaned)
	}

	offer := campaign.Terms.Offer(side)
	if err := s.codes.ReopenEnded(ctx, campaign, side); err != nil {
		return r, err
	}

	issue := referral.Issue{
		Side: side, Reward: r.Rewards[side].ID, Campaign: r.TermsOf(side), Amount: r.Rewards[side].Due,
		At: r.Release.At, EndsAt: s.endOf(offer),
	}
	if offer.Pooled() {
		issue, err = s.drawReward(ctx, r, issue)
	} else {
		issue, err = s.makePersonal(ctx, campaign, r, issue)
	}

	if fault.Is(err, fault.Invalid) && !offer.Pooled() {
		return s.noteRefusal(ctx, r, issue, err)
	}
	if err != nil {
		return r, err
	}
	return s.orders.DecideWith(ctx, r.Shop, r.Friend, func(was referral.Referral, f *referral.Facts) bool {
		return referral.AddIssue(was, f, issue, r.Holder(side))
	})
}

// errCleaned is why a reward cannot be given under a campaign whose discounts were taken out of the shop.
var errCleaned = fault.ForLog(fault.Invalid, "rewards: the campaign's discounts were taken out of the shop")

// noteRefusal keeps that a reward's discount cannot be made, as when the advocate's account is gone in Shopify or the
// shop was cleaned: it is tried no more until the merchant asks for it. The code that was written down goes first; a
// second try brings it back.
func (s *Service) noteRefusal(
	ctx context.Context, r referral.Referral, issue referral.Issue, refused error,
) (referral.Referral, error) {
	s.log.WarnContext(ctx, "a reward's discount is refused",
		"shop", r.Shop, "order_id", r.Order, "reward_id", issue.Reward, "err", refused)
	if err := s.codes.End(ctx, r.Shop, []string{issue.Code}); err != nil {
		return r, err
	}

	at := s.now()
	return s.orders.DecideWith(ctx, r.Shop, r.Friend, func(was referral.Referral, f *referral.Facts) bool {
		return referral.AddRefusal(was, f, issue.Side, referral.Refusal{Holder: r.Holder(issue.Side), At: at})
	})
}

// endOf is when a code that is given out now ends: whole days count from the giving, however late the release was.
func (s *Service) endOf(offer referral.Offer) time.Time {
	if offer.ValidDays == 0 {
		return time.Time{}
	}
	return s.now().Add(time.Duration(offer.ValidDays) * 24 * time.Hour)
}

// drawReward draws the code of a pooled reward. An earlier run may have drawn it, with another end.
func (s *Service) drawReward(ctx context.Context, r referral.Referral, issue referral.Issue) (referral.Issue, error) {
	side := issue.Side
	code, err := s.codes.DrawForJob(ctx, r.Shop, r.TermsOf(side), side, r.Holder(side), s.now(), issue.EndsAt)
	issue.Code = code.Code
	issue.EndsAt = code.EndsAt
	return issue, err
}

// makePersonal makes the discount of a reward that only its advocate can use.
func (s *Service) makePersonal(
	ctx context.Context, c referral.Campaign, r referral.Referral, issue referral.Issue,
) (referral.Issue, error) {
	advocate, err := s.advocates.FindAdvocate(ctx, r.Shop, r.Advocate)
	if err != nil {
		return issue, fmt.Errorf("rewards: find advocate: %w", err)
	}
	return s.codes.MakePersonal(ctx, c, referral.PersonalReward{
		Issue: issue, Holder: r.Holder(issue.Side), Customer: advocate.Customer, OrderName: r.OrderName,
	})
}

// buryUnissued deletes the codes that the referral's rewards drew, never gave, and no longer need: nobody has seen
// them, and nobody shall.
func (s *Service) buryUnissued(ctx context.Context, r referral.Referral) error {
	held := map[referral.Side][]referral.Code{}
	for _, side := range referral.Sides {
		codes, err := s.store.CodesOfReward(ctx, r.Shop, referral.NewRewardID(r, side))
		if err != nil {
			return fmt.Errorf("rewards: find held codes: %w", err)
		}
		held[side] = codes
	}
	if len(held[referral.FriendSide])+len(held[referral.AdvocateSide]) == 0 {
		return nil
	}

	r, err := s.store.FindReferral(ctx, r.Shop, r.Friend) // after the codes: another run may have drawn and noted one
	if err != nil {
		return fmt.Errorf("rewards: find referral: %w", err)
	}

	var unissued []string
	for _, side := range referral.Sides {
		for _, code := range held[side] {
			given := slices.ContainsFunc(r.Issues, func(i referral.Issue) bool { return i.Code == code.Code })
			needed := r.Rewards[side].ToGive() && code.Holder == r.Holder(side)
			if !given && !needed {
				unissued = append(unissued, code.Code)
			}
		}
	}

	return s.codes.End(ctx, r.Shop, unissued)
}

// TakeBack deletes the codes that were taken back in Shopify, and notes that they are gone. That does not prove them
// unspent: an order that carries one, seen before or after, makes the reward owed.
func (s *Service) TakeBack(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) error {
	r, err := s.store.FindReferral(ctx, shop, friend)
	if fault.Is(err, fault.NotFound) { // the friend was erased, or is another customer now
		return nil
	}
	if err != nil {
		return fmt.Errorf("rewards: find referral: %w", err)
	}

	if !slices.Contains(r.Work, referral.WorkTakeBack) {
		return nil
	}

	var codes []string
	for _, i := range r.Issues {
		if i.TakenBack && i.Gone.IsZero() {
			codes = append(codes, i.Code)
		}
	}

	if err := s.codes.EndNow(ctx, shop, codes); err != nil {
		return err
	}

	at := s.now()
	_, err = s.orders.DecideWith(ctx, shop, friend, func(_ referral.Referral, f *referral.Facts) bool {
		return referral.NoteGone(f, codes, at)
	})
	return err
}
