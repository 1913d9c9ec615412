package referral

import "slices"

// moves lists where a referral may go from each state; docs/states.md draws it. Conclusions are computed from facts
// anew, so a referral may return from voided when the facts do, and from approved to pending as long as nothing was
// issued: the released order was undone, and another one converts.
var moves = map[State][]State{
	None:     {Pending, Flagged, Voided},
	Pending:  {None, Flagged, Approved, Voided},
	Flagged:  {None, Pending, Approved, Voided},
	Approved: {Pending, Flagged, Voided},
	Voided:   {None, Pending, Flagged, Approved},
}

// rewardMoves is the same for a reward of either side. What was issued never becomes unissued: it is spent, runs out,
// or is taken back. If the order that was undone turns out to stand after all (a chargeback was won), the reward is due
// again, with another code, or with the one that was spent. An order that was edited may lose the code that it had
// spent. An offset reward (voided) is owed when its own order is undone. Expired is derived from time and not stored,
// so every move from it is one from issued.
var rewardMoves = map[RewardState][]RewardState{
	RewardNone:     {RewardPending, RewardApproved, RewardIssued, RewardRedeemed, RewardVoided},
	RewardPending:  {RewardNone, RewardApproved, RewardVoided},
	RewardApproved: {RewardNone, RewardPending, RewardIssued, RewardVoided, RewardReversed, RewardRedeemed, RewardOwed, RewardSettled, RewardForgiven},
	RewardIssued:   {RewardApproved, RewardRedeemed, RewardExpired, RewardReversed, RewardOwed, RewardSettled, RewardForgiven},
	RewardExpired:  {RewardApproved, RewardRedeemed, RewardReversed, RewardOwed, RewardSettled, RewardForgiven},
	RewardRedeemed: {RewardApproved, RewardIssued, RewardReversed, RewardOwed, RewardSettled, RewardForgiven},
	RewardReversed: {RewardApproved, RewardRedeemed, RewardOwed, RewardSettled, RewardForgiven},
	RewardVoided:   {RewardNone, RewardPending, RewardApproved, RewardOwed, RewardSettled, RewardForgiven},
	RewardOwed:     {RewardApproved, RewardIssued, RewardRedeemed, RewardReversed, RewardVoided, RewardSettled, RewardForgiven},
	RewardSettled:  {RewardApproved, RewardIssued, RewardRedeemed, RewardReversed, RewardVoided, RewardOwed, RewardForgiven},
	RewardForgiven: {RewardApproved, RewardIssued, RewardRedeemed, RewardReversed, RewardVoided, RewardOwed, RewardSettled},
}

// MayMove tells whether a referral may go from one state to the other. Staying is always allowed.
func MayMove(from, to State) bool { return from == to || slices.Contains(moves[from], to) }

// MayMoveReward tells the same for a reward.
func MayMoveReward(from, to RewardState) bool {
	return from == to || slices.Contains(rewardMoves[from], to)
}
