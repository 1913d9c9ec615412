package simulator

import (
	"net/url"
	"strings"
	"time"
)

// visible tells whether the app may see an order: without read_all_orders only those of the last 60 days.
// Source: shopify.dev, access scopes, orders permissions.
func (ses *session) visible(o *order) bool {
	days := time.Duration(ses.sh.behaviour.OrdersVisibleDays) * 24 * time.Hour
	return hasScope(ses.scopes, "read_all_orders") || ses.now.Sub(o.createdAt) < days
}

func (ses *session) findOrder(c call) (any, error) {
	id, err := lookup(c, "Order")
	if err != nil {
		return nil, err
	}

	o, ok := ses.sh.orderByID[id]
	if !ok || !ses.visible(o) {
		return nil, nil
	}
	return ses.order(o), nil
}

// orderSearch are the fields of an order that searches can name.
var orderSearch = searchFields[*order]{
	"id":               func(o *order) any { return idText(o.id) },
	"name":             func(o *order) any { return []string{o.name(), strings.TrimPrefix(o.name(), o.prefix)} },
	"created_at":       func(o *order) any { return o.createdAt },
	"updated_at":       func(o *order) any { return o.updatedAt },
	"processed_at":     func(o *order) any { return o.processedAt },
	"financial_status": func(o *order) any { return o.financialStatus() },
	"customer_id": func(o *order) any {
		if o.customer == nil {
			return ""
		}
		return idText(o.customer.id)
	},
	"test": func(o *order) any { return map[bool]string{true: "true", false: "false"}[o.test] },
	// Shopify's discount_code sees the first code of an order only
	"discount_code": func(o *order) any {
		if codes := o.codes(); len(codes) > 0 {
			return codes[0]
		}
		return ""
	},
}

func (ses *session) listOrders(c call) (any, error) {
	return ses.pageOrders(c, "orders", ses.sh.orders)
}

// pageOrders answers a page of orders that the app may see.
func (ses *session) pageOrders(c call, field string, orders []*order) (any, error) {
	var seen []*order
	for _, o := range orders {
		if ses.visible(o) {
			seen = append(seen, o)
		}
	}

	seen, warnings, err := orderSearch.filter(seen, c.text("query"))
	if err != nil {
		return nil, err
	}
	ses.noteSearch(field, c.text("query"), warnings)

	rankOf, ok := orderRanks[c.text("sortKey")]
	if !ok {
		return nil, &apiError{
			message: "simulator: sortKey " + c.text("sortKey") + " is not simulated", code: "BAD_REQUEST",
		}
	}
	return listing[*order]{typename: "Order", items: seen, rankOf: rankOf, build: ses.order}.page(c)
}

// orderRanks are the sort keys; the empty one stands for the schema's default, which orders and customer.orders set.
var orderRanks = map[string]func(*order) rank{
	"ID":           func(o *order) rank { return rank{"", o.id} },
	"ORDER_NUMBER": func(o *order) rank { return rank{"", o.id} },
	"CREATED_AT":   func(o *order) rank { return rank{sortable(o.createdAt), o.id} },
	"PROCESSED_AT": func(o *order) rank { return rank{sortable(o.processedAt), o.id} },
	"UPDATED_AT":   func(o *order) rank { return rank{sortable(o.updatedAt), o.id} },
}

func (ses *session) order(o *order) *object {
	m := o.bag
	return &object{"Order", map[string]any{
		"id": o.gid(), "legacyResourceId": idText(o.id), "name": o.name(), "number": int64(o.number),
		"confirmationNumber": o.confirmation(), "test": o.test, "createdAt": timeText(o.createdAt),
		"processedAt": timeText(o.processedAt), "updatedAt": timeText(o.updatedAt),
		"cancelledAt": timeOrNil(o.cancelledAt), "cancelReason": textOrNil(o.cancelReason), "closed": false,
		"closedAt": nil, "confirmed": true, "note": textOrNil(o.note), "tags": []string{},

		"email": ses.personal("email", textOrNil(o.email)), "phone": ses.personal("phone", textOrNil(o.phone)),
		"customerLocale": o.locale(),
		"clientIp":       ses.optional("clientIp", textOrNil(o.clientIP)),
		"statusPageUrl":  ses.personal("statusPageUrl", "https://"+ses.sh.domain+"/orders/"+o.token),
		"sourceName":     o.source, "sourceIdentifier": nil, "app": ses.orderApp(o),

		"displayFinancialStatus": o.financialStatus(), "displayFulfillmentStatus": "UNFULFILLED",
		"fullyPaid": o.outstanding() == 0, "unpaid": o.received() == 0 && o.total() > 0,
		"returnStatus": o.returnStatus(), "cartToken": o.checkoutToken(), "checkoutToken": o.checkoutToken(),
		"discountCode": first(o.codes()), "discountCodes": o.codes(),
		"discountApplications": resolver(func(c call) (any, error) { return o.applications(c) }),

		"currencyCode": o.currency, "presentmentCurrencyCode": o.presentmentCurrency(),
		"taxesIncluded": o.taxesIncluded, "totalTaxSet": m(o.totalTax()),
		"subtotalPriceSet": m(o.subtotal()), "currentSubtotalPriceSet": m(o.currentSubtotal()),
		"totalPriceSet": m(o.total()), "currentTotalPriceSet": m(o.currentTotal()),
		"totalDiscountsSet": m(o.discountTotal("")), "currentTotalDiscountsSet": m(o.discountTotal("")),
		"totalShippingPriceSet": m(o.shipping), "totalRefundedSet": m(o.refunded()),
		"totalReceivedSet": m(o.received()), "totalOutstandingSet": m(o.outstanding()),
		"netPaymentSet": m(o.received() - o.refunded()), "customAttributes": o.customAttributes(),

		"customer": ses.guarded("read_customers", "customer", "Customer", func(call) (any, error) {
			return ses.customerOrNil(o.customer), nil
		}),
		"customerJourneySummary": ses.journey(o),
		"transactions": resolver(func(c call) (any, error) {
			return firstOf(c, o.transactionObjects(ses, o.transactions)), nil
		}),
		"refunds":             resolver(func(c call) (any, error) { return firstOf(c, o.refundObjects(ses)), nil }),
		"disputes":            o.disputeObjects(),
		"risk":                o.riskObject(),
		"lineItems":           resolver(func(c call) (any, error) { return o.linePage(c) }),
		"shippingLines":       resolver(func(c call) (any, error) { return o.shippingPage(c) }),
		"paymentGatewayNames": []string{"bogus"},
	}}
}

// returnStatus is an OrderReturnStatus: here only exchanges make returns, and they are done at once.
func (o *order) returnStatus() string {
	if o.exchanged {
		return "RETURNED"
	}
	return "NO_RETURN"
}

func first(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// firstOf cuts a plain list by its first argument.
func firstOf(c call, items []any) []any {
	if n, ok := c.args["first"].(int64); ok && int(n) < len(items) {
		return items[:max(0, n)]
	}
	return items
}

func (ses *session) orderApp(o *order) any {
	names := map[string]string{"web": "Online Store", "pos": "Point of Sale", "shopify_draft_order": "Draft Orders"}
	name, ok := names[o.source]
	if !ok {
		name = o.source
	}
	return &object{"OrderApp", map[string]any{"id": gid("App", 580111), "name": name}}
}

func (o *order) customAttributes() []any {
	out := []any{}
	for _, a := range o.attributes {
		out = append(out, &object{"Attribute", map[string]any{"key": a.key, "value": a.value}})
	}
	return out
}

func (o *order) applications(c call) (any, error) {
	indexes := make([]int, len(o.discounts))
	for i := range indexes {
		indexes[i] = i
	}
	return listing[int]{typename: "DiscountApplication", items: indexes, build: o.application,
		rankOf: func(i int) rank { return rank{"", int64(i)} }}.page(c)
}

// application is the i-th discount on the order.
func (o *order) application(i int) *object {
	d := o.discounts[i]
	target := "LINE_ITEM"
	if d.target == targetShipping {
		target = "SHIPPING_LINE"
	}

	fields := map[string]any{
		"index": int64(i), "allocationMethod": "ACROSS", "targetSelection": "ALL", "targetType": target,
		"value": d.pricingValue(o.currency),
	}

	if d.code == "" {
		fields["title"] = d.title
		return &object{"AutomaticDiscountApplication", fields}
	}
	fields["code"] = d.code
	return &object{"DiscountCodeApplication", fields}
}

// allocations are what each discount took off a line; those that took nothing are left out.
func (o *order) allocations(perDiscount []int64) []any {
	out := []any{}
	for i, n := range perDiscount {
		if n != 0 {
			out = append(out, &object{"DiscountAllocation", map[string]any{
				"allocatedAmountSet": o.bag(n), "discountApplication": o.application(i),
			}})
		}
	}
	return out
}

func (d orderDiscount) pricingValue(currency string) *object {
	if d.percentage {
		return &object{"PricingPercentageValue", map[string]any{"percentage": parseFloat(d.value)}}
	}
	return money(d.amount, currency)
}

// riskObject has Shopify's own assessment, which no app provides.
func (o *order) riskObject() *object {
	assessments := []any{}
	if o.risk != "" {
		assessments = append(assessments, &object{"OrderRiskAssessment", map[string]any{
			"riskLevel": o.risk, "provider": nil, "facts": []any{},
		}})
	}
	return &object{"OrderRiskSummary", map[string]any{"recommendation": "NONE", "assessments": assessments}}
}

func (o *order) transactionObjects(ses *session, list []transaction) []any {
	out := []any{}
	for _, t := range list {
		out = append(out, o.transactionObject(ses, t))
	}
	return out
}

func (o *order) transactionObject(ses *session, t transaction) *object {
	return &object{"OrderTransaction", map[string]any{
		"id": gid("OrderTransaction", t.id), "kind": t.kind, "status": t.status, "errorCode": nil,
		"createdAt": timeText(t.at), "processedAt": timeText(t.at), "amountSet": o.bag(t.amount),
		"gateway": "bogus", "formattedGateway": "Bogus", "test": o.test, "paymentDetails": ses.optional("paymentDetails", cardDetails(t.card)),
	}}
}

// cardDetails is what Shopify shows of a card; nil for other means of payment. Source: shopify.dev, CardPaymentDetails,
// 2026-10: number has most digits redacted, bin the first ones.
func cardDetails(digits string) any {
	if len(digits) < 12 {
		return nil
	}
	companies := map[byte]string{'3': "American Express", '4': "Visa", '5': "Mastercard"}
	return &object{"CardPaymentDetails", map[string]any{
		"company": textOrNil(companies[digits[0]]), "bin": digits[:6], "number": "•••• •••• •••• " + digits[len(digits)-4:],
		"expirationMonth": int64(12), "expirationYear": int64(2030),
	}}
}

func (o *order) refundObjects(ses *session) []any {
	out := []any{}
	for _, r := range o.refunds {
		out = append(out, o.refundObject(ses, r))
	}
	return out
}

func (o *order) refundObject(ses *session, r *refund) *object {
	var total int64
	for _, t := range r.transactions {
		total += t.amount
	}

	return &object{"Refund", map[string]any{
		"id": gid("Refund", r.id), "legacyResourceId": idText(r.id), "createdAt": timeText(r.createdAt),
		"processedAt": timeText(r.createdAt), "updatedAt": timeText(r.createdAt), "note": textOrNil(r.note),
		"totalRefundedSet": o.bag(total),
		"order":            resolver(func(call) (any, error) { return ses.order(o), nil }),
		"orderAdjustments": resolver(func(c call) (any, error) {
			return listing[adjustment]{typename: "OrderAdjustment", items: r.adjustments, build: o.adjustmentObject,
				rankOf: func(a adjustment) rank { return rank{"", a.id} }}.page(c)
		}),
		"refundLineItems": resolver(func(c call) (any, error) {
			return listing[refundLine]{typename: "RefundLineItem", items: r.lines, build: o.refundLineObject,
				rankOf: func(l refundLine) rank { return rank{"", l.id} }}.page(c)
		}),
		"transactions": resolver(func(c call) (any, error) {
			return listing[transaction]{typename: "OrderTransaction", items: r.transactions, build: func(t transaction) *object { return o.transactionObject(ses, t) },
				rankOf: func(t transaction) rank { return rank{"", t.id} }}.page(c)
		}),
	}}
}

func (o *order) adjustmentObject(a adjustment) *object {
	return &object{"OrderAdjustment", map[string]any{"id": gid("OrderAdjustment", a.id), "reason": a.reason,
		"amountSet": o.bag(a.amount), "taxAmountSet": o.bag(0)}}
}

func (o *order) refundLineObject(l refundLine) *object {
	return &object{"RefundLineItem", map[string]any{
		"id": gid("RefundLineItem", l.id), "lineItem": o.lineObject(l.line), "quantity": l.quantity, "restocked": false,
		"subtotalSet": o.bag(l.subtotal), "totalTaxSet": o.bag(l.tax),
	}}
}

func (o *order) linePage(c call) (any, error) {
	return listing[*orderLine]{typename: "LineItem", items: o.lines, build: o.lineObject,
		rankOf: func(l *orderLine) rank { return rank{"", l.id} }}.page(c)
}

func (o *order) lineObject(l *orderLine) *object {
	net := l.left()
	if o.taxesIncluded {
		net -= o.taxOn(l.left())
	}

	return &object{"LineItem", map[string]any{
		"id": gid("LineItem", l.id), "name": l.title, "title": l.title, "quantity": l.quantity,
		"currentQuantity": l.current, "refundableQuantity": l.current, "isGiftCard": l.giftCard,
		"requiresShipping": !l.giftCard, "originalUnitPriceSet": o.bag(l.price), "originalTotalSet": o.bag(l.gross()),
		"priceAfterAllDiscountsBeforeTaxesSet": o.bag(net),
		"discountedTotalSet":                   o.bag(l.gross()), // all discounts here are of the order
		"discountAllocations":                  o.allocations(l.perDiscount),
	}}
}

// shippingPage lists the one shipping line, or none.
func (o *order) shippingPage(c call) (any, error) {
	var lines []int64
	if o.shipping > 0 {
		lines = []int64{o.id + 1}
	}
	return listing[int64]{typename: "ShippingLine", items: lines, build: o.shippingObject,
		rankOf: func(id int64) rank { return rank{"", id} }}.page(c)
}

func (o *order) shippingObject(id int64) *object {
	return &object{"ShippingLine", map[string]any{
		"id": gid("ShippingLine", id), "title": "Standard", "code": "Standard", "source": "shopify",
		"isRemoved": false, "custom": false, "originalPriceSet": o.bag(o.shipping),
		"discountedPriceSet":        o.bag(o.shippingNet()),
		"currentDiscountedPriceSet": o.bag(o.shippingNet() - o.shippingBack),
		"discountAllocations":       o.allocations(o.shippingPerDiscount()),
	}}
}

// shippingPerDiscount is what each of the order's discounts took off the shipping.
func (o *order) shippingPerDiscount() []int64 {
	out := make([]int64, len(o.discounts))
	for i, d := range o.discounts {
		if d.target == targetShipping {
			out[i] = d.amount
		}
	}
	return out
}

func (o *order) disputeObjects() []any {
	out := []any{}
	for _, d := range o.disputes {
		out = append(out, &object{"OrderDisputeSummary", map[string]any{
			"id": gid("OrderDisputeSummary", d.id), "initiatedAs": d.kind, "status": d.status,
		}})
	}
	return out
}

// journey answers customerJourneySummary; customerOrderIndex is null until it is ready. Source:
// shopify.dev, CustomerJourneySummary.
func (ses *session) journey(o *order) any {
	ready := !ses.now.Before(o.journeyAt)
	fields := map[string]any{
		"ready": ready, "customerOrderIndex": nil, "daysToConversion": nil, "firstVisit": nil, "lastVisit": nil,
	}

	if ready {
		fields["customerOrderIndex"] = o.journeyIndex()
		if o.landingPage != "" {
			fields["daysToConversion"] = int64(0)
			fields["firstVisit"], fields["lastVisit"] = ses.visit(o), ses.visit(o)
		}
	}
	return &object{"CustomerJourneySummary", fields}
}

func (ses *session) visit(o *order) *object {
	q := url.Values{}
	if u, err := url.Parse(o.landingPage); err == nil {
		q = u.Query()
	}

	var utm any
	if q.Has("utm_source") || q.Has("utm_medium") || q.Has("utm_campaign") {
		fields := map[string]any{}
		for _, name := range []string{"source", "medium", "campaign", "content", "term"} {
			fields[name] = textOrNil(q.Get("utm_" + name))
		}
		utm = &object{"UTMParameters", fields}
	}

	source := "direct"
	if o.referrer != "" {
		source = o.referrer
	}

	return &object{"CustomerVisit", map[string]any{
		"id": gid("CustomerVisit", o.id), "occurredAt": timeText(o.createdAt),
		"landingPage": "https://" + ses.sh.domain + o.landingPage,
		"referrerUrl": ses.optional("referrerUrl", textOrNil(o.referrer)), "referralCode": o.referralCode(), "source": source, "sourceType": nil,
		"utmParameters": utm}}
}
