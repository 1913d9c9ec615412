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

	next  int     // the next advocate
	grown int     // referrals so far
	share float64 // of all that the advocates so far bring
}

func newGarden(shop tenant.Shop, campaign referral.Campaign, now time.Time, referrals int) *garden {
	g := &garden{
		shop: shop, campaign: campaign, now: now, zone: shop.Profile.Location(), random: rand.New(rand.NewPCG(uint64(now.UnixNano()), uint64(referrals))),
		total: referrals, advocates: max(1, referrals/10), base: now.UnixMilli() * 1000,
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

	a := referral.Advocate{
		Shop: g.shop.ID, ID: referral.AdvocateID(fmt.Sprintf("adv_seed%d", g.base+int64(g.next))),
		Customer: g.customer(g.total + g.next), Codes: []string{g.code("A", g.next)}, State: referral.AdvocateActive,
		Browsers: []string{"seeded-" + strconv.Itoa(g.next)},
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

func (g *garden) customer(n int) referral.CustomerID {
	return referral.CustomerID(fmt.Sprintf("gid://shopify/Customer/%d", g.base+int64(n)))
}

// code is a code that nobody else has.
func (g *garden) code(kind string, n int) string {
	return kind + strings.ToUpper(strconv.FormatInt(g.base, 36)+"-"+strconv.FormatInt(int64(n), 36))
}

// friend grows one friend's referral, with the claim and the order that it rests on.
func (g *garden) friend(b *batch, a referral.Advocate, place int) error {
	s := g.story(a, place)
	r, err := s.decided(g.now)
	if err != nil {
		return err
	}
	is, until := figures.Of(r, g.zone, g.now)
	b.referrals = append(b.referrals, figures.Recount{Counted: figures.Counted{Referral: r}, Is: is, Until: until})
	b.claims = append(b.claims, s.facts.Claims...)
	b.orders = append(append(b.orders, s.facts.Orders...), s.facts.Spent...)

	if claimed := s.facts.Claims[0].ClaimedAt; g.now.Sub(claimed) < shownSince {
		b.shown = append(b.shown, funnel.Day{
			Key:  funnel.Key{Shop: a.Shop, Campaign: g.campaign.Key(), Advocate: a.ID, Day: claimed.In(g.zone).Format(time.DateOnly)},
			Sums: funnel.Sums{Seen: 1 + g.random.IntN(9), Claims: 1},
		})
	}
	return nil
}
