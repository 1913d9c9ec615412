package referral

import (
	"time"

	"twofold/tenant"
)

// Visit is what a visit id stands for.
type Visit struct {
	Shop     tenant.ShopID
	Campaign CampaignKey
	Advocate AdvocateID
	At       time.Time
}
