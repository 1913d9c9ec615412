package main

// mutations take out, or blur, each rule of docs/RULES.md that is pure code.
var mutations = []mutation{
	{"merchant", "TestMerchantsVerdict", "referral/rules.go", "case said && act.Kind == ActReject:", "case false:"},
	{"merchant", "TestMerchantsVerdict", "referral/rules.go", "case said && act.Kind == ActVoid:", "case false:"},
	{"merchant", "TestMerchantsVerdict", "referral/rules.go", "!act.At.Before(latest.At)", "act.At.After(latest.At)"},
	{
		"merchant", "TestMerchantsVerdict", "referral/decide.go",
		"approved := said && act.Kind == ActApprove && act.Order == w.order.ID",
		"approved := said && act.Kind == ActApprove",
	},
	{
		"merchant", "TestMerchantsVerdict", "referral/decide.go",
		"approved && act.lets(done)", "approved",
	},
	{"merchant", "TestMerchantsVerdict", "referral/decide.go", "done.Result == Holds && approved", "approved"},
	{
		"merchant", "TestMerchantsVerdict", "referral/decide.go",
		"severity[done.Result] > severity[worst]", "severity[done.Result] >= severity[worst]",
	},
	{
		"merchant", "TestMerchantsVerdict", "referral/decide.go",
		"Passed: 0, Waits: 1, Holds: 2, Failed: 3", "Passed: 0, Waits: 2, Holds: 1, Failed: 3",
	},
	{"not_self", "TestSelf", "referral/rules.go", "w.advocate.Customer == w.facts.Friend.Customer()", "false"},
	{
		"not_self", "TestSelf", "referral/rules.go",
		"w.advocate.Customer == w.facts.Friend.Customer()", "w.advocate.Customer == CustomerID(w.facts.Friend)",
	},
	{"advocate_active", "TestBlocked", "referral/rules.go", "if w.advocate.State != AdvocateBlocked {", "if true {"},
	{
		"advocate_active", "TestBlocked", "referral/rules.go",
		"release == nil || release.Order != w.order.ID || release.Denied != ReasonNone {", "true {",
	},
	{
		"advocate_active", "TestBlocked", "referral/rules.go",
		"release.Order != w.order.ID || release.Denied != ReasonNone {", "release.Order != w.order.ID {",
	},
	{"advocate_active", "TestBlocked", "referral/rules.go", "if !w.advocate.ErasedAt.IsZero() {", "if false {"},
	{
		"advocate_active", "TestBlocked", "referral/rewards.go",
		"nobody := side == AdvocateSide && !erased.IsZero()", "nobody := false && !erased.IsZero()",
	},
	{"source", "TestSources", "referral/rules.go", "w.campaign.Terms.Excluded.Has(source)", "false"},
	{
		"source", "TestSources", "referral/offer.go",
		"case SourcePOS:\n\t\treturn s.POS", "case SourcePOS:\n\t\treturn s.Web",
	},
	{
		"source", "TestSources", "referral/offer.go",
		"case SourceDraft:\n\t\treturn s.Draft", "case SourceDraft:\n\t\treturn s.Other",
	},
	{
		"source", "TestSources", "referral/offer.go",
		"case SourceSubscription:\n\t\treturn s.Subscription", "case SourceSubscription:\n\t\treturn s.Web",
	},
	{
		"source", "TestWhereAnOrderCameFrom", "referral/order.go",
		`strings.HasPrefix(o.Source, "subscription_contract")`, `o.Source == "subscription_contract"`,
	},
	{
		"source", "TestWhereAnOrderCameFrom", "referral/order.go",
		`o.Source == "web" || o.Source == ""`, `o.Source == "web"`,
	},
	{
		"paid", "TestPaid", "referral/rules.go",
		"return o.Status == StatusRefunded\n", "return o.Status == StatusRefunded || o.Status == StatusAuthorized\n",
	},
	{
		"paid", "TestPaid", "referral/rules.go",
		"return o.Status == StatusRefunded\n", "return o.Status == StatusRefunded || o.Status == StatusPartiallyPaid\n",
	},
	{"paid", "TestPaid", "referral/rules.go", "return o.Outstanding.Minor <= o.besideLines()", "return false"},
	{"paid", "TestPaid", "referral/rules.go", "return o.Outstanding.Minor <= o.besideLines()", "return true"},
	{
		"paid", "TestPaid", "referral/rules.go",
		"return o.Outstanding.Minor <= o.besideLines()", "return o.Outstanding.Minor <= 0",
	},
	{"paid", "TestPaid", "referral/rules.go", "return o.receivedAny() || o.Outstanding.Minor <= 0", "return true"},
	{"paid", "TestPaid", "referral/rules.go", "return result(Waits, ReasonUnpaid, saw...)", "return passed(saw...)"},
	{
		"not_undone", "TestUndone", "referral/rules.go",
		"case !w.order.CancelledAt.IsZero():\n\t\treturn result", "case false:\n\t\treturn result",
	},
	{"not_undone", "TestUndone", "referral/rules.go", "case w.order.FullyRefunded():", "case false:"},
	{"not_undone", "TestUndone", "referral/rules.go", "if r.At.After(at) {", "if true {"},
	{"still_shown", "TestGone", "referral/rules.go", "if w.order.Gone {", "if false {"},
	{
		"readable", "TestGone", "referral/rules.go",
		"since := w.order.Unread; !since.IsZero()", "since := w.order.Unread; false",
	},
	{"customer_known", "TestCustomerGone", "referral/rules.go", "if w.order.CustomerGone && !", "if false && !"},
	{
		"customer_known", "TestCustomerGone", "referral/rules.go",
		"w.order.CustomerGone && !w.order.Customer.Erased()", "w.order.CustomerGone",
	},
	{
		"customer_known", "TestAnOrderOfNobodys", "referral/rules.go",
		"return result(Failed, ReasonNoIdentity)", "return passed()",
	},
	{"customer_known", "TestAnOrderOfNobodys", "referral/decide.go", "&& r.Friend.Order() == \"\")", ")"},
	{
		"customer_known", "TestAnOrderOfNobodys", "referral/decide.go",
		"for _, e := range f.Ledger {\n\t\t\tat = later(at, e.At)", "for _, e := range f.Ledger {\n\t\t\t_ = e",
	},
	{
		"customer_known", "TestAnOrderOfNobodys", "referral/rules.go",
		"return passed(Value{\"customer\", \"none\"})", "_ = w",
	},
	{
		"no_dispute", "TestDisputes", "referral/rules.go",
		`d.Status == "WON" || d.Status == "CHARGE_REFUNDED"`, `d.Status == "WON"`,
	},
	{
		"no_dispute", "TestDisputes", "referral/rules.go",
		`d.Status == "WON" || d.Status == "CHARGE_REFUNDED"`, `d.Status == "CHARGE_REFUNDED"`,
	},
	{"no_dispute", "TestDisputes", "referral/rules.go", `d.InitiatedAs != "INQUIRY"`, `d.InitiatedAs == "CHARGEBACK"`},
	{
		"no_dispute", "TestDisputes", "referral/rules.go",
		"held = result(Holds, ReasonInquiry, saw)", "held = passed(saw)",
	},
	{"no_dispute", "TestDisputesAreWatched", "referral/disputes.go", "if o.Test || o.Gone {", "if o.Test {"},
	{"no_dispute", "TestDisputesAreWatched", "referral/disputes.go", "if o.Test || o.Gone {", "if o.Gone {"},
	{
		"no_dispute", "TestDisputesAreWatched", "referral/disputes.go",
		"pause, watched = openPause, DisputesOpenFor", "pause, watched = quietPause, DisputesOpenFor",
	},
	{
		"no_dispute", "TestDisputesAreWatched", "referral/disputes.go",
		"pause, watched = openPause, DisputesOpenFor", "pause, watched = openPause, disputableFor",
	},
	{
		"no_dispute", "TestDisputesAreWatched", "referral/disputes.go",
		`"ACCEPTED", "CHARGE_REFUNDED", "LOST", "PREVENTED", "WON"`, `"WON"`,
	},
	{"no_dispute", "TestDisputesAreWatched", "referral/disputes.go", "if !next.Before(", "if next.After("},
	{
		"no_dispute", "TestDisputesAreWatched", "referral/disputes.go",
		"later(o.ProcessedAt, o.PaidAt()).Add(watched)", "o.ProcessedAt.Add(watched)",
	},
	{
		"no_dispute", "TestDisputesAreWatched", "referral/disputes.go",
		"next := asked.Add(pause)", "next := o.ProcessedAt.Add(pause)",
	},
	{"new_customer", "TestNewCustomer", "referral/rules.go", "return result(Waits, ReasonNewness)", "return passed()"},
	{"new_customer", "TestNewCustomer", "referral/rules.go", "case n.Unknown:", "case false:"},
	{
		"new_customer", "TestNewCustomer", "referral/decide.go",
		"(!known || n.Unknown) && o.Journey.Ready && o.Journey.Index == 1",
		"(!known || n.Unknown) && o.Journey.Index == 1",
	},
	{
		"new_customer", "TestNewCustomer", "referral/decide.go",
		"(!known || n.Unknown) && o.Journey", "(true || !known || n.Unknown) && o.Journey",
	},
	{
		"new_customer", "TestNewCustomer", "referral/decide.go",
		"o.Journey.Ready && o.Journey.Index == 1", "o.Journey.Ready && o.Journey.Index <= 1",
	},
	{
		"new_customer", "TestNewnessIsAskedWhateverElseDecides", "referral/decide.go",
		"add(WorkNewness, r.Release == nil && ", "add(WorkNewness, r.State == Pending && ",
	},
	{
		"worth_something", "TestFreeOrders", "referral/rules.go",
		"return result(Failed, ReasonFree, saw...)", "return passed(saw...)",
	},
	{"worth_something", "TestFreeOrders", "referral/rules.go", "w.campaign.Terms.FreeOrders || ", ""},
	{
		"worth_something", "TestFreeOrders", "referral/rules.go",
		"\"net\", w.net.String()}}\n\tif at, yes := w.released()",
		"\"net\", w.net.String()}}\n\tif at, yes := w.stays()",
	},
	{
		"worth_something", "TestFreeOrders", "referral/rules.go",
		"(w.order.receivedAny() && w.net.Minor > 0)", "w.order.receivedAny()",
	},
	{
		"worth_something", "TestFreeOrders", "referral/rules.go",
		"return o.Received.Minor > 0 || slices.ContainsFunc", "return o.Received.Minor > 0 && slices.ContainsFunc",
	},
	{"minimum", "TestNetAndMinimum", "referral/rules.go", "err == nil && enough {", "err != nil || enough {"},
	{
		"minimum", "TestNetAndMinimum", "referral/goods.go",
		"g.minimum = promised.Terms.Minimum", "_ = promised.Terms.Minimum",
	},
	{
		"minimum", "TestNetAndMinimum", "referral/goods.go",
		"left, err := w.order.left()", "left, err := w.order.Subtotal, error(nil)",
	},
	{
		"minimum", "TestNetAndMinimum", "referral/goods.go",
		"g.counted = g.counted.NotBelowZero()", "g.counted = g.counted.Neg().Neg()",
	},
	{"minimum", "TestNetAndMinimum", "referral/goods.go", "if !ours {", "if !ours || true {"},
	{"minimum", "TestNetAndMinimum", "referral/goods.go", "missing.Minor > took.others.Minor {", "missing.Minor > 0 {"},
	{"minimum", "TestNetAndMinimum", "referral/goods.go", "missing.Minor > took.others.Minor {", "false {"},
	{
		"minimum", "TestNetAndMinimum", "referral/goods.go",
		"t.others, err = t.others.Add(d.Left)", "t.others, err = t.others.Add(d.Amount)",
	},
	{
		"minimum", "TestNetAndMinimum", "referral/goods.go",
		"t.left, err = t.left.Add(d.Left)", "t.left, err = t.left.Add(d.Amount)",
	},
	{
		"minimum", "TestNetAndMinimum", "referral/rules.go",
		"o.CurrentSubtotal.Sub(o.GiftCards)", "o.CurrentSubtotal.Sub(money.Amount{})",
	},
	{
		"worth", "TestWorth", "referral/rules.go",
		"o.CurrentSubtotal.Sub(o.GiftCards)", "o.CurrentSubtotal.Sub(money.Amount{})",
	},
	{
		"returns after the release", "TestReturnsAfterTheRelease", "referral/rules.go",
		"yes && !w.campaign.Terms.TakeBackReturns", "false && !w.campaign.Terms.TakeBackReturns",
	},
	{
		"returns after the release", "TestReturnsAfterTheRelease", "referral/rules.go",
		"yes && !w.campaign.Terms.TakeBackReturns", "yes",
	},
	{
		"returns after the release", "TestReturnsAfterTheRelease", "referral/decide.go",
		"if r.Release != nil && offer.Kind != ShareOfOrder {", "if r.Release != nil {",
	},
	{
		"returns after the release", "TestReturnsAfterTheRelease", "referral/decide.go",
		"err != nil || less {\n\t\treturn now, err", "err != nil || less || true {\n\t\treturn now, err",
	},
	{
		"returns after the release", "TestReturnsAfterTheRelease", "referral/rewards.go",
		"a.offer.InParts() && issue.Amount != a.next", "a.offer.InParts() && issue.Amount.Minor > a.next.Minor",
	},
	{
		"returns after the release", "TestReturnsAfterTheRelease", "referral/rewards.go",
		"a.offer.InParts() && issue.Amount != a.next", "false",
	},
	{
		"returns after the release", "TestReturnsAfterTheRelease", "referral/rewards.go",
		"case a.due && a.empty() && len(issuesOf(*r, side)) > 0:", "case false:",
	},
	{
		"returns after the release", "TestReturnsAfterTheRelease", "referral/rewards.go",
		"case a.due && a.twice:", "case a.due:",
	},
	{
		"returns after the release", "TestReturnsAfterTheRelease", "referral/rewards.go",
		"return later(a.times[len(a.times)-1], r.returnedAt(f))", "return a.times[len(a.times)-1]",
	},
	{
		"friend at the claim", "TestFriendsRewardAtTheClaim", "referral/goods.go",
		"if !isOurs(f, d.Code) {", "if false {",
	},
	{
		"friend at the claim", "TestFriendsRewardAtTheClaim", "referral/goods.go",
		"t.ours, err = t.ours.Add(d.Amount)", "t.ours, err = t.ours.Add(d.Left)",
	},
	{
		"friend at the claim", "TestFriendsRewardAtTheClaim", "referral/goods.go",
		"func(c Claim) bool { return c.Has(code) })", "func(c Claim) bool { return c.Code == code })",
	},
	{
		"friend at the claim", "TestFriendsRewardAtTheClaim", "referral/goods.go",
		"code != \"\" && slices.Contains(a.Codes, code) {", "code != \"\" && slices.Contains(a.Codes, code) && false {",
	},
	{
		"friend at the claim", "TestSnapshotsOfBeforeLinesWereRead", "referral/goods.go",
		"if !o.Itemized {", "if false {",
	},
	{
		"friend at the claim", "TestSnapshotsOfBeforeLinesWereRead", "referral/goods.go",
		"case FreeShipping:\n\t\treturn o.Discounted", "case FreeShipping:\n\t\treturn offer.Amount",
	},
	{
		"friend at the claim", "TestSnapshotsOfBeforeLinesWereRead", "referral/goods.go",
		"case PercentOff:", "case ShareOfOrder:",
	},
	{
		"friend at the claim", "TestSnapshotsOfBeforeLinesWereRead", "referral/goods.go",
		"o.Discounted.AtLeast(promise); err != nil || more {",
		"o.Discounted.AtLeast(promise); err != nil || more || true {",
	},
	{
		"friend at the claim", "TestSnapshotsOfBeforeLinesWereRead", "referral/goods.go",
		"current.Minor < o.Subtotal.Minor {", "false && current.Minor < 0 {",
	},
	{
		"friend at the claim", "TestSnapshotsOfBeforeLinesWereRead", "referral/goods.go",
		"if offer.Kind == FreeShipping {", "if false {",
	},
	{
		"owed", "TestGivenAndTakenBack", "referral/rewards.go",
		"case !o.CancelledAt.IsZero() || o.FullyRefunded():", "case false:",
	},
	{"owed", "TestGivenAndTakenBack", "referral/rewards.go", "if len(times) == 0 && len(undone) > 0 {", "if false {"},
	{"minimum", "TestNetAndMinimum", "referral/rules.go", "g.counted.AtLeast(g.minimum)", "w.net.AtLeast(g.minimum)"},
	{
		"minimum", "TestNetAndMinimum", "money/money.go",
		"return err == nil && d.Minor >= 0, err", "return err == nil && d.Minor > 0, err",
	},
	{"other_browser", "TestSameBrowser", "referral/rules.go", " || slices.Contains(w.claim.Browsers, hash) {", " {"},
	{
		"other_browser", "TestASecondAccountInTheAdvocatesBrowserIsSeen", "referral/claiming.go",
		"f.Browser,\n\t\tAddresses",
		"nil,\n\t\tAddresses",
	},
	{
		"other_browser", "TestSameBrowser", "referral/rules.go",
		"return result(Holds, ReasonSameBrowser)", "return passed()",
	},
	{
		"other_browser", "TestSameBrowser", "referral/rules.go",
		"len(w.advocate.Browsers) >= MaxBrowsers", "len(w.advocate.Browsers) > MaxBrowsers",
	},
	{"trust", "TestSameCard", "referral/act.go", "(c.Rule != ruleTrust || ", "(true || "},
	{"trust", "TestWhatIsReleasedIsNotAskedAbout", "referral/trusting.go", "w.facts.Release != nil || ", ""},
	{"trust", "TestSameCard", "referral/trusting.go", "if w.facts.Release != nil || w.out.Outcome == Voided {", "if true {"},
	{"trust", "TestSameCard", "referral/trusting.go", "a.names.of(t.Cards)", "string(t.Order)"},
	{"trust", "TestSameCard", "referral/trusting.go", "a.facts.person(t.Advocate), Friend: id", "a.advocate, Friend: id"},
	{"trust", "TestNoticed", "referral/trusting.go", "a, b := n.least(list[0]), n.least(hash)", "a, b := hash, hash"},
	{"trust", "TestNoticed", "referral/trusting.go", "return slices.MaxFunc(all", "return slices.MinFunc(all"},
	{"trust", "TestNoticed", "referral/trusting.go", "case trust.Hold, trust.Ask:", "case trust.Ask:"},
	{"trust", "TestWhatOthersSee", "referral/neighbour.go", `if friend == "" || friend.Erased() {`, `if friend == "" {`},
	{"trust", "TestWhoIsLookedAtAgain", "referral/neighbour.go", "slices.Concat(r.LookAgain.Links, was.Advocates(), r", "slices.Concat(r.LookAgain.Links, r"},
	{"trust", "TestWhoIsLookedAtAgain", "referral/neighbour.go", "links = append(links, f.ringOf(links)...)", "_ = f"},
	{"trust", "TestWhoIsLookedAtAgain", "referral/neighbour.go", "if r.Neighbour.same(was) {", "if false {"},
	{"trust", "TestWhoWaitsIsLookedAtAgain", "orders/around.go", "shop, look, but)", "shop, referral.Look{}, but)"},
	{"circle_card", "TestSameCard", "trust/signals.go", `{"circle_card", 1, 140,`, `{"circle_card", 1, 0,`},
	{"same_mailbox", "TestNoticed", "trust/signals.go", `{"same_mailbox", 1, 160,`, `{"same_mailbox", 1, 0,`},
	{"same_phone", "TestNoticed", "trust/signals.go", `{"same_phone", 1, 120,`, `{"same_phone", 1, 0,`},
	{"own_domain", "TestNoticed", "trust/signals.go", `{"own_domain", 1, 110,`, `{"own_domain", 1, 0,`},
	{"coupon_burst", "TestNoticed", "trust/signals.go", `{"coupon_burst", 1, 150,`, `{"coupon_burst", 1, 0,`},
	{"coupon_visitor", "TestNoticed", "trust/signals.go", `{"coupon_visitor", 1, 40,`, `{"coupon_visitor", 1, 0,`},
	{"till_code", "TestNoticed", "trust/signals.go", `{"till_code", 1, 150,`, `{"till_code", 1, 0,`},
	{"own_network", "TestNoticed", "trust/signals.go", `{"own_network", 1, 100,`, `{"own_network", 1, 0,`},
	{"same_agent", "TestNoticed", "trust/signals.go", `{"same_agent", 1, 110,`, `{"same_agent", 1, 0,`},
	{"friends_agent", "TestNoticed", "trust/signals.go", `{"friends_agent", 1, 70,`, `{"friends_agent", 1, 0,`},
	{"caught_link", "TestNoticed", "trust/signals.go", `{"caught_link", 1, 100,`, `{"caught_link", 1, 0,`},
	{"typed_addresses", "TestSignals", "trust/places.go", "return o.By == TieTyped", "return false"},
	{"reciprocal", "TestNoticed", "trust/signals.go", `{"reciprocal", 1, 120,`, `{"reciprocal", 1, 0,`},
	{"ring", "TestNoticed", "trust/signals.go", `{"ring", 1, 150,`, `{"ring", 1, 0,`},
	{"give_back", "TestNoticed", "trust/signals.go", `{"give_back", 1, 150,`, `{"give_back", 1, 0,`},
	{"known_card", "TestNoticed", "trust/signals.go", `{"known_card", 1, 50,`, `{"known_card", 1, 0,`},
	{"high_risk", "TestNoticed", "trust/signals.go", `{"high_risk", 1, 40,`, `{"high_risk", 1, 0,`},
	{"gift_cards", "TestNoticed", "trust/signals.go", `{"gift_cards", 1, 40,`, `{"gift_cards", 1, 0,`},
	{"address_proved", "TestAddressProved", "referral/rules.go", `if w.advocate.Unproved() && w.advocate.Named.Order == "" {`, "if false {"},
	{"address_proved", "TestAddressProved", "referral/rules.go", `w.advocate.Unproved() && w.advocate.Named.Order == ""`, "w.advocate.Unproved()"},
	{"address_proved", "TestAnOrderNamesAGuest", "orders/purchase.go", "if len(o.Emails) == 0 || !o.Bought() {", "if len(o.Emails) == 0 {"},
	{
		"address_proved", "TestAddressProved", "referral/types.go",
		`a.Order == "" && a.ProvedAt.IsZero()`, `a.ProvedAt.IsZero()`,
	},
	{
		"advocate_bought", "TestAdvocateBought", "referral/rules.go",
		"if !w.campaign.Terms.BuysFirst || w.order.Test {", "if true {",
	},
	{
		"advocate_bought", "TestAdvocateBought", "referral/rules.go",
		"if !w.campaign.Terms.BuysFirst || w.order.Test {", "if w.order.Test {",
	},
	{
		"advocate_bought", "TestAdvocateBought", "referral/rules.go",
		"if !w.campaign.Terms.BuysFirst || w.order.Test {", "if !w.campaign.Terms.BuysFirst {",
	},
	{
		"advocate_bought", "TestWhatStandsOfAnAdvocatesOrders", "referral/rules.go",
		"o.Paid() && o.receivedAny()", "o.Paid()",
	},
	{
		"advocate_bought", "TestWhatStandsOfAnAdvocatesOrders", "referral/rules.go",
		"return c.Complete && c.Total > shown", "return c.Total > shown",
	},
	{
		"advocate_bought", "TestAnAdvocateBuysFirst", "store/nominate.go",
		"k.claimants[n.Customer] || k.sharers[n.Customer]", "k.claimants[n.Customer]",
	},
	{"advocate_bought", "TestAnAdvocateBuysFirst", "orders/purchase.go", "if o.Stands() && !o.Gone && ", "if !o.Gone && "},
	{
		"advocate_bought", "TestWhatAnAdvocateBoughtLongAgoCounts", "orders/purchase.go",
		"case err == nil && history.Stands():", "case err == nil && history.Stands() && false:",
	},
	{
		"pace", "TestPace", "referral/rules.go",
		"return result(Holds, flag.Reason,", "return result(Passed, flag.Reason,",
	},
	{"pace", "TestPace", "referral/rules.go", "f.Order == order && f.Advocate == advocate", "f.Advocate == advocate"},
	{"pace", "TestPace", "referral/rules.go", "f.Order == order && f.Advocate == advocate", "f.Order == order"},
	{"pace", "TestDecideRelease", "referral/releasing.go", "if r.In30 >= most {", "if r.In30 > most {"},
	{
		"pace", "TestDecideRelease", "referral/releasing.go",
		"within && r.Friends > startMost {", "within && r.Friends > startMost+1 {",
	},
	{
		"pace", "TestDecideRelease", "referral/releasing.go",
		"!joined.IsZero() && f.OrderedAt(release.Order).Before(end)", "!joined.IsZero()",
	},
	{"pace", "TestDecideRelease", "referral/releasing.go", "FlagAfter > 0 && !looked", "FlagAfter > 0 || !looked"},
	{"pace", "TestDecideRelease", "referral/releasing.go", "FlagAfter > 0 && !looked", "FlagAfter >= 0 && !looked"},
	{"pace", "TestDecideRelease", "referral/releasing.go", "r); unusual {", "r); false && unusual {"},
	{"pace", "TestAsksOfRelease", "referral/releasing.go", "limits.MonthCap > 0 || watched", "limits.MonthCap > 0"},
	{"pace", "TestAsksOfRelease", "referral/releasing.go", "watched && within {", "false && within {"},
	{
		"pace", "TestManyRewardsAreHeldForTheMerchantsLook", "rewards/release.go",
		"s.countReleases(ctx, was, asks.In30)", "s.countReleases(ctx, was, referral.Between{})",
	},
	{
		"pace", "TestAFastStartIsHeldForTheMerchantsLook", "rewards/release.go",
		"if !asks.FirstWeek.IsZero() {", "if false {",
	},
	{
		"other_browser", "TestNoBrowserIsForgotten", "store/advocate.go",
		"{Key: \"$or\", Value: bson.A{there, full}}", "{Key: \"$and\", Value: bson.A{there, full}}",
	},
	{"other_email", "TestSameEmail", "referral/rules.go", " || overlap(w.order.Aliases, w.advocate.Emails) {", " {"},
	{
		"other_email", "TestMailboxes", "referral/email.go",
		"	if !known {\n		return address\n	}\n", "	_ = known\n",
	},
	{
		"other_email", "TestMailboxes", "referral/email.go",
		`"googlemail.com": {"gmail.com", "."}`, `"googlemail.com": {"googlemail.com", "."}`,
	},
	{"other_email", "TestSameEmail", "referral/rules.go", "return result(Holds, ReasonSameEmail)", "return passed()"},

	{
		"terms agreed to", "TestWhoJoinsAgreesToTheTermsOfNow", "claims/terms.go",
		"if r.Terms != shop.Terms.Version {\n\t\treturn referral.Agreement{}, fault", "if false {\n\t\treturn referral.Agreement{}, fault",
	},
	{
		"terms agreed to", "TestWhoJoinsAgreesToTheTermsOfNow", "claims/terms.go",
		"if r.Terms != shop.Terms.Version {\n\t\treturn a, nil", "if shop.Terms.Version < 0 {\n\t\treturn a, nil",
	},
	{
		"terms agreed to", "TestABuyerAgreesToTheTerms", "claims/buyer.go",
		"Customer: placed.Customer, Terms: r.Terms,", "Customer: placed.Customer,",
	},
	{"own link", "TestRefusedClaims", "claims/visit.go", `if by != "" && advocate.Customer == by {`, "if false {"},
	{"leaked links", "TestNewClaims", "referral/trusting.go", "f.Live.Terms.Strictness != trust.Strict || !trust", "!trust"},
	{"leaked links", "TestNewClaims", "referral/trusting.go", "|| !trust.CouponHost(asker.Referrer) {", "{"},
	{"leaked links", "TestNewClaims", "referral/trusting.go", "if trust.Judge(n, trust.Strict).Outcome == trust.Refuse {", "if true {"},
	{
		"existing customers", "TestNewClaims", "referral/claiming.go",
		"; known && n.Prior == 0 {",
		"; known || n.Prior == 0 {",
	},
	{
		"existing customers", "TestNewClaims", "referral/claiming.go",
		"\tif err := f.newCustomer(f.Customer); err != nil {\n\t\treturn ClaimPlan{}, err\n\t}\n\tif err := f.fewOpenClaims()",
		"\tif err := f.fewOpenClaims()",
	},
	{
		"existing customers", "TestWhoseClaimAnswers", "referral/claiming.go",
		"return true, f.checkOrders(a.Orders)",
		"return true, nil",
	},
	{
		"existing customers", "TestVisitsOfLinks", "referral/claiming.go",
		"if errors.Is(err, errOrdered) {",
		"if false {",
	},
	{
		"existing customers", "TestRenewals", "referral/claiming.go",
		"f.newCustomer(claim.TakenFor(f.Customer))",
		"f.newCustomer(f.Customer)",
	},
	{
		"one claim a person", "TestWhoseClaimAnswers", "referral/claim_facts.go",
		"\n\tif !claim.SignedAt.IsZero() {\n\t\treturn false, nil\n\t}\n\t",
		"\n\t",
	},
	{
		"one claim a person", "TestTheSameFriendGetsTheSameCode", "claims/claim.go",
		"\n\tif plan.SignIn != nil {\n",
		"\n\tif false {\n",
	},
	{
		"one claim a person", "TestWhoseClaimAnswers", "referral/claiming.go",
		"\n\tif signsIn {\n\t\tplan.SignIn = &mine[0]\n\t}\n\tif first",
		"\n\tif signsIn && false {\n\t\tplan.SignIn = &mine[0]\n\t}\n\tif first",
	},
	{
		"one claim a person", "TestVisitsOfLinks", "referral/claiming.go",
		"open.SignIn = plan.SignIn",
		"open.SignIn = nil",
	},
	{
		"one claim a person", "TestWhoseClaimAnswers", "referral/claim_facts.go",
		"append(own, guests...)",
		"append(guests, own...)",
	},
	{
		"one claim a person", "TestWhoseClaimAnswers", "referral/claiming.go",
		"fault.Is(refused, fault.Conflict) || i < 0",
		"true || i < 0",
	},
	{
		"one claim a person", "TestWhoseClaimAnswers", "referral/claiming.go",
		"if isMissing(refused) || fault.Is(refused, fault.Conflict) ||",
		"if isMissing(refused) ||",
	},
	{
		"one claim a person", "TestWhoseClaimAnswers", "referral/claiming.go",
		"if first.Code != mine[0].Code {",
		"if false {",
	},
	{
		"used offers", "TestWhoseClaimAnswers", "referral/claim_facts.go",
		"return !spent, err",
		"return spent || !spent, err",
	},
	{
		"used offers", "TestTheCartsClaim", "referral/claim_facts.go",
		"\n\tif f.Customer != \"\" {\n\t\tif free",
		"\n\tif false {\n\t\tif free",
	},
	{
		"used offers", "TestWhoseClaimAnswers", "referral/claim_facts.go",
		"\n\tif claim.Customer == f.Customer {\n\t\treturn true, nil\n\t}\n\t",
		"\n\t",
	},
	{
		"used offers", "TestUsedOffers", "referral/claiming.go",
		"\n\tif err := f.unused(claim); err != nil {\n\t\treturn false, err\n\t}\n\n\t",
		"\n\t",
	},
	{
		"used offers", "TestUsedOffers", "referral/claiming.go",
		"return f.touch(claim, f.opening()), f.unused(claim)",
		"return f.touch(claim, f.opening()), nil",
	},
	{
		"used offers", "TestUsedOffers", "referral/claiming.go",
		"return ClaimPlan{Claim: &claim}, f.unused(claim)",
		"return ClaimPlan{Claim: &claim}, nil",
	},
	{
		"used offers", "TestUsedOffers", "referral/claiming.go",
		"return open, f.unused(mine[i])",
		"return open, nil",
	},
	{
		"used offers", "TestAUsedCodeIsPromisedToNobody", "claims/claim.go",
		"return claim, plan.Refusal",
		"return claim, nil",
	},
	{
		"used offers", "TestAClaimWhoseOrderLacksItsCodeGoesOn", "referral/record.go",
		"w.Took.IsZero() && plain {", "w.Took.IsZero() && !plain {",
	},
	{
		"used offers", "TestUsedOffers", "referral/claiming.go",
		"own.Without != claim.ID {", "own.Without == \"\" {",
	},
	{
		"used offers", "TestUsedOffers", "referral/claiming.go",
		"return !promised.Terms.Friend.AfterOrder, err", "return !promised.Terms.CodeOnly, err",
	},
	{
		"used offers", "TestUsedOffers", "referral/claiming.go",
		"\tgoesOn, err := f.goesOn(claim)\n\tif err != nil || goesOn {\n\t\treturn err\n\t}\n\treturn", "\treturn",
	},
	{"appeal", "TestAppeals", "referral/appeal.go", "if !appealed {", "if true {"},
	{"appeal", "TestAppeals", "referral/appeal.go", "!known && w.order.Customer", "false && w.order.Customer"},
	{
		"missing referrals", "TestAppeals", "referral/evidence.go",
		"ofRefs(f, o), ofAppeals(f, o))", "ofRefs(f, o))",
	},
	{
		"missing referrals", "TestAppeals", "referral/evidence.go",
		"EvidenceFriendAsked: 6, EvidenceAdvocateAsked: 7,", "EvidenceFriendAsked: 7, EvidenceAdvocateAsked: 6,",
	},
	{"missing referrals", "TestAppeals", "referral/evidence.go", "if first || a.Appealed() {", "if first {"},
	{
		"missing referrals", "TestAppeals", "referral/appeal.go",
		"if !InWindow(o.ProcessedAt, a.At, f.Campaigns[e.Campaign].Terms.WindowDays) {", "if false {",
	},
	{
		"missing referrals", "TestWhatAnAppealChanges", "referral/appeal.go",
		"if _, said := Verdict(f.Acts); said || f.Release != nil ||", "if f.Release != nil ||",
	},
	{
		"missing referrals", "TestWhatAnAppealChanges", "referral/appeal.go",
		"if f.Advocates[a.Advocate].Customer == f.Friend.Customer() {", "if false {",
	},
	{"missing referrals", "TestWhatAnAppealChanges", "referral/appeal.go", "if about >= maxAppeals {", "if false {"},
	{
		"orders without the code", "TestEvidence", "referral/evidence.go",
		"case campaign.Terms.NeedsCode() && uncoded[e.Kind]:", "case false:",
	},
	{
		"orders without the code", "TestEvidence", "referral/evidence.go",
		"case campaign.Terms.NeedsCode() && uncoded[e.Kind]:", "case campaign.Terms.NeedsCode():",
	},
	{
		"orders without the code", "TestEvidence", "referral/offer.go",
		"return t.CodeOnly && !t.Friend.AfterOrder", "return t.CodeOnly",
	},
	{
		"used offers", "TestARenewedClaim", "referral/types.go",
		"append([]string{c.Code}, c.Former...)",
		"c.Former",
	},
	{
		"renewal", "TestWhatRanOutIsRenewed", "claims/claim.go",
		"End(ctx, claim.Shop, []string{claim.Code})",
		"End(ctx, claim.Shop, nil)",
	},
	{
		"renewal", "TestWhatRanOutIsRenewed", "claims/facts.go",
		"\n\t\tif n > 0 {\n\t\t\t",
		"\n\t\tif n > 9 {\n\t\t\t",
	},
	{
		"renewal", "TestARenewedClaim", "referral/types.go",
		"append([]string{c.Code}, c.Former...)",
		"[]string{c.Code}",
	},
	{
		"renewal", "TestARenewedClaim", "referral/claiming.go",
		"\n\tif c.Code != \"\" {\n\t\tc.Former",
		"\n\tif false {\n\t\tc.Former",
	},
	{
		"renewal", "TestRenewals", "referral/claiming.go",
		"if !goesOn && (own.Referral == Pending ||",
		"if false && (own.Referral == Pending ||",
	},
	{
		"renewal", "TestRenewals", "referral/claiming.go",
		"if claim.NeverServed(promised, f.Live) &&",
		"if false &&",
	},
	{
		"renewal", "TestRenewals", "referral/claiming.go",
		"(promised, f.Live) && f.unused(claim) == nil {",
		"(promised, f.Live) {",
	},
	{
		"renewal", "TestRenewals", "referral/claiming.go",
		"func (f ClaimFacts) mayRenew(claim Claim) error {\n\tif err := f.unused(claim); err != nil {\n\t\treturn err\n\t}\n",
		"func (f ClaimFacts) mayRenew(claim Claim) error {\n",
	},
	{
		"keep or switch", "TestKeepOrSwitch", "referral/claiming.go",
		"case !kept && (!f.Switch || same):",
		"case !kept && same:",
	},
	{
		"keep or switch", "TestKeepOrSwitch", "referral/claiming.go",
		"case !kept && (!f.Switch || same):",
		"case !kept:",
	},
	{
		"keep or switch", "TestKeepOrSwitch", "referral/claiming.go",
		"case kept && !f.Switch:",
		"case kept:",
	},
	{
		"keep or switch", "TestKeepOrSwitch", "referral/claiming.go",
		"case kept && !f.Switch:",
		"case false:",
	},
	{
		"keep or switch", "TestKeepOrSwitch", "referral/claiming.go",
		"\n\tcase same:",
		"\n\tcase false:",
	},
	{
		"keep or switch", "TestKeepOrSwitch", "referral/claiming.go",
		"\n\t\tif err := f.unused(claim); err != nil {\n\t\t\treturn ClaimPlan{}, err\n\t\t}\n\t\t",
		"\n\t\t",
	},
	{
		"keep or switch", "TestARenewedClaim", "referral/claiming.go",
		"c.Note(t, emails)",
		"c.Note(t, nil)",
	},
	{
		"the cart's claim", "TestTheCartsClaim", "referral/claiming.go",
		"\n\tf.Customer = \"\"\n",
		"\n",
	},
	{
		"the cart's claim", "TestTheCartsClaim", "referral/claiming.go",
		"\n\tif cart != nil {\n",
		"\n\tif false {\n",
	},
	{
		"the cart's claim", "TestTheCartsClaim", "referral/claim_facts.go",
		"if free, err := f.free(*cart); err != nil || !free {",
		"if free, err := f.free(*cart); err != nil || (!free && false) {",
	},
	{
		"the cart's claim", "TestTheCartsClaim", "referral/claiming.go",
		"\n\tif !cart.SignedAt.IsZero() {\n\t\treturn ClaimPlan{Claim: &cart}, f.unused(cart)\n\t}\n\t",
		"\n\t",
	},
	{
		"the cart's claim", "TestVisitsOfLinks", "referral/claiming.go",
		"\n\tif !cart.SignedAt.IsZero() {\n\t\treturn ClaimPlan{Claim: cart}, f.unused(*cart)\n\t}\n",
		"\n",
	},
	{
		"the cart's claim", "TestTheCartsClaim", "referral/claiming.go",
		"\n\tif err := f.newCustomer(f.Customer); err != nil {\n\t\treturn ClaimPlan{}, err\n\t}\n\tf.Customer",
		"\n\tf.Customer",
	},
	{
		"the cart's claim", "TestTheCartsClaim", "referral/claim_facts.go",
		"cart.Campaign != f.Live.ID || !cart.Open(f.At)",
		"!cart.Open(f.At)",
	},
	{
		"the cart's claim", "TestTheCartsClaim", "referral/claim_facts.go",
		"cart.Campaign != f.Live.ID || !cart.Open(f.At)",
		"cart.Campaign != f.Live.ID",
	},
	{
		"the cart's claim", "TestTheCartsClaimIsGivenAgain", "claims/facts.go",
		"Cart:     r.Cart,",
		"Cart:     \"\",",
	},
	{
		"open claims", "TestNewClaims", "referral/claiming.go",
		"if open.Count >= f.MaxOpenClaims {",
		"if open.Count > f.MaxOpenClaims {",
	},
	{
		"open claims", "TestNewClaims", "referral/claiming.go",
		"\n\tcase made.Count >= NetworkCounts:\n\t\treturn time.Time{}, nil\n\t",
		"\n\t",
	},
	{
		"open claims", "TestNewClaims", "referral/claiming.go",
		"\n\tcase made.Count >= f.MaxOpenClaims:\n",
		"\n\tcase false:\n",
	},
	{
		"open claims", "TestRenewals", "referral/claiming.go",
		"\n\tif !claim.Open(f.At) {\n\t\tif err",
		"\n\tif false {\n\t\tif err",
	},
	{
		"open claims", "TestRenewals", "referral/claiming.go",
		"counts, err := f.countsUntil()\n\tif err != nil {\n\t\treturn ClaimPlan{}, err\n\t}\n\tplan.Counts",
		"counts, err := f.At.Add(CountsFor), error(nil)\n\tif err != nil {\n\t\treturn ClaimPlan{}, err\n\t}\n\tplan.Counts",
	},
	{
		"existing customers", "TestAGuestIsTakenForWhoMadeTheClaim", "referral/types.go",
		"c.SignedAt.Equal(c.ClaimedAt)", "false",
	},
	{
		"one claim a person", "TestTheSameFriendGetsTheSameCode", "referral/claim.go",
		"	for _, hash := range browser {\n		keys =", "	for _, hash := range browser[:0] {\n		keys =",
	},
	{
		"one claim a person", "TestAStrangerWithABrowsersIDEndsNoClaim", "referral/types.go",
		"c.SignedAt.Equal(c.ClaimedAt)", "!c.SignedAt.IsZero()",
	},
	{
		"shareable codes", "TestShareableCodesMoveBetweenKindsOfDiscount", "codes/discount.go",
		"if ships != (d.Kind == referral.FreeShipping) {", "if ships && !ships {",
	},
	{
		"keep or switch", "TestASwitchWithinTheSecondOfTheClaimIsTheLastWord", "referral/claim.go",
		"last.Advocate != t.Advocate && !t.At.After(last.At)", "false",
	},
	{"open claims", "TestOneNetworkDoesNotCloseALink", "store/network.go", `{Key: "network", Value: network},`, ""},
	{
		"open claims", "TestClaimsThatAreNotUsedStopCounting", "store/claim.go",
		`{Key: "counts_until", Value: bson.D{{Key: "$gt", Value: date(now)`,
		`{Key: "expires_at", Value: bson.D{{Key: "$gt", Value: date(now)`,
	},
	{
		"evidence", "TestEvidence", "referral/types.go",
		"slices.Contains(c.Former, code))", `slices.Contains(c.Former, code+"?"))`,
	},
	{"evidence", "TestEvidence", "referral/evidence.go", "case slices.ContainsFunc(o.Codes, c.Has):", "case false:"},
	{"evidence", "TestEvidence", "referral/evidence.go", "case sameCustomer(f, o, c):", "case false:"},
	{"evidence", "TestEvidence", "referral/evidence.go", "case givenBefore(o, c):", "case false:"},
	{"evidence", "TestEvidence", "referral/evidence.go", "case o.ClaimID() == c.ID || ", "case "},
	{"evidence", "TestEvidence", "referral/evidence.go", " && !c.SignedAt.After(o.ProcessedAt) {", " {"},
	{
		"evidence", "TestEvidence", "referral/evidence.go",
		" && !c.SignedAt.After(o.ProcessedAt) {", " && c.SignedAt.Before(o.ProcessedAt) {",
	},
	{"evidence", "TestEvidence", "referral/evidence.go", "c.Of(f.Friend.Customer())", "!c.SignedAt.IsZero()"},
	{"evidence", "TestEvidence", "referral/evidence.go", "before(e.ProcessedAt, e.ID, o.ProcessedAt, o.ID) && ", ""},
	{
		"evidence", "TestEvidence", "referral/evidence.go",
		"before(e.ProcessedAt, e.ID, o.ProcessedAt, o.ID) && ", "false && ",
	},
	{
		"evidence", "TestEvidence", "referral/evidence.go",
		"|| earlier(f, o, func(e Order) bool { return e.ClaimID() == c.ID }):", ":",
	},
	{"evidence", "TestEvidence", "referral/evidence.go", "ofCodes(f, o), ofVisit(o),", "ofVisit(o),"},
	{"evidence", "TestEvidence", "referral/evidence.go", "ofCodes(f, o), ofVisit(o),", "ofCodes(f, o),"},
	{"evidence", "TestEvidence", "referral/evidence.go", `case f.Advocates[e.Advocate].ID == "":`, "case false:"},
	{"evidence", "TestEvidence", "referral/order.go", "if a.Ours() {", "if true {"},
	{
		"landing page", "TestEvidence", "referral/evidence.go",
		"case e.Kind == EvidenceRef && !campaign.Terms.CreditRef:", "case false:",
	},
	{
		"landing page", "TestEvidence", "referral/evidence.go",
		"case e.Kind == EvidenceRef && !campaign.Terms.CreditRef:", "case e.Kind == EvidenceRef:",
	},
	{
		"shareable codes", "TestEvidence", "referral/evidence.go",
		"case e.Kind == EvidenceAdvocateCode && !campaign.Terms.Shares():", "case false:",
	},
	{
		"shareable codes", "TestEvidence", "referral/offer.go",
		"return t.ShareCeiling > 0 && !t.Friend.AfterOrder", "return t.ShareCeiling > 0",
	},
	{"evidence order", "TestStrongerEvidenceWins", "referral/evidence.go", "EvidenceLinked: 0,", "EvidenceLinked: 9,"},
	{
		"evidence order", "TestStrongerEvidenceWins", "referral/evidence.go",
		"EvidenceClaimCode: 1, EvidenceAdvocateCode: 2,", "EvidenceClaimCode: 2, EvidenceAdvocateCode: 2,",
	},
	{
		"evidence order", "TestStrongerEvidenceWins", "referral/evidence.go",
		"EvidenceAdvocateCode: 2,", "EvidenceAdvocateCode: 3,",
	},
	{
		"evidence order", "TestStrongerEvidenceWins", "referral/evidence.go",
		"EvidenceClaimCustomer: 3,", "EvidenceClaimCustomer: 4,",
	},
	{"typed addresses", "TestEvidence", "referral/evidence.go", "case e.Kind == EvidenceClaimEmail:", "case false:"},
	{
		"typed addresses", "TestStrongerEvidenceWins", "referral/evidence.go",
		"EvidenceClaimEmail: 8,", "EvidenceClaimEmail: 3,",
	},
	{
		"typed addresses", "TestAClaimKeepsOneAddress", "referral/claim.go",
		"	if len(known) > 0 {\n		return known\n	}\n", "",
	},
	{
		"evidence order", "TestStrongerEvidenceWins", "referral/evidence.go",
		"	return earlier(f, o, func(e Order) bool { return slices.ContainsFunc(e.Codes, c.Has) })",
		"	return earlier(f, o, func(e Order) bool { return slices.ContainsFunc(e.Codes, c.Has) || e.ClaimID() == c.ID })",
	},
	{
		"evidence order", "TestStrongerEvidenceWins", "referral/evidence.go",
		"EvidenceCartVisit: 4,", "EvidenceCartVisit: 5,",
	},
	{
		"evidence order", "TestStrongerEvidenceWins", "referral/evidence.go",
		"EvidenceCartClaim: 4,", "EvidenceCartClaim: 3,",
	},
	{
		"window", "TestTheWindowToTheMillisecond", "referral/rules.go",
		"processedAt.Before(touch.Add(", "!processedAt.After(touch.Add(",
	},
	{
		"window", "TestTheWindowToTheMillisecond", "referral/rules.go",
		"return !processedAt.Before(touch) && ", "return ",
	},
	{
		"window", "TestTheWindowToTheMillisecond", "referral/rules.go",
		"return !processedAt.Before(touch) && ", "return processedAt.After(touch) && ",
	},
	{
		"window", "TestWindow", "referral/evidence.go",
		"case !InWindow(e.Touch, o.ProcessedAt, campaign.Terms.WindowDays):", "case false:",
	},
	{"window", "TestWindow", "referral/evidence.go", "case e.Kind == EvidenceLinked ||", "case false ||"},
	{"touch after the order", "TestWindow", "referral/evidence.go", "if t.At.After(o.ProcessedAt) &&", "if false &&"},
	{"touch after the order", "TestWindow", "referral/evidence.go", "(kind != EvidenceClaimCode ||", "(true ||"},
	{"touch after the order", "TestWindow", "referral/evidence.go", "if e.Touch.After(o.ProcessedAt) {", "if false {"},
	{
		"last touch", "TestLastAndFirstTouch", "referral/evidence.go",
		"byTime := b.Touch.Compare(a.Touch)", "byTime := a.Touch.Compare(b.Touch)",
	},
	{"last touch", "TestLastAndFirstTouch", "referral/evidence.go", "if first || a.Appealed() {", "if a.Appealed() {"},
	{
		"last touch", "TestLastAndFirstTouch", "referral/evidence.go",
		"first = first && f.Campaigns", "first = first || f.Campaigns",
	},
	{"last touch", "TestLastAndFirstTouch", "referral/evidence.go", `case e.Lost != "":`, "case false:"},
	{
		"last touch", "TestLastAndFirstTouch", "referral/evidence.go",
		"case best < 0 || s < best:", "case best < 0 || s > best:",
	},
	{
		"credit", "TestWhoseAClaimIs", "referral/types.go",
		"promised.Credit == CreditClaim || now.Credit == CreditClaim", "promised.Credit == CreditClaim",
	},
	{
		"credit", "TestWhoseAClaimIs", "referral/types.go",
		"promised.Credit == CreditClaim || now.Credit == CreditClaim", "now.Credit == CreditClaim",
	},
	{
		"credit", "TestWhoseAClaimIs", "referral/types.go",
		"promised.Credit == CreditClaim || now.Credit == CreditClaim", "true",
	},
	{"credit", "TestWhoseAClaimIs", "referral/types.go", "kept && c.advocate(promised.Credit) != by", "kept"},
	{"credit", "TestWhoseAClaimIs", "referral/types.go", "if credit == CreditFirst {", "if false {"},
	{
		"credit", "TestTheClaimsCredit", "referral/evidence.go",
		"best, first = s, f.Campaigns[e.Campaign].Terms.Credit == CreditFirst",
		"best, first = s, f.Campaigns[e.Campaign].Terms.Credit != CreditLast",
	},
	{"credit", "TestTheClaimsCredit", "referral/evidence.go", "case switched(f, all[i], all[0]):", "case false:"},
	{
		"credit", "TestTheClaimsCredit", "referral/evidence.go",
		`same := from.Claim == to.Claim && from.Claim != ""`, "same := true",
	},
	{"credit", "TestTheClaimsCredit", "referral/evidence.go", "same && from.Advocate != to.Advocate && f", "same && f"},
	{
		"credit", "TestTheClaimsCredit", "referral/evidence.go",
		"from.Advocate != to.Advocate && f.Campaigns[to.Campaign].Terms.Credit == CreditClaim",
		"from.Advocate != to.Advocate",
	},
	{
		"credit", "TestTheVisitBeforeAClaim", "referral/claiming.go",
		"if v.Advocate != f.Advocate && f.Live.Terms.Credit == CreditClaim {",
		"if false {",
	},
	{
		"credit", "TestTheVisitBeforeAClaim", "referral/claiming.go",
		"if v.Advocate != f.Advocate && f.Live.Terms.Credit == CreditClaim {",
		"if v.Advocate != f.Advocate {",
	},
	{
		"credit", "TestTheVisitBeforeAClaim", "referral/claiming.go",
		"if first := f.visited(); first != nil {",
		"if first := f.visited(); false {",
	},
	{
		"credit", "TestVisitsOfLinks", "referral/claiming.go",
		"\n\tif claim.KeptFrom(",
		"\n\tif false && claim.KeptFrom(",
	},
	{
		"credit", "TestWhoseClaimAnswers", "referral/claiming.go",
		"\n\tif claim.KeptFrom(",
		"\n\tif false && claim.KeptFrom(",
	},
	{
		"ties", "TestTies", "referral/evidence.go",
		"compareIDs(f.Advocates[a.Advocate].Customer, f.Advocates[b.Advocate].Customer)",
		"compareIDs(f.Advocates[b.Advocate].Customer, f.Advocates[a.Advocate].Customer)",
	},
	{
		"ties", "TestTies", "referral/evidence.go",
		"cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))", "cmp.Compare(a, b)",
	},
	{"merchant's link", "TestTheMerchantsLink", "referral/evidence.go", "case act.Order != o.ID:", "case false:"},
	{
		"merchant's link", "TestTheMerchantsLink", "referral/evidence.go",
		"all[i].Lost = LostUnlinked", `all[i].Lost = ""`,
	},
	{
		"merchant's link", "TestTheMerchantsLink", "referral/evidence.go",
		"case e.Kind != EvidenceLinked && unlinked(f, o):", "case false:",
	},
	{
		"merchant's link", "TestTheMerchantsLink", "referral/evidence.go",
		"case e.Kind != EvidenceLinked && unlinked(f, o):", "case unlinked(f, o):",
	},
	{
		"merchant's link", "TestTheMerchantsLink", "referral/evidence.go",
		"a.Kind == ActUnlink && a.Order == o.ID", "a.Kind == ActUnlink",
	},
	{
		"merchant's link", "TestLinksOfOneInstant", "referral/evidence.go",
		"return first && best > strength[EvidenceLinked]", "return first",
	},
	{
		"ties", "TestLinksOfOneInstant", "referral/evidence.go",
		"\t\t\tcmp.Compare(b.Campaign.Version, a.Campaign.Version),\n", "",
	},
	{
		"touch after the order", "TestLinksOfOneInstant", "referral/evidence.go",
		"(kind != EvidenceClaimCode || t.At.After(c.Touches[0].At))",
		"(kind != EvidenceClaimCode || t != c.Touches[0])",
	},
	{"terms", "TestTermsInForce", "referral/types.go", "!at.Before(c.LiveAt)", "at.After(c.LiveAt)"},
	{"terms", "TestTermsInForce", "referral/types.go", "at.Before(c.Until)", "!at.After(c.Until)"},
	{"terms", "TestTermsInForce", "referral/types.go", "return !c.LiveAt.IsZero() && ", "return "},
	{
		"terms", "TestTermsInForce", "referral/evidence.go",
		"CampaignKey{c.Campaign, t.Version}", "CampaignKey{c.Campaign, c.Version}",
	},
	{"touches", "TestTouchesAreOnlyEverAdded", "referral/claim.go", "if len(touches) >= maxTouches {", "if false {"},
	{"touches", "TestTouchesAreOnlyEverAdded", "referral/claim.go", "t.At.Sub(last.At) < sameTouchIn", "true"},
	{"touches", "TestTouchesAreOnlyEverAdded", "referral/claim.go", "if a.At.After(b.At) {", "if !a.At.Before(b.At) {"},

	{
		"converting order", "TestConvertingOrder", "referral/rules.go",
		"return len(a) < len(b)", "return len(a) > len(b)",
	},
	{"converting order", "TestConvertingOrder", "referral/rules.go", "return aAt.Before(bAt)", "return aAt.After(bAt)"},
	{
		"converting order", "TestConvertingOrder", "referral/decide.go",
		"w.preference() < best.preference()", "w.preference() <= best.preference()",
	},
	{
		"converting order", "TestConvertingOrder", "referral/decide.go",
		"case w.out.Outcome == Flagged:\n\t\treturn orderHeld",
		"case w.out.Outcome == Flagged:\n\t\treturn orderFailed",
	},
	{
		"converting order", "TestConvertingOrder", "referral/decide.go",
		"case w.out.Outcome == Pending && w.out.Reason == ReasonNone:\n\t\treturn orderQualifies",
		"case w.out.Outcome == Pending && w.out.Reason == ReasonNone:\n\t\treturn orderWaits",
	},
	{
		"displaced", "TestConvertingOrder", "referral/decide.go",
		"if w == chosen || w.preference() > orderWaits {", "if true {",
	},
	{
		"displaced", "TestConvertingOrder", "referral/decide.go",
		"if w == chosen || w.preference() > orderWaits {", "if w == chosen {",
	},
	{
		"pinned", "TestConvertingOrder", "referral/decide.go",
		"return len(r.Issues) > 0 || (r.Release", "return false || (r.Release",
	},
	{"pinned", "TestConvertingOrder", "referral/decide.go", "r.Release.Offsets > 0)", "r.Release.Offsets > 9)"},
	{"pinned", "TestConvertingOrder", "referral/decide.go", "if r.Pinned() && first {", "if false && first {"},
	{"newness count", "TestPriorOrders", "referral/rules.go", "case v.Test:", "case false:"},
	{"newness count", "TestPriorOrders", "referral/rules.go", "Prior: o.Journey.Index - 1", "Prior: o.Journey.Index"},
	{
		"newness count", "TestPriorOrders", "referral/rules.go",
		"o.Journey.Ready && o.Journey.Index > 0", "o.Journey.Index > 0",
	},
	{
		"newness count", "TestPriorOrders", "referral/rules.go",
		"Prior: c.Total - fromHere", "Prior: c.Total - 1 + 0*fromHere",
	},
	{"newness count", "TestPriorOrders", "referral/rules.go", "n.Prior-uncounted", "n.Prior-0*uncounted"},
	{"newness count", "TestPriorOrders", "referral/rules.go", "case v.Free || undoneBefore", "case undoneBefore"},
	{"newness count", "TestPriorOrders", "referral/rules.go", "v.CancelledAt.Before(at)", "!v.CancelledAt.After(at)"},
	{
		"newness count", "TestPriorOrders", "referral/rules.go",
		"(!v.RefundedAt.IsZero() && v.RefundedAt.Before(at))", "false",
	},
	{"newness count", "TestPriorOrders", "referral/rules.go", "return n, c.Complete || n.Prior == 0", "return n, true"},
	{"net", "TestNetAddsUp", "referral/rules.go", `"DAMAGE": true, `, ""},
	{"net", "TestNetAddsUp", "referral/rules.go", `"RESTOCK": true, `, ""},
	{"net", "TestNetAddsUp", "referral/rules.go", `"": true, `, ""},
	{"net", "TestNetAddsUp", "referral/rules.go", `"": true, `, `"": true, "PENDING_REFUND_DISCREPANCY": true, `},
	{"net", "TestNetAddsUp", "referral/rules.go", "return left.NotBelowZero(), err", "return left, err"},
	{
		"net", "TestNetAddsUp", "referral/rules.go",
		"net, err := o.CurrentSubtotal.Sub(o.GiftCards)", "net, err := o.GiftCards.Sub(o.CurrentSubtotal)",
	},
	{
		"full refund", "TestUndone", "referral/rules.go",
		"return err == nil && all && o.Refunded.Minor > 0", "return err == nil && all",
	},
	{
		"full refund", "TestUndone", "referral/rules.go",
		"return err == nil && all && o.Refunded.Minor > 0", "return false && err == nil && all",
	},
	{
		"full refund", "TestUndone", "referral/rules.go",
		"o.Status == StatusRefunded || o.Status == StatusVoided", "o.Status == StatusRefunded",
	},
	{
		"payment", "TestPaidAtIsTheLastSuccessfulPayment", "referral/rules.go",
		`(t.Kind == "SALE" || t.Kind == "CAPTURE")`, `t.Kind == "SALE"`,
	},
	{
		"payment", "TestPaidAtIsTheLastSuccessfulPayment", "referral/rules.go",
		`(t.Kind == "SALE" || t.Kind == "CAPTURE")`, "true",
	},
	{"payment", "TestPaidAtIsTheLastSuccessfulPayment", "referral/rules.go", `t.Status == "SUCCESS" && `, ""},
	{
		"payment", "TestPaidAtIsTheLastSuccessfulPayment", "referral/rules.go",
		"t.pays() && t.At.After(at) {", "t.pays() {",
	},
	{
		"hold", "TestReleaseAt", "referral/rules.go",
		"return start.Add(time.Duration(holdDays)", "return processedAt.Add(time.Duration(holdDays)",
	},
	{"hold", "TestReleaseAt", "referral/rules.go", "if paidAt.After(start) {", "if true {"},
	{"hold", "TestPaid", "referral/decide.go", "return w.campaign.Terms.HoldDays", "return 14"},
	{
		"release", "TestARewardIsReleasedOnlyWhenRipe", "referral/releasing.go",
		"return r.DecidedRev == r.FactsRev &&", "return true &&",
	},
	{
		"release", "TestARewardIsReleasedOnlyWhenRipe", "referral/releasing.go",
		"!r.ReleaseAt.After(before)", "r.ReleaseAt.Before(before)",
	},
	{
		"release", "TestARewardIsReleasedOnlyWhenRipe", "referral/releasing.go",
		"!slices.Contains(r.Work, WorkHistory) &&", "true &&",
	},
	{
		"release", "TestARewardIsReleasedOnlyWhenRipe", "referral/releasing.go",
		"slices.Contains(r.Work, WorkRelease) &&", "true &&",
	},
	{
		"release", "TestARewardIsReleasedOnlyWhenRipe", "referral/decide.go",
		"add(WorkRelease, r.State == Pending && r.Reason == ReasonNone)", "add(WorkRelease, r.State == Pending)",
	},
	{
		"released stands", "TestRelease", "referral/decide.go",
		"(released.out.Outcome != Voided || best", "(false || best",
	},
	{
		"released stands", "TestRelease", "referral/decide.go",
		"(released != nil && (released", "(released != nil && (true || released",
	},
	{
		"released stands", "TestRelease", "referral/decide.go",
		"case r.Release != nil:\n\t\tr.State, r.Reason = Approved, ReasonNone", "case false:",
	},
	{
		"released stands", "TestRelease", "referral/decide.go",
		"if r.Release != nil && offer.Kind != ShareOfOrder {", "if false {",
	},
	{
		"released stands", "TestRelease", "referral/decide.go",
		"err == nil && released != nil && chosen != nil", "err == nil && released != nil && chosen != nil && false",
	},
	{
		"released stands", "TestRelease", "referral/decide.go",
		"if r.Release != nil {\n\t\tr.Advocate", "if false {\n\t\tr.Advocate",
	},
	{
		"released stands", "TestReleasedStands", "referral/decide.go",
		"if r := f.Release; r != nil && r.Order == o.ID {", "if r := f.Release; false {",
	},
	{"displaced", "TestReleasedStands", "referral/decide.go", "\t\tsetAside(&r, weighed, nil)\n", ""},
	{
		"caps and budget", "TestRelease", "referral/decide.go",
		"case r.Release != nil && r.Release.Denied != ReasonNone:", "case false:",
	},
	{
		"caps and budget", "TestDecideRelease", "referral/releasing.go",
		"l.MonthCap > 0 && r.In30 >= l.MonthCap", "l.MonthCap > 0 && r.In30 > l.MonthCap",
	},
	{
		"caps and budget", "TestDecideRelease", "referral/releasing.go",
		"l.YearCap > 0 && r.In365 >= l.YearCap", "l.YearCap > 0 && r.In365 > l.YearCap",
	},
	{"caps and budget", "TestDecideRelease", "referral/releasing.go", "return month || year", "return month && year"},
	{"caps and budget", "TestDecideRelease", "referral/releasing.go", "\n\tif over {", "\n\tif over && false {"},
	{
		"caps and budget", "TestDecideRelease", "referral/releasing.go",
		"if s == nil || budget.IsZero() {", "if s == nil {",
	},
	{
		"caps and budget", "TestDecideRelease", "referral/releasing.go",
		"sum, err := settled.Add(s.Amount)", "sum, err := settled, error(nil)",
	},
	{
		"caps and budget", "TestDecideRelease", "referral/releasing.go",
		"f.Campaigns[r.TermsOf(FriendSide)].Terms.Friend.AfterOrder", "false",
	},
	{
		"caps and budget", "TestDecideRelease", "referral/releasing.go",
		"amount, err := release.Worth.Sub(release.Offset)", "amount, err := release.Worth, error(nil)",
	},
	{
		"caps and budget", "TestAsksOfRelease", "referral/releasing.go",
		"Between{at.Add(-window), at.Add(window)}", "Between{at.Add(-window), at}",
	},
	{
		"caps and budget", "TestAsksOfRelease", "referral/releasing.go",
		"if limits.YearCap > 0 {", "if limits.MonthCap > 0 {",
	},
	{
		"caps and budget", "TestAsksOfRelease", "referral/releasing.go",
		"if !limits.Budget.IsZero() {", "if false {",
	},
	{
		"caps and budget", "TestCapsAndBudgetsAreHeldByAnyNumberOfWorkers", "rewards/release.go",
		"s.countReleases(ctx, was, asks.In30)", "s.countReleases(ctx, was, referral.Between{})",
	},
	{
		"caps and budget", "TestCapsAndBudgetsAreHeldByAnyNumberOfWorkers", "rewards/release.go",
		"s.countReleases(ctx, was, asks.In365)", "s.countReleases(ctx, was, referral.Between{})",
	},
	{
		"caps and budget", "TestABudgetThatIsSpentStopsNoDebt", "rewards/release.go",
		"if asks.Debts {", "if false {",
	},
	{
		"soft gate", "TestSoftGate", "referral/cost.go",
		"max(gateLeast, min(100, 100*f.Converted/f.Claims))", "min(100, 100*f.Converted/f.Claims)",
	},
	{"soft gate", "TestSoftGate", "referral/cost.go", "if f.Claims < gateSample {", "if true {"},
	{
		"soft gate", "TestSoftGate", "referral/cost.go",
		"min(100, 100*f.Converted/f.Claims)", "100 * f.Converted / f.Claims",
	},
	{"soft gate", "TestSoftGate", "referral/cost.go", "likely := int64(f.Pending) +", "likely :="},
	{
		"soft gate", "TestSoftGate", "referral/cost.go",
		"(int64(f.Open)*int64(f.Percent())+99)/100", "int64(f.Open)*int64(f.Percent())/100",
	},
	{"soft gate", "TestSoftGate", "referral/cost.go", "err == nil && t.Friend.AfterOrder", "err == nil && false"},
	{"soft gate", "TestSoftGate", "referral/cost.go", "return f.Settled.Add(coming)", "return coming, nil"},
	{
		"allowable cost", "TestCostOfANewCustomer", "referral/cost.go",
		"return !enough && err == nil, err", "return enough && err == nil, err",
	},
	{"allowable cost", "TestCostOfANewCustomer", "referral/cost.go", "if l.AllowableCost.IsZero() {", "if false {"},
	{"allowable cost", "TestCostOfANewCustomer", "referral/cost.go", "if t.Friend.Kind == PercentOff {", "if false {"},
	{
		"allowable cost", "TestCostOfANewCustomer", "referral/cost.go",
		"if t.Friend.AfterOrder || t.Friend.Kind", "if true || t.Friend.Kind",
	},
	{
		"allowable cost", "TestCostOfANewCustomer", "referral/cost.go",
		"return net.NotBelowZero(), err", "return net, err",
	},
	{"allowable cost", "TestCostPerCustomer", "referral/cost.go", "Each(max(1, c.Customers))", "Each(1)"},
	{"test lane", "TestTestLane", "referral/decide.go", "if w.order.Test {\n\t\treturn 0", "if false {\n\t\treturn 0"},
	{
		"test lane", "TestTestLane", "referral/rules.go",
		"if w.order.Test {\n\t\treturn passed", "if false {\n\t\treturn passed",
	},
	{
		"test lane", "TestTestLane", "referral/decide.go",
		"r.HistoryAt.IsZero() && !r.Friend.Test()", "r.HistoryAt.IsZero()",
	},
	{"test lane", "TestTestLane", "referral/releasing.go", "if r.Friend.Test() {", "if false {"},
	{"test lane", "TestATestOrderGivesNoCode", "referral/releasing.go", "if r.Friend.Test() {", "if false {"},
	{"test lane", "TestDecideRelease", "referral/releasing.go", "if r.Friend.Test() {", "if false {"},
	{"test lane", "TestTestLane", "referral/types.go", "return FriendID(c) + testLane", "return FriendID(c)"},
	{"test lane", "TestTestLane", "referral/order.go", "\treturn FriendOf(c, o.Test)", "\treturn FriendOf(c, false)"},

	{
		"worth", "TestWorth", "referral/decide.go",
		"offer.Worth(w.net)\n\tif err != nil || r.Release",
		"offer.Worth(w.order.Subtotal)\n\tif err != nil || r.Release",
	},
	{
		"worth", "TestWorth", "referral/offer.go",
		"return o.CountsAs, nil", "return money.Amount{Currency: net.Currency}, nil",
	},
	{
		"worth", "TestWorth", "referral/offer.go",
		"case ShareOfOrder:\n\t\treturn o.share(net)", "case ShareOfOrder:\n\t\treturn net, nil",
	},
	{
		"worth", "TestWorth", "referral/offer.go",
		"err != nil || o.Most.IsZero() || o.Most.Currency != part.Currency {", "true {",
	},
	{"worth", "TestWorth", "referral/offer.go", " || o.Most.Currency != part.Currency", ""},
	{"worth", "TestWorth", "referral/offer.go", "err != nil || !more {", "err != nil || more {"},
	{"rounding", "TestWorth", "money/money.go", "half := big.NewInt(5_000)", "half := big.NewInt(4_999)"},
	{"rounding", "TestWorth", "money/money.go", "half := big.NewInt(5_000)", "half := big.NewInt(9_999)"},
	{
		"friend at the claim", "TestFriendsRewardAtTheClaim", "referral/decide.go",
		"errors.Join(r.bookNothing(changed, AdvocateSide), r.untied(f, changed))",
		"errors.Join(r.bookNothing(changed, Sides...))",
	},
	{
		"friend at the claim", "TestFriendsRewardAtTheClaim", "referral/decide.go",
		"		return r.untied(f, r.UndoneAt)", "		return r.bookNothing(r.UndoneAt, FriendSide)",
	},
	{
		"friend at the claim", "TestFriendsRewardAtTheClaim", "referral/rewards.go",
		"return shareable(f, o)\n}", "return CampaignKey{}\n}",
	},
	{
		"friend at the claim", "TestFriendsRewardAtTheClaim", "referral/rewards.go",
		"if !f.Campaigns[by].Terms.Shares() {", "if false {",
	},
	{
		"friend at the claim", "TestFriendsRewardAtTheClaim", "referral/rewards.go",
		"|| o.ProcessedAt.Before(r.At) {", "|| o.ProcessedAt.After(r.At) {",
	},
	{
		"friend at the claim", "TestFriendsRewardAtTheClaim", "referral/rewards.go",
		"i := slices.IndexFunc(f.Claims, func(c Claim) bool { return c.Has(code) }); i >= 0",
		"i := slices.IndexFunc(f.Claims, func(c Claim) bool { return c.Code == code }); i >= 0",
	},
	{"evidence", "TestEvidence", "referral/evidence.go", "!a.At.After(o.ProcessedAt) && slices", "slices"},
	{"promise", "TestPromise", "referral/types.go", "if o.ProcessedAt.Before(p.Until) {", "if false {"},
	{
		"promise", "TestPromise", "referral/types.go",
		"if o.ProcessedAt.Before(p.Until) {", "if !o.ProcessedAt.After(p.Until) {",
	},
	{"worth", "TestDueAndOwed", "referral/rewards.go", "case a.due && a.empty():", "case false:"},
	{"settled", "TestDueAndOwed", "referral/rewards.go", "case a.more && issue == nil:", "case false:"},
	{"settled", "TestDueAndOwed", "referral/rewards.go", "dueUnits = 1 + len(settled)", "dueUnits = 1"},
	{
		"promise", "TestPromise", "referral/decide.go",
		"promised = claim.Promised(w.order)", "_ = claim.Promised(w.order)",
	},
	{"promise", "TestPromise", "referral/decide.go", "		return used\n", "		_ = used\n"},
	{
		"friend after the order", "TestFriendsRewardAfterTheOrder", "referral/rewards.go",
		"case a.side == FriendSide && state == RewardRedeemed:", "case false:",
	},
	{
		"friend after the order", "TestFriendsRewardAfterTheOrder", "referral/rewards.go",
		"if side == FriendSide {\n\t\ta.more", "if false {\n\t\ta.more",
	},
	{
		"friend after the order", "TestFriendsRewardAfterTheOrder", "referral/decide.go",
		"r.Rewards[AdvocateSide].ToGive() || r.Rewards[FriendSide].ToGive()", "r.Rewards[AdvocateSide].ToGive()",
	},
	{"issue", "TestAnIssueIsNotedOnce", "referral/issue.go", "return r.DecidedRev == r.FactsRev &&", "return true &&"},
	{"issue", "TestAnIssueIsNotedOnce", "referral/issue.go", " && r.Holder(side) == holder\n}", "\n}"},
	{"issue", "TestAnIssueIsNotedOnce", "referral/issue.go", "r.Rewards[side].ToGive() && r.Holder", "r.Holder"},
	{
		"taking back", "TestDueAndOwed", "referral/rewards.go",
		"if r.State == Voided || replaced || (spent && a.more) || (", "if replaced || (spent && a.more) || (",
	},
	{
		"taking back", "TestGivenAndTakenBack", "referral/decide.go",
		"return i.TakenBack && i.Gone.IsZero()", "return i.TakenBack",
	},
	{
		"taking back", "TestGivenAndTakenBack", "referral/rewards.go",
		"if !r.Issues[i].TakenBack {\n\t\t\treturn", "if true {\n\t\t\treturn",
	},
	{
		"taking back", "TestGivenAndTakenBack", "referral/rewards.go",
		"case r.State == Voided && len(issuesOf(*r, side)) > 0:", "case false:",
	},
	{
		"refused", "TestARefusedRewardWaitsForTheMerchant", "referral/rewards.go",
		"no.Holder == r.Holder(side) && no.At.After(retry.At)", "false && no.At.After(retry.At)",
	},
	{
		"refused", "TestARefusedRewardWaitsForTheMerchant", "referral/rewards.go",
		"no.Holder == r.Holder(side) && no.At.After(retry.At)", "no.At.After(retry.At)",
	},
	{
		"refused", "TestARefusedRewardWaitsForTheMerchant", "referral/rewards.go",
		"no.Holder == r.Holder(side) && no.At.After(retry.At)",
		"no.Holder == r.Holder(side) && no.At.After(retry.At.Add(-1000*time.Hour))",
	},
	{
		"refused", "TestARefusedRewardWaitsForTheMerchant", "referral/rewards.go",
		"r.State == RewardApproved && r.Reason != ReasonRefused", "r.State == RewardApproved",
	},
	{
		"reissue", "TestReissue", "referral/rewards.go",
		"act.Kind == ActReissue && act.Code == issue.Code", "act.Kind == ActReissue",
	},
	{"reissue", "TestReissue", "referral/rewards.go", "act.Kind == ActReissue && act.Code == issue.Code", "false"},
	{
		"reissue", "TestReissue", "referral/rewards.go",
		"|| (!spent && (!a.more || other)) {", "|| (false && !spent && (!a.more || other)) {",
	},
	{"reissue", "TestReissue", "referral/rewards.go", "units := a.spent", "units := min(1, a.spent)"},
	{"expiry", "TestExpiry", "referral/record.go", "!now.Before(r.EndsAt)", "now.After(r.EndsAt)"},
	{"expiry", "TestExpiry", "referral/record.go", "!r.EndsAt.IsZero() && ", ""},
	{"expiry", "TestExpiry", "referral/record.go", "if r.State == RewardIssued && ", "if "},
	{"owed", "TestOwed", "referral/rewards.go", "case a.units > 0:", "case false:"},
	{"owed", "TestOwed", "referral/rewards.go", "\t\tunits++\n", ""},
	{"owed", "TestOwed", "referral/rewards.go", "if a.due {\n\t\tvar err error", "if true {\n\t\tvar err error"},
	{"offset", "TestRelease", "referral/rewards.go", "if a.offer.InParts() {\n\t\ta.units", "if false {\n\t\ta.units"},
	{"offset", "TestRelease", "referral/rewards.go", "case a.due:\n\t\treward.State", "case false:\n\t\treward.State"},
	{"offset", "TestDecideRelease", "referral/releasing.go", "if inParts != other.InParts() {", "if false {"},
	{
		"offset", "TestDecideRelease", "referral/releasing.go",
		"(r.Offsets > 0 || !offer.Same(other))", "!offer.Same(other)",
	},
	{"offset", "TestDecideRelease", "referral/releasing.go", "(r.Offsets > 0 || !offer.Same(other))", "r.Offsets > 0"},
	{"offset", "TestDecideRelease", "referral/releasing.go", "if err != nil || amount.IsZero() {", "if err != nil {"},
	{
		"offset", "TestDecideRelease", "referral/releasing.go",
		"\tif more {\n\t\treturn b, err", "\tif more && false {\n\t\treturn b, err",
	},
	{"offset", "TestDecideRelease", "referral/releasing.go", "denied := NewRelease(was)", "denied := release"},
	{"offset", "TestOwed", "referral/rewards.go", "had.Add(a.offset)", "had.Add(money.Amount{})"},
	{
		"settled", "TestDecideRelease", "referral/releasing.go",
		"append(slices.Clone(facts.Settled), Settled{", "append(facts.Settled[:0:0], Settled{",
	},
	{
		"settled", "TestOwed", "referral/rewards.go",
		"a.units-a.madeUpUnits-a.letUnits", "a.units-2*a.madeUpUnits-a.letUnits",
	},
	{"settled", "TestOwed", "referral/rewards.go", "case a.settled():", "case a.settled() && false:"},
	{"settled", "TestOwed", "referral/rewards.go", "a.owed.Sub(a.madeUp)", "a.owed.Sub(money.Amount{})"},
	{"forgiven", "TestOwed", "referral/rewards.go", "a.units-a.madeUpUnits-a.letUnits", "a.units-a.madeUpUnits"},
	{"ledger", "TestOwed", "referral/rewards.go", "return a.owed, nil", "return a.offset, nil"},
	{"ledger", "TestDueAndOwed", "referral/rewards.go", "return a.worth.Add(a.owed)", "return a.worth, nil"},
	{
		"ledger", "TestDueAndOwed", "referral/rewards.go",
		"case state == RewardApproved && a.spent == 0:", "case state == RewardApproved:",
	},
	{"settled", "TestDueAndOwed", "referral/rewards.go", "over.Minor < 0, over.Neg()", "over.Minor < 0, a.worth"},
	{
		"forgiven", "TestOwed", "referral/rewards.go",
		"amount, err = amount.Sub(a.let)", "amount, err = amount.Sub(money.Amount{})",
	},
	{"forgiven", "TestUndoneTwice", "referral/rewards.go", "Minor: min(most, a.let.Minor)", "Minor: most"},
	{
		"forgiven", "TestDueAndOwed", "referral/rewards.go",
		"Minor: min(most, a.let.Minor)", "Minor: a.let.Minor + 0*most",
	},
	{"released stands", "TestRelease", "referral/decide.go", "|| best.out.Outcome == Voided)", "|| false)"},
	{
		"friend at the claim", "TestFriendsRewardAtTheClaim", "referral/rewards.go",
		"all, err = all.Add(r.Amount)", "all, err = all.Add(money.Amount{})",
	},
	{
		"friend after the order", "TestFriendsRewardAfterTheOrder", "referral/rewards.go",
		"return a.had, nil", "return a.worth, nil",
	},
	{"promise", "TestPromise", "referral/types.go", "if code == p.Code && code != \"\" {", "if false {"},
	{"taking back", "TestUndoneTwice", "referral/rewards.go", "(spent && a.more) || (", "("},
	{"taking back", "TestDueAndOwed", "referral/rewards.go", "!a.more || other", "!a.more || other && false"},
	{
		"issue", "TestAnIssueIsNotedOnce", "referral/rewards.go",
		"release.Order, release.Advocate, by.ID", "release.Advocate, release.Advocate, by.ID",
	},
	{
		"issue", "TestAnIssueIsNotedOnce", "referral/rewards.go",
		"release.Order, release.Advocate, by.ID", "release.Order, release.Order, by.ID",
	},
	{
		"issue", "TestAnIssueIsNotedOnce", "referral/rewards.go",
		"due := r.Rewards[side].Due", "due := r.Rewards[side].Side",
	},
	{
		"ledger", "TestAWholeLifeKeepsItsBooks", "referral/rewards.go",
		"missing, err := line.Amount.Sub(booked)", "missing, err := line.Amount.Sub(money.Amount{})",
	},
	{
		"ledger", "TestDaysOfTheBooks", "referral/rewards.go",
		"entry.Kind, entry.At, entry.Reason = opposite, changed, r.Reason", "entry.Kind = opposite",
	},
	{"owed", "TestDueAndOwed", "referral/rewards.go", "return a.times[len(a.times)-a.units]", "return a.times[0]"},
	{
		"settled", "TestUndoneTwice", "referral/states.go",
		"RewardRedeemed: {RewardApproved, RewardIssued, RewardReversed, RewardOwed, RewardSettled, RewardForgiven},",
		"RewardRedeemed: {RewardApproved, RewardIssued, RewardReversed, RewardOwed, RewardForgiven},",
	},
	{
		"forgiven", "TestUndoneTwice", "referral/states.go",
		"RewardRedeemed: {RewardApproved, RewardIssued, RewardReversed, RewardOwed, RewardSettled, RewardForgiven},",
		"RewardRedeemed: {RewardApproved, RewardIssued, RewardReversed, RewardOwed, RewardSettled},",
	},
	{
		"moves", "TestMovesOfEveryPair", "referral/states.go",
		"None:     {Pending, Flagged, Voided},", "None:     {Pending, Flagged, Voided, Approved},",
	},
	{
		"moves", "TestMovesOfEveryPair", "referral/states.go",
		"RewardPending:  {RewardNone, ", "RewardPending:  {RewardNone, RewardIssued, ",
	},
	{"moves", "TestDecideRefusesForbiddenMoves", "referral/decide.go", "if !MayMove(from, is.State) {", "if false {"},
	{
		"moves", "TestDecideRefusesForbiddenMoves", "referral/decide.go",
		"if !MayMoveReward(before, after) {", "if false {",
	},
	{
		"order of facts", "TestConvertingOrder", "referral/decide.go",
		"if before(a.ProcessedAt, a.ID, b.ProcessedAt, b.ID) {\n\t\t\treturn -1",
		"if before(a.ProcessedAt, a.ID, b.ProcessedAt, b.ID) {\n\t\t\treturn 1",
	},
	{
		"order of facts", "TestDecideDoesNotDependOnTheOrderOfFacts", "referral/evidence.go",
		"\t\t\tcmp.Compare(a.Claim, b.Claim),\n", "",
	},
}
