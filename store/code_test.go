package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/store/storetest"
)

func TestSixtyFourDrawFromSixtyFour(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	pool := storetest.Codes(t, s, c, referral.FriendSide, 64)
	storetest.Codes(t, s, c, referral.AdvocateSide, 3) // another side's codes are not hers

	var mu sync.Mutex
	var drawn []string
	errs := atOnce(64, func(i int) error {
		code, err := s.DrawCode(ctx, shop, c.Key(), referral.FriendSide, referral.CodeHolderID(fmt.Sprint("clm_", i)), noon)
		mu.Lock()
		defer mu.Unlock()
		drawn = append(drawn, code.Code)
		return err
	})
	if n := won(t, errs, ""); n != 64 {
		t.Fatalf("%d of 64 got a code", n)
	}
	slices.Sort(drawn)
	slices.Sort(pool)
	if !slices.Equal(drawn, pool) {
		t.Errorf("drawn twice or not ours:\n%v\n%v", drawn, pool)
	}
	_, err := s.DrawCode(ctx, shop, c.Key(), referral.FriendSide, "clm_more", noon)
	wantKind(t, "an empty pool", err, fault.NotFound)
	_, err = s.DrawCode(ctx, shop, c.Key(), referral.FriendSide, "", noon)
	wantKind(t, "no holder", err, fault.Invalid)
}

func TestDrawingAgainFindsTheSameCode(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	storetest.Codes(t, s, c, referral.FriendSide, 16)
	var mu sync.Mutex
	seen := map[string]bool{}
	errs := atOnce(16, func(int) error {
		code, err := s.DrawCode(ctx, shop, c.Key(), referral.FriendSide, "clm_one", noon)
		mu.Lock()
		defer mu.Unlock()
		seen[code.Code] = true
		return err
	})
	if n := won(t, errs, ""); n != 16 || len(seen) != 1 {
		t.Errorf("%d of 16 got %d codes", n, len(seen))
	}
	if free := get[int](t)(s.CountCodes(ctx, shop, c.Key(), referral.FriendSide, referral.CodeFree)); free != 15 {
		t.Errorf("%d codes are free, want 15", free)
	}
	held := get[referral.Code](t)(s.FindCodeByHolder(ctx, shop, "clm_one"))
	if held.State != referral.CodeHeld || !seen[held.Code] || held.Holder != "clm_one" || !held.At.Equal(noon) {
		t.Errorf("held: %+v", held)
	}
}

func TestDyingCodeHasNoHolder(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	storetest.Codes(t, s, c, referral.AdvocateSide, 2)
	first := get[referral.Code](t)(s.DrawCode(ctx, shop, c.Key(), referral.AdvocateSide, "rwd_1", noon))
	if n := get[int](t)(s.MoveCodes(ctx, shop, []string{first.Code, "NONE"}, referral.CodeHeld, referral.CodeDying, noon)); n != 1 {
		t.Errorf("moved %d", n)
	}
	if n := get[int](t)(s.MoveCodes(ctx, shop, []string{first.Code}, referral.CodeHeld, referral.CodeDying, noon)); n != 0 {
		t.Errorf("moved %d a second time", n)
	}
	_, err := s.FindCodeByHolder(ctx, shop, "rwd_1")
	wantKind(t, "holder of a dying code", err, fault.NotFound)
	second := get[referral.Code](t)(s.DrawCode(ctx, shop, c.Key(), referral.AdvocateSide, "rwd_1", noon))
	if second.Code == first.Code {
		t.Error("a dying code was drawn")
	}
}

func TestCodesThatExistAreLeftAlone(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	there := storetest.Codes(t, s, c, referral.FriendSide, 1)[0]
	fresh := referral.Code{Shop: shop, Code: "FRESH", Discount: "d", Campaign: c.Key(), Side: referral.FriendSide, State: referral.CodeFree, At: noon}
	again := fresh
	again.Code = there
	must(t, s.AddCodes(ctx, shop, []referral.Code{again, fresh, fresh}))
	must(t, s.AddCodes(ctx, shop, nil))
	minting := get[[]referral.Code](t)(s.ListCodes(ctx, shop, referral.CodeQuery{State: referral.CodeMinting}))
	if len(minting) != 1 || minting[0].Code != "FRESH" {
		t.Errorf("minting: %+v", minting)
	}
	if free := get[int](t)(s.CountCodes(ctx, shop, c.Key(), referral.FriendSide, referral.CodeFree)); free != 1 {
		t.Errorf("%d free codes, want the one that was there", free)
	}
	minting = get[[]referral.Code](t)(s.ListCodes(ctx, shop, referral.CodeQuery{Campaign: c.Key(), Side: referral.FriendSide, State: referral.CodeMinting}))
	if len(minting) != 1 {
		t.Errorf("creation was not noted: %+v", minting)
	}
}

func TestCodesAreListedOldestChangeFirst(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	texts := storetest.Codes(t, s, c, referral.FriendSide, 3)
	for i, code := range texts {
		get[int](t)(s.MoveCodes(ctx, shop, []string{code}, referral.CodeFree, referral.CodeDying, noon.Add(-time.Duration(i)*time.Hour)))
	}
	codesOf := func(q referral.CodeQuery) []string {
		var got []string
		for _, code := range get[[]referral.Code](t)(s.ListCodes(ctx, shop, q)) {
			got = append(got, code.Code)
		}
		return got
	}
	oldest := []string{texts[2], texts[1], texts[0]}
	for what, want := range map[referral.CodeQuery][]string{
		{State: referral.CodeDying}:                                          oldest,
		{State: referral.CodeDying, Limit: 2}:                                oldest[:2],
		{State: referral.CodeDying, Before: noon}:                            oldest[:2],
		{Campaign: c.Key(), Side: referral.FriendSide, Limit: 3}:             oldest,
		{Campaign: c.Key(), Side: referral.AdvocateSide}:                     nil,
		{Campaign: referral.CampaignKey{ID: c.ID, Version: 9}}:               nil,
		{Campaign: c.Key(), State: referral.CodeFree}:                        nil,
		{Campaign: c.Key(), State: referral.CodeDying, Before: noon.Add(-9)}: oldest[:2],
	} {
		if got := codesOf(what); !slices.Equal(got, want) {
			t.Errorf("%+v: got %v, want %v", what, got, want)
		}
	}
}
