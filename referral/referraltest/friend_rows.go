package referraltest

import (
	"time"

	. "twofold/referral"
)

// The friend's reward. The cast is in cast.go, what happens in scene.go, what is wanted in want.go.

// The friend has what they were promised, once.
func promiseRows() []Row {
	later := Bought.Add(30 * Day)

	return []Row{
		{"promised after the order, and the last link is under terms that give at the claim: the promise is kept",
			func(w *Scene) {
				w.AfterOrder()
				w.Order().Codes = nil
				w.Replaced(Noon.Add(time.Minute), func(t *Terms) { t.Friend.AfterOrder = false })
				w.Touch(opening("adv_alice", 2, Noon.Add(2*time.Minute)))
			}, alices.friend(RewardPending, "20.00 USD")},
		{"linked to Zoe, though Bob used the claim's code: what it took off stays recorded", func(w *Scene) {
			w.Link("adv_zoe", later)
		}, zoes.friend(RewardRedeemed, "20.00 USD")},
		{"linked to Zoe under terms that give after the order, though Bob used the claim's code: the reward was given",
			func(w *Scene) {
				w.Replaced(Noon.Add(time.Minute), func(t *Terms) { t.Friend.AfterOrder = true })
				w.Act(Act{Kind: ActLink, At: later, Order: OrderNo(1001), Advocate: "adv_zoe", Campaign: Version2})
			}, zoes.friend(RewardRedeemed, "20.00 USD")},
		{"with a shareable code: what it took off is recorded", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ALICE"}
		}, alices.friend(RewardRedeemed, "20.00 USD").booked(FriendSide, "redeemed 20.00")},
		{"after both were given, the claim is renewed under other terms: the promise is that of the order's time",
			func(w *Scene) {
				w.AfterOrder()
				w.Order().Codes = nil
				w.Issued()
				w.Issue(FriendSide, "FFFF-GGGG-HHHH")
				w.Replaced(Noon.Add(60*Day), func(t *Terms) { t.Friend.Amount = USD("5") })
				w.Renewed(2, Noon.Add(60*Day))
			}, given(RewardIssued).friend(RewardIssued, "20.00 USD").booked(FriendSide, "issued 20.00")},
		{"after both were given, the claim is renewed under terms that give at the claim", func(w *Scene) {
			w.AfterOrder()
			w.Order().Codes = nil
			w.Issued()
			w.Issue(FriendSide, "FFFF-GGGG-HHHH")
			w.Replaced(Noon.Add(60*Day), func(t *Terms) { t.Friend.AfterOrder = false })
			w.Renewed(2, Noon.Add(60*Day))
			w.Claim().Code = "NEWCODE"
		}, given(RewardIssued).friend(RewardIssued, "20.00 USD").booked(FriendSide, "issued 20.00")},
		{"bought an instant before the claim was switched: the older promise", func(w *Scene) {
			w.Order().Codes = nil
			w.Replaced(Bought.Add(Instant), func(t *Terms) { t.Friend.Amount = USD("5") })
			w.Renewed(2, Bought.Add(Instant))
		}, alices.friend(RewardIssued, "20.00 USD")},
		{"bought on the instant at which the claim was switched: the newer promise", func(w *Scene) {
			w.Order().Codes = nil
			w.Replaced(Bought, func(t *Terms) { t.Friend.Amount = USD("5") })
			w.Renewed(2, Bought)
		}, alices.friend(RewardIssued, "5.00 USD")},
		{"switched, and bought with the code from before: its promise", func(w *Scene) {
			w.Replaced(Noon.Add(time.Minute), func(t *Terms) { t.Friend.Amount = USD("5") })
			w.Renewed(2, Noon.Add(2*time.Minute))
			w.Order().Codes = []string{BobsCode, "SUMMER"}
			w.Took(OffGoods(BobsCode, "20"), OffGoods("SUMMER", "15"))
		}, alices.friend(RewardRedeemed, "20.00 USD")},
		{"switched to a reward after the order, and bought with the code from before: once is enough", func(w *Scene) {
			w.Replaced(Noon.Add(time.Minute), func(t *Terms) { t.Friend.AfterOrder = true })
			w.Renewed(2, Noon.Add(2*time.Minute))
		}, alices.friend(RewardRedeemed, "20.00 USD")},
		{"renewed under the same terms, then switched, and bought with the first code: its promise", func(w *Scene) {
			w.Renewed(1, Noon.Add(time.Minute))
			w.Claim().Code = "SECOND"
			w.Replaced(Noon.Add(2*time.Minute), func(t *Terms) { t.Friend.AfterOrder = true })
			w.Renewed(2, Noon.Add(3*time.Minute))
		}, alices.friend(RewardRedeemed, "20.00 USD")},
		{"given at the claim, and the last link is under terms that give after the order: once is enough",
			func(w *Scene) {
				w.Replaced(Noon.Add(time.Minute), func(t *Terms) { t.Friend.AfterOrder = true })
				w.Touch(opening("adv_alice", 2, Noon.Add(2*time.Minute)))
			}, alices.friend(RewardRedeemed, "20.00 USD")},
	}
}

func friendsRewardAtTheClaimRows() []Row {
	return []Row{
		{"given at the claim, not used yet", func(w *Scene) { w.Order().Codes = nil },
			alices.friend(RewardIssued, "20.00 USD").booked(FriendSide, "")},
		{"used: what it really took off", func(w *Scene) { w.Order().Discounted = USD("17.50") },
			alices.friend(RewardRedeemed, "17.50 USD").booked(FriendSide, "redeemed 17.50")},
		{"used beside an automatic sale: what the code took off", func(w *Scene) {
			w.Took(OffGoods(BobsCode, "20"), OffGoods("", "80"))
		}, alices.friend(RewardRedeemed, "20.00 USD").booked(FriendSide, "redeemed 20.00")},
		{"used beside automatic free shipping: what the code took off", func(w *Scene) {
			w.Took(OffGoods(BobsCode, "20"), OffShipping("", "8"))
		}, alices.friend(RewardRedeemed, "20.00 USD")},
		{"used beside another code: what ours took off", func(w *Scene) {
			w.Order().Codes = []string{BobsCode, "SUMMER"}
			w.Took(OffGoods(BobsCode, "17.50"), OffGoods("SUMMER", "35"))
		}, alices.friend(RewardRedeemed, "17.50 USD")},
		{"used, and another code took all there was before: nothing", func(w *Scene) {
			w.Order().Codes = []string{"SUMMER", BobsCode}
			w.Took(OffGoods("SUMMER", "35"))
		}, alices.friend(RewardRedeemed, "0.00 USD").booked(FriendSide, "")},
		{"a percentage beside another code: what it took off", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Friend = Offer{Kind: PercentOff, RateBP: 1500} })
			w.Order().Codes = []string{BobsCode, "SUMMER"}
			w.Took(OffGoods(BobsCode, "18"), OffGoods("SUMMER", "17"))
		}, alices.friend(RewardRedeemed, "18.00 USD")},
		{"free shipping beside another code: what the shipping was", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Friend = Offer{Kind: FreeShipping} })
			w.Order().Codes = []string{BobsCode, "SUMMER"}
			w.Took(OffShipping(BobsCode, "8"), OffGoods("SUMMER", "27"))
		}, alices.friend(RewardRedeemed, "8.00 USD")},
		{"two of ours on one order: what both took off", func(w *Scene) {
			w.Order().Codes = []string{BobsCode, "ZOE"}
			w.Took(OffGoods(BobsCode, "20"), OffGoods("ZOE", "20"))
		}, alices.friend(RewardRedeemed, "40.00 USD")},
		{"used, and Shopify corrects what it took off", func(w *Scene) { w.Decide(); w.Order().Discounted = USD("18") },
			alices.friend(RewardRedeemed, "18.00 USD").booked(FriendSide, "redeemed 20.00, corrected -2.00")},
		{"used, then refunded: it stays a record, and is never owed", func(w *Scene) { w.Refund() },
			voided(ReasonRefunded).friend(RewardRedeemed, "20.00 USD").booked(FriendSide, "redeemed 20.00")},
		{"used with a former code", func(w *Scene) { w.Claim().Code, w.Claim().Former = "NEW", []string{BobsCode} },
			alices.friend(RewardRedeemed)},
		{"used on two orders: what both took off is recorded", func(w *Scene) {
			w.Another(1002, Bought.Add(Day), func(o *Order) { o.Codes, o.Discounted = []string{BobsCode}, USD("3") })
		}, alices.friend(RewardRedeemed, "23.00 USD").check("redeemed since", Bought.String(), func(r Referral) string {
			return r.Rewards[FriendSide].At.String()
		})},
		{"a former code and the one that took its place are used: what both took off is recorded", func(w *Scene) {
			w.Claim().Former = []string{"OLDER"}
			w.Another(1002, Bought.Add(Day), func(o *Order) { o.Codes, o.Discounted = []string{"OLDER"}, USD("20") })
		}, alices.friend(RewardRedeemed, "40.00 USD")},
		{"used on another order than the converting one", func(w *Scene) {
			w.Order().Codes = nil
			w.Another(1002, Bought.Add(Day), func(o *Order) { o.Codes, o.Discounted = []string{BobsCode}, USD("3") })
		}, alices.on(1001).friend(RewardRedeemed, "3.00 USD")},
		{"used, and the order is unlinked: nobody is credited, and what it took off stays recorded", func(w *Scene) {
			w.Unlink(Bought.Add(Day))
		}, nobody.friend(RewardRedeemed, "20.00 USD").booked(FriendSide, "redeemed 20.00")},
		{"used, given, and unlinked then: it stays recorded", func(w *Scene) {
			w.Issued()
			w.Unlink(Bought.Add(60 * Day))
		}, undone(ReasonNoEvidence, RewardReversed).friend(RewardRedeemed, "20.00 USD").
			booked(FriendSide, "redeemed 20.00")},
		{"a shareable code on two orders: what both took off is recorded", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ALICE"}
			w.Another(1002, Bought.Add(Day), func(o *Order) { o.Codes, o.Discounted = []string{"ZOE"}, USD("3") })
		}, alices.on(1001).friend(RewardRedeemed, "23.00 USD")},
		{"the claim's code, and a shareable one on a later order", func(w *Scene) {
			w.Another(1002, Bought.Add(Day), func(o *Order) { o.Codes, o.Discounted = []string{"ZOE"}, USD("3") })
		}, alices.on(1001).friend(RewardRedeemed, "23.00 USD")},
		{"used and unlinked, and a second order without a code is linked: what it took off stays recorded",
			func(w *Scene) {
				w.Unlink(Bought.Add(Day))
				w.Another(1002, Bought.Add(Day), func(o *Order) { o.Codes = nil })
				w.Act(Act{
					Kind: ActLink, At: Bought.Add(2 * Day), Order: OrderNo(1002), Advocate: "adv_alice", Campaign: Version1,
				})
			}, alices.on(1002).friend(RewardRedeemed, "20.00 USD").booked(FriendSide, "redeemed 20.00")},
		{"linked to Alice, with Zoe's shareable code on it", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ZOE"}
			w.Link("adv_alice", Bought)
		}, alices.friend(RewardRedeemed, "20.00 USD")},
		{"a shareable code that the campaign does not have takes nothing off", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ZOE"}
			w.Link("adv_alice", Bought)
			w.Terms(func(t *Terms) { t.ShareCeiling = 0 })
		}, alices.friend(RewardNone)},
		{"none without a claim", func(w *Scene) {
			w.Nothing()
			w.Link("adv_alice", Bought)
		}, alices.friend(RewardNone).booked(FriendSide, "")},
		{"none while the claim has no code", func(w *Scene) { w.Order().Codes, w.Claim().Code = nil, "" },
			alices.friend(RewardNone)},
		{"the promise is that of the claim's version", func(w *Scene) {
			w.Order().Codes = nil
			w.Replaced(Noon.Add(time.Minute), func(t *Terms) { t.Friend.Amount = USD("5") })
			w.Touch(opening("adv_alice", 2, Noon.Add(2*time.Minute)))
		}, alices.under(2).friend(RewardIssued, "20.00 USD")},
		{"it is void of nothing when the referral is: the friend used it", func(w *Scene) {
			w.Act(Act{Kind: ActReject, At: Noon})
		}, voided(ReasonRejected).friend(RewardRedeemed)},
	}
}

func friendsRewardAfterTheOrderRows() []Row {
	const bobsNext = "FFFF-GGGG-HHHH"
	both := func(w *Scene) { w.AfterOrder(); w.Issued(); w.Issue(FriendSide, bobsNext) }
	later := Bought.Add(30 * Day)
	codeless := func(w *Scene) { w.AfterOrder(); w.Order().Codes = nil }

	return []Row{
		{"another code is given in place of the friend's, and both are spent: both are counted", func(w *Scene) {
			w.AfterOrder()
			w.Order().Codes = nil
			w.Issued()
			w.Issue(FriendSide, "FFFF-GGGG-HHHH")
			w.Act(Act{
				Kind: ActReissue, At: Bought.Add(20 * Day), Order: w.Order().ID, Side: FriendSide, Code: "FFFF-GGGG-HHHH",
			})
			w.Decide()
			w.Issue(FriendSide, "SECOND")
			w.Spent("FFFF-GGGG-HHHH", 2001, Bought.Add(22*Day))
			w.Spent("SECOND", 2002, Bought.Add(23*Day))
		}, given(RewardIssued).friend(RewardRedeemed).
			booked(FriendSide, "issued 20.00, reversed -20.00, issued 20.00, issued 20.00")},
		{"pending with the order", codeless, alices.friend(RewardPending, "20.00 USD")},
		{"released: both codes are to be given", func(w *Scene) {
			codeless(w)
			w.Release()
		}, given(RewardApproved).friend(RewardApproved).work(WorkIssue)},
		{"one is given, the other is still to be", func(w *Scene) {
			codeless(w)
			w.Issued()
		}, given(RewardIssued).friend(RewardApproved).work(WorkIssue)},
		{"both are given", func(w *Scene) {
			codeless(w)
			both(w)
		}, given(RewardIssued).friend(RewardIssued).work().booked(FriendSide, "issued 20.00")},
		{"the friend spends the reward", func(w *Scene) {
			codeless(w)
			both(w)
			w.Spent(bobsNext, 1003, later)
		}, given(RewardIssued).friend(RewardRedeemed).booked(FriendSide, "issued 20.00")},
		{"refunded: both are taken back", func(w *Scene) { codeless(w); both(w); w.Refund() },
			undone(ReasonRefunded, RewardReversed).friend(RewardReversed).work(WorkTakeBack).
				booked(FriendSide, "issued 20.00, reversed -20.00")},
		{"spent, then refunded: the friend owes nothing", func(w *Scene) {
			codeless(w)
			both(w)
			w.Spent(bobsNext, 1003, later)
			w.Refund()
		}, undone(ReasonRefunded, RewardReversed).friend(RewardRedeemed).booked(FriendSide, "issued 20.00")},
		{"taken back, then found spent: recorded, and not owed", func(w *Scene) {
			codeless(w)
			both(w)
			w.Refund()
			w.Decide()
			w.Spent(bobsNext, 1003, later)
		}, undone(ReasonRefunded, RewardReversed).friend(RewardRedeemed).
			booked(FriendSide, "issued 20.00, reversed -20.00, issued 20.00")},
		{"denied by the budget: neither is given", func(w *Scene) {
			codeless(w)
			w.Release(Denied(ReasonBudget))
		}, voided(ReasonBudget).friend(RewardVoided)},
		{"the advocate's made up for another: the friend's is given all the same", func(w *Scene) {
			codeless(w)
			w.Release(Offset("20"))
		}, given(RewardVoided).friend(RewardApproved).work(WorkIssue)},
		{"an order linked by the merchant earns the friend's too", func(w *Scene) {
			codeless(w)
			w.Nothing()
			w.Link("adv_alice", Bought)
		}, alices.friend(RewardPending)},
		{"the order is somebody else's now, before the friend's was spent", func(w *Scene) {
			codeless(w)
			both(w)
			w.Facts.Orders = nil
		}, undone(ReasonNoEvidence, RewardReversed).friend(RewardReversed)},
	}
}
