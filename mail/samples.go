package mail

import (
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// Sample is one mail as it may be sent, for looking at: tests, `twofold mail preview`, and the merchant's page of mails.
type Sample struct {
	Name   string
	notice referral.Notice
	offer  referral.Offer
}

// Kind is the kind of mail that it is.
func (s Sample) Kind() referral.NoticeKind { return s.notice.Kind }

// SampleShop is a shop that has chosen nothing.
var SampleShop = tenant.Shop{
	Profile: tenant.Profile{Name: "Fold & Field", PrimaryURL: "https://fold.example", Currency: "USD"},
	Proxy:   "/apps/friends",
}

// Write words the sample as the shop would send it, in words of its own where it has some.
func (s Sample) Write(p *text.Printer, shop tenant.Shop, own text.Own) (Letter, error) {
	const app, token = "https://app.example.com", "?t=sample"
	return s.write(p, shop, own, links{Stop: app + ChoosePath + token, OneClick: app + StopPath + token})
}

// write is Write with what the links at the mail's end open.
func (s Sample) write(p *text.Printer, shop tenant.Shop, own text.Own, to links) (Letter, error) {
	worth, err := money.Parse("20", shop.Profile.Currency)
	if err != nil {
		return Letter{}, fmt.Errorf("mail: sample: %w", err)
	}
	notice := s.notice
	if notice.Amount.Currency != "" {
		notice.Amount = worth
	}

	about := text.About{Shop: shop.Profile.Name, Zone: time.UTC, Offer: s.offer, Link: shareLink(shop, notice), Own: own}
	to.Link = link(shop, notice)
	if notice.SignIn != "" {
		to.Link = enterPage(shop) + "sample"
	}
	return write(p, notice, about, shop.Settings.MailLook, to)
}

// Sample is a mail of a kind as the shop would send it, in a language and in words of its own where it has some. NotFound:
// shoppers get none of that kind.
func (s *Service) Sample(shop tenant.Shop, kind, language string, own text.Own) (Letter, error) {
	sample, err := sampleOf(kind)
	if err != nil {
		return Letter{}, err
	}
	return sample.Write(text.In(language), shop, own)
}

// sampleOf is the first sample of a kind. NotFound: shoppers get none of that kind.
func sampleOf(kind string) (Sample, error) {
	all := Samples()
	at := slices.IndexFunc(all, func(s Sample) bool { return string(s.notice.Kind) == kind })
	if at < 0 {
		return Sample{}, fault.ForLog(fault.NotFound, "mail: shoppers get no mail of kind %q", kind)
	}
	return all[at], nil
}

// Samples are all kinds of mails, and those forms of them that read otherwise.
func Samples() []Sample {
	day := func(n int) time.Time { return time.Date(2026, 12, n, 12, 0, 0, 0, time.UTC) }
	twenty := money.MustParse("20", "USD")
	amount, shipping := referral.Offer{Kind: referral.AmountOff}, referral.Offer{Kind: referral.FreeShipping}
	percent := referral.Offer{Kind: referral.PercentOff, RateBP: 1500}
	of := func(kind referral.NoticeKind, reason referral.Reason) referral.Notice {
		n := referral.Notice{
			Kind: kind, Amount: twenty, Code: "FOLD-7QK2", EndsAt: day(31), Release: day(14), Reason: reason,
		}
		switch kind {
		case referral.NoticeFriendReward, referral.NoticeFriendCode, referral.NoticeFriendCodeEnds:
			n.Customer = "gid://shopify/Customer/1"
		default:
			n.Advocate = "adv_1"
		}
		return n
	}
	endless := of(referral.NoticeIssued, "")
	endless.EndsAt = time.Time{}
	typed := func(kind referral.NoticeKind) referral.Notice {
		return referral.Notice{Kind: kind, SignIn: "sgn_1", Code: "7QK2-FD9H"}
	}
	bought := of(referral.NoticeBought, "")
	bought.Code = ""

	return []Sample{
		{"link", of(referral.NoticeLink, ""), amount},
		{"friend-code", of(referral.NoticeFriendCode, ""), percent},
		{"friend-code-ends", of(referral.NoticeFriendCodeEnds, ""), percent},
		{"bought", bought, amount},
		{"issued", of(referral.NoticeIssued, ""), amount},
		{"issued-without-end", endless, percent},
		{"friend-reward", of(referral.NoticeFriendReward, ""), shipping},
		{"reward-ends", of(referral.NoticeRewardEnds, ""), amount},
		{"taken-back", of(referral.NoticeTakenBack, referral.ReasonRefunded), amount},
		{"prove", typed(referral.NoticeProve), amount},
		{"sign-in", typed(referral.NoticeSignIn), amount},
		{"taken-back-by-the-shop", of(referral.NoticeTakenBack, referral.ReasonMerchant), amount},
	}
}

// MerchantSample is one mail to the merchant as it may be sent.
type MerchantSample struct {
	Name  string
	words func(p *text.Printer, shop string) text.Mail
}

// Write words the sample for a shop.
func (s MerchantSample) Write(p *text.Printer, shop tenant.Shop) (Letter, error) {
	const admin = "https://admin.example"
	to := links{Link: admin + "/app", Stop: admin + notifyPath}
	return compose(p, s.words(p, shop.Profile.Name), shop.Profile.Name, tenant.MailLook{}, to)
}

// MerchantSamples are all mails to the merchant, and those forms of them that read otherwise.
func MerchantSamples() []MerchantSample {
	usd := func(units string) money.Amount { return money.MustParse(units, "USD") }
	monday := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	week := text.Digest{
		First: monday.AddDate(0, 0, -7), Last: monday.AddDate(0, 0, -1), Orders: 18, Revenue: usd("1240"), Cost: usd("312.50"),
	}
	busy := week
	busy.Orders, busy.Waiting = 1, 3

	review := func(count int) func(*text.Printer, string) text.Mail {
		return func(p *text.Printer, shop string) text.Mail { return p.ReviewMail(shop, count) }
	}
	digest := func(d text.Digest) func(*text.Printer, string) text.Mail {
		return func(p *text.Printer, shop string) text.Mail { return p.DigestMail(shop, d) }
	}
	budget := func(p *text.Printer, shop string) text.Mail {
		return p.BudgetMail(shop, "Give $20, get $20", usd("820"), usd("1000"))
	}
	return []MerchantSample{
		{"needs-look", review(1)}, {"needs-look-several", review(12)}, {"budget-near", budget},
		{"digest", digest(week)}, {"digest-with-review", digest(busy)}, {"test", (*text.Printer).TryMail},
	}
}
