package store_test

import (
	"testing"

	"twofold/fault"
	"twofold/store/storetest"
	"twofold/tenant"
)

// Words are kept by shop, language and mail, each in the place of those before; without any they are ours again.
func TestWordsOfMails(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	other := storetest.Shop(t, s).ID
	save := func(language, mail string, words map[string]string) {
		t.Helper()
		must(t, s.SaveMailWords(ctx, shop, language, mail, words))
	}
	must(t, s.SaveMailWords(ctx, other, "en", "issued", map[string]string{"says": "theirs"}))
	save("en", "issued", map[string]string{"subject": "before", "heading": "gone"})
	save("en", "issued", map[string]string{"subject": "Here, {shop}"})
	save("en", "every", map[string]string{"use": "Go"})
	save("de", "issued", map[string]string{"subject": "Da"})

	found := func(language string, mails ...string) map[string]string {
		t.Helper()
		return get[map[string]string](t)(s.FindMailWords(ctx, shop, language, mails...))
	}
	same(t, map[string]string{"subject": "Here, {shop}", "use": "Go"}, found("en", "issued", "every"))
	same(t, map[string]string{"subject": "Da"}, found("de", "issued", "every"))
	same(t, map[string]string{}, found("fr", "issued", "every"))
	same(t, map[string][]string{"issued": {"de", "en"}, "every": {"en"}}, get[map[string][]string](t)(s.WordedMails(ctx, shop)))

	save("en", "issued", nil)
	same(t, map[string][]string{"issued": {"de"}, "every": {"en"}}, get[map[string][]string](t)(s.WordedMails(ctx, shop)))
}

// Mails that merchants send to themselves are counted by shop and day, however many are sent at once.
func TestTriedMailsAreCounted(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	other := storetest.Shop(t, s).ID
	count := func(shop tenant.ShopID, day string) int {
		t.Helper()
		return get[tenant.Shop](t)(s.CountMails(ctx, shop, tenant.MailDay{Day: day, Tried: 1})).Mails.Tried
	}

	get[tenant.Shop](t)(s.CountMails(ctx, shop, tenant.MailDay{Day: "2026-12-01", Sent: 3}))
	atOnce(4, func(int) error {
		_, err := s.CountMails(ctx, shop, tenant.MailDay{Day: "2026-12-01", Tried: 1})
		return err
	})
	if n := count(shop, "2026-12-01"); n != 5 {
		t.Errorf("the fifth is number %d", n)
	}
	if next, others := count(shop, "2026-12-02"), count(other, "2026-12-01"); next != 1 || others != 1 {
		t.Errorf("on the next day it is %d, in another shop %d", next, others)
	}

	_, err := s.CountMails(ctx, "nobody.myshopify.com", tenant.MailDay{Day: "2026-12-01", Tried: 1})
	wantKind(t, "no shop", err, fault.NotFound)
}
