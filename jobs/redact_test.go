package jobs_test

import (
	"strings"
	"testing"

	"github.com/hibiken/asynq"

	"twofold/inbox"
	"twofold/jobs"
	"twofold/jobs/jobstest"
	"twofold/referral"
	"twofold/simulator"
)

// asked is the task of a duty: the delivery of its topic waits, about a customer and orders of theirs.
func (w *world) asked(topic string, c referral.CustomerID, orders ...string) *asynq.Task {
	w.t.Helper()
	d := inbox.Delivery{
		Shop: w.shop, ID: "privacy-" + strings.ReplaceAll(topic, "/", "-"), Topic: topic, ReceivedAt: w.now(), State: inbox.Received,
		Nomination: inbox.Nomination{ShopDomain: string(w.shop), CustomerID: string(c), Erase: orders},
	}
	each, err := w.kept.InsertDeliveries(w.ctx, []inbox.Delivery{d})
	w.must(err)
	for _, err := range each {
		w.must(err)
	}
	w.must(w.kept.FinishDeliveries(w.ctx, w.shop, []string{d.ID}, inbox.Waiting, "", w.now()))
	return jobstest.Task(strings.ReplaceAll(topic, "/", ":"), jobs.ForDelivery{Shop: w.shop, Delivery: d.ID})
}

// erase fulfils customers/redact.
func (w *world) erase(c referral.CustomerID, orders ...string) {
	w.t.Helper()
	w.must(w.run(w.asked("customers/redact", c, orders...)))
}

// wantNoTrace looks for texts in everything that the shop has in the database and in Redis.
func (w *world) wantNoTrace(when string, texts ...string) {
	w.t.Helper()
	all, err := w.Documents(w.ctx, database, w.shop)
	w.must(err)
	kept, err := jobstest.RedisTexts(w.ctx, w.Redis)
	w.must(err)
	for _, trace := range jobstest.Traces(append(all, kept...), texts...) {
		w.t.Errorf("%s: %s", when, trace)
	}
}

// named are the forms in which documents and tasks name a customer.
func named(c referral.CustomerID, more ...string) []string {
	number := string(c)[strings.LastIndex(string(c), "/")+1:] + `"`
	return append(more, "Customer/"+number, "/customer/"+number)
}

// An erased friend in the hold leaves the advocate's reward alone: it is released and issued under a pseudonym, its
// ledger is what it would have been, and no later snapshot brings the friend back.
func TestAnErasedFriendKeepsTheAdvocatesReward(t *testing.T) {
	t.Parallel()
	undisturbed := newWorld(t)
	undisturbed.issued()
	want := undisturbed.ledger()

	w := newWorld(t)
	o := w.credited()
	bob := w.friend().Customer()
	w.erase(bob, o.GID)
	w.wantNoTrace("after the erasure", named(bob, "h1:bob")...)

	w.deliver("orders/edited", o) // Shopify still shows the customer
	w.must(w.run(w.forShop("deliveries:drain")))
	w.later()
	w.settle()
	r := w.wantReward("after the hold", referral.RewardIssued)
	if !r.Friend.Customer().Erased() || w.ledger() != want {
		t.Errorf("friend %s, ledger\n%s, want a pseudonym and\n%s", r.Friend, w.ledger(), want)
	}
	w.wantNoTrace("after a later snapshot", named(bob, "h1:bob")...)

	w.must(w.sim.DeleteCustomer(string(w.shop), o.CustomerID)) // and now shows none
	w.deliver("refunds/create", o)
	w.settle()
	if r := w.wantReward("when Shopify shows no customer", referral.RewardIssued); r.State != referral.Approved {
		t.Errorf("%s (%s), want approved", r.State, r.Reason)
	}
}

// ledger is the ledger of the world's one referral.
func (w *world) ledger() string {
	w.t.Helper()
	var b strings.Builder
	for _, line := range strings.Split(w.print(), "\n") {
		if strings.Contains(line, "ledger ") {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// An erased advocate has no reward that was not given yet; a code that was given stays.
func TestAnErasedAdvocatesUnissuedRewardIsVoid(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		until   func(*world)
		want    referral.RewardState
		because referral.Reason
	}{
		{"in the hold", func(w *world) { w.credited() }, referral.RewardVoided, referral.ReasonErased},
		{"released, its code still to be given", func(w *world) { w.released() }, referral.RewardVoided, referral.ReasonErased},
		{"issued", func(w *world) { w.issued() }, referral.RewardIssued, referral.ReasonNone},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			row.until(w)
			w.erase(aliceID)
			w.later()
			w.settle()
			if r := w.wantReward("after the erasure", row.want); r.Rewards[referral.AdvocateSide].Reason != row.because {
				t.Errorf("reason %q, want %q", r.Rewards[referral.AdvocateSide].Reason, row.because)
			}
			w.wantNoTrace("after the erasure", named(aliceID, "h1:alice")...)
		})
	}
}

// What held an advocate's reward holds it still when the friend was erased: the browser that both used is
// known by what stands for it.
func TestErasingAFriendLiftsNoHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.credited()
	alice, err := w.kept.FindAdvocateByCustomer(w.ctx, w.shop, aliceID)
	w.must(err)
	w.must(w.kept.NoteBrowser(w.ctx, w.shop, alice.ID, "h1:bob"))
	bob := w.friend().Customer()
	w.erase(bob)
	w.settle()
	r, err := w.kept.FindReferral(w.ctx, w.shop, w.friend())
	w.must(err)
	if r.State != referral.Flagged || r.Reason != referral.ReasonSameBrowser {
		t.Errorf("%s (%s), want flagged (same_browser)", r.State, r.Reason)
	}
}

// A request that names another shop than it came for, or nobody, erases nothing, and stays for somebody to look at.
func TestARequestMustNameItsShop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.credited()
	bob := w.friend().Customer()
	each, err := w.kept.InsertDeliveries(w.ctx, []inbox.Delivery{{
		Shop: w.shop, ID: "of another shop", Topic: "customers/redact", ReceivedAt: w.now(), State: inbox.Received,
		Nomination: inbox.Nomination{ShopDomain: "other.myshopify.com", CustomerID: string(bob)},
	}})
	w.must(err)
	w.must(each[0])
	w.settle()
	if got := w.friend().Customer(); got != bob {
		t.Errorf("the friend is %s, want %s", got, bob)
	}
}

// F2: an order that loses its customer, as when the account is erased in Shopify, keeps what was released for it and
// its books. Before the release it is held. When customers/redact comes, the pseudonym takes the customer's place and
// the hold clears; nothing brings them back.
func TestAnOrderThatLosesItsCustomerKeepsItsRewardAndBooks(t *testing.T) {
	t.Parallel()
	undisturbed := newWorld(t)
	undisturbed.issued()
	want := undisturbed.ledger()

	issued := newWorld(t)
	o := issued.issued()
	issued.loses(o)
	if r := issued.wantReward("after the issue", referral.RewardIssued); r.State != referral.Approved || issued.ledger() != want {
		t.Errorf("%s (%s), ledger\n%s, want approved and\n%s", r.State, r.Reason, issued.ledger(), want)
	}

	held := newWorld(t)
	o = held.credited()
	bob := held.friend().Customer()
	held.loses(o)
	held.later()
	held.settle()
	if r := held.wantReward("in the hold", referral.RewardPending); r.State != referral.Flagged || r.Reason != referral.ReasonCustomerGone {
		t.Errorf("%s (%s), want flagged (customer_gone)", r.State, r.Reason)
	}

	held.erase(bob, o.GID)
	held.deliver("orders/edited", o)
	held.settle()
	held.wantReward("after the erasure", referral.RewardIssued)
	held.wantNoTrace("after the erasure", named(bob, "h1:bob")...)
	if got := held.ledger(); got != want {
		t.Errorf("ledger after the erasure\n%s, want\n%s", got, want)
	}
}

// loses has the order's customer taken away in Shopify, and tells of it.
func (w *world) loses(o simulator.Order) {
	w.t.Helper()
	w.must(w.sim.DeleteCustomer(string(w.shop), o.CustomerID))
	w.deliver("refunds/create", o)
	w.settle()
}
