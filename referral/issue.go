package referral

import (
	"slices"
	"time"
)

// mayNote tells whether the code that was drawn under a holder is the one to give on a side, on facts that were decided
// on.
func (r Referral) mayNote(side Side, holder CodeHolderID) bool {
	return r.DecidedRev == r.FactsRev && r.Rewards[side].ToGive() && r.Holder(side) == holder
}

// AddRefusal notes among the facts that Shopify refuses the code that is to be given. False: as the referral was
// decided, it is no longer to be given.
func AddRefusal(was Referral, f *Facts, side Side, refusal Refusal) bool {
	if !was.mayNote(side, refusal.Holder) {
		return false
	}
	f.Refusals = append(slices.Clone(f.Refusals), refusal)
	return true
}

// AddIssue notes among the facts that the approved reward now has the code. False: as the referral was decided, it is
// no longer to be issued, or was already.
func AddIssue(was Referral, f *Facts, issue Issue, holder CodeHolderID) bool {
	if !was.mayNote(issue.Side, holder) {
		return false
	}
	f.Issues = append(slices.Clone(f.Issues), issue)
	return true
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
