package mail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// A mail that comes back for good, or whose reader tells their provider that it is spam, is the last one: whoever goes
// on harms the sender of all shops. Each mail carries its reader's token, by which they are known; an address is not
// asked for.

// ErrNoMailbox is in the chain of the Invalid error of a mail whose reader has no such mailbox.
var ErrNoMailbox = errors.New("mail: there is no such mailbox")

// CameBack has the reader of a token written no more, as a mail of that time came back for good, or as they complained.
// What they chose after it holds. It may be told twice. Invalid (mail_link): it is no token of ours.
func (s *Service) CameBack(ctx context.Context, token string, complained bool, at time.Time) error {
	t, err := s.openStop(token)
	if err != nil {
		return err
	}
	if _, err := s.nameOf(ctx, t.Shop); err != nil { // a shop that is gone leaves nothing behind
		return err
	}

	why := referral.StopBounced
	if complained {
		why = referral.StopComplained
	}
	if now := s.now(); at.After(now) {
		at = now
	}
	if erased, err := s.erasedSince(ctx, t, at); err != nil || erased {
		return err
	}
	return s.endMails(ctx, t, why, at)
}

// erasedSince tells whether the customer of a token was erased at or after an instant: of what was before it nothing is
// remembered. Who came back after that is somebody new.
func (s *Service) erasedSince(ctx context.Context, t stopToken, at time.Time) (bool, error) {
	if t.Customer == "" {
		return false, nil
	}
	stones, err := s.store.FindTombstones(ctx, t.Shop, s.hasher.Hashes(t.Shop, referral.Grave, string(t.Customer)))
	if err != nil {
		return false, fmt.Errorf("mail: find tombstones: %w", err)
	}
	return slices.ContainsFunc(stones, func(stone referral.Tombstone) bool { return !stone.At.Before(at) }), nil
}

// endMails stops the mails to whoever a token names, for a reason that is not theirs to say.
func (s *Service) endMails(ctx context.Context, t stopToken, why referral.StopReason, at time.Time) error {
	if err := s.stopAll(ctx, t, why, at); err != nil {
		return err
	}
	s.log.InfoContext(ctx, "mails ended", "shop", t.Shop, "reason", why)
	return nil
}

// Wish is what a customer wants of mails, or why they get none.
func (s *Service) Wish(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) (referral.MailWish, error) {
	return s.wishOf(ctx, shop, c)
}
