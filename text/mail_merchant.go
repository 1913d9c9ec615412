package text

import (
	"time"

	"twofold/money"
	"twofold/referral"
)

// ReviewMail tells the merchant that referrals wait for a look.
func (p *Printer) ReviewMail(shop string, count int) Mail {
	return p.merchantMail(shop, referral.NoticeReview, With{"count": count})
}

// BudgetMail tells the merchant that a campaign's budget of the month is nearly spent.
func (p *Printer) BudgetMail(shop, campaign string, settled, budget money.Amount) Mail {
	return p.merchantMail(shop, referral.NoticeBudget, With{
		"campaign": campaign, "settled": settled, "budget": budget,
	})
}

// Digest is what some days brought.
type Digest struct {
	First, Last   time.Time
	Orders        int
	Revenue, Cost money.Amount
	Waiting       int // how many referrals wait for a look now
}

// DigestMail tells the merchant what a week brought.
func (p *Printer) DigestMail(shop string, d Digest) Mail {
	m := p.merchantMail(shop, referral.NoticeDigest, With{
		"first": d.First, "last": d.Last, "count": d.Orders, "revenue": d.Revenue, "cost": d.Cost,
	})
	if d.Waiting > 0 {
		m.Lines = append(m.Lines, p.Say("merchant.mail.says.needs_look", With{"shop": shop, "count": d.Waiting}))
	}
	return m
}

// TryMail shows the merchant that mails come.
func (p *Printer) TryMail(shop string) Mail {
	return p.toMerchant(shop, Mail{
		Subject: p.Say("merchant.mail.try.subject"),
		Heading: p.Say("merchant.mail.try.heading"),
		Lines:   []string{p.Say("merchant.mail.try.says")},
		Button:  p.Say("merchant.mail.try.open"),
	})
}

func (p *Printer) merchantMail(shop string, kind referral.MerchantNoticeKind, with With) Mail {
	with["shop"] = shop
	return p.toMerchant(shop, Mail{
		Subject: p.Say("merchant.mail.subject."+string(kind), with),
		Heading: p.Say("merchant.mail.heading."+string(kind), with),
		Lines:   []string{p.Say("merchant.mail.says."+string(kind), with)},
		Button:  p.Say("merchant.mail.open." + string(kind)),
	})
}

// toMerchant adds what stands at the end of each mail to the merchant.
func (p *Printer) toMerchant(shop string, m Mail) Mail {
	m.Why, m.NoMore = p.Say("merchant.mail.why", With{"shop": shop}), p.Say("merchant.mail.choose")
	return m
}
