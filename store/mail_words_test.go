package store_test

import (
	"testing"

	"twofold/store/storetest"
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
