package store_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"twofold/codes"
	"twofold/fault"
	"twofold/referral"
	"twofold/store/storetest"
	"twofold/tenant"
)

func TestSixtyFourDrawFromSixtyFour(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	pool := storetest.Codes(t, s, c, referral.FriendSide, 64)
	storetest.Codes(t, s, c, referral.AdvocateSide, 3) // another side's codes are not theirs

	var mu sync.Mutex
	var drawn []string
	errs := atOnce(64, func(i int) error {
		code, err := s.DrawCode(ctx, shop, c.Key(), referral.FriendSide, referral.CodeHolderID(fmt.Sprint("clm_", i)),
			noon, time.Time{})
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
	_, err := s.DrawCode(ctx, shop, c.Key(), referral.FriendSide, "clm_more", noon, time.Time{})
	wantKind(t, "an empty pool", err, fault.NotFound)
	_, err = s.DrawCode(ctx, shop, c.Key(), referral.FriendSide, "", noon, time.Time{})
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
		code, err := s.DrawCode(ctx, shop, c.Key(), referral.FriendSide, "clm_one", noon, time.Time{})
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
	first := get[referral.Code](t)(s.DrawCode(ctx, shop, c.Key(), referral.AdvocateSide, "rwd_1", noon, time.Time{}))
	if n := get[int](t)(s.MoveCodes(ctx, shop, []string{first.Code, "NONE"}, referral.CodeHeld, referral.CodeDying, noon)); n != 1 {
		t.Errorf("moved %d", n)
	}
	if n := get[int](t)(s.MoveCodes(ctx, shop, []string{first.Code}, referral.CodeHeld, referral.CodeDying, noon)); n != 0 {
		t.Errorf("moved %d a second time", n)
	}
	_, err := s.FindCodeByHolder(ctx, shop, "rwd_1")
	wantKind(t, "holder of a dying code", err, fault.NotFound)
	second := get[referral.Code](t)(s.DrawCode(ctx, shop, c.Key(), referral.AdvocateSide, "rwd_1", noon, time.Time{}))
	if second.Code == first.Code {
		t.Error("a dying code was drawn")
	}
}

func TestCodesThatExistAreLeftAlone(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	there := storetest.Codes(t, s, c, referral.FriendSide, 1)[0]
	fresh := referral.Code{
		Shop:     shop,
		Code:     "FRESH",
		Discount: "d",
		Campaign: c.Key(),
		Side:     referral.FriendSide,
		State:    referral.CodeFree,
		At:       noon,
	}
	again := fresh
	again.Code = there
	must(t, s.AddCodes(ctx, shop, []referral.Code{again, fresh, fresh}))
	must(t, s.AddCodes(ctx, shop, nil))
	minting := get[[]referral.Code](t)(s.ListCodes(ctx, shop, codes.Query{State: referral.CodeMinting}))
	if len(minting) != 1 || minting[0].Code != "FRESH" {
		t.Errorf("minting: %+v", minting)
	}
	if free := get[int](t)(s.CountCodes(ctx, shop, c.Key(), referral.FriendSide, referral.CodeFree)); free != 1 {
		t.Errorf("%d free codes, want the one that was there", free)
	}
	minting = get[[]referral.Code](t)(s.ListCodes(ctx, shop, codes.Query{
		Campaign: c.Key(),
		Side:     referral.FriendSide,
		State:    referral.CodeMinting,
	}))
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
		get[int](t)(s.MoveCodes(ctx, shop, []string{code}, referral.CodeFree, referral.CodeDying,
			noon.Add(-time.Duration(i)*time.Hour)))
	}
	codesOf := func(q codes.Query) []string {
		var got []string
		for _, code := range get[[]referral.Code](t)(s.ListCodes(ctx, shop, q)) {
			got = append(got, code.Code)
		}
		return got
	}
	oldest := []string{texts[2], texts[1], texts[0]}
	for what, want := range map[codes.Query][]string{
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

func TestHeldCodesEndWhenTheirTimeHasCome(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	storetest.Codes(t, s, c, referral.FriendSide, 8)
	draw := func(holder referral.CodeHolderID, endsAt time.Time) referral.Code {
		return get[referral.Code](t)(s.DrawCode(ctx, shop, c.Key(), referral.FriendSide, holder, noon, endsAt))
	}
	never, before, onTheInstant, after := draw("clm_1", time.Time{}), draw("clm_2", noon.Add(-time.Millisecond)), draw("clm_3", noon), draw("clm_4", noon.Add(time.Millisecond))
	if again := draw("clm_3", noon.Add(time.Hour)); !again.EndsAt.Equal(noon) {
		t.Errorf("drawing again moved the end to %s", again.EndsAt)
	}
	due := func(now time.Time) []tenant.ShopID {
		return get[[]tenant.ShopID](t)(s.ShopsWithEndingCodes(ctx, now, 10))
	}
	wantShops(t, "before all ends", due(noon.Add(-time.Second)))
	wantShops(t, "now", due(noon), shop)
	for i, want := range []int{1, 1, 0} { // one at a time
		if n := get[int](t)(s.EndHeldCodes(ctx, shop, noon, 1)); n != want {
			t.Errorf("round %d ended %d, want %d", i, n, want)
		}
	}
	wantShops(t, "when they have ended", due(noon))
	states := map[string]referral.CodeState{}
	for _, code := range get[[]referral.Code](t)(s.FindCodes(ctx, shop, []string{never.Code, before.Code, onTheInstant.Code, after.Code, "NONE"})) {
		states[code.Code] = code.State
	}
	want := map[string]referral.CodeState{
		never.Code: referral.CodeHeld, before.Code: referral.CodeDying, onTheInstant.Code: referral.CodeDying,
		after.Code: referral.CodeHeld,
	}
	if !maps.Equal(states, want) {
		t.Errorf("got %v, want %v", states, want)
	}
	if none := get[[]referral.Code](t)(s.FindCodes(ctx, shop, nil)); len(none) != 0 {
		t.Errorf("of none: %v", none)
	}
}

// A code that was lost is made anew for whoever has it, and counted once it is there.
func TestRemadeCodes(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	storetest.Codes(t, s, c, referral.FriendSide, 2)
	held := get[referral.Code](t)(s.DrawCode(ctx, shop, c.Key(), referral.FriendSide, "clm_1", noon, noon.Add(time.Hour)))
	given := get[[]string](t)(s.GivenCodes(ctx, shop, c.Key(), referral.FriendSide))
	if len(given) != 2 || !slices.Contains(given, held.Code) {
		t.Fatalf("given are %q", given)
	}

	for _, want := range []int{2, 0} { // what is being made is not lost once more
		if n := get[int](t)(s.RemakeCodes(ctx, shop, given, noon)); n != want {
			t.Errorf("%d are made anew, want %d", n, want)
		}
	}
	remade := func(since time.Time) int {
		return get[int](t)(s.CountRemade(ctx, shop, c.Key(), referral.FriendSide, since))
	}
	if n := remade(noon); n != 0 {
		t.Errorf("%d count before Shopify has them", n)
	}

	get[int](t)(s.MoveCodes(ctx, shop, given, referral.CodeMinting, referral.CodeFree, noon))
	if remade(noon) != 2 || remade(noon.Add(time.Millisecond)) != 0 {
		t.Errorf("%d were made anew since noon, %d after it", remade(noon), remade(noon.Add(time.Millisecond)))
	}
	again := get[referral.Code](t)(s.FindCodeByHolder(ctx, shop, "clm_1"))
	if again.Code != held.Code || again.State != referral.CodeHeld || !again.EndsAt.Equal(held.EndsAt) {
		t.Errorf("the holder has %+v, want %+v", again, held)
	}
}

func TestFreeCodesOfOnePoolEnd(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	storetest.Codes(t, s, c, referral.FriendSide, 3)
	storetest.Codes(t, s, c, referral.AdvocateSide, 2)
	get[referral.Code](t)(s.DrawCode(ctx, shop, c.Key(), referral.FriendSide, "clm_1", noon, time.Time{}))
	for _, want := range []int{2, 0} {
		if n := get[int](t)(s.EndFreeCodes(ctx, shop, c.Key(), referral.FriendSide, noon)); n != want {
			t.Errorf("ended %d, want %d", n, want)
		}
	}
	for side, want := range map[referral.Side]map[referral.CodeState]int{
		referral.FriendSide:   {referral.CodeDying: 2, referral.CodeHeld: 1, referral.CodeFree: 0},
		referral.AdvocateSide: {referral.CodeFree: 2, referral.CodeDying: 0},
	} {
		for state, n := range want {
			if got := get[int](t)(s.CountCodes(ctx, shop, c.Key(), side, state)); got != n {
				t.Errorf("%d %s codes are %s, want %d", got, side, state, n)
			}
		}
	}
	wantShops(t, "dying", get[[]tenant.ShopID](t)(s.ShopsWithDyingCodes(ctx, 10)), shop)
}

// A code that is written with its holder is theirs as soon as Shopify has it, whatever the pool calls it then.
func TestCodeWithAHolderIsHeldOnceItIsMade(t *testing.T) {
	t.Parallel()
	for _, to := range []referral.CodeState{referral.CodeFree, referral.CodeHeld} {
		t.Run(string(to), func(t *testing.T) {
			t.Parallel()
			ctx, s, shop := newStore(t)
			code := referral.Code{
				Shop:     shop,
				Code:     "ANN",
				Discount: "d",
				Campaign: referral.CampaignKey{ID: "cmp_1"},
				Side:     referral.ShareSide,
				Holder:   "adv_1",
				At:       noon,
				EndsAt:   noon.Add(time.Hour),
			}
			must(t, s.AddCodes(ctx, shop, []referral.Code{code}))
			if n := get[int](t)(s.EndHeldCodes(ctx, shop, noon.Add(time.Hour), 10)); n != 0 {
				t.Error("it ended before it was there")
			}
			get[int](t)(s.MoveCodes(ctx, shop, []string{"ANN"}, referral.CodeMinting, to, noon))
			code.State = referral.CodeHeld
			same(t, code, get[referral.Code](t)(s.FindCodeByHolder(ctx, shop, "adv_1")))
			if n := get[int](t)(s.EndHeldCodes(ctx, shop, noon.Add(time.Hour), 10)); n != 1 {
				t.Errorf("ended %d, want the one", n)
			}
		})
	}
}

func TestRehomedCodesKeepTheirHolders(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	storetest.Codes(t, s, c, referral.AdvocateSide, 3)
	held := get[referral.Code](t)(s.DrawCode(ctx, shop, c.Key(), referral.AdvocateSide, "rwd_1", noon,
		noon.Add(time.Hour)))
	dead := get[referral.Code](t)(s.DrawCode(ctx, shop, c.Key(), referral.AdvocateSide, "rwd_2", noon, time.Time{}))
	get[int](t)(s.MoveCodes(ctx, shop, []string{dead.Code}, referral.CodeHeld, referral.CodeDead, noon))
	own := referral.Code{
		Code:     "OWN",
		Discount: "d-own",
		Campaign: c.Key(),
		Side:     referral.AdvocateSide,
		Holder:   "rwd_3",
		At:       noon,
		Personal: true,
	}
	must(t, s.AddCodes(ctx, shop, []referral.Code{own}))
	get[int](t)(s.MoveCodes(ctx, shop, []string{"OWN"}, referral.CodeMinting, referral.CodeHeld, noon))

	for range 2 { // the second time as after a crash
		must(t, s.MoveToDiscount(ctx, shop, c.Key(), referral.AdvocateSide, "d-new", noon))
	}
	minting := get[[]referral.Code](t)(s.ListCodes(ctx, shop, codes.Query{State: referral.CodeMinting}))
	var texts []string
	for _, code := range minting {
		texts = append(texts, code.Code)
		if code.Discount != "d-new" {
			t.Errorf("not rehomed: %+v", code)
		}
	}
	if len(texts) != 2 || !slices.Contains(texts, held.Code) {
		t.Errorf("minting: %v, want the free one and %s", texts, held.Code)
	}
	get[int](t)(s.MoveCodes(ctx, shop, texts, referral.CodeMinting, referral.CodeFree, noon))
	want := held
	want.Discount = "d-new"
	same(t, want, get[referral.Code](t)(s.FindCodeByHolder(ctx, shop, "rwd_1")))
	if free := get[int](t)(s.CountCodes(ctx, shop, c.Key(), referral.AdvocateSide, referral.CodeFree)); free != 1 {
		t.Errorf("%d are free, want 1", free)
	}
	if n := get[int](t)(s.EndHeldCodes(ctx, shop, noon.Add(time.Hour), 10)); n != 1 {
		t.Errorf("%d ended, want the one that ends still", n)
	}
	if got := get[referral.Code](t)(s.FindCodeByHolder(ctx, shop, "rwd_3")); got.Discount != "d-own" || got.State != referral.CodeHeld {
		t.Errorf("the personal one: %+v", got)
	}
}

// A code that is to go while Shopify may be making it stays minting until it is known to exist, and dies then. A
// personal one dies at once: its discount is looked up and deleted.
func TestACodeCondemnedInTheMakingDiesOnceItIsThere(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		personal  bool
		condemned referral.CodeState
	}{{false, referral.CodeMinting}, {true, referral.CodeDying}} {
		ctx, s, shop := newStore(t)
		code := referral.Code{
			Code:     "ANN",
			Discount: "d",
			Campaign: referral.CampaignKey{ID: "cmp_1"},
			Side:     referral.ShareSide,
			Holder:   "adv_1",
			At:       noon,
			Personal: row.personal,
		}
		must(t, s.AddCodes(ctx, shop, []referral.Code{code}))
		for range 2 { // the second time as after a crash
			get[int](t)(s.MoveCodes(ctx, shop, []string{"ANN"}, referral.CodeMinting, referral.CodeDying, noon))
		}
		_, err := s.FindCodeByHolder(ctx, shop, "adv_1")
		wantKind(t, "its holder", err, fault.NotFound)
		state := func() referral.CodeState {
			return get[[]referral.Code](t)(s.FindCodes(ctx, shop, []string{"ANN"}))[0].State
		}
		if state() != row.condemned {
			t.Errorf("personal %v: condemned while minting it is %s, want %s", row.personal, state(), row.condemned)
		}
		get[int](t)(s.MoveCodes(ctx, shop, []string{"ANN"}, referral.CodeMinting, referral.CodeFree, noon)) // it is found in Shopify
		if state() != referral.CodeDying {
			t.Errorf("personal %v: once it is there it is %s, want dying", row.personal, state())
		}
		wantShops(t, "dying", get[[]tenant.ShopID](t)(s.ShopsWithDyingCodes(ctx, 10)), shop)
	}
}

func TestOnlyDeadCodesAreRevived(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	code := referral.Code{
		Shop:     shop,
		Code:     "ANN",
		Discount: "d",
		Campaign: referral.CampaignKey{ID: "cmp_1"},
		Side:     referral.ShareSide,
		Holder:   "adv_1",
		At:       noon,
	}
	must(t, s.AddCodes(ctx, shop, []referral.Code{code}))
	revived := code
	revived.Discount, revived.At, revived.EndsAt, revived.State = "d-new", noon.Add(time.Hour), noon.Add(2*time.Hour), referral.CodeMinting
	for _, to := range []referral.CodeState{referral.CodeHeld, referral.CodeDying} {
		for _, from := range []referral.CodeState{referral.CodeMinting, referral.CodeHeld} {
			get[int](t)(s.MoveCodes(ctx, shop, []string{"ANN"}, from, to, noon))
		}
		must(t, s.RestoreCodes(ctx, shop, []referral.Code{revived, {Code: "NOBODYS"}}))
		if is := get[[]referral.Code](t)(s.FindCodes(ctx, shop, []string{"ANN"}))[0]; is.State != to {
			t.Errorf("a code that is %s was revived: %+v", to, is)
		}
	}
	get[int](t)(s.MoveCodes(ctx, shop, []string{"ANN"}, referral.CodeDying, referral.CodeDead, noon))
	must(t, s.RestoreCodes(ctx, shop, []referral.Code{revived}))
	same(t, revived, get[referral.Code](t)(s.FindCodeByHolder(ctx, shop, "adv_1")))
}

func TestCodesOfARewardAreItsOwn(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	storetest.Codes(t, s, c, referral.AdvocateSide, 5)
	var want []string
	for _, holder := range []referral.CodeHolderID{"rwd_a/0/x", "rwd_a/1/y", "rwd_a", "rwd_ab/0/x", "rwd_"} {
		code := get[referral.Code](t)(s.DrawCode(ctx, shop, c.Key(), referral.AdvocateSide, holder, noon, time.Time{}))
		if holder == "rwd_a" || len(holder) > len("rwd_a/") && holder[:len("rwd_a/")] == "rwd_a/" {
			want = append(want, code.Code)
		}
	}
	var got []string
	for _, code := range get[[]referral.Code](t)(s.CodesOfReward(ctx, shop, "rwd_a")) {
		got = append(got, code.Code)
	}
	slices.Sort(want)
	slices.Sort(got)
	same(t, want, got)
}
