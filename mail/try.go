package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// Merchants send mails to themselves, to see that they come and how they look. They go where the merchant's mails go, at
// once, and whoever presses the button waits for the answer.

// mostTried is how many a shop sends itself in one of its days, of all kinds together.
const mostTried = 20

// mailsPath is the page of the admin on which the merchant words mails.
const mailsPath = "/app/settings/mails"

// TryNotify sends the merchant a mail, to see that mails come. Unavailable: mail_not_set_up, mail_no_address,
// mail_not_taken; Invalid: mail_refused; Limited: mail_tried.
func (s *Service) TryNotify(ctx context.Context, shop tenant.Shop) error {
	p := text.ForMerchants(shop.Settings.Notify.Language)
	letter, err := s.merchantLetter(p, shop, p.TryMail(shop.Profile.Name), notifyPath)
	if err != nil {
		return err
	}
	return s.try(ctx, shop, letter)
}

// TrySample sends the merchant a mail of a kind as shoppers get it, in a language. Errors as of TryNotify; NotFound:
// shoppers get none of that kind.
func (s *Service) TrySample(ctx context.Context, shop tenant.Shop, kind, language string) error {
	sample, err := sampleOf(kind)
	if err != nil {
		return err
	}
	p := text.In(language)
	own, err := s.Own(ctx, shop.ID, referral.NoticeKind(kind), p.Language())
	if err != nil {
		return err
	}

	// Its last link stops nobody's mails: it leads to where the merchant words them, if anybody knows where that is.
	var to links
	if admin := s.admin(shop.ID); admin != "" {
		to.Stop = admin + mailsPath
	}
	letter, err := sample.write(p, shop, own, to)
	if err != nil {
		return err
	}
	return s.try(ctx, shop, letter)
}

// try sends a letter to the merchant's addresses, unless there were many today.
func (s *Service) try(ctx context.Context, shop tenant.Shop, letter Letter) error {
	if s.sender == nil {
		return fault.New(fault.Unavailable, "mail_not_set_up")
	}
	counted, err := s.store.CountMails(ctx, shop.ID, tenant.MailDay{Day: dayOf(shop, s.now()), Tried: 1})
	if err != nil {
		return fmt.Errorf("mail: count tried: %w", err)
	}
	if counted.Mails.Tried > mostTried {
		return fault.With(fault.Limited, "mail_tried", fault.Values{"most": mostTried})
	}

	letter.ID = idOf(referral.Mail{Shop: shop.ID, Notice: referral.Notice{Key: "try/" + s.now().Format(time.RFC3339Nano)}})
	outcome, err := s.sendMerchant(ctx, shop, letter)
	switch {
	case errors.Is(err, errNotTaken):
		return fault.Wrap(fault.Unavailable, err, "mail_not_taken")
	case err != nil:
		return err
	case outcome == referral.MailNoAddress:
		return fault.New(fault.Unavailable, "mail_no_address")
	case outcome == referral.MailRefused:
		return fault.New(fault.Invalid, "mail_refused")
	}
	return nil
}
