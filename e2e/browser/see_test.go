package browser

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// node is one node of the accessibility tree that is not ignored there: what people with a screen reader meet.
type node struct {
	role, name, value string
	states            map[string]any // focused, expanded, disabled, …
	element           int64          // the DOM node behind it
	depth             int
}

// axValue is a value in the protocol's answer; its type says what stands in it.
type axValue struct {
	Value json.RawMessage `json:"value"`
}

func (v axValue) text() string {
	var s string
	_ = json.Unmarshal(v.Value, &s) // what is no text has none
	return strings.Join(strings.Fields(s), " ")
}

// axNode is a node in the protocol's answer.
type axNode struct {
	ID         string   `json:"nodeId"`
	Ignored    bool     `json:"ignored"`
	Role       axValue  `json:"role"`
	Name       axValue  `json:"name"`
	Value      axValue  `json:"value"`
	Children   []string `json:"childIds"`
	Element    int64    `json:"backendDOMNodeId"`
	Properties []struct {
		Name  string  `json:"name"`
		Value axValue `json:"value"`
	} `json:"properties"`
}

// nodes are all of the page, in reading order.
func (b *tab) nodes() ([]node, error) {
	answer, err := send[struct {
		Nodes []axNode `json:"nodes"`
	}](b, "Accessibility.getFullAXTree", none{})
	if err != nil || len(answer.Nodes) == 0 {
		return nil, err
	}
	byID := make(map[string]axNode, len(answer.Nodes))
	for _, n := range answer.Nodes {
		byID[n.ID] = n
	}

	var all []node
	var walk func(id string, depth int)
	walk = func(id string, depth int) {
		n, found := byID[id]
		if !found {
			return
		}
		if !n.Ignored {
			all = append(all, nodeOf(n, depth))
			depth++
		}
		for _, child := range n.Children {
			walk(child, depth)
		}
	}
	walk(answer.Nodes[0].ID, 0) // the root comes first
	return all, nil
}

func nodeOf(n axNode, depth int) node {
	one := node{role: n.Role.text(), name: n.Name.text(), value: n.Value.text(), states: map[string]any{}, element: n.Element, depth: depth}
	for _, p := range n.Properties {
		var v any
		_ = json.Unmarshal(p.Value.Value, &v) // a property without a value is none
		one.states[p.Name] = v
	}
	return one
}

// outline is the page as text, for a person who wonders why a test failed.
func outline(all []node) string {
	var b strings.Builder
	for _, n := range all {
		if n.role == "InlineTextBox" {
			continue
		}
		fmt.Fprintf(&b, "%s%s %q", strings.Repeat("  ", n.depth), n.role, n.name)
		if n.value != "" {
			fmt.Fprintf(&b, " = %q", n.value)
		}
		if n.states["focused"] == true {
			b.WriteString(" (focused)")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// thing is what a page shows: something of a role, under a name.
type thing struct {
	role, name string
	part       bool // the name need only contain it
}

func button(name string) thing  { return thing{role: "button", name: name} }
func link(name string) thing    { return thing{role: "link", name: name} }
func heading(name string) thing { return thing{role: "heading", name: name} }
func field(name string) thing   { return thing{role: "textbox", name: name} }

// words is a text that stands in the page in one piece, or within one.
func words(text string) thing { return thing{role: "StaticText", name: text, part: true} }

// about is the same thing, of which the name need only contain what is given.
func (th thing) about() thing {
	th.part = true
	return th
}

func (th thing) String() string { return fmt.Sprintf("%s %q", th.role, th.name) }

// is tells whether a node is the thing. Spaces are as the tree has them: one between words. So are letters, which a theme may show as
// capitals.
func (th thing) is(n node) bool {
	if n.role != th.role {
		return false
	}
	name := strings.Join(strings.Fields(th.name), " ")
	return strings.EqualFold(n.name, name) || (th.part && strings.Contains(n.name, name))
}

// find waits until the page shows the thing, and returns it.
func (b *tab) find(th thing) (found node) {
	b.t.Helper()
	b.until(th.String(), func() (bool, error) {
		all, err := b.nodes()
		i := slices.IndexFunc(all, th.is)
		if i >= 0 {
			found = all[i]
		}
		return i >= 0, err
	})
	return found
}

// sees waits until the page shows all of them.
func (b *tab) sees(things ...thing) {
	b.t.Helper()
	for _, th := range things {
		b.find(th)
	}
}

// gone waits until the page shows none of them.
func (b *tab) gone(things ...thing) {
	b.t.Helper()
	for _, th := range things {
		b.until(th.String()+" to be gone", func() (bool, error) {
			all, err := b.nodes()
			return !slices.ContainsFunc(all, th.is), err
		})
	}
}

// never fails if the page shows any of them now. It is asked once what must be there is seen.
func (b *tab) never(things ...thing) {
	b.t.Helper()
	all, err := b.nodes()
	if err != nil {
		b.t.Fatal(err)
	}
	for _, th := range things {
		if slices.ContainsFunc(all, th.is) {
			b.t.Errorf("the page shows %s", th)
		}
	}
}

// said is all text of a widget that is shown, in one line; "" when it shows none. tag is its custom element.
func (b *tab) said(tag string) string {
	b.t.Helper()
	return evaluate[string](b, `(() => {
		const found = [];
		const look = (root) => root.querySelectorAll('*').forEach((e) => {
			if (e.localName === `+quoted(tag)+`) found.push(e);
			if (e.shadowRoot) look(e.shadowRoot);
		});
		look(document);
		const shown = (n) => n.nodeType === 1 && !/^(style|script|template)$/.test(n.localName);
		return found.flatMap((e) => [...(e.shadowRoot ?? e).children].filter(shown).map((n) => n.innerText)).join(' ').replace(/\s+/g, ' ').trim();
	})()`)
}

// says waits until a widget's text contains all of the parts.
func (b *tab) says(tag string, parts ...string) {
	b.t.Helper()
	for _, part := range parts {
		last := ""
		err := until(b.ctx, patience, func() (bool, error) {
			last = b.said(tag)
			return strings.Contains(last, part), nil
		})
		if err != nil {
			b.t.Fatalf("%s never says %q, but %q", tag, part, last)
		}
	}
}

// quoted is a script's text.
func quoted(s string) string {
	text, _ := json.Marshal(s) // a string: cannot fail
	return string(text)
}

// place is where a node is met: the middle of what is seen of it.
type place struct {
	X       float64 `json:"x"`
	Y       float64 `json:"y"`
	Width   float64 `json:"width"`
	Height  float64 `json:"height"`
	Covered string  `json:"covered"` // what lies on it there; "" for nothing
}

// whereIs runs in the page, on the element: it brings it into view, and says where it is and what lies on it.
const whereIs = `function () {
	const e = this.nodeType === 1 ? this : this.parentElement;
	e.scrollIntoView({ block: 'nearest', behavior: 'instant' });
	const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
	let top = document.elementFromPoint(x, y);
	while (top?.shadowRoot?.elementFromPoint(x, y) && top.shadowRoot.elementFromPoint(x, y) !== top) top = top.shadowRoot.elementFromPoint(x, y);
	let up = top;
	while (up && up !== e) up = up.assignedSlot ?? up.parentNode ?? up.host;
	const label = e.labels ? [...e.labels] : [];
	const free = up === e || label.some((l) => l.contains(top));
	return { x, y, width: r.width, height: r.height, covered: free ? '' : top ? top.localName + '.' + top.className : 'nothing of the window' };
}`

// where says where a node is, after bringing it into view.
func (b *tab) where(n node) place {
	b.t.Helper()
	resolved, err := send[struct {
		Object struct {
			ID string `json:"objectId"`
		} `json:"object"`
	}](b, "DOM.resolveNode", map[string]any{"backendNodeId": n.element})
	if err != nil {
		b.t.Fatal(err)
	}
	answer, err := send[struct {
		Result struct {
			Value place `json:"value"`
		} `json:"result"`
	}](b, "Runtime.callFunctionOn", map[string]any{
		"objectId": resolved.Object.ID, "functionDeclaration": whereIs, "returnByValue": true,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return answer.Result.Value
}

// press presses a thing as a person does: at its middle, with a finger on a phone, else with the mouse. Something that
// lies on it is a failure.
func (b *tab) press(th thing) {
	b.t.Helper()
	p := b.settled(th)
	if p.Covered != "" {
		b.t.Fatalf("%s cannot be pressed: %s lies on it", th, p.Covered)
	}
	if b.size.touch {
		b.do(chromedp.TapXY(p.X, p.Y))
	} else {
		b.do(chromedp.MouseClickXY(p.X, p.Y))
	}
}

// fill presses a field until it has the focus, as a page that is still being drawn may move it away, and writes into it in place of what is
// there.
func (b *tab) fill(th thing, text string) {
	b.t.Helper()
	b.until(th.String()+" to have the focus", func() (bool, error) {
		b.press(th)
		return th.is(b.focused()), nil
	})
	evaluate[chromedp.Void](b, `(() => {
		let e = document.activeElement;
		while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
		e.select();
	})()`)
	b.set("Input.insertText", map[string]any{"text": text})
}

// settled waits until a thing rests where it is: widgets slide in.
func (b *tab) settled(th thing) (p place) {
	b.t.Helper()
	b.until(th.String()+" to rest", func() (bool, error) {
		before := p
		p = b.where(b.find(th))
		return p == before && p.Covered == "", nil
	})
	return p
}

// focused is what has the focus; a node without a role when nothing has.
func (b *tab) focused() (found node) {
	b.t.Helper()
	all, err := b.nodes()
	if err != nil {
		b.t.Fatal(err)
	}
	for _, n := range all { // the document is said to be focused too, and comes before what is in it
		if n.states["focused"] == true && n.role != "RootWebArea" {
			found = n
		}
	}
	return found
}

// focuses waits until a thing has the focus.
func (b *tab) focuses(th thing) {
	b.t.Helper()
	b.until(th.String()+" to have the focus", func() (bool, error) { return th.is(b.focused()), nil })
}

// key presses a key, such as kb.Tab. Like a keyboard it tells of the key going down apart from its character: when the page has used the
// one, Chromium leaves out the other, which would else press the button that has got the focus. chromedp's own kind is of both in one.
// Source: chromedevtools.github.io/devtools-protocol, Input.dispatchKeyEvent, rawKeyDown.
func (b *tab) key(key string, held ...chromedp.Modifier) {
	b.t.Helper()
	raw := func(p *input.DispatchKeyEventParams) {
		if p.Type == kb.KeyDown {
			p.Type = kb.KeyRawDown
		}
	}
	b.do(chromedp.KeyEvent(key, chromedp.KeyModifiers(held...), raw))
}

// tabTo goes from thing to thing by the keyboard until it has the focus on the one that is wanted.
func (b *tab) tabTo(th thing, key string) {
	b.t.Helper()
	const most = 80
	for range most {
		if th.is(b.focused()) {
			return
		}
		b.key(key)
	}
	b.t.Fatalf("the keyboard does not reach %s", th)
}
