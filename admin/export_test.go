package admin_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/referral"
	"twofold/store/storetest"
)

// sealed asks for the address of an export.
func (w *world) sealed(t *testing.T, query string) string {
	t.Helper()
	a := w.post(t, "/app/referrals/export"+query, nil)
	var got struct {
		Address string `json:"address"`
	}
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != 200 || !strings.HasPrefix(got.Address, "/exports/") {
		t.Fatalf("status %d, %v: %s", a.status, err, a.body)
	}
	return got.Address
}

// An export has what the list had that asked for it, as a spreadsheet may safely open it, and stands in the audit log.
func TestExport(t *testing.T) {
	t.Parallel()
	w, alice := listed(t)
	w.refer(t, alice, func(r *referral.Referral, o *referral.Order) {
		number(1009)(r, o)
		o.Name, r.State, r.Reason, r.At = `=cmd|"x"`, referral.Flagged, referral.ReasonSameEmail, noon().Add(-48*time.Hour)
	})

	a := w.get(t, w.sealed(t, "?state=flagged"))
	want := "Order,Order number in Shopify,Placed (UTC),Friend's customer number,Advocate's customer number,Advocate's code,Net,Currency of net,State,Because,Advocate's reward,Currency of the reward,State of the reward\n" +
		"#1002,1002,2026-11-20T11:00:00Z,1002,9,ALICE-9,80.00,USD,flagged,the order has the advocate's e-mail address,20.00,USD,pending\n" +
		`"'=cmd|""x""",1009,2026-11-18T12:00:00Z,1009,9,ALICE-9,80.00,USD,flagged,the order has the advocate's e-mail address,20.00,USD,pending` + "\n"
	if diff := cmp.Diff(want, a.body); a.status != 200 || diff != "" {
		t.Errorf("status %d, -want +got\n%s", a.status, diff)
	}
	if kind := a.header.Get("Content-Type"); kind != "text/csv; charset=utf-8" || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v", a.header)
	}
	entries, err := w.store.AuditAbout(storetest.Context(t), demo, "export")
	if err != nil || len(entries) != 1 || entries[0].User != "548380009" {
		t.Errorf("the audit log has %+v, %v", entries, err)
	}
	if a = w.get(t, w.sealed(t, "?q=%231003")); !strings.Contains(a.body, "#1003,1003") || strings.Contains(a.body, "#1001") {
		t.Errorf("what was searched for: %s", a.body)
	}
}

// The address of an export counts once, for a minute, and only as it was made.
func TestAnExportsAddressCountsOnce(t *testing.T) {
	t.Parallel()
	w, _ := listed(t)
	address := w.sealed(t, "")
	changed := strings.Replace(address, ".csv", "A.csv", 1)
	if a := w.get(t, changed); a.status != 404 {
		t.Errorf("changed: status %d", a.status)
	}
	if a := w.get(t, address); a.status != 200 {
		t.Errorf("once: status %d", a.status)
	}
	if a := w.get(t, address); a.status != 404 || strings.Contains(a.body, "#1001") {
		t.Errorf("twice: status %d: %s", a.status, a.body)
	}

	late := w.sealed(t, "")
	w.now = noon().Add(time.Minute)
	if a := w.get(t, late); a.status != 404 {
		t.Errorf("after a minute: status %d", a.status)
	}
}
