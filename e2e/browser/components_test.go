package browser

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// componentsPage serves a page with each of the stand-ins for Polaris.
func componentsPage(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/components.html")
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(string(raw), "SHOPIFY", house.shopify)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(page))
	}))
	t.Cleanup(server.Close)
	return server.URL + "/"
}

// The stand-ins are what a form, a keyboard and a screen reader expect, in each window.
func TestAdminComponents(t *testing.T) {
	t.Parallel()
	page := componentsPage(t)
	for _, size := range adminSizes {
		b := openTab(t, size)
		b.open(page)
		b.sees(heading("Components"), link("Back"), field("Text"), thing{role: "spinbutton", name: "Money"},
			thing{role: "radio", name: "Q"}, thing{role: "switch", name: "Switch"}.about(), thing{role: "cell", name: "Approved"}.about())
		b.accessible()
		b.clean()
		b.shoot("components " + size.name)
	}

	b := openTab(t, desktop)
	b.open(page)
	b.fill(field("Text"), "abc")
	b.press(thing{role: "radio", name: "P"}.about())
	b.press(thing{role: "checkbox", name: "Check"})
	b.press(button("Send"))
	const sent = "text=abc&money=20.00&number=14&date=2026-12-24&search=&area=b&select=y&radio=p&checks=r&checks=s&check=on&switch=on"
	if got := evaluate[string](b, "window.sent"); got != sent {
		t.Errorf("sent %s,\nwant %s", got, sent)
	}
	b.press(button("Reset"))
	b.press(button("Send"))
	if got := evaluate[string](b, "window.sent"); !strings.HasPrefix(got, "text=a&") || strings.Contains(got, "check=on") {
		t.Errorf("after a reset %s is sent", got)
	}
}

// Menus, modals and tooltips open and close by the keyboard, and rows lead where their link leads.
func TestAdminOverlays(t *testing.T) {
	t.Parallel()
	b := openTab(t, desktop)
	b.open(componentsPage(t))
	b.tabTo(button("More"))
	b.strike(enterKey)
	b.sees(link("One"))
	b.strike(escapeKey)
	b.gone(link("One"))

	b.press(button("Open"))
	b.sees(thing{role: "dialog", name: "Sure?"})
	b.accessible()
	b.press(button("Cancel"))
	b.gone(thing{role: "dialog", name: "Sure?"})

	b.press(thing{role: "cell", name: "$20.00"}.about())
	b.until("the row's link to be followed", func() (bool, error) {
		return evaluate[string](b, "location.hash") == "#first", nil
	})
	b.clean()
}
