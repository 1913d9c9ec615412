package referral

import (
	"time"

	"twofold/money"
)

// MerchantNoticeKind is a NoticeKind that the merchant is told, and no shopper.
type MerchantNoticeKind = NoticeKind

// What the merchant is told.
const (
	NoticeReview MerchantNoticeKind = "needs_look"  // referrals wait for a look
	NoticeBudget MerchantNoticeKind = "budget_near" // a month's budget is nearly spent
	NoticeDigest MerchantNoticeKind = "digest"      // what a week brought
)

// ToMerchant tells whether the merchant is told, and no shopper.
func (k NoticeKind) ToMerchant() bool {
	return k == NoticeReview || k == NoticeBudget || k == NoticeDigest
}

// merchantNotices are what the merchant is to be told: once a morning that referrals wait for a look, and once a week
// what orders brought. How many, and how much, is read when the mail is sent.
func merchantNotices(was, is Referral, at time.Time) []Notice {
	var all []Notice
	if is.State == Flagged && was.State != Flagged {
		all = append(all, dueOn(NoticeReview, morningAfter(at)))
	}
	if is.credited() && !was.credited() {
		for _, monday := range mondaysAfter(at) {
			all = append(all, dueOn(NoticeDigest, monday))
		}
	}
	return all
}

// credited tells whether the referral's order counts in the merchant's figures.
func (r Referral) credited() bool {
	return r.State == Pending || r.State == Flagged || r.State == Approved
}

// dueOn is a notice of which there is one for a day.
func dueOn(kind NoticeKind, due time.Time) Notice {
	return Notice{Key: string(kind) + "/" + due.Format(time.DateOnly), Kind: kind, At: due}
}

// morning is the hour, in UTC, at which the merchant's notices are due. Where it is night the sender waits.
const morning = 6 * time.Hour

// morningAfter is the next morning.
func morningAfter(at time.Time) time.Time {
	today := at.UTC().Truncate(24 * time.Hour).Add(morning)
	if today.After(at) {
		return today
	}
	return today.AddDate(0, 0, 1)
}

// mondaysAfter are the Mondays after an instant, as the merchant may have it: where it is Sunday in one time zone and
// Monday in another there are two. A digest of a week in which nothing was is not sent.
func mondaysAfter(at time.Time) []time.Time {
	west, east := mondayAfter(at.Add(-12*time.Hour+morning)), mondayAfter(at.Add(14*time.Hour+morning))
	if west.Equal(east) {
		return []time.Time{west}
	}
	return []time.Time{west, east}
}

// mondayAfter is the morning of the next Monday.
func mondayAfter(at time.Time) time.Time {
	next := morningAfter(at)
	for next.Weekday() != time.Monday {
		next = next.AddDate(0, 0, 1)
	}
	return next
}

// budgetNear is which part of a month's budget is settled when the merchant is told, in percent.
const budgetNear = 80

// BudgetNotices tell the merchant once a month and campaign that its budget is nearly spent, given what was settled
// before.
func (s *Settlement) BudgetNotices(before money.Amount, c CampaignKey, at time.Time) ([]Notice, error) {
	if s == nil || s.Limit.IsZero() {
		return nil, nil
	}
	settled, err := before.Add(s.Amount)
	if err != nil || !nearly(settled, s.Limit) {
		return nil, err
	}
	return []Notice{{
		Key: string(NoticeBudget) + "/" + string(s.Campaign) + "/" + s.Month, Kind: NoticeBudget, At: at,
		Campaign: c, Side: AdvocateSide, Amount: settled,
	}}, nil
}

// NearBudget tells whether an amount that was settled in a month is nearly all of the campaign's budget.
func (c Campaign) NearBudget(settled money.Amount) bool {
	return c.Limits.Budget.Minor != 0 && nearly(settled, c.Limits.Budget)
}

// nearly compares by division, as a product could be too large.
func nearly(settled, limit money.Amount) bool {
	return settled.Currency == limit.Currency && settled.Minor >= limit.Minor-limit.Minor/100*(100-budgetNear)
}
