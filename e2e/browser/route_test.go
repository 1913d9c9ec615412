package browser

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// answer is what a request gets in place of the program's answer: a status with a body, or nothing where the status is
// 0, as when a connection breaks.
type answer struct {
	status  int
	headers map[string]string
	body    string
}

// refusal is an error of the app's, as the widgets read it.
func refusal(status int, kind, code string) answer {
	return answer{status: status, body: `{"error":{"kind":"` + kind + `","code":"` + code + `","message":"","request_id":"0"}}`}
}

// held is an answer that comes when let is called, and then is the program's own.
type held struct {
	once sync.Once
	gate chan struct{}
}

func (h *held) let() { h.once.Do(func() { close(h.gate) }) }

// route is the requests of which the address has a part, and what becomes of them.
type route struct {
	part    string
	answers []answer // one after the other; afterwards the program answers
	always  bool     // the last answer goes on for ever
	hold    *held
	change  func(body []byte) []byte // of the program's own answer
}

// routes are a tab's. The newest that fits a request has it.
type routes struct {
	mu  sync.Mutex
	all []*route
}

// instead answers requests of which the address has the part, one after the other; afterwards the program answers
// again.
func (b *tab) instead(part string, answers ...answer) {
	b.t.Helper()
	b.addRoute(&route{part: part, answers: answers})
}

// always answers all of them so.
func (b *tab) always(part string, a answer) {
	b.t.Helper()
	b.addRoute(&route{part: part, answers: []answer{a}, always: true})
}

// hold keeps the answers back until the test lets them.
func (b *tab) hold(part string) *held {
	b.t.Helper()
	h := &held{gate: make(chan struct{})}
	b.t.Cleanup(h.let)
	b.addRoute(&route{part: part, hold: h})
	return h
}

// change changes the program's answers.
func (b *tab) change(part string, change func(body []byte) []byte) {
	b.t.Helper()
	b.addRoute(&route{part: part, change: change})
}

// addRoute puts a route in force. The browser complains of errors by itself, which is forgiven for these addresses.
func (b *tab) addRoute(r *route) {
	b.t.Helper()
	b.forgive(r.part)
	b.routes.mu.Lock()
	first := len(b.routes.all) == 0
	b.routes.all = append(b.routes.all, r)
	b.routes.mu.Unlock()
	if !first {
		return
	}

	paused := chromedp.Events(b.ctx, fetch.RequestPaused)
	b.set("Fetch.enable", map[string]any{"patterns": []map[string]string{{"urlPattern": "*"}}})
	go func() {
		for r, err := range paused {
			if err != nil {
				return
			}
			go b.answerTo(r)
		}
	}()
}

// find is the newest route for an address; nil: the program answers.
func (r *routes) find(address string) *route {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range slices.Backward(r.all) {
		if strings.Contains(address, one.part) {
			return one
		}
	}
	return nil
}

// next is the next answer of a route; false: the program answers.
func (r *routes) next(one *route) (answer, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(one.answers) == 0 {
		return answer{}, false
	}
	a := one.answers[0]
	if len(one.answers) > 1 || !one.always {
		one.answers = one.answers[1:]
	}
	return a, true
}

// answerTo answers one request that the browser holds, before it is sent or, where the answer is to be changed, after
// it was answered. Errors say that the page is gone, and nobody waits any more.
func (b *tab) answerTo(r fetch.EventRequestPaused) {
	one := b.routes.find(r.Request.URL)
	switch {
	case one == nil:
	case one.hold != nil:
		select {
		case <-one.hold.gate:
		case <-b.ctx.Done():
			return
		}
	case one.change != nil:
		b.changeAnswer(r, one.change)
		return
	case r.Request.Method == http.MethodOptions: // what a browser asks before it asks another origin: no answer of the test's
		b.giveAnswer(r.RequestID, toBlock(204, "", nil))
		return
	default:
		if a, taken := b.routes.next(one); taken {
			b.giveAnswer(r.RequestID, a)
			return
		}
	}
	_, _ = chromedp.Call(b.ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: r.RequestID})
}

// changeAnswer lets the request through, and changes what comes back.
func (b *tab) changeAnswer(r fetch.EventRequestPaused, change func([]byte) []byte) {
	if r.ResponseStatusCode == 0 {
		_, _ = chromedp.Call(b.ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: r.RequestID, InterceptResponse: new(true)})
		return
	}
	got, err := chromedp.Call(b.ctx, fetch.GetResponseBody, fetch.GetResponseBodyParams{RequestID: r.RequestID})
	if err != nil {
		return
	}
	b.giveAnswer(r.RequestID, answer{status: int(r.ResponseStatusCode), body: string(change(got.Body))})
}

func (b *tab) giveAnswer(id fetch.RequestID, a answer) {
	if a.status == 0 {
		_, _ = chromedp.Call(b.ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: id, ErrorReason: network.ErrorReasonConnectionReset})
		return
	}
	var headers []*fetch.HeaderEntry
	if a.headers["Content-Type"] == "" {
		headers = append(headers, &fetch.HeaderEntry{Name: "Content-Type", Value: "application/json"})
	}
	for name, value := range a.headers {
		headers = append(headers, &fetch.HeaderEntry{Name: name, Value: value})
	}
	_, _ = chromedp.Call(b.ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{
		RequestID: id, ResponseCode: int64(a.status), ResponseHeaders: headers, Body: []byte(a.body),
	})
}

// offline cuts the browser off, or joins it again.
func (b *tab) offline(cut bool) {
	b.t.Helper()
	b.forgive("127.0.0.1")
	b.set("Network.emulateNetworkConditions", map[string]any{
		"offline": cut, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
	})
}
