package referral_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"twofold/fault"
	. "twofold/referral"
	"twofold/trust"
)

// An asking is one request for the offer, or one opening of a link, as its row changes it. Unless the row says
// otherwise Bob is a guest in the browser b2, has claimed nothing, and asks by Alice's link an hour after noon. The
// offer of now is version 2 of cmp_1; of version 1 what was promised goes on. Both leave a claim with whose offer was
// taken. No code was spent, no customer has bought, and nothing counts yet.
type asking struct {
	ClaimFacts
	opens    bool // a link, and asks for nothing
	answers  map[ClaimQuestion]ClaimAnswer
	promised Terms // by version 1
}

func newAsking() *asking {
	terms := Terms{Credit: CreditClaim, ClaimDays: 30}
	return &asking{
		ClaimFacts: ClaimFacts{
			Shop: testShop, Browser: []string{"b2"}, At: noon.Add(time.Hour), Advocate: "adv_alice", MaxOpenClaims: 20,
			Live: Campaign{Shop: testShop, ID: cmp2.ID, Version: cmp2.Version, Terms: terms},
		},
		answers:  map[ClaimQuestion]ClaimAnswer{},
		promised: terms,
	}
}

// leaked says from which page the link was opened, and how strict the campaign is; the link has brought six from a coupon
// site and as many networks within days.
func (a *asking) leaked(from string, strict trust.Strictness) {
	a.Live.Terms.Strictness, a.Seen = strict, Sighting{At: a.At, Networks: []string{"n0"}, Referrer: from}
	var link []Neighbour
	for i := range 6 {
		id, at := fmt.Sprint(i+1), noon.Add(-time.Duration(i)*time.Hour)
		link = append(link, Neighbour{
			Friend: CustomerID("gid://shopify/Customer/" + id), Seen: []Sighting{{At: at, Networks: []string{"n" + id}, Referrer: "couponfollow.com"}},
			Traces: []Trace{{Order: orderID(2000 + i), Advocate: "adv_alice", At: at, By: trust.TieClaim}},
		})
	}
	a.answers[ClaimQuestion{Ask: AskLink}] = ClaimAnswer{Link: link}
}

// has adds a claim that Bob took as a guest at noon, by Alice's link, with a code of its own.
func (a *asking) has(id ClaimID, changes ...func(*Claim)) {
	claim := Claim{
		Shop: testShop, ID: id, Campaign: cmp2.ID, Version: cmp2.Version, Code: "CODE-OF-" + string(id),
		Touches:   []Touch{{"adv_alice", cmp2.Version, noon}},
		ClaimedAt: noon, ExpiresAt: noon.Add(30 * day), CountsUntil: noon.Add(7 * day),
	}
	for _, change := range changes {
		change(&claim)
	}
	a.Claims = append(a.Claims, claim)
}

// inCart moves the last claim to the cart: it has none of the asker's keys.
func (a *asking) inCart() {
	last := len(a.Claims) - 1
	cart := a.Claims[last]
	a.Claims = a.Claims[:last]
	a.Cart = cart.ID
	a.answers[ClaimQuestion{Ask: AskCart}] = ClaimAnswer{Claim: &cart}
}

func (a *asking) spent(id ClaimID) {
	a.answers[ClaimQuestion{Ask: AskSpent, Claim: id}] = ClaimAnswer{Count: 1}
}
func (a *asking) count(ask ClaimAsk, n int) {
	a.answers[ClaimQuestion{Ask: ask}] = ClaimAnswer{Count: n}
}

func (a *asking) earns(c CustomerID) {
	a.answers[ClaimQuestion{Ask: AskReferral, Customer: c}] = ClaimAnswer{Referral: Pending}
}

// boughtWithout has a customer's order credited by a claim whose code it lacks.
func (a *asking) boughtWithout(c CustomerID, claim ClaimID) {
	a.answers[ClaimQuestion{Ask: AskReferral, Customer: c}] = ClaimAnswer{Referral: Pending, Without: claim}
}

// told is what Shopify tells of a customer, at once and later.
func (a *asking) told(c CustomerID, answer ClaimAnswer) {
	a.answers[ClaimQuestion{Ask: AskGreeting, Customer: c}] = answer
	a.answers[ClaimQuestion{Ask: AskBought, Customer: c}] = answer
}

var (
	hasBought = ClaimAnswer{Orders: CustomerOrders{Total: 1, Complete: true}}
	silent    = ClaimAnswer{Err: fault.ForLog(fault.Unavailable, "shopify does not answer")}
)

func ofBob(c *Claim)    { c.Customer, c.SignedAt = bob, c.ClaimedAt }
func ranOut(c *Claim)   { c.ExpiresAt = noon.Add(time.Hour) }
func older(c *Claim)    { c.Version, c.Touches[0].Version = cmp1.Version, cmp1.Version }
func unserved(c *Claim) { c.Code = "" }
func ofZoes(c *Claim)   { c.Touches[0].Advocate = "adv_zoe" }

// signedInLater has a customer signed in at what was taken as a guest.
func signedInLater(customer CustomerID) func(*Claim) {
	return func(c *Claim) { c.Customer, c.SignedAt = customer, noon.Add(time.Minute) }
}

// plan decides, and answers what the decision asks, until nothing is missing. It returns what was asked, too.
func (a *asking) plan(t *testing.T) (plan ClaimPlan, asked []ClaimAsk) {
	t.Helper()
	decide := DecideClaim
	if a.opens {
		decide = DecideVisit
	}

	a.Answers = map[ClaimQuestion]ClaimAnswer{}
	for range 20 {
		plan = decide(a.ClaimFacts)
		q := plan.Ask
		if q == (ClaimQuestion{}) {
			return plan, asked
		}
		if _, twice := a.Answers[q]; twice {
			t.Fatalf("%+v is asked twice", q)
		}
		asked = append(asked, q.Ask)

		answer, given := a.answers[q]
		if q.Ask == AskPromised && !given {
			answer.Campaign = Campaign{Version: q.Version, Terms: a.promised}
		}
		a.Answers[q] = answer
	}
	t.Fatal("it never ends")
	return plan, asked
}

// said is the plan in words.
func (a *asking) said(p ClaimPlan) string {
	var words []string
	say := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	if p.SignIn != nil {
		say("signs in at %s", p.SignIn.ID)
	}
	if p.Drawn != nil {
		say("%s has %s", p.Drawn.ID, p.Drawn.Code)
	}

	switch {
	case p.Claim == nil:
	case p.Act == ClaimStays:
		say("%s stays", p.Claim.ID)
	case p.Act == ClaimAdded:
		say("a new claim")
	default:
		say("%s %s by %s", p.Act, p.Claim.ID, p.Touch.Advocate)
	}
	if (p.Act == ClaimAdded || p.Act == ClaimRenewed) && p.Counts.IsZero() {
		say("that does not count")
	}

	var refusal *fault.Error
	if errors.As(p.Refusal, &refusal) {
		say("refused: %s", cmp.Or(refusal.Code, string(refusal.Kind)))
	}
	return strings.Join(words, ", ")
}

// A claimRow is a request, and the plan that follows in words.
type claimRow struct {
	says string
	do   func(*asking)
	want string
}

func playClaims(t *testing.T, rows []claimRow) {
	t.Helper()
	t.Parallel()
	for _, row := range rows {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			a := newAsking()
			row.do(a)
			plan, asked := a.plan(t)
			if got := a.said(plan); got != row.want {
				t.Errorf("got %q, want %q; asked %v", got, row.want, asked)
			}
		})
	}
}

func TestNewClaims(t *testing.T) {
	playClaims(t, []claimRow{
		{"a guest", func(*asking) {}, "a new claim"},
		{"a new customer", func(a *asking) { a.Customer = bob }, "a new claim"},
		{"a customer who has bought before", func(a *asking) {
			a.Customer = bob
			a.told(bob, hasBought)
		}, "refused: already_ordered"},
		{"of whose earlier orders not all can be seen", func(a *asking) {
			a.Customer = bob
			a.told(bob, ClaimAnswer{Orders: CustomerOrders{Total: 1}})
		}, "refused: already_ordered"},
		{"Shopify does not answer", func(a *asking) {
			a.Customer = bob
			a.told(bob, silent)
		}, "refused: unavailable"},
		{"one less than the link takes", func(a *asking) { a.count(AskOpen, 19) }, "a new claim"},
		{"as many as the link takes", func(a *asking) { a.count(AskOpen, 20) }, "refused: link_overused"},
		{"the budget is nearly spent", func(a *asking) {
			a.answers[ClaimQuestion{Ask: AskGate}] = ClaimAnswer{Err: fault.New(fault.NotFound, "no_offer")}
		}, "refused: no_offer"},
		{"the tenth of a network", func(a *asking) {
			a.Network = "campus"
			a.count(AskNetwork, 9)
		}, "a new claim"},
		{"the eleventh of a network", func(a *asking) {
			a.Network = "campus"
			a.count(AskNetwork, 10)
		}, "a new claim, that does not count"},
		{"a network with as many as the link takes", func(a *asking) {
			a.Network = "campus"
			a.count(AskNetwork, 20)
		}, "refused: link_overused"},
		{"from a coupon site, by a link that leaked there", func(a *asking) { a.leaked("couponfollow.com", trust.Strict) }, "refused: link_overused"},
		{"the same of a campaign that is not strict", func(a *asking) { a.leaked("couponfollow.com", trust.Balanced) }, "a new claim"},
		{"the same from a page that the visit knows", func(a *asking) {
			a.leaked("", trust.Strict)
			a.Visit = &Visit{Shop: testShop, Campaign: cmp2, Advocate: "adv_alice", At: noon, Referrer: "www.couponfollow.com"}
		}, "refused: link_overused"},
		{"from elsewhere, by a link that leaked", func(a *asking) { a.leaked("chat.example", trust.Strict) }, "a new claim"},
		{"from a coupon site, by a link that did not leak", func(a *asking) {
			a.leaked("couponfollow.com", trust.Strict)
			a.answers[ClaimQuestion{Ask: AskLink}] = ClaimAnswer{}
		}, "a new claim"},
	})
}

func TestWhoseClaimAnswers(t *testing.T) {
	playClaims(t, []claimRow{
		{"a guest's is the browser's, and the first of two", func(a *asking) {
			a.has("clm_1")
			a.has("clm_2")
		}, "touched clm_1 by adv_alice"},
		{"a new customer signs in at what was a guest's", func(a *asking) {
			a.Customer = bob
			a.has("clm_1")
		}, "signs in at clm_1, touched clm_1 by adv_alice"},
		{"one who has bought before does not", func(a *asking) {
			a.Customer = bob
			a.has("clm_1")
			a.told(bob, hasBought)
		}, "refused: already_ordered"},
		{"while Shopify does not answer nobody does", func(a *asking) {
			a.Customer = bob
			a.has("clm_1")
			a.told(bob, silent)
		}, "touched clm_1 by adv_alice"},
		{"the customer's own comes before an older one of a guest's", func(a *asking) {
			a.Customer = bob
			a.has("clm_guest")
			a.has("clm_bob", ofBob)
		}, "touched clm_bob by adv_alice"},
		{"another customer's is not Bob's", func(a *asking) {
			a.Customer = bob
			a.has("clm_alice", signedInLater(alice))
		}, "a new claim"},
		{"nor is a guest's that somebody has used", func(a *asking) {
			a.Customer = bob
			a.has("clm_guest")
			a.spent("clm_guest")
		}, "a new claim"},
		{"but when an order told that it was Bob", func(a *asking) {
			a.Customer = bob
			a.has("clm_guest", func(c *Claim) { c.Customer = bob })
			a.spent("clm_guest")
		}, "refused: offer_used"},
		{"while Bob's cannot be renewed the guest's answers", func(a *asking) {
			a.Customer = bob
			a.has("clm_bob", ofBob, ranOut)
			a.has("clm_guest")
			a.count(AskOpen, 20)
		}, "touched clm_guest by adv_alice"},
		{"it stays with its advocate, too", func(a *asking) {
			a.Customer = bob
			a.has("clm_bob", ofBob, ranOut)
			a.has("clm_guest", ofZoes)
			a.count(AskOpen, 20)
		}, "clm_guest stays"},
		{"not so when Bob's was used", func(a *asking) {
			a.Customer = bob
			a.has("clm_bob", ofBob, ranOut)
			a.has("clm_guest")
			a.earns(bob)
		}, "refused: offer_used"},
		{"who signs in where nothing can be renewed keeps it for later", func(a *asking) {
			a.Customer = bob
			a.has("clm_guest", ranOut)
			a.count(AskOpen, 20)
		}, "signs in at clm_guest, refused: link_overused"},
		{"a code that an earlier request drew is noted", func(a *asking) {
			a.has("clm_1", unserved)
			a.answers[ClaimQuestion{Ask: AskDrawn, Claim: "clm_1"}] = ClaimAnswer{Code: "DRAWN"}
		}, "clm_1 has DRAWN, touched clm_1 by adv_alice"},
	})
}

func TestRenewals(t *testing.T) {
	playClaims(t, []claimRow{
		{"the instant before it runs out", func(a *asking) {
			a.has("clm_1", ranOut)
			a.At = a.At.Add(-instant)
		}, "touched clm_1 by adv_alice"},
		{"on the instant", func(a *asking) { a.has("clm_1", ranOut) }, "renewed clm_1 by adv_alice"},
		{"the next advocate's link takes it", func(a *asking) {
			a.has("clm_1", ranOut, ofZoes)
		}, "renewed clm_1 by adv_alice"},
		{"it was spent", func(a *asking) {
			a.has("clm_1", ranOut)
			a.spent("clm_1")
		}, "refused: offer_used"},
		{"the customer's order earns", func(a *asking) {
			a.Customer = bob
			a.has("clm_1", ranOut, ofBob)
			a.earns(bob)
		}, "refused: offer_used"},
		{"a guest is taken for the customer who made it signed in", func(a *asking) {
			a.has("clm_1", ranOut, ofBob)
			a.earns(bob)
		}, "refused: offer_used"},
		{"that customer has bought", func(a *asking) {
			a.has("clm_1", ranOut, ofBob)
			a.told(bob, hasBought)
		}, "refused: already_ordered"},
		{"a guest is not taken for a customer who signed in later", func(a *asking) {
			a.has("clm_1", ranOut, signedInLater(bob))
			a.earns(bob)
		}, "renewed clm_1 by adv_alice"},
		{"the link is used up", func(a *asking) {
			a.has("clm_1", ranOut)
			a.count(AskOpen, 20)
		}, "refused: link_overused"},
		{"the network is", func(a *asking) {
			a.has("clm_1", ranOut)
			a.Network = "campus"
			a.count(AskNetwork, 20)
		}, "refused: link_overused"},
		{"a version that gives no codes any more", func(a *asking) {
			a.has("clm_1", older, unserved)
		}, "renewed clm_1 by adv_alice"},
		{"a version whose reward comes after the order", func(a *asking) {
			a.has("clm_1", older, unserved)
			a.promised.Friend.AfterOrder = true
		}, "touched clm_1 by adv_alice"},
		{"never served again, and used before", func(a *asking) {
			a.has("clm_1", older, unserved)
			a.spent("clm_1")
		}, "touched clm_1 by adv_alice, refused: offer_used"},
		{"never served again, used before, and another advocate's", func(a *asking) {
			a.has("clm_1", older, unserved, ofZoes)
			a.spent("clm_1")
		}, "clm_1 stays, refused: offer_used"},
	})
}

func TestKeepOrSwitch(t *testing.T) {
	switches := func(a *asking) { a.Switch = true }
	playClaims(t, []claimRow{
		{"another advocate's stays", func(a *asking) { a.has("clm_1", ofZoes) }, "clm_1 stays"},
		{"unless the last link is credited", func(a *asking) {
			a.has("clm_1", ofZoes)
			a.Live.Terms.Credit = CreditLast
		}, "touched clm_1 by adv_alice"},
		{"an older offer stays", func(a *asking) { a.has("clm_1", older) }, "touched clm_1 by adv_alice"},
		{"an older offer is switched", func(a *asking) {
			a.has("clm_1", older)
			switches(a)
		}, "renewed clm_1 by adv_alice"},
		{"there is no other offer to switch to", func(a *asking) {
			a.has("clm_1")
			switches(a)
		}, "touched clm_1 by adv_alice"},
		{"of the same offer only the credit moves", func(a *asking) {
			a.has("clm_1", ofZoes)
			switches(a)
		}, "touched clm_1 by adv_alice"},
		{"of another advocate's older offer all does", func(a *asking) {
			a.has("clm_1", ofZoes, older)
			switches(a)
		}, "renewed clm_1 by adv_alice"},
		{"what was used is not taken from its advocate", func(a *asking) {
			a.has("clm_1", ofZoes)
			switches(a)
			a.spent("clm_1")
		}, "refused: offer_used"},
		{"nor switched for the offer of now", func(a *asking) {
			a.has("clm_1", older)
			switches(a)
			a.spent("clm_1")
		}, "refused: offer_used"},
		{"an open claim is switched though the link is used up", func(a *asking) {
			a.has("clm_1", older)
			switches(a)
			a.count(AskOpen, 20)
		}, "renewed clm_1 by adv_alice"},
	})
}

func TestUsedOffers(t *testing.T) {
	opens := func(a *asking) { a.opens = true }
	playClaims(t, []claimRow{
		{"asked for again", func(a *asking) {
			a.has("clm_1")
			a.spent("clm_1")
		}, "touched clm_1 by adv_alice, refused: offer_used"},
		{"asked for by another advocate's link", func(a *asking) {
			a.has("clm_1", ofZoes)
			a.spent("clm_1")
		}, "clm_1 stays, refused: offer_used"},
		{"a link is opened", func(a *asking) {
			opens(a)
			a.has("clm_1")
			a.spent("clm_1")
		}, "touched clm_1 by adv_alice, refused: offer_used"},
		{"a customer whose own order earns signs in", func(a *asking) {
			a.Customer = bob
			a.has("clm_1")
			a.earns(bob)
		}, "refused: offer_used"},
		{"a customer whose order lacked the claim's code keeps it", func(a *asking) {
			a.Customer = bob
			a.has("clm_1", ofBob)
			a.boughtWithout(bob, "clm_1")
		}, "touched clm_1 by adv_alice"},
		{"and has another when it ran out, though they have bought by now", func(a *asking) {
			a.Customer = bob
			a.has("clm_1", ofBob, ranOut)
			a.boughtWithout(bob, "clm_1")
			a.told(bob, hasBought)
		}, "renewed clm_1 by adv_alice"},
		{"until its code was spent after all", func(a *asking) {
			a.Customer = bob
			a.has("clm_1", ofBob)
			a.boughtWithout(bob, "clm_1")
			a.spent("clm_1")
		}, "touched clm_1 by adv_alice, refused: offer_used"},
		{"another claim of theirs does not go on", func(a *asking) {
			a.Customer = bob
			a.has("clm_1", ofBob)
			a.boughtWithout(bob, "clm_2")
		}, "touched clm_1 by adv_alice, refused: offer_used"},
		{"nor does one whose reward comes after the order", func(a *asking) {
			a.Customer = bob
			a.Live.Terms.Friend.AfterOrder = true
			a.has("clm_1", ofBob, unserved)
			a.boughtWithout(bob, "clm_1")
		}, "touched clm_1 by adv_alice, refused: offer_used"},
		{"a customer who may not have a guest's used one gets their own", func(a *asking) {
			a.Customer = bob
			a.has("clm_1")
			a.spent("clm_1")
		}, "a new claim"},
		{"who has used it, as an order tells, is told so when signing in", func(a *asking) {
			opens(a)
			a.Customer = bob
			a.has("clm_1", func(c *Claim) { c.Customer = bob })
			a.spent("clm_1")
		}, "refused: offer_used"},
	})
}

func TestVisitsOfLinks(t *testing.T) {
	opens := func(do func(*asking)) func(*asking) {
		return func(a *asking) {
			a.opens = true
			do(a)
		}
	}
	playClaims(t, []claimRow{
		{"nothing was claimed", opens(func(*asking) {}), ""},
		{"the open claim is touched", opens(func(a *asking) { a.has("clm_1") }), "touched clm_1 by adv_alice"},
		{"another advocate's is not", opens(func(a *asking) { a.has("clm_1", ofZoes) }), "clm_1 stays"},
		{"what ran out is not shown", opens(func(a *asking) { a.has("clm_1", ranOut) }), ""},
		{"a new customer signs in", opens(func(a *asking) {
			a.Customer = bob
			a.has("clm_1")
		}), "signs in at clm_1, touched clm_1 by adv_alice"},
		{"one who has bought has nothing of a guest's", opens(func(a *asking) {
			a.Customer = bob
			a.has("clm_1")
			a.told(bob, hasBought)
		}), ""},
		{"the cart's claim is touched", opens(func(a *asking) {
			a.has("clm_1")
			a.inCart()
		}), "touched clm_1 by adv_alice"},
		{"at which somebody was signed in is only shown", opens(func(a *asking) {
			a.has("clm_1", ofBob)
			a.inCart()
		}), "clm_1 stays"},
	})
}

func TestTheCartsClaim(t *testing.T) {
	playClaims(t, []claimRow{
		{"is given again", func(a *asking) {
			a.has("clm_1")
			a.inCart()
		}, "touched clm_1 by adv_alice"},
		{"whoever is signed in is as a guest at it", func(a *asking) {
			a.Customer = bob
			a.has("clm_1")
			a.inCart()
		}, "touched clm_1 by adv_alice"},
		{"is switched", func(a *asking) {
			a.has("clm_1", older)
			a.inCart()
			a.Switch = true
		}, "renewed clm_1 by adv_alice"},
		{"at which somebody was signed in is only shown", func(a *asking) {
			a.has("clm_1", ofBob)
			a.inCart()
			a.Switch = true
		}, "clm_1 stays"},
		{"at which another customer was signed in is not Bob's", func(a *asking) {
			a.Customer = bob
			a.has("clm_1", signedInLater(alice))
			a.inCart()
		}, "a new claim"},
		{"that somebody has used is no customer's", func(a *asking) {
			a.Customer = bob
			a.has("clm_1")
			a.inCart()
			a.spent("clm_1")
		}, "a new claim"},
		{"is not for who has bought before", func(a *asking) {
			a.Customer = bob
			a.has("clm_1")
			a.inCart()
			a.told(bob, hasBought)
		}, "refused: already_ordered"},
		{"of another campaign is none", func(a *asking) {
			a.has("clm_1", func(c *Claim) { c.Campaign = "cmp_2" })
			a.inCart()
		}, "a new claim"},
		{"that ran out is none", func(a *asking) {
			a.has("clm_1", ranOut)
			a.inCart()
		}, "a new claim"},
		{"that nobody knows is none", func(a *asking) { a.Cart = "clm_unknown" }, "a new claim"},
		{"gives way to one of the browser's", func(a *asking) {
			a.has("clm_cart")
			a.inCart()
			a.has("clm_mine")
		}, "touched clm_mine by adv_alice"},
	})
}

// What is asked costs a call, so that nothing is asked before it matters. Of a guest Shopify is never asked.
func TestWhatAClaimAsks(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says string
		do   func(*asking)
		want []ClaimAsk
	}{
		{"a guest", func(*asking) {}, []ClaimAsk{AskOpen, AskGate}},
		{"a guest of a network", func(a *asking) { a.Network = "campus" }, []ClaimAsk{AskOpen, AskGate, AskNetwork}},
		{"a customer", func(a *asking) { a.Customer = bob }, []ClaimAsk{AskBought, AskOpen, AskGate}},
		{"a customer who has bought", func(a *asking) {
			a.Customer = bob
			a.told(bob, hasBought)
		}, []ClaimAsk{AskBought}},
		{"a guest who has claimed", func(a *asking) { a.has("clm_1") }, []ClaimAsk{AskSpent}},
		{"a customer who has claimed", func(a *asking) {
			a.Customer = bob
			a.has("clm_1", ofBob)
		}, []ClaimAsk{AskReferral, AskSpent}},
		{"a customer who signs in", func(a *asking) {
			a.Customer = bob
			a.has("clm_1")
		}, []ClaimAsk{AskSpent, AskReferral, AskGreeting}},
		{"who signs in and renews is asked about once", func(a *asking) {
			a.Customer = bob
			a.has("clm_1", ranOut)
		}, []ClaimAsk{AskSpent, AskReferral, AskGreeting, AskOpen, AskGate}},
		{"and a second time when Shopify was too slow", func(a *asking) {
			a.Customer = bob
			a.has("clm_1", ranOut)
			a.answers[ClaimQuestion{Ask: AskGreeting, Customer: bob}] = silent
		}, []ClaimAsk{AskSpent, AskReferral, AskGreeting, AskBought, AskOpen, AskGate}},
		{"an older promise", func(a *asking) { a.has("clm_1", older) }, []ClaimAsk{AskPromised, AskSpent}},
		{"a link is opened, and nothing was claimed", func(a *asking) { a.opens = true }, nil},
	} {
		a := newAsking()
		row.do(a)
		if _, asked := a.plan(t); !slices.Equal(asked, row.want) {
			t.Errorf("%s: asked %v, want %v", row.says, asked, row.want)
		}
	}
}

func TestWhatANewClaimHolds(t *testing.T) {
	t.Parallel()
	a := newAsking()
	a.Customer = bob
	a.Emails = []string{"hash"}
	plan, _ := a.plan(t)
	claim := plan.Claim

	if want := []string{CustomerKey(bob), BrowserKey("b2")}; !slices.Equal(claim.Keys, want) {
		t.Errorf("keys %v, want %v", claim.Keys, want)
	}
	if !slices.Equal(claim.Browsers, a.Browser) || claim.Addresses[0].Hash != "hash" || !claim.Of(bob) {
		t.Errorf("got %+v", claim)
	}
	if !claim.CountsUntil.Equal(a.At.Add(CountsFor)) || !claim.ExpiresAt.Equal(a.At.Add(30*day)) {
		t.Errorf("it counts until %v and runs out at %v", claim.CountsUntil, claim.ExpiresAt)
	}
}

func TestTheVisitBeforeAClaim(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says   string
		do     func(*asking)
		counts bool
	}{
		{"the same link", func(*asking) {}, true},
		{"another advocate's", func(a *asking) { a.Visit.Advocate = "adv_zoe" }, false},
		{"another advocate's, and the first is credited", func(a *asking) {
			a.Visit.Advocate = "adv_zoe"
			a.Live.Terms.Credit = CreditFirst
		}, true},
		{"at the same instant", func(a *asking) { a.Visit.At = a.At }, false},
		{"of another shop", func(a *asking) { a.Visit.Shop = "other.myshopify.com" }, false},
		{"of another campaign", func(a *asking) { a.Visit.Campaign.ID = "cmp_2" }, false},
	} {
		a := newAsking()
		a.Visit = &Visit{Shop: testShop, Campaign: cmp1, Advocate: "adv_alice", At: noon}
		row.do(a)
		plan, _ := a.plan(t)
		if counts := len(plan.Claim.Touches) == 2; counts != row.counts {
			t.Errorf("%s: touches %v", row.says, plan.Claim.Touches)
		}
	}
}

func TestARenewedClaim(t *testing.T) {
	t.Parallel()
	a := newAsking()
	a.has("clm_1", older, ranOut)
	plan, _ := a.plan(t)
	claim := *plan.Claim
	claim.Renew(a.Live, plan.Touch, plan.Counts, []string{"hash"})

	if claim.Code != "" || !slices.Equal(claim.Former, []string{"CODE-OF-clm_1"}) {
		t.Errorf("code %q, formerly %v", claim.Code, claim.Former)
	}
	if got := claim.Codes(); !slices.Equal(got, claim.Former) {
		t.Errorf("before it has another code: %v", got)
	}
	claim.Code = "NEXT"
	if got := claim.Codes(); !slices.Equal(got, []string{"NEXT", "CODE-OF-clm_1"}) {
		t.Errorf("with another code: %v", got)
	}
	if want := []Promise{{cmp1.Version, "CODE-OF-clm_1", a.At}}; !slices.Equal(claim.Earlier, want) {
		t.Errorf("promised earlier %v, want %v", claim.Earlier, want)
	}
	if claim.Version != cmp2.Version || !claim.Open(a.At) || len(claim.Touches) != 2 || len(claim.Addresses) != 1 {
		t.Errorf("got %+v", claim)
	}
}
