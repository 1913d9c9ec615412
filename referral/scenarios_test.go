package referral

import (
	"testing"
	"time"

	"twofold/money"
)

// The scenarios of Decide, by rule. docs/RULES.md says each rule in a sentence and names the test here that fails without it.

func TestEvidence(t *testing.T) {
	t.Parallel()
	play(t, []row{
		{"a friend buys with her claim's code", func(*scene) {}, alices.by(EvidenceClaimCode).worth("20.00 USD").friend(RewardRedeemed, "20.00 USD").work(WorkRelease)},
		{"with a former code of a renewed claim", func(w *scene) { w.claim().Code, w.claim().Former = "NEW", []string{bobsCode} }, alices.by(EvidenceClaimCode)},
		{"with a former code, while the new one is not drawn yet", func(w *scene) { w.claim().Code, w.claim().Former = "", []string{"OLDER", bobsCode} }, alices.by(EvidenceClaimCode)},
		{"with another customer's claim code", func(w *scene) { w.claim().Customer = zoe }, alices.by(EvidenceClaimCode)},
		{"nobody claimed", func(w *scene) { w.f.Claims = nil }, nobody},
		{"with the advocate's shareable code, no claim", func(w *scene) { w.nothing(); w.order().Codes = []string{"ALICE"} },
			alices.by(EvidenceAdvocateCode)},
		{"with a former code of the advocate's", func(w *scene) {
			w.nothing()
			w.order().Codes = []string{"ALICE"}
			w.advocate("adv_alice", func(a *Advocate) { a.Codes = []string{"ALICE-NEW", "ALICE"} })
		}, alices.by(EvidenceAdvocateCode)},
		{"with a shareable code, where the friend's reward comes after the order", func(w *scene) {
			w.nothing()
			w.terms(func(t *Terms) { t.Friend.AfterOrder = true })
			w.order().Codes = []string{"ALICE"}
		}, nobody.lost(lostNoShare)},
		{"with a shareable code, which the campaign does not have", func(w *scene) {
			w.nothing()
			w.order().Codes = []string{"ALICE"}
			w.terms(func(t *Terms) { t.ShareCeiling = 0 })
		}, nobody.lost(lostNoShare)},
		{"with a code that is nobody's", func(w *scene) { w.nothing(); w.order().Codes = []string{"SUMMER"} }, nobody.lost()},
		{"the claim had been made signed in", func(w *scene) { w.order().Codes = nil }, alices.by(EvidenceClaimCustomer)},
		{"signed in on the instant of the order", func(w *scene) { w.order().Codes = nil; w.claim().SignedAt = bought }, alices.by(EvidenceClaimCustomer)},
		{"signed in an instant after the order", func(w *scene) { w.order().Codes = nil; w.claim().SignedAt = bought.Add(instant) }, nobody.lost()},
		{"another customer was signed in", func(w *scene) { w.order().Codes = nil; w.claim().Customer = zoe }, nobody.lost()},
		{"an earlier order of hers, cancelled, carries the claim's code", func(w *scene) {
			w.guest()
			w.another(999, noon.Add(time.Minute), func(o *Order) { o.Codes, o.CancelledAt = []string{bobsCode}, noon.Add(2*time.Minute) })
		}, alices.on(1001).by(EvidenceClaimCustomer)},
		{"an earlier order of hers, cancelled, carries the claim in its cart", func(w *scene) {
			w.guest()
			w.another(999, noon.Add(time.Minute), func(o *Order) {
				o.Attributes, o.CancelledAt = []Attribute{{ClaimAttribute, "clm_bob"}}, noon.Add(2*time.Minute)
			})
		}, alices.on(1001).by(EvidenceClaimCustomer)},
		{"only a later order of hers carries the claim", func(w *scene) {
			w.guest()
			w.another(1002, bought.Add(day), func(o *Order) { o.Codes = []string{bobsCode} })
		}, alices.on(1002).by(EvidenceClaimCode).lost()},
		{"of two orders of one instant the one with the lower number carries the claim", func(w *scene) {
			w.guest()
			w.another(999, bought, func(o *Order) { o.Codes, o.CancelledAt = []string{bobsCode}, bought })
		}, alices.on(1001).by(EvidenceClaimCustomer)},
		{"of two orders of one instant the one with the higher number carries the claim", func(w *scene) {
			w.guest()
			w.another(1002, bought, func(o *Order) { o.Codes, o.CancelledAt = []string{bobsCode}, bought })
		}, voided(ReasonCancelled).on(1002)},
		{"claimed by e-mail with the order's address", func(w *scene) {
			w.guest()
			w.claim().Addresses, w.order().Emails = GivenAt(noon, "h2", "h1"), []string{"h1"}
		},
			alices.by(EvidenceClaimEmail)},
		{"claimed by e-mail with another address", func(w *scene) { w.guest(); w.claim().Addresses, w.order().Emails = GivenAt(noon, "h2"), []string{"h1"} }, nobody.lost()},
		{"the address was given on the instant of the order", func(w *scene) {
			w.guest()
			w.claim().Addresses, w.order().Emails = GivenAt(bought, "h1"), []string{"h1"}
		}, alices.by(EvidenceClaimEmail)},
		{"the address was given an instant after the order", func(w *scene) {
			w.guest()
			w.claim().Addresses, w.order().Emails = GivenAt(bought.Add(instant), "h1"), []string{"h1"}
		}, nobody.lost()},
		{"claimed by e-mail, at level 1", func(w *scene) { w.guest(); w.claim().Addresses = GivenAt(noon, "h1") }, nobody.lost()},
		{"the cart carries the claim", func(w *scene) { w.guest(); w.cart("clm_bob") }, alices.by(EvidenceCartClaim)},
		{"the cart carries a claim that there is not", func(w *scene) { w.guest(); w.cart("clm_other") }, nobody.lost()},
		{"another attribute has the claim's id", func(w *scene) { w.guest(); w.order().Attributes = []Attribute{{"note", "clm_bob"}} }, nobody.lost()},
		{"the cart carries a visit of Zoe's link", func(w *scene) { w.nothing(); w.visit(noon) }, zoes.by(EvidenceCartVisit).friend(RewardNone)},
		{"a link in the landing page alone", func(w *scene) { w.nothing(); w.order().Journey.Refs = []string{"ALICE"} }, nobody.lost(lostRef)},
		{"a link in the landing page, where the merchant has switched that on", func(w *scene) {
			w.nothing()
			w.order().Journey.Refs = []string{"ALICE"}
			w.terms(func(t *Terms) { t.CreditRef = true })
		}, alices.by(EvidenceRef)},
		{"the advocate of the claim is unknown", func(w *scene) { w.claim().Touches[0].Advocate = "adv_gone" }, nobody.lost(lostAdvocate)},
		{"the campaign of the claim is unknown", func(w *scene) { w.claim().Campaign = "cmp_gone" }, nobody.lost(lostCampaign)},
	})
}

// Each kind of evidence against the next weaker one, which is the other advocate's and the later one.
func TestStrongerEvidenceWins(t *testing.T) {
	t.Parallel()
	play(t, []row{
		{"the merchant's link beats the claim's code", func(w *scene) { w.link("adv_zoe", noon) }, zoes.by(EvidenceLinked).lost(lostStronger)},
		{"the claim's code beats a shareable code", func(w *scene) { w.order().Codes = []string{"ZOE", bobsCode} }, alices.by(EvidenceClaimCode).lost(lostStronger)},
		{"a shareable code beats a later claim by the same customer", func(w *scene) {
			w.nothing()
			w.order().Codes = []string{"ALICE"}
			w.claimed(time.Minute)
		}, alices.by(EvidenceAdvocateCode).lost(lostStronger)},
		{"a claim by the same customer beats the cart's claim", func(w *scene) {
			w.order().Codes = nil
			w.claimed(time.Minute, func(c *Claim) { c.SignedAt = time.Time{} })
			w.cart("clm_2")
		}, alices.by(EvidenceClaimCustomer).lost(lostStronger)},
		{"a claim by the same customer is as strong as one by e-mail: the later wins", func(w *scene) {
			w.order().Codes, w.order().Emails = nil, []string{"h1"}
			w.claimed(time.Minute, func(c *Claim) { c.Customer, c.SignedAt, c.Addresses = "", time.Time{}, GivenAt(noon, "h1") })
		}, zoes.by(EvidenceClaimEmail).lost(lostLater)},
		{"a claim by e-mail beats the cart's visit", func(w *scene) {
			w.guest()
			w.claim().Addresses, w.order().Emails = GivenAt(noon, "h1"), []string{"h1"}
			w.visit(noon.Add(time.Minute))
		}, alices.by(EvidenceClaimEmail).lost(lostStronger)},
		{"the cart's visit beats a link in the landing page", func(w *scene) {
			w.nothing()
			w.visit(noon)
			w.order().Journey.Refs = []string{"ALICE"}
			w.terms(func(t *Terms) { t.CreditRef = true })
		}, zoes.by(EvidenceCartVisit).lost(lostStronger)},
		{"an earlier claim's code beats a later claim by the same customer", func(w *scene) { w.claimed(time.Minute) }, alices.by(EvidenceClaimCode).lost(lostStronger)},
		{"what is strongest is out of the window: the next counts", func(w *scene) {
			w.at(noon.Add(30 * day))
			w.claimed(day)
		}, zoes.by(EvidenceClaimCustomer).lost(lostWindow)},
	})
}

func TestWindow(t *testing.T) {
	t.Parallel()
	over := noon.Add(30 * day)
	last := over.Add(-instant)
	byCustomer := func(at time.Time) func(*scene) {
		return func(w *scene) { w.order().Codes = nil; w.at(at) }
	}
	byEmail := func(at time.Time) func(*scene) {
		return func(w *scene) {
			w.guest()
			w.claim().Addresses, w.order().Emails = GivenAt(noon.Add(-day), "h1"), []string{"h1"} // what is about the window is about the touch
			w.at(at)
		}
	}
	byCart := func(at time.Time) func(*scene) {
		return func(w *scene) { w.guest(); w.cart("clm_bob"); w.at(at) }
	}
	byVisit := func(at time.Time) func(*scene) {
		return func(w *scene) { w.nothing(); w.visit(noon); w.at(at) }
	}
	before := noon.Add(-instant)
	play(t, []row{
		{"claim's code: the last instant", func(w *scene) { w.at(last) }, alices},
		{"claim's code: on the instant it is over", func(w *scene) { w.at(over) }, nobody.lost(lostWindow)},
		{"claim's code: bought on the instant of the touch", func(w *scene) { w.at(noon) }, alices},
		{"claim's code: bought, by the clocks, an instant before the touch", func(w *scene) { w.at(before) }, alices.by(EvidenceClaimCode)},
		{"claim's code: bought before both touches, the first counts", func(w *scene) { w.touch(Touch{"adv_zoe", 1, noon.Add(instant)}); w.at(before) }, alices.lost(lostAfter)},
		{"signed in: the last instant", byCustomer(last), alices},
		{"signed in: on the instant it is over", byCustomer(over), nobody.lost(lostWindow)},
		{"signed in: bought on the instant of the touch", byCustomer(noon), alices},
		{"signed in: bought an instant before the touch", func(w *scene) {
			byCustomer(before)(w)
			w.claim().SignedAt = noon.Add(-day)
		}, nobody.lost(lostAfter)},
		{"e-mail: the last instant", byEmail(last), alices},
		{"e-mail: on the instant it is over", byEmail(over), nobody.lost(lostWindow)},
		{"e-mail: bought an instant before the touch", byEmail(before), nobody.lost(lostAfter)},
		{"cart's claim: the last instant", byCart(last), alices},
		{"cart's claim: on the instant it is over", byCart(over), nobody.lost(lostWindow)},
		{"cart's claim: bought an instant before the touch", byCart(before), nobody.lost(lostAfter)},
		{"cart's visit: the last instant", byVisit(last), zoes},
		{"cart's visit: on the instant it is over", byVisit(over), nobody.lost(lostWindow)},
		{"cart's visit: bought on the instant of the visit", byVisit(noon), zoes},
		{"cart's visit: bought an instant before the visit", byVisit(before), nobody.lost(lostOpened)},
		{"a shareable code has no window", func(w *scene) { w.nothing(); w.order().Codes = []string{"ALICE"}; w.at(noon.Add(1000 * day)) }, alices},
		{"the merchant's link has no window", func(w *scene) { w.link("adv_zoe", noon.Add(-1000*day)) }, zoes.lost(lostStronger)},
		{"a window of one day: the last instant", func(w *scene) { w.terms(func(t *Terms) { t.WindowDays = 1 }); w.at(noon.Add(day - instant)) }, alices},
		{"a window of one day: over", func(w *scene) { w.terms(func(t *Terms) { t.WindowDays = 1 }); w.at(noon.Add(day)) }, nobody.lost(lostWindow)},
		{"the longest window: the last instant", func(w *scene) { w.terms(func(t *Terms) { t.WindowDays = 365 }); w.at(noon.Add(365*day - instant)) }, alices},
		{"the longest window: over", func(w *scene) { w.terms(func(t *Terms) { t.WindowDays = 365 }); w.at(noon.Add(365 * day)) }, nobody.lost(lostWindow)},
		{"a later touch begins a window of its own", func(w *scene) { w.touch(Touch{"adv_alice", 1, noon.Add(day)}); w.at(over) }, alices.lost(lostWindow)},
	})
}

func TestLastAndFirstTouch(t *testing.T) {
	t.Parallel()
	first := func(t *Terms) { t.FirstTouch = true }
	later := Touch{"adv_zoe", 1, noon.Add(time.Minute)}
	play(t, []row{
		{"the last touch is credited", func(w *scene) { w.touch(later) }, zoes.lost(lostLater)},
		{"a touch on the instant of the order is the last", func(w *scene) { w.touch(Touch{"adv_zoe", 1, bought}) }, zoes},
		{"a touch an instant after the order does not count", func(w *scene) { w.touch(Touch{"adv_zoe", 1, bought.Add(instant)}) }, alices.lost(lostAfter)},
		{"the first touch, where the campaign says so", func(w *scene) { w.touch(later); w.terms(first) }, alices.lost(lostEarlier)},
		{"the first touch is out of the window: the next is credited", func(w *scene) {
			w.touch(Touch{"adv_zoe", 1, noon.Add(day)})
			w.terms(first)
			w.at(noon.Add(30 * day))
		}, zoes.lost(lostWindow)},
		{"of two claims the later link", func(w *scene) { w.order().Codes = nil; w.claimed(time.Minute) }, zoes.lost(lostLater)},
		{"of two claims the earlier link, where the campaign says so", func(w *scene) {
			w.order().Codes = nil
			w.claimed(time.Minute)
			w.terms(first)
		}, alices.lost(lostEarlier)},
		{"one campaign says first, the other does not: the last is credited", func(w *scene) {
			w.order().Codes = nil
			w.terms(first)
			w.campaign(CampaignKey{"cmp_2", 1}, func(c *Campaign) { c.Terms.FirstTouch = false })
			w.claimed(time.Minute, func(c *Claim) { c.Campaign = "cmp_2" })
		}, zoes.lost(lostLater)},
		{"both campaigns say first: the first is credited", func(w *scene) {
			w.order().Codes = nil
			w.terms(first)
			w.campaign(CampaignKey{"cmp_2", 1}, func(*Campaign) {})
			w.claimed(time.Minute, func(c *Claim) { c.Campaign = "cmp_2" })
		}, alices.lost(lostEarlier)},
		{"what weaker evidence says of first or last does not matter", func(w *scene) {
			w.touch(later)
			w.terms(first)
			w.campaign(CampaignKey{"cmp_2", 1}, func(c *Campaign) { c.Terms.FirstTouch = false })
			w.claimed(2*time.Minute, func(c *Claim) { c.Campaign = "cmp_2" })
		}, alices.lost(lostEarlier, lostStronger)},
		{"what evidence out of the window says of first or last does not matter", func(w *scene) {
			w.touch(Touch{"adv_alice", 1, noon.Add(2 * day)}, Touch{"adv_zoe", 1, noon.Add(3 * day)})
			w.campaign(cmp2, func(*Campaign) {})
			w.claim().Touches[0].Version = 2
			w.terms(first)
			w.at(noon.Add(31 * day))
		}, alices.lost(lostEarlier, lostWindow)},
	})
}

func TestTies(t *testing.T) {
	t.Parallel()
	bea := func(w *scene) {
		w.f.Advocates["adv_bea"] = Advocate{Shop: testShop, ID: "adv_bea", Customer: "gid://shopify/Customer/9", State: AdvocateActive}
	}
	play(t, []row{
		{"two links of one instant: the advocate with the lower customer number", func(w *scene) { w.touch(Touch{"adv_zoe", 1, noon}) }, alices.lost(lostTie)},
		{"the same, read the other way round", func(w *scene) { w.claim().Touches = []Touch{{"adv_zoe", 1, noon}, {"adv_alice", 1, noon}} }, alices.lost(lostTie)},
		{"9 is lower than 26, though not in letters", func(w *scene) {
			bea(w)
			w.claim().Touches = []Touch{{"adv_zoe", 1, noon}, {"adv_bea", 1, noon}}
		}, alices.to("adv_bea").lost(lostTie)},
		{"a tie of first touches", func(w *scene) { w.touch(Touch{"adv_zoe", 1, noon}); w.terms(func(t *Terms) { t.FirstTouch = true }) }, alices.lost(lostTie)},
		{"two shareable codes on one order", func(w *scene) { w.nothing(); w.order().Codes = []string{"ZOE", "ALICE"} }, alices.lost(lostTie)},
		{"an instant apart there is no tie", func(w *scene) { w.touch(Touch{"adv_zoe", 1, noon.Add(instant)}) }, zoes.lost(lostLater)},
	})
}

func TestTheMerchantsLink(t *testing.T) {
	t.Parallel()
	later := bought.Add(day)
	play(t, []row{
		{"linked, nothing else", func(w *scene) { w.nothing(); w.link("adv_zoe", later) }, zoes.by(EvidenceLinked).friend(RewardNone)},
		{"linked after the order, above its code", func(w *scene) { w.link("adv_zoe", later) }, zoes.lost(lostStronger)},
		{"another order was linked", func(w *scene) { w.nothing(); w.link("adv_zoe", later); w.f.Referral.Acts[0].Order = orderID(5) }, nobody.lost()},
		{"linked twice: the last word counts", func(w *scene) { w.link("adv_alice", later); w.link("adv_zoe", later.Add(instant)) }, zoes.lost(lostLater, lostStronger)},
		{"linked to an advocate who is not known", func(w *scene) { w.nothing(); w.link("adv_gone", later) }, nobody.lost(lostAdvocate)},
		{"unlinked: no evidence counts", func(w *scene) { w.unlink(later) }, nobody.lost(lostUnlinked)},
		{"unlinked: what turns up later does not count either", func(w *scene) { w.unlink(later); w.order().Codes = []string{bobsCode, "ZOE"} }, nobody.lost(lostUnlinked, lostUnlinked)},
		{"another order was unlinked", func(w *scene) { w.unlink(later); w.f.Referral.Acts[0].Order = orderID(5) }, alices},
		{"linked, then unlinked", func(w *scene) { w.link("adv_zoe", later); w.unlink(later.Add(day)) }, nobody.lost(lostUnlinked, lostUnlinked)},
		{"unlinked, then linked again", func(w *scene) { w.unlink(later); w.link("adv_zoe", later.Add(day)) }, zoes.lost(lostUnlinked)},
		{"linked, unlinked, linked again to the other", func(w *scene) {
			w.link("adv_zoe", later)
			w.unlink(later.Add(day))
			w.link("adv_alice", later.Add(2*day))
		}, alices.by(EvidenceLinked).lost(lostUnlinked, lostUnlinked)},
		{"linked to herself", func(w *scene) {
			w.f.Referral.Friend, w.order().Customer = FriendOf(zoe, false), zoe
			w.link("adv_zoe", later)
		},
			voided(ReasonSelf).to("adv_zoe")},
	})
}

func TestMerchantsVerdict(t *testing.T) {
	t.Parallel()
	sameBrowser := func(w *scene) { w.claim().Keys = []string{BrowserKey("b1")} }
	say := func(kind ActKind, at time.Time) Act { return Act{Kind: kind, At: at, Order: bobsOrder().ID} }
	play(t, []row{
		{"rejected", func(w *scene) { w.act(say(ActReject, noon)) }, voided(ReasonRejected).undoneAt(noon)},
		{"voided", func(w *scene) { w.act(say(ActVoid, noon)) }, voided(ReasonMerchant).undoneAt(noon)},
		{"rejected, then approved", func(w *scene) { w.act(say(ActReject, noon.Add(-time.Minute))); w.approve() }, alices},
		{"approved, then rejected", func(w *scene) { w.approve(); w.act(say(ActReject, noon.Add(instant))) }, voided(ReasonRejected)},
		{"approved and rejected on one instant: what was said last", func(w *scene) { w.approve(); w.act(say(ActReject, noon)) }, voided(ReasonRejected)},
		{"rejected and approved on one instant: what was said last", func(w *scene) { w.act(say(ActReject, noon)); w.approve() }, alices},
		{"a link is no verdict", func(w *scene) { w.act(say(ActReject, noon)); w.link("adv_zoe", noon.Add(day)) }, voided(ReasonRejected).to("adv_zoe")},
		{"approved, though the browser is the advocate's", func(w *scene) { sameBrowser(w); w.approve("other_browser") }, alices},
		{"approved for another rule", func(w *scene) { sameBrowser(w); w.approve("no_dispute") }, holds(ReasonSameBrowser)},
		{"another order was approved", func(w *scene) { sameBrowser(w); w.approve("other_browser"); w.f.Referral.Acts[0].Order = orderID(5) }, holds(ReasonSameBrowser)},
		{"approved for the browser, then the bank inquires", func(w *scene) {
			sameBrowser(w)
			w.approve("other_browser")
			w.order().Disputes = []Dispute{{Status: "UNDER_REVIEW", InitiatedAs: "INQUIRY"}}
		}, holds(ReasonInquiry)},
		{"approved does not make a refunded order good", func(w *scene) { w.approve("not_undone", "minimum"); w.order().Status = StatusRefunded }, voided(ReasonRefunded)},
		{"approved does not make an unpaid order paid", func(w *scene) { w.approve("paid"); w.order().Status = StatusPending }, waits(ReasonUnpaid)},
		{"of a hold and a failure the failure names the reason", func(w *scene) { sameBrowser(w); w.order().Status = StatusRefunded }, voided(ReasonRefunded)},
		{"of two failures the first check names the reason", func(w *scene) { w.act(say(ActReject, noon)); w.order().Status = StatusRefunded }, voided(ReasonRejected)},
		{"of something to wait for and a hold the hold names it", func(w *scene) { sameBrowser(w); w.order().Status = StatusPending }, holds(ReasonSameBrowser)},
		{"of two holds the first check names it", func(w *scene) { sameBrowser(w); w.order().Gone = true }, holds(ReasonGone)},
	})
}

func TestSelf(t *testing.T) {
	t.Parallel()
	play(t, []row{
		{"the advocate buys with her own friend code", func(w *scene) { w.f.Referral.Friend, w.order().Customer = FriendOf(alice, false), alice }, voided(ReasonSelf).undoneAt(bought)},
		{"the advocate buys with her own shareable code", func(w *scene) {
			w.nothing()
			w.f.Referral.Friend, w.order().Customer, w.order().Codes = FriendOf(alice, false), alice, []string{"ALICE"}
		}, voided(ReasonSelf)},
		{"the advocate tries her own code as a test", func(w *scene) {
			w.test()
			w.f.Referral.Friend, w.order().Customer = FriendOf(alice, true), alice
		}, voided(ReasonSelf)},
		{"an advocate is another's friend", func(w *scene) { w.f.Referral.Friend, w.order().Customer = FriendOf(zoe, false), zoe }, alices},
	})
}

func TestBlocked(t *testing.T) {
	t.Parallel()
	play(t, []row{
		{"blocked before the release", func(w *scene) { w.block(bought.Add(day)) }, voided(ReasonBlocked).undoneAt(bought.Add(day))},
		{"blocked on the instant of the release, which came first", func(w *scene) { w.release(); w.block(bought.Add(14 * day)) }, given(RewardApproved)},
		{"blocked after the release, before the issue", func(w *scene) { w.release(); w.block(bought.Add(15 * day)) }, given(RewardApproved)},
		{"blocked after the issue", func(w *scene) { w.issued(); w.block(bought.Add(15 * day)) }, given(RewardIssued)},
		{"blocked, and let go on", func(w *scene) {
			w.block(bought)
			w.decide()
			w.advocate("adv_alice", func(a *Advocate) { a.State, a.BlockedAt = AdvocateActive, time.Time{} })
		}, alices},
		{"blocked after a cap had denied it", func(w *scene) { w.release(denied(ReasonCap)); w.block(bought.Add(15 * day)) }, voided(ReasonBlocked)},
		{"another advocate is blocked", func(w *scene) { w.advocate("adv_zoe", func(a *Advocate) { a.State = AdvocateBlocked }) }, alices},
	})
}

func TestSources(t *testing.T) {
	t.Parallel()
	from := func(name string, excluded Sources) func(*scene) {
		return func(w *scene) { w.order().Source = name; w.terms(func(t *Terms) { t.Excluded = excluded }) }
	}
	play(t, []row{
		{"web", from("web", Sources{POS: true, Draft: true, Subscription: true, Other: true}), alices},
		{"web, left out", from("web", Sources{Web: true}), voided(ReasonSource)},
		{"no source named counts as web", from("", Sources{Web: true}), voided(ReasonSource)},
		{"point of sale", from("pos", Sources{Web: true, Draft: true, Subscription: true, Other: true}), alices},
		{"point of sale, left out", from("pos", Sources{POS: true}), voided(ReasonSource)},
		{"draft order", from("shopify_draft_order", Sources{Web: true, POS: true, Subscription: true, Other: true}), alices},
		{"draft order, left out", from("shopify_draft_order", Sources{Draft: true}), voided(ReasonSource)},
		{"subscription", from("subscription_contract", Sources{Web: true, POS: true, Draft: true, Other: true}), alices},
		{"subscription, left out", from("subscription_contract", Sources{Subscription: true}), voided(ReasonSource)},
		{"subscription from the checkout, left out", from("subscription_contract_checkout_one", Sources{Subscription: true}), voided(ReasonSource)},
		{"another channel", from("580111", Sources{Web: true, POS: true, Draft: true, Subscription: true}), alices},
		{"another channel, left out", from("580111", Sources{Other: true}), voided(ReasonSource).undoneAt(bought)},
	})
}

func TestNewCustomer(t *testing.T) {
	t.Parallel()
	unready := func(w *scene) { w.order().Journey = Journey{} }
	answer := func(n Newness) func(*scene) {
		return func(w *scene) { unready(w); w.f.Referral.Newness = map[OrderID]Newness{w.order().ID: n} }
	}
	play(t, []row{
		{"the customer's first order", func(w *scene) { w.order().Journey = Journey{Ready: true, Index: 1} }, alices},
		{"the customer's second order, not asked yet", func(w *scene) { w.order().Journey.Index = 2 }, waits(ReasonNewness).work(WorkNewness)},
		{"the journey is not ready", unready, waits(ReasonNewness).work(WorkNewness)},
		{"an index that is not ready is no answer", func(w *scene) { w.order().Journey = Journey{Index: 1} }, waits(ReasonNewness)},
		{"ready, without an index", func(w *scene) { w.order().Journey = Journey{Ready: true} }, waits(ReasonNewness)},
		{"asked, and is new", answer(Newness{Prior: 0}), alices.work(WorkRelease)},
		{"asked, and had bought once before", answer(Newness{Prior: 1}), voided(ReasonNotNew).undoneAt(bought)},
		{"asked, and had bought often before", answer(Newness{Prior: 4000}), voided(ReasonNotNew)},
		{"asked for seven days without an answer", answer(Newness{Unknown: true, At: bought.Add(7 * day)}), holds(ReasonUnknown)},
		{"without an answer, and the merchant approves", func(w *scene) { answer(Newness{Unknown: true})(w); w.approve("new_customer") }, alices},
		{"once known it stays known, whatever the index says later", func(w *scene) {
			answer(Newness{Prior: 1})(w)
			w.order().Journey = Journey{Ready: true, Index: 1}
		}, voided(ReasonNotNew)},
		{"once new she stays new, though an index of 2 is shown later", func(w *scene) { w.decide(); w.order().Journey.Index = 2 }, alices},
		{"the answer of another order is none of this one", func(w *scene) {
			unready(w)
			w.f.Referral.Newness = map[OrderID]Newness{orderID(5): {Prior: 0}}
		}, waits(ReasonNewness)},
		{"her history was never looked at", func(w *scene) { w.f.Referral.HistoryAt = time.Time{} }, alices.work(WorkRelease, WorkHistory)},
		{"her history was never looked at, and nothing ties her", func(w *scene) { w.nothing(); w.f.Referral.HistoryAt = time.Time{} }, nobody.work(WorkHistory)},
	})
}

func TestPaid(t *testing.T) {
	t.Parallel()
	status := func(s FinancialStatus) func(*scene) {
		return func(w *scene) { w.order().Status, w.order().Transactions = s, nil }
	}
	play(t, []row{
		{"not paid yet", status(StatusPending), waits(ReasonUnpaid).releasedAt(time.Time{}).work()},
		{"authorized only", status(StatusAuthorized), waits(ReasonUnpaid)},
		{"partially paid", status(StatusPartiallyPaid), waits(ReasonUnpaid)},
		{"the authorization ran out", status(StatusExpired), waits(ReasonUnpaid)},
		{"no status at all", status(""), waits(ReasonUnpaid)},
		{"a status that Shopify adds later", status("NEW_ONE"), waits(ReasonUnpaid)},
		{"paid", status(StatusPaid), alices.releasedAt(bought.Add(14 * day))},
		{"paid, then refunded in part", func(w *scene) { w.order().Status, w.order().Refunded = StatusPartiallyRefunded, usd("5") }, alices.releasedAt(bought.Add(14 * day))},
		{"paid three days later: the hold counts from then", func(w *scene) {
			w.order().Status = StatusPending
			w.decide()
			w.order().Status, w.order().Transactions[0].At = StatusPaid, bought.Add(3*day)
		}, alices.releasedAt(bought.Add(17 * day))},
		{"paid an instant before it was processed", func(w *scene) { w.order().Transactions[0].At = bought.Add(-instant) }, alices.releasedAt(bought.Add(14 * day))},
		{"paid an instant after it was processed", func(w *scene) { w.order().Transactions[0].At = bought.Add(instant) }, alices.releasedAt(bought.Add(14*day + instant))},
		{"paid in two parts: the last one completes it", func(w *scene) {
			w.order().Transactions = append(w.order().Transactions, Transaction{Kind: "CAPTURE", Status: "SUCCESS", At: bought.Add(2 * day), Amount: usd("1")})
		}, alices.releasedAt(bought.Add(16 * day))},
		{"a payment that failed completes nothing", func(w *scene) {
			w.order().Transactions = append(w.order().Transactions, Transaction{Kind: "SALE", Status: "FAILURE", At: bought.Add(2 * day), Amount: usd("1")})
		}, alices.releasedAt(bought.Add(14 * day))},
		{"no hold", func(w *scene) { w.terms(func(t *Terms) { t.HoldDays = 0 }) }, alices.releasedAt(bought)},
		{"the longest hold", func(w *scene) { w.terms(func(t *Terms) { t.HoldDays = 45 }) }, alices.releasedAt(bought.Add(45 * day))},
	})
}

func TestUndone(t *testing.T) {
	t.Parallel()
	refunded := func(decimal string) func(*scene) {
		return func(w *scene) { w.order().Status, w.order().Refunded = StatusPartiallyRefunded, usd(decimal) }
	}
	play(t, []row{
		{"cancelled", func(w *scene) { w.order().CancelledAt = bought.Add(day) }, voided(ReasonCancelled).undoneAt(bought.Add(day))},
		{"cancelled before it was paid", func(w *scene) { w.order().Status, w.order().CancelledAt = StatusPending, bought }, voided(ReasonCancelled).undoneAt(bought)},
		{"cancelled and refunded: the cancellation names the reason", func(w *scene) { w.refund(); w.order().CancelledAt = bought.Add(day) },
			voided(ReasonCancelled).undoneAt(bought.Add(16 * day))},
		{"the payment was voided", func(w *scene) { w.order().Status = StatusVoided }, voided(ReasonRefunded)},
		{"refunded in full, as the status says", func(w *scene) { w.refund() }, voided(ReasonRefunded).undoneAt(bought.Add(16 * day))},
		{"refunded as much as was received", refunded("80"), voided(ReasonRefunded)},
		{"refunded a cent less than was received", refunded("79.99"), alices},
		{"refunded a cent more than was received", refunded("80.01"), voided(ReasonRefunded)},
		{"nothing was received, and nothing refunded", func(w *scene) { w.order().Received = usd("0") }, alices},
		{"two refunds: the later one undid it", func(w *scene) {
			w.refund()
			w.order().Refunds = append(w.order().Refunds, Refund{ID: "r0", At: bought.Add(2 * day)})
		}, voided(ReasonRefunded).undoneAt(bought.Add(16 * day))},
		{"refunded in full in yen", func(w *scene) {
			w.in("JPY", "8000", "2000", "4000")
			w.order().Status, w.order().Refunded = StatusPartiallyRefunded, money.MustParse("8000", "JPY")
		}, voided(ReasonRefunded)},
		{"refunded one yen less", func(w *scene) {
			w.in("JPY", "8000", "2000", "4000")
			w.order().Status, w.order().Refunded = StatusPartiallyRefunded, money.MustParse("7999", "JPY")
		}, alices.worth("2000 JPY")},
	})
}

func TestNetAndMinimum(t *testing.T) {
	t.Parallel()
	now := func(decimal string) func(*scene) {
		return func(w *scene) { w.order().CurrentSubtotal = usd(decimal) }
	}
	play(t, []row{
		{"net exactly the minimum", now("40"), alices},
		{"net a cent below the minimum", now("39.99"), voided(ReasonBelowMinimum)},
		{"net a cent above the minimum", now("40.01"), alices},
		{"returned in part, above the minimum", func(w *scene) {
			refund := now("50")
			refund(w)
			w.order().Status, w.order().Refunded = StatusPartiallyRefunded, usd("30")
		}, alices},
		{"exchanged for something dearer", now("120"), alices},
		{"exchanged for something too cheap", func(w *scene) {
			now("12")(w)
			w.order().Refunds = []Refund{{ID: "r1", At: bought.Add(3 * day), Total: usd("68")}}
		}, voided(ReasonBelowMinimum).undoneAt(bought.Add(3 * day))},
		{"exchanged for something too cheap, and back", func(w *scene) { now("12")(w); w.decide(); now("80")(w) }, alices},
		{"edited below the minimum, nothing refunded: the last change undid it", func(w *scene) { now("12")(w); w.order().UpdatedAt = bought.Add(5 * day) },
			voided(ReasonBelowMinimum).undoneAt(bought.Add(5 * day))},
		{"tax is no part of it: $80 net are $95.20 with tax", func(w *scene) {
			w.order().Received = usd("95.20")
			w.terms(func(t *Terms) { t.Minimum = usd("80.01") })
		},
			voided(ReasonBelowMinimum)},
		{"tax included in prices: the subtotal counts as Shopify shows it", func(w *scene) { w.terms(func(t *Terms) { t.Minimum = usd("80") }) }, alices},
		{"an amount-only refund to the minimum", func(w *scene) { w.adjust("REFUND_DISCREPANCY", "-40") }, alices},
		{"an amount-only refund to a cent below the minimum", func(w *scene) { w.adjust("REFUND_DISCREPANCY", "-40.01") }, voided(ReasonBelowMinimum)},
		{"a refund that is still pending does not count", func(w *scene) { w.adjust("PENDING_REFUND_DISCREPANCY", "-79") }, alices},
		{"a restocking fee kept back counts again", func(w *scene) { now("35")(w); w.adjust("RESTOCK", "5") }, alices},
		{"an amount-only refund of more than all", func(w *scene) { w.adjust("CUSTOMER", "-500") }, voided(ReasonBelowMinimum)},
		{"no minimum, and nothing is left", func(w *scene) { now("0")(w); w.terms(func(t *Terms) { t.Minimum = money.Amount{} }) }, alices},
		{"a minimum of nothing in dollars", func(w *scene) { now("0")(w); w.terms(func(t *Terms) { t.Minimum = usd("0") }) }, alices},
		{"a minimum in another currency is never reached", func(w *scene) {
			w.terms(func(t *Terms) { t.Minimum = money.MustParse("1", "EUR") })
		}, voided(ReasonBelowMinimum)},
		{"yen: exactly the minimum", func(w *scene) { w.in("JPY", "4000", "2000", "4000") }, alices},
		{"yen: one below the minimum", func(w *scene) { w.in("JPY", "3999", "2000", "4000") }, voided(ReasonBelowMinimum)},
		{"dinar: exactly the minimum", func(w *scene) { w.in("KWD", "10.000", "5", "10") }, alices},
		{"dinar: a fils below the minimum", func(w *scene) { w.in("KWD", "9.999", "5", "10") }, voided(ReasonBelowMinimum)},
	})
}

func TestDisputes(t *testing.T) {
	t.Parallel()
	of := func(as string, statuses ...string) func(*scene) {
		return func(w *scene) {
			for _, s := range statuses {
				w.order().Disputes = append(w.order().Disputes, Dispute{Status: s, InitiatedAs: as})
			}
		}
	}
	play(t, []row{
		{"a chargeback that needs a response", func(w *scene) { w.dispute("NEEDS_RESPONSE") }, voided(ReasonDispute).undoneAt(bought.Add(20 * day))},
		{"a chargeback under review", of("CHARGEBACK", "UNDER_REVIEW"), voided(ReasonDispute)},
		{"a chargeback that was accepted", of("CHARGEBACK", "ACCEPTED"), voided(ReasonDispute)},
		{"a chargeback that was lost", of("CHARGEBACK", "LOST"), voided(ReasonDispute)},
		{"a chargeback with a status that Shopify adds later", of("CHARGEBACK", "NEW_ONE"), voided(ReasonDispute)},
		{"a chargeback that was won", of("CHARGEBACK", "WON"), alices},
		{"a chargeback that was paid back", of("CHARGEBACK", "CHARGE_REFUNDED"), alices},
		{"an inquiry under review", of("INQUIRY", "UNDER_REVIEW"), holds(ReasonInquiry)},
		{"an inquiry that needs a response", of("INQUIRY", "NEEDS_RESPONSE"), holds(ReasonInquiry)},
		{"an inquiry that was won", of("INQUIRY", "WON"), alices},
		{"an inquiry, and the merchant approves", func(w *scene) { of("INQUIRY", "UNDER_REVIEW")(w); w.approve("no_dispute") }, alices},
		{"an inquiry, then a chargeback", func(w *scene) { of("INQUIRY", "UNDER_REVIEW")(w); of("CHARGEBACK", "NEEDS_RESPONSE")(w) }, voided(ReasonDispute)},
		{"one won, another lost", of("CHARGEBACK", "WON", "LOST"), voided(ReasonDispute)},
		{"a dispute of an unknown kind counts as a chargeback", of("", "NEEDS_RESPONSE"), voided(ReasonDispute)},
		{"voided by a chargeback, which is then won", func(w *scene) { w.dispute("NEEDS_RESPONSE"); w.decide(); w.dispute("WON") }, alices.work(WorkRelease)},
	})
}

func TestGone(t *testing.T) {
	t.Parallel()
	play(t, []row{
		{"Shopify no longer shows it", func(w *scene) { w.order().Gone = true }, holds(ReasonGone)},
		{"gone, and the merchant approves", func(w *scene) { w.order().Gone = true; w.approve("still_shown") }, alices},
		{"gone, and shown again", func(w *scene) { w.order().Gone = true; w.decide(); w.order().Gone = false }, alices},
		{"gone after the release", func(w *scene) { w.release(); w.order().Gone = true }, given(RewardApproved)},
		{"gone, and it was refunded when last shown", func(w *scene) { w.refund(); w.order().Gone = true }, voided(ReasonRefunded)},
	})
}

func TestSameBrowser(t *testing.T) {
	t.Parallel()
	play(t, []row{
		{"claimed in the advocate's browser", func(w *scene) { w.claim().Keys = []string{BrowserKey("b2"), BrowserKey("b1")} }, holds(ReasonSameBrowser)},
		{"claimed in one of several browsers of the advocate's", func(w *scene) {
			w.claim().Keys = []string{BrowserKey("b9")}
			w.advocate("adv_alice", func(a *Advocate) { a.Browsers = []string{"b1", "b9"} })
		}, holds(ReasonSameBrowser)},
		{"claimed in another advocate's browser", func(w *scene) {
			w.advocate("adv_zoe", func(a *Advocate) { a.Browsers = []string{"b2"} })
		}, alices},
		{"no browser is known", func(w *scene) { w.claim().Keys = nil; w.advocate("adv_alice", func(a *Advocate) { a.Browsers = nil }) }, alices},
		{"a customer's key is no browser", func(w *scene) { w.advocate("adv_alice", func(a *Advocate) { a.Browsers = []string{string(bob)} }) }, alices},
	})
}

func TestSameEmail(t *testing.T) {
	t.Parallel()
	emails := func(order, advocate []string) func(*scene) {
		return func(w *scene) {
			w.order().Emails = order
			w.advocate("adv_alice", func(a *Advocate) { a.Emails = advocate })
		}
	}
	play(t, []row{
		{"the order has the advocate's address", emails([]string{"h1"}, []string{"h1"}), holds(ReasonSameEmail)},
		{"under one of two hash keys", emails([]string{"k2:h1", "k1:h1"}, []string{"k1:h1"}), holds(ReasonSameEmail)},
		{"another address", emails([]string{"h2"}, []string{"h1"}), alices},
		{"level 1: no addresses", emails(nil, nil), alices},
		{"the advocate's address, and the merchant approves", func(w *scene) { emails([]string{"h1"}, []string{"h1"})(w); w.approve("other_email") }, alices},
	})
}

func TestTestLane(t *testing.T) {
	t.Parallel()
	play(t, []row{
		{"a test order runs the whole way", func(w *scene) { w.test() }, alices.releasedAt(bought).work(WorkRelease)},
		{"newness is not asked", func(w *scene) { w.order().Journey = Journey{}; w.test() }, alices.work(WorkRelease)},
		{"the customer had bought before", func(w *scene) { w.order().Journey.Index = 7; w.test() }, alices},
		{"the longest hold is skipped", func(w *scene) { w.terms(func(t *Terms) { t.HoldDays = 45 }); w.test() }, alices.releasedAt(bought)},
		{"paid later, it is released then", func(w *scene) { w.order().Transactions[0].At = bought.Add(time.Minute); w.test() }, alices.releasedAt(bought.Add(time.Minute))},
		{"refunded, it is void", func(w *scene) { w.refund(); w.test() }, voided(ReasonRefunded)},
		{"below the minimum, it is void", func(w *scene) { w.order().CurrentSubtotal = usd("39.99"); w.test() }, voided(ReasonBelowMinimum)},
		{"released and issued", func(w *scene) { w.test(); w.issued() }, given(RewardIssued).booked(AdvocateSide, "issued 20.00")},
	})
	if test, usual := FriendOf(bob, true), FriendOf(bob, false); test == usual || test.Customer() != bob || usual.Customer() != bob || !test.Test() || usual.Test() {
		t.Errorf("the lanes of %s are %q and %q", bob, test, usual)
	}
	w := newScene(t)
	w.test()
	if o := w.order(); o.Friend() != FriendOf(bob, true) {
		t.Errorf("a test order is of %q", o.Friend())
	}
	w.decide()
	if NewRewardID(w.f.Referral, AdvocateSide) == NewRewardID(newScene(t).f.Referral, AdvocateSide) {
		t.Error("both lanes have one reward")
	}
}

func TestConvertingOrder(t *testing.T) {
	t.Parallel()
	cancelled := func(o *Order) { o.CancelledAt = o.ProcessedAt.Add(time.Hour) }
	play(t, []row{
		{"of two orders the earlier", func(w *scene) { w.another(1002, bought.Add(day)) }, alices.on(1001).other(1002, ReasonDisplaced)},
		{"of two orders the earlier, though its number is higher", func(w *scene) { w.another(1002, noon.Add(time.Minute)) }, alices.on(1002).other(1001, ReasonDisplaced)},
		{"an instant earlier", func(w *scene) { w.another(1002, bought.Add(-instant)) }, alices.on(1002)},
		{"of two orders of one instant the lower number", func(w *scene) { w.another(1002, bought) }, alices.on(1001).other(1002, ReasonDisplaced)},
		{"999 is lower than 1001, though not in letters", func(w *scene) { w.another(999, bought) }, alices.on(999)},
		{"the first is cancelled: the second converts", func(w *scene) { cancelled(w.order()); w.another(1002, bought.Add(day)) },
			alices.on(1002).other(1001, ReasonCancelled).friend(RewardRedeemed)},
		{"the second is cancelled: it was never the one", func(w *scene) { w.another(1002, bought.Add(day), cancelled) }, alices.on(1001).other(1002, ReasonCancelled)},
		{"both are cancelled: the earlier says why", func(w *scene) { cancelled(w.order()); w.another(1002, bought.Add(day), cancelled) }, voided(ReasonCancelled).on(1001)},
		{"the first has no evidence, the second does", func(w *scene) {
			w.guest()
			w.another(1002, bought.Add(day), func(o *Order) { o.Codes = []string{bobsCode} })
		}, alices.on(1002).other(1001, ReasonNoEvidence)},
		{"the first is not paid yet: the second converts meanwhile", func(w *scene) { w.order().Status = StatusPending; w.another(1002, bought.Add(day)) }, alices.on(1002)},
		{"the first is held: the second converts meanwhile", func(w *scene) { w.order().Gone = true; w.another(1002, bought.Add(day)) }, alices.on(1002)},
		{"one is held, an earlier one waits: the held one is shown", func(w *scene) {
			w.order().Status = StatusPending
			w.another(1002, bought.Add(day), func(o *Order) { o.Gone = true })
		},
			holds(ReasonGone).on(1002)},
		{"one waits, an earlier one failed: the waiting one is shown", func(w *scene) {
			cancelled(w.order())
			w.another(1002, bought.Add(day), func(o *Order) { o.Status = StatusPending })
		}, waits(ReasonUnpaid).on(1002)},
		{"an earlier order turns up before the release: it converts", func(w *scene) { w.decide(); w.another(999, noon.Add(time.Minute)) }, alices.on(999).other(1001, ReasonDisplaced)},
		{"an earlier order turns up after the release: the released one stands", func(w *scene) { w.release(); w.another(999, noon.Add(time.Minute)) },
			given(RewardApproved).on(1001).other(999, ReasonDisplaced)},
		{"an earlier order turns up after the issue: it is noted and moves no money", func(w *scene) { w.issued(); w.another(999, noon.Add(time.Minute)) },
			given(RewardIssued).on(1001).other(999, ReasonNoted).booked(AdvocateSide, "issued 20.00")},
		{"a later order turns up after the issue", func(w *scene) { w.issued(); w.another(1002, bought.Add(day)) }, given(RewardIssued).on(1001).other(1002, ReasonDisplaced)},
		{"an earlier order turns up after the issue, and the first is refunded: it is pinned", func(w *scene) {
			w.issued()
			w.another(999, noon.Add(time.Minute))
			w.refund()
		}, undone(ReasonRefunded, RewardReversed).on(1001)},
		{"an earlier order turns up after all of the reward made up for another", func(w *scene) {
			w.release(offset("20"))
			w.another(999, noon.Add(time.Minute))
			w.refund()
		}, undone(ReasonRefunded, RewardOwed).on(1001)},
		{"her second order has index 2, and is displaced whatever the answer", func(w *scene) {
			w.another(1002, bought.Add(day), func(o *Order) { o.Journey.Index = 2 })
		}, alices.on(1001).other(1002, ReasonDisplaced)},
	})
}

func TestRelease(t *testing.T) {
	t.Parallel()
	second := func(w *scene) { w.another(1002, bought.Add(day)) }
	cancelled := func(o *Order) { o.CancelledAt = noon.Add(time.Hour) }
	play(t, []row{
		{"released: its code is to be given", func(w *scene) { w.release() }, given(RewardApproved).work(WorkIssue).booked(AdvocateSide, "")},
		{"denied by a cap", func(w *scene) { w.release(denied(ReasonCap)) }, voided(ReasonCap).undoneAt(bought.Add(14 * day)).work()},
		{"denied by the budget", func(w *scene) { w.release(denied(ReasonBudget)) }, voided(ReasonBudget)},
		{"denied, and another order is there: the denied one stands", func(w *scene) { second(w); w.release(denied(ReasonCap)) }, voided(ReasonCap).on(1001).other(1002, ReasonDisplaced)},
		{"denied, then refunded: the other order converts", func(w *scene) { second(w); w.release(denied(ReasonCap)); w.refund() }, alices.on(1002).work(WorkRelease)},
		{"voided before the issue, and an earlier order had failed: the released one is kept, and can be restored", func(w *scene) {
			w.another(999, noon.Add(time.Minute), cancelled)
			w.release()
			w.act(Act{Kind: ActVoid, At: bought.Add(15 * day)})
			w.decide()
			w.act(Act{Kind: ActRestore, At: bought.Add(16 * day), Order: w.order().ID})
		}, given(RewardApproved).on(1001).work(WorkIssue)},
		{"denied, disputed and won, and an earlier order had failed: it stays denied", func(w *scene) {
			w.another(999, noon.Add(time.Minute), cancelled)
			w.release(denied(ReasonCap))
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.dispute("WON")
		}, voided(ReasonCap).on(1001)},
		{"denied, then refunded", func(w *scene) { w.release(denied(ReasonCap)); w.refund() }, voided(ReasonRefunded)},
		{"all of it makes up for another", func(w *scene) { w.release(offset("20")) }, given(RewardVoided).work().booked(AdvocateSide, "issued 20.00, offset -20.00")},
		{"part of a personal one makes up for another", func(w *scene) { w.personal(); w.release(offset("8")) }, given(RewardApproved).work(WorkIssue).worth("20.00 USD")},
		{"part of a personal one makes up for another, and the rest is issued", func(w *scene) { w.personal(); w.issued(offset("8")) },
			given(RewardIssued).booked(AdvocateSide, "issued 8.00, offset -8.00, issued 12.00")},
		{"all of a personal one makes up for another", func(w *scene) { w.personal(); w.release(offset("20")) }, given(RewardVoided)},
		{"a reward of a pool is made up for whole, whatever it counts for", func(w *scene) {
			w.terms(func(t *Terms) { t.Advocate = Offer{Kind: FreeShipping} })
			w.release(offset("0"))
		}, given(RewardVoided).worth("0.00 USD").booked(AdvocateSide, "")},
		{"an inquiry after the release holds nothing any more", func(w *scene) {
			w.issued()
			w.order().Disputes = []Dispute{{Status: "UNDER_REVIEW", InitiatedAs: "INQUIRY"}}
		}, given(RewardIssued)},
		{"the browser turns out to be the advocate's after the release", func(w *scene) { w.release(); w.claim().Keys = []string{BrowserKey("b1")} }, given(RewardApproved)},
		{"an earlier order turns up before the issue", func(w *scene) { w.release(); w.another(999, noon.Add(time.Minute)) }, given(RewardApproved).on(1001)},
		{"another advocate's link turns up as the last one", func(w *scene) { w.issued(); w.touch(Touch{"adv_zoe", 1, noon.Add(time.Minute)}) }, given(RewardIssued)},
		{"the campaign's terms are those of the release", func(w *scene) {
			w.terms(func(t *Terms) { t.Advocate = Offer{Kind: ShareOfOrder, RateBP: 1000} })
			w.release()
			w.order().CurrentSubtotal = usd("50")
		}, given(RewardApproved).worth("8.00 USD")},
		{"refunded before the issue", func(w *scene) { w.release(); w.refund() }, voided(ReasonRefunded).work().booked(AdvocateSide, "")},
		{"refunded before the issue, and a second order is there: it is released anew", func(w *scene) {
			w.release()
			w.refund()
			second(w)
			w.order(1).Journey = Journey{}
		}, waits(ReasonNewness).on(1002).work(WorkNewness)},
		{"released, then disputed before the issue, then won: it is released as it was", func(w *scene) {
			w.release()
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.dispute("WON")
		}, given(RewardApproved).work(WorkIssue)},
		{"released, refunded for a second order, and the first turns out to stand: the second was not released yet", func(w *scene) {
			w.release()
			w.dispute("LOST")
			second(w)
			w.decide()
			w.dispute("WON")
		}, alices.on(1001).work(WorkRelease)},
	})
}

func TestGivenAndTakenBack(t *testing.T) {
	t.Parallel()
	later := bought.Add(30 * day)
	taken := func(w *scene) { w.issued(); w.refund() }
	play(t, []row{
		{"issued", func(w *scene) { w.issued() }, given(RewardIssued).code(hersCode).work().booked(AdvocateSide, "issued 20.00")},
		{"spent", func(w *scene) { w.issued(); w.spent(hersCode, 2000, later) }, given(RewardRedeemed).booked(AdvocateSide, "issued 20.00")},
		{"refunded after it was issued", taken, undone(ReasonRefunded, RewardReversed).work(WorkTakeBack).booked(AdvocateSide, "issued 20.00, reversed -20.00")},
		{"taken back, and the code is gone", func(w *scene) { taken(w); w.decide(); noteGone(&w.f, []string{hersCode}, later) }, undone(ReasonRefunded, RewardReversed).work()},
		{"spent, then refunded", func(w *scene) { w.issued(); w.spent(hersCode, 2000, later); w.refund() },
			undone(ReasonRefunded, RewardOwed).owing("20.00 USD").booked(AdvocateSide, "issued 20.00, owed -20.00")},
		{"taken back, then found spent before", func(w *scene) { taken(w); w.decide(); w.spent(hersCode, 2000, bought.Add(15*day)) },
			undone(ReasonRefunded, RewardOwed).booked(AdvocateSide, "issued 20.00, reversed -20.00, issued 20.00, owed -20.00")},
		{"gone, then found spent after", func(w *scene) {
			taken(w)
			w.decide()
			noteGone(&w.f, []string{hersCode}, later)
			w.decide()
			w.spent(hersCode, 2000, later.Add(day))
		}, undone(ReasonRefunded, RewardOwed).work()},
		{"spent on two orders: that is one reward", func(w *scene) {
			w.issued()
			w.spent(hersCode, 2000, later)
			w.spent(hersCode, 2001, later.Add(day))
			w.refund()
		},
			undone(ReasonRefunded, RewardOwed).owing("20.00 USD")},
		{"the merchant voids what was issued", func(w *scene) { w.issued(); w.act(Act{Kind: ActVoid, At: later}) }, undone(ReasonMerchant, RewardReversed).undoneAt(later)},
		{"the order is somebody else's now", func(w *scene) { w.issued(); w.f.Orders = nil }, undone(ReasonNoEvidence, RewardReversed).work(WorkTakeBack)},
		{"the order is somebody else's now, and the code was spent", func(w *scene) { w.issued(); w.spent(hersCode, 2000, later); w.f.Orders = nil },
			undone(ReasonNoEvidence, RewardOwed).owing("20.00 USD")},
		{"the order is somebody else's now, before the issue", func(w *scene) { w.release(); w.f.Orders = nil }, voided(ReasonNoEvidence).work()},
		{"unlinked after the issue", func(w *scene) { w.issued(); w.unlink(later) }, undone(ReasonNoEvidence, RewardReversed).undoneAt(later)},
		{"unlinked after the issue, and linked again", func(w *scene) { w.issued(); w.unlink(later); w.decide(); w.link("adv_zoe", later.Add(day)) },
			given(RewardApproved).work(WorkTakeBack, WorkIssue)},
		{"a chargeback is won after the reversal: another code is due", func(w *scene) { w.issued(); w.dispute("NEEDS_RESPONSE"); w.decide(); w.dispute("WON") },
			given(RewardApproved).work(WorkTakeBack, WorkIssue).booked(AdvocateSide, "issued 20.00, reversed -20.00")},
		{"and is given", func(w *scene) {
			w.issued()
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.dispute("WON")
			w.decide()
			w.issue(AdvocateSide, "SECOND")
		}, given(RewardIssued).code("SECOND").work(WorkTakeBack).booked(AdvocateSide, "issued 20.00, reversed -20.00, issued 20.00")},
		{"a chargeback is won after the reversal, and the old code was spent: nothing more is due", func(w *scene) {
			w.issued()
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.spent(hersCode, 2000, later)
			w.dispute("WON")
		}, given(RewardRedeemed).booked(AdvocateSide, "issued 20.00, reversed -20.00, issued 20.00")},
		{"spent, disputed, and won: it is rightly hers", func(w *scene) {
			w.issued()
			w.spent(hersCode, 2000, later)
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.dispute("WON")
		}, given(RewardRedeemed).booked(AdvocateSide, "issued 20.00, owed -20.00, cleared 20.00")},
		{"edited below the minimum after the issue, and back: another code is due", func(w *scene) {
			w.issued()
			w.order().CurrentSubtotal = usd("10")
			w.decide()
			w.order().CurrentSubtotal = usd("80")
		}, given(RewardApproved)},
	})
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	end := bought.Add(44 * day)
	valid := func(w *scene) { w.terms(func(t *Terms) { t.Advocate.ValidDays = 30 }); w.issued() }
	play(t, []row{
		{"an instant before the code's end", valid, given(RewardIssued).shown(end.Add(-instant), RewardIssued)},
		{"on the code's end", valid, given(RewardIssued).shown(end, RewardExpired)},
		{"long after the code's end", valid, given(RewardIssued).shown(end.Add(1000*day), RewardExpired).booked(AdvocateSide, "issued 20.00")},
		{"a code without an end", func(w *scene) { w.issued() }, given(RewardIssued).shown(end.Add(1000*day), RewardIssued)},
		{"spent before its end", func(w *scene) { valid(w); w.spent(hersCode, 2000, end.Add(-instant)) }, given(RewardRedeemed).shown(end.Add(day), RewardRedeemed)},
		{"spent after its end all the same", func(w *scene) { valid(w); w.spent(hersCode, 2000, end.Add(day)) }, given(RewardRedeemed)},
		{"the friend's, used, after its end", valid, given(RewardIssued).check("friend's shown as", string(RewardRedeemed), func(r Referral) string {
			return string(r.Rewards[FriendSide].StateAt(end.Add(day)))
		})},
		{"the friend's, not used, on its end", func(w *scene) { w.order().Codes = nil }, alices.check("friend's shown as", string(RewardExpired), func(r Referral) string {
			return string(r.Rewards[FriendSide].StateAt(noon.Add(30 * day)))
		})},
		{"taken back after its end", func(w *scene) { valid(w); w.refund() }, undone(ReasonRefunded, RewardReversed).shown(end.Add(day), RewardReversed)},
	})
}

func TestReissue(t *testing.T) {
	t.Parallel()
	later := bought.Add(30 * day)
	asked := func(w *scene) { w.issued(); w.reissue(hersCode) }
	again := func(w *scene) { asked(w); w.decide(); w.issue(AdvocateSide, "SECOND") }
	play(t, []row{
		{"another code is asked for", asked, given(RewardApproved).work(WorkTakeBack, WorkIssue).booked(AdvocateSide, "issued 20.00, reversed -20.00")},
		{"and given", again, given(RewardIssued).code("SECOND").booked(AdvocateSide, "issued 20.00, reversed -20.00, issued 20.00")},
		{"asked for in place of a code that is not hers", func(w *scene) { w.issued(); w.reissue("OTHER") }, given(RewardIssued).code(hersCode).work()},
		{"the old code is spent before the new one is given", func(w *scene) { asked(w); w.decide(); w.spent(hersCode, 2000, later) }, given(RewardRedeemed).work(WorkTakeBack)},
		{"the old code is spent after the new one is given: the new one is taken back", func(w *scene) {
			again(w)
			noteGone(&w.f, []string{hersCode}, later)
			w.spent(hersCode, 2000, later)
		}, given(RewardRedeemed).work(WorkTakeBack)},
		{"the new code is spent", func(w *scene) { again(w); w.spent("SECOND", 2000, later) }, given(RewardRedeemed)},
		{"both are spent: one of them is owed", func(w *scene) { again(w); w.spent(hersCode, 2000, later); w.spent("SECOND", 2001, later.Add(day)) },
			given(RewardOwed).owing("20.00 USD")},
		{"both are spent, then refunded: both are owed", func(w *scene) { again(w); w.spent(hersCode, 2000, later); w.spent("SECOND", 2001, later); w.refund() },
			undone(ReasonRefunded, RewardOwed).owing("40.00 USD")},
		{"reissued twice", func(w *scene) { again(w); w.reissue("SECOND"); w.decide(); w.issue(AdvocateSide, "THIRD") }, given(RewardIssued).code("THIRD")},
		{"reissued, then refunded", func(w *scene) { again(w); w.refund() }, undone(ReasonRefunded, RewardReversed)},
	})
}

func TestOwed(t *testing.T) {
	t.Parallel()
	owed := func(w *scene) { w.issued(); w.spent(hersCode, 2000, bought.Add(15*day)); w.refund(); w.decide() }
	play(t, []row{
		{"owed", owed, undone(ReasonRefunded, RewardOwed).owing("20.00 USD").undoneAt(bought.Add(16 * day))},
		{"settled by a later reward", func(w *scene) { owed(w); w.settled("20") },
			undone(ReasonRefunded, RewardSettled).owing("0.00 USD").booked(AdvocateSide, "issued 20.00, owed -20.00, settled 20.00")},
		{"forgiven", func(w *scene) { owed(w); w.forgive() },
			undone(ReasonRefunded, RewardForgiven).owing("0.00 USD").booked(AdvocateSide, "issued 20.00, owed -20.00, forgiven 20.00")},
		{"a personal one is settled in part", func(w *scene) { w.personal(); owed(w); w.settled("8") },
			undone(ReasonRefunded, RewardOwed).owing("12.00 USD").booked(AdvocateSide, "issued 20.00, owed -20.00, settled 8.00")},
		{"settled in part to the last cent but one", func(w *scene) { w.personal(); owed(w); w.settled("8"); w.settled("11.99") }, undone(ReasonRefunded, RewardOwed).owing("0.01 USD")},
		{"settled in two parts", func(w *scene) { w.personal(); owed(w); w.settled("8"); w.settled("12") },
			undone(ReasonRefunded, RewardSettled).booked(AdvocateSide, "issued 20.00, owed -20.00, settled 20.00")},
		{"settled in part, the rest forgiven", func(w *scene) { w.personal(); owed(w); w.settled("8"); w.decide(); w.forgive() },
			undone(ReasonRefunded, RewardForgiven).booked(AdvocateSide, "issued 20.00, owed -20.00, settled 8.00, forgiven 12.00")},
		{"both codes owed, one settled", func(w *scene) {
			w.issued()
			w.reissue(hersCode)
			w.decide()
			w.issue(AdvocateSide, "SECOND")
			w.spent(hersCode, 2000, bought.Add(15*day))
			w.spent("SECOND", 2001, bought.Add(15*day))
			w.refund()
			w.decide()
			w.settled("20")
		}, undone(ReasonRefunded, RewardOwed).owing("20.00 USD")},
		{"a reward that counts for nothing is owed whole", func(w *scene) {
			w.terms(func(t *Terms) { t.Advocate = Offer{Kind: FreeShipping} })
			owed(w)
		}, undone(ReasonRefunded, RewardOwed).owing("0.00 USD").booked(AdvocateSide, "")},
		{"and is settled whole", func(w *scene) {
			w.terms(func(t *Terms) { t.Advocate = Offer{Kind: FreeShipping} })
			owed(w)
			w.settled("0")
		}, undone(ReasonRefunded, RewardSettled)},
		{"all of it made up for another, then refunded: it is owed", func(w *scene) { w.release(offset("20")); w.refund() },
			undone(ReasonRefunded, RewardOwed).owing("20.00 USD").booked(AdvocateSide, "issued 20.00, offset -20.00, owed -20.00")},
		{"part of it made up for another, then refunded unspent: that part is owed", func(w *scene) { w.personal(); w.issued(offset("8")); w.refund() },
			undone(ReasonRefunded, RewardOwed).owing("8.00 USD")},
		{"part of it made up for another, then refunded spent: all is owed", func(w *scene) {
			w.personal()
			w.issued(offset("8"))
			w.spent(hersCode, 2000, bought.Add(15*day))
			w.refund()
		}, undone(ReasonRefunded, RewardOwed).owing("20.00 USD")},
		{"forgiven when nothing is owed changes nothing", func(w *scene) { w.issued(); w.forgive() }, given(RewardIssued)},
	})
}

func TestFriendsRewardAtTheClaim(t *testing.T) {
	t.Parallel()
	play(t, []row{
		{"given at the claim, not used yet", func(w *scene) { w.order().Codes = nil }, alices.friend(RewardIssued, "20.00 USD").booked(FriendSide, "")},
		{"used: what it really took off", func(w *scene) { w.order().Discounted = usd("17.50") }, alices.friend(RewardRedeemed, "17.50 USD").booked(FriendSide, "redeemed 17.50")},
		{"used beside a discount without a code: all that was taken off", func(w *scene) { w.order().Discounted = usd("25") }, alices.friend(RewardRedeemed, "25.00 USD")},
		{"used beside another code: at most what was promised", func(w *scene) { w.order().Codes, w.order().Discounted = []string{bobsCode, "SUMMER"}, usd("35") },
			alices.friend(RewardRedeemed, "20.00 USD")},
		{"used beside another code, less was taken off in all", func(w *scene) { w.order().Codes, w.order().Discounted = []string{bobsCode, "SUMMER"}, usd("19.99") },
			alices.friend(RewardRedeemed, "19.99 USD")},
		{"a percentage beside another code: at most that part of the whole order", func(w *scene) {
			w.terms(func(t *Terms) { t.Friend = Offer{Kind: PercentOff, RateBP: 1500} })
			w.order().Codes, w.order().Discounted, w.order().Subtotal = []string{bobsCode, "SUMMER"}, usd("35"), usd("85")
		}, alices.friend(RewardRedeemed, "18.00 USD")},
		{"a percentage beside another code, less was taken off in all", func(w *scene) {
			w.terms(func(t *Terms) { t.Friend = Offer{Kind: PercentOff, RateBP: 1500} })
			w.order().Codes, w.order().Discounted, w.order().Subtotal = []string{bobsCode, "SUMMER"}, usd("9"), usd("85")
		}, alices.friend(RewardRedeemed, "9.00 USD")},
		{"free shipping beside another code: all that was taken off", func(w *scene) {
			w.terms(func(t *Terms) { t.Friend = Offer{Kind: FreeShipping} })
			w.order().Codes, w.order().Discounted = []string{bobsCode, "SUMMER"}, usd("35")
		}, alices.friend(RewardRedeemed, "35.00 USD")},
		{"used, and Shopify corrects what it took off", func(w *scene) { w.decide(); w.order().Discounted = usd("18") },
			alices.friend(RewardRedeemed, "18.00 USD").booked(FriendSide, "redeemed 20.00, corrected -2.00")},
		{"used, then refunded: it stays a record, and is never owed", func(w *scene) { w.refund() }, voided(ReasonRefunded).friend(RewardRedeemed, "20.00 USD").booked(FriendSide, "redeemed 20.00")},
		{"used with a former code", func(w *scene) { w.claim().Code, w.claim().Former = "NEW", []string{bobsCode} }, alices.friend(RewardRedeemed)},
		{"used on two orders: what both took off is recorded", func(w *scene) {
			w.another(1002, bought.Add(day), func(o *Order) { o.Codes, o.Discounted = []string{bobsCode}, usd("3") })
		}, alices.friend(RewardRedeemed, "23.00 USD").check("redeemed since", bought.String(), func(r Referral) string {
			return r.Rewards[FriendSide].At.String()
		})},
		{"a former code and the one that took its place are used: what both took off is recorded", func(w *scene) {
			w.claim().Former = []string{"OLDER"}
			w.another(1002, bought.Add(day), func(o *Order) { o.Codes, o.Discounted = []string{"OLDER"}, usd("20") })
		}, alices.friend(RewardRedeemed, "40.00 USD")},
		{"used on another order than the converting one", func(w *scene) {
			w.order().Codes = nil
			w.another(1002, bought.Add(day), func(o *Order) { o.Codes, o.Discounted = []string{bobsCode}, usd("3") })
		}, alices.on(1001).friend(RewardRedeemed, "3.00 USD")},
		{"used, and the order is unlinked: nobody is credited, and what it took off stays recorded", func(w *scene) { w.unlink(bought.Add(day)) },
			nobody.friend(RewardRedeemed, "20.00 USD").booked(FriendSide, "redeemed 20.00")},
		{"used, given, and unlinked then: it stays recorded", func(w *scene) { w.issued(); w.unlink(bought.Add(60 * day)) },
			undone(ReasonNoEvidence, RewardReversed).friend(RewardRedeemed, "20.00 USD").booked(FriendSide, "redeemed 20.00")},
		{"a shareable code on two orders: what both took off is recorded", func(w *scene) {
			w.nothing()
			w.order().Codes = []string{"ALICE"}
			w.another(1002, bought.Add(day), func(o *Order) { o.Codes, o.Discounted = []string{"ZOE"}, usd("3") })
		}, alices.on(1001).friend(RewardRedeemed, "23.00 USD")},
		{"the claim's code, and a shareable one on a later order", func(w *scene) {
			w.another(1002, bought.Add(day), func(o *Order) { o.Codes, o.Discounted = []string{"ZOE"}, usd("3") })
		}, alices.on(1001).friend(RewardRedeemed, "23.00 USD")},
		{"used and unlinked, and a second order without a code is linked: what it took off stays recorded", func(w *scene) {
			w.unlink(bought.Add(day))
			w.another(1002, bought.Add(day), func(o *Order) { o.Codes = nil })
			w.act(Act{Kind: ActLink, At: bought.Add(2 * day), Order: orderID(1002), Advocate: "adv_alice", Campaign: cmp1})
		}, alices.on(1002).friend(RewardRedeemed, "20.00 USD").booked(FriendSide, "redeemed 20.00")},
		{"linked to Alice, with Zoe's shareable code on it", func(w *scene) {
			w.nothing()
			w.order().Codes = []string{"ZOE"}
			w.link("adv_alice", bought)
		}, alices.friend(RewardRedeemed, "20.00 USD")},
		{"a shareable code that the campaign does not have takes nothing off", func(w *scene) {
			w.nothing()
			w.order().Codes = []string{"ZOE"}
			w.link("adv_alice", bought)
			w.terms(func(t *Terms) { t.ShareCeiling = 0 })
		}, alices.friend(RewardNone)},
		{"none without a claim", func(w *scene) { w.nothing(); w.link("adv_alice", bought) }, alices.friend(RewardNone).booked(FriendSide, "")},
		{"none while the claim has no code", func(w *scene) { w.order().Codes, w.claim().Code = nil, "" }, alices.friend(RewardNone)},
		{"the promise is that of the claim's version", func(w *scene) {
			w.order().Codes = nil
			w.replaced(noon.Add(time.Minute), func(t *Terms) { t.Friend.Amount = usd("5") })
			w.touch(Touch{"adv_alice", 2, noon.Add(2 * time.Minute)})
		}, alices.under(2).friend(RewardIssued, "20.00 USD")},
		{"it is void of nothing when the referral is: the friend used it", func(w *scene) { w.act(Act{Kind: ActReject, At: noon}) }, voided(ReasonRejected).friend(RewardRedeemed)},
	})
}

func TestFriendsRewardAfterTheOrder(t *testing.T) {
	t.Parallel()
	const bobsNext = "FFFF-GGGG-HHHH"
	both := func(w *scene) { w.afterOrder(); w.issued(); w.issue(FriendSide, bobsNext) }
	later := bought.Add(30 * day)
	codeless := func(w *scene) { w.afterOrder(); w.order().Codes = nil }
	play(t, []row{
		{"another code is given in place of hers, and both are spent: both are counted", func(w *scene) {
			w.afterOrder()
			w.order().Codes = nil
			w.issued()
			w.issue(FriendSide, "FFFF-GGGG-HHHH")
			w.act(Act{Kind: ActReissue, At: bought.Add(20 * day), Order: w.order().ID, Side: FriendSide, Code: "FFFF-GGGG-HHHH"})
			w.decide()
			w.issue(FriendSide, "SECOND")
			w.spent("FFFF-GGGG-HHHH", 2001, bought.Add(22*day))
			w.spent("SECOND", 2002, bought.Add(23*day))
		}, given(RewardIssued).friend(RewardRedeemed).booked(FriendSide, "issued 20.00, reversed -20.00, issued 20.00, issued 20.00")},
		{"pending with the order", codeless, alices.friend(RewardPending, "20.00 USD")},
		{"released: both codes are to be given", func(w *scene) { codeless(w); w.release() }, given(RewardApproved).friend(RewardApproved).work(WorkIssue)},
		{"one is given, the other is still to be", func(w *scene) { codeless(w); w.issued() }, given(RewardIssued).friend(RewardApproved).work(WorkIssue)},
		{"both are given", func(w *scene) { codeless(w); both(w) }, given(RewardIssued).friend(RewardIssued).work().booked(FriendSide, "issued 20.00")},
		{"the friend spends hers", func(w *scene) { codeless(w); both(w); w.spent(bobsNext, 1003, later) }, given(RewardIssued).friend(RewardRedeemed).booked(FriendSide, "issued 20.00")},
		{"refunded: both are taken back", func(w *scene) { codeless(w); both(w); w.refund() },
			undone(ReasonRefunded, RewardReversed).friend(RewardReversed).work(WorkTakeBack).booked(FriendSide, "issued 20.00, reversed -20.00")},
		{"spent, then refunded: the friend owes nothing", func(w *scene) { codeless(w); both(w); w.spent(bobsNext, 1003, later); w.refund() },
			undone(ReasonRefunded, RewardReversed).friend(RewardRedeemed).booked(FriendSide, "issued 20.00")},
		{"taken back, then found spent: recorded, and not owed", func(w *scene) {
			codeless(w)
			both(w)
			w.refund()
			w.decide()
			w.spent(bobsNext, 1003, later)
		}, undone(ReasonRefunded, RewardReversed).friend(RewardRedeemed).booked(FriendSide, "issued 20.00, reversed -20.00, issued 20.00")},
		{"denied by the budget: neither is given", func(w *scene) { codeless(w); w.release(denied(ReasonBudget)) }, voided(ReasonBudget).friend(RewardVoided)},
		{"the advocate's made up for another: the friend gets hers all the same", func(w *scene) { codeless(w); w.release(offset("20")) },
			given(RewardVoided).friend(RewardApproved).work(WorkIssue)},
		{"an order linked by the merchant earns the friend's too", func(w *scene) { codeless(w); w.nothing(); w.link("adv_alice", bought) }, alices.friend(RewardPending)},
		{"the order is somebody else's now, before the friend's was spent", func(w *scene) { codeless(w); both(w); w.f.Orders = nil },
			undone(ReasonNoEvidence, RewardReversed).friend(RewardReversed)},
	})
}

func TestWorth(t *testing.T) {
	t.Parallel()
	share := func(currency, subtotal string, rateBP int) func(*scene) {
		return func(w *scene) {
			w.in(currency, subtotal, "5", "0")
			w.order().Codes = nil
			w.terms(func(t *Terms) { t.Advocate = Offer{Kind: ShareOfOrder, RateBP: rateBP} })
		}
	}
	offer := func(o Offer) func(*scene) {
		return func(w *scene) { w.terms(func(t *Terms) { t.Advocate = o }) }
	}
	play(t, []row{
		{"an amount", func(*scene) {}, alices.worth("20.00 USD")},
		{"an amount, however large the order", func(w *scene) { w.subtotal("92233720368547758.07") }, alices.worth("20.00 USD")},
		{"a percentage counts for nothing", offer(Offer{Kind: PercentOff, RateBP: 1500}), alices.worth("0.00 USD")},
		{"a percentage counts for what the merchant says", offer(Offer{Kind: PercentOff, RateBP: 1500, CountsAs: usd("12")}), alices.worth("12.00 USD")},
		{"free shipping counts for nothing", offer(Offer{Kind: FreeShipping}), alices.worth("0.00 USD")},
		{"free shipping counts for what the merchant says", offer(Offer{Kind: FreeShipping, CountsAs: usd("6")}), alices.worth("6.00 USD")},
		{"what an amount counts as does not matter", offer(Offer{Kind: AmountOff, Amount: usd("20"), CountsAs: usd("3")}), alices.worth("20.00 USD")},
		{"a share of the order", share("USD", "80.00", 1000), alices.worth("8.00 USD")},
		{"a share is of the net, not of the subtotal as ordered", func(w *scene) { share("USD", "80.00", 1000)(w); w.order().CurrentSubtotal = usd("50") }, alices.worth("5.00 USD")},
		{"half a cent is rounded up", share("USD", "80.05", 1000), alices.worth("8.01 USD")},
		{"less than half a cent is rounded down", share("USD", "80.04", 1000), alices.worth("8.00 USD")},
		{"half a yen is rounded up", share("JPY", "8005", 1000), alices.worth("801 JPY")},
		{"less than half a yen is rounded down", share("JPY", "8004", 1000), alices.worth("800 JPY")},
		{"half a fils is rounded up", share("KWD", "8.005", 1000), alices.worth("0.801 KWD")},
		{"less than half a fils is rounded down", share("KWD", "8.004", 1000), alices.worth("0.800 KWD")},
		{"the least share", share("USD", "50.00", 1), alices.worth("0.01 USD")},
		{"all of the order", share("USD", "80.00", 10_000), alices.worth("80.00 USD")},
		{"a tenth of the largest order", share("USD", "92233720368547758.07", 1000), alices.worth("9223372036854775.81 USD")},
		{"all of the largest order", share("USD", "92233720368547758.07", 10_000), alices.worth("92233720368547758.07 USD")},
		{"a share of an order that is worth nothing", func(w *scene) { share("USD", "80.00", 1000)(w); w.order().CurrentSubtotal = usd("0") }, alices.worth("0.00 USD")},
		{"yen are whole", func(w *scene) { w.in("JPY", "8000", "2000", "4000") }, alices.worth("2000 JPY").friend(RewardRedeemed, "2000 JPY")},
		{"dinars have three decimals", func(w *scene) { w.in("KWD", "20", "5.125", "10") }, alices.worth("5.125 KWD").friend(RewardRedeemed, "5.125 KWD")},
		{"yen through the books", func(w *scene) {
			w.in("JPY", "8000", "2000", "4000")
			w.issued()
			w.refund()
		}, undone(ReasonRefunded, RewardReversed).booked(AdvocateSide, "issued 2000, reversed -2000")},
		{"dinars through the books", func(w *scene) {
			w.in("KWD", "20", "5.125", "10")
			w.issued()
			w.spent(hersCode, 2000, bought.Add(15*day))
			w.refund()
		}, undone(ReasonRefunded, RewardOwed).owing("5.125 KWD").booked(AdvocateSide, "issued 5.125, owed -5.125")},
	})
}

// Terms are those of the touch's version; without a touch, those in force at processedAt.
func TestTermsInForce(t *testing.T) {
	t.Parallel()
	change := noon.Add(30 * time.Minute)
	ten := func(t *Terms) { t.Advocate.Amount = usd("10") }
	shareable := func(at time.Time) func(*scene) {
		return func(w *scene) { w.nothing(); w.order().Codes = []string{"ALICE"}; w.replaced(change, ten); w.at(at) }
	}
	play(t, []row{
		{"the touch's version, though another is in force at the order", func(w *scene) { w.replaced(change, ten) }, alices.under(1).worth("20.00 USD")},
		{"a later touch is under the new version", func(w *scene) { w.replaced(change, ten); w.touch(Touch{"adv_alice", 2, change}) }, alices.under(2).worth("10.00 USD")},
		{"a shareable code: an instant before the new version", shareable(change.Add(-instant)), alices.under(1).worth("20.00 USD")},
		{"a shareable code: on the instant the new version goes live", shareable(change), alices.under(2).worth("10.00 USD")},
		{"a shareable code: an instant after", shareable(change.Add(instant)), alices.under(2)},
		{"a shareable code: an instant before the first version was live", func(w *scene) {
			w.nothing()
			w.order().Codes = []string{"ALICE"}
			w.campaign(cmp1, func(c *Campaign) { c.LiveAt = bought.Add(instant) })
		}, nobody.lost(lostCampaign)},
		{"a shareable code: on the instant it went live", func(w *scene) {
			w.nothing()
			w.order().Codes = []string{"ALICE"}
			w.campaign(cmp1, func(c *Campaign) { c.LiveAt = bought })
		}, alices},
		{"a shareable code: an instant before the campaign ended", func(w *scene) {
			w.nothing()
			w.order().Codes = []string{"ALICE"}
			w.campaign(cmp1, func(c *Campaign) { c.State, c.Until = CampaignEnded, bought.Add(instant) })
		}, alices},
		{"a shareable code: on the instant the campaign ended", func(w *scene) {
			w.nothing()
			w.order().Codes = []string{"ALICE"}
			w.campaign(cmp1, func(c *Campaign) { c.State, c.Until = CampaignEnded, bought })
		}, nobody.lost(lostCampaign)},
		{"a shareable code while the campaign is paused", func(w *scene) {
			w.nothing()
			w.order().Codes = []string{"ALICE"}
			w.campaign(cmp1, func(c *Campaign) { c.State = CampaignPaused })
		}, alices},
		{"a claim's code after the campaign ended: what was promised goes on", func(w *scene) {
			w.campaign(cmp1, func(c *Campaign) { c.State, c.Until = CampaignEnded, noon.Add(time.Minute) })
		}, alices},
		{"a campaign that never went live is no offer", func(w *scene) {
			w.nothing()
			w.order().Codes = []string{"ALICE"}
			w.campaign(cmp1, func(c *Campaign) { c.State, c.LiveAt = CampaignDraft, time.Time{} })
		}, nobody.lost(lostCampaign)},
		{"the window is that of the touch's version", func(w *scene) {
			w.replaced(change, func(t *Terms) { t.WindowDays = 60 })
			w.touch(Touch{"adv_alice", 2, change})
			w.at(change.Add(45 * day))
		}, alices.under(2).lost(lostWindow)},
	})
}

// Links that nothing but order tells apart.
func TestLinksOfOneInstant(t *testing.T) {
	t.Parallel()
	later := bought.Add(30 * day)
	first := func(t *Terms) { t.FirstTouch = true }
	play(t, []row{
		{"the merchant's last word counts, also where the campaign credits the first touch", func(w *scene) {
			w.terms(first)
			w.link("adv_alice", later)
			w.link("adv_zoe", later.Add(instant))
		}, zoes.by(EvidenceLinked)},
		{"bought, by the clocks, before two links of one instant: the lower customer number, in whatever order they were heard of", func(w *scene) {
			w.claim().Touches = []Touch{{"adv_zoe", 1, noon}, {"adv_alice", 1, noon}}
			w.at(noon.Add(-instant))
		}, alices.lost(lostTie)},
		{"two links of one advocate and instant, under two versions: the newer, in whatever order they were heard of", func(w *scene) {
			w.replaced(noon, func(t *Terms) { t.Advocate.Amount = usd("10") })
			w.claim().Touches = []Touch{{"adv_alice", 1, noon}, {"adv_alice", 2, noon}}
		}, alices.under(2)},
	})
}

// What comes to light after the release does not move it.
func TestReleasedStands(t *testing.T) {
	t.Parallel()
	later := bought.Add(30 * day)
	play(t, []row{
		{"after the release a link under a higher minimum turns up: the released terms count", func(w *scene) {
			w.release()
			w.replaced(noon.Add(time.Minute), func(t *Terms) { t.Minimum = usd("100") })
			w.touch(Touch{"adv_alice", 2, noon.Add(2 * time.Minute)})
		}, given(RewardApproved).under(1)},
		{"after the release a link turns up that is the friend's own: the released advocate counts", func(w *scene) {
			w.f.Advocates["adv_bob"] = Advocate{Shop: testShop, ID: "adv_bob", Customer: bob, State: AdvocateActive}
			w.issued()
			w.touch(Touch{"adv_bob", 1, noon.Add(time.Minute)})
		}, given(RewardIssued)},
		{"unlinked after the issue, and a second order is there: it does not convert", func(w *scene) {
			w.issued()
			w.another(1002, bought.Add(day))
			w.unlink(later)
		}, undone(ReasonNoEvidence, RewardReversed).other(1002, ReasonDisplaced)},
	})
}

// What is due, had and owed, when codes are replaced, made up for, spent and taken off orders.
func TestDueAndOwed(t *testing.T) {
	t.Parallel()
	later := bought.Add(30 * day)
	play(t, []row{
		{"a personal reward that counts for nothing, spent, then refunded: owed until it is forgiven", func(w *scene) {
			w.terms(func(t *Terms) { t.Advocate = Offer{Kind: PercentOff, RateBP: 1500, Personal: true} })
			w.issued()
			w.spent(hersCode, 2000, later)
			w.refund()
		}, undone(ReasonRefunded, RewardOwed).owing("0.00 USD").booked(AdvocateSide, "")},
		{"a personal reward made up for another in part, and both its codes were spent: one is owed", func(w *scene) {
			w.personal()
			w.issued(offset("8"))
			w.reissue(hersCode)
			w.decide()
			w.issue(AdvocateSide, "SECOND")
			w.spent(hersCode, 2000, later)
			w.spent("SECOND", 2001, later)
		}, given(RewardOwed).owing("12.00 USD")},
		{"both codes of a reward that stands were spent: owed since the second was", func(w *scene) {
			w.issued()
			w.reissue(hersCode)
			w.decide()
			w.issue(AdvocateSide, "SECOND")
			w.spent(hersCode, 2000, later)
			w.spent("SECOND", 2001, later.Add(day))
		}, given(RewardOwed).check("owed since", later.Add(day).String(), func(r Referral) string { return r.Rewards[AdvocateSide].At.String() })},
		{"part of it made up for another, then disputed unspent, then won: another code is due", func(w *scene) {
			w.personal()
			w.issued(offset("8"))
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.dispute("WON")
		}, given(RewardApproved).work(WorkTakeBack, WorkIssue)},
		{"all of it made up for another, then disputed and settled, then won: a code is due after all", func(w *scene) {
			w.release(offset("20"))
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.settled("20")
			w.decide()
			w.dispute("WON")
		}, given(RewardApproved).due("20.00 USD").work(WorkIssue)},
		{"part of it made up for another, disputed and settled, then won: a code of all that is due", func(w *scene) {
			w.personal()
			w.issued(offset("8"))
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.settled("8")
			w.decide()
			w.dispute("WON")
		}, given(RewardApproved).due("20.00 USD").work(WorkTakeBack, WorkIssue)},
		{"a personal one is spent, disputed, made up for by a later reward, and then won: a code of that is due", func(w *scene) {
			w.personal()
			w.issued()
			w.spent(hersCode, 2000, later)
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.settled("8")
			w.decide()
			w.dispute("WON")
		}, given(RewardApproved).due("8.00 USD").work(WorkTakeBack, WorkIssue).booked(AdvocateSide, "issued 20.00, owed -20.00, settled 8.00, cleared 20.00")},
		{"a personal code of more than is due, as another was spent after all, is taken back for one of what is due", func(w *scene) {
			w.personal()
			w.issued()
			w.spent(hersCode, 2000, later)
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.settled("8")
			w.decide()
			w.dispute("WON")
			spent := w.f.Spent
			w.f.Spent = nil
			w.decide()
			w.issue(AdvocateSide, "SECOND")
			w.f.Spent = spent
		}, given(RewardApproved).due("8.00 USD").work(WorkTakeBack, WorkIssue)},
		{"and when both are spent nothing is owed", func(w *scene) {
			w.personal()
			w.issued()
			w.spent(hersCode, 2000, later)
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.settled("8")
			w.decide()
			w.dispute("WON")
			w.decide()
			w.issue(AdvocateSide, "SECOND")
			w.spent("SECOND", 2001, later.Add(day))
		}, given(RewardRedeemed)},
		{"all of it made up for another, then disputed and forgiven, then won: it made up for the other after all", func(w *scene) {
			w.release(offset("20"))
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.forgive()
			w.decide()
			w.dispute("WON")
		}, given(RewardVoided)},
		{"the code is taken off the order that had spent it: it can be spent again", func(w *scene) {
			w.issued()
			w.spent(hersCode, 2000, later)
			w.decide()
			w.f.Spent = nil
		}, given(RewardIssued).code(hersCode)},
		{"a share that rounds to nothing: there is no discount of nothing to make", func(w *scene) {
			w.terms(func(t *Terms) { t.Advocate, t.Minimum = Offer{Kind: ShareOfOrder, RateBP: 1}, usd("0") })
			w.subtotal("10")
			w.release()
		}, given(RewardVoided).work().check("because", string(ReasonNothing), func(r Referral) string { return string(r.Rewards[AdvocateSide].Reason) })},
		{"spent, disputed, made up for by a later reward, and then won: another code is due", func(w *scene) {
			w.issued()
			w.spent(hersCode, 2000, later)
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.settled("20")
			w.decide()
			w.dispute("WON")
		}, given(RewardApproved).work(WorkTakeBack, WorkIssue)},
		{"made up for by a later reward and won, and the other code is given: it stands beside the one that was spent", func(w *scene) {
			w.issued()
			w.spent(hersCode, 2000, later)
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.settled("20")
			w.decide()
			w.dispute("WON")
			w.decide()
			w.issue(AdvocateSide, "SECOND")
		}, given(RewardIssued).code("SECOND")},
		{"made up for by a later reward and won, and both codes are spent: nothing is owed", func(w *scene) {
			w.issued()
			w.spent(hersCode, 2000, later)
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.settled("20")
			w.decide()
			w.dispute("WON")
			w.decide()
			w.issue(AdvocateSide, "SECOND")
			w.spent("SECOND", 2001, later.Add(day))
		}, given(RewardRedeemed)},
	})
}

// What the books say, and of which day.
func TestDaysOfTheBooks(t *testing.T) {
	t.Parallel()
	later := bought.Add(30 * day)
	play(t, []row{
		{"the friend has spent hers, then the order is unlinked: the books keep what she had", func(w *scene) {
			w.afterOrder()
			w.order().Codes = nil
			w.issued()
			w.issue(FriendSide, "FFFF-GGGG-HHHH")
			w.spent("FFFF-GGGG-HHHH", 1003, later)
			w.decide()
			w.unlink(later.Add(day))
		}, undone(ReasonNoEvidence, RewardReversed).friend(RewardRedeemed).booked(FriendSide, "issued 20.00")},
		{"a reversal is of the day on which the order was undone", func(w *scene) { w.issued(); w.refund() },
			undone(ReasonRefunded, RewardReversed).bookedOn(AdvocateSide, "issued 11-15, reversed 11-17")},
		{"a reversal by a reissue is of the day on which it was asked for", func(w *scene) { w.issued(); w.reissue(hersCode) },
			given(RewardApproved).bookedOn(AdvocateSide, "issued 11-15, reversed 11-21")},
		{"what is cleared is cleared when the order last changed", func(w *scene) {
			w.issued()
			w.spent(hersCode, 2000, later)
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.dispute("WON")
			w.order().UpdatedAt = bought.Add(40 * day)
		}, given(RewardRedeemed).bookedOn(AdvocateSide, "issued 11-15, owed 11-21, cleared 12-11")},
	})
}

// The friend has what she was promised, once.
func TestPromise(t *testing.T) {
	t.Parallel()
	later := bought.Add(30 * day)
	play(t, []row{
		{"promised after the order, and the last link is under terms that give at the claim: the promise is kept", func(w *scene) {
			w.afterOrder()
			w.order().Codes = nil
			w.replaced(noon.Add(time.Minute), func(t *Terms) { t.Friend.AfterOrder = false })
			w.touch(Touch{"adv_alice", 2, noon.Add(2 * time.Minute)})
		}, alices.friend(RewardPending, "20.00 USD")},
		{"linked to Zoe, though Bob used his claim's code: what it took off stays recorded", func(w *scene) { w.link("adv_zoe", later) },
			zoes.friend(RewardRedeemed, "20.00 USD")},
		{"linked to Zoe under terms that give after the order, though Bob used his claim's code: he has had his", func(w *scene) {
			w.replaced(noon.Add(time.Minute), func(t *Terms) { t.Friend.AfterOrder = true })
			w.act(Act{Kind: ActLink, At: later, Order: orderID(1001), Advocate: "adv_zoe", Campaign: CampaignKey{cmp1.ID, 2}})
		}, zoes.friend(RewardRedeemed, "20.00 USD")},
		{"with a shareable code: what it took off is recorded", func(w *scene) { w.nothing(); w.order().Codes = []string{"ALICE"} },
			alices.friend(RewardRedeemed, "20.00 USD").booked(FriendSide, "redeemed 20.00")},
		{"after both were given, the claim is renewed under other terms: the promise is that of the order's time", func(w *scene) {
			w.afterOrder()
			w.order().Codes = nil
			w.issued()
			w.issue(FriendSide, "FFFF-GGGG-HHHH")
			w.replaced(noon.Add(60*day), func(t *Terms) { t.Friend.Amount = usd("5") })
			w.renewed(2, noon.Add(60*day))
		}, given(RewardIssued).friend(RewardIssued, "20.00 USD").booked(FriendSide, "issued 20.00")},
		{"after both were given, the claim is renewed under terms that give at the claim", func(w *scene) {
			w.afterOrder()
			w.order().Codes = nil
			w.issued()
			w.issue(FriendSide, "FFFF-GGGG-HHHH")
			w.replaced(noon.Add(60*day), func(t *Terms) { t.Friend.AfterOrder = false })
			w.renewed(2, noon.Add(60*day))
			w.claim().Code = "NEWCODE"
		}, given(RewardIssued).friend(RewardIssued, "20.00 USD").booked(FriendSide, "issued 20.00")},
		{"bought an instant before the claim was switched: the older promise", func(w *scene) {
			w.order().Codes = nil
			w.replaced(bought.Add(instant), func(t *Terms) { t.Friend.Amount = usd("5") })
			w.renewed(2, bought.Add(instant))
		}, alices.friend(RewardIssued, "20.00 USD")},
		{"bought on the instant at which the claim was switched: the newer promise", func(w *scene) {
			w.order().Codes = nil
			w.replaced(bought, func(t *Terms) { t.Friend.Amount = usd("5") })
			w.renewed(2, bought)
		}, alices.friend(RewardIssued, "5.00 USD")},
		{"switched, and bought with the code from before: its promise", func(w *scene) {
			w.replaced(noon.Add(time.Minute), func(t *Terms) { t.Friend.Amount = usd("5") })
			w.renewed(2, noon.Add(2*time.Minute))
			w.order().Codes = []string{bobsCode, "SUMMER"}
			w.order().Discounted = usd("35")
		}, alices.friend(RewardRedeemed, "20.00 USD")},
		{"switched to a reward after the order, and bought with the code from before: once is enough", func(w *scene) {
			w.replaced(noon.Add(time.Minute), func(t *Terms) { t.Friend.AfterOrder = true })
			w.renewed(2, noon.Add(2*time.Minute))
		}, alices.friend(RewardRedeemed, "20.00 USD")},
		{"renewed under the same terms, then switched, and bought with the first code: its promise", func(w *scene) {
			w.renewed(1, noon.Add(time.Minute))
			w.claim().Code = "SECOND"
			w.replaced(noon.Add(2*time.Minute), func(t *Terms) { t.Friend.AfterOrder = true })
			w.renewed(2, noon.Add(3*time.Minute))
		}, alices.friend(RewardRedeemed, "20.00 USD")},
		{"given at the claim, and the last link is under terms that give after the order: once is enough", func(w *scene) {
			w.replaced(noon.Add(time.Minute), func(t *Terms) { t.Friend.AfterOrder = true })
			w.touch(Touch{"adv_alice", 2, noon.Add(2 * time.Minute)})
		}, alices.friend(RewardRedeemed, "20.00 USD")},
	})
}

// What was settled or forgiven stays so when the order turns out to stand, and is undone again. Each of these is a move of its own.
func TestUndoneTwice(t *testing.T) {
	t.Parallel()
	spent := func(w *scene) {
		w.issued()
		w.spent(hersCode, 2000, bought.Add(15*day))
		w.dispute("NEEDS_RESPONSE")
		w.decide()
	}
	offsetWhole := func(w *scene) {
		w.release(offset("20"))
		w.dispute("NEEDS_RESPONSE")
		w.decide()
	}
	offsetPart := func(w *scene) {
		w.personal()
		w.issued(offset("8"))
		w.dispute("NEEDS_RESPONSE")
		w.decide()
	}
	settled := func(amount string) func(*scene) { return func(w *scene) { w.settled(amount) } }
	wonAndLost := func(first func(*scene), then func(*scene), between ...func(*scene)) func(*scene) {
		return func(w *scene) {
			first(w)
			then(w)
			w.decide()
			w.dispute("WON")
			w.decide()
			for _, happens := range between {
				happens(w)
			}
			w.dispute("LOST")
		}
	}
	again := func(w *scene) { w.issue(AdvocateSide, "SECOND") }
	codeLost := func(first func(*scene)) func(*scene) {
		return func(w *scene) {
			spent(w)
			first(w)
			w.decide()
			w.f.Spent = nil
		}
	}
	codeFound := func(first func(*scene)) func(*scene) {
		return func(w *scene) {
			codeLost(first)(w)
			w.decide()
			w.spent(hersCode, 2000, bought.Add(15*day))
		}
	}
	oneForgiven := func(w *scene) {
		w.issued()
		w.reissue(hersCode)
		w.decide()
		w.issue(AdvocateSide, "SECOND")
		w.spent(hersCode, 2000, bought.Add(25*day))
		w.spent("SECOND", 2001, bought.Add(26*day))
		w.decide()
		w.forgive()
		w.decide()
		w.dispute("LOST")
	}
	play(t, []row{
		{"spent, settled, won, lost again", wonAndLost(spent, settled("20")), undone(ReasonDispute, RewardSettled)},
		{"spent, forgiven, won, lost again", wonAndLost(spent, (*scene).forgive), undone(ReasonDispute, RewardForgiven)},
		{"all of it made up for another, settled, won, lost again", wonAndLost(offsetWhole, settled("20")), undone(ReasonDispute, RewardSettled)},
		{"all of it made up for another, forgiven, won, lost again", wonAndLost(offsetWhole, (*scene).forgive), undone(ReasonDispute, RewardForgiven)},
		{"part of it made up for another, settled, won, lost again before another code was given", wonAndLost(offsetPart, settled("8")), undone(ReasonDispute, RewardSettled)},
		{"part of it made up for another, forgiven, won, lost again before another code was given", wonAndLost(offsetPart, (*scene).forgive), undone(ReasonDispute, RewardForgiven)},
		{"part of it made up for another, settled, won, lost again after another code was given", wonAndLost(offsetPart, settled("8"), again), undone(ReasonDispute, RewardSettled)},
		{"part of it made up for another, forgiven, won, lost again after another code was given", wonAndLost(offsetPart, (*scene).forgive, again), undone(ReasonDispute, RewardForgiven)},
		{"spent, settled, and the code is taken off the order", codeLost(settled("20")), undone(ReasonDispute, RewardReversed)},
		{"spent, forgiven, and the code is taken off the order", codeLost((*scene).forgive), undone(ReasonDispute, RewardReversed)},
		{"spent, settled, the code taken off the order and put on again", codeFound(settled("20")), undone(ReasonDispute, RewardSettled)},
		{"spent, forgiven, the code taken off the order and put on again", codeFound((*scene).forgive), undone(ReasonDispute, RewardForgiven)},
		{"settled, won, both codes spent, and the first is taken off its order: one more code is due", func(w *scene) {
			spent(w)
			w.settled("20")
			w.decide()
			w.dispute("WON")
			w.decide()
			again(w)
			w.spent("SECOND", 2001, bought.Add(26*day))
			w.decide()
			w.f.Spent = w.f.Spent[1:]
			w.decide()
			w.issue(AdvocateSide, "THIRD")
		}, given(RewardIssued).code("THIRD")},
		{"settled, won, both codes spent, then lost, and one is taken off its order", func(w *scene) {
			spent(w)
			w.settled("20")
			w.decide()
			w.dispute("WON")
			w.decide()
			again(w)
			w.spent("SECOND", 2001, bought.Add(26*day))
			w.decide()
			w.f.Spent = w.f.Spent[:1]
			w.dispute("LOST")
		}, undone(ReasonDispute, RewardSettled)},
		{"both codes spent, one owed and forgiven, then lost: the other one is owed", func(w *scene) {
			oneForgiven(w)
		}, undone(ReasonDispute, RewardOwed).owing("20.00 USD").booked(AdvocateSide, "issued 20.00, reversed -20.00, issued 20.00, issued 20.00, owed -20.00, forgiven 20.00, owed -20.00")},
		{"both codes spent, one owed and forgiven, then lost, and the other one forgiven", func(w *scene) {
			oneForgiven(w)
			w.decide()
			w.forgive()
		}, undone(ReasonDispute, RewardForgiven).owing("0.00 USD")},
		{"three codes spent of two that are due, and the third is forgiven", func(w *scene) {
			spent(w)
			w.settled("20")
			w.decide()
			w.dispute("WON")
			w.decide()
			again(w)
			w.reissue("SECOND")
			w.decide()
			w.issue(AdvocateSide, "THIRD")
			w.spent("SECOND", 2001, bought.Add(33*day))
			w.spent("THIRD", 2002, bought.Add(34*day))
			w.decide()
			w.forgive()
		}, given(RewardForgiven).owing("0.00 USD")},
	})
}
