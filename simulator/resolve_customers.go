package simulator

// customerSpent is what a customer's orders have brought in.
func (c *customer) spent() int64 {
	var n int64
	for _, o := range c.orders {
		n += o.received() - o.refunded()
	}
	return n
}

func (ses *session) findCustomer(c call) (any, error) {
	id, err := lookup(c, "Customer")
	if err != nil {
		return nil, err
	}
	return ses.customerOrNil(ses.sh.customers[id]), nil
}

// identifyCustomer finds by id, or by e-mail with level 2.
func (ses *session) identifyCustomer(c call) (any, error) {
	by, _ := c.args["identifier"].(map[string]any)
	if id, ok := by["id"].(string); ok {
		return ses.findCustomer(call{map[string]any{"id": id}})
	}

	email, _ := by["emailAddress"].(string)
	if _, err := ses.personal("emailAddress", nil)(c); err != nil {
		return nil, err
	}
	return ses.customerOrNil(ses.sh.customerByMail[codeKey(email)]), nil
}

func (ses *session) customerOrNil(c *customer) any {
	if c == nil {
		return nil
	}
	return ses.customer(c)
}

// mailObject is defaultEmailAddress: null for a customer without an e-mail.
func (c *customer) mailObject() any {
	if c.email == "" {
		return nil
	}
	return &object{"CustomerEmailAddress", map[string]any{
		"emailAddress": c.email, "marketingState": "NOT_SUBSCRIBED", "validFormat": true,
	}}
}

// phoneObject is defaultPhoneNumber: null for a customer without one.
func (c *customer) phoneObject() any {
	if c.phone == "" {
		return nil
	}
	return &object{"CustomerPhoneNumber", map[string]any{"phoneNumber": c.phone}}
}

func (ses *session) customer(c *customer) *object {
	return &object{"Customer", map[string]any{
		"id": c.gid(), "legacyResourceId": idText(c.id), "createdAt": timeText(c.createdAt),
		"updatedAt": timeText(c.updatedAt), "displayName": ses.personal("displayName", c.firstName+" "+c.lastName),
		"firstName": ses.personal("firstName", c.firstName), "lastName": ses.personal("lastName", c.lastName),
		"email": ses.personal("email", textOrNil(c.email)), "phone": ses.personal("phone", textOrNil(c.phone)),
		"defaultEmailAddress": ses.personal("defaultEmailAddress", c.mailObject()), "verifiedEmail": !c.unverified,
		"defaultPhoneNumber": ses.personal("defaultPhoneNumber", c.phoneObject()),
		"locale":             c.locale, "state": c.state(), "note": nil, "tags": []string{},

		"numberOfOrders": resolver(func(call) (any, error) { return idText(int64(c.numberOfOrders())), nil }),
		"amountSpent":    resolver(func(call) (any, error) { return money(c.spent(), ses.sh.currency), nil }),
		"orders": ses.guarded("read_orders", "orders", "Order", func(in call) (any, error) {
			return ses.pageOrders(in, "orders", c.orders)
		}),
		"metafield": ses.metafieldOf(c.gid()), "metafields": ses.metafieldsOf(c.gid()),
	}}
}
