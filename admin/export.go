package admin

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/reports"
	"twofold/tenant"
	"twofold/text"
)

// Exports is where exports are noted: each address once, under who asked for it.
type Exports interface {
	AddAudit(ctx context.Context, shop tenant.ShopID, e referral.AuditEntry) error // Conflict: it is there already
}

// Sealer makes addresses that only we can have made.
type Sealer interface {
	Seal(purpose, context string, plain []byte) (string, error)
	Open(purpose, context, sealed string) ([]byte, error)
}

// A browser downloads a file by an address, without the ID token of a fetch. So the address itself says, sealed, what
// may be downloaded by whom. It counts for exportFor, and once.
const (
	exportPurpose = "export"
	exportFor     = time.Minute
	exportsPath   = "/exports/"
)

// export is what a sealed address stands for.
type export struct {
	ID       string // of the entry in the audit log
	Shop     tenant.ShopID
	User     string
	Language string
	Filter   reports.Filter
	Until    time.Time
}

// sealExport answers with the address of an export of what the list shows.
func (h *handler) sealExport(v visit) error {
	plain, err := json.Marshal(export{
		tenant.NewID("aud_", v.now), v.shop.ID, v.user, v.say.Language(), listFilter(v), v.now.Add(exportFor),
	})
	if err != nil {
		return err
	}
	sealed, err := h.config.Sealer.Seal(exportPurpose, "", plain)
	if err != nil {
		return err
	}
	return v.JSON(fiber.Map{"address": exportsPath + sealed + ".csv"})
}

// sendExport sends what a sealed address stands for. NotFound: it is none of ours, has run out, or was used.
func (h *handler) sendExport(c *fiber.Ctx) error {
	gone := fault.New(fault.NotFound, "export_gone")
	plain, err := h.config.Sealer.Open(exportPurpose, "", strings.TrimSuffix(c.Params("sealed"), ".csv"))
	if err != nil {
		return gone
	}
	var e export
	if err := json.Unmarshal(plain, &e); err != nil || !h.config.Now().Before(e.Until) {
		return gone
	}

	// The entry's id is the address's: of two that use it, one finds it taken.
	err = h.config.Exports.AddAudit(c.UserContext(), e.Shop, referral.AuditEntry{
		ID: e.ID, At: h.config.Now(), User: e.User, Act: exportPurpose, About: []string{exportPurpose},
		Outcome: referral.AuditDone,
	})
	if fault.Is(err, fault.Conflict) {
		return gone
	}
	if err != nil {
		return err
	}

	c.Attachment("referrals.csv")
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) { h.stream(w, e) })
	return nil
}

// exportLimit bounds how long an export reads.
const exportLimit = 25 * time.Second

// stream writes an export in pages. One that is broken off says so in its last line: the answer's status is sent.
func (h *handler) stream(w io.Writer, e export) {
	ctx, cancel := context.WithTimeout(context.Background(), exportLimit)
	defer cancel()

	say := text.ForMerchants(e.Language)
	if err := writeExport(ctx, w, h.config.Referrals, e, say, h.config.Now()); err != nil {
		h.config.Log.ErrorContext(ctx, "export broken off", "shop", e.Shop, "kind", fault.KindOf(err), "err", err)
		_, _ = io.WriteString(w, say.Say("merchant.export.broken")+"\n") // who downloads may be gone
	}
}

// writeExport writes the heading, and a line for each referral.
func writeExport(
	ctx context.Context, w io.Writer, lists ReferralLists, e export, say *text.Printer, now time.Time,
) error {
	out := csv.NewWriter(w)
	if err := out.Write(exportHeading(say)); err != nil {
		return err
	}
	err := lists.Each(ctx, e.Shop, e.Filter, func(r reports.Row) error { return out.Write(exportLine(say, r, now)) })
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	return err
}

func exportHeading(say *text.Printer) []string {
	return []string{
		say.Say("merchant.export.order"), say.Say("merchant.export.order_id"), say.Say("merchant.export.placed"),
		say.Say("merchant.export.friend"), say.Say("merchant.export.advocate"), say.Say("merchant.export.code"),
		say.Say("merchant.export.net"), say.Say("merchant.export.net_currency"),
		say.Say("merchant.export.state"), say.Say("merchant.export.reason"),
		say.Say("merchant.export.reward"), say.Say("merchant.export.reward_currency"),
		say.Say("merchant.export.reward_state"),
	}
}

// exportLine is one referral. Times are UTC (RFC 3339), amounts have their currency's digits and a column of their
// own, people their customer's number.
func exportLine(say *text.Printer, r reports.Row, now time.Time) []string {
	var net money.Amount
	for _, o := range r.Explained.Orders {
		if o.Order == r.Order {
			net = o.Net
		}
	}
	reason := ""
	if r.Reason != referral.ReasonNone {
		reason = say.Reason(r.Reason)
	}
	reward := r.Rewards[referral.AdvocateSide]
	state := text.State(say, referral.OrNone(reward.StateAt(now)))

	line := []string{
		r.OrderName, orderNumber(r.Order), r.At.UTC().Format(time.RFC3339),
		customerNumber(r.Friend.Customer()), customerNumber(r.Advocate.Customer), r.Advocate.Code(),
		net.Decimal(), net.Currency, text.State(say, r.State), reason,
		reward.Amount.Decimal(), reward.Amount.Currency, state,
	}
	for i := range line {
		line[i] = unformulated(line[i])
	}
	return line
}

// customerNumber is a customer's number at Shopify; "" for nobody, and for who was erased.
func customerNumber(id referral.CustomerID) string {
	if id == "" || id.Erased() {
		return ""
	}
	return lastPart(string(id))
}

// unformulated keeps a spreadsheet from running a cell that somebody else has chosen, such as an order's name.
// Source: OWASP, CSV injection.
func unformulated(cell string) string {
	if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
		return "'" + cell
	}
	return cell
}
