package store_test

import (
	"slices"
	"testing"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/store/storetest"
	"twofold/tenant"
)

// toldTwice are two notices, of which the second overtakes one that never was.
func toldTwice(a referral.AdvocateID) []referral.Notice {
	return []referral.Notice{
		{Key: "issued/X", Kind: referral.NoticeIssued, Advocate: a, At: noon, Code: "X", Amount: storetest.USD("20")},
		{Key: "issued/Y", Kind: referral.NoticeIssued, Advocate: a, At: noon.Add(-time.Hour), Overtakes: "bought/Y"},
	}
}

// A decision and what is told of it are written together or not at all, and told once.
func TestNoticesAreWrittenWithTheirDecision(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	r := filled[referral.Referral]()
	r.Shop = shop
	must(t, s.RaiseFacts(ctx, shop, r.Friend, true))
	due := func(at time.Time) []referral.Mail { return get[[]referral.Mail](t)(s.DueMails(ctx, shop, at, 10)) }

	notices := toldTwice("adv_1")
	wantKind(t, "facts moved", s.SaveDecision(ctx, r, 7, notices...), fault.Conflict)
	if got := due(noon); len(got) != 0 {
		t.Errorf("told of a decision that was not written: %v", got)
	}

	must(t, s.SaveDecision(ctx, r, 1, notices...))
	must(t, s.SaveDecision(ctx, r, r.FactsRev, notices...))
	want := []referral.Mail{
		{Shop: shop, Notice: notices[1], DueAt: notices[1].At}, {Shop: shop, Notice: notices[0], DueAt: noon},
	}
	want[0].Overtakes = "" // how it came is not kept
	same(t, want, due(noon))
	wantShops(t, "with mail", get[[]tenant.ShopID](t)(s.ShopsWithMail(ctx, noon, 10)), shop)

	must(t, s.PutOffMail(ctx, shop, "issued/X", noon.Add(time.Hour), true))
	must(t, s.FinishMail(ctx, shop, "issued/Y", referral.MailSent, noon))
	must(t, s.FinishMail(ctx, shop, "issued/Y", referral.MailRefused, noon))
	if got := due(noon); len(got) != 0 {
		t.Errorf("due: %v", got)
	}
	later := due(noon.Add(time.Hour))
	if len(later) != 1 || later[0].Tries != 1 {
		t.Errorf("an hour later: %v", later)
	}
}

// What still waits is overtaken; what was told is not.
func TestNoticesOvertakeWhatWaits(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	r := filled[referral.Referral]()
	r.Shop = shop
	must(t, s.RaiseFacts(ctx, shop, r.Friend, true))
	must(t, s.SaveDecision(ctx, r, 1, toldTwice("adv_1")...))
	must(t, s.FinishMail(ctx, shop, "issued/Y", referral.MailSent, noon))

	gone := func(code string) referral.Notice {
		return referral.Notice{
			Key: "taken_back/" + code, Kind: referral.NoticeTakenBack, Advocate: "adv_1", At: noon,
			Overtakes: "issued/" + code, Undoes: true,
		}
	}
	must(t, s.SaveDecision(ctx, r, r.FactsRev, gone("X"), gone("Y")))
	due := get[[]referral.Mail](t)(s.DueMails(ctx, shop, noon, 10))
	if len(due) != 1 || due[0].Key != "taken_back/Y" {
		t.Errorf("due: %v", due)
	}
}

// What waits for a friend goes to the customer who takes their place.
func TestMailsMoveWithTheirCustomer(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	from, to := storetest.Customer(), storetest.Customer()
	decided(t, ctx, s, shop, referral.FriendOf(from, false), func(*referral.Referral) {},
		referral.Notice{Key: "friend_reward/X", Kind: referral.NoticeFriendReward, Customer: from, At: noon})

	must(t, s.MoveMails(ctx, shop, from, to))
	mails := get[[]referral.Mail](t)(s.MailsTo(ctx, shop, to, ""))
	if len(mails) != 1 || mails[0].Key != "friend_reward/X" {
		t.Errorf("mails of who stays: %v", mails)
	}
}

// A day's mails are added up; another day begins with nothing.
func TestTheMailsOfADay(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	for _, row := range []struct{ more, want tenant.MailDay }{
		{tenant.MailDay{Day: "2026-11-30", Sent: 1}, tenant.MailDay{Day: "2026-11-30", Sent: 1}},
		{tenant.MailDay{Day: "2026-11-30", Sent: 2}, tenant.MailDay{Day: "2026-11-30", Sent: 3}},
		{tenant.MailDay{Day: "2026-11-30", Waiting: 1}, tenant.MailDay{Day: "2026-11-30", Sent: 3, Waiting: 1}},
		{tenant.MailDay{Day: "2026-12-01", Waiting: 1}, tenant.MailDay{Day: "2026-12-01", Waiting: 1}},
	} {
		if got := get[tenant.Shop](t)(s.CountMails(ctx, shop, row.more)); got.Mails != row.want || got.ID != shop {
			t.Errorf("%+v more: %+v, want %+v", row.more, got.Mails, row.want)
		}
	}
	if kept := get[tenant.Shop](t)(s.FindShop(ctx, shop)); kept.Mails.Day != "2026-12-01" {
		t.Errorf("kept is %+v", kept.Mails)
	}
}

// Mails that somebody waits for before a page go before all others, however long these have waited.
func TestUrgentMailsComeFirst(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	r := filled[referral.Referral]()
	r.Shop = shop
	must(t, s.RaiseFacts(ctx, shop, r.Friend, true))
	must(t, s.SaveDecision(ctx, r, 1, append(toldTwice("adv_1"), referral.Notice{
		Key: "sign_in/1", Kind: referral.NoticeSignIn, SignIn: "sgn_1", At: noon,
	})...))

	for _, row := range []struct {
		limit int
		want  []string
	}{{1, []string{"sign_in/1"}}, {2, []string{"sign_in/1", "issued/Y"}}, {9, []string{"sign_in/1", "issued/Y", "issued/X"}}} {
		var got []string
		for _, m := range get[[]referral.Mail](t)(s.DueMails(ctx, shop, noon, row.limit)) {
			got = append(got, m.Key)
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("of %d: %q, want %q", row.limit, got, row.want)
		}
	}
	if n := get[int](t)(s.CountWaitingMails(ctx, shop, noon, 9)); n != 2 {
		t.Errorf("%d wait, want the two to advocates", n)
	}
	must(t, s.FinishMail(ctx, shop, "sign_in/1", referral.MailSent, noon))
	if left := get[[]referral.Mail](t)(s.DueMails(ctx, shop, noon, 9)); len(left) != 2 {
		t.Errorf("%d are left, want 2", len(left))
	}
}

// The first reason why somebody is written no more stays, unless it becomes their own word; and what they chose after a
// mail came back holds, however often that is told.
func TestWhySomebodyIsWrittenNoMore(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	hashes := []string{"k:x", "old:x"}
	wants := func(says string, none bool, why referral.StopReason) {
		t.Helper()
		if w := get[referral.MailWish](t)(s.MailWish(ctx, shop, hashes)); w.None != none || w.Why != why {
			t.Errorf("%s: %+v", says, w)
		}
	}
	stop := func(hash string, why referral.StopReason, at time.Time) {
		t.Helper()
		must(t, s.StopMails(ctx, shop, hash, why, at))
	}

	stop("old:x", referral.StopBounced, noon)
	wants("a mail came back, by an older key", true, referral.StopBounced)
	must(t, s.WishMails(ctx, shop, hashes, referral.MailWish{}, noon.Add(time.Hour)))
	wants("they chose all", false, "")
	stop("k:x", referral.StopComplained, noon)
	wants("of a mail from before", false, "")
	stop("k:x", referral.StopComplained, noon.Add(2*time.Hour))
	wants("of one from after", true, referral.StopComplained)
	stop("k:x", referral.StopBounced, noon.Add(3*time.Hour))
	wants("another reason", true, referral.StopComplained)
	stop("k:x", referral.StopAsked, noon.Add(4*time.Hour))
	wants("their own word", true, referral.StopAsked)
	stop("k:x", referral.StopBounced, noon.Add(5*time.Hour))
	wants("and again another", true, referral.StopAsked)
}
