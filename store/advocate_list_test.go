package store_test

import (
	"slices"
	"testing"
	"time"

	"twofold/figures"
	"twofold/money"
	"twofold/referral"
	"twofold/store/storetest"
)

// Pages meet without a gap and without anybody twice, also where several joined at once, and lead back.
func TestAdvocatesArePagedByJoining(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	var want []referral.AdvocateID
	for i := range 7 {
		at := noon.Add(time.Duration(i/3) * time.Minute)
		want = append(want, storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.JoinedAt = at }).ID)
	}
	storetest.Advocate(t, s, storetest.Shop(t, s).ID)
	slices.Reverse(want)

	page := func(from referral.Advocate, back bool) ([]referral.Advocate, []referral.AdvocateID) {
		found := get[[]referral.Advocate](t)(s.PageAdvocates(ctx, shop, referral.AdvocateQuery{From: from.Place(), Back: back, Limit: 3}))
		ids := make([]referral.AdvocateID, len(found))
		for i, a := range found {
			ids[i] = a.ID
		}
		return found, ids
	}
	var last referral.Advocate
	for begin := 0; begin < 7; begin += 3 {
		found, ids := page(last, false)
		if end := min(begin+3, 7); !slices.Equal(ids, want[begin:end]) {
			t.Errorf("page from %d: got %v, want %v", begin, ids, want[begin:end])
		}
		last = found[len(found)-1]
	}
	if _, ids := page(last, false); len(ids) != 0 {
		t.Errorf("after the last: %v", ids)
	}
	if _, ids := page(last, true); !slices.Equal(ids, want[3:6]) {
		t.Errorf("before the last: got %v, want %v", ids, want[3:6])
	}
}

// What an advocate's referrals come to is without test orders, and the list's sums are the same as the advocate's.
func TestAdvocatesFigures(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	a, other := storetest.Advocate(t, s, shop), storetest.Advocate(t, s, shop)
	twenty := storetest.USD("20")
	entry := func(kind referral.EntryKind, amount money.Amount) referral.Entry {
		return referral.Entry{Side: referral.AdvocateSide, Kind: kind, Amount: amount, At: noon}
	}
	add := func(friend referral.FriendID, by referral.AdvocateID, state referral.State, reward referral.RewardState, ledger ...referral.Entry) {
		decided(t, ctx, s, shop, friend, func(r *referral.Referral) {
			r.State, r.Advocate, r.At, r.Ledger = state, by, noon, ledger
			is := referral.Reward{Side: referral.AdvocateSide, Kind: referral.AmountOff, Amount: twenty, State: reward}
			if reward == referral.RewardOwed {
				is.Owed, is.OwedUnits = twenty, 1
			}
			r.Rewards = map[referral.Side]referral.Reward{referral.AdvocateSide: is}
		})
	}
	add(storetest.Friend(), a.ID, referral.Pending, referral.RewardPending)
	add(storetest.Friend(), a.ID, referral.Approved, referral.RewardIssued, entry(referral.EntryIssued, twenty),
		referral.Entry{Side: referral.FriendSide, Kind: referral.EntryRedeemed, Amount: storetest.USD("7"), At: noon})
	add(storetest.Friend(), a.ID, referral.Voided, referral.RewardOwed, entry(referral.EntryIssued, twenty), entry(referral.EntryOwed, twenty.Neg()))
	add(storetest.Friend(), a.ID, referral.Voided, referral.RewardVoided)
	add(referral.FriendOf(storetest.Customer(), true), a.ID, referral.Approved, referral.RewardIssued, entry(referral.EntryIssued, twenty))
	add(storetest.Friend(), other.ID, referral.Approved, referral.RewardIssued, entry(referral.EntryIssued, twenty))

	want := referral.AdvocateFigures{
		AdvocateSums: referral.AdvocateSums{Friends: 4, Owed: twenty},
		ByState:      map[referral.State]int{referral.Pending: 1, referral.Approved: 1, referral.Voided: 2},
		Rewards: map[referral.RewardState]int{
			referral.RewardPending: 1, referral.RewardIssued: 1, referral.RewardOwed: 1, referral.RewardVoided: 1,
		},
		Worth: map[referral.RewardState]money.Amount{
			referral.RewardPending: twenty, referral.RewardIssued: twenty, referral.RewardOwed: twenty, referral.RewardVoided: twenty,
		},
		OwedRewards: 1, Issued: 2, IssuedWorth: storetest.USD("40"), Ledger: twenty,
	}
	of := func(ids ...referral.AdvocateID) referral.AdvocateFigures {
		return figures.Standing(get[[]figures.Part](t)(s.Standings(ctx, shop, ids)))
	}
	must(t, bookkeeper(s).Fold(ctx, shop))
	same(t, want, of(a.ID, "adv_none"))
	same(t, want, figures.StandingOf(get[[]referral.Referral](t)(s.ReferralsOf(ctx, shop, a.ID, 10))))
	if both := of(a.ID, other.ID); both.Friends != 5 {
		t.Errorf("both advocates have %d friends, want 5", both.Friends)
	}
}
