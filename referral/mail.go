package referral

import (
	"net/url"
	"slices"
	"time"

	"twofold/money"
	"twofold/tenant"
)

// Notice is something that somebody is to be told by mail. It is kept in the transaction that makes it true, so that no
// crash loses it, under a key that names the event, so that nobody is told twice. It has no address: that is read from
// Shopify when the mail is sent. One without a key tells nobody anything: it only overtakes.
type Notice struct {
	Key      string // names the event within the shop: one event makes one notice
	Kind     NoticeKind
	Advocate AdvocateID // who is told; "" where it is a friend, or the merchant
	Customer CustomerID // the friend who is told; "" where it is an advocate, or the merchant
	SignIn   SignInID   // the request whose address is written to, in the place of both; "" else
	At       time.Time  // when it was decided, however late that was; a reminder: when it is due

	Campaign CampaignKey // the version whose offer it is about; together with
	Side     Side
	Amount   money.Amount // what the reward is worth
	Code     string
	EndsAt   time.Time // when the code ends; zero: never
	Release  time.Time // when the reward comes, if the order stays
	Reason   Reason    // why it was taken back

	Overtakes string // the key of an earlier notice that is told no more, if it still waits; "": of none
	Undoes    bool   // if it does, neither is this one: what nobody heard of is not taken back
}

// NoticeKind says what somebody is told.
type NoticeKind string

// What is told.
const (
	NoticeBought       NoticeKind = "bought"        // an advocate: a friend has bought, the reward comes after the hold
	NoticeIssued       NoticeKind = "issued"        // an advocate: the reward is there
	NoticeFriendReward NoticeKind = "friend_reward" // a friend: so is the one that comes after their order
	NoticeTakenBack    NoticeKind = "taken_back"    // an advocate: the reward is gone
	NoticeRewardEnds   NoticeKind = "reward_ends"   // whoever has one: its code ends soon

	NoticeLink           NoticeKind = "link"             // an advocate: they have joined, and this is their link
	NoticeFriendCode     NoticeKind = "friend_code"      // a friend: they have taken the offer, and this is their code
	NoticeFriendCodeEnds NoticeKind = "friend_code_ends" // a friend: it ends soon

	NoticeProve  NoticeKind = "prove"   // whoever has a typed address: somebody joined with it, was it you?
	NoticeSignIn NoticeKind = "sign_in" // the same: the way to their friends and rewards
)

// Promises tells whether a mail of the kind is about a code that must still work, and not have been used, when it is
// sent.
func (k NoticeKind) Promises() bool {
	return k == NoticeRewardEnds || k == NoticeFriendCode || k == NoticeFriendCodeEnds
}

// Mail is a notice in the outbox.
type Mail struct {
	Shop tenant.ShopID
	Notice
	Outcome MailOutcome
	DueAt   time.Time // when it is to be sent, or tried again
	Tries   int       // how often the mail server was asked in vain
}

// MailOutcome says what became of a mail.
type MailOutcome string

// What became of a mail. None of these changes again.
const (
	MailWaiting   MailOutcome = ""
	MailSent      MailOutcome = "sent"
	MailFlow      MailOutcome = "flow"       // Shopify Flow was told in its place: protected-data level 1
	MailNotSetUp  MailOutcome = "not_set_up" // the operator has named no mail server
	MailNoAddress MailOutcome = "no_address" // Shopify shows none: a guest, an account without one, or protected-data level 1
	MailStopped   MailOutcome = "stopped"    // the person wants no mails
	MailErased    MailOutcome = "erased"     // the person was erased
	MailLate      MailOutcome = "late"       // the event is so long ago that telling it helps nobody
	MailRefused   MailOutcome = "refused"    // the mail server refuses it for good
	MailFailed    MailOutcome = "failed"     // it was tried often enough
	MailNoShop    MailOutcome = "no_shop"    // the app is uninstalled there
	MailOvertaken MailOutcome = "overtaken"  // before it was sent something else was true
)

// MailStop is the kind of the keyed hash by which it is remembered that a customer, or an address, wants no mails.
const MailStop = "mail_stop"

// Contact is whom a mail goes to: asked of Shopify for one mail, and kept nowhere.
type Contact struct {
	Address  string // "" where Shopify shows none
	Verified bool   // the customer has shown that it is theirs, or the merchant has made them
	Language string // such as "de", as Shopify knows it
	ReplyTo  string // the shop's own address; "" where Shopify shows none
}

// noticeable is the shortest hold after which an advocate is told that a friend has bought: below it the reward itself
// follows at once.
const noticeable = 24 * time.Hour

// Notices are what somebody is to be told of a decision that is made at an instant, given what was decided before. The
// test lane tells nobody.
func Notices(was, is Referral, at time.Time) []Notice {
	if is.Friend.Test() {
		return nil
	}

	var all []Notice
	if is.onItsWay() && (!was.onItsWay() || was.Advocate != is.Advocate) {
		all = append(all, is.boughtNotice(at))
	}
	for _, issue := range is.Issues {
		before := slices.IndexFunc(was.Issues, func(i Issue) bool { return i.Code == issue.Code })
		switch {
		case before < 0 && !issue.TakenBack:
			n := is.issueNotice(kindOfIssue(issue.Side), issue, at)
			all = append(append(all, n), n.reminder(NoticeRewardEnds, rewardReminded)...)
		case before >= 0 && issue.TakenBack && !was.Issues[before].TakenBack && is.tellsTakenBack(issue.Side):
			all = append(all, is.issueNotice(NoticeTakenBack, issue, at))
		}
	}
	all = slices.DeleteFunc(all, func(n Notice) bool { return n.Advocate == "" && n.Customer == "" })

	if was.onItsWay() && (is.State == Voided || is.State == Flagged || was.Advocate != is.Advocate) {
		all = append(all, Notice{At: at, Overtakes: was.boughtKey()})
	}
	return append(all, merchantNotices(was, is, at)...)
}

// onItsWay tells whether the advocate's reward comes when the hold is over, for all that is known.
func (r Referral) onItsWay() bool {
	reward := r.Rewards[AdvocateSide]
	return r.State == Pending && r.Reason == ReasonNone && reward.State == RewardPending &&
		r.ReleaseAt.Sub(r.At) >= noticeable
}

func (r Referral) boughtKey() string {
	return string(NoticeBought) + "/" + string(r.Order) + "/" + string(r.Advocate)
}

func (r Referral) boughtNotice(at time.Time) Notice {
	reward := r.Rewards[AdvocateSide]
	return Notice{
		Key: r.boughtKey(), Kind: NoticeBought, Advocate: r.Advocate, At: at,
		Campaign: reward.Campaign, Side: AdvocateSide, Amount: reward.Amount, Release: r.ReleaseAt,
	}
}

// tellsTakenBack tells whether the reward is gone: not spent, and not only another code's by now. A friend is told
// nothing, as their own order was undone.
func (r Referral) tellsTakenBack(side Side) bool {
	return side == AdvocateSide && r.Rewards[side].State == RewardReversed
}

func kindOfIssue(side Side) NoticeKind {
	if side == FriendSide {
		return NoticeFriendReward
	}
	return NoticeIssued
}

// issueNotice is about one code that was given out. Codes are the shop's own, each is given out once.
func (r Referral) issueNotice(kind NoticeKind, issue Issue, at time.Time) Notice {
	n := Notice{
		Key: string(kind) + "/" + issue.Code, Kind: kind, At: at,
		Campaign: issue.Campaign, Side: issue.Side, Amount: issue.Amount, Code: issue.Code, EndsAt: issue.EndsAt,
	}
	switch kind {
	case NoticeFriendReward:
		n.Customer = r.Friend.Customer()
	case NoticeIssued:
		n.Advocate, n.Overtakes = r.Advocate, r.boughtKey()
	case NoticeTakenBack:
		n.Advocate = r.Advocate
		n.Reason = r.Rewards[issue.Side].Reason
		n.Overtakes, n.Undoes = string(NoticeIssued)+"/"+issue.Code, true
	}
	return n
}

// How long before its end somebody is reminded of a code. Nobody is who would be within a day of getting it.
const (
	friendReminded = 3 * 24 * time.Hour
	rewardReminded = 7 * 24 * time.Hour
	soonest        = 24 * time.Hour
)

// reminder tells once more of what a notice tells of, some time before its code ends: it waits in the outbox until then.
func (n Notice) reminder(kind NoticeKind, before time.Duration) []Notice {
	due := n.EndsAt.Add(-before)
	if n.EndsAt.IsZero() || due.Sub(n.At) < soonest {
		return nil
	}
	n.Key, n.Kind, n.At, n.Overtakes = string(kind)+"/"+n.Code, kind, due, ""
	return []Notice{n}
}

// JoinNotices tell somebody who has joined their link. A guest is not told: nobody knows yet who they are.
func (a Advocate) JoinNotices() []Notice {
	if a.Customer == "" {
		return nil
	}
	return []Notice{{
		Key: string(NoticeLink) + "/" + string(a.ID), Kind: NoticeLink, Advocate: a.ID, At: a.JoinedAt, Code: a.Code(),
	}}
}

// ShareLink is the address in a shop that carries an advocate's code. Shopify records ?ref= by itself.
// Source: shopify.dev, CustomerVisit.referralCode, 2026-10.
func ShareLink(site, code string) string { return site + "/?ref=" + url.QueryEscape(code) }

// CodeNotices tell a friend who is signed in the code that their claim got at an instant, and remind them before it ends.
func (c Claim) CodeNotices(at time.Time) []Notice {
	if c.Code == "" || c.SignedAt.IsZero() {
		return nil
	}
	n := Notice{
		Key: string(NoticeFriendCode) + "/" + c.Code, Kind: NoticeFriendCode, Customer: c.Customer, At: at,
		Campaign: CampaignKey{ID: c.Campaign, Version: c.Version}, Side: FriendSide, Code: c.Code, EndsAt: c.ExpiresAt,
	}
	return append([]Notice{n}, n.reminder(NoticeFriendCodeEnds, friendReminded)...)
}
