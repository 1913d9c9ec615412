package admin_test

import (
	"strings"
	"testing"
)

// signedInReads is what signing in reads before each page: the shop.
const signedInReads = 1

// A page reads little, however much a shop has: at most five queries beside who is signed in.
func TestPagesOfReferralsReadLittle(t *testing.T) {
	t.Parallel()
	w := flagged(t)
	for path, most := range map[string]int{
		"/app/referrals": 4, "/app/referrals?state=flagged&reason=same_browser": 4, "/app/referrals?q=%232001": 5,
		"/app/referrals?q=2001": 5, "/app/referrals?q=alice-9": 5, "/app/referrals/2001": 5, "/app/review": 5,
		"/app/review/2002": 5, "/app/explain": 0,
	} {
		var a answer
		reads := w.sent.Reads(func() { a = w.get(t, path) })
		if a.status != 200 || len(reads) > most+signedInReads || len(reads) < signedInReads {
			t.Errorf("%s: status %d, %d reads (%s), want %d at most",
				path, a.status, len(reads)-signedInReads, strings.Join(reads, " "), most)
		}
	}
}
