package people

import (
	"context"
	"fmt"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// The audit log's words for an erasure that the merchant's people asked for. It is about no person.
const (
	actErase = "erase_person"
	erasures = "erasure"
)

// EraseAsked is Erase for a merchant who asks by themselves. The audit log has who asked and when, and no person.
// Asked again after it was broken off, it goes on under the same pseudonym. NotFound: nothing was kept of the customer.
// They are remembered as erased all the same, so that no older order brings them in.
func (s *Service) EraseAsked(ctx context.Context, shop tenant.ShopID, c referral.CustomerID, user string) error {
	now := s.now()
	entry := referral.AuditEntry{
		ID: tenant.NewID("aud_", now), At: now, User: user, Act: actErase, About: []string{erasures},
	}
	if err := s.audit.AddAudit(ctx, shop, entry); err != nil {
		return fmt.Errorf("people: add audit: %w", err)
	}

	err := s.eraseAsked(ctx, shop, c)
	outcome := referral.AuditDone
	if err != nil {
		outcome = fault.CodeOf(err)
	}
	if noted := s.audit.FinishAudit(context.WithoutCancel(ctx), shop, entry.ID, outcome); noted != nil && err == nil {
		return fmt.Errorf("people: finish audit: %w", noted)
	}
	return err
}

func (s *Service) eraseAsked(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) error {
	before, err := s.reportOf(ctx, shop, c, nil)
	if err != nil {
		return err
	}
	after, finished, err := s.finishErasure(ctx, shop, c, before)
	if err != nil {
		return err
	}

	// What is left is from after the last erasure: the person came back, and is somebody new.
	if !finished || !after.empty() {
		erasure := Erasure{ID: tenant.NewID("era_", s.now()), Customer: c}
		if err := s.Erase(ctx, shop, erasure); err != nil {
			return err
		}
	}
	if before.empty() {
		return fault.New(fault.NotFound, "nothing_kept")
	}
	return nil
}

// finishErasure goes on with the customer's last erasure, if there was one, and returns what is kept after it.
func (s *Service) finishErasure(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID, before PersonReport,
) (after PersonReport, finished bool, err error) {
	stones, err := s.store.FindTombstones(ctx, shop, s.hasher.Hashes(shop, referral.Grave, string(c)))
	if err != nil {
		return before, false, fmt.Errorf("people: find tombstones: %w", err)
	}

	for _, stone := range stones { // one for each key under which the customer was hashed
		if err := s.eraseUnder(ctx, shop, Erasure{Customer: c}, stone); err != nil {
			return before, false, err
		}
	}
	if len(stones) == 0 {
		return before, false, nil
	}
	after, err = s.reportOf(ctx, shop, c, nil)
	return after, true, err
}
