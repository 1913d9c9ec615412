package shopify

import (
	"encoding/json"
	"net/http"
	"testing"

	"twofold/referral"
)

// What may be withheld by a level that shows the rest leaves an order whole without it. What else is withheld at level 1
// does not, and a risk that cannot be null would take all of the order along.
func TestAnOrderIsWholeWithoutWhatIsOptional(t *testing.T) {
	t.Parallel()
	denied := func(paths string) *answer {
		return &answer{Status: http.StatusOK, Body: []byte(`{"data":{"order":{}},"errors":[` + paths + `]}`)}
	}
	one := func(path string) string {
		return `{"message":"This app is not approved to use the field.","path":` + path + `,"extensions":{"code":"ACCESS_DENIED"}}`
	}
	for list, withheld := range map[string]bool{
		one(`["order","transactions",0,"paymentDetails","number"]`):          false,
		one(`["order","clientIp"]`):                                          false,
		one(`["order","customerJourneySummary","firstVisit","referrerUrl"]`): false,
		one(`["order","clientIp"]`) + "," + one(`["order","customer"]`):      true,
		one(`["order","customer"]`):                                          true, one(`["order","risk"]`): true, one(`null`): true,
	} {
		r, err := judge(opOrderSnapshot, denied(list))
		if err != nil || r.withheld != withheld {
			t.Errorf("%s: withheld %v, %v", list, r.withheld, err)
		}
	}
}

// Shopify's own assessment counts, once there is one; what an app thinks does not, nor a level that is new.
func TestRisk(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]referral.Risk{
		`{"assessments":[{"riskLevel":"HIGH","provider":null}]}`:                                                           referral.RiskHigh,
		`{"assessments":[{"riskLevel":"LOW"}]}`:                                                                            referral.RiskLow,
		`{"assessments":[{"riskLevel":"PENDING","provider":null}]}`:                                                        "",
		`{"assessments":[{"riskLevel":"SOMETHING_NEW","provider":null}]}`:                                                  "",
		`{"assessments":[{"riskLevel":"HIGH","provider":{"id":"gid://shopify/App/1"}}]}`:                                   "",
		`{"assessments":[{"riskLevel":"HIGH","provider":{"id":"gid://shopify/App/1"}},{"riskLevel":"LOW","provider":{}}]}`: "",
		`{"assessments":[]}`: "", `null`: "",
	} {
		var risk *rawRisk
		if err := json.Unmarshal([]byte(raw), &risk); err != nil {
			t.Fatal(err)
		}
		if got := risk.ofShopify(); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

// The page that led to a visit by a link of ours counts before others, and the last before the first.
func TestReferrer(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"firstVisit":{"referralCode":"ANN","referrerUrl":"https://Coupons.example/a"},"lastVisit":{"referrerUrl":"https://www.google.com/"}}`:                       "coupons.example",
		`{"firstVisit":{"referrerUrl":"https://a.example/"},"lastVisit":{"referralCode":"ANN","referrerUrl":"https://b.example/"}}`:                                   "b.example",
		`{"firstVisit":{"referrerUrl":"https://a.example/"},"lastVisit":{"referrerUrl":"https://b.example/"}}`:                                                        "b.example",
		`{"firstVisit":{"referrerUrl":"https://a.example/"},"lastVisit":{"referrerUrl":null}}`:                                                                        "a.example",
		`{"firstVisit":{"referralCode":"ANN","referrerUrl":"android-app://com.google.android.gm"},"lastVisit":{"referralCode":"ANN","referrerUrl":"not an address"}}`: "com.google.android.gm",
		`{"firstVisit":null,"lastVisit":null}`: "", `null`: "",
	} {
		var j *rawJourney
		if err := json.Unmarshal([]byte(raw), &j); err != nil {
			t.Fatal(err)
		}
		if got := j.referrer(); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}
