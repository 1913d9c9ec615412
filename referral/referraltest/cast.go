// Package referraltest is the world in which the rules of package referral are tried, for tests: a cast, a scene that a
// row changes, and the rows themselves, rule by rule, with what must come of each. Package referral's tests play the
// rows as they stand, package e2e plays the same rows through the whole program. How they are played is left to both.
package referraltest

import (
	"fmt"
	"time"

	"twofold/money"
	. "twofold/referral"
	"twofold/tenant"
)

// The cast, and what they do unless a row says otherwise:
//
//	Alice  an advocate, customer 1, of the browser b1; they share the campaign's link and their shareable code ALICE
//	Bob     a friend, customer 2, of the browser b2; he has bought nothing before
//	Zoe     another advocate, customer 26, who shares ZOE
//	offer   give $20, get $20: minimum $40, 14 days' hold, windows of 30 days, live for 100 days; of equal links the last
//	        is credited
//	Noon    day 0: Bob opens Alice's link and claims (clm_bob), signed in, and gets BobsCode
//	Bought  an hour later: he orders for $80 (order 1001) with BobsCode, which takes $20 off, and pays at once
//	then    14 days later Alice's reward is released, and issued as AlicesCode
const (
	Shop       tenant.ShopID = "demo.myshopify.com"
	Alice      CustomerID    = "gid://shopify/Customer/1"
	Bob        CustomerID    = "gid://shopify/Customer/2"
	Zoe        CustomerID    = "gid://shopify/Customer/26"
	BobsCode                 = "BBBB-CCCC-DDDD"
	AlicesCode               = "WWWW-VVVV-YYYY"
)

// An Instant is the least difference between two times, as BSON keeps no more; a Day always has 24 hours.
const (
	Instant = time.Millisecond
	Day     = 24 * time.Hour
)

// When Bob claims and buys, and the campaign's versions: the first is live, the second is drafted by the rows that need
// it.
var (
	Noon     = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	Bought   = Noon.Add(time.Hour)
	Version1 = version("cmp_1", 1)
	Version2 = version("cmp_1", 2)
)

// USD is an amount in dollars: USD("20"), USD("0.50").
func USD(decimal string) money.Amount { return money.MustParse(decimal, "USD") }

// version is a version of a campaign.
func version(id CampaignID, number int) CampaignKey { return CampaignKey{ID: id, Version: number} }

// opening is a touch: an advocate's link is opened under a version of the terms.
func opening(advocate AdvocateID, version int, at time.Time) Touch {
	return Touch{Advocate: advocate, Version: version, At: at}
}

// OrderNo is the id of the order with a number.
func OrderNo(number int) OrderID { return OrderID(fmt.Sprintf("gid://shopify/Order/%d", number)) }

// BobsOrder is what Bob buys, as Shopify shows it when nothing has happened to it yet.
func BobsOrder() Order {
	return Order{
		Shop: Shop, ID: "gid://shopify/Order/1001", Name: "#1001", Source: "web", Customer: Bob,
		CreatedAt: Bought, ProcessedAt: Bought, UpdatedAt: Bought, ReadAt: Bought.Add(time.Second),
		Status: StatusPaid, Currency: "USD", Subtotal: USD("80"), CurrentSubtotal: USD("80"),
		Discounted: USD("20"), Refunded: USD("0"), Received: USD("80"),
		Codes: []string{BobsCode}, Journey: Journey{Ready: true, Index: 1},
		Transactions: []Transaction{{Kind: "SALE", Status: "SUCCESS", At: Bought, Amount: USD("80")}},
	}
}

// BobsFacts are all facts about Bob: his claim, both advocates and the campaign, with the orders that are given.
func BobsFacts(orders ...Order) Facts {
	offer := Offer{Kind: AmountOff, Amount: USD("20")}
	return Facts{
		Shop: Shop, Friend: FriendOf(Bob, false),
		Record: Record{HistoryAt: Bought},
		Orders: orders,
		Claims: []Claim{{
			Shop: Shop, ID: "clm_bob", Campaign: "cmp_1", Version: 1, Customer: Bob, SignedAt: Noon, Code: BobsCode,
			Keys:    []string{BrowserKey("b2"), CustomerKey(Bob)},
			Touches: []Touch{opening("adv_alice", 1, Noon)}, ClaimedAt: Noon, ExpiresAt: Noon.Add(30 * Day),
		}},
		Advocates: map[AdvocateID]Advocate{
			"adv_alice": {
				Shop: Shop, ID: "adv_alice", Customer: Alice, State: AdvocateActive,
				Codes: []string{"ALICE"}, Browsers: []string{"b1"},
			},
			"adv_zoe": {Shop: Shop, ID: "adv_zoe", Customer: Zoe, State: AdvocateActive, Codes: []string{"ZOE"}},
		},
		Campaigns: map[CampaignKey]Campaign{Version1: {
			Shop: Shop, ID: "cmp_1", Version: 1, Name: "Give $20, get $20",
			State: CampaignLive, LiveAt: Noon.Add(-100 * Day),
			Terms: Terms{
				Friend: offer, Advocate: offer, Minimum: USD("40"), ShareCeiling: 50,
				HoldDays: 14, WindowDays: 30, ClaimDays: 30, Credit: CreditLast,
			},
		}},
	}
}

// Decided is the referral that the facts lead to when nothing was decided before.
func Decided(t interface{ Fatal(...any) }, f Facts) Referral {
	return DecidedAfter(t, Referral{Shop: f.Shop, Friend: f.Friend}, f)
}

// DecidedAfter is what becomes of a referral by the facts.
func DecidedAfter(t interface{ Fatal(...any) }, was Referral, f Facts) Referral {
	r, err := was.Decided(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
