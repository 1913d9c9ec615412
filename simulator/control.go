package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// longPoll is how long GET /_sim/clock?after= waits; clockPatience is how long POST /_sim/clock waits for its clients.
const (
	longPoll      = 25 * time.Second
	clockPatience = 2 * time.Second
)

// routes maps everything under a shop, under /_sim/, and what Shopify serves for all shops.
func (s *Server) routes() *http.ServeMux {
	top := http.NewServeMux()
	top.Handle("/_sim/", s.controlRoutes())
	top.HandleFunc("GET /shopifycloud/{file}", s.serveCDN)
	top.HandleFunc("GET /_admin/{file}", s.serveAdminFile)
	top.Handle("/", s.shopRoutes())
	return top
}

func (s *Server) shopRoutes() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST /{shop}/admin/oauth/access_token", s.serveToken)
	m.HandleFunc("GET /{shop}/admin/oauth/authorize", s.serveAuthorize)
	s.adminRoutes(m)

	m.HandleFunc("POST /{shop}/admin/api/{version}/graphql.json", s.serveGraphQL)
	if s.app.proxy.url != "" {
		m.HandleFunc("/{shop}"+s.app.proxy.path(), s.serveProxy)
		m.HandleFunc("/{shop}"+s.app.proxy.path()+"/{rest...}", s.serveProxy)
	}
	s.storefrontRoutes(m)
	return m
}

func (s *Server) storefrontRoutes(m *http.ServeMux) {
	for pattern, fn := range map[string]http.HandlerFunc{
		"GET /{shop}/{$}":                  s.serveHome,
		"GET /{shop}/collections/{handle}": s.serveCollection,
		"GET /{shop}/products/{handle}":    s.serveProduct,
		"GET /{shop}/pages/workshop":       s.serveWorkshop,
		"/{shop}/{rest...}":                s.serveMissing, // any method, as the proxy has
		"POST /{shop}/localization":        s.serveLocalization,
		"GET /{shop}/discount/{code}":      s.serveDiscount,

		"GET /{shop}/cart":            s.serveCartPage,
		"POST /{shop}/cart":           s.serveCartForm,
		"POST /{shop}/cart/add":       s.serveCartForm,
		"GET /{shop}/cart/change":     s.serveCartLink,
		"POST /{shop}/cart/buy":       s.serveBuyNow,
		"GET /{shop}/cart.js":         s.serveCart,
		"GET /{shop}/cart.json":       s.serveCart,
		"POST /{shop}/cart/add.js":    s.serveCartAdd,
		"POST /{shop}/cart/change.js": s.serveCartChange,
		"POST /{shop}/cart/clear.js":  s.serveCartClear,
		"POST /{shop}/cart/update.js": s.serveCartUpdate,

		"GET /{shop}/checkout":                   s.serveCheckoutForm,
		"POST /{shop}/checkout":                  s.serveCheckout,
		"POST /{shop}/checkout/codes":            s.serveCheckoutCode,
		"GET /{shop}/checkout/thank-you/{token}": s.serveThanks,

		"GET /{shop}/checkout/session-token":        s.serveUIToken,
		"GET /{shop}/account":                       s.serveAccount,
		"GET /{shop}/account/orders/{token}":        s.serveOrderStatus,
		"GET /{shop}/account/pages/{handle}":        s.serveAccountPage,
		"GET /{shop}/account/login":                 s.serveLoginForm,
		"POST /{shop}/account/login":                s.serveLogin,
		"GET /{shop}/account/logout":                s.serveLogout,
		"GET /{shop}/customer_authentication/login": s.serveStorefrontLogin,

		"GET /{shop}/cdn/shop/{version}/{file...}":              s.serveThemeFile,
		"GET /{shop}/cdn/extensions/{version}/assets/{file...}": s.serveExtensionFile,
		"GET /{shop}/cdn/ui/{file}":                             s.serveUIFile,
	} {
		m.HandleFunc(pattern, fn)
	}
}

// controlled is a control endpoint: it answers a value as JSON, or an error.
type controlled func(r *http.Request) (any, error)

func (fn controlled) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v, err := fn(r)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

// writeError answers 404 for what is not there and 400 for what cannot be.
func writeError(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	absent := []error{
		errNoShop, errNoOrder, errNoDelivery, errNoCustomer, errNoDiscount, errNoCode, errNoVariant, errNoPage,
		errNoFault,
	}

	for _, missing := range absent {
		if errors.Is(err, missing) {
			status = http.StatusNotFound
		}
	}
	writeJSON(w, status, map[string]any{"error": err.Error()})
}

// body reads the request's JSON into a new T. No body is an empty T; unknown fields are errors.
func body[T any](r *http.Request) (T, error) {
	var in T
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxRequestBody))
	if err != nil || len(bytes.TrimSpace(raw)) == 0 {
		return in, err
	}
	return in, strictly(raw, &in)
}

// strictly reads JSON over what v has. Unknown fields are errors.
func strictly(raw []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("the body is not understood: %w", err)
	}
	return nil
}

// done is the answer of endpoints that have nothing to tell.
var done = map[string]any{"ok": true}

func (s *Server) controlRoutes() http.Handler {
	m := http.NewServeMux()
	handle := func(pattern string, fn controlled) { m.Handle(pattern, fn) }

	handle("GET /_sim/shops", func(*http.Request) (any, error) { return map[string]any{"shops": s.Shops()}, nil })
	handle("POST /_sim/shops", s.controlCreate)
	handle("GET /_sim/shops/{shop}", s.controlShop)
	handle("POST /_sim/shops/{shop}/install", func(r *http.Request) (any, error) {
		return done, s.Install(r.Context(), r.PathValue("shop"))
	})
	handle("POST /_sim/shops/{shop}/open", func(r *http.Request) (any, error) {
		return done, s.OpenApp(r.Context(), r.PathValue("shop"))
	})
	handle("POST /_sim/shops/{shop}/uninstall", func(r *http.Request) (any, error) {
		return done, s.Uninstall(r.PathValue("shop"))
	})
	handle("POST /_sim/shops/{shop}/scopes", s.controlScopes)
	handle("GET /_sim/shops/{shop}/id_token", s.controlIDToken)
	handle("GET /_sim/shops/{shop}/theme", s.controlTheme)
	handle("POST /_sim/shops/{shop}/theme", s.controlTheme)
	handle("POST /_sim/shops/{shop}/customers", s.controlCustomer)

	handle("GET /_sim/shops/{shop}/orders", s.controlOrders)
	handle("POST /_sim/shops/{shop}/orders", s.controlPlace)
	pay := func(shop string, id int64, _ struct{}) (Order, error) { return s.PayOrder(shop, id) }
	m.Handle("POST /_sim/shops/{shop}/orders/{id}/pay", changing(pay))
	m.Handle("POST /_sim/shops/{shop}/orders/{id}/refund", changing(s.RefundOrder))
	m.Handle("POST /_sim/shops/{shop}/orders/{id}/cancel", changing(s.CancelOrder))
	m.Handle("POST /_sim/shops/{shop}/orders/{id}/edit", changing(s.EditOrder))
	m.Handle("POST /_sim/shops/{shop}/orders/{id}/exchange", changing(s.ExchangeOrder))
	m.Handle("DELETE /_sim/shops/{shop}/orders/{id}", deleting("Order", s.DeleteOrder))
	m.Handle("DELETE /_sim/shops/{shop}/customers/{id}", deleting("Customer", s.DeleteCustomer))
	handle("POST /_sim/shops/{shop}/customers/{id}/merge", s.controlMerge)
	m.Handle("POST /_sim/shops/{shop}/orders/{id}/dispute", changing(s.DisputeOrder))
	m.Handle("POST /_sim/shops/{shop}/orders/{id}/attributes", changing(s.SetAttributes))
	attach := func(shop string, id int64, in CustomerInput) (Order, error) {
		return s.AttachCustomer(shop, id, in.Email)
	}
	m.Handle("POST /_sim/shops/{shop}/orders/{id}/customer", changing(attach))

	handle("GET /_sim/shops/{shop}/discounts", s.controlDiscounts)
	handle("POST /_sim/shops/{shop}/discounts", s.controlMakeDiscount)
	handle("POST /_sim/shops/{shop}/discounts/{id}", s.controlEditDiscount)
	m.Handle("DELETE /_sim/shops/{shop}/discounts/{id}", deleting("DiscountCodeNode", s.DeleteDiscount))
	handle("DELETE /_sim/shops/{shop}/discounts/{id}/codes/{code}", s.controlDeleteCode)
	handle("GET /_sim/shops/{shop}/deliveries", s.controlDeliveries)
	handle("POST /_sim/shops/{shop}/deliveries/{id}/redeliver", s.controlRedeliver)
	handle("POST /_sim/shops/{shop}/webhooks", s.controlWebhook)

	handle("GET /_sim/faults", func(*http.Request) (any, error) { return map[string]any{"faults": s.Faults()}, nil })
	handle("POST /_sim/faults", s.controlAddFault)
	handle("DELETE /_sim/faults", func(*http.Request) (any, error) { s.ClearFaults(); return done, nil })
	handle("DELETE /_sim/faults/{id}", func(r *http.Request) (any, error) {
		return done, s.RemoveFault(r.PathValue("id"))
	})
	handle("GET /_sim/shops/{shop}/flow", func(r *http.Request) (any, error) {
		all, err := s.FlowTriggers(r.PathValue("shop"))
		return map[string]any{"triggers": all}, err
	})
	handle("GET /_sim/clock", s.controlClock)
	handle("POST /_sim/clock", s.controlMoveClock)
	return m
}

// changing is a control endpoint that changes one order.
func changing[T any](fn func(shop string, id int64, in T) (Order, error)) controlled {
	return func(r *http.Request) (any, error) {
		id, err := idOf("Order", r.PathValue("id"))
		if err != nil {
			return nil, err
		}
		in, err := body[T](r)
		if err != nil {
			return nil, err
		}
		return orderAnswer(fn(r.PathValue("shop"), id, in))
	}
}

func orderAnswer(o Order, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return map[string]any{"order": o}, nil
}

// deleting is a control endpoint that deletes one thing of a kind.
func deleting(kind string, fn func(shop string, id int64) error) controlled {
	return func(r *http.Request) (any, error) {
		id, err := idOf(kind, r.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return done, fn(r.PathValue("shop"), id)
	}
}

func (s *Server) controlMerge(r *http.Request) (any, error) {
	id, err := idOf("Customer", r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	in, err := body[MergeInput](r)
	if err != nil {
		return nil, err
	}
	return done, s.MergeCustomers(r.PathValue("shop"), id, in)
}

// idOf reads a number, or a gid with its slashes percent-encoded.
func idOf(kind, s string) (int64, error) {
	if id, ok := parseGID(kind, s); ok {
		return id, nil
	}

	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not the id of a %s", s, kind)
	}
	return id, nil
}

func (s *Server) controlCreate(r *http.Request) (any, error) {
	var in ShopInput
	in.Behaviour = new(Behaviour)
	*in.Behaviour = s.cfg.Behaviour // fields that are sent replace the server's

	raw, err := io.ReadAll(io.LimitReader(r.Body, maxRequestBody))
	if err != nil {
		return nil, err
	}

	if err := strictly(raw, &in); err != nil {
		return nil, err
	}
	if err := s.CreateShop(in); err != nil {
		return nil, err
	}
	return s.shopInfo(in.Domain)
}

func (s *Server) controlShop(r *http.Request) (any, error) { return s.shopInfo(r.PathValue("shop")) }

func (s *Server) shopInfo(domain string) (any, error) {
	var out map[string]any
	err := s.withShop(domain, func(sh *shop) error {
		out = map[string]any{"domain": sh.domain, "id": sh.id, "name": sh.name, "currency": sh.currency,
			"plan": sh.plan, "time_zone": sh.timeZone, "order_prefix": sh.orderPrefix, "order_suffix": sh.orderSuffix,
			"installed": sh.installed, "scopes": append([]string{}, sh.scopes...), "behaviour": sh.behaviour,
			"storefront": s.URL() + "/" + sh.domain + "/",
			"admin":      s.URL() + "/" + sh.domain + "/admin/apps/" + s.cfg.ClientID}
		return nil
	})
	return out, err
}

func (s *Server) controlScopes(r *http.Request) (any, error) {
	in, err := body[struct {
		Scopes []string `json:"scopes"`
	}](r)
	if err != nil {
		return nil, err
	}
	return done, s.SetScopes(r.PathValue("shop"), in.Scopes)
}

func (s *Server) controlIDToken(r *http.Request) (any, error) {
	token, err := s.IDToken(r.PathValue("shop"))
	return map[string]any{"id_token": token}, err
}

func (s *Server) controlCustomer(r *http.Request) (any, error) {
	in, err := body[CustomerInput](r)
	if err != nil {
		return nil, err
	}
	c, err := s.CreateCustomer(r.PathValue("shop"), in)
	return map[string]any{"customer": c}, err
}

func (s *Server) controlOrders(r *http.Request) (any, error) {
	orders, err := s.Orders(r.PathValue("shop"))
	return map[string]any{"orders": orders}, err
}

func (s *Server) controlPlace(r *http.Request) (any, error) {
	in, err := body[OrderInput](r)
	if err != nil {
		return nil, err
	}
	return orderAnswer(s.PlaceOrder(r.PathValue("shop"), in))
}

func (s *Server) controlDiscounts(r *http.Request) (any, error) {
	discounts, err := s.Discounts(r.PathValue("shop"))
	return map[string]any{"discounts": discounts}, err
}

func (s *Server) controlMakeDiscount(r *http.Request) (any, error) {
	in, err := body[OwnDiscount](r)
	if err != nil {
		return nil, err
	}
	d, err := s.MakeDiscount(r.PathValue("shop"), in)
	return map[string]any{"discount": d}, err
}

func (s *Server) controlEditDiscount(r *http.Request) (any, error) {
	id, err := idOf("DiscountCodeNode", r.PathValue("id"))
	if err != nil {
		return nil, err
	}

	in, err := body[DiscountEdit](r)
	if err != nil {
		return nil, err
	}
	d, err := s.EditDiscount(r.PathValue("shop"), id, in)
	return map[string]any{"discount": d}, err
}

func (s *Server) controlDeleteCode(r *http.Request) (any, error) {
	id, err := idOf("DiscountCodeNode", r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return done, s.DeleteCode(r.PathValue("shop"), id, r.PathValue("code"))
}

// controlDeliveries lists deliveries, those of ?topic= and ?state= only if given.
func (s *Server) controlDeliveries(r *http.Request) (any, error) {
	list, err := s.Deliveries(r.PathValue("shop"))
	q := r.URL.Query()
	list = slices.DeleteFunc(list, func(d Delivery) bool {
		return (q.Has("topic") && d.Topic != q.Get("topic")) || (q.Has("state") && d.State != q.Get("state"))
	})
	return map[string]any{"deliveries": list}, err
}

func (s *Server) controlRedeliver(r *http.Request) (any, error) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return nil, fmt.Errorf("%q is not a delivery's id", r.PathValue("id"))
	}
	return done, s.Redeliver(r.PathValue("shop"), id)
}

func (s *Server) controlAddFault(r *http.Request) (any, error) {
	in, err := body[Fault](r)
	if err != nil {
		return nil, err
	}
	f, err := s.AddFault(in)
	return map[string]any{"fault": f}, err
}

// controlClock answers the clock, with ?after=V once its version is greater than V or 25 s have passed.
func (s *Server) controlClock(r *http.Request) (any, error) {
	after := r.URL.Query().Get("after")
	if after == "" {
		return s.clock.state(), nil
	}

	v, err := strconv.Atoi(after)
	if err != nil {
		return nil, errors.New("after is a version: a number")
	}
	return s.clock.waitAfter(r.Context(), v, longPoll), nil
}

func (s *Server) controlMoveClock(r *http.Request) (any, error) {
	in, err := body[struct {
		Advance Duration   `json:"advance"`
		Start   *time.Time `json:"start"`
	}](r)
	if err != nil {
		return nil, err
	}

	if in.Start != nil {
		return s.startClock(r.Context(), *in.Start)
	}
	return s.clock.advance(r.Context(), time.Duration(in.Advance), clockPatience)
}

// Advance moves the simulated clock, at most 30 days a step, and returns when the clients that wait for it have
// applied it or 2 s have passed.
func (s *Server) Advance(ctx context.Context, by time.Duration) error {
	_, err := s.clock.advance(ctx, by, clockPatience)
	return err
}

var errStarted = errors.New("the clock's start is set before there is a shop; later it only advances")

// startClock sets the simulated time, back too, as long as there is no shop in which anything could have happened.
func (s *Server) startClock(ctx context.Context, at time.Time) (clockState, error) {
	if len(s.Shops()) > 0 {
		return clockState{}, errStarted
	}
	return s.clock.set(ctx, at, clockPatience), nil
}

var errNoDelivery = errors.New("there is no such delivery")

// Deliveries lists a shop's webhooks, oldest first.
func (s *Server) Deliveries(domain string) ([]Delivery, error) {
	if _, ok := s.findShop(domain); !ok {
		return nil, errNoShop
	}
	return s.outgoing.deliveries(domain), nil
}

// Redeliver sends a delivery again, with the same webhook id and body.
func (s *Server) Redeliver(domain string, id int) error {
	if _, ok := s.findShop(domain); !ok {
		return errNoShop
	}
	if !s.outgoing.redeliver(domain, id) {
		return errNoDelivery
	}
	return nil
}

// WebhookInput sends any topic.
type WebhookInput struct {
	Topic    string          `json:"topic"`
	Body     json.RawMessage `json:"body"`     // sent as it is; left out: made from what follows
	OrderID  json.Number     `json:"order_id"` // orders/* and refunds/create (the last refund)
	Email    string          `json:"email"`    // customers/*
	Discount string          `json:"discount"` // discounts/*: gid of a DiscountCodeNode
}

func (s *Server) controlWebhook(r *http.Request) (any, error) {
	in, err := body[WebhookInput](r)
	if err != nil {
		return nil, err
	}
	return done, s.SendWebhook(r.PathValue("shop"), in)
}

// SendWebhook sends a topic to which the app has a subscription, whatever has happened in the shop. Errors: no
// subscription, nothing to make a body of.
func (s *Server) SendWebhook(domain string, in WebhookInput) error {
	if !slices.ContainsFunc(s.app.subscriptions, func(sub subscription) bool { return sub.topic == in.Topic }) {
		return fmt.Errorf("the app has no subscription to %q", in.Topic)
	}

	return s.withShop(domain, func(sh *shop) error {
		if len(in.Body) > 0 {
			s.postRaw(sh, in.Topic, string(in.Body))
			return nil
		}

		p, err := s.topicPayload(sh, in)
		if err == nil {
			s.post(sh, in.Topic, p)
		}
		return err
	})
}

// topicPayload makes the body of a topic from the shop's state.
func (s *Server) topicPayload(sh *shop, in WebhookInput) (payload, error) {
	id, _ := in.OrderID.Int64() // no number, no order
	o := sh.orderByID[id]
	c := sh.customerByMail[strings.ToLower(in.Email)]
	discountID, _ := parseGID("DiscountCodeNode", in.Discount)
	d := sh.discounts[discountID]

	switch {
	case in.Topic == "shop/redact":
		return payload{"shop_id": sh.id, "shop_domain": sh.domain}, nil
	case in.Topic == "shop/update" || in.Topic == "app/uninstalled":
		return sh.shopPayload(), nil
	case in.Topic == "app/scopes_update":
		return s.scopesPayload(sh, sh.scopes), nil
	case in.Topic == "customers/redact" && c != nil:
		return sh.privacyPayload(c, "orders_to_redact"), nil
	case in.Topic == "customers/data_request" && c != nil:
		p := sh.privacyPayload(c, "orders_requested")
		p["data_request"] = payload{"id": sh.ids.next()}
		return p, nil
	case strings.HasPrefix(in.Topic, "discounts/") && d != nil:
		return s.discountPayload(sh, in.Topic, d), nil
	case in.Topic == "refunds/create" && o != nil && len(o.refunds) > 0:
		return sh.refundPayload(o, o.refunds[len(o.refunds)-1]), nil
	case in.Topic == "orders/edited" && o != nil:
		return s.editPayload(sh, o, lineEdit{}, s.seconds()), nil
	case strings.HasPrefix(in.Topic, "orders/") && o != nil:
		return sh.orderPayload(o), nil
	}
	return nil, fmt.Errorf("topic %q needs a body, or an order_id, email or discount that exists", in.Topic)
}
