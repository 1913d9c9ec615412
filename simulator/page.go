package simulator

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// maxPage is the most nodes a page may ask for. Source: shopify.dev, pagination.
const maxPage = 250

// rank places an item in a sorted list: by value, then by id. A cursor is a rank, so paging goes on at the right
// place when the list has changed in between, as Shopify's does.
type rank struct {
	Value string `json:"last_value"`
	ID    int64  `json:"last_id"`
}

func (a rank) compare(b rank) int {
	if c := strings.Compare(a.Value, b.Value); c != 0 {
		return c
	}
	return cmp.Compare(a.ID, b.ID)
}

func (a rank) cursor() string {
	raw, _ := json.Marshal(a) // a string and a number: cannot fail
	return base64.StdEncoding.EncodeToString(raw)
}

func readCursor(s string) (rank, error) {
	var r rank
	raw, err := base64.StdEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}

	if err != nil {
		return r, &apiError{message: "Invalid cursor for current pagination sort.", code: "BAD_REQUEST"}
	}
	return r, nil
}

// page is one page of a connection.
type page struct {
	typename         string // of a node
	nodes            []any  // *object
	cursors          []string
	hasNext, hasPrev bool
}

// listing is a sorted list that can be paged.
type listing[T any] struct {
	typename string
	items    []T
	rankOf   func(T) rank
	build    func(T) *object // called for the items of the page only
}

// page answers what first, after, last, before and reverse ask for.
func (l listing[T]) page(c call) (*page, error) {
	size, backward, err := pageSize(c)
	if err != nil {
		return nil, err
	}

	order := func(a, b rank) int { return a.compare(b) }
	if c.flag("reverse") {
		order = func(a, b rank) int { return b.compare(a) }
	}

	items := slices.Clone(l.items)
	slices.SortFunc(items, func(a, b T) int { return order(l.rankOf(a), l.rankOf(b)) })
	from, to, err := l.window(c, items, order)
	if err != nil {
		return nil, err
	}

	if to-from > size && backward {
		from = to - size
	} else if to-from > size {
		to = from + size
	}

	p := &page{typename: l.typename, hasPrev: from > 0, hasNext: to < len(items)}
	for _, item := range items[from:to] {
		p.nodes = append(p.nodes, l.build(item))
		p.cursors = append(p.cursors, l.rankOf(item).cursor())
	}
	return p, nil
}

// window is the part of the list between the cursors after and before.
func (l listing[T]) window(c call, items []T, order func(a, b rank) int) (from, to int, err error) {
	to = len(items)
	if s := c.text("after"); s != "" {
		r, err := readCursor(s)
		if err != nil {
			return 0, 0, err
		}
		for from < to && order(l.rankOf(items[from]), r) <= 0 {
			from++
		}
	}

	if s := c.text("before"); s != "" {
		r, err := readCursor(s)
		if err != nil {
			return 0, 0, err
		}
		for to > from && order(l.rankOf(items[to-1]), r) >= 0 {
			to--
		}
	}
	return from, to, nil
}

func pageSize(c call) (size int, backward bool, err error) {
	first, hasFirst := c.args["first"].(int64)
	last, hasLast := c.args["last"].(int64)
	switch {
	case hasFirst == hasLast:
		return 0, false, &apiError{message: "you must provide one of first or last", code: "BAD_REQUEST"}
	case hasLast:
		first = last
	}

	if first < 0 || first > maxPage {
		return 0, false, &apiError{
			message: fmt.Sprintf("The page size must be between 0 and %d, not %d", maxPage, first),
			code:    "BAD_REQUEST",
		}
	}
	return int(first), hasLast, nil
}

// object is the page as a GraphQL connection.
func (p *page) object() *object {
	edges := make([]any, len(p.nodes))
	for i, n := range p.nodes {
		edges[i] = &object{p.typename + "Edge", map[string]any{"node": n, "cursor": p.cursors[i]}}
	}
	return &object{p.typename + "Connection", map[string]any{"nodes": p.nodes, "edges": edges, "pageInfo": p.info()}}
}

func (p *page) info() *object {
	var start, end any
	if n := len(p.cursors); n > 0 {
		start, end = p.cursors[0], p.cursors[n-1]
	}
	return &object{"PageInfo", map[string]any{
		"hasNextPage": p.hasNext, "hasPreviousPage": p.hasPrev, "startCursor": start, "endCursor": end}}
}
