package referral

import (
	"os"
	"slices"
	"strings"
	"testing"

	"twofold/fault"
)

// Documented reads the moves that docs/states.md draws under a heading: from each state, to which.
func Documented(t *testing.T, heading string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../docs/states.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("docs/states.md has no section %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	_, table, found := strings.Cut(section, "| from | to |\n| --- | --- |\n")
	if !found {
		t.Fatalf("the section %q has no table", heading)
	}
	moves := map[string][]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 4 {
			break
		}
		moves[strings.TrimSpace(cells[1])] = strings.FieldsFunc(cells[2], func(r rune) bool { return r == ',' || r == ' ' })
	}
	return moves
}

// Constants are the values of all constants of a type of this package.
var Constants = constants

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
	comparePairs(t, constants(t, "State"), Documented(t, "A referral"), func(from, to string) bool { return MayMove(State(from), State(to)) })
	comparePairs(t, constants(t, "RewardState"), Documented(t, "A reward"), func(from, to string) bool {
		return MayMoveReward(RewardState(from), RewardState(to))
	})
}

// Decide refuses what the tables forbid, whatever the facts say: then somebody has written what was never decided.
func TestDecideRefusesForbiddenMoves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says   string
		change func(*scene)
		want   string
	}{
		{"from none to approved", func(w *scene) { w.release(); w.f.Referral.State = None }, "referral may not go from none to approved"},
		{"from no state at all to approved", func(w *scene) { w.release(); w.f.Referral.State = "" }, "referral may not go from none to approved"},
		{"a reward from pending to issued", func(w *scene) { w.issued(); w.f.Referral.Rewards[AdvocateSide] = Reward{State: RewardPending} },
			"advocate's reward may not go from pending to issued"},
		{"a reward from redeemed to pending", func(w *scene) { w.decide(); w.f.Referral.Rewards[AdvocateSide] = Reward{State: RewardRedeemed} },
			"advocate's reward may not go from redeemed to pending"},
		{"a friend's reward after the order, from pending to issued", func(w *scene) {
			w.afterOrder()
			w.order().Codes = nil
			w.issued()
			w.issue(FriendSide, "FFFF-GGGG-HHHH")
			w.f.Referral.Rewards[FriendSide] = Reward{State: RewardPending}
		}, "friend's reward may not go from pending to issued"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			w := newScene(t)
			c.change(w)
			if _, err := Decide(w.f); !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want Internal: %s", err, c.want)
			}
		})
	}
}
