package referral_test

import (
	"fmt"
	"strings"
	"testing"

	"twofold/fault"
	"twofold/money"
	. "twofold/referral"
)

// Each field says its own mistake, all of them at once, and none of a field that is right.
func TestMistakesAreSaidByField(t *testing.T) {
	t.Parallel()
	euro := money.MustParse("5", "EUR")
	for _, row := range []struct {
		says   string
		change func(*Terms)
		want   string
	}{
		{"a first draft", func(*Terms) {}, ""},
		{"the edges", func(t *Terms) { t.HoldDays, t.WindowDays, t.ClaimDays, t.ShareCeiling = 45, 365, 1, 10_000 }, ""},
		{"beyond the edges", func(t *Terms) { t.HoldDays, t.WindowDays, t.ClaimDays, t.ShareCeiling = 46, 0, 366, 10_001 },
			"hold_days window_days claim_days share_ceiling"},
		{"no amounts", func(t *Terms) { t.Friend.Amount, t.Advocate.Amount = usd("0"), usd("-1") },
			"friend_amount:reward_amount advocate_amount:reward_amount"},
		{"another currency", func(t *Terms) { t.Friend.Amount, t.Minimum, t.Advocate.CountsAs = euro, euro, euro },
			"friend_amount:reward_amount advocate_counts_as:reward_amounts minimum"},
		{"percentages", func(t *Terms) {
			t.Friend.Kind, t.Friend.RateBP, t.Advocate.Kind, t.Advocate.RateBP = PercentOff, 10_001, ShareOfOrder, 0
		},
			"friend_percent:reward_percent advocate_percent:reward_percent"},
		{"a share for the friend", func(t *Terms) { t.Friend.Kind, t.Friend.RateBP = ShareOfOrder, 1000 }, "friend_kind:share_is_advocates"},
		{"an unknown kind", func(t *Terms) { t.Advocate.Kind = "gift" }, "advocate_kind:reward_kind"},
		{"free shipping beside free shipping", func(t *Terms) { t.Friend.Kind = FreeShipping }, "friend_combines:shipping_twice"},
		{"a personal discount for whom nobody knows", func(t *Terms) { t.Friend.Personal = true }, "friend_personal:friend_not_personal"},
		{"the advocate's after the order", func(t *Terms) { t.Advocate.AfterOrder = true }, "advocate_after_order"},
		{"a next order for a code at the claim", func(t *Terms) { t.Friend.Minimum = usd("5") }, "friend_minimum"},
		{"a next order of less than nothing: one mistake a field", func(t *Terms) { t.Friend.Minimum = usd("-5") }, "friend_minimum"},
		{"a greatest reward of what is not shared", func(t *Terms) { t.Advocate.Most = usd("5") }, "advocate_most:most_of_shares"},
		{"valid for too long", func(t *Terms) { t.Advocate.ValidDays = 731 }, "advocate_valid_days:valid_days"},
		{"no source", func(t *Terms) { t.Excluded = Sources{true, true, true, true, true} }, "sources:no_sources"},
		{"no credit", func(t *Terms) { t.Credit = "" }, "credit"},
		{"an unknown strictness", func(t *Terms) { t.Strictness = "lax" }, "strictness"},
	} {
		terms, err := FirstTerms("USD", false)
		if err != nil {
			t.Fatal(err)
		}
		row.change(&terms)
		found := terms.Mistakes("USD")
		if got := written(found); got != row.want {
			t.Errorf("%s: %q, want %q", row.says, got, row.want)
		}
		first := ""
		if len(found) > 0 {
			first = fault.CodeOf(found[0].Err)
		}
		if got := fault.CodeOf(terms.Validate("USD")); got != first {
			t.Errorf("%s: refused for %q, want %q", row.says, got, first)
		}
	}

	limits := Limits{MonthCap: -1, YearCap: 2, FlagAfter: -3, Budget: euro, AllowableCost: usd("-1")}
	if got, want := written(limits.Mistakes("USD")), "month_cap:caps flag_after:caps budget allowable_cost"; got != want {
		t.Errorf("limits: %q, want %q", got, want)
	}
}

// written is each mistake as its field and its code, where these differ.
func written(found []Mistake) string {
	var out []string
	for _, m := range found {
		code := fault.CodeOf(m.Err)
		if !fault.Is(m.Err, fault.Invalid) {
			code = fmt.Sprint(m.Err)
		}
		said := string(m.Field) + ":" + code
		if code == string(m.Field) {
			said = code
		}
		out = append(out, said)
	}
	return strings.Join(out, " ")
}
