package admin_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"twofold/referral"
	"twofold/store/storetest"
)

// flagged opens the pages with three flagged referrals, the first order the oldest, and one that is not.
func flagged(t *testing.T) *world {
	t.Helper()
	w := open(t)
	w.installed(t, true)
	w.flag(t)
	return w
}

// flag adds four referrals of Alice's to the demo shop, of which three are flagged.
func (w *world) flag(t *testing.T) {
	t.Helper()
	alice := storetest.Advocate(t, w.store, demo, func(a *referral.Advocate) {
		a.ID, a.Customer, a.Codes, a.Purchase = "adv_1", "gid://shopify/Customer/9", []string{"ALICE-9"}, referral.PurchaseSeen
	})
	for i := range 4 {
		w.refer(t, alice, func(r *referral.Referral, o *referral.Order) {
			number(2001+i)(r, o)
			r.At = noon().Add(-time.Duration(4-i) * 24 * time.Hour)
			o.ProcessedAt = r.At
			if i == 3 {
				r.State = referral.Approved
				return
			}
			r.State, r.Reason = referral.Flagged, referral.ReasonSameBrowser
			r.Newness = map[referral.OrderID]referral.Newness{o.ID: {Via: referral.ViaIndex, At: r.At}}
			r.Explained.Orders = []referral.Weighed{{
				Order: o.ID, Name: o.Name, At: r.At, Net: storetest.USD("80"), Converts: true, Outcome: r.State, Reason: r.Reason,
				Evidence: []referral.Evidence{{Kind: referral.EvidenceClaimCode, Advocate: alice.ID, Touch: r.At.Add(-time.Hour), Won: true}},
				Checks: []referral.Check{
					{Rule: "paid", Version: 1, Result: referral.Passed},
					{Rule: "other_browser", Version: 3, Result: referral.Holds, Reason: referral.ReasonSameBrowser},
					{Rule: "other_email", Version: 2, Result: referral.Passed},
				},
			}}
		})
	}
}

// The oldest comes first, with both people side by side; what is the same is marked.
func TestReview(t *testing.T) {
	t.Parallel()
	w := flagged(t)
	a := w.get(t, "/app/review")
	for _, want := range []string{
		"1 of 3 flagged", "<h2>Flagged, because the offer was claimed in the same browser in which the advocate joined.</h2>",
		"<s-paragraph>It waits until you approve or reject it. The order is ",
		`<tr class="same"><th scope="row">Browser</th>`, "3 flagged and 1 approved", "0 orders", `href="/app/review/2002" data-key="S"`,
		`action="/app/review/2001/approve" data-key="A"`, `action="/app/review/2001/reject" data-key="R"`,
	} {
		if a.status != 200 || !strings.Contains(a.body, want) {
			t.Errorf("status %d, %q is missing", a.status, want)
		}
	}
	golden(t, "review.html", a.body)
	if a = w.get(t, "/app/review/2003"); !strings.Contains(a.body, "3 of 3 flagged") || !strings.Contains(a.body, `href="/app/review/2001" data-key="S"`) {
		t.Errorf("the last one is not followed by the first: %s", a.body)
	}
}

// Whose hold is over is not said to wait for it.
func TestAHoldThatIsOver(t *testing.T) {
	t.Parallel()
	w := flagged(t)
	w.now = w.now.Add(30 * 24 * time.Hour)
	a := w.get(t, "/app/review/2001")
	if !strings.Contains(a.body, "ALICE-9 gets $20.00 at once") || strings.Contains(a.body, "on hold until") {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}

// A decision leads to the next one; a rejection can be taken back from there. What is gone is decided no more.
func TestAReviewGoesOnToTheNext(t *testing.T) {
	t.Parallel()
	w := flagged(t)
	decide := func(order int, act, next string) answer {
		return w.post(t, fmt.Sprintf("/app/review/%d/%s", order, act), url.Values{"next": {next}, "reason": {""}})
	}
	if a := decide(2001, "reject", "2002"); a.status != 303 || a.header.Get("Location") != "/app/review/2002?undo=2001&did=acted_reject" {
		t.Fatalf("status %d, to %s: %s", a.status, a.header.Get("Location"), a.body)
	}
	a := w.get(t, "/app/review/2002?undo=2001")
	if !strings.Contains(a.body, "1 of 2 flagged") || !strings.Contains(a.body, `action="/app/review/2001/restore" data-key="U"`) {
		t.Errorf("after the rejection: %s", a.body)
	}
	if a = decide(2004, "approve", "2002"); a.status != 422 || !strings.Contains(a.body, "Only a flagged referral can be approved") {
		t.Errorf("what is flagged no more: status %d: %s", a.status, a.body)
	}
	entries, err := w.store.AuditAbout(storetest.Context(t), demo, "gid://shopify/Order/2001")
	if err != nil || len(entries) != 1 || entries[0].Reason != "Decided in review." {
		t.Errorf("the audit log has %+v, %v", entries, err)
	}

	for path, want := range map[string]int{"/app/review/2002/void": 404, "/app/review/x/approve": 404} {
		if a = w.post(t, path, url.Values{}); a.status != want {
			t.Errorf("%s: status %d", path, a.status)
		}
	}
	if a = decide(2002, "approve", "//evil.example"); strings.Contains(a.header.Get("Location"), "evil") {
		t.Errorf("leads to %s", a.header.Get("Location"))
	}
}

func TestNothingIsFlagged(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	if a := w.get(t, "/app/review"); a.status != 200 || !strings.Contains(a.body, "Nothing is flagged") {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}
