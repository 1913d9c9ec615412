package shopify

import (
	"fmt"
	"strings"
)

// rawCard is what Shopify shows of a card. Each field may be null.
type rawCard struct {
	Company *string `json:"company"`
	Bin     *string `json:"bin"`    // the first digits
	Number  *string `json:"number"` // with most digits redacted: "•••• •••• •••• 4242"
	Month   int     `json:"expirationMonth"`
	Year    int     `json:"expirationYear"`
}

// card is what tells the card that an order was paid with from others: company, first and last digits and expiry; ""
// where no card paid, or its last digits or its expiry are not shown. Source: shopify.dev, CardPaymentDetails, 2026-10.
func card(transactions []rawTransaction) string {
	for _, t := range transactions {
		takes := t.Kind == "SALE" || t.Kind == "AUTHORIZATION" || t.Kind == "CAPTURE"
		if !takes || t.Status != "SUCCESS" || t.Card == nil {
			continue
		}
		if last := digits(t.Card.Number); len(last) >= 4 && t.Card.Month > 0 && t.Card.Year > 0 {
			company := strings.ToLower(orEmpty(t.Card.Company))
			return fmt.Sprintf("%s/%s/%s/%d/%d", company, digits(t.Card.Bin), last[len(last)-4:], t.Card.Month, t.Card.Year)
		}
	}
	return ""
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return strings.TrimSpace(*s)
}

// digits are those of a text, without what stands between them or in place of redacted ones.
func digits(s *string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, orEmpty(s))
}
