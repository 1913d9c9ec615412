package mail

import (
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// Nobody is written to in the night of the shop's time zone of what can wait. Source: the hours in which most would be
// woken.
const (
	evening = 21
	morning = 8
)

// pausedFor is how long mails to shoppers wait before it is looked whether they are paused still.
const pausedFor = 15 * time.Minute

// waitsUntil is when a mail may go: now, when the merchant pauses no more, the next morning, or the merchant's day for
// digests. Somebody who waits before a page for the mail that signs them in is not kept waiting.
func waitsUntil(shop tenant.Shop, m referral.Mail, now time.Time) time.Time {
	if shop.Settings.MailsPaused && !m.Kind.ToMerchant() && m.SignIn == "" {
		return now.Add(pausedFor)
	}

	local := now.In(shop.Profile.Location())
	until := local
	if quiet(m.Kind) {
		until = awake(local)
	}
	if m.Kind != referral.NoticeDigest {
		return until
	}

	if due := digestDue(shop, m.At); due.After(until) {
		return due
	}
	return until
}

// digestDue is the merchant's day for digests, on or after the Monday that a digest is of. It is counted from that
// Monday, so that a mail that comes late does not wait for another week.
func digestDue(shop tenant.Shop, monday time.Time) time.Time {
	y, m, d := monday.UTC().Date()
	due := time.Date(y, m, d, morning, 0, 0, 0, shop.Profile.Location())
	for due.Weekday() != shop.Settings.Notify.DayOfDigest() {
		due = due.AddDate(0, 0, 1)
	}
	return due
}

// tooLate tells whether a mail is of something so long ago that telling it helps nobody. A digest is of the merchant's day
// for it, which may be six days after the Monday.
func tooLate(shop tenant.Shop, m referral.Mail, now time.Time) bool {
	since := m.At
	if m.Kind == referral.NoticeDigest {
		since = digestDue(shop, m.At)
	}
	return now.Sub(since) > late
}

// quiet tells whether what a mail says can wait for the morning: a code that somebody waits for cannot.
func quiet(kind referral.NoticeKind) bool {
	switch kind {
	case referral.NoticeBought, referral.NoticeRewardEnds, referral.NoticeFriendCodeEnds:
		return true
	}
	return kind.ToMerchant()
}

// awake is the first instant from one on that is in no night.
func awake(local time.Time) time.Time {
	switch {
	case local.Hour() >= evening:
		return at(local.AddDate(0, 0, 1), morning)
	case local.Hour() < morning:
		return at(local, morning)
	}
	return local
}

// at is an hour of a day.
func at(day time.Time, hour int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, day.Location())
}
