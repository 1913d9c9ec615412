package reports

import (
	"encoding/json"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// cursorPurpose names the derived key that seals cursors.
const cursorPurpose = "cursor"

// cursorPlace is where the next page begins, and whether it goes back.
type cursorPlace struct {
	referral.Place

	Back bool
}

// cursorContext binds a cursor to a list: it is no way into another shop's, nor into another filter's.
func cursorContext(shop tenant.ShopID, f Filter) string {
	filter, _ := json.Marshal(f) // plain values, which cannot fail
	return string(shop) + "\n" + string(filter)
}

func (r *Referrals) sealCursor(shop tenant.ShopID, f Filter, at cursorPlace) (string, error) {
	plain, err := json.Marshal(at)
	if err != nil {
		return "", err
	}
	return r.sealer.Seal(cursorPurpose, cursorContext(shop, f), plain)
}

// openCursor has the query begin where the cursor says. Invalid: it is not of this list.
func (r *Referrals) openCursor(shop tenant.ShopID, f Filter, cursor string, q *referral.ListQuery) error {
	if cursor == "" {
		return nil
	}

	plain, err := r.sealer.Open(cursorPurpose, cursorContext(shop, f), cursor)
	if err != nil {
		return err
	}
	var at cursorPlace
	if err := json.Unmarshal(plain, &at); err != nil {
		return fault.ForLog(fault.Invalid, "a cursor that cannot be read: %w", err)
	}

	q.From, q.Back = at.Place, at.Back
	q.From.At = q.From.At.UTC().Truncate(time.Millisecond)
	return nil
}
