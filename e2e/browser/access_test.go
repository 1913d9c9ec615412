package browser

import (
	"strings"
	"testing"
)

// TestWholeKeyboardAlone takes the offer, copies the code and sends the card away, without a pointer.
func TestWholeKeyboardAlone(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onDesktop)
	s.fill(vase)
	b := s.friend
	b.open(s.link())
	b.sees(button(s.words("buttons.take", nil)))
	b.tabTo(button(s.words("buttons.take", nil)))
	b.shoot(t.Name() + " focus")
	b.strike(enterKey)
	b.says("friends-card", s.pieces("applied.rest", nil)...)
	if n := b.focused(); n.role == "" {
		t.Error("the focus is lost when the offer is taken")
	}
	b.tabTo(button(s.words("buttons.copy", nil)).inside("friends-card"))
	b.strike(enterKey)
	b.sees(button(s.words("shared.copied", nil)))
	b.tabTo(button(s.words("shared.close", nil)).inside("friends-card"))
	b.strike(spaceKey)
	b.gone(button(s.words("shared.close", nil)).inside("friends-card"))
	b.clean()
}

// TestWholeChangesAreAnnounced looks for the region by which a screen reader hears of a change of state, once.
func TestWholeChangesAreAnnounced(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onDesktop)
	b := s.friend
	b.open(s.link())
	take(s)
	b.says("friends-card", s.pieces("empty.rest_min", nil)...)
	live := evaluate[[]string](b, `(() => {
		const found = [];
		const look = (root) => root.querySelectorAll('*').forEach((e) => {
			if (e.role === 'status' || e.role === 'alert' || e.ariaLive) found.push(e.innerText.replace(/\s+/g, ' ').trim());
			if (e.shadowRoot) look(e.shadowRoot);
		});
		document.querySelectorAll('friends-card').forEach((e) => look(e.shadowRoot));
		return found;
	})()`)
	lead := s.pieces("empty.lead", nil)[0]
	heard := 0
	for _, text := range live {
		if strings.Contains(text, lead) {
			heard++
		}
	}
	if heard != 1 {
		t.Errorf("a screen reader hears of it %d times: %q", heard, live)
	}
}

// TestScriptOff shows what the shop's pages have for a browser without script: the offer, and a way to a link.
func TestScriptOff(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onDesktop)
	b := s.friend
	b.set("Emulation.setScriptExecutionDisabled", map[string]any{"value": true})
	b.open(s.at("/"))
	b.says("friends-panel", s.pieces("invite.lead", nil)[0], s.amount("20"), s.pieces("invite.rest_min", nil)[0])
	b.shoot(t.Name())
	b.press(link(s.words("buttons.join", nil)))
	b.sees(words(s.amount("20")))
	b.shoot(t.Name() + " page")
	if path := evaluate[string](b, "location.pathname"); !strings.HasSuffix(path, house.proxy+"/page") && !strings.Contains(path, "/account/login") {
		t.Errorf("the way to a link leads to %s", path)
	}
}

// TestWholeNothingIsLostWhenItIsNarrow opens every page with the card on it where room is scarce: nothing runs out of
// the window at the side, and everything can be reached. WCAG 2.2, 1.4.4 Resize Text and 1.4.10 Reflow.
func TestWholeNothingIsLostWhenItIsNarrow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		size size
		text string // what makes the text larger by itself; empty: nothing
	}{{narrow, ""}, {zoomed, ""}, {phone, "200%"}} {
		for n, path := range pages[:4] {
			m := mix{themes[n%2], c.size, languages[n%3]}
			t.Run(path+" "+m.String()+c.text, func(t *testing.T) {
				t.Parallel()
				s := stageScene(t, m)
				b := s.friend
				b.open(s.at(path + "?ref=" + s.advocate))
				if c.text != "" {
					evaluate[bool](b, `(() => {
						document.documentElement.style.fontSize = '200%';
						for (const tag of ['card', 'panel', 'line', 'bar', 'launcher']) {
							document.querySelectorAll('friends-' + tag).forEach((e) => e.style.setProperty('--friends-size', '32px'));
						}
						return true;
					})()`)
				}
				b.sees(button(s.words("buttons.take", nil)))
				b.shoot(t.Name())
				for _, lost := range evaluate[[]string](b, `(() => {
					const found = [];
					const look = (root) => root.querySelectorAll('*').forEach((e) => {
						const r = e.getBoundingClientRect();
						if (e.checkVisibility({ visibilityProperty: true }) && r.width > 1 && (r.right > innerWidth + 1 || r.left < -1) && e.innerText?.trim()) {
							found.push(e.localName + '.' + e.className + ' ' + Math.round(r.left) + ' to ' + Math.round(r.right) + ': ' + e.innerText.slice(0, 40));
						}
						if (e.shadowRoot) look(e.shadowRoot);
					});
					document.querySelectorAll('friends-card,friends-panel,friends-line,friends-bar,friends-launcher').forEach((e) => look(e.shadowRoot ?? e));
					return found;
				})()`) {
					t.Errorf("runs out of the window of %d: %s", b.size.width, lost)
				}
				b.press(button(s.words("buttons.take", nil)))
				b.says("friends-card", s.amount("20"))
			})
		}
	}
}

// TestWholeReducedMotion has a visitor who wants no motion: nothing of ours moves, though it does for others.
func TestWholeReducedMotion(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onPhone)
	b := s.friend
	for _, c := range []struct {
		prefers string
		moves   bool
	}{{"no-preference", true}, {"reduce", false}} {
		b.set("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-reduced-motion", "value": c.prefers}}})
		b.open(s.link())
		b.sees(s.cardButton("buttons.take"))
		moving := evaluate[[]string](b, `[...document.querySelector('friends-card').shadowRoot.querySelectorAll('*')].flatMap((e) => {
			const { animationDuration, transitionDuration } = getComputedStyle(e);
			return parseFloat(animationDuration) > 0 || parseFloat(transitionDuration) > 0 ? [e.localName + '.' + e.className] : [];
		})`)
		if (len(moving) > 0) != c.moves {
			t.Errorf("with %s these parts move: %v", c.prefers, moving)
		}
	}
	b.clean()
}

// TestWholeForcedColours has a visitor whose system chooses the colours: the card keeps an outline, and its buttons
// theirs.
func TestWholeForcedColours(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onDesktop)
	b := s.friend
	b.set("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "forced-colors", "value": "active"}}})
	b.open(s.link())
	b.sees(button(s.words("buttons.take", nil)))
	b.shoot(t.Name())
	b.accessible()
	b.clean()
}

// TestWholeCardCoversNoBuyButton claims on a product's page on a phone, and copies the code: what is left of the card
// lets taps through to the shop's button, and goes by itself.
func TestWholeCardCoversNoBuyButton(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onPhone)
	b := s.friend
	b.open(s.at("/products/ridge-vase?ref=" + s.advocate))
	take(s)
	s.press("buttons.copy")
	b.gone(button(s.words("shared.close", nil)).inside("friends-card"))
	b.shoot(t.Name())
	b.press(button("Add to cart"))
	b.until("the vase to be in the cart", func() (bool, error) { return s.cart().Total > 0, nil })
	b.until("the small bar to go", func() (bool, error) {
		return !evaluate[bool](b, `document.querySelector('friends-card').shadowRoot.querySelector('.dock').checkVisibility({ visibilityProperty: true })`), nil
	})
	b.clean()
}
