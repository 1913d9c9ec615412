package store_test

import (
	"testing"
	"time"

	"twofold/fault"
	"twofold/referral"
)

// An entry is written once, and finished once; what came of it may tell of more that it was about. Forgetting takes
// the reason of all entries about a thing, and nothing else.
func TestAuditEntriesAreAdded(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	first := referral.AuditEntry{
		ID: "aud_1", At: noon, User: "7", Act: "link", About: []string{"gid://shopify/Order/1"}, Reason: "Ada told us",
	}
	second := referral.AuditEntry{ID: "aud_2", At: noon.Add(time.Minute), About: []string{"gid://shopify/Order/2"}, Reason: "B"}
	must(t, s.AddAudit(ctx, shop, first))
	must(t, s.AddAudit(ctx, shop, second))
	wantKind(t, "the same id again", s.AddAudit(ctx, shop, first), fault.Conflict)

	must(t, s.FinishAudit(ctx, shop, "aud_1", referral.AuditDone, "adv_1", ""))
	wantKind(t, "finished twice", s.FinishAudit(ctx, shop, "aud_1", "not_flagged"), fault.NotFound)
	must(t, s.FinishAudit(ctx, shop, "aud_2", "not_flagged"))

	first.About, first.Outcome = append(first.About, "adv_1"), referral.AuditDone
	second.Outcome = "not_flagged"
	same(t, []referral.AuditEntry{first}, get[[]referral.AuditEntry](t)(s.AuditAbout(ctx, shop, "adv_1")))
	both := get[[]referral.AuditEntry](t)(s.AuditAbout(ctx, shop, "adv_1", "gid://shopify/Order/2"))
	same(t, []referral.AuditEntry{second, first}, both)

	must(t, s.ForgetReasons(ctx, shop, "adv_1"))
	first.Reason, first.Erased = "", true
	both = get[[]referral.AuditEntry](t)(s.AuditAbout(ctx, shop, "gid://shopify/Order/1", "gid://shopify/Order/2"))
	same(t, []referral.AuditEntry{second, first}, both)
}
