package referral

import "testing"

// What was held for the merchant's look stays held when two friends turn out to be one.
func TestTheHoldOfAFriendWhoIsMergedStays(t *testing.T) {
	t.Parallel()
	flag := Flag{Order: "gid://shopify/Order/2", Advocate: "adv_alice", Reason: ReasonManyRewards}
	merged := Referral{}.Joined(Referral{Record: Record{Flags: []Flag{flag}}})
	if got, held := merged.FlagFor(flag.Order, flag.Advocate); !held || got != flag {
		t.Errorf("%+v, held %v; want %+v", got, held, flag)
	}
}
