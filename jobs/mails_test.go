package jobs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/claims"
	"twofold/fault"
	"twofold/jobs/jobstest"
	"twofold/local"
	"twofold/mail"
	"twofold/money"
	"twofold/referral"
	"twofold/simulator"
	"twofold/tenant"
	"twofold/text"
)

// printMails says what was told, and whether it still waits. Whether it was sent before something overtook it is a
// matter of when.
func (w *world) printMails(b *strings.Builder) {
	w.t.Helper()
	for _, said := range w.mails() {
		kind, outcome, _ := strings.Cut(said, " ")
		fmt.Fprintf(b, "mail %s, done %v\n", kind, outcome != "")
	}
}

// mails is the outbox, in the order of its events: what shoppers are told, and what became of it. The link that whoever
// joins is told is left out: TestAdvocatesHearOfTheirRewards has it.
func (w *world) mails() []string {
	w.t.Helper()
	inOrder := options.Find().SetSort(bson.D{{Key: "at", Value: 1}, {Key: "kind", Value: 1}})
	cursor, err := w.Admin.Database(database).Collection("mails").Find(w.ctx, bson.D{{Key: "shop", Value: w.shop}}, inOrder)
	w.must(err)
	var docs []struct{ Kind, Outcome string }
	w.must(cursor.All(w.ctx, &docs))

	var all []string
	for _, d := range docs {
		if kind := referral.NoticeKind(d.Kind); kind != referral.NoticeLink && !kind.ToMerchant() {
			all = append(all, d.Kind+" "+d.Outcome)
		}
	}
	return all
}

// mailbox is a mail server of the test's own.
func mailbox(t *testing.T) *local.Mailbox {
	t.Helper()
	box, err := local.StartMailbox("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	return box
}

// came are the mails that came to shoppers, but for those that tell a link.
func came(box *local.Mailbox) []local.Mail {
	return slices.DeleteFunc(box.Mails(), func(m local.Mail) bool {
		return strings.Contains(m.Text, "/?ref=") || !strings.HasSuffix(m.To, "@example.com")
	})
}

// mailing is a world that sends its mails there, and in which Alice is known to Shopify.
func mailing(t *testing.T, box *local.Mailbox) *world {
	t.Helper()
	w := newWorld(t, func(c *jobstest.Config) {
		c.Level2 = true
		c.Mail = mail.Config{
			Sender: mail.SMTP{Host: box.Host(), Port: box.Port(), From: "rewards@twofold.example"},
			Origin: func() string { return "https://app.example" },
			Admin:  func(shop tenant.ShopID) string { return "https://admin.example/" + string(shop) },
		}
	})
	w.behaviour = &simulator.Behaviour{ProtectedDataLevel: simulator.Level(2)}
	w.known = true
	w.untilHour(9)
	return w
}

// shopZone is the time zone of the simulator's shops.
var shopZone = func() *time.Location {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		panic(err)
	}
	return zone
}()

// untilHour moves the clock to the next time that it is so late in the shop: what can wait is not sent at night.
func (w *world) untilHour(hour int) {
	w.t.Helper()
	now := w.now().In(shopZone)
	then := time.Date(now.Year(), now.Month(), now.Day(), hour, 0, 0, 0, shopZone)
	if !then.After(now) {
		then = then.AddDate(0, 0, 1)
	}
	w.must(w.sim.Advance(w.ctx, then.Sub(now)))
}

// What becomes of the reward is told once each, in the customer's language, however often the job runs and however many
// run at once. The address is nowhere but in the mail.
func TestAdvocatesHearOfTheirRewards(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	send := func() {
		atOnce(w, w.forShop("mails:send"))
		w.forget()
		w.must(w.run(w.forShop("mails:send")))
	}

	o := w.credited()
	send()
	w.later()
	w.settle()
	send()
	_, err := w.sim.RefundOrder(string(w.shop), o.ID, simulator.RefundInput{Full: true})
	w.must(err)
	w.deliver("refunds/create", o)
	w.settle()
	send()

	shop, err := w.kept.FindShop(w.ctx, w.shop)
	w.must(err)
	var got []string
	for _, m := range append(box.Mails()[:1], came(box)...) {
		got = append(got, m.To+": "+strings.ReplaceAll(m.Subject, shop.Profile.Name, "Demo"))
	}
	want := []string{
		"alice@example.com: Dein Link zum Weitersagen: Demo",
		"alice@example.com: Jemand hat über deinen Link bei Demo bestellt",
		"alice@example.com: Deine Prämie von Demo: 20 $ Rabatt",
		"alice@example.com: Zurückgenommen: deine Prämie von Demo (20 $ Rabatt)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}

	if all := w.everything(); strings.Contains(all, "alice@example.com") {
		t.Error("the address is kept")
	}
	if strings.Contains(w.log.String(), "@") {
		t.Errorf("the log has an address: %s", w.log)
	}
}

// What was overtaken before it was sent is not told: nobody gets a code that works no more, nor hears that it is gone.
func TestOvertakenMailsAreNotSent(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.reversed()
	w.settle()
	want := []string{"bought overtaken", "issued overtaken", "taken_back overtaken"}
	if diff := cmp.Diff(want, w.mails()); diff != "" || len(came(box)) != 0 {
		t.Errorf("%d came, -want +got\n%s", len(came(box)), diff)
	}
}

// A reward that is on its way no more is not told of, when the mail still waits.
func TestARewardThatIsOffIsNotTold(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	o := w.credited()
	_, err := w.sim.CancelOrder(string(w.shop), o.ID, simulator.CancelInput{})
	w.must(err)
	w.deliver("orders/cancelled", o)
	w.must(w.run(w.forShop("deliveries:drain")))
	w.settle()
	if diff := cmp.Diff([]string{"bought overtaken"}, w.mails()); diff != "" || len(came(box)) != 0 {
		t.Errorf("%d came, -want +got\n%s", len(came(box)), diff)
	}
}

// A merchant who leaves takes all codes out of the shop: who starts again tells nobody of one that is gone.
func TestMailsOfAShopThatStartsAgain(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.issued()
	w.must(w.Shops.Leave(w.ctx, w.shop, "7"))
	w.settle()
	w.must(w.Shops.StartAgain(w.ctx, w.shop))
	w.later()
	w.settle()
	want := []string{"bought overtaken", "issued overtaken"}
	if diff := cmp.Diff(want, w.mails()); diff != "" || len(came(box)) != 0 {
		t.Errorf("%d came, -want +got\n%s", len(came(box)), diff)
	}
}

// A code that ended while its mail waited is told to nobody.
func TestCodesThatHaveEndedAreNotTold(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.offer = &referral.Offer{Kind: referral.AmountOff, Amount: money.MustParse("20", "USD"), ValidDays: 1}
	w.issued()
	box.Refuse(451)
	w.settle()
	box.Refuse(0)
	w.later()
	w.settle()
	want := []string{"bought overtaken", "issued overtaken"}
	if diff := cmp.Diff(want, w.mails()); diff != "" || len(came(box)) != 0 {
		t.Errorf("%d came, -want +got\n%s", len(came(box)), diff)
	}
}

// signedIn has Bob, who is signed in, take Alice's offer, and returns his code.
func (w *world) signedIn() string {
	w.t.Helper()
	bob, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "bob@example.com"})
	w.must(err)
	view, err := w.Claims.Claim(w.ctx, claims.ClaimRequest{
		Shop: w.shop, Ref: w.joins(w.alice()).Code(), Customer: referral.CustomerID(bob.GID), Browser: []string{"h1:bob"}, At: w.signed(),
	})
	w.must(err)
	return view.Claim.Code
}

// A friend who is signed in is told the code once, and reminded once before it ends, unless there is nothing to be
// reminded of.
func TestFriendsHearOfTheirCodes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says string
		do   func(w *world, code string) // between the mail and the reminder
		want string
	}{
		{"not used", func(*world, string) {}, "friend_code_ends sent"},
		{"used", func(w *world, code string) {
			w.placedAndDelivered(simulator.OrderInput{Email: "bob@example.com", DiscountCodes: []string{code}})
		}, "friend_code_ends overtaken"},
		{"taken away", func(w *world, code string) {
			w.must(w.Codes.End(w.ctx, w.shop, []string{code}))
		}, "friend_code_ends overtaken"},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			box := mailbox(t)
			w := mailing(t, box)
			w.live()
			code := w.signedIn()
			w.signedIn() // and once more
			w.settle()
			if sent := came(box); len(sent) != 1 || sent[0].To != "bob@example.com" || !strings.Contains(sent[0].Text, code) {
				t.Fatalf("with the code came %+v", sent)
			}

			row.do(w, code)
			w.must(w.sim.Advance(w.ctx, 26*24*time.Hour))
			w.settle()
			if got := w.mails(); !slices.Contains(got, "friend_code_ends ") {
				t.Errorf("four days before the end: %v", got)
			}
			for range 2 {
				w.later()
				w.settle()
			}
			if got := w.mails(); !slices.Contains(got, row.want) || !slices.Contains(got, "friend_code sent") {
				t.Errorf("outbox %v, want %s", got, row.want)
			}
		})
	}
}

// An advocate is reminded once of a reward that has not been used, a week before its code ends.
func TestAdvocatesAreRemindedOfRewards(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says string
		used bool
		want string
	}{{"not used", false, "reward_ends sent"}, {"used", true, "reward_ends overtaken"}} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			box := mailbox(t)
			w := mailing(t, box)
			w.offer = &referral.Offer{Kind: referral.AmountOff, Amount: money.MustParse("20", "USD"), ValidDays: 30}
			w.issued()
			w.settle()
			if row.used {
				code := w.referral().Rewards[referral.AdvocateSide].Code
				w.placedAndDelivered(simulator.OrderInput{Email: "alice@example.com", DiscountCodes: []string{code}})
			}
			w.must(w.sim.Advance(w.ctx, 24*24*time.Hour))
			w.settle()
			if got := w.mails(); !slices.Contains(got, row.want) {
				t.Errorf("outbox %v, want %s", got, row.want)
			}
		})
	}
}

// The merchant is told in the morning what waits for a look, at the addresses that they named, and on their day what the
// week brought, unless they want none. The mails lead into the admin.
func TestTheMerchantIsTold(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says   string
		notify tenant.Notify
		to     []string
		review bool
		digest string // what it says; "": none comes
	}{
		{"at the shop's own address", tenant.Notify{}, nil, true, "$80.00"},
		{"where they want it", tenant.Notify{To: "a@example.com\nb@example.com"}, []string{"a@example.com", "b@example.com"}, true, "$80.00"},
		{"no digest", tenant.Notify{NoDigest: true}, nil, true, ""},
		{"only the digest", tenant.Notify{NoReview: true, Language: "de", DigestDay: time.Thursday}, nil, false, "80,00"},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			box := mailbox(t)
			w := mailing(t, box)
			for w.now().Weekday() != time.Tuesday { // else the digest may come on the same morning
				w.untilHour(9)
			}
			w.live()
			w.must(w.Shops.Choose(w.ctx, w.shop, tenant.Settings{Notify: row.notify}))
			joined, err := w.Claims.Join(w.ctx, claims.JoinRequest{Shop: w.shop, Customer: w.alice(), Browser: []string{"h1:bob"}, At: w.signed()})
			w.must(err)
			w.buys(w.claimed(joined.Advocate, "h1:bob"), "bob@example.com") // the advocate's browser too: it is flagged
			if got := w.referral(); got.State != referral.Flagged {
				t.Fatalf("it is %s", got.State)
			}
			to := row.to
			if to == nil {
				to = []string{"owner@" + string(w.shop)}
			}

			w.untilHour(7)
			w.settle()
			w.wantTold(box, to, "in the night", "")
			w.untilHour(8)
			for range 2 {
				w.settle()
			}
			if row.review {
				w.wantTold(box, to, "in the morning", "waits for your look", "/app/review")
			}
			for range 11 {
				w.untilHour(9)
				w.settle()
			}
			if row.digest != "" {
				w.wantTold(box, to, "after a week", row.digest, "/app?days=7")
			}
			if want := len(to) * (count(row.review) + count(row.digest != "")); len(toMerchant(box, to)) != want {
				t.Errorf("%d mails came, want %d", len(toMerchant(box, to)), want)
			}
		})
	}
}

// While the books are counted anew they are empty for a moment: what waits for a look is told all the same.
func TestTheMerchantIsToldWhileBooksAreCounted(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.live()
	w.must(w.Shops.Choose(w.ctx, w.shop, tenant.Settings{Notify: tenant.Notify{NoDigest: true}})) // which may come on the same morning
	joined, err := w.Claims.Join(w.ctx, claims.JoinRequest{Shop: w.shop, Customer: w.alice(), Browser: []string{"h1:bob"}, At: w.signed()})
	w.must(err)
	w.buys(w.claimed(joined.Advocate, "h1:bob"), "bob@example.com")
	w.untilHour(9)
	_, err = w.Admin.Database(database).Collection("advocate_days").DeleteMany(w.ctx, bson.D{{Key: "shop", Value: w.shop}})
	w.must(err)
	w.must(w.run(w.forShop("mails:send")))
	w.wantTold(box, []string{"owner@" + string(w.shop)}, "while they are counted", "One referral", "/app/review")
}

// While the merchant pauses mails shoppers are told nothing, and then all that waited; the merchant is told as before.
func TestPausedMailsWait(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.live()
	w.must(w.Shops.Choose(w.ctx, w.shop, tenant.Settings{MailsPaused: true}))
	w.joins(w.alice())
	w.settle()
	shop, err := w.kept.FindShop(w.ctx, w.shop)
	w.must(err)
	w.must(w.Mail.TryNotify(w.ctx, shop))
	if mails := box.Mails(); len(mails) != 1 || mails[0].To != "owner@"+string(w.shop) {
		t.Errorf("while they are paused came %+v", mails)
	}

	w.must(w.Shops.Choose(w.ctx, w.shop, tenant.Settings{}))
	w.must(w.sim.Advance(w.ctx, 15*time.Minute))
	w.settle()
	if mails := box.Mails(); len(mails) != 2 || mails[1].To != "alice@example.com" {
		t.Errorf("then came %+v", mails)
	}
}

// A budget that is nearly spent is told once.
func TestTheMerchantIsToldOfABudget(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.limits.Budget = money.MustParse("24", "USD")
	w.issued()
	w.untilHour(9)
	w.settle()
	to := []string{"owner@" + string(w.shop)}
	w.wantTold(box, to, "when it is nearly spent", "$20.00", "$24.00", "/app/campaigns/"+string(campaign.ID))
}

// A test mail comes at once, and what keeps it from coming is told.
func TestTheMerchantTriesNotifications(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.live()
	shop, err := w.kept.FindShop(w.ctx, w.shop)
	w.must(err)
	w.must(w.Mail.TryNotify(w.ctx, shop))
	w.wantTold(box, []string{"owner@" + string(w.shop)}, "at once", "/app/settings/notifications")

	w.must(w.Mail.Reword(w.ctx, w.shop, "link", "en", text.Own{"subject": "Yours at {shop}"}))
	w.must(w.Mail.TrySample(w.ctx, shop, "link", "en"))
	sent := box.Mails()
	last := sent[len(sent)-1]
	if last.To != "owner@"+string(w.shop) || last.Subject != "Yours at "+shop.Profile.Name || last.Header.Get("List-Unsubscribe") != "" ||
		!strings.Contains(last.Text, "https://admin.example/"+string(w.shop)+"/app/settings/mails") {
		t.Errorf("of a shopper's came %+v", last)
	}
	if err := w.Mail.TrySample(w.ctx, shop, "digest", "en"); !fault.Is(err, fault.NotFound) {
		t.Errorf("one that no shopper gets: %v", err)
	}

	for code, want := range map[int]string{550: "mail_refused", 451: "mail_not_taken"} {
		box.Refuse(code)
		if err := w.Mail.TryNotify(w.ctx, shop); fault.CodeOf(err) != want {
			t.Errorf("refused with %d: %v", code, err)
		}
	}

	box.Refuse(0)
	for range 20 - 4 {
		w.must(w.Mail.TrySample(w.ctx, shop, "link", "en"))
	}
	n := len(box.Mails())
	for _, err := range []error{w.Mail.TryNotify(w.ctx, shop), w.Mail.TrySample(w.ctx, shop, "link", "en")} {
		if fault.CodeOf(err) != "mail_tried" {
			t.Errorf("one more today: %v", err)
		}
	}
	w.must(w.sim.Advance(w.ctx, 24*time.Hour))
	w.must(w.Mail.TryNotify(w.ctx, shop))
	if now := len(box.Mails()); now != n+1 {
		t.Errorf("then %d more came", now-n)
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// claimed has somebody take an advocate's offer in a browser, and returns the code.
func (w *world) claimed(a referral.Advocate, browser string) string {
	w.t.Helper()
	view, err := w.Claims.Claim(w.ctx, claims.ClaimRequest{Shop: w.shop, Ref: a.Code(), Browser: []string{browser}, At: w.signed()})
	w.must(err)
	return view.Claim.Code
}

// toMerchant are the mails that came to one of the addresses.
func toMerchant(box *local.Mailbox, to []string) []local.Mail {
	return slices.DeleteFunc(box.Mails(), func(m local.Mail) bool { return !slices.Contains(to, m.To) })
}

// wantTold wants the last mail to each of the addresses to have words; none: that none came.
func (w *world) wantTold(box *local.Mailbox, to []string, when string, words ...string) {
	w.t.Helper()
	for _, address := range to {
		mails := toMerchant(box, []string{address})
		if len(mails) == 0 || words[0] == "" {
			if len(mails) > 0 || words[0] != "" {
				w.t.Errorf("%s: %d mails came to %s", when, len(mails), address)
			}
			continue
		}
		last := mails[len(mails)-1]
		for _, word := range words {
			if !strings.Contains(last.Text, word) || last.Header.Get("List-Unsubscribe") != "" {
				w.t.Errorf("%s: the mail lacks %q, or is stopped by one press: %s", when, word, last.Text)
			}
		}
	}
}

// placedAndDelivered is an order that Shopify tells of, worked off.
func (w *world) placedAndDelivered(in simulator.OrderInput) {
	w.t.Helper()
	w.deliver("orders/paid", w.placed(in))
	w.settle()
}

// everything is all documents of the shop's, and all that Redis has.
func (w *world) everything() string {
	w.t.Helper()
	var b bytes.Buffer
	docs, err := w.Documents(w.ctx, database, w.shop)
	w.must(err)
	fmt.Fprintln(&b, docs)

	keys, err := w.Redis.Keys(w.ctx, "*").Result()
	w.must(err)
	for _, key := range keys {
		dumped, err := w.Redis.Dump(w.ctx, key).Result()
		if err == nil { // else it ran out meanwhile
			fmt.Fprintln(&b, key, dumped)
		}
	}
	return b.String()
}

// Whoever says so by the link of a mail hears nothing more from this shop, until they are erased: then nothing is left to
// know them by.
func TestWhoWantsNoMailsGetsNone(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.credited()
	w.settle()
	first := came(box)
	if len(first) != 1 || first[0].Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Fatalf("%d came: %v", len(first), first)
	}
	link := strings.Trim(first[0].Header.Get("List-Unsubscribe"), "<>")
	if page := strings.Replace(link, "/mail/unsubscribe?", "/mail/preferences?", 1); !strings.Contains(first[0].Text, page) {
		t.Errorf("the text lacks %s", page)
	}
	opened, err := url.Parse(link)
	w.must(err)
	token := opened.Query().Get("t")

	name, err := w.Mail.StopFor(w.ctx, token)
	if err != nil || name == "" || strings.Contains(w.everything(), "mail_stops") {
		t.Errorf("looking at the link: %q, %v", name, err)
	}
	for range 2 {
		if again, err := w.Mail.Stop(w.ctx, token); err != nil || again != name {
			t.Errorf("stop: %q, %v", again, err)
		}
	}
	w.later()
	w.settle()
	if got, want := w.mails(), []string{"bought sent", "issued stopped"}; !slices.Equal(got, want) || len(came(box)) != 1 {
		t.Errorf("%d came, outbox %v, want %v", len(came(box)), got, want)
	}

	for _, bad := range []string{"", "k1.x", token[:len(token)-2]} {
		if _, err := w.Mail.Stop(w.ctx, bad); fault.CodeOf(err) != "mail_link" {
			t.Errorf("the token %q: %v", bad, err)
		}
	}
	w.must(w.run(w.asked("customers/redact", w.alice())))
	if strings.Contains(w.everything(), "mail_stops") {
		t.Error("that the person wanted no mails is kept")
	}
}

// By the page at a mail's end its reader chooses which sorts of mails come, also after a merge, and changes their mind.
func TestWhoChoosesMailsGetsThose(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says   string
		wanted [][]string // chosen one after another
		merged bool
		want   string
	}{
		{"rewards alone", [][]string{{"rewards"}}, false, "issued sent"},
		{"all but rewards", [][]string{{"links", "reminders"}}, false, "issued stopped"},
		{"none", [][]string{nil}, false, "issued stopped"},
		{"none, and then all again", [][]string{nil, {"links", "rewards", "reminders"}}, false, "issued sent"},
		{"all but rewards, before a merge", [][]string{{"links"}}, true, "issued stopped"},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			box := mailbox(t)
			w := mailing(t, box)
			w.credited()
			w.settle()
			opened, err := url.Parse(strings.Trim(came(box)[0].Header.Get("List-Unsubscribe"), "<>"))
			w.must(err)
			token := opened.Query().Get("t")
			for _, wanted := range row.wanted {
				_, err := w.Mail.Choose(w.ctx, token, wanted)
				w.must(err)
				if _, got, err := w.Mail.Choices(w.ctx, token); err != nil || !slices.Equal(got, wanted) {
					t.Errorf("chose %q, has %q, %v", wanted, got, err)
				}
			}

			if row.merged {
				stays, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "al@example.com"})
				w.must(err)
				w.must(w.People.Merge(w.ctx, w.shop, w.alice(), referral.CustomerID(stays.GID)))
			}
			w.later()
			w.settle()
			if got, want := w.mails(), []string{"bought sent", row.want}; !slices.Equal(got, want) {
				t.Errorf("outbox %v, want %v", got, want)
			}
		})
	}
}

// Whoever has no such mailbox is written no more, and their report says why; a server that refuses for another reason
// says nothing of them.
func TestWhoHasNoMailboxIsWrittenNoMore(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says   string
		refuse func(*local.Mailbox)
		why    referral.StopReason
		want   []string
	}{
		{"there is no such mailbox", (*local.Mailbox).NoSuchMailbox, referral.StopBounced, []string{"bought stopped", "issued stopped"}},
		{"the server refuses us", func(b *local.Mailbox) { b.Refuse(550) }, "", []string{"bought refused", "issued sent"}},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			box := mailbox(t)
			w := mailing(t, box)
			row.refuse(box)
			w.credited()
			w.settle()
			box.Refuse(0)
			w.later()
			w.settle()
			if got := w.mails(); !slices.Equal(got, row.want) { // the link was refused before
				t.Errorf("outbox %v, want %v", got, row.want)
			}

			w.must(w.People.Report(w.ctx, w.shop, "report", w.alice(), nil))
			kept, err := w.kept.ListReports(w.ctx, w.shop)
			w.must(err)
			says := fmt.Sprintf(`"no_mails_because":%q`, row.why)
			if got := strings.Contains(string(kept[0].Body), says); got != (row.why != "") {
				t.Errorf("the report says %s: %v", says, got)
			}
		})
	}
}

// A mail carries what its provider's events repeat, and by that its reader is written no more.
func TestAMailThatCameBackIsTheLast(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := newWorld(t, func(c *jobstest.Config) {
		c.Level2 = true
		c.Mail.Sender = mail.SMTP{Host: box.Host(), Port: box.Port(), From: "rewards@twofold.example", Events: true}
	})
	w.behaviour = &simulator.Behaviour{ProtectedDataLevel: simulator.Level(2)}
	w.known = true
	w.untilHour(9)
	w.credited()
	w.settle()

	var carried struct {
		Args map[string]string `json:"unique_args"`
	}
	w.must(json.Unmarshal([]byte(came(box)[0].Header.Get("X-SMTPAPI")), &carried))
	for range 2 {
		w.must(w.Mail.CameBack(w.ctx, carried.Args["twofold"], false, w.now()))
	}
	w.later()
	w.settle()
	if got, want := w.mails(), []string{"bought sent", "issued stopped"}; !slices.Equal(got, want) {
		t.Errorf("outbox %v, want %v", got, want)
	}
	if err := w.Mail.CameBack(w.ctx, "k1.x", true, w.now()); fault.CodeOf(err) != "mail_link" {
		t.Errorf("a token of nobody's: %v", err)
	}
}

// A mail that comes back after its reader was erased leaves nothing of them; one to whoever came back since does.
func TestALateBounceOfAnErasedReaderLeavesNothing(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.credited()
	w.settle()
	opened, err := url.Parse(strings.Trim(came(box)[0].Header.Get("List-Unsubscribe"), "<>"))
	w.must(err)
	token, sent := opened.Query().Get("t"), w.now()

	w.must(w.sim.Advance(w.ctx, time.Minute))
	w.erase(w.alice())
	w.must(w.Mail.CameBack(w.ctx, token, false, sent))
	if strings.Contains(w.everything(), "mail_stops") {
		t.Error("the late bounce is remembered")
	}

	w.must(w.sim.Advance(w.ctx, time.Minute))
	w.must(w.Mail.CameBack(w.ctx, token, false, w.now()))
	if !strings.Contains(w.everything(), "mail_stops") {
		t.Error("a bounce since is not remembered")
	}
}

// Where the app sees no addresses Shopify Flow is told the same, of the same people, by the triggers of the extension, and
// no address is in it.
func TestFlowIsToldInThePlaceOfMails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *jobstest.Config) { c.Mail.Flow = true })
	w.known = true
	w.untilHour(9)
	w.credited()
	w.settle()
	w.later()
	w.settle()
	if got, want := w.mails(), []string{"bought flow", "issued flow"}; !slices.Equal(got, want) {
		t.Errorf("outbox %v, want %v", got, want)
	}

	told, err := w.sim.FlowTriggers(string(w.shop))
	w.must(err)
	var handles []string
	for _, f := range told {
		handles = append(handles, f.Handle)
		if body := fmt.Sprint(f.Payload); strings.Contains(body, "@") || f.Payload["Offer"] == nil || f.Payload["Link"] == nil {
			t.Errorf("%s says %s", f.Handle, body)
		}
	}
	if want := []string{"referral-link", "referral-bought", "referral-issued"}; !slices.Equal(handles, want) {
		t.Fatalf("told %q, want %q", handles, want)
	}
	issued := told[2].Payload
	if issued["Code"] != w.referral().Rewards[referral.AdvocateSide].Code || issued["Offer"] != "$20 off" {
		t.Errorf("of the reward it says %v", issued)
	}
}

// Whoever wants no mails is not told of by Flow either, and what waits for the morning waits.
func TestFlowObeysWhatMailsObey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *jobstest.Config) { c.Mail.Flow = true })
	w.known = true
	w.untilHour(23)
	w.credited()
	w.settle()
	hash := w.hash.Hash(w.shop, referral.MailStop, string(w.alice()))
	w.must(w.kept.StopMails(w.ctx, w.shop, hash, referral.StopAsked, w.now()))
	w.untilHour(9)
	w.settle()
	if got := w.mails(); !slices.Equal(got[:1], []string{"bought stopped"}) {
		t.Errorf("outbox %v", got)
	}
}

// Whoever the merchant makes one hears once, and nothing where either of them wanted no mails: the link of an old mail
// too stops what the one who stays would get.
func TestAMergeCarriesMailsAndTheWishForNone(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says         string
		before, link bool // the link of the old mail is opened before the merge, or after it
		back         bool // the old mail came back
		want         string
	}{
		{"the one who stays is told", false, false, false, "issued sent"},
		{"who went wanted none", true, false, false, "issued stopped"},
		{"the old link is opened later", false, true, false, "issued stopped"},
		{"who went has no mailbox", false, false, true, "issued sent"},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			box := mailbox(t)
			w := mailing(t, box)
			w.credited()
			w.settle()
			opened, err := url.Parse(strings.Trim(came(box)[0].Header.Get("List-Unsubscribe"), "<>"))
			w.must(err)
			stop := func() {
				_, err := w.Mail.Stop(w.ctx, opened.Query().Get("t"))
				w.must(err)
			}

			stays, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "al@example.com"})
			w.must(err)
			if row.before {
				stop()
			}
			if row.back {
				w.must(w.Mail.CameBack(w.ctx, opened.Query().Get("t"), false, w.now()))
			}
			for range 2 {
				w.must(w.People.Merge(w.ctx, w.shop, w.alice(), referral.CustomerID(stays.GID)))
			}
			if row.link {
				stop()
			}
			w.later()
			w.settle()
			if got, want := w.mails(), []string{"bought sent", row.want}; !slices.Equal(got, want) {
				t.Errorf("outbox %v, want %v", got, want)
			}
		})
	}
}

// A mail has the merchant's sender, address for answers and words, in the languages in which there are some.
func TestMailsSayWhatTheMerchantWrote(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.issued()
	look := tenant.MailLook{Sender: "Demo & Friends", ReplyTo: "hi@demo.example"}
	w.must(w.Shops.Choose(w.ctx, w.shop, tenant.Settings{MailLook: look}))
	w.must(w.Mail.Reword(w.ctx, w.shop, "issued", "de", text.Own{"says": "Alles dein: {offer}, mit {code}.\r\n\r\nBis bald!"}))
	w.must(w.Mail.Reword(w.ctx, w.shop, text.EveryMail, "de", text.Own{"use": "Los"}))
	w.must(w.Mail.Reword(w.ctx, w.shop, "issued", "en", text.Own{"says": "Not this."}))
	if err := w.Mail.Reword(w.ctx, w.shop, "issued", "de", text.Own{"says": "{name}"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("what stands for nothing: %v", err)
	}
	if err := w.Mail.Reword(w.ctx, w.shop, "issued", "it", text.Own{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a language that nobody is written to in: %v", err)
	}
	w.settle()

	mails := came(box)
	if len(mails) != 1 {
		t.Fatalf("%d mails came", len(mails))
	}
	from, err := mails[0].Header.AddressList("From")
	w.must(err)
	answers := mails[0].Header.Get("Reply-To")
	if from[0].Name != look.Sender || !strings.Contains(answers, look.ReplyTo) {
		t.Errorf("from %v, answers to %s", from, answers)
	}
	says := regexp.MustCompile(`Deine Prämie ist da\n\nAlles dein: 20.\$ Rabatt, mit [A-Z0-9-]+\.\n\nBis bald!\n\nDein Code: [\s\S]*Los:\n`)
	if text := strings.ReplaceAll(mails[0].Text, "\r\n", "\n"); !says.MatchString(text) {
		t.Errorf("the mail says %s", text)
	}
}

// A mail that the server does not take is tried again, and one that it refuses is not.
func TestMailsAreTriedAgain(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.issued()

	box.Refuse(451)
	w.settle()
	if diff := cmp.Diff([]string{"bought overtaken", "issued "}, w.mails()); diff != "" || len(came(box)) != 0 {
		t.Errorf("while it is not taken: -want +got\n%s%d came", diff, len(came(box)))
	}
	box.Refuse(0)
	w.later()
	w.settle()
	if diff := cmp.Diff([]string{"bought overtaken", "issued sent"}, w.mails()); diff != "" || len(came(box)) != 1 {
		t.Errorf("then: -want +got\n%s%d came", diff, len(came(box)))
	}

	other := mailing(t, box)
	other.issued()
	box.Refuse(550)
	other.settle()
	if diff := cmp.Diff([]string{"bought overtaken", "issued refused"}, other.mails()); diff != "" {
		t.Errorf("refused: -want +got\n%s", diff)
	}
	if strings.Contains(w.log.String()+other.log.String(), "@") {
		t.Errorf("the log has an address: %s%s", w.log, other.log)
	}
}

// Without a mail server, and without an address, nothing is sent, and nothing fails.
func TestMailsThatCannotBeSent(t *testing.T) {
	t.Parallel()
	plain := newWorld(t)
	plain.issued()
	plain.settle()
	if got := plain.mails(); !slices.Equal(got, []string{"bought overtaken", "issued not_set_up"}) {
		t.Errorf("without a mail server: %v", got)
	}

	box := mailbox(t)
	level1 := newWorld(t, func(c *jobstest.Config) {
		c.Mail = mail.Config{Sender: mail.SMTP{Host: box.Host(), Port: box.Port(), From: "a@b.example"}}
	})
	level1.issued()
	level1.settle()
	if got := level1.mails(); !slices.Equal(got, []string{"bought overtaken", "issued no_address"}) {
		t.Errorf("at level 1: %v", got)
	}

	erased := mailing(t, box)
	erased.issued()
	erased.must(erased.run(erased.asked("customers/redact", erased.alice())))
	erased.settle()
	if n := len(came(box)); n != 0 {
		t.Errorf("%d mails came", n)
	}
	for _, outcome := range erased.mails() { // the merchant's own are not among them: a digest comes on Mondays
		if strings.HasSuffix(outcome, " "+string(referral.MailSent)) {
			t.Errorf("a mail to an erased person was sent: %s", outcome)
		}
	}
}
