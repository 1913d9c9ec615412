package simulator

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// maxInputArray is the longest list an input may hold. Source: shopify.dev, API limits.
const maxInputArray = 250

// problem is one reason why an input value is refused, as Shopify lists them.
type problem struct {
	Path        []any  `json:"path"`
	Explanation string `json:"explanation"`
	tooLong     int    // length of an array beyond maxInputArray, else 0
}

// coercion turns JSON or literal values into what resolvers read: strings, bools, int64, float64, []any,
// map[string]any. It is stricter than gqlparser's: enum values by case, no numbers in quotes, @oneOf,
// Shopify's scalars, array sizes.
type coercion struct {
	schema   *adminSchema
	problems []problem
}

func (c *coercion) refuse(path []any, format string, args ...any) any {
	c.problems = append(c.problems, problem{Path: append([]any{}, path...), Explanation: fmt.Sprintf(format, args...)})
	return nil
}

// value coerces v to type t. Problems are collected in c.
func (c *coercion) value(t *ast.Type, v any, path []any) any {
	if v == nil {
		if t.NonNull {
			return c.refuse(path, "Expected value to not be null")
		}
		return nil
	}

	if t.Elem != nil {
		return c.list(t.Elem, v, path)
	}

	def := c.schema.Types[t.NamedType]
	switch def.Kind {
	case ast.Enum:
		return c.enum(def, v, path)
	case ast.InputObject:
		return c.object(def, v, path)
	default:
		return c.scalar(def.Name, v, path)
	}
}

// list also takes a single value for a list of one, as the GraphQL specification says.
func (c *coercion) list(elem *ast.Type, v any, path []any) any {
	items, ok := v.([]any)
	if !ok {
		return []any{c.value(elem, v, path)}
	}

	if len(items) > maxInputArray {
		c.refuse(path, "The input array size of %d is greater than the maximum allowed of %d.",
			len(items), maxInputArray)
		c.problems[len(c.problems)-1].tooLong = len(items)
		return nil
	}

	out := make([]any, len(items))
	for i, item := range items {
		out[i] = c.value(elem, item, append(path, i))
	}
	return out
}

func (c *coercion) enum(def *ast.Definition, v any, path []any) any {
	s, ok := v.(string)
	if !ok || def.EnumValues.ForName(s) == nil {
		return c.refuse(path, "Expected \"%v\" to be one of: %s", v, enumNames(def))
	}
	return s
}

func enumNames(def *ast.Definition) string {
	names := make([]string, len(def.EnumValues))
	for i, e := range def.EnumValues {
		names[i] = e.Name
	}
	return strings.Join(names, ", ")
}

func (c *coercion) object(def *ast.Definition, v any, path []any) any {
	given, ok := v.(map[string]any)
	if !ok {
		return c.refuse(path, "Expected \"%v\" to be a key-value object.", v)
	}

	for name := range given {
		if def.Fields.ForName(name) == nil {
			c.refuse(append(path, name), "Field is not defined on %s", def.Name)
		}
	}

	out := map[string]any{}
	for _, f := range def.Fields {
		value, present := given[f.Name]
		if !present && f.DefaultValue != nil {
			value, _ = f.DefaultValue.Value(nil)
			present = true
		}
		if present || f.Type.NonNull {
			out[f.Name] = c.value(f.Type, value, append(path, f.Name))
		}
	}

	if def.Directives.ForName("oneOf") != nil && !exactlyOne(given) {
		return c.refuse(path, "%q requires exactly one argument, but %d were provided.", def.Name, len(given))
	}
	return out
}

func exactlyOne(given map[string]any) bool {
	for _, v := range given {
		if v == nil {
			return false
		}
	}
	return len(given) == 1
}

var decimalPattern = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

func (c *coercion) scalar(name string, v any, path []any) any {
	number, isNumber := numberText(v)
	text, isText := v.(string)

	switch name {
	case "Int":
		if n, err := strconv.ParseInt(number, 10, 32); isNumber && err == nil {
			return n
		}
	case "Float":
		if f, err := strconv.ParseFloat(number, 64); isNumber && err == nil {
			return f
		}
	case "Boolean":
		if b, ok := v.(bool); ok {
			return b
		}
	case "ID":
		if isText {
			return text
		}
		if _, err := strconv.ParseInt(number, 10, 64); isNumber && err == nil {
			return number
		}
	case "Decimal":
		if isNumber {
			text = number
		}
		if decimalPattern.MatchString(text) {
			return text
		}
	case "UnsignedInt64":
		if isNumber {
			text = number
		}
		if _, err := strconv.ParseUint(text, 10, 64); err == nil {
			return text
		}
	case "DateTime":
		if _, err := time.Parse(time.RFC3339, text); err == nil {
			return text
		}
	case "JSON":
		return v
	default: // String, URL and Shopify's other scalars written as strings
		if isText {
			return text
		}
	}
	return c.refuse(path, "Could not coerce value %v to %s", v, name)
}

// numberText writes a number of JSON or of a literal as text.
func numberText(v any) (string, bool) {
	switch n := v.(type) {
	case json.Number:
		return n.String(), true
	case int64:
		return strconv.FormatInt(n, 10), true
	case float64:
		return strconv.FormatFloat(n, 'f', -1, 64), true
	}
	return "", false
}
