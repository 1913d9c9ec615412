package jobs_test

import (
	"strings"
	"testing"

	"twofold/fault"
	"twofold/referral"
	"twofold/rewards"
)

// What a member of staff does in the admin is noted with who and why before it is done, and with what came of it
// afterwards, also where it was refused. Without a reason nothing is done.
func TestActsAreAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.credited()
	say := func(act rewards.Act, reason string) error {
		_, err := w.Rewards.Do(w.ctx, w.shop, rewards.Said{Act: act, Order: o.GID, User: "7", Reason: reason})
		return err
	}

	for reason, code := range map[string]string{
		" \n": "reason_missing", strings.Repeat("ä", referral.MaxAuditReason+1): "reason_long",
	} {
		if err := say(rewards.ActVoid, reason); fault.CodeOf(err) != code {
			t.Errorf("a reason of %d bytes: %v, want %s", len(reason), err, code)
		}
	}
	if err := say(rewards.ActApprove, "looks fine"); fault.CodeOf(err) != "not_flagged" {
		t.Errorf("approve what is not flagged: %v", err)
	}
	w.must(say(rewards.ActVoid, " sent by mistake "))

	r, err := w.kept.FindReferral(w.ctx, w.shop, w.friend())
	w.must(err)
	entries, err := w.kept.AuditAbout(w.ctx, w.shop, string(r.Advocate))
	w.must(err)
	if len(entries) != 2 || r.State != referral.Voided {
		t.Fatalf("%d entries, referral %s", len(entries), r.State)
	}
	void, approve := entries[0], entries[1]
	if void.Act == "approve" {
		void, approve = approve, void
	}
	if void.User != "7" || void.Reason != "sent by mistake" || void.Outcome != referral.AuditDone || void.At.IsZero() {
		t.Errorf("void: %+v", void)
	}
	if approve.Act != "approve" || approve.Outcome != "not_flagged" {
		t.Errorf("approve: %+v", approve)
	}
}
