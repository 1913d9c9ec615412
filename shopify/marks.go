package shopify

import (
	"encoding/json"
	"slices"

	"twofold/referral"
)

// rawRisk is an OrderRiskSummary. An assessment without a provider is Shopify's own.
type rawRisk struct {
	Assessments []struct {
		Level    string `json:"riskLevel"`
		Provider *rawID `json:"provider"`
	} `json:"assessments"`
}

// risks are the levels that say something: NONE and PENDING do not. Source: shopify.dev, RiskAssessmentResult, 2026-10.
var risks = map[string]referral.Risk{
	"LOW": referral.RiskLow, "MEDIUM": referral.RiskMedium, "HIGH": referral.RiskHigh,
}

// ofShopify is what Shopify thinks of the order. What other apps think is between them and the merchant.
func (r *rawRisk) ofShopify() referral.Risk {
	if r == nil {
		return referral.RiskUnknown
	}
	for _, a := range r.Assessments {
		if level := risks[a.Level]; a.Provider == nil && level != referral.RiskUnknown {
			return level
		}
	}
	return referral.RiskUnknown
}

// referrer is the host of the page that led to the shop: by a link of ours where a visit had one, else at the last visit
// of which it is known.
func (j *rawJourney) referrer() (host string) {
	if j == nil {
		return ""
	}
	for _, v := range []*rawVisit{j.First, j.Last} {
		from := v.host()
		if from != "" && v.ref() != "" {
			return from
		}
		if from != "" {
			host = from
		}
	}
	return host
}

// host is that of the page that led to the visit, in lower case; "" where there is none, as in an app.
func (v *rawVisit) host() string {
	if v == nil {
		return ""
	}
	return referral.HostOf(orEmpty(v.From))
}

// optional are fields that Shopify may withhold from the app while it shows the rest. shopify.dev marks a card's digits
// and expiry as protected customer data and does not say of which level, and says nothing of the client's address.
var optional = []string{"paymentDetails", "clientIp", "referrerUrl"}

// onlyOptional tells whether what is withheld is optional and nothing else: an order without it is whole.
func onlyOptional(list []graphError) bool {
	for _, e := range list {
		if !slices.ContainsFunc(e.Path, func(step json.RawMessage) bool {
			var name string
			return json.Unmarshal(step, &name) == nil && slices.Contains(optional, name)
		}) {
			return false
		}
	}
	return true
}
