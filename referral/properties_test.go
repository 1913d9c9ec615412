package referral_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"twofold/money"
	. "twofold/referral"
	"twofold/referral/referraltest"
	"twofold/trust"
)

// mustHold holds a decision to what must be true of every one.
func mustHold(t rapid.TB, f Facts, r Referral) {
	t.Helper()
	again := f
	again.Record = r.Record
	if diff := cmp.Diff(r, referraltest.DecidedAfter(t, r, again)); diff != "" {
		t.Errorf("deciding twice differs: -once +twice\n%s", diff)
	}
	for _, side := range Sides {
		n := 0
		for _, i := range IssuesOf(r, side) {
			if !r.Issues[i].TakenBack {
				n++
			}
		}
		if n > 1 {
			t.Errorf("the %s has %d codes that stand", side, n)
		}
	}
	if len(r.Ledger) < len(f.Ledger) || !slices.Equal(r.Ledger[:len(f.Ledger)], f.Ledger) {
		t.Errorf("the ledger was changed, not added to")
	}
	balance(t, f, r)
	tookOff(t, r)
}

// tookOff compares what friends' codes took off each order with what the friend's reward of the claim comes to.
func tookOff(t rapid.TB, r Referral) {
	t.Helper()
	reward := r.Rewards[FriendSide]
	if reward.State != RewardRedeemed || len(IssuesOf(r, FriendSide)) > 0 {
		return
	}

	var took int64
	for _, w := range r.Explained.Orders {
		took += w.Took.Minor
	}
	if took != reward.Amount.Minor {
		t.Errorf("the orders say that %d was taken off, the friend's reward says %s", took, reward.Amount)
	}
}

// balance compares the ledger with the lines it must add up to, and what both add up to with where the reward stands.
func balance(t rapid.TB, f Facts, r Referral) {
	t.Helper()
	ids := map[string]bool{}
	for _, e := range r.Ledger {
		if ids[e.ID] {
			t.Errorf("two entries are %s", e.ID)
		}
		ids[e.ID] = true
		if e.Amount.IsZero() {
			t.Errorf("an entry of nothing: %s", e.ID)
		}
		if e.At.IsZero() {
			t.Errorf("an entry without a time: %s %s", e.Kind, e.ID)
		}
	}
	for _, side := range Sides {
		id := NewRewardID(r, side)
		total := int64(0)
		for _, kind := range []EntryKind{EntryIssued, EntryOffset, EntryOwed, EntrySettled, EntryForgiven, EntryRedeemed} {
			line := lineOf(r, id, kind)
			sum := sumOf(r, id, kind)
			if sum != line.Minor {
				t.Errorf("%s's entries of %s sum to %d, the line says %s", side, kind, sum, line)
			}
			total += sum
		}
		if want := rightly(f, r, side); total != want {
			t.Errorf("%s's ledger sums to %d, want %d: %s (%s), reward %s of %s", side, total, want, r.State, r.Reason, r.Rewards[side].State, r.Rewards[side].Amount)
		}
		if owed := lineOf(r, id, EntryOwed); side == FriendSide && !owed.IsZero() {
			t.Errorf("the friend owes %s", owed)
		}
	}
}

func lineOf(r Referral, id RewardID, kind EntryKind) money.Amount {
	for _, l := range r.Lines {
		if l.Reward == id && l.Kind == kind {
			return l.Amount
		}
	}
	return money.Amount{}
}

// sumOf adds up the entries of a line: those of its kind and of the opposite one carry its name.
func sumOf(r Referral, id RewardID, kind EntryKind) (sum int64) {
	for _, e := range r.Ledger {
		if strings.HasPrefix(e.ID, fmt.Sprintf("%s/%s/", id, kind)) {
			sum += e.Amount.Minor
		}
	}
	return sum
}

// rightly is what a reward's entries must sum to: the codes that its owner has spent or can spend, less what they still
// owe; and what is made up for by later rewards and due to them, until its code is given. Source: book.
func rightly(f Facts, r Referral, side Side) int64 {
	reward := r.Rewards[side]
	if side == FriendSide && len(IssuesOf(r, side)) == 0 { // given at the claim: what it really took off
		if reward.State == RewardRedeemed {
			return reward.Amount.Minor
		}
		return 0
	}
	sum := -reward.Owed.Minor
	spent := 0
	for _, i := range IssuesOf(r, side) {
		if times := Spends(f.Spent, r.Issues[i].Code); len(times) > 0 {
			spent += len(times)
			sum += int64(len(times)) * r.Issues[i].Amount.Minor
		} else if !r.Issues[i].TakenBack {
			sum += r.Issues[i].Amount.Minor
		}
	}
	if reward.State == RewardApproved && spent > 0 {
		sum += reward.Due.Minor
	}
	if reward.State == RewardReversed && side == AdvocateSide { // the code that was owed came off its order
		for _, s := range r.Settled {
			sum += s.Amount.Minor
		}
	}
	return sum
}

// drawFacts is Bob's world with orders, claims, touches and acts drawn at random.
func drawFacts(t *rapid.T) Facts {
	f := bobsFacts()
	c := f.Campaigns[cmp1]
	c.Terms.Credit = rapid.SampledFrom(Credits).Draw(t, "credit")
	c.Terms.CreditRef = rapid.Bool().Draw(t, "credit ref")
	f.Campaigns[cmp1] = c
	c.Version, c.Terms.Credit, c.LiveAt = 2, rapid.SampledFrom(Credits).Draw(t, "credit of v2"), noon.Add(2*time.Hour)
	f.Campaigns[cmp2] = c
	for i := range rapid.IntRange(1, 5).Draw(t, "orders") {
		o := bobsOrder()
		o.ID = orderID(1001 + i)
		at(&o, noon.Add(time.Duration(rapid.IntRange(-2, 40*24).Draw(t, "hour"))*time.Hour))
		o.Status = rapid.SampledFrom([]FinancialStatus{StatusPaid, StatusPending, StatusRefunded}).Draw(t, "status")
		o.Journey.Index = rapid.IntRange(0, 2).Draw(t, "index")
		o.Codes = rapid.SampledFrom([][]string{nil, {bobsCode}, {"OTHER"}, {"ZOE"}, {"ALICE", "ZOE"}, {bobsCode, "OTHER"}}).Draw(t, "codes")
		o.Emails = rapid.SampledFrom([][]string{nil, {"e1"}, {"e2"}}).Draw(t, "e-mail")
		o.Journey.Refs = rapid.SampledFrom([][]string{nil, {"ALICE"}, {"ZOE", "ALICE"}}).Draw(t, "refs")
		o.Attributes = rapid.SampledFrom([][]Attribute{nil, {{ClaimAttribute, "clm_a"}}, {{ClaimAttribute, "clm_b"}}}).Draw(t, "cart")
		if rapid.Bool().Draw(t, "visited") {
			o.Visit = &Visit{Shop: testShop, Campaign: cmp1, Advocate: "adv_zoe", At: noon.Add(time.Hour)}
		}
		f.Orders = append(f.Orders, o)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "claims") {
		c := f.Claims[0]
		c.ID = ClaimID("clm_" + string(rune('a'+i)))
		c.Code = rapid.SampledFrom([]string{"", bobsCode, "OTHER"}).Draw(t, "code")
		c.Addresses = rapid.SampledFrom([][]Address{nil, GivenAt(noon, "e1")}).Draw(t, "given e-mail")
		if rapid.Bool().Draw(t, "guest") {
			c.Customer, c.SignedAt = "", time.Time{}
		}
		c.Touches = drawTouches(t)
		f.Claims = append(f.Claims, c)
	}
	drawNeighbours(t, &f)
	for range rapid.IntRange(0, 2).Draw(t, "acts") {
		f.Acts = append(f.Acts, Act{
			Kind: rapid.SampledFrom([]ActKind{ActLink, ActUnlink, ActReject, ActApprove, ActVoid}).Draw(t, "act"), At: noon.Add(day),
			Order: orderID(rapid.IntRange(1001, 1003).Draw(t, "of order")), Advocate: "adv_zoe", Campaign: cmp1,
		})
	}
	return f
}

// drawNeighbours adds others around the friend: of a few cards, networks and browsers, so that some are equal.
func drawNeighbours(t *rapid.T, f *Facts) {
	hashes := func(label string) []string {
		return rapid.SampledFrom([][]string{nil, {"k1:a"}, {"k2:a", "k1:a"}, {"k2:a"}, {"k1:b"}}).Draw(t, label)
	}
	marks := func() Marks {
		return Marks{
			Networks: hashes("network"), Agents: hashes("agent"), Phones: hashes("phone"),
			Referrer: rapid.SampledFrom([]string{"", "www.retailmenot.com", "example.com"}).Draw(t, "referrer"),
			Risk:     rapid.SampledFrom([]Risk{RiskUnknown, RiskHigh}).Draw(t, "risk"),
		}
	}
	instant := func() time.Time {
		return noon.Add(time.Duration(rapid.IntRange(-48, 48).Draw(t, "neighbour's hour")) * time.Hour)
	}
	for i := range f.Orders {
		f.Orders[i].Cards, f.Orders[i].Marks = hashes("card"), marks()
	}

	customers := []CustomerID{alice, referraltest.Zoe, "gid://shopify/Customer/41", "gid://shopify/Customer/42"}
	for i, friend := range customers[:rapid.IntRange(0, 4).Draw(t, "neighbours")] {
		n := Neighbour{Friend: friend, Seen: []Sighting{{At: instant(), Networks: hashes("seen at"), Agents: hashes("seen by")}}}
		for k := range rapid.IntRange(1, 2).Draw(t, "traces") {
			n.Traces = append(n.Traces, Trace{
				Order: orderID(3000 + 10*i + k), Advocate: rapid.SampledFrom([]AdvocateID{"adv_alice", "adv_zoe"}).Draw(t, "brought by"),
				At: instant(), By: trust.TieShared, From: rapid.SampledFrom(AllSources).Draw(t, "source"), Cards: hashes("card"), Marks: marks(),
			})
		}
		f.Neighbours = append(f.Neighbours, n)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "own and same card") {
		o := Order{ID: orderID(4000 + i), ProcessedAt: instant(), Customer: rapid.SampledFrom(customers).Draw(t, "whose"), Cards: hashes("card"), Marks: marks()}
		f.SameCard, f.Own = append(f.SameCard, o), append(f.Own, o)
	}
	f.Campaigns[cmp1] = strictly(f.Campaigns[cmp1], rapid.SampledFrom(trust.Strictnesses).Draw(t, "strictness"))
}

func strictly(c Campaign, s trust.Strictness) Campaign {
	c.Terms.Strictness = s
	return c
}

// drawTouches are openings of links, no two of one advocate at one instant: those are one.
func drawTouches(t *rapid.T) []Touch {
	drawn := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) Touch {
		return Touch{
			Advocate: rapid.SampledFrom([]AdvocateID{"adv_alice", "adv_zoe"}).Draw(t, "advocate"), Version: rapid.IntRange(1, 2).Draw(t, "version"),
			At: noon.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "touched")) * time.Hour),
		}
	}), 1, 4, func(x Touch) string { return fmt.Sprint(x.Advocate, x.At) }).Draw(t, "touches")
	slices.SortStableFunc(drawn, func(a, b Touch) int { return a.At.Compare(b.At) })
	return drawn
}

// What Decide concludes must not depend on the order in which orders, claims, touches of one instant, and others around
// the friend were read.
func TestDecideDoesNotDependOnTheOrderOfFacts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		want := decide(t, f)
		mustHold(t, f, want)
		shuffle := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		shuffle.Shuffle(len(f.Orders), func(i, j int) { f.Orders[i], f.Orders[j] = f.Orders[j], f.Orders[i] })
		shuffle.Shuffle(len(f.Claims), func(i, j int) { f.Claims[i], f.Claims[j] = f.Claims[j], f.Claims[i] })
		shuffle.Shuffle(len(f.Neighbours), func(i, j int) { f.Neighbours[i], f.Neighbours[j] = f.Neighbours[j], f.Neighbours[i] })
		shuffle.Shuffle(len(f.SameCard), func(i, j int) { f.SameCard[i], f.SameCard[j] = f.SameCard[j], f.SameCard[i] })
		shuffle.Shuffle(len(f.Own), func(i, j int) { f.Own[i], f.Own[j] = f.Own[j], f.Own[i] })
		for i := range f.Claims {
			touches := slices.Clone(f.Claims[i].Touches)
			shuffle.Shuffle(len(touches), func(i, j int) { touches[i], touches[j] = touches[j], touches[i] })
			slices.SortStableFunc(touches, func(a, b Touch) int { return a.At.Compare(b.At) })
			f.Claims[i].Touches = touches
		}
		if diff := cmp.Diff(want, decide(t, f)); diff != "" {
			t.Fatalf("-first +shuffled\n%s", diff)
		}
	})
}

// A life is a referral to which things happen one after the other, as they do in a shop: as it was decided last, and
// the facts as they are now.
type life struct {
	referral Referral
	facts    Facts
}

// Every step of a life must be a move of the tables, as others are refused, and leave books that balance.
func TestAWholeLifeKeepsItsBooks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := bobsFacts(bobsOrder())
		c := f.Campaigns[cmp1]
		c.Terms.Friend.AfterOrder = rapid.Bool().Draw(t, "friend's after the order")
		c.Terms.Advocate = rapid.SampledFrom([]Offer{
			{Kind: AmountOff, Amount: usd("20")}, {Kind: AmountOff, Amount: usd("20"), Personal: true}, {Kind: ShareOfOrder, RateBP: 1_000},
			{Kind: PercentOff, RateBP: 1_500}, {Kind: FreeShipping, CountsAs: usd("6")},
			{Kind: PercentOff, RateBP: 1_500, Personal: true},
		}).Draw(t, "offer")
		f.Campaigns[cmp1] = c
		if rapid.Bool().Draw(t, "second order") {
			second := bobsOrder()
			second.ID, second.Codes = orderID(1002), nil
			at(&second, bought.Add(day))
			f.Orders = append(f.Orders, second)
		}
		l := life{decide(t, f), f}
		l.facts.Record = l.referral.Record
		for i := range rapid.IntRange(1, 14).Draw(t, "steps") {
			step := rapid.SampledFrom(steps).Draw(t, fmt.Sprintf("step %d", i))
			step.happens(t, &l, i)
			r := referraltest.DecidedAfter(t, l.referral, l.facts)
			mustHold(t, l.facts, r)
			l.referral = r
			l.facts.Record = r.Record
		}
	})
}

// A step is one thing that may happen to Bob's referral. One that cannot happen as things stand does nothing.
type step struct {
	name    string
	happens func(t *rapid.T, l *life, i int)
}

func (s step) String() string { return s.name }

var steps = []step{
	{"released", func(t *rapid.T, l *life, _ int) {
		if r := l.referral; slices.Contains(r.Work, WorkRelease) {
			l.facts.Release = NewRelease(r)
			drawGrant(t, l.facts.Release, l.facts.Campaigns[r.Campaign].Terms.Advocate)
		}
	}},
	{"issued to the advocate", issueStep(AdvocateSide)},
	{"issued to the friend", issueStep(FriendSide)},
	{"a code is spent", func(t *rapid.T, l *life, i int) {
		if n := len(l.facts.Issues); n > 0 {
			code := l.facts.Issues[rapid.IntRange(0, n-1).Draw(t, "code")].Code
			when := bought.Add(time.Duration(20+i) * day)
			l.facts.Spent = append(l.facts.Spent, Order{Shop: testShop, ID: orderID(2000 + i), ProcessedAt: when, Codes: []string{code}})
		}
	}},
	{"the codes are taken off the orders that spent them", func(_ *rapid.T, l *life, _ int) { l.facts.Spent = nil }},
	{"refunded", func(_ *rapid.T, l *life, _ int) {
		l.facts.Orders[0].Status, l.facts.Orders[0].Refunded = StatusRefunded, usd("80")
	}},
	{"cancelled", func(_ *rapid.T, l *life, _ int) { l.facts.Orders[0].CancelledAt = bought.Add(day) }},
	{"disputed", func(_ *rapid.T, l *life, _ int) {
		l.facts.Orders[0].Disputes = []Dispute{{Status: "LOST", InitiatedAs: "CHARGEBACK"}}
	}},
	{"the dispute is won", func(_ *rapid.T, l *life, _ int) {
		l.facts.Orders[0].Disputes = []Dispute{{Status: "WON", InitiatedAs: "CHARGEBACK"}}
	}},
	{"edited below the minimum", func(_ *rapid.T, l *life, _ int) { l.facts.Orders[0].CurrentSubtotal = usd("31.99") }},
	{"edited back", func(_ *rapid.T, l *life, _ int) { l.facts.Orders[0].CurrentSubtotal = usd("80") }},
	{"another advocate's link turns up", func(_ *rapid.T, l *life, _ int) {
		l.facts.Claims[0].Touches = []Touch{{"adv_alice", 1, noon}, {"adv_zoe", 1, noon.Add(time.Minute)}}
	}},
	{"an earlier order turns up", func(_ *rapid.T, l *life, i int) {
		early := bobsOrder()
		early.ID, early.Codes = orderID(900+i), nil
		at(&early, noon.Add(time.Duration(i+1)*time.Minute))
		l.facts.Orders = append(l.facts.Orders, early)
	}},
	{"the merchant voids it", actStep(ActVoid)},
	{"the merchant restores it", actStep(ActApprove)},
	{"the merchant unlinks the order", actStep(ActUnlink)},
	{"the merchant forgives", func(_ *rapid.T, l *life, i int) {
		if l.referral.Rewards[AdvocateSide].State == RewardOwed {
			l.facts.Acts = append(slices.Clone(l.facts.Acts), Act{
				Kind: ActForgive, At: bought.Add(time.Duration(20+i) * day), Order: l.referral.Order,
				Amount: l.referral.Rewards[AdvocateSide].Owed, Units: l.referral.Rewards[AdvocateSide].OwedUnits,
			})
		}
	}},
	{"another code is given", func(_ *rapid.T, l *life, i int) {
		if issue := Standing(l.referral, AdvocateSide); issue != nil && l.referral.Rewards[AdvocateSide].State == RewardIssued {
			l.facts.Acts = append(slices.Clone(l.facts.Acts),
				Act{Kind: ActReissue, At: bought.Add(time.Duration(20+i) * day), Order: l.referral.Order, Side: AdvocateSide, Code: issue.Code})
		}
	}},
	{"a later reward makes up for it", func(_ *rapid.T, l *life, i int) {
		reward := l.referral.Rewards[AdvocateSide]
		if reward.State != RewardOwed {
			return
		}
		take := reward.Owed
		if !l.facts.Campaigns[l.referral.Campaign].Terms.Advocate.InParts() {
			take = reward.Amount
		}
		l.facts.Settled = append(slices.Clone(l.facts.Settled), Settled{By: FriendID(fmt.Sprint(i)), Amount: take, At: bought.Add(time.Duration(30+i) * day)})
	}},
	{"the codes are gone", func(_ *rapid.T, l *life, i int) {
		var codes []string
		for _, one := range l.facts.Issues {
			if one.TakenBack {
				codes = append(codes, one.Code)
			}
		}
		NoteGone(&l.facts, codes, bought.Add(time.Duration(20+i)*day))
	}},
}

// drawGrant denies a release by a cap, has it make up for something owed, or lets it go.
func drawGrant(t *rapid.T, r *Release, offer Offer) {
	switch rapid.IntRange(0, 5).Draw(t, "grant") {
	case 0:
		r.Denied = ReasonCap
	case 1:
		r.Offset, r.Offsets = r.Worth, 1
		if offer.InParts() {
			r.Offset.Minor /= 2
		}
	}
}

func issueStep(side Side) func(*rapid.T, *life, int) {
	return func(_ *rapid.T, l *life, i int) {
		reward := l.referral.Rewards[side]
		AddIssue(l.referral, &l.facts, Issue{
			Side: side, Reward: reward.ID, Campaign: reward.Campaign, Code: fmt.Sprintf("CODE-%s-%d", side, i), Amount: reward.Due,
			At: bought.Add(time.Duration(14+i) * day),
		}, l.referral.Holder(side))
	}
}

func actStep(kind ActKind) func(*rapid.T, *life, int) {
	return func(_ *rapid.T, l *life, i int) {
		l.facts.Acts = append(slices.Clone(l.facts.Acts),
			Act{Kind: kind, At: bought.Add(time.Duration(20+i) * day), Order: l.referral.Order})
	}
}
