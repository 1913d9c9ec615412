package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/claims"
	"twofold/jobs/jobstest"
	"twofold/local"
	"twofold/mail"
	"twofold/people"
	"twofold/referral"
	"twofold/simulator"
)

// Histories of mails have guests who join by an address, prove it, or buy with it, referrals that are asked for as
// missed, and people who want no mails or are erased. Their mails, and those of all other histories, go to a real mail
// server; in the disturbed play it is away at times, and at times what it has taken is not heard of.

// mailKinds are the events of histories of mails, as often as they are to be drawn.
var mailKinds = strings.Fields(`minutes claim claim sign visit order order order order order order refund cancel dispute
day day day day act spend regret join join join prove prove names names stop stop erase miss miss`)

// post is the mail server as the program meets it.
type post struct {
	smtp mail.SMTP
	now  func() time.Time

	mu    sync.Mutex
	fate  int            // of what is sent now
	taken map[string]int // how often the mail server has taken a mail, by its Message-ID
	mails []posted
}

// posted is a mail that the server has taken.
type posted struct {
	at       time.Time
	to, text string
}

// What becomes of what is sent.
const (
	postWorks = iota
	postAway
	postUnheard // the server takes the mail, and its yes is lost
)

// errPost is what such a send fails with.
var errPost = errors.New("the mail server does not answer")

func openPost(t *testing.T) *post {
	t.Helper()
	box, err := local.StartMailbox("127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { check(t, box.Close()) })
	return &post{smtp: mail.SMTP{Host: box.Host(), Port: box.Port(), From: "friends@twofold.example"}}
}

// Send hands a mail over, as its fate is.
func (p *post) Send(ctx context.Context, l mail.Letter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fate == postAway {
		return errPost
	}
	if err := p.smtp.Send(ctx, l); err != nil {
		return err
	}
	p.taken[l.ID]++
	p.mails = append(p.mails, posted{p.now(), strings.ToLower(l.To), l.Text})
	if p.fate == postUnheard {
		return errPost
	}
	return nil
}

func (p *post) empty(now func() time.Time) {
	p.now, p.fate, p.taken, p.mails = now, postWorks, map[string]int{}, nil
}

func (p *post) works() { p.fate = postWorks }

// fails has an event decide whether the mail server works.
func (p *post) fails(e event) {
	p.fate = []int{postWorks, postAway, postUnheard, postWorks}[(e.Fate+e.Ref)%4]
}

// addresses are what guests type: two of nobody's, and at level 2, where an address tells of a customer, an advocate's.
func (s *stageShop) addresses() []string {
	all := []string{"guest-0@example.com", "guest-1@example.com"}
	if s.role.level2 {
		all = append(all, "advocate-0@example.com")
	}
	return all
}

// typed is the address that an event is about; "": of somebody who was erased.
func (s *stageShop) typed(e event) string {
	address := s.addresses()[e.Who%len(s.addresses())]
	if at, quiet := s.quiet[address]; quiet && at.IsZero() {
		return ""
	}
	return address
}

// join has somebody join by an address. From then on friends open their link, too.
func (s *stageShop) join(e event) string {
	address := s.typed(e)
	if address == "" {
		return "erased"
	}
	view, err := s.role.Claims.JoinGuest(s.role.ctx, claims.GuestRequest{Shop: s.id, Address: address, Language: "en", At: s.role.signed()})
	if err == nil {
		s.advocates = append(s.advocates, view.Advocate)
	}
	return answered(err)
}

// prove has somebody ask for a mail to an address, and follow its link.
func (s *stageShop) prove(e event) string {
	address := s.typed(e)
	if address == "" {
		return "erased"
	}
	s.role.post.works() // who waits before the page asks again
	s.role.settle()
	asked, err := s.role.Claims.AskSignIn(s.role.ctx, claims.GuestRequest{Shop: s.id, Address: address, Language: "en", At: s.role.signed()})
	s.role.must(err)
	s.role.rest()
	_, err = s.role.Claims.Enter(s.role.ctx, claims.EnterRequest{Shop: s.id, Asked: asked})
	s.role.rest()
	return answered(err)
}

// names has somebody buy with an address that guests type.
func (s *stageShop) names(e event) string {
	address := s.typed(e)
	if address == "" {
		return "erased"
	}
	return s.place(simulator.OrderInput{
		Email: strings.ToUpper(address[:1]) + address[1:], Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}},
		Test: e.Other == 7, Attributes: map[string]string{},
	})
}

// stop has a guest, an advocate or a friend want no mails any more.
func (s *stageShop) stop(e event) string {
	s.role.settle() // what was decided before may be told
	email, who := "guest-0@example.com", "guest-0@example.com"
	switch e.Who % 3 {
	case 0:
		email, who = "advocate-0@example.com", string(s.sharers[0])
	case 1:
		email, who = friendEmail(e.Other%friends), string(s.customers[e.Other%friends])
	}
	hash := s.role.hasher.Hash(s.id, referral.MailStop, who)
	s.role.must(s.role.store.StopMails(s.role.ctx, s.id, hash, referral.StopAsked, s.role.Now()))
	s.quiet[email] = s.role.Now()
	return "stopped"
}

// erase has the second advocate erased, whom nobody's address names.
func (s *stageShop) erase(event) string {
	s.role.settle()
	who := s.sharers[1]
	erasure := people.Erasure{ID: "era_" + string(s.id), Customer: who}
	s.role.must(s.role.People.Erase(s.role.ctx, s.id, erasure))
	s.role.settle()
	s.quiet["advocate-1@example.com"] = s.role.Now()
	return "erased"
}

// miss has a friend, or the first advocate, ask for an order as missed.
func (s *stageShop) miss(e event) string {
	if len(s.orders) == 0 {
		return "no order"
	}
	s.role.settle()
	ask := claims.MissingRequest{
		Shop: s.id, Customer: s.customers[e.Who%friends], By: referral.FriendSide, Order: s.orders[e.Ref%len(s.orders)].Name,
		Sent: s.advocates[e.Other%len(s.advocates)].Code(), At: s.role.signed(),
	}
	if e.Pick%3 == 0 {
		ask.Customer, ask.By, ask.Sent = s.sharers[0], referral.AdvocateSide, ""
	}
	_, err := s.role.Claims.AskMissing(s.role.ctx, ask)
	s.role.settle()
	return answered(err)
}

// outMail is a mail in the outbox.
type outMail struct {
	Key     string               `bson:"_id"`
	Kind    referral.NoticeKind  `bson:"kind"`
	Code    string               `bson:"code"`
	Open    bool                 `bson:"open"`
	Outcome referral.MailOutcome `bson:"outcome"`
	DueAt   time.Time            `bson:"due_at"`
	Tries   int                  `bson:"tries"`
}

// sleptThrough tells whether a digest became too late without a try: a history leaps by 25 hours, so that it may meet its
// shop at night for a week. Whoever has days has an hour for it.
func (m outMail) sleptThrough() bool {
	return m.Outcome == referral.MailLate && m.Kind == referral.NoticeDigest && m.Tries == 0
}

func (s *stageShop) outbox() (all []outMail) {
	r := s.role
	found, err := r.servers.Admin.Database(r.database).Collection("mails").Find(r.ctx, bson.D{{Key: "shop", Value: s.id}})
	r.must(err)
	r.must(found.All(r.ctx, &all))
	return all
}

// endings of mails that were not sent though the mail server works in the end: who is told wants none, is erased, or has
// no address, or something else was true by then.
var untold = map[referral.MailOutcome]bool{
	referral.MailStopped: true, referral.MailErased: true, referral.MailNoAddress: true, referral.MailOvertaken: true,
}

// checkMails: what was due was told or given up for a reason; what is said to be sent has come; of each reward that
// stands its owner has heard; and nobody who wanted no mails, or was erased, has had one since.
func (s *stageShop) checkMails(all []referral.Referral) {
	t := s.role.t
	told := map[string]referral.MailOutcome{}
	for _, m := range s.outbox() {
		if m.Open && !m.DueAt.After(s.role.Now()) {
			t.Errorf("the mail %s waits since %s", m.Key, m.DueAt)
		}
		done := m.Outcome == referral.MailSent || m.Outcome == referral.MailFlow || untold[m.Outcome]
		if !m.Open && !done && !m.sleptThrough() {
			t.Errorf("the mail %s ended as %s", m.Key, m.Outcome)
		}
		if m.Outcome == referral.MailSent && m.Code != "" && !s.role.post.has(m.Code) {
			t.Errorf("the mail %s is said to be sent, and none with its code came", m.Key)
		}
		if m.Kind == referral.NoticeIssued || m.Kind == referral.NoticeFriendReward {
			told[m.Code] = m.Outcome
		}
	}

	for _, one := range all {
		for _, issue := range one.Issues {
			if _, known := told[issue.Code]; !known && !one.Friend.Test() && !issue.TakenBack {
				t.Errorf("nobody is told of the reward for %s", one.Friend)
			}
		}
	}

	for _, m := range s.role.post.mails {
		if since, quiet := s.quiet[m.to]; quiet && m.at.After(since) && strings.Contains(m.text, string(s.id)) {
			t.Errorf("%s wanted no mails since %s, and got one at %s:\n%s", m.to, since, m.at, m.text)
		}
	}
}

// mailsSeen are what became of the mails, for the tally, and of the guests.
func (s *stageShop) mailsSeen() (seen []string) {
	for _, m := range s.outbox() {
		if !m.Open {
			seen = append(seen, fmt.Sprintf("mail %s %s", m.Kind, m.Outcome))
		}
	}
	all, err := s.role.store.ListAdvocates(s.role.ctx, s.id, 100)
	s.role.must(err)
	for _, a := range all {
		switch {
		case a.Named.Order != "":
			seen = append(seen, "a guest is named")
		case !a.ProvedAt.IsZero():
			seen = append(seen, "an address is proved")
		}
	}
	return seen
}

// has tells whether a mail with a code came.
func (p *post) has(code string) bool {
	for _, m := range p.mails {
		if strings.Contains(m.text, code) {
			return true
		}
	}
	return false
}

// checkOnce: while nothing fails no event is told twice.
func (r *role) checkOnce() {
	for id, times := range r.post.taken {
		if times > 1 {
			r.t.Errorf("the mail %s came %d times", id, times)
		}
	}
}

// checkNoAddress: no address stands in clear in the database, in Redis or in the log.
func (r *role) checkNoAddress() {
	kept, err := jobstest.RedisTexts(r.ctx, r.servers.Redis)
	r.must(err)
	for _, s := range r.shops {
		docs, err := r.servers.Documents(r.ctx, r.database, s.id)
		r.must(err)
		kept = append(kept, docs...)
	}
	for _, text := range append(kept, strings.Split(r.log.String(), "\n")...) {
		if lower := strings.ToLower(text); strings.Contains(lower, "guest-") || strings.Contains(lower, "@example.com") {
			r.t.Errorf("an address is kept in clear: %.300s", text)
		}
	}
}
