package shopify

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
)

// moneyBag is a MoneyBag of which only the shop's own currency is asked for: money is never judged in the buyer's.
type moneyBag struct {
	Shop *rawMoney `json:"shopMoney"`
}

// rawMoney is a MoneyV2.
type rawMoney struct {
	Amount   string `json:"amount"`
	Currency string `json:"currencyCode"`
}

// amount reads the bag. A bag that is null reads as nothing of the currency; another currency than the shop's is
// Invalid.
func (b *moneyBag) amount(currency string) (money.Amount, error) {
	if b == nil || b.Shop == nil {
		return money.Amount{Currency: currency}, nil
	}
	if b.Shop.Currency != currency {
		return money.Amount{}, fault.ForLog(fault.Invalid, "an amount in %.3q on an order in %.3q",
			b.Shop.Currency, currency)
	}
	return money.Parse(b.Shop.Amount, currency)
}

// amount reads the sum in its own currency; null is nothing in no currency.
func (m *rawMoney) amount() (money.Amount, error) {
	if m == nil {
		return money.Amount{}, nil
	}
	return money.Parse(m.Amount, m.Currency)
}

// timestamp is a DateTime in UTC, cut to milliseconds; null is the zero time.
type timestamp struct{ time.Time }

// UnmarshalJSON reads RFC 3339; anything else is an error.
func (t *timestamp) UnmarshalJSON(data []byte) error {
	var text *string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	if text == nil {
		return nil
	}

	at, err := time.Parse(time.RFC3339Nano, *text)
	if err != nil {
		return err
	}

	t.Time = at.UTC().Truncate(time.Millisecond)
	return nil
}

// gidPattern is a Shopify id: gid://shopify/{type}/{number or uuid}, with parameters left out.
var gidPattern = regexp.MustCompile(`\Agid://shopify/([A-Za-z]{1,64})/[A-Za-z0-9_-]{1,64}\z`)

// isGID tells whether id is a gid of one of the types.
func isGID(id string, types ...string) bool {
	m := gidPattern.FindStringSubmatch(id)
	for _, t := range types {
		if m != nil && m[1] == t {
			return true
		}
	}
	return false
}

// upperCodes writes discount codes in upper case, as they are compared: Shopify ignores their letter case.
func upperCodes(codes []string) []string {
	upper := make([]string, len(codes))
	for i, c := range codes {
		upper[i] = strings.ToUpper(strings.TrimSpace(c))
	}
	return upper
}

// email is an e-mail address as it is compared; null is none. It must never reach a log.
func email(address *string) string {
	if address == nil {
		return ""
	}
	return referral.NormalEmail(*address)
}

// pageInfo is a connection's.
type pageInfo struct {
	HasNext   bool   `json:"hasNextPage"`
	EndCursor string `json:"endCursor"`
}

// next is the cursor of the next page, "" at the end.
func (p pageInfo) next() string {
	if !p.HasNext {
		return ""
	}
	return p.EndCursor
}
