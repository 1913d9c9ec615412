package browser

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

// axeTags are the rules that are asked for: WCAG 2.0 to 2.2, A and AA. Source: deque.com, axe-core API, tags.
var axeTags = []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"}

// violation is a rule of axe-core's that the page breaks, and where.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		Target []any  `json:"target"` // a selector, or a path of them through shadow roots
		HTML   string `json:"html"`
		Why    string `json:"failureSummary"`
	} `json:"nodes"`
}

func (v violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s", v.ID, v.Impact, v.Help)
	for _, n := range v.Nodes {
		fmt.Fprintf(&b, "\n  %v %.200s\n  %s", n.Target, n.HTML, n.Why)
	}
	return b.String()
}

// accessible has axe-core judge the page, once nothing moves: what fades in is pale at first.
func (b *tab) accessible() {
	b.t.Helper()
	b.rests()
	for _, v := range b.violations() {
		b.t.Errorf("axe: %s", v)
	}
}

func (b *tab) violations() []violation {
	b.t.Helper()
	if !evaluate[bool](b, "'axe' in window") {
		b.do(script[chromedp.Void](b, house.axe+"\n;undefined"))
	}
	return evaluate[[]violation](b, `axe.run(document, {
		runOnly: { type: 'tag', values: ['`+strings.Join(axeTags, "','")+`'] }, resultTypes: ['violations'],
	}).then((r) => r.violations)`)
}
