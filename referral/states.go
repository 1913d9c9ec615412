package referral

import "slices"

// moves lists where a referral may go from each state; docs/states.md draws it. Conclusions are computed from facts anew, so a
// referral may return from voided when the facts do, and from approved to pending as long as nothing was issued: the released order
// was undone, and another one converts.
var moves = map[State][]State{
	None:     {Pending, Flagged, Voided},
	Pending:  {None, Flagged, Approved, Voided},
	Flagged:  {None, Pending, Approved, Voided},
	Approved: {Pending, Flagged, Voided},
	Voided:   {None, Pending, Flagged, Approved},
}

// rewardMoves is the same for the advocate's reward. What was issued never becomes unissued: it is redeemed, expires, or is taken
// back. (The friend's discount is given at the claim; her side is a record of it and follows the converting order.)
var rewardMoves = map[RewardState][]RewardState{
	RewardNone:     {RewardPending, RewardVoided},
	RewardPending:  {RewardNone, RewardApproved, RewardVoided},
	RewardApproved: {RewardPending, RewardIssued, RewardVoided},
	RewardIssued:   {RewardRedeemed, RewardExpired, RewardReversed, RewardOwed},
	RewardRedeemed: {RewardOwed},
	RewardReversed: {RewardOwed},
	RewardOwed:     {RewardSettled, RewardForgiven},
	RewardVoided:   {RewardNone, RewardPending, RewardApproved},
	RewardExpired:  {},
	RewardSettled:  {},
	RewardForgiven: {},
}

// MayMove tells whether a referral may go from one state to the other. Staying is always allowed.
func MayMove(from, to State) bool { return from == to || slices.Contains(moves[from], to) }

// MayMoveReward tells the same for the advocate's reward.
func MayMoveReward(from, to RewardState) bool {
	return from == to || slices.Contains(rewardMoves[from], to)
}
