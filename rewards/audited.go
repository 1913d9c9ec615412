package rewards

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Act names an act on an order's referral. Acts are noted in the audit log by these names.
type Act string

// The acts on an order's referral.
const (
	ActApprove Act = "approve"
	ActReject  Act = "reject"
	ActVoid    Act = "void"
	ActRestore Act = "restore"
	ActLink    Act = "link"
	ActUnlink  Act = "unlink"
	ActReissue Act = "reissue"
	ActRetry   Act = "retry"
	ActForgive Act = "forgive"
	ActAttach  Act = "attach"
)

// Acts lists them.
var Acts = []Act{
	ActApprove, ActReject, ActVoid, ActRestore, ActLink, ActUnlink, ActReissue, ActRetry, ActForgive, ActAttach,
}

// Said is an act with what it needs, who says it, and why.
type Said struct {
	Act      Act
	Order    string        // its number or gid
	Advocate string        // ActLink: a code of the advocate's
	Customer string        // ActAttach: a gid or its number
	Side     referral.Side // ActReissue: whose reward; "": the advocate's
	User     string        // Shopify's id of the member of staff
	Reason   string
}

// Do does what a member of the merchant's staff says, and notes it in the audit log: that somebody tried before it is
// done, so that nothing is done unnoted, and afterwards what came of it. Invalid: there is no reason, or a very long
// one. Else the errors are those of the act.
func (s *Service) Do(ctx context.Context, shop tenant.ShopID, said Said) (referral.Referral, error) {
	about, err := s.about(ctx, shop, said.Order)
	if err != nil {
		return referral.Referral{}, err
	}

	var r referral.Referral
	entry := referral.AuditEntry{User: said.User, Act: string(said.Act), Reason: said.Reason, About: about}
	err = s.Audited(ctx, shop, entry, func() ([]string, error) {
		r, err = s.do(ctx, shop, said)
		return []string{string(r.Order), string(r.Advocate)}, err
	})
	return r, err
}

// finishLimit bounds the note of what came of an act.
const finishLimit = 2 * time.Second

// Audited does something for a member of the merchant's staff, and notes who did it and why. do returns whom else it
// turned out to be about.
func (s *Service) Audited(
	ctx context.Context, shop tenant.ShopID, e referral.AuditEntry, do func() (about []string, err error),
) error {
	e.Reason = strings.TrimSpace(e.Reason)
	switch {
	case e.Reason == "":
		return fault.New(fault.Invalid, "reason_missing")
	case utf8.RuneCountInString(e.Reason) > referral.MaxAuditReason:
		return fault.With(fault.Invalid, "reason_long", fault.Values{"most": referral.MaxAuditReason})
	}

	e.At = s.now()
	e.ID = tenant.NewID("aud_", e.At)
	if err := s.audit.AddAudit(ctx, shop, e); err != nil {
		return fmt.Errorf("rewards: add audit: %w", err)
	}

	about, err := do()
	outcome := referral.AuditDone
	if err != nil {
		outcome = fault.CodeOf(err)
	}

	// What was done is noted also where whoever asked has given up meanwhile.
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishLimit)
	defer cancel()
	if noted := s.audit.FinishAudit(finish, shop, e.ID, outcome, about...); noted != nil && err == nil {
		return fmt.Errorf("rewards: finish audit: %w", noted)
	}
	return err
}

// about are the ids that an act on an order is about: the order, and who is credited before the act.
func (s *Service) about(ctx context.Context, shop tenant.ShopID, orderRef string) ([]string, error) {
	order, _, err := s.orders.FindOrRead(ctx, shop, orderRef)
	if err != nil {
		return nil, err
	}

	r, err := s.store.FindReferral(ctx, shop, order.Friend())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, fmt.Errorf("rewards: find referral: %w", err)
	}
	about := []string{string(order.ID)}
	if r.Advocate != "" {
		about = append(about, string(r.Advocate))
	}
	return about, nil
}

// do does the act itself.
func (s *Service) do(ctx context.Context, shop tenant.ShopID, said Said) (referral.Referral, error) {
	switch said.Act {
	case ActApprove:
		return s.Approve(ctx, shop, said.Order)
	case ActReject:
		return s.Reject(ctx, shop, said.Order)
	case ActVoid:
		return s.Void(ctx, shop, said.Order)
	case ActRestore:
		return s.Restore(ctx, shop, said.Order)

	case ActLink:
		return s.LinkOrder(ctx, shop, said.Order, said.Advocate)
	case ActUnlink:
		return s.UnlinkOrder(ctx, shop, said.Order)

	case ActReissue:
		side := said.Side
		if side == "" {
			side = referral.AdvocateSide
		}
		return s.Reissue(ctx, shop, said.Order, side)
	case ActRetry:
		return s.Retry(ctx, shop, said.Order)
	case ActForgive:
		return s.Forgive(ctx, shop, said.Order)
	case ActAttach:
		return s.Attach(ctx, shop, said.Order, said.Customer)
	}
	return referral.Referral{}, fault.ForLog(fault.Invalid, "no such act")
}
