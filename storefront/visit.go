package storefront

import (
	"encoding/json"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// visitPurpose keeps sealed visits apart from everything else that is sealed.
const visitPurpose = "visit"

// sealedVisit is what a visit id holds; short names because it ends up in a cart.
type sealedVisit struct {
	Campaign referral.CampaignID `json:"c"`
	Version  int                 `json:"v"`
	Advocate referral.AdvocateID `json:"a"`
	At       int64               `json:"t"`           // Unix milliseconds
	Referrer string              `json:"r,omitempty"` // a host
}

// maxReferrer bounds a host in a visit id, which must not grow beyond what a cart carries (referral.Attribute).
const maxReferrer = 100

// Visits makes and reads visit ids: sealed tokens, bound to the shop and stored nowhere (design section 6).
type Visits struct{ Keyring Sealer }

// Seal makes a visit id.
func (s Visits) Seal(v referral.Visit) (string, error) {
	if len(v.Referrer) > maxReferrer {
		v.Referrer = ""
	}
	plain, err := json.Marshal(sealedVisit{v.Campaign.ID, v.Campaign.Version, v.Advocate, v.At.UnixMilli(), v.Referrer})
	if err != nil {
		return "", err
	}
	return s.Keyring.Seal(visitPurpose, string(v.Shop), plain)
}

// OpenVisit reads a visit id. One that is missing, wrong or another shop's is nil: a visit is evidence at most, so a
// claim goes on without it.
func (s Visits) OpenVisit(shop tenant.ShopID, id string) *referral.Visit {
	if id == "" || len(id) > maxVisitBytes {
		return nil
	}

	plain, err := s.Keyring.Open(visitPurpose, string(shop), id)
	if err != nil {
		return nil
	}

	var v sealedVisit
	if json.Unmarshal(plain, &v) != nil || v.Campaign == "" || v.Advocate == "" {
		return nil
	}
	return &referral.Visit{
		Shop: shop, Campaign: referral.CampaignKey{ID: v.Campaign, Version: v.Version}, Advocate: v.Advocate,
		At: time.UnixMilli(v.At).UTC(), Referrer: v.Referrer,
	}
}
