package referral

import (
	"slices"
	"time"

	"twofold/money"
	"twofold/tenant"
)

// Ripe tells whether the referral is to be released: its hold was over before the given time, all is known, and nothing
// has moved since it was decided.
func Ripe(r Referral, before time.Time) bool {
	return r.DecidedRev == r.FactsRev && slices.Contains(r.Work, WorkRelease) && !slices.Contains(r.Work, WorkHistory) &&
		!r.ReleaseAt.IsZero() && !r.ReleaseAt.After(before)
}

// DecideAnew decides after a fact was added.
func DecideAnew(was Referral, f Facts) (Referral, error) {
	was.FactsRev++
	return was.Decided(f)
}

// NewRelease is the release of a referral as it was decided, whole. A test order's is denied: test orders cost nothing,
// and a code would take real money off a real order. Source: design section 6, Test orders.
func NewRelease(r Referral) *Release {
	worth := r.Rewards[AdvocateSide].Amount
	release := &Release{
		Order: r.Order, OrderName: r.OrderName, OrderedAt: r.At, At: r.ReleaseAt,
		Advocate: r.Advocate, Campaign: r.Campaign, Claim: r.Claim,
		Worth: worth, Offset: money.Amount{Currency: worth.Currency},
	}
	if r.Friend.Test() {
		release.Denied = ReasonTest
	}
	return release
}

// SettlementOf is what the release takes from the budget of its month, in the shop's time zone: both rewards that come
// after the order, less what made up for something owed. Nil: nothing that counts leaves.
func SettlementOf(shop tenant.Shop, r Referral, f Facts, release Release) (*Settlement, error) {
	if release.Denied != ReasonNone {
		return nil, nil
	}
	campaign := f.Campaigns[release.Campaign]
	amount, err := release.Worth.Sub(release.Offset)
	if err != nil {
		return nil, err
	}
	if f.Campaigns[r.TermsOf(FriendSide)].Terms.Friend.AfterOrder {
		if amount, err = amount.Add(r.Rewards[FriendSide].Amount); err != nil {
			return nil, err
		}
	}
	if amount.IsZero() {
		return nil, nil
	}
	return &Settlement{Campaign: release.Campaign.ID, Month: BudgetMonth(shop, release.At), Amount: amount, Limit: campaign.Limits.Budget}, nil
}

// OffsetPart is how much of a debt the release can make up for: all of the reward, or what is left of its amount.
func OffsetPart(offer Offer, release Release, debt Referral) (money.Amount, error) {
	left, err := release.Worth.Sub(release.Offset)
	if err != nil || !offer.InParts() {
		return left, err
	}
	want := debt.Rewards[AdvocateSide].Owed
	more, err := left.AtLeast(want)
	if more {
		return want, err
	}
	return left, err
}
