package simulator

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// searchTerm is one condition of Shopify's search syntax, such as updated_at:>='2026-11-22T08:00:00Z'; without a
// field it is looked for in the field that is searched by default.
type searchTerm struct {
	field, op, value string // op is one of = > >= < <=
	negated          bool
}

// A search is alternatives, joined by OR, of terms that must all hold. Brackets are refused. Source: shopify.dev,
// Shopify API search syntax: terms stand side by side or are joined by AND, which binds tighter than OR.
type search [][]searchTerm

var (
	searchTermPattern = regexp.MustCompile(`^(-?)(?:([a-z_]+):)?(>=|<=|>|<)?(?:'([^']*)'|"([^"]*)"|([^\s()'"]+))\s*`)
	searchOrPattern   = regexp.MustCompile(`\s+OR\s+`)
)

// parseSearch reads a query. An empty one has one alternative without terms, which everything matches.
func parseSearch(query string) (search, error) {
	var all search
	for _, part := range searchOrPattern.Split(strings.TrimSpace(query), -1) {
		terms, err := parseTerms(part)
		if err != nil {
			return nil, err
		}
		all = append(all, terms)
	}
	return all, nil
}

func parseTerms(part string) ([]searchTerm, error) {
	var terms []searchTerm
	for rest := strings.TrimSpace(part); rest != ""; {
		if after, ok := strings.CutPrefix(rest, "AND "); ok {
			rest = strings.TrimSpace(after)
			continue
		}

		m := searchTermPattern.FindStringSubmatch(rest)
		if m == nil {
			return nil, &apiError{message: "simulator: this search is not simulated", code: "BAD_REQUEST"}
		}

		op := m[3]
		if op == "" {
			op = "="
		}

		terms = append(terms, searchTerm{field: m[2], op: op, value: m[4] + m[5] + m[6], negated: m[1] == "-"})
		rest = strings.TrimSpace(rest[len(m[0]):])
	}
	return terms, nil
}

// searchFields tells how to compare an item's fields; a value is a time.Time or a string, compared without case.
type searchFields[T any] map[string]func(T) any

// searchWarning tells that a term was dropped, as Shopify does with fields it does not know.
type searchWarning struct {
	Field   string `json:"field"`
	Message string `json:"message"`
	Code    string `json:"code"`
}

// filter returns the items for which all terms of an alternative hold. Terms on unknown fields are dropped with a
// warning: everything matches them, which is Shopify's way too. The field "" is the one that is searched by default.
func (f searchFields[T]) filter(items []T, query string) ([]T, []searchWarning, error) {
	alternatives, err := parseSearch(query)
	if err != nil {
		return nil, nil, err
	}

	var warnings []searchWarning
	for i, terms := range alternatives {
		alternatives[i] = slices.DeleteFunc(terms, func(t searchTerm) bool {
			_, known := f[t.field]
			if !known {
				warnings = append(warnings, searchWarning{
					t.field, "Invalid search field for this query.", "invalid_field",
				})
			}
			return !known
		})
	}

	var kept []T
	for _, item := range items {
		if slices.ContainsFunc(alternatives, func(terms []searchTerm) bool { return f.holds(item, terms) }) {
			kept = append(kept, item)
		}
	}
	return kept, warnings, nil
}

func (f searchFields[T]) holds(item T, terms []searchTerm) bool {
	for _, t := range terms {
		if t.matches(f[t.field](item)) == t.negated {
			return false
		}
	}
	return true
}

func (t searchTerm) matches(v any) bool {
	switch v := v.(type) {
	case time.Time:
		at, err := time.Parse(time.RFC3339, t.value)
		return err == nil && t.compared(v.Compare(at))
	case string:
		return t.compared(strings.Compare(strings.ToLower(v), strings.ToLower(t.value)))
	case []string:
		for _, s := range v {
			if strings.EqualFold(s, t.value) {
				return true
			}
		}
	}
	return false
}

func (t searchTerm) compared(c int) bool {
	switch t.op {
	case ">":
		return c > 0
	case ">=":
		return c >= 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	default:
		return c == 0
	}
}
