package mail

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// At protected-data level 1 the app sees no address. Then Shopify Flow is told instead, from the same outbox and by the
// same rules, and the merchant's workflows write: by Shopify Email, say. What Flow is told names the customer by their
// number, as the shop has it, and has no address.

// byFlow tells whether Shopify Flow is told in the place of a mail.
func (s *Service) byFlow(m referral.Mail) bool { return s.flow && m.Kind.Sort() != "" }

// trigger is the handle of a kind's trigger. The same stand in extension/flow; a test compares.
func trigger(kind referral.NoticeKind) string {
	return "referral-" + strings.ReplaceAll(string(kind), "_", "-")
}

// tellFlow tells Shopify Flow what a mail would say.
func (s *Service) tellFlow(
	ctx context.Context, shop tenant.Shop, campaign referral.Campaign, m referral.Mail, c referral.CustomerID,
) (referral.MailOutcome, error) {
	err := s.shopify.TellFlow(ctx, m.Shop, trigger(m.Kind), map[string]any{
		"customer_id": json.Number(path.Base(string(c))),
		"Offer":       text.English.Given(campaign.Terms.Offer(m.Side), m.Notice),
		"Code":        m.Code,
		"Link":        cmp.Or(shareLink(shop, m.Notice), link(shop, m.Notice)),
		"Ends":        dayIn(shop, m.EndsAt),
		"Comes":       dayIn(shop, m.Release),
	})
	switch {
	case errors.Is(err, referral.ErrWithheld): // the app may not name customers to Flow
		return referral.MailNoAddress, nil
	case fault.Is(err, fault.Invalid):
		return referral.MailRefused, nil
	case err != nil:
		return "", fmt.Errorf("mail: tell flow: %w", err)
	}
	return referral.MailFlow, nil
}

// dayIn is a day of the shop's; "": there is none.
func dayIn(shop tenant.Shop, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return dayOf(shop, at)
}
