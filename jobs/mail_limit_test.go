package jobs_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"twofold/jobs/jobstest"
	"twofold/local"
	"twofold/mail"
	"twofold/referral"
	"twofold/simulator"
	"twofold/tenant"
)

// join has customers join one after another, and returns their addresses.
func (w *world) join(n int) (addresses []string) {
	w.t.Helper()
	for i := range n {
		address := fmt.Sprintf("guest%d@example.com", i)
		known, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: address})
		w.must(err)
		w.joins(referral.CustomerID(known.GID))
		w.must(w.sim.Advance(w.ctx, time.Second))
		addresses = append(addresses, address)
	}
	return addresses
}

// sentTo are the addresses of the shoppers' mails that came.
func sentTo(box *local.Mailbox) (to []string) {
	for _, m := range box.Mails() {
		if !strings.HasPrefix(m.To, "owner@") {
			to = append(to, m.To)
		}
	}
	return to
}

// What is beyond the day's limit waits for the next day, in order; the part that is kept for mails to sign in with is
// theirs, and they go first.
func TestMailsBeyondTheDaysLimitWait(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	w := mailing(t, box)
	w.live()
	today := w.now().In(shopZone).Format(time.DateOnly)
	w.must(w.kept.SaveSettings(w.ctx, w.shop, tenant.Settings{MailLimit: 20}))
	_, err := w.kept.CountMails(w.ctx, w.shop, tenant.MailDay{Day: today, Sent: 16})
	w.must(err)

	waited := w.join(4)
	w.joinsBy("gina@example.com")
	w.settle()
	if got, want := sentTo(box), []string{"gina@example.com", waited[0]}; !slices.Equal(got, want) {
		t.Errorf("on the day came %q, want %q", got, want)
	}
	shop, err := w.kept.FindShop(w.ctx, w.shop)
	w.must(err)
	if want := (tenant.MailDay{Day: today, Sent: 18, Waiting: 3}); shop.Mails != want {
		t.Errorf("the day is %+v, want %+v", shop.Mails, want)
	}

	for _, address := range []string{"hugo@example.com", "ida@example.com", "jo@example.com"} {
		w.joinsBy(address)
		w.settle()
	}
	if got, want := sentTo(box)[2:], []string{"hugo@example.com", "ida@example.com"}; !slices.Equal(got, want) {
		t.Errorf("of the part that is kept came %q, want %q", got, want)
	}

	w.untilHour(9)
	w.settle()
	if got, want := sentTo(box)[4:], append([]string{"jo@example.com"}, waited[1:]...); !slices.Equal(got, want) {
		t.Errorf("on the next day came %q, want %q", got, want)
	}
}

// pausing is a mail server before which the merchant pauses mails as soon as one was taken.
type pausing struct {
	mail.SMTP
	then *func()
}

func (p pausing) Send(ctx context.Context, l mail.Letter) error {
	err := p.SMTP.Send(ctx, l)
	(*p.then)()
	return err
}

// A pause holds from the next mail on, also while many are being sent.
func TestAPauseStopsMailsUnderWay(t *testing.T) {
	t.Parallel()
	box := mailbox(t)
	pause := func() {}
	w := newWorld(t, func(c *jobstest.Config) {
		c.Level2 = true
		c.Mail.Sender = pausing{mail.SMTP{Host: box.Host(), Port: box.Port(), From: "rewards@twofold.example"}, &pause}
	})
	w.behaviour = &simulator.Behaviour{ProtectedDataLevel: simulator.Level(2)}
	w.known = true
	w.untilHour(9)
	w.live()
	pause = func() { w.must(w.Shops.Choose(w.ctx, w.shop, tenant.Settings{MailsPaused: true})) }

	to := w.join(3)
	w.settle()
	if got := sentTo(box); !slices.Equal(got, to[:1]) {
		t.Errorf("came %q, want %q", got, to[:1])
	}
	if n, err := w.kept.CountWaitingMails(w.ctx, w.shop, w.now().Add(15*time.Minute), 10); err != nil || n != 2 {
		t.Errorf("%d wait, %v", n, err)
	}
}
