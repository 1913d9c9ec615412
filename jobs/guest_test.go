package jobs_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/claims"
	"twofold/fault"
	"twofold/local"
	"twofold/referral"
	"twofold/simulator"
)

// joinsBy has somebody join by an address.
func (w *world) joinsBy(address string) claims.GuestView {
	w.t.Helper()
	view, err := w.Claims.JoinGuest(w.ctx, claims.GuestRequest{Shop: w.shop, Address: address, Language: "en", At: w.signed()})
	w.must(err)
	return view
}

// types has somebody type a code for what was asked.
func (w *world) types(asked referral.SignInID, code string) (referral.AdvocateID, error) {
	return w.Claims.Enter(w.ctx, claims.EnterRequest{Shop: w.shop, Asked: asked, Typed: true, Code: code})
}

var codeInMail = regexp.MustCompile(`[2-9B-Z]{4}-[2-9B-Z]{4}`)

// newestCode is the code in the newest mail to an address.
func newestCode(t *testing.T, box *local.Mailbox, address string) string {
	t.Helper()
	all := box.Mails()
	slices.Reverse(all)
	for _, m := range all {
		if code := codeInMail.FindString(m.Text); m.To == address && code != "" {
			return code
		}
	}
	t.Fatalf("no code was mailed to %s: %v", address, all)
	return ""
}

// sharesWith has Bob take an advocate's offer, and buy.
func (w *world) sharesWith(a referral.Advocate) {
	w.t.Helper()
	o := w.placed(simulator.OrderInput{Email: "bob@example.com", DiscountCodes: []string{w.claimOf(a, "h1:bob")}})
	w.deliver("orders/paid", o)
	w.must(w.run(w.forShop("deliveries:drain")))
	w.settle()
}

// A guest has a link at once by an address alone. What it earns waits until the code of the mail was typed, once and in
// time. The address is kept nowhere in clear, and not at all after that.
func TestAGuestProvesTheirAddress(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.live()
	guest := w.joinsBy(" Gina@Example.com")
	w.sharesWith(guest.Advocate)
	code := newestCode(t, box, "gina@example.com")
	w.later()
	w.settle()
	w.stands("pending (unproved)")

	late := w.joinsBy("gina@example.com")
	w.settle()
	if _, err := w.types(guest.Asked, code); fault.CodeOf(err) != "sign_in_code" {
		t.Errorf("a day later: %v", err)
	}
	for _, wrong := range []string{"", "2222-2222", code, "gina@example.com"} {
		if _, err := w.types(late.Asked, wrong); fault.CodeOf(err) != "sign_in_code" {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	code = newestCode(t, box, "gina@example.com")
	id, err := w.types(late.Asked, strings.ToLower(strings.ReplaceAll(code, "-", " ")))
	if w.must(err); id != guest.Advocate.ID {
		t.Errorf("the guest is %s, joined first as %s", id, guest.Advocate.ID)
	}
	if _, err := w.types(late.Asked, code); fault.CodeOf(err) != "sign_in_code" {
		t.Errorf("once more: %v", err)
	}
	w.settle()
	w.wantReward("when the address is proved", referral.RewardIssued)

	one, err := w.kept.FindAdvocateByCode(w.ctx, w.shop, late.Advocate.Code())
	if w.must(err); one.ID != id || one.ProvedAt.IsZero() || one.Code() != guest.Advocate.Code() {
		t.Errorf("the second link leads to %+v", one)
	}
	if all := w.everything() + w.log.String(); strings.Contains(strings.ToLower(all), "gina@") {
		t.Error("the address is kept, or logged")
	}
	if asked, err := w.kept.FindSignIn(w.ctx, w.shop, late.Asked); err != nil || asked.Address != "" {
		t.Errorf("after the proof the address is kept (%v)", err)
	}
}

// An order of the shop that has a guest's address, was paid and was placed since they joined is as good as an answered
// mail, whenever it is heard of: the reward leaves, and the mail about it goes to the order's own address, as Shopify has
// it then.
func TestAnOrderNamesAGuest(t *testing.T) {
	t.Parallel()
	typed := simulator.OrderInput{Email: "Gina@example.com"}
	test := typed
	test.Test = true

	for _, row := range []struct {
		name                string
		before, early, late *simulator.OrderInput // an order before they join, before their friend's, and after the hold
		moves               bool                  // the address at the order is another's by then
		stops               bool                  // they want no mails
		stands              string
		told                string
	}{
		{"placed before they joined", &typed, nil, nil, false, false, "pending (unproved)", ""},
		{"a test", nil, &test, nil, false, false, "pending (unproved)", ""},
		{"somebody else's", nil, &simulator.OrderInput{Email: "other@example.com"}, nil, false, false, "pending (unproved)", ""},
		{"before the friend's", nil, &typed, nil, false, false, "approved", "issued sent"},
		{"whose address is another's now", nil, &typed, nil, true, false, "approved", "issued no_address"},
		{"after the hold", nil, nil, &typed, false, false, "approved", "issued sent"},
		{"of whoever wants no mails", nil, nil, &typed, false, true, "approved", "issued stopped"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			box := mailbox(t)
			w := mailing(t, box)
			w.live()
			buys := func(in *simulator.OrderInput) {
				if in != nil {
					w.placedAndDelivered(*in)
					w.must(w.sim.Advance(w.ctx, time.Minute))
				}
			}
			buys(row.before)

			guest := w.joinsBy("gina@example.com")
			w.settle()
			if row.stops {
				w.stopsMails(box)
			}
			buys(row.early)
			if row.moves {
				w.later()
				w.settle()
				w.joinedWith("h1:other")
			}
			w.sharesWith(guest.Advocate)
			w.later()
			w.settle()
			buys(row.late)
			w.later() // no webhook tells addresses: the hourly look at changed orders does
			w.settle()
			w.stands(row.stands)
			if got := w.mails(); row.told != "" && !slices.Contains(got, row.told) {
				t.Errorf("outbox %v, want %q in it", got, row.told)
			}
			came := slices.ContainsFunc(box.Mails(), func(m local.Mail) bool {
				return m.To == "gina@example.com" && strings.Contains(m.Text, "Your reward is here")
			})
			if want := row.told == "issued sent"; came != want {
				t.Errorf("the mail came: %v, want %v", came, want)
			}
			if all := w.everything() + w.log.String(); strings.Contains(strings.ToLower(all), "gina@") {
				t.Error("the address is kept, or logged")
			}
		})
	}
}

// joinedWith has all advocates have joined with another address (a keyed hash).
func (w *world) joinedWith(hash string) {
	w.t.Helper()
	_, err := w.Admin.Database(database).Collection("advocates").UpdateMany(
		w.ctx, bson.D{{Key: "shop", Value: w.shop}}, bson.D{{Key: "$set", Value: bson.D{{Key: "emails", Value: bson.A{hash}}}}})
	w.must(err)
}

// stopsMails has the reader of the newest mail want no more.
func (w *world) stopsMails(box *local.Mailbox) {
	w.t.Helper()
	all := box.Mails()
	stop, err := url.Parse(strings.Trim(all[len(all)-1].Header.Get("List-Unsubscribe"), "<>"))
	w.must(err)
	_, err = w.Mail.Stop(w.ctx, stop.Query().Get("t"))
	w.must(err)
}

// A code may be typed five times, and a link that is followed twice at once opens for one.
func TestCodesAreTypedAFewTimes(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.live()
	guest := w.joinsBy("gina@example.com")
	if _, err := w.types(guest.Asked, "2222-2222"); fault.CodeOf(err) != "sign_in_code" {
		t.Errorf("before the mail: %v", err)
	}
	w.settle()
	code := newestCode(t, box, "gina@example.com")
	for range referral.SignInTries {
		if _, err := w.types(guest.Asked, "2222-2222"); fault.CodeOf(err) != "sign_in_code" {
			t.Errorf("a wrong code: %v", err)
		}
	}
	if _, err := w.types(guest.Asked, code); fault.CodeOf(err) != "sign_in_code" {
		t.Errorf("the right code after too many: %v", err)
	}

	opened := make(chan error, 4)
	for range 4 {
		go func() {
			_, err := w.Claims.Enter(w.ctx, claims.EnterRequest{Shop: w.shop, Asked: guest.Asked})
			opened <- err
		}()
	}
	ok := 0
	for range 4 {
		if err := <-opened; err == nil {
			ok++
		} else if fault.CodeOf(err) != "sign_in_link" {
			t.Error(err)
		}
	}
	if ok != 1 {
		t.Errorf("the link opened %d times", ok)
	}
}

// A stranger who types a customer's address has a link of their own, is shown nothing, and moves nothing. Whoever has
// the address makes the two one by answering the mail: the older stays, with both links.
func TestAStrangerTypesACustomersAddress(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.live()
	alice := w.aliceShares()
	w.must(w.sim.Advance(w.ctx, time.Minute))
	stranger := w.joinsBy("alice@example.com")
	blocked := w.joinsBy("alice@example.com")
	w.must(w.kept.SetAdvocateState(w.ctx, w.shop, blocked.Advocate.ID, referral.AdvocateBlocked, w.now()))
	w.settle()
	if stranger.Advocate.ID == alice.ID || stranger.Advocate.Code() == alice.Code() || len(stranger.Referrals) > 0 {
		t.Errorf("the stranger is shown %+v", stranger)
	}
	if same, err := w.kept.FindAdvocate(w.ctx, w.shop, alice.ID); err != nil || len(same.Codes) != 1 {
		t.Errorf("before the proof the customer is %+v, %v", same, err)
	}

	id, err := w.Claims.Enter(w.ctx, claims.EnterRequest{Shop: w.shop, Asked: stranger.Asked})
	if w.must(err); id != alice.ID {
		t.Errorf("the link opens %s, want %s", id, alice.ID)
	}
	one, err := w.kept.FindAdvocate(w.ctx, w.shop, alice.ID)
	w.must(err)
	want := []string{alice.Code(), stranger.Advocate.Code()}
	if one.Customer != alice.Customer || one.State != referral.AdvocateActive || !slices.Equal(one.Codes, want) {
		t.Errorf("after the proof the customer is %+v, want the codes %v", one, want)
	}
}

// An address that a customer had when they joined, or of which theirs is an alias, opens nobody's account: whoever answers
// its mail gets what was joined by it.
func TestAnAddressThatIsNoCustomersOpensNoAccount(t *testing.T) {
	t.Parallel()
	w := mailing(t, mailbox(t))
	w.live()
	alice := w.aliceShares()
	emails := bson.D{{Key: "emails", Value: referral.EmailHashes(w.hash, w.shop, "gina@example.com")}}
	_, err := w.Admin.Database(database).Collection("advocates").UpdateOne(w.ctx,
		bson.D{{Key: "shop", Value: w.shop}, {Key: "id", Value: alice.ID}}, bson.D{{Key: "$set", Value: emails}})
	w.must(err)

	guest := w.joinsBy("gina@example.com")
	w.settle()
	id, err := w.Claims.Enter(w.ctx, claims.EnterRequest{Shop: w.shop, Asked: guest.Asked})
	if w.must(err); id != guest.Advocate.ID {
		t.Errorf("the mail opens %s, want the guest %s", id, guest.Advocate.ID)
	}
}

// Whoever made an account with somebody's address, and never answered a mail to it, shares nothing with whoever does.
func TestAnUnverifiedAddressOpensNoAccount(t *testing.T) {
	t.Parallel()
	w := mailing(t, mailbox(t))
	w.live()
	alice := w.aliceShares()
	_, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "alice@example.com", Unverified: true})
	w.must(err)

	guest := w.joinsBy("alice@example.com")
	w.settle()
	id, err := w.Claims.Enter(w.ctx, claims.EnterRequest{Shop: w.shop, Asked: guest.Asked})
	if w.must(err); id != guest.Advocate.ID || id == alice.ID {
		t.Errorf("the mail opens %s, want the guest %s", id, guest.Advocate.ID)
	}
}

// Whoever proved an address is written nothing at another that their account has now and that is not shown to be theirs.
func TestAProvedGuestIsWrittenWhereTheyAre(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ verified, proved, written bool }{
		{true, true, true}, {true, false, true}, {false, true, true}, {false, false, false},
	} {
		box := mailbox(t)
		w := mailing(t, box)
		w.live()
		guest := w.joinsBy("alice@example.com")
		w.settle()
		_, err := w.Claims.Enter(w.ctx, claims.EnterRequest{Shop: w.shop, Asked: guest.Asked})
		w.must(err)
		_, err = w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "alice@example.com"})
		w.must(err)
		w.joins(w.alice()) // whose account it is, and who had proved the address
		w.must(w.sim.Advance(w.ctx, time.Minute))
		again := w.joinsBy("alice@example.com")
		w.settle()
		one, err := w.Claims.Enter(w.ctx, claims.EnterRequest{Shop: w.shop, Asked: again.Asked})
		w.must(err)
		if a, err := w.kept.FindAdvocate(w.ctx, w.shop, one); err != nil || a.Customer == "" || a.ProvedAt.IsZero() {
			t.Fatalf("the two are not one: %+v, %v", a, err)
		}

		_, err = w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "alice@example.com", Unverified: !row.verified})
		w.must(err)
		if !row.proved { // it was another one
			w.joinedWith("h1:other")
		}
		told := referral.Notice{Key: "bought/x", Kind: referral.NoticeBought, Advocate: one, At: w.now(), Release: w.now(), Side: referral.AdvocateSide}
		w.must(w.kept.AddAdvocate(w.ctx, referral.Advocate{Shop: w.shop, ID: "adv_other", Codes: []string{"OTHER-1"}, JoinedAt: w.now()}, told))
		w.settle()
		if got := !slices.Contains(w.mails(), "bought no_address"); got != row.written {
			t.Errorf("%+v: outbox %v", row, w.mails())
		}
	}
}

// Who wants no mails gets none, however their address is typed: as a guest, or as the customer that they are.
func TestTypedAddressesThatWantNoMails(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.live()
	w.joinsBy("gina@example.com")
	w.settle()
	w.stopsMails(box)
	alice := w.aliceShares()
	hash := w.hash.Hash(w.shop, referral.MailStop, string(alice.Customer))
	w.must(w.kept.StopMails(w.ctx, w.shop, hash, referral.StopAsked, w.now()))

	w.must(w.sim.Advance(w.ctx, time.Minute))
	if again := w.joinsBy("gina@example.com"); again.Link == "" {
		t.Error("the guest has no link")
	}
	w.joinsBy("alice@example.com")
	w.settle()
	if got, want := w.mails(), []string{"prove sent", "prove stopped", "prove stopped"}; !slices.Equal(got, want) {
		t.Errorf("outbox %v, want %v", got, want)
	}
	if n := len(box.Mails()); n != 1 {
		t.Errorf("%d mails came", n)
	}
}

// A person who is erased is gone as a guest, too, where the address was one of their orders' or their account's; what
// somebody else joined with stays.
func TestAnErasedGuest(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.live()
	alice := w.aliceShares()
	theirs, other := w.joinsBy("alice@example.com").Advocate, w.joinsBy("gina@example.com").Advocate
	w.erase(alice.Customer)

	gone, err := w.kept.FindAdvocate(w.ctx, w.shop, theirs.ID)
	if w.must(err); gone.ErasedAt.IsZero() || len(gone.Emails) != 0 || gone.State != referral.AdvocateBlocked {
		t.Errorf("the guest is %+v", gone)
	}
	if stays, err := w.kept.FindAdvocate(w.ctx, w.shop, other.ID); err != nil || !stays.ErasedAt.IsZero() {
		t.Errorf("another guest is %+v, %v", stays, err)
	}
	w.wantNoTrace("after the erasure", alice.Emails...)
}
