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
)

// term is one flag of `campaign edit`: it reads the flag's text, in the shop's currency, into a campaign. A toggle may be
// given without a text.
type term struct {
	flag, usage string
	toggle      bool
	set         func(c *referral.Campaign, text, currency string) error
}

// editable are the terms of a campaign that can be changed, in the order in which they are applied and shown in the help.
var editable = []term{
	{flag: "name", usage: "the campaign's name, as merchants see it", set: func(c *referral.Campaign, text, _ string) error {
		c.Name = text
		return nil
	}},
	{flag: "friend", usage: `what the friend gets: "amount_off 20", "percent_off 15" or free_shipping`, set: offerTerm(friendOffer)},
	{flag: "friend-after-order", usage: "the friend's reward comes when her order has proved itself, not at the claim", toggle: true,
		set: toggleTerm(func(c *referral.Campaign) *bool { return &c.Terms.Friend.AfterOrder })},
	{flag: "friend-valid-days", usage: "days for which a friend's reward after the order can be used, to 730; 0: it does not end",
		set: countTerm(func(c *referral.Campaign) *int { return &c.Terms.Friend.ValidDays })},
	{flag: "friend-minimum", usage: "least subtotal of the next order, on which a friend's reward after the order works; 0: none",
		set: amountTerm(func(c *referral.Campaign) *money.Amount { return &c.Terms.Friend.Minimum })},
	{flag: "combine-friend", usage: "what the friend's discount may stand beside: order,product,shipping or none", set: combineTerm(friendOffer)},
	{flag: "minimum", usage: "least net subtotal of the friend's order; 0: none", set: amountTerm(func(c *referral.Campaign) *money.Amount { return &c.Terms.Minimum })},
	{flag: "advocate", usage: `what the advocate gets: as --friend, or "share_of_order 10"`, set: offerTerm(advocateOffer)},
	{flag: "personal", usage: "each of the advocate's rewards is a discount of its own, which only she can use", toggle: true,
		set: toggleTerm(func(c *referral.Campaign) *bool { return &c.Terms.Advocate.Personal })},
	{flag: "advocate-minimum", usage: "least subtotal of the order on which her reward works; 0: none",
		set: amountTerm(func(c *referral.Campaign) *money.Amount { return &c.Terms.Advocate.Minimum })},
	{flag: "advocate-valid-days", usage: "days for which her reward can be used, to 730; 0: it does not end",
		set: countTerm(func(c *referral.Campaign) *int { return &c.Terms.Advocate.ValidDays })},
	{flag: "combine-advocate", usage: "what her discount may stand beside: order,product,shipping or none", set: combineTerm(advocateOffer)},
	{flag: "counts-as", usage: "what one percent_off or free_shipping reward of hers counts for in budget and ledger", set: countsAs},
	{flag: "hold-days", usage: "days from payment until a reward leaves, 0 to 45", set: countTerm(func(c *referral.Campaign) *int { return &c.Terms.HoldDays })},
	{flag: "window-days", usage: "days from the link's opening within which an order counts, 1 to 365",
		set: countTerm(func(c *referral.Campaign) *int { return &c.Terms.WindowDays })},
	{flag: "claim-days", usage: "days for which a claim and its code are promised, 1 to 365", set: countTerm(func(c *referral.Campaign) *int { return &c.Terms.ClaimDays })},
	{flag: "first-touch", usage: "of several equally strong links credit the first, not the last", toggle: true,
		set: toggleTerm(func(c *referral.Campaign) *bool { return &c.Terms.FirstTouch })},
	{flag: "credit-ref", usage: "let ?ref= in the landing page credit where nothing stronger does; a hidden image can fake it", toggle: true,
		set: toggleTerm(func(c *referral.Campaign) *bool { return &c.Terms.CreditRef })},
	{flag: "exclude", usage: "orders that earn nothing: web,pos,draft,subscription,other or none", set: exclude},
	{flag: "share-ceiling", usage: "orders for which one advocate's shareable code works, to 10,000; 0: there are no such codes",
		set: countTerm(func(c *referral.Campaign) *int { return &c.Terms.ShareCeiling })},
}

// termFlags adds a flag for every term.
func termFlags(flags *pflag.FlagSet) {
	flags.SortFlags = false
	for _, t := range editable {
		if t.toggle {
			flags.Bool(t.flag, false, t.usage)
		} else {
			flags.String(t.flag, "", t.usage)
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
		return nil, fault.New(fault.Invalid, "nothing to change: give at least one term, see --help")
	}
	return given, nil
}

// changeTerms applies the given texts to a campaign, and nothing else. Invalid names the flag. Whether the terms make sense together
// is the domain's to say.
func changeTerms(c *referral.Campaign, given map[string]string, currency string) error {
	for _, t := range editable {
		text, changed := given[t.flag]
		if !changed {
			continue
		}
		if err := t.set(c, text, currency); err != nil {
			return fault.Wrap(fault.KindOf(err), err, "--"+t.flag+": "+fault.MessageOf(err))
		}
	}
	return nil
}

func friendOffer(c *referral.Campaign) *referral.Offer { return &c.Terms.Friend }

func advocateOffer(c *referral.Campaign) *referral.Offer { return &c.Terms.Advocate }

// offerTerm sets an offer's kind and value. Its other terms stay; what a percentage counts for goes with it.
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
		return nil
	}
}

// parseOffer reads "amount_off 20", "percent_off 15", "share_of_order 12.5" or "free_shipping".
func parseOffer(text, currency string) (kind referral.OfferKind, amount money.Amount, rateBP int, err error) {
	words := strings.Fields(text)
	bad := fault.Newf(fault.Invalid, `%.64q is none of "amount_off 20", "percent_off 15", "free_shipping", "share_of_order 10"`, text)
	if len(words) == 0 {
		return "", amount, 0, bad
	}
	switch kind = referral.OfferKind(words[0]); {
	case kind == referral.FreeShipping && len(words) == 1:
	case kind == referral.AmountOff && len(words) == 2:
		amount, err = money.Parse(words[1], currency)
	case (kind == referral.PercentOff || kind == referral.ShareOfOrder) && len(words) == 2:
		rateBP, err = parsePercent(words[1])
	default:
		err = bad
	}
	return kind, amount, rateBP, err
}

func countsAs(c *referral.Campaign, text, currency string) error {
	if c.Terms.Advocate.Kind.IsAmount() {
		return fault.Newf(fault.Invalid, "only percent_off and free_shipping count for something else; the advocate's reward is %s", c.Terms.Advocate.Kind)
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
			return fault.Newf(fault.Invalid, "%.32q is not a whole number", text)
		}
		*of(c) = n
		return nil
	}
}

func toggleTerm(of func(*referral.Campaign) *bool) func(*referral.Campaign, string, string) error {
	return func(c *referral.Campaign, text, _ string) error {
		if text != "true" && text != "false" {
			return fault.Newf(fault.Invalid, "%.32q is neither true nor false", text)
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

// exclude sets the switches of all sources: those that are listed earn nothing, the others do.
func exclude(c *referral.Campaign, text, _ string) error {
	var known []string
	for _, source := range referral.AllSources {
		known = append(known, string(source))
	}
	out, err := listed(text, known...)
	if err == nil {
		c.Terms.Excluded = referral.Sources{
			Web: out[string(referral.SourceWeb)], POS: out[string(referral.SourcePOS)], Draft: out[string(referral.SourceDraft)],
			Subscription: out[string(referral.SourceSubscription)], Other: out[string(referral.SourceOther)],
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
			return nil, fault.Newf(fault.Invalid, "%.32q is none of %s, none", word, strings.Join(known, ", "))
		}
		on[word] = true
	}
	return on, nil
}
