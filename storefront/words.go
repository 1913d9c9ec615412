package storefront

import (
	"fmt"

	"twofold/referral"
)

// The sentences that shoppers read. They say what happens next, and never why a check looked at somebody.

func friendText(v referral.OfferView) string {
	if v.Minimum.IsZero() {
		return fmt.Sprintf("You get %s off your first order.", v.Friend.Amount)
	}
	return fmt.Sprintf("You get %s off your first order of %s or more.", v.Friend.Amount, v.Minimum)
}

func advocateText(v referral.OfferView) string {
	return fmt.Sprintf("Your friend gets %s when you buy.", v.Advocate.Amount)
}

func claimText(c referral.Claim) string {
	return fmt.Sprintf("This code is yours, and works once until %s.", c.ExpiresAt.UTC().Format("2 January 2006"))
}

// referralText tells an advocate how a friend's order stands.
func referralText(r referral.Referral) string {
	switch r.State {
	case referral.Pending:
		if r.Reason == referral.ReasonNone && !r.ReleaseAt.IsZero() {
			return fmt.Sprintf("A friend has ordered. Your reward comes after %s, if the order stays.", r.ReleaseAt.UTC().Format("2 January 2006"))
		}
		return "A friend has ordered. We are waiting for the order to be completed."
	case referral.Flagged:
		return "The shop is taking a look at this order."
	case referral.Approved:
		return "A friend has ordered. Thank you!"
	case referral.Voided:
		return voidText(r.Reason)
	}
	return "A friend has opened your link."
}

func voidText(reason referral.Reason) string {
	switch reason {
	case referral.ReasonCancelled, referral.ReasonRefunded:
		return "This order was cancelled or given back, so there is no reward for it."
	case referral.ReasonNotNew:
		return "The reward is for a friend's first order here."
	case referral.ReasonBelowMinimum:
		return "This order was below the least amount, so there is no reward for it."
	}
	return "This order does not count for a reward."
}

var rewardTexts = map[referral.RewardState]string{
	referral.RewardPending:  "Your reward is on its way.",
	referral.RewardApproved: "Your reward is being prepared.",
	referral.RewardIssued:   "Your reward is ready: use the code at the checkout.",
	referral.RewardRedeemed: "You have used this reward.",
	referral.RewardExpired:  "This reward has run out.",
	referral.RewardVoided:   "There is no reward for this order.",
	referral.RewardReversed: "This reward was taken back, as the order was undone.",
	referral.RewardOwed:     "This reward was used, though the order was undone. Your next reward makes up for it.",
	referral.RewardSettled:  "This reward is settled.",
	referral.RewardForgiven: "This reward is settled.",
}

func rewardText(r referral.Reward) string { return rewardTexts[r.State] }
