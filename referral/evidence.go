package referral

import (
	"cmp"
	"slices"
	"time"
)

// strength orders the kinds of evidence, the strongest first; equal ones are told apart by time. An address that
// somebody typed ranks below all that the order itself carries. Source: design section 6, Evidence.
var strength = map[EvidenceKind]int{
	EvidenceLinked: 0, EvidenceClaimCode: 1, EvidenceAdvocateCode: 2, EvidenceClaimCustomer: 3,
	EvidenceCartClaim: 4, EvidenceCartVisit: 4, EvidenceRef: 5,
	EvidenceFriendAsked: 6, EvidenceAdvocateAsked: 7, EvidenceClaimEmail: 8,
}

// uncoded are the kinds by which an order earns that lacks the friend's code, as a wallet's or a buy-now button's does.
var uncoded = map[EvidenceKind]bool{
	EvidenceClaimCustomer: true, EvidenceCartClaim: true, EvidenceCartVisit: true,
	EvidenceFriendAsked: true, EvidenceAdvocateAsked: true,
}

// Why evidence loses.
const (
	LostStronger = "stronger"
	LostLater    = "later_won"
	LostEarlier  = "earlier_won"
	LostSwitched = "switched"
	LostTie      = "tie"
	LostAfter    = "claimed_after"
	LostWindow   = "window"
	LostCampaign = "no_campaign"
	LostAdvocate = "no_advocate"
	LostRef      = "ref_alone"
	LostNoCode   = "no_code"
	LostUnproved = "email_alone"
	LostNoShare  = "no_share"
	LostUnlinked = "unlinked"
	LostOpened   = "opened_after"
	LostReleased = "released"
	LostLate     = "asked_late"
)

// gather lists what ties the order to advocates, the winner first. Every touch of every claim is listed, with why each
// lost.
func gather(f *Facts, o Order) []Evidence {
	all := slices.Concat(linked(f, o), ofClaims(f, o), ofCodes(f, o), ofVisit(o), ofRefs(f, o), ofAppeals(f, o))
	for i := range all {
		all[i].Lost = cmp.Or(all[i].Lost, disqualified(f, o, all[i]))
	}
	rank(f, all)
	return all
}

// disqualified is why evidence cannot count, whatever else there is; "" when it can.
func disqualified(f *Facts, o Order, e Evidence) string {
	campaign, known := f.Campaigns[e.Campaign]

	switch {
	case !known:
		return LostCampaign
	case f.Advocates[e.Advocate].ID == "":
		return LostAdvocate
	case e.Kind != EvidenceLinked && unlinked(f, o):
		return LostUnlinked
	case e.Kind == EvidenceRef && !campaign.Terms.CreditRef:
		return LostRef
	case campaign.Terms.NeedsCode() && uncoded[e.Kind]:
		return LostNoCode
	case e.Kind == EvidenceClaimEmail: // anybody may write down anybody's address: had the claim's friend bought, code, customer or cart would say so
		return LostUnproved
	case e.Kind == EvidenceAdvocateCode && !campaign.Terms.Shares():
		return LostNoShare
	case e.Kind == EvidenceLinked || (e.Kind == EvidenceClaimCode && o.ProcessedAt.Before(e.Touch)):
		return "" // the merchant's word has no window; nor has a code that the clocks say was had before its claim
	case e.Appealed(): // see ofAppeals
		return ""
	case !InWindow(e.Touch, o.ProcessedAt, campaign.Terms.WindowDays):
		return LostWindow
	}
	return ""
}

// rank sorts evidence, names the winner, and says of the others why they lost: the strongest kind, then the last touch
// (the first, if all that are as strong say so; of appeals always), then the advocate whose customer number is lower.
func rank(f *Facts, all []Evidence) {
	first := firstTouch(f, all)

	slices.SortStableFunc(all, func(a, b Evidence) int {
		byTime := b.Touch.Compare(a.Touch)
		if first || a.Appealed() {
			byTime = -byTime
		}
		return cmp.Or(
			cmp.Compare(min(len(a.Lost), 1), min(len(b.Lost), 1)),
			cmp.Compare(strength[a.Kind], strength[b.Kind]),
			byTime,
			compareIDs(f.Advocates[a.Advocate].Customer, f.Advocates[b.Advocate].Customer),
			cmp.Compare(b.Campaign.Version, a.Campaign.Version),
			cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.Claim, b.Claim),
		)
	})

	for i := range all {
		switch {
		case all[i].Lost != "":
		case i == 0:
			all[i].Won = true
		case strength[all[i].Kind] > strength[all[0].Kind]:
			all[i].Lost = LostStronger
		case all[i].Touch.Equal(all[0].Touch):
			all[i].Lost = LostTie
		case switched(f, all[i], all[0]):
			all[i].Lost = LostSwitched
		case first || all[i].Appealed():
			all[i].Lost = LostEarlier
		default:
			all[i].Lost = LostLater
		}
	}
}

// switched tells whether the claim was one advocate's, and the friend took another's offer since. Where the terms leave
// a claim with its advocate, nothing else brings another one's link into it.
func switched(f *Facts, from, to Evidence) bool {
	same := from.Claim == to.Claim && from.Claim != ""
	return same && from.Advocate != to.Advocate && f.Campaigns[to.Campaign].Terms.Credit == CreditClaim
}

// firstTouch tells whether the terms of all the strongest evidence credit the first link. Those that leave a claim with
// its advocate credit the last: what stands in such a claim was taken, not only opened.
func firstTouch(f *Facts, all []Evidence) bool {
	best := -1
	first := false
	for _, e := range all {
		switch s := strength[e.Kind]; {
		case e.Lost != "":
		case best < 0 || s < best:
			best, first = s, f.Campaigns[e.Campaign].Terms.Credit == CreditFirst
		case s == best:
			first = first && f.Campaigns[e.Campaign].Terms.Credit == CreditFirst
		}
	}

	return first && best > strength[EvidenceLinked] // the merchant's last word counts
}

// compareIDs orders gids by their numbers: a shorter one is older.
func compareIDs[ID ~string](a, b ID) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// linked is the merchant's word: links of the order that no later unlink has undone.
func linked(f *Facts, o Order) []Evidence {
	var all []Evidence
	for _, act := range f.Acts {
		switch {
		case act.Order != o.ID:
		case act.Kind == ActLink:
			all = append(all, Evidence{Kind: EvidenceLinked, Advocate: act.Advocate, Campaign: act.Campaign, Touch: act.At})
		case act.Kind == ActUnlink:
			for i := range all {
				all[i].Lost = LostUnlinked
			}
		}
	}
	return all
}

// unlinked tells whether the merchant has said that nothing ties the order to anybody.
func unlinked(f *Facts, o Order) bool {
	return slices.ContainsFunc(f.Acts, func(a Act) bool { return a.Kind == ActUnlink && a.Order == o.ID })
}

// ofClaims lists the touches of each claim that is tied to the order, by its strongest tie.
func ofClaims(f *Facts, o Order) []Evidence {
	var all []Evidence
	for _, c := range f.Claims {
		kind, tied := tieOf(f, o, c)
		if !tied {
			continue
		}
		for _, t := range c.Touches {
			e := Evidence{Kind: kind, Claim: c.ID, Advocate: t.Advocate, Campaign: CampaignKey{c.Campaign, t.Version}, Touch: t.At}
			// A claim's code cannot have been had before its first touch: if the order seems earlier, the clocks
			// disagree.
			if t.At.After(o.ProcessedAt) && (kind != EvidenceClaimCode || t.At.After(c.Touches[0].At)) {
				e.Lost = LostAfter
			}
			all = append(all, e)
		}
	}
	return all
}

// tieOf is the strongest tie between a claim and an order.
func tieOf(f *Facts, o Order, c Claim) (EvidenceKind, bool) {
	switch {
	case slices.ContainsFunc(o.Codes, c.Has):
		return EvidenceClaimCode, true
	case sameCustomer(f, o, c):
		return EvidenceClaimCustomer, true
	case o.ClaimID() == c.ID || earlier(f, o, func(e Order) bool { return e.ClaimID() == c.ID }):
		return EvidenceCartClaim, true
	case givenBefore(o, c):
		return EvidenceClaimEmail, true
	}
	return "", false
}

// sameCustomer tells whether the claim was its friend's before the order: the friend was signed in at it, or used its
// code on an earlier order. The claim's id in an earlier cart is as weak as in this one's: anybody can put it there.
func sameCustomer(f *Facts, o Order, c Claim) bool {
	if c.Of(f.Friend.Customer()) && !c.SignedAt.After(o.ProcessedAt) {
		return true
	}
	return earlier(f, o, func(e Order) bool { return slices.ContainsFunc(e.Codes, c.Has) })
}

// earlier tells whether an earlier order of the friend's is such a one. What a later one shows does not count, so that
// it cannot matter which of two was heard of first.
func earlier(f *Facts, o Order, such func(Order) bool) bool {
	return slices.ContainsFunc(f.Orders, func(e Order) bool { return before(e.ProcessedAt, e.ID, o.ProcessedAt, o.ID) && such(e) })
}

// givenBefore tells whether the order's address was given at the claim, before the order: what is given later says
// nothing of it.
func givenBefore(o Order, c Claim) bool {
	return slices.ContainsFunc(c.Addresses, func(a Address) bool { return !a.At.After(o.ProcessedAt) && slices.Contains(o.Emails, a.Hash) })
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// ofCodes lists advocates whose shareable code is on the order, under the terms in force at its time.
func ofCodes(f *Facts, o Order) []Evidence {
	return ofAdvocates(f, o, EvidenceAdvocateCode, o.Codes)
}

// ofRefs lists advocates whose link Shopify's journey names: shown, and credited only where the merchant has said so.
func ofRefs(f *Facts, o Order) []Evidence {
	return ofAdvocates(f, o, EvidenceRef, o.Journey.Refs)
}

// ofAdvocates is evidence without a touch: it is as old as the order, and under the terms in force then.
func ofAdvocates(f *Facts, o Order, kind EvidenceKind, codes []string) []Evidence {
	var all []Evidence
	for id, a := range f.Advocates {
		if overlap(codes, a.Codes) {
			all = append(all, Evidence{Kind: kind, Advocate: id, Campaign: InForce(f.Campaigns, o.ProcessedAt), Touch: o.ProcessedAt})
		}
	}
	return all
}

// ofVisit is the visit whose id the widget left in the cart.
func ofVisit(o Order) []Evidence {
	if o.Visit == nil {
		return nil
	}

	e := Evidence{Kind: EvidenceCartVisit, Advocate: o.Visit.Advocate, Campaign: o.Visit.Campaign, Touch: o.Visit.At}
	if e.Touch.After(o.ProcessedAt) {
		e.Lost = LostOpened
	}
	return []Evidence{e}
}

// laterLive tells whether a version went live after another; of one instant, the newer version, then the id, decides.
func laterLive(a, b Campaign) bool {
	return cmp.Or(a.LiveAt.Compare(b.LiveAt), cmp.Compare(a.Version, b.Version), cmp.Compare(a.ID, b.ID)) > 0
}

// InForce is the campaign version that was the offer at an instant; the zero key when there was none. Of several, which
// the program never allows, the one that went live last.
func InForce(all map[CampaignKey]Campaign, at time.Time) CampaignKey {
	var found Campaign
	for _, c := range all {
		if c.InForce(at) && (found.ID == "" || laterLive(c, found)) {
			found = c
		}
	}
	return found.Key()
}
