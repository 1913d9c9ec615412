package browser

import (
	"context"
	_ "embed"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/watch.js
var watch string

// size is a window's, in CSS pixels.
type size struct {
	name          string
	width, height int64
	touch         bool    // a phone: touched, not clicked
	scale         float64 // device pixels for one of CSS; 0: 1
}

// The sizes that the widgets are drawn for.
var (
	phone   = size{name: "phone", width: 390, height: 844, touch: true}
	desktop = size{name: "desktop", width: 1280, height: 900}
	narrow  = size{name: "narrow", width: 320, height: 640, touch: true} // WCAG 2.2, 1.4.10 Reflow
	zoomed  = size{name: "zoomed", width: 640, height: 450, scale: 2}    // a desktop at 200 %: WCAG 2.2, 1.4.4 Resize Text
)

// tab is one tab with cookies of its own, and what went on in it.
type tab struct {
	t    testing.TB
	ctx  context.Context
	size size

	mu      sync.Mutex
	console []chromedp.ConsoleMessage // errors and exceptions
	asked   []asked
	expects []string // parts of addresses whose answers may be errors

	routes routes
	framed bool             // what is looked at is the page in the page's frame: see enter
	worlds map[string]int64 // where scripts run, by frame
}

// asked is a request of the page's.
type asked struct{ method, url string }

// patience is how long a page may take to show what it must. The machine may be busy with other tests.
const patience = time.Minute

// openTab opens a tab in a browser context of its own: nobody else's cookies and storage are in it.
func openTab(t testing.TB, s size) *tab {
	t.Helper()
	return newTab(t, house.chrome, s, chromedp.WithNewBrowserContext())
}

// second opens one more tab for the same person.
func (b *tab) second() *tab {
	b.t.Helper()
	return newTab(b.t, b.ctx, b.size)
}

func newTab(t testing.TB, parent context.Context, s size, options ...chromedp.ContextOption) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, size: s, worlds: map[string]int64{}}
	b.do(chromedp.Steps()) // opens it, bound to the test and to no deadline
	t.Cleanup(func() {
		if t.Failed() {
			b.shoot(t.Name() + " failed")
			b.explain()
		}
	})

	b.listen()
	b.followFrames()
	b.set("Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": watch})
	b.resize(s)
	return b
}

// resize makes the window that size. A phone is touched.
func (b *tab) resize(s size) {
	b.t.Helper()
	var options []chromedp.EmulateViewportOption
	if s.touch {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	if s.scale != 0 {
		options = append(options, chromedp.EmulateScale(s.scale))
	}
	b.size = s
	b.do(chromedp.EmulateViewport(s.width, s.height, options...))
}

// listen keeps what the console complains of, and what is asked for.
func (b *tab) listen() {
	messages, requests := chromedp.Console(b.ctx), chromedp.Events(b.ctx, network.RequestWillBeSent)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.IsException() || m.Type == chromedp.ConsoleError {
				b.mu.Lock()
				b.console = append(b.console, m)
				b.mu.Unlock()
			}
		}
	}()
	go func() {
		for r, err := range requests {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.asked = append(b.asked, asked{r.Request.Method, r.Request.URL})
			b.mu.Unlock()
		}
	}()
}

// do runs steps, within the limit of one.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	for _, step := range steps {
		if _, err := within(b, step); err != nil {
			b.t.Fatal(err)
		}
	}
}

// within runs an action within the limit of one. A tab that is not open yet is opened for as long as the test lasts.
func within[T any](b *tab, a chromedp.Action[T]) (T, error) {
	if chromedp.FromContext(b.ctx).Target == nil {
		if err := chromedp.Do(b.ctx); err != nil {
			var none T
			return none, err
		}
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, a)
}

// send sends a command of the browser's protocol by its name, and reads of the answer what R has.
// Source: chromedevtools.github.io/devtools-protocol.
func send[R any](b *tab, method string, params any) (R, error) {
	return within(b, func(ctx context.Context, t *chromedp.Target) (answer R, err error) {
		err = t.Call(ctx, method, params, &answer)
		return answer, err
	})
}

// none are no parameters.
type none struct{}

// set sends a command that answers nothing.
func (b *tab) set(method string, params any) {
	b.t.Helper()
	if _, err := send[none](b, method, params); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
}

// open goes to an address and waits until the page has loaded.
func (b *tab) open(address string) {
	b.t.Helper()
	b.do(chromedp.Navigate(address))
}

// arrives waits until a press has led to another page, whose address has the part. To look at it before would have the
// browser lay it out without its styles.
func (b *tab) arrives(part string) {
	b.t.Helper()
	b.until("the page "+part, func() (bool, error) {
		there, gone := within(b, script[bool](b, "document.readyState === 'complete' && location.href.includes("+quoted(part)+")"))
		return gone == nil && there, nil
	})
}

// evaluate runs a script in the page, and waits for what it promises.
func evaluate[T any](b *tab, source string) T {
	b.t.Helper()
	v, err := within(b, script[T](b, source))
	if err != nil {
		b.t.Fatalf("%.200s: %v", source, err)
	}
	return v
}

// until waits until done, and fails the test with the page's outline when that takes too long.
func (b *tab) until(what string, done func() (bool, error)) {
	b.t.Helper()
	if err := until(b.ctx, patience, done); err != nil {
		b.t.Fatalf("waiting for %s: %v", what, err)
	}
}

// requests are those so far of which the address has the part.
func (b *tab) requests(part string) (found []asked) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.asked {
		if strings.Contains(r.url, part) {
			found = append(found, r)
		}
	}
	return found
}

// forgive expects that what is asked at addresses with the part is answered by errors, of which the browser then
// complains by itself.
func (b *tab) forgive(part string) { b.expects = append(b.expects, part) }

// clean judges what a visit has left behind: nothing complained, nothing left this machine, nothing moved by itself or
// runs out of the window at the side, and no words are those of something that is missing.
func (b *tab) clean() {
	b.t.Helper()
	for _, wrong := range b.complaints() {
		b.t.Error(wrong)
	}
}

// complaints are what clean finds.
func (b *tab) complaints() (all []string) {
	b.t.Helper()
	w := b.watched()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.console {
		if !b.forgiven(m) {
			all = append(all, fmt.Sprintf("the console says %s (%s %s)", m, m.Source, m.URL))
		}
	}
	for _, r := range b.asked {
		if leaves(r.url) {
			all = append(all, r.method+" "+r.url+" leaves this machine")
		}
	}
	if w.Wide > 0 {
		all = append(all, fmt.Sprintf("the page is %d pixels wider than its window", w.Wide))
	}
	for _, words := range w.Left {
		all = append(all, fmt.Sprintf("the page says %q", words))
	}
	for _, s := range w.Shifts {
		all = append(all, fmt.Sprintf("the page moved by itself, by %f: %s", s.Value, s.What))
	}
	return all
}

// forgiven tells whether a message is the browser's own about an answer that the test wants to be an error, or about
// testdata/watch.js, which does not run in the sandboxed frame of a mail.
func (b *tab) forgiven(m chromedp.ConsoleMessage) bool {
	if m.Source == "security" && m.URL == "about:srcdoc" {
		return true
	}
	has := func(part string) bool { return strings.Contains(m.URL, part) }
	return m.Source == "network" && slices.ContainsFunc(b.expects, has)
}

// leaves tells whether an address is another machine's.
func leaves(address string) bool {
	u, err := url.Parse(address)
	return err != nil || (strings.HasPrefix(u.Scheme, "http") && u.Hostname() != "127.0.0.1")
}

// watched is what testdata/watch.js has kept of the page that is shown.
type watched struct {
	Shifts []struct {
		Value float64 `json:"value"`
		What  string  `json:"what"`
	} `json:"shifts"`
	Slow []struct {
		MS     float64 `json:"ms"`
		Source string  `json:"source"`
		By     string  `json:"by"`
	} `json:"slow"`
	Left []string `json:"left"` // words that are left over where something is missing
	Wide int      `json:"wide"` // by how much the page is wider than its window
}

func (b *tab) watched() watched {
	b.t.Helper()
	return evaluate[watched](b, "__watched()")
}

// picture takes a picture of what the window shows.
func (b *tab) picture(format string, quality int64) ([]byte, error) {
	params := map[string]any{"format": format}
	if format != "png" {
		params["quality"] = quality
	}
	shot, err := send[struct {
		Data []byte `json:"data"`
	}](b, "Page.captureScreenshot", params)
	return shot.Data, err
}

// shoot puts a picture of the state into the folder of -shots, if there is one.
func (b *tab) shoot(name string) {
	b.t.Helper()
	if *shots == "" {
		return
	}
	b.rests()
	png, err := b.picture("png", 0)
	if err == nil {
		err = os.MkdirAll(*shots, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(*shots, fileName(name)+".png"), png, 0o644)
	}
	if err != nil {
		b.t.Error(err)
	}
}

// rests waits until nothing of the page moves any more: widgets slide in. A page without script does not move.
func (b *tab) rests() {
	b.t.Helper()
	b.until("the page to rest", func() (bool, error) { return evaluate[bool](b, "!window.__moving?.()"), nil })
}

// fileName makes a test's name a file's.
func fileName(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, name), "-")
}

// explain tells what a page shows whose test has failed. Its own errors are told too: the page may be gone.
func (b *tab) explain() {
	all, err := b.nodes()
	if err != nil {
		b.t.Logf("the page cannot be read: %v", err)
		return
	}
	address, err := within(b, chromedp.Location())
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t.Logf("%s %v\n%sasked: %v\ncomplained of: %v", address, err, outline(all), b.asked, b.console)
}
