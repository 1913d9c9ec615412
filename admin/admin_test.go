package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"twofold/referral"
	"twofold/store/storetest"
)

// An act leads to a page that says what was done, once, and only what can have been done.
func TestAnActIsSaidOnTheNextPage(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.ID, c.State = "cmp_1", referral.CampaignDraft })

	a := w.post(t, "/app/campaigns/cmp_1/live", nil)
	if to := a.header.Get("Location"); a.status != 303 || to != "/app?did=going_live" {
		t.Fatalf("status %d, leads to %q", a.status, to)
	}
	if a = w.get(t, "/app?did=going_live"); !strings.Contains(a.body, `data-did="Going live: `) {
		t.Errorf("nothing says what was done: %s", a.body)
	}
	for _, did := range []string{"", "nothing", "<b>", "../lost.used"} {
		if a = w.get(t, "/app?did="+url.QueryEscape(did)); strings.Contains(a.body, "data-did") {
			t.Errorf("did %q is said: %s", did, a.body)
		}
	}
}

// A document that leads to another page takes along by what the merchant is signed in; a fetch has that in its header.
func TestAMovedDocumentStaysSignedIn(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	for asked, want := range map[string]string{
		"/app/referrals/77": "/app/explain?order=77",
		"/app/referrals/77?embedded=1&host=x&hmac=h&id_token=t&locale=de&shop=demo.myshopify.com": "/app/explain?embedded=1&host=x&id_token=t&locale=de&order=77&shop=demo.myshopify.com",
	} {
		if a := w.get(t, asked); a.status != 302 || a.header.Get("Location") != want {
			t.Errorf("%s: status %d, leads to %s", asked, a.status, a.header.Get("Location"))
		}
	}
}

// What fails is said in the frame of the pages, with a way back that never leads anywhere else.
func TestAnErrorIsAPageWithAWayBack(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	for from, want := range map[string]string{
		"": "/app", "https://app.example/app/campaigns?x=1": "/app/campaigns", "https://evil.example/app/x": "/app",
		"https://app.example/apple": "/app", "https://app.example/app//evil.example": "/app//evil.example", `https://app.example/app/\evil`: "/app",
	} {
		r, err := http.NewRequest(http.MethodPost, "https://app.example/app/campaigns/cmp_none/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/html")
		r.Header.Set("Referer", from)
		got, err := w.Test(r, int(patience.Milliseconds()))
		if err != nil {
			t.Fatal(err)
		}
		a := read(t, got)
		if a.status != 404 || !strings.Contains(a.body, `href="`+want+`"`) || !strings.Contains(a.body, "<s-app-nav>") {
			t.Errorf("from %q: status %d, want a way back to %s: %s", from, a.status, want, a.body)
		}
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	page := w.get(t, "/app").body
	for _, name := range []string{"admin.css", "admin.js", "turbo.js"} {
		_, rest, found := strings.Cut(page, `"/assets/`+name)
		mark, _, _ := strings.Cut(rest, `"`)
		a := w.get(t, "/assets/"+name+mark)
		if !found || a.status != 200 || !strings.Contains(a.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s%s: status %d, %v", name, mark, a.status, a.header)
		}
		if old := w.get(t, "/assets/"+name+"?v=old"); old.status != 200 || strings.Contains(old.header.Get("Cache-Control"), "immutable") {
			t.Errorf("an older %s: status %d, %v", name, old.status, old.header)
		}
	}
	if a := w.get(t, "/assets/nothing.js"); a.status != 404 {
		t.Errorf("an asset that is not there: %d", a.status)
	}
}
