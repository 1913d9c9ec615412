package simulator

import (
	"testing"
)

func TestDeleteCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, level(2))
	w.must(w.SetScopes(testShop, []string{"read_orders", "read_customers", "write_customers"}))
	token := w.token()
	o := w.order(OrderInput{})
	customer := gid("Customer", o.CustomerID)
	w.query(token, `mutation ($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { userErrors { code } } }`,
		map[string]any{"m": []any{map[string]any{"ownerId": customer, "namespace": "$app", "key": "k", "type": "boolean", "value": "true"}}})
	w.must(w.DeleteCustomer(testShop, o.CustomerID))
	const query = `query ($o: ID!, $c: ID!) { customer(id: $c) { id } customerByIdentifier(identifier: {emailAddress: "bob@example.com"}) { id }
		order(id: $o) { email customer { id } customerJourneySummary { customerOrderIndex } } }`
	data := w.query(token, query, map[string]any{"o": o.GID, "c": customer})
	if data["customer"] != nil || data["customerByIdentifier"] != nil || dig(data, "order", "customer") != nil || dig(data, "order", "email") != nil ||
		dig(data, "order", "customerJourneySummary", "customerOrderIndex") != nil || data["order"] == nil {
		t.Errorf("%s", show(data))
	}
	if again := w.order(OrderInput{}); again.CustomerID == o.CustomerID || again.CustomerID == 0 {
		t.Errorf("the same e-mail is a new customer: %+v", again)
	}
	if err := w.DeleteCustomer(testShop, o.CustomerID); err == nil {
		t.Error("deleted twice")
	}
}

// An order is its customer's by id too, and neither needs an e-mail.
func TestOrdersByCustomerID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, level(2))
	token := w.token()
	without, err := w.CreateCustomer(testShop, CustomerInput{FirstName: "Ann", LastName: "Lee"})
	w.must(err)
	other, err := w.CreateCustomer(testShop, CustomerInput{})
	w.must(err)
	with, err := w.CreateCustomer(testShop, CustomerInput{Email: "bob@example.com"})
	w.must(err)
	if without.ID == other.ID || without.Email != "" {
		t.Errorf("%+v %+v", without, other)
	}
	for _, c := range []struct {
		name     string
		in       OrderInput
		customer int64
		email    any
	}{
		{"a customer without an e-mail", OrderInput{CustomerID: without.ID}, without.ID, nil},
		{"a customer with one", OrderInput{CustomerID: with.ID}, with.ID, "bob@example.com"},
		{"the order has its own", OrderInput{CustomerID: without.ID, Email: " Ann@Example.com"}, without.ID, "ann@example.com"},
		{"at a till", OrderInput{CustomerID: other.ID, Source: "pos"}, other.ID, nil},
	} {
		c.in.Items = []Item{{Price: "5.00"}}
		o, err := w.PlaceOrder(testShop, c.in)
		w.must(err)
		data := w.query(token, `query ($id: ID!) { order(id: $id) { email customer { id email defaultEmailAddress { emailAddress } } } }`, map[string]any{"id": o.GID})
		if o.CustomerID != c.customer || dig(data, "order", "email") != c.email || dig(data, "order", "customer", "id") != gid("Customer", c.customer) {
			t.Errorf("%s: %s", c.name, show(data))
		}
		if c.customer == without.ID && (dig(data, "order", "customer", "email") != nil || dig(data, "order", "customer", "defaultEmailAddress") != nil) {
			t.Errorf("%s: the customer has an e-mail: %s", c.name, show(data))
		}
		if body := w.bodies("orders/paid"); dig(body[len(body)-1], "contact_email") != c.email {
			t.Errorf("%s: contact_email %v", c.name, dig(body[len(body)-1], "contact_email"))
		}
	}
	for name, in := range map[string]OrderInput{"no such customer": {CustomerID: 1}, "a customer and none": {CustomerID: with.ID, Customer: no()},
		"a bad e-mail": {CustomerID: with.ID, Email: "x"}, "nobody": {}} {
		in.Items = []Item{{Price: "5.00"}}
		if o, err := w.PlaceOrder(testShop, in); err == nil {
			t.Errorf("%s: %+v", name, o)
		}
	}
	if _, err := w.CreateCustomer(testShop, CustomerInput{Email: "x"}); err == nil {
		t.Error("a bad e-mail was taken")
	}
}
