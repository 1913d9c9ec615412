package browser

import (
	"testing"
)

// embedSettings sets what the merchant chooses for the embed; in the editor the panel shows a sample.
func (s *scene) embedSettings(set map[string]any) {
	s.t.Helper()
	s.shop.theme(theme{"settings": map[string]any{"friends": set, "share-panel": map[string]any{"preview": true}}})
}

// TestWholeThemeEditor opens a shop in the theme editor, before any offer is live: each outcome that is chosen is shown with a sample, the
// panel has a link, and our server hears of nothing.
func TestWholeThemeEditor(t *testing.T) {
	t.Parallel()
	s := &scene{t: t, shop: newShop(t), mix: onDesktop}
	s.friend = openTab(t, desktop)
	s.shop.theme(theme{"theme": "light", "locale": "en", "design_mode": true})
	for state, says := range map[string]string{
		"offer_live": "offer_live.lead", "applied": "applied.rest", "clash": "clash.rest", "choose": "choose.lead", "offer_paused": "offer_paused.head", "down": "down.head",
	} {
		s.embedSettings(map[string]any{"preview": state})
		s.friend.open(s.at("/"))
		s.friend.says("friends-card", s.pieces(says, nil)...)
		s.friend.says("friends-panel", "NORA7Q")
		s.friend.accessible()
		s.friend.clean()
	}
	if asked := s.friend.requests(house.proxy); len(asked) > 0 {
		t.Errorf("the theme editor asked the app: %v", asked)
	}
}

// TestWholePlaces puts the card where the merchant wants it: in the other corner, above a bar of the theme's, on no page that is left out.
func TestWholePlaces(t *testing.T) {
	t.Parallel()
	s := stageScene(t, mix{"light", desktop, "en"})
	b := s.friend
	s.embedSettings(map[string]any{"corner": "end", "offset": 120, "left_out": "/products\n/pages/workshop"})
	b.open(s.link())
	p := b.settled(s.cardButton("buttons.take"))
	box := evaluate[map[string]float64](b, `(() => {
		const { right, bottom } = document.querySelector('friends-card').shadowRoot.querySelector('.card').getBoundingClientRect();
		return { right: innerWidth - right, bottom: innerHeight - bottom };
	})()`)
	if box["right"] != 24 || box["bottom"] != 120 || p.X < float64(desktop.width)/2 {
		t.Errorf("the card is %v from right and bottom, its button at %v", box, p.X)
	}
	b.clean()

	b.open(s.at("/products/ridge-vase?ref=" + s.advocate))
	b.sees(link(shopName))
	b.never(s.cardButton("buttons.take"))
	b.clean()
}

// TestWholeCartsOfOtherThemes takes the offer in themes that have not configured Shopify's action for carts, or have none.
func TestWholeCartsOfOtherThemes(t *testing.T) {
	t.Parallel()
	for _, actions := range []string{"default", "none"} {
		for _, path := range []string{"/", "/cart"} {
			t.Run(actions+path, func(t *testing.T) {
				t.Parallel()
				s := stageScene(t, onDesktop)
				s.shop.theme(theme{"actions": actions})
				s.fill(vase)
				s.friend.open(s.at(path + "?ref=" + s.advocate))
				take(s)
				s.friend.until("the code to be in the cart", func() (bool, error) {
					cart := s.cart()
					return len(cart.Codes) == 1 && cart.Codes[0].Applicable, nil
				})
				s.friend.rests()
				if n := len(s.friend.requests(house.proxy + "/visit")); n > 2 {
					t.Errorf("the page was loaded %d times", n)
				}
				s.friend.clean()
			})
		}
	}
}
