package simulator

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"twofold/tools/schematest"
)

// The simulator's schema must say nothing that Shopify's does not: whatever it has is equal there. What may
// be left out is whatever a client is free not to use: types, fields, optional arguments and input fields,
// enum values, union members.
func TestSchemaIsATrueSubset(t *testing.T) {
	t.Parallel()
	shopifys, err := gqlparser.LoadSchema(&ast.Source{Name: "admin", Input: schematest.AdminSDL(t)})
	if err != nil {
		t.Fatal(err)
	}
	ours, err := loadSchema()
	if err != nil {
		t.Fatal(err)
	}
	for _, difference := range differences(ours.Schema, shopifys) {
		t.Error(difference)
	}
}

// The comparison itself sees each kind of untruth.
func TestDifferencesAreSeen(t *testing.T) {
	t.Parallel()
	const base = `schema { query: Q } directive @x on FIELD
		type Q implements I { a(x: Int! y: Int = 1): String! b: E c(i: In): U } interface I { a(x: Int! y: Int = 1): String! }
		enum E { ONE TWO } input In @oneOf { k: Int l: String! = "d" } type A { f: Int } type B { f: Int } union U = A | B`
	for name, change := range map[string][2]string{
		"nullability of a field":  {"b: E c", "b: E! c"},
		"type of a field":         {"b: E c", "b: String c"},
		"unknown field":           {"b: E c", "b: E z: Int c"},
		"type of an argument":     {"(i: In)", "(i: In!)"},
		"unknown argument":        {"(i: In)", "(i: In j: Int)"},
		"missing needed argument": {"x: Int! y", "y"},
		"default of an argument":  {"y: Int = 1", "y: Int = 2"},
		"unknown enum value":      {"ONE TWO", "ONE THREE"},
		"unknown union member":    {"= A | B", "= A | Q"},
		"not oneOf":               {"In @oneOf", "In"},
		"unknown interface":       {"type A {", "interface J { f: Int } type A implements J {"},
		"unknown type":            {"c(i: In): U", "c(i: In): U n: N } type N { f: Int"},
		"default of an input":     {`= "d"`, `= "e"`},
		"other kind of type":      {"enum E { ONE TWO }", "scalar E"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := strings.ReplaceAll(base, change[0], change[1])
			if changed == base {
				t.Fatal("the change changes nothing")
			}
			if len(differences(parse(t, changed), parse(t, base))) == 0 {
				t.Error("no difference seen")
			}
		})
	}
	if d := differences(parse(t, base), parse(t, base)); len(d) > 0 {
		t.Errorf("differences from itself: %v", d)
	}
}

func parse(t *testing.T, sdl string) *ast.Schema {
	t.Helper()
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "test", Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// differences lists where a is not a subset of b.
func differences(a, b *ast.Schema) []string {
	var out []string
	for name, def := range a.Types {
		if strings.HasPrefix(name, "__") {
			continue
		}
		other := b.Types[name]
		if other == nil || other.Kind != def.Kind {
			out = append(out, fmt.Sprintf("type %s: unknown or of another kind", name))
			continue
		}
		for _, d := range compareTypes(def, other) {
			out = append(out, name+": "+d)
		}
	}
	slices.Sort(out)
	return out
}

func compareTypes(a, b *ast.Definition) []string {
	var out []string
	for _, i := range a.Interfaces {
		if !slices.Contains(b.Interfaces, i) {
			out = append(out, "does not implement "+i)
		}
	}
	for _, m := range a.Types {
		if !slices.Contains(b.Types, m) {
			out = append(out, "has no member "+m)
		}
	}
	for _, v := range a.EnumValues {
		if b.EnumValues.ForName(v.Name) == nil {
			out = append(out, "has no value "+v.Name)
		}
	}
	if (a.Directives.ForName("oneOf") == nil) != (b.Directives.ForName("oneOf") == nil) {
		out = append(out, "differs in @oneOf")
	}
	for _, f := range a.Fields {
		if !strings.HasPrefix(f.Name, "__") {
			out = append(out, compareFields(f, b.Fields.ForName(f.Name))...)
		}
	}
	if a.Kind == ast.InputObject {
		out = append(out, neededFields(a.Fields, b.Fields)...)
	}
	return out
}

func compareFields(a, b *ast.FieldDefinition) []string {
	if b == nil {
		return []string{"has no field " + a.Name}
	}
	var out []string
	if a.Type.String() != b.Type.String() || text(a.DefaultValue) != text(b.DefaultValue) {
		out = append(out, fmt.Sprintf("field %s is %s %s, not %s %s", a.Name, b.Type, text(b.DefaultValue), a.Type, text(a.DefaultValue)))
	}
	for _, arg := range a.Arguments {
		other := b.Arguments.ForName(arg.Name)
		if other == nil || other.Type.String() != arg.Type.String() || text(other.DefaultValue) != text(arg.DefaultValue) {
			out = append(out, fmt.Sprintf("field %s differs in argument %s", a.Name, arg.Name))
		}
	}
	for _, arg := range b.Arguments {
		if arg.Type.NonNull && arg.DefaultValue == nil && a.Arguments.ForName(arg.Name) == nil {
			out = append(out, fmt.Sprintf("field %s lacks the needed argument %s", a.Name, arg.Name))
		}
	}
	return out
}

// neededFields are input fields that must be sent to Shopify and that ours does not know.
func neededFields(a, b ast.FieldList) []string {
	var out []string
	for _, f := range b {
		if f.Type.NonNull && f.DefaultValue == nil && a.ForName(f.Name) == nil {
			out = append(out, "lacks the needed input field "+f.Name)
		}
	}
	return out
}

func text(v *ast.Value) string {
	if v == nil {
		return ""
	}
	return v.String()
}
