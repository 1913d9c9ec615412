package storefront

import (
	"bytes"
	"cmp"
	"encoding/json"
	"mime"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
	"twofold/referral"
)

// body is what the widget may send; each endpoint reads what it needs, and unknown fields are ignored.
type body struct {
	Ref     string `json:"ref"`
	Browser string `json:"browser_id"`
	Visit   string `json:"visit_id"`
	Claim   string `json:"claim"`  // the id of the claim that the cart names
	Page    string `json:"page"`   // address of the page that led to the link, of which the host is read; "" is none
	Email   string `json:"email"`  // of a friend who claims; "" is none
	Switch  bool   `json:"switch"` // the offer and advocate of now instead of those they hold
	Terms   int    `json:"terms"`  // the version of the terms that whoever joins agrees to

	ShortBrowser string `json:"browser"` // short for browser_id
	ShortVisit   string `json:"visit"`   // short for visit_id
}

// bodyOf returns the raw body of a JSON request. The content type is asked for because a form on a
// foreign page cannot send it without the shop's consent (CORS), while the shopper's sign-in at the shop
// would come along by itself.
func bodyOf(c *fiber.Ctx) ([]byte, error) {
	media, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || media != fiber.MIMEApplicationJSON {
		return nil, fault.New(fault.Invalid, "body_not_json")
	}
	return c.BodyRaw(), nil
}

// browserPattern is what a widget's browser id looks like: a UUID of version 4, which has 122 random bits. Who knows
// the id is given what was claimed with it, so that one which could be guessed is refused. Source: RFC 9562, 5.4.
var browserPattern = regexp.MustCompile(`\A[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\z`)

// maxVisitBytes bounds a visit id; ours have about 200 bytes.
const maxVisitBytes = 1024

// maxEmailBytes bounds an address. Source: RFC 5321, 4.5.3.1.3, erratum 1690.
const maxEmailBytes = 254

// isObject reads raw into a struct, and tells whether it is a JSON object whose fields have the right types.
func isObject(raw []byte, into any) bool {
	return bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{")) && json.Unmarshal(raw, into) == nil
}

// parseBody reads a JSON object. Invalid: it is none, a field has the wrong type, or the browser id or the address
// the wrong shape. A missing browser id is left to the domain.
func parseBody(raw []byte) (body, error) {
	var b body
	if !isObject(raw, &b) {
		return body{}, fault.New(fault.Invalid, "body_unreadable")
	}

	b.Browser, b.Visit = cmp.Or(b.Browser, b.ShortBrowser), cmp.Or(b.Visit, b.ShortVisit)
	if b.Browser != "" && !browserPattern.MatchString(b.Browser) {
		return body{}, fault.New(fault.Invalid, "browser_id")
	}
	if b.Email != "" && (len(b.Email) > maxEmailBytes || strings.Count(b.Email, "@") != 1) {
		return body{}, fault.New(fault.Invalid, "email_address")
	}
	return b, nil
}

// parseLink is parseBody for endpoints that need an advocate's code.
func parseLink(raw []byte) (body, error) {
	b, err := parseBody(raw)
	if err != nil {
		return body{}, err
	}
	b.Ref, err = referral.ParseRef(b.Ref)
	return b, err
}
