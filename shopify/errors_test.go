package shopify

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/codes"
	"twofold/fault"
	"twofold/tenant"
	"twofold/text"
)

const throttledBody = `{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],"extensions":{"cost":{"requestedQueryCost":900,` +
	`"actualQueryCost":null,"throttleStatus":{"maximumAvailable":2000,"currentlyAvailable":100,"restoreRate":100}}}}`

// Every way in which a call can fail has its class and kind; only a mutation that Shopify may have seen has an unknown
// outcome.
func TestErrorClasses(t *testing.T) {
	t.Parallel()
	const seed = `{"data":{"payload":{"codeDiscountNode":null,"userErrors":[{"code":"%","field":["basicCodeDiscount","code"],"message":"no"}]}}}`
	for _, row := range []struct {
		name    string
		answer  script
		query   Class // of Ping; "" when the row is only about mutations
		change  Class // of CreateDiscount
		kind    fault.Kind
		mention string // in the change's Error()
	}{
		{
			"refused by the allowlist", answers(403, `{"errors":"Forbidden"}`), IPRefused, IPRefused, fault.Unavailable,
			"403",
		},
		{"scope missing by status", answers(403,
			`{"errors":"[API] This action requires merchant approval for write_discounts scope."}`),
			ScopeMissing, ScopeMissing, fault.Unauthorized, "write_discounts"},
		{"scope missing by code", answers(200,
			"{\"data\":null,\"errors\":[{\"message\":\"Access denied for shop field. Required access: `write_discounts` access scope.\",\"path\":[\"shop\"],\"extensions\":{\"code\":\"ACCESS_DENIED\",\"requiredAccess\":\"`write_discounts` access scope.\"}}]}"),
			ScopeMissing, ScopeMissing, fault.Unauthorized, "write_discounts"},
		{"withheld and nothing left", answers(200,
			`{"data":null,"errors":[{"message":"This app is not approved to access the Customer object.","extensions":{"code":"ACCESS_DENIED"}}]}`),
			Withheld, Withheld, fault.Unavailable, "approved"},
		{"withheld by status", answers(403,
			`{"errors":"[API] This app is not approved to access REST endpoints with protected customer data."}`),
			Withheld, Withheld, fault.Unavailable, "approved"},
		{"code taken", answers(200, strings.Replace(seed, "%", "TAKEN", 1)), "", UserErrors, fault.Conflict, "TAKEN"},
		{
			"value refused", answers(200, strings.Replace(seed, "%", "VALUE_OUTSIDE_RANGE", 1)), "", UserErrors,
			fault.Invalid, "basicCodeDiscount.code",
		},
		{
			"Shopify's own trouble as a user error", answers(200, strings.Replace(seed, "%", "INTERNAL_ERROR", 1)), "",
			UnknownOutcome, fault.Unavailable, "INTERNAL_ERROR",
		},
		{"server error", answers(500, `oops`), Transport, UnknownOutcome, fault.Unavailable, "500"},
		{"bad gateway", answers(502, `<html>`), Transport, UnknownOutcome, fault.Unavailable, "502"},
		{"internal error by code", answers(200,
			`{"errors":[{"message":"Internal error","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`),
			Transport, UnknownOutcome, fault.Unavailable, "Internal error"},
		{"not JSON", answers(200, `<html>`), Transport, UnknownOutcome, fault.Unavailable, "not JSON"},
		{"neither data nor errors", answers(200, `{}`), Transport, UnknownOutcome, fault.Unavailable, "neither"},
		{
			"another shape than the schema's", answers(200, `{"data":{"shop":5,"payload":5}}`), BadQuery,
			UnknownOutcome, "", "unreadable",
		},
		{
			"no id in the answer",
			answers(200, `{"data":{"shop":{},"payload":{"codeDiscountNode":{"id":"x"},"userErrors":[]}}}`), "",
			UnknownOutcome, fault.Unavailable, "id",
		},
		{
			"our query refused",
			answers(200, `{"errors":[{"message":"Field 'x' doesn't exist","extensions":{"code":"undefinedField"}}]}`),
			BadQuery, BadQuery, fault.Internal, "undefinedField",
		},
		{
			"an error of a new kind, after running",
			answers(200, `{"data":null,"errors":[{"message":"x","extensions":{"code":"BRAND_NEW"}}]}`), Transport,
			UnknownOutcome, fault.Unavailable, "BRAND_NEW",
		},
		{
			"a body on which go-shopify panics", answers(400, `{"errors":{"a":null}}`), BadQuery, BadQuery,
			fault.Internal, "400",
		},
		{"errors as a text", answers(200, `{"errors":"Not Found"}`), BadQuery, BadQuery, fault.Internal, "Not Found"},
		{"bad request", answers(400, `{"errors":"bad"}`), BadQuery, BadQuery, fault.Internal, "400"},
		{"shop frozen", answers(402, `{"errors":"Payment Required"}`), Unpaid, Unpaid, fault.Unavailable, "402"},
		{"shop locked", answers(423, `{"errors":"Locked"}`), Locked, Locked, fault.Unavailable, "423"},
		{"no shop there", answers(404, `{"errors":"Not Found"}`), Transport, Transport, fault.Unavailable, "404"},
		{"redirect, not followed", func(w http.ResponseWriter, _ request) {
			w.Header().Set("Location", "http://127.0.0.1:1/steal")
			w.WriteHeader(http.StatusFound)
		}, Transport, Transport, fault.Unavailable, "302"},
		{
			"too large", answers(200, `{"data":"`+strings.Repeat("x", maxAnswerBytes)+`"}`), TooLarge, UnknownOutcome,
			fault.Unavailable, "too large",
		},
		{
			"connection lost after the request", func(http.ResponseWriter, request) { panic(http.ErrAbortHandler) },
			Transport, UnknownOutcome, fault.Unavailable, "EOF",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			g, _ := testGateway(t, newShopifyServer(t, row.answer))
			if err := g.Ping(t.Context(), testShop); row.query != "" && (ClassOf(err) != row.query || errors.Is(err, codes.ErrUnknownOutcome)) {
				t.Errorf("query: %v, want class %s", err, row.query)
			}
			_, err := g.CreateDiscount(t.Context(), testShop, twentyOff)
			if ClassOf(err) != row.change || errors.Is(err, codes.ErrUnknownOutcome) != (row.change == UnknownOutcome) {
				t.Errorf("mutation: %v, want class %s", err, row.change)
			}
			if row.kind != "" && fault.KindOf(err) != row.kind {
				t.Errorf("kind %s of %v, want %s", fault.KindOf(err), err, row.kind)
			}
			if !strings.Contains(err.Error(), row.mention) || strings.Contains(err.Error(), "access-1") {
				t.Errorf("error %q must mention %q and no token", err, row.mention)
			}
		})
	}
}

// A connection that cannot be made sends nothing, so even a mutation's outcome is known.
func TestNoConnectionIsNoUnknownOutcome(t *testing.T) {
	t.Parallel()
	s := newShopifyServer(t, answers(200, "{}"))
	g, _ := testGateway(t, s)
	s.Close()
	_, err := g.CreateDiscount(t.Context(), testShop, twentyOff)
	if ClassOf(err) != Transport || errors.Is(err, codes.ErrUnknownOutcome) || !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want transport and a known outcome", err)
	}
}

// A mutation that times out after sending may have happened.
func TestTimeoutAfterSendingIsUnknown(t *testing.T) {
	t.Parallel()
	arrived, done := make(chan struct{}), make(chan struct{})
	g, _ := testGateway(t, newShopifyServer(t, func(http.ResponseWriter, request) {
		close(arrived)
		<-done
	}))
	defer close(done)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := g.CreateDiscount(ctx, testShop, twentyOff)
	if !errors.Is(err, codes.ErrUnknownOutcome) || !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want unknown outcome", err)
	}
}

// A throttled call waits as long as Shopify's numbers say, within its deadline; what cannot fit fails at once and says
// how long.
func TestThrottledBeyondDeadline(t *testing.T) {
	t.Parallel()
	s := newShopifyServer(t, answers(200, throttledBody))
	g, _ := testGateway(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	err := g.Ping(ctx, testShop)
	if ClassOf(err) != Throttled || !fault.Is(err, fault.Unavailable) || fault.RetryAfter(err) != 8*time.Second {
		t.Errorf("got %v, retry after %v, want throttled for (900-100)/100 s", err, fault.RetryAfter(err))
	}
	if got := s.operations(); len(got) != 1 {
		t.Errorf("asked %d times, want once", len(got))
	}
}

func TestThrottledThenServed(t *testing.T) {
	t.Parallel()
	calls := 0
	s := newShopifyServer(t, func(w http.ResponseWriter, _ request) {
		if calls++; calls == 1 {
			w.Header().Set("Retry-After", "0.01")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		ok(w, pingData)
	})
	g, _ := testGateway(t, s)
	if err := g.Ping(t.Context(), testShop); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Ping", "Ping"}, s.operations()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// The message of the allowlist error tells the operator what to do.
func TestIPRefusedHasItsRemedy(t *testing.T) {
	t.Parallel()
	g, _ := testGateway(t, newShopifyServer(t, answers(403, ``)))
	err := g.Ping(t.Context(), testShop)
	if got := text.English.Error(err); fault.CodeOf(err) != "ip_refused" || !strings.Contains(got, "IP allowlist") {
		t.Errorf("code %q, message %q", fault.CodeOf(err), got)
	}
}

// Every class has its own code and words; what it names stands in them.
func TestClassesHaveCodesAndWords(t *testing.T) {
	t.Parallel()
	for class, want := range map[Class]string{
		Throttled: "shopify_throttled", TokenDead: "token_dead", ScopeMissing: "some_scope_missing", IPRefused: "ip_refused", UserErrors: "shopify_refuses",
		Withheld: "data_withheld", Transport: "shopify_silent", UnknownOutcome: "outcome_unknown", Missing: "not_in_shopify", TooLarge: "answer_too_large",
		GrantRefused: "grant_refused", BadQuery: "internal",
	} {
		err := (&Error{Class: class, Codes: []string{"TOO_LONG"}}).wrap()
		said, known := text.English.Code(want, nil)
		if fault.CodeOf(err) != want || !known || said == "" {
			t.Errorf("%s: code %q, want %q, which says %q", class, fault.CodeOf(err), want, said)
		}
	}

	for said, e := range map[string]*Error{
		"The shop has not granted the access scope read_orders.": {Class: ScopeMissing, Scope: "read_orders"},
		"Shopify refuses it: TOO_LONG and BLANK.":                {Class: UserErrors, Codes: []string{"TOO_LONG", "BLANK"}},
		"Shopify has this discount code already.":                {Class: UserErrors, Codes: []string{"TAKEN"}},
	} {
		if got := text.English.Error(e.wrap()); got != said {
			t.Errorf("got %q, want %q", got, said)
		}
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	g, _ := testGateway(t, newShopifyServer(t, func(w http.ResponseWriter, _ request) {
		ok(w, `{"order":null,"codeDiscountNodeByCode":null,"job":null}`)
	}))
	_, orderErr := g.ReadOrder(t.Context(), testShop, "gid://shopify/Order/1")
	_, codeErr := g.FindDiscount(t.Context(), testShop, "NOPE")
	_, jobErr := g.DeletionDone(t.Context(), testShop, "gid://shopify/Job/1")
	for _, err := range []error{orderErr, codeErr, jobErr} {
		if ClassOf(err) != Missing || !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v, want not found", err)
		}
	}
}

// A shop id that is no shop domain never becomes a host.
func TestOnlyShopsAreAsked(t *testing.T) {
	t.Parallel()
	s := newShopifyServer(t, func(w http.ResponseWriter, _ request) { ok(w, pingData) })
	g, _ := testGateway(t, s)
	for _, shop := range []string{"evil.example", "demo.myshopify.com/../x", "demo.myshopify.com@evil.example", "DEMO.myshopify.com", ""} {
		if err := g.Ping(t.Context(), "demo.myshopify.com"); err != nil {
			t.Fatal(err)
		}
		asked := len(s.operations())
		if err := g.Ping(t.Context(), tenant.ShopID(shop)); err == nil {
			t.Errorf("%q was asked", shop)
		}
		if _, err := g.Exchange(t.Context(), tenant.ShopID(shop), "x"); err == nil {
			t.Errorf("%q was asked for tokens", shop)
		}
		if got := len(s.operations()); got != asked {
			t.Errorf("%q: %d requests went out", shop, got-asked)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for name, break1 := range map[string]func(*Config){
		"no client id": func(c *Config) { c.ClientID = "" }, "no secret": func(c *Config) { c.Secrets = nil },
		"empty secret": func(c *Config) { c.Secrets = append(c.Secrets[:0:0], "") }, "no store": func(c *Config) { c.Tokens = nil },
		"no clock": func(c *Config) { c.Now = nil }, "no log": func(c *Config) { c.Log = nil },
		"origin without shop": func(c *Config) { c.Origin = "http://127.0.0.1:1" }, "origin without scheme": func(c *Config) { c.Origin = "127.0.0.1/{shop}" },
		"origin with a query": func(c *Config) { c.Origin = "http://127.0.0.1/?s={shop}" }, "origin with a user": func(c *Config) { c.Origin = "http://a@b/{shop}" },
	} {
		g, _ := testGateway(t, newShopifyServer(t, answers(200, "")))
		c := g.config
		c.Metrics = nil
		break1(&c)
		if _, err := New(c); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}

func TestMessagesOfShopifyAreFitForTheLog(t *testing.T) {
	t.Parallel()
	e := &Error{
		Class:     UserErrors,
		Operation: "codes_add",
		Text:      `Code 7K2Q-MM4P-9XTR is taken, says jon.doe+1@example.com; discount gid://shopify/DiscountCodeNode/42`,
	}
	want := `shopify: codes_add: user_errors: Code 7K2Q-… is taken, says …@… discount gid://shopify/DiscountCodeNode/42`
	if got := e.Error(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Shopify may echo what it was sent, or worse: tokens and secrets never reach a log, whatever stands around them.
func TestTokensInShopifysAnswersAreMasked(t *testing.T) {
	t.Parallel()
	const secret = "0123456789abcdef0123456789abcdef"
	for _, prefix := range []string{"shpat_", "shprt_", "shpss_", "shpca_", "shppa_", "shpua_", "shptka_", "SHPAT_"} {
		got := clip(`{"error":"token ` + prefix + secret + `, or token=` + prefix + secret + `&x=1 of shop_id"}`)
		if want := `{"error":"token ` + prefix + `…, or token=` + prefix + `…&x=1 of shop_id"}`; got != want {
			t.Errorf("%s: %s, want %s", prefix, got, want)
		}
	}
	if got := clip("subject_token=eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2Ei.c2lnbmF0dXJl&x"); got != "subject_token=eyJ…&x" {
		t.Errorf("an ID token: %s", got)
	}
	if got := clip(strings.Repeat("x", 290) + " shpat_" + secret); strings.Contains(got, "0123") {
		t.Errorf("a token where the text is cut: %s", got)
	}
}
