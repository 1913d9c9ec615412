package referraltest

import (
	"time"

	. "twofold/referral"
)

// Which order converts, and what the release settles. The cast is in cast.go, what happens in scene.go, what is wanted
// in want.go.

func convertingOrderRows() []Row {
	cancelled := func(o *Order) { o.CancelledAt = o.ProcessedAt.Add(time.Hour) }

	return []Row{
		{"of two orders the earlier", func(w *Scene) { w.Another(1002, Bought.Add(Day)) },
			alices.on(1001).other(1002, ReasonDisplaced)},
		{"of two orders the earlier, though its number is higher", func(w *Scene) {
			w.Another(1002, Noon.Add(time.Minute))
		}, alices.on(1002).other(1001, ReasonDisplaced)},
		{"an instant earlier", func(w *Scene) { w.Another(1002, Bought.Add(-Instant)) }, alices.on(1002)},
		{"of two orders of one instant the lower number", func(w *Scene) { w.Another(1002, Bought) },
			alices.on(1001).other(1002, ReasonDisplaced)},
		{"999 is lower than 1001, though not in letters", func(w *Scene) { w.Another(999, Bought) }, alices.on(999)},
		{"the first is cancelled: the second converts", func(w *Scene) {
			cancelled(w.Order())
			w.Another(1002, Bought.Add(Day))
		}, alices.on(1002).other(1001, ReasonCancelled).friend(RewardRedeemed)},
		{"the second is cancelled: it was never the one", func(w *Scene) {
			w.Another(1002, Bought.Add(Day), cancelled)
		}, alices.on(1001).other(1002, ReasonCancelled)},
		{"both are cancelled: the earlier says why", func(w *Scene) {
			cancelled(w.Order())
			w.Another(1002, Bought.Add(Day), cancelled)
		}, voided(ReasonCancelled).on(1001)},
		{"the first has no evidence, the second does", func(w *Scene) {
			w.Guest()
			w.Another(1002, Bought.Add(Day), func(o *Order) { o.Codes = []string{BobsCode} })
		}, alices.on(1002).other(1001, ReasonNoEvidence)},
		{"the first is not paid yet: the second converts meanwhile", func(w *Scene) {
			w.Order().Status = StatusPending
			w.Another(1002, Bought.Add(Day))
		}, alices.on(1002)},
		{"the first is held: the second converts meanwhile", func(w *Scene) {
			w.Order().Gone = true
			w.Another(1002, Bought.Add(Day))
		}, alices.on(1002)},
		{"one is held, an earlier one waits: the held one is shown", func(w *Scene) {
			w.Order().Status = StatusPending
			w.Another(1002, Bought.Add(Day), func(o *Order) { o.Gone = true })
		},
			holds(ReasonGone).on(1002)},
		{"one waits, an earlier one failed: the waiting one is shown", func(w *Scene) {
			cancelled(w.Order())
			w.Another(1002, Bought.Add(Day), func(o *Order) { o.Status = StatusPending })
		}, waits(ReasonUnpaid).on(1002)},
		{"an earlier order turns up before the release: it converts", func(w *Scene) {
			w.Decide()
			w.Another(999, Noon.Add(time.Minute))
		}, alices.on(999).other(1001, ReasonDisplaced)},
		{"an earlier order turns up after the release: the released one stands", func(w *Scene) {
			w.Release()
			w.Another(999, Noon.Add(time.Minute))
		}, given(RewardApproved).on(1001).other(999, ReasonDisplaced)},
		{"an earlier order turns up after the issue: it is noted and moves no money", func(w *Scene) {
			w.Issued()
			w.Another(999, Noon.Add(time.Minute))
		}, given(RewardIssued).on(1001).other(999, ReasonNoted).booked(AdvocateSide, "issued 20.00")},
		{"a later order turns up after the issue", func(w *Scene) {
			w.Issued()
			w.Another(1002, Bought.Add(Day))
		}, given(RewardIssued).on(1001).other(1002, ReasonDisplaced)},
		{"an earlier order turns up after the issue, and the first is refunded: it is pinned", func(w *Scene) {
			w.Issued()
			w.Another(999, Noon.Add(time.Minute))
			w.Refund()
		}, undone(ReasonRefunded, RewardReversed).on(1001)},
		{"an earlier order turns up after all of the reward made up for another", func(w *Scene) {
			w.Release(Offset("20"))
			w.Another(999, Noon.Add(time.Minute))
			w.Refund()
		}, undone(ReasonRefunded, RewardOwed).on(1001)},
		{"the second order has index 2, and is displaced whatever the answer", func(w *Scene) {
			w.Another(1002, Bought.Add(Day), func(o *Order) { o.Journey.Index = 2 })
		}, alices.on(1001).other(1002, ReasonDisplaced)},
	}
}

func releaseRows() []Row {
	second := func(w *Scene) { w.Another(1002, Bought.Add(Day)) }
	cancelled := func(o *Order) { o.CancelledAt = Noon.Add(time.Hour) }

	return []Row{
		{"released: its code is to be given", func(w *Scene) { w.Release() },
			given(RewardApproved).work(WorkIssue).booked(AdvocateSide, "")},
		{"denied by a cap", func(w *Scene) { w.Release(Denied(ReasonCap)) },
			voided(ReasonCap).undoneAt(Bought.Add(14 * Day)).work()},
		{"denied by the budget", func(w *Scene) { w.Release(Denied(ReasonBudget)) }, voided(ReasonBudget)},
		{"denied, and another order is there: the denied one stands", func(w *Scene) {
			second(w)
			w.Release(Denied(ReasonCap))
		}, voided(ReasonCap).on(1001).other(1002, ReasonDisplaced)},
		{"denied, then refunded: the other order converts", func(w *Scene) {
			second(w)
			w.Release(Denied(ReasonCap))
			w.Refund()
		}, alices.on(1002).work(WorkRelease)},
		{"voided before the issue, and an earlier order had failed: the released one is kept, and can be restored",
			func(w *Scene) {
				w.Another(999, Noon.Add(time.Minute), cancelled)
				w.Release()
				w.Act(Act{Kind: ActVoid, At: Bought.Add(15 * Day)})
				w.Decide()
				w.Act(Act{Kind: ActRestore, At: Bought.Add(16 * Day), Order: w.Order().ID})
			}, given(RewardApproved).on(1001).work(WorkIssue)},
		{"denied, disputed and won, and an earlier order had failed: it stays denied", func(w *Scene) {
			w.Another(999, Noon.Add(time.Minute), cancelled)
			w.Release(Denied(ReasonCap))
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Dispute("WON")
		}, voided(ReasonCap).on(1001)},
		{"denied, then refunded", func(w *Scene) { w.Release(Denied(ReasonCap)); w.Refund() }, voided(ReasonRefunded)},
		{"all of it makes up for another", func(w *Scene) { w.Release(Offset("20")) },
			given(RewardVoided).work().booked(AdvocateSide, "issued 20.00, offset -20.00")},
		{"part of a personal one makes up for another", func(w *Scene) {
			w.Personal()
			w.Release(Offset("8"))
		}, given(RewardApproved).work(WorkIssue).worth("20.00 USD")},
		{"part of a personal one makes up for another, and the rest is issued", func(w *Scene) {
			w.Personal()
			w.Issued(Offset("8"))
		}, given(RewardIssued).booked(AdvocateSide, "issued 8.00, offset -8.00, issued 12.00")},
		{"all of a personal one makes up for another", func(w *Scene) {
			w.Personal()
			w.Release(Offset("20"))
		}, given(RewardVoided)},
		{"a reward of a pool is made up for whole, whatever it counts for", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Advocate = Offer{Kind: FreeShipping} })
			w.Release(Offset("0"))
		}, given(RewardVoided).worth("0.00 USD").booked(AdvocateSide, "")},
		{"an inquiry after the release holds nothing any more", func(w *Scene) {
			w.Issued()
			w.Order().Disputes = []Dispute{{Status: "UNDER_REVIEW", InitiatedAs: "INQUIRY"}}
		}, given(RewardIssued)},
		{"the browser turns out to be the advocate's after the release", func(w *Scene) {
			w.Release()
			w.Claim().Keys = []string{BrowserKey("b1")}
		}, given(RewardApproved)},
		{"an earlier order turns up before the issue", func(w *Scene) {
			w.Release()
			w.Another(999, Noon.Add(time.Minute))
		}, given(RewardApproved).on(1001)},
		{"another advocate's link turns up as the last one", func(w *Scene) {
			w.Issued()
			w.Touch(opening("adv_zoe", 1, Noon.Add(time.Minute)))
		}, given(RewardIssued)},
		{"the campaign's terms are those of the release", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Advocate = Offer{Kind: ShareOfOrder, RateBP: 1000} })
			w.Release()
			w.Order().CurrentSubtotal = USD("120")
		}, given(RewardApproved).worth("8.00 USD")},
		{"refunded before the issue", func(w *Scene) {
			w.Release()
			w.Refund()
		}, voided(ReasonRefunded).work().booked(AdvocateSide, "")},
		{"refunded before the issue, and a second order is there: it is released anew", func(w *Scene) {
			w.Release()
			w.Refund()
			second(w)
			w.Order(1).Journey = Journey{}
		}, waits(ReasonNewness).on(1002).work(WorkNewness)},
		{"released, then disputed before the issue, then won: it is released as it was", func(w *Scene) {
			w.Release()
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Dispute("WON")
		}, given(RewardApproved).work(WorkIssue)},
		{"released, refunded for a second order, and the first turns out to stand: the second was not released yet",
			func(w *Scene) {
				w.Release()
				w.Dispute("LOST")
				second(w)
				w.Decide()
				w.Dispute("WON")
			}, alices.on(1001).work(WorkRelease)},
	}
}

// What comes to light after the release does not move it.
func releasedStandsRows() []Row {
	later := Bought.Add(30 * Day)

	return []Row{
		{"after the release a link under a higher minimum turns up: the released terms count", func(w *Scene) {
			w.Release()
			w.Replaced(Noon.Add(time.Minute), func(t *Terms) { t.Minimum = USD("100") })
			w.Touch(opening("adv_alice", 2, Noon.Add(2*time.Minute)))
		}, given(RewardApproved).under(1)},
		{"after the release a link turns up that is the friend's own: the released advocate counts", func(w *Scene) {
			w.Facts.Advocates["adv_bob"] = Advocate{Shop: Shop, ID: "adv_bob", Customer: Bob, State: AdvocateActive}
			w.Issued()
			w.Touch(opening("adv_bob", 1, Noon.Add(time.Minute)))
		}, given(RewardIssued)},
		{"unlinked after the issue, and a second order is there: it does not convert", func(w *Scene) {
			w.Issued()
			w.Another(1002, Bought.Add(Day))
			w.Unlink(later)
		}, undone(ReasonNoEvidence, RewardReversed).other(1002, ReasonDisplaced)},
	}
}
