package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/trust"
)

// term is one flag of `campaign edit`: it reads the flag's text, in the shop's currency, into a campaign. A toggle
// may be given without a text.
type term struct {
	flag   string
	toggle bool
	set    func(c *referral.Campaign, text, currency string) error
}

// editable are the terms of a campaign that can be changed, in the order in which they are
// applied and shown in the help.
var editable = []term{
	{flag: "name", set: func(c *referral.Campaign, text, _ string) error {
		c.Name = text
		return nil
	}},
	{flag: "friend", set: offerTerm(friendOffer)},
	{flag: "friend-after-order", toggle: true,
		set: toggleTerm(func(c *referral.Campaign) *bool { return &c.Terms.Friend.AfterOrder })},
	{flag: "friend-valid-days", set: countTerm(func(c *referral.Campaign) *int { return &c.Terms.Friend.ValidDays })},
	{flag: "friend-minimum",
		set: amountTerm(func(c *referral.Campaign) *money.Amount { return &c.Terms.Friend.Minimum })},
	{flag: "combine-friend", set: combineTerm(friendOffer)},
	{flag: "minimum", set: amountTerm(func(c *referral.Campaign) *money.Amount { return &c.Terms.Minimum })},
	{flag: "advocate", set: offerTerm(advocateOffer)},
	{flag: "advocate-most",
		set: amountTerm(func(c *referral.Campaign) *money.Amount { return &c.Terms.Advocate.Most })},
	{flag: "personal", toggle: true,
		set: toggleTerm(func(c *referral.Campaign) *bool { return &c.Terms.Advocate.Personal })},
	{flag: "advocate-minimum",
		set: amountTerm(func(c *referral.Campaign) *money.Amount { return &c.Terms.Advocate.Minimum })},
	{flag: "advocate-valid-days",
		set: countTerm(func(c *referral.Campaign) *int { return &c.Terms.Advocate.ValidDays })},
	{flag: "combine-advocate", set: combineTerm(advocateOffer)},
	{flag: "counts-as", set: countsAs},
	{flag: "hold-days", set: countTerm(func(c *referral.Campaign) *int { return &c.Terms.HoldDays })},
	{flag: "window-days", set: countTerm(func(c *referral.Campaign) *int { return &c.Terms.WindowDays })},
	{flag: "claim-days", set: countTerm(func(c *referral.Campaign) *int { return &c.Terms.ClaimDays })},
	{flag: "first-touch", toggle: true, set: firstTouch}, // from before there was --credit
	{flag: "credit", set: credit},
	{flag: "strictness", set: strictness},
	{flag: "credit-ref", toggle: true, set: toggleTerm(func(c *referral.Campaign) *bool { return &c.Terms.CreditRef })},
	{flag: "code-only", toggle: true, set: toggleTerm(func(c *referral.Campaign) *bool { return &c.Terms.CodeOnly })},
	{flag: "buys-first", toggle: true, set: toggleTerm(func(c *referral.Campaign) *bool { return &c.Terms.BuysFirst })},
	{flag: "exclude", set: exclude},
	{flag: "take-back-returns", toggle: true,
		set: toggleTerm(func(c *referral.Campaign) *bool { return &c.Terms.TakeBackReturns })},
	{flag: "free-orders", toggle: true,
		set: toggleTerm(func(c *referral.Campaign) *bool { return &c.Terms.FreeOrders })},
	{flag: "share-ceiling", set: countTerm(func(c *referral.Campaign) *int { return &c.Terms.ShareCeiling })},
}

// termFlags adds a flag for every term, or for those that are named.
func termFlags(flags *pflag.FlagSet, only ...string) {
	flags.SortFlags = false
	for _, t := range editable {
		if len(only) > 0 && !slices.Contains(only, t.flag) {
			continue
		}
		if t.toggle {
			flags.Bool(t.flag, false, "")
		} else {
			flags.String(t.flag, "", "")
		}
	}
}

// givenTerms are the terms whose flags were given, with their texts. None is Invalid.
func givenTerms(cmd *cobra.Command) (map[string]string, error) {
	given := map[string]string{}
	for _, t := range editable {
		if f := cmd.Flags().Lookup(t.flag); f != nil && f.Changed {
			given[t.flag] = f.Value.String()
		}
	}

	if len(given) == 0 {
		return nil, fault.New(fault.Invalid, "nothing_to_change")
	}
	return given, nil
}

// changeTerms applies the given texts to a campaign, and nothing else. Invalid names the flag. Whether the terms make
// sense together is the domain's to say.
func changeTerms(c *referral.Campaign, given map[string]string, currency string) error {
	for _, t := range editable {
		text, changed := given[t.flag]
		if !changed {
			continue
		}

		if err := t.set(c, text, currency); err != nil {
			return wrongFlag(t.flag, err)
		}
	}
	return nil
}

func friendOffer(c *referral.Campaign) *referral.Offer { return &c.Terms.Friend }

func advocateOffer(c *referral.Campaign) *referral.Offer { return &c.Terms.Advocate }

// offerTerm sets an offer's kind and value. Its other terms stay; what a percentage counts for and a share's
// greatest reward go with it.
func offerTerm(of func(*referral.Campaign) *referral.Offer) func(*referral.Campaign, string, string) error {
	return func(c *referral.Campaign, text, currency string) error {
		kind, amount, rateBP, err := parseOffer(text, currency)
		if err != nil {
			return err
		}

		offer := of(c)
		offer.Kind, offer.Amount, offer.RateBP = kind, amount, rateBP
		if kind.IsAmount() {
			offer.CountsAs = money.Amount{}
		}
		if kind != referral.ShareOfOrder {
			offer.Most = money.Amount{}
		}
		return nil
	}
}

// parseOffer reads "amount_off 20", "percent_off 15", "share_of_order 12.5" or "free_shipping".
func parseOffer(text, currency string) (kind referral.OfferKind, amount money.Amount, rateBP int, err error) {
	words := strings.Fields(text)
	bad := fault.With(fault.Invalid, "not_an_offer", fault.Values{"given": quoted(text)})
	if len(words) == 0 {
		return "", amount, 0, bad
	}

	switch kind = referral.OfferKind(words[0]); {
	case kind == referral.FreeShipping && len(words) == 1:
	case kind == referral.AmountOff && len(words) == 2:
		amount, err = money.Parse(words[1], currency)
	case (kind == referral.PercentOff || kind == referral.ShareOfOrder) && len(words) == 2:
		rateBP, err = referral.ParsePercent(words[1])
	default:
		err = bad
	}
	return kind, amount, rateBP, err
}

func countsAs(c *referral.Campaign, text, currency string) error {
	if c.Terms.Advocate.Kind.IsAmount() {
		return fault.With(fault.Invalid, "counts_as", fault.Values{"kind": string(c.Terms.Advocate.Kind)})
	}
	amount, err := money.Parse(text, currency)
	c.Terms.Advocate.CountsAs = amount
	return err
}

func amountTerm(of func(*referral.Campaign) *money.Amount) func(*referral.Campaign, string, string) error {
	return func(c *referral.Campaign, text, currency string) error {
		amount, err := money.Parse(text, currency)
		*of(c) = amount
		return err
	}
}

func countTerm(of func(*referral.Campaign) *int) func(*referral.Campaign, string, string) error {
	return func(c *referral.Campaign, text, _ string) error {
		n, err := strconv.Atoi(text)
		if err != nil {
			return fault.With(fault.Invalid, "not_a_number", fault.Values{"given": quoted(text)})
		}
		*of(c) = n
		return nil
	}
}

func toggleTerm(of func(*referral.Campaign) *bool) func(*referral.Campaign, string, string) error {
	return func(c *referral.Campaign, text, _ string) error {
		if text != "true" && text != "false" {
			return fault.With(fault.Invalid, "not_a_switch", fault.Values{"given": quoted(text)})
		}
		*of(c) = text == "true"
		return nil
	}
}

// combineTerm sets all three switches of an offer's discount: those that are listed on, the others off.
func combineTerm(of func(*referral.Campaign) *referral.Offer) func(*referral.Campaign, string, string) error {
	return func(c *referral.Campaign, text, _ string) error {
		on, err := listed(text, "order", "product", "shipping")
		if err == nil {
			of(c).Combines = referral.Combines{Order: on["order"], Product: on["product"], Shipping: on["shipping"]}
		}
		return err
	}
}

// credit sets which of equal links is credited, by its name.
func credit(c *referral.Campaign, text, _ string) error {
	if !slices.Contains(referral.Credits, referral.Credit(text)) {
		var known []string
		for _, credit := range referral.Credits {
			known = append(known, string(credit))
		}
		return notAmong(text, known)
	}

	c.Terms.Credit = referral.Credit(text)
	return nil
}

// strictness sets how much has to be noticed before a referral waits, by its name.
func strictness(c *referral.Campaign, text, _ string) error {
	if !slices.Contains(trust.Strictnesses, trust.Strictness(text)) {
		var known []string
		for _, one := range trust.Strictnesses {
			known = append(known, string(one))
		}
		return notAmong(text, known)
	}

	c.Terms.Strictness = trust.Strictness(text)
	return nil
}

// firstTouch sets the first link to be credited, or the last.
func firstTouch(c *referral.Campaign, text, currency string) error {
	first := false
	err := toggleTerm(func(*referral.Campaign) *bool { return &first })(c, text, currency)
	if err != nil {
		return err
	}

	c.Terms.Credit = referral.CreditLast
	if first {
		c.Terms.Credit = referral.CreditFirst
	}
	return nil
}

// exclude sets the switches of all sources: those that are listed earn nothing, the others do.
func exclude(c *referral.Campaign, text, _ string) error {
	var known []string
	for _, source := range referral.AllSources {
		known = append(known, string(source))
	}

	out, err := listed(text, known...)
	if err == nil {
		c.Terms.Excluded = referral.Sources{
			Web: out[string(referral.SourceWeb)], POS: out[string(referral.SourcePOS)],
			Draft: out[string(referral.SourceDraft)], Subscription: out[string(referral.SourceSubscription)],
			Other: out[string(referral.SourceOther)],
		}
	}
	return err
}

// listed reads words separated by commas, each of which must be known; "none" is no word.
func listed(text string, known ...string) (map[string]bool, error) {
	on := map[string]bool{}
	if text == "none" {
		return on, nil
	}

	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); !slices.Contains(known, word) {
			return nil, notAmong(word, append(slices.Clone(known), "none"))
		}
		on[word] = true
	}
	return on, nil
}
