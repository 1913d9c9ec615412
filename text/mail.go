package text

import (
	"time"

	"twofold/referral"
)

// Mail is the words of one mail.
type Mail struct {
	Subject string
	Heading string
	Lines   []string
	Code    string // the discount code, or the link to share; "" where there is none
	Long    bool   // it is longer than a code
	Label   string // stands above it
	Until   string // how long it works
	Button  string // of the one link
	Why     string // why the person gets it
	NoMore  string // of the link at its end, by which they get other mails or no more
}

// About is what a mail tells of beside its notice.
type About struct {
	Shop  string         // the shop's name
	Zone  *time.Location // by whose days it counts
	Offer referral.Offer // of the notice's side, in the version of its terms
	Link  string         // by which an advocate shares
}

// Mail words what a notice tells: whole on its own, since it is read without the page around it.
func (p *Printer) Mail(n referral.Notice, about About) Mail {
	if n.SignIn != "" {
		return p.signInMail(n, about)
	}

	kind := string(n.Kind)
	with := With{
		"shop": about.Shop, "offer": p.given(about.Offer, n), "release": n.Release.In(about.Zone),
		"end": n.EndsAt.In(about.Zone),
	}
	m := Mail{
		Subject: p.Say("shopper.mail.subject."+kind, with),
		Heading: p.Say("shopper.mail.heading."+kind, with),
		Lines:   []string{p.Say("shopper.mail.says."+kind, with)},
		Button:  p.Say("shopper.mail.see"),
		Why:     p.Say("shopper.mail.why_advocate", with),
		NoMore:  p.Say("shopper.mail.choose"),
	}
	if n.Advocate == "" {
		m.Why = p.Say("shopper.mail.why_friend", with)
	}

	switch n.Kind {
	case referral.NoticeLink:
		m.Code, m.Label, m.Until = about.Link, p.Say("shopper.mail.link"), p.Say("shopper.mail.send")
		m.Long = true
	case referral.NoticeIssued, referral.NoticeFriendReward, referral.NoticeRewardEnds, referral.NoticeFriendCode,
		referral.NoticeFriendCodeEnds:
		m.Code, m.Label, m.Button = n.Code, p.Say("shopper.mail.code"), p.Say("shopper.mail.use")
		m.Until = p.Say("shopper.mail.once")
		if !n.EndsAt.IsZero() {
			m.Until = p.Say("shopper.mail.until", with)
		}
	case referral.NoticeTakenBack:
		m.Lines = append([]string{p.Say("shopper.progress.reversed." + cause(n.Reason))}, m.Lines...)
	}
	return m
}

// signInMail words a mail to an address that somebody has typed: it tells nothing of whoever has it.
func (p *Printer) signInMail(n referral.Notice, about About) Mail {
	kind := string(n.Kind)
	with := With{"shop": about.Shop, "minutes": int(referral.SignInFor.Minutes())}
	return Mail{
		Subject: p.Say("shopper.mail.subject."+kind, with),
		Heading: p.Say("shopper.mail.heading."+kind, with),
		Lines:   []string{p.Say("shopper.mail.says."+kind, with)},
		Code:    n.Code,
		Label:   p.Say("shopper.mail.sign_in_code"),
		Until:   p.Say("shopper.mail.sign_in_until", with),
		Button:  p.Say("shopper.mail.enter"),
		Why:     p.Say("shopper.mail.why_typed", with),
		NoMore:  p.Say("shopper.mail.no_more"),
	}
}

// given words what a reward gives: a share of an order is an amount by now. A friend's offer is as the terms have it.
func (p *Printer) given(o referral.Offer, n referral.Notice) string {
	if n.Amount.Currency != "" && (o.Kind == referral.ShareOfOrder || o.Kind == referral.AmountOff) {
		return p.Offer(referral.Offer{Kind: referral.AmountOff, Amount: n.Amount})
	}
	return p.Offer(o)
}
