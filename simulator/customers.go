package simulator

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// customer is a person known to the shop; guests who have ordered are customers too, as in Shopify.
type customer struct {
	id           int64
	email        string // lower case; empty for a customer without one
	phone        string // of the first order that had one
	firstName    string
	lastName     string
	locale       string // such as "de"
	enabled      bool   // has signed in to an account
	unverified   bool   // never answered a mail to the address
	orders       []*order
	ordersBefore int // orders from before the simulator's time, which no query shows
	createdAt    time.Time
	updatedAt    time.Time
}

func (c *customer) gid() string { return gid("Customer", c.id) }

// CustomerInput makes a customer.
type CustomerInput struct {
	Email        string `json:"email"` // empty: a new customer without one
	FirstName    string `json:"first_name"`
	LastName     string `json:"last_name"`
	Locale       string `json:"locale"`        // such as "de"; empty: stays, "en" at first
	OrdersBefore int    `json:"orders_before"` // counted in numberOfOrders, shown nowhere
	Unverified   bool   `json:"unverified"`    // verifiedEmail is false: a shopper made the account, and answered no mail
}

// Customer is what the control API says about one.
type Customer struct {
	ID             int64  `json:"id"`
	GID            string `json:"gid"`
	Email          string `json:"email"`
	NumberOfOrders int    `json:"number_of_orders"`
}

// errNoCustomer is answered for ids the shop does not have.
var errNoCustomer = errors.New("there is no such customer")

// CreateCustomer adds a customer, or returns the one with that e-mail with its names and OrdersBefore set anew.
// Without an e-mail it is a new one each time, as staff make them at a point of sale.
func (s *Server) CreateCustomer(domain string, in CustomerInput) (Customer, error) {
	var out Customer
	err := s.withShop(domain, func(sh *shop) error {
		if (in.Email != "" && !validEmail(in.Email)) || in.OrdersBefore < 0 {
			return errors.New("a customer needs an e-mail address or none, and no negative orders_before")
		}

		c := sh.customerFor(in.Email, s.seconds())
		c.ordersBefore, c.unverified = in.OrdersBefore, in.Unverified
		if in.FirstName != "" || in.LastName != "" {
			c.firstName, c.lastName = in.FirstName, in.LastName
		}
		if in.Locale != "" {
			c.locale = in.Locale
		}

		out = c.view()
		return nil
	})
	return out, err
}

func validEmail(s string) bool {
	name, host, ok := strings.Cut(strings.TrimSpace(s), "@")
	return ok && name != "" && strings.Contains(host, ".") && !strings.ContainsAny(name+host, " \t\n<>")
}

// mailKey is an e-mail address as it is kept and compared.
func mailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// customerFor returns the customer with that e-mail, compared without case, and adds one if there is none.
// Without an e-mail it adds one.
func (sh *shop) customerFor(email string, now time.Time) *customer {
	email = mailKey(email)
	if c, ok := sh.customerByMail[email]; ok {
		return c
	}

	name, _, _ := strings.Cut(email, "@")
	first, last, _ := strings.Cut(name, ".")
	c := &customer{
		id: sh.ids.next(), email: email, firstName: title(first), lastName: title(last), locale: "en",
		createdAt: now, updatedAt: now,
	}

	sh.customers[c.id] = c
	if email != "" {
		sh.customerByMail[email] = c
	}
	return c
}

// title makes a name of part of an e-mail address.
func title(s string) string {
	if s == "" {
		return "Doe"
	}
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

func (c *customer) view() Customer {
	return Customer{ID: c.id, GID: c.gid(), Email: c.email, NumberOfOrders: c.numberOfOrders()}
}

// DeleteCustomer takes a customer away for good, as after the merchant has had the customer's data erased. The orders
// stay, without customer and e-mail. Nothing is sent: customers/delete is not simulated. Errors: no such customer.
func (s *Server) DeleteCustomer(domain string, id int64) error {
	return s.withShop(domain, func(sh *shop) error {
		c := sh.customers[id]
		if c == nil {
			return errNoCustomer
		}

		for _, o := range c.orders {
			o.customer, o.email = nil, ""
			o.touch(s.seconds())
		}

		delete(sh.customers, id)
		delete(sh.customerByMail, c.email)
		delete(sh.metafields, c.gid())
		return nil
	})
}

// MergeCustomers makes one customer of two, as a merchant can: the orders move to the one who stays, the other is
// gone for good, and Shopify tells of that by customers/redact at once (really days later). Its body names no orders,
// as none are the old customer's any more. Source: shopify.dev, customerMerge (2026-10). Errors: no such customer,
// one customer given twice.
func (s *Server) MergeCustomers(domain string, gone int64, in MergeInput) error {
	return s.withShop(domain, func(sh *shop) error {
		old, stays := sh.customers[gone], sh.customers[in.Into]
		if old == nil || stays == nil {
			return errNoCustomer
		}
		if old == stays {
			return errors.New("a merge needs two customers")
		}

		for _, o := range old.orders {
			o.customer, o.email = stays, stays.email
			o.touch(s.seconds())
		}
		stays.orders = append(stays.orders, old.orders...)
		stays.ordersBefore += old.ordersBefore
		old.orders = nil

		delete(sh.customers, old.id)
		delete(sh.customerByMail, old.email)
		delete(sh.metafields, old.gid())

		s.post(sh, "customers/redact", sh.privacyPayload(old, "orders_to_redact"))
		return nil
	})
}

// MergeInput names the customer who stays.
type MergeInput struct {
	Into int64 `json:"into"`
}

// forget takes a deleted order from its customer.
func (c *customer) forget(o *order) {
	c.orders = slices.DeleteFunc(c.orders, func(x *order) bool { return x == o })
}

// numberOfOrders counts the customer's orders but test orders. Source: shopify.dev, Customer.numberOfOrders; that
// test orders are left out stands in the older REST reference, orders_count.
func (c *customer) numberOfOrders() int {
	n := c.ordersBefore
	for _, o := range c.orders {
		if !o.test {
			n++
		}
	}
	return n
}

// state is a CustomerState.
func (c *customer) state() string {
	if c.enabled {
		return "ENABLED"
	}
	return "DISABLED"
}
