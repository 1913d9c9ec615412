package simulator

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

//go:embed schema.graphql
var schemaSource string

// cachedDocuments bounds how many parsed documents are kept; an app sends the same few again and again.
const cachedDocuments = 512

// adminSchema is the part of the Admin API that is simulated, with the documents already parsed against it.
type adminSchema struct {
	*ast.Schema
	rules *rules.Rules

	mu   sync.Mutex
	docs map[string]*ast.QueryDocument
}

// parsedSchema is read once for the process: it never changes.
var parsedSchema = sync.OnceValues(func() (*ast.Schema, error) {
	return gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: schemaSource})
})

func loadSchema() (*adminSchema, error) {
	parsed, err := parsedSchema()
	if err != nil {
		return nil, fmt.Errorf("simulator: schema: %w", err)
	}
	return &adminSchema{Schema: parsed, rules: rules.NewDefaultRules(), docs: map[string]*ast.QueryDocument{}}, nil
}

// document parses and validates a query, or returns what is wrong with it.
func (s *adminSchema) document(query string) (*ast.QueryDocument, gqlerror.List) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if doc, ok := s.docs[query]; ok {
		return doc, nil
	}

	doc, errs := gqlparser.LoadQueryWithRules(s.Schema, query, s.rules)
	if len(errs) > 0 {
		return nil, errs
	}

	if len(s.docs) >= cachedDocuments {
		clear(s.docs)
	}
	s.docs[query] = doc
	return doc, nil
}

// possible lists the object types a value of that type can have.
func (s *adminSchema) possible(def *ast.Definition) []*ast.Definition {
	if def.IsAbstractType() {
		return s.GetPossibleTypes(def)
	}
	return []*ast.Definition{def}
}

// applies tells whether a fragment on condition takes part for an object of that type.
func (s *adminSchema) applies(condition, typename string) bool {
	if condition == "" || condition == typename {
		return true
	}

	def := s.Types[condition]
	if def == nil || !def.IsAbstractType() {
		return false
	}
	for _, p := range s.GetPossibleTypes(def) {
		if p.Name == typename {
			return true
		}
	}
	return false
}
