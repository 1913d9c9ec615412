package browser

import (
	"regexp"
	"strings"
	"testing"
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

// mailed waits for a mail to an address, and returns what of its text is like a pattern.
func (s *scene) mailed(address, pattern string) (found string) {
	s.t.Helper()
	like := regexp.MustCompile(pattern)
	s.shop.until("a mail to "+address, func() (bool, error) {
		for _, m := range house.mailbox.Mails() {
			if m.To == address {
				found = like.FindString(m.Text)
			}
		}
		return found != "", nil
	})
	return found
}
