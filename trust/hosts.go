package trust

import (
	_ "embed" // the list of hosts
	"slices"
	"strings"
)

//go:embed coupon_hosts.txt
var couponFile string

// couponHosts are the domains of the list, with the kind of each.
var couponHosts = readHosts(couponFile)

func readHosts(list string) map[string]string {
	hosts := map[string]string{}
	for line := range strings.Lines(list) {
		host, kind, listed := strings.Cut(strings.TrimSpace(line), " ")
		if listed && host != "#" {
			hosts[host] = kind
		}
	}
	return hosts
}

// CouponHost tells whether a host is one of the list, or below one: there codes are given to whoever looks for them.
func CouponHost(host string) bool {
	for rest := strings.ToLower(host); rest != ""; {
		if couponHosts[rest] != "" {
			return true
		}
		_, rest, _ = strings.Cut(rest, ".")
	}
	return false
}

// searches are the names of search engines, as any label of a host. Who looks for a code often comes by one.
var searches = []string{"baidu", "bing", "duckduckgo", "ecosia", "google", "qwant", "yahoo", "yandex"}

func searchHost(host string) bool {
	labels := strings.Split(host, ".")
	return slices.ContainsFunc(searches, func(name string) bool { return slices.Contains(labels, name) })
}

// publicMail are domains at which anybody has an address. Many a small shop writes from one: that makes nobody its
// staff. Source: the providers of referral/email.go, and those that have no aliases.
var publicMail = map[string]bool{
	"aol.com": true, "fastmail.com": true, "fastmail.fm": true, "free.fr": true, "gmail.com": true, "gmx.at": true, "gmx.ch": true,
	"gmx.de": true, "gmx.net": true, "googlemail.com": true, "hotmail.co.uk": true, "hotmail.com": true, "hotmail.de": true,
	"hotmail.es": true, "hotmail.fr": true, "icloud.com": true, "laposte.net": true, "live.com": true, "mac.com": true,
	"mail.com": true, "me.com": true, "msn.com": true, "orange.fr": true, "outlook.com": true, "outlook.de": true,
	"pm.me": true, "proton.me": true, "protonmail.com": true, "qq.com": true, "t-online.de": true, "web.de": true,
	"yahoo.co.uk": true, "yahoo.com": true, "yahoo.de": true, "yahoo.es": true, "yahoo.fr": true, "ymail.com": true,
}

// OwnDomain tells whether an e-mail address is of one of the shop's own domains: of its website, or of the address from
// which it writes. A domain at which anybody has an address is nobody's own.
func OwnDomain(address string, domains []string) bool {
	_, domain, _ := strings.Cut(strings.ToLower(strings.TrimSpace(address)), "@")
	if domain == "" || publicMail[domain] {
		return false
	}
	for _, own := range domains {
		own = strings.TrimPrefix(strings.ToLower(own), "www.")
		if domain == own || strings.HasSuffix(domain, "."+own) {
			return true
		}
	}
	return false
}
