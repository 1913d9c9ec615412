package referral

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"twofold/fault"
	"twofold/money"
	"twofold/tenant"
	"twofold/trust"
)

// OfferKind says what a side gets.
type OfferKind string

// The offer kinds. Either side may have the first three; share_of_order is the advocate's only. Source: design section
// 6, The offer.
const (
	AmountOff    OfferKind = "amount_off"     // a fixed amount off an order
	PercentOff   OfferKind = "percent_off"    // a part of an order
	FreeShipping OfferKind = "free_shipping"  // an order's shipping
	ShareOfOrder OfferKind = "share_of_order" // a part of the friend's order, as an amount off; so each one is personal
)

// Offer is what one side gets.
type Offer struct {
	Kind       OfferKind
	Amount     money.Amount // AmountOff: above zero, in the shop's currency
	RateBP     int          // PercentOff, ShareOfOrder: basis points, 1 to 10,000
	Most       money.Amount // ShareOfOrder: the greatest that one reward may be; zero: no bound
	CountsAs   money.Amount // PercentOff, FreeShipping of the advocate: what one reward counts for in the budget and the ledger; zero: nothing
	Minimum    money.Amount // of a reward that comes after the order: least subtotal of the next order, on which it works; zero: none
	ValidDays  int          // whole days from the issue until the reward's code is deleted; 0: it does not end
	Combines   Combines     // what its discount may stand beside
	Personal   bool         // the advocate's: a discount of its own, which only they can use
	AfterOrder bool         // the friend's: given when their order has proved itself, not at the claim
}

// Combines are Shopify's switches of a discount. Source: shopify.dev, DiscountCombinesWithInput, 2026-10.
type Combines struct{ Order, Product, Shipping bool }

// Pooled tells whether rewards of this offer are drawn from pre-minted codes under one discount.
func (o Offer) Pooled() bool { return !o.Personal && o.Kind != ShareOfOrder }

// IsAmount tells whether what the kind gives is an amount of money. Of others the merchant says what they count for.
func (k OfferKind) IsAmount() bool { return k == AmountOff || k == ShareOfOrder }

// InParts tells whether a reward of this offer can be given in part: an amount, by a discount of its own. Others are
// given whole.
func (o Offer) InParts() bool { return o.Kind.IsAmount() && !o.Pooled() }

// Same tells whether two offers give the same: then what is owed of one is made up for by the other.
func (o Offer) Same(other Offer) bool {
	return o.Kind == other.Kind && o.Amount == other.Amount && o.RateBP == other.RateBP && o.CountsAs == other.CountsAs && o.Pooled() == other.Pooled()
}

// Worth is what a reward of the offer counts for, given the converting order's net. Rounding is money.Amount.Share's.
func (o Offer) Worth(net money.Amount) (money.Amount, error) {
	switch o.Kind {
	case AmountOff:
		return o.Amount, nil
	case ShareOfOrder:
		return o.share(net)
	}
	if o.CountsAs.Currency == "" {
		return money.Amount{Currency: net.Currency}, nil
	}
	return o.CountsAs, nil
}

// share is the offer's part of the net, at most its greatest reward. One of another currency, which the shop had
// before, bounds nothing.
func (o Offer) share(net money.Amount) (money.Amount, error) {
	part, err := net.Share(o.RateBP)
	if err != nil || o.Most.IsZero() || o.Most.Currency != part.Currency {
		return part, err
	}
	if more, err := part.AtLeast(o.Most); err != nil || !more {
		return part, err
	}
	return o.Most, nil
}

// Percent writes basis points as a decimal number of percent: 1500 is "15", 1250 "12.5".
func Percent(bp int) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%02d", bp/100, bp%100), "0"), ".")
}

// ParsePercent reads a percentage as decimal text ("15", "12.5") into basis points, exactly. Invalid: it is no decimal, has
// more than two decimals that count, or is above 100.
func ParsePercent(text string) (bp int, err error) {
	bad := fault.With(fault.Invalid, "not_a_percentage", fault.Values{"given": fmt.Sprintf("%.64q", text)})
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	whole, fraction, dotted := strings.Cut(text, ".")
	if !digits(whole) || (dotted && !digits(fraction)) {
		return 0, bad
	}

	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if len(whole) > 3 || len(fraction) > 2 {
		return 0, bad
	}

	bp, err = strconv.Atoi("0" + whole + fraction + strings.Repeat("0", 2-len(fraction)))
	if err != nil || bp > 10_000 {
		return 0, bad
	}
	return bp, nil
}

// Source is where an order came from, as far as campaigns tell them apart.
type Source string

// The sources, by Order.sourceName. Source: shopify.dev, Order.sourceName, 2026-10.
const (
	SourceWeb          Source = "web"
	SourcePOS          Source = "pos"
	SourceDraft        Source = "draft"        // shopify_draft_order
	SourceSubscription Source = "subscription" // a subscription app's order: subscription_contract, subscription_contract_checkout_one
	SourceOther        Source = "other"        // other sales channels, by their app's id
)

// AllSources lists them in the order in which they are shown.
var AllSources = []Source{SourceWeb, SourcePOS, SourceDraft, SourceSubscription, SourceOther}

// Sources are switches, one for each source. As a field of Terms they say which are left out, so that the zero value
// takes all.
type Sources struct{ Web, POS, Draft, Subscription, Other bool }

// Has tells whether the source's switch is on.
func (s Sources) Has(source Source) bool {
	switch source {
	case SourceWeb:
		return s.Web
	case SourcePOS:
		return s.POS
	case SourceDraft:
		return s.Draft
	case SourceSubscription:
		return s.Subscription
	}
	return s.Other
}

// Credit says which of several equally strong links is credited.
type Credit string

// The credits. Source: design section 6, Evidence.
const (
	// CreditClaim leaves a claim with the advocate whose offer was taken: another advocate's link takes it only when
	// the friend switches.
	CreditClaim Credit = "claim"
	// CreditLast has every link that is opened touch the claim, and credits the last.
	CreditLast Credit = "last"
	// CreditFirst is CreditLast, but credits the first.
	CreditFirst Credit = "first"
)

// Credits lists them in the order in which they are shown; the first is what new campaigns begin with.
var Credits = []Credit{CreditClaim, CreditLast, CreditFirst}

// Terms are one version of a campaign's promises and rules. They never change once the version is live.
type Terms struct {
	Friend     Offer
	Advocate   Offer
	Minimum    money.Amount     // least that the friend must buy, before their code is taken off; zero: none. See checkMinimum
	HoldDays   int              // whole 24-hour days from payment until release, 0 to 45
	WindowDays int              // attribution window, from the touch to the order's processedAt, half open
	ClaimDays  int              // how long a claim and its code are promised
	Credit     Credit           // which of several equally strong links is credited
	CreditRef  bool             // ?ref= in the landing page credits where nothing stronger does; a hidden image can fake it
	BuysFirst  bool             // the advocate's rewards wait until the advocate has bought
	Excluded   Sources          // orders of these sources earn nothing
	Strictness trust.Strictness // how much has to be noticed before a referral waits

	// TakeBackReturns: what falls below the minimum after the release takes the reward back. Else it stands unless the
	// order is undone.
	TakeBackReturns bool

	// CodeOnly: an order earns by a code alone, a claim's or a shareable one. Else a wallet or a buy-now button, which leave
	// the code out, cost no advocate the credit; see NeedsCode.
	CodeOnly bool

	FreeOrders bool // orders that bring the shop nothing earn as others do; see checkWorth

	ShareCeiling int // how many orders one advocate's shareable code may be used for; 0: there are no such codes, see Shares
}

// Offer is what a side gets. Shareable codes give what the friend's side does.
func (t Terms) Offer(side Side) Offer {
	if side == AdvocateSide {
		return t.Advocate
	}
	return t.Friend
}

// AfterOrder tells whether a side's rewards come after the friend's order.
func (t Terms) AfterOrder(side Side) bool {
	return side == AdvocateSide || (side == FriendSide && t.Friend.AfterOrder)
}

// ClaimEnd is when a claim that is made or renewed at an instant runs out.
func (t Terms) ClaimEnd(at time.Time) time.Time {
	return at.Add(time.Duration(t.ClaimDays) * 24 * time.Hour)
}

// MayStillConvert is how long after a version's end its claims may lead to orders, and these to rewards.
func (t Terms) MayStillConvert() time.Duration {
	return time.Duration(t.ClaimDays+t.WindowDays+t.HoldDays) * 24 * time.Hour
}

// Shares tells whether there are shareable codes. Where the friend's reward comes after their order there are none: such
// a code would give it at the checkout as well.
func (t Terms) Shares() bool { return t.ShareCeiling > 0 && !t.Friend.AfterOrder }

// NeedsCode tells whether an order earns by a code alone. Where the friend's reward comes after their order there is no
// code that it could carry.
func (t Terms) NeedsCode() bool { return t.CodeOnly && !t.Friend.AfterOrder }

// Limits bound what a campaign gives. They are no promise to anybody, so the merchant changes them in place.
type Limits struct {
	MonthCap  int          // rewards one advocate may earn within 30 days, beyond which they are void; 0: no cap
	YearCap   int          // within 365 days; 0: no cap
	FlagAfter int          // rewards of one advocate within 30 days, beyond which they are held for the merchant's look; 0: none are
	Budget    money.Amount // what rewards may count for in a month of the shop's time zone; zero: no budget

	AllowableCost money.Amount // of a new customer: it is warned of more, and nothing stops; zero: of nothing
}

// DefaultFlagAfter is what campaigns begin with: more friends in a month than most people have who buy in one shop, and
// few enough that whoever invents them gains little before somebody looks.
const DefaultFlagAfter = 10

// BudgetMonth is the month whose budget something takes from, in the shop's time zone.
func BudgetMonth(shop tenant.Shop, at time.Time) string {
	return at.In(shop.Profile.Location()).Format("2006-01")
}
