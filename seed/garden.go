package seed

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"twofold/figures"
	"twofold/funnel"
	"twofold/referral"
	"twofold/tenant"
)

const (
	day        = 24 * time.Hour
	years      = 730 * day // over which orders are spread
	shownSince = 90 * day  // of which Home counts what shoppers did
)

// garden grows one advocate after another.
type garden struct {
	shop     tenant.Shop
	campaign referral.Campaign
	now      time.Time
	zone     *time.Location // the shop's
	random   *rand.Rand

	total     int   // referrals
	advocates int   // of whom
	base      int64 // begins the numbers of this run
	stride    int64 // see place
	weight    float64

	stencils stencils
	played   [slots][]history

	next  int     // the next advocate
	grown int     // referrals so far
	share float64 // of all that the advocates so far bring
}

// Friends are told apart by when they ordered: of the time, cut into slots, each has its own histories, and beyond those
// copies of them.
const (
	slots   = 100
	perSlot = 10
)

func newGarden(
	stencils stencils, shop tenant.Shop, campaign referral.Campaign, now time.Time, referrals int,
) *garden {
	g := &garden{
		stencils: stencils, shop: shop, campaign: campaign, now: now, zone: shop.Profile.Location(),
		random: rand.New(rand.NewPCG(uint64(now.UnixNano()), uint64(referrals))),
		total:  referrals, advocates: max(1, referrals/10), base: now.UnixMilli() * 1000,
	}
	for g.stride = 618_034; gcd(g.stride, int64(referrals)) > 1; g.stride++ {
	}
	for i := range g.advocates {
		g.weight += tail(i)
	}
	return g
}

// tail is how much the i-th advocate brings beside the others: few bring much, most bring little.
func tail(i int) float64 { return math.Pow(float64(i+3), -0.9) }

// advocate grows the next advocate's referrals, and returns how many there are.
func (g *garden) advocate(b *batch) (n int, err error) {
	g.share += tail(g.next) / g.weight
	upTo := int(math.Round(g.share * float64(g.total)))
	if g.next++; g.next >= g.advocates {
		upTo = g.total
	}

	mark := g.mark(g.total + g.next)
	a := referral.Advocate{
		Shop: g.shop.ID, ID: referral.AdvocateID("adv_seed" + mark), Customer: customer(mark), Codes: []string{"A" + mark},
		State: referral.AdvocateActive, Browsers: []string{"seeded-" + mark},
	}
	places := make([]int, 0, upTo-g.grown)
	for ; g.grown < upTo; g.grown++ {
		places = append(places, g.place(g.grown))
	}
	if a.JoinedAt = g.now.Add(-time.Duration(g.random.Int64N(int64(years)))); len(places) > 0 {
		a.JoinedAt = g.at(slices.Min(places)).Add(-claimedBefore - time.Duration(g.random.Int64N(int64(60*day))))
	}
	a.JoinedAt = a.JoinedAt.Truncate(time.Millisecond)
	b.advocates = append(b.advocates, a)

	for _, place := range places {
		if err := g.friend(b, a, place); err != nil {
			return 0, err
		}
	}
	return len(places), nil
}

// place strews an advocate's orders among all: which one in time the i-th that is grown is. The stride has no divisor
// in common with the total, so that each place is taken once.
func (g *garden) place(i int) int { return int(int64(i) * g.stride % int64(g.total)) }

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// at is when the order at a place was placed: the shop grows, so that the second year has more of them.
func (g *garden) at(place int) time.Time {
	passed := math.Sqrt((float64(place) + 0.5) / float64(g.total))
	return g.now.Add(-years).Add(time.Duration(passed * float64(years))).Truncate(time.Millisecond)
}

// mark is a number that stands in all ids, codes and keys of one friend, or one advocate. All have as many digits.
func (g *garden) mark(n int) string { return strconv.FormatInt(g.base+int64(n), 10) }

func customer(mark string) referral.CustomerID {
	return referral.CustomerID("gid://shopify/Customer/" + mark)
}

// orderName names the order at a place: "#10000042", the one on which the reward for it is used "#20000042".
func orderName(kind, place int) string { return fmt.Sprintf("#%d%07d", kind, place) }

// names are what an advocate's friend at a place is called, in the order in which a stencil knows them.
func (g *garden) names(a referral.Advocate, place int) []string {
	mark := g.mark(place)
	r := referral.Referral{Shop: g.shop.ID, Friend: referral.FriendOf(customer(mark), false)}
	names := []string{
		mark, strings.TrimPrefix(string(a.ID), "adv_seed"), orderName(1, place), orderName(2, place), g.dayOf(place),
	}
	held := time.Duration(g.campaign.Terms.HoldDays) * day
	for _, after := range []time.Duration{rejectedAfter, held} { // times that checks saw
		names = append(names, g.at(place).Add(after).Format(time.RFC3339))
	}
	for _, side := range referral.Sides {
		names = append(names, string(referral.NewRewardID(r, side)))
	}
	return names
}

// dayOf is the day of the order at a place, in the shop's time zone.
func (g *garden) dayOf(place int) string { return g.at(place).In(g.zone).Format(time.DateOnly) }

// friend grows one friend's referral, with the claim and the order that it rests on: a history at another time.
func (g *garden) friend(b *batch, a referral.Advocate, place int) error {
	h, err := g.history(a, place)
	if err != nil {
		return err
	}
	later := g.at(place).Sub(h.at)
	h.copy(g.names(a, place), later, b.documents)
	b.counted = append(b.counted, figures.Recount{Is: h.countsAs(a.ID, g.dayOf(place))})

	if claimed := h.claimed.Add(later); g.now.Sub(claimed) < shownSince {
		key := funnel.Key{Shop: a.Shop, Campaign: g.campaign.Key(), Advocate: a.ID}
		key.Day = claimed.In(g.zone).Format(time.DateOnly)
		b.shown = append(b.shown, funnel.Day{Key: key, Sums: funnel.Sums{Seen: 1 + g.random.IntN(9), Claims: 1}})
	}
	return nil
}
