package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/vektah/gqlparser/v2/ast"
)

// object is a GraphQL object on its way out: its type and its fields. A field's value is what the schema says
// (scalars as Go values or strings, *object, []any), or a resolver that gives it.
type object struct {
	typename string
	fields   map[string]any
}

// resolver gives a field's value when it is asked for.
type resolver func(c call) (any, error)

// call is what a resolver sees: the coerced arguments.
type call struct{ args map[string]any }

func (c call) text(name string) string {
	s, _ := c.args[name].(string)
	return s
}

func (c call) flag(name string) bool {
	b, _ := c.args[name].(bool)
	return b
}

// apiError is an error of one field, in Shopify's shape.
type apiError struct {
	message string
	code    string
	extra   map[string]any // further extensions
}

func (e *apiError) Error() string { return e.message }

// errorEntry is an element of the answer's errors.
type errorEntry struct {
	Message    string         `json:"message"`
	Locations  []location     `json:"locations,omitempty"`
	Path       []any          `json:"path,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

type location struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

func locate(p *ast.Position) []location {
	if p == nil {
		return nil
	}
	return []location{{p.Line, p.Column}}
}

// answer is a JSON object that keeps the query's order of fields.
type answer []answerField

type answerField struct {
	key   string
	value any
}

// MarshalJSON implements json.Marshaler.
func (a answer) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range a {
		if i > 0 {
			b.WriteByte(',')
		}

		key, _ := json.Marshal(f.key) // a string cannot fail
		b.Write(key)
		b.WriteByte(':')
		value, err := json.Marshal(f.value)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.key, err)
		}
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// execution runs one operation over resolvers. The caller holds the shop's lock.
type execution struct {
	schema *adminSchema
	vars   map[string]any
	errs   []errorEntry
}

// errNulled says that a non-null field below came out null, so its parent is null too.
var errNulled = errors.New("a non-null field is null")

// run answers data and the actual cost.
func (x *execution) run(op *ast.OperationDefinition, root *object) (any, int) {
	data, cost, err := x.object(root, []ast.SelectionSet{op.SelectionSet}, nil)
	if err != nil {
		return nil, cost
	}
	return data, cost
}

func (x *execution) object(o *object, sets []ast.SelectionSet, path []any) (any, int, error) {
	cost := 0
	fields := x.schema.collect(sets, o.typename, x.vars)
	out := make(answer, 0, len(fields))

	for _, sel := range fields {
		v, c, err := x.field(o, sel, append(path[:len(path):len(path)], sel.key))
		cost += c
		if err != nil {
			return nil, cost, err
		}
		out = append(out, answerField{sel.key, v})
	}
	return out, cost, nil
}

func (x *execution) field(o *object, sel selected, path []any) (any, int, error) {
	f := sel.first()
	if f.Name == "__typename" {
		return o.typename, 0, nil
	}

	v, err := x.resolve(o, f)
	if err != nil {
		x.fail(err, f, path)
		return nil, 0, nulled(f.Definition.Type)
	}

	own := x.ownCost(o, f, v)
	value, below, err := x.complete(f.Definition.Type, v, sel, path)
	if errors.Is(err, errNulled) && !f.Definition.Type.NonNull {
		return nil, own, nil
	}
	return value, own + below, err
}

// nulled is how a field that failed shows in its parent.
func nulled(t *ast.Type) error {
	if t.NonNull {
		return errNulled
	}
	return nil
}

func (x *execution) resolve(o *object, f *ast.Field) (any, error) {
	v, ok := o.fields[f.Name]
	if !ok {
		return nil, fmt.Errorf("%s.%s has no resolver", o.typename, f.Name)
	}

	r, ok := v.(resolver)
	if !ok {
		return v, nil
	}

	args, err := x.arguments(f)
	if err != nil {
		return nil, err
	}
	return r(call{args})
}

// arguments coerces a field's arguments, whether literals or variables, with the schema's defaults.
func (x *execution) arguments(f *ast.Field) (map[string]any, error) {
	c := coercion{schema: x.schema}
	given := f.ArgumentMap(x.vars)
	out := map[string]any{}

	for _, def := range f.Definition.Arguments {
		if v, ok := given[def.Name]; ok {
			out[def.Name] = c.value(def.Type, v, []any{def.Name})
		}
	}

	if len(c.problems) > 0 {
		p := c.problems[0]
		code := "argumentLiteralsIncompatible"
		if p.tooLong > 0 {
			code = "MAX_INPUT_SIZE_EXCEEDED"
		}
		return nil, &apiError{message: p.Explanation, code: code}
	}
	return out, nil
}

// ownCost is what a field itself costs, its children aside; a connection's nodes are weighed in complete.
func (x *execution) ownCost(o *object, f *ast.Field, v any) int {
	def := x.schema.Types[f.Definition.Type.Name()]
	parent := x.schema.Types[o.typename]
	switch {
	case !def.IsCompositeType() || v == nil:
		return 0
	case parent == x.schema.Mutation:
		return costMutation
	case isConnection(def):
		return costConnection
	case isConnection(parent), isEdge(parent), isPayload(parent), def.Name == "PageInfo":
		return 0
	default:
		return costObject
	}
}

func (x *execution) complete(t *ast.Type, v any, sel selected, path []any) (any, int, error) {
	if v == nil {
		if t.NonNull {
			x.fail(fmt.Errorf("null for %s", t), sel.first(), path)
			return nil, 0, errNulled
		}
		return nil, 0, nil
	}

	if t.Elem != nil {
		return x.list(t.Elem, v, sel, path)
	}
	switch v := v.(type) {
	case *page:
		return x.connection(v, sel, path)
	case *object:
		return x.object(v, sel.children(), path)
	default:
		return v, 0, nil
	}
}

func (x *execution) list(elem *ast.Type, v any, sel selected, path []any) (any, int, error) {
	items, ok := v.([]any)
	if !ok {
		return v, 0, nil // a list of scalars, as it is
	}

	out := make([]any, 0, len(items))
	cost := 0
	for i, item := range items {
		value, c, err := x.complete(elem, item, sel, append(path[:len(path):len(path)], i))
		cost += c
		if err != nil {
			return nil, cost, err
		}
		out = append(out, value)
	}
	return out, cost, nil
}

// connection answers a page and weighs its nodes by connectionSize, as the requested cost does.
func (x *execution) connection(p *page, sel selected, path []any) (any, int, error) {
	o := p.object()
	value, nodes, err := x.object(o, sel.children(), path)
	if len(p.nodes) == 0 {
		return value, 0, err
	}
	each := costObject + float64(nodes)/float64(len(p.nodes))
	return value, int(math.Ceil(each * float64(connectionSize(len(p.nodes))))), err
}

// fail records the error of a field. Errors that are not meant for the app are the simulator's own mistakes and say so.
func (x *execution) fail(err error, f *ast.Field, path []any) {
	var e *apiError
	if !errors.As(err, &e) {
		e = &apiError{message: "simulator: " + err.Error(), code: "INTERNAL_SERVER_ERROR"}
	}

	ext := map[string]any{"code": e.code}
	for k, v := range e.extra {
		ext[k] = v
	}
	x.errs = append(x.errs, errorEntry{Message: e.message, Locations: locate(f.Position), Path: path, Extensions: ext})
}
