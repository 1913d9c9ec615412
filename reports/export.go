// Package reports is what exports read of a shop, and later pages and the API: lists and figures. It changes nothing,
// and leaves the queries to store and the printing of everything else to those who ask. Begin with Export.
package reports

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// Kinds are what can be exported of a shop.
var Kinds = []string{"ledger", "referrals", "advocates"}

// Store is what an export reads. Lists are cut at the limit.
type Store interface {
	ListAdvocates(ctx context.Context, shop tenant.ShopID, limit int) ([]referral.Advocate, error)
	ListReferrals(ctx context.Context, shop tenant.ShopID, limit int) ([]referral.Referral, error)
}

// exportAtMost bounds one export; a shop with more is exported by later versions in pages.
const exportAtMost = 1_000_000

// Export lists a shop's data of a kind up to a time, one row for each line that Print prints. The rows are equal for
// equal histories: they have Shopify's ids, sides, kinds, amounts, states, reasons and business times, and no id or
// discount code of ours. Test orders are left out.
func Export(ctx context.Context, s Store, shop tenant.ShopID, kind string, until time.Time) ([]any, error) {
	advocates, err := s.ListAdvocates(ctx, shop, exportAtMost)
	if err != nil {
		return nil, err
	}
	if kind == "advocates" {
		return advocateRows(advocates, until), nil
	}

	referrals, err := s.ListReferrals(ctx, shop, exportAtMost)
	if err != nil {
		return nil, err
	}
	return referralRows(kind, referrals, advocates, until), nil
}

// Print prints each row as one line of JSON, sorted by its bytes.
func Print(w io.Writer, rows []any) error {
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
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
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

// referralRows are the ledger's or the referrals' rows up to a time. What belongs to test orders is left out: it stands
// outside every figure.
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
	row := referralRow{
		At: r.At, Order: r.Order, Friend: r.Friend.Customer(), Advocate: advocate, State: string(r.State),
		Reason: r.Reason, Rewards: map[string]rewardRow{},
	}
	for side, reward := range r.Rewards {
		if reward.State != referral.RewardNone {
			row.Rewards[string(side)] = rewardRow{
				reward.Kind, reward.Amount.Decimal(), reward.Amount.Currency, exportState(reward.StateAt(asOf)),
				reward.Reason,
			}
		}
	}
	return row
}

// exportState writes voided and reversed both as taken_back: which of the two it was depends on when we heard of it,
// not on what happened. Source: design section 2, export.
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
			rows = append(rows, ledgerRow{
				e.At, r.Order, r.Friend.Customer(), advocate, e.Side, e.Kind, e.Amount.Decimal(), e.Amount.Currency,
				e.Reason,
			})
		}
	}
	return rows
}
