package referral

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// OrderExplained is all there is to say about one order.
type OrderExplained struct {
	Order    Order
	Stored   bool // a snapshot is kept: the order was nominated once
	Weighed  Weighed
	Referral Referral // of the order's customer, as the rules see it now; zero when the order has no customer
}

// Explain says what became of an order, also of one that was never nominated. ref is the order's id (number or gid) or, for an
// order that is kept, its name ("#1001"). It stores nothing: an order that is not kept is read from Shopify and judged in passing.
func (s *Service) Explain(ctx context.Context, shop tenant.ShopID, ref string) (OrderExplained, error) {
	order, stored, err := s.findOrRead(ctx, shop, ref)
	if err != nil {
		return OrderExplained{}, err
	}
	out := OrderExplained{Order: order, Stored: stored, Weighed: Weighed{Order: order.ID, Outcome: None, Reason: ReasonNoEvidence}}
	if order.Customer == "" {
		out.Weighed.Reason = ReasonNoIdentity
		return out, nil
	}
	facts, err := s.factsWith(ctx, order)
	if err != nil {
		return OrderExplained{}, err
	}
	if out.Referral, err = Decide(facts); err != nil {
		return OrderExplained{}, err
	}
	for _, w := range out.Referral.Explained.Orders {
		if w.Order == order.ID {
			out.Weighed = w
		}
	}
	return out, nil
}

func (s *Service) findOrRead(ctx context.Context, shop tenant.ShopID, ref string) (o Order, stored bool, err error) {
	id := OrderID(ref)
	if allDigits(ref) {
		id = OrderID("gid://shopify/Order/" + ref)
	}
	if o, err = s.store.FindOrder(ctx, shop, id); fault.Is(err, fault.NotFound) {
		o, err = s.store.FindOrderByName(ctx, shop, "#"+strings.TrimPrefix(ref, "#"))
	}
	if err == nil || !fault.Is(err, fault.NotFound) {
		return o, err == nil, err
	}
	if !strings.HasPrefix(string(id), "gid://shopify/Order/") {
		return o, false, fault.New(fault.NotFound, "No order of this name was ever nominated; give its id to have it read from Shopify.")
	}
	o, err = s.shopify.ReadOrder(ctx, shop, id)
	return o, false, err
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// factsWith loads the customer's facts and makes sure that this order and its claims are among them, without writing anything.
func (s *Service) factsWith(ctx context.Context, o Order) (Facts, error) {
	f, err := s.store.LoadFacts(ctx, o.Shop, o.Customer)
	if fault.Is(err, fault.NotFound) {
		f, err = Facts{Referral: Referral{Shop: o.Shop, Friend: o.Customer}}, nil
	}
	if err != nil {
		return Facts{}, fmt.Errorf("referral: load facts: %w", err)
	}
	if !slices.ContainsFunc(f.Orders, func(k Order) bool { return k.ID == o.ID }) {
		f.Orders = append(f.Orders, o)
	}
	claims, err := s.store.ClaimsOf(ctx, o.Shop, o.Customer, o.Codes, claimIDs(o))
	if err != nil {
		return Facts{}, fmt.Errorf("referral: claims of order: %w", err)
	}
	for _, c := range claims {
		if !slices.ContainsFunc(f.Claims, func(k Claim) bool { return k.ID == c.ID }) {
			f.Claims = append(f.Claims, c)
		}
	}
	return f, s.addNamed(ctx, &f)
}

// addNamed adds the advocates and campaigns that the claims name and that are not among the facts yet.
func (s *Service) addNamed(ctx context.Context, f *Facts) error {
	if f.Advocates == nil {
		f.Advocates = map[AdvocateID]Advocate{}
	}
	if f.Campaigns == nil {
		f.Campaigns = map[CampaignKey]Campaign{}
	}
	for _, c := range f.Claims {
		for _, t := range c.Touches {
			if err := s.addCampaign(ctx, f, CampaignKey{c.Campaign, t.Version}); err != nil {
				return err
			}
			if err := s.addAdvocate(ctx, f, t.Advocate); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) addCampaign(ctx context.Context, f *Facts, key CampaignKey) error {
	if _, have := f.Campaigns[key]; have {
		return nil
	}
	campaign, err := s.store.FindCampaign(ctx, f.Referral.Shop, key)
	if err == nil {
		f.Campaigns[key] = campaign
	}
	return unlessNotFound(err)
}

func (s *Service) addAdvocate(ctx context.Context, f *Facts, id AdvocateID) error {
	if _, have := f.Advocates[id]; have {
		return nil
	}
	advocate, err := s.store.FindAdvocate(ctx, f.Referral.Shop, id)
	if err == nil {
		f.Advocates[id] = advocate
	}
	return unlessNotFound(err)
}

func unlessNotFound(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Sentence is the reason in words for the merchant, to stand after "because".
func (r Reason) Sentence() string { return cmp.Or(sentences[r], string(r)) }

var sentences = map[Reason]string{
	ReasonNone:         "nothing speaks against it",
	ReasonSelf:         "the friend is the advocate herself",
	ReasonSameBrowser:  "the offer was claimed in the same browser in which the advocate joined",
	ReasonNotNew:       "the friend had bought here before",
	ReasonUnpaid:       "the order is not paid yet",
	ReasonCancelled:    "the order was cancelled",
	ReasonRefunded:     "the order was refunded in full",
	ReasonBelowMinimum: "what is left of the order is below the campaign's minimum",
	ReasonDispute:      "the payment is disputed",
	ReasonInquiry:      "the bank is asking about the payment",
	ReasonRejected:     "the merchant rejected it",
	ReasonGone:         "Shopify no longer shows the order",
	ReasonTest:         "it is a test order",
	ReasonNewness:      "whether the friend is new is still being asked of Shopify",
	ReasonNoEvidence:   "nothing ties the order to an advocate",
	ReasonNoIdentity:   "the order has no customer; attach the customer in Shopify to have it weighed",
}

var evidenceWords = map[EvidenceKind]string{
	EvidenceLinked:        "the merchant linked the order to the advocate",
	EvidenceClaimCode:     "the claim's own code is on the order",
	EvidenceClaimCustomer: "the same customer had claimed the offer",
}

// Page is the explanation as text for the merchant: what came of the order, what evidence was seen, and what each check said.
func (e OrderExplained) Page() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	o, w := e.Order, e.Weighed
	net, _ := o.Net()
	line("Order %s of %s (%s)", o.Name, o.Shop, o.ID)
	line("Placed %s, %s, worth %s now.", minute(o.ProcessedAt), strings.ToLower(string(o.Status)), net)
	if !e.Stored {
		line("It was never nominated: nothing on it, and nothing known of its customer, called for a look. Judged in passing:")
	}
	line("\nOutcome: %s%s.", e.outcome(), because(e.reason()))
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
	if w.Converts || (e.Referral.Order == o.ID && o.ID != "") {
		e.rewards(line)
	}
	return b.String()
}

func because(r Reason) string {
	if r == ReasonNone {
		return "; " + r.Sentence()
	}
	return ", because " + r.Sentence()
}

// outcome is the referral's state for the order it rests on, else what the order alone would have led to.
func (e OrderExplained) outcome() State {
	if e.Referral.Order == e.Order.ID && e.Order.ID != "" {
		return e.Referral.State
	}
	return e.Weighed.Outcome
}

func (e OrderExplained) reason() Reason {
	if e.Referral.Order == e.Order.ID && e.Order.ID != "" {
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
	if e.Kind == EvidenceLinked {
		return text + fmt.Sprintf("; advocate %s, campaign %s v%d, linked %s", e.Advocate, e.Campaign.ID, e.Campaign.Version, minute(e.Touch))
	}
	text += fmt.Sprintf("; claim %s of campaign %s v%d", e.Claim, e.Campaign.ID, e.Campaign.Version)
	if !e.Touch.IsZero() {
		text += fmt.Sprintf(", link of advocate %s opened %s", e.Advocate, minute(e.Touch))
	}
	return text
}

func (c Check) text() string {
	text := fmt.Sprintf("%-7s %s", c.Result, c.Rule)
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

func (e OrderExplained) rewards(line func(string, ...any)) {
	r := e.Referral
	line("\nRewards:")
	for _, side := range Sides {
		reward, there := r.Rewards[side]
		if !there || reward.State == RewardNone {
			continue
		}
		text := fmt.Sprintf("  %-9s %s, %s", string(side)+":", reward.Amount, reward.State)
		if reward.Reason != ReasonNone {
			text += ", because " + reward.Reason.Sentence()
		}
		line("%s", text)
	}
	if r.State == Pending && r.Reason == ReasonNone {
		line("The hold ends %s; then the reward is released.", minute(r.ReleaseAt))
	}
	if len(r.Ledger) > 0 {
		line("\nLedger:")
	}
	for _, entry := range r.Ledger {
		line("  %s  %-9s %-9s %s", minute(entry.At), entry.Side, entry.Kind, entry.Amount)
	}
}

func minute(t time.Time) string {
	if t.IsZero() {
		return "at an unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}
