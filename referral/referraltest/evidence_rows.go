package referraltest

import (
	"time"

	. "twofold/referral"
)

// What ties orders to advocates, and who is credited. The cast is in cast.go, what happens in scene.go, what is wanted
// in want.go.

func evidenceRows() []Row {
	return []Row{
		{"a friend buys with the claim's code", func(*Scene) {},
			alices.by(EvidenceClaimCode).worth("20.00 USD").friend(RewardRedeemed, "20.00 USD").work(WorkRelease)},
		{"with a former code of a renewed claim", func(w *Scene) {
			w.Claim().Code, w.Claim().Former = "NEW", []string{BobsCode}
		}, alices.by(EvidenceClaimCode)},
		{"with a former code, while the new one is not drawn yet", func(w *Scene) {
			w.Claim().Code, w.Claim().Former = "", []string{"OLDER", BobsCode}
		}, alices.by(EvidenceClaimCode)},
		{"with another customer's claim code", func(w *Scene) { w.Claim().Customer = Zoe },
			alices.by(EvidenceClaimCode)},
		{"nobody claimed", func(w *Scene) { w.Facts.Claims = nil }, nobody},
		{"with the advocate's shareable code, no claim", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ALICE"}
		}, alices.by(EvidenceAdvocateCode)},
		{"with a former code of the advocate's", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ALICE"}
			w.Advocate("adv_alice", func(a *Advocate) { a.Codes = []string{"ALICE-NEW", "ALICE"} })
		}, alices.by(EvidenceAdvocateCode)},
		{"with a shareable code, where the friend's reward comes after the order", func(w *Scene) {
			w.Nothing()
			w.Terms(func(t *Terms) { t.Friend.AfterOrder = true })
			w.Order().Codes = []string{"ALICE"}
		}, nobody.lost(LostNoShare)},
		{"with a shareable code, which the campaign does not have", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ALICE"}
			w.Terms(func(t *Terms) { t.ShareCeiling = 0 })
		}, nobody.lost(LostNoShare)},
		{"with a code that is nobody's", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"SUMMER"}
		}, nobody.lost()},
		{"the claim had been made signed in", func(w *Scene) { w.Order().Codes = nil },
			alices.by(EvidenceClaimCustomer)},
		{"the claim had been made signed in, and orders earn by a code alone", func(w *Scene) {
			w.Order().Codes = nil
			w.Terms(func(t *Terms) { t.CodeOnly = true })
		}, nobody.lost(LostNoCode)},
		{"with the claim's code, and orders earn by a code alone", func(w *Scene) {
			w.Terms(func(t *Terms) { t.CodeOnly = true })
		}, alices.by(EvidenceClaimCode)},
		{"orders earn by a code alone, and there is none as the friend's reward comes after the order", func(w *Scene) {
			w.Order().Codes = nil
			w.Claim().Code = ""
			w.Terms(func(t *Terms) { t.CodeOnly, t.Friend.AfterOrder = true, true })
		}, alices.by(EvidenceClaimCustomer)},
		{"the cart carries the claim, and orders earn by a code alone", func(w *Scene) {
			w.Guest()
			w.Order().Attributes = []Attribute{{Key: ClaimAttribute, Value: "clm_bob"}}
			w.Terms(func(t *Terms) { t.CodeOnly = true })
		}, nobody.lost(LostNoCode)},
		{"signed in on the instant of the order", func(w *Scene) {
			w.Order().Codes = nil
			w.Claim().SignedAt = Bought
		}, alices.by(EvidenceClaimCustomer)},
		{"signed in an instant after the order", func(w *Scene) {
			w.Order().Codes = nil
			w.Claim().SignedAt = Bought.Add(Instant)
		}, nobody.lost()},
		{"another customer was signed in", func(w *Scene) {
			w.Order().Codes = nil
			w.Claim().Customer = Zoe
		}, nobody.lost()},
		{"an earlier order of the friend's, cancelled, carries the claim's code", func(w *Scene) {
			w.Guest()
			w.Another(999, Noon.Add(time.Minute), func(o *Order) {
				o.Codes, o.CancelledAt = []string{BobsCode}, Noon.Add(2*time.Minute)
			})
		}, alices.on(1001).by(EvidenceClaimCustomer)},
		{"an earlier order of the friend's, cancelled, carries the claim in its cart", func(w *Scene) {
			w.Guest()
			w.Another(999, Noon.Add(time.Minute), func(o *Order) {
				o.Attributes = []Attribute{{Key: ClaimAttribute, Value: "clm_bob"}}
				o.CancelledAt = Noon.Add(2 * time.Minute)
			})
		}, alices.on(1001).by(EvidenceCartClaim)},
		{"only a later order of the friend's carries the claim", func(w *Scene) {
			w.Guest()
			w.Another(1002, Bought.Add(Day), func(o *Order) { o.Codes = []string{BobsCode} })
		}, alices.on(1002).by(EvidenceClaimCode).lost()},
		{"of two orders of one instant the one with the lower number carries the claim", func(w *Scene) {
			w.Guest()
			w.Another(999, Bought, func(o *Order) { o.Codes, o.CancelledAt = []string{BobsCode}, Bought })
		}, alices.on(1001).by(EvidenceClaimCustomer)},
		{"of two orders of one instant the one with the higher number carries the claim", func(w *Scene) {
			w.Guest()
			w.Another(1002, Bought, func(o *Order) { o.Codes, o.CancelledAt = []string{BobsCode}, Bought })
		}, voided(ReasonCancelled).on(1002)},
		{"claimed by e-mail with the order's address", func(w *Scene) {
			w.Guest()
			w.Claim().Addresses, w.Order().Emails = GivenAt(Noon, "h2", "h1"), []string{"h1"}
		}, nobody.lost(LostUnproved)},
		{"claimed by e-mail with another address", func(w *Scene) {
			w.Guest()
			w.Claim().Addresses, w.Order().Emails = GivenAt(Noon, "h2"), []string{"h1"}
		}, nobody.lost()},
		{"the order's address is an alias of the one that was given", func(w *Scene) {
			w.Guest()
			w.Claim().Addresses, w.Order().Emails, w.Order().Aliases = GivenAt(Noon, "h1"), []string{"h2"}, []string{"h1"}
		}, nobody.lost()},
		{"the address was given on the instant of the order", func(w *Scene) {
			w.Guest()
			w.Claim().Addresses, w.Order().Emails = GivenAt(Bought, "h1"), []string{"h1"}
		}, nobody.lost(LostUnproved)},
		{"the address was given an instant after the order", func(w *Scene) {
			w.Guest()
			w.Claim().Addresses, w.Order().Emails = GivenAt(Bought.Add(Instant), "h1"), []string{"h1"}
		}, nobody.lost()},
		{"claimed by e-mail, at level 1", func(w *Scene) {
			w.Guest()
			w.Claim().Addresses = GivenAt(Noon, "h1")
		}, nobody.lost()},
		{"the cart carries the claim", func(w *Scene) { w.Guest(); w.Cart("clm_bob") }, alices.by(EvidenceCartClaim)},
		{"the cart carries a claim that there is not", func(w *Scene) {
			w.Guest()
			w.Cart("clm_other")
		}, nobody.lost()},
		{"another attribute has the claim's id", func(w *Scene) {
			w.Guest()
			w.Order().Attributes = []Attribute{{Key: "note", Value: "clm_bob"}}
		}, nobody.lost()},
		{"the cart carries a visit of Zoe's link", func(w *Scene) {
			w.Nothing()
			w.Visit(Noon)
		}, zoes.by(EvidenceCartVisit).friend(RewardNone)},
		{"a link in the landing page alone", func(w *Scene) {
			w.Nothing()
			w.Order().Journey.Refs = []string{"ALICE"}
		}, nobody.lost(LostRef)},
		{"a link in the landing page, where the merchant has switched that on", func(w *Scene) {
			w.Nothing()
			w.Order().Journey.Refs = []string{"ALICE"}
			w.Terms(func(t *Terms) { t.CreditRef = true })
		}, alices.by(EvidenceRef)},
		{"the advocate of the claim is unknown", func(w *Scene) { w.Claim().Touches[0].Advocate = "adv_gone" },
			nobody.lost(LostAdvocate)},
		{"the campaign of the claim is unknown", func(w *Scene) { w.Claim().Campaign = "cmp_gone" },
			nobody.lost(LostCampaign)},
	}
}

// Each kind of evidence against the next weaker one, which is the other advocate's and the later one.
func strongerEvidenceWinsRows() []Row {
	return []Row{
		{"the merchant's link beats the claim's code", func(w *Scene) { w.Link("adv_zoe", Noon) },
			zoes.by(EvidenceLinked).lost(LostStronger)},
		{"the claim's code beats a shareable code", func(w *Scene) { w.Order().Codes = []string{"ZOE", BobsCode} },
			alices.by(EvidenceClaimCode).lost(LostStronger)},
		{"a shareable code beats a later claim by the same customer", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ALICE"}
			w.Claimed(time.Minute)
		}, alices.by(EvidenceAdvocateCode).lost(LostStronger)},
		{"a claim by the same customer beats the cart's claim", func(w *Scene) {
			w.Order().Codes = nil
			w.Claimed(time.Minute, func(c *Claim) { c.SignedAt = time.Time{} })
			w.Cart("clm_2")
		}, alices.by(EvidenceClaimCustomer).lost(LostStronger)},
		{"the claim's code beats another claim in the cart", func(w *Scene) {
			w.Claimed(time.Minute, func(c *Claim) { c.Customer, c.SignedAt = "", time.Time{} })
			w.Cart("clm_2")
		}, alices.by(EvidenceClaimCode).lost(LostStronger)},
		{"a shareable code beats a claim in the cart", func(w *Scene) {
			w.Guest()
			w.Order().Codes = []string{"ZOE"}
			w.Cart("clm_bob")
		}, zoes.by(EvidenceAdvocateCode).friend(RewardRedeemed).lost(LostStronger)},
		{"a claim by the same customer beats another one in an earlier order's cart", func(w *Scene) {
			w.Order().Codes = nil
			w.Claimed(time.Minute, func(c *Claim) { c.Customer, c.SignedAt = "", time.Time{} })
			w.Another(999, Noon.Add(2*time.Minute), func(o *Order) {
				o.Attributes = []Attribute{{Key: ClaimAttribute, Value: "clm_2"}}
				o.CancelledAt = Noon.Add(3 * time.Minute)
			})
		}, alices.on(1001).by(EvidenceClaimCustomer).lost(LostStronger)},
		{"a link in the landing page beats a claim by e-mail", func(w *Scene) {
			w.Guest()
			w.Claim().Addresses, w.Order().Emails = GivenAt(Noon, "h1"), []string{"h1"}
			w.Order().Journey.Refs = []string{"ZOE"}
			w.Terms(func(t *Terms) { t.CreditRef = true })
		}, zoes.by(EvidenceRef).lost(LostUnproved)},
		{"a claim by e-mail beside its id in the cart", func(w *Scene) {
			w.Guest()
			w.Claim().Addresses, w.Order().Emails = GivenAt(Noon, "h1"), []string{"h1"}
			w.Cart("clm_bob")
		}, alices.by(EvidenceCartClaim)},
		{"the cart's visit beats a link in the landing page", func(w *Scene) {
			w.Nothing()
			w.Visit(Noon)
			w.Order().Journey.Refs = []string{"ALICE"}
			w.Terms(func(t *Terms) { t.CreditRef = true })
		}, zoes.by(EvidenceCartVisit).lost(LostStronger)},
		{"an earlier claim's code beats a later claim by the same customer", func(w *Scene) { w.Claimed(time.Minute) },
			alices.by(EvidenceClaimCode).lost(LostStronger)},
		{"what is strongest is out of the window: the next counts", func(w *Scene) {
			w.At(Noon.Add(30 * Day))
			w.Claimed(Day)
		}, zoes.by(EvidenceClaimCustomer).lost(LostWindow)},
	}
}

func windowRows() []Row {
	over := Noon.Add(30 * Day)
	last := over.Add(-Instant)
	byCustomer := func(at time.Time) func(*Scene) {
		return func(w *Scene) { w.Order().Codes = nil; w.At(at) }
	}
	byCart := func(at time.Time) func(*Scene) {
		return func(w *Scene) { w.Guest(); w.Cart("clm_bob"); w.At(at) }
	}
	byVisit := func(at time.Time) func(*Scene) {
		return func(w *Scene) { w.Nothing(); w.Visit(Noon); w.At(at) }
	}
	before := Noon.Add(-Instant)

	return []Row{
		{"claim's code: the last instant", func(w *Scene) { w.At(last) }, alices},
		{"claim's code: on the instant it is over", func(w *Scene) { w.At(over) }, nobody.lost(LostWindow)},
		{"claim's code: bought on the instant of the touch", func(w *Scene) { w.At(Noon) }, alices},
		{"claim's code: bought, by the clocks, an instant before the touch", func(w *Scene) { w.At(before) },
			alices.by(EvidenceClaimCode)},
		{"claim's code: bought before both touches, the first counts", func(w *Scene) {
			w.Touch(opening("adv_zoe", 1, Noon.Add(Instant)))
			w.At(before)
		}, alices.lost(LostAfter)},
		{"signed in: the last instant", byCustomer(last), alices},
		{"signed in: on the instant it is over", byCustomer(over), nobody.lost(LostWindow)},
		{"signed in: bought on the instant of the touch", byCustomer(Noon), alices},
		{"signed in: bought an instant before the touch", func(w *Scene) {
			byCustomer(before)(w)
			w.Claim().SignedAt = Noon.Add(-Day)
		}, nobody.lost(LostAfter)},
		{"cart's claim: the last instant", byCart(last), alices},
		{"cart's claim: on the instant it is over", byCart(over), nobody.lost(LostWindow)},
		{"cart's claim: bought an instant before the touch", byCart(before), nobody.lost(LostAfter)},
		{"cart's visit: the last instant", byVisit(last), zoes},
		{"cart's visit: on the instant it is over", byVisit(over), nobody.lost(LostWindow)},
		{"cart's visit: bought on the instant of the visit", byVisit(Noon), zoes},
		{"cart's visit: bought an instant before the visit", byVisit(before), nobody.lost(LostOpened)},
		{"a shareable code has no window", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ALICE"}
			w.At(Noon.Add(1000 * Day))
		}, alices},
		{"the merchant's link has no window", func(w *Scene) { w.Link("adv_zoe", Noon.Add(-1000*Day)) },
			zoes.lost(LostStronger)},
		{"a window of one day: the last instant", func(w *Scene) {
			w.Terms(func(t *Terms) { t.WindowDays = 1 })
			w.At(Noon.Add(Day - Instant))
		}, alices},
		{"a window of one day: over", func(w *Scene) {
			w.Terms(func(t *Terms) { t.WindowDays = 1 })
			w.At(Noon.Add(Day))
		}, nobody.lost(LostWindow)},
		{"the longest window: the last instant", func(w *Scene) {
			w.Terms(func(t *Terms) { t.WindowDays = 365 })
			w.At(Noon.Add(365*Day - Instant))
		}, alices},
		{"the longest window: over", func(w *Scene) {
			w.Terms(func(t *Terms) { t.WindowDays = 365 })
			w.At(Noon.Add(365 * Day))
		}, nobody.lost(LostWindow)},
		{"a later touch begins a window of its own", func(w *Scene) {
			w.Touch(opening("adv_alice", 1, Noon.Add(Day)))
			w.At(over)
		}, alices.lost(LostWindow)},
	}
}

func lastAndFirstTouchRows() []Row {
	first := func(t *Terms) { t.Credit = CreditFirst }
	later := opening("adv_zoe", 1, Noon.Add(time.Minute))

	return []Row{
		{"the last touch is credited", func(w *Scene) { w.Touch(later) }, zoes.lost(LostLater)},
		{"a touch on the instant of the order is the last", func(w *Scene) { w.Touch(opening("adv_zoe", 1, Bought)) },
			zoes},
		{"a touch an instant after the order does not count", func(w *Scene) {
			w.Touch(opening("adv_zoe", 1, Bought.Add(Instant)))
		}, alices.lost(LostAfter)},
		{"the first touch, where the campaign says so", func(w *Scene) {
			w.Touch(later)
			w.Terms(first)
		}, alices.lost(LostEarlier)},
		{"the first touch is out of the window: the next is credited", func(w *Scene) {
			w.Touch(opening("adv_zoe", 1, Noon.Add(Day)))
			w.Terms(first)
			w.At(Noon.Add(30 * Day))
		}, zoes.lost(LostWindow)},
		{"of two claims the later link", func(w *Scene) {
			w.Order().Codes = nil
			w.Claimed(time.Minute)
		}, zoes.lost(LostLater)},
		{"of two claims the earlier link, where the campaign says so", func(w *Scene) {
			w.Order().Codes = nil
			w.Claimed(time.Minute)
			w.Terms(first)
		}, alices.lost(LostEarlier)},
		{"one campaign says first, the other does not: the last is credited", func(w *Scene) {
			w.Order().Codes = nil
			w.Terms(first)
			w.Campaign(version("cmp_2", 1), func(c *Campaign) { c.Terms.Credit = CreditLast })
			w.Claimed(time.Minute, func(c *Claim) { c.Campaign = "cmp_2" })
		}, zoes.lost(LostLater)},
		{"both campaigns say first: the first is credited", func(w *Scene) {
			w.Order().Codes = nil
			w.Terms(first)
			w.Campaign(version("cmp_2", 1), func(*Campaign) {})
			w.Claimed(time.Minute, func(c *Claim) { c.Campaign = "cmp_2" })
		}, alices.lost(LostEarlier)},
		{"what weaker evidence says of first or last does not matter", func(w *Scene) {
			w.Touch(later)
			w.Terms(first)
			w.Campaign(version("cmp_2", 1), func(c *Campaign) { c.Terms.Credit = CreditLast })
			w.Claimed(2*time.Minute, func(c *Claim) { c.Campaign = "cmp_2" })
		}, alices.lost(LostEarlier, LostStronger)},
		{"what evidence out of the window says of first or last does not matter", func(w *Scene) {
			w.Touch(opening("adv_alice", 1, Noon.Add(2*Day)), opening("adv_zoe", 1, Noon.Add(3*Day)))
			w.Campaign(Version2, func(*Campaign) {})
			w.Claim().Touches[0].Version = 2
			w.Terms(first)
			w.At(Noon.Add(31 * Day))
		}, alices.lost(LostEarlier, LostWindow)},
	}
}

// Claims that stay with the advocate whose offer was taken: another one's link stands in them only because the friend switched.
func claimsCreditRows() []Row {
	claim := func(t *Terms) { t.Credit = CreditClaim }
	switched := opening("adv_zoe", 1, Noon.Add(time.Minute))

	return []Row{
		{"the advocate whose offer was taken", func(w *Scene) { w.Terms(claim) }, alices.lost()},
		{"the friend switched: the advocate they switched to", func(w *Scene) {
			w.Terms(claim)
			w.Touch(switched)
		}, zoes.lost(LostSwitched)},
		{"switched an instant after the claim", func(w *Scene) {
			w.Terms(claim)
			w.Touch(opening("adv_zoe", 1, Noon.Add(Instant)))
		}, zoes.lost(LostSwitched)},
		{"switched, and back again", func(w *Scene) {
			w.Terms(claim)
			w.Touch(switched, opening("adv_alice", 1, Noon.Add(2*time.Minute)))
		}, alices.lost(LostSwitched, LostLater)},
		{"switched after the order", func(w *Scene) {
			w.Terms(claim)
			w.Touch(opening("adv_zoe", 1, Bought.Add(Instant)))
		}, alices.lost(LostAfter)},
		{"the same advocate's link once more", func(w *Scene) {
			w.Terms(claim)
			w.Touch(opening("adv_alice", 1, Noon.Add(time.Minute)))
		}, alices.lost(LostLater)},
		{"of two claims the offer that was taken last", func(w *Scene) {
			w.Terms(claim)
			w.Order().Codes = nil
			w.Claimed(time.Minute)
		}, zoes.lost(LostLater)},
		{"claimed where the first link is credited, switched to a version that credits the claim", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Credit = CreditFirst })
			w.Replaced(Noon.Add(time.Minute), claim)
			w.Touch(opening("adv_zoe", 2, Noon.Add(time.Minute)))
		}, zoes.under(2).lost(LostSwitched)},
		{"claimed where the claim is credited, switched to a version that credits the first link", func(w *Scene) {
			w.Terms(claim)
			w.Replaced(Noon.Add(time.Minute), func(t *Terms) { t.Credit = CreditFirst })
			w.Touch(opening("adv_zoe", 2, Noon.Add(time.Minute)))
		}, zoes.under(2).lost(LostLater)},
		{"the advocate of before is out of the window, the one they switched to is not", func(w *Scene) {
			w.Terms(claim)
			w.Touch(opening("adv_zoe", 1, Noon.Add(Day)))
			w.At(Noon.Add(30 * Day))
		}, zoes.lost(LostWindow)},
		{"the first link is credited, whatever was opened since", func(w *Scene) {
			w.Terms(func(t *Terms) { t.Credit = CreditFirst })
			w.Touch(switched)
		}, alices.lost(LostEarlier)},
	}
}

func tiesRows() []Row {
	bea := func(w *Scene) {
		w.Facts.Advocates["adv_bea"] = Advocate{
			Shop: Shop, ID: "adv_bea", Customer: "gid://shopify/Customer/9", State: AdvocateActive,
		}
	}

	return []Row{
		{"two links of one instant: the advocate with the lower customer number", func(w *Scene) {
			w.Touch(opening("adv_zoe", 1, Noon))
		}, alices.lost(LostTie)},
		{"the same, read the other way round", func(w *Scene) {
			w.Claim().Touches = []Touch{opening("adv_zoe", 1, Noon), opening("adv_alice", 1, Noon)}
		}, alices.lost(LostTie)},
		{"9 is lower than 26, though not in letters", func(w *Scene) {
			bea(w)
			w.Claim().Touches = []Touch{opening("adv_zoe", 1, Noon), opening("adv_bea", 1, Noon)}
		}, alices.to("adv_bea").lost(LostTie)},
		{"a tie of first touches", func(w *Scene) {
			w.Touch(opening("adv_zoe", 1, Noon))
			w.Terms(func(t *Terms) { t.Credit = CreditFirst })
		}, alices.lost(LostTie)},
		{"two shareable codes on one order", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ZOE", "ALICE"}
		}, alices.lost(LostTie)},
		{"an instant apart there is no tie", func(w *Scene) { w.Touch(opening("adv_zoe", 1, Noon.Add(Instant))) },
			zoes.lost(LostLater)},
	}
}

// Links that nothing but order tells apart.
func linksOfOneInstantRows() []Row {
	later := Bought.Add(30 * Day)
	first := func(t *Terms) { t.Credit = CreditFirst }

	return []Row{
		{"the merchant's last word counts, also where the campaign credits the first touch", func(w *Scene) {
			w.Terms(first)
			w.Link("adv_alice", later)
			w.Link("adv_zoe", later.Add(Instant))
		}, zoes.by(EvidenceLinked)},
		{"bought, by the clocks, before two links of one instant: the lower customer number, in whatever order they were heard of",
			func(w *Scene) {
				w.Claim().Touches = []Touch{opening("adv_zoe", 1, Noon), opening("adv_alice", 1, Noon)}
				w.At(Noon.Add(-Instant))
			}, alices.lost(LostTie)},
		{"two links of one advocate and instant, under two versions: the newer, in whatever order they were heard of",
			func(w *Scene) {
				w.Replaced(Noon, func(t *Terms) { t.Advocate.Amount = USD("10") })
				w.Claim().Touches = []Touch{opening("adv_alice", 1, Noon), opening("adv_alice", 2, Noon)}
			}, alices.under(2)},
	}
}

func theMerchantsLinkRows() []Row {
	later := Bought.Add(Day)

	return []Row{
		{"linked, nothing else", func(w *Scene) {
			w.Nothing()
			w.Link("adv_zoe", later)
		}, zoes.by(EvidenceLinked).friend(RewardNone)},
		{"linked after the order, above its code", func(w *Scene) { w.Link("adv_zoe", later) },
			zoes.lost(LostStronger)},
		{"another order was linked", func(w *Scene) {
			w.Nothing()
			w.Link("adv_zoe", later)
			w.Facts.Acts[0].Order = OrderNo(5)
		}, nobody.lost()},
		{"linked twice: the last word counts", func(w *Scene) {
			w.Link("adv_alice", later)
			w.Link("adv_zoe", later.Add(Instant))
		}, zoes.lost(LostLater, LostStronger)},
		{"linked to an advocate who is not known", func(w *Scene) {
			w.Nothing()
			w.Link("adv_gone", later)
		}, nobody.lost(LostAdvocate)},
		{"unlinked: no evidence counts", func(w *Scene) { w.Unlink(later) }, nobody.lost(LostUnlinked)},
		{"unlinked: what turns up later does not count either", func(w *Scene) {
			w.Unlink(later)
			w.Order().Codes = []string{BobsCode, "ZOE"}
		}, nobody.lost(LostUnlinked, LostUnlinked)},
		{"another order was unlinked", func(w *Scene) {
			w.Unlink(later)
			w.Facts.Acts[0].Order = OrderNo(5)
		}, alices},
		{"linked, then unlinked", func(w *Scene) {
			w.Link("adv_zoe", later)
			w.Unlink(later.Add(Day))
		}, nobody.lost(LostUnlinked, LostUnlinked)},
		{"unlinked, then linked again", func(w *Scene) {
			w.Unlink(later)
			w.Link("adv_zoe", later.Add(Day))
		}, zoes.lost(LostUnlinked)},
		{"linked, unlinked, linked again to the other", func(w *Scene) {
			w.Link("adv_zoe", later)
			w.Unlink(later.Add(Day))
			w.Link("adv_alice", later.Add(2*Day))
		}, alices.by(EvidenceLinked).lost(LostUnlinked, LostUnlinked)},
		{"linked to the friend", func(w *Scene) {
			w.Facts.Friend, w.Order().Customer = FriendOf(Zoe, false), Zoe
			w.Link("adv_zoe", later)
		},
			voided(ReasonSelf).to("adv_zoe")},
	}
}

// Terms are those of the touch's version; without a touch, those in force at processedAt.
func termsInForceRows() []Row {
	change := Noon.Add(30 * time.Minute)
	ten := func(t *Terms) { t.Advocate.Amount = USD("10") }
	shareable := func(at time.Time) func(*Scene) {
		return func(w *Scene) { w.Nothing(); w.Order().Codes = []string{"ALICE"}; w.Replaced(change, ten); w.At(at) }
	}

	return []Row{
		{"the touch's version, though another is in force at the order", func(w *Scene) { w.Replaced(change, ten) },
			alices.under(1).worth("20.00 USD")},
		{"a later touch is under the new version", func(w *Scene) {
			w.Replaced(change, ten)
			w.Touch(opening("adv_alice", 2, change))
		}, alices.under(2).worth("10.00 USD")},
		{"a shareable code: an instant before the new version", shareable(change.Add(-Instant)),
			alices.under(1).worth("20.00 USD")},
		{"a shareable code: on the instant the new version goes live", shareable(change),
			alices.under(2).worth("10.00 USD")},
		{"a shareable code: an instant after", shareable(change.Add(Instant)), alices.under(2)},
		{"a shareable code: an instant before the first version was live", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ALICE"}
			w.Campaign(Version1, func(c *Campaign) { c.LiveAt = Bought.Add(Instant) })
		}, nobody.lost(LostCampaign)},
		{"a shareable code: on the instant it went live", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ALICE"}
			w.Campaign(Version1, func(c *Campaign) { c.LiveAt = Bought })
		}, alices},
		{"a shareable code: an instant before the campaign ended", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ALICE"}
			w.Campaign(Version1, func(c *Campaign) { c.State, c.Until = CampaignEnded, Bought.Add(Instant) })
		}, alices},
		{"a shareable code: on the instant the campaign ended", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ALICE"}
			w.Campaign(Version1, func(c *Campaign) { c.State, c.Until = CampaignEnded, Bought })
		}, nobody.lost(LostCampaign)},
		{"a shareable code while the campaign is paused", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ALICE"}
			w.Campaign(Version1, func(c *Campaign) { c.State = CampaignPaused })
		}, alices},
		{"a claim's code after the campaign ended: what was promised goes on", func(w *Scene) {
			w.Campaign(Version1, func(c *Campaign) { c.State, c.Until = CampaignEnded, Noon.Add(time.Minute) })
		}, alices},
		{"a campaign that never went live is no offer", func(w *Scene) {
			w.Nothing()
			w.Order().Codes = []string{"ALICE"}
			w.Campaign(Version1, func(c *Campaign) { c.State, c.LiveAt = CampaignDraft, time.Time{} })
		}, nobody.lost(LostCampaign)},
		{"the window is that of the touch's version", func(w *Scene) {
			w.Replaced(change, func(t *Terms) { t.WindowDays = 60 })
			w.Touch(opening("adv_alice", 2, change))
			w.At(change.Add(45 * Day))
		}, alices.under(2).lost(LostWindow)},
	}
}
