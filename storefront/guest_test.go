package storefront_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/referral"
	"twofold/store/storetest"
	"twofold/storefront"
	"twofold/tenant"
)

// guestForm is a guest's form of the page.
func (s *shop) guestForm(t testing.TB, fields ...string) call {
	t.Helper()
	found := token.FindStringSubmatch(s.do(t, pageOf("")).body)
	if found == nil {
		t.Fatal("no form for guests")
	}
	form := url.Values{"token": {html.UnescapeString(found[1])}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return call{method: "POST", path: "page", body: form.Encode(), media: "application/x-www-form-urlencoded"}
}

// What the share panel posts has no token, as anybody's page could post it: nobody joins, and the form has the address.
// Whatever is none stands nowhere, and a brace that could be Liquid is none.
func TestThePanelsAddressIsTypedAlready(t *testing.T) {
	t.Parallel()
	s := open(t)
	for typed, want := range map[string]string{
		"Gina@example.com": ` value="gina@example.com"`, "gina": "", "": "",
		"{{7}}@example.com": ` value="&#123;&#123;7}}@example.com"`,
	} {
		form := url.Values{"guest": {"join"}, "email": {typed}}
		a := s.do(t, call{method: "POST", path: "page", body: form.Encode(), media: "application/x-www-form-urlencoded"})
		if a.status != http.StatusOK || !strings.Contains(a.body, `autocomplete="email" dir="ltr"`+want+`>`) {
			t.Errorf("%q: status %d, and the field is not%s in\n%s", typed, a.status, want, a.body)
		}
	}
	if all := s.advocates(t); len(all) > 1 { // Alice
		t.Errorf("joined: %+v", all)
	}
}

// mailed is what was asked for, as if its mail had gone out, and the code that is in it.
func (s *shop) mailed(t testing.TB, sealed string) (id referral.SignInID, code string) {
	t.Helper()
	plain, err := storetest.Keyring().Open("sign_in_asked", string(demo), sealed)
	if err != nil {
		t.Fatal(err)
	}
	id = referral.SignInID(plain)
	if err := s.store.OpenSignIn(storetest.Context(t), demo, id, storetest.Noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return id, referral.SignInCode(s.hasher.Sum(demo, referral.SignInHash, string(id)))
}

func (s *shop) advocates(t testing.TB) []referral.Advocate {
	t.Helper()
	all, err := s.store.ListAdvocates(storetest.Context(t), demo, 100)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var askedFor = regexp.MustCompile(`name="asked" value="([^"]+)"`)

// By the page's forms, without script: an address gives a link at once, and the code of the mail friends and rewards.
func TestAGuestJoinsByThePage(t *testing.T) {
	t.Parallel()
	s := open(t)
	joined := s.do(t, s.guestForm(t, "guest", "join", "email", " Gina@Example.com ")).body
	code := s.advocates(t)[1].Code()
	if !strings.Contains(joined, "?ref="+code) || strings.Contains(strings.ToLower(joined), "gina") {
		t.Errorf("the page lacks the link %s, or has the address: %s", code, joined)
	}
	asked := askedFor.FindStringSubmatch(joined)
	if asked == nil {
		t.Fatalf("no form for the code: %s", joined)
	}

	enter := func(code string) answer {
		return s.do(t, s.guestForm(t, "guest", "code", "asked", html.UnescapeString(asked[1]), "code", code))
	}
	_, right := s.mailed(t, html.UnescapeString(asked[1]))
	if wrong := enter("2222-2222"); strings.Contains(wrong.body, "?ref=") || !strings.Contains(wrong.body, `role="alert"`) || !askedFor.MatchString(wrong.body) {
		t.Errorf("a wrong code: %s", wrong.body)
	}
	entered := enter(right).body
	if !strings.Contains(entered, "?ref="+code) || askedFor.MatchString(entered) || !strings.Contains(entered, "Your rewards") {
		t.Errorf("the right code: %s", entered)
	}
	if once := enter(right); strings.Contains(once.body, "?ref=") {
		t.Errorf("once more: %s", once.body)
	}
	if gina := s.advocates(t)[1]; gina.ProvedAt.IsZero() {
		t.Error("the address is not proved")
	}
}

// field reads a field of an answer.
func (a answer) field(t testing.TB, name string) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(a.body), &fields); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	text, _ := fields[name].(string)
	return text
}

// With script: whoever comes back has a mail sent, whose link is posted for a session, once; the session shows what the
// page shows, in the page's language, and nobody else's.
func TestAGuestComesBackByTheMailsLink(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.do(t, post("join", `{"email":"greta@example.com"}`))
	greta := s.advocates(t)[1]

	asked := s.do(t, post("sign_in", `{"email":"greta@example.com"}`)).field(t, "asked")
	id, _ := s.mailed(t, asked)
	token, err := storetest.Keyring().Seal(referral.SignInSeal, string(demo), []byte(id))
	if err != nil {
		t.Fatal(err)
	}
	if a := s.do(t, post("session", `{"token":"`+asked+`"}`)); a.status != http.StatusUnauthorized {
		t.Errorf("what names the mail opens it: status %d", a.status)
	}
	got := s.do(t, post("session", `{"token":"`+token+`"}`)).field(t, "session")
	if a := s.do(t, post("session", `{"token":"`+token+`"}`)); a.status != http.StatusUnauthorized {
		t.Errorf("the link opens twice: status %d", a.status)
	}

	shown := s.do(t, post("mine", `{"session":"`+got+`","language":"de"}`))
	if shown.status != http.StatusOK || !strings.HasPrefix(shown.body, `<div class="fr-page" lang="de"`) ||
		!strings.Contains(shown.body, greta.Code()) || !strings.Contains(shown.body, "Deine Prämien") {
		t.Errorf("mine: status %d: %s", shown.status, shown.body)
	}
	if policy := shown.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the policy is %q", policy)
	}

	for says, bad := range map[string]string{
		"none": "", "anything": "k1.x", "a link's token": token, "a mail's name": asked, "too long": strings.Repeat("A", 5000),
	} {
		if a := s.do(t, post("mine", `{"session":"`+bad+`"}`)); a.status != http.StatusUnauthorized || strings.Contains(a.body, greta.Code()) {
			t.Errorf("%s: status %d: %s", says, a.status, a.body)
		}
	}
	if _, err := s.store.EraseAdvocate(storetest.Context(t), demo, greta.ID, "erased:1", storetest.Noon); err != nil {
		t.Fatal(err)
	}
	if a := s.do(t, post("mine", `{"session":"`+got+`"}`)); a.status != http.StatusUnauthorized {
		t.Errorf("after the person was erased: status %d", a.status)
	}
}

// A session is over after a day, and belongs to one shop.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	s := open(t)
	seal := func(context string, until time.Time) string {
		plain := fmt.Sprintf(`{"g":%q,"u":%d}`, s.alice.ID, until.Unix())
		sealed, err := storetest.Keyring().Seal("guest_session", context, []byte(plain))
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	for says, tc := range map[string]struct {
		session string
		status  int
	}{
		"a second before its end": {seal(string(demo), storetest.Noon.Add(time.Second)), http.StatusOK},
		"at its end":              {seal(string(demo), storetest.Noon), http.StatusUnauthorized},
		"another shop's":          {seal("other.myshopify.com", storetest.Noon.Add(time.Hour)), http.StatusUnauthorized},
	} {
		if a := s.do(t, post("mine", `{"session":"`+tc.session+`"}`)); a.status != tc.status {
			t.Errorf("%s: status %d, want %d", says, a.status, tc.status)
		}
	}
}

// Without script: whoever comes back types the code, and an address that nobody joined with is told so only then.
func TestAGuestComesBackByThePage(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.do(t, post("join", `{"email":"hedy@example.com"}`))
	for address, want := range map[string]string{"hedy@example.com": "?ref=", "nobody@example.com": "Nobody has joined with this address yet."} {
		page := s.do(t, s.guestForm(t, "guest", "back", "email", address)).said("")
		asked := askedFor.FindStringSubmatch(page)
		if asked == nil || strings.Contains(page, "?ref=") {
			t.Fatalf("%s: %s", address, page)
		}
		_, code := s.mailed(t, html.UnescapeString(asked[1]))
		got := s.do(t, s.guestForm(t, "guest", "code", "asked", html.UnescapeString(asked[1]), "code", code))
		if said := got.said(""); !strings.Contains(said, want) {
			t.Errorf("%s: %s", address, said)
		}
	}
}

// What is no address, no form of ours, or not for guests here makes nobody an advocate.
func TestWhoMayJoinAsAGuest(t *testing.T) {
	t.Parallel()
	s := open(t)
	noToken := call{method: "POST", path: "page", body: "guest=join&email=gina%40example.com", media: "application/x-www-form-urlencoded"}
	for says, c := range map[string]call{
		"no token":      noToken,
		"a customer":    s.guestForm(t, "guest", "join", "email", "gina@example.com").by(bob),
		"a name":        s.guestForm(t, "guest", "join", "email", "Gina <gina@example.com>"),
		"two addresses": s.guestForm(t, "guest", "join", "email", "a@example.com,b@example.com"),
		"a header":      s.guestForm(t, "guest", "join", "email", "gina@example.com\r\nBcc: x@example.com"),
		"no domain":     s.guestForm(t, "guest", "join", "email", "gina@localhost"),
		"JSON, no @":    post("join", `{"email":"gina"}`),
	} {
		if a := s.do(t, c); a.status >= 500 || strings.Contains(a.body, "?ref=") {
			t.Errorf("%s: status %d: %s", says, a.status, a.body)
		}
	}

	onlyBuyers := tenant.Settings{Join: tenant.BuyersJoin}
	if err := s.store.SaveSettings(storetest.Context(t), demo, onlyBuyers); err != nil {
		t.Fatal(err)
	}
	if a := s.do(t, post("join", `{"email":"gina@example.com"}`)); a.status != http.StatusConflict {
		t.Errorf("where only buyers join: status %d", a.status)
	}
	body := s.do(t, pageOf("")).body
	if joins, back := strings.Contains(body, `value="join"`), strings.Contains(body, `value="back"`); joins || !back {
		t.Errorf("where only buyers join the page lets guests join: %v, come back: %v", joins, back)
	}
	if all := s.advocates(t); len(all) != 1 {
		t.Errorf("%d advocates, want Alice", len(all))
	}
}

// Whoever joins by an address agrees to the terms, too.
func TestGuestsAgreeToTheTerms(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.asks(t, tenant.Terms{Version: 1, Text: "Be kind."})
	if a := s.do(t, post("join", `{"email":"gina@example.com"}`)); a.status != http.StatusConflict {
		t.Errorf("without the terms: status %d: %s", a.status, a.body)
	}
	if a := s.do(t, post("join", `{"email":"gina@example.com","terms":1}`)); a.status != http.StatusOK {
		t.Errorf("with them: status %d: %s", a.status, a.body)
	}
	if page := s.do(t, s.guestForm(t, "guest", "join", "email", "gil@example.com", "terms", "1")).body; !strings.Contains(page, "?ref=") {
		t.Errorf("the page's form with them: %s", page)
	}
}

// One mailbox gets so many mails a day, by whichever alias and from wherever, and one network asks for so many.
func TestMailsToStrangersAreLimited(t *testing.T) {
	t.Parallel()
	s, _, client := openTight(t, func(c *storefront.Config) {
		c.Limits = storefront.Limits{storefront.ClassWrites: {6000, 1000}, storefront.ClassMails: {PerMinute: 0, Burst: 7}}
	})
	ask := func(i int, address string) call {
		c := post("join", `{"email":"`+address+`"}`)
		c.from = fmt.Sprintf("198.51.%d.1", i)
		return c
	}
	for i, address := range []string{"ann.e@gmail.com", "anne+1@gmail.com", "a.n.n.e@googlemail.com", "Anne@gmail.com", "anne+2@gmail.com"} {
		if a := s.do(t, ask(i, address)); a.status != http.StatusOK {
			t.Errorf("%s: status %d: %s", address, a.status, a.body)
		}
	}
	if a := s.do(t, ask(9, "anne@gmail.com")); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("a sixth mail: status %d", a.status)
	}
	if got := s.statuses(t, 2, ask(9, "nobody")); got != "400 400" {
		t.Errorf("no address: %s", got)
	}
	for i := range 6 {
		if a := s.do(t, ask(9, fmt.Sprintf("somebody%d@example.com", i))); a.status != http.StatusOK {
			t.Errorf("the network's %d. mail: status %d: %s", i+2, a.status, a.body)
		}
	}
	if a := s.do(t, ask(9, "another@example.com")); a.status != http.StatusTooManyRequests {
		t.Errorf("one network's eighth mail: status %d", a.status)
	}
	keys, err := client.Keys(storetest.Context(t), "*").Result()
	if err != nil || len(keys) == 0 || strings.Contains(fmt.Sprint(keys), "anne") {
		t.Errorf("redis has %v, %v", keys, err)
	}
}

// knownAndUnknown is a shop in which alice@example.com is a customer's, who is an advocate, and gina@example.com a
// guest's.
func knownAndUnknown(t testing.TB) (*shop, *storetest.Commands) {
	t.Helper()
	kept, sent := storetest.Counted(t)
	s := openOver(t, kept)
	a := storetest.Advocate(t, s.store, demo, func(a *referral.Advocate) {
		a.Emails = referral.EmailHashes(s.hasher, demo, "alice@example.com")
	})
	if _, err := s.store.FindAdvocate(storetest.Context(t), demo, a.ID); err != nil {
		t.Fatal(err)
	}
	s.do(t, post("join", `{"email":"gina@example.com"}`))
	return s, sent
}

var address = map[string]string{"a customer's": "alice@example.com", "a guest's": "gina@example.com", "nobody's": "nora@example.com"}

// Whether an address is known changes nothing: not what is read and written, nor what is answered, but for the link
// that was drawn.
func TestAKnownAddressIsAskedLikeAnother(t *testing.T) {
	t.Parallel()
	s, sent := knownAndUnknown(t)
	link := regexp.MustCompile(`[2-9B-Z]{4}-[2-9B-Z]{4}`)
	sealed := regexp.MustCompile(`"asked":"[^"]+"|name="(asked|token)" value="[^"]+"|<path d="[^"]+"`)
	for _, way := range []struct {
		says string
		call func(address string) call
	}{
		{"JSON", func(address string) call { return post("join", `{"email":"`+address+`"}`) }},
		{"the page", func(address string) call { return s.guestForm(t, "guest", "join", "email", address) }},
		{"coming back", func(address string) call { return post("sign_in", `{"email":"`+address+`"}`) }},
		{"coming back by the page", func(address string) call { return s.guestForm(t, "guest", "back", "email", address) }},
	} {
		var first []string
		for whose, one := range address {
			c := way.call(one)
			var a answer
			commands := sent.All(func() { a = s.do(t, c) })
			body := sealed.ReplaceAllString(link.ReplaceAllString(a.body, "(link)"), "(sealed)")
			got := append(commands, strconv.Itoa(a.status), body)
			if first == nil {
				first = got
			} else if diff := cmp.Diff(first, got); diff != "" {
				t.Errorf("%s, %s address: -another +this\n%s", way.says, whose, diff)
			}
		}
		if len(first) < 5 {
			t.Errorf("%s: recorded %v", way.says, first)
		}
	}
}

// The times of pairs, each of a customer's address and nobody's, in turns: whoever compares two answers learns nothing.
// docs/PERFORMANCE.md has what was measured.
func BenchmarkJoinByAddress(b *testing.B) {
	s, _ := knownAndUnknown(b)
	var took [2]time.Duration
	pairs := 0
	for b.Loop() {
		typed := []string{address["a customer's"], fmt.Sprintf("nobody-%d@example.com", pairs)}
		for i := range typed {
			one := (i + pairs) % len(typed) // neither is always first
			c := post("join", `{"email":"`+typed[one]+`"}`)
			c.from = fmt.Sprintf("198.51.%d.%d", pairs/250, pairs%250) // one network alone asks for fewer
			began := time.Now()
			a := s.do(b, c)
			took[one] += time.Since(began)
			if a.status != http.StatusOK {
				b.Fatalf("status %d: %s", a.status, a.body)
			}
		}
		pairs++
	}
	known, unknown := float64(took[0].Microseconds()), float64(took[1].Microseconds())
	b.ReportMetric(known/float64(pairs)/1000, "known-ms")
	b.ReportMetric(unknown/float64(pairs)/1000, "unknown-ms")
	b.ReportMetric(known/unknown, "ratio")
}
