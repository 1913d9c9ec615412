package referral

import "time"

// AuditEntry is one thing that somebody at the merchant did, with the reason they gave. No decision rests on it. What
// was done, by whom and why is only ever added; what came of it is noted once.
type AuditEntry struct {
	ID      string // aud_…
	At      time.Time
	User    string   // Shopify's id of the member of staff
	Act     string   // such as "approve"
	About   []string // ids of ours and Shopify's, never a customer's: the order, the advocate
	Reason  string   // as it was typed; "" once a person whom it is about was erased
	Outcome string   // AuditDone, or the code of the refusal; "": it was cut off
	Erased  bool     // the reason is gone with a person
}

// AuditDone is the outcome of an act that was done.
const AuditDone = "done"

// MaxAuditReason is how long a reason may be, in letters.
const MaxAuditReason = 500
