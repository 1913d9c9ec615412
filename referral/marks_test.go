package referral

import (
	"slices"
	"strings"
	"testing"

	"twofold/tenant"
)

// plainHasher hashes nothing, so that tests see what would be hashed, and for whom.
type plainHasher struct{}

func (plainHasher) Hashes(shop tenant.ShopID, kind, value string) []string {
	return []string{string(shop) + "/" + kind + "/" + value}
}

// Browsers are told apart by name, major version and system, and by nothing else that they send.
func TestAgents(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36":                                        "chrome 143 windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/142.0.0.0":                          "edge 142 windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 OPR/126.0.0.0":                          "opera 126 windows",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36":                                        "chrome 143 android",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36":                    "samsung 29 android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1":                "safari 26 ios",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/143.0.7499.38 Mobile/15E148 Safari/604.1":         "chrome 143 ios",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 408.0.0.27.74 (iPhone15,2; ...": "instagram 408 ios",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15":                                  "safari 26 mac",
		"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0":                                                                                 "firefox 145 linux",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36":                                         "chrome 142 chromeos",
		"curl/8.5.0": "", "": "", strings.Repeat("x", longestAgent) + "Firefox/145.0": "",
	} {
		if got := agentOf(sent); got != want {
			t.Errorf("%s: %q, want %q", sent, got, want)
		}
	}
}

// Of an address its network is hashed, of a number its digits, of an alias its mailbox; of what is none of these nothing.
func TestMarksAreOfOneShop(t *testing.T) {
	t.Parallel()
	type hashes func(LookupHasher, tenant.ShopID, string) []string

	for _, row := range []struct {
		of         hashes
		sent, want string
	}{
		{NetworkHashes, "203.0.113.77", "a/from/203.0.113.0/24"},
		{NetworkHashes, "::ffff:203.0.113.9", "a/from/203.0.113.0/24"},
		{NetworkHashes, "2001:db8:1:2:3:4:5:6", "a/from/2001:db8:1::/48"},
		{NetworkHashes, " fe80::1%eth0 ", "a/from/fe80::/48"},
		{NetworkHashes, "203.0.113.77:443", ""},
		{NetworkHashes, "", ""},
		{PhoneHashes, "+49 (151) 2345-6789", "a/phone/4915123456789"},
		{PhoneHashes, "110", ""},
		{PhoneHashes, "", ""},
		{MailboxHashes, "An.N+shop@googlemail.com", "a/email/ann@gmail.com"},
		{MailboxHashes, "ann@example.com", "a/email/ann@example.com"},
		{MailboxHashes, "", ""},
		{AgentHashes, "Firefox/145.0 (Linux)", "a/agent/firefox 145 linux"},
		{AgentHashes, "curl/8.5.0", ""},
	} {
		if got := strings.Join(row.of(plainHasher{}, "a", row.sent), " "); got != row.want {
			t.Errorf("%q: %q, want %q", row.sent, got, row.want)
		}
		if other := row.of(plainHasher{}, "b", row.sent); row.want != "" && slices.Equal(other, row.of(plainHasher{}, "a", row.sent)) {
			t.Errorf("%q is the same in two shops", row.sent)
		}
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://www.RetailMeNot.com/view/shop?x=1": "www.retailmenot.com",
		"https://coupons.example:8443/a":            "coupons.example",
		"android-app://com.google.android.gm":       "com.google.android.gm",
		"direct":                                    "", "": "", "https://%zz/": "", "https://" + strings.Repeat("a", 300) + "/": "",
	} {
		if got := HostOf(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
