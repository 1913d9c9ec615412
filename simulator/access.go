package simulator

import "fmt"

// access.go holds what a request may see: granted scopes and the approved level of protected customer data.

// needScope refuses a field without the scope. Source: shopify.dev, access scopes; the shape is
// that of Shopify's answers.
func (ses *session) needScope(scope, field string) error {
	if hasScope(ses.scopes, scope) {
		return nil
	}

	required := fmt.Sprintf("`%s` access scope.", scope)
	return &apiError{
		message: fmt.Sprintf("Access denied for %s field. Required access: %s", field, required), code: "ACCESS_DENIED",
		extra: map[string]any{
			"documentation": "https://shopify.dev/api/usage/access-scopes", "requiredAccess": required,
		},
	}
}

const protectedPage = "https://shopify.dev/docs/apps/launch/protected-customer-data"

// needData refuses an object of customers' data below level 1. Source: shopify.dev, protected customer data.
func (ses *session) needData(object string) error {
	if ses.level >= 1 {
		return nil
	}
	return &apiError{
		message: fmt.Sprintf("This app is not approved to access the %s object. See %s for more details.",
			object, protectedPage),
		code: "ACCESS_DENIED", extra: map[string]any{"documentation": protectedPage},
	}
}

// guarded resolves a field that needs a scope, and level 1 if it shows an object of customers' data.
func (ses *session) guarded(scope, field, object string, r resolver) resolver {
	return func(c call) (any, error) {
		if err := ses.needScope(scope, field); err != nil {
			return nil, err
		}
		if object != "" {
			if err := ses.needData(object); err != nil {
				return nil, err
			}
		}

		return r(c)
	}
}

// optional resolves what shopify.dev gives no level: it is shown at level 1, unless the shop's behaviour says otherwise.
func (ses *session) optional(field string, v any) resolver {
	if ses.sh.behaviour.BareOrders {
		return ses.personal(field, v)
	}
	return func(call) (any, error) { return v, nil }
}

// personal resolves a name, e-mail, phone or address: level 2.
func (ses *session) personal(field string, v any) resolver {
	return func(call) (any, error) {
		if ses.level >= 2 {
			return v, nil
		}
		return nil, &apiError{
			message: fmt.Sprintf("This app is not approved to use the %s field. See %s for more details.",
				field, protectedPage),
			code: "ACCESS_DENIED", extra: map[string]any{"documentation": protectedPage},
		}
	}
}
