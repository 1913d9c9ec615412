package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"twofold/text"
)

// joinAnswer is what the app answers a block: docs/PROXY.md.
const joinAnswer = `{
	"advocate": {"code": "ALICE-9", "link": "https://tarrow.example/?ref=ALICE-9"},
	"offer": {
		"friend": {"kind": "amount_off", "amount": "20.00", "currency": "USD"},
		"advocate": {"kind": "amount_off", "amount": "20.00", "currency": "USD"},
		"minimum": {"amount": "40.00", "currency": "USD"}
	},
	"campaign": {"id": "cmp_1", "version": 1},
	"invite": "I like Tarrow: https://tarrow.example/?ref=ALICE-9"
}`

// meAnswer is what the app answers the account's page.
const meAnswer = `{
	"advocate": {"code": "ALICE-9", "link": "https://tarrow.example/?ref=ALICE-9"},
	"offer": {
		"friend": {"kind": "amount_off", "amount": "20.00", "currency": "USD"},
		"advocate": {"kind": "amount_off", "amount": "20.00", "currency": "USD"},
		"minimum": {"amount": "40.00", "currency": "USD"}
	},
	"campaign": {"id": "cmp_1", "version": 1},
	"invite": "I like Tarrow: https://tarrow.example/?ref=ALICE-9",
	"friends": [
		{"state": "pending", "since": "2026-11-20T12:00:00Z", "text": "A friend has ordered. Your reward comes after December 4, 2026, if the order stays."},
		{"state": "approved", "since": "2026-11-06T12:00:00Z", "text": "Your reward is ready: use its code at the checkout before May 19, 2027."}
	],
	"rewards": [{
		"state": "issued", "kind": "amount_off", "amount": "20.00", "currency": "USD", "code": "RWRD-4KXM-29TA",
		"ends_at": "2027-05-19T12:00:00Z", "text": "Your reward is ready: use its code at the checkout before May 19, 2027."
	}]
}`

// toBlock is an answer that a page of Shopify's may read, as the app's are.
func toBlock(status int, body string, headers map[string]string) answer {
	all := map[string]string{
		"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Authorization, Content-Type",
		"Access-Control-Expose-Headers": "Retry-After",
	}
	for name, value := range headers {
		all[name] = value
	}
	return answer{status: status, headers: all, body: body}
}

// blockSays is an entry of [shopper.block] in the scene's language.
func (s *scene) blockSays(entry string, with text.With) string {
	s.t.Helper()
	return text.In(s.mix.language).Say("shopper.block."+entry, with)
}

// buys has the friend buy a vase by hand, which ends on the thank-you page.
func (s *scene) buys(email string) {
	s.t.Helper()
	s.fill(vase)
	s.friend.open(s.at("/checkout"))
	evaluate[bool](s.friend, fmt.Sprintf(`(() => {
		document.querySelector('input[name=email]').value = %s;
		document.querySelector('input[name=email]').form.requestSubmit();
		return true;
	})()`, quoted(email)))
	s.friend.arrives("/thank-you/")
}

// blockHeading is what the block is headed by, for the campaign that every shop begins with.
func (s *scene) blockHeading() thing {
	s.t.Helper()
	return heading(s.blockSays("offer.heading", text.With{"amount": s.amount("20"), "yours": s.amount("20")}))
}

// accountPage signs the friend in, and opens the app's page of their account.
func (s *scene) accountPage() {
	s.t.Helper()
	s.friend.always("/ui/me", toBlock(200, meAnswer, nil))
	s.signIn("nora@example.com")
	s.friend.open(s.at("/account/pages/friends-page"))
	s.friend.sees(heading(s.blockSays("page.where", nil)))
}

// thanked buys, and waits for the block on the thank-you page.
func (s *scene) thanked() {
	s.t.Helper()
	s.friend.always("/ui/join", toBlock(200, joinAnswer, nil))
	s.buys("nora@example.com")
	s.friend.sees(s.blockHeading())
}

// copies is what the block's button copies.
func (s *scene) copies() string {
	s.t.Helper()
	return evaluate[string](s.friend, "document.querySelector('s-clipboard-item').getAttribute('text')")
}

// Each state of the block on the thank-you page, in a mix of its own.
func TestWholeBlockStates(t *testing.T) {
	t.Parallel()
	waits := toBlock(202, `{"waiting":true}`, map[string]string{"Retry-After": "2"})
	ready := toBlock(200, joinAnswer, nil)
	for _, c := range []struct {
		name    string
		mix     mix
		answers []answer
		moves   bool // the block needs less room than was kept for it
		play    func(*scene)
	}{
		{"ready", onPhone, []answer{ready}, false, func(s *scene) {
			s.friend.sees(s.blockHeading(), field(s.words("link.title", nil)), link(s.words("link.whatsapp", nil)))
		}},
		{"ready in Arabic", arabicPhone, []answer{ready}, false, func(s *scene) { s.friend.sees(s.blockHeading()) }},
		{"ready in German", mix{"dusk", desktop, "de"}, []answer{ready}, false, func(s *scene) { s.friend.sees(s.blockHeading()) }},
		{"waiting, then ready", onDesktop, []answer{waits, ready}, false, func(s *scene) { s.friend.sees(s.blockHeading()) }},
		{"failed, then tried again", onPhone, []answer{toBlock(500, `{"error":{"code":"internal"}}`, nil), ready}, true, func(s *scene) {
			s.friend.sees(words(s.words("link.sorry", nil)))
			s.friend.accessible()
			s.friend.press(button(s.words("buttons.retry", nil)))
			s.friend.sees(s.blockHeading())
		}},
		{"no offer", onPhone, []answer{toBlock(404, `{"error":{"code":"no_offer"}}`, nil)}, true, func(s *scene) {
			s.friend.gone(button(s.words("buttons.copy", nil)))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := stageScene(t, c.mix)
			s.friend.instead("/ui/join", c.answers...)
			s.buys("nora@example.com")
			c.play(s)
			s.friend.shoot(t.Name())
			s.friend.accessible()
			for _, wrong := range s.friend.complaints() {
				if c.moves && strings.HasPrefix(wrong, "the page moved by itself") {
					continue
				}
				t.Error(wrong)
			}
		})
	}
}

// A tap copies the link, says so, and is counted.
func TestBlockCopies(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onDesktop)
	b := s.friend
	b.always("/ui/event", toBlock(202, ``, nil))
	s.thanked()
	b.press(button(s.words("buttons.copy", nil)))
	b.sees(button(s.words("shared.copied", nil)))
	if got := s.copies(); got != "https://tarrow.example/?ref=ALICE-9" {
		t.Errorf("what is copied is %q", got)
	}
	b.until("the share to be counted", func() (bool, error) { return len(b.requests("/ui/event")) > 0, nil })
	b.clean()
}

// The account's page has the link, the reward with its code, and each friend by number.
func TestWholeBlockPage(t *testing.T) {
	t.Parallel()
	for _, m := range []mix{onPhone, duskDesktop, arabicPhone, germanPhone} {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			s := stageScene(t, m)
			s.accountPage()
			s.friend.sees(
				heading(s.blockSays("page.title", nil)), s.blockHeading(), heading(s.blockSays("page.where", nil)),
				field(s.blockSays("page.code", nil)), words(s.blockSays("page.friend", text.With{"number": 2})),
			)
			s.friend.shoot(t.Name())
			s.friend.accessible()
			s.friend.clean()
		})
	}
}

// shares has Nora buy and share the link of the thank-you page, and Bob take her offer and buy. It returns Nora's tab, in
// which she is signed in.
func (s *scene) shares() *tab {
	s.t.Helper()
	s.sharesAsGuest("nora@example.com", "bob@example.com")
	s.signIn("nora@example.com")
	return s.friend
}

// sharesAsGuest has somebody buy and share the link of the thank-you page without an account, and a friend take the
// offer and buy. The scene goes on in the first one's tab.
func (s *scene) sharesAsGuest(guest, friend string) {
	s.t.Helper()
	theirs := s.friend
	s.buys(guest)
	theirs.sees(s.blockHeading(), button(s.words("buttons.copy", nil)))
	shared := s.copies()
	theirs.clean()

	s.friend = openTab(s.t, s.mix.size)
	s.friend.open(shared)
	take(s)
	s.friend.says("friends-card", s.pieces("empty.rest_min", nil)...)
	s.buys(friend)
	s.friend = theirs
}

// accountShows loads the account's page anew until it shows a thing.
func (s *scene) accountShows(th thing, limit time.Duration) {
	s.t.Helper()
	err := until(s.friend.ctx, limit, func() (bool, error) {
		s.friend.open(s.at("/account/pages/friends-page"))
		s.friend.sees(heading(s.blockSays("page.where", nil)))
		all, err := s.friend.nodes()
		return slices.ContainsFunc(all, th.is), err
	})
	if err != nil {
		s.t.Fatalf("waiting for %s: %v", th, err)
	}
}

// TestBuyerShares goes from a purchase over the link of the thank-you page to a friend's order, which stands on the
// account's page.
func TestBuyerShares(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onPhone)
	nora := s.shares()
	s.accountShows(words(s.blockSays("page.friend", text.With{"number": 1})), comesAbout)
	nora.shoot(t.Name())
	nora.accessible()
	nora.clean()
}

// TestWholeBuyerIsRewarded waits for the reward's code, too: a release reads all changed orders first, by the clock.
func TestWholeBuyerIsRewarded(t *testing.T) {
	t.Parallel()
	s := stageScene(t, onDesktop, "--hold-days", "0")
	nora := s.shares()
	s.accountShows(field(s.blockSays("page.code", nil)), 5*time.Minute)
	nora.shoot(t.Name())
	nora.accessible()
	nora.clean()
}

// TestWholeBlockPlaces looks at the block where an order is followed, by who came from a mail and by who is signed in,
// and in the customer's own data. Who is signed in is led to their friends.
func TestWholeBlockPlaces(t *testing.T) {
	t.Parallel()
	s := stageScene(t, arabicDesktop)
	b := s.friend
	s.buys("nora@example.com")
	order := strings.Replace(evaluate[string](b, "location.pathname"), "checkout/thank-you", "account/orders", 1)
	more := link(s.blockSays("link.friends", nil))

	b.open(house.shopify + order)
	b.sees(s.blockHeading())
	b.gone(more)
	b.accessible()

	s.signIn("nora@example.com")
	for _, address := range []string{house.shopify + order, s.at("/account")} {
		b.open(address)
		b.sees(s.blockHeading(), more)
		b.shoot(t.Name() + address)
		b.accessible()
		b.press(more)
		b.arrives("/account/pages/friends-page")
		b.sees(heading(s.blockSays("page.where", nil)), words(s.blockSays("page.nobody", nil)))
		b.clean()
	}
}
