package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"twofold/claims"
	"twofold/codes"
	"twofold/fault"
	"twofold/jobs/jobstest"
	"twofold/referral"
	"twofold/secret"
	"twofold/simulator"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
	"twofold/usecases"
)

// bell counts what was rung for. The storefront's use cases ring and never wait for what follows.
type bell struct{ fills, decides atomic.Int64 }

func (b *bell) Decide(context.Context, tenant.ShopID, referral.FriendID)            { b.decides.Add(1) }
func (*bell) Work(context.Context, tenant.ShopID, referral.FriendID, referral.Work) {}
func (*bell) GoLive(context.Context, tenant.ShopID, referral.CampaignKey)           {}
func (b *bell) Watch(context.Context, tenant.ShopID, referral.CampaignKey)          {}
func (b *bell) Fill(context.Context, tenant.ShopID, referral.CampaignKey)           { b.fills.Add(1) }
func (*bell) DeleteCodes(context.Context, tenant.ShopID)                            {}
func (*bell) Mail(context.Context, tenant.ShopID)                                   {}
func (*bell) Share(context.Context, tenant.ShopID)                                  {}
func (*bell) LookForMissing(context.Context, tenant.ShopID)                         {}
func (*bell) Tend(context.Context, tenant.ShopID, referral.CampaignKey)             {}
func (*bell) ShowOffer(context.Context, tenant.ShopID)                              {}
func (*bell) Forget(context.Context, tenant.ShopID, referral.FriendID) error        { return nil }
func (*bell) ForgetShop(context.Context, tenant.ShopID) error                       { return nil }
func (*bell) SetUp(context.Context, tenant.ShopID)                                  {}
func (*bell) CleanUp(context.Context, tenant.ShopID)                                {}

// front is a shop in the simulated Shopify with a live campaign; Alice shares, Bob and Carl have bought nothing yet, and Rita has.
type front struct {
	t     *testing.T
	store *store.Store
	do    *usecases.All
	bell  *bell
	empty atomic.Int64
	shop  tenant.Shop
	live  referral.Campaign
	alice referral.Advocate
	codes []string

	bob, carl, rita referral.CustomerID
}

// hasher is the same in all fronts: keys are not what they test.
var hasher = sync.OnceValues(func() (*secret.Hasher, error) { return secret.ParseHasher(secret.NewKey("h1")) })

func newFront(t *testing.T, ready int, config claims.Config, pool ...codes.Config) *front {
	t.Helper()
	f := &front{t: t, store: storetest.New(t), bell: &bell{}}
	f.shop = storetest.Shop(t, f.store)
	f.live = storetest.Campaign(t, f.store, f.shop.ID)
	f.codes = storetest.Codes(t, f.store, f.live, referral.FriendSide, ready)
	hashed, err := hasher()
	f.must(err)
	log := slog.New(slog.DiscardHandler)
	program, err := jobstest.New(jobstest.Config{
		Store: f.store, Keyring: storetest.Keyring(), Hasher: hashed, Redis: backstage.redis, Prefix: string(f.shop.ID) + ":", ClientID: "front",
		Secret: clientSecret, Origin: backstage.sim.Origin(), Clock: backstage.sim.Now, Log: log,
	})
	f.must(err)
	f.must(backstage.sim.CreateShop(simulator.ShopInput{Domain: string(f.shop.ID), Currency: "USD"}))
	f.must(program.Install(t.Context(), backstage.sim, f.shop.ID))
	made := codes.Config{}
	if len(pool) > 0 {
		made = pool[0]
	}
	made.OnPoolEmpty = func(referral.Side) { f.empty.Add(1) }
	now := func() time.Time { return storetest.Noon }
	f.do, err = usecases.Wire(usecases.Ports{
		Store: f.store, Shopify: program.Gateway, Bell: f.bell, Hasher: hashed, Now: now, Log: log,
	}, usecases.Config{Codes: made, Claims: config})
	f.must(err)
	f.alice = f.join(f.customer("alice", 0), "b-alice")
	f.bob, f.carl, f.rita = f.customer("bob", 0), f.customer("carl", 0), f.customer("rita", 1)
	return f
}

func (f *front) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// customer makes one of the shop's, who has placed so many orders.
func (f *front) customer(name string, orders int) referral.CustomerID {
	f.t.Helper()
	made, err := backstage.sim.CreateCustomer(string(f.shop.ID), simulator.CustomerInput{Email: name + "@example.com", OrdersBefore: orders})
	f.must(err)
	return referral.CustomerID(made.GID)
}

func (f *front) join(c referral.CustomerID, browser string) referral.Advocate {
	f.t.Helper()
	view, err := f.do.Claims.Join(f.t.Context(), claims.JoinRequest{Shop: f.shop.ID, Customer: c, Browser: hashes(browser), At: storetest.Noon})
	if err != nil {
		f.t.Fatal(err)
	}
	return view.Advocate
}

// as is a claim of Alice's offer by a customer ("" for a guest) in a browser.
func (f *front) as(c referral.CustomerID, browser string) claims.ClaimRequest {
	return claims.ClaimRequest{Shop: f.shop.ID, Ref: f.alice.Code(), Customer: c, Browser: hashes(browser), At: storetest.Noon}
}

// hashes stands for the keyed hashes of a browser's id, of which there are none without one.
func hashes(browser string) []string {
	if browser == "" {
		return nil
	}
	return []string{browser}
}

func (f *front) claim(r claims.ClaimRequest) referral.Claim {
	f.t.Helper()
	c, err := f.do.Claims.Claim(f.t.Context(), r)
	if err != nil {
		f.t.Fatal(err)
	}
	return c.Claim
}

func TestJoiningTwiceGivesOneLink(t *testing.T) {
	t.Parallel()
	f := newFront(t, 0, claims.Config{})
	codes := make([]string, 8)
	var joining sync.WaitGroup
	for i := range codes {
		joining.Go(func() {
			view, err := f.do.Claims.Join(t.Context(), claims.JoinRequest{Shop: f.shop.ID, Customer: "gid://shopify/Customer/5", Browser: []string{"b"}, At: storetest.Noon})
			if err != nil {
				t.Error(err)
			}
			codes[i] = view.Advocate.Code()
		})
	}
	joining.Wait()
	if slices.Sort(codes); codes[0] == "" || codes[0] != codes[len(codes)-1] {
		t.Errorf("one customer has the codes %v", codes)
	}
	if _, err := f.do.Claims.Join(t.Context(), claims.JoinRequest{Shop: f.shop.ID, Browser: []string{"b"}, At: storetest.Noon}); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("a guest joined: %v", err)
	}
}

func TestTheSameFriendGetsTheSameCode(t *testing.T) {
	t.Parallel()
	f := newFront(t, 10, claims.Config{})
	first := f.claim(f.as("", "b-bob"))
	for _, c := range []struct {
		says string
		r    claims.ClaimRequest
	}{
		{"the same browser", f.as("", "b-bob")},
		{"the same browser, signed in", f.as(f.bob, "b-bob")},
		{"then another browser", f.as(f.bob, "b-phone")},
		{"a space before the link's code", claims.ClaimRequest{Shop: f.shop.ID, Ref: " " + f.alice.Code(), Browser: []string{"b-bob"}, At: storetest.Noon}},
	} {
		if again := f.claim(c.r); again.Code != first.Code || again.ID != first.ID {
			t.Errorf("%s: got %s of %s, want %s of %s", c.says, again.Code, again.ID, first.Code, first.ID)
		}
	}
	if other := f.claim(f.as("", "b-eve")); other.Code == first.Code {
		t.Error("another browser got the same code")
	}
	if roommate := f.claim(f.as(f.carl, "b-bob")); roommate.Code == first.Code {
		t.Error("another customer in the same browser got the same code")
	}
}

// While hash keys are rotated a browser comes with the hashes under both keys, the new one first.
func TestABrowserIsKnownAcrossARotationOfKeys(t *testing.T) {
	t.Parallel()
	f := newFront(t, 10, claims.Config{})
	before := f.claim(f.as("", "h1:bob"))
	during := f.as("", "")
	during.Browser = []string{"h2:bob", "h1:bob"}
	if again := f.claim(during); again.Code != before.Code {
		t.Errorf("got %s, want the code of before the rotation, %s", again.Code, before.Code)
	}
	first := f.as("", "")
	first.Browser = []string{"h2:eve", "h1:eve"}
	claimed := f.claim(first)
	if after := f.claim(f.as("", "h2:eve")); after.Code != claimed.Code {
		t.Errorf("got %s after the old key was dropped, want %s", after.Code, claimed.Code)
	}
}

func TestTwoAtOnceNeverShareACode(t *testing.T) {
	t.Parallel()
	const friends = 40
	f := newFront(t, 2*friends, claims.Config{}) // both askers may hold a code for a moment, before one is given back
	codes := make([]string, 2*friends)
	var claiming sync.WaitGroup
	for i := range codes { // each friend asks twice at once
		claiming.Go(func() {
			c, err := f.do.Claims.Claim(t.Context(), f.as("", "b-"+string(rune('A'+i/2))))
			if err != nil {
				t.Error(err)
			}
			codes[i] = c.Claim.Code
		})
	}
	claiming.Wait()
	seen := map[string]int{}
	for i, code := range codes {
		if codes[i^1] != code {
			t.Errorf("one friend got %s and %s", code, codes[i^1])
		}
		seen[code]++
	}
	if len(seen) != friends {
		t.Errorf("%d friends have %d codes", friends, len(seen))
	}
	if free, err := f.store.CountCodes(t.Context(), f.shop.ID, f.live.Key(), referral.FriendSide, referral.CodeFree); err != nil || free != friends {
		t.Errorf("%d codes are free afterwards, %v; want %d", free, err, friends)
	}
}

func TestAnEmptyPoolSaysSoAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	f := newFront(t, 1, claims.Config{})
	f.claim(f.as("", "b-first"))
	_, err := f.do.Claims.Claim(t.Context(), f.as("", "b-second"))
	if !fault.Is(err, fault.Unavailable) || !errors.Is(err, codes.ErrPoolEmpty) || fault.RetryAfter(err) == 0 {
		t.Fatalf("error %v, want a 503 that says when to come back", err)
	}
	if f.bell.fills.Load() != 1 || f.empty.Load() != 1 {
		t.Errorf("%d refills rung for, %d alarms; want one each", f.bell.fills.Load(), f.empty.Load())
	}
	more := storetest.Codes(t, f.store, f.live, referral.FriendSide, 1)
	if c := f.claim(f.as("", "b-second")); c.Code != more[0] {
		t.Errorf("got %q after the refill, want %q", c.Code, more[0])
	}
}

// A request draws a code and is cut off before it is noted; then other terms go live.
func TestADrawnCodeKeepsItsPromise(t *testing.T) {
	t.Parallel()
	f := newFront(t, 0, claims.Config{})
	bob := f.as("", "b-bob")
	if _, err := f.do.Claims.Claim(t.Context(), bob); !errors.Is(err, codes.ErrPoolEmpty) {
		t.Fatalf("error %v, want that the pool is empty", err)
	}
	waiting, err := f.store.ClaimsByKeys(t.Context(), f.shop.ID, f.live.ID, []string{referral.BrowserKey("b-bob")})
	if err != nil || len(waiting) != 1 {
		t.Fatalf("claims %v, error %v", waiting, err)
	}
	storetest.Codes(t, f.store, f.live, referral.FriendSide, 1)
	drawn, err := f.store.DrawCode(t.Context(), f.shop.ID, f.live.Key(), referral.FriendSide, waiting[0].Holder(), storetest.Noon, waiting[0].ExpiresAt)
	if err != nil {
		t.Fatal(err)
	}
	f.replace(1)
	if c := f.claim(bob); c.Code != drawn.Code || c.Version != 1 {
		t.Errorf("got %s under version %d, want %s as it was drawn under version 1", c.Code, c.Version, drawn.Code)
	}
	bob.Switch = true
	c := f.claim(bob)
	if c.Version != 2 || c.Code == drawn.Code || !slices.Contains(c.Former, drawn.Code) {
		t.Errorf("switched to %s under version %d, with the former codes %v", c.Code, c.Version, c.Former)
	}
}

func TestRefusedClaims(t *testing.T) {
	t.Parallel()
	f := newFront(t, 10, claims.Config{MaxOpenClaims: 2})
	for _, c := range []struct {
		says string
		r    claims.ClaimRequest
		want fault.Kind
	}{
		{"the advocate's own link", f.as(f.alice.Customer, "b-x"), fault.Conflict},
		{"an unknown link", claims.ClaimRequest{Shop: f.shop.ID, Ref: "NOBODY", Browser: []string{"b-x"}, At: storetest.Noon}, fault.NotFound},
		{"a broken link", claims.ClaimRequest{Shop: f.shop.ID, Ref: "<script>", Browser: []string{"b-x"}, At: storetest.Noon}, fault.Invalid},
		{"an empty link", claims.ClaimRequest{Shop: f.shop.ID, Browser: []string{"b-x"}, At: storetest.Noon}, fault.Invalid},
		{"a guest without a browser id", f.as("", ""), fault.Invalid},
		{"a customer who has bought before", f.as(f.rita, "b-x"), fault.Conflict},
		{"another shop's link", claims.ClaimRequest{Shop: storetest.Shop(t, f.store).ID, Ref: f.alice.Code(), Browser: []string{"b-x"}, At: storetest.Noon}, fault.NotFound},
	} {
		if _, err := f.do.Claims.Claim(t.Context(), c.r); !fault.Is(err, c.want) {
			t.Errorf("%s: error %v, want %s", c.says, err, c.want)
		}
	}
	f.claim(f.as("", "b-1"))
	f.claim(f.as("", "b-2"))
	if _, err := f.do.Claims.Claim(t.Context(), f.as("", "b-3")); !fault.Is(err, fault.Limited) || fault.RetryAfter(err) == 0 {
		t.Errorf("a third open claim: error %v, want Limited with a time", err)
	}
	f.claim(f.as("", "b-1")) // a claim that is there is never refused for the others
	if free, err := f.store.CountCodes(t.Context(), f.shop.ID, f.live.Key(), referral.FriendSide, referral.CodeFree); err != nil || free != 8 {
		t.Errorf("%d codes free, %v; want 8: a refused claim takes none", free, err)
	}
}

// Alice joins in the browser in which a friend will claim, and then in more others than are kept.
func TestNoBrowserIsForgotten(t *testing.T) {
	t.Parallel()
	f := newFront(t, 1, claims.Config{})
	for i := range referral.MaxBrowsers + 5 {
		f.join(f.alice.Customer, fmt.Sprint("b-", i))
	}
	alice, err := f.store.FindAdvocate(t.Context(), f.shop.ID, f.alice.ID)
	f.must(err)
	if n := len(alice.Browsers); n != referral.MaxBrowsers || !slices.Contains(alice.Browsers, "b-0") {
		t.Errorf("%d browsers are kept, and not the first: %v", n, alice.Browsers[:3])
	}
}

func TestASecondAdvocatesLinkAddsATouch(t *testing.T) {
	t.Parallel()
	f := newFront(t, 10, claims.Config{})
	f.credits(referral.CreditLast)
	zoe := f.join("gid://shopify/Customer/26", "b-zoe")
	first := f.claim(f.as(f.bob, "b-bob"))
	visit := claims.VisitRequest{Shop: f.shop.ID, Ref: zoe.Code(), Browser: []string{"b-bob"}, Customer: f.bob, At: storetest.Noon.Add(time.Hour)}
	seen, err := f.do.Claims.Visit(t.Context(), visit)
	if err != nil || seen.Visit.Advocate != zoe.ID || !seen.Visit.At.Equal(visit.At) {
		t.Fatalf("visit %+v, %v", seen, err)
	}
	if seen.Held == nil || seen.Held.Code != first.Code || !seen.Yours {
		t.Errorf("shown %+v, yours %v; want what Bob has, and nothing to switch", seen.Held, seen.Yours)
	}
	after, err := f.store.FindClaim(t.Context(), f.shop.ID, first.ID)
	if err != nil || len(after.Touches) != 2 || after.Touches[1].Advocate != zoe.ID || after.Code != first.Code {
		t.Errorf("touches %+v, %v; want Zoe's after Alice's, and the same code", after.Touches, err)
	}
	if f.bell.decides.Load() == 0 {
		t.Error("nobody decides anew about a friend who is known")
	}
	stranger := visit
	stranger.Browser, stranger.Customer = []string{"b-stranger"}, ""
	if seen, err := f.do.Claims.Visit(t.Context(), stranger); err != nil || seen.Held != nil {
		t.Errorf("a visitor without a claim: %+v, %v", seen, err)
	}
	own := claims.VisitRequest{Shop: f.shop.ID, Ref: zoe.Code(), Browser: []string{"b-bob"}, Customer: "gid://shopify/Customer/26", At: visit.At.Add(time.Hour)}
	if _, err := f.do.Claims.Visit(t.Context(), own); !fault.Is(err, fault.Conflict) || fault.CodeOf(err) != "own_link" {
		t.Errorf("the advocate's own link: %v", err)
	}
	if again, _ := f.store.FindClaim(t.Context(), f.shop.ID, first.ID); len(again.Touches) != 2 {
		t.Error("the advocate looking at her own link is a touch of somebody else's claim")
	}
}

// Families share browsers: of a guest where the advocate joined it is only said once there is an order to look at.
func TestAGuestInTheAdvocatesBrowserIsNotTold(t *testing.T) {
	t.Parallel()
	f := newFront(t, 1, claims.Config{})
	seen, err := f.do.Claims.Visit(t.Context(), claims.VisitRequest{Shop: f.shop.ID, Ref: f.alice.Code(), Browser: []string{"b-alice"}, At: storetest.Noon})
	if err != nil || seen.Visit.Advocate != f.alice.ID {
		t.Errorf("visit %+v, %v", seen, err)
	}
	f.claim(f.as("", "b-alice"))
}

func TestAVisitBeforeTheClaimIsItsFirstTouch(t *testing.T) {
	t.Parallel()
	f := newFront(t, 10, claims.Config{})
	r := f.as("", "b-bob")
	r.Visit = &referral.Visit{Shop: f.shop.ID, Campaign: f.live.Key(), Advocate: f.alice.ID, At: storetest.Noon.Add(-time.Hour)}
	if c := f.claim(r); len(c.Touches) != 2 || !c.Touches[0].At.Equal(r.Visit.At) {
		t.Errorf("touches %+v, want the visit first", c.Touches)
	}
	zoe := f.join("gid://shopify/Customer/26", "b-zoe")
	zoes := f.as("", "b-carl")
	zoes.Visit = &referral.Visit{Shop: f.shop.ID, Campaign: f.live.Key(), Advocate: zoe.ID, At: storetest.Noon.Add(-time.Hour)}
	if c := f.claim(zoes); len(c.Touches) != 1 || c.Touches[0].Advocate != f.alice.ID {
		t.Errorf("touches %+v: Alice's offer was taken, and Zoe's link only opened", c.Touches)
	}
	f.credits(referral.CreditLast)
	zoes.Browser = []string{"b-dora"}
	if c := f.claim(zoes); len(c.Touches) != 2 || c.Touches[0].Advocate != zoe.ID {
		t.Errorf("touches %+v, want Zoe's link first, where every link counts", c.Touches)
	}
	foreign := f.as("", "b-eve")
	foreign.Visit = &referral.Visit{Shop: "other.myshopify.com", Campaign: f.live.Key(), Advocate: f.alice.ID, At: storetest.Noon.Add(-time.Hour)}
	if c := f.claim(foreign); len(c.Touches) != 1 {
		t.Errorf("touches %+v: another shop's visit counts", c.Touches)
	}
}

func TestOnlyTheAdvocateSeesHerself(t *testing.T) {
	t.Parallel()
	f := newFront(t, 1, claims.Config{})
	if _, err := f.do.Claims.Me(t.Context(), f.shop.ID, "", referral.Sighting{}); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("a guest: %v", err)
	}
	if _, err := f.do.Claims.Me(t.Context(), f.shop.ID, "gid://shopify/Customer/99", referral.Sighting{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("who has not joined: %v", err)
	}
	view, err := f.do.Claims.Me(t.Context(), f.shop.ID, f.alice.Customer, referral.Sighting{})
	if err != nil || view.Advocate.ID != f.alice.ID || view.Link == "" {
		t.Errorf("Alice sees %+v, %v", view, err)
	}
}
