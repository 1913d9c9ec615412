package browser

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/chromedp"
)

// node is one node of the accessibility tree that is not ignored there: what people with a screen reader meet.
type node struct {
	role, name, value string
	states            map[string]any // focused, expanded, disabled, …
	element           int64          // the DOM node behind it
	within            []int64        // and those that it is in
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

// loaded waits until the page has loaded. To look at one that is being loaded would have the browser lay it out without
// its styles.
func (b *tab) loaded() error {
	return until(b.ctx, patience, func() (bool, error) {
		done, gone := within(b, script[bool](b, "document.readyState === 'complete'"))
		return gone == nil && done, nil // a page that is just being left is gone
	})
}

// nodes are all of the page, in reading order.
func (b *tab) nodes() ([]node, error) {
	if err := b.loaded(); err != nil {
		return nil, err
	}
	answer, err := send[struct {
		Nodes []axNode `json:"nodes"`
	}](b, "Accessibility.getFullAXTree", b.frameParams())
	if err != nil || len(answer.Nodes) == 0 {
		return nil, err
	}
	byID := make(map[string]axNode, len(answer.Nodes))
	for _, n := range answer.Nodes {
		byID[n.ID] = n
	}

	var all []node
	var walk func(id string, depth int, within []int64)
	walk = func(id string, depth int, within []int64) {
		n, found := byID[id]
		if !found {
			return
		}
		if !n.Ignored {
			one := nodeOf(n)
			one.depth, one.within = depth, within
			all = append(all, one)
			depth++
		}
		for _, child := range n.Children {
			walk(child, depth, append(slices.Clone(within), n.Element))
		}
	}
	walk(answer.Nodes[0].ID, 0, nil) // the root comes first
	return all, nil
}

func nodeOf(n axNode) node {
	one := node{role: n.Role.text(), name: n.Name.text(), value: n.Value.text(), states: map[string]any{}, element: n.Element}
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
		for _, state := range []string{"focused", "checked", "disabled", "expanded"} {
			if v, told := n.states[state]; told && v != false {
				fmt.Fprintf(&b, " (%s: %v)", state, v)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// thing is what a page shows: something of a role, under a name.
type thing struct {
	role, name string
	part       bool   // the name need only contain it
	in         string // the custom element that it is in; empty: anywhere in the page
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

// inside is the same thing, where it is in a widget. tag is its custom element.
func (th thing) inside(tag string) thing {
	th.in = tag
	return th
}

func (th thing) String() string {
	if th.in != "" {
		return fmt.Sprintf("%s %q in %s", th.role, th.name, th.in)
	}
	return fmt.Sprintf("%s %q", th.role, th.name)
}

// is tells whether a node is the thing. Spaces are as the tree has them: one between words. Large and small letters are
// alike, since a theme may write names in capitals.
func (th thing) is(n node) bool {
	if n.role != th.role {
		return false
	}
	name, there := strings.ToLower(strings.Join(strings.Fields(th.name), " ")), strings.ToLower(n.name)
	return there == name || (th.part && strings.Contains(there, name))
}

// look returns what the page shows now of the thing, in reading order.
func (b *tab) look(th thing) (found []node, err error) {
	all, err := b.nodes()
	if err != nil {
		return nil, err
	}
	var hosts []int64
	if th.in != "" {
		if hosts, err = b.elements(th.in); err != nil {
			return nil, err
		}
	}
	for _, n := range all {
		in := th.in == "" || slices.ContainsFunc(n.within, func(e int64) bool { return slices.Contains(hosts, e) })
		if in && th.is(n) {
			found = append(found, n)
		}
	}
	return found, nil
}

// elements are the DOM nodes of a custom element of ours, which stands in the page itself.
func (b *tab) elements(tag string) ([]int64, error) {
	type nodes struct {
		IDs []int64 `json:"nodeIds"`
	}
	document, err := send[struct {
		Root struct {
			ID int64 `json:"nodeId"`
		} `json:"root"`
	}](b, "DOM.getDocument", map[string]any{"depth": 0})
	if err != nil {
		return nil, err
	}
	found, err := send[nodes](b, "DOM.querySelectorAll", map[string]any{"nodeId": document.Root.ID, "selector": tag})
	if err != nil {
		return nil, err
	}
	var all []int64
	for _, id := range found.IDs {
		described, err := send[struct {
			Node struct {
				Element int64 `json:"backendNodeId"`
			} `json:"node"`
		}](b, "DOM.describeNode", map[string]any{"nodeId": id})
		if err != nil {
			return nil, err
		}
		all = append(all, described.Node.Element)
	}
	return all, nil
}

// find waits until the page shows the thing, and returns it.
func (b *tab) find(th thing) (found node) {
	b.t.Helper()
	b.until(th.String(), func() (bool, error) {
		all, err := b.look(th)
		if len(all) > 0 {
			found = all[0]
		}
		return len(all) > 0, err
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
			all, err := b.look(th)
			return len(all) == 0, err
		})
	}
}

// never fails if the page shows any of them now. It is asked once what must be there is seen.
func (b *tab) never(things ...thing) {
	b.t.Helper()
	for _, th := range things {
		if all, err := b.look(th); err != nil || len(all) > 0 {
			b.t.Errorf("the page shows %s (%v)", th, err)
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
		const shown = (n) => !/^(style|script|template)$/.test(n.localName) && n.checkVisibility();
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
			return strings.Contains(last, strings.Join(strings.Fields(part), " ")), nil
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
	const hosts = []; // a slotted text is met as the host of the element that shows it
	for (let h = e.getRootNode().host; h; h = h.getRootNode().host) hosts.push(h);
	const free = up === e || hosts.includes(top) || label.some((l) => l.contains(top));
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
	p := answer.Result.Value
	x, y := b.frameAt()
	p.X, p.Y = p.X+x, p.Y+y
	return p
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

// fill presses a field until it has the focus, as a page that is still being drawn may move it away, and writes into it
// in place of what is there.
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

// key is one of the keyboard's.
type key struct {
	name, code, text string
	number           int // as Windows has it
}

// The keys by which a page is used. Source: w3.org/TR/uievents-key, uievents-code.
var (
	tabKey    = key{"Tab", "Tab", "", 9}
	enterKey  = key{"Enter", "Enter", "\r", 13}
	escapeKey = key{"Escape", "Escape", "", 27}
	spaceKey  = key{" ", "Space", " ", 32}
)

// strike presses a key and lets it go. What it types goes with the press, as from a keyboard: a page that heeds the
// press is not typed into as well.
func (b *tab) strike(k key) {
	b.t.Helper()
	event := map[string]any{"type": "keyDown", "key": k.name, "code": k.code, "windowsVirtualKeyCode": k.number}
	if k.text != "" {
		event["text"] = k.text
	}
	b.set("Input.dispatchKeyEvent", event)
	b.set("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": k.name, "code": k.code, "windowsVirtualKeyCode": k.number})
}

// tabTo goes from thing to thing by the keyboard until it has the focus on the one that is wanted.
func (b *tab) tabTo(th thing) {
	b.t.Helper()
	const most = 80
	for range most {
		if th.is(b.focused()) {
			return
		}
		b.strike(tabKey)
	}
	b.t.Fatalf("the keyboard does not reach %s", th)
}
