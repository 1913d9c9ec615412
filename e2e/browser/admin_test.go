package browser

import (
	"cmp"
	"errors"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// adminSizes are the windows in which each page of the admin is looked at.
var adminSizes = []size{desktop, phone}

// adminPage is a page of the app in the admin, in a state: a row of adminPages. To add one, add a row.
type adminPage struct {
	name string
	path string                             // of the app
	make func(t testing.TB) *shop           // how the shop comes about
	find func(t testing.TB, s *shop) string // the path, where it is known only then

	shows []thing // what it must show; the first is waited for
	never []thing

	smoke   bool    // played in make test too
	picture bool    // in docs, from each window
	german  []thing // what it must show in German, to be pictured in it too

	language string // of the admin; "": English
}

// adminPages is the table of pages and states. What they say is asked of package text by its entry.
var adminPages = []adminPage{
	{
		name: "home of a new shop", path: "/app", make: newShop, smoke: true, picture: true,
		shows: []thing{heading(entry("merchant.home.title")), button(entry("merchant.home.go_live"))},
	},
	{
		name: "home of a busy shop", path: "/app", make: busyShop,
		shows: []thing{heading(entry("merchant.home.title")), heading(entry("merchant.home.by_day"))},
	},
	{
		name: "an order is tried", path: "/app/try", make: liveShop,
		shows: []thing{heading(entry("merchant.try.title")), heading(entry("merchant.referral.checks"))},
	},
	{
		name: "a test order", path: "/app/test-order", make: liveShop,
		shows: []thing{heading(entry("merchant.test_order.title")), heading(entry("merchant.test_order.heading"))},
	},
	{
		name: "home of a live shop", path: "/app", make: liveShop,
		shows: []thing{heading(entry("merchant.home.title"))}, never: []thing{button(entry("merchant.home.go_live"))},
	},
	{
		name: "home of a busy shop", path: "/app", make: busyShop, picture: true,
		german: []thing{heading(text.ForMerchants("de").Say("merchant.home.what_it_cost"))},
		shows:  []thing{heading(entry("merchant.home.by_day")), heading(entry("merchant.home.what_it_cost"))},
	},
	{
		name: "home of two years", path: "/app", make: seededShop,
		shows: []thing{heading(entry("merchant.home.by_day")), heading(entry("merchant.home.what_it_cost"))},
	},
	{
		name: "referrals of two years", path: "/app/referrals", make: seededShop,
		shows: []thing{heading(entry("merchant.referrals.title")), link(entry("merchant.referrals.older"))},
	},
	{
		name: "referral of two years", find: newestReferral, make: seededShop,
		shows: []thing{link(entry("merchant.referrals.title")), heading(entry("merchant.referral.checks"))},
	},
	{
		name: "review of two years", path: "/app/review", make: seededShop,
		shows: []thing{heading(entry("merchant.review.title")), {role: "region", name: entry("merchant.review.decide")}},
	},
	{
		name: "advocates of two years", path: "/app/advocates", make: seededShop,
		shows: []thing{heading(entry("merchant.advocates.title")), link(entry("merchant.advocates.older"))},
	},
	{
		name: "advocate of two years", find: oneAdvocate, make: seededShop,
		shows: []thing{link(entry("merchant.advocates.title"))},
	},
	{
		name: "back-test", path: "/app/backtest?minimum=90", make: busyShop,
		shows: []thing{heading(entry("merchant.backtest.title")), heading(entry("merchant.backtest.changes"))},
	},
	{
		name: "back-test of two years", path: "/app/backtest?strictness=strict", make: seededShop,
		shows: []thing{heading(entry("merchant.backtest.title")), button(entry("merchant.backtest.run"))},
	},
	{
		name: "campaign of two years", find: theCampaign, make: seededShop,
		shows: []thing{link(entry("merchant.campaigns.title"))},
	},
	{
		name: "referrals", path: "/app/referrals", make: busyShop, picture: true,
		shows: []thing{heading(entry("merchant.referrals.title")), link("#1006")},
	},
	{
		name: "no referrals", path: "/app/referrals", make: newShop,
		shows: []thing{heading(entry("merchant.referrals.none"))},
	},
	{
		name: "referral", find: newestReferral, make: busyShop, picture: true,
		shows: []thing{link(entry("merchant.referrals.title"))},
	},
	{
		name: "review", path: "/app/review", make: busyShop, picture: true,
		shows: []thing{heading(entry("merchant.review.title"))},
	},
	{
		name: "advocates", path: "/app/advocates", make: busyShop, picture: true,
		shows: []thing{heading(entry("merchant.advocates.title"))},
	},
	{
		name: "advocate", find: oneAdvocate, make: busyShop, picture: true,
		shows: []thing{link(entry("merchant.advocates.title"))},
	},
	{
		name: "campaign", find: theCampaign, make: busyShop, picture: true,
		shows: []thing{link(entry("merchant.campaigns.title"))},
	},
	{
		name: "settings", path: "/app/settings", make: busyShop, picture: true,
		shows: []thing{heading(entry("merchant.settings.title"))},
	},
	{
		name: "terms", path: "/app/settings/terms", make: shopWithTerms, smoke: true,
		shows: []thing{heading(entry("merchant.programme.title"))},
	},
	{
		name: "notifications", path: "/app/settings/notifications", make: newShop,
		shows: []thing{heading(entry("merchant.notifications.title"))},
	},
	{
		name: "mails to shoppers", path: "/app/settings/mails", make: newShop, smoke: true,
		shows: []thing{heading(entry("merchant.mails.title")), heading(entry("merchant.mails.preview"))},
	},
	{
		name: "words of all mails in Arabic", path: "/app/settings/mails/every?language=ar", make: newShop,
		shows: []thing{heading(entry("merchant.mails.name.every"))},
	},
	{
		name: "words of a mail", path: "/app/settings/mails/issued", make: shopWithWords, picture: true,
		shows: []thing{heading(entry("merchant.mails.name.issued")), button(entry("merchant.mails.back") + ": " + entry("merchant.mails.text.says"))},
	},
	{
		name: "campaigns", path: "/app/campaigns", make: busyShop, picture: true,
		shows: []thing{heading(entry("merchant.campaigns.title"))},
	},
}

// shopWithWords has mails in its own colour, and one in its own words.
func shopWithWords(t testing.TB) *shop {
	t.Helper()
	s := newShop(t)
	look := tenant.Settings{MailLook: tenant.MailLook{Sender: "The friends of Tarrow", Accent: "#24423a"}}
	words := map[string]string{
		"subject": "{offer}, as you have earned it",
		"says":    "A friend of yours is a friend of ours now.\n\nHere is your thank-you: {offer}. Put it on anything, and tell us how you like it.",
	}
	err := errors.Join(
		house.store.SaveSettings(t.Context(), s.domain, look),
		house.store.SaveMailWords(t.Context(), s.domain, "en", "issued", words),
	)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shopWithTerms has written two versions of its terms.
func shopWithTerms(t testing.TB) *shop {
	t.Helper()
	s := newShop(t)
	s.writes("Be kind.")
	s.writes("Share your link with people whom you know. No advertisements with our name, and no orders of your own.\n\n" +
		"Rewards are for orders that stand. We may end the programme with a month's notice; what was earned by then is yours.")
	return s
}

// newestReferral is the page of the shop's newest referral.
func newestReferral(t testing.TB, s *shop) string {
	t.Helper()
	all, err := house.store.ListReferrals(t.Context(), s.domain, 1)
	if err != nil || len(all) == 0 {
		t.Fatalf("no referral: %v", err)
	}
	_, id, _ := strings.Cut(string(all[0].Order), "Order/")
	return "/app/referrals/" + id
}

// oneAdvocate is the page of the advocate of the shop's newest referral.
func oneAdvocate(t testing.TB, s *shop) string {
	t.Helper()
	all, err := house.store.ListReferrals(t.Context(), s.domain, 1)
	if err != nil || len(all) == 0 {
		t.Fatalf("no referral: %v", err)
	}
	return "/app/advocates/" + string(all[0].Advocate)
}

// theCampaign is the editor of the shop's campaign.
func theCampaign(_ testing.TB, s *shop) string { return "/app/campaigns/" + string(s.campaign().ID) }

// entry is one of package text without values, in English.
func entry(name string) string { return text.English.Say(name, nil) }

// adminAt is the address of a path of the app in the admin's frame.
func (s *shop) adminAt(path string) string {
	return s.root + "/admin/apps/" + house.variable("SHOPIFY_API_KEY") + path
}

// openAdmin opens the app at a path in the admin's frame, and looks into the frame from then on.
func openAdmin(t testing.TB, s *shop, size size, path string) *tab {
	t.Helper()
	b := openTab(t, size)
	b.open(s.adminAt(path))
	b.enter()
	return b
}

func TestAdminPages(t *testing.T) {
	t.Parallel()
	for _, page := range adminPages {
		if page.smoke {
			playAdminPage(t, page)
		}
	}
}

func TestWholeAdminPages(t *testing.T) {
	t.Parallel()
	for _, page := range adminPages {
		if !page.smoke {
			playAdminPage(t, page)
		}
	}
}

// German is longer: each page is looked at in it too.
func TestWholeAdminPagesInGerman(t *testing.T) {
	t.Parallel()
	for _, page := range adminPages {
		playAdminPage(t, page.inGerman())
	}
}

// The preview of a mail follows what is typed, and our words come back by a press.
func TestMailsFollowWhatIsTyped(t *testing.T) {
	t.Parallel()
	b := openAdmin(t, shopWithWords(t), desktop, "/app/settings/mails/issued")
	subject := entry("merchant.mails.text.subject")
	b.press(button(entry("merchant.mails.back") + ": " + subject))
	b.sees(words(text.English.Say("shopper.mail.subject.issued", text.With{"shop": "Tarrow", "offer": "$20 off"})))
	b.fill(field(subject), "For you: {offer}")
	b.sees(words("For you: $20 off"))
	b.leave()
	b.sees(thing{role: "region", name: "Unsaved changes"})
	b.clean()
}

// inGerman is the page for a merchant whose admin is in German.
func (p adminPage) inGerman() adminPage {
	p.name, p.language, p.picture = p.name+" in German", "de", len(p.german) > 0
	p.shows, p.never = p.german, nil
	return p
}

// playAdminPage looks at a page in each window: what it must show, what axe-core says, and what it leaves behind.
func playAdminPage(t *testing.T, page adminPage) {
	t.Helper()
	t.Run(page.name, func(t *testing.T) {
		t.Parallel()
		shop, path := page.make(t), page.path
		if page.find != nil {
			path = page.find(t, shop)
		}
		language := cmp.Or(page.language, "en")
		mark := "?"
		if strings.Contains(path, mark) {
			mark = "&"
		}
		for _, size := range adminSizes {
			b := openAdmin(t, shop, size, path+mark+"locale="+language)
			b.until("the page to be in "+language, func() (bool, error) {
				return evaluate[bool](b, "document.readyState === 'complete' && document.documentElement.lang === '"+language+"'"), nil
			})
			b.sees(page.shows...)
			b.never(page.never...)
			b.accessible()
			b.clean()
			b.shoot("admin " + page.name + " " + size.name)
			if *writePictures && page.picture {
				b.wholePicture(page.pictureIn(size))
			}
		}
	})
}

// pictureIn is the name of the page's picture in a window.
func (p adminPage) pictureIn(s size) string { return "admin-" + fileName(p.name) + "-" + s.name }

// adminPictures are the names of all pictures of the admin.
func adminPictures() (names []string) {
	for _, page := range adminPages {
		for _, s := range adminSizes {
			if len(page.german) > 0 {
				names = append(names, page.inGerman().pictureIn(s))
			}
			if page.picture {
				names = append(names, page.pictureIn(s))
			}
		}
	}
	return names
}

// tallest is how high a window may become for a picture of a whole page.
const tallest = 1800

// wholePicture writes a picture of all of the page that the frame shows: the window becomes as high as it needs.
func (b *tab) wholePicture(name string) {
	b.t.Helper()
	height := evaluate[int64](b, "document.documentElement.scrollHeight")
	_, above := b.frameAt()
	b.resize(size{name: b.size.name, width: b.size.width, height: min(height+int64(above), tallest), touch: b.size.touch})
	b.keepPicture(name)
}

// The frame itself is right too: by axe, in its window, and in both of its languages.
func TestAdminFrame(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, size := range adminSizes {
		b := openAdmin(t, s, size, "/app")
		b.sees(heading(entry("merchant.home.title")))
		b.leave()
		b.accessible()
		b.clean()
	}

	b := openTab(t, desktop)
	for _, path := range []string{"/orders", "/customers", "/discounts", "/themes/current/editor"} {
		b.open(s.root + "/admin" + path + "?locale=de")
		b.sees(thing{role: "navigation", name: "Adminbereich"})
		b.accessible()
		b.clean()
	}
}

// A merchant presses a button of the app: the form is sent by fetch with the ID token, the page says what was done in
// the admin's toast, and the address of the window stays in step.
func TestAdminActs(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	b := openAdmin(t, s, desktop, "/app")
	b.press(button(entry("merchant.home.go_live")))
	b.leave()
	b.sees(words(entry("merchant.did.going_live")))
	b.until("the address to be the app's", func() (bool, error) {
		return evaluate[string](b, "location.href") == s.adminAt("/app"), nil
	})
	b.clean()
}

// What was typed goes live by one press, and the page says how far that is.
func TestAdminSavesAndGoesLive(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	b := openAdmin(t, s, desktop, theCampaign(t, s))
	b.fill(field(entry("merchant.field.name")), "Autumn")
	b.press(button(entry("merchant.editor.save_live")))
	b.leave()
	b.sees(words(entry("merchant.did.going_live")))
	if c := s.campaign(); c.Name != "Autumn" || c.State == referral.CampaignDraft {
		t.Errorf("%q is %s", c.Name, c.State)
	}
	b.clean()
}

// An ID token lives for a minute. When it is over the app refuses it, and App Bridge comes again with a fresh one:
// nobody notices.
func TestAdminRenewsAnExpiredToken(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	b := openAdmin(t, s, desktop, "/app")
	b.sees(button(entry("merchant.home.go_live")))
	b.instead("/live", answer{status: 401, headers: map[string]string{"X-Shopify-Retry-Invalid-Session-Request": "1"}})

	b.press(button(entry("merchant.home.go_live")))
	b.leave()
	b.sees(words(entry("merchant.did.going_live")))
	if asked := b.requests("/live"); len(asked) != 2 {
		t.Errorf("asked %v, want the refused one and one more", asked)
	}
}

// The app's navigation stands in the admin's sidebar, on a phone in its menu. It leads from page to page without a new
// document, and the window's address, the marked entry and the way back keep in step.
func TestAdminNavigation(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, size := range adminSizes {
		b := openAdmin(t, s, size, "/app")
		b.sees(heading(entry("merchant.home.title")))
		b.leave()
		type entry struct{ Words, Path string }
		const read = `[...document.querySelectorAll('#app-nav a')].map((a) => ({ Words: a.textContent, Path: a.dataset.path }))`
		entries := evaluate[[]entry](b, read)
		if len(entries) == 0 {
			t.Fatal("the sidebar has no page of the app")
		}

		documents := len(b.requests("id_token="))
		for _, one := range entries {
			if size.touch {
				b.press(button("Menu"))
			}
			b.press(link(one.Words))
			b.until("the address of "+one.Words, func() (bool, error) {
				const marked = `location.href + ' ' + document.querySelector('#app-nav [aria-current]')?.textContent`
				return evaluate[string](b, marked) == s.adminAt(one.Path)+" "+one.Words, nil
			})
			b.enter()
			b.sees(heading(one.Words))
			b.clean()
			b.leave()
		}
		if now := len(b.requests("id_token=")); now != documents {
			t.Errorf("%d pages of the navigation were opened as documents", now-documents)
		}

		evaluate[chromedp.Void](b, "history.back()")
		before := entry{entries[0].Words, "/app"}
		if len(entries) > 1 {
			before = entries[len(entries)-2]
		}
		b.until("the way back", func() (bool, error) {
			return evaluate[string](b, "location.href") == s.adminAt(before.Path), nil
		})
	}
}

// The admin's language stays through what comes after the first document: an act, the page that it leads to, and the
// pages of the navigation.
func TestAdminKeepsItsLanguage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	german := text.ForMerchants("de")
	b := openAdmin(t, s, desktop, "/app?locale=de")
	b.press(button(german.Say("merchant.home.go_live")))
	b.leave()
	b.sees(words(german.Say("merchant.did.going_live")))

	b.press(link(german.Say("merchant.settings.title")))
	b.enter()
	b.sees(heading(german.Say("merchant.settings.title")))
	if language := evaluate[string](b, "document.documentElement.lang"); language != "de" {
		t.Errorf("the page is in %q", language)
	}
	b.clean()
}

// saving is a page with a form that the save bar saves.
const saving = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Saving</title><meta name="shopify-api-key" content="browser">
<script src="SHOPIFY/shopifycloud/app-bridge.js"></script><script src="SHOPIFY/shopifycloud/polaris.js"></script></head>
<body><s-page heading="Saving"><form data-save-bar><s-text-field name="x" label="Name" value="before"></s-text-field></form></s-page>
<script>document.querySelector('form').addEventListener('submit', (e) => {
	e.preventDefault();
	shopify.toast.show('Saved ' + new FormData(e.target).get('x'));
});</script></body></html>`

// What is changed and not saved shows the save bar, which saves or discards, and keeps from leaving by the sidebar.
func TestAdminSaveBar(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	b := openTab(t, desktop)
	page := strings.ReplaceAll(saving, "SHOPIFY", house.shopify)
	b.always(house.app+"/app/saving", answer{status: 200, headers: map[string]string{"Content-Type": "text/html"}, body: page})
	b.open(s.adminAt("/app/saving"))
	bar := thing{role: "region", name: "Unsaved changes"}

	change := func() {
		b.never(bar)
		b.enter()
		b.fill(field("Name"), "after")
		b.leave()
		b.sees(bar)
	}
	change()
	b.accessible()
	b.press(link("Twofold"))
	b.press(button("Discard"))
	b.gone(bar)
	b.enter()
	if now := evaluate[string](b, "document.querySelector('s-text-field').value"); now != "before" {
		t.Errorf("after Discard the field holds %q", now)
	}
	b.leave()

	change()
	b.press(button("Save"))
	b.sees(words("Saved after"))
	b.gone(bar)
	b.clean()
}
