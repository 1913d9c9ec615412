package browser

import (
	"testing"

	"twofold/referral"
	"twofold/text"
)

// TestWholeAdvocatesPage has a friend's order on the advocate's page, inside the theme: where the reward is opens, and
// the link can be copied.
func TestWholeAdvocatesPage(t *testing.T) {
	t.Parallel()
	for _, m := range []mix{onPhone, {"dusk", desktop, "de"}, arabicPhone} {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			s := stageScene(t, m)
			s.friend = s.shares()
			s.onAdvocatesPage()
			s.friend.shoot(t.Name())
			s.friend.accessible()
			s.friend.clean()
		})
	}
}

// onAdvocatesPage opens the page as the signed-in advocate, and waits for the friend's order.
func (s *scene) onAdvocatesPage() {
	s.t.Helper()
	say := s.pageWords
	order := words(say("mark_ordered"))
	s.friend.until("the friend's order on the page", func() (bool, error) {
		s.friend.open(s.at(house.proxy))
		s.friend.sees(heading(say("friends")))
		all, err := s.friend.nodes()
		for _, one := range all {
			if order.is(one) {
				return true, err
			}
		}
		return false, err
	})
	s.friend.sees(heading(say("rewards")), heading(say("rules")), words(say("where")))
}

// pageWords is a sentence of the page, in the language of the mix.
func (s *scene) pageWords(entry string) string {
	return text.In(s.mix.language).Say("shopper.page." + entry)
}

// Who bought as if nobody had sent them asks on the page, with either kind of accounts, and reads that it is looked at.
func TestWholeMissingReferral(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		mix  mix
		look theme
	}{{onDesktop, theme{"accounts": "legacy"}}, {arabicPhone, nil}} {
		t.Run(row.mix.String(), func(t *testing.T) {
			t.Parallel()
			s := stageScene(t, row.mix)
			if row.look != nil {
				s.shop.theme(row.look)
			}
			s.asksForMissing(t.Name())
		})
	}
}

// TestAMissingReferralIsAskedForOnThePage is the same once, on a phone.
func TestAMissingReferralIsAskedForOnThePage(t *testing.T) {
	t.Parallel()
	stageScene(t, onPhone).asksForMissing(t.Name())
}

// asksForMissing has Bob buy, sign in, and ask on the page for who sent them.
func (s *scene) asksForMissing(picture string) {
	s.t.Helper()
	b, say := s.friend, s.pageWords
	s.buys("bob@example.com")
	s.signIn("bob@example.com")

	b.open(s.at(house.proxy))
	b.sees(heading(say("missing")))
	b.press(words(say("missing_friend")))
	b.fill(field(say("missing_order")), "#1001")
	b.fill(field(say("missing_sent")), s.link())
	b.shoot(picture + " asked")
	b.accessible()
	b.press(button(say("missing_ask")))
	b.sees(words(say("missing_thanks")))
	b.shoot(picture)
	b.accessible()
	b.clean()

	s.shop.until("the merchant to have it in review", func() (bool, error) {
		all, err := house.store.ListReferrals(s.t.Context(), s.shop.domain, 10)
		return len(all) == 1 && all[0].Reason == referral.ReasonFriendAsked, err
	})
}
