package referral

import "slices"

// MailSort is a sort of mails that somebody may choose to do without.
type MailSort string

// The sorts. What somebody has asked for by typing their address (NoticeKind prove, sign_in) is of none.
const (
	MailLinks     MailSort = "links"     // the link to share, the code of an offer
	MailRewards   MailSort = "rewards"   // what becomes of a reward
	MailReminders MailSort = "reminders" // that a code ends soon
)

// MailSorts are all of them, in the order in which they are asked about.
var MailSorts = []MailSort{MailLinks, MailRewards, MailReminders}

// ShopperNotices are the kinds of mails of some sort.
var ShopperNotices = []NoticeKind{
	NoticeLink, NoticeFriendCode, NoticeBought, NoticeIssued, NoticeFriendReward, NoticeTakenBack, NoticeRewardEnds,
	NoticeFriendCodeEnds,
}

// Sort is what a kind of mails to advocates and friends belongs to; "": to none.
func (k NoticeKind) Sort() MailSort {
	switch k {
	case NoticeLink, NoticeFriendCode:
		return MailLinks
	case NoticeBought, NoticeIssued, NoticeFriendReward, NoticeTakenBack:
		return MailRewards
	case NoticeRewardEnds, NoticeFriendCodeEnds:
		return MailReminders
	}
	return ""
}

// MailWish is what somebody wants of a shop's mails. The zero value: all of them.
type MailWish struct {
	None bool       // no mail at all
	Why  StopReason // of none
	Not  []MailSort // none of these
}

// StopReason says why somebody gets no mails.
type StopReason string

// The reasons.
const (
	StopAsked      StopReason = ""           // they said so
	StopBounced    StopReason = "bounced"    // a mail came back, as there is no such mailbox
	StopComplained StopReason = "complained" // they told their provider that a mail is spam
)

// Wants tells whether somebody with the wish is written a kind of mail.
func (w MailWish) Wants(kind NoticeKind) bool { return !w.None && !slices.Contains(w.Not, kind.Sort()) }

// And is what two wishes of one person come to: what either does without is not written.
func (w MailWish) And(other MailWish) MailWish {
	both := MailWish{None: w.None || other.None, Why: other.Why}
	if w.None {
		both.Why = w.Why
	}
	for _, sort := range MailSorts {
		if slices.Contains(w.Not, sort) || slices.Contains(other.Not, sort) {
			both.Not = append(both.Not, sort)
		}
	}
	return both
}

// WishFor is the wish of whoever wants these sorts of mails, and no other.
func WishFor(wanted []MailSort) MailWish {
	wish := MailWish{None: true}
	for _, sort := range MailSorts {
		if slices.Contains(wanted, sort) {
			wish.None = false
		} else {
			wish.Not = append(wish.Not, sort)
		}
	}
	return wish
}

// Wanted are the sorts that the wish leaves.
func (w MailWish) Wanted() (wanted []MailSort) {
	for _, sort := range MailSorts {
		if !w.None && !slices.Contains(w.Not, sort) {
			wanted = append(wanted, sort)
		}
	}
	return wanted
}
