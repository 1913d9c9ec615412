package browser

import (
	"testing"

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
