package referraltest

import (
	. "twofold/referral"
)

// What the advocate's reward is worth, given, taken back and owed. The cast is in cast.go, what happens in scene.go,
// what is wanted in want.go.

func worthRows() []Row {
	share := func(currency, subtotal string, rateBP int) func(*Scene) { //nolint:unparam // yen and dinars too: the linter does not see all calls
		return func(w *Scene) {
			w.In(currency, subtotal, "5", "0")
			w.Order().Codes = nil
			w.Terms(func(t *Terms) { t.Advocate = Offer{Kind: ShareOfOrder, RateBP: rateBP} })
		}
	}
	offer := func(o Offer) func(*Scene) {
		return func(w *Scene) { w.Terms(func(t *Terms) { t.Advocate = o }) }
	}
	most := func(w *Scene, decimal string) { w.Terms(func(t *Terms) { t.Advocate.Most = USD(decimal) }) }

	return []Row{
		{"an amount", func(*Scene) {}, alices.worth("20.00 USD")},
		{"an amount, however large the order", func(w *Scene) { w.Subtotal("92233720368547758.07") },
			alices.worth("20.00 USD")},
		{"a percentage counts for nothing", offer(Offer{Kind: PercentOff, RateBP: 1500}), alices.worth("0.00 USD")},
		{"a percentage counts for what the merchant says",
			offer(Offer{Kind: PercentOff, RateBP: 1500, CountsAs: USD("12")}), alices.worth("12.00 USD")},
		{"free shipping counts for nothing", offer(Offer{Kind: FreeShipping}), alices.worth("0.00 USD")},
		{"free shipping counts for what the merchant says", offer(Offer{Kind: FreeShipping, CountsAs: USD("6")}),
			alices.worth("6.00 USD")},
		{"what an amount counts as does not matter",
			offer(Offer{Kind: AmountOff, Amount: USD("20"), CountsAs: USD("3")}), alices.worth("20.00 USD")},
		{"a share of the order", share("USD", "80.00", 1000), alices.worth("8.00 USD")},
		{"a share is of the net, not of the subtotal as ordered", func(w *Scene) {
			share("USD", "80.00", 1000)(w)
			w.Order().CurrentSubtotal = USD("50")
		}, alices.worth("5.00 USD")},
		{"half a cent is rounded up", share("USD", "80.05", 1000), alices.worth("8.01 USD")},
		{"less than half a cent is rounded down", share("USD", "80.04", 1000), alices.worth("8.00 USD")},
		{"half a yen is rounded up", share("JPY", "8005", 1000), alices.worth("801 JPY")},
		{"less than half a yen is rounded down", share("JPY", "8004", 1000), alices.worth("800 JPY")},
		{"half a fils is rounded up", share("KWD", "8.005", 1000), alices.worth("0.801 KWD")},
		{"less than half a fils is rounded down", share("KWD", "8.004", 1000), alices.worth("0.800 KWD")},
		{"the least share", share("USD", "50.00", 1), alices.worth("0.01 USD")},
		{"all of the order", share("USD", "80.00", 10_000), alices.worth("80.00 USD")},
		{"a tenth of the largest order", share("USD", "92233720368547758.07", 1000),
			alices.worth("9223372036854775.81 USD")},
		{"all of the largest order", share("USD", "92233720368547758.07", 10_000),
			alices.worth("92233720368547758.07 USD")},
		{"a share, above the greatest reward", func(w *Scene) { share("USD", "80.00", 1000)(w); most(w, "7.99") }, alices.worth("7.99 USD")},
		{"a share, exactly the greatest reward", func(w *Scene) { share("USD", "80.00", 1000)(w); most(w, "8") }, alices.worth("8.00 USD")},
		{"a share, a cent below the greatest reward", func(w *Scene) { share("USD", "80.00", 1000)(w); most(w, "8.01") }, alices.worth("8.00 USD")},
		{"a share, whose greatest reward is of a currency that the shop had before: no bound", func(w *Scene) {
			share("JPY", "8000", 1000)(w)
			most(w, "1")
		}, alices.worth("800 JPY")},
		{"a share is not of gift cards", func(w *Scene) {
			share("USD", "80.00", 1000)(w)
			w.Order().GiftCards = USD("60")
		}, alices.worth("2.00 USD")},
		{"a share of an order that is worth nothing", func(w *Scene) {
			share("USD", "80.00", 1000)(w)
			w.Terms(func(t *Terms) { t.FreeOrders = true })
			w.Order().CurrentSubtotal = USD("0")
		}, alices.worth("0.00 USD")},
		{"yen are whole", func(w *Scene) { w.In("JPY", "8000", "2000", "4000") },
			alices.worth("2000 JPY").friend(RewardRedeemed, "2000 JPY")},
		{"dinars have three decimals", func(w *Scene) { w.In("KWD", "20", "5.125", "10") },
			alices.worth("5.125 KWD").friend(RewardRedeemed, "5.125 KWD")},
		{"yen through the books", func(w *Scene) {
			w.In("JPY", "8000", "2000", "4000")
			w.Issued()
			w.Refund()
		}, undone(ReasonRefunded, RewardReversed).booked(AdvocateSide, "issued 2000, reversed -2000")},
		{"dinars through the books", func(w *Scene) {
			w.In("KWD", "20", "5.125", "10")
			w.Issued()
			w.Spent(AlicesCode, 2000, Bought.Add(15*Day))
			w.Refund()
		}, undone(ReasonRefunded, RewardOwed).owing("5.125 KWD").booked(AdvocateSide, "issued 5.125, owed -5.125")},
	}
}

func givenAndTakenBackRows() []Row {
	later := Bought.Add(30 * Day)
	taken := func(w *Scene) { w.Issued(); w.Refund() }

	return []Row{
		{"issued", func(w *Scene) { w.Issued() },
			given(RewardIssued).code(AlicesCode).work().booked(AdvocateSide, "issued 20.00")},
		{"spent", func(w *Scene) {
			w.Issued()
			w.Spent(AlicesCode, 2000, later)
		}, given(RewardRedeemed).booked(AdvocateSide, "issued 20.00")},
		{"refunded after it was issued",
			taken, undone(ReasonRefunded, RewardReversed).work(WorkTakeBack).
				booked(AdvocateSide, "issued 20.00, reversed -20.00")},
		{"taken back, and the code is gone", func(w *Scene) {
			taken(w)
			w.Decide()
			NoteGone(&w.Facts, []string{AlicesCode}, later)
		}, undone(ReasonRefunded, RewardReversed).work()},
		{"spent, then refunded", func(w *Scene) { w.Issued(); w.Spent(AlicesCode, 2000, later); w.Refund() },
			undone(ReasonRefunded, RewardOwed).owing("20.00 USD").booked(AdvocateSide, "issued 20.00, owed -20.00")},
		{"taken back, then found spent before", func(w *Scene) {
			taken(w)
			w.Decide()
			w.Spent(AlicesCode, 2000, Bought.Add(15*Day))
		}, undone(ReasonRefunded, RewardOwed).
			booked(AdvocateSide, "issued 20.00, reversed -20.00, issued 20.00, owed -20.00")},
		{"gone, then found spent after", func(w *Scene) {
			taken(w)
			w.Decide()
			NoteGone(&w.Facts, []string{AlicesCode}, later)
			w.Decide()
			w.Spent(AlicesCode, 2000, later.Add(Day))
		}, undone(ReasonRefunded, RewardOwed).work()},
		{"spent on two orders: it was had twice, and is due once", func(w *Scene) {
			w.Issued()
			w.Spent(AlicesCode, 2000, later)
			w.Spent(AlicesCode, 2001, later.Add(Day))
		}, given(RewardOwed).owing("20.00 USD").booked(AdvocateSide, "issued 20.00, issued 20.00, owed -20.00")},
		{"spent on two orders, one of which was cancelled: it was had once", func(w *Scene) {
			w.Issued()
			w.Spent(AlicesCode, 2000, later)
			w.Spent(AlicesCode, 2001, later.Add(Day))
			w.Facts.Spent[0].CancelledAt = later.Add(2 * Day)
		}, given(RewardRedeemed).booked(AdvocateSide, "issued 20.00")},
		{"spent on an order that was cancelled: the code is used up", func(w *Scene) {
			w.Issued()
			w.Spent(AlicesCode, 2000, later)
			w.Facts.Spent[0].CancelledAt = later.Add(2 * Day)
		}, given(RewardRedeemed).booked(AdvocateSide, "issued 20.00")},
		{"spent on two orders, then refunded: both are owed", func(w *Scene) {
			w.Issued()
			w.Spent(AlicesCode, 2000, later)
			w.Spent(AlicesCode, 2001, later.Add(Day))
			w.Refund()
		}, undone(ReasonRefunded, RewardOwed).owing("40.00 USD").booked(AdvocateSide, "issued 20.00, issued 20.00, owed -40.00")},
		{"the merchant voids what was issued", func(w *Scene) {
			w.Issued()
			w.Act(Act{Kind: ActVoid, At: later})
		}, undone(ReasonMerchant, RewardReversed).undoneAt(later)},
		{"the order is somebody else's now", func(w *Scene) {
			w.Issued()
			w.Facts.Orders = nil
		}, undone(ReasonNoEvidence, RewardReversed).work(WorkTakeBack)},
		{"the order is somebody else's now, and the code was spent", func(w *Scene) {
			w.Issued()
			w.Spent(AlicesCode, 2000, later)
			w.Facts.Orders = nil
		}, undone(ReasonNoEvidence, RewardOwed).owing("20.00 USD")},
		{"the order is somebody else's now, before the issue", func(w *Scene) {
			w.Release()
			w.Facts.Orders = nil
		}, voided(ReasonNoEvidence).work()},
		{"unlinked after the issue", func(w *Scene) {
			w.Issued()
			w.Unlink(later)
		}, undone(ReasonNoEvidence, RewardReversed).undoneAt(later)},
		{"unlinked after the issue, and linked again", func(w *Scene) {
			w.Issued()
			w.Unlink(later)
			w.Decide()
			w.Link("adv_zoe", later.Add(Day))
		}, given(RewardApproved).work(WorkTakeBack, WorkIssue)},
		{"a chargeback is won after the reversal: another code is due", func(w *Scene) {
			w.Issued()
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Dispute("WON")
		}, given(RewardApproved).work(WorkTakeBack, WorkIssue).booked(AdvocateSide, "issued 20.00, reversed -20.00")},
		{"and is given", func(w *Scene) {
			w.Issued()
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Dispute("WON")
			w.Decide()
			w.Issue(AdvocateSide, "SECOND")
		}, given(RewardIssued).code("SECOND").work(WorkTakeBack).
			booked(AdvocateSide, "issued 20.00, reversed -20.00, issued 20.00")},
		{"a chargeback is won after the reversal, and the old code was spent: nothing more is due", func(w *Scene) {
			w.Issued()
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Spent(AlicesCode, 2000, later)
			w.Dispute("WON")
		}, given(RewardRedeemed).booked(AdvocateSide, "issued 20.00, reversed -20.00, issued 20.00")},
		{"spent, disputed, and won: it is rightly the advocate's", func(w *Scene) {
			w.Issued()
			w.Spent(AlicesCode, 2000, later)
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Dispute("WON")
		}, given(RewardRedeemed).booked(AdvocateSide, "issued 20.00, owed -20.00, cleared 20.00")},
		{"edited below the minimum after the issue, and back: where that takes back, another code is due", func(w *Scene) {
			w.Terms(func(t *Terms) { t.TakeBackReturns = true })
			w.Issued()
			w.Order().CurrentSubtotal = USD("10")
			w.Decide()
			w.Order().CurrentSubtotal = USD("80")
		}, given(RewardApproved)},
	}
}

// What is given back after the release: a fixed reward stands, a share follows what is left of the order.
func returnsAfterTheReleaseRows() []Row {
	later := Bought.Add(30 * Day)
	left := func(w *Scene, decimal string) {
		w.Order().CurrentSubtotal = USD(decimal)
		w.Order().Refunds = []Refund{{ID: "r1", At: Bought.Add(50 * Day), Total: USD("1")}}
		w.Order().UpdatedAt = Bought.Add(50 * Day)
	}
	share := func(w *Scene) {
		w.Terms(func(t *Terms) { t.Advocate, t.Minimum = Offer{Kind: ShareOfOrder, RateBP: 1000}, USD("0") })
		w.Issued()
	}
	spent := func(w *Scene) { share(w); w.Spent(AlicesCode, 2000, later) }
	strict := func(w *Scene) { w.Terms(func(t *Terms) { t.TakeBackReturns = true }) }

	return []Row{
		{"a fixed reward stands below the minimum", func(w *Scene) { w.Issued(); left(w, "12") },
			given(RewardIssued).work().booked(AdvocateSide, "issued 20.00")},
		{"a fixed reward that was spent stands below the minimum", func(w *Scene) {
			w.Issued()
			w.Spent(AlicesCode, 2000, later)
			left(w, "12")
		}, given(RewardRedeemed)},
		{"released, not issued yet, and below the minimum: it stands", func(w *Scene) { w.Release(); left(w, "12") }, given(RewardApproved)},
		{"not released yet, and below the minimum: it is void", func(w *Scene) { w.Decide(); left(w, "12") }, voided(ReasonBelowMinimum)},
		{"all of it went back: it is taken back", func(w *Scene) { w.Issued(); w.Refund() }, undone(ReasonRefunded, RewardReversed)},
		{"below the minimum, where the merchant takes back", func(w *Scene) { strict(w); w.Issued(); left(w, "12") },
			undone(ReasonBelowMinimum, RewardReversed).undoneAt(Bought.Add(50 * Day)).work(WorkTakeBack)},
		{"above the minimum, where the merchant takes back", func(w *Scene) { strict(w); w.Issued(); left(w, "40") }, given(RewardIssued)},

		{"a share that was not spent: a smaller code takes its place", func(w *Scene) { share(w); left(w, "50") },
			given(RewardApproved).worth("5.00 USD").due("5.00 USD").work(WorkTakeBack, WorkIssue).
				booked(AdvocateSide, "issued 8.00, reversed -8.00")},
		{"and is given", func(w *Scene) {
			share(w)
			left(w, "50")
			w.Decide()
			w.Issue(AdvocateSide, "SECOND")
		}, given(RewardIssued).code("SECOND").work(WorkTakeBack).booked(AdvocateSide, "issued 8.00, reversed -8.00, issued 5.00")},
		{"the first code is spent after all: the difference is owed, and the second is taken back", func(w *Scene) {
			share(w)
			left(w, "50")
			w.Decide()
			w.Issue(AdvocateSide, "SECOND")
			w.Spent(AlicesCode, 2000, later)
		}, given(RewardOwed).owing("3.00 USD").work(WorkTakeBack)},
		{"a share that the greatest reward bounds: what is left would still be worth as much", func(w *Scene) {
			w.Terms(func(t *Terms) {
				t.Advocate, t.Minimum = Offer{Kind: ShareOfOrder, RateBP: 1000, Most: USD("4")}, USD("0")
			})
			w.Issued()
			left(w, "40")
		}, given(RewardIssued).worth("4.00 USD").booked(AdvocateSide, "issued 4.00")},
		{"a share that was spent: the difference is owed", func(w *Scene) { spent(w); left(w, "50") },
			given(RewardOwed).owing("3.00 USD").worth("5.00 USD").booked(AdvocateSide, "issued 8.00, owed -3.00").
				check("why", "returned", func(r Referral) string { return string(r.Rewards[AdvocateSide].Reason) }).
				check("since", Bought.Add(50*Day).String(), func(r Referral) string { return r.Rewards[AdvocateSide].At.String() })},
		{"and is settled by a later reward", func(w *Scene) { spent(w); left(w, "50"); w.Decide(); w.Settled("3") },
			given(RewardRedeemed).worth("5.00 USD")},
		{"a share of which nothing is left, not spent: it is taken back", func(w *Scene) { share(w); left(w, "0") },
			given(RewardReversed).worth("0.00 USD").work(WorkTakeBack).booked(AdvocateSide, "issued 8.00, reversed -8.00")},
		{"a share of which nothing is left, spent: all of it is owed", func(w *Scene) { spent(w); left(w, "0") },
			given(RewardOwed).owing("8.00 USD")},
		{"a share that made up for another: the difference is owed", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Advocate, t.Minimum = Offer{Kind: ShareOfOrder, RateBP: 1000}, USD("0") })
			w.Release(Offset("8"))
			left(w, "50")
		}, given(RewardOwed).owing("3.00 USD")},
		{"given back in two steps: the last one counts", func(w *Scene) {
			share(w)
			left(w, "70")
			w.Decide()
			w.Issue(AdvocateSide, "SECOND")
			left(w, "50")
		}, given(RewardApproved).due("5.00 USD").work(WorkTakeBack, WorkIssue)},
		{"exchanged: it falls, and comes back with the other goods", func(w *Scene) {
			share(w)
			left(w, "50")
			w.Decide()
			w.Issue(AdvocateSide, "SECOND")
			left(w, "80")
		}, given(RewardApproved).due("8.00 USD").work(WorkTakeBack, WorkIssue)},
		{"given back before the release: the share is of what was left", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Advocate, t.Minimum = Offer{Kind: ShareOfOrder, RateBP: 1000}, USD("0") })
			left(w, "50")
			w.Issued()
		}, given(RewardIssued).worth("5.00 USD").work()},
		{"given back before the release, other goods taken after it: the share stays as it was released", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Advocate, t.Minimum = Offer{Kind: ShareOfOrder, RateBP: 1000}, USD("0") })
			left(w, "50")
			w.Issued()
			left(w, "80")
		}, given(RewardIssued).worth("5.00 USD").work()},
	}
}

func expiryRows() []Row {
	end := Bought.Add(44 * Day)
	valid := func(w *Scene) { w.Terms(func(t *Terms) { t.Advocate.ValidDays = 30 }); w.Issued() }

	return []Row{
		{"an instant before the code's end", valid, given(RewardIssued).shown(end.Add(-Instant), RewardIssued)},
		{"on the code's end", valid, given(RewardIssued).shown(end, RewardExpired)},
		{"long after the code's end", valid,
			given(RewardIssued).shown(end.Add(1000*Day), RewardExpired).booked(AdvocateSide, "issued 20.00")},
		{"a code without an end", func(w *Scene) { w.Issued() },
			given(RewardIssued).shown(end.Add(1000*Day), RewardIssued)},
		{"spent before its end", func(w *Scene) {
			valid(w)
			w.Spent(AlicesCode, 2000, end.Add(-Instant))
		}, given(RewardRedeemed).shown(end.Add(Day), RewardRedeemed)},
		{"spent after its end all the same", func(w *Scene) {
			valid(w)
			w.Spent(AlicesCode, 2000, end.Add(Day))
		}, given(RewardRedeemed)},
		{"the friend's, used, after its end", valid, given(RewardIssued).friendShown(end.Add(Day), RewardRedeemed)},
		{"the friend's, not used, on its end", func(w *Scene) { w.Order().Codes = nil },
			alices.friendShown(Noon.Add(30*Day), RewardExpired)},
		{"taken back after its end", func(w *Scene) {
			valid(w)
			w.Refund()
		}, undone(ReasonRefunded, RewardReversed).shown(end.Add(Day), RewardReversed)},
	}
}

func reissueRows() []Row {
	later := Bought.Add(30 * Day)
	asked := func(w *Scene) { w.Issued(); w.Reissue(AlicesCode) }
	again := func(w *Scene) { asked(w); w.Decide(); w.Issue(AdvocateSide, "SECOND") }

	return []Row{
		{"another code is asked for", asked,
			given(RewardApproved).work(WorkTakeBack, WorkIssue).booked(AdvocateSide, "issued 20.00, reversed -20.00")},
		{"and given", again,
			given(RewardIssued).code("SECOND").booked(AdvocateSide, "issued 20.00, reversed -20.00, issued 20.00")},
		{"asked for in place of a code that is not of this reward", func(w *Scene) {
			w.Issued()
			w.Reissue("OTHER")
		}, given(RewardIssued).code(AlicesCode).work()},
		{"the old code is spent before the new one is given", func(w *Scene) {
			asked(w)
			w.Decide()
			w.Spent(AlicesCode, 2000, later)
		}, given(RewardRedeemed).work(WorkTakeBack)},
		{"the old code is spent after the new one is given: the new one is taken back", func(w *Scene) {
			again(w)
			NoteGone(&w.Facts, []string{AlicesCode}, later)
			w.Spent(AlicesCode, 2000, later)
		}, given(RewardRedeemed).work(WorkTakeBack)},
		{"the new code is spent", func(w *Scene) { again(w); w.Spent("SECOND", 2000, later) }, given(RewardRedeemed)},
		{"both are spent: one of them is owed", func(w *Scene) {
			again(w)
			w.Spent(AlicesCode, 2000, later)
			w.Spent("SECOND", 2001, later.Add(Day))
		}, given(RewardOwed).owing("20.00 USD")},
		{"both are spent, then refunded: both are owed", func(w *Scene) {
			again(w)
			w.Spent(AlicesCode, 2000, later)
			w.Spent("SECOND", 2001, later)
			w.Refund()
		}, undone(ReasonRefunded, RewardOwed).owing("40.00 USD")},
		{"reissued twice", func(w *Scene) {
			again(w)
			w.Reissue("SECOND")
			w.Decide()
			w.Issue(AdvocateSide, "THIRD")
		}, given(RewardIssued).code("THIRD")},
		{"reissued, then refunded", func(w *Scene) { again(w); w.Refund() }, undone(ReasonRefunded, RewardReversed)},
	}
}

func owedRows() []Row {
	owed := func(w *Scene) { w.Issued(); w.Spent(AlicesCode, 2000, Bought.Add(15*Day)); w.Refund(); w.Decide() }

	return []Row{
		{"owed", owed, undone(ReasonRefunded, RewardOwed).owing("20.00 USD").undoneAt(Bought.Add(16 * Day))},
		{"settled by a later reward", func(w *Scene) { owed(w); w.Settled("20") },
			undone(ReasonRefunded, RewardSettled).owing("0.00 USD").
				booked(AdvocateSide, "issued 20.00, owed -20.00, settled 20.00")},
		{"forgiven", func(w *Scene) { owed(w); w.Forgive() },
			undone(ReasonRefunded, RewardForgiven).owing("0.00 USD").
				booked(AdvocateSide, "issued 20.00, owed -20.00, forgiven 20.00")},
		{"a personal one is settled in part", func(w *Scene) { w.Personal(); owed(w); w.Settled("8") },
			undone(ReasonRefunded, RewardOwed).owing("12.00 USD").
				booked(AdvocateSide, "issued 20.00, owed -20.00, settled 8.00")},
		{"settled in part to the last cent but one", func(w *Scene) {
			w.Personal()
			owed(w)
			w.Settled("8")
			w.Settled("11.99")
		}, undone(ReasonRefunded, RewardOwed).owing("0.01 USD")},
		{"settled in two parts", func(w *Scene) { w.Personal(); owed(w); w.Settled("8"); w.Settled("12") },
			undone(ReasonRefunded, RewardSettled).booked(AdvocateSide, "issued 20.00, owed -20.00, settled 20.00")},
		{"settled in part, the rest forgiven", func(w *Scene) {
			w.Personal()
			owed(w)
			w.Settled("8")
			w.Decide()
			w.Forgive()
		}, undone(ReasonRefunded, RewardForgiven).
			booked(AdvocateSide, "issued 20.00, owed -20.00, settled 8.00, forgiven 12.00")},
		{"both codes owed, one settled", func(w *Scene) {
			w.Issued()
			w.Reissue(AlicesCode)
			w.Decide()
			w.Issue(AdvocateSide, "SECOND")
			w.Spent(AlicesCode, 2000, Bought.Add(15*Day))
			w.Spent("SECOND", 2001, Bought.Add(15*Day))
			w.Refund()
			w.Decide()
			w.Settled("20")
		}, undone(ReasonRefunded, RewardOwed).owing("20.00 USD")},
		{"a reward that counts for nothing is owed whole", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Advocate = Offer{Kind: FreeShipping} })
			owed(w)
		}, undone(ReasonRefunded, RewardOwed).owing("0.00 USD").booked(AdvocateSide, "")},
		{"and is settled whole", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Advocate = Offer{Kind: FreeShipping} })
			owed(w)
			w.Settled("0")
		}, undone(ReasonRefunded, RewardSettled)},
		{"all of it made up for another, then refunded: it is owed", func(w *Scene) {
			w.Release(Offset("20"))
			w.Refund()
		}, undone(ReasonRefunded, RewardOwed).owing("20.00 USD").
			booked(AdvocateSide, "issued 20.00, offset -20.00, owed -20.00")},
		{"part of it made up for another, then refunded unspent: that part is owed", func(w *Scene) {
			w.Personal()
			w.Issued(Offset("8"))
			w.Refund()
		}, undone(ReasonRefunded, RewardOwed).owing("8.00 USD")},
		{"part of it made up for another, then refunded spent: all is owed", func(w *Scene) {
			w.Personal()
			w.Issued(Offset("8"))
			w.Spent(AlicesCode, 2000, Bought.Add(15*Day))
			w.Refund()
		}, undone(ReasonRefunded, RewardOwed).owing("20.00 USD")},
		{"forgiven when nothing is owed changes nothing", func(w *Scene) {
			w.Issued()
			w.Forgive()
		}, given(RewardIssued)},
	}
}

// What is due, had and owed, when codes are replaced, made up for, spent and taken off orders.
func dueAndOwedRows() []Row {
	later := Bought.Add(30 * Day)

	return []Row{
		{"a personal reward that counts for nothing, spent, then refunded: owed until it is forgiven", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Advocate = Offer{Kind: PercentOff, RateBP: 1500, Personal: true} })
			w.Issued()
			w.Spent(AlicesCode, 2000, later)
			w.Refund()
		}, undone(ReasonRefunded, RewardOwed).owing("0.00 USD").booked(AdvocateSide, "")},
		{"a personal reward made up for another in part, and both its codes were spent: one is owed", func(w *Scene) {
			w.Personal()
			w.Issued(Offset("8"))
			w.Reissue(AlicesCode)
			w.Decide()
			w.Issue(AdvocateSide, "SECOND")
			w.Spent(AlicesCode, 2000, later)
			w.Spent("SECOND", 2001, later)
		}, given(RewardOwed).owing("12.00 USD")},
		{"both codes of a reward that stands were spent: owed since the second was", func(w *Scene) {
			w.Issued()
			w.Reissue(AlicesCode)
			w.Decide()
			w.Issue(AdvocateSide, "SECOND")
			w.Spent(AlicesCode, 2000, later)
			w.Spent("SECOND", 2001, later.Add(Day))
		}, given(RewardOwed).
			check("owed since", later.Add(Day).String(), func(r Referral) string {
				return r.Rewards[AdvocateSide].At.String()
			})},
		{"part of it made up for another, then disputed unspent, then won: another code is due", func(w *Scene) {
			w.Personal()
			w.Issued(Offset("8"))
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Dispute("WON")
		}, given(RewardApproved).work(WorkTakeBack, WorkIssue)},
		{"all of it made up for another, then disputed and settled, then won: a code is due after all", func(w *Scene) {
			w.Release(Offset("20"))
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Settled("20")
			w.Decide()
			w.Dispute("WON")
		}, given(RewardApproved).due("20.00 USD").work(WorkIssue)},
		{"part of it made up for another, disputed and settled, then won: a code of all that is due", func(w *Scene) {
			w.Personal()
			w.Issued(Offset("8"))
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Settled("8")
			w.Decide()
			w.Dispute("WON")
		}, given(RewardApproved).due("20.00 USD").work(WorkTakeBack, WorkIssue)},
		{"a personal one is spent, disputed, made up for by a later reward, and then won: a code of that is due",
			func(w *Scene) {
				w.Personal()
				w.Issued()
				w.Spent(AlicesCode, 2000, later)
				w.Dispute("NEEDS_RESPONSE")
				w.Decide()
				w.Settled("8")
				w.Decide()
				w.Dispute("WON")
			}, given(RewardApproved).due("8.00 USD").work(WorkTakeBack, WorkIssue).
				booked(AdvocateSide, "issued 20.00, owed -20.00, settled 8.00, cleared 20.00")},
		{"a personal code of more than is due, as another was spent after all, is taken back for one of what is due",
			func(w *Scene) {
				w.Personal()
				w.Issued()
				w.Spent(AlicesCode, 2000, later)
				w.Dispute("NEEDS_RESPONSE")
				w.Decide()
				w.Settled("8")
				w.Decide()
				w.Dispute("WON")
				spent := w.Facts.Spent
				w.Facts.Spent = nil
				w.Decide()
				w.Issue(AdvocateSide, "SECOND")
				w.Facts.Spent = spent
			}, given(RewardApproved).due("8.00 USD").work(WorkTakeBack, WorkIssue)},
		{"and when both are spent nothing is owed", func(w *Scene) {
			w.Personal()
			w.Issued()
			w.Spent(AlicesCode, 2000, later)
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Settled("8")
			w.Decide()
			w.Dispute("WON")
			w.Decide()
			w.Issue(AdvocateSide, "SECOND")
			w.Spent("SECOND", 2001, later.Add(Day))
		}, given(RewardRedeemed)},
		{"all of it made up for another, then disputed and forgiven, then won: it made up for the other after all",
			func(w *Scene) {
				w.Release(Offset("20"))
				w.Dispute("NEEDS_RESPONSE")
				w.Decide()
				w.Forgive()
				w.Decide()
				w.Dispute("WON")
			}, given(RewardVoided)},
		{"the code is taken off the order that had spent it: it can be spent again", func(w *Scene) {
			w.Issued()
			w.Spent(AlicesCode, 2000, later)
			w.Decide()
			w.Facts.Spent = nil
		}, given(RewardIssued).code(AlicesCode)},
		{"a share that rounds to nothing: there is no discount of nothing to make", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Advocate, t.Minimum = Offer{Kind: ShareOfOrder, RateBP: 1}, USD("0") })
			w.Subtotal("10")
			w.Release()
		}, given(RewardVoided).work().
			check("because", string(ReasonNothing), func(r Referral) string {
				return string(r.Rewards[AdvocateSide].Reason)
			})},
		{"spent, disputed, made up for by a later reward, and then won: another code is due", func(w *Scene) {
			w.Issued()
			w.Spent(AlicesCode, 2000, later)
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Settled("20")
			w.Decide()
			w.Dispute("WON")
		}, given(RewardApproved).work(WorkTakeBack, WorkIssue)},
		{"made up for by a later reward and won, and the other code is given: it stands beside the one that was spent",
			func(w *Scene) {
				w.Issued()
				w.Spent(AlicesCode, 2000, later)
				w.Dispute("NEEDS_RESPONSE")
				w.Decide()
				w.Settled("20")
				w.Decide()
				w.Dispute("WON")
				w.Decide()
				w.Issue(AdvocateSide, "SECOND")
			}, given(RewardIssued).code("SECOND")},
		{"made up for by a later reward and won, and both codes are spent: nothing is owed", func(w *Scene) {
			w.Issued()
			w.Spent(AlicesCode, 2000, later)
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Settled("20")
			w.Decide()
			w.Dispute("WON")
			w.Decide()
			w.Issue(AdvocateSide, "SECOND")
			w.Spent("SECOND", 2001, later.Add(Day))
		}, given(RewardRedeemed)},
	}
}

// What the books say, and of which day.
func daysOfTheBooksRows() []Row {
	later := Bought.Add(30 * Day)

	return []Row{
		{"the friend has spent the reward, then the order is unlinked: the books keep what was spent", func(w *Scene) {
			w.AfterOrder()
			w.Order().Codes = nil
			w.Issued()
			w.Issue(FriendSide, "FFFF-GGGG-HHHH")
			w.Spent("FFFF-GGGG-HHHH", 1003, later)
			w.Decide()
			w.Unlink(later.Add(Day))
		}, undone(ReasonNoEvidence, RewardReversed).friend(RewardRedeemed).booked(FriendSide, "issued 20.00")},
		{"a reversal is of the day on which the order was undone", func(w *Scene) { w.Issued(); w.Refund() },
			undone(ReasonRefunded, RewardReversed).bookedOn(AdvocateSide, "issued 11-15, reversed 11-17")},
		{"a reversal by a reissue is of the day on which it was asked for", func(w *Scene) {
			w.Issued()
			w.Reissue(AlicesCode)
		}, given(RewardApproved).bookedOn(AdvocateSide, "issued 11-15, reversed 11-21")},
		{"what is cleared is cleared when the order last changed", func(w *Scene) {
			w.Issued()
			w.Spent(AlicesCode, 2000, later)
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Dispute("WON")
			w.Order().UpdatedAt = Bought.Add(40 * Day)
		}, given(RewardRedeemed).bookedOn(AdvocateSide, "issued 11-15, owed 11-21, cleared 12-11")},
	}
}

// What was settled or forgiven stays so when the order turns out to stand, and is undone again. Each of these is a move
// of its own.
func undoneTwiceRows() []Row {
	spent := func(w *Scene) {
		w.Issued()
		w.Spent(AlicesCode, 2000, Bought.Add(15*Day))
		w.Dispute("NEEDS_RESPONSE")
		w.Decide()
	}
	offsetWhole := func(w *Scene) {
		w.Release(Offset("20"))
		w.Dispute("NEEDS_RESPONSE")
		w.Decide()
	}
	offsetPart := func(w *Scene) {
		w.Personal()
		w.Issued(Offset("8"))
		w.Dispute("NEEDS_RESPONSE")
		w.Decide()
	}
	settled := func(amount string) func(*Scene) { return func(w *Scene) { w.Settled(amount) } }
	wonAndLost := func(first func(*Scene), then func(*Scene), between ...func(*Scene)) func(*Scene) {
		return func(w *Scene) {
			first(w)
			then(w)
			w.Decide()
			w.Dispute("WON")
			w.Decide()
			for _, happens := range between {
				happens(w)
			}
			w.Dispute("LOST")
		}
	}
	again := func(w *Scene) { w.Issue(AdvocateSide, "SECOND") }
	codeLost := func(first func(*Scene)) func(*Scene) {
		return func(w *Scene) {
			spent(w)
			first(w)
			w.Decide()
			w.Facts.Spent = nil
		}
	}
	codeFound := func(first func(*Scene)) func(*Scene) {
		return func(w *Scene) {
			codeLost(first)(w)
			w.Decide()
			w.Spent(AlicesCode, 2000, Bought.Add(15*Day))
		}
	}
	oneForgiven := func(w *Scene) {
		w.Issued()
		w.Reissue(AlicesCode)
		w.Decide()
		w.Issue(AdvocateSide, "SECOND")
		w.Spent(AlicesCode, 2000, Bought.Add(25*Day))
		w.Spent("SECOND", 2001, Bought.Add(26*Day))
		w.Decide()
		w.Forgive()
		w.Decide()
		w.Dispute("LOST")
	}

	return []Row{
		{"spent, settled, won, lost again", wonAndLost(spent, settled("20")), undone(ReasonDispute, RewardSettled)},
		{"spent, forgiven, won, lost again", wonAndLost(spent, (*Scene).Forgive),
			undone(ReasonDispute, RewardForgiven)},
		{"all of it made up for another, settled, won, lost again", wonAndLost(offsetWhole, settled("20")),
			undone(ReasonDispute, RewardSettled)},
		{"all of it made up for another, forgiven, won, lost again", wonAndLost(offsetWhole, (*Scene).Forgive),
			undone(ReasonDispute, RewardForgiven)},
		{"part of it made up for another, settled, won, lost again before another code was given",
			wonAndLost(offsetPart, settled("8")), undone(ReasonDispute, RewardSettled)},
		{"part of it made up for another, forgiven, won, lost again before another code was given",
			wonAndLost(offsetPart, (*Scene).Forgive), undone(ReasonDispute, RewardForgiven)},
		{"part of it made up for another, settled, won, lost again after another code was given",
			wonAndLost(offsetPart, settled("8"), again), undone(ReasonDispute, RewardSettled)},
		{"part of it made up for another, forgiven, won, lost again after another code was given",
			wonAndLost(offsetPart, (*Scene).Forgive, again), undone(ReasonDispute, RewardForgiven)},
		{"spent, settled, and the code is taken off the order", codeLost(settled("20")),
			undone(ReasonDispute, RewardReversed)},
		{"spent, forgiven, and the code is taken off the order", codeLost((*Scene).Forgive),
			undone(ReasonDispute, RewardReversed)},
		{"spent, settled, the code taken off the order and put on again", codeFound(settled("20")),
			undone(ReasonDispute, RewardSettled)},
		{"spent, forgiven, the code taken off the order and put on again", codeFound((*Scene).Forgive),
			undone(ReasonDispute, RewardForgiven)},
		{"settled, won, both codes spent, and the first is taken off its order: one more code is due", func(w *Scene) {
			spent(w)
			w.Settled("20")
			w.Decide()
			w.Dispute("WON")
			w.Decide()
			again(w)
			w.Spent("SECOND", 2001, Bought.Add(26*Day))
			w.Decide()
			w.Facts.Spent = w.Facts.Spent[1:]
			w.Decide()
			w.Issue(AdvocateSide, "THIRD")
		}, given(RewardIssued).code("THIRD")},
		{"settled, won, both codes spent, then lost, and one is taken off its order", func(w *Scene) {
			spent(w)
			w.Settled("20")
			w.Decide()
			w.Dispute("WON")
			w.Decide()
			again(w)
			w.Spent("SECOND", 2001, Bought.Add(26*Day))
			w.Decide()
			w.Facts.Spent = w.Facts.Spent[:1]
			w.Dispute("LOST")
		}, undone(ReasonDispute, RewardSettled)},
		{"both codes spent, one owed and forgiven, then lost: the other one is owed", func(w *Scene) {
			oneForgiven(w)
		}, undone(ReasonDispute, RewardOwed).owing("20.00 USD").
			booked(AdvocateSide, "issued 20.00, reversed -20.00, issued 20.00, "+
				"issued 20.00, owed -20.00, forgiven 20.00, owed -20.00")},
		{"both codes spent, one owed and forgiven, then lost, and the other one forgiven", func(w *Scene) {
			oneForgiven(w)
			w.Decide()
			w.Forgive()
		}, undone(ReasonDispute, RewardForgiven).owing("0.00 USD")},
		{"three codes spent of two that are due, and the third is forgiven", func(w *Scene) {
			spent(w)
			w.Settled("20")
			w.Decide()
			w.Dispute("WON")
			w.Decide()
			again(w)
			w.Reissue("SECOND")
			w.Decide()
			w.Issue(AdvocateSide, "THIRD")
			w.Spent("SECOND", 2001, Bought.Add(33*Day))
			w.Spent("THIRD", 2002, Bought.Add(34*Day))
			w.Decide()
			w.Forgive()
		}, given(RewardForgiven).owing("0.00 USD")},
	}
}
