package referraltest

import (
	"time"

	. "twofold/referral"
)

// Told is a scene about which somebody is told something at an instant.
type Told struct {
	Says   string
	Now    time.Time
	Change func(*Scene)
}

// Three days after the order, when the reward is out, and when everything is over.
var (
	soon  = Bought.Add(3 * Day)
	then  = Bought.Add(17 * Day)
	after = Bought.Add(60 * Day)
)

// Pages are the scenes whose explanation the merchant reads, by the names of their golden files.
func Pages() []Told {
	return []Told{
		{"pending", soon, func(*Scene) {}},
		{"pending_asked_whether_new", soon, func(w *Scene) { w.Order().Journey = Journey{} }},
		{"pending_unpaid", soon, func(w *Scene) { w.Order().Status, w.Order().Transactions = StatusPartiallyPaid, nil }},
		{"pending_shareable_code", soon, func(w *Scene) { w.Nothing(); w.Order().Codes = []string{"ALICE"} }},
		{"pending_visit", soon, func(w *Scene) { w.Nothing(); w.Visit(Noon); w.Order().Journey.Refs = []string{"ALICE"} }},
		{"email_alone", soon, func(w *Scene) { w.Guest(); w.Claim().Addresses, w.Order().Emails = GivenAt(Noon, "h1"), []string{"h1"} }},
		{"pending_share_of_order", soon, func(w *Scene) { w.Terms(func(t *Terms) { t.Advocate = Offer{Kind: ShareOfOrder, RateBP: 1250} }) }},
		{"pending_two_claims", soon, func(w *Scene) { w.Claimed(time.Minute) }},
		{"pending_switched", soon, func(w *Scene) {
			w.Terms(func(t *Terms) { t.Credit = CreditClaim })
			w.Touch(opening("adv_zoe", 1, Noon.Add(time.Minute)))
		}},
		{"flagged", soon, func(w *Scene) { w.Claim().Keys = []string{BrowserKey("b1")} }},
		{"flagged_inquiry", soon, func(w *Scene) {
			w.Order().Disputes = []Dispute{{Status: "UNDER_REVIEW", InitiatedAs: "INQUIRY"}}
		}},
		{"pending_unproved", then, func(w *Scene) { w.Advocate("adv_alice", func(a *Advocate) { a.Customer = "" }) }},
		{"pending_buys_first", then, func(w *Scene) { w.BuysFirst(PurchaseNone) }},
		{"flagged_card", soon, func(w *Scene) {
			w.CardOf(Alice, 900, Noon.Add(-30*Day))
			w.Order().Marks.Risk = RiskHigh
		}},
		{"flagged_many_rewards", then, func(w *Scene) { w.Flag() }},
		{"approved_by_merchant", soon, func(w *Scene) { w.Claim().Keys = []string{BrowserKey("b1")}; w.Approve("other_browser") }},
		{"linked", soon, func(w *Scene) { w.Link("adv_zoe", Bought.Add(Day)) }},
		{"unlinked", soon, func(w *Scene) { w.Unlink(Bought.Add(Day)) }},
		{"nothing", soon, func(w *Scene) { w.Facts.Claims = nil }},
		{"test_order", soon, func(w *Scene) { w.Test(); w.Release() }},
		{"approved", then, func(w *Scene) { w.Release() }},
		{"issued", then, func(w *Scene) { w.Terms(func(t *Terms) { t.Advocate.ValidDays = 30 }); w.Issued() }},
		{"issued_after_order", then, func(w *Scene) {
			w.AfterOrder()
			w.Order().Codes = nil
			w.Issued()
			w.Issue(FriendSide, "FFFF-GGGG-HHHH")
		}},
		{"expired", after, func(w *Scene) { w.Terms(func(t *Terms) { t.Advocate.ValidDays = 30 }); w.Issued() }},
		{"redeemed", after, func(w *Scene) { w.Issued(); w.Spent(AlicesCode, 2000, Bought.Add(20*Day)) }},
		{"denied_by_cap", then, func(w *Scene) { w.Release(Denied(ReasonCap)) }},
		{"denied_by_budget", then, func(w *Scene) { w.Release(Denied(ReasonBudget)) }},
		{"offset", then, func(w *Scene) { w.Release(Offset("20")) }},
		{"refunded_before_release", then, func(w *Scene) { w.Refund() }},
		{"issued_share_at_most", then, func(w *Scene) {
			w.Terms(func(t *Terms) { t.Advocate = Offer{Kind: ShareOfOrder, RateBP: 1000, Most: USD("5")} })
			w.Issued()
		}},
		{"below_minimum", then, func(w *Scene) { w.Adjust("CUSTOMER", "-65") }},
		{"reversed", then, func(w *Scene) { w.Issued(); w.Refund() }},
		{"owed", after, func(w *Scene) { w.Issued(); w.Spent(AlicesCode, 2000, Bought.Add(15*Day)); w.Refund() }},
		{"owed_in_part", after, func(w *Scene) {
			w.Personal()
			w.Issued()
			w.Spent(AlicesCode, 2000, Bought.Add(15*Day))
			w.Refund()
			w.Decide()
			w.Settled("8")
		}},
		{"settled", after, func(w *Scene) {
			w.Issued()
			w.Spent(AlicesCode, 2000, Bought.Add(15*Day))
			w.Refund()
			w.Decide()
			w.Settled("20")
		}},
		{"approved_again", after, func(w *Scene) {
			w.Personal()
			w.Issued()
			w.Spent(AlicesCode, 2000, Bought.Add(15*Day))
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Settled("8")
			w.Decide()
			w.Dispute("WON")
		}},
		{"forgiven", after, func(w *Scene) {
			w.Issued()
			w.Spent(AlicesCode, 2000, Bought.Add(15*Day))
			w.Refund()
			w.Decide()
			w.Forgive()
		}},
		{"reissued", after, func(w *Scene) { w.Issued(); w.Reissue(AlicesCode); w.Decide(); w.Issue(AdvocateSide, "SECOND") }},
		{"voided_by_merchant", after, func(w *Scene) { w.Issued(); w.Act(Act{Kind: ActVoid, At: Bought.Add(18 * Day)}) }},
		{"restored", soon, func(w *Scene) {
			w.Act(Act{Kind: ActReject, At: Bought.Add(Day)})
			w.Act(Act{Kind: ActRestore, At: Bought.Add(2 * Day), Order: w.Order().ID})
		}},
		{"another_order_converts", soon, func(w *Scene) { w.Another(999, Noon.Add(time.Minute)) }},
		{"no_customer", soon, (*Scene).Nobodys},
		{"customer_gone", soon, func(w *Scene) { w.Order().CustomerGone = true }},
		{"attached", soon, func(w *Scene) { w.Order().Attached = true }},
	}
}

// Progresses are the scenes of which an advocate asks "where is my reward?".
func Progresses() []Told {
	ends := func(w *Scene) { w.Terms(func(t *Terms) { t.Advocate.ValidDays = 30 }) }
	spent := func(w *Scene) { w.Issued(); w.Spent(AlicesCode, 2000, Bought.Add(15*Day)) }

	return []Told{
		{"nothing ties the order to the advocate", soon, func(w *Scene) { w.Nothing() }},
		{"the order is not paid", soon, func(w *Scene) { w.Order().Status = StatusPending }},
		{"whether the friend is new is being asked", soon, func(w *Scene) { w.Order().Journey = Journey{} }},
		{"the advocate has bought nothing", soon, func(w *Scene) { w.BuysFirst(PurchaseNone) }},
		{"in the hold", soon, func(*Scene) {}},
		{"an instant before the hold ends", Bought.Add(14*Day - Instant), func(*Scene) {}},
		{"on the instant the hold ends", Bought.Add(14 * Day), func(*Scene) {}},
		{"flagged for the browser", soon, func(w *Scene) { w.Claim().Keys = []string{BrowserKey("b1")} }},
		{"flagged for an inquiry", soon, func(w *Scene) { w.Order().Disputes = []Dispute{{Status: "UNDER_REVIEW", InitiatedAs: "INQUIRY"}} }},
		{"released", then, func(w *Scene) { w.Release() }},
		{"issued, without an end", then, func(w *Scene) { w.Issued() }},
		{"issued, with an end", then, func(w *Scene) { ends(w); w.Issued() }},
		{"a share that comes to nothing", then, func(w *Scene) {
			w.Terms(func(t *Terms) { t.Advocate, t.Minimum = Offer{Kind: ShareOfOrder, RateBP: 1}, USD("0") })
			w.Subtotal("10")
			w.Release()
		}},
		{"both the first code and the one that took its place are used", after, func(w *Scene) {
			w.Issued()
			w.Reissue(AlicesCode)
			w.Decide()
			w.Issue(AdvocateSide, "SECOND")
			w.Spent(AlicesCode, 2000, Bought.Add(15*Day))
			w.Spent("SECOND", 2001, Bought.Add(16*Day))
		}},
		{"a share was used, and part of the order went back then", after, func(w *Scene) {
			w.Terms(func(t *Terms) { t.Advocate, t.Minimum = Offer{Kind: ShareOfOrder, RateBP: 1000}, USD("0") })
			w.Issued()
			w.Spent(AlicesCode, 2000, Bought.Add(15*Day))
			w.Order().CurrentSubtotal = USD("50")
		}},
		{"run out", after, func(w *Scene) { ends(w); w.Issued() }},
		{"used", after, func(w *Scene) { spent(w) }},
		{"all of it made up for another", then, func(w *Scene) { w.Release(Offset("20")) }},
		{"taken back after a refund", after, func(w *Scene) { w.Issued(); w.Refund() }},
		{"taken back after a dispute", after, func(w *Scene) { w.Issued(); w.Dispute("LOST") }},
		{"taken back by the merchant", after, func(w *Scene) { w.Issued(); w.Act(Act{Kind: ActVoid, At: Bought.Add(18 * Day)}) }},
		{"taken back as the order was unlinked", after, func(w *Scene) { w.Issued(); w.Unlink(Bought.Add(18 * Day)) }},
		{"used, then refunded", after, func(w *Scene) { spent(w); w.Refund() }},
		{"used, then voided by the merchant", after, func(w *Scene) { spent(w); w.Act(Act{Kind: ActVoid, At: Bought.Add(18 * Day)}) }},
		{"settled", after, func(w *Scene) { spent(w); w.Refund(); w.Decide(); w.Settled("20") }},
		{"forgiven", after, func(w *Scene) { spent(w); w.Refund(); w.Decide(); w.Forgive() }},
		{"cancelled", soon, func(w *Scene) { w.Order().CancelledAt = Bought.Add(Day) }},
		{"refunded", soon, func(w *Scene) { w.Refund() }},
		{"not new", soon, func(w *Scene) { w.Facts.Newness = map[OrderID]Newness{w.Order().ID: {Prior: 1}} }},
		{"below the minimum", soon, func(w *Scene) { w.Order().CurrentSubtotal = USD("12") }},
		{"the advocate's own order", soon, func(w *Scene) { w.Facts.Friend, w.Order().Customer = FriendOf(Alice, false), Alice }},
		{"denied by a cap", then, func(w *Scene) { w.Release(Denied(ReasonCap)) }},
		{"denied by the budget", then, func(w *Scene) { w.Release(Denied(ReasonBudget)) }},
		{"of a test order", soon, func(w *Scene) { w.Test(); w.Release() }},
		{"disputed", soon, func(w *Scene) { w.Dispute("LOST") }},
		{"rejected", soon, func(w *Scene) { w.Act(Act{Kind: ActReject, At: soon}) }},
		{"blocked", soon, func(w *Scene) { w.Block(soon) }},
		{"from a source that is left out", soon, func(w *Scene) { w.Order().Source = "pos"; w.Terms(func(t *Terms) { t.Excluded.POS = true }) }},
	}
}
