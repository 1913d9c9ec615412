package referral

import (
	"maps"
	"slices"

	"twofold/money"
)

// Replayed is one referral as its facts of now would be decided, beside the same under other terms.
type Replayed struct {
	As    Verdicted // under the terms that were in force
	Would Verdicted // under the changed ones
}

// Verdicted is what a decision comes to for the merchant: where the referral stands before its hold is over, for whom,
// and what the advocate's reward counts for. State "": nothing ties an order to anybody.
type Verdicted struct {
	State     State
	Reason    Reason
	Order     OrderID
	OrderName string
	Advocate  AdvocateID
	Worth     money.Amount
}

// Changed tells whether the terms make a difference.
func (r Replayed) Changed() bool { return r.As != r.Would }

// Replay decides about a friend under the terms of the shop's campaigns and under these as change makes them, both as if
// the hold were not over yet: no release, no code, no ledger. What is known of orders, claims and advocates counts as it
// is now, and the merchant's acts too; the facts are loaded for the record BeforeRelease. Limits of months and budgets,
// which are asked at a release, are left out.
func Replay(f Facts, change func(Terms) Terms) (Replayed, error) {
	f.Record, f.Spent = f.BeforeRelease(), nil
	as, err := verdictOn(f)
	if err != nil {
		return Replayed{}, err
	}

	f.Campaigns = maps.Clone(f.Campaigns)
	for key, c := range f.Campaigns {
		c.Terms = change(c.Terms)
		f.Campaigns[key] = c
	}
	would, err := verdictOn(f)
	return Replayed{As: as, Would: would}, err
}

// BeforeRelease is the record without what the end of the hold has led to. Facts that are loaded for it are those of a
// referral that may still go either way.
func (r Record) BeforeRelease() Record {
	after := []ActKind{ActReissue, ActRetry, ActForgive} // these are about codes and what is owed
	r.Release, r.Refusals, r.Issues, r.Settled, r.Ledger = nil, nil, nil, nil, nil
	r.Acts = slices.DeleteFunc(slices.Clone(r.Acts), func(a Act) bool { return slices.Contains(after, a.Kind) })
	return r
}

func verdictOn(f Facts) (Verdicted, error) {
	_, is, err := Decide(f)
	if err != nil {
		return Verdicted{}, err
	}
	v := Verdicted{State: is.State, Reason: is.Reason, Order: is.Order, OrderName: is.OrderName, Advocate: is.Advocate}
	if v.State != None && v.State != Voided {
		v.Worth = is.Rewards[AdvocateSide].Amount
	}
	return v, nil
}
