package simulator

import (
	"strconv"
	"strings"
	"time"
)

// queryRoot resolves the fields of QueryRoot.
func (ses *session) queryRoot() *object {
	return &object{"QueryRoot", map[string]any{
		"shop":                   resolver(func(call) (any, error) { return ses.shop(), nil }),
		"currentAppInstallation": resolver(func(call) (any, error) { return ses.installation(), nil }),

		"nodes":    resolver(ses.findNodes),
		"order":    ses.guarded("read_orders", "order", "Order", ses.findOrder),
		"orders":   ses.guarded("read_orders", "orders", "Order", ses.listOrders),
		"customer": ses.guarded("read_customers", "customer", "Customer", ses.findCustomer),
		"customerByIdentifier": ses.guarded(
			"read_customers", "customerByIdentifier", "Customer", ses.identifyCustomer,
		),

		"codeDiscountNode":       ses.guarded("read_discounts", "codeDiscountNode", "", ses.findCodeDiscount),
		"codeDiscountNodeByCode": ses.guarded("read_discounts", "codeDiscountNodeByCode", "", ses.findByCode),
		"discountNode":           ses.guarded("read_discounts", "discountNode", "", ses.findDiscount),
		"discountNodes":          ses.guarded("read_discounts", "discountNodes", "", ses.listDiscounts),
		"discountRedeemCodeBulkCreation": ses.guarded(
			"read_discounts", "discountRedeemCodeBulkCreation", "", ses.findBulk,
		),

		"job": resolver(ses.findJob),
		"storeCreditConfiguration": resolver(func(call) (any, error) {
			return &object{"StoreCreditConfiguration", map[string]any{"storeCreditEnabled": false}}, nil
		}),
	}}
}

// mutationRoot resolves the fields of Mutation.
func (ses *session) mutationRoot() *object {
	discounts := func(field string, r resolver) resolver { return ses.guarded("write_discounts", field, "", r) }
	return &object{"Mutation", map[string]any{
		"discountCodeBasicCreate":          discounts("discountCodeBasicCreate", ses.createBasic),
		"discountCodeBasicUpdate":          discounts("discountCodeBasicUpdate", ses.updateBasic),
		"discountCodeFreeShippingCreate":   discounts("discountCodeFreeShippingCreate", ses.createFreeShipping),
		"discountCodeFreeShippingUpdate":   discounts("discountCodeFreeShippingUpdate", ses.updateFreeShipping),
		"discountCodeActivate":             discounts("discountCodeActivate", ses.activate),
		"discountCodeDeactivate":           discounts("discountCodeDeactivate", ses.deactivate),
		"discountCodeDelete":               discounts("discountCodeDelete", ses.deleteDiscount),
		"discountRedeemCodeBulkAdd":        discounts("discountRedeemCodeBulkAdd", ses.bulkAdd),
		"discountCodeRedeemCodeBulkDelete": discounts("discountCodeRedeemCodeBulkDelete", ses.bulkDelete),
		"metafieldsSet":                    resolver(ses.setMetafields),
		"metafieldsDelete":                 resolver(ses.deleteMetafields),
		"flowTriggerReceive":               resolver(ses.receiveTrigger),
	}}
}

func (ses *session) shop() *object {
	sh := ses.sh
	return &object{"Shop", map[string]any{
		"id": gid("Shop", sh.id), "name": sh.name, "email": sh.email(), "contactEmail": sh.email(),
		"myshopifyDomain": sh.domain, "url": "https://" + sh.domain, "currencyCode": sh.currency,
		"enabledPresentmentCurrencies": []string{sh.currency}, "ianaTimezone": sh.timeZone, "taxesIncluded": false,
		"createdAt": timeText(sh.createdAt), "updatedAt": timeText(sh.updatedAt),

		"primaryDomain": &object{"Domain", map[string]any{
			"id": gid("Domain", sh.id), "host": sh.domain, "url": ses.srv.URL() + "/" + sh.domain, "sslEnabled": true}},
		"plan": &object{"ShopPlan", map[string]any{"partnerDevelopment": false, "publicDisplayName": sh.planName(),
			"shopifyPlus": sh.plan == "plus" || sh.plan == "enterprise"}},
		"customerAccountsV2": &object{"CustomerAccountsV2", map[string]any{
			"customerAccountsVersion": "NEW_CUSTOMER_ACCOUNTS", "url": "https://" + sh.domain + "/account"}},
	}}
}

func (ses *session) installation() *object {
	sh := ses.sh
	owner := gid("AppInstallation", sh.installationID)
	return &object{"AppInstallation", map[string]any{
		"id": owner, "launchUrl": "https://" + sh.domain + "/admin/apps/" + ses.srv.cfg.ClientID,
		"uninstallUrl": "https://" + sh.domain + "/admin/apps/" + ses.srv.cfg.ClientID + "/uninstall",
		"accessScopes": scopeObjects(sh.scopes), "app": ses.app(), "activeSubscriptions": []any{},
		"metafield": ses.metafieldOf(owner), "metafields": ses.metafieldsOf(owner),
	}}
}

func (ses *session) app() *object {
	app := ses.srv.app
	return &object{"App", map[string]any{
		"id": gid("App", ses.sh.appID), "apiKey": ses.srv.cfg.ClientID, "handle": textOrNil(app.handle),
		"title": app.name, "embedded": true, "requestedAccessScopes": scopeObjects(app.scopes),
		"optionalAccessScopes": scopeObjects(app.optionalScopes),
	}}
}

func scopeObjects(scopes []string) []any {
	out := []any{}
	for _, s := range scopes {
		out = append(out, &object{"AccessScope", map[string]any{"handle": s, "description": s}})
	}
	return out
}

// money answers a MoneyV2.
func money(minor int64, currency string) *object {
	return &object{"MoneyV2", map[string]any{"amount": decimalText(minor, currency), "currencyCode": currency}}
}

// bag answers a MoneyBag: presentment money is shop money here.
func (o *order) bag(minor int64) *object {
	return &object{"MoneyBag", map[string]any{
		"shopMoney": money(minor, o.currency), "presentmentMoney": money(o.presented(minor)),
	}}
}

// sortable writes a time so that text order is time order.
func sortable(t time.Time) string { return t.UTC().Format("20060102150405") }

// idText is a legacyResourceId.
func idText(id int64) string { return strconv.FormatInt(id, 10) }

// lookup reads the id argument as a gid of one of the kinds; a gid of another kind is an error, as in Shopify.
func lookup(c call, kinds ...string) (int64, error) {
	id := c.text("id")
	for _, k := range kinds {
		if n, ok := parseGID(k, id); ok {
			return n, nil
		}
	}
	return 0, &apiError{message: "Invalid global id '" + id + "'", code: "RESOURCE_NOT_FOUND"}
}

// findNodes finds orders and customers by their ids; other kinds of nodes are not simulated. Each kind needs the scope
// and the level that it needs by itself.
func (ses *session) findNodes(c call) (any, error) {
	order := ses.guarded("read_orders", "nodes", "Order", ses.findOrder)
	customer := ses.guarded("read_customers", "nodes", "Customer", ses.findCustomer)

	ids, _ := c.args["ids"].([]any)
	found := make([]any, len(ids))
	for i, id := range ids {
		find := order
		if text, _ := id.(string); strings.HasPrefix(text, "gid://shopify/Customer/") {
			find = customer
		}

		node, err := find(call{args: map[string]any{"id": id}})
		if err != nil {
			return nil, err
		}
		found[i] = node
	}
	return found, nil
}

// noteSearch keeps the warnings of a search for extensions.search.
func (ses *session) noteSearch(field, query string, warnings []searchWarning) {
	if len(warnings) > 0 {
		ses.searches = append(ses.searches, map[string]any{
			"path": []string{field}, "query": query, "warnings": warnings,
		})
	}
}
