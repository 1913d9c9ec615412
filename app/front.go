package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"regexp"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"twofold/admin"
	"twofold/fault"
	"twofold/storefront"
)

// front stands before every route: it names the request, catches panics, answers errors, and logs and measures the end.
type front struct {
	log     *slog.Logger
	seconds *prometheus.HistogramVec
}

func newFront(log *slog.Logger, metrics prometheus.Registerer) *front {
	f := &front{log, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "twofold_http_seconds", Help: "Time of HTTP requests by route and status.",
		Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 10),
	}, []string{"route", "status"})}
	metrics.MustRegister(f.seconds)
	return f
}

// Header and local in which a request's id stands. Shopify sends X-Request-Id with what it forwards.
const requestIDLocal = "request_id"

var requestIDPattern = regexp.MustCompile(`\A[A-Za-z0-9-]{8,64}\z`)

// serve runs the route. Its error is answered here, so that the log knows the status.
func (f *front) serve(c *fiber.Ctx) error {
	timer := prometheus.NewTimer(prometheus.ObserverFunc(func(s float64) { f.end(c, s) }))
	nameRequest(c)
	if err := next(c); err != nil {
		if err := f.fail(c, err); err != nil {
			return err
		}
	}

	timer.ObserveDuration()
	return nil
}

// nameRequest takes the id the caller sent when it looks like one, else draws one.
func nameRequest(c *fiber.Ctx) {
	id := c.Get(fiber.HeaderXRequestID)
	if !requestIDPattern.MatchString(id) {
		id = uuid.NewString()
	}
	c.Locals(requestIDLocal, id)
	c.Set(fiber.HeaderXRequestID, id)
}

// next runs what follows, and turns a panic into an Internal error.
func next(c *fiber.Ctx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return c.Next()
}

// errorBody is the answer to every failed request (design section 2, Errors outside).
type errorBody struct {
	Error errorFields `json:"error"`
}

type errorFields struct {
	Kind      fault.Kind `json:"kind"`
	Code      string     `json:"code"` // stable; docs/CODES.md lists all
	Message   string     `json:"message"`
	RequestID string     `json:"request_id"`
	storefront.ToAgree
}

// fail is the only error handler. Nothing of an error that is not ours is shown. It also answers what Fiber refuses
// by itself before any route: bodies that are too large, requests that cannot be parsed.
func (f *front) fail(c *fiber.Ctx, err error) error {
	err = translated(err)

	id, named := c.Locals(requestIDLocal).(string)
	if !named {
		nameRequest(c)
		id, _ = c.Locals(requestIDLocal).(string)
		secureHeaders(c)
	}

	kind := fault.KindOf(err)
	if after := retryAfter(err); after > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(after))
	}

	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Locals(admin.FailedLocal, err)
	return c.Status(kind.Status()).JSON(errorBody{errorFields{
		kind, fault.CodeOf(err), worded(c, err), id, storefront.ToAgreeOf(err),
	}})
}

// worded is the error in the words of whoever is answered: a shopper behind the app proxy in the language their
// browser asks for, everybody else as merchants are.
func worded(c *fiber.Ctx, err error) string {
	if storefront.Serves(c.Path()) {
		return storefront.PrinterFor(c).Shopper(err)
	}
	return merchants(c).Error(err)
}

// retryAfter is in whole seconds; what is only busy may always come back.
func retryAfter(err error) int {
	after := fault.RetryAfter(err)
	if after == 0 && fault.Is(err, fault.Unavailable) {
		after = time.Second
	}
	return int(math.Ceil(after.Seconds()))
}

// translated gives Fiber's own errors a kind. Their texts are not shown: some quote the request.
func translated(err error) error {
	var own *fiber.Error
	if !errors.As(err, &own) {
		return err
	}

	switch {
	case own.Code == fiber.StatusNotFound || own.Code == fiber.StatusMethodNotAllowed:
		return fault.ForLog(fault.NotFound, "%w", err)
	case own.Code < fiber.StatusInternalServerError:
		return fault.ForLog(fault.Invalid, "%w", err)
	}
	return err
}

// end logs and measures a request: what needs somebody as an error, what heals as a warning, the rest for debugging.
// No query, no body, no address.
func (f *front) end(c *fiber.Ctx, seconds float64) {
	route, status := c.Route().Path, c.Response().StatusCode()
	f.seconds.WithLabelValues(route, strconv.Itoa(status)).Observe(seconds)

	err, _ := c.Locals(admin.FailedLocal).(error)
	level := levelOf(err)
	ctx := c.UserContext()
	if !f.log.Enabled(ctx, level) {
		return
	}

	facts := []slog.Attr{
		slog.String("method", c.Method()), slog.String("route", route), slog.Int("status", status),
		slog.Int64("dur_ms", int64(seconds*1000)), slog.Any("request_id", c.Locals(requestIDLocal)),
	}
	for _, key := range []string{"shop", "topic", "delivery_id"} {
		if v := c.Locals(key); v != nil {
			facts = append(facts, slog.Any(key, v))
		}
	}

	if err != nil {
		facts = append(facts, slog.Any("kind", fault.KindOf(err)), slog.String("err", err.Error()))
	}
	f.log.LogAttrs(context.WithoutCancel(ctx), level, "request", facts...)
}

func levelOf(err error) slog.Level {
	switch fault.KindOf(err) {
	case fault.Internal:
		return slog.LevelError
	case fault.Unavailable:
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

// secure sets the headers that every answer carries. tls says that the app is reached by HTTPS.
func secure(tls bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		secureHeaders(c)
		if tls {
			c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
		}
		return c.Next()
	}
}

// secureHeaders: nothing is guessed, kept or framed unless a page says otherwise; referrers carry no
// query, as ours hold tokens.
func secureHeaders(c *fiber.Ctx) {
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderReferrerPolicy, "strict-origin")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
	c.Set(fiber.HeaderCacheControl, "no-store")
}
