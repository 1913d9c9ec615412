package storefront

import (
	"bytes"
	"net/netip"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/referral"
	"twofold/tenant"
)

// Bits of an address that count as one network: an ordinary customer's share of IPv6, and its neighbours in IPv4.
const (
	networkBits4 = 24
	networkBits6 = 56
)

// forwardedOf is X-Forwarded-For, all lines of it as one: some proxies add a line of their own, such as HAProxy's
// option forwardfor. Source: RFC 9110, 5.3.
func forwardedOf(c *fiber.Ctx) string {
	return string(bytes.Join(c.Request().Header.PeekAll(fiber.HeaderXForwardedFor), []byte(",")))
}

// networkOf is the network from which Shopify's proxy was asked. Every hop appends the address it heard from to
// X-Forwarded-For, so the entry to believe is counted from the right. What stands further left was sent by the
// shopper. ok is false when there is no such entry, or it is no address.
func networkOf(forwarded string, hops int) (network string, ok bool) {
	for range hops {
		i := strings.LastIndexByte(forwarded, ',')
		if i < 0 {
			return "", false
		}
		forwarded = forwarded[:i]
	}

	addr, ok := parseAddr(strings.TrimSpace(forwarded[strings.LastIndexByte(forwarded, ',')+1:]))
	if !ok {
		return "", false
	}

	bits := networkBits6
	if addr.Is4() {
		bits = networkBits4
	}
	prefix, err := addr.Prefix(bits)
	return prefix.String(), err == nil
}

// origin is from where a request comes. Its texts share the server's buffer.
type origin struct {
	network string // "" when it cannot be read
	agent   string // the User-Agent
	page    string // address of the page that asks
}

// originOf is from where a request through Shopify's proxy comes.
func (h *handler) originOf(c *fiber.Ctx) origin {
	network, _ := networkOf(forwardedOf(c), h.config.Hops)
	return origin{network, c.Get(fiber.HeaderUserAgent), c.Get(fiber.HeaderReferer)}
}

// seenFrom is what is kept of where a request comes from: hashes, of which the network's is of a larger one.
func (h *handler) seenFrom(shop tenant.ShopID, from origin, at time.Time) referral.Sighting {
	address, _, _ := strings.Cut(from.network, "/")
	return referral.Sighting{
		At:       at,
		Networks: referral.NetworkHashes(h.config.Hasher, shop, address),
		Agents:   referral.AgentHashes(h.config.Hasher, shop, from.agent),
	}
}

// ledFrom is the host of the page that led to the page which asks; "" where that is one of the same site.
func (o origin) ledFrom(address string) string {
	host := referral.HostOf(address)
	if host == referral.HostOf(o.page) {
		return ""
	}
	return host
}

// parseAddr reads an address with or without a port. IPv4 in IPv6 is IPv4.
func parseAddr(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}, false
		}
		addr = withPort.Addr()
	}
	return addr.Unmap().WithZone(""), true
}
