package simulator

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"time"
)

// userError is a DiscountUserError.
func userError(code, message string, field ...string) *object {
	return &object{"DiscountUserError", map[string]any{
		"code": code, "message": message, "field": field, "extraInfo": nil,
	}}
}

// mutationPayload is a mutation's answer: its own field and the errors.
func mutationPayload(typename, field string, value any, errs ...any) *object {
	return &object{typename, map[string]any{field: value, "userErrors": append([]any{}, errs...)}}
}

// input reads a mutation's input object.
type input map[string]any

// asInput reads an input object that coercion has let pass.
func asInput(v any) input {
	m, _ := v.(map[string]any)
	return m
}

func (in input) has(name string) bool { return in[name] != nil }

func (in input) at(name string) input { return asInput(in[name]) }

func (in input) text(name string) string {
	s, _ := in[name].(string)
	return s
}

func (in input) flag(name string) bool {
	b, _ := in[name].(bool)
	return b
}

func (ses *session) createBasic(c call) (any, error) {
	in := asInput(c.args["basicCodeDiscount"])
	d, errs := ses.create("basicCodeDiscount", in, false)
	return ses.discountPayload("DiscountCodeBasicCreatePayload", d, errs), nil
}

func (ses *session) createFreeShipping(c call) (any, error) {
	in := asInput(c.args["freeShippingCodeDiscount"])
	d, errs := ses.create("freeShippingCodeDiscount", in, true)
	return ses.discountPayload("DiscountCodeFreeShippingCreatePayload", d, errs), nil
}

func (ses *session) discountPayload(typename string, d *discount, errs []any) *object {
	if d == nil || len(errs) > 0 {
		return mutationPayload(typename, "codeDiscountNode", nil, errs...)
	}
	return mutationPayload(typename, "codeDiscountNode", ses.codeDiscountNode(d))
}

// create makes a discount with its first code. Source: shopify.dev, discountCodeBasicCreate: code, title, startsAt,
// context and customerGets are needed.
func (ses *session) create(arg string, in input, freeShipping bool) (*discount, []any) {
	now := ses.srv.seconds()

	d := &discount{freeShipping: freeShipping, createdAt: now, updatedAt: now, usesBy: map[int64]int64{}}
	errs := missing(arg, in, freeShipping)
	errs = append(errs, ses.change(arg, d, in)...)
	code := in.text("code")

	if len(errs) == 0 {
		d.id = ses.sh.ids.next()
		if _, problem := ses.sh.addCode(d, code); problem != "" {
			errs = append(errs, userError(problem, errorMessages[problem], arg, "code"))
		}
	}

	if len(errs) > 0 {
		return nil, errs
	}
	ses.sh.discounts[d.id] = d
	return d, nil
}

func missing(arg string, in input, freeShipping bool) []any {
	needed := []string{"code", "title", "startsAt", "context", "customerGets"}
	if freeShipping {
		needed = []string{"code", "title", "startsAt", "context", "destination"}
	}

	var errs []any
	for _, name := range needed {
		if !in.has(name) || in[name] == "" {
			errs = append(errs, userError("BLANK", name+" can't be blank", arg, name))
		}
	}
	return errs
}

// change sets what the input holds and leaves the rest as it is.
func (ses *session) change(arg string, d *discount, in input) []any {
	var errs []any
	refuse := func(code, message string, field ...string) {
		errs = append(errs, userError(code, message, append([]string{arg}, field...)...))
	}

	if in.has("title") {
		if d.title = in.text("title"); len([]rune(d.title)) > 255 {
			refuse("TOO_LONG", "Title is too long (maximum is 255 characters)", "title")
		}
	}

	ses.changeDates(d, in, refuse)
	ses.changeLimits(d, in, refuse)
	ses.changeMinimum(d, in, refuse)
	ses.changeContext(d, in, refuse)

	if in.has("customerGets") {
		ses.changeValue(d, in.at("customerGets"), refuse)
	}
	if in.has("combinesWith") {
		m := in.at("combinesWith")
		d.combines = combination{m.flag("orderDiscounts"), m.flag("productDiscounts"), m.flag("shippingDiscounts")}
	}
	return errs
}

// refusal notes a user error about a field of the input.
type fieldRefusal func(code, message string, field ...string)

func (ses *session) changeDates(d *discount, in input, refuse fieldRefusal) {
	if in.has("startsAt") {
		d.startsAt = readTime(in.text("startsAt"))
	}

	if v, ok := in["endsAt"]; ok {
		d.endsAt = time.Time{}
		if v != nil {
			d.endsAt = readTime(in.text("endsAt"))
		}
	}

	if !d.endsAt.IsZero() && !d.endsAt.After(d.startsAt) {
		refuse("END_DATE_BEFORE_START_DATE", "Ends at needs to be after starts_at", "endsAt")
	}
}

// readTime reads a DateTime that coercion has let pass.
func readTime(s string) time.Time {
	t, _ := time.Parse(time.RFC3339, s)
	return t.UTC()
}

// Limits of a discount's tags. Source: shopify.dev, DiscountCodeBasicInput.tags.
const (
	maxTags      = 5
	maxTagLength = 255
)

func (ses *session) changeLimits(d *discount, in input, refuse fieldRefusal) {
	if v, ok := in["usageLimit"]; ok {
		d.usageLimit, _ = v.(int64)
		if v != nil && d.usageLimit < 1 {
			refuse("GREATER_THAN", "Usage limit must be greater than 0", "usageLimit")
		}
	}

	if in.has("appliesOncePerCustomer") {
		d.oncePerCustomer = in.flag("appliesOncePerCustomer")
	}

	if in.has("maximumShippingPrice") {
		n, err := parseMoney(in.text("maximumShippingPrice"), ses.sh.currency)
		if d.maxShipping = n; err != nil {
			refuse("INVALID", "Maximum shipping price is invalid", "maximumShippingPrice")
		}
	}

	if !in.has("tags") {
		return
	}
	d.tags = texts(in["tags"])

	if len(d.tags) > maxTags {
		refuse("TOO_MANY_TAGS", "Too many tags", "tags")
	}
	if slices.ContainsFunc(d.tags, func(t string) bool { return len([]rune(t)) > maxTagLength }) {
		refuse("INVALID_TAG_LENGTH", "Tag is too long", "tags")
	}
}

func (ses *session) changeMinimum(d *discount, in input, refuse fieldRefusal) {
	v, ok := in["minimumRequirement"]
	if !ok {
		return
	}

	d.minSubtotal, d.minQuantity = 0, 0
	if v == nil {
		return
	}

	m := in.at("minimumRequirement")
	if m.has("subtotal") && m.has("quantity") {
		refuse("MINIMUM_SUBTOTAL_AND_QUANTITY_RANGE_BOTH_PRESENT",
			"Only one of subtotal and quantity may be given", "minimumRequirement")
	}

	if s := m.at("subtotal"); s.has("greaterThanOrEqualToSubtotal") {
		n, err := parseMoney(s.text("greaterThanOrEqualToSubtotal"), ses.sh.currency)
		if d.minSubtotal = n; err != nil {
			refuse("INVALID", "Minimum subtotal is invalid", "minimumRequirement", "subtotal")
		}
	}
	if q := m.at("quantity"); q.has("greaterThanOrEqualToQuantity") {
		d.minQuantity, _ = strconv.ParseInt(q.text("greaterThanOrEqualToQuantity"), 10, 64)
	}
}

// maxNamedCustomers is how many customers one discount may name. Source: help.shopify.com, discounts.
const maxNamedCustomers = 100

func (ses *session) changeContext(d *discount, in input, refuse fieldRefusal) {
	if !in.has("context") {
		return
	}

	m := in.at("context")
	if m.has("all") {
		d.customers = nil
		return
	}

	named := m.at("customers")
	for _, id := range texts(named["add"]) {
		n, ok := parseGID("Customer", id)
		if !ok || ses.sh.customers[n] == nil {
			refuse("INVALID", "Customer does not exist: "+id, "context", "customers", "add")
			continue
		}
		if !slices.Contains(d.customers, n) {
			d.customers = append(d.customers, n)
		}
	}

	for _, id := range texts(named["remove"]) {
		n, _ := parseGID("Customer", id)
		d.customers = slices.DeleteFunc(d.customers, func(x int64) bool { return x == n })
	}

	if len(d.customers) > maxNamedCustomers {
		message := fmt.Sprintf("A discount names at most %d customers", maxNamedCustomers)
		refuse("EXCEEDED_MAX", message, "context", "customers")
	}
	if len(d.customers) == 0 {
		d.customers = []int64{} // nobody, not everybody
	}
}

func (ses *session) changeValue(d *discount, gets input, refuse fieldRefusal) {
	v := gets.at("value")
	switch amount := v.at("discountAmount"); {
	case v.has("percentage"):
		// in millionths, so that 0.15 is exact
		rate, _ := v["percentage"].(float64)
		if rate <= 0 || rate > 1 {
			refuse("VALUE_OUTSIDE_RANGE", "Value must be between 0.0 and 1.0", "customerGets", "value", "percentage")
			return
		}
		d.percentage, d.amount = new(big.Rat).SetFrac64(int64(rate*1e6+0.5), 1e6), 0
	case amount.has("amount"):
		n, err := parseMoney(amount.text("amount"), ses.sh.currency)
		if err != nil || n == 0 {
			refuse("GREATER_THAN", "Value must be greater than 0", "customerGets", "value", "discountAmount", "amount")
		}

		if amount.flag("appliesOnEachItem") {
			refuse("INVALID", "simulator: appliesOnEachItem is not simulated",
				"customerGets", "value", "discountAmount", "appliesOnEachItem")
		}
		d.percentage, d.amount = nil, n
	default:
		refuse("BLANK", "Value can't be blank", "customerGets", "value")
	}
}

func texts(v any) []string {
	items, _ := v.([]any)
	var out []string
	for _, item := range items {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func notFound(field string) *object { return userError("INVALID", "Discount does not exist", field) }

func (ses *session) updateBasic(c call) (any, error) {
	return ses.update(c, "DiscountCodeBasicUpdatePayload", "basicCodeDiscount", false)
}

func (ses *session) updateFreeShipping(c call) (any, error) {
	return ses.update(c, "DiscountCodeFreeShippingUpdatePayload", "freeShippingCodeDiscount", true)
}

// update changes a discount of that sort. A code in the input replaces the first code.
func (ses *session) update(c call, typename, arg string, freeShipping bool) (any, error) {
	d, err := ses.discountByID(c)
	if err != nil {
		return nil, err
	}

	if d == nil || d.freeShipping != freeShipping {
		return ses.discountPayload(typename, nil, []any{notFound("id")}), nil
	}

	in := asInput(c.args[arg])
	changed := *d // a refused change changes nothing
	changed.customers = slices.Clone(d.customers)
	if errs := ses.change(arg, &changed, in); len(errs) > 0 {
		return ses.discountPayload(typename, nil, errs), nil
	}

	if code := in.text("code"); code != "" && len(d.codes) > 0 && codeKey(code) != codeKey(d.codes[0].code) {
		if problem := ses.rename(d.codes[0], code); problem != "" {
			refusal := userError(problem, errorMessages[problem], arg, "code")
			return ses.discountPayload(typename, nil, []any{refusal}), nil
		}
	}

	changed.codes = d.codes
	*d = changed
	ses.updated(d)
	return ses.discountPayload(typename, d, nil), nil
}

// rename gives a code another text.
func (ses *session) rename(r *redeemCode, code string) (problem string) {
	if _, ok := ses.sh.codes[codeKey(code)]; ok {
		return "TAKEN"
	}

	if len([]rune(code)) > maxCodeLength {
		return "TOO_LONG"
	}

	delete(ses.sh.codes, codeKey(r.code))
	r.code = code
	ses.sh.codes[codeKey(code)] = r
	return ""
}

// updated notes a change and tells the app.
func (ses *session) updated(d *discount) {
	d.updatedAt = ses.srv.seconds()
	ses.srv.emitDiscount(ses.sh, "discounts/update", d)
}

// activate lets the discount run from now on without end. Source: shopify.dev, discountCodeActivate.
func (ses *session) activate(c call) (any, error) {
	return ses.toggle(c, "DiscountCodeActivatePayload", func(d *discount, now time.Time) {
		if d.status(ses.now) == "SCHEDULED" {
			d.startsAt = now
		}
		if d.status(ses.now) == "EXPIRED" {
			d.endsAt = time.Time{}
		}
	})
}

// deactivate ends the discount now. Source: shopify.dev, discountCodeDeactivate.
func (ses *session) deactivate(c call) (any, error) {
	return ses.toggle(c, "DiscountCodeDeactivatePayload", func(d *discount, now time.Time) { d.endsAt = now })
}

func (ses *session) toggle(c call, typename string, change func(*discount, time.Time)) (any, error) {
	d, err := ses.discountByID(c)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return ses.discountPayload(typename, nil, []any{notFound("id")}), nil
	}

	change(d, ses.srv.seconds())
	ses.updated(d)
	return ses.discountPayload(typename, d, nil), nil
}

func (ses *session) deleteDiscount(c call) (any, error) {
	const typename = "DiscountCodeDeletePayload"
	d, err := ses.discountByID(c)
	if err != nil {
		return nil, err
	}

	if d == nil {
		return mutationPayload(typename, "deletedCodeDiscountId", nil, notFound("id")), nil
	}

	ses.sh.deleteDiscount(d)
	ses.srv.emitDiscount(ses.sh, "discounts/delete", d)
	return mutationPayload(typename, "deletedCodeDiscountId", d.gid()), nil
}

// bulkAdd queues codes. Source: shopify.dev, discountRedeemCodeBulkAdd: an empty userErrors means queued, not added.
func (ses *session) bulkAdd(c call) (any, error) {
	const typename = "DiscountRedeemCodeBulkAddPayload"
	id, ok := parseGID("DiscountCodeNode", c.text("discountId"))
	d := ses.sh.discounts[id]
	codes, _ := c.args["codes"].([]any)

	switch {
	case !ok || d == nil:
		return mutationPayload(typename, "bulkCreation", nil, notFound("discountId")), nil
	case len(codes) == 0:
		return mutationPayload(typename, "bulkCreation", nil, userError("BLANK", "Codes can't be blank", "codes")), nil
	}

	b := &bulkCreation{id: ses.sh.ids.next(), discount: d, createdAt: ses.srv.seconds(), fail: map[int]bool{}}
	slow, _ := ses.srv.faults.strike(FaultSlowBulk, ses.sh.domain, "discountRedeemCodeBulkAdd")
	b.async = ses.sh.start(ses.now, slow, func() { ses.sh.fill(b) })

	for _, item := range codes {
		b.entries = append(b.entries, bulkEntry{code: asInput(item).text("code")})
	}

	if f, ok := ses.srv.faults.strike(FaultPartialBulk, ses.sh.domain, "discountRedeemCodeBulkAdd"); ok {
		for i := max(0, len(codes)-f.N); i < len(codes); i++ {
			b.fail[i] = true
		}
	}

	ses.sh.bulkCreations[b.id] = b
	return mutationPayload(typename, "bulkCreation", ses.bulk(b)), nil
}

// bulkDelete queues the deletion of codes by id. Ids of other discounts or of no code are passed over.
func (ses *session) bulkDelete(c call) (any, error) {
	const typename = "DiscountCodeRedeemCodeBulkDeletePayload"
	id, ok := parseGID("DiscountCodeNode", c.text("discountId"))
	d := ses.sh.discounts[id]
	ids := texts(c.args["ids"])

	switch {
	case !ok || d == nil:
		return mutationPayload(typename, "job", nil, notFound("discountId")), nil
	case len(ids) == 0:
		return mutationPayload(typename, "job", nil, userError(
			"MISSING_ARGUMENT", "Missing expected argument key: 'ids', 'search' or 'saved_search_id'.",
		)), nil
	}

	sh := ses.sh
	slow, _ := ses.srv.faults.strike(FaultSlowBulk, sh.domain, "discountCodeRedeemCodeBulkDelete")
	j := &job{id: "gid://shopify/Job/" + ses.srv.ids.uuid()}
	j.async = sh.start(ses.now, slow, func() { ses.srv.deleteCodes(sh, d, ids) })
	sh.jobs[j.id] = j
	return mutationPayload(typename, "job", j.object()), nil
}

func (s *Server) deleteCodes(sh *shop, d *discount, ids []string) {
	for _, gid := range ids {
		n, _ := parseGID("DiscountRedeemCode", gid)
		i := slices.IndexFunc(d.codes, func(r *redeemCode) bool { return r.id == n })
		if i >= 0 {
			gone := d.codes[i]
			sh.deleteCode(gone)
			s.emitCode(sh, gone)
		}
	}
}
