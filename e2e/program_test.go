package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"twofold"
	"twofold/fault"
	"twofold/inbox"
	"twofold/jobs"
	"twofold/jobs/jobstest"
	"twofold/referral"
	"twofold/referral/referraltest"
	"twofold/secret"
	"twofold/simulator"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

// TestProgram plays every row of package referraltest through the whole program: customers and orders live in a
// simulated shop, webhooks tell of them, the jobs look, ask and decide, and what MongoDB keeps in the end must be what
// the row wants. Then every order is explained, which must say the same and change nothing.
func TestProgram(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	seen := map[string]bool{}
	for _, table := range referraltest.Tables() {
		for _, row := range table.Rows {
			name := table.Test + "/" + row.Says
			if seen[name] {
				t.Errorf("two rows are %s", name)
			}
			seen[name] = true
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p.play(t, name, row)
			})
		}
	}

	for name := range shownOtherwise {
		if !seen[name] {
			t.Errorf("listed, and no row: %s", name)
		}
	}
	t.Cleanup(func() {
		t.Logf("%d rows: %d are all the program's own, %d begin with a record as the row has it, %d were never nominated",
			len(seen), p.own.Load(), p.begun.Load(), p.unseen.Load())
	})
}

// program is what all rows share: one MongoDB, one Redis, and a few simulated Shopifys.
type program struct {
	servers *jobstest.Servers
	store   *store.Store
	hash    *secret.Hasher
	stages  chan *stage
	shops   atomic.Int64

	own, begun, unseen atomic.Int64 // rows, by how much of the friend's record is the program's own
}

// database is where the rows' shops are kept.
const database = "test_program"

func newProgram(t *testing.T) *program {
	t.Helper()
	p := &program{stages: make(chan *stage, 8)}
	ctx := t.Context()
	var err error
	if p.servers, err = jobstest.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.servers.Stop(context.WithoutCancel(ctx)) })
	config := storetest.Patient(p.servers.Mongo.URI())
	config.Database = database
	p.store = storetest.Open(t, config)
	if p.hash, err = secret.ParseHasher(secret.NewKey("k2") + "," + secret.NewKey("k1")); err != nil {
		t.Fatal(err)
	}
	for range cap(p.stages) {
		p.stages <- newStage(t)
	}
	return p
}

// A stage is one simulated Shopify with a clock that can be set, reached over TCP. One row at a time has it.
type stage struct {
	sim    *simulator.Server
	origin string
	clock  atomic.Int64                      // Unix seconds
	shows  map[string][]func(map[string]any) // by order: what is shown otherwise than the simulator shows it
}

const appSecret = "secret of the program's tests"

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{}
	var err error
	s.sim, err = simulator.New(simulator.Config{
		ClientID: "program", ClientSecret: appSecret, AppTOML: twofold.AppTOML, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Unix(s.clock.Load(), 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.sim.Close(context.WithoutCancel(t.Context())) })
	front := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(front.Close)
	s.origin = front.URL + "/{shop}"
	return s
}

// set is the time from now on.
func (s *stage) set(at time.Time) { s.clock.Store(at.Unix()) }

// serve answers as the simulator, but for orders of which something is to be shown otherwise.
func (s *stage) serve(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	s.sim.Handler().ServeHTTP(answer, r)
	body := answer.Body.Bytes()
	var all map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&all) == nil {
		data, _ := all["data"].(map[string]any)
		if o, _ := data["order"].(map[string]any); o != nil {
			id, _ := o["id"].(string)
			for _, show := range s.shows[id] {
				show(o)
			}
			body, _ = json.Marshal(all)
		}
	}
	answer.Header().Del("Content-Length")
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body)
}

// world is one row's shop, with the real parts around it.
type world struct {
	*program
	*stage
	*jobstest.Program
	t      *testing.T
	ctx    context.Context
	name   string
	row    referraltest.Row
	was    referral.Referral // as the row has it decided last
	facts  referral.Facts    // as they are now
	shop   tenant.ShopID
	ids    names
	level2 bool
	log    *bytes.Buffer

	placed    map[referral.OrderID]simulator.Order // by the row's id
	customers map[referral.CustomerID]simulator.Customer
	latest    time.Time // of all that has happened
	told      int
}

// play plays one row. A stage is for one row at a time; the shop is the row's own.
func (p *program) play(t *testing.T, name string, row referraltest.Row) {
	t.Helper()
	w := &world{
		program: p, stage: <-p.stages, t: t, ctx: t.Context(), name: name, row: row, log: &bytes.Buffer{},
		shop: tenant.ShopID(fmt.Sprintf("row-%d.myshopify.com", p.shops.Add(1))), placed: map[referral.OrderID]simulator.Order{},
		customers: map[referral.CustomerID]simulator.Customer{},
	}
	w.was, w.facts = row.Facts(t)
	defer func() { p.stages <- w.stage }()
	defer func() {
		if t.Failed() {
			t.Logf("%s\n%s", w.shop, w.log)
		}
	}()
	w.shows = map[string][]func(map[string]any){}
	w.wire()
	w.install()
	w.people()
	w.promises()
	w.happen()
	w.sameOrders()
	w.outcome()
	if _, listed := shownOtherwise[name]; listed && len(w.shows) == 0 {
		t.Error("listed as shown otherwise, and the simulator shows it as it is")
	}
}

// wire puts the program together, as cmd does.
func (w *world) wire() {
	w.t.Helper()
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	w.level2 = slices.ContainsFunc(w.facts.Orders, func(o referral.Order) bool { return len(o.Emails) > 0 })
	var err error
	w.Program, err = jobstest.New(jobstest.Config{
		Store: w.store, Keyring: storetest.Keyring(), Hasher: w.hash, Redis: w.servers.Redis, Prefix: string(w.shop) + ":", ClientID: "program",
		Secret: appSecret, Origin: w.origin, Clock: w.sim.Now, Log: log, Level2: w.level2,
	})
	w.must(err)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// outcome compares what the program keeps with what the row wants, and explains every order.
func (w *world) outcome() {
	w.t.Helper()
	kept, err := w.store.FindReferral(w.ctx, w.shop, w.friend())
	found := err == nil
	if !found && !fault.Is(err, fault.NotFound) {
		w.t.Fatal(err)
	}
	if !found {
		w.unseen.Add(1)
	}
	if found {
		if kept.DecidedRev != kept.FactsRev {
			w.t.Errorf("decided on facts %d, there are %d", kept.DecidedRev, kept.FactsRev)
		}
		w.compare("kept", kept)
	}
	orders := slices.Clone(w.facts.Orders)
	if w.strangers() {
		orders = append(orders, referral.Order{ID: w.facts.Release.Order, Customer: "somebody else"})
	}
	for _, o := range orders {
		before := w.dump()
		e, err := w.Orders.Explain(w.ctx, w.shop, string(w.ids.to(o.ID)))
		w.must(err)
		if diff := cmp.Diff(before, w.dump()); diff != "" {
			w.t.Errorf("explaining %s changed what is kept: -before +after\n%s", o.ID, diff)
		}
		switch {
		case o.Customer == "somebody else":
		case found:
			if diff := cmp.Diff(kept, e.Referral, cmpopts.EquateEmpty()); diff != "" {
				w.t.Errorf("order %s: -kept +explained\n%s", o.ID, diff)
			}
		default: // nothing called for a look: Shopify's order is judged in passing
			if e.Stored {
				w.t.Errorf("order %s is kept, and there is no referral", o.ID)
			}
			w.compare("explained", e.Referral)
		}
	}
}

func (w *world) compare(what string, r referral.Referral) {
	w.t.Helper()
	for _, wrong := range w.row.Differs(back(w, r)) {
		w.t.Errorf("%s: %s", what, wrong)
	}
}

// dump is everything the shop has in the database.
func (w *world) dump() []string {
	w.t.Helper()
	all, err := w.servers.Documents(w.ctx, database, w.shop)
	w.must(err)
	if len(all) < 3 {
		w.t.Fatalf("only %d documents of %s are found", len(all), w.shop)
	}
	return all
}

// tell has a webhook tell of an order, as the intake saves it, and works it off.
func (w *world) tell(topic string, o referral.Order) {
	w.t.Helper()
	placed, told := w.placed[o.ID], w.told
	w.told++
	attribute, ref := "", ""
	for _, a := range w.attributes(o) {
		if a.Key == referral.ClaimAttribute {
			attribute = a.Value
		}
	}
	if len(o.Journey.Refs) > 0 {
		ref = o.Journey.Refs[0]
	}
	w.must(w.Deliver(w.ctx, w.shop, fmt.Sprintf("told-%d", told), topic, placed, attribute, ref))
	w.must(w.Run(w.ctx, jobstest.Task("deliveries:drain", jobs.ForShop{Shop: w.shop})))
	open, err := w.store.CountDeliveries(w.ctx, w.shop)
	w.must(err)
	if open[inbox.Received] > 0 || open[inbox.Poisoned] > 0 {
		w.t.Fatalf("order %s could not be worked off: %v", o.ID, open)
	}
}
