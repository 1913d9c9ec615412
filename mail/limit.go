package mail

import (
	"context"
	"fmt"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// A shop's mails to shoppers have a limit a day, by its own days. What is beyond waits for the next one, in order. The
// merchant's own mails do not count.

// dayOf is the shop's day of an instant, as it is kept.
func dayOf(shop tenant.Shop, now time.Time) string {
	return now.In(shop.Profile.Location()).Format(time.DateOnly)
}

// beyond tells whether a mail is beyond the limit of the shop's day. A part of it is kept for mails that somebody waits
// for before a page.
func beyond(shop tenant.Shop, m referral.Mail, now time.Time) bool {
	if m.Kind.ToMerchant() || shop.Mails.Day != dayOf(shop, now) {
		return false
	}

	most := shop.Settings.MailsADay()
	if m.SignIn == "" {
		most -= tenant.KeptForSignIns(most)
	}
	return shop.Mails.Sent >= most
}

// waitForTomorrow puts a mail off to the next day, behind those that were put off before, and returns the shop as it is
// then.
func (s *Service) waitForTomorrow(
	ctx context.Context, shop tenant.Shop, m referral.Mail, now time.Time,
) (tenant.Shop, error) {
	local := now.In(shop.Profile.Location())
	tomorrow := at(local.AddDate(0, 0, 1), 0)
	behind := tomorrow.Add(time.Duration(shop.Mails.Waiting) * time.Millisecond)

	if err := s.putOff(ctx, m, behind, false); err != nil {
		return shop, err
	}
	return s.count(ctx, shop, tenant.MailDay{Day: dayOf(shop, now), Waiting: 1})
}

// count adds to the shop's day, and returns the shop as it is then: the merchant may have paused mails meanwhile.
func (s *Service) count(ctx context.Context, shop tenant.Shop, more tenant.MailDay) (tenant.Shop, error) {
	now, err := s.store.CountMails(ctx, shop.ID, more)
	if err != nil {
		return shop, fmt.Errorf("mail: count: %w", err)
	}
	return now, nil
}
