package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// shop is one Shopify store with everything in it. mu guards all fields below it; it is held for the length of one
// request's work, never while calling out or waiting.
type shop struct {
	domain string
	id     int64

	mu        sync.Mutex
	name      string
	currency  string
	plan      string // a key of planRates
	timeZone  string
	behaviour Behaviour
	ids       *counter
	createdAt time.Time
	updatedAt time.Time
	triggers  []FlowTrigger

	installed      bool
	installationID int64
	appID          int64
	scopes         []string
	tokens         map[string]*accessToken
	refreshTokens  map[string]*refreshToken
	authCodes      map[string]authCode
	bucket         *bucket

	customers      map[int64]*customer
	customerByMail map[string]*customer
	orders         []*order // by id
	orderByID      map[int64]*order
	orderNumber    int
	orderPrefix    string
	orderSuffix    string
	discounts      map[int64]*discount
	automatics     []*discount
	codes          map[string]*redeemCode // by lower-case code
	bulkCreations  map[int64]*bulkCreation
	jobs           map[string]*job
	pending        []*async
	metafields     map[string]map[string]*metafield // by owner gid, then namespace and key
	carts          map[string]*cart                 // by cart cookie
	theme          Theme
}

// ShopInput makes a shop. Only Domain is needed.
type ShopInput struct {
	Domain      string     `json:"domain"`
	Name        string     `json:"name"`         // default: the domain's first label
	Currency    string     `json:"currency"`     // default USD
	Plan        string     `json:"plan"`         // standard (default), advanced, plus, enterprise
	TimeZone    string     `json:"time_zone"`    // IANA name, default America/New_York
	OrderPrefix *string    `json:"order_prefix"` // of the names of orders, default "#"
	OrderSuffix string     `json:"order_suffix"` // "-EU": of #1001-EU
	Behaviour   *Behaviour `json:"behaviour"`    // fields left out are the server's
	Faults      []Fault    `json:"faults"`       // each for this shop only
}

// CreateShop adds a shop. Errors: a domain that is not Shopify's or exists already, an unknown
// plan, currency or time zone.
func (s *Server) CreateShop(in ShopInput) error {
	setDefault(&in.Currency, "USD")
	setDefault(&in.Plan, "standard")
	setDefault(&in.TimeZone, "America/New_York")
	setDefault(&in.Name, strings.TrimSuffix(in.Domain, ".myshopify.com"))

	behaviour := s.cfg.Behaviour
	if in.Behaviour != nil {
		behaviour = in.Behaviour.withDefaults()
	}

	if err := s.checkShop(in, behaviour); err != nil {
		return err
	}
	for _, f := range in.Faults {
		f.Shop = in.Domain
		if err := f.validate(); err != nil {
			return err
		}
	}

	if err := s.addShop(s.newShop(in, behaviour)); err != nil {
		return err
	}

	for _, f := range in.Faults {
		f.Shop = in.Domain
		if _, err := s.AddFault(f); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) checkShop(in ShopInput, behaviour Behaviour) error {
	if !shopDomain.MatchString(in.Domain) {
		return fmt.Errorf("%q is not a shop's domain such as demo.myshopify.com", in.Domain)
	}
	if _, ok := planRates[in.Plan]; !ok {
		return fmt.Errorf("plan %q is not standard, advanced, plus or enterprise", in.Plan)
	}
	if s.schema.Types["CurrencyCode"].EnumValues.ForName(in.Currency) == nil {
		return fmt.Errorf("currency %q is not one of Shopify's", in.Currency)
	}
	if _, err := time.LoadLocation(in.TimeZone); err != nil {
		return fmt.Errorf("time zone %q is unknown", in.TimeZone)
	}

	return behaviour.validate()
}

func (s *Server) newShop(in ShopInput, behaviour Behaviour) *shop {
	now := s.clock.now().Truncate(time.Second)
	ids := s.ids.forShop(in.Domain)

	prefix := "#"
	if in.OrderPrefix != nil {
		prefix = *in.OrderPrefix
	}

	return &shop{
		domain: in.Domain, id: ids.next(), name: in.Name, currency: in.Currency, plan: in.Plan, timeZone: in.TimeZone,
		behaviour: behaviour, ids: ids, createdAt: now, updatedAt: now, appID: 1,
		bucket: newBucket(planRates[in.Plan], s.clock.wall()), orderNumber: 1000,
		orderPrefix: prefix, orderSuffix: in.OrderSuffix,
		tokens: map[string]*accessToken{}, refreshTokens: map[string]*refreshToken{}, authCodes: map[string]authCode{},
		customers: map[int64]*customer{}, customerByMail: map[string]*customer{}, orderByID: map[int64]*order{},
		discounts: map[int64]*discount{}, codes: map[string]*redeemCode{}, bulkCreations: map[int64]*bulkCreation{},
		jobs: map[string]*job{}, metafields: map[string]map[string]*metafield{}, carts: map[string]*cart{},
		theme: defaultTheme(s.extension),
	}
}

func (s *Server) addShop(sh *shop) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.shops[sh.domain]; ok {
		return fmt.Errorf("shop %s exists already", sh.domain)
	}
	s.shops[sh.domain] = sh
	return nil
}

// Shops lists the shops' domains, sorted.
func (s *Server) Shops() []string {
	s.mu.Lock()
	defer s.mu.Unlock()

	var out []string
	for d := range s.shops {
		out = append(out, d)
	}
	slices.Sort(out)
	return out
}

var errNoShop = errors.New("there is no such shop")

// withShop runs fn under the shop's lock. Errors: no such shop, and fn's.
func (s *Server) withShop(domain string, fn func(*shop) error) error {
	sh, ok := s.findShop(domain)
	if !ok {
		return errNoShop
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return fn(sh)
}

// seconds is the precision of Shopify's times.
func (s *Server) seconds() time.Time { return s.clock.now().Truncate(time.Second) }

// timeText writes a time as Shopify's GraphQL does.
func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// timeOrNil writes a time that may be missing.
func timeOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return timeText(t)
}
