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
	Own   Own            // the merchant's words, in the printer's language
}

// Mail words what a notice tells: whole on its own, since it is read without the page around it.
func (p *Printer) Mail(n referral.Notice, about About) Mail {
	if n.SignIn != "" {
		return p.signInMail(n, about)
	}

	kind := string(n.Kind)
	with := With{
		"shop": about.Shop, "offer": p.Given(about.Offer, n), "code": n.Code,
		"release": n.Release.In(about.Zone), "end": n.EndsAt.In(about.Zone),
	}
	say := func(name, entry string) string { return p.own(about.Own, name, entry, with) }
	m := Mail{
		Subject: say("subject", "shopper.mail.subject."+kind),
		Heading: say("heading", "shopper.mail.heading."+kind),
		Lines:   lines(say("says", "shopper.mail.says."+kind)),
		Button:  say("see", "shopper.mail.see"),
		Why:     say("why_advocate", "shopper.mail.why_advocate"),
		NoMore:  say("choose", "shopper.mail.choose"),
	}
	if n.Advocate == "" {
		m.Why = say("why_friend", "shopper.mail.why_friend")
	}

	switch n.Kind {
	case referral.NoticeLink:
		m.Code, m.Long = about.Link, true
		m.Label, m.Until = say("link", "shopper.mail.link"), say("send", "shopper.mail.send")
	case referral.NoticeIssued, referral.NoticeFriendReward, referral.NoticeRewardEnds, referral.NoticeFriendCode,
		referral.NoticeFriendCodeEnds:
		m.Code, m.Label, m.Button = n.Code, say("code", "shopper.mail.code"), say("use", "shopper.mail.use")
		m.Until = say("once", "shopper.mail.once")
		if !n.EndsAt.IsZero() {
			m.Until = say("until", "shopper.mail.until")
		}
	case referral.NoticeTakenBack:
		why := say("taken_"+cause(n.Reason), "shopper.progress.reversed."+cause(n.Reason))
		m.Lines = append(lines(why), m.Lines...)
	}
	return m
}

// signInMail words a mail to an address that somebody has typed: it tells nothing of whoever has it.
func (p *Printer) signInMail(n referral.Notice, about About) Mail {
	kind := string(n.Kind)
	with := With{"shop": about.Shop, "minutes": int(referral.SignInFor.Minutes())}
	say := func(name, entry string) string { return p.own(about.Own, name, entry, with) }
	return Mail{
		Subject: say("subject", "shopper.mail.subject."+kind),
		Heading: say("heading", "shopper.mail.heading."+kind),
		Lines:   lines(say("says", "shopper.mail.says."+kind)),
		Code:    n.Code,
		Label:   say("sign_in_code", "shopper.mail.sign_in_code"),
		Until:   say("sign_in_until", "shopper.mail.sign_in_until"),
		Button:  say("enter", "shopper.mail.enter"),
		Why:     say("why_typed", "shopper.mail.why_typed"),
		NoMore:  say("no_more", "shopper.mail.no_more"),
	}
}

// Given words what a reward gives: a share of an order is an amount by now. A friend's offer is as the terms have it.
func (p *Printer) Given(o referral.Offer, n referral.Notice) string {
	if o.Kind == "" { // it is about none
		return ""
	}
	if n.Amount.Currency != "" && (o.Kind == referral.ShareOfOrder || o.Kind == referral.AmountOff) {
		return p.Offer(referral.Offer{Kind: referral.AmountOff, Amount: n.Amount})
	}
	return p.Offer(o)
}
