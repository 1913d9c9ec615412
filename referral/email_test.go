package referral_test

import (
	"testing"

	. "twofold/referral"
)

// F13: aliases are one mailbox, by provider.
func TestMailboxes(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"alice@gmail.com":          "alice@gmail.com",
		" A.Lice+1@GoogleMail.com": "alice@gmail.com",
		"a.l.i.c.e@gmail.com":      "alice@gmail.com",
		"alice+a+b@gmail.com":      "alice@gmail.com",
		"a.lice@me.com":            "a.lice@icloud.com",
		"alice+x@mac.com":          "alice@icloud.com",
		"alice+x@hotmail.com":      "alice@hotmail.com",
		"a.lice@outlook.com":       "a.lice@outlook.com",
		"alice+x@fastmail.com":     "alice@fastmail.com",
		"a_l-i.ce+x@pm.me":         "alice@proton.me",
		"a.lice+x@example.com":     "a.lice+x@example.com", // nobody knows how it is read there
		"alice@mail.gmail.com":     "alice@mail.gmail.com",
		"+x@gmail.com":             "+x@gmail.com",
		"...@gmail.com":            "...@gmail.com",
		"gmail.com":                "gmail.com",
		"":                         "",
	} {
		if got := Mailbox(address); got != want || Mailbox(got) != got {
			t.Errorf("%q is at %q, want %q", address, got, want)
		}
	}
}
