package mail

import (
	"context"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/figures"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// Merchants are told what is so when the mail is sent, as several events make one notice. They read it in the language
// in which somebody chose the notices last, and every mail leads into the admin.

// notifyPath is the page of the admin on which the merchant chooses.
const notifyPath = "/app/settings/notifications"

// wants tells whether the merchant wants to be told such a thing.
func wants(n tenant.Notify, kind referral.NoticeKind) bool {
	switch kind {
	case referral.NoticeReview:
		return !n.NoReview
	case referral.NoticeBudget:
		return !n.NoBudget
	}
	return !n.NoDigest
}

// tellMerchant sends a notice to the merchant, or finds why not.
func (s *Service) tellMerchant(
	ctx context.Context, shop tenant.Shop, m referral.Mail,
) (outcome referral.MailOutcome, err error) {
	if !wants(shop.Settings.Notify, m.Kind) {
		return referral.MailStopped, nil
	}
	p := text.ForMerchants(shop.Settings.Notify.Language)
	words, path, err := s.merchantWords(ctx, p, shop, m)
	if err != nil || path == "" {
		return referral.MailOvertaken, err
	}

	letter, err := s.merchantLetter(p, shop, words, path)
	if err != nil {
		return "", err
	}
	letter.ID = idOf(m)
	return s.sendMerchant(ctx, shop, letter)
}

// merchantLetter renders a mail to the merchant. A link of theirs leads into the admin: nothing is stopped by one press.
func (s *Service) merchantLetter(p *text.Printer, shop tenant.Shop, words text.Mail, path string) (Letter, error) {
	var to links
	if admin := s.admin(shop.ID); admin != "" {
		to = links{Link: admin + path, Stop: admin + notifyPath}
	}
	l, err := compose(p, words, shop.Profile.Name, tenant.MailLook{}, to)
	if err != nil {
		return Letter{}, fmt.Errorf("mail: write: %w", err)
	}
	l.From = appName
	return l, nil
}

// appName is from whom the merchant's mails are.
const appName = "Twofold"

// sendMerchant sends a letter to each of the merchant's addresses. One that is refused, for good or for now, keeps no other
// from being written to; all are tried again, with the same Message-ID, only where none was taken.
func (s *Service) sendMerchant(
	ctx context.Context, shop tenant.Shop, l Letter,
) (outcome referral.MailOutcome, err error) {
	addresses, err := s.merchantAddresses(ctx, shop)
	if err != nil || len(addresses) == 0 {
		return referral.MailNoAddress, err
	}

	outcome = referral.MailRefused
	var notTaken error
	for _, l.To = range addresses {
		err := s.sender.Send(ctx, l)
		switch {
		case err == nil:
			outcome = referral.MailSent
		case !fault.Is(err, fault.Invalid):
			notTaken = fmt.Errorf("%w: %w", errNotTaken, err)
		}
	}
	if outcome == referral.MailSent || notTaken == nil {
		return outcome, nil
	}
	return "", notTaken
}

// merchantAddresses are those that the merchant named, else the shop's own.
func (s *Service) merchantAddresses(ctx context.Context, shop tenant.Shop) ([]string, error) {
	if named := shop.Settings.Notify.Addresses(); len(named) > 0 {
		return named, nil
	}
	own, err := s.shopify.ReadShopContact(ctx, shop.ID)
	if err != nil {
		return nil, fmt.Errorf("mail: read shop contact: %w", err)
	}
	if own == "" {
		return nil, nil
	}
	return []string{own}, nil
}

// merchantWords words what is so now, and names the page of the admin to which it leads; "": there is nothing to tell any
// more.
func (s *Service) merchantWords(
	ctx context.Context, p *text.Printer, shop tenant.Shop, m referral.Mail,
) (words text.Mail, path string, err error) {
	switch m.Kind {
	case referral.NoticeReview:
		n, err := s.waiting(ctx, shop)
		if err != nil || n == 0 {
			return text.Mail{}, "", err
		}
		return p.ReviewMail(shop.Profile.Name, n), "/app/review", nil
	case referral.NoticeBudget:
		campaign, err := s.campaign(ctx, m)
		if err != nil || !campaign.NearBudget(m.Amount) {
			return text.Mail{}, "", err
		}
		words := p.BudgetMail(shop.Profile.Name, campaign.Name, m.Amount, campaign.Limits.Budget)
		return words, "/app/campaigns/" + string(campaign.ID), nil
	}

	digest, err := s.digest(ctx, shop, m.At)
	if err != nil || digest.Orders == 0 {
		return text.Mail{}, "", err
	}
	return p.DigestMail(shop.Profile.Name, digest), "/app?days=7", nil
}

// waiting is how many referrals wait for the merchant's look.
func (s *Service) waiting(ctx context.Context, shop tenant.Shop) (int, error) {
	counts, err := s.store.CountStates(ctx, shop.ID)
	if err != nil {
		return 0, fmt.Errorf("mail: count states: %w", err)
	}
	if n := counts.States[referral.Flagged]; n > 0 {
		return n, nil
	}

	// The books may be counted anew just now, and are empty then.
	flagged, err := s.store.FindReferrals(ctx, shop.ID, referral.ListQuery{
		States: []referral.State{referral.Flagged}, Limit: fewWaiting,
	})
	if err != nil {
		return 0, fmt.Errorf("mail: find flagged: %w", err)
	}
	return len(flagged), nil
}

// fewWaiting is how many referrals are counted one by one.
const fewWaiting = 100

// digest is what the week before a Monday brought, by the shop's own days, as it stands now.
func (s *Service) digest(ctx context.Context, shop tenant.Shop, monday time.Time) (text.Digest, error) {
	first, end := monday.AddDate(0, 0, -7), monday
	since := first.Format(time.DateOnly)
	parts, err := s.store.FiguresSince(ctx, shop.ID, since, shop.Profile.Currency)
	if err != nil {
		return text.Digest{}, fmt.Errorf("mail: figures since: %w", err)
	}

	week := figures.Period{Sums: figures.Sums{}, Currency: shop.Profile.Currency}
	for _, part := range parts {
		if part.Day >= since && part.Day < end.Format(time.DateOnly) {
			week.Sums.Add(part.Sums, 1)
		}
	}
	waiting, err := s.waiting(ctx, shop)
	return text.Digest{
		First: first, Last: end.AddDate(0, 0, -1), Orders: week.Orders(), Revenue: week.Revenue(), Cost: week.Cost(),
		Waiting: waiting,
	}, err
}
