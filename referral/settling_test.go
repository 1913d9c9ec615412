package referral_test

import (
	"testing"

	. "twofold/referral"
)

// What only a look can settle, and what may be gone by itself.
func TestWhatSettlesAHold(t *testing.T) {
	t.Parallel()
	for reason, want := range map[Reason]Settling{
		ReasonSameBrowser: SettledByMerchant, ReasonManyRewards: SettledByMerchant, ReasonFriendAsked: SettledByMerchant,
		ReasonInquiry: SettledByFacts, ReasonGone: SettledByFacts, "circle_card": SettledByFacts,
	} {
		if got := reason.Settled(); got != want {
			t.Errorf("%s is settled by %s, want %s", reason, got, want)
		}
	}
}
