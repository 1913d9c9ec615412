package jobs_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/claims"
	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/simulator"
)

// crowd is many friends of two advocates who buy over some weeks, under caps and a budget.
type crowd struct {
	limits referral.Limits
	offer  referral.Offer
	after  bool // the friend's reward comes after their order, and counts too
	buys   []purchase
}

type purchase struct {
	advocate int
	price    string
	days     int // after the one before
}

func newCrowd(seed uint64) crowd {
	r := rand.New(rand.NewPCG(seed, 1))
	c := crowd{
		limits: referral.Limits{MonthCap: r.IntN(4), YearCap: r.IntN(5), Budget: usd([]string{"0", "20", "45.50", "70"}[r.IntN(4)])},
		offer:  []referral.Offer{{Kind: referral.AmountOff, Amount: usd("20")}, {Kind: referral.ShareOfOrder, RateBP: 1500}}[r.IntN(2)],
	}
	c.after = r.IntN(2) == 0
	for range 5 + r.IntN(4) {
		c.buys = append(c.buys, purchase{r.IntN(2), []string{"40.00", "99.99", "250.00"}[r.IntN(3)], []int{0, 0, 1, 12}[r.IntN(4)]})
	}
	return c
}

// bothInTheBudget is a crowd of two, whose friends' rewards come after the order: the budget has room for one of
// either side, or for two of one side only.
var bothInTheBudget = crowd{
	limits: referral.Limits{Budget: usd("45.50")},
	offer:  referral.Offer{Kind: referral.AmountOff, Amount: usd("20")},
	after:  true,
	buys:   []purchase{{0, "99.99", 0}, {1, "99.99", 0}},
}

func usd(decimal string) money.Amount { return money.MustParse(decimal, "USD") }

// TestCapsAndBudgetsAreHeldByAnyNumberOfWorkers: what leaves, and what is kept, is the same with one worker and with
// many, and never more than the limits allow.
func TestCapsAndBudgetsAreHeldByAnyNumberOfWorkers(t *testing.T) {
	t.Parallel()
	crowds := []crowd{bothInTheBudget}
	for seed := range uint64(7) {
		crowds = append(crowds, newCrowd(seed))
	}
	for n, c := range crowds {
		ends := map[int]string{}
		for _, workers := range []int{1, 5} {
			w := newWorld(t)
			w.nextMarch()
			w.offer, w.limits, w.after = &c.offer, c.limits, c.after
			w.live()
			w.buyAll(c)
			w.days(45)
			for range 4 {
				w.releaseBy(workers)
				w.forget()
			}
			w.heldTo(c, n)
			ends[workers] = w.outcome()
		}
		if diff := cmp.Diff(ends[1], ends[5]); diff != "" {
			t.Errorf("crowd %d: -one worker +five\n%s", n, diff)
		}
	}
}

// nextMarch moves the clock to the next first of March, so that both plays see months of the same lengths.
func (w *world) nextMarch() {
	w.t.Helper()
	march := time.Date(w.now().Year(), time.March, 1, 12, 0, 0, 0, time.UTC)
	if !march.After(w.now()) {
		march = march.AddDate(1, 0, 0)
	}
	for left := march.Sub(w.now()); left > 0; left = march.Sub(w.now()) {
		w.must(w.sim.Advance(w.ctx, min(left, 30*24*time.Hour)))
	}
}

// buyAll has a new friend claim and buy for each purchase.
func (w *world) buyAll(c crowd) {
	w.t.Helper()
	var links [2]string
	for i := range links {
		view, err := w.Claims.Join(w.ctx, claims.JoinRequest{Shop: w.shop, Customer: referral.CustomerID(fmt.Sprintf("gid://shopify/Customer/%d", i+1)), At: w.signed()})
		w.must(err)
		links[i] = view.Advocate.Code()
	}
	for i, buy := range c.buys {
		w.must(w.sim.Advance(w.ctx, time.Duration(buy.days)*24*time.Hour+time.Minute))
		w.must(w.run(w.forCampaign("pool:fill", campaign)))
		claimed, err := w.Claims.Claim(w.ctx, claims.ClaimRequest{Shop: w.shop, Ref: links[buy.advocate], Browser: []string{fmt.Sprintf("h1:friend-%d", i)}, At: w.signed()})
		if fault.Is(err, fault.NotFound) {
			continue // the soft gate: the budget is as good as spent
		}
		w.must(err)
		cart := string(claimed.Claim.ID)
		o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
			Email: fmt.Sprintf("friend-%d@example.com", i), Items: []simulator.Item{{Title: "Blanket", Price: buy.price}},
			Attributes: map[string]string{referral.ClaimAttribute: cart},
		})
		w.must(err)
		w.must(w.Deliver(w.ctx, w.shop, "orders/paid"+o.Name, "orders/paid", o, cart, ""))
		w.must(w.run(w.forShop("deliveries:drain")))
		w.forget()
		w.settleWithoutRelease()
	}
}

// settleWithoutRelease has Shopify asked about the friends; releases are left for the workers.
func (w *world) settleWithoutRelease() {
	w.t.Helper()
	all, err := w.kept.ListReferrals(w.ctx, w.shop, 100)
	w.must(err)
	for _, r := range all {
		w.must(w.run(w.forFriend("customer:ask", r.Friend)))
	}
}

// releaseBy has many workers release at once.
func (w *world) releaseBy(workers int) {
	w.t.Helper()
	var running sync.WaitGroup
	errs := make([]error, workers)
	for i := range workers {
		running.Go(func() {
			for range 3 {
				if errs[i] = w.run(w.forShop("rewards:release")); !fault.Is(errs[i], fault.Limited) {
					return
				}
			}
		})
	}
	running.Wait()
	for _, err := range errs {
		if !fault.Is(err, fault.Limited) {
			w.must(err)
		}
	}
}

// heldTo checks that no window of days, and no month, has more than the limits allow.
func (w *world) heldTo(c crowd, n int) {
	w.t.Helper()
	all, err := w.kept.ListReferrals(w.ctx, w.shop, 100)
	w.must(err)
	granted := slices.DeleteFunc(all, func(r referral.Referral) bool { return r.Release == nil || r.Release.Denied != "" })
	months := map[string]int64{}
	for _, r := range granted {
		months[r.Release.At.UTC().Format("2006-01")] += r.Release.Worth.Minor
		if c.after {
			months[r.Release.At.UTC().Format("2006-01")] += r.Rewards[referral.FriendSide].Amount.Minor
		}
		for _, limit := range []struct{ most, days int }{{c.limits.MonthCap, 30}, {c.limits.YearCap, 365}} {
			count := 0
			for _, other := range granted {
				apart := r.Release.At.Sub(other.Release.At)
				if other.Advocate == r.Advocate && apart >= 0 && apart < time.Duration(limit.days)*24*time.Hour {
					count++
				}
			}
			if limit.most > 0 && count > limit.most {
				w.t.Errorf("crowd %d: %d rewards within %d days, the cap is %d", n, count, limit.days, limit.most)
			}
		}
	}
	for month, sum := range months {
		if c.limits.Budget.Minor > 0 && sum > c.limits.Budget.Minor {
			w.t.Errorf("crowd %d: %d settled in %s, the budget is %s", n, sum, month, c.limits.Budget)
		}
	}
	if strings.Count(w.outcome(), "\n") == 0 {
		w.t.Errorf("crowd %d: nobody bought", n)
	}
}

// H9: beyond the usual number of rewards the next is held, whoever releases; time does not let it go,
// and the merchant's yes does.
func TestManyRewardsAreHeldForTheMerchantsLook(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 5} {
		w := newWorld(t)
		w.nextMarch()
		w.limits = referral.Limits{FlagAfter: 2}
		w.live()
		w.buyAll(crowd{buys: []purchase{{0, "99.99", 12}, {0, "99.99", 1}, {1, "99.99", 0}, {0, "99.99", 1}}})
		w.days(3)
		w.releaseBy(workers)

		w.stand(workers, "approved", "approved", "approved", "flagged (many_rewards)")
		held := w.newest()
		if saw := lastCheck(held).Saw; fmt.Sprint(saw) != "[{rewards 2} {usual 2} {within_days 30}]" {
			t.Errorf("the check saw %v", saw)
		}

		w.days(40)
		w.releaseBy(workers)
		w.stand(workers, "approved", "approved", "approved", "flagged (many_rewards)")

		_, err := w.Rewards.Approve(w.ctx, w.shop, held.OrderName)
		w.must(err)
		w.releaseBy(workers)
		w.stand(workers, "approved", "approved", "approved", "approved")
	}
}

// H9, M2: whoever has three friends buy within a week of joining is looked at, all three of them; a
// friend who buys later is not.
func TestAFastStartIsHeldForTheMerchantsLook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.nextMarch()
	w.limits = referral.Limits{FlagAfter: 10}
	w.live()
	w.buyAll(crowd{buys: []purchase{{0, "99.99", 0}, {1, "99.99", 0}, {0, "99.99", 0}, {1, "99.99", 0}, {0, "99.99", 0}, {0, "99.99", 12}}})
	w.days(3)
	w.releaseBy(3)
	held := "flagged (fast_start)"
	w.stand(3, held, "approved", held, "approved", held, "approved")
	if saw := lastCheck(w.oldest()).Saw; fmt.Sprint(saw) != "[{rewards 3} {usual 2} {within_days 7}]" {
		t.Errorf("the check saw %v", saw)
	}
}

// oldest is the referral of the oldest order.
func (w *world) oldest() referral.Referral {
	w.t.Helper()
	all, err := w.kept.ListReferrals(w.ctx, w.shop, 100)
	w.must(err)
	return all[len(all)-1]
}

// stand compares where the shop's referrals stand, the oldest order first.
func (w *world) stand(workers int, want ...string) {
	w.t.Helper()
	w.forget()
	all, err := w.kept.ListReferrals(w.ctx, w.shop, 100)
	w.must(err)
	var states []string
	for _, r := range slices.Backward(all) {
		state := string(r.State)
		if r.Reason != "" {
			state += fmt.Sprintf(" (%s)", r.Reason)
		}
		states = append(states, state)
	}
	if diff := cmp.Diff(want, states); diff != "" {
		w.t.Errorf("%d workers: -want +got\n%s", workers, diff)
	}
}

// newest is the referral of the newest order.
func (w *world) newest() referral.Referral {
	w.t.Helper()
	all, err := w.kept.ListReferrals(w.ctx, w.shop, 1)
	w.must(err)
	return all[0]
}

// lastCheck is the last of the checks that held a referral's order.
func lastCheck(r referral.Referral) (held referral.Check) {
	for _, c := range r.Explained.Orders[0].Checks {
		if c.Result == referral.Holds {
			held = c
		}
	}
	return held
}

// H6: a test order costs nothing. Tried by hand it runs the whole way, also twice, to a reward that says what it
// would be; nothing is made in Shopify for it, and no code of the pool is taken.
func TestATestOrderGivesNoCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	alice := w.joined()
	codes := []string{w.claimOf(alice, "h1:tester-0"), w.claimOf(alice, "h1:tester-1")}
	w.settle()
	before := w.discountCodes()

	for i, code := range codes {
		o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
			Email: fmt.Sprintf("tester-%d@example.com", i), Test: true, Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}}, DiscountCodes: []string{code},
		})
		w.must(err)
		w.deliver("orders/paid", o)
		w.must(w.sim.Advance(w.ctx, time.Minute))
		w.settle()
	}
	w.stand(1, "voided (test_order)", "voided (test_order)")

	r := w.newest()
	if reward := r.Rewards[referral.AdvocateSide]; reward.State != referral.RewardVoided || reward.Amount != usd("20") || len(r.Issues) > 0 {
		t.Errorf("the reward is %s, worth %v, with the codes %v; want void, worth $20, without", reward.State, reward.Amount, r.Issues)
	}
	if diff := cmp.Diff(before, w.discountCodes()); diff != "" {
		t.Errorf("codes in Shopify: -before +after\n%s", diff)
	}
	held, err := w.kept.CodesOfReward(w.ctx, w.shop, r.Rewards[referral.AdvocateSide].ID)
	w.must(err)
	if len(held) > 0 {
		t.Errorf("the reward holds %v", held)
	}
}

// discountCodes counts the codes of each discount in the shop.
func (w *world) discountCodes() map[string]int {
	w.t.Helper()
	discounts, err := w.sim.Discounts(string(w.shop))
	w.must(err)
	counted := map[string]int{}
	for _, d := range discounts {
		counted[d.Title] += len(d.Codes)
	}
	return counted
}

// A reward that only makes up for a debt takes nothing from the budget, and so is not denied by it.
func TestABudgetThatIsSpentStopsNoDebt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.nextMarch()
	o := w.issued()
	alice := w.joined()
	claimed, err := w.Claims.Claim(w.ctx, claims.ClaimRequest{Shop: w.shop, Ref: alice.Code(), Browser: []string{"h1:carl"}, At: w.signed()})
	w.must(err)
	owed := w.wantReward("given", referral.RewardIssued)
	w.buys(owed.Rewards[referral.AdvocateSide].Code, "stranger@example.com")
	_, err = w.sim.RefundOrder(string(w.shop), o.ID, simulator.RefundInput{Full: true})
	w.must(err)
	w.deliver("refunds/create", o)
	w.settle()
	w.buys(claimed.Claim.Code, "carl@example.com")
	_, err = w.Campaigns.SetLimits(w.ctx, w.shop, campaign.ID, referral.Limits{Budget: usd("20")})
	w.must(err)
	w.days(2)
	w.settle()
	all, err := w.kept.ListReferrals(w.ctx, w.shop, 10)
	w.must(err)
	states := map[string]string{}
	for _, r := range all {
		reward := r.Rewards[referral.AdvocateSide]
		states[r.OrderName] = fmt.Sprintf("%s (%s)", reward.State, reward.Reason)
	}
	if diff := cmp.Diff(map[string]string{o.Name: "settled (refunded)", "#1003": "voided (offset)"}, states); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// Bob's discount and Alice's reward cost the shop $40 for one new customer.
func TestNewCustomersThatCostTooMuchAreWarnedOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.issued()
	w.days(1) // the day on which the hold ended counts as a whole
	w.settle()
	const alarm = "new customers cost more than is allowable"
	for _, row := range []struct {
		allowable string
		want      bool
	}{{"0", false}, {"40.00", false}, {"39.99", true}} {
		_, err := w.Campaigns.SetLimits(w.ctx, w.shop, campaign.ID, referral.Limits{AllowableCost: usd(row.allowable)})
		w.must(err)
		w.log.Reset()
		w.must(w.run(w.forCampaign("campaign:tend", campaign)))
		if got := strings.Contains(w.log.String(), alarm); got != row.want {
			t.Errorf("allowable is %s: alarm %v, want %v\n%s", row.allowable, got, row.want, w.log)
		}
	}
	if says := `customers=1 per_customer="40.00 USD" allowable="39.99 USD"`; !strings.Contains(w.log.String(), says) {
		t.Errorf("%s is not in %s", says, w.log)
	}
}

// Carl's claim is on its way, and so is Bob's order: more would not be paid by the budget.
func TestClaimsStopBeforeTheBudgetIsSpent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.credited()
	alice := w.joined()
	claims := func(browser string) error {
		_, err := w.Claims.Claim(w.ctx, claims.ClaimRequest{Shop: w.shop, Ref: alice.Code(), Browser: []string{browser}, At: w.signed()})
		return err
	}
	budget := func(decimal string) {
		_, err := w.Campaigns.SetLimits(w.ctx, w.shop, campaign.ID, referral.Limits{Budget: usd(decimal)})
		w.must(err)
	}
	budget("20.01") // Bob's order will settle $20
	w.must(claims("h1:carl"))
	for _, row := range []struct {
		budget, browser string
		kind            fault.Kind
	}{{"40", "h1:dora", fault.NotFound}, {"40.01", "h1:dora", ""}, {"20", "h1:carl", ""}} { // one of five claims is one more; who has theirs keeps it
		budget(row.budget)
		if err := claims(row.browser); fault.KindOf(err) != row.kind {
			t.Errorf("a budget of %s, %s: got %v, want %q", row.budget, row.browser, err, row.kind)
		}
	}
}
