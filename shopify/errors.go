package shopify

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"twofold/codes"
	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Class says in what way a call to Shopify failed.
type Class string

// The classes, with the fault.Kind that each is wrapped in (faultOf has their codes).
const (
	Throttled      Class = "throttled"       // Unavailable: no room in the rate limit by the deadline; Wait: how long
	TokenDead      Class = "token_dead"      // Unauthorized: refused for good, a merchant must open the app
	ScopeMissing   Class = "scope_missing"   // Unauthorized: the merchant has not granted Scope
	IPRefused      Class = "ip_refused"      // Unavailable: our address is not on the app's allowlist, where it must be
	Unpaid         Class = "unpaid"          // Unavailable: the shop owes Shopify money; nothing works until it is paid
	Locked         Class = "locked"          // Unavailable: Shopify has locked the shop
	UserErrors     Class = "user_errors"     // Invalid, or Conflict for a code that is taken: Codes and Fields say why
	Withheld       Class = "withheld"        // Unavailable: the app is not approved for this protected customer data
	Transport      Class = "transport"       // Unavailable: no answer, or not one of Shopify's
	UnknownOutcome Class = "unknown_outcome" // Unavailable: a mutation may have happened; errors.Is ErrUnknownOutcome
	Missing        Class = "not_found"       // NotFound: Shopify has no such thing in this shop
	TooLarge       Class = "too_large"       // TooLarge: the answer is larger than we read
	GrantRefused   Class = "grant_refused"   // Unauthorized: an ID token or code is stale or used; try with a fresh one
	BadQuery       Class = "bad_query"       // Internal: Shopify refuses our own query, or its answer breaks its schema
)

// closedBy is how Shopify says of a shop that it is closed, whatever is asked. Source: shopify.dev, API response status
// codes, 2026-10.
var closedBy = map[int]Class{http.StatusPaymentRequired: Unpaid, http.StatusLocked: Locked}

// closedAs is the status of a shop of which Shopify says so. Whether an error does, errors.Is tells of
// tenant.ErrClosed.
var closedAs = map[Class]tenant.Status{Unpaid: tenant.Unpaid, Locked: tenant.Locked}

// faultOf is what callers see of each class. The code of IPRefused tells the operator what to do. Source: shopify.dev,
// IP allowlist (required for public apps since 2026-11-20).
var faultOf = map[Class]fault.Error{
	Throttled:      {Kind: fault.Unavailable, Code: "shopify_throttled"},
	TokenDead:      {Kind: fault.Unauthorized, Code: "token_dead"},
	ScopeMissing:   {Kind: fault.Unauthorized, Code: "some_scope_missing"},
	IPRefused:      {Kind: fault.Unavailable, Code: "ip_refused"},
	Unpaid:         {Kind: fault.Unavailable, Code: "shop_unpaid"},
	Locked:         {Kind: fault.Unavailable, Code: "shop_locked"},
	UserErrors:     {Kind: fault.Invalid, Code: "shopify_refuses"},
	Withheld:       {Kind: fault.Unavailable, Code: "data_withheld"},
	Transport:      {Kind: fault.Unavailable, Code: "shopify_silent"},
	UnknownOutcome: {Kind: fault.Unavailable, Code: "outcome_unknown"},
	Missing:        {Kind: fault.NotFound, Code: "not_in_shopify"},
	TooLarge:       {Kind: fault.TooLarge, Code: "answer_too_large"},
	GrantRefused:   {Kind: fault.Unauthorized, Code: "grant_refused"},
	BadQuery:       {Kind: fault.Internal},
}

// Error is the cause inside the fault.Error of a failed call. Text holds Shopify's own words, for the log.
type Error struct {
	Class     Class
	Operation string
	Shop      tenant.ShopID
	Status    int           // HTTP status; 0: there was no answer
	Codes     []string      // of the user errors or GraphQL errors, such as TAKEN
	Fields    []string      // what they are about, "basicCodeDiscount.code"
	Scope     string        // for ScopeMissing: the scope, "" when Shopify does not say
	Wait      time.Duration // for Throttled: until there is room
	Text      string
	Err       error
}

// Error is for logs. It never holds a token.
func (e *Error) Error() string {
	parts := []string{"shopify: " + e.Operation + ": " + string(e.Class)}
	if e.Status != 0 {
		parts = append(parts, fmt.Sprintf("status %d", e.Status))
	}
	if e.Scope != "" {
		parts = append(parts, "scope "+e.Scope)
	}

	for _, list := range [][]string{e.Codes, e.Fields} {
		if len(list) > 0 {
			parts = append(parts, strings.Join(list, ","))
		}
	}

	if e.Text != "" {
		parts = append(parts, clip(e.Text))
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is lets errors.Is find codes.ErrUnknownOutcome, referral.ErrWithheld and tenant.ErrClosed.
func (e *Error) Is(target error) bool {
	switch target {
	case codes.ErrUnknownOutcome:
		return e.Class == UnknownOutcome
	case referral.ErrWithheld:
		return e.Class == Withheld
	case tenant.ErrClosed:
		return closedAs[e.Class] != ""
	}

	return false
}

// ClassOf returns the class of a gateway error, "" for any other.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return ""
}

// wrap makes the fault.Error that callers see.
func (e *Error) wrap() error {
	seen := faultOf[e.Class]
	switch {
	case e.Class == ScopeMissing && e.Scope != "":
		seen = fault.Error{Kind: fault.Unauthorized, Code: "scope_missing", Values: fault.Values{"scope": e.Scope}}
	case e.Class == UserErrors && e.taken():
		seen = fault.Error{Kind: fault.Conflict, Code: "code_taken"}
	case e.Class == UserErrors:
		seen.Values = fault.Values{"codes": e.Codes}
	}

	seen.Err, seen.RetryAfter = e, e.Wait
	return &seen
}

// taken tells that all user errors say the same: the code exists already. Source: DiscountErrorCode, Admin API 2026-10.
func (e *Error) taken() bool {
	for _, code := range e.Codes {
		if code != "TAKEN" && code != "DUPLICATE" && code != "IMPLICIT_DUPLICATE" {
			return false
		}
	}
	return len(e.Codes) > 0
}

// Shopify's messages may repeat what was sent. These find what must not reach a log: discount codes as package referral
// draws them, e-mail addresses, Shopify's tokens and secrets (shpat_, shprt_, shpss_, shpca_, shppa_ and whatever comes
// to be named like them), and ID tokens, which we send there.
var (
	codeInText  = regexp.MustCompile(`(?i)\b([2-9B-DF-HJ-KM-NP-TV-Z]{4})(?:-[2-9B-DF-HJ-KM-NP-TV-Z]{4})+\b`)
	emailInText = regexp.MustCompile(`[^\s@"'<>]+@[^\s@"'<>]+`)
	tokenInText = regexp.MustCompile(`(?i)(shp[a-z]{1,6}_)\w+`)
	idTokenText = regexp.MustCompile(`eyJ[\w-]{8,}(?:\.[\w-]*){0,2}`)
)

// clip makes foreign text fit for the log: short, without addresses and tokens, and with no more than the beginning of
// a code.
func clip(text string) string {
	text = idTokenText.ReplaceAllString(tokenInText.ReplaceAllString(text, "$1…"), "eyJ…")
	text = emailInText.ReplaceAllString(codeInText.ReplaceAllString(text, "$1-…"), "…@…")
	const most = 300
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// graphError is one entry of "errors" in a GraphQL answer.
type graphError struct {
	Message    string            `json:"message"`
	Path       []json.RawMessage `json:"path"`
	Extensions struct {
		Code           looseText `json:"code"`
		RequiredAccess looseText `json:"requiredAccess"`
	} `json:"extensions"`
}

// looseText is a JSON string; a value of another type reads as "".
type looseText string

// UnmarshalJSON never fails.
func (t *looseText) UnmarshalJSON(data []byte) error {
	var s string
	_ = json.Unmarshal(data, &s) // any other type leaves ""
	*t = looseText(s)
	return nil
}

// scopePattern finds `read_orders` in "Required access: `read_orders` access scope." and in "merchant approval for
// read_orders scope".
var scopePattern = regexp.MustCompile(`\b(?:read|write|unauthenticated_read|unauthenticated_write)_[a-z_]+\b`)

// withheldPattern matches how Shopify words data that the app's protected-data level does not reach ("This app is not
// approved to access the Customer object", "… to use the email field"). Shopify gives it the same code as a missing
// scope, so words must tell. Source: shopify.dev, protected customer data; the wording as reported by others.
var withheldPattern = regexp.MustCompile(`(?i)not approved to|protected[- ]customer[- ]data`)

// classOfErrors judges the "errors" of an answer: the worst one counts. Withheld and nothing else means that the data
// is usable.
func classOfErrors(list []graphError) Class {
	worst := Class("")
	for _, class := range []Class{Withheld, Transport, ScopeMissing, BadQuery, Throttled} {
		if slices.ContainsFunc(list, func(e graphError) bool { return e.class() == class }) {
			worst = class
		}
	}
	return worst
}

// class is what one GraphQL error means. Source: shopify.dev, GraphQL Admin API, status and error codes, 2026-10.
func (e graphError) class() Class {
	switch e.Extensions.Code {
	case "THROTTLED":
		return Throttled
	case "ACCESS_DENIED":
		if withheldPattern.MatchString(e.Message) {
			return Withheld
		}
		return ScopeMissing
	case "SHOP_INACTIVE", "INTERNAL_SERVER_ERROR", "TIMEOUT":
		return Transport
	case "":
		if withheldPattern.MatchString(e.Message) {
			return Withheld
		}
	}

	return BadQuery
}

// fill adds what a list of GraphQL errors says to e.
func (e *Error) fill(list []graphError) {
	for _, g := range list {
		if code := string(g.Extensions.Code); code != "" && !slices.Contains(e.Codes, code) {
			e.Codes = append(e.Codes, code)
		}
		if e.Text == "" {
			e.Text = g.Message
		}
		if e.Class == ScopeMissing && e.Scope == "" && g.class() == ScopeMissing {
			e.Scope = scopePattern.FindString(string(g.Extensions.RequiredAccess) + " " + g.Message)
		}
	}
}
