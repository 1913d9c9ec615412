package referral

import (
	"context"
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// Issue gives what is approved: a code of the pool, held by the reward, so that a second run finds the first one's; or a personal
// discount, whose code is written down before Shopify is asked.
func (s *Service) Issue(ctx context.Context, shop tenant.ShopID, friend FriendID) error {
	r, err := s.store.FindReferral(ctx, shop, friend)
	if fault.Is(err, fault.NotFound) { // the friend was erased, or is another customer now
		return nil
	}
	if err != nil {
		return fmt.Errorf("referral: find referral: %w", err)
	}
	for _, side := range Sides {
		if !r.Rewards[side].toGive() {
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

func (s *Service) issueSide(ctx context.Context, r Referral, side Side) (Referral, error) {
	campaign, err := s.store.FindCampaign(ctx, r.Shop, r.termsOf(side))
	if err != nil {
		return r, fmt.Errorf("referral: find campaign: %w", err)
	}
	if campaign.Cleaned {
		return s.noteRefusal(ctx, r, Issue{Side: side, Reward: r.Rewards[side].ID}, errCleaned)
	}
	offer := campaign.Terms.Offer(side)
	if err := s.codes.ReopenEnded(ctx, campaign, side); err != nil {
		return r, err
	}
	issue := Issue{
		Side: side, Reward: r.Rewards[side].ID, Campaign: r.termsOf(side), Amount: r.Rewards[side].Due,
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
	return s.conclude(ctx, r.Shop, r.Friend, func(was Referral, f *Facts) bool {
		return AddIssue(was, f, issue, r.Holder(side))
	})
}

// errCleaned is why a reward cannot be given under a campaign whose discounts were taken out of the shop.
var errCleaned = fault.ForLog(fault.Invalid, "referral: the campaign's discounts were taken out of the shop")

// noteRefusal keeps that a reward's discount cannot be made, as when the advocate's account is gone in Shopify or the shop was cleaned: it is
// tried no more until the merchant asks for it. The code that was written down goes first; a second try brings it back.
func (s *Service) noteRefusal(ctx context.Context, r Referral, issue Issue, refused error) (Referral, error) {
	s.log.WarnContext(ctx, "a reward's discount is refused", "shop", r.Shop, "order_id", r.Order, "reward_id", issue.Reward, "err", refused)
	if err := s.codes.End(ctx, r.Shop, []string{issue.Code}); err != nil {
		return r, err
	}
	at := s.now()
	return s.conclude(ctx, r.Shop, r.Friend, func(was Referral, f *Facts) bool {
		return AddRefusal(was, f, issue.Side, Refusal{r.Holder(issue.Side), at})
	})
}

// endOf is when a code that is given out now ends: whole days count from the giving, however late the release was.
func (s *Service) endOf(offer Offer) time.Time {
	if offer.ValidDays == 0 {
		return time.Time{}
	}
	return s.now().Add(time.Duration(offer.ValidDays) * 24 * time.Hour)
}

// drawReward draws the code of a pooled reward. An earlier run may have drawn it, with another end.
func (s *Service) drawReward(ctx context.Context, r Referral, issue Issue) (Issue, error) {
	code, err := s.codes.DrawForJob(ctx, r.Shop, r.termsOf(issue.Side), issue.Side, r.Holder(issue.Side), s.now(), issue.EndsAt)
	issue.Code = code.Code
	issue.EndsAt = code.EndsAt
	return issue, err
}

// makePersonal makes the discount of a reward that only its advocate can use.
func (s *Service) makePersonal(ctx context.Context, c Campaign, r Referral, issue Issue) (Issue, error) {
	advocate, err := s.store.FindAdvocate(ctx, r.Shop, r.Advocate)
	if err != nil {
		return issue, fmt.Errorf("referral: find advocate: %w", err)
	}
	return s.codes.MakePersonal(ctx, c, PersonalReward{issue, r.Holder(issue.Side), advocate.Customer, r.OrderName})
}

// mayNote tells whether the code that was drawn under a holder is the one to give on a side, on facts that were decided on.
func (r Referral) mayNote(side Side, holder CodeHolderID) bool {
	return r.DecidedRev == r.FactsRev && r.Rewards[side].toGive() && r.Holder(side) == holder
}

// AddRefusal notes among the facts that Shopify refuses the code that is to be given. False: as the referral was decided,
// it is no longer to be given.
func AddRefusal(was Referral, f *Facts, side Side, refusal Refusal) bool {
	if !was.mayNote(side, refusal.Holder) {
		return false
	}
	f.Refusals = append(slices.Clone(f.Refusals), refusal)
	return true
}

// AddIssue notes among the facts that the approved reward now has the code. False: as the referral was decided, it is no
// longer to be issued, or was already.
func AddIssue(was Referral, f *Facts, issue Issue, holder CodeHolderID) bool {
	if !was.mayNote(issue.Side, holder) {
		return false
	}
	f.Issues = append(slices.Clone(f.Issues), issue)
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
			needed := r.Rewards[side].toGive() && code.Holder == r.Holder(side)
			if !given && !needed {
				unissued = append(unissued, code.Code)
			}
		}
	}
	return s.codes.End(ctx, r.Shop, unissued)
}

// TakeBack deletes the codes that were taken back in Shopify, and notes that they are gone. That does not prove them unspent: an
// order that carries one, seen before or after, makes the reward owed.
func (s *Service) TakeBack(ctx context.Context, shop tenant.ShopID, friend FriendID) error {
	r, err := s.store.FindReferral(ctx, shop, friend)
	if fault.Is(err, fault.NotFound) { // the friend was erased, or is another customer now
		return nil
	}
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
	if err := s.codes.EndNow(ctx, shop, codes); err != nil {
		return err
	}
	at := s.now()
	_, err = s.conclude(ctx, shop, friend, func(_ Referral, f *Facts) bool { return NoteGone(f, codes, at) })
	return err
}

// NoteGone notes on a referral which of its codes are deleted in Shopify, and since when. False: all of that was known.
func NoteGone(f *Facts, codes []string, at time.Time) bool {
	f.Issues = slices.Clone(f.Issues)
	noted := false
	for i := range f.Issues {
		issue := &f.Issues[i]
		if issue.Gone.IsZero() && slices.Contains(codes, issue.Code) {
			issue.Gone, noted = at, true
		}
	}
	return noted
}
