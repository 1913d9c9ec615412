package simulator

import (
	"fmt"
	"time"
)

// Values of Behaviour's fields.
const (
	PerCode     = "code"     // each code has its own limit
	PerDiscount = "discount" // all codes of the discount share one limit
	Stripped    = "stripped" // the visitor's own copies of signed parameters are dropped
	Kept        = "kept"     // the visitor's own copies stay beside Shopify's
)

// Behaviour holds the answers to what Shopify's documentation leaves open, so that tests run under either.
// A zero field means its default; see DefaultBehaviour.
type Behaviour struct {
	// UsageLimitScope: does usageLimit count per code (as Shopify's staff say) or per discount?
	UsageLimitScope string `json:"usage_limit_scope,omitempty"`
	// OncePerCustomerScope: does appliesOncePerCustomer span all codes of a discount, or does each code count alone?
	OncePerCustomerScope string `json:"once_per_customer_scope,omitempty"`
	// DuplicateProxyParams: does the app proxy strip or keep signed parameters that the visitor sends too?
	DuplicateProxyParams string `json:"duplicate_proxy_params,omitempty"`
	// ProtectedDataLevel is the app's approved level of protected customer data: 0, 1 or 2.
	ProtectedDataLevel *int `json:"protected_data_level,omitempty"`
	// BareOrders: does the card, the client's address and the referrer of an order take level 2? shopify.dev does not say.
	BareOrders bool `json:"bare_orders,omitempty"`
	// OrdersVisibleDays is how old an order may be to be shown without read_all_orders.
	OrdersVisibleDays int `json:"orders_visible_days,omitempty"`
	// DropIdenticalWebhooks: are cut bodies equal to one sent in the last minute dropped?
	DropIdenticalWebhooks bool `json:"drop_identical_webhooks,omitempty"`
	// BarePrivacyWebhooks: do the privacy topics come without the headers that name the shop and the API's version?
	// Source: Shopify/shopify-api-ruby#1261, Shopify/shopify-api-js#1145.
	BarePrivacyWebhooks bool `json:"bare_privacy_webhooks,omitempty"`
	// RefusedRefreshStatus is the HTTP status of a refused token refresh: 400 with invalid_grant or
	// 401 with invalid_request.
	RefusedRefreshStatus int `json:"refused_refresh_status,omitempty"`
	// RetryScale multiplies the gaps between webhook retries (about 4 simulated hours in all);
	// 0.001 makes it 14 seconds.
	RetryScale float64 `json:"retry_scale,omitempty"`
	// JourneyDelay is the simulated time until customerJourneySummary is ready.
	JourneyDelay Duration `json:"journey_delay,omitempty"`
	// BulkPolls is how often a bulk creation or job is polled before it reports done.
	BulkPolls int `json:"bulk_polls,omitempty"`
}

// DefaultBehaviour is what a shop does when nothing else is asked for: codes count one by one, once per customer
// spans a discount, duplicate parameters are stripped, level 1, 60 days of orders, bulk jobs done at the second poll.
func DefaultBehaviour() Behaviour { return Behaviour{}.withDefaults() }

// Level returns a pointer for Behaviour.ProtectedDataLevel.
func Level(n int) *int { return &n }

func (b Behaviour) withDefaults() Behaviour {
	setDefault(&b.UsageLimitScope, PerCode)
	setDefault(&b.OncePerCustomerScope, PerDiscount)
	setDefault(&b.DuplicateProxyParams, Stripped)
	setDefault(&b.OrdersVisibleDays, 60)
	setDefault(&b.RefusedRefreshStatus, 400)
	setDefault(&b.RetryScale, 1)
	setDefault(&b.BulkPolls, 1)

	if b.ProtectedDataLevel == nil {
		b.ProtectedDataLevel = Level(1)
	}
	return b
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// validate expects withDefaults to have run.
func (b Behaviour) validate() error {
	switch {
	case b.UsageLimitScope != PerCode && b.UsageLimitScope != PerDiscount:
		return fmt.Errorf("simulator: usage_limit_scope %q is neither code nor discount", b.UsageLimitScope)
	case b.OncePerCustomerScope != PerCode && b.OncePerCustomerScope != PerDiscount:
		return fmt.Errorf("simulator: once_per_customer_scope %q is neither code nor discount", b.OncePerCustomerScope)
	case b.DuplicateProxyParams != Stripped && b.DuplicateProxyParams != Kept:
		return fmt.Errorf("simulator: duplicate_proxy_params %q is neither stripped nor kept", b.DuplicateProxyParams)
	case *b.ProtectedDataLevel < 0 || *b.ProtectedDataLevel > 2:
		return fmt.Errorf("simulator: protected_data_level %d is not 0, 1 or 2", *b.ProtectedDataLevel)
	case b.RefusedRefreshStatus != 400 && b.RefusedRefreshStatus != 401:
		return fmt.Errorf("simulator: refused_refresh_status %d is neither 400 nor 401", b.RefusedRefreshStatus)
	case b.OrdersVisibleDays < 0 || b.RetryScale < 0 || b.JourneyDelay < 0 || b.BulkPolls < 0:
		return fmt.Errorf("simulator: behaviour has a negative number")
	}
	return nil
}

// Duration is a time.Duration written as "30s" or "336h" in JSON.
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}
