package mail

import (
	"time"

	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// Sample is one mail as it may be sent, for looking at: tests, and `twofold mail preview`.
type Sample struct {
	Name   string
	notice referral.Notice
	offer  referral.Offer
}

// Write words the sample.
func (s Sample) Write(p *text.Printer) (Letter, error) {
	shop := tenant.Shop{Profile: tenant.Profile{PrimaryURL: "https://fold.example"}, Proxy: "/apps/friends"}
	about := text.About{Shop: "Fold & Field", Zone: time.UTC, Offer: s.offer, Link: shareLink(shop, s.notice)}
	button := link(shop, s.notice)
	if s.notice.SignIn != "" {
		button = enterPage(shop) + "sample"
	}
	return write(p, s.notice, about, links{Link: button, Stop: "https://app.example.com" + ChoosePath + "?t=sample"})
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
