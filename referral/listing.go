package referral

import "time"

// Listed are the states of what is a referral, in the order in which they are shown.
var Listed = []State{Pending, Flagged, Approved, Voided}

// ListQuery selects referrals outside the test lane, the newest order first. Reason, Campaign and Advocate each have an
// index; a caller gives one of them at most.
type ListQuery struct {
	States   []State // none: all of Listed
	Owed     bool    // only those whose advocate's reward is owed
	Reason   Reason
	Campaign CampaignID
	Advocate AdvocateID

	From  Place // only what stands after it, or with Back before it; the zero value: from the beginning
	Back  bool  // towards newer orders; what is found is still sorted with the newest order first
	Limit int
}

// Place is where a referral stands in a list.
type Place struct {
	At     time.Time // of its order
	Friend FriendID  // of two orders of one instant
}

// PlaceOf is where a referral stands.
func PlaceOf(r Referral) Place { return Place{At: r.At, Friend: r.Friend} }

// FriendQuery selects friends by what is known of their orders. What is left out selects nobody.
type FriendQuery struct {
	Names []string // of orders, exactly
	Codes []string // on their orders, upper case
	Order OrderID
}

// StateCounts is how many referrals stand where, outside the test lane.
type StateCounts struct {
	States map[State]int
	Owed   int
}
