package shopify

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"twofold/tenant"
)

// maxAnswerBytes bounds what is read of one answer. Our largest, a page of 250 redeem codes, is about 40 KB.
const maxAnswerBytes = 1 << 20

// errTooLarge says that an answer was longer than maxAnswerBytes.
var errTooLarge = errors.New("answer too large")

// answer is one HTTP answer, read whole.
type answer struct {
	Status int
	Header http.Header
	Body   []byte
	Date   time.Time // Shopify's clock; zero when the header is missing
}

// recorder is the http.RoundTripper of one call. go-shopify drops error paths, codes and headers, sleeps by itself when
// throttled and panics on some error bodies, so the recorder keeps the raw answer for us and hands go-shopify an empty
// one. It also sends the request to the shop's origin, and only there.
type recorder struct {
	gateway *Gateway
	shop    tenant.ShopID
	answer  *answer     // nil: there was none
	err     error       // why there is none
	sent    atomic.Bool // the request may have reached Shopify: without an answer its outcome is not known
}

// RoundTrip sends the request to the shop's origin and reads the whole answer. What it returns is an empty success.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{WroteHeaders: func() { r.sent.Store(true) }})
	out := req.Clone(ctx)
	if err := r.direct(out); err != nil {
		r.err = err
		return nil, err
	}

	started := r.gateway.config.Now()
	resp, err := r.gateway.base.RoundTrip(out)
	if err != nil {
		r.err = err
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // read only: nothing is lost

	a, err := readAnswer(resp)
	if err != nil {
		r.err = err
		return nil, err
	}

	r.answer = a
	r.gateway.observe(a, started)
	return &http.Response{
		StatusCode: http.StatusOK, Proto: resp.Proto, ProtoMajor: resp.ProtoMajor, ProtoMinor: resp.ProtoMinor,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: req,
	}, nil
}

// direct points the request at the shop's origin. The host comes from the shop alone; of the request only the path is
// kept.
func (r *recorder) direct(req *http.Request) error {
	target, err := r.gateway.origin.url(r.shop, req.URL.Path)
	if err != nil {
		return err
	}

	u, err := url.Parse(target)
	if err != nil {
		return fmt.Errorf("shopify: %w", err)
	}

	req.URL, req.Host = u, u.Host
	req.Header.Set("User-Agent", "Twofold")
	return nil
}

// readAnswer reads a body of up to maxAnswerBytes. A longer one is errTooLarge.
func readAnswer(resp *http.Response) (*answer, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxAnswerBytes {
		return nil, errTooLarge
	}

	a := &answer{Status: resp.StatusCode, Header: resp.Header, Body: body}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		a.Date = date.UTC()
	}
	return a, nil
}

// observe learns from an answer's headers: the clock difference, and which API version really answered.
func (g *Gateway) observe(a *answer, started time.Time) {
	now := g.config.Now()
	if !a.Date.IsZero() {
		// The header's second may be anywhere in it, and Shopify wrote it somewhere between sending and receiving.
		g.skew.add(started.Add(now.Sub(started) / 2).Sub(a.Date.Add(500 * time.Millisecond)))
		if s, ok := g.skew.get(); ok {
			g.metrics.skew.Set(s.Seconds())
		}
	}
	if got := a.Header.Get("X-Shopify-API-Version"); got != "" && got != APIVersion {
		g.metrics.wrongVersion.Inc()
		if g.version.changed(got) {
			g.config.Log.Warn("shopify answers in another api version", "asked", APIVersion, "got", clip(got))
		}
	}
}

// skewEstimate smooths clock differences: each new one counts an eighth, a jump of over 10 s (a clock was set) counts
// whole.
type skewEstimate struct {
	mu    sync.Mutex
	value time.Duration
	known bool
}

func (s *skewEstimate) add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known || (d-s.value).Abs() > 10*time.Second {
		s.value, s.known = d, true
		return
	}
	s.value += (d - s.value) / 8
}

func (s *skewEstimate) get() (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value, s.known
}

// versionWatch remembers the last foreign API version, so that it is logged once and not with every call.
type versionWatch struct{ last atomic.Pointer[string] }

func (w *versionWatch) changed(version string) bool {
	old := w.last.Swap(&version)
	return old == nil || *old != version
}

// noRedirects makes an http.Client hand a redirect back as an answer. A redirect could carry the token to another host.
func noRedirects(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
