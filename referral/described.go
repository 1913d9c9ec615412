package referral

import (
	"slices"
	"time"

	"twofold/money"
)

// Described is an order as a merchant describes it, to see what the rules would make of it. Nothing of it is stored, and
// of the shop only a campaign version is looked at: advocate, friend and claim are made up. What a release counts (caps,
// budget, pace) is not part of it.
type Described struct {
	Goods     money.Amount // what was bought, before the friend's code is taken off
	GiftCards money.Amount // of that, gift cards
	Came      Came
	Days      int // from opening the link to the order
	Friend    WhoBuys
	Likeness  Likeness
	Advocate  WhoShares
	Source    Source
	Fate      Fate
	Returned  money.Amount // of FateReturned: the goods that are given back, before the friend's code is taken off
	Test      bool
}

// Came is how the friend came from the advocate.
type Came string

// The ways, and the order in which they are shown.
const (
	CameByCode    Came = "code"    // took the offer, and used its code
	CameSignedIn  Came = "account" // took the offer signed in, and did not use its code
	CameByCart    Came = "cart"    // took the offer as a guest, and ordered in the same browser without its code
	CameByLink    Came = "link"    // opened the link, and did not take the offer
	CameByShare   Came = "share"   // typed the advocate's shareable code
	CameByAddress Came = "address" // Shopify says that the landing page had ?ref=, and there is nothing else
	CameByNothing Came = "nothing"
)

// AllCame lists the ways.
var AllCame = []Came{CameByCode, CameSignedIn, CameByCart, CameByLink, CameByShare, CameByAddress, CameByNothing}

// WhoBuys is what Shopify says of the order's customer.
type WhoBuys string

// The friends.
const (
	NewBuyer     WhoBuys = "new"
	KnownBuyer   WhoBuys = "returning" // has bought here once before
	UnknownBuyer WhoBuys = "unknown"   // Shopify never said whether the friend had bought before
	NoBuyer      WhoBuys = "nobody"    // the order has no customer
)

// AllBuyers lists them.
var AllBuyers = []WhoBuys{NewBuyer, KnownBuyer, UnknownBuyer, NoBuyer}

// Likeness is what friend and advocate have in common.
type Likeness string

// What they may have in common.
const (
	Unlike      Likeness = "none"
	SameAccount Likeness = "account"
	SameEmail   Likeness = "email"
	SameBrowser Likeness = "browser"
)

// Likenesses lists them.
var Likenesses = []Likeness{Unlike, SameAccount, SameEmail, SameBrowser}

// WhoShares is what is known of the advocate.
type WhoShares string

// The advocates.
const (
	BuyingAdvocate  WhoShares = "bought"
	NewAdvocate     WhoShares = "not_bought" // has bought nothing here yet
	BlockedAdvocate WhoShares = "blocked"
)

// AllSharers lists them.
var AllSharers = []WhoShares{BuyingAdvocate, NewAdvocate, BlockedAdvocate}

// Fate is what becomes of the order.
type Fate string

// The fates.
const (
	FateStays      Fate = "stays" // it was paid, and nothing happens to it
	FateUnpaid     Fate = "unpaid"
	FateCancelled  Fate = "cancelled"
	FateRefunded   Fate = "refunded" // in full, before the hold is over
	FateReturned   Fate = "returned" // in part, before the hold is over
	FateLate       Fate = "late"     // refunded in full a day after the advocate's reward was issued, which was not used
	FateChargeback Fate = "chargeback"
	FateInquiry    Fate = "inquiry"
)

// Fates lists them.
var Fates = []Fate{
	FateStays, FateUnpaid, FateCancelled, FateRefunded, FateReturned, FateLate, FateChargeback, FateInquiry,
}

// Who and what a described order names.
const (
	DescribedAdvocate AdvocateID = "adv_described"
	DescribedSharer   CustomerID = "gid://shopify/Customer/1"
	DescribedBuyer    CustomerID = "gid://shopify/Customer/2"

	describedOrder OrderID = orderGID + "1"
	describedClaim ClaimID = "clm_described"
	describedCode          = "CLAI-MEDC-ODES" // of the claim
	describedShare         = "SHARED"         // of the advocate
	describedGift          = "REWA-RDCO-DEST" // of the advocate's reward
	describedHash          = "h1"             // stands for the keyed hash of what both have in common
)

// CodeRefused tells whether the checkout would not take the friend's code: less is bought than its minimum.
func (d Described) CodeRefused(t Terms) bool {
	if d.Came != CameByCode && d.Came != CameByShare {
		return false
	}
	enough, err := d.discountable().AtLeast(t.Minimum)
	return err == nil && !enough
}

// discountable is what the code counts on: the goods without gift cards.
func (d Described) discountable() money.Amount {
	return money.Amount{Minor: d.Goods.Minor - d.GiftCards.Minor, Currency: d.Goods.Currency}
}

// Facts are what would be known if the described order was placed at an instant under a campaign version, as if that had
// been live all the time; and the referral as it was decided last, which is new unless a reward was issued before.
// Internal: amounts of other currencies than the version's, or beyond what can be counted.
func (d Described) Facts(c Campaign, at time.Time) (was Referral, f Facts, err error) {
	touch := at.Add(-time.Duration(d.Days) * 24 * time.Hour)
	c.State, c.LiveAt, c.Until = CampaignLive, touch.Add(-24*time.Hour), time.Time{}

	order, err := d.order(c, at, touch)
	if err != nil {
		return was, f, err
	}
	f = Facts{
		Shop: c.Shop, Friend: order.Friend(), Orders: []Order{order},
		Advocates: map[AdvocateID]Advocate{DescribedAdvocate: d.advocate(c, touch)},
		Campaigns: map[CampaignKey]Campaign{c.Key(): c},
	}
	if claim, took := d.claim(c, touch); took {
		f.Claims = []Claim{claim}
	}
	f.Record = d.record(order)

	was = Referral{Shop: f.Shop, Friend: f.Friend, Record: f.Record}
	if d.Fate == FateLate {
		if was, err = issued(was, &f); err != nil {
			return was, f, err
		}
	}
	return was, f, d.befalls(&f.Orders[0], was)
}

// buyer is the order's customer.
func (d Described) buyer() CustomerID {
	switch {
	case d.Friend == NoBuyer:
		return ""
	case d.Likeness == SameAccount:
		return DescribedSharer
	}
	return DescribedBuyer
}

// order is the order as it was placed and paid.
func (d Described) order(c Campaign, at, touch time.Time) (Order, error) {
	took, codes, err := d.takes(c.Terms)
	if err != nil {
		return Order{}, err
	}
	paid, err := d.Goods.Sub(took)
	if err != nil {
		return Order{}, err
	}

	nothing := money.Amount{Currency: paid.Currency}
	o := Order{
		Shop: c.Shop, ID: describedOrder, Name: "#1", Test: d.Test, Customer: d.buyer(), Source: d.Source.name(),
		CreatedAt: at, ProcessedAt: at, UpdatedAt: at, ReadAt: at,
		Status: StatusPaid, Currency: paid.Currency, Subtotal: paid, CurrentSubtotal: paid, GiftCards: d.GiftCards,
		Discounted: took, Refunded: nothing, Received: paid, Outstanding: nothing, Itemized: true, Codes: codes,
	}
	if !paid.IsZero() {
		o.Transactions = []Transaction{{Kind: "SALE", Status: "SUCCESS", At: at, Amount: paid}}
	}
	if !took.IsZero() {
		o.TookOff = []TookOff{{Code: codes[0], Amount: took, Left: took}}
	}
	if d.Likeness == SameEmail && o.Customer != "" {
		o.Emails = []string{describedHash}
	}
	if d.Friend == NewBuyer && !d.Test {
		o.Journey = Journey{Ready: true, Index: 1}
	}

	switch d.Came {
	case CameByCart:
		o.Attributes = []Attribute{{Key: ClaimAttribute, Value: string(describedClaim)}}
	case CameByLink:
		o.Visit = &Visit{Shop: c.Shop, Campaign: c.Key(), Advocate: DescribedAdvocate, At: touch}
	case CameByAddress:
		o.Journey.Refs = []string{describedShare}
	}
	return o, nil
}

// takes is what the friend's code takes off the goods, and the code; none where there is none, or the checkout refuses
// it. What free shipping saves is not described.
func (d Described) takes(t Terms) (took money.Amount, codes []string, err error) {
	took.Currency = d.Goods.Currency
	switch {
	case d.CodeRefused(t):
		return took, nil, nil
	case d.Came == CameByCode && !t.Friend.AfterOrder:
		codes = []string{describedCode}
	case d.Came == CameByShare && t.Shares():
		codes = []string{describedShare}
	default:
		return took, nil, nil
	}

	goods := d.discountable()
	switch t.Friend.Kind {
	case AmountOff:
		took = t.Friend.Amount
	case PercentOff:
		took, err = goods.Share(t.Friend.RateBP)
	}
	if err != nil {
		return took, nil, err
	}
	if more, err := took.AtLeast(goods); err != nil || more {
		return goods, codes, err
	}
	return took, codes, nil
}

// name is an Order.sourceName that the source stands for.
func (s Source) name() string {
	switch s {
	case SourceDraft:
		return "shopify_draft_order"
	case SourceSubscription:
		return "subscription_contract"
	}
	return string(s)
}

// advocate is who shares.
func (d Described) advocate(c Campaign, touch time.Time) Advocate {
	a := Advocate{
		Shop: c.Shop, ID: DescribedAdvocate, Customer: DescribedSharer, State: AdvocateActive, Codes: []string{describedShare},
		Purchase: PurchaseSeen, PurchaseAsked: touch, JoinedAt: c.LiveAt,
	}
	switch d.Advocate {
	case NewAdvocate:
		a.Purchase = PurchaseNone
	case BlockedAdvocate:
		a.State, a.BlockedAt = AdvocateBlocked, touch
	}
	switch d.Likeness {
	case SameEmail:
		a.Emails = []string{describedHash}
	case SameBrowser:
		a.Browsers = []string{describedHash}
	}
	return a
}

// claim is the offer as the friend took it; false: the friend did not.
func (d Described) claim(c Campaign, touch time.Time) (Claim, bool) {
	if !slices.Contains([]Came{CameByCode, CameSignedIn, CameByCart}, d.Came) {
		return Claim{}, false
	}

	browser := "described"
	if d.Likeness == SameBrowser {
		browser = describedHash
	}
	claim := Claim{
		Shop: c.Shop, ID: describedClaim, Campaign: c.ID, Version: c.Version,
		Keys: []string{BrowserKey(browser)}, Browsers: []string{browser},
		Touches:   []Touch{{Advocate: DescribedAdvocate, Version: c.Version, At: touch}},
		ClaimedAt: touch, ExpiresAt: c.Terms.ClaimEnd(touch),
	}
	if !c.Terms.Friend.AfterOrder {
		claim.Code = describedCode
	}
	if buyer := d.buyer(); buyer != "" && d.Came != CameByCart {
		claim.Customer, claim.SignedAt = buyer, touch
		claim.Keys = append(claim.Keys, CustomerKey(buyer))
	}
	return claim, true
}

// record is what Shopify has answered about the friend.
func (d Described) record(o Order) (r Record) {
	if d.Test || o.Customer == "" {
		return r
	}
	r.HistoryAt = o.ProcessedAt
	switch d.Friend {
	case KnownBuyer:
		r.Newness = map[OrderID]Newness{o.ID: {Prior: 1, Via: ViaCount, At: o.UpdatedAt}}
	case UnknownBuyer:
		r.Newness = map[OrderID]Newness{o.ID: {Unknown: true, At: o.UpdatedAt}}
	}
	return r
}

// issued is the referral after its hold, with the advocate's reward released and issued where it comes to that.
func issued(was Referral, f *Facts) (Referral, error) {
	is, err := was.Decided(*f)
	if err != nil || !slices.Contains(is.Work, WorkRelease) {
		return was, err
	}

	f.Record = is.Record
	f.Release = NewRelease(is)
	if is, err = DecideAnew(is, *f); err != nil {
		return was, err
	}
	f.Record = is.Record
	reward := is.Rewards[AdvocateSide]
	gift := Issue{
		Side: AdvocateSide, Reward: reward.ID, Campaign: reward.Campaign, Code: describedGift, Amount: reward.Due, At: f.Release.At,
	}
	if !AddIssue(is, f, gift, is.Holder(AdvocateSide)) {
		return is, nil
	}

	is, err = DecideAnew(is, *f)
	f.Record = is.Record
	return is, err
}

// befalls has the order's fate come about.
func (d Described) befalls(o *Order, was Referral) error {
	at := o.ProcessedAt
	switch d.Fate {
	case FateUnpaid:
		o.Status, o.Outstanding, o.Transactions = StatusPending, o.Received, nil
		o.Received = money.Amount{Currency: o.Currency}
	case FateCancelled:
		o.CancelledAt = at

	case FateRefunded:
		o.refund(at, o.Received)
	case FateReturned:
		return d.returns(o)
	case FateLate: // a day after the reward was given
		if was.Release != nil {
			at = was.Release.At.Add(24 * time.Hour)
		}
		o.refund(at, o.Received)

	case FateChargeback:
		o.Disputes = []Dispute{{ID: "1", Status: "NEEDS_RESPONSE", InitiatedAs: "CHARGEBACK"}}
	case FateInquiry:
		o.Disputes = []Dispute{{ID: "1", Status: "NEEDS_RESPONSE", InitiatedAs: "INQUIRY"}}
	}
	return nil
}

// refund pays back so much of the order.
func (o *Order) refund(at time.Time, amount money.Amount) {
	o.Status, o.Refunded, o.UpdatedAt = StatusPartiallyRefunded, amount, at
	if amount == o.Received {
		o.Status = StatusRefunded
	}
	o.Refunds = []Refund{{ID: "1", At: at, Total: amount}}
}

// returns gives goods back, with their part of what the code took off.
func (d Described) returns(o *Order) error {
	if d.Returned.IsZero() {
		return nil
	}

	part, err := o.Discounted.Part(d.Returned, d.discountable())
	if err != nil {
		return err
	}
	back, err := d.Returned.Sub(part)
	if err != nil {
		return err
	}
	if o.CurrentSubtotal, err = o.CurrentSubtotal.Sub(back); err != nil {
		return err
	}
	for i := range o.TookOff {
		if o.TookOff[i].Left, err = o.TookOff[i].Left.Sub(part); err != nil {
			return err
		}
	}
	o.refund(o.ProcessedAt, back)
	return nil
}
