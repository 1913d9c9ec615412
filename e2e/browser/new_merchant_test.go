package browser

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"twofold/referral"
	"twofold/text"
)

// A new merchant goes by the guide on Home alone: looks over the offer, goes live, and sees the steps tick as shoppers
// come. When somebody asks why a reward never came, the order's number is the whole question.
func TestWholeANewMerchant(t *testing.T) {
	t.Parallel()
	s, began := newShop(t), time.Now()
	steps := func(done int) thing {
		return words(text.English.Say("merchant.home.steps", text.With{"done": done, "of": 4}))
	}

	b := openAdmin(t, s, desktop, "/app")
	b.sees(heading(entry("merchant.home.set_up")), steps(1))
	b.press(link(entry("merchant.home.open_offer")))
	b.sees(button(entry("merchant.editor.save_live")))

	b = openAdmin(t, s, desktop, "/app")
	b.press(button(entry("merchant.home.go_live")))
	b.leave()
	b.sees(words(entry("merchant.did.going_live")))
	s.until("live", func() (bool, error) { return s.campaign().State == referral.CampaignLive, nil })
	s.shows("live", s.campaign().Version)
	t.Logf("live after %s", time.Since(began).Round(time.Second))

	code := s.advocate("alice@example.com")
	shopper := openTab(t, phone)
	shopper.open(s.root + "/?ref=" + code)
	shopper.sees(button("Take $20 off"))
	order := s.friend("carol@example.com", uuid.NewString(), code, "86.00")
	s.refund(order)
	s.until("undone", func() (bool, error) {
		all, err := house.store.ListReferrals(t.Context(), s.domain, 2)
		return len(all) == 1 && all[0].State == referral.Voided, err
	})

	b = openAdmin(t, s, desktop, "/app")
	b.sees(steps(4))
	began = time.Now()
	b.fill(thing{role: "searchbox", name: entry("merchant.home.explain_order")}, "1001")
	b.press(button(entry("merchant.home.explain_it")))
	b.sees(words(text.English.Reason(referral.ReasonRefunded)))
	t.Logf("explained after %s", time.Since(began).Round(time.Second))
	b.clean()
}
