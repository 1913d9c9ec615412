package referraltest

import (
	"fmt"
	"time"

	"twofold/money"
	. "twofold/referral"
	"twofold/trust"
)

// The checks of an order. The cast is in cast.go, what happens in scene.go, what is wanted in want.go.

func merchantsVerdictRows() []Row {
	sameBrowser := func(w *Scene) { w.Claim().Keys = []string{BrowserKey("b1")} }
	say := func(kind ActKind, at time.Time) Act { return Act{Kind: kind, At: at, Order: BobsOrder().ID} }

	return []Row{
		{"rejected", func(w *Scene) { w.Act(say(ActReject, Noon)) }, voided(ReasonRejected).undoneAt(Noon)},
		{"voided", func(w *Scene) { w.Act(say(ActVoid, Noon)) }, voided(ReasonMerchant).undoneAt(Noon)},
		{"rejected, then approved", func(w *Scene) {
			w.Act(say(ActReject, Noon.Add(-time.Minute)))
			w.Approve()
		}, alices},
		{"approved, then rejected", func(w *Scene) {
			w.Approve()
			w.Act(say(ActReject, Noon.Add(Instant)))
		}, voided(ReasonRejected)},
		{"approved and rejected on one instant: what was said last", func(w *Scene) {
			w.Approve()
			w.Act(say(ActReject, Noon))
		}, voided(ReasonRejected)},
		{"rejected and approved on one instant: what was said last", func(w *Scene) {
			w.Act(say(ActReject, Noon))
			w.Approve()
		}, alices},
		{"a link is no verdict", func(w *Scene) {
			w.Act(say(ActReject, Noon))
			w.Link("adv_zoe", Noon.Add(Day))
		}, voided(ReasonRejected).to("adv_zoe")},
		{"approved, though the browser is the advocate's", func(w *Scene) {
			sameBrowser(w)
			w.Approve("other_browser")
		}, alices},
		{"approved for another rule", func(w *Scene) {
			sameBrowser(w)
			w.Approve("no_dispute")
		}, holds(ReasonSameBrowser)},
		{"another order was approved", func(w *Scene) {
			sameBrowser(w)
			w.Approve("other_browser")
			w.Facts.Acts[0].Order = OrderNo(5)
		}, holds(ReasonSameBrowser)},
		{"approved for the browser, then the bank inquires", func(w *Scene) {
			sameBrowser(w)
			w.Approve("other_browser")
			w.Order().Disputes = []Dispute{{Status: "UNDER_REVIEW", InitiatedAs: "INQUIRY"}}
		}, holds(ReasonInquiry)},
		{"approved does not make a refunded order good", func(w *Scene) {
			w.Approve("not_undone", "minimum")
			w.Order().Status = StatusRefunded
		}, voided(ReasonRefunded)},
		{"approved does not make an unpaid order paid", func(w *Scene) {
			w.Approve("paid")
			w.Order().Status = StatusPending
		}, waits(ReasonUnpaid)},
		{"of a hold and a failure the failure names the reason", func(w *Scene) {
			sameBrowser(w)
			w.Order().Status = StatusRefunded
		}, voided(ReasonRefunded)},
		{"of two failures the first check names the reason", func(w *Scene) {
			w.Act(say(ActReject, Noon))
			w.Order().Status = StatusRefunded
		}, voided(ReasonRejected)},
		{"of something to wait for and a hold the hold names it", func(w *Scene) {
			sameBrowser(w)
			w.Order().Status = StatusPending
		}, holds(ReasonSameBrowser)},
		{"of two holds the first check names it", func(w *Scene) {
			sameBrowser(w)
			w.Order().Gone = true
		}, holds(ReasonGone)},
	}
}

func selfRows() []Row {
	return []Row{
		{"the advocate buys with a friend's code", func(w *Scene) {
			w.Facts.Friend, w.Order().Customer = FriendOf(Alice, false), Alice
		}, voided(ReasonSelf).undoneAt(Bought)},
		{"the advocate buys with the advocate's shareable code", func(w *Scene) {
			w.Nothing()
			w.Facts.Friend, w.Order().Customer = FriendOf(Alice, false), Alice
			w.Order().Codes = []string{"ALICE"}
		}, voided(ReasonSelf)},
		{"the advocate tries the advocate's code as a test", func(w *Scene) {
			w.Test()
			w.Facts.Friend, w.Order().Customer = FriendOf(Alice, true), Alice
		}, voided(ReasonSelf)},
		{"an advocate is another's friend", func(w *Scene) {
			w.Facts.Friend, w.Order().Customer = FriendOf(Zoe, false), Zoe
		}, alices},
	}
}

func blockedRows() []Row {
	return []Row{
		{"blocked before the release", func(w *Scene) { w.Block(Bought.Add(Day)) },
			voided(ReasonBlocked).undoneAt(Bought.Add(Day))},
		{"blocked on the instant of the release, which came first", func(w *Scene) {
			w.Release()
			w.Block(Bought.Add(14 * Day))
		}, given(RewardApproved)},
		{"blocked after the release, before the issue", func(w *Scene) {
			w.Release()
			w.Block(Bought.Add(15 * Day))
		}, given(RewardApproved)},
		{"blocked after the issue", func(w *Scene) { w.Issued(); w.Block(Bought.Add(15 * Day)) }, given(RewardIssued)},
		{"blocked, and let go on", func(w *Scene) {
			w.Block(Bought)
			w.Decide()
			w.Advocate("adv_alice", func(a *Advocate) { a.State, a.BlockedAt = AdvocateActive, time.Time{} })
		}, alices},
		{"blocked after a cap had denied it", func(w *Scene) {
			w.Release(Denied(ReasonCap))
			w.Block(Bought.Add(15 * Day))
		}, voided(ReasonBlocked)},
		{"erased before the release", func(w *Scene) { w.Erase(Bought.Add(Day)) }, voided(ReasonErased).undoneAt(Bought.Add(Day))},
		{"erased after the release, before the issue", func(w *Scene) {
			w.Release()
			w.Erase(Bought.Add(15 * Day))
		}, given(RewardVoided)},
		{"erased after the issue: the code is theirs", func(w *Scene) { w.Issued(); w.Erase(Bought.Add(15 * Day)) }, given(RewardIssued)},
		{"another advocate is blocked", func(w *Scene) {
			w.Advocate("adv_zoe", func(a *Advocate) { a.State = AdvocateBlocked })
		}, alices},
	}
}

func sourcesRows() []Row {
	from := func(name string, excluded Sources) func(*Scene) {
		return func(w *Scene) { w.Order().Source = name; w.Terms(func(t *Terms) { t.Excluded = excluded }) }
	}

	return []Row{
		{"web", from("web", Sources{POS: true, Draft: true, Subscription: true, Other: true}), alices},
		{"web, left out", from("web", Sources{Web: true}), voided(ReasonSource)},
		{"no source named counts as web", from("", Sources{Web: true}), voided(ReasonSource)},
		{"point of sale", from("pos", Sources{Web: true, Draft: true, Subscription: true, Other: true}), alices},
		{"point of sale, left out", from("pos", Sources{POS: true}), voided(ReasonSource)},
		{"draft order", from("shopify_draft_order", Sources{Web: true, POS: true, Subscription: true, Other: true}),
			alices},
		{"draft order, left out", from("shopify_draft_order", Sources{Draft: true}), voided(ReasonSource)},
		{"subscription", from("subscription_contract", Sources{Web: true, POS: true, Draft: true, Other: true}),
			alices},
		{"subscription, left out", from("subscription_contract", Sources{Subscription: true}), voided(ReasonSource)},
		{"subscription from the checkout, left out",
			from("subscription_contract_checkout_one", Sources{Subscription: true}), voided(ReasonSource)},
		{"another channel", from("580111", Sources{Web: true, POS: true, Draft: true, Subscription: true}), alices},
		{"another channel, left out", from("580111", Sources{Other: true}), voided(ReasonSource).undoneAt(Bought)},
	}
}

func newCustomerRows() []Row {
	unready := func(w *Scene) { w.Order().Journey = Journey{} }
	answer := func(n Newness) func(*Scene) {
		return func(w *Scene) { unready(w); w.Facts.Newness = map[OrderID]Newness{w.Order().ID: n} }
	}

	return []Row{
		{"the customer's first order", func(w *Scene) { w.Order().Journey = Journey{Ready: true, Index: 1} }, alices},
		{"the customer's second order, not asked yet", func(w *Scene) { w.Order().Journey.Index = 2 },
			waits(ReasonNewness).work(WorkNewness)},
		{"the journey is not ready", unready, waits(ReasonNewness).work(WorkNewness)},
		{"an index that is not ready is no answer", func(w *Scene) { w.Order().Journey = Journey{Index: 1} },
			waits(ReasonNewness)},
		{"ready, without an index", func(w *Scene) { w.Order().Journey = Journey{Ready: true} }, waits(ReasonNewness)},
		{"asked, and is new", answer(Newness{Prior: 0}), alices.work(WorkRelease)},
		{"asked, and had bought once before", answer(Newness{Prior: 1}), voided(ReasonNotNew).undoneAt(Bought)},
		{"asked, and had bought often before", answer(Newness{Prior: 4000}), voided(ReasonNotNew)},
		{"asked for seven days without an answer", answer(Newness{Unknown: true, At: Bought.Add(7 * Day)}),
			holds(ReasonUnknown)},
		{"without an answer, and the merchant approves", func(w *Scene) {
			answer(Newness{Unknown: true})(w)
			w.Approve("new_customer")
		}, alices},
		{"once known it stays known, whatever the index says later", func(w *Scene) {
			answer(Newness{Prior: 1})(w)
			w.Order().Journey = Journey{Ready: true, Index: 1}
		}, voided(ReasonNotNew)},
		{"once new the friend stays new, though an index of 2 is shown later", func(w *Scene) {
			w.Decide()
			w.Order().Journey.Index = 2
		}, alices},
		{"the answer of another order is none of this one", func(w *Scene) {
			unready(w)
			w.Facts.Newness = map[OrderID]Newness{OrderNo(5): {Prior: 0}}
		}, waits(ReasonNewness)},
		{"the friend's history was never looked at", func(w *Scene) { w.Facts.HistoryAt = time.Time{} },
			alices.work(WorkRelease, WorkHistory)},
		{"the friend's history was never looked at, and nothing ties the friend", func(w *Scene) {
			w.Nothing()
			w.Facts.HistoryAt = time.Time{}
		}, nobody.work(WorkHistory)},
	}
}

func paidRows() []Row {
	status := func(s FinancialStatus) func(*Scene) {
		return func(w *Scene) { w.Order().Status, w.Order().Transactions = s, nil }
	}

	return []Row{
		{"not paid yet", status(StatusPending), waits(ReasonUnpaid).releasedAt(time.Time{}).work()},
		{"authorized only", status(StatusAuthorized), waits(ReasonUnpaid)},
		{"partially paid", status(StatusPartiallyPaid), waits(ReasonUnpaid)},
		{"the authorization ran out", status(StatusExpired), waits(ReasonUnpaid)},
		{"no status at all", status(""), waits(ReasonUnpaid)},
		{"a status that Shopify adds later", status("NEW_ONE"), waits(ReasonUnpaid)},
		{"paid", status(StatusPaid), alices.releasedAt(Bought.Add(14 * Day))},
		{"paid, then refunded in part", func(w *Scene) {
			w.Order().Status, w.Order().Refunded = StatusPartiallyRefunded, USD("5")
		}, alices.releasedAt(Bought.Add(14 * Day))},
		{"paid in part, then refunded in part", func(w *Scene) {
			w.Order().Status, w.Order().Refunded, w.Order().Outstanding = StatusPartiallyRefunded, USD("5"), USD("40")
		}, waits(ReasonUnpaid).releasedAt(time.Time{})},
		{"paid, then $5 paid back without a line", func(w *Scene) { w.Adjust("CUSTOMER", "-5") }, alices},
		{"paid, then $5 paid back without a line, if Shopify's sum says that they are to be paid again", func(w *Scene) {
			w.Adjust("CUSTOMER", "-5")
			w.Order().Outstanding = USD("5")
		}, alices},
		{"a cent more is to be paid than was paid back without a line", func(w *Scene) {
			w.Adjust("CUSTOMER", "-5")
			w.Order().Outstanding = USD("5.01")
		}, waits(ReasonUnpaid)},
		{"free, then made dearer: nothing was received yet", func(w *Scene) {
			w.Order().Received, w.Order().Outstanding, w.Order().Transactions = USD("0"), USD("80"), nil
		}, waits(ReasonUnpaid)},
		{"paid three days later: the hold counts from then", func(w *Scene) {
			w.Order().Status = StatusPending
			w.Decide()
			w.Order().Status, w.Order().Transactions[0].At = StatusPaid, Bought.Add(3*Day)
		}, alices.releasedAt(Bought.Add(17 * Day))},
		{"paid an instant before it was processed", func(w *Scene) {
			w.Order().Transactions[0].At = Bought.Add(-Instant)
		}, alices.releasedAt(Bought.Add(14 * Day))},
		{"paid an instant after it was processed", func(w *Scene) {
			w.Order().Transactions[0].At = Bought.Add(Instant)
		}, alices.releasedAt(Bought.Add(14*Day + Instant))},
		{"paid in two parts: the last one completes it", func(w *Scene) {
			w.Order().Transactions = append(w.Order().Transactions,
				Transaction{Kind: "CAPTURE", Status: "SUCCESS", At: Bought.Add(2 * Day), Amount: USD("1")})
		}, alices.releasedAt(Bought.Add(16 * Day))},
		{"a payment that failed completes nothing", func(w *Scene) {
			w.Order().Transactions = append(w.Order().Transactions,
				Transaction{Kind: "SALE", Status: "FAILURE", At: Bought.Add(2 * Day), Amount: USD("1")})
		}, alices.releasedAt(Bought.Add(14 * Day))},
		{"no hold", func(w *Scene) { w.Terms(func(t *Terms) { t.HoldDays = 0 }) }, alices.releasedAt(Bought)},
		{"the longest hold", func(w *Scene) { w.Terms(func(t *Terms) { t.HoldDays = 45 }) },
			alices.releasedAt(Bought.Add(45 * Day))},
	}
}

func undoneRows() []Row {
	refunded := func(decimal string) func(*Scene) {
		return func(w *Scene) { w.Order().Status, w.Order().Refunded = StatusPartiallyRefunded, USD(decimal) }
	}

	return []Row{
		{"cancelled", func(w *Scene) { w.Order().CancelledAt = Bought.Add(Day) },
			voided(ReasonCancelled).undoneAt(Bought.Add(Day))},
		{"cancelled before it was paid", func(w *Scene) {
			w.Order().Status, w.Order().CancelledAt = StatusPending, Bought
		}, voided(ReasonCancelled).undoneAt(Bought)},
		{"cancelled and refunded: the cancellation names the reason", func(w *Scene) {
			w.Refund()
			w.Order().CancelledAt = Bought.Add(Day)
		}, voided(ReasonCancelled).undoneAt(Bought.Add(16 * Day))},
		{"the payment was voided", func(w *Scene) { w.Order().Status = StatusVoided }, voided(ReasonRefunded)},
		{"refunded in full, as the status says", func(w *Scene) { w.Refund() },
			voided(ReasonRefunded).undoneAt(Bought.Add(16 * Day))},
		{"refunded as much as was received", refunded("80"), voided(ReasonRefunded)},
		{"refunded a cent less than was received", refunded("79.99"), alices},
		{"refunded a cent more than was received", refunded("80.01"), voided(ReasonRefunded)},
		{"nothing was received, and nothing refunded", func(w *Scene) {
			w.Order().Received, w.Order().Outstanding, w.Order().Transactions = USD("0"), USD("80"), nil
		}, waits(ReasonUnpaid)},
		{"two refunds: the later one undid it", func(w *Scene) {
			w.Refund()
			w.Order().Refunds = append(w.Order().Refunds, Refund{ID: "r0", At: Bought.Add(2 * Day)})
		}, voided(ReasonRefunded).undoneAt(Bought.Add(16 * Day))},
		{"refunded in full in yen", func(w *Scene) {
			w.In("JPY", "8000", "2000", "4000")
			w.Order().Status, w.Order().Refunded = StatusPartiallyRefunded, money.MustParse("8000", "JPY")
		}, voided(ReasonRefunded)},
		{"refunded one yen less", func(w *Scene) {
			w.In("JPY", "8000", "2000", "4000")
			w.Order().Status, w.Order().Refunded = StatusPartiallyRefunded, money.MustParse("7999", "JPY")
		}, alices.worth("2000 JPY")},
	}
}

// The minimum asks for what was bought, before our code was taken off. Bob's takes $20 off, unless a row says
// otherwise.
func netAndMinimumRows() []Row {
	left := func(decimal string) func(*Scene) {
		return func(w *Scene) { w.Subtotal(decimal) }
	}
	now := func(decimal string) func(*Scene) {
		return func(w *Scene) { w.Order().CurrentSubtotal = USD(decimal) }
	}
	codes := func(subtotal, discounted string, codes ...string) func(*Scene) {
		return func(w *Scene) {
			w.Subtotal(subtotal)
			w.Order().Codes, w.Order().Discounted = codes, USD(discounted)
		}
	}
	beside := func(subtotal string, other TookOff) func(*Scene) { // Bob's code, and another discount
		return func(w *Scene) {
			w.Subtotal(subtotal)
			if other.Code != "" {
				w.Order().Codes = []string{BobsCode, other.Code}
			}
			w.Took(OffGoods(BobsCode, "20"), other)
		}
	}
	shared := func(subtotal string) func(*Scene) {
		return func(w *Scene) { w.Nothing(); codes(subtotal, "20", "ALICE")(w) }
	}
	percent := func(subtotal, discounted string) func(*Scene) {
		return func(w *Scene) {
			w.Terms(func(t *Terms) { t.Friend = Offer{Kind: PercentOff, RateBP: 1500} })
			codes(subtotal, discounted, BobsCode)(w)
		}
	}
	shipping := func(w *Scene) {
		w.Terms(func(t *Terms) { t.Friend.Kind = FreeShipping }) // an amount of before may stand there, and means nothing
		w.Order().Discounted = USD("8")
	}
	dearer := func(w *Scene) { // credited under terms that ask for more than the claim's
		w.Replaced(Noon.Add(time.Minute), func(t *Terms) { t.Minimum = USD("100") })
		w.Act(Act{Kind: ActLink, At: Bought, Order: OrderNo(1001), Advocate: "adv_alice", Campaign: Version2})
	}
	short := voided(ReasonBelowMinimum)

	return []Row{
		{"bought for $59.99, before our code", left("39.99"),
			alices.sawMinimum("net 39.99 USD, discount 20.00 USD, counted 59.99 USD, minimum 40.00 USD")},
		{"bought for exactly the minimum, before our code", left("20"),
			alices.sawMinimum("net 20.00 USD, discount 20.00 USD, counted 40.00 USD, minimum 40.00 USD")},
		{"a cent below the minimum, before our code", left("19.99"),
			short.sawMinimum("net 19.99 USD, discount 20.00 USD, counted 39.99 USD, minimum 40.00 USD")},
		{"a cent above the minimum, before our code", left("20.01"), alices},
		{"without a code, exactly the minimum", codes("40", "0"),
			alices.sawMinimum("net 40.00 USD, minimum 40.00 USD")},
		{"without a code, a cent below the minimum", codes("39.99", "0"),
			short.sawMinimum("net 39.99 USD, minimum 40.00 USD")},
		{"our code took off less than it promised: what it took off counts", codes("22.50", "17.50", BobsCode), alices},
		{"our code took off less than it promised, a cent below the minimum", codes("22.49", "17.50", BobsCode), short},
		{"our code took all of it off: nothing is left, and it was bought", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Minimum, t.FreeOrders = USD("20"), true })
			codes("0", "20", BobsCode)(w)
			w.Order().Transactions = nil
		}, alices},
		{"a percentage, exactly the minimum before it", percent("34", "6"), alices},
		{"a percentage, a cent below the minimum before it", percent("33.99", "6"), short},
		{"a shareable code, exactly the minimum before it", shared("20"), alices},
		{"a shareable code, a cent below the minimum before it", shared("19.99"), short},
		{"a former code of the claim, exactly the minimum before it", func(w *Scene) {
			w.Claim().Code, w.Claim().Former = "NEW", []string{BobsCode}
			w.Subtotal("20")
		}, alices},

		{"another's code beside ours: ours is enough", beside("20", OffGoods("SUMMER", "10")),
			alices.sawMinimum("net 20.00 USD, discount 20.00 USD, counted 40.00 USD, minimum 40.00 USD")},
		{"another's code beside ours: the checkout let ours through, so the goods reached the minimum",
			beside("15", OffGoods("SUMMER", "10")),
			alices.sawMinimum("net 15.00 USD, discount 25.00 USD, counted 40.00 USD, minimum 40.00 USD")},
		{"another's code beside ours: all discounts together just reach it", beside("10", OffGoods("SUMMER", "10")), alices},
		{"another's code beside ours: all discounts together do not reach it", beside("9.99", OffGoods("SUMMER", "10")),
			short.sawMinimum("net 9.99 USD, discount 20.00 USD, counted 29.99 USD, minimum 40.00 USD")},
		{"an automatic sale beside ours: the checkout let ours through", beside("15", OffGoods("", "10")),
			alices.sawMinimum("net 15.00 USD, discount 25.00 USD, counted 40.00 USD, minimum 40.00 USD")},
		{"free shipping beside ours takes nothing off the goods", beside("19.99", OffShipping("", "10")),
			short.sawMinimum("net 19.99 USD, discount 20.00 USD, counted 39.99 USD, minimum 40.00 USD")},
		{"a gift card beside goods of the minimum", func(w *Scene) { left("80")(w); w.Order().GiftCards = USD("60") },
			alices.sawMinimum("net 20.00 USD, gift_cards 60.00 USD, discount 20.00 USD, counted 40.00 USD, minimum 40.00 USD")},
		{"a gift card beside goods a cent below the minimum", func(w *Scene) { left("79.99")(w); w.Order().GiftCards = USD("60") },
			short.sawMinimum("net 19.99 USD, gift_cards 60.00 USD, discount 20.00 USD, counted 39.99 USD, minimum 40.00 USD")},
		{"gift cards alone, above the minimum", func(w *Scene) {
			codes("60", "0")(w)
			w.Order().GiftCards = USD("60")
		}, short.sawMinimum("net 0.00 USD, gift_cards 60.00 USD, minimum 40.00 USD")},
		{"another's code alone is not ours", codes("39.99", "20", "SUMMER"), short},
		{"free shipping takes nothing off the goods", func(w *Scene) { left("40")(w); shipping(w) },
			alices.sawMinimum("net 40.00 USD, minimum 40.00 USD")},
		{"free shipping, returned to a cent below the minimum", func(w *Scene) { shipping(w); now("39.99")(w) }, short},
		{"the checkout asked for the minimum of the code's own offer", func(w *Scene) { left("39.99")(w); dearer(w) },
			alices.under(2)},
		{"without the code, the minimum is that of the terms that credit", func(w *Scene) {
			codes("99.99", "0")(w)
			dearer(w)
		}, short.under(2)},
		{"a test order of exactly the minimum, before our code", func(w *Scene) { left("20")(w); w.Test() }, alices},
		{"a test order a cent below the minimum, before our code", func(w *Scene) { left("19.99")(w); w.Test() }, short},

		{"returned in part, above the minimum", func(w *Scene) {
			now("50")(w)
			w.Order().Status, w.Order().Refunded = StatusPartiallyRefunded, USD("30")
		}, alices.sawMinimum("net 50.00 USD, discount 12.50 USD, counted 62.50 USD, minimum 40.00 USD")},
		{"returned in part: what is left was exactly the minimum before our code", now("32"),
			alices.sawMinimum("net 32.00 USD, discount 8.00 USD, counted 40.00 USD, minimum 40.00 USD")},
		{"returned in part: what is left was a cent below the minimum before our code", now("31.99"), short},
		{"returned in part, without a code: what is left counts", func(w *Scene) {
			codes("80", "0")(w)
			now("39.99")(w)
		}, short},
		{"exchanged for something dearer", now("120"),
			alices.sawMinimum("net 120.00 USD, discount 20.00 USD, counted 140.00 USD, minimum 40.00 USD")},
		{"exchanged for something too cheap", func(w *Scene) {
			now("12")(w)
			w.Order().Refunds = []Refund{{ID: "r1", At: Bought.Add(3 * Day), Total: USD("68")}}
		}, short.undoneAt(Bought.Add(3 * Day))},
		{"exchanged for something too cheap, and back", func(w *Scene) {
			now("12")(w)
			w.Decide()
			now("80")(w)
		}, alices},
		{"edited below the minimum, nothing refunded: the last change undid it", func(w *Scene) {
			now("12")(w)
			w.Order().UpdatedAt = Bought.Add(5 * Day)
		}, short.undoneAt(Bought.Add(5 * Day))},
		{"tax is no part of it: $80 net are $95.20 with tax", func(w *Scene) {
			w.Order().Received = USD("95.20")
			w.Terms(func(t *Terms) { t.Minimum = USD("100.01") })
		}, short},
		{"tax included in prices: the subtotal counts as Shopify shows it", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Minimum = USD("100") })
		}, alices},
		{"an amount-only refund to the minimum", func(w *Scene) { w.Adjust("REFUND_DISCREPANCY", "-60") }, alices},
		{"an amount-only refund to a cent below the minimum", func(w *Scene) {
			w.Adjust("REFUND_DISCREPANCY", "-60.01")
		}, short.sawMinimum("net 19.99 USD, discount 20.00 USD, counted 39.99 USD, minimum 40.00 USD")},
		{"a refund that is still pending does not count", func(w *Scene) {
			w.Adjust("PENDING_REFUND_DISCREPANCY", "-79")
		}, alices},
		{"a restocking fee kept back counts again", func(w *Scene) { now("28")(w); w.Adjust("RESTOCK", "5") },
			alices.sawMinimum("net 33.00 USD, discount 7.00 USD, counted 40.00 USD, minimum 40.00 USD")},
		{"an amount-only refund of more than all", func(w *Scene) { w.Adjust("CUSTOMER", "-500") },
			short.sawMinimum("net 0.00 USD, discount 20.00 USD, counted 0.00 USD, minimum 40.00 USD")},
		{"no minimum, and nothing is left", func(w *Scene) {
			now("0")(w)
			w.Terms(func(t *Terms) { t.Minimum, t.FreeOrders = money.Amount{}, true })
		}, alices},
		{"a minimum of nothing in dollars", func(w *Scene) {
			now("0")(w)
			w.Terms(func(t *Terms) { t.Minimum, t.FreeOrders = USD("0"), true })
		}, alices},
		{"a minimum in another currency is never reached", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Minimum = money.MustParse("1", "EUR") })
		}, short},
		{"yen: exactly the minimum, before our code", func(w *Scene) { w.In("JPY", "2000", "2000", "4000") }, alices},
		{"yen: one below the minimum, before our code", func(w *Scene) { w.In("JPY", "1999", "2000", "4000") }, short},
		{"dinar: exactly the minimum, before our code", func(w *Scene) { w.In("KWD", "5.000", "5", "10") }, alices},
		{"dinar: a fils below the minimum, before our code", func(w *Scene) { w.In("KWD", "4.999", "5", "10") }, short},
	}
}

// What brings the shop nothing earns nothing, unless the merchant says so; and who was given something is as new as before.
func freeOrdersRows() []Row {
	later := func(w *Scene) { // a free order, and one that is paid three days later
		w.Another(1002, Bought.Add(3*Day), func(o *Order) { o.Journey.Index = 2 })
		w.Facts.Newness = map[OrderID]Newness{OrderNo(1002): {Prior: 0, Via: ViaIndex}}
		w.Free()
	}
	earn := func(w *Scene) { w.Terms(func(t *Terms) { t.FreeOrders = true }) }

	return []Row{
		{"a free order", func(w *Scene) { w.Free() }, voided(ReasonFree).undoneAt(Bought)},
		{"a free order, where the merchant lets them earn", func(w *Scene) { earn(w); w.Free() }, alices},
		{"a free order, then one that is paid: the friend has bought nothing before", later, alices.on(1002)},
		{"a free order, then one that is paid, where the merchant lets both earn: the first", func(w *Scene) { earn(w); later(w) }, alices},
		{"had bought once, then a free order, then one that is paid", func(w *Scene) {
			later(w)
			w.Facts.Newness[OrderNo(1002)] = Newness{Prior: 1, Via: ViaIndex}
		}, voided(ReasonFree)},
		{"had bought once, before the claim", func(w *Scene) {
			w.Another(1002, Noon.Add(-Day))
			w.Order().Journey.Index = 2
			w.Facts.Newness = map[OrderID]Newness{OrderNo(1001): {Prior: 1, Via: ViaIndex}}
		}, voided(ReasonNotNew)},
		{"our code took all of it off", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Minimum = USD("20") })
			w.Subtotal("0")
			w.Order().Transactions = nil
		}, voided(ReasonFree)},
		{"our code took all of it off, and it was released under the rules of before: it stands, also where returns are taken back", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Minimum, t.TakeBackReturns = USD("20"), true })
			w.Issued()
			w.Subtotal("0")
			w.Order().Transactions = nil
		}, given(RewardIssued)},
		{"all was paid with a gift card, if Shopify's sum leaves these out", func(w *Scene) { w.Order().Received = USD("0") }, alices},
		{"a cent was paid", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Minimum = USD("0") })
			w.Subtotal("0.01")
			w.Order().Transactions[0].Amount = USD("0.01")
		}, alices},
		{"nothing is left but what the shipping cost", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Minimum = USD("0") })
			w.Order().Received = USD("85")
			w.Adjust("CUSTOMER", "-80")
		}, voided(ReasonFree)},
		{"nothing is left but what the shipping cost, after the release: a fixed reward stands", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Minimum = USD("0") })
			w.Issued()
			w.Order().Received = USD("85")
			w.Adjust("CUSTOMER", "-80")
		}, given(RewardIssued)},
	}
}

func disputesRows() []Row {
	of := func(as string, statuses ...string) func(*Scene) {
		return func(w *Scene) {
			for _, s := range statuses {
				w.Order().Disputes = append(w.Order().Disputes, Dispute{Status: s, InitiatedAs: as})
			}
		}
	}

	return []Row{
		{"a chargeback that needs a response", func(w *Scene) { w.Dispute("NEEDS_RESPONSE") },
			voided(ReasonDispute).undoneAt(Bought.Add(20 * Day))},
		{"a chargeback under review", of("CHARGEBACK", "UNDER_REVIEW"), voided(ReasonDispute)},
		{"a chargeback that was accepted", of("CHARGEBACK", "ACCEPTED"), voided(ReasonDispute)},
		{"a chargeback that was lost", of("CHARGEBACK", "LOST"), voided(ReasonDispute)},
		{"a chargeback with a status that Shopify adds later", of("CHARGEBACK", "NEW_ONE"), voided(ReasonDispute)},
		{"a chargeback that was won", of("CHARGEBACK", "WON"), alices},
		{"a chargeback that was paid back", of("CHARGEBACK", "CHARGE_REFUNDED"), alices},
		{"an inquiry under review", of("INQUIRY", "UNDER_REVIEW"), holds(ReasonInquiry)},
		{"an inquiry that needs a response", of("INQUIRY", "NEEDS_RESPONSE"), holds(ReasonInquiry)},
		{"an inquiry that was won", of("INQUIRY", "WON"), alices},
		{"an inquiry, and the merchant approves", func(w *Scene) {
			of("INQUIRY", "UNDER_REVIEW")(w)
			w.Approve("no_dispute")
		}, alices},
		{"an inquiry, then a chargeback", func(w *Scene) {
			of("INQUIRY", "UNDER_REVIEW")(w)
			of("CHARGEBACK", "NEEDS_RESPONSE")(w)
		}, voided(ReasonDispute)},
		{"one won, another lost", of("CHARGEBACK", "WON", "LOST"), voided(ReasonDispute)},
		{"a dispute of an unknown kind counts as a chargeback", of("", "NEEDS_RESPONSE"), voided(ReasonDispute)},
		{"voided by a chargeback, which is then won", func(w *Scene) {
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Dispute("WON")
		}, alices.work(WorkRelease)},
	}
}

func goneRows() []Row {
	return []Row{
		{"Shopify no longer shows it", func(w *Scene) { w.Order().Gone = true }, holds(ReasonGone)},
		{"gone, and the merchant approves", func(w *Scene) { w.Order().Gone = true; w.Approve("still_shown") }, alices},
		{"gone, and shown again", func(w *Scene) { w.Order().Gone = true; w.Decide(); w.Order().Gone = false }, alices},
		{"too large to be read", func(w *Scene) { w.Order().Unread = Bought }, holds(ReasonUnread)},
		{"too large to be read, and the merchant approves", func(w *Scene) { w.Order().Unread = Bought; w.Approve("readable") }, alices},
		{"too large to be read, and read again", func(w *Scene) { w.Order().Unread = Bought; w.Decide(); w.Order().Unread = time.Time{} }, alices},
		{"too large to be read after the release", func(w *Scene) { w.Release(); w.Order().Unread = Bought }, given(RewardApproved)},
		{"gone after the release", func(w *Scene) { w.Release(); w.Order().Gone = true }, given(RewardApproved)},
		{"gone, and it was refunded when last shown", func(w *Scene) {
			w.Refund()
			w.Order().Gone = true
		}, voided(ReasonRefunded)},
	}
}

func customerGoneRows() []Row {
	gone := func(w *Scene) { w.Order().CustomerGone = true }

	return []Row{
		{"the customer is shown no longer", gone, holds(ReasonCustomerGone)},
		{"shown no longer, and the merchant approves", func(w *Scene) {
			w.Facts.Newness = map[OrderID]Newness{w.Order().ID: {Via: ViaIndex}} // as was learned before
			gone(w)
			w.Approve("customer_known")
		}, alices},
		{"shown no longer after the release", func(w *Scene) { w.Release(); gone(w) }, given(RewardApproved)},
		{"shown no longer after the issue", func(w *Scene) { w.Issued(); gone(w) }, given(RewardIssued)},
		{"shown no longer, and it was refunded", func(w *Scene) { w.Refund(); gone(w) }, voided(ReasonRefunded)},
		{"of a test order", func(w *Scene) { w.Test(); gone(w) }, holds(ReasonCustomerGone)},
	}
}

func nobodysRows() []Row {
	unknown := voided(ReasonNoIdentity)

	return []Row{
		{"a claim's code on an order without a customer", (*Scene).Nobodys, unknown.friend(RewardRedeemed, "20.00 USD")},
		{"a shareable code on one", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ALICE"}
			w.Nobodys()
		}, unknown.friend(RewardRedeemed, "20.00 USD")},
		{"the friend's reward comes after the order", func(w *Scene) { w.AfterOrder(); w.Cart("clm_bob"); w.Order().Codes = nil; w.Nobodys() },
			unknown.friend(RewardVoided)},
		{"refunded: nobody need be attached", func(w *Scene) { w.Refund(); w.Nobodys() }, voided(ReasonRefunded).friend(RewardRedeemed, "20.00 USD")},
		{"of a test order", func(w *Scene) {
			w.Order().Test = true
			w.Nobodys()
		}, unknown.friend(RewardRedeemed, "20.00 USD")},
		{"nothing of ours on it", func(w *Scene) { w.Nothing(); w.Nobodys() }, nobody},
	}
}

// AllBrowsers are the hashes of n browsers.
func browsers(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprint("b ", i))
	}
	return all
}

func sameBrowserRows() []Row {
	return []Row{
		{"claimed in the advocate's browser", func(w *Scene) {
			w.Claim().Keys = []string{BrowserKey("b2"), BrowserKey("b1")}
		}, holds(ReasonSameBrowser)},
		{"claimed in one of several browsers of the advocate's", func(w *Scene) {
			w.Claim().Keys = []string{BrowserKey("b9")}
			w.Advocate("adv_alice", func(a *Advocate) { a.Browsers = []string{"b1", "b9"} })
		}, holds(ReasonSameBrowser)},
		{"claimed signed in where another claim has the advocate's browser", func(w *Scene) {
			w.Claim().Keys, w.Claim().Browsers = []string{CustomerKey(Bob)}, []string{"b1"}
		}, holds(ReasonSameBrowser)},
		{"the advocate has joined in more browsers than are kept", func(w *Scene) {
			w.Advocate("adv_alice", func(a *Advocate) { a.Browsers = browsers(MaxBrowsers) })
		}, holds(ReasonManyBrowsers)},
		{"the advocate has joined in nearly as many", func(w *Scene) {
			w.Advocate("adv_alice", func(a *Advocate) { a.Browsers = browsers(MaxBrowsers - 1) })
		}, alices},
		{"claimed in the first of very many browsers", func(w *Scene) {
			w.Claim().Keys = []string{BrowserKey("b 0")}
			w.Advocate("adv_alice", func(a *Advocate) { a.Browsers = browsers(MaxBrowsers) })
		}, holds(ReasonSameBrowser)},
		{"claimed in another advocate's browser", func(w *Scene) {
			w.Advocate("adv_zoe", func(a *Advocate) { a.Browsers = []string{"b2"} })
		}, alices},
		{"no browser is known", func(w *Scene) {
			w.Claim().Keys = nil
			w.Advocate("adv_alice", func(a *Advocate) { a.Browsers = nil })
		}, alices},
		{"a customer's key is no browser", func(w *Scene) {
			w.Advocate("adv_alice", func(a *Advocate) { a.Browsers = []string{string(Bob)} })
		}, alices},
	}
}

func sameEmailRows() []Row {
	emails := func(order, advocate []string) func(*Scene) {
		return func(w *Scene) {
			w.Order().Emails = order
			w.Advocate("adv_alice", func(a *Advocate) { a.Emails = advocate })
		}
	}

	return []Row{
		{"the order has the advocate's address", emails([]string{"h1"}, []string{"h1"}), holds(ReasonSameEmail)},
		{"under one of two hash keys", emails([]string{"k2:h1", "k1:h1"}, []string{"k1:h1"}), holds(ReasonSameEmail)},
		{"another address", emails([]string{"h2"}, []string{"h1"}), alices},
		{"an alias of the advocate's address", func(w *Scene) {
			emails([]string{"h2"}, []string{"h1"})(w)
			w.Order().Aliases = []string{"h1"}
		}, holds(ReasonSameEmail)},
		{"an alias, and the advocate joined with another of the same mailbox", func(w *Scene) {
			emails([]string{"h2"}, []string{"h3", "h1"})(w)
			w.Order().Aliases = []string{"h1"}
		}, holds(ReasonSameEmail)},
		{"an alias of another address", func(w *Scene) {
			emails([]string{"h2"}, []string{"h3"})(w)
			w.Order().Aliases = []string{"h1"}
		}, alices},
		{"level 1: no addresses", emails(nil, nil), alices},
		{"the advocate's address, and the merchant approves", func(w *Scene) {
			emails([]string{"h1"}, []string{"h1"})(w)
			w.Approve("other_email")
		}, alices},
	}
}

// One card, two customers.
func sameCardRows() []Row {
	zoes := func(w *Scene) *Order { return w.CardOf(Zoe, 1002, Bought.Add(Day)) }
	held := holds("circle_card")

	return []Row{
		{"the advocate has paid with the card", func(w *Scene) { w.CardOf(Alice, 900, Noon.Add(-30*Day)) }, held},
		{"the advocate pays with it later", func(w *Scene) { w.Decide(); w.CardOf(Alice, 1002, Bought.Add(Day)) }, held},
		{"another friend has, who came by the advocate's code", func(w *Scene) {
			o := zoes(w)
			o.Codes = []string{"ALICE"}
			w.Brought(o, "adv_alice", trust.TieShared)
		}, held},
		{"another friend has, who came by the advocate's link", func(w *Scene) {
			o := zoes(w)
			o.Codes = []string{"ZZZZ-CCCC-DDDD"}
			w.Brought(o, "adv_alice", trust.TieClaim)
		}, held},
		{"another friend has, who came by another's link", func(w *Scene) {
			o := zoes(w)
			o.Codes, o.Customer = []string{"ZZZZ-CCCC-DDDD"}, "gid://shopify/Customer/3"
			w.Brought(o, "adv_zoe", trust.TieClaim)
		}, alices},
		{"a stranger has", func(w *Scene) { zoes(w) }, alices},
		{"the advocate has, and the merchant is relaxed", func(w *Scene) {
			w.CardOf(Alice, 900, Noon.Add(-30*Day))
			w.Terms(func(t *Terms) { t.Strictness = trust.Relaxed })
		}, alices},
		{"another card of the same people", func(w *Scene) {
			w.CardOf(Alice, 900, Noon.Add(-30*Day))
			w.Order().Cards = []string{CardHash(2)}
		}, alices},
		{"no card is shown", func(w *Scene) {
			w.CardOf(Alice, 900, Noon.Add(-30*Day)).Cards = nil
			w.Order().Cards = nil
		}, alices},
		{"the advocate's card, and the merchant approves", func(w *Scene) {
			w.CardOf(Alice, 900, Noon.Add(-30*Day))
			w.Approve("trust", "circle_card")
		}, alices},
		{"the advocate's card, and the merchant had approved another signal", func(w *Scene) {
			w.CardOf(Alice, 900, Noon.Add(-30*Day))
			w.Approve("trust", "high_risk")
		}, held},
		{"the advocate's card, and the order is refunded", func(w *Scene) {
			w.CardOf(Alice, 900, Noon.Add(-30*Day))
			w.Refund()
		}, voided(ReasonRefunded)},
		{"the advocate pays with it when the reward is out", func(w *Scene) {
			w.Release()
			w.CardOf(Alice, 1002, Bought.Add(15*Day))
		}, given(RewardApproved)},
	}
}

// A guest is known by an address, which anybody may type.
func addressProvedRows() []Row {
	guest := func(proved time.Time) func(*Scene) {
		return func(w *Scene) {
			w.Advocate("adv_alice", func(a *Advocate) { a.Customer, a.ProvedAt = "", proved })
		}
	}
	return []Row{
		{"a guest's address is not proved", guest(time.Time{}), waits(ReasonUnproved).work()},
		{"it is", guest(Noon), alices.work(WorkRelease)},
		{"a customer has none to prove", func(*Scene) {}, alices},
		{"a guest who showed an order has none to prove", func(w *Scene) {
			w.Advocate("adv_alice", func(a *Advocate) { a.Customer, a.Order = "", "gid://shopify/Order/900" })
		}, alices},
		{"an order has their address", func(w *Scene) {
			w.Advocate("adv_alice", func(a *Advocate) {
				a.Customer, a.Named = "", Naming{Order: "gid://shopify/Order/900", At: Noon}
			})
		}, alices},
		{"it is proved after the order", func(w *Scene) {
			guest(time.Time{})(w)
			w.Decide()
			guest(Bought.Add(Day))(w)
		}, alices},
		{"not proved, and the order is refunded", func(w *Scene) { guest(time.Time{})(w); w.Refund() }, voided(ReasonRefunded)},
	}
}

// H9: an account that was made for the reward alone has bought nothing.
func advocateBoughtRows() []Row {
	return []Row{
		{"the advocate has bought", func(w *Scene) { w.BuysFirst(PurchaseSeen) }, alices.work(WorkRelease)},
		{"the advocate has bought nothing", func(w *Scene) { w.BuysFirst(PurchaseNone) }, waits(ReasonBuysFirst).work()},
		{"Shopify does not say", func(w *Scene) { w.BuysFirst(PurchaseUnknown) }, holds(ReasonBuysUnknown)},
		{"Shopify does not say, and the merchant approves", func(w *Scene) {
			w.BuysFirst(PurchaseUnknown)
			w.Approve("advocate_bought")
		}, alices},
		{"Shopify does not say, and an order of the advocate's is seen", func(w *Scene) {
			w.BuysFirst(PurchaseUnknown)
			w.Decide()
			w.BuysFirst(PurchaseSeen)
		}, alices},
		{"the terms do not ask for it", func(w *Scene) {
			w.BuysFirst(PurchaseNone)
			w.Terms(func(t *Terms) { t.BuysFirst = false })
		}, alices},
		{"another advocate has bought nothing", func(w *Scene) {
			w.BuysFirst(PurchaseSeen)
			w.Advocate("adv_zoe", func(a *Advocate) { a.Purchase = PurchaseNone })
		}, alices},
		{"bought nothing, and the order is refunded", func(w *Scene) { w.BuysFirst(PurchaseNone); w.Refund() }, voided(ReasonRefunded)},
		{"a test order", func(w *Scene) { w.BuysFirst(PurchaseNone); w.Test() }, alices},
		{"released before the terms were what they are", func(w *Scene) {
			w.Release()
			w.BuysFirst(PurchaseNone)
		}, given(RewardApproved)},
	}
}

// H9: a friend more or less is nothing that anybody has to prove, but whoever invents friends invents many.
func paceRows() []Row {
	return []Row{
		{"the advocate has earned many rewards lately", func(w *Scene) { w.Flag() }, holds(ReasonManyRewards)},
		{"many rewards, and the merchant approves", func(w *Scene) { w.Flag(); w.Approve("pace") }, alices.work(WorkRelease)},
		{"many rewards, and the merchant has approved something else", func(w *Scene) {
			w.Flag()
			w.Approve("other_browser")
		}, holds(ReasonManyRewards)},
		{"approved, it is released", func(w *Scene) { w.Flag(); w.Approve("pace"); w.Release() }, given(RewardApproved)},
		{"many rewards, and the order is refunded", func(w *Scene) { w.Flag(); w.Refund() }, voided(ReasonRefunded)},
		{"many rewards, when another order was to be released", func(w *Scene) {
			w.Flag(func(f *Flag) { f.Order = OrderNo(1002) })
		}, alices},
		{"several friends bought within days of the advocate's joining", func(w *Scene) {
			w.Flag(func(f *Flag) { f.Reason = ReasonFastStart })
		}, holds(ReasonFastStart)},
		{"another advocate has earned many", func(w *Scene) {
			w.Flag(func(f *Flag) { f.Advocate = "adv_zoe" })
		}, alices},
		{"many rewards, and the merchant links the order to another advocate", func(w *Scene) {
			w.Flag()
			w.Link("adv_zoe", Bought.Add(15*Day))
		}, alices.to("adv_zoe")},
	}
}

// A referral that was missed, asked for by the friend or the advocate.
func appealRows() []Row {
	friends := func(by AdvocateID, at time.Time) func(*Scene) {
		return func(w *Scene) { w.Appeal(FriendSide, by, at) }
	}
	return []Row{
		{"the friend names who sent them", func(w *Scene) { w.Nothing(); friends("adv_alice", Bought.Add(Day))(w) },
			holds(ReasonFriendAsked).by(EvidenceFriendAsked).friend(RewardNone)},
		{"the advocate says that it is a friend's", func(w *Scene) {
			w.Nothing()
			w.Appeal(AdvocateSide, "adv_alice", Bought.Add(Day))
		}, holds(ReasonAdvocateAsked).by(EvidenceAdvocateAsked).friend(RewardNone)},
		{"the merchant approves", func(w *Scene) {
			w.Nothing()
			friends("adv_alice", Bought.Add(Day))(w)
			w.Approve("appeal")
		}, alices.by(EvidenceFriendAsked).friend(RewardNone).work(WorkRelease)},
		{"nobody has to look while it is not known whether the friend is new", func(w *Scene) {
			w.Nothing()
			w.Order().Journey = Journey{}
			friends("adv_alice", Bought.Add(Day))(w)
		}, alices.because(Pending, ReasonNewness, RewardPending).by(EvidenceFriendAsked)},
		{"the friend is not new", func(w *Scene) {
			w.Nothing()
			w.Order().Journey.Index = 2
			w.Facts.Newness = map[OrderID]Newness{w.Order().ID: {Prior: 1, Via: ViaIndex, At: Bought}}
			friends("adv_alice", Bought.Add(Day))(w)
		}, voided(ReasonNotNew).by(EvidenceFriendAsked)},
		{"all else counts for more", func(w *Scene) { friends("adv_zoe", Bought.Add(Day))(w) },
			alices.by(EvidenceClaimCode).lost(LostStronger)},
		{"an advocate asked first, and the friend names another", func(w *Scene) {
			w.Nothing()
			w.Appeal(AdvocateSide, "adv_zoe", Bought.Add(time.Hour))
			friends("adv_alice", Bought.Add(Day))(w)
		}, holds(ReasonFriendAsked).by(EvidenceFriendAsked).lost(LostStronger)},
		{"of two advocates the first who asked", func(w *Scene) {
			w.Nothing()
			w.Appeal(AdvocateSide, "adv_zoe", Bought.Add(Day))
			w.Appeal(AdvocateSide, "adv_alice", Bought.Add(time.Hour))
		}, holds(ReasonAdvocateAsked).by(EvidenceAdvocateAsked).lost(LostEarlier)},
		{"asked for an instant before the window is over", func(w *Scene) {
			w.Nothing()
			friends("adv_alice", Bought.Add(30*Day-Instant))(w)
		}, holds(ReasonFriendAsked)},
		{"asked for when the window is over", func(w *Scene) {
			w.Nothing()
			friends("adv_alice", Bought.Add(30*Day))(w)
		}, nobody.lost(LostLate)},
		{"orders earn by a code alone", func(w *Scene) {
			w.Nothing()
			w.Terms(func(t *Terms) { t.CodeOnly = true })
			friends("adv_alice", Bought.Add(Day))(w)
		}, nobody.lost(LostNoCode)},
		{"about another order", func(w *Scene) {
			w.Nothing()
			w.Facts.Appeals = []Appeal{{Order: OrderNo(1002), By: FriendSide, Advocate: "adv_alice", At: Bought.Add(Day)}}
		}, nobody.lost()},
	}
}

func testLaneRows() []Row {
	return []Row{
		{"a test order runs the whole way", func(w *Scene) { w.Test() }, alices.releasedAt(Bought).work(WorkRelease)},
		{"newness is not asked", func(w *Scene) { w.Order().Journey = Journey{}; w.Test() }, alices.work(WorkRelease)},
		{"the customer had bought before", func(w *Scene) { w.Order().Journey.Index = 7; w.Test() }, alices},
		{"the longest hold is skipped", func(w *Scene) {
			w.Terms(func(t *Terms) { t.HoldDays = 45 })
			w.Test()
		}, alices.releasedAt(Bought)},
		{"paid later, it is released then", func(w *Scene) {
			w.Order().Transactions[0].At = Bought.Add(time.Minute)
			w.Test()
		}, alices.releasedAt(Bought.Add(time.Minute))},
		{"refunded, it is void", func(w *Scene) { w.Refund(); w.Test() }, voided(ReasonRefunded)},
		{"below the minimum, it is void", func(w *Scene) {
			w.Order().CurrentSubtotal = USD("31.99")
			w.Test()
		}, voided(ReasonBelowMinimum)},
		{"at its release it says what it would be, and gives no code", func(w *Scene) {
			w.Test()
			w.Release()
		}, voided(ReasonTest).booked(AdvocateSide, "").work()},
		{"the friend's reward after the order gives no code either", func(w *Scene) {
			w.AfterOrder()
			w.Cart("clm_bob")
			w.Order().Codes = nil
			w.Test()
			w.Release()
		}, voided(ReasonTest).friend(RewardVoided)},
		{"refunded after its release, it is void for that", func(w *Scene) {
			w.Test()
			w.Release()
			w.Refund()
		}, voided(ReasonRefunded)},
		{"a code that was given when test orders gave one stands", func(w *Scene) {
			w.Test()
			w.Issued(Denied(ReasonNone))
		}, given(RewardIssued).booked(AdvocateSide, "issued 20.00")},
	}
}
