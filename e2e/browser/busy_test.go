package browser

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"twofold/referral"
)

// busyShop is a live shop in which some of everything has happened: an advocate with friends whose orders are pending,
// flagged and voided. It comes about by what shoppers do, over HTTP.
func busyShop(t testing.TB) *shop {
	t.Helper()
	s := liveShop(t)
	code := s.advocate("alice@example.com")
	for n, price := range []string{"68.00", "52.00", "148.00", "58.00"} {
		s.friend(fmt.Sprintf("friend-%d@example.com", n+1), uuid.NewString(), code, price)
	}

	// One who claims in the browser in which an advocate has joined is flagged.
	browser := uuid.NewString()
	var dave struct {
		Advocate struct{ Code string }
	}
	s.somebody("dave@example.com").post(house.proxy+"/join", map[string]any{"browser_id": browser}, &dave)
	s.friend("dave.other@example.com", browser, dave.Advocate.Code, "64.00")
	s.refund(s.friend("carol@example.com", uuid.NewString(), code, "86.00"))

	s.until("busy", func() (bool, error) {
		found := map[referral.State]int{}
		all, err := house.store.ListReferrals(t.Context(), s.domain, 20)
		for _, r := range all {
			found[r.State]++
		}
		return found[referral.Pending] == 4 && found[referral.Flagged] == 1 && found[referral.Voided] == 1, err
	})
	s.until("its figures", func() (bool, error) {
		waiting, err := house.store.Uncounted(t.Context(), s.domain, time.Now(), 1)
		return len(waiting) == 0, err
	})
	return s
}

// friend takes an advocate's offer and buys with its code. The order's number is Shopify's.
func (s *shop) friend(email, browser, code, price string) (order int64) {
	s.t.Helper()
	p := s.somebody("")
	var visit struct {
		ID string `json:"visit_id"`
	}
	p.post(house.proxy+"/visit", map[string]any{"ref": code, "browser_id": browser}, &visit)
	var taken struct {
		Claim struct{ ID, Code string }
	}
	p.post(house.proxy+"/claim", map[string]any{"ref": code, "browser_id": browser, "visit_id": visit.ID}, &taken)

	var bought struct{ Order struct{ ID int64 } }
	p.post("/checkout", map[string]any{
		"email": email, "items": []map[string]any{{"title": "Ridge vase", "price": price}},
		"discount_codes": []string{taken.Claim.Code}, "attributes": map[string]string{referral.ClaimAttribute: taken.Claim.ID},
	}, &bought)
	return bought.Order.ID
}

// refund gives all of an order back.
func (s *shop) refund(order int64) {
	s.t.Helper()
	s.control("POST", fmt.Sprintf("orders/%d/refund", order), map[string]any{"full": true}, nil)
}
