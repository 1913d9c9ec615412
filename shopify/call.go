package shopify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	goshopify "github.com/bold-commerce/go-shopify/v4"
	"github.com/prometheus/client_golang/prometheus"

	"twofold/tenant"
)

// minThrottleWait is the least wait after THROTTLED, whatever the numbers say.
const minThrottleWait = 250 * time.Millisecond

// interactiveKey marks a context; see Interactive.
type interactiveKey struct{}

// Interactive marks calls that a person waits for: they go before bulk work when a shop's rate limit is short.
func Interactive(ctx context.Context) context.Context {
	return context.WithValue(ctx, interactiveKey{}, true)
}

func isInteractive(ctx context.Context) bool { return ctx.Value(interactiveKey{}) != nil }

// reply is what a successful call brought besides its data.
type reply struct {
	data     json.RawMessage
	date     time.Time // Shopify's Date; our clock where the header is missing
	withheld bool      // parts of the data are null because the app's protected-data level does not reach them
	cost     *queryCost
	searches []search
}

// queryCost is extensions.cost. Source: shopify.dev, rate limits, 2026-10.
type queryCost struct {
	Requested float64  `json:"requestedQueryCost"`
	Actual    *float64 `json:"actualQueryCost"`
	Throttle  struct {
		Maximum   float64 `json:"maximumAvailable"`
		Available float64 `json:"currentlyAvailable"`
		Restore   float64 `json:"restoreRate"` // points a second
	} `json:"throttleStatus"`
}

// actual is what the call really cost; a refused one nothing.
func (c *queryCost) actual() float64 {
	if c.Actual == nil {
		return 0
	}
	return *c.Actual
}

// wait is how long until the query fits. Source: shopify.dev, rate limits: (requested - available) / restore rate.
func (c *queryCost) wait() time.Duration {
	if c.Throttle.Restore <= 0 {
		return minThrottleWait
	}
	seconds := (c.Requested - c.Throttle.Available) / c.Throttle.Restore
	return max(minThrottleWait, time.Duration(math.Min(seconds, 60)*float64(time.Second)))
}

// search is one entry of extensions.search: what Shopify made of a search query.
type search struct {
	Warnings []struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"warnings"`
}

// call runs an operation with the shop's own token and decodes "data" into out. It waits for the rate limit, waits
// again when Shopify throttles, and refreshes a refused token once. Data that is partly withheld is no error here.
func (g *Gateway) call(
	ctx context.Context, shop tenant.ShopID, op operation, vars map[string]any, out any,
) (reply, error) {
	tokens, err := g.tokens(ctx, shop)
	if err != nil {
		return reply{}, err
	}

	r, err := g.attempt(ctx, shop, tokens.Access, op, vars)
	if ClassOf(err) == TokenDead {
		if tokens, err = g.revive(ctx, shop, tokens); err != nil {
			return reply{}, err
		}
		if r, err = g.attempt(ctx, shop, tokens.Access, op, vars); ClassOf(err) == TokenDead {
			// A ping with this very token has just worked, so the shop is not gone: try again later.
			err = (&Error{Class: Transport, Operation: op.name, Shop: shop, Err: err}).wrap()
		}
	}
	if err != nil {
		return reply{}, g.noteClosed(ctx, shop, tokens, err)
	}
	if err := json.Unmarshal(r.data, out); err != nil {
		return reply{}, g.unreadable(shop, op, err)
	}

	return r, nil
}

// attempt spends the operation's cost and sends it, again and again while Shopify throttles. A throttled call was not
// run, so sending it again is safe for mutations too.
func (g *Gateway) attempt(
	ctx context.Context, shop tenant.ShopID, token tenant.Secret, op operation, vars map[string]any,
) (reply, error) {
	for {
		cost := g.costs.of(op)
		if err := g.limiter.take(ctx, shop, cost, op); err != nil {
			return reply{}, err
		}

		r, err := g.send(ctx, shop, token, op, vars)
		if r.cost != nil {
			g.costs.learn(op, r.cost.Requested)
			g.limiter.settle(ctx, shop, cost, r.cost)
			g.metrics.points.WithLabelValues(op.name).Add(r.cost.actual())
		}

		refused, ok := errors.AsType[*Error](err)
		if !ok || refused.Class != Throttled {
			return r, err
		}

		g.metrics.throttled.Inc()
		if !sleep(ctx, refused.Wait) {
			return r, err
		}
	}
}

// sleep waits for d of wall time. It is false at once if ctx would end before, and when ctx ends.
func sleep(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return false
	}

	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// send makes one request through go-shopify and judges the raw answer that the recorder kept. The reply's cost is set
// whenever Shopify told it, with an error too.
func (g *Gateway) send(
	ctx context.Context, shop tenant.ShopID, token tenant.Secret, op operation, vars map[string]any,
) (r reply, err error) {
	timer := prometheus.NewTimer(g.metrics.duration.WithLabelValues(op.name))
	defer func() {
		timer.ObserveDuration()
		g.metrics.calls.WithLabelValues(op.name, resultOf(err)).Inc()
	}()

	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	rec := &recorder{gateway: g, shop: shop}
	client, err := goshopify.NewClient(g.app, string(shop), string(token), goshopify.WithVersion(APIVersion),
		goshopify.WithHTTPClient(&http.Client{Transport: rec, CheckRedirect: noRedirects}))
	if err != nil {
		return reply{}, (&Error{Class: BadQuery, Operation: op.name, Shop: shop, Err: err}).wrap()
	}

	callErr := client.GraphQL.Query(ctx, op.text, vars, nil)
	if rec.answer == nil {
		return reply{}, unanswered(shop, op, rec, callErr)
	}

	r, failed := judge(op, rec.answer)
	if r.date.IsZero() {
		r.date = g.config.Now().UTC().Truncate(time.Millisecond)
	}
	if failed != nil {
		failed.Shop = shop
		return r, failed.wrap()
	}

	return r, nil
}

func resultOf(err error) string {
	if err == nil {
		return "ok"
	}
	if class := ClassOf(err); class != "" {
		return string(class)
	}
	return "error"
}

// unanswered is the error of a call without an answer. A mutation whose request went out may have happened.
func unanswered(shop tenant.ShopID, op operation, rec *recorder, callErr error) error {
	e := &Error{Class: Transport, Operation: op.name, Shop: shop, Err: callErr}
	if rec.err != nil {
		e.Err = rec.err
	}

	switch {
	case op.mutation && rec.sent.Load():
		e.Class = UnknownOutcome
	case errors.Is(e.Err, errTooLarge):
		e.Class = TooLarge
	}

	return e.wrap()
}

// unreadable is the error of an answer that breaks Shopify's schema. A mutation's outcome is then not known.
func (g *Gateway) unreadable(shop tenant.ShopID, op operation, cause error) error {
	e := &Error{Class: BadQuery, Operation: op.name, Shop: shop, Err: fmt.Errorf("unreadable answer: %w", cause)}
	if op.mutation {
		e.Class = UnknownOutcome
	}
	return e.wrap()
}

// judge reads a raw answer. The error is nil for data, complete or partly withheld.
func judge(op operation, a *answer) (reply, *Error) {
	if a.Status != http.StatusOK {
		return reply{date: a.Date}, judgeStatus(op, a)
	}
	var envelope struct {
		Data       json.RawMessage `json:"data"`
		Errors     json.RawMessage `json:"errors"`
		Extensions struct {
			Cost   *queryCost `json:"cost"`
			Search []search   `json:"search"`
		} `json:"extensions"`
	}
	e := &Error{Operation: op.name, Status: a.Status}
	if err := json.Unmarshal(a.Body, &envelope); err != nil {
		e.Class, e.Err = Transport, fmt.Errorf("not JSON: %w", err)
		return reply{date: a.Date}, e.afterSending(op)
	}

	r := reply{data: envelope.Data, date: a.Date, cost: envelope.Extensions.Cost, searches: envelope.Extensions.Search}
	list := readErrors(envelope.Errors)
	e.Class = classOfErrors(list)
	hasData := len(envelope.Data) > 0 && string(envelope.Data) != "null"

	switch {
	case e.Class == "" && !hasData:
		e.Class, e.Err = Transport, errors.New("neither data nor errors")
	case e.Class == "":
		return r, nil
	case e.Class == Withheld && hasData:
		r.withheld = !onlyOptional(list)
		return r, nil
	case e.Class == BadQuery && len(envelope.Data) > 0:
		e.Class = Transport // it was run, to whatever end: a refused query has no "data" at all (GraphQL, 7.1.2)
	case e.Class == Throttled:
		e.Wait = minThrottleWait
		if r.cost != nil {
			e.Wait = r.cost.wait()
		}
	}
	e.fill(list)
	return r, e.afterSending(op)
}

// afterSending turns a Transport failure of a mutation that Shopify received into UnknownOutcome.
func (e *Error) afterSending(op operation) *Error {
	if e.Class == Transport && op.mutation {
		e.Class = UnknownOutcome
	}
	return e
}

// readErrors reads "errors", which is a list of GraphQL errors or, from Shopify's edge, a text.
func readErrors(raw json.RawMessage) []graphError {
	var list []graphError
	if len(raw) == 0 || string(raw) == "null" || json.Unmarshal(raw, &list) == nil {
		return list
	}
	return []graphError{{Message: string(raw)}}
}

// judgeStatus reads an answer other than 200. Source: shopify.dev, API response status codes, 2026-10.
func judgeStatus(op operation, a *answer) *Error {
	e := &Error{Class: Transport, Operation: op.name, Status: a.Status, Text: string(a.Body)}
	switch {
	case a.Status == http.StatusUnauthorized:
		e.Class = TokenDead
	case closedBy[a.Status] != "":
		e.Class = closedBy[a.Status]
	case a.Status == http.StatusForbidden:
		e.judgeForbidden()
	case a.Status == http.StatusTooManyRequests:
		e.Class, e.Wait = Throttled, retryAfter(a.Header)
	case a.Status == http.StatusBadRequest:
		e.Class = BadQuery
	case a.Status >= http.StatusInternalServerError:
		return e.afterSending(op)
	}

	return e
}

// judgeForbidden tells the reasons of a 403 apart. Offline tokens know no staff permissions, and Shopify's scope errors
// name the scope, so what is left is the allowlist. Source: shopify.dev, IP allowlist and API access scopes, 2026-10.
func (e *Error) judgeForbidden() {
	scope := scopePattern.FindString(e.Text)
	switch {
	case withheldPattern.MatchString(e.Text):
		e.Class = Withheld
	case scope != "" || strings.Contains(e.Text, "scope"):
		e.Class, e.Scope = ScopeMissing, scope
	default:
		e.Class = IPRefused
	}
}

// retryAfter reads the header of a 429, in seconds, within reason.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseFloat(h.Get("Retry-After"), 64)
	if err != nil || !(seconds > 0) {
		return time.Second
	}
	return time.Duration(math.Min(seconds, 60) * float64(time.Second))
}

// userError is one entry of a payload's userErrors.
type userError struct {
	Code    *string  `json:"code"`
	Field   []string `json:"field"`
	Message string   `json:"message"`
}

// refused turns a mutation's userErrors into an error, nil when there are none.
func refused(shop tenant.ShopID, op operation, list []userError) error {
	if len(list) == 0 {
		return nil
	}

	e := &Error{Class: UserErrors, Operation: op.name, Shop: shop, Status: http.StatusOK, Text: list[0].Message}
	for _, u := range list {
		code := "UNKNOWN"
		if u.Code != nil {
			code = *u.Code
		}
		e.Codes = append(e.Codes, code)
		e.Fields = append(e.Fields, strings.Join(u.Field, "."))
	}

	if slices.Contains(e.Codes, "INTERNAL_ERROR") {
		e.Class = UnknownOutcome // Shopify's own trouble. Source: DiscountErrorCode, Admin API 2026-10
	}
	return e.wrap()
}

// missing is the error for something that is null in the data: withheld, or not there.
func missing(shop tenant.ShopID, op operation, r reply) error {
	e := &Error{Class: Missing, Operation: op.name, Shop: shop}
	if r.withheld {
		e.Class = Withheld
	}
	return e.wrap()
}
