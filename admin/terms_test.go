package admin_test

import (
	"net/url"
	"strings"
	"testing"

	"twofold/referral"
	"twofold/store/storetest"
	"twofold/tenant"
)

// asks gives the shop its next terms.
func (w *world) asks(t *testing.T, terms tenant.Terms) {
	t.Helper()
	if err := w.store.AddTerms(storetest.Context(t), demo, terms); err != nil {
		t.Fatal(err)
	}
}

// The merchant writes versions, reads each, and sees how many have agreed to which; also on an advocate's page.
func TestTermsPage(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	golden(t, "terms_none.html", w.get(t, "/app/settings/terms").body)

	first := url.Values{"over": {"0"}, "text": {"Be kind.\r\n\r\nNo <b>spam</b>."}, "link": {""}}
	if a := w.post(t, "/app/settings/terms", first); a.status != 303 || a.header.Get("Location") != "/app/settings/terms?did=terms" {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	for range 3 {
		storetest.Advocate(t, w.store, demo, func(a *referral.Advocate) { a.Agreed = referral.Agreement{Version: 1, At: noon()} })
	}
	w.asks(t, tenant.Terms{Version: 2, At: noon()})
	w.asks(t, tenant.Terms{Version: 3, Text: "Be kind, always.", Link: "/pages/terms", At: noon()})
	storetest.Advocate(t, w.store, demo, func(a *referral.Advocate) {
		a.ID, a.Agreed = "adv_3", referral.Agreement{Version: 3, At: noon()}
	})

	golden(t, "terms.html", w.get(t, "/app/settings/terms").body)
	golden(t, "terms_version.html", w.get(t, "/app/settings/terms/1").body)
	for path, want := range map[string]string{
		"/app/settings": "agrees to version 3", "/app/advocates/adv_3": "Version 3, agreed to on",
	} {
		if a := w.get(t, path); !strings.Contains(a.body, want) {
			t.Errorf("%s does not say %q: %s", path, want, a.body)
		}
	}
	for _, version := range []string{"0", "4", "x", "-1"} {
		if a := w.get(t, "/app/settings/terms/"+version); a.status != 404 {
			t.Errorf("version %s: status %d", version, a.status)
		}
	}
}

// What is wrong is said where it was typed, and nothing that was typed is lost; nobody writes over what they have not seen.
func TestTermsThatAreNotRight(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	w.asks(t, tenant.Terms{Version: 1, Text: "Be kind.", At: noon()})
	for _, c := range []struct {
		says, over, text, link string
		status                 int
		want                   string
	}{
		{"a link to elsewhere", "1", "Typed.", "https://evil.example/x", 422, "must be a page of your shop"},
		{"too long", "1", strings.Repeat("x", tenant.MaxTerms+1), "", 422, "20,000 letters at most"},
		{"over a version that was not seen", "0", "Typed.", "", 422, "Somebody has changed the terms meanwhile"},
		{"over nothing", "", "Typed.", "", 400, ""},
		{"right", "1", "Typed.", "/pages/terms", 303, ""},
	} {
		a := w.post(t, "/app/settings/terms", url.Values{"over": {c.over}, "text": {c.text}, "link": {c.link}})
		kept := c.status != 422 || strings.Contains(a.body, `value="`+c.text+`"`) && strings.Contains(a.body, `value="`+c.link+`"`)
		if a.status != c.status || !strings.Contains(a.body, c.want) || !kept {
			t.Errorf("%s: status %d, typed is kept %v: %.3000s", c.says, a.status, kept, a.body)
		}
	}
}
