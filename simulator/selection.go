package simulator

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// selected is one field of an answer: the fields of the query that share its response key.
type selected struct {
	key    string
	fields []*ast.Field
}

// first is the field that gives name and arguments; validation has made sure that the others agree.
func (s selected) first() *ast.Field { return s.fields[0] }

// children are the selections below all the merged fields.
func (s selected) children() []ast.SelectionSet {
	sets := make([]ast.SelectionSet, len(s.fields))
	for i, f := range s.fields {
		sets[i] = f.SelectionSet
	}
	return sets
}

// collect gathers the fields that apply to an object of that type, in the order of the query, through fragments and
// heeding @skip and @include. Source: GraphQL specification, 6.3.2 field collection.
func (s *adminSchema) collect(sets []ast.SelectionSet, typename string, vars map[string]any) []selected {
	c := collector{schema: s, typename: typename, vars: vars, at: map[string]int{}}
	for _, set := range sets {
		c.add(set)
	}
	return c.out
}

type collector struct {
	schema   *adminSchema
	typename string
	vars     map[string]any
	out      []selected
	at       map[string]int
}

func (c *collector) add(set ast.SelectionSet) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			if c.included(sel.Directives) {
				c.addField(sel)
			}
		case *ast.InlineFragment:
			if c.included(sel.Directives) && c.schema.applies(sel.TypeCondition, c.typename) {
				c.add(sel.SelectionSet)
			}
		case *ast.FragmentSpread:
			if c.included(sel.Directives) && c.schema.applies(sel.Definition.TypeCondition, c.typename) {
				c.add(sel.Definition.SelectionSet)
			}
		}
	}
}

func (c *collector) addField(f *ast.Field) {
	if i, ok := c.at[f.Alias]; ok {
		c.out[i].fields = append(c.out[i].fields, f)
		return
	}
	c.at[f.Alias] = len(c.out)
	c.out = append(c.out, selected{key: f.Alias, fields: []*ast.Field{f}})
}

func (c *collector) included(directives ast.DirectiveList) bool {
	if d := directives.ForName("skip"); d != nil && d.ArgumentMap(c.vars)["if"] == true {
		return false
	}
	if d := directives.ForName("include"); d != nil && d.ArgumentMap(c.vars)["if"] == false {
		return false
	}
	return true
}
