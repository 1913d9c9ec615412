package browser

import (
	"net/url"
	"strings"
	"testing"

	"twofold/text"
)

// TestGuestJoins goes from the panel through the shop's sign-in and back: the link stands there when the page does, and
// the terms that the panel named are agreed to.
func TestGuestJoins(t *testing.T) {
	t.Parallel()
	in := newShop(t)
	in.writes("Be kind.")
	s := stageIn(t, in, onPhone)
	b := s.friend
	b.open(s.at("/"))
	b.sees(link(s.words("invite.terms", nil)).inside("friends-panel"))
	b.says("friends-panel", s.pieces("invite.lead", nil)[0], s.amount("20"), s.pieces("invite.rest_min", nil)[0], s.pieces("invite.sign_in", nil)[0])
	b.shoot(t.Name() + " guest")
	b.press(s.joinButton())
	b.arrives("/customer_authentication/login")
	b.fill(field("E-mail"), "dora@example.com")
	b.press(button("Continue"))
	b.arrives("/#friends_")

	link := s.shownLink()
	if version := s.shop.agreed(link); version != 1 {
		t.Errorf("agreed to version %d of the terms", version)
	}
	b.sees(button(s.words("buttons.copy", nil)))
	b.shoot(t.Name() + " joined")
	b.accessible()
	b.clean()

	b.open("http://" + link)
	b.sees(words(s.pieces("own_link.lead", nil)[0]))
}

// joinButton is what looks like the panel's button: a link, which leads to our page where there is no script.
func (s *scene) joinButton() thing {
	s.t.Helper()
	return link(s.words("buttons.join", nil)).inside("friends-panel")
}

// shownLink is the link as the panel writes it.
func (s *scene) shownLink() string {
	s.t.Helper()
	link := ""
	s.friend.until("the link", func() (bool, error) {
		link = evaluate[string](s.friend, `[...document.querySelector('friends-panel')?.shadowRoot?.querySelectorAll('.host,.path') ?? []].map((e) => e.innerText).join('').replace(/\s/g, '')`)
		return strings.Contains(link, "?ref=") && !strings.Contains(link, "HHHH"), nil // such letters keep its place, unseen
	})
	return link
}

// joined is a scene whose friend is signed in, on a page with the panel, and has a link.
func joined(t *testing.T, m mix, terms ...string) *scene {
	t.Helper()
	s := stageScene(t, m, terms...)
	s.joins()
	return s
}

// TestWholePanelStates plays what the panel can say, each in a mix of its own.
func TestWholePanelStates(t *testing.T) {
	t.Parallel()
	for n, c := range []struct {
		name   string
		terms  []string
		signed bool
		look   theme
		says   []string
		never  []string
	}{
		{
			name:  "guest",
			says:  []string{"invite.lead", "invite.rest_min", "invite.gives", "invite.sign_in", "steps.send", "steps.take_min", "steps.get"},
			never: []string{"invite.sign_in_legacy", "invite.hold"},
		},
		{
			name:  "guest, legacy accounts",
			look:  theme{"accounts": "legacy"},
			says:  []string{"invite.sign_in_legacy"},
			never: []string{"invite.sign_in"},
		},
		{
			name:   "signed in",
			signed: true,
			says:   []string{"invite.lead", "invite.rest_min"},
			never:  []string{"invite.sign_in", "invite.sign_in_legacy"},
		},
		{
			name:  "free shipping",
			terms: []string{"--friend", "free_shipping", "--combine-friend", "none"},
			says:  []string{"invite.rest_ship_min", "steps.take_ship_min"},
			never: []string{"invite.rest_min"},
		},
		{
			name:  "after the order",
			terms: []string{"--friend-after-order"},
			says:  []string{"invite.rest_after_min", "steps.take_after_min"},
			never: []string{"steps.take_min"},
		},
		{
			name:  "no hold",
			terms: []string{"--hold-days", "0"},
			says:  []string{"steps.get_soon"},
			never: []string{"steps.get"},
		},
	} {
		m := mixOf(n)
		t.Run(c.name+"/"+m.String(), func(t *testing.T) {
			t.Parallel()
			s := stageScene(t, m, c.terms...)
			if c.look != nil {
				s.shop.theme(c.look)
			}
			if c.signed {
				s.signIn("dora@example.com")
			}
			s.friend.open(s.at("/"))
			for _, entry := range c.says {
				s.friend.says("friends-panel", s.pieces(entry, nil)...)
			}
			s.neverSays("friends-panel", nil, c.never...)
			evaluate[any](s.friend, `document.querySelector('friends-panel').scrollIntoView({ block: 'center', behavior: 'instant' }) ?? true`)
			s.friend.shoot(t.Name())
			s.friend.accessible()
			s.friend.clean()
		})
	}
}

// TestWholePanelRests shows the panel of an offer that is paused or has ended: it promises nothing new.
func TestWholePanelRests(t *testing.T) {
	t.Parallel()
	for n, c := range []struct{ verb, state, says string }{{"pause", "paused", "rest.paused"}, {"end", "ended", "rest.ended"}} {
		m := mixOf(n + 2)
		t.Run(c.state+"/"+m.String(), func(t *testing.T) {
			t.Parallel()
			s := stageScene(t, m)
			s.shop.merchant(c.verb)
			s.shop.shows(c.state, 1)
			s.friend.open(s.at("/"))
			s.friend.says("friends-panel", s.pieces(c.says, nil)...)
			s.friend.never(button(s.words("buttons.join", nil)), link(s.words("buttons.join", nil)))
			s.friend.shoot(t.Name())
			s.friend.accessible()
			s.friend.clean()
		})
	}
}

// TestWholeSharing sends the link by each channel: what is sent carries offer, minimum, days and link, and each is
// counted.
func TestWholeSharing(t *testing.T) {
	t.Parallel()
	s := joined(t, onDesktop)
	b := s.friend
	address := s.shownLink()
	message := s.words("message.text_min", text.With{"link": "http://" + address, "days": s.words("message.days", text.With{"count": 30})})
	for _, c := range []struct{ entry, scheme string }{{"link.whatsapp", "https://wa.me/"}, {"link.email", "mailto:"}, {"link.sms", "sms:"}} {
		href := s.hrefOf(link(s.words(c.entry, nil)))
		got, err := url.QueryUnescape(href)
		if err != nil || !strings.HasPrefix(href, c.scheme) || !strings.Contains(got, message) {
			t.Errorf("%s leads to %q, want %q in it (%v)", c.entry, got, message, err)
		}
	}

	b.press(button(s.words("buttons.copy", nil)))
	b.says("friends-panel", s.pieces("link.copied", nil)...)
	b.sees(button(s.words("shared.copied", nil)))
	b.shoot(t.Name() + " copied")
	b.press(button(s.words("link.qr", nil)))
	b.sees(thing{role: "image", name: s.words("link.qr_label", nil)})
	b.shoot(t.Name() + " QR code")
	b.accessible()
	b.until("the shares to be told", func() (bool, error) { return len(b.requests(house.proxy+"/event")) > 0, nil })
	b.clean()
}

// hrefOf is where a link leads.
func (s *scene) hrefOf(th thing) string {
	s.t.Helper()
	for _, href := range evaluate[[][2]string](s.friend, `(() => {
		const found = [];
		const look = (root) => root.querySelectorAll('*').forEach((e) => {
			if (e.localName === 'a' && e.checkVisibility()) found.push([(e.ariaLabel ?? e.innerText).replace(/\s+/g, ' ').trim(), e.href]);
			if (e.shadowRoot) look(e.shadowRoot);
		});
		look(document);
		return found;
	})()`) {
		if href[0] == th.name {
			return href[1]
		}
	}
	s.t.Fatalf("there is no %s", th)
	return ""
}

// TestWholeTermsAreAskedFor reads the terms from the panel and from the page without script, and meets terms that have
// changed since the page was loaded.
func TestWholeTermsAreAskedFor(t *testing.T) {
	t.Parallel()
	in := newShop(t)
	in.writes("Be kind.")
	s := stageIn(t, in, onPhone)
	s.signIn("dora@example.com")
	b := s.friend
	b.open(s.at("/"))
	terms := link(s.words("invite.terms", nil)).inside("friends-panel")
	b.sees(terms)
	b.shoot(t.Name() + " panel")
	in.writes("Be kind, always.")
	b.press(s.joinButton())
	b.sees(words(s.words("link.accept_terms", nil)))
	b.accessible()

	b.press(terms)
	b.sees(words("Be kind, always."))
	b.shoot(t.Name() + " page")
	b.press(button(s.words("buttons.join", nil)))
	b.sees(words("Your friends"))
	b.shoot(t.Name() + " joined")
	b.accessible()
	found, err := house.store.CountAgreed(t.Context(), in.domain, 10)
	if err != nil || found[2] != 1 {
		t.Errorf("agreed to: %v, %v", found, err)
	}
	b.forgive("/join")
	b.clean()
}

// TestWholeLinkToTheProduct has the link lead to the product that is being looked at.
func TestWholeLinkToTheProduct(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onPhone)
	s.shop.theme(theme{"blocks": []any{map[string]any{"block": "share-panel", "at": "product"}}})
	s.signIn("dora@example.com")
	b := s.friend
	b.open(s.at("/products/ridge-vase"))
	b.press(s.joinButton())
	b.press(thing{role: "checkbox", name: s.words("link.here", text.With{"product": "Ridge vase"})})
	b.until("the link to lead to the vase", func() (bool, error) { return strings.Contains(s.shownLink(), "/products/ridge-vase?ref="), nil })
	b.clean()
}

// TestLauncherAndItsDialog opens the launcher's dialog by keyboard and by pointer: the focus goes in, stays, and comes
// back.
func TestLauncherAndItsDialog(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onDesktop)
	s.shop.theme(theme{"settings": map[string]any{"friends": map[string]any{"show_launcher": true}}})
	b := s.friend
	b.open(s.at("/collections/all"))
	open := link(s.words("launcher.open", nil)) // without script it leads to our page
	b.press(open)
	in := button(s.words("shared.close", nil))
	b.sees(in)
	b.shoot(t.Name())
	b.accessible()
	b.strike(escapeKey)
	b.gone(in)
	b.focuses(open)

	b.strike(enterKey)
	b.sees(in)
	b.tabTo(in)
	b.strike(enterKey)
	b.gone(in)
	b.focuses(open)
	b.clean()
}

// TestWholeCardHidesTheLauncher has one of ours speak at a time.
func TestWholeCardHidesTheLauncher(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onDesktop)
	s.shop.theme(theme{"settings": map[string]any{"friends": map[string]any{"show_launcher": true}}})
	b := s.friend
	open := link(s.words("launcher.open", nil)) // without script it leads to our page
	b.open(s.link())
	b.sees(button(s.words("buttons.take", nil)))
	b.never(open)
	s.press("buttons.later")
	b.sees(open)
	b.clean()
}

// TestWholeLineAndBar follows the offer line and the offer bar from before a claim to the cart.
func TestWholeLineAndBar(t *testing.T) {
	t.Parallel()
	for n, path := range []string{"/products/tea-towel", "/cart"} {
		m := mixOf(n + 2)
		t.Run(path+" "+m.String(), func(t *testing.T) {
			t.Parallel()
			s := stageScene(t, m)
			b := s.friend
			b.open(s.at("/products/tea-towel"))
			b.says("friends-line", s.pieces("line.both", nil)...)
			if said := b.said("friends-bar"); said != "" {
				t.Errorf("without a claim the bar says %q", said)
			}
			b.open(s.link())
			take(s)
			b.says("friends-card", s.pieces("empty.rest_min", nil)...)
			code := s.codeOnCard()
			s.fill(teaTowel)
			b.open(s.at(path))
			b.says("friends-bar", code)
			if path == "/cart" {
				b.says("friends-bar", s.pieces("bar.below", nil)...)
				b.never(button(s.words("buttons.take", nil)))
			}
			b.shoot(t.Name())
			b.accessible()
			b.clean()
		})
	}
}

// TestWholeDrawerRedraws changes the cart in the drawer, which the theme draws anew each time: the bar in it keeps up.
func TestWholeDrawerRedraws(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onDesktop)
	b := s.friend
	b.open(s.link())
	take(s)
	b.says("friends-card", s.pieces("empty.rest_min", nil)...)
	b.open(s.at("/products/tea-towel"))
	b.press(button("Add to cart"))
	b.says("friends-bar", s.pieces("bar.below", nil)...)
	b.press(button("One more").about())
	b.says("friends-bar", s.pieces("bar.applied", nil)...)
	b.shoot(t.Name())
	b.accessible()
	b.clean()
}
