package browser

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// badPage has one of everything that the judges of a page look for.
const badPage = `<!doctype html><html lang="en"><head><title>Bad</title><link rel="icon" href="data:,"></head><body>
<p id="first" style="margin:0">First</p><p id="second">Second [amount]</p>
<p style="width:2000px">Wide</p><bad-box><template shadowrootmode="open"><button style="color:#bbb;background:#fff">Pale</button><p hidden>Hidden</p></template></bad-box>
<script>
console.error('complained of');
fetch('https://elsewhere.example/pixel').catch(() => {});
fetch('/missing');
setTimeout(() => { throw new Error('thrown'); });
requestAnimationFrame(() => requestAnimationFrame(() => {
	document.getElementById('first').style.height = '400px';
	for (const end = performance.now() + 90; performance.now() < end;);
	setTimeout(() => { document.title = 'Moved'; }, 100);
}));
</script></body></html>`

// TestJudgesSeeWhatIsWrong holds the judges of pages to a page on which all of it is wrong.
func TestJudgesSeeWhatIsWrong(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(badPage))
	}))
	t.Cleanup(server.Close)
	b := openTab(t, desktop)
	b.open(server.URL + "/")
	b.until("the page to move", func() (bool, error) { return evaluate[string](b, "document.title") == "Moved", nil })

	complaints := strings.Join(b.complaints(), "\n")
	for _, want := range []string{
		"complained of", "thrown", "https://elsewhere.example/pixel leaves this machine", "status of 404", "the page moved by itself", "P. ", `"Second [amount]"`, "wider than its window",
	} {
		if !strings.Contains(complaints, want) {
			t.Errorf("nobody complains of %q, but of\n%s", want, complaints)
		}
	}
	b.forgive("/missing")
	if left := strings.Join(b.complaints(), "\n"); strings.Contains(left, "status of 404") || !strings.Contains(left, "thrown") {
		t.Errorf("when a missing page is forgiven, what is complained of is\n%s", left)
	}
	b.until("the slow script to be told", func() (bool, error) {
		slow := b.watched().Slow
		return len(slow) > 0 && slow[0].MS >= 80, nil
	})
	if broken := b.violations(); !slices.ContainsFunc(broken, func(v violation) bool { return v.ID == "color-contrast" }) {
		t.Errorf("axe sees %v, and not the pale button in the shadow root", broken)
	}
	b.sees(button("Pale"))
	b.never(words("Hidden"))
}
