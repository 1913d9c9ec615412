package demo

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"twofold/mail"
)

// What comes is listed, the newest first, and its HTML runs nothing.
func TestTheMailboxShowsWhatCame(t *testing.T) {
	t.Parallel()
	m, err := openMailbox(false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	if page := get(t, m.url()+"/"); !strings.Contains(page, "PROTECTED_DATA_LEVEL=2") {
		t.Errorf("an empty mailbox does not say why:\n%s", page)
	}

	server := mail.SMTP{Host: m.box.Host(), Port: m.box.Port(), From: "friends@twofold.example"}
	for _, subject := range []string{"First", "Second <b>"} {
		err := server.Send(t.Context(), mail.Letter{
			ID: subject[:5], From: "Demo", To: "alice@example.com", Subject: subject, Text: "as text", HTML: "<p>as HTML</p>",
		})
		if err != nil {
			t.Fatal(err)
		}
	}

	page := get(t, m.url()+"/")
	second, first := strings.Index(page, "Second &lt;b&gt;"), strings.Index(page, "<b dir=\"auto\">First")
	if second < 0 || first < second || !strings.Contains(page, `src="/2/html"`) || !strings.Contains(page, "as text") {
		t.Errorf("the list is\n%s", page)
	}
	if page := get(t, m.url()+"/1"); !strings.Contains(page, `src="/1/html"`) {
		t.Errorf("the first one is\n%s", page)
	}
	if html := get(t, m.url()+"/1/html"); !strings.Contains(html, "<p>as HTML</p>") {
		t.Errorf("its HTML is %s", html)
	}
}

// get reads a page, which has to be there, and whose HTML of a mail has to be sandboxed.
func get(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v", address, response.StatusCode, err)
	}
	policy := response.Header.Get("Content-Security-Policy")
	if strings.HasSuffix(address, "/html") && !strings.HasPrefix(policy, "sandbox") {
		t.Errorf("%s is not sandboxed: %q", address, policy)
	}
	return string(body)
}
