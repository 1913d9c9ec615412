package referral

import (
	"slices"

	"twofold/fault"
)

// CampaignIn is the campaign that is in one of the states, of which a shop has one at most. NotFound: there is none.
func CampaignIn(all []Campaign, states ...CampaignState) (Campaign, error) {
	for _, c := range all {
		if slices.Contains(states, c.State) {
			return c, nil
		}
	}
	return Campaign{}, fault.New(fault.NotFound, "no_offer")
}
