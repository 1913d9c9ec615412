package e2e

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"twofold"
	"twofold/claims"
	"twofold/codes"
	"twofold/jobs/jobstest"
	"twofold/local"
	"twofold/money"
	"twofold/referral"
	"twofold/rewards"
	"twofold/secret"
	"twofold/simulator"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

var updateAttacks = flag.Bool("update", false, "write the attacks' table in docs/SECURITY.md anew")

// attack is one of those on money that outsiders played: what is done, and how.
type attack struct {
	name string
	does string
	play func(m *market)
}

var attacks = []attack{
	{
		"M1", "three throw-away advocates who never bought; each friend buys for $60, the reward is spent after the hold, then the friend's order goes back",
		func(m *market) {
			for i := range 3 {
				ref := m.join(fmt.Sprintf("throwaway-%d@example.com", i))
				order := m.buy(fmt.Sprintf("cat-%d@example.com", i), "60.00", m.claim(ref, fmt.Sprintf("m1-%d", i), ""))
				m.days(15)
				m.spendAll()
				m.giveBack(order)
			}
		},
	},
	{
		"M2", "an advocate who has bought invites the same person in private windows: the same address with a tag, with a dot, at googlemail.com, and a second one",
		func(m *market) {
			m.buy("ann.lee@gmail.com", "50.00", "")
			ref := m.join("ann.lee@gmail.com")
			for i, address := range []string{"ann.lee+1@gmail.com", "annlee@gmail.com", "ann.lee@googlemail.com", "lee.ann@example.com"} {
				m.buy(address, "60.00", m.claim(ref, fmt.Sprintf("m2-%d", i), ""))
			}
			m.days(15)
		},
	},
	{
		"M3", "the addresses of three strangers are written down at claims; they buy by themselves, without link or code",
		func(m *market) {
			m.buy("stuffer@example.com", "50.00", "")
			ref := m.join("stuffer@example.com")
			for i := range 3 {
				m.claim(ref, fmt.Sprintf("m3-%d", i), fmt.Sprintf("lead-%d@example.com", i))
			}
			for i := range 3 {
				m.buy(fmt.Sprintf("lead-%d@example.com", i), "60.00", "")
			}
			m.days(15)
		},
	},
	{
		"M4", "a reward of 10 % of the order: a coat of $1,000 and socks of $70 are bought, and the coat goes back after the hold",
		func(m *market) {
			m.edit(func(c *referral.Campaign) {
				c.Terms.Advocate = referral.Offer{Kind: referral.ShareOfOrder, RateBP: 1000}
			})
			m.buy("owner@example.com", "50.00", "")
			ref := m.join("owner@example.com")
			order := m.place(simulator.OrderInput{
				Email: "coat@example.com", DiscountCodes: []string{m.claim(ref, "m4", "")},
				Items: []simulator.Item{{Title: "Coat", Price: "1000.00"}, {Title: "Socks", Price: "70.00"}},
			})
			m.days(15)
			m.giveBackFirst(order)
			m.days(1)
		},
	},
	{
		"M4b", "a gift card alone is bought with the friend's claim in the cart",
		func(m *market) {
			m.buy("giver@example.com", "50.00", "")
			ref := m.join("giver@example.com")
			claim := m.claimed(ref, "m4b", "")
			m.place(simulator.OrderInput{
				Email: "card@example.com", Attributes: map[string]string{referral.ClaimAttribute: string(claim.ID)},
				Items: []simulator.Item{{Title: "Gift card", Price: "500.00", GiftCard: true}},
			})
			m.days(15)
		},
	},
	{
		"M5", "a thief's link is opened by a friend who holds an honest advocate's code (who is credited)",
		func(m *market) {
			m.buy("honest@example.com", "50.00", "")
			m.buy("thief@example.com", "50.00", "")
			honest, thief := m.join("honest@example.com"), m.join("thief@example.com")
			code := m.claim(honest, "m5", "")
			m.visit(thief, "m5")
			m.buy("friend@example.com", "60.00", code)
			m.days(15)
			m.wantCredit(honest)
		},
	},
	{
		"M5b", "five strangers find a link on a coupon site, and each buys for $60 within the hour",
		func(m *market) {
			m.buy("poster@example.com", "50.00", "")
			ref := m.join("poster@example.com")
			for i := range 5 {
				m.buy(fmt.Sprintf("stranger-%d@example.com", i), "60.00", m.claim(ref, fmt.Sprintf("m5b-%d", i), ""))
			}
			m.days(15)
		},
	},
}

// TestMoneyAttacks plays them at both levels of protected data, with the terms that a shop begins with where nothing else is said. What
// each gains and costs stands in docs/SECURITY.md.
func TestMoneyAttacks(t *testing.T) {
	t.Parallel()
	servers, err := jobstest.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = servers.Stop(context.WithoutCancel(t.Context())) })

	outcome := map[string]string{}
	for _, level := range []int{1, 2} {
		fair := newFair(t, servers, level)
		for _, a := range attacks {
			m := fair.shop(t, strings.ToLower(a.name))
			a.play(m)
			outcome[fmt.Sprint(a.name, level)] = m.outcome()
		}
	}

	var table strings.Builder
	table.WriteString("| attack | what is done | at level 1 | at level 2 |\n| --- | --- | --- | --- |\n")
	for _, a := range attacks {
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", a.name, a.does, outcome[a.name+"1"], outcome[a.name+"2"])
	}
	comparePage(t, table.String())
}

// comparePage holds a table against the one in docs/SECURITY.md, or writes it there.
func comparePage(t *testing.T, table string) {
	t.Helper()
	const begin, end = "<!-- attacks: written by TestMoneyAttacks -->\n", "<!-- end of attacks -->"
	name := filepath.Join(local.ModuleRoot(), "docs", "SECURITY.md")
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(string(page), begin)
	kept, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for the table", name)
	}
	switch {
	case kept == table:
	case *updateAttacks:
		if err := os.WriteFile(name, []byte(head+begin+table+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("docs/SECURITY.md has\n%s\nplayed:\n%s", kept, table)
	}
}

// fair is the program and a simulated Shopify at one level of protected data; each attack has a shop of its own in it.
type fair struct {
	*jobstest.Program
	sim   *simulator.Server
	store *store.Store
	hash  *secret.Hasher
	level int
}

func newFair(t *testing.T, servers *jobstest.Servers, level int) *fair {
	t.Helper()
	f := &fair{level: level}
	hash, err := hasher()
	check(t, err)
	f.hash = hash
	f.sim, err = simulator.New(simulator.Config{
		ClientID: "attacks", ClientSecret: "secret of the attacks", AppTOML: twofold.AppTOML, Log: slog.New(slog.DiscardHandler),
		Behaviour: simulator.Behaviour{ProtectedDataLevel: simulator.Level(level)}, Now: func() time.Time { return began },
	})
	check(t, err)
	check(t, f.sim.Start("127.0.0.1:0"))
	t.Cleanup(func() { check(t, f.sim.Close(context.WithoutCancel(t.Context()))) })

	database := fmt.Sprintf("test_attacks_%d", level)
	config := storetest.Patient(servers.Mongo.URI())
	config.Database = database
	f.store = storetest.Open(t, config)
	f.Program, err = jobstest.New(jobstest.Config{
		Store: f.store, Keyring: storetest.Keyring(), Hasher: hash, Redis: servers.Redis, Prefix: database + ":", ClientID: "attacks",
		Secret: "secret of the attacks", Origin: f.sim.Origin(), Clock: f.sim.Now, Log: slog.New(slog.DiscardHandler), Level2: level == 2,
		Rewards: rewards.Config{ReleaseMargin: time.Millisecond}, Codes: codes.Config{PoolTarget: 12, PoolLow: 6, PollEvery: time.Millisecond},
	})
	check(t, err)
	return f
}

// market is one attack's shop.
type market struct {
	*fair
	t     *testing.T
	shop  tenant.ShopID
	told  int
	spent []string
}

func (f *fair) shop(t *testing.T, name string) *market {
	t.Helper()
	m := &market{fair: f, t: t, shop: tenant.ShopID(fmt.Sprintf("%s-level-%d.myshopify.com", name, f.level))}
	check(t, f.sim.CreateShop(simulator.ShopInput{Domain: string(m.shop), Currency: "USD", Plan: "enterprise"}))
	_, err := f.sim.PlaceOrder(string(m.shop), simulator.OrderInput{Email: "regular@example.com", Items: []simulator.Item{{Title: "Blanket", Price: "50.00"}}})
	check(t, err)
	check(t, f.Install(t.Context(), f.sim, m.shop))
	check(t, f.Shops.SetUp(t.Context(), m.shop))
	m.goLive()
	return m
}

func (m *market) goLive() {
	m.t.Helper()
	live, err := m.Campaigns.GoLive(m.t.Context(), m.shop, "cmp_first")
	check(m.t, err)
	check(m.t, m.Campaigns.FinishGoLive(m.t.Context(), m.shop, live.Key()))
	check(m.t, m.Rest(m.t.Context()))
}

// edit changes the terms, before anybody has shared.
func (m *market) edit(change func(*referral.Campaign)) {
	m.t.Helper()
	_, err := m.Campaigns.Edit(m.t.Context(), m.shop, "cmp_first", func(c *referral.Campaign) error { change(c); return nil })
	check(m.t, err)
	m.goLive()
}

// join has a customer share, from a browser of her own, and returns her code.
func (m *market) join(address string) string {
	m.t.Helper()
	made, err := m.sim.CreateCustomer(string(m.shop), simulator.CustomerInput{Email: address})
	check(m.t, err)
	view, err := m.Claims.Join(m.t.Context(), claims.JoinRequest{
		Shop: m.shop, Customer: referral.CustomerID(made.GID), Browser: hashes("h1:" + address), At: m.signed(),
	})
	check(m.t, err)
	check(m.t, m.Rest(m.t.Context()))
	return view.Advocate.Code()
}

// claimed is a guest's claim in a browser, who writes down an address or none.
func (m *market) claimed(ref, browser, address string) referral.Claim {
	m.t.Helper()
	view, err := m.Claims.Claim(m.t.Context(), claims.ClaimRequest{
		Shop: m.shop, Ref: ref, Browser: hashes("h1:" + browser), Emails: referral.EmailHashes(m.hash, m.shop, address), Network: "one",
		At: m.signed(),
	})
	check(m.t, err)
	return view.Claim
}

func (m *market) claim(ref, browser, address string) string {
	m.t.Helper()
	return m.claimed(ref, browser, address).Code
}

func (m *market) visit(ref, browser string) {
	m.t.Helper()
	_, err := m.Claims.Visit(m.t.Context(), claims.VisitRequest{Shop: m.shop, Ref: ref, Browser: hashes("h1:" + browser), At: m.signed()})
	check(m.t, err)
}

// buy places an order of one line, with a code or none.
func (m *market) buy(address, price, code string) simulator.Order {
	m.t.Helper()
	in := simulator.OrderInput{Email: address, Items: []simulator.Item{{Title: "Blanket", Price: price}}}
	if code != "" {
		in.DiscountCodes = []string{code}
	}
	return m.place(in)
}

func (m *market) place(in simulator.OrderInput) simulator.Order {
	m.t.Helper()
	check(m.t, m.sim.Advance(m.t.Context(), 5*time.Minute))
	placed, err := m.sim.PlaceOrder(string(m.shop), in)
	check(m.t, err)
	m.tell("orders/paid", placed, in.Attributes[referral.ClaimAttribute])
	return placed
}

// giveBack sends all of an order back.
func (m *market) giveBack(o simulator.Order) {
	m.t.Helper()
	_, err := m.sim.RefundOrder(string(m.shop), o.ID, simulator.RefundInput{Full: true})
	check(m.t, err)
	m.tell("refunds/create", simulator.Order{GID: o.GID, UpdatedAt: m.Now()}, "")
}

// giveBackFirst sends the first line back.
func (m *market) giveBackFirst(o simulator.Order) {
	m.t.Helper()
	_, err := m.sim.RefundOrder(string(m.shop), o.ID, simulator.RefundInput{Items: []simulator.RefundItem{{Quantity: 1}}})
	check(m.t, err)
	m.tell("refunds/create", simulator.Order{GID: o.GID, UpdatedAt: m.Now()}, "")
}

// tell has a webhook tell of an order.
func (m *market) tell(topic string, o simulator.Order, attribute string) {
	m.t.Helper()
	m.told++
	check(m.t, m.Deliver(m.t.Context(), m.shop, fmt.Sprintf("w-%d", m.told), topic, o, attribute, ""))
	check(m.t, m.Rest(m.t.Context()))
}

// spendAll has whoever holds the rewards' codes spend them.
func (m *market) spendAll() {
	m.t.Helper()
	for _, r := range m.referrals() {
		code := r.Rewards[referral.AdvocateSide].Code
		if code != "" && !slices.Contains(m.spent, code) {
			m.spent = append(m.spent, code)
			m.buy("spender@example.com", "60.00", code)
		}
	}
}

// days lets days go by.
func (m *market) days(n int) {
	m.t.Helper()
	check(m.t, m.sim.Advance(m.t.Context(), time.Duration(n)*24*time.Hour+time.Minute))
	check(m.t, m.Rest(m.t.Context()))
}

func (m *market) signed() time.Time { return m.Now().Truncate(time.Second) }

func (m *market) referrals() []referral.Referral {
	m.t.Helper()
	all, err := m.store.ListReferrals(m.t.Context(), m.shop, 100)
	check(m.t, err)
	return slices.DeleteFunc(all, func(r referral.Referral) bool { return r.State == referral.None })
}

// wantCredit wants every referral credited to the advocate with the code.
func (m *market) wantCredit(ref string) {
	m.t.Helper()
	advocate, err := m.store.FindAdvocateByCode(m.t.Context(), m.shop, ref)
	check(m.t, err)
	for _, r := range m.referrals() {
		if r.Advocate != advocate.ID {
			m.t.Errorf("%s is credited to %s, want %s", r.OrderName, r.Advocate, advocate.ID)
		}
	}
}

// outcome says how the referrals ended, and what of the advocates' rewards is in somebody's hand.
func (m *market) outcome() string {
	m.t.Helper()
	ended, given := map[string]int{}, money.Amount{Currency: "USD"}
	for _, r := range m.referrals() {
		reward := r.Rewards[referral.AdvocateSide]
		says := string(r.State)
		if r.Reason != referral.ReasonNone {
			says += " (" + string(r.Reason) + ")"
		}
		says += ", reward " + string(reward.State)
		ended[says]++
		for _, e := range r.Ledger {
			if e.Side == referral.AdvocateSide {
				sum, err := given.Add(e.Amount)
				check(m.t, err)
				given = sum
			}
		}
	}
	var parts []string
	for says, n := range ended {
		parts = append(parts, fmt.Sprintf("%d × %s", n, says))
	}
	slices.Sort(parts)
	if len(parts) == 0 {
		parts = []string{"nobody is credited"}
	}
	return fmt.Sprintf("%s; given %s", strings.Join(parts, "; "), given)
}
