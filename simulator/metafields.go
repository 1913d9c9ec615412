package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// metafield is a value kept at an owner.
type metafield struct {
	id        int64
	owner     string // gid
	namespace string // as stored: $app is written out
	key       string
	kind      string
	value     string
	createdAt time.Time
	updatedAt time.Time
}

// maxMetafields is the most metafieldsSet takes at once. Source: shopify.dev, metafieldsSet.
const maxMetafields = 25

func (m *metafield) digest() string {
	sum := sha256.Sum256([]byte(m.kind + "\n" + m.value))
	return hex.EncodeToString(sum[:])
}

// namespaceOf writes the app-reserved namespaces $app and $app:x out, as Shopify stores them.
func (sh *shop) namespaceOf(s string) string {
	reserved := "app--" + strconv.FormatInt(sh.appID, 10)

	if s == "$app" || s == "" {
		return reserved
	}
	if rest, ok := strings.CutPrefix(s, "$app:"); ok {
		return reserved + "--" + rest
	}
	return s
}

func (ses *session) metafieldOf(owner string) resolver {
	return func(c call) (any, error) {
		m := ses.sh.metafields[owner][ses.sh.namespaceOf(c.text("namespace"))+"."+c.text("key")]
		if m == nil {
			return nil, nil
		}
		return ses.metafield(m), nil
	}
}

func (ses *session) metafieldsOf(owner string) resolver {
	return func(c call) (any, error) {
		var found []*metafield
		keys := texts(c.args["keys"])
		for _, m := range ses.sh.metafields[owner] {
			if (c.text("namespace") == "" || m.namespace == ses.sh.namespaceOf(c.text("namespace"))) &&
				listed(keys, m) {
				found = append(found, m)
			}
		}

		return listing[*metafield]{typename: "Metafield", items: found, build: ses.metafield,
			rankOf: func(m *metafield) rank { return rank{"", m.id} }}.page(c)
	}
}

// listed tells whether keys, written key or namespace.key, name the metafield; no keys name all.
func listed(keys []string, m *metafield) bool {
	for _, k := range keys {
		if k == m.key || k == m.namespace+"."+m.key {
			return true
		}
	}
	return len(keys) == 0
}

// ownerTypes are the owners that are simulated, with their MetafieldOwnerType.
var ownerTypes = map[string]string{"AppInstallation": "API_PERMISSION", "Customer": "CUSTOMER"}

// ownerKind is the kind of an owner that exists.
func (sh *shop) ownerKind(owner string) (string, bool) {
	if id, ok := parseGID("AppInstallation", owner); ok {
		return "AppInstallation", id == sh.installationID
	}
	if id, ok := parseGID("Customer", owner); ok {
		return "Customer", sh.customers[id] != nil
	}
	return "", false
}

func (ses *session) metafield(m *metafield) *object {
	kind, _ := ses.sh.ownerKind(m.owner)

	value := json.RawMessage(m.value)
	if !json.Valid(value) {
		value, _ = json.Marshal(m.value) // a string cannot fail
	}

	return &object{"Metafield", map[string]any{
		"id": gid("Metafield", m.id), "legacyResourceId": idText(m.id), "namespace": m.namespace, "key": m.key,
		"type": m.kind, "value": m.value, "jsonValue": value, "compareDigest": m.digest(),
		"createdAt": timeText(m.createdAt), "updatedAt": timeText(m.updatedAt), "ownerType": ownerTypes[kind],
		"owner": resolver(func(call) (any, error) {
			if id, ok := parseGID("Customer", m.owner); ok {
				return ses.customer(ses.sh.customers[id]), nil
			}
			return ses.installation(), nil
		}),
	}}
}

// setMetafields sets all or none. Source: shopify.dev, metafieldsSet.
func (ses *session) setMetafields(c call) (any, error) {
	items, _ := c.args["metafields"].([]any)
	if len(items) > maxMetafields {
		return ses.metafieldsPayload(nil, metafieldError(
			"LESS_THAN_OR_EQUAL_TO", "Exceeded the maximum metafields input limit of 25.", nil, "metafields",
		)), nil
	}

	var set []*metafield
	var errs []any
	for i, item := range items {
		m, code, message, field := ses.prepare(asInput(item))
		if code != "" {
			errs = append(errs, metafieldError(code, message, int64(i), "metafields", strconv.Itoa(i), field))
			continue
		}
		set = append(set, m)
	}

	if len(errs) > 0 {
		return ses.metafieldsPayload(nil, errs...), nil
	}

	var out []any
	for _, m := range set {
		out = append(out, ses.metafield(ses.keep(m)))
	}
	return ses.metafieldsPayload(out), nil
}

// metafieldsPayload answers null for the metafields if there are errors.
func (ses *session) metafieldsPayload(set []any, errs ...any) *object {
	if len(errs) > 0 {
		return mutationPayload("MetafieldsSetPayload", "metafields", nil, errs...)
	}
	return mutationPayload("MetafieldsSetPayload", "metafields", append([]any{}, set...))
}

func metafieldError(code, message string, index any, field ...string) *object {
	return &object{"MetafieldsSetUserError", map[string]any{
		"code": code, "message": message, "elementIndex": index, "field": field,
	}}
}

// prepare checks one input. code is empty if it may be set.
func (ses *session) prepare(in input) (m *metafield, code, message, field string) {
	owner := in.text("ownerId")
	kind, ok := ses.sh.ownerKind(owner)
	m = &metafield{
		owner: owner, namespace: ses.sh.namespaceOf(in.text("namespace")),
		key: in.text("key"), kind: in.text("type"), value: in.text("value"),
	}

	old := ses.sh.metafields[owner][m.namespace+"."+m.key]
	if m.kind == "" && old != nil {
		m.kind = old.kind
	}

	digest, compared := in["compareDigest"]
	switch {
	case !ok:
		return nil, "INVALID", "Owner does not exist.", "ownerId"
	case kind == "Customer" && !hasScope(ses.scopes, "write_customers"):
		return nil, "APP_NOT_AUTHORIZED",
			"Access to this namespace and key on Metafields for this resource type is not allowed.", "ownerId"
	case m.kind == "":
		return nil, "BLANK", "Type can't be blank", "type"
	case compared && digest == nil && old != nil, compared && digest != nil && (old == nil || digest != old.digest()):
		return nil, "STALE_OBJECT", "The resource has been updated since it was loaded. " +
			"Try again with an updated `compareDigest` value.", "compareDigest"
	}

	if message := invalidValue(m.kind, m.value); message != "" {
		return nil, "INVALID_VALUE", message, "value"
	}
	return m, "", "", ""
}

// invalidValue tells what is wrong with a value of its type, or nothing. Types the app does not use are refused.
func invalidValue(kind, value string) string {
	switch kind {
	case "json":
		if !json.Valid([]byte(value)) {
			return "Value is invalid JSON."
		}
	case "boolean":
		if value != "true" && value != "false" {
			return "Value must be true or false."
		}
	case "number_integer":
		if _, err := strconv.ParseInt(value, 10, 64); err != nil {
			return "Value must be an integer."
		}
	case "single_line_text_field":
		if strings.ContainsAny(value, "\r\n") {
			return "Value must be a single line text string."
		}
	case "multi_line_text_field", "url":
	default:
		return "simulator: type " + kind + " is not simulated"
	}
	return ""
}

// keep stores a metafield over the one that was there.
func (ses *session) keep(m *metafield) *metafield {
	now := ses.srv.seconds()
	owned := ses.sh.metafields[m.owner]
	if owned == nil {
		owned = map[string]*metafield{}
		ses.sh.metafields[m.owner] = owned
	}

	m.id, m.createdAt, m.updatedAt = ses.sh.ids.next(), now, now
	if old := owned[m.namespace+"."+m.key]; old != nil {
		m.id, m.createdAt = old.id, old.createdAt
	}

	owned[m.namespace+"."+m.key] = m
	return m
}

// deleteMetafields answers what was there; a metafield that was not there is null in the list.
func (ses *session) deleteMetafields(c call) (any, error) {
	const typename = "MetafieldsDeletePayload"
	items, _ := c.args["metafields"].([]any)
	var deleted []any

	for _, item := range items {
		in := asInput(item)
		owner := in.text("ownerId")
		kind, ok := ses.sh.ownerKind(owner)
		if !ok || (kind == "Customer" && !hasScope(ses.scopes, "write_customers")) {
			err := &object{"UserError", map[string]any{
				"field": []string{"metafields"}, "message": "Owner does not exist or is not accessible.",
			}}
			return mutationPayload(typename, "deletedMetafields", nil, err), nil
		}

		name := ses.sh.namespaceOf(in.text("namespace")) + "." + in.text("key")
		if ses.sh.metafields[owner][name] == nil {
			deleted = append(deleted, nil)
			continue
		}
		delete(ses.sh.metafields[owner], name)
		deleted = append(deleted, &object{"MetafieldIdentifier", map[string]any{
			"ownerId": owner, "namespace": in.text("namespace"), "key": in.text("key"),
		}})
	}
	return mutationPayload(typename, "deletedMetafields", append([]any{}, deleted...)), nil
}
