package referral

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file of testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s -want +got\n%s", path, diff)
	}
}

func TestPages(t *testing.T) {
	for name, facts := range map[string]func(*testing.T) Facts{
		"pending.txt": func(*testing.T) Facts { return bobsFacts(bobsOrder()) },
		"issued.txt":  issued,
		"reversed.txt": func(t *testing.T) Facts {
			t.Helper()
			f := issued(t)
			f.Orders[0].Status, f.Orders[0].Refunded = StatusRefunded, usd("80")
			f.Orders[0].Refunds = []Refund{{ID: "r1", At: bought.Add(16 * day), Total: usd("80")}}
			return f
		},
		"flagged.txt": func(*testing.T) Facts {
			f := bobsFacts(bobsOrder())
			f.Claims[0].Keys = []string{BrowserKey("b1")}
			return f
		},
		"approved_by_merchant.txt": func(*testing.T) Facts {
			f := bobsFacts(bobsOrder())
			f.Claims[0].Keys = []string{BrowserKey("b1")}
			f.Referral.Acts = []Act{approval("other_browser")}
			return f
		},
		"linked.txt": func(*testing.T) Facts {
			f := bobsFacts(bobsOrder())
			f.Referral.Acts = []Act{{Kind: ActLink, At: bought.Add(day), Order: f.Orders[0].ID, Advocate: "adv_zoe", Campaign: cmp1}}
			return f
		},
		"nothing.txt": func(*testing.T) Facts {
			f := bobsFacts(bobsOrder())
			f.Claims = nil
			return f
		},
		"two_claims.txt": func(*testing.T) Facts {
			f := bobsFacts(bobsOrder())
			f.Claims = append(f.Claims, Claim{Shop: testShop, ID: "clm_2", Campaign: "cmp_1", Version: 1, Customer: bob, Code: "OTHER",
				Touches: []Touch{{"adv_zoe", 1, noon.Add(time.Minute)}}})
			return f
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := facts(t)
			r := decide(t, f)
			e := OrderExplained{Order: f.Orders[0], Stored: name != "nothing.txt", Referral: r}
			for _, w := range r.Explained.Orders {
				if w.Order == e.Order.ID {
					e.Weighed = w
				}
			}
			golden(t, name, e.Page())
		})
	}
}

func TestEveryReasonHasASentence(t *testing.T) {
	for _, r := range []Reason{ReasonNone, ReasonSelf, ReasonSameBrowser, ReasonNotNew, ReasonUnpaid, ReasonCancelled, ReasonRefunded, ReasonBelowMinimum,
		ReasonDispute, ReasonInquiry, ReasonRejected, ReasonGone, ReasonTest, ReasonNewness, ReasonNoEvidence, ReasonNoIdentity} {
		if sentences[r] == "" {
			t.Errorf("%q has none", r)
		}
	}
}
