package referral

import (
	"slices"
	"testing"
	"time"

	"twofold/money"
)

// What somebody is told of a decision, by what was decided before. What the merchant is told has a test of its own.
func TestNotices(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	pending := func(hold time.Duration) Referral {
		r := Referral{Friend: "gid://shopify/Customer/7"}
		r.State, r.Advocate, r.Order, r.At, r.ReleaseAt = Pending, "adv_1", "gid://shopify/Order/1", at, at.Add(hold)
		r.Rewards = map[Side]Reward{AdvocateSide: {State: RewardPending}}
		return r
	}
	issued := func(side Side) Referral {
		r := pending(noticeable)
		r.State, r.Issues = Approved, []Issue{{Side: side, Code: "C1", At: at}}
		r.Rewards = map[Side]Reward{side: {State: RewardIssued, Code: "C1"}}
		return r
	}
	ending := func(side Side, days int) Referral { // after it is told
		r := issued(side)
		r.Issues[0].EndsAt = at.AddDate(0, 0, 30+days)
		return r
	}
	takenBack := func(state RewardState) Referral {
		r := issued(AdvocateSide)
		r.State, r.Issues = Voided, []Issue{{Side: AdvocateSide, Code: "C1", At: at, TakenBack: true}}
		r.Rewards = map[Side]Reward{AdvocateSide: {State: state, Reason: ReasonRefunded, At: at}}
		return r
	}
	of := func(r Referral, change func(*Referral)) Referral {
		change(&r)
		return r
	}

	for _, c := range []struct {
		says    string
		was, is Referral
		want    []string
	}{
		{"nothing was decided", Referral{}, Referral{}, nil},
		{"a friend has bought", Referral{}, pending(noticeable), []string{"bought/gid://shopify/Order/1/adv_1"}},
		{"the reward follows within the day", Referral{}, pending(noticeable - 1), nil},
		{"decided once more", pending(noticeable), pending(noticeable), nil},
		{
			"it is somebody else's friend after all", pending(noticeable),
			of(pending(noticeable), func(r *Referral) { r.Advocate = "adv_2" }),
			[]string{"bought/gid://shopify/Order/1/adv_2", "no more bought/gid://shopify/Order/1/adv_1"},
		},
		{"something is waited for", Referral{}, of(pending(noticeable), func(r *Referral) { r.Reason = ReasonUnpaid }), nil},
		{"the merchant is to look at it", Referral{}, of(pending(noticeable), func(r *Referral) { r.State = Flagged }), nil},
		{"a test order", Referral{}, of(pending(noticeable), func(r *Referral) { r.Friend += testLane }), nil},
		{"the reward is there", pending(noticeable), issued(AdvocateSide), []string{"issued/C1"}},
		{
			"its code ends, and is told of once more", pending(noticeable), ending(AdvocateSide, 8),
			[]string{"issued/C1", "reward_ends/C1"},
		},
		{"so is the friend's", pending(noticeable), ending(FriendSide, 8), []string{"friend_reward/C1", "reward_ends/C1"}},
		{"its code ends before a reminder is worth it", pending(noticeable), ending(AdvocateSide, 7), []string{"issued/C1"}},
		{"it is still there", issued(AdvocateSide), issued(AdvocateSide), nil},
		{"the friend's is there", pending(noticeable), issued(FriendSide), []string{"friend_reward/C1"}},
		{
			"the reward of nobody's order", pending(noticeable),
			of(issued(FriendSide), func(r *Referral) { r.Friend = "gid://shopify/Order/1" }), nil,
		},
		{"it is taken back", issued(AdvocateSide), takenBack(RewardReversed), []string{"taken_back/C1"}},
		{"it was spent before", issued(AdvocateSide), takenBack(RewardOwed), nil},
		{"another code takes its place", issued(AdvocateSide), takenBack(RewardApproved), nil},
		{"it was taken back before", takenBack(RewardReversed), takenBack(RewardReversed), nil},
		{"nobody heard of it", pending(noticeable), takenBack(RewardReversed), []string{"no more bought/gid://shopify/Order/1/adv_1"}},
		{"it is on its way no more", pending(noticeable), of(pending(noticeable), func(r *Referral) { r.State = Voided }), []string{"no more bought/gid://shopify/Order/1/adv_1"}},
		{"it is held now", pending(noticeable), of(pending(noticeable), func(r *Referral) { r.State = Flagged }), []string{"no more bought/gid://shopify/Order/1/adv_1"}},
	} {
		var got []string
		later := at.AddDate(0, 0, 30)
		for _, n := range Notices(c.was, c.is, later) {
			if n.Kind.ToMerchant() {
				continue
			}
			if n.Kind == NoticeRewardEnds {
				n.At = n.At.AddDate(0, 0, -1)
			}
			if !n.At.Equal(later) { // of a reward that is approved late too
				t.Errorf("%s: at %s", c.says, n.At)
			}
			if n.Key == "" {
				n.Key = "no more " + n.Overtakes
			}
			got = append(got, n.Key)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.says, got, c.want)
		}
	}
}

// Who joins hears of their link, and who takes an offer of their code, if it is known who they are.
func TestJoinAndCodeNotices(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	if told := (Advocate{ID: "adv_1", Customer: "gid://shopify/Customer/7", Codes: []string{"ADA"}, JoinedAt: at}).JoinNotices(); len(told) != 1 ||
		told[0].Key != "link/adv_1" || told[0].Code != "ADA" || !told[0].At.Equal(at) {
		t.Errorf("who joins: %+v", told)
	}
	if told := (Advocate{ID: "adv_1", Order: "gid://shopify/Order/1", Codes: []string{"ADA"}}).JoinNotices(); told != nil {
		t.Errorf("a guest: %+v", told)
	}

	for _, c := range []struct {
		says  string
		claim Claim
		want  []string
	}{
		{"signed in", Claim{Code: "C1", SignedAt: at, ExpiresAt: at.AddDate(0, 0, 4)}, []string{"friend_code/C1", "friend_code_ends/C1"}},
		{"it ends soon anyway", Claim{Code: "C1", SignedAt: at, ExpiresAt: at.AddDate(0, 0, 3)}, []string{"friend_code/C1"}},
		{"a guest", Claim{Code: "C1", ExpiresAt: at.AddDate(0, 0, 30)}, nil},
		{"no code yet", Claim{SignedAt: at, ExpiresAt: at.AddDate(0, 0, 30)}, nil},
	} {
		var got []string
		for _, n := range c.claim.CodeNotices(at) {
			got = append(got, n.Key)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.says, got, c.want)
		}
	}
}

// The merchant is told once a morning of what waits, once a week of what counts, once a month of a budget.
func TestMerchantNotices(t *testing.T) {
	t.Parallel()
	thursday := time.Date(2026, 11, 19, 9, 0, 0, 0, time.UTC)
	in := func(state State) Referral {
		r := Referral{Friend: "gid://shopify/Customer/7"}
		r.State, r.Advocate, r.Order = state, "adv_1", "gid://shopify/Order/1"
		return r
	}
	test := in(Flagged)
	test.Friend += testLane
	for _, c := range []struct {
		says    string
		was, is Referral
		at      time.Time
		want    []string
	}{
		{"held", in(Pending), in(Flagged), thursday, []string{"needs_look/2026-11-20"}},
		{"held before the morning", in(Pending), in(Flagged), thursday.Add(-4 * time.Hour), []string{"needs_look/2026-11-19"}},
		{"held still", in(Flagged), in(Flagged), thursday, nil},
		{"it counts", in(None), in(Pending), thursday, []string{"digest/2026-11-23"}},
		{"it counts on a Monday", in(None), in(Approved), thursday.AddDate(0, 0, 4).Add(3 * time.Hour), []string{"digest/2026-11-30"}},
		{"on a Sunday that is none everywhere", in(None), in(Approved), thursday.AddDate(0, 0, 3).Add(time.Hour), []string{"digest/2026-11-23", "digest/2026-11-30"}},
		{"on a Monday that is none everywhere", in(None), in(Approved), thursday.AddDate(0, 0, 4), []string{"digest/2026-11-23", "digest/2026-11-30"}},
		{"on a Sunday", in(None), in(Approved), thursday.AddDate(0, 0, 3), []string{"digest/2026-11-23"}},
		{"it counts, and is held", in(None), in(Flagged), thursday, []string{"needs_look/2026-11-20", "digest/2026-11-23"}},
		{"it counted before", in(Pending), in(Approved), thursday, nil},
		{"it counts no more", in(Pending), in(Voided), thursday, nil},
		{"a test order", in(None), test, thursday, nil},
	} {
		var got []string
		for _, n := range Notices(c.was, c.is, c.at) {
			if n.Kind.ToMerchant() {
				got = append(got, n.Key)
				if n.At.Format(time.DateOnly+" 15:04") != n.Key[len(n.Kind)+1:]+" 06:00" {
					t.Errorf("%s: due at %s", c.says, n.At)
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.says, got, c.want)
		}
	}
}

// A budget is nearly spent from four fifths on.
func TestBudgetNotices(t *testing.T) {
	t.Parallel()
	usd := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "USD"} }
	for _, c := range []struct {
		says                  string
		before, amount, limit int64
		tells                 bool
	}{
		{"below", 5999, 2000, 10000, false},
		{"on the mark", 6000, 2000, 10000, true},
		{"the first one", 0, 9000, 10000, true},
		{"no budget", 6000, 2000, 0, false},
		{"the largest", 0, 1<<62 - 1, 1 << 62, true},
	} {
		s := &Settlement{Campaign: "cmp_1", Month: "2026-11", Amount: usd(c.amount), Limit: usd(c.limit)}
		told, err := s.BudgetNotices(usd(c.before), CampaignKey{ID: "cmp_1", Version: 1}, time.Time{})
		if err != nil || len(told) > 0 != c.tells || c.tells && told[0].Key != "budget_near/cmp_1/2026-11" {
			t.Errorf("%s: %+v, %v", c.says, told, err)
		}
	}
	if told, err := (*Settlement)(nil).BudgetNotices(usd(1), CampaignKey{}, time.Time{}); told != nil || err != nil {
		t.Errorf("of no settlement: %+v, %v", told, err)
	}
}
