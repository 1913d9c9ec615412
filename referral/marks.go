package referral

import (
	"net/netip"
	"net/url"
	"strings"
	"time"

	"twofold/tenant"
)

// Marks are what an order shows of where, by what and how it was placed. What Shopify withholds is empty: empty marks
// are equal to nobody's. Hashes are keyed, of one shop, and under every key in use. Source: shopify.dev, Order, 2026-10.
type Marks struct {
	Networks  []string // hashes of the client's network
	Agents    []string // hashes of the browser's name and version
	Referrer  string   // host of the page that led to the shop, in lower case
	Risk      Risk     // Shopify's assessment
	Phones    []string // hashes of the telephone number; level 2
	Mailboxes []string // hashes of the address without what its provider does not read; level 2
	OwnDomain bool     // the address is of the shop's own domain; level 2
}

// Risk is Shopify's assessment of an order (RiskAssessmentResult, Admin API 2026-10).
type Risk string

// The risks. What Shopify adds later counts as unknown.
const (
	RiskUnknown Risk = ""
	RiskLow     Risk = "low"
	RiskMedium  Risk = "medium"
	RiskHigh    Risk = "high"
)

// Sighting is one signed request of somebody's: a friend who opened a link or claimed, an advocate who joined or looked
// at their page. Hashes are as those of Marks.
type Sighting struct {
	At       time.Time // signed proxy time
	Networks []string
	Agents   []string
	Referrer string
	Typed    []string // hashes of the address that was typed with it
}

// Bits of an address that are one network: 256 addresses of IPv4, and what one site has of IPv6 at most. Nobody's exact
// address is hashed, nor that of one home. Source: RFC 6177, 2.
const (
	networkBits4 = 24
	networkBits6 = 48
)

// NetworkHashes are the keyed hashes of the network in which an address is, under every key in use; none of what is no
// address. IPv4 in IPv6 is IPv4.
func NetworkHashes(h LookupHasher, shop tenant.ShopID, address string) []string {
	addr, err := netip.ParseAddr(strings.TrimSpace(address))
	if err != nil {
		return nil
	}

	addr = addr.Unmap().WithZone("")
	bits := networkBits6
	if addr.Is4() {
		bits = networkBits4
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return nil
	}
	return h.Hashes(shop, "from", prefix.String())
}

// AgentHashes are the keyed hashes of a kind of browser, likewise; none of what is none.
func AgentHashes(h LookupHasher, shop tenant.ShopID, userAgent string) []string {
	agent := agentOf(userAgent)
	if agent == "" {
		return nil
	}
	return h.Hashes(shop, "agent", agent)
}

// fewestDigits is how many a telephone number has that is somebody's: less are a short code.
const fewestDigits = 7

// PhoneHashes are the keyed hashes of a telephone number, likewise, as Shopify shows it: with its country's code.
func PhoneHashes(h LookupHasher, shop tenant.ShopID, number string) []string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
	if len(digits) < fewestDigits {
		return nil
	}
	return h.Hashes(shop, "phone", digits)
}

// MailboxHashes are the keyed hashes of the mailbox to which an address leads, likewise: see Mailbox.
func MailboxHashes(h LookupHasher, shop tenant.ShopID, address string) []string {
	return EmailHashes(h, shop, Mailbox(address))
}

// longestHost is how long a host's name may be. Source: RFC 1035, 2.3.4.
const longestHost = 253

// HostOf is the host of an address, in lower case; "" where it has none.
func HostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || len(u.Hostname()) > longestHost {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
