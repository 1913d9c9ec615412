package browser

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"twofold/referral"
	"twofold/text"
)

// TestWholeGuestComesBack has a guest join by an address, without an account, follow the mail's link, and see friends
// and rewards, also when the page is loaded once more.
func TestWholeGuestComesBack(t *testing.T) {
	t.Parallel()
	for _, m := range []mix{onPhone, onDesktop, arabicPhone} {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			s := stageScene(t, m)
			say := s.pageWords
			s.friend.open(s.at(house.proxy))
			s.friend.sees(button(say("join")))
			s.friend.shoot(t.Name() + " joins")
			s.friend.accessible()

			address := strings.ToLower(strings.ReplaceAll(m.language+string(s.shop.domain), ".myshopify.com", "")) + "@example.com"
			s.friend.fill(field(say("guest_email")), address)
			s.friend.press(button(say("join")))
			s.friend.sees(words(say("link")), words(say("guest_sent")))
			s.friend.shoot(t.Name() + " joined")
			s.friend.accessible()

			s.friend.open(s.mailed(address, `https?://\S+#friends=\S+`))
			s.friend.press(button(say("guest_open")))
			s.friend.sees(heading(say("rewards")), words(say("link")))
			s.friend.open(s.at(house.proxy))
			s.friend.sees(heading(say("rewards")))
			s.friend.shoot(t.Name() + " sees")
			s.friend.accessible()
			s.friend.clean()
		})
	}
}

// TestWholePanelTakesAnAddress has a visitor type an address in the share panel, which needs no script: the page has it
// already.
func TestWholePanelTakesAnAddress(t *testing.T) {
	t.Parallel()
	for _, m := range []mix{onPhone, {"dusk", desktop, "de"}, arabicPhone} {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			s := stageScene(t, m)
			b, address := s.friend, "panel-"+s.shop.domain.Handle()+"@example.com"

			b.open(s.at("/"))
			b.fill(field(s.words("invite.guest", nil)).inside("friends-panel"), address)
			b.shoot(t.Name() + " typed")
			b.accessible()
			b.press(button(s.words("invite.guest_go", nil)).inside("friends-panel"))
			b.arrives(house.proxy + "/page")
			if typed := b.find(field(s.pageWords("guest_email"))).value; typed != address {
				t.Errorf("the page has %q typed", typed)
			}

			b.press(button(s.pageWords("join")))
			b.sees(words(s.pageWords("guest_sent")), words(s.pageWords("link")))
			b.shoot(t.Name() + " joined")
			b.accessible()
			b.clean()
		})
	}
}

// TestWholeGuestsJourney goes from a purchase over the link of the thank-you page, a friend's order and the mail that
// tells of the reward to the order for which its code is spent: nobody signs in. Meanwhile a stranger who types the
// guest's address is shown what anybody is shown, and moves nothing.
func TestWholeGuestsJourney(t *testing.T) {
	t.Parallel()
	for _, m := range []mix{onPhone, arabicDesktop} {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			s := stageScene(t, m, "--hold-days", "0")
			guest := strings.ToLower(m.language+s.shop.domain.Handle()) + "-nora@example.com"
			s.shop.control("POST", "customers", map[string]any{"email": guest, "locale": m.language}, nil) // as a checkout in it would
			nora := s.friend
			s.sharesAsGuest(guest, "bob@example.com")
			issued := text.In(m.language).Say("shopper.mail.heading.issued")
			use := s.mailedWithin(5*time.Minute, guest, issued, `https?://\S+/discount/\S+`) // a release goes by the clock

			before := s.theirs()
			s.typedByStrangers(guest, "nobody-"+guest)
			if after := s.theirs(); !reflect.DeepEqual(after, before) {
				t.Errorf("a stranger typed the address: %+v, before it %+v", after, before)
			}

			s.friend = nora
			nora.open(use)
			s.buys(guest)
			nora.shoot(t.Name() + " spends")
			nora.clean()
			s.shop.until("told that the code was spent", func() (bool, error) {
				all, err := house.store.ListReferrals(t.Context(), s.shop.domain, 10)
				return len(all) == 1 && all[0].Rewards[referral.AdvocateSide].State == referral.RewardRedeemed, err
			})
		})
	}
}

// theirs is what the one advocate who has earned something is, and has.
func (s *scene) theirs() (all struct {
	advocate  referral.Advocate
	referrals []referral.Referral
}) {
	s.t.Helper()
	var err error
	if all.referrals, err = house.store.ListReferrals(s.t.Context(), s.shop.domain, 10); err != nil || len(all.referrals) != 1 {
		s.t.Fatalf("referrals %v, %v", all.referrals, err)
	}
	if all.advocate, err = house.store.FindAdvocate(s.t.Context(), s.shop.domain, all.referrals[0].Advocate); err != nil {
		s.t.Fatal(err)
	}
	return all
}

// typedByStrangers has two strangers type an address that is known, and one that is not: both read the same, but for the
// link that is made for each.
func (s *scene) typedByStrangers(known, unknown string) {
	s.t.Helper()
	first, second := s.typed(known), s.typed(unknown)
	for i := range first {
		if first[i] != second[i] {
			s.t.Errorf("of a known address is shown\n%s\nand of an unknown one\n%s", first[i], second[i])
		}
	}
}

// shownCode is an advocate's code in a page's outline.
var shownCode = regexp.MustCompile(`\?ref=[A-Z0-9-]+`)

// typed has a stranger type an address to come back, and to join, and returns what each page shows.
func (s *scene) typed(address string) (shown []string) {
	s.t.Helper()
	b := openTab(s.t, s.mix.size)
	for _, form := range []string{"back", "join"} {
		b.open(s.at(house.proxy))
		b.sees(button(s.pageWords("join")))
		evaluate[bool](b, `(() => {
			const form = document.querySelector('input[name=guest][value=`+form+`]').form;
			form.email.value = `+quoted(address)+`;
			form.requestSubmit();
			return true;
		})()`)
		b.sees(words(s.pageWords("guest_sent")))
		all, err := b.nodes()
		if err != nil {
			s.t.Fatal(err)
		}
		shown = append(shown, shownCode.ReplaceAllString(outline(all), "?ref="))
	}

	b.shoot(s.t.Name() + " typed by a stranger")
	b.accessible()
	b.clean()
	return shown
}

// mailed waits for a mail to an address, and returns what of its text is like a pattern.
func (s *scene) mailed(address, pattern string) string {
	s.t.Helper()
	return s.mailedWithin(comesAbout, address, "", pattern)
}

// mailedWithin does so of a mail that says something, for as long as it may take.
func (s *scene) mailedWithin(limit time.Duration, address, says, pattern string) (found string) {
	s.t.Helper()
	like := regexp.MustCompile(pattern)
	err := until(s.t.Context(), limit, func() (bool, error) {
		for _, m := range house.mailbox.Mails() {
			if m.To == address && strings.Contains(m.Text, says) {
				found = like.FindString(m.Text)
			}
		}
		return found != "", nil
	})
	if err != nil {
		s.t.Fatalf("waiting for a mail to %s: %v", address, err)
	}
	return found
}
