package storefront

import (
	"html/template"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"twofold/claims"
	"twofold/referral"
	"twofold/text"
)

// pageWay is a way to send the link.
type pageWay struct {
	To    template.URL
	Label string
}

// pageFriend is a friend as their advocate sees them: a number, and how the order stands.
type pageFriend struct {
	Number string
	Says   string
	Trail  []pageMark // none: it did not complete
	Why    string     // where the reward is
}

// pageMark is a step on the way to the reward.
type pageMark struct {
	Label, Day string
	On         bool
}

// pageReward is a reward that can be spent.
type pageReward struct {
	Sum, Until, Code, Use string
	Copy                  pageCopy
}

// pageCopy is a button that copies, shown where the browser can.
type pageCopy struct{ Text, Label, Done string }

func (p shopPage) copyOf(what string) pageCopy {
	return pageCopy{what, p.Say("shopper.widget.buttons.copy"), p.Say("shopper.widget.shared.copied")}
}

// CopyLink is the button beside the advocate's link.
func (p shopPage) CopyLink() pageCopy { return p.copyOf(p.Link) }

// ways are those to send the link that need no script. Sources: faq.whatsapp.com, click to chat; RFC 6068; RFC 5724 and
// what telephones make of it ("sms:?&body=").
func (p shopPage) ways(v claims.PageView) []pageWay {
	invite := url.PathEscape(p.Invite(v.Offer, *v.Mine))
	way := func(to, name string) pageWay {
		return pageWay{template.URL(to), p.Say("shopper.widget.link." + name)} //nolint:gosec // escaped above
	}
	return []pageWay{
		way("https://wa.me/?text="+strings.ReplaceAll(invite, "&", "%26"), "whatsapp"),
		way("mailto:?body="+strings.ReplaceAll(invite, "&", "%26"), "email"),
		way("sms:?&body="+strings.ReplaceAll(invite, "&", "%26"), "sms"),
	}
}

// standing tells an advocate how each friend and each reward stands, the newest first, and the rules in short.
func (p *shopPage) standing(v claims.PageView, now time.Time) {
	if v.Mine == nil || v.Link != claims.RefNone && v.Link != claims.RefOwn {
		return
	}

	p.Mine = true
	if v.State == referral.CampaignLive {
		p.Rules = []string{
			p.Say("shopper.page.rule_days", text.With{"days": p.Say("shopper.widget.message.days", text.With{"count": v.Offer.Days})}),
			p.Say("shopper.page.rule_returned"),
		}
	}

	p.Waiting = p.WaitingFriends(v.Mine.Waiting)
	ordered := friendsOf(v.Mine.Referrals)
	for i, one := range ordered {
		p.Friends = append(p.Friends, p.friendOf(one, len(ordered)-i, now))
		p.reward(one, now)
	}
}

// friendsOf are the referrals of friends who have ordered.
func friendsOf(all []referral.Referral) []referral.Referral {
	var ordered []referral.Referral
	for _, one := range all {
		if one.State != referral.None {
			ordered = append(ordered, one)
		}
	}
	return ordered
}

func (p *shopPage) friendOf(r referral.Referral, number int, now time.Time) pageFriend {
	friend := pageFriend{Number: strconv.Itoa(number), Says: p.ordered(r, now), Why: p.Progress(r, now)}
	if r.Friend.Test() {
		friend.Says += " " + p.Say("shopper.page.test")
	}
	if r.State != referral.Voided {
		friend.Trail = p.trail(r, now)
	}
	return friend
}

// ordered says in a few words how a friend's order stands.
func (p *shopPage) ordered(r referral.Referral, now time.Time) string {
	reward := r.Rewards[referral.AdvocateSide]
	switch {
	case r.State == referral.Voided:
		return p.Say("shopper.page.incomplete")
	case wasGiven(reward):
		return p.Say("shopper.page.given", text.With{"day": reward.At.UTC()})
	}

	says := p.Say("shopper.page.ordered", text.With{"day": r.At.UTC()})
	if onItsWay(r) && now.Before(r.ReleaseAt) {
		left := int(math.Ceil(r.ReleaseAt.Sub(now).Hours() / 24))
		says += " " + p.Say("shopper.page.to_go", text.With{"count": left})
	}
	return says
}

// wasGiven tells whether the reward's code was given to the advocate, and not taken back.
func wasGiven(r referral.Reward) bool {
	switch r.State {
	case referral.RewardIssued, referral.RewardRedeemed, referral.RewardExpired:
		return true
	}
	return false
}

// onItsWay tells whether the reward comes by itself when the hold is over.
func onItsWay(r referral.Referral) bool {
	return r.State == referral.Approved || r.State == referral.Pending && r.Reason == referral.ReasonNone
}

// trail is the way of an order to its reward: it is placed, it can no longer be returned, the reward is there.
func (p *shopPage) trail(r referral.Referral, now time.Time) []pageMark {
	reward := r.Rewards[referral.AdvocateSide]
	given := wasGiven(reward)
	day := func(t time.Time) string {
		if t.IsZero() {
			return "–"
		}
		return p.Say("shopper.page.day", text.With{"day": t.UTC()})
	}

	var stands, comes time.Time
	if onItsWay(r) {
		stands, comes = r.ReleaseAt, r.ReleaseAt
	}
	if given {
		comes = reward.At
	}
	return []pageMark{
		{p.Say("shopper.page.mark_ordered"), day(r.At), true},
		{p.Say("shopper.page.mark_stands"), day(stands), given || !stands.IsZero() && !now.Before(stands)},
		{p.Say("shopper.page.mark_yours"), day(comes), given},
	}
}

// reward adds what the referral gave the advocate: with its code while it can be spent, else in a sentence.
func (p *shopPage) reward(r referral.Referral, now time.Time) {
	reward := r.Rewards[referral.AdvocateSide]
	switch reward.StateAt(now) {
	case referral.RewardIssued:
	case referral.RewardRedeemed, referral.RewardExpired, referral.RewardReversed, referral.RewardOwed, referral.RewardSettled:
		p.Past = append(p.Past, p.Say("shopper.page.past", text.With{"worth": p.Worth(reward), "says": p.Progress(r, now)}))
		return
	default:
		return
	}

	shown := pageReward{
		Sum: p.Worth(reward), Code: reward.Code, Copy: p.copyOf(reward.Code),
		Use: p.Root + "discount/" + url.PathEscape(reward.Code) + "?redirect=%2F",
	}
	if !reward.EndsAt.IsZero() {
		shown.Until = p.Say("shopper.page.until", text.With{"end": reward.EndsAt.UTC()})
	}
	p.Rewards = append(p.Rewards, shown)
}
