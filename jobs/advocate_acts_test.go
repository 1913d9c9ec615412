package jobs_test

import (
	"strings"
	"testing"

	"twofold/claims"
	"twofold/fault"
	"twofold/people"
	"twofold/referral"
	"twofold/rewards"
	"twofold/simulator"
)

// says has a member of staff act on an advocate.
func (w *world) says(a referral.Advocate, act rewards.Act, code string) error {
	return w.Rewards.DoToAdvocate(w.ctx, w.shop, rewards.SaidOfAdvocate{
		Act: act, Advocate: a.ID, Code: code, User: "7", Reason: "they asked",
	})
}

// An advocate's code becomes what somebody chose; the former one goes on working, in the shop and in links, and may come
// back.
func TestAChosenCodeStandsBesideTheFormerOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 5
	w.live()
	alice := w.joined()
	drawn := alice.Code()

	w.must(w.says(alice, rewards.ActChangeCode, " alice7 "))
	w.settle()
	w.wantShared("chosen", "ALICE7", true)
	w.wantShared("former", drawn, true)
	for _, ref := range []string{"ALICE7", drawn} {
		_, err := w.Claims.Visit(w.ctx, claims.VisitRequest{Shop: w.shop, Ref: ref, At: w.signed()})
		w.must(err)
	}
	w.buys("ALICE7", "bob@example.com")
	if owns := w.creditedTo(); owns != alice.ID {
		t.Errorf("an order with the chosen code is credited to %q", owns)
	}

	_, err := w.Rewards.Block(w.ctx, w.shop, drawn)
	w.must(err)
	w.settle()
	w.wantShared("blocked", "ALICE7", false)
	w.wantShared("blocked, former", drawn, false)
	_, err = w.Rewards.Unblock(w.ctx, w.shop, drawn)
	w.must(err)
	w.settle()
	w.wantShared("unblocked", "ALICE7", true)
	w.wantShared("unblocked, former", drawn, true)

	w.must(w.says(alice, rewards.ActChangeCode, drawn))
	back, err := w.kept.FindAdvocate(w.ctx, w.shop, alice.ID)
	w.must(err)
	if back.Code() != drawn || len(back.Codes) != 2 {
		t.Errorf("put back: %v", back.Codes)
	}
}

// creditedTo is who is credited with the newest order.
func (w *world) creditedTo() referral.AdvocateID {
	w.t.Helper()
	all, err := w.kept.ListReferrals(w.ctx, w.shop, 1)
	w.must(err)
	if len(all) == 0 {
		return ""
	}
	return all[0].Advocate
}

// A code that would open something else is refused, and so is one that nobody could say.
func TestAChosenCodeIsOpenToNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 5
	w.live()
	alice, bob := w.joined(), w.joins("gid://shopify/Customer/2")
	promised := w.claim()
	_, err := w.sim.MakeDiscount(string(w.shop), simulator.OwnDiscount{Title: "Summer", Codes: []string{"SUMMER"}, Percentage: "0.1"})
	w.must(err)
	for chosen, want := range map[string]string{
		"ABC": "chosen_code", strings.Repeat("A", 21): "chosen_code", "AL ICE": "chosen_code", "ÄLICE": "chosen_code", "-ALICE": "chosen_code", "AL_ICE": "chosen_code",
		bob.Code(): "code_in_use", promised: "code_in_use", "summer": "code_of_discount",
	} {
		if err := w.says(alice, rewards.ActChangeCode, chosen); fault.CodeOf(err) != want {
			t.Errorf("%q: %v, want %s", chosen, err, want)
		}
	}
	for n := range referral.MaxAdvocateCodes - 1 {
		w.must(w.says(alice, rewards.ActChangeCode, "ALICE"+string(rune('A'+n))))
		alice.Codes = append(alice.Codes, "")
	}
	if err := w.says(alice, rewards.ActChangeCode, "ALICE-Z"); fault.CodeOf(err) != "codes_many" {
		t.Errorf("one more: %v", err)
	}
}

// What is owed is let go at once, for all orders, and stands in the audit log with them.
func TestAllThatAnAdvocateOwesIsForgiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.issued()
	r, err := w.kept.FindReferral(w.ctx, w.shop, w.friend())
	w.must(err)
	w.buys(r.Rewards[referral.AdvocateSide].Code, "alice@example.com")
	_, err = w.sim.RefundOrder(string(w.shop), o.ID, simulator.RefundInput{Full: true})
	w.must(err)
	w.deliver("refunds/create", o)
	w.settle()

	owed, err := w.kept.OwedOf(w.ctx, w.shop, r.Advocate)
	w.must(err)
	if len(owed) != 1 {
		t.Fatalf("owed for %d orders", len(owed))
	}

	alice, err := w.kept.FindAdvocate(w.ctx, w.shop, r.Advocate)
	w.must(err)
	w.must(w.says(alice, rewards.ActForgive, ""))
	r, err = w.kept.FindReferral(w.ctx, w.shop, w.friend())
	w.must(err)
	if r.Rewards[referral.AdvocateSide].State != referral.RewardForgiven {
		t.Errorf("the reward is %s", r.Rewards[referral.AdvocateSide].State)
	}
	noted, err := w.kept.AuditAbout(w.ctx, w.shop, string(r.Order))
	w.must(err)
	if len(noted) != 1 || noted[0].Act != "forgive" || noted[0].Outcome != referral.AuditDone {
		t.Errorf("noted: %+v", noted)
	}
	if err := w.says(alice, rewards.ActForgive, ""); fault.CodeOf(err) != "nothing_owed" {
		t.Errorf("again: %v", err)
	}
}

// A note about an advocate is the merchant's, has an end, and goes with the person.
func TestANoteGoesWithThePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	alice := w.joined()
	if err := w.Rewards.NoteAdvocate(w.ctx, w.shop, alice.ID, strings.Repeat("ä", referral.MaxNote+1), "7"); fault.CodeOf(err) != "note_long" {
		t.Errorf("a long note: %v", err)
	}
	w.must(w.Rewards.NoteAdvocate(w.ctx, w.shop, alice.ID, strings.Repeat("ä", referral.MaxNote), "7"))
	w.must(w.Rewards.NoteAdvocate(w.ctx, w.shop, alice.ID, " Hosts the evening. ", "7"))
	note := func() referral.Note {
		a, err := w.kept.FindAdvocate(w.ctx, w.shop, alice.ID)
		w.must(err)
		return a.Note
	}
	if n := note(); n.Text != "Hosts the evening." || n.User != "7" || n.At.IsZero() {
		t.Errorf("note: %+v", n)
	}

	w.must(w.People.Erase(w.ctx, w.shop, people.Erasure{ID: "1", Customer: aliceID}))
	if n := note(); n != (referral.Note{}) {
		t.Errorf("erased, and still: %+v", n)
	}
	if err := w.Rewards.NoteAdvocate(w.ctx, w.shop, alice.ID, "again", "7"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a note about somebody who was erased: %v", err)
	}
}
