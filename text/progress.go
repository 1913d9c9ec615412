package text

import (
	"time"

	"twofold/referral"
)

// Progress answers an advocate who asks "where is my reward?": how a friend's order stands and what becomes of the
// reward. It says what happens next, and never why a check looked at somebody, nor who the friend is.
func (p *Printer) Progress(r referral.Referral, now time.Time) string {
	decided := r.State != referral.Pending && r.State != referral.Flagged
	if said := p.reward(r.Rewards[referral.AdvocateSide], now); said != "" && decided {
		return said
	}

	switch r.State {
	case referral.Pending:
		return p.pending(r, now)
	case referral.Flagged:
		return p.Say("shopper.progress.flagged")
	case referral.Approved:
		return p.Say("shopper.progress.approved")
	case referral.Voided:
		return p.voided(r.Reason)
	}
	return p.Say("shopper.progress.visited")
}

func (p *Printer) pending(r referral.Referral, now time.Time) string {
	switch {
	case r.Reason == referral.ReasonUnpaid:
		return p.Say("shopper.progress.unpaid")
	case r.Reason == referral.ReasonUnproved:
		return p.Say("shopper.progress.prove_first")
	case r.Reason == referral.ReasonBuysFirst:
		return p.Say("shopper.progress.buy_first")
	case r.Reason != referral.ReasonNone || r.ReleaseAt.IsZero():
		return p.Say("shopper.progress.waiting")
	case !now.Before(r.ReleaseAt):
		return p.Say("shopper.progress.due")
	}
	return p.Say("shopper.progress.held", With{"release": r.ReleaseAt.UTC()})
}

// reward words where a reward stands that has left, or never will; "" while it is on its way.
func (p *Printer) reward(r referral.Reward, now time.Time) string {
	state := r.StateAt(now)
	switch state {
	case referral.RewardIssued:
		if r.EndsAt.IsZero() {
			return p.Say("shopper.progress.ready")
		}
		return p.Say("shopper.progress.ready_until", With{"end": r.EndsAt.UTC()})

	case referral.RewardRedeemed:
		return p.Say("shopper.progress.redeemed")
	case referral.RewardExpired:
		return p.Say("shopper.progress.expired", With{"end": r.EndsAt.UTC()})
	case referral.RewardReversed:
		return p.Say("shopper.progress.reversed." + cause(r.Reason))
	case referral.RewardOwed:
		return p.Say("shopper.progress.owed." + use(r.Reason))
	case referral.RewardSettled, referral.RewardForgiven:
		return p.Say("shopper.progress.settled." + use(r.Reason))

	case referral.RewardVoided:
		if r.Reason == referral.ReasonOffset || r.Reason == referral.ReasonNothing {
			return p.Say("shopper.progress.voided." + string(r.Reason))
		}
	}
	return ""
}

// use is what became of a reward that was spent and not due.
func use(r referral.Reason) string {
	switch r {
	case referral.ReasonSpentTwice:
		return "twice"
	case referral.ReasonReturned:
		return "returned"
	}
	return cause(r)
}

// cause is why something was taken back, as far as the advocate is told.
func cause(r referral.Reason) string {
	if r == referral.ReasonMerchant || r == referral.ReasonNoEvidence {
		return "shop"
	}
	return "undone"
}

// voided tells the reasons that an advocate may know; the others are the shop's.
func (p *Printer) voided(r referral.Reason) string {
	switch r {
	case referral.ReasonCancelled, referral.ReasonRefunded, referral.ReasonNotNew, referral.ReasonBelowMinimum,
		referral.ReasonSelf, referral.ReasonCap, referral.ReasonBudget, referral.ReasonTest:
		return p.Say("shopper.progress.voided." + string(r))
	}
	return p.Say("shopper.progress.voided.unsaid")
}
