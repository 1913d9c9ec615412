package referral

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"twofold/money"
)

// Sentence is the reason in words for the merchant, to stand after "because".
func (r Reason) Sentence() string { return cmp.Or(sentences[r], string(r)) }

var sentences = map[Reason]string{
	ReasonNone:         "nothing speaks against it",
	ReasonSelf:         "the friend is the advocate herself",
	ReasonSameBrowser:  "the offer was claimed in the same browser in which the advocate joined",
	ReasonSameEmail:    "the order has the advocate's e-mail address",
	ReasonBlocked:      "you blocked the advocate",
	ReasonSource:       "the campaign leaves out orders that come from there",
	ReasonNotNew:       "the friend had bought here before",
	ReasonUnpaid:       "the order is not paid yet",
	ReasonCancelled:    "the order was cancelled",
	ReasonRefunded:     "the order was refunded in full",
	ReasonBelowMinimum: "what is left of the order is below the campaign's minimum",
	ReasonDispute:      "the payment is disputed",
	ReasonInquiry:      "the bank is asking about the payment",
	ReasonRejected:     "you rejected it",
	ReasonMerchant:     "you took it back",
	ReasonGone:         "Shopify no longer shows the order",
	ReasonNewness:      "whether the friend is new is still being asked of Shopify",
	ReasonUnknown:      "after seven days Shopify still does not say whether the friend is new",
	ReasonCap:          "the advocate has earned as many rewards as the campaign allows",
	ReasonBudget:       "the campaign's budget for the month is spent",
	ReasonNothing:      "the share of the order comes to nothing",
	ReasonOffset:       "it made up for an earlier reward that was used though its order was undone",
	ReasonDisplaced:    "the referral of this friend rests on another order",
	ReasonNoted:        "it came to light after the reward had been issued for another order",
	ReasonSpentTwice:   "more codes of it were used than were due",
	ReasonNoEvidence:   "nothing ties the order to an advocate",
	ReasonNoIdentity:   "the order has no customer; attach one to have it weighed",
}

var evidenceWords = map[EvidenceKind]string{
	EvidenceLinked:        "you linked the order to the advocate",
	EvidenceClaimCode:     "the claim's own code is on the order",
	EvidenceAdvocateCode:  "the advocate's shareable code is on the order",
	EvidenceClaimCustomer: "the same customer had claimed the offer",
	EvidenceClaimEmail:    "the offer was claimed with the order's e-mail address",
	EvidenceCartClaim:     "the cart carried the claim",
	EvidenceCartVisit:     "the cart carried the visit of the advocate's link",
	EvidenceRef:           "Shopify saw the advocate's link in the landing page",
}

// Page is the explanation as text for the merchant: what came of the order, what evidence was seen, what each check said, and
// where both rewards stand at now.
func (e OrderExplained) Page(now time.Time) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	o, w := e.Order, e.Weighed
	net, _ := o.Net()
	line("Order %s of %s (%s)", o.Name, o.Shop, o.ID)
	line("Placed %s, %s, worth %s now.", minute(o.ProcessedAt), strings.ToLower(strings.ReplaceAll(string(o.Status), "_", " ")), net)
	if o.Test {
		line("It is a test order: it runs the whole way without a hold, and stands outside every figure.")
	}
	if o.Attached {
		line("You attached the customer; Shopify shows none.")
	}
	if !e.Stored {
		line("It was never nominated: nothing on it, and nothing known of its customer, called for a look. Judged in passing:")
	}
	line("\nOutcome: %s%s.", e.outcome(), e.because())
	if len(w.Evidence) > 0 {
		line("\nEvidence, strongest first:")
	}
	for _, ev := range w.Evidence {
		line("  %s", ev.text())
	}
	if len(w.Checks) > 0 {
		line("\nChecks (rules version %d):", e.Referral.Explained.Rules)
	}
	for _, c := range w.Checks {
		line("  %s", c.text())
	}
	if w.Converts || e.rests() {
		e.rewards(line, now)
	}
	return b.String()
}

// because names the other order where that is the reason.
func (e OrderExplained) because() string {
	text := because(e.reason())
	if e.reason() == ReasonDisplaced && e.Referral.OrderName != "" {
		text += " (" + e.Referral.OrderName + ")"
	}
	return text
}

// rests tells whether the friend's referral rests on this order.
func (e OrderExplained) rests() bool { return e.Referral.Order == e.Order.ID && e.Order.ID != "" }

func because(r Reason) string {
	if r == ReasonNone {
		return "; " + r.Sentence()
	}
	return ", because " + r.Sentence()
}

// outcome is the referral's state for the order it rests on, else what the order alone would have led to.
func (e OrderExplained) outcome() State {
	if e.rests() {
		return e.Referral.State
	}
	return e.Weighed.Outcome
}

func (e OrderExplained) reason() Reason {
	if e.rests() {
		return e.Referral.Reason
	}
	return e.Weighed.Reason
}

func (e Evidence) text() string {
	verdict := "won: "
	if !e.Won {
		verdict = "lost (" + e.Lost + "): "
	}
	text := verdict + evidenceWords[e.Kind]
	if e.Claim != "" {
		text += fmt.Sprintf("; claim %s", e.Claim)
	}
	if e.Campaign.ID != "" {
		text += fmt.Sprintf(", campaign %s v%d", e.Campaign.ID, e.Campaign.Version)
	}
	text += fmt.Sprintf(", advocate %s", e.Advocate)
	switch e.Kind {
	case EvidenceLinked:
		return text + ", linked " + minute(e.Touch)
	case EvidenceAdvocateCode, EvidenceRef:
		return text
	}
	return text + ", link opened " + minute(e.Touch)
}

func (c Check) text() string {
	text := fmt.Sprintf("%-7s %s v%d", c.Result, c.Rule, c.Version)
	if c.Result != Passed {
		text += ": " + c.Reason.Sentence()
	}
	var saw []string
	for _, v := range c.Saw {
		saw = append(saw, v.Name+" "+v.Value)
	}
	if len(saw) > 0 {
		text += " (" + strings.Join(saw, ", ") + ")"
	}
	return text
}

func (e OrderExplained) rewards(line func(string, ...any), now time.Time) {
	r := e.Referral
	line("\nRewards:")
	for _, side := range Sides {
		reward, there := r.Rewards[side]
		if !there || reward.State == RewardNone {
			continue
		}
		text := fmt.Sprintf("  %-9s %s, %s", string(side)+":", reward.Worth(), reward.StateAt(now))
		switch {
		case reward.Reason == ReasonNone:
		case reward.State == RewardSettled || reward.State == RewardForgiven:
			text += "; it was owed because " + reward.Reason.Sentence()
		default:
			text += ", because " + reward.Reason.Sentence()
		}
		if reward.State == RewardApproved && reward.Due != reward.Amount {
			text += fmt.Sprintf("; a code of %s is to be given", reward.Due)
		}
		if !reward.Owed.IsZero() {
			text += fmt.Sprintf("; %s is still to be made up for", reward.Owed)
		}
		switch {
		case reward.EndsAt.IsZero() || reward.State != RewardIssued:
		case reward.StateAt(now) == RewardExpired:
			text += " " + minute(reward.EndsAt)
		default:
			text += ", until " + minute(reward.EndsAt)
		}
		line("%s", text)
		if issue := standing(r, side); issue != nil && !issue.Gone.IsZero() && reward.StateAt(now) == RewardIssued {
			line("            its discount was deleted in Shopify %s: the code does not work; `twofold referral reissue` gives another", minute(issue.Gone))
		}
	}
	if r.State == Pending && r.Reason == ReasonNone {
		line("The hold ends %s; then the reward is released.", minute(r.ReleaseAt))
	}
	if len(r.Acts) > 0 {
		line("\nWhat you decided:")
	}
	for _, a := range r.Acts {
		line("  %s  %s", minute(a.At), actWords[a.Kind])
	}
	if len(r.Ledger) > 0 {
		line("\nLedger:")
	}
	for _, entry := range r.Ledger {
		line("  %s  %-9s %-9s %s", minute(entry.At), entry.Side, entry.Kind, entry.Amount)
	}
}

var actWords = map[ActKind]string{
	ActApprove: "you let it pass",
	ActReject:  "you rejected it",
	ActVoid:    "you took it back",
	ActRestore: "you restored it: the rules decide again",
	ActLink:    "you linked the order to an advocate",
	ActUnlink:  "you said that nothing ties the order to anybody",
	ActReissue: "you asked for another code",
	ActForgive: "you let go what was owed",
}

// Worth says what a reward is worth: its amount, or for kinds without one what it gives.
func (r Reward) Worth() string {
	if r.Amount.IsZero() {
		return Offer{Kind: r.Kind, RateBP: r.RateBP, Amount: r.Amount}.Words()
	}
	return r.Amount.String()
}

func minute(t time.Time) string {
	if t.IsZero() {
		return "at an unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

func dayOf(t time.Time) string { return t.UTC().Format("2 January 2006") }

// Polite answers the advocate who asks "where is my reward?": how her friend's order stands and what becomes of her reward. It says
// what happens next, and never why a check looked at somebody, nor who the friend is.
func (r Referral) Polite(now time.Time) string {
	reward := r.Rewards[AdvocateSide]
	if text := politeReward(reward, now); text != "" && r.State != Pending && r.State != Flagged {
		return text
	}
	switch r.State {
	case Pending:
		return r.politePending(now)
	case Flagged:
		return "A friend has ordered. The shop is taking a look at this order before your reward comes."
	case Approved:
		return "A friend has ordered. Your reward is being prepared."
	case Voided:
		return politeVoid(r.Reason)
	}
	return "A friend has opened your link."
}

func (r Referral) politePending(now time.Time) string {
	switch {
	case r.Reason == ReasonUnpaid:
		return "A friend has ordered. Your reward comes once the order is paid and has proved itself."
	case r.Reason != ReasonNone || r.ReleaseAt.IsZero():
		return "A friend has ordered. We are waiting for the order to be completed."
	case !now.Before(r.ReleaseAt):
		return "A friend has ordered. Your reward is about to be given."
	}
	return fmt.Sprintf("A friend has ordered. Your reward comes after %s, if the order stays.", dayOf(r.ReleaseAt))
}

func politeReward(r Reward, now time.Time) string {
	switch r.StateAt(now) {
	case RewardIssued:
		if r.EndsAt.IsZero() {
			return "Your reward is ready: use its code at the checkout."
		}
		return fmt.Sprintf("Your reward is ready: use its code at the checkout before %s.", dayOf(r.EndsAt))
	case RewardRedeemed:
		return "You have used this reward. Enjoy!"
	case RewardExpired:
		return fmt.Sprintf("This reward could be used until %s, and has run out.", dayOf(r.EndsAt))
	case RewardReversed:
		return "This reward was taken back, as " + politeCause(r.Reason) + "."
	case RewardOwed:
		return politeUse(r.Reason) + " Your next reward makes up for it."
	case RewardSettled, RewardForgiven:
		return politeUse(r.Reason) + " That is settled."
	case RewardVoided:
		switch r.Reason {
		case ReasonOffset:
			return "A friend has ordered. This reward made up for an earlier one whose order was undone."
		case ReasonNothing:
			return "A friend has ordered. Your share of the order is too small to be given."
		}
	}
	return ""
}

// politeUse says what was used and not due.
func politeUse(r Reason) string {
	if r == ReasonSpentTwice {
		return "You have used this reward and the code that took its place."
	}
	return "This reward was used, though " + politeCause(r) + "."
}

// politeCause says why something was taken back, to whom it does not concern in detail.
func politeCause(r Reason) string {
	if r == ReasonMerchant || r == ReasonNoEvidence {
		return "the shop decided that the order does not count"
	}
	return "the order was undone"
}

func politeVoid(reason Reason) string {
	switch reason {
	case ReasonCancelled, ReasonRefunded:
		return "This order was cancelled or given back, so there is no reward for it."
	case ReasonNotNew:
		return "The reward is for a friend's first order here, and this was not the first."
	case ReasonBelowMinimum:
		return "This order was below the least amount, so there is no reward for it."
	case ReasonSelf:
		return "The reward is for orders of friends, not for one's own."
	case ReasonCap:
		return "You have earned as many rewards as the shop gives for now. Thank you for sharing!"
	case ReasonBudget:
		return "The shop's rewards for this month are all given. Thank you for sharing!"
	}
	return "This order does not count for a reward."
}

// Words list what a discount may stand beside: "order and shipping discounts", "no other discount".
func (c Combines) Words() string {
	var all []string
	for _, one := range []struct {
		on   bool
		word string
	}{{c.Order, "order"}, {c.Product, "product"}, {c.Shipping, "shipping"}} {
		if one.on {
			all = append(all, one.word)
		}
	}
	if len(all) == 0 {
		return "no other discount"
	}
	return strings.Join(all, " and ") + " discounts"
}

// Outcome says where the referral stands and why: "voided, because the order was cancelled".
func (r Referral) Outcome() string {
	if r.State == None {
		return string(None) + because(ReasonNoEvidence)
	}
	return string(r.State) + because(r.Reason)
}

// FriendWords says what a friend is offered: what she gets, and from which order on.
func (v OfferView) FriendWords() string {
	gets := "You get " + v.Friend.Words()
	if v.Friend.Kind == FreeShipping {
		gets += " on"
	}
	if v.Friend.AfterOrder {
		return gets + " your next order" + minimumWords(v.Friend.Minimum) + ", once a first one" + minimumWords(v.Minimum) + " has proved itself."
	}
	return gets + " your first order" + minimumWords(v.Minimum) + "."
}

func minimumWords(m money.Amount) string {
	if m.IsZero() {
		return ""
	}
	return fmt.Sprintf(" of %s or more", m.Short())
}

// AdvocateWords says what the advocate gets for it.
func (v OfferView) AdvocateWords() string {
	switch o := v.Advocate; o.Kind {
	case ShareOfOrder:
		return fmt.Sprintf("Your friend gets %s of your order when you buy.", Percent(o.RateBP)+"%")
	case FreeShipping:
		return "Your friend gets free shipping when you buy."
	}
	return fmt.Sprintf("Your friend gets %s an order when you buy.", v.Advocate.Words())
}

// Words tell the friend what her claim gives.
func (v ClaimView) Words() string {
	if v.Claim.Code == "" {
		return "Your offer is noted. Your reward comes when your first order has proved itself."
	}
	return fmt.Sprintf("This code is yours, and works once until %s.", dayOf(v.Claim.ExpiresAt))
}
