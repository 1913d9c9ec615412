package storefront_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/app/signtest"
	"twofold/fault"
	"twofold/referral"
	"twofold/store/storetest"
	"twofold/storefront"
	"twofold/tenant"
)

func pageOf(ref string) call {
	if ref == "" {
		return get("page", nil)
	}
	return get("page", url.Values{"ref": {ref}})
}

// in is the call as a browser's that asks for a language.
func (c call) in(language string) call {
	c.language = language
	return c
}

// shared gives the campaign shareable codes, and makes Alice's.
func (s *shop) shared(t *testing.T) {
	t.Helper()
	s.version(t, func(terms *referral.Terms) { terms.ShareCeiling = 50 })
	ctx := storetest.Context(t)
	code := referral.Code{
		Shop: demo, Code: s.alice.Code(), Discount: "gid://shopify/DiscountCodeNode/9", Campaign: s.campaign.Key(), Side: referral.ShareSide,
		State: referral.CodeMinting, Holder: referral.CodeHolderID(s.alice.ID), At: storetest.Noon,
	}
	if err := s.store.AddCodes(ctx, demo, []referral.Code{code}); err != nil {
		t.Fatal(err)
	}
	s.move(t, referral.CodeMinting, referral.CodeFree)
}

// move moves Alice's shareable code.
func (s *shop) move(t *testing.T, from, to referral.CodeState) {
	t.Helper()
	moved, err := s.store.MoveCodes(storetest.Context(t), demo, []string{s.alice.Code()}, from, to, storetest.Noon)
	if err != nil || moved != 1 {
		t.Fatalf("moved %d codes, %v", moved, err)
	}
}

// is puts the campaign into a state.
func (s *shop) is(t *testing.T, state referral.CampaignState) {
	t.Helper()
	_, err := s.store.UpdateCampaign(storetest.Context(t), demo, s.campaign.Key(), func(c *referral.Campaign) error {
		c.State = state
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// called gives the shop a name.
func (s *shop) called(t *testing.T, name string) {
	t.Helper()
	profile := tenant.Profile{GID: "gid://shopify/Shop/1", Name: name, Currency: "USD", PrimaryURL: "https://demo.example"}
	if err := s.store.SaveProfile(storetest.Context(t), demo, profile, storetest.Noon); err != nil {
		t.Fatal(err)
	}
}

var styled = regexp.MustCompile(`(?s)<style>(.*)</style>`)

// goldenPage compares a page with a file, without its style and what is drawn anew each time.
func goldenPage(t *testing.T, name, body string) {
	t.Helper()
	got := styled.ReplaceAllString(body, "<style></style>")
	got = token.ReplaceAllString(got, `name="token" value="(drawn)"`)
	got = drawnPath.ReplaceAllString(got, `<path d="(drawn)"`)
	file := filepath.Join("testdata", name+".html")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

var token = regexp.MustCompile(`name="token" value="([^"]+)"`)

// The page as a friend, a guest and an advocate see it, left to right and right to left.
func TestThePlainPage(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.called(t, "Tarrow")
	s.shared(t)
	for name, c := range map[string]call{
		"page_friend":    pageOf("alice-9"),
		"page_friend_ar": pageOf("ALICE-9").in("ar"),
		"page_guest":     pageOf(""),
		"page_guest_ar":  pageOf("").in("ar"),
		"page_join":      pageOf("").by(bob),
		"page_link":      pageOf("").by(alice),
		"page_own_link":  pageOf("ALICE-9").by(alice),
	} {
		a := s.do(t, c)
		if a.status != 200 {
			t.Errorf("%s: status %d: %s", name, a.status, a.body)
		}
		goldenPage(t, name, a.said(c.language))
	}
}

// An advocate sees how each friend and each reward stands, in every state, in both directions.
func TestThePageShowsHowFriendsStand(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.called(t, "Tarrow")
	s.referrals(t)
	for name, c := range map[string]call{"page_standing": pageOf(""), "page_standing_ar": pageOf("").in("ar")} {
		goldenPage(t, name, s.do(t, c.by(alice)).said(c.language))
	}
	s.is(t, referral.CampaignPaused)
	if a := s.do(t, pageOf("").by(alice)); !strings.Contains(a.body, "This offer is resting.") || !strings.Contains(a.body, "RWRD-13") {
		t.Errorf("while the offer rests: %s", a.body)
	}
	if a := s.do(t, pageOf("").by(bob)); strings.Contains(a.body, "RWRD") || strings.Contains(a.body, "Your friends") {
		t.Errorf("somebody else sees it: %s", a.body)
	}
}

// A friend who holds the offer and has not ordered is counted for the advocate, and never told apart.
func TestAnAdvocateSeesWhoHasNotOrdered(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.codes(t, "FRND-1111-2222")
	claimOf(t, s.do(t, post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`"}`)))

	page, me := pageOf("").by(alice), get("me", nil).by(alice)
	for _, told := range []string{s.do(t, page).said(""), s.do(t, me).body} {
		if !strings.Contains(told, "1 friend has taken your offer and not ordered yet.") || strings.Contains(told, "FRND") {
			t.Errorf("told: %s", told)
		}
	}

	if err := s.store.StopCounting(storetest.Context(t), demo, s.alice.ID, storetest.Noon); err != nil {
		t.Fatal(err)
	}
	if told := s.do(t, page).said(""); strings.Contains(told, "has taken your offer") {
		t.Errorf("a claim that counts no more is told: %s", told)
	}
}

// What is shown inside the theme is Liquid without a policy of ours, which would stop the theme; what stands alone lets
// in its own style and nothing else.
func TestWhatThePageMayDo(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.do(t, pageOf("ALICE-9"))
	for header, want := range map[string]string{
		"Content-Type": "application/liquid", "Cache-Control": "no-store", "Set-Cookie": "", "Content-Security-Policy": "",
	} {
		if got := a.header.Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	if kib := len(a.said("")) >> 10; kib > 4 {
		t.Errorf("the page has %d KiB", kib)
	}

	alone := s.do(t, call{method: "GET", path: "page", query: signer.ProxyQuery("other.myshopify.com", "", nil)})
	style := styled.FindStringSubmatch(alone.body)
	if len(style) != 2 || strings.Contains(alone.body, "<script") || strings.Contains(alone.body, "<link") {
		t.Fatalf("alone: %s", alone.body)
	}
	sum := sha256.Sum256([]byte(style[1]))
	for header, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store",
		"Content-Security-Policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	} {
		if got := alone.header.Get(header); got != want {
			t.Errorf("alone: %s is %q, want %q", header, got, want)
		}
	}
}

// wayToSignIn is the page's own Liquid beside the choice of the language.
const wayToSignIn = "{% if routes.storefront_login_url %}{{ routes.storefront_login_url }}" +
	"{% else %}../../account/login?return_url=%2Fapps%2Ffriends%2Fpage{% endif %}"

// Nothing that anybody writes reaches the theme as Liquid: names, refs, codes and links are text, braces and all.
func TestNoValueIsLiquid(t *testing.T) {
	t.Parallel()
	s := open(t)
	const evil = "{{ shop.metafields.friends | json }}{% raw %}{%- layout none -%}{{"
	s.called(t, evil)
	s.asks(t, tenant.Terms{Version: 1, Text: evil + "\n" + "{{X}}{%Y%}"})
	s.decided(t, 1, referral.Approved, referral.ReasonNone, referral.Reward{State: referral.RewardIssued, Code: evil}, false)
	if _, err := s.store.PutCodeFirst(storetest.Context(t), demo, s.alice.ID, "{{X}}{%Y%}"); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"", evil, "{{X}}{%Y%}", "{% endraw %}{{ 1 }}"} {
		for _, c := range []call{pageOf(ref), pageOf(ref).by(bob), pageOf(ref).by(alice)} {
			a := s.do(t, c)
			for _, language := range []string{"en", "de", "fr", "es", "ar"} {
				said := a.said(language)
				said = strings.Replace(said, wayToSignIn, "", 1)
				if a.status != 200 || said == a.body || strings.Contains(said, "{") {
					t.Errorf("%q in %s: status %d: %s", ref, language, a.status, said)
				}
			}
			without := strings.ReplaceAll(a.body, wayToSignIn, "")
			if tags := strings.Count(without, "{%") + strings.Count(without, "{{"); tags != 8 { // assign, case, four when, else, endcase
				t.Errorf("%q: %d pieces of Liquid: %s", ref, tags, a.body)
			}
		}
	}
	a := s.do(t, pageOf("").by(alice))
	if !strings.Contains(a.body, "%7B%7B%20shop.metafields") || !strings.Contains(html.UnescapeString(a.body), ">"+evil+"<") {
		t.Errorf("neither the shop's name nor the code is shown as it is: %s", a.said(""))
	}
}

// shared is a shop with a shareable code.
func shared(t *testing.T, s *shop) {
	t.Helper()
	s.shared(t)
}

// Each state is told in its own words, and what cannot be done is not offered.
func TestWhatThePageSays(t *testing.T) {
	t.Parallel()
	const (
		take, code, again = `href="../../discount/ALICE-9?redirect=%2F"`, `<code dir="ltr">ALICE-9</code>`, `href="../../?ref=ALICE-9"`
		form, signIn      = `<button class="button">Get my link`, "{% else %}../../account/login?return_url=%2Fapps%2Ffriends%2Fpage{% endif %}"
		link, guest       = `https://demo.example/?ref=ALICE-9`, `name="email"`
	)
	ways := []string{take, code, again, form, signIn, link, guest}
	for says, tc := range map[string]struct {
		before func(*testing.T, *shop)
		call   call
		wants  []string // of the ways, and words
	}{
		"a friend, with the code": {shared, pageOf("ALICE-9"), []string{
			take, code, "A friend gives you", "$20 off", "your first order of $40 or more.", "Take $20 off",
		}},
		"a friend, and there are no such codes": {nil, pageOf("ALICE-9"), []string{again, "$20 off", "needs scripts"}},
		"a friend, and the code is being made": {func(t *testing.T, s *shop) {
			t.Helper()
			s.shared(t)
			s.move(t, referral.CodeHeld, referral.CodeMinting)
		}, pageOf("ALICE-9"), []string{again}},
		"a friend, and the code is used up": {func(t *testing.T, s *shop) {
			t.Helper()
			s.shared(t)
			s.move(t, referral.CodeHeld, referral.CodeDead)
		}, pageOf("ALICE-9"), []string{again}},
		"a friend, and the campaign has no such codes any more": {func(t *testing.T, s *shop) {
			t.Helper()
			s.shared(t)
			s.version(t, func(terms *referral.Terms) { terms.ShareCeiling = 0 })
		}, pageOf("ALICE-9"), []string{again}},
		"a friend who is signed in": {shared, pageOf("ALICE-9").by(bob), []string{take, code}},
		"free shipping, without a minimum": {func(t *testing.T, s *shop) {
			t.Helper()
			s.version(t, func(terms *referral.Terms) {
				terms.Friend, terms.Minimum = referral.Offer{Kind: referral.FreeShipping}, storetest.USD("0")
			})
		}, pageOf("ALICE-9"), []string{again, "<b>free shipping</b> <span>on your first order.</span>"}},
		"a percentage": {func(t *testing.T, s *shop) {
			t.Helper()
			s.version(t, func(terms *referral.Terms) { terms.Friend = referral.Offer{Kind: referral.PercentOff, RateBP: 1500} })
		}, pageOf("ALICE-9"), []string{again, "<b>15% off</b> <span>your first order of $40 or more.</span>"}},
		"a reward after the order": {func(t *testing.T, s *shop) {
			t.Helper()
			s.version(t, func(terms *referral.Terms) { terms.Friend.AfterOrder, terms.ShareCeiling = true, 50 })
		}, pageOf("ALICE-9"), []string{again, "for your next order, once a first one of $40 or more has proved itself."}},
		"a reward after the order, to be shared": {func(t *testing.T, s *shop) {
			t.Helper()
			s.version(t, func(terms *referral.Terms) { terms.Friend.AfterOrder = true })
		}, pageOf(""), []string{guest, form, signIn, "once a first one of $40 or more has proved itself. When they order, you get $20 off."}},
		"free shipping and a share, to be shared at once": {func(t *testing.T, s *shop) {
			t.Helper()
			s.version(t, func(terms *referral.Terms) {
				terms.Friend = referral.Offer{Kind: referral.FreeShipping}
				terms.Advocate = referral.Offer{Kind: referral.ShareOfOrder, RateBP: 1000}
				terms.HoldDays = 0
			})
		}, pageOf(""), []string{guest, form, signIn, "on a first order of $40 or more. When they order, you get 10% of the order.", "</a></p>\n</div>\n</div>"}},

		"a link that nobody has": {shared, pageOf("NOBODY"), []string{"We do not know this link."}},
		"an advocate who is blocked": {func(t *testing.T, s *shop) {
			t.Helper()
			s.shared(t)
			if err := s.store.SetAdvocateState(storetest.Context(t), demo, s.alice.ID, referral.AdvocateBlocked, storetest.Noon); err != nil {
				t.Fatal(err)
			}
		}, pageOf("ALICE-9"), []string{"We do not know this link."}},
		"the own link": {shared, pageOf("ALICE-9").by(alice), []string{link, "This is your own link."}},

		"a guest":                 {nil, pageOf(""), []string{guest, form, signIn, "Give your friends", "a first order of $40 or more. When they order, you get $20 off."}},
		"who has not joined":      {nil, pageOf("").by(bob), []string{form, "Get my link", "14 days after their order"}},
		"who has joined":          {nil, pageOf("").by(alice), []string{link, "Your link"}},
		"a guest in German":       {nil, pageOf("").in("de"), []string{guest, signIn, "Für alle, die du einlädst:", "eine erste Bestellung ab 40", `lang="de" dir="ltr">`}},
		"a guest in Arabic":       {nil, pageOf("").in("ar"), []string{guest, signIn, `lang="ar" dir="rtl">`}},
		"a ref that says nothing": {nil, get("page", url.Values{"ref": {""}}), []string{guest, form, signIn}},

		"paused":              {func(t *testing.T, s *shop) { t.Helper(); s.shared(t); s.is(t, referral.CampaignPaused) }, pageOf("ALICE-9"), []string{"This offer is resting."}},
		"paused, no ref":      {func(t *testing.T, s *shop) { t.Helper(); s.is(t, referral.CampaignPaused) }, pageOf("").by(bob), []string{"This offer is resting."}},
		"ended":               {func(t *testing.T, s *shop) { t.Helper(); s.shared(t); s.is(t, referral.CampaignEnded) }, pageOf("ALICE-9"), []string{"This offer has ended."}},
		"ended, no ref":       {func(t *testing.T, s *shop) { t.Helper(); s.is(t, referral.CampaignEnded) }, pageOf(""), []string{guest, "This offer has ended."}},
		"a draft is no offer": {func(t *testing.T, s *shop) { t.Helper(); s.is(t, referral.CampaignDraft) }, pageOf("ALICE-9"), []string{"There is no offer here yet."}},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			if tc.before != nil {
				tc.before(t, s)
			}
			a := s.do(t, tc.call)
			if a.status != 200 {
				t.Errorf("status %d", a.status)
			}
			said := a.said(tc.call.language)
			for _, want := range tc.wants {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %s", want)
				}
			}
			for _, way := range ways {
				if strings.Contains(said, way) && !strings.Contains(strings.Join(tc.wants, "\n"), way) {
					t.Errorf("it offers %s", way)
				}
			}
			if t.Failed() {
				t.Logf("%s", styled.ReplaceAllString(a.body, ""))
			}
		})
	}
}

// What a visitor or a merchant writes is shown as text, or not at all.
func TestThePageShowsNothingThatRuns(t *testing.T) {
	t.Parallel()
	s := open(t)
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	s.called(t, evil)
	for _, ref := range []string{evil, "javascript:alert(1)", "ALICE-9" + evil, "ALICE-9", "", strings.Repeat("A", 3000), "\x00", "{{.}}"} {
		for _, c := range []call{pageOf(ref), pageOf(ref).by(bob), pageOf(ref).by(alice)} {
			a := s.do(t, c)
			body := ours.ReplaceAllString(styled.ReplaceAllString(a.body, ""), "")
			if a.status != 200 || strings.Contains(body, "<script") || strings.Contains(body, "<img") || strings.Contains(body, "javascript:") {
				t.Errorf("%q: status %d: %s", ref, a.status, body)
			}
		}
	}
}

// wayOf finds where the page is said in a language: "" stands for those that we do not have.
func wayOf(language string) *regexp.Regexp {
	if language == "" || language == "en" {
		return regexp.MustCompile(`(?s)\{% else %\}\n(.*?)\{% endcase %\}`)
	}
	return regexp.MustCompile(`(?s)\{% when '` + language + `' %\}\n(.*?)\{% (?:when |else %\}\n)`)
}

// said is what a theme in the language shows of the page; all of a page that stands alone.
func (a answer) said(language string) string {
	if found := wayOf(language).FindStringSubmatch(a.body); found != nil {
		return found[1]
	}
	return a.body
}

// below is what stands below the page in all languages.
func (a answer) below() string {
	_, after, _ := strings.Cut(a.body, "{% endcase %}")
	below, _, _ := strings.Cut(after, "<script>")
	return strings.TrimSpace(below)
}

// ours is the page's own script.
var ours = regexp.MustCompile(`(?s)<script>\s*const copies .*</script>`)

// form is the page's form as a browser sends it.
func form(token string) call {
	return call{method: "POST", path: "page", body: url.Values{"token": {token}}.Encode(), media: "application/x-www-form-urlencoded"}
}

// tokenFor is what the form of the page carries for a customer.
func (s *shop) tokenFor(t *testing.T, customer string) string {
	t.Helper()
	found := token.FindStringSubmatch(s.do(t, pageOf("").by(customer)).body)
	if len(found) != 2 {
		t.Fatalf("no form for %s", customer)
	}
	return html.UnescapeString(found[1])
}

// The form joins whom it was shown to, and nobody else: what a foreign page sends in a shopper's name shows the form
// once more.
func TestThePagesFormJoins(t *testing.T) {
	t.Parallel()
	const carol = "303"
	s := open(t)
	right := s.tokenFor(t, bob)
	ago := func(d time.Duration) string {
		signer := signtest.Signer{Secret: signer.Secret, Now: func() time.Time { return storetest.Noon.Add(-d) }}
		sealed, err := storetest.Keyring().Seal("join", string(demo)+"/gid://shopify/Customer/"+bob,
			[]byte(strconv.FormatInt(signer.Now().UnixMilli(), 10)))
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	elsewhere, err := storetest.Keyring().Seal("join", "other.myshopify.com/gid://shopify/Customer/"+bob, []byte(strconv.FormatInt(storetest.Noon.UnixMilli(), 10)))
	if err != nil {
		t.Fatal(err)
	}

	for says, c := range map[string]call{
		"no token":               form("").by(bob),
		"another's token":        form(right).by(carol),
		"a guest":                form(right),
		"another shop's token":   form(elsewhere).by(bob),
		"a token of a day ago":   form(ago(24 * time.Hour)).by(bob),
		"anything":               form(strings.Repeat("A", 5000)).by(bob),
		"JSON of a foreign page": {method: "POST", path: "page", customer: bob, body: `{"token":"` + right + `"}`, media: "text/plain"},
		"looking at the page":    pageOf("").by(bob),
	} {
		a := s.do(t, c)
		if a.status != 200 || strings.Contains(a.body, "?ref=") {
			t.Errorf("%s: status %d: %s", says, a.status, a.body)
		}
		for _, customer := range []string{bob, carol} {
			if _, err := s.store.FindAdvocateByCustomer(storetest.Context(t), demo, referral.CustomerID("gid://shopify/Customer/"+customer)); !fault.Is(err, fault.NotFound) {
				t.Fatalf("%s: %s has joined: %v", says, customer, err)
			}
		}
	}

	for _, says := range []string{"the form", "the form, sent again"} {
		a := s.do(t, form(ago(24*time.Hour-time.Millisecond)).by(bob))
		joined, err := s.store.FindAdvocateByCustomer(storetest.Context(t), demo, "gid://shopify/Customer/"+bob)
		if err != nil || a.status != 200 || !strings.Contains(a.body, "https://demo.example/?ref="+joined.Code()) {
			t.Errorf("%s: %v, status %d: %s", says, err, a.status, a.body)
		}
	}
	if a := s.do(t, form(right).by(bob)); !strings.Contains(a.body, "?ref=") {
		t.Errorf("the form as it was shown: %s", a.body)
	}
}

// What goes wrong is told on a page, too; what Shopify has not signed is no page's matter.
func TestThePageTellsWhatWentWrong(t *testing.T) {
	t.Parallel()
	s, _, _ := openTight(t)
	if got := s.statuses(t, 3, pageOf("")); got != "200 200 429" {
		t.Errorf("one network: %s", got)
	}
	a := s.do(t, pageOf("").in("de"))
	if a.header.Get("Content-Type") != "text/html; charset=utf-8" || a.header.Get("Retry-After") == "" ||
		!strings.Contains(a.body, "Das war etwas viel.") || !strings.Contains(a.body, `href="page"`) {
		t.Errorf("a network that asks too often: %v, %s", a.header, a.body)
	}
	if got := s.statuses(t, 3, form("").by(bob)); got != "200 200 429" {
		t.Errorf("the form counts as joining does: %s", got)
	}

	other := call{method: "GET", path: "page", query: signer.ProxyQuery("new.myshopify.com", "", nil)}
	if a := s.do(t, other); a.status != http.StatusNotFound || !strings.Contains(a.body, "There is nothing here.") {
		t.Errorf("a shop without the app: status %d: %s", a.status, a.body)
	}
	if a := s.do(t, call{method: "GET", path: "page", query: "shop=" + string(demo)}); a.status != http.StatusUnauthorized || strings.Contains(a.body, "<html") {
		t.Errorf("unsigned: status %d: %s", a.status, a.body)
	}
}

// The page knows where it stands, under whatever path and market.
func TestThePageFindsTheShop(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ prefix, path, root, self string }{
		{"/apps/friends", "/proxy/page", "../../", "page"},
		{"/apps/friends", "/proxy/page/", "../../../", "../page"},
		{"/apps/friends", "/proxy", "../", "friends/page"},
		{"/apps/friends", "/proxy/", "../../", "page"},
		{"/a/b/c", "/proxy/page", "../../../", "page"},
		{"", "/proxy/page", "../", "page"},
	} {
		if root, self := storefront.Relative(tc.prefix, tc.path); root != tc.root || self != tc.self {
			t.Errorf("%q, %q: %q, %q; want %q, %q", tc.prefix, tc.path, root, self, tc.root, tc.self)
		}
	}
}
