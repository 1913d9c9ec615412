package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"twofold/referral"
	"twofold/tenant"
)

func (p *program) campaignShowCommand() *cobra.Command {
	var shop string
	var version int
	cmd := &cobra.Command{Use: "show CAMPAIGN --shop SHOP", Short: "Show one version of a campaign: terms, limits, discounts and codes", Args: cobra.ExactArgs(1),
		Long: "Show one version of a campaign: all its terms in words, its limits, its discounts in Shopify with their ends and what was changed of them there (as last looked at), and how many codes are free and held."}
	shopFlag(cmd, &shop)
	cmd.Flags().IntVar(&version, "version", 0, "which version; default the newest")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			c, err := findVersion(ctx, built, shop, args[0], version)
			if err != nil {
				return err
			}
			codes, err := codeCounts(ctx, built, c)
			if err != nil {
				return err
			}
			cost, err := built.service.Cost(ctx, c)
			if err != nil {
				return err
			}
			return p.showCampaign(c, codes, cost, built.clock.Now())
		})
	}
	return cmd
}

// showCampaign prints a version of a campaign, with the counts of its codes by side and what its new customers cost lately.
func (p *program) showCampaign(c referral.Campaign, codes map[referral.Side]string, cost referral.Cost, now time.Time) error {
	costs, err := costInWords(c, cost)
	if err != nil {
		return err
	}
	header := fmt.Sprintf("%s (%s v%d): %s", c.Name, c.ID, c.Version, c.State)
	if c.Problem != "" {
		header += "\nGoing live is stuck: " + c.Problem
	}
	return p.table(header, func(w *tabwriter.Writer) {
		section := func(title string, lines ...[2]string) {
			fmt.Fprintf(w, "\n%s\n", title)
			for _, line := range lines {
				fmt.Fprintf(w, "  %s\t%s\n", line[0], line[1])
			}
		}
		section("Terms", termsInWords(c.Terms)...)
		section("Limits")
		for _, line := range slices.Concat(limitsInWords(c.Limits), costs) {
			fmt.Fprintf(w, "  %s\n", line)
		}
		var discounts [][2]string
		for _, side := range referral.DiscountSides {
			discounts = append(discounts, [2]string{string(side), discountInWords(c, side, codes[side], now)})
		}
		section("Discounts in Shopify", discounts...)
		for _, d := range c.Drift {
			fmt.Fprintf(w, "  %s\n", d.Words())
		}
		if len(c.Drift) > 0 {
			fmt.Fprintf(w, "  `twofold campaign repair %s --shop %s` brings that back.\n", c.ID, c.Shop)
		}
	})
}

// codeCounts counts each side's codes. Shareable codes are the advocates', whatever the campaign, and always somebody's.
func codeCounts(ctx context.Context, built *parts, c referral.Campaign) (map[referral.Side]string, error) {
	counts := map[referral.Side]string{}
	for _, side := range referral.DiscountSides {
		key := referral.PoolKey(c, side)
		free, err := built.store.CountCodes(ctx, c.Shop, key, side, referral.CodeFree)
		if err != nil {
			return nil, err
		}
		held, err := built.store.CountCodes(ctx, c.Shop, key, side, referral.CodeHeld)
		if err != nil {
			return nil, err
		}
		counts[side] = fmt.Sprintf("%d codes free, %d held", free, held)
		if side == referral.ShareSide {
			counts[side] = fmt.Sprintf("%d shareable codes", held)
		}
	}
	return counts, nil
}

func discountInWords(c referral.Campaign, side referral.Side, codes string, now time.Time) string {
	id, ends := c.Discounts[side], c.EndsAt[side]
	switch {
	case side == referral.AdvocateSide && !c.Terms.Advocate.Pooled():
		return "each reward has a discount of its own; " + codes
	case side == referral.ShareSide && !c.Terms.Shares():
		return "none: there are no shareable codes"
	case id == "":
		return "not made yet; " + codes
	case ends.IsZero():
		return fmt.Sprintf("%s, no end; %s", id, codes)
	case !now.Before(ends):
		return fmt.Sprintf("%s, ended %s; %s", id, ends.UTC().Format(time.RFC3339), codes)
	}
	return fmt.Sprintf("%s, ends %s unless it is moved; %s", id, ends.UTC().Format(time.RFC3339), codes)
}

// termsInWords says all terms, a line each: its name and what it is.
func termsInWords(t referral.Terms) [][2]string {
	when, valid := "at the claim", daysOr(t.ClaimDays, "")
	if t.Friend.AfterOrder {
		when, valid = "when her order has proved itself", daysOr(t.Friend.ValidDays, "without end")
	}
	next := "it is for the first order"
	if t.Friend.AfterOrder {
		next = t.Friend.Minimum.OrNone()
	}
	kind := "a code of the pool"
	if !t.Advocate.Pooled() {
		kind = "a discount that only she can use"
	}
	touch := "the last"
	if t.FirstTouch {
		touch = "the first"
	}
	ref := "is shown, and credits nobody"
	if t.CreditRef {
		ref = "credits where nothing stronger does"
	}
	shared := "none"
	if t.Friend.AfterOrder {
		shared = "none, as they would give the friend's reward at the checkout"
	}
	if t.Shares() {
		shared = fmt.Sprintf("one for each advocate, for up to %d orders", t.ShareCeiling)
	}
	lines := [][2]string{
		{"friend gets", t.Friend.Words()}, {"  when", when}, {"  valid", valid}, {"  beside", t.Friend.Combines.Words()},
		{"  order of at least", t.Minimum.OrNone()}, {"  next order of at least", next},
		{"advocate gets", t.Advocate.Words()}, {"  as", kind}, {"  valid", daysOr(t.Advocate.ValidDays, "without end")},
		{"  beside", t.Advocate.Combines.Words()}, {"  order of at least", t.Advocate.Minimum.OrNone()},
	}
	if !t.Advocate.Kind.IsAmount() {
		lines = append(lines, [2]string{"  counts as", t.Advocate.CountsAs.OrNone()})
	}
	return append(lines, [][2]string{
		{"hold", fmt.Sprintf("%d days from payment", t.HoldDays)}, {"attribution window", fmt.Sprintf("%d days from the link's opening", t.WindowDays)},
		{"of equal links", touch + " is credited"}, {"?ref= in the landing page", ref}, {"orders that earn nothing", excludedInWords(t.Excluded)},
		{"shareable codes", shared},
	}...)
}

func daysOr(days int, none string) string {
	if days == 0 && none != "" {
		return none
	}
	return fmt.Sprintf("%d days", days)
}

func excludedInWords(s referral.Sources) string {
	var out []string
	for _, source := range referral.AllSources {
		if s.Has(source) {
			out = append(out, string(source))
		}
	}
	return cmp.Or(strings.Join(out, ", "), "none")
}

func limitsInWords(l referral.Limits) []string {
	limitOf := func(n int, days int) string {
		if n == 0 {
			return fmt.Sprintf("no cap within %d days", days)
		}
		return fmt.Sprintf("at most %d rewards for an advocate within %d days", n, days)
	}
	budget := "no budget"
	if !l.Budget.IsZero() {
		budget = fmt.Sprintf("a budget of %s a month", l.Budget)
	}
	cost := "no allowable cost per new customer"
	if !l.AllowableCost.IsZero() {
		cost = fmt.Sprintf("an allowable cost of %s per new customer", l.AllowableCost)
	}
	return []string{limitOf(l.MonthCap, 30), limitOf(l.YearCap, 365), budget, cost}
}

// costInWords says what new customers cost lately, and warns of what is more than allowable.
func costInWords(c referral.Campaign, cost referral.Cost) ([]string, error) {
	of := fmt.Sprintf("of %d days of orders whose hold is over", referral.CostDays)
	lately := fmt.Sprintf("%d new customers %s, at %s each", cost.Customers, of, cost.PerCustomer())
	if cost.Customers == 0 {
		lately = fmt.Sprintf("no new customer %s; given was %s", of, cost.Given.OrNone())
	}
	really, err := c.WarnOfCost(cost)
	if err != nil {
		return nil, err
	}
	terms, err := c.WarnOfTerms()
	return append([]string{strings.TrimSpace(lately + ". " + really)}, words(terms)...), err
}

// words is a line of text as a list, empty of none.
func words(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
