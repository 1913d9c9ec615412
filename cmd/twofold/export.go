package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

func (p *program) exportCommand() *cobra.Command {
	var shop, kind, asOf string
	cmd := &cobra.Command{
		Use: "export --shop S [--kind ledger|referrals|advocates] [--as-of TIME]", Short: "Print a shop's data as sorted JSON lines", Args: cobra.NoArgs,
		Long: `Print a shop's data as sorted JSON lines, equal to the byte for equal histories: Shopify's ids, sides, kinds, amounts, states, reasons and business times; no id or discount code of ours. The ledger is what it adds up to: pairs that cancel out are left away. Test orders are left out.

--as-of leaves out orders, joins and ledger lines after a time (RFC 3339; default now), and tells what has expired by then. Apart from that, states are those of now.`,
	}
	shopFlag(cmd, &shop)
	cmd.Flags().StringVar(&kind, "kind", "ledger", "what to print: ledger, referrals or advocates")
	cmd.Flags().StringVar(&asOf, "as-of", "", "leave out what came after this time (RFC 3339), and expiry as of it; default now")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if kind != "ledger" && kind != "referrals" && kind != "advocates" {
			return fault.Newf(fault.Invalid, "--kind must be ledger, referrals or advocates, not %q", kind)
		}
		var until time.Time
		if asOf != "" {
			at, err := time.Parse(time.RFC3339, asOf)
			if err != nil {
				return fault.Newf(fault.Invalid, "--as-of %q is not a time such as 2026-11-22T00:00:00Z", asOf)
			}
			until = at
		}
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			if until.IsZero() {
				until = built.clock.Now()
			}
			rows, err := exportRows(ctx, built, shop, kind, until)
			if err != nil {
				return err
			}
			return p.printRows(rows)
		})
	}
	return cmd
}

// printRows prints each row as one line, sorted by its bytes.
func (p *program) printRows(rows []any) error {
	lines := make([][]byte, len(rows))
	for i, row := range rows {
		line, err := json.Marshal(row)
		if err != nil {
			return err
		}
		lines[i] = line
	}
	slices.SortFunc(lines, bytes.Compare)
	for _, line := range lines {
		if _, err := p.out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// exportAtMost bounds one export; a shop with more is exported by later versions in pages.
const exportAtMost = 1_000_000

func exportRows(ctx context.Context, built *parts, shop tenant.ShopID, kind string, until time.Time) ([]any, error) {
	advocates, err := built.store.ListAdvocates(ctx, shop, exportAtMost)
	if err != nil {
		return nil, err
	}
	if kind == "advocates" {
		return advocateRows(advocates, until), nil
	}
	referrals, err := built.store.ListReferrals(ctx, shop, exportAtMost)
	if err != nil {
		return nil, err
	}
	return referralRows(kind, referrals, advocates, until), nil
}

func advocateRows(advocates []referral.Advocate, until time.Time) []any {
	var rows []any
	for _, a := range advocates {
		if !a.JoinedAt.After(until) {
			rows = append(rows, advocateRow{a.Customer, string(a.State), a.JoinedAt})
		}
	}
	return rows
}

// referralRows are the ledger's or the referrals' rows up to a time. What belongs to test orders is left out: it stands outside every
// figure.
func referralRows(kind string, referrals []referral.Referral, advocates []referral.Advocate, until time.Time) []any {
	customers := map[referral.AdvocateID]referral.CustomerID{}
	for _, a := range advocates {
		customers[a.ID] = a.Customer
	}
	var rows []any
	for _, r := range referrals {
		switch {
		case r.Friend.Test():
		case kind == "ledger":
			rows = append(rows, ledgerRows(r, customers[r.Advocate], until)...)
		case r.State != referral.None && !r.At.After(until):
			rows = append(rows, newReferralRow(r, customers[r.Advocate], until))
		}
	}
	return rows
}

type advocateRow struct {
	Customer referral.CustomerID `json:"customer"`
	State    string              `json:"state"`
	JoinedAt time.Time           `json:"joined_at"`
}

type referralRow struct {
	At       time.Time            `json:"at"`
	Order    referral.OrderID     `json:"order"`
	Friend   referral.CustomerID  `json:"friend"`
	Advocate referral.CustomerID  `json:"advocate"`
	State    string               `json:"state"`
	Reason   referral.Reason      `json:"reason,omitempty"`
	Rewards  map[string]rewardRow `json:"rewards"`
}

type rewardRow struct {
	Kind     referral.OfferKind `json:"kind"`
	Amount   string             `json:"amount"`
	Currency string             `json:"currency"`
	State    string             `json:"state"`
	Reason   referral.Reason    `json:"reason,omitempty"`
}

// newReferralRow shows a referral, and its rewards as far as they have run out at a time.
func newReferralRow(r referral.Referral, advocate referral.CustomerID, asOf time.Time) referralRow {
	row := referralRow{At: r.At, Order: r.Order, Friend: r.Friend.Customer(), Advocate: advocate, State: string(r.State), Reason: r.Reason, Rewards: map[string]rewardRow{}}
	for side, reward := range r.Rewards {
		if reward.State != referral.RewardNone {
			row.Rewards[string(side)] = rewardRow{reward.Kind, reward.Amount.Decimal(), reward.Amount.Currency, exportState(reward.StateAt(asOf)), reward.Reason}
		}
	}
	return row
}

// exportState writes voided and reversed both as taken_back: which of the two it was depends on when we heard of it, not on what
// happened. Source: design section 2, export.
func exportState(s referral.RewardState) string {
	if s == referral.RewardVoided || s == referral.RewardReversed {
		return "taken_back"
	}
	return string(s)
}

type ledgerRow struct {
	At       time.Time           `json:"at"`
	Order    referral.OrderID    `json:"order"`
	Friend   referral.CustomerID `json:"friend"`
	Advocate referral.CustomerID `json:"advocate"`
	Side     referral.Side       `json:"side"`
	Kind     referral.EntryKind  `json:"kind"`
	Amount   string              `json:"amount"`
	Currency string              `json:"currency"`
	Reason   referral.Reason     `json:"reason,omitempty"`
}

// ledgerRows are what the referral's ledger adds up to, up to a time.
func ledgerRows(r referral.Referral, advocate referral.CustomerID, until time.Time) []any {
	var rows []any
	for _, e := range r.Lines {
		if !e.At.After(until) {
			rows = append(rows, ledgerRow{e.At, r.Order, r.Friend.Customer(), advocate, e.Side, e.Kind, e.Amount.Decimal(), e.Amount.Currency, e.Reason})
		}
	}
	return rows
}
