package admin_test

import (
	"net/url"
	"strings"
	"testing"

	"twofold/referral"
	"twofold/store/storetest"
)

// tried is the shop with one live campaign, on which orders are tried.
func tried(t *testing.T) *world {
	t.Helper()
	w := open(t)
	w.installed(t, true)
	storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.ID = "cmp_1" })
	return w
}

// The dry run answers in the words of a real order's page, and holds none of the ids that it makes up.
func TestADescribedOrderIsExplained(t *testing.T) {
	t.Parallel()
	w := tried(t)
	for query, wants := range map[string][]string{
		"":                               {"Simulated", "Pending until", "Robin, the friend", "Alex, the advocate"},
		"?fate=refunded":                 {"the order was refunded in full", "Voided"},
		"?friend=returning&came=account": {"Voided", "The same customer had claimed the offer"},
		"?goods=10":                      {"code only on $"},
		"?came=nothing":                  {"Nothing of this was found"},
		"?test=on":                       {"A test order: it stands outside every figure"},
		"?goods=50&gift_cards=10&fate=late&days=3": {"taken back before it was spent"},
	} {
		a := w.get(t, "/app/try"+query)
		for _, want := range wants {
			if a.status != 200 || !strings.Contains(a.body, want) {
				t.Errorf("%q: status %d, %q is missing", query, a.status, want)
			}
		}
		for _, leak := range []string{"gid://", "adv_described", "clm_", "merchant.", "shopify:admin"} {
			if strings.Contains(a.body, leak) {
				t.Errorf("%q: the page holds %q", query, leak)
			}
		}
	}
}

// What cannot be read is said at its field, and what was typed is still there.
func TestWhatCannotBeTriedIsSaidAtItsField(t *testing.T) {
	t.Parallel()
	w := tried(t)
	for query, want := range map[string]string{
		"?days=400":                   "A whole number from 0 to 366.",
		"?goods=x":                    "This is not an amount of USD",
		"?goods=-1":                   "This is not an amount of USD",
		"?goods=50&gift_cards=60":     "There cannot be more gift cards than the $50.00",
		"?fate=returned&returned=999": "More than nothing, and at most the",
	} {
		if a := w.get(t, "/app/try"+query); a.status != 422 || !strings.Contains(a.body, `error="`+want) {
			t.Errorf("%q: status %d, %q is not at its field", query, a.status, want)
		}
	}
}

// Who has decimal commas types them. What might have a separator between thousands is refused, and is still there.
func TestADecimalCommaIsTaken(t *testing.T) {
	t.Parallel()
	w := tried(t)
	for typed, want := range map[string]string{
		"59,5": `value="59.5"`, "59,50": `value="59.50"`, "59.50": `value="59.50"`, "1234,56": `value="1234.56"`,
		"1.234,56": "nothing stands between thousands", "1,234.56": "nothing stands between thousands",
		"1,234": "nothing stands between thousands", "1.234": "nothing stands between thousands", "1,2,3": "nothing stands",
	} {
		a := w.get(t, "/app/try?goods="+url.QueryEscape(typed))
		refused := strings.HasPrefix(want, "nothing")
		kept := !refused || strings.Contains(a.body, `value="`+typed+`"`)
		if (a.status == 422) != refused || !strings.Contains(a.body, want) || !kept {
			t.Errorf("%q: status %d, %q is missing, or what was typed", typed, a.status, want)
		}
	}
}

// The answer follows the form; trying reads the campaigns, and writes nothing.
func TestTryingFollowsAndWritesNothing(t *testing.T) {
	t.Parallel()
	w := tried(t)
	var a answer
	reads := w.sent.Reads(func() { a = w.post(t, "/app/try", url.Values{"fate": {"cancelled"}}) })
	if a.status != 200 || !strings.Contains(a.body, `target="try-answer"`) || !strings.Contains(a.body, "the order was cancelled") {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	if len(reads) != 1+signedInReads {
		t.Errorf("it reads %v", reads)
	}
	ctx := storetest.Context(t)
	kept, err := w.store.FindReferrals(ctx, demo, referral.ListQuery{Limit: 5})
	_, missing := w.store.FindOrder(ctx, demo, "gid://shopify/Order/1")
	if err != nil || len(kept) > 0 || missing == nil {
		t.Errorf("something is kept: %v, %v", kept, err)
	}
}

// Without a campaign there are no terms to try.
func TestNothingToTry(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	if a := w.get(t, "/app/try"); a.status != 200 || !strings.Contains(a.body, "No campaign yet") {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}
