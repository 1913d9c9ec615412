package shopify

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The seed corpora are in testdata/fuzz.

// A snapshot that decodes is complete in what every rule needs: an id, times in UTC milliseconds, one currency.
// Decoding it twice gives the same.
func FuzzSnapshot(f *testing.F) {
	f.Add([]byte(fixture(f, "order_full.json")))
	f.Add([]byte(fixture(f, "order_sparse.json")))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := decodeOrder(data)
		if err != nil {
			return
		}
		if !isGID(string(o.ID), "Order") {
			t.Errorf("id %q", o.ID)
		}
		for _, at := range []time.Time{o.CreatedAt, o.ProcessedAt, o.UpdatedAt} {
			if at.IsZero() || at.Location() != time.UTC || !at.Equal(at.Truncate(time.Millisecond)) {
				t.Errorf("time %v", at)
			}
		}
		for _, a := range []string{o.Subtotal.Currency, o.CurrentSubtotal.Currency, o.Discounted.Currency, o.Refunded.Currency, o.Received.Currency} {
			if a != o.Currency {
				t.Errorf("currency %q in an order of %q", a, o.Currency)
			}
		}
		if o.Email != email(&o.Email) {
			t.Errorf("email %q", o.Email)
		}
		for _, c := range o.Codes {
			if c != strings.ToUpper(c) {
				t.Errorf("code %q", c)
			}
		}
		again, err := decodeOrder(data)
		if diff := cmp.Diff(o, again); err != nil || diff != "" {
			t.Errorf("%v (-first +second):\n%s", err, diff)
		}
	})
}

// A discount that decodes has a start in UTC milliseconds, a rate within the whole, and a buyer who is nobody or
// somebody. Decoding it twice gives the same.
func FuzzDiscount(f *testing.F) {
	f.Add([]byte(fixture(f, "discount_basic.json")))
	f.Add([]byte(fixture(f, "discount_shipping.json")))
	f.Fuzz(func(t *testing.T, data []byte) {
		var raw rawDiscount
		if json.Unmarshal(data, &raw) != nil {
			return
		}
		d, err := raw.discount()
		if err != nil {
			return
		}
		if d.StartsAt.IsZero() || d.StartsAt.Location() != time.UTC || !d.EndsAt.Equal(d.EndsAt.Truncate(time.Millisecond)) {
			t.Errorf("from %v to %v", d.StartsAt, d.EndsAt)
		}
		if d.RateBP < 0 || d.RateBP > wholeBP || d.UsageLimit < 0 {
			t.Errorf("rate %d, limit %d", d.RateBP, d.UsageLimit)
		}
		if d.Customer != "" && d.Customer != OtherBuyers && !isGID(string(d.Customer), "Customer") {
			t.Errorf("customer %q", d.Customer)
		}
		again, err := raw.discount()
		if diff := cmp.Diff(d, again); err != nil || diff != "" {
			t.Errorf("%v (-first +second):\n%s", err, diff)
		}
	})
}

// Any answer is either data or an error with a class; nothing panics, no wait is negative or endless.
func FuzzAnswer(f *testing.F) {
	f.Add(200, []byte(throttledBody), "1")
	f.Add(200, []byte(`{"data":{"shop":null},"errors":"x","extensions":{"search":[{"warnings":[{}]}]}}`), "")
	f.Add(403, []byte("read_orders scope"), "")
	f.Add(429, []byte(``), "1e9")
	f.Fuzz(func(t *testing.T, status int, body []byte, retryAfter string) {
		a := &answer{Status: status, Body: body, Header: http.Header{"Retry-After": {retryAfter}}}
		for _, op := range []operation{opPing, opDiscountCreate} {
			r, err := judge(op, a)
			switch {
			case err == nil && len(r.data) == 0:
				t.Error("neither data nor error")
			case err != nil && (err.Class == "" || err.Wait < 0 || err.Wait > time.Minute || (err.Class == Transport && op.mutation && status >= 500)):
				t.Errorf("%+v", err)
			}
		}
		if tokens, err := readGrant(a, testNow); err == nil && (tokens.Access == "" || !tokens.AccessExpires.After(testNow)) {
			t.Error("half a pair")
		}
	})
}
