package referral

import (
	"strings"

	"twofold/tenant"
)

// NormalEmail writes an e-mail address as it is compared: in lower case, without space around it. "" is none.
func NormalEmail(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// EmailHashes are the keyed hashes of an address, under every key in use; none of none. The address that a friend gives
// and those that Shopify shows all go through here: one address has one set of hashes.
func EmailHashes(h LookupHasher, shop tenant.ShopID, address string) []string {
	address = NormalEmail(address)
	if address == "" {
		return nil
	}
	return h.Hashes(shop, "email", address)
}

// AliasHashes are the keyed hashes of the mailbox of which the address is an alias; none when it is none. They make two
// addresses one for what is held, never for credit.
func AliasHashes(h LookupHasher, shop tenant.ShopID, address string) []string {
	box := Mailbox(address)
	if box == NormalEmail(address) {
		return nil
	}
	return EmailHashes(h, shop, box)
}

// provider is how a provider of mailboxes reads addresses. All that are listed leave out a plus sign and what follows
// it.
type provider struct {
	domain  string // the one that stands for all domains under which it gives one mailbox
	ignored string // letters before the @ that it does not read
}

// providers are those whose aliases are known, by domain. Where a provider is not listed each address is its own: some
// give ann+1 and ann to two people.
var providers = map[string]provider{
	// Source: support.google.com/mail/answer/7436150 (dots do not matter), 12096 (plus), 10313 (googlemail.com).
	"gmail.com": {"gmail.com", "."}, "googlemail.com": {"gmail.com", "."},

	// Source: support.apple.com/118230 (three domains, one account); gmr/email-normalize, providers.py (plus).
	"icloud.com": {"icloud.com", ""}, "me.com": {"icloud.com", ""}, "mac.com": {"icloud.com", ""},

	// Source: learn.microsoft.com, Plus addressing in Exchange Online; gmr/email-normalize, providers.py. Each domain
	// is a mailbox of its own.
	"outlook.com": {"outlook.com", ""}, "hotmail.com": {"hotmail.com", ""}, "live.com": {"live.com", ""}, "msn.com": {"msn.com", ""},

	// Source: fastmail.help/hc/en-us/articles/360060591053 (plus).
	"fastmail.com": {"fastmail.com", ""}, "fastmail.fm": {"fastmail.fm", ""},

	// Source: proton.me/support/addresses-and-aliases (domains, plus); ProtonMail/WebClients, helpers/string.js,
	// removeEmailAlias (letters).
	"proton.me": {"proton.me", "._-"}, "protonmail.com": {"proton.me", "._-"}, "pm.me": {"proton.me", "._-"},
}

// Mailbox is the address without what its provider does not read: one text for all aliases of one mailbox. Source: the
// providers' pages.
func Mailbox(address string) string {
	address = NormalEmail(address)
	i := strings.LastIndexByte(address, '@')
	if i < 0 {
		return address
	}
	reads, known := providers[address[i+1:]]
	if !known {
		return address
	}

	name, _, _ := strings.Cut(address[:i], "+")
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(reads.ignored, r) {
			return -1
		}
		return r
	}, name)
	if name == "" {
		return address
	}
	return name + "@" + reads.domain
}
