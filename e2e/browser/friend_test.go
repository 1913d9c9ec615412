package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"twofold/referral"
)

// English states, on a phone and on a desktop.
var (
	onPhone   = mix{"light", phone, "en"}
	onDesktop = mix{"light", desktop, "en"}
)

// pages are all kinds of page that a theme has, below the shop.
var pages = []string{"/", "/collections/all", "/products/ridge-vase", "/cart", "/pages/workshop", "/account/login"}

// TestPagesAskNothing opens every page of the shop as anybody does, without a friend's link, with and without something
// in the cart: each is accessible, does not move, and asks the app nothing.
func TestPagesAskNothing(t *testing.T) {
	t.Parallel()
	for n, path := range pages {
		m := mixOf(n)
		t.Run(path+" "+m.String(), func(t *testing.T) {
			t.Parallel()
			s := stageScene(t, m)
			if n%2 == 1 {
				s.fill(vase)
			}
			s.friend.open(s.at(path))
			s.friend.sees(link(shopName))
			s.friend.shoot(t.Name())
			s.friend.accessible()
			s.friend.clean()
			if asked := s.friend.requests(house.proxy); len(asked) > 0 {
				t.Errorf("the page asked the app: %v", asked)
			}
		})
	}
}

// TestFriendIsCredited goes the whole way in the browser: a friend opens a link, takes the offer, buys, and the
// advocate is credited.
func TestFriendIsCredited(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onPhone)
	b := s.friend
	b.open(s.link())
	take(s)
	b.says("friends-card", s.pieces("empty.rest_min", nil)...)
	code := s.codeOnCard()

	b.open(s.at("/products/ridge-vase"))
	b.press(button("Add to cart"))
	b.until("the vase to be in the cart", func() (bool, error) { return s.cart().Total == 4800, nil })

	b.open(s.at("/checkout"))
	b.sees(words(code))
	b.fill(field("E-mail"), "bob@example.com")
	b.press(button("Pay now"))
	b.arrives("/thank-you/")
	b.sees(heading("Thank you. It is being wrapped."))
	b.clean()

	s.credited(s.advocate)
}

// credited waits until the shop's one order is credited to whoever has the code.
func (s *scene) credited(code string) {
	s.t.Helper()
	var all []referral.Referral
	s.shop.until("told of the order", func() (bool, error) {
		var err error
		all, err = house.store.ListReferrals(s.t.Context(), s.shop.domain, 10)
		return len(all) == 1 && all[0].State == referral.Pending && all[0].Reason != referral.ReasonNewness, err
	})
	advocate, err := house.store.FindAdvocate(s.t.Context(), s.shop.domain, all[0].Advocate)
	if err != nil || !slices.Contains(advocate.Codes, code) {
		s.t.Errorf("credited is %v (%v), not who has the code %s", advocate.Codes, err, code)
	}
}

// TestBuyItNowCarriesTheCode buys by the button that skips the cart.
func TestBuyItNowCarriesTheCode(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onDesktop)
	s.friend.open(s.link())
	take(s)
	s.friend.says("friends-card", s.pieces("empty.rest_min", nil)...)
	code := s.codeOnCard()
	s.friend.open(s.at("/products/ridge-vase"))
	s.friend.press(button("Buy it now"))
	s.friend.arrives("/checkout")
	s.friend.sees(button("Pay now"), words(code))
	s.friend.clean()
}

// TestWholeCodesInTheCartAreKept takes the offer with another code in the cart that stands beside ours.
func TestWholeCodesInTheCartAreKept(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onDesktop)
	welcomed(s)
	s.friend.open(s.link())
	take(s)
	s.friend.says("friends-card", "WELCOME10")
	if cart := s.cart(); !cart.has("WELCOME10") || len(cart.Codes) != 2 {
		t.Errorf("the cart has %v", cart.Codes)
	}
	s.friend.press(button(s.words("buttons.leave", map[string]any{"other": "WELCOME10"})))
	s.friend.gone(button(s.words("buttons.use", nil)))
	if cart := s.cart(); !cart.has("WELCOME10") {
		t.Errorf("the cart has lost the code that was kept: %v", cart.Codes)
	}
	s.friend.clean()
}

// TestWholeSwitching chooses between two friends' offers, each way, and asks what the shop then has of it.
func TestWholeSwitching(t *testing.T) {
	t.Parallel()
	for _, choice := range []string{"keep", "switch"} {
		t.Run(choice, func(t *testing.T) {
			t.Parallel()
			s := stageScene(t, onDesktop)
			carol := s.shop.advocate("carol@example.com")
			s.fill(vase)
			s.friend.open(s.linkOf(carol))
			take(s)
			s.friend.says("friends-card", s.pieces("applied.rest", nil)...)
			first := s.codeOnCard()
			s.friend.open(s.link())
			s.press("buttons." + choice)
			s.friend.says("friends-card", s.pieces("applied.rest", nil)...)
			if now := s.codeOnCard(); choice == "keep" && now != first {
				t.Errorf("the code was %s, and is %s", first, now)
			}
			s.friend.clean()

			s.checkOut("bob@example.com")
			s.credited(map[string]string{"keep": carol, "switch": s.advocate}[choice])
		})
	}
}

// TestWholeDismissed sends the card away: it stays away on every page of the visit, and comes back with the next.
func TestWholeDismissed(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onPhone)
	b := s.friend
	b.open(s.link())
	s.press("buttons.later")
	b.gone(button(s.words("buttons.take", nil)))
	for range 2 {
		b.open(s.link())
		b.sees(link(shopName))
		b.until("the visit to be told", func() (bool, error) { return len(b.requests(house.proxy+"/visit")) > 0, nil })
		b.never(button(s.words("buttons.take", nil)))
	}
	b.clean()

	later := b.second()
	later.open(s.link())
	later.sees(button(s.words("buttons.take", nil)))
	later.clean()
}

// TestWholeTwoTabs takes the offer in one tab: the other, which shows it too, says so when it is taken there again.
func TestWholeTwoTabs(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onDesktop)
	s.fill(vase)
	other := s.friend.second()
	s.friend.open(s.link())
	other.open(s.link())
	take(s)
	s.friend.says("friends-card", s.pieces("applied.rest", nil)...)
	code := s.codeOnCard()

	s.friend = other
	s.ifOffered("buttons.take")
	other.says("friends-card", s.pieces("applied.rest", nil)...)
	if again := s.codeOnCard(); again != code {
		t.Errorf("the other tab has the code %s, not %s", again, code)
	}
	other.clean()
}

// TestWholeWithoutConsentTheClaimIsFoundAgain takes the offer in a browser that may remember nothing, and once more on
// another page: it is the same claim.
func TestWholeWithoutConsentTheClaimIsFoundAgain(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onPhone)
	s.shop.theme(theme{"consent": false})
	s.fill(vase)
	s.friend.open(s.link())
	take(s)
	s.friend.says("friends-card", s.pieces("shared.unkept", nil)...)
	code := s.codeOnCard()
	s.friend.open(s.link())
	s.ifOffered("buttons.take")
	s.friend.says("friends-card", s.pieces("applied.rest", nil)...)
	if again := s.codeOnCard(); again != code {
		t.Errorf("the second tap gave the code %s, not %s", again, code)
	}
	s.friend.clean()
}

// TestWholeConsentComesAndGoes has a visitor who has not answered, then allows what is remembered, and then takes it back.
func TestWholeConsentComesAndGoes(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onPhone)
	s.shop.theme(theme{"consent": "unasked"})
	b := s.friend
	b.open(s.link())
	take(s)
	b.says("friends-card", s.pieces("shared.unkept", nil)...)
	s.wantKept("before any answer", false)
	for _, says := range []bool{true, false} {
		evaluate[any](b, fmt.Sprintf("Shopify.customerPrivacy.setTrackingConsent({ preferences: %v }) ?? true", says))
		s.wantKept(fmt.Sprintf("the visitor says %v", says), says)
	}
	b.clean()
}

// wantKept waits until the browser remembers the claim, or does not.
func (s *scene) wantKept(when string, want bool) {
	s.t.Helper()
	s.friend.until(when, func() (bool, error) {
		return evaluate[bool](s.friend, "/clm_/.test(localStorage.friends)") == want, nil
	})
}

// TestWholeBackAndForward leaves the page and comes back to it as the browser kept it: the card says what the cart has
// become.
func TestWholeBackAndForward(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onDesktop)
	b := s.friend
	b.open(s.link())
	take(s)
	b.says("friends-card", s.pieces("empty.rest_min", nil)...)
	evaluate[bool](b, "window.stamp = true")
	b.open(s.at("/account/login"))
	s.fill(vase)
	evaluate[any](b, "history.back() ?? true")
	b.until("the page to be back", func() (bool, error) { return evaluate[string](b, "location.search") != "", nil })
	if !evaluate[bool](b, "window.stamp === true") {
		t.Fatal("the browser did not keep the page, so the test shows nothing")
	}
	b.says("friends-card", s.pieces("applied.rest", nil)...)
	b.clean()
}

// TestWholeSlowAnswers holds the answers back: the offer is shown all the same, a second tap asks nothing twice, and
// nothing moves when they come.
func TestWholeSlowAnswers(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onPhone)
	b := s.friend
	s.fill(vase)
	visit, claim := b.hold(house.proxy+"/visit"), b.hold(house.proxy+"/claim")
	b.open(s.link())
	b.sees(button(s.words("buttons.take", nil)))
	visit.let()
	take(s)
	s.ifOffered("buttons.take")
	claim.let()
	b.says("friends-card", s.pieces("applied.rest", nil)...)
	if n := len(b.requests(house.proxy + "/claim")); n != 1 {
		t.Errorf("the offer was claimed %d times", n)
	}
	b.clean()
}

// TestWholeNamesAreNobodysConcern looks for words that content blockers look for, in everything that a page with all
// widgets loads and shows the browser.
func TestWholeNamesAreNobodysConcern(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onDesktop)
	s.friend.open(s.link())
	take(s)
	s.friend.says("friends-card", s.pieces("empty.rest_min", nil)...)
	blocked := []string{"refer", "promo", "affiliate", "banner", "coupon", "sponsor", "advert", "-ad-", "/ad/", "_ad_", "track"}
	for _, r := range s.friend.requests("") {
		path := strings.ToLower(strings.TrimPrefix(r.url, s.shop.root))
		for _, word := range blocked {
			if strings.Contains(path, word) {
				t.Errorf("%s has %q in its address", r.url, word)
			}
		}
	}
	names := evaluate[[]string](s.friend, `(() => {
		const found = new Set();
		const look = (root) => root.querySelectorAll('*').forEach((e) => {
			[e.id, e.localName, ...e.classList].forEach((n) => found.add(n.toLowerCase()));
			if (e.shadowRoot) look(e.shadowRoot);
		});
		document.querySelectorAll('friends-card,friends-panel,friends-line,friends-bar,friends-launcher').forEach((e) => look(e.shadowRoot ?? e));
		return [...found];
	})()`)
	for _, name := range names {
		for _, word := range blocked[:len(blocked)-1] {
			if strings.Contains(name, word) {
				t.Errorf("an element's name or class is %q", name)
			}
		}
	}
}
