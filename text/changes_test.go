package text_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"twofold/money"
	"twofold/referral"
	"twofold/text"
)

// Only what differs is said, with the name of the side that it belongs to; a line that only one version has is none in
// the other.
func TestChangesOfTerms(t *testing.T) {
	t.Parallel()
	was, err := referral.FirstTerms("USD", false)
	if err != nil {
		t.Fatal(err)
	}
	if said := text.English.Changes(was, was); len(said) > 0 {
		t.Errorf("nothing differs, and said is %q", said)
	}

	is := was
	is.Minimum, is.HoldDays = money.MustParse("30", "USD"), 7
	is.Advocate.Kind, is.Advocate.RateBP, is.Advocate.ValidDays = referral.ShareOfOrder, 1000, 90
	want := []string{
		"friend gets, order of at least: $40.00 → $30.00",
		"advocate gets: $20 off → 10% of the order",
		"advocate gets, as: a code of the pool → a discount that only this advocate can use",
		"advocate gets, valid: without end → 90 days",
		"hold: 14 days from payment → 7 days from payment",
	}
	if diff := cmp.Diff(want, text.English.Changes(was, is)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
