package simulator

import (
	"encoding/json"
	"html"
	"net/url"
	"strconv"
	"strings"
)

// objects are the Liquid objects of a page: what blocks see. Amounts are hundredths of the currency that the visitor
// sees. Nothing in the result belongs to the shop. Source: shopify.dev, Liquid reference, objects.
func (v *visit) objects(page *pageView) map[string]any {
	sh, language := v.sh, v.theme.Locale
	country := map[string]any{"iso_code": "US", "name": "United States", "currency": currencyObject(v.show.currency())}
	o := map[string]any{
		"shop": map[string]any{
			"name": sh.name, "domain": sh.domain, "permanent_domain": sh.domain,
			"url": v.s.URL() + v.root(), "id": sh.id, "secure_url": v.s.URL() + v.root(),
			"currency": sh.currency, "locale": defaultLanguage, "customer_accounts_enabled": true,
			"money_format":               moneyFormatOf(sh.currency),
			"money_with_currency_format": moneyFormatOf(sh.currency) + " " + sh.currency,
		},
		"request": map[string]any{
			"locale": languageObject(v.root(), language), "design_mode": v.theme.DesignMode,
			"visual_preview_mode": false, "page_type": page.Type, "path": v.r.URL.Path, "host": v.r.Host,
			"origin": v.s.URL(),
		},
		"localization": map[string]any{
			"language":            languageObject(v.root(), language),
			"available_languages": languageObjects(v.root()),
			"country":             country,
		},
		"routes": v.routes(), "template": templateObject(page.Type),
		"app":      map[string]any{"metafields": sh.appMetafields()},
		"customer": customerObject(v.buyer, v.show), "cart": v.cartObject(), "product": nil,
		"canonical_url": v.s.URL() + v.r.URL.Path, "page_title": page.Title, "settings": map[string]any{},
	}

	if page.product != nil {
		o["product"] = v.productObject(*page.product)
	}
	return o
}

func languageObject(root, language string) map[string]any {
	return map[string]any{
		"iso_code": language, "endonym_name": spoken[language].Name, "name": spoken[language].Name,
		"root_url": root, "primary": language == defaultLanguage,
	}
}

func languageObjects(root string) []map[string]any {
	var out []map[string]any
	for _, language := range languages {
		out = append(out, languageObject(root, language))
	}
	return out
}

func currencyObject(currency string) map[string]any {
	symbol, _, _ := strings.Cut(moneyFormatOf(currency), "{{")
	if symbol = strings.TrimSpace(symbol); symbol == "" {
		symbol = currency
	}
	return map[string]any{"iso_code": currency, "symbol": symbol, "name": currency}
}

func templateObject(pageType string) map[string]any {
	directory, name, ok := strings.Cut(pageType, "/")
	if !ok {
		directory, name = "", pageType
	}
	return map[string]any{"name": name, "directory": directory, "suffix": nil}
}

// routes are the object routes. As in Shopify's shops with a language in the path, root_url has no slash at its end,
// and all addresses begin with it. With new customer accounts storefront_login_url comes back to the page;
// account_login_url does not, whatever it is given. Legacy accounts have account_login_url alone.
func (v *visit) routes() map[string]any {
	out := map[string]any{"root_url": v.root()}
	for name, path := range map[string]string{
		"account_url": "account", "account_login_url": "account/login",
		"account_logout_url": "account/logout", "account_register_url": "account/register",
		"account_recover_url": "account/recover", "account_addresses_url": "account/addresses",
		"collections_url": "collections", "all_products_collection_url": "collections/all",
		"search_url": "search", "predictive_search_url": "search/suggest",
		"product_recommendations_url": "recommendations/products", "cart_url": "cart",
		"cart_add_url": "cart/add", "cart_change_url": "cart/change", "cart_clear_url": "cart/clear",
		"cart_update_url": "cart/update",
	} {
		out[name] = v.path(path)
	}

	if v.theme.Accounts == AccountsNew {
		back := url.QueryEscape(v.here())
		out["storefront_login_url"] = v.path("customer_authentication/login?return_to=" + back)
	}
	return out
}

// appMetafields are app.metafields: those whose owner is the app's installation, by namespace and key.
// Source: shopify.dev, app-data metafields; Liquid objects, metafield.
func (sh *shop) appMetafields() map[string]map[string]any {
	out := map[string]map[string]any{}
	if !sh.installed {
		return out
	}

	for _, m := range sh.metafields[gid("AppInstallation", sh.installationID)] {
		if out[m.namespace] == nil {
			out[m.namespace] = map[string]any{}
		}
		out[m.namespace][m.key] = map[string]any{"value": m.liquidValue(), "type": m.kind}
	}
	return out
}

// appFlag tells whether a metafield of the app is a boolean and true.
func (sh *shop) appFlag(namespace, key string) bool {
	m := sh.metafields[gid("AppInstallation", sh.installationID)][namespace+"."+key]
	return m != nil && m.kind == "boolean" && m.value == "true"
}

// liquidValue is a metafield's value as Liquid has it: JSON, booleans and numbers are read, the rest is text.
func (m *metafield) liquidValue() any {
	switch m.kind {
	case "json", "boolean", "number_integer":
		return json.RawMessage(m.value)
	}
	return m.value
}

func customerObject(c *customer, show display) map[string]any {
	if c == nil {
		return nil
	}

	var spent int64
	for _, o := range c.orders {
		spent += o.total()
	}

	return map[string]any{
		"id": c.id, "email": c.email, "first_name": c.firstName, "last_name": c.lastName,
		"name": strings.TrimSpace(c.firstName + " " + c.lastName), "has_account": c.enabled,
		"orders_count": c.numberOfOrders(), "total_spent": show.hundredths(spent), "tags": []string{},
	}
}

// cartObject is cart: what /cart.js says, but the codes, which Liquid does not list.
func (v *visit) cartObject() map[string]any {
	out := v.cartJS()
	delete(out, "discount_codes")
	delete(out, "token")
	out["currency"] = currencyObject(v.show.currency())
	return out
}

func (v *visit) productObject(p product) map[string]any {
	text, price := v.words.Product[p.handle], v.show.hundredths(p.price)
	picture := map[string]any{"src": v.picture(p), "alt": text.Title, "width": 800, "height": 1000}

	var variants []map[string]any
	for _, one := range p.variants {
		title := "Default Title"
		if !one.single {
			title = text.colours(v.theme.Theme)[one.place]
		}
		variants = append(variants, map[string]any{
			"id": one.id, "title": title, "price": price, "available": true,
			"url": v.path(p.path() + one.query()),
		})
	}

	return map[string]any{
		"id": p.id, "title": text.Title, "handle": p.handle, "url": v.path(p.path()), "type": p.collection,
		"vendor": v.sh.name, "description": text.Text, "price": price, "price_min": price,
		"price_max": price, "price_varies": false, "available": true, "compare_at_price": nil,
		"tags": []string{}, "featured_image": picture, "images": []any{picture}, "variants": variants,
		"selected_or_first_available_variant": variants[0], "has_only_default_variant": len(variants) == 1,
	}
}

// blockObject is block: its settings, and in the editor what marks it.
func blockObject(id string, b *extensionBlock, settings map[string]any, editor bool) map[string]any {
	attributes := ""
	if editor {
		raw, _ := json.Marshal(map[string]string{"id": id, "type": b.handle}) // two strings
		attributes = `data-shopify-editor-block="` + html.EscapeString(string(raw)) + `"`
	}
	return map[string]any{"id": id, "type": b.handle, "settings": settings, "shopify_attributes": attributes}
}

// blockID is like Shopify's: letters and digits, the same for the same place.
func blockID(place string, n int) string {
	return "A" + strings.ReplaceAll(place, "-", "") + strconv.Itoa(n)
}
