package simulator

import (
	"fmt"
	"slices"
	"strings"
)

func (ses *session) findDiscount(c call) (any, error) {
	d, err := ses.discountByID(c)
	if d == nil {
		return nil, err
	}
	return ses.discountNode(d), nil
}

func (ses *session) findCodeDiscount(c call) (any, error) {
	d, err := ses.discountByID(c)
	if d == nil {
		return nil, err
	}
	return ses.codeDiscountNode(d), nil
}

// discountByID reads the id argument; DiscountCodeNode and DiscountNode name the same thing. No discount is (nil, nil).
func (ses *session) discountByID(c call) (*discount, error) {
	id, err := lookup(c, "DiscountCodeNode", "DiscountNode")
	if err != nil {
		return nil, err
	}
	return ses.sh.discounts[id], nil
}

func (ses *session) findByCode(c call) (any, error) {
	code, ok := ses.sh.codes[codeKey(c.text("code"))]
	if !ok {
		return nil, nil
	}
	return ses.codeDiscountNode(code.discount), nil
}

func (ses *session) listDiscounts(c call) (any, error) {
	fields := searchFields[*discount]{
		"method":     func(d *discount) any { return ses.sh.method(d) },
		"title":      func(d *discount) any { return d.title },
		"status":     func(d *discount) any { return d.status(ses.now) },
		"created_at": func(d *discount) any { return d.createdAt },
		"updated_at": func(d *discount) any { return d.updatedAt },
		"id":         func(d *discount) any { return idText(d.id) },
		"code":       func(d *discount) any { return d.codeTexts() },
		"tag":        func(d *discount) any { return d.tags },
		"type":       func(d *discount) any { return d.searchType() },
	}

	found, warnings, err := fields.filter(append(ses.sh.sortedDiscounts(), ses.sh.automatics...), c.text("query"))
	if err != nil {
		return nil, err
	}
	ses.noteSearch("discountNodes", c.text("query"), warnings)

	rankOf, ok := discountRanks[c.text("sortKey")]
	if !ok {
		return nil, &apiError{
			message: "simulator: sortKey " + c.text("sortKey") + " is not simulated", code: "BAD_REQUEST",
		}
	}
	return listing[*discount]{typename: "DiscountNode", items: found, rankOf: rankOf, build: ses.discountNode}.page(c)
}

// method is how a discount is used: by a code, or by itself.
func (sh *shop) method(d *discount) string {
	if slices.Contains(sh.automatics, d) {
		return "automatic"
	}
	return "code"
}

var discountRanks = map[string]func(*discount) rank{
	"ID":         func(d *discount) rank { return rank{"", d.id} },
	"TITLE":      func(d *discount) rank { return rank{d.title, d.id} },
	"CREATED_AT": func(d *discount) rank { return rank{sortable(d.createdAt), d.id} },
	"STARTS_AT":  func(d *discount) rank { return rank{sortable(d.startsAt), d.id} },
	"UPDATED_AT": func(d *discount) rank { return rank{sortable(d.updatedAt), d.id} },
}

func (d *discount) codeTexts() []string {
	out := make([]string, len(d.codes))
	for i, c := range d.codes {
		out[i] = c.code
	}
	return out
}

func (d *discount) searchType() string {
	switch {
	case d.freeShipping:
		return "free_shipping"
	case d.percentage != nil:
		return "percentage"
	default:
		return "fixed_amount"
	}
}

func (ses *session) discountNode(d *discount) *object {
	return &object{"DiscountNode", map[string]any{
		"id": gid("DiscountNode", d.id), "discount": ses.discount(d), "metafield": ses.metafieldOf(d.gid())}}
}

func (ses *session) codeDiscountNode(d *discount) *object {
	return &object{"DiscountCodeNode", map[string]any{
		"id": d.gid(), "codeDiscount": ses.codeDiscount(d), "metafield": ses.metafieldOf(d.gid())}}
}

// discount is the discount as code or automatic ones are shown. What only codes have is not asked of an automatic one, by
// the schema.
func (ses *session) discount(d *discount) *object {
	shown := ses.codeDiscount(d)
	if ses.sh.method(d) == "automatic" {
		shown.typename = strings.Replace(shown.typename, "DiscountCode", "DiscountAutomatic", 1)
	}
	return shown
}

// codeDiscount is a DiscountCodeBasic or a DiscountCodeFreeShipping.
func (ses *session) codeDiscount(d *discount) *object {
	currency := ses.sh.currency
	fields := map[string]any{
		"title": d.title, "status": d.status(ses.now), "startsAt": timeText(d.startsAt), "endsAt": timeOrNil(d.endsAt),
		"createdAt": timeText(d.createdAt), "updatedAt": timeText(d.updatedAt), "usageLimit": numberOrNil(d.usageLimit),
		"appliesOncePerCustomer": d.oncePerCustomer, "asyncUsageCount": d.useCount, "recurringCycleLimit": nil,
		"codes": resolver(func(c call) (any, error) { return ses.codePage(d, c) }), "hasTimelineComment": false,
		"codesCount": &object{"Count", map[string]any{
			"count": int64(min(len(d.codes), maxCount)), "precision": countPrecision(len(d.codes)),
		}},
		"combinesWith": &object{"DiscountCombinesWith", map[string]any{
			"orderDiscounts": d.combines.order, "productDiscounts": d.combines.product,
			"shippingDiscounts": d.combines.shipping}},
		"context": ses.discountContext(d), "minimumRequirement": d.minimum(currency), "shareableUrls": ses.shareable(d),
		"shortSummary": d.summary(currency), "summary": d.summary(currency), "tags": append([]string{}, d.tags...),
		"discountClasses": []string{d.class()},
	}

	if d.freeShipping {
		fields["appliesOnOneTimePurchase"], fields["appliesOnSubscription"] = true, false
		fields["maximumShippingPrice"] = moneyOrNil(d.maxShipping, currency)
		fields["destinationSelection"] = &object{"DiscountCountryAll", map[string]any{"allCountries": true}}
		return &object{"DiscountCodeFreeShipping", fields}
	}
	fields["customerGets"] = d.customerGets(currency)
	return &object{"DiscountCodeBasic", fields}
}

// maxCount is where Shopify stops counting. Source: shopify.dev, API limits.
const maxCount = 25_001

func countPrecision(n int) string {
	if n >= maxCount {
		return "AT_LEAST"
	}
	return "EXACT"
}

func numberOrNil(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func moneyOrNil(minor int64, currency string) any {
	if minor == 0 {
		return nil
	}
	return money(minor, currency)
}

func (d *discount) class() string {
	if d.freeShipping {
		return "SHIPPING"
	}
	return "ORDER"
}

func (ses *session) discountContext(d *discount) *object {
	if d.customers == nil {
		return &object{"DiscountBuyerSelectionAll", map[string]any{"all": "ALL"}}
	}

	customers := resolver(func(call) (any, error) {
		if err := ses.needScope("read_customers", "customers"); err != nil {
			return nil, err
		}
		out := []any{}
		for _, id := range d.customers {
			if c := ses.sh.customers[id]; c != nil {
				out = append(out, ses.customer(c))
			}
		}
		return out, nil
	})
	return &object{"DiscountCustomers", map[string]any{"customers": customers}}
}

func (d *discount) minimum(currency string) any {
	switch {
	case d.minSubtotal > 0:
		return &object{"DiscountMinimumSubtotal", map[string]any{
			"greaterThanOrEqualToSubtotal": money(d.minSubtotal, currency),
		}}
	case d.minQuantity > 0:
		return &object{"DiscountMinimumQuantity", map[string]any{"greaterThanOrEqualToQuantity": idText(d.minQuantity)}}
	default:
		return nil
	}
}

func (d *discount) customerGets(currency string) *object {
	value := &object{"DiscountAmount", map[string]any{"amount": money(d.amount, currency), "appliesOnEachItem": false}}
	if d.percentage != nil {
		value = &object{"DiscountPercentage", map[string]any{"percentage": parseFloat(d.percentage.FloatString(6))}}
	}
	return &object{"DiscountCustomerGets", map[string]any{
		"appliesOnOneTimePurchase": true, "appliesOnSubscription": false, "value": value,
		"items": &object{"AllDiscountItems", map[string]any{"allItems": true}}}}
}

func (d *discount) summary(currency string) string {
	what := "Free shipping"
	switch {
	case d.freeShipping:
	case d.percentage != nil:
		what = strings.TrimSuffix(percentText(d.percentage), ".0") + "% off entire order"
	default:
		what = moneyText(d.amount, currency) + " " + currency + " off entire order"
	}

	if d.oncePerCustomer {
		what += " • One use per customer"
	}
	if d.minSubtotal > 0 {
		what += fmt.Sprintf(" • Minimum purchase of %s %s", moneyText(d.minSubtotal, currency), currency)
	}
	return what
}

func (ses *session) shareable(d *discount) []any {
	out := []any{}
	if len(d.codes) > 0 {
		out = append(out, &object{"DiscountShareableUrl", map[string]any{"targetType": "HOME", "title": "Home page",
			"url": "https://" + ses.sh.domain + "/discount/" + percentEncode(d.codes[0].code)}})
	}
	return out
}

func (ses *session) codePage(d *discount, c call) (any, error) {
	byCode := func(r *redeemCode) any { return r.code }
	byID := func(r *redeemCode) any { return idText(r.id) }
	fields := searchFields[*redeemCode]{"": byCode, "code": byCode, "id": byID}

	found, warnings, err := fields.filter(d.codes, c.text("query"))
	if err != nil {
		return nil, err
	}

	ses.noteSearch("codes", c.text("query"), warnings)
	return listing[*redeemCode]{typename: "DiscountRedeemCode", items: found, build: ses.redeemCode,
		rankOf: func(r *redeemCode) rank { return rank{"", r.id} }}.page(c)
}

func (ses *session) redeemCode(r *redeemCode) *object {
	return &object{"DiscountRedeemCode", map[string]any{
		"id": r.gid(), "code": r.code, "asyncUsageCount": int64(len(r.uses)), "createdBy": ses.app()}}
}

// findBulk polls a bulk creation: asking is what makes it go on.
func (ses *session) findBulk(c call) (any, error) {
	id, err := lookup(c, "DiscountRedeemCodeBulkCreation")
	if err != nil {
		return nil, err
	}

	b, ok := ses.sh.bulkCreations[id]
	if !ok {
		return nil, nil
	}

	b.poll()
	return ses.bulk(b), nil
}

func (ses *session) bulk(b *bulkCreation) *object {
	imported, failed := b.counts()
	indexes := make([]int, len(b.entries))
	for i := range indexes {
		indexes[i] = i
	}

	build := func(i int) *object { return ses.bulkEntry(b.entries[i]) }
	codes := func(c call) (any, error) {
		return listing[int]{typename: "DiscountRedeemCodeBulkCreationCode", items: indexes, build: build,
			rankOf: func(i int) rank { return rank{"", int64(i)} }}.page(c)
	}

	var owner any
	if ses.sh.discounts[b.discount.id] != nil {
		owner = ses.codeDiscountNode(b.discount)
	}

	return &object{"DiscountRedeemCodeBulkCreation", map[string]any{
		"id": b.gid(), "done": b.done, "createdAt": timeText(b.createdAt), "discountCode": owner,
		"codesCount": int64(len(b.entries)), "importedCount": int64(imported), "failedCount": int64(failed),
		"codes": resolver(codes),
	}}
}

func (ses *session) bulkEntry(e bulkEntry) *object {
	var redeem any
	if e.redeem != nil {
		redeem = ses.redeemCode(e.redeem)
	}

	errs := []any{}
	if e.errCode != "" {
		errs = append(errs, userError(e.errCode, errorMessages[e.errCode], "code"))
	}
	return &object{"DiscountRedeemCodeBulkCreationCode", map[string]any{
		"code": e.code, "discountRedeemCode": redeem, "errors": errs,
	}}
}

func (ses *session) findJob(c call) (any, error) {
	j, ok := ses.sh.jobs[c.text("id")]
	if !ok {
		return nil, nil
	}
	j.poll()
	return j.object(), nil
}

func (j *job) object() *object {
	return &object{"Job", map[string]any{"id": j.id, "done": j.done}}
}
