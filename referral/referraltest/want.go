package referraltest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	. "twofold/referral"
)

// want is what must come of a scene: the referral's state and reason, the advocate, the advocate's reward's state, and
// what else matters.
type want struct {
	state    State
	reason   Reason
	advocate AdvocateID
	reward   RewardState
	also     []func(Referral) string // "" or what is wrong
}

// The outcomes that most rows share.
var (
	alices = want{state: Pending, advocate: "adv_alice", reward: RewardPending}
	zoes   = want{state: Pending, advocate: "adv_zoe", reward: RewardPending}
	nobody = want{state: None}
)

// waits, holds and voided are a referral of Alice's that goes no further, and why.
func waits(r Reason) want  { return alices.because(Pending, r, RewardPending) }
func holds(r Reason) want  { return alices.because(Flagged, r, RewardPending) }
func voided(r Reason) want { return alices.because(Voided, r, RewardVoided) }

// undone is a referral that was voided after its reward had been given.
func undone(r Reason, s RewardState) want { return alices.because(Voided, r, s) }

// given is a referral that was released.
func given(s RewardState) want { return alices.because(Approved, ReasonNone, s) }

// because is the state, why, and where the reward stands.
func (c want) because(s State, r Reason, reward RewardState) want {
	c.state, c.reason, c.reward = s, r, reward
	return c
}

// check adds what else must be so, with a name for the message.
func (c want) check(name, want string, got func(Referral) string) want {
	c.also = append(slices.Clone(c.also), func(r Referral) string {
		if is := got(r); is != want {
			return fmt.Sprintf("%s %q, want %q", name, is, want)
		}
		return ""
	})
	return c
}

// to is another advocate.
func (c want) to(id AdvocateID) want { c.advocate = id; return c }

// due is what the code that is to be given is worth.
func (c want) due(amount string) want {
	return c.check("code worth", amount, func(r Referral) string { return r.Rewards[AdvocateSide].Due.String() })
}

// worth is what the advocate's reward counts for.
func (c want) worth(amount string) want {
	return c.check("reward worth", amount, func(r Referral) string { return r.Rewards[AdvocateSide].Amount.String() })
}

// owing is what is still to be made up for.
func (c want) owing(amount string) want {
	return c.check("owed", amount, func(r Referral) string { return r.Rewards[AdvocateSide].Owed.String() })
}

// friend is the state of the friend's reward, and what it counts for if that matters.
func (c want) friend(s RewardState, amount ...string) want {
	c = c.check("friend's reward", string(s), func(r Referral) string { return string(r.Rewards[FriendSide].State) })
	if len(amount) == 0 {
		return c
	}
	return c.check("friend's reward worth", amount[0], func(r Referral) string {
		return r.Rewards[FriendSide].Amount.String()
	})
}

// by is the kind of the evidence that won, on the order that the referral rests on.
func (c want) by(k EvidenceKind) want {
	return c.check("won by", string(k), func(r Referral) string {
		if w := WeighedOf(r, r.Order); len(w.Evidence) > 0 && w.Evidence[0].Won {
			return string(w.Evidence[0].Kind)
		}
		return ""
	})
}

// lost is why all other evidence on Bob's first order lost, in the order shown.
func (c want) lost(reasons ...string) want {
	return c.check("lost because", strings.Join(reasons, "; "), func(r Referral) string {
		var all []string
		for _, e := range WeighedOf(r, BobsOrder().ID).Evidence {
			if !e.Won {
				all = append(all, e.Lost)
			}
		}
		return strings.Join(all, "; ")
	})
}

// on is the order that the referral rests on.
func (c want) on(number int) want {
	return c.check("rests on", string(OrderNo(number)), func(r Referral) string { return string(r.Order) })
}

// other is what came of another order: "" when it was not set aside.
func (c want) other(number int, reason Reason) want {
	return c.check(fmt.Sprintf("order %d", number), string(reason), func(r Referral) string {
		return string(WeighedOf(r, OrderNo(number)).Reason)
	})
}

// work is what is to be done now.
func (c want) work(all ...Work) want {
	return c.check("work", fmt.Sprint(all), func(r Referral) string { return fmt.Sprint(r.Work) })
}

// releasedAt is when the hold ends.
func (c want) releasedAt(at time.Time) want {
	return c.check("release at", at.String(), func(r Referral) string { return r.ReleaseAt.String() })
}

// undoneAt is the business time of what voided it.
func (c want) undoneAt(at time.Time) want {
	return c.check("undone at", at.String(), func(r Referral) string { return r.UndoneAt.String() })
}

// under is the campaign version whose terms count.
func (c want) under(version int) want {
	return c.check("under version", fmt.Sprint(version), func(r Referral) string {
		return fmt.Sprint(r.Campaign.Version)
	})
}

// booked is the ledger of a side, in the order in which it was written: "issued 20.00, reversed -20.00".
func (c want) booked(side Side, entries string) want {
	return c.check(string(side)+"'s ledger", entries, func(r Referral) string {
		var all []string
		for _, e := range r.Ledger {
			if e.Side == side {
				all = append(all, fmt.Sprintf("%s %s", e.Kind, e.Amount.Decimal()))
			}
		}
		return strings.Join(all, ", ")
	})
}

// bookedOn are the days of a side's entries, in the order in which they were written: "issued 11-15, reversed 11-17".
func (c want) bookedOn(side Side, entries string) want {
	return c.check("days of the "+string(side)+"'s ledger", entries, func(r Referral) string {
		var all []string
		for _, e := range r.Ledger {
			if e.Side == side {
				all = append(all, fmt.Sprintf("%s %s", e.Kind, e.At.Format("01-02")))
			}
		}
		return strings.Join(all, ", ")
	})
}

// shown is the state of the advocate's reward at an instant.
func (c want) shown(at time.Time, s RewardState) want {
	return c.check("shown as", string(s), func(r Referral) string {
		return string(r.Rewards[AdvocateSide].StateAt(at))
	})
}

// friendShown is the state of the friend's reward at an instant.
func (c want) friendShown(at time.Time, s RewardState) want {
	return c.check("friend's shown as", string(s), func(r Referral) string {
		return string(r.Rewards[FriendSide].StateAt(at))
	})
}

// sawMinimum are the values that the check of the minimum saw on Bob's first order: "net 40.00 USD, minimum 40.00 USD".
func (c want) sawMinimum(values string) want {
	return c.check("minimum saw", values, func(r Referral) string {
		var all []string
		for _, done := range WeighedOf(r, BobsOrder().ID).Checks {
			for _, v := range done.Saw {
				if done.Rule == "minimum" {
					all = append(all, v.Name+" "+v.Value)
				}
			}
		}
		return strings.Join(all, ", ")
	})
}

// code is the advocate's code that works now.
func (c want) code(code string) want {
	return c.check("code", code, func(r Referral) string { return r.Rewards[AdvocateSide].Code })
}

// differs lists what of the referral is not as wanted.
func (c want) differs(r Referral) []string {
	var all []string
	reward := r.Rewards[AdvocateSide]
	if r.State != c.state || r.Reason != c.reason || r.Advocate != c.advocate || reward.State != c.reward {
		all = append(all, fmt.Sprintf("got %s (%s), for %q, reward %q; want %s (%s), for %q, reward %q",
			r.State, r.Reason, r.Advocate, reward.State, c.state, c.reason, c.advocate, c.reward))
	}
	for _, also := range c.also {
		if wrong := also(r); wrong != "" {
			all = append(all, wrong)
		}
	}
	return all
}

// WeighedOf is what a decision says of one order.
func WeighedOf(r Referral, id OrderID) Weighed {
	for _, w := range r.Explained.Orders {
		if w.Order == id {
			return w
		}
	}
	return Weighed{}
}
