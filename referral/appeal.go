package referral

import (
	"slices"
	"time"
)

// A referral that was missed, asked for by one of its two sides. An appeal is no proof: it is kept as a fact beside the
// others, below all that ties an order to an advocate by itself, and what rests on it alone is for the merchant to
// decide.

// Appeal is one side's word that an order came through an advocate.
type Appeal struct {
	Order    OrderID
	By       Side
	Advocate AdvocateID // whom the friend named, or who asked
	At       time.Time  // when it was asked for
}

// maxAppeals bounds what one order may be asked for, and maxAppealed what one friend's record holds.
const (
	maxAppeals  = 5
	maxAppealed = 20
)

// appealKinds are the appeals as evidence, by whose word it is.
var appealKinds = map[Side]EvidenceKind{FriendSide: EvidenceFriendAsked, AdvocateSide: EvidenceAdvocateAsked}

// Appealed tells whether the evidence is somebody's word.
func (e Evidence) Appealed() bool {
	return e.Kind == EvidenceFriendAsked || e.Kind == EvidenceAdvocateAsked
}

// AddAppeal adds an appeal to the facts of the friend whose order it is about. False: it changes nothing. It is there
// already, the order has enough of them, it is the advocate's own or a test, or the merchant or a release has settled
// who is credited.
func AddAppeal(f *Facts, a Appeal) bool {
	order := slices.IndexFunc(f.Orders, func(o Order) bool { return o.ID == a.Order })
	if order < 0 || f.Orders[order].Test || f.Friend.Customer() == "" {
		return false
	}
	if f.Advocates[a.Advocate].Customer == f.Friend.Customer() {
		return false
	}
	if _, said := Verdict(f.Acts); said || f.Release != nil || len(f.Appeals) >= maxAppealed {
		return false
	}

	about := 0
	for _, have := range f.Appeals {
		if have.Order != a.Order {
			continue
		}
		if have.By == a.By && have.Advocate == a.Advocate {
			return false
		}
		about++
	}
	if about >= maxAppeals {
		return false
	}
	f.Appeals = append(slices.Clone(f.Appeals), a)
	return true
}

// ofAppeals lists what the order was asked for, under the terms in force when it was placed. One that was asked for when
// the window was over is too late.
func ofAppeals(f *Facts, o Order) []Evidence {
	var all []Evidence
	for _, a := range f.Appeals {
		if a.Order != o.ID {
			continue
		}
		then := InForce(f.Campaigns, o.ProcessedAt)
		e := Evidence{Kind: appealKinds[a.By], Advocate: a.Advocate, Campaign: then, Touch: a.At}
		if !InWindow(o.ProcessedAt, a.At, f.Campaigns[e.Campaign].Terms.WindowDays) {
			e.Lost = LostLate
		}
		all = append(all, e)
	}
	return all
}

// checkAppeal: what nothing but somebody's word ties to an advocate is the merchant's to decide. While it is not known
// whether the friend is new, nobody has to look.
func checkAppeal(w *weighing) Check {
	won, appealed := w.appealed()
	if !appealed {
		return passed()
	}
	if _, known := w.facts.Newness[w.order.ID]; !known && w.order.Customer != "" {
		return result(Waits, ReasonNewness)
	}

	saw := Value{"asked_at", stamp(won.Touch)}
	if won.Kind == EvidenceFriendAsked {
		return result(Holds, ReasonFriendAsked, saw)
	}
	return result(Holds, ReasonAdvocateAsked, saw)
}

// appealed is the word that alone ties the order to its advocate; false: there is more.
func (w *weighing) appealed() (Evidence, bool) {
	for _, e := range w.out.Evidence {
		if e.Won {
			return e, e.Appealed()
		}
	}
	return Evidence{}, false
}

// OnWord tells whether the referral rests on somebody's word alone, and the merchant has not approved it. Until then
// it is shown to no shopper: whoever guesses an order's number would learn of the order.
func (r Referral) OnWord() bool {
	for _, w := range r.Explained.Orders {
		if w.Order != r.Order {
			continue
		}
		asked := slices.ContainsFunc(w.Evidence, func(e Evidence) bool { return e.Won && e.Appealed() })
		approved := slices.ContainsFunc(w.Checks, func(c Check) bool { return c.Rule == "appeal" && c.Result == Passed })
		return asked && !approved
	}
	return false
}
