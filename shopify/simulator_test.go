package shopify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/codes"
	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/signature"
	"twofold/simulator"
	"twofold/tenant"
)

const simTOML = `
name = "Twofold"
handle = "twofold"
[access_scopes]
scopes = "read_customers,read_orders,write_app_proxy,write_discounts"
[webhooks]
api_version = "2026-10"
`

// world is a gateway with a shop in the simulator, installed by token exchange.
type world struct {
	*Gateway
	sim    *simulator.Server
	tokens *memTokens
}

func newWorld(t *testing.T, behaviour simulator.Behaviour, change ...func(*Config)) *world {
	t.Helper()
	page := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(page.Close)
	sim, err := simulator.New(simulator.Config{
		ClientID:     testClient,
		ClientSecret: testSecret,
		AppURL:       page.URL,
		AppTOML:      []byte(simTOML),
		Behaviour:    behaviour,
		Seed:         1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Start(":0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	w := &world{sim: sim, tokens: newMemTokens("", time.Time{})}
	config := Config{ClientID: testClient, Secrets: []tenant.Secret{testSecret}, Origin: sim.Origin(), Tokens: w.tokens,
		Redis: redises(t)["miniredis"], Now: sim.Now, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&config)
	}
	if w.Gateway, err = New(config); err != nil {
		t.Fatal(err)
	}
	if err := sim.CreateShop(simulator.ShopInput{Domain: string(testShop)}); err != nil {
		t.Fatal(err)
	}
	if err := sim.Install(t.Context(), string(testShop)); err != nil {
		t.Fatal(err)
	}
	w.exchange(t)
	return w
}

// exchange verifies an ID token of the simulator and trades it for a pair.
func (w *world) exchange(t *testing.T) {
	t.Helper()
	idToken, err := w.sim.IDToken(string(testShop))
	if err != nil {
		t.Fatal(err)
	}
	verifier := &signature.Verifier{ClientID: testClient, Secrets: []tenant.Secret{testSecret}, Now: w.config.Now}
	verified, err := verifier.IDToken(idToken)
	if err != nil || verified.Shop != testShop {
		t.Fatalf("%+v, %v", verified, err)
	}
	pair, err := w.Exchange(t.Context(), verified.Shop, idToken)
	if err != nil {
		t.Fatal(err)
	}
	old, _, _ := w.tokens.get()
	pair.Version = old.Version + 1
	w.tokens.set(pair)
}

func (w *world) fault(t *testing.T, f simulator.Fault) {
	t.Helper()
	if _, err := w.sim.AddFault(f); err != nil {
		t.Fatal(err)
	}
}

// mint makes a discount with codes and waits until they are there.
func (w *world) mint(t *testing.T, codes ...string) referral.DiscountID {
	t.Helper()
	id, err := w.CreateDiscount(t.Context(), testShop, discountNow(w))
	if err != nil {
		t.Fatal(err)
	}
	creation, err := w.AddCodes(t.Context(), testShop, id, codes)
	if err != nil {
		t.Fatal(err)
	}
	if c := w.created(t, creation); c.Imported != len(codes) {
		t.Fatalf("%+v", c)
	}
	return id
}

func discountNow(w *world) codes.Discount {
	d := twentyOff
	d.StartsAt = w.sim.Now().Add(-time.Minute)
	return d
}

// created polls a creation to its end.
func (w *world) created(t *testing.T, id codes.CreationID) codes.Creation {
	t.Helper()
	for range 20 {
		c, err := w.ReadCreation(t.Context(), testShop, id)
		if err != nil {
			t.Fatal(err)
		}
		if c.Done {
			return c
		}
	}
	t.Fatal("the creation does not end")
	return codes.Creation{}
}

func TestSimulatorProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Behaviour{})
	p, err := w.ReadProfile(t.Context(), testShop)
	if err != nil || p.Currency != "USD" || p.TimeZone != "America/New_York" || p.AppHandle != "twofold" || len(p.Scopes) != 4 || p.PrimaryURL == "" {
		t.Errorf("%+v, %v", p, err)
	}
	if skew, ok := w.Skew(); !ok || skew.Abs() > 2*time.Second {
		t.Errorf("skew %v, %t", skew, ok)
	}
}

// The road of a code: made under a discount, found, used on an order, seen in the snapshot, deleted.
func TestSimulatorCodes(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, simulator.Behaviour{}), t.Context()
	id := w.mint(t, "TWAAAA", "TWBBBB", "TWCCCC")
	if found, err := w.FindDiscount(ctx, testShop, "twbbbb"); err != nil || found != id {
		t.Errorf("found %q, %v", found, err)
	}
	if _, err := w.FindDiscount(ctx, testShop, "TWNONE"); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v, want not found", err)
	}
	if _, err := w.CreateDiscount(ctx, testShop, discountNow(w)); !fault.Is(err, fault.Conflict) {
		t.Errorf("the seed again: %v, want conflict", err)
	}
	again, err := w.AddCodes(ctx, testShop, id, []string{"TWAAAA", "TWDDDD"})
	if err != nil {
		t.Fatal(err)
	}
	if c := w.created(t, again); c.Imported != 1 || len(c.Failed) != 1 || c.Failed[0].Code != "TWAAAA" {
		t.Errorf("half taken: %+v", c)
	}
	ids, err := w.FindCodes(ctx, testShop, id, []string{"TWAAAA", "TWBBBB", "TWNONE"})
	if err != nil || len(ids) != 2 {
		t.Fatalf("%v, %v", ids, err)
	}
	job, err := w.DeleteCodes(ctx, testShop, id, []codes.CodeID{ids["TWAAAA"]})
	if err != nil {
		t.Fatal(err)
	}
	for done := false; !done; {
		if done, err = w.DeletionDone(ctx, testShop, job); err != nil {
			t.Fatal(err)
		}
	}
	if ids, err = w.FindCodes(ctx, testShop, id, []string{"TWAAAA", "TWBBBB"}); err != nil || len(ids) != 1 || ids["TWBBBB"] == "" {
		t.Errorf("after the deletion: %v, %v", ids, err)
	}
}

// offered is a discount of each kind, of all that a discount can say.
func offered(w *world) map[string]codes.Discount {
	start := w.sim.Now().Add(-time.Minute).UTC().Truncate(time.Second)
	base := codes.Discount{Title: "Offer", Minimum: usd("50"), Combines: referral.Combines{Product: true}, OncePerCustomer: true, UsageLimit: 2,
		StartsAt: start, EndsAt: start.Add(35 * 24 * time.Hour)}
	amount, percent, share, shipping := base, base, base, base
	amount.Kind, amount.Amount = referral.AmountOff, usd("20")
	percent.Kind, percent.RateBP = referral.PercentOff, 1250
	share.Kind, share.Amount = referral.ShareOfOrder, usd("7.35")
	shipping.Kind = referral.FreeShipping
	return map[string]codes.Discount{"amount": amount, "percent": percent, "share": share, "shipping": shipping}
}

// asRead is a discount as it is read back: without its seed, which is counted, and a share of an order as the amount that it is.
func asRead(d codes.Discount) codes.Discount {
	d.Seed = ""
	d.Codes = max(d.Codes, 1)
	if d.Kind == referral.ShareOfOrder {
		d.Kind = referral.AmountOff
	}
	return d
}

// reads reads the discount and compares.
func (w *world) reads(t *testing.T, when string, id referral.DiscountID, want codes.Discount) {
	t.Helper()
	got, err := w.ReadDiscount(t.Context(), testShop, id)
	if diff := cmp.Diff(asRead(want), got); err != nil || diff != "" {
		t.Errorf("%s: %v (-want +got):\n%s", when, err, diff)
	}
}

// The life of a discount of each kind: made, read, moved, updated, deleted, and deleted again.
func TestSimulatorDiscounts(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, simulator.Behaviour{}), t.Context()
	for name, d := range offered(w) {
		d.Seed = "TW" + strings.ToUpper(name)
		id, err := w.CreateDiscount(ctx, testShop, d)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w.reads(t, name+" made", id, d)
		d.EndsAt = d.EndsAt.Add(24 * time.Hour)
		if err := w.MoveEnd(ctx, testShop, id, d.Kind, d.EndsAt); err != nil {
			t.Errorf("%s: move end: %v", name, err)
		}
		w.reads(t, name+" moved", id, d)
		d.Title, d.Minimum, d.UsageLimit, d.EndsAt = "Better", money.Amount{}, 0, time.Time{}
		d.Combines, d.OncePerCustomer, d.RateBP = referral.Combines{Order: true, Shipping: true}, false, d.RateBP/2
		d.StartsAt = d.StartsAt.Add(-time.Hour)
		for range 2 {
			if err := w.UpdateDiscount(ctx, testShop, id, d); err != nil {
				t.Errorf("%s: update: %v", name, err)
			}
		}
		w.reads(t, name+" updated", id, d)
		if found, err := w.FindDiscount(ctx, testShop, d.Seed); err != nil || found != id {
			t.Errorf("%s: after the update its code is %q's, %v", name, found, err)
		}
		w.dies(t, name, id, d)
	}
}

// dies deletes a discount twice; after that everything about it is not found.
func (w *world) dies(t *testing.T, name string, id referral.DiscountID, d codes.Discount) {
	t.Helper()
	ctx := t.Context()
	for range 2 {
		if err := w.DeleteDiscount(ctx, testShop, id); err != nil {
			t.Errorf("%s: delete: %v", name, err)
		}
	}
	_, read := w.ReadDiscount(ctx, testShop, id)
	_, found := w.FindDiscount(ctx, testShop, d.Seed)
	for what, err := range map[string]error{
		"read": read, "find": found, "update": w.UpdateDiscount(ctx, testShop, id, d), "move end": w.MoveEnd(ctx,
			testShop, id, d.Kind, testNow.Add(time.Hour)),
	} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %s after the deletion: %v, want not found", name, what, err)
		}
	}
}

// A discount for one customer stays hers through an update; one for everybody becomes so again.
func TestSimulatorPersonalDiscounts(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, simulator.Behaviour{}), t.Context()
	ann, err := w.sim.CreateCustomer(string(testShop), simulator.CustomerInput{Email: "ann@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range offered(w) {
		d.Seed, d.Customer = "TW"+strings.ToUpper(name), referral.CustomerID(ann.GID)
		id, err := w.CreateDiscount(ctx, testShop, d)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w.reads(t, name+" made", id, d)
		d.Title = "Hers"
		if err := w.UpdateDiscount(ctx, testShop, id, d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		w.reads(t, name+" updated", id, d)
		d.Customer = ""
		if err := w.UpdateDiscount(ctx, testShop, id, d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		w.reads(t, name+" for everybody", id, d)
	}
}

// A change that Shopify refuses for a reason of its own is no missing discount, and a discount cannot change its sort.
func TestSimulatorRefusedChanges(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, simulator.Behaviour{}), t.Context()
	d := discountNow(w)
	id := w.mint(t, "TWAAAA")
	if err := w.MoveEnd(ctx, testShop, id, d.Kind, d.StartsAt.Add(-time.Hour)); !fault.Is(err, fault.Invalid) {
		t.Errorf("an end before the start: %v, want invalid", err)
	}
	d.Kind = referral.FreeShipping
	if err := w.UpdateDiscount(ctx, testShop, id, d); !fault.Is(err, fault.Invalid) {
		t.Errorf("another sort: %v, want invalid", err)
	}
	d.Kind, d.Combines = referral.AmountOff, twentyOff.Combines
	d.StartsAt, d.Codes = d.StartsAt.Truncate(time.Second), 2
	w.reads(t, "after that", id, d)
}

// Codes under a discount on shipping are found like any others.
func TestSimulatorShippingCodes(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, simulator.Behaviour{}), t.Context()
	d := discountNow(w)
	d.Kind = referral.FreeShipping
	id, err := w.CreateDiscount(ctx, testShop, d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.CreateDiscount(ctx, testShop, d); !fault.Is(err, fault.Conflict) {
		t.Errorf("the seed again: %v, want conflict", err)
	}
	creation, err := w.AddCodes(ctx, testShop, id, []string{"TWAAAA"})
	if err != nil {
		t.Fatal(err)
	}
	w.created(t, creation)
	if ids, err := w.FindCodes(ctx, testShop, id, []string{"TWAAAA", "TWNONE"}); err != nil || len(ids) != 1 {
		t.Errorf("%v, %v", ids, err)
	}
}

// E-mail addresses are read at level 2 and only there.
func TestSimulatorEmails(t *testing.T) {
	t.Parallel()
	for level, want := range map[int]string{1: "", 2: "bob@example.com"} {
		w := newWorld(t, simulator.Behaviour{ProtectedDataLevel: simulator.Level(level)},
			func(c *Config) { c.Level2 = level == 2 })
		since := w.sim.Now().Add(-time.Second)
		placed, err := w.sim.PlaceOrder(string(testShop), simulator.OrderInput{Email: "Bob@Example.com", Items: []simulator.Item{{Title: "Tea", Price: "1.00"}},
			Attributes: map[string]string{referral.ClaimAttribute: "vst_1"}, LandingPage: "/?ref=alice"})
		if err != nil {
			t.Fatal(err)
		}
		if o, err := w.ReadOrder(t.Context(), testShop, referral.OrderID(placed.GID)); err != nil || o.Email != want || o.Customer == "" {
			t.Errorf("level %d: order's address %q of %q, %v", level, o.Email, o.Customer, err)
		}
		page, err := w.ChangedOrders(t.Context(), testShop, changedSince(since))
		if err != nil || len(page.Orders) != 1 || page.Orders[0].Email != want || !page.Orders[0].Visit || page.Orders[0].Ref != "ALICE" {
			t.Errorf("level %d: %+v, %v", level, page, err)
		}
	}
}

// An app that believes itself at level 2 and is not reads orders without addresses.
func TestSimulatorWithheldEmails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Behaviour{ProtectedDataLevel: simulator.Level(1)}, func(c *Config) { c.Level2 = true })
	placed, err := w.sim.PlaceOrder(string(testShop), simulator.OrderInput{
		Email: "bob@example.com",
		Items: []simulator.Item{{Title: "Tea", Price: "1.00"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if o, err := w.ReadOrder(t.Context(), testShop, referral.OrderID(placed.GID)); err != nil || o.Email != "" || o.Customer == "" {
		t.Errorf("address %q of %q, %v", o.Email, o.Customer, err)
	}
}

// What tells people apart is read as far as the level shows it. Without it the order is whole.
func TestSimulatorMarks(t *testing.T) {
	t.Parallel()
	placed := simulator.OrderInput{
		Email: "bob@example.com", Phone: "+4915123456789", ClientIP: "203.0.113.7", Card: "4111111111111111", Risk: "HIGH",
		Referrer: "https://coupons.example/a", LandingPage: "/?ref=ALICE", Items: []simulator.Item{{Title: "Tea", Price: "1.00"}},
	}
	for name, row := range map[string]struct {
		bare                          bool
		level                         int
		client, phone, card, referrer string
	}{
		"level 1, bare": {true, 1, "", "", "", ""},
		"level 1":       {false, 1, "203.0.113.7", "", "visa/411111/1111/12/2030", "coupons.example"},
		"level 2":       {false, 2, "203.0.113.7", "+4915123456789", "visa/411111/1111/12/2030", "coupons.example"},
	} {
		w := newWorld(t, simulator.Behaviour{BareOrders: row.bare, ProtectedDataLevel: simulator.Level(row.level)},
			func(c *Config) { c.Level2 = row.level == 2 })
		o, err := w.sim.PlaceOrder(string(testShop), placed)
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.ReadOrder(t.Context(), testShop, referral.OrderID(o.GID))
		if err != nil || got.Customer == "" {
			t.Errorf("%s: customer %q, %v", name, got.Customer, err)
		}
		want := referral.Marks{Risk: referral.RiskHigh, Referrer: row.referrer}
		if diff := cmp.Diff(want, got.Marks); diff != "" || got.Client != row.client || got.Phone != row.phone || got.Card != row.card {
			t.Errorf("%s: %q, %q, %q (-want +got):\n%s", name, got.Client, got.Phone, got.Card, diff)
		}
	}
}

// A full batch goes through in one call.
func TestSimulatorFullBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Behaviour{})
	codes := make([]string, maxCodes)
	for i := range codes {
		codes[i] = fmt.Sprintf("TWBATCH%03d", i)
	}
	id := w.mint(t, codes...)
	if ids, err := w.FindCodes(t.Context(), testShop, id, codes); err != nil || len(ids) != maxCodes {
		t.Errorf("found %d, %v", len(ids), err)
	}
}

// An order as it is bought, refunded in part and disputed.
func TestSimulatorOrder(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, simulator.Behaviour{}), t.Context()
	w.mint(t, "TWAAAA")
	started := w.sim.Now().Add(-time.Second)
	placed, err := w.sim.PlaceOrder(string(testShop), simulator.OrderInput{
		Email:         "bob@example.com",
		Items:         []simulator.Item{{Title: "Tea", Price: "40.00", Quantity: 2}},
		DiscountCodes: []string{"twaaaa"},
		Attributes:    map[string]string{referral.ClaimAttribute: "clm_1"},
		LandingPage:   "/?ref=alice",
	})
	if err != nil {
		t.Fatal(err)
	}
	o, err := w.ReadOrder(ctx, testShop, referral.OrderID(placed.GID))
	if err != nil {
		t.Fatal(err)
	}
	if o.Status != referral.StatusPaid || o.ClaimID() != "clm_1" || len(o.Codes) != 1 || o.Codes[0] != "TWAAAA" || o.Customer == "" ||
		o.Subtotal != money.MustParse("60", "USD") || o.Discounted != money.MustParse("20", "USD") || o.ProcessedAt.Before(started.Truncate(time.Second)) {
		t.Errorf("%+v", o)
	}
	if len(o.Transactions) == 0 || o.Transactions[0].At.IsZero() || len(o.Journey.Refs) != 1 || o.Journey.Refs[0] != "ALICE" {
		t.Errorf("transactions %+v, journey %+v", o.Transactions, o.Journey)
	}
	if _, err := w.sim.RefundOrder(string(testShop), placed.ID, simulator.RefundInput{Items: []simulator.RefundItem{{Index: 0}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.sim.DisputeOrder(string(testShop), placed.ID, simulator.DisputeInput{Status: "NEEDS_RESPONSE"}); err != nil {
		t.Fatal(err)
	}
	o, err = w.ReadOrder(ctx, testShop, referral.OrderID(placed.GID))
	if err != nil || o.Status != referral.StatusPartiallyRefunded || len(o.Refunds) != 1 || len(o.Disputes) != 1 || o.Disputes[0].InitiatedAs != "CHARGEBACK" {
		t.Errorf("%+v, %v", o, err)
	}
	history, err := w.ReadCustomer(ctx, testShop, o.Customer)
	if err != nil || history.Total != 1 || !history.Complete || len(history.Visible) != 1 || history.Visible[0].ID != o.ID {
		t.Errorf("%+v, %v", history, err)
	}
	page, err := w.ChangedOrders(ctx, testShop, changedSince(started))
	if err != nil || len(page.Orders) != 1 || page.Orders[0].Order != o.ID || page.Orders[0].Claim != "clm_1" || page.Orders[0].Ref != "ALICE" || page.Next != "" {
		t.Errorf("%+v, %v", page, err)
	}
	if _, err := w.ReadOrder(ctx, testShop, "gid://shopify/Order/1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such order: %v", err)
	}
}

// A process that sleeps for days between a refresh and its proof finds the new token run out. That says nothing about
// the shop: the next call refreshes again. The shop was left at "open the app first" for good, with our clock following
// at once or later.
func TestSleepingThroughATokensLifeIsNotItsDeath(t *testing.T) {
	t.Parallel()
	for _, lags := range []bool{false, true} {
		w := newWorld(t, simulator.Behaviour{})
		asleep := w.sim.Now()
		if lags {
			w.config.Now = func() time.Time { return asleep }
		}
		w.sleeps(t)
		w.tokens.onSwap = func() { w.sleeps(t) }
		if err := w.Ping(t.Context(), testShop); err == nil || fault.Is(err, fault.Unauthorized) {
			t.Errorf("lags %v: %v, want no verdict on the shop", lags, err)
		}
		if _, visit, _ := w.tokens.get(); visit != 0 {
			t.Errorf("lags %v: the shop is marked as needing a visit", lags)
		}

		w.tokens.onSwap, w.config.Now = nil, w.sim.Now
		if err := w.Ping(t.Context(), testShop); err != nil {
			t.Errorf("lags %v: awake again: %v", lags, err)
		}
	}
}

// sleeps lets two days go by at Shopify.
func (w *world) sleeps(t *testing.T) {
	t.Helper()
	if err := w.sim.Advance(t.Context(), 48*time.Hour); err != nil {
		t.Error(err)
	}
}

// Pages of changed orders join without a gap.
func TestSimulatorChangedPages(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, simulator.Behaviour{}), t.Context()
	since := w.sim.Now()
	const orders = 120
	for i := range orders {
		_, err := w.sim.PlaceOrder(string(testShop), simulator.OrderInput{
			Email: fmt.Sprintf("c%d@example.com", i),
			Items: []simulator.Item{{Title: "Tea", Price: "1.00"}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	seen, cursor, pages := map[referral.OrderID]bool{}, "", 0
	for {
		page, err := w.ChangedOrders(ctx, testShop, referral.ChangedQuery{
			Since:  since.Add(-time.Second),
			Cursor: cursor,
			Size:   referral.ChangedPageSize,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range page.Orders {
			seen[n.Order] = true
		}
		pages++
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(seen) != orders || pages != 3 {
		t.Errorf("%d orders on %d pages", len(seen), pages)
	}
}

// Tokens expire, are refreshed, and rotate; revoked ones end in a merchant's visit, and a new exchange heals that.
func TestSimulatorTokens(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusBadRequest, http.StatusUnauthorized} {
		w, ctx := newWorld(t, simulator.Behaviour{RefusedRefreshStatus: status}), t.Context()
		if err := w.sim.Advance(ctx, 2*time.Hour); err != nil {
			t.Fatal(err)
		}
		if err := w.Ping(ctx, testShop); err != nil {
			t.Errorf("after two hours: %v", err)
		}
		if got, _, swaps := w.tokens.get(); swaps != 1 || got.Version != 3 {
			t.Errorf("%d swaps, version %d", swaps, got.Version)
		}
		w.fault(t, simulator.Fault{Kind: simulator.FaultRevokeTokens})
		if err := w.Ping(ctx, testShop); ClassOf(err) != TokenDead {
			t.Errorf("revoked: %v, want a dead token", err)
		}
		if got, visit, _ := w.tokens.get(); visit != got.Version {
			t.Error("not marked")
		}
		w.exchange(t)
		if err := w.Ping(ctx, testShop); err != nil {
			t.Errorf("after a visit: %v", err)
		}
		if err := w.sim.Uninstall(string(testShop)); err != nil {
			t.Fatal(err)
		}
		if err := w.Ping(ctx, testShop); !fault.Is(err, fault.Unauthorized) {
			t.Errorf("uninstalled: %v, want unauthorized", err)
		}
	}
}

// A refresh whose answer is lost is made again with the same refresh token.
func TestSimulatorLostRefresh(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, simulator.Behaviour{}), t.Context()
	if err := w.sim.Advance(ctx, 2*time.Hour); err != nil {
		t.Fatal(err)
	}
	old, _, _ := w.tokens.get()
	if _, err := w.requestRefresh(ctx, testShop, old.Refresh); err != nil {
		t.Fatal(err) // this answer is dropped
	}
	if err := w.Ping(ctx, testShop); err != nil {
		t.Errorf("the second refresh: %v", err)
	}
}

func TestSimulatorFaults(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, simulator.Behaviour{}), t.Context()
	w.fault(t, simulator.Fault{Kind: simulator.FaultIPAllowlist, Count: 1})
	if err := w.Ping(ctx, testShop); ClassOf(err) != IPRefused {
		t.Errorf("allowlist: %v", err)
	}
	w.fault(t, simulator.Fault{Kind: simulator.FaultAPIFail, Status: 503, Count: 1})
	if err := w.Ping(ctx, testShop); ClassOf(err) != Transport {
		t.Errorf("failing: %v", err)
	}
	w.fault(t, simulator.Fault{Kind: simulator.FaultAPIThrottle, Count: 1})
	if err := w.Ping(ctx, testShop); err != nil {
		t.Errorf("throttled once: %v", err)
	}
	if err := w.sim.SetScopes(string(testShop), []string{"read_orders"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.CreateDiscount(ctx, testShop, discountNow(w)); ClassOf(err) != ScopeMissing {
		t.Errorf("scope: %v, want scope missing", err)
	}
}

// A discount whose answer is lost is there; looking it up by its seed adopts it.
func TestSimulatorUnknownOutcome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Behaviour{})
	w.fault(t, simulator.Fault{Kind: simulator.FaultAPITimeoutAfter, Count: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := w.CreateDiscount(ctx, testShop, discountNow(w))
	if !errors.Is(err, codes.ErrUnknownOutcome) {
		t.Fatalf("got %v, want unknown outcome", err)
	}
	if id, err := w.FindDiscount(t.Context(), testShop, twentyOff.Seed); err != nil || id == "" {
		t.Errorf("looked up %q, %v", id, err)
	}
}

// Without approval for protected data a snapshot has no customer, and a customer cannot be read.
func TestSimulatorProtectedData(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Behaviour{ProtectedDataLevel: simulator.Level(0)})
	placed, err := w.sim.PlaceOrder(string(testShop), simulator.OrderInput{
		Email: "bob@example.com",
		Items: []simulator.Item{{Title: "Tea", Price: "1.00"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if o, err := w.ReadOrder(t.Context(), testShop, referral.OrderID(placed.GID)); err == nil && o.Customer != "" {
		t.Errorf("customer %q", o.Customer)
	} else if err != nil && ClassOf(err) != Withheld {
		t.Errorf("order: %v", err)
	}
	id := referral.CustomerID(fmt.Sprintf("gid://shopify/Customer/%d", placed.CustomerID))
	if _, err := w.ReadCustomer(t.Context(), testShop, id); ClassOf(err) != Withheld {
		t.Errorf("customer: %v, want withheld", err)
	}
}

// Our estimates of what operations cost are never below what the simulator asks for, so that the first call of a shop
// waits too.
func TestSimulatorCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Behaviour{})
	id := w.mint(t, "TWAAAA")
	shipping := discountNow(w)
	shipping.Kind, shipping.Seed = referral.FreeShipping, "TWSEED2"
	other, err := w.CreateDiscount(t.Context(), testShop, shipping)
	if err != nil {
		t.Fatal(err)
	}
	_, read := w.ReadDiscount(t.Context(), testShop, id)
	_, found := w.FindCodes(t.Context(), testShop, id, []string{"TWAAAA"})
	_, changed := w.ChangedOrders(t.Context(), testShop, changedSince(w.sim.Now()))
	for _, err := range []error{
		read, found, changed, w.UpdateDiscount(t.Context(), testShop, id, discountNow(w)), w.UpdateDiscount(t.Context(), testShop, other, shipping),
		w.DeleteDiscount(t.Context(), testShop, id),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, op := range []operation{opDiscountCreate, opShippingCreate, opDiscountRead, opDiscountUpdate, opShippingUpdate, opDiscountDelete,
		opCodesAdd, opCodesCreation, opCodesFind, opOrdersChanged} {
		if got := w.costs.of(op); got > op.cost || got == 0 {
			t.Errorf("%s costs %v, we expected %v", op.name, got, op.cost)
		}
	}
}
