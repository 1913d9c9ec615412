package signature

import (
	"encoding/base64"
	"regexp"
	"strings"

	"twofold/fault"
)

// hostPattern is what a decoded host parameter may be. Source: shopify.dev, set up iframe protection and embedded app
// URLs, 2026-10.
var hostPattern = regexp.MustCompile(`\A(?:admin\.shopify\.com/store/[a-z0-9][a-z0-9-]{0,62}|` +
	`[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com/admin)\z`)

// Host decodes the host parameter, base64 in either alphabet with or without padding, to
// "admin.shopify.com/store/{handle}" or "{shop}.myshopify.com/admin". Anything else is Invalid: it would become the
// origin of a redirect or of a frame.
func (v *Verifier) Host(host string) (string, error) {
	text := strings.TrimRight(host, "=")
	text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
	decoded, err := base64.RawStdEncoding.Strict().DecodeString(text)
	if err != nil || len(host) > 256 || !hostPattern.Match(decoded) {
		return "", fault.ForLog(fault.Invalid, "wrong host parameter")
	}
	return string(decoded), nil
}
