package text

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/campaigns"
	"twofold/money"
	"twofold/referral"
)

// Each language writes an amount and a percentage in its own form, without decimals that say nothing.
func TestInEveryLanguage(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct{ got, want map[string]string }{
		"$20":    {Amounts(money.MustParse("20", "USD")), map[string]string{"en": "$20", "de": "20\u00a0$", "fr": "20\u00a0$US", "es": "20\u00a0US$"}},
		"$12.50": {Amounts(money.MustParse("12.50", "USD")), map[string]string{"en": "$12.50", "de": "12,50\u00a0$"}},
		"¥2000":  {Amounts(money.MustParse("2000", "JPY")), map[string]string{"en": "¥2,000"}},
		"12.5%":  {Percents(1250), map[string]string{"en": "12.5%", "de": "12,5\u00a0%"}},
		"15%":    {Percents(1500), map[string]string{"en": "15%"}},
	} {
		if len(c.got) != len(tags) || c.got["ar"] == "" {
			t.Errorf("%s: languages %v", says, c.got)
		}
		for language, want := range c.want {
			if c.got[language] != want {
				t.Errorf("%s in %s: %q, want %q", says, language, c.got[language], want)
			}
		}
	}
}

func TestShown(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 12, 1, 9, 30, 0, 0, time.UTC)
	const written = "The widgets show what was written into the shop's metafields on Dec 1, 2026, 09:30 UTC."
	const never = "The widgets have nothing to show yet: the offer was not written into the shop's metafields."
	for says, c := range map[string]struct {
		status campaigns.ShownStatus
		want   []string
	}{
		"never": {campaigns.ShownStatus{}, []string{never}},
		"well":  {campaigns.ShownStatus{At: day}, []string{written}},
		"stale": {campaigns.ShownStatus{At: day, Stale: true}, []string{written, "The campaign says something else by now; it is written within a minute."}},
		"refused from the start": {campaigns.ShownStatus{Problem: referral.Problem{Code: "shopify_silent"}, Since: day}, []string{
			never, "It cannot be written since Dec 1, 2026, 09:30 UTC: " + English.Problem(referral.Problem{Code: "shopify_silent"}),
		}},
	} {
		if got := English.Shown(c.status); !slices.Equal(got, c.want) {
			t.Errorf("%s -want +got\n%s", says, cmp.Diff(c.want, got))
		}
	}
}
