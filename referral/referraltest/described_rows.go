package referraltest

import (
	"fmt"
	"strings"

	"twofold/money"
	. "twofold/referral"
)

// describedRows are orders as a merchant describes them. What the dry run says of each must come of it too where it is
// played: the same checks with the same results, the same evidence, and the same rewards at the same time.
func describedRows() []Row {
	plain := func(*Terms) {}
	fate := func(fate Fate) func(*Described) { return func(d *Described) { d.Fate = fate } }
	came := func(came Came) func(*Described) { return func(d *Described) { d.Came = came } }
	made := alices.to(DescribedAdvocate)
	is := func(c want) want { return c.to(DescribedAdvocate) }

	return []Row{
		described("as the form begins", func(*Described) {}, plain, made.by(EvidenceClaimCode).releasedAt(Bought.Add(14*Day)).friend(RewardRedeemed, "20.00 USD")),
		described("a cent below the minimum: the checkout takes no code", func(d *Described) { d.Goods = USD("39.99") }, plain,
			is(voided(ReasonBelowMinimum)).by(EvidenceClaimCustomer)),
		described("exactly the minimum", func(d *Described) { d.Goods = USD("40") }, plain, made),
		described("gift cards for most of it", func(d *Described) { d.GiftCards = USD("50") }, plain, is(voided(ReasonBelowMinimum))),
		described("a percentage off", func(d *Described) { d.Goods = USD("99.99") }, func(t *Terms) {
			t.Friend = Offer{Kind: PercentOff, RateBP: 1550}
		}, made.friend(RewardRedeemed, "15.50 USD")),
		described("free shipping", func(*Described) {}, func(t *Terms) { t.Friend = Offer{Kind: FreeShipping} }, made),
		described("a share of the order", func(*Described) {}, func(t *Terms) {
			t.Advocate = Offer{Kind: ShareOfOrder, RateBP: 1000, Personal: true}
		}, made.worth("6.00 USD")),
		described("the friend's reward comes after the order", func(*Described) {}, func(t *Terms) { t.Friend.AfterOrder = true },
			made.by(EvidenceClaimCustomer).friend(RewardPending, "20.00 USD")),

		described("signed in, and the code was not used", came(CameSignedIn), plain, made.by(EvidenceClaimCustomer)),
		described("a guest's cart, and the code was not used", came(CameByCart), plain, made.by(EvidenceCartClaim)),
		described("the link was opened only", came(CameByLink), plain, made.by(EvidenceCartVisit)),
		described("the shareable code", came(CameByShare), plain, made.by(EvidenceAdvocateCode)),
		described("the shareable code, below the minimum", func(d *Described) { d.Came, d.Goods = CameByShare, USD("30") }, plain, nobody),
		described("the shareable code, where there are none", came(CameByShare), func(t *Terms) { t.ShareCeiling = 0 }, nobody),
		described("the address alone", came(CameByAddress), plain, nobody),
		described("the address alone, where it counts", came(CameByAddress), func(t *Terms) { t.CreditRef = true }, made.by(EvidenceRef)),
		described("nothing", came(CameByNothing), plain, nobody),
		described("a day before the window ends", func(d *Described) { d.Days = 29 }, plain, made),
		described("when the window has ended", func(d *Described) { d.Days = 30 }, plain, nobody),

		described("has bought before", func(d *Described) { d.Friend = KnownBuyer }, plain, is(voided(ReasonNotNew))),
		described("nobody knows whether the friend has bought before", func(d *Described) { d.Friend = UnknownBuyer }, plain, is(holds(ReasonUnknown))),
		described("nobody's order", func(d *Described) { d.Friend = NoBuyer }, plain, is(voided(ReasonNoIdentity))),
		described("the advocate's own order", func(d *Described) { d.Likeness = SameAccount }, plain, is(voided(ReasonSelf))),
		described("the advocate's e-mail address", func(d *Described) { d.Likeness = SameEmail }, plain, is(holds(ReasonSameEmail))),
		described("the advocate's browser", func(d *Described) { d.Likeness = SameBrowser }, plain, is(holds(ReasonSameBrowser))),
		described("a blocked advocate", func(d *Described) { d.Advocate = BlockedAdvocate }, plain, is(voided(ReasonBlocked))),
		described("an advocate who has not bought, where they buy first", func(d *Described) { d.Advocate = NewAdvocate },
			func(t *Terms) { t.BuysFirst = true }, is(waits(ReasonBuysFirst))),
		described("an advocate who has not bought, where they need not", func(d *Described) { d.Advocate = NewAdvocate }, plain, made),
		described("a draft order, where these do not count", func(d *Described) { d.Source = SourceDraft },
			func(t *Terms) { t.Excluded.Draft = true }, is(voided(ReasonSource))),
		described("a subscription's order, where drafts do not count", func(d *Described) { d.Source = SourceSubscription },
			func(t *Terms) { t.Excluded.Draft = true }, made),

		described("not paid yet", fate(FateUnpaid), plain, is(waits(ReasonUnpaid))),
		described("cancelled", fate(FateCancelled), plain, is(voided(ReasonCancelled))),
		described("refunded", fate(FateRefunded), plain, is(voided(ReasonRefunded))),
		described("part of it given back, and enough is left", func(d *Described) { d.Fate, d.Returned = FateReturned, USD("40") }, plain, made),
		described("part of it given back, and too little is left", func(d *Described) { d.Fate, d.Returned = FateReturned, USD("50") },
			plain, is(voided(ReasonBelowMinimum))),
		described("refunded after the reward was issued", fate(FateLate), plain, is(undone(ReasonRefunded, RewardReversed))),
		described("refunded later, and no reward ever was due", func(d *Described) { d.Fate, d.Friend = FateLate, KnownBuyer }, plain,
			is(voided(ReasonRefunded))),
		described("a chargeback", fate(FateChargeback), plain, is(voided(ReasonDispute))),
		described("an inquiry of the bank", fate(FateInquiry), plain, is(holds(ReasonInquiry))),
		described("a test order", func(d *Described) { d.Test = true }, plain, made.releasedAt(Bought)),
		described("a test order, refunded after its release", func(d *Described) { d.Test, d.Fate = true, FateLate }, plain,
			is(voided(ReasonRefunded))),
	}
}

// AsTheFormBegins is the order that is described unless a row says otherwise.
func AsTheFormBegins() Described {
	return Described{
		Goods: USD("80"), GiftCards: USD("0"), Returned: USD("0"), Came: CameByCode, Days: 2, Friend: NewBuyer, Likeness: Unlike,
		Advocate: BuyingAdvocate, Source: SourceWeb, Fate: FateStays,
	}
}

// described is a row of which the dry run must say what comes of it.
func described(says string, describe func(*Described), terms func(*Terms), c want) Row {
	d := AsTheFormBegins()
	describe(&d)
	campaign := BobsFacts().Campaigns[Version1]
	terms(&campaign.Terms)

	was, facts, err := d.Facts(campaign, Bought)
	var dry Referral
	if err == nil {
		dry, err = was.Decided(facts)
	}
	return Row{
		Says:   says,
		change: func(w *Scene) { w.Facts, w.Referral = facts, was },
		want: c.check("the dry run", "", func(r Referral) string {
			if err != nil {
				return err.Error()
			}
			if one, other := told(dry), told(r); one != other {
				return "says " + one + "; played, it is " + other
			}
			return ""
		}),
	}
}

// told is all that the dry run tells of a decision.
func told(r Referral) string {
	var all []string
	add := func(what ...any) { all = append(all, strings.TrimSpace(fmt.Sprintln(what...))) }

	add(r.State, r.Reason, r.Advocate, r.ReleaseAt.UTC())
	for _, side := range Sides {
		reward := r.Rewards[side]
		add(side, reward.State, reward.Reason, amount(reward.Amount), amount(reward.Owed))
	}
	for _, w := range r.Explained.Orders {
		add(w.Outcome, w.Reason, amount(w.Net), amount(w.Took))
		for _, e := range w.Evidence {
			add(e.Kind, e.Advocate, e.Won, e.Lost, e.Touch.UTC())
		}
		for _, check := range w.Checks {
			add(check.Rule, check.Version, check.Result, check.Reason)
		}
	}
	for _, e := range r.Ledger {
		add(e.Side, e.Kind, amount(e.Amount))
	}
	return strings.Join(all, " | ")
}

func amount(a money.Amount) string { return a.String() }
