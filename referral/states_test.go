package referral_test

import (
	"slices"
	"strings"
	"testing"

	"twofold/fault"
	. "twofold/referral"
	"twofold/referral/referraltest"
)

// comparePairs walks every pair of states, and compares what is documented with what may be.
func comparePairs(t *testing.T, states []string, documented map[string][]string, may func(from, to string) bool) {
	t.Helper()
	for _, from := range states {
		if _, there := documented[from]; !there {
			t.Errorf("docs/states.md does not say where %s leads", from)
		}
		for _, to := range states {
			want := from == to || slices.Contains(documented[from], to)
			if got := may(from, to); got != want {
				t.Errorf("%s → %s: allowed %v, documented %v", from, to, got, want)
			}
		}
	}
	for from, all := range documented {
		for _, state := range append(all, from) {
			if !slices.Contains(states, state) {
				t.Errorf("docs/states.md names %q, which is no state", state)
			}
		}
	}
}

func TestMovesOfEveryPair(t *testing.T) {
	t.Parallel()
	comparePairs(t, referraltest.Constants(t, "State"), referraltest.Documented(t, "A referral"), func(from, to string) bool { return MayMove(State(from), State(to)) })
	comparePairs(t, referraltest.Constants(t, "RewardState"), referraltest.Documented(t, "A reward"), func(from, to string) bool {
		return MayMoveReward(RewardState(from), RewardState(to))
	})
}

// A decision refuses what the tables forbid, whatever the facts say: then somebody has written what was never decided.
func TestDecideRefusesForbiddenMoves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says   string
		change func(*scene)
		want   string
	}{
		{"from none to approved", func(w *scene) { w.Release(); w.Referral.State = None }, "referral may not go from none to approved"},
		{"from no state at all to approved", func(w *scene) { w.Release(); w.Referral.State = "" }, "referral may not go from none to approved"},
		{"a reward from pending to issued", func(w *scene) { w.Issued(); w.Referral.Rewards[AdvocateSide] = Reward{State: RewardPending} },
			"advocate's reward may not go from pending to issued"},
		{"a reward from redeemed to pending", func(w *scene) { w.Decide(); w.Referral.Rewards[AdvocateSide] = Reward{State: RewardRedeemed} },
			"advocate's reward may not go from redeemed to pending"},
		{"a friend's reward after the order, from pending to issued", func(w *scene) {
			w.AfterOrder()
			w.Order().Codes = nil
			w.Issued()
			w.Issue(FriendSide, "FFFF-GGGG-HHHH")
			w.Referral.Rewards[FriendSide] = Reward{State: RewardPending}
		}, "friend's reward may not go from pending to issued"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			w := newScene(t)
			c.change(w)
			if _, err := w.Stored().Decided(w.Facts); !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want Internal: %s", err, c.want)
			}
		})
	}
}
