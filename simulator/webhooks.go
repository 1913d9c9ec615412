package simulator

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// How Shopify sends. Source: shopify.dev, webhooks, troubleshoot: 1 s to connect, 5 s in all, 2xx
// only, 8 retries over 4 hours.
const (
	connectTimeout = time.Second
	answerTimeout  = 5 * time.Second
	sendersAtOnce  = 64 // ours: attempts under way at the same time
)

// retryGaps are the waits before each retry; Shopify publishes their number and sum only.
var retryGaps = []time.Duration{time.Minute, 3 * time.Minute, 7 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	45 * time.Minute, 60 * time.Minute, 80 * time.Minute}

// identicalWindow is how long an equal body counts as the same, where Behaviour drops those. Shopify
// says "in short succession".
const identicalWindow = time.Minute

// States of a delivery.
const (
	deliveryPending   = "pending" // under way, or waiting for its next attempt
	deliveryHeld      = "held"    // by webhook_shuffle
	deliveryDelivered = "delivered"
	deliveryFailed    = "failed"  // after the last retry
	deliveryDropped   = "dropped" // by webhook_drop, or identical to one before
)

// Delivery is one webhook and what became of it.
type Delivery struct {
	ID          int       `json:"id"`
	WebhookID   string    `json:"webhook_id"` // equal on retries and duplicates
	EventID     string    `json:"event_id"`
	Shop        string    `json:"shop"`
	Topic       string    `json:"topic"`
	URL         string    `json:"url"`
	TriggeredAt time.Time `json:"triggered_at"` // simulated
	State       string    `json:"state"`
	Attempts    []Attempt `json:"attempts"`
	Body        string    `json:"body"`

	name       string // of the subscription
	retryScale float64
	copies     int  // sends at the next attempt
	bare       bool // without the headers that name the shop and the API's version
}

// Attempt is one try to deliver.
type Attempt struct {
	At     time.Time `json:"at"`     // simulated
	Status int       `json:"status"` // 0 without an answer
	Error  string    `json:"error,omitempty"`
	MS     int64     `json:"ms"` // wall time it took
}

// outbox sends webhooks and keeps their log.
type outbox struct {
	clock  *clock
	faults *faultSet
	secret string
	log    *slog.Logger
	client *http.Client
	slots  chan struct{}

	ctx    context.Context //nolint:containedctx // of all sending, which has no caller; it ends when the outbox closes
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu        sync.Mutex
	closed    bool
	byShop    map[string][]*Delivery // by shop
	nextID    int
	held      []*Delivery
	agenda    []appointment // by time, the earliest first
	agendaNew chan struct{} // closed when the agenda has a new first entry
}

func newOutbox(c *clock, f *faultSet, secret string, log *slog.Logger) *outbox {
	ctx, cancel := context.WithCancel(context.Background())
	o := &outbox{
		clock: c, faults: f, secret: secret, log: log, slots: make(chan struct{}, sendersAtOnce),
		ctx: ctx, cancel: cancel, byShop: map[string][]*Delivery{}, agendaNew: make(chan struct{}),
	}

	transport := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: connectTimeout}).DialContext,
		MaxIdleConnsPerHost: sendersAtOnce,
		DisableCompression:  true,
	}
	o.client = &http.Client{
		Transport: transport, Timeout: answerTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}

	o.wg.Add(1)
	go o.runAgenda()
	return o
}

// close stops sending; wait waits until it has stopped.
func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.cancel()
}

func (o *outbox) wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		o.wg.Wait()
		o.client.CloseIdleConnections()
		close(done)
	}()

	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// spawn runs fn unless the outbox is closed.
func (o *outbox) spawn(fn func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}

	o.wg.Add(1)
	go func() {
		defer o.wg.Done()
		fn()
	}()
}

// enqueue takes a delivery on its way, through the faults.
func (o *outbox) enqueue(d *Delivery, dropIdentical bool) {
	identical := o.record(d, dropIdentical)
	if _, ok := o.faults.strike(FaultWebhookDrop, d.Shop, d.Topic); ok || identical {
		o.setState(d, deliveryDropped)
		return
	}

	if _, ok := o.faults.strike(FaultWebhookDuplicate, d.Shop, d.Topic); ok {
		o.double(d)
	}
	if f, ok := o.faults.strike(FaultWebhookShuffle, d.Shop, d.Topic); ok {
		o.hold(d, f.N)
		return
	}
	if f, ok := o.faults.strike(FaultWebhookDelay, d.Shop, d.Topic); ok {
		o.spawn(func() {
			if o.pause(time.Duration(f.MS) * time.Millisecond) {
				o.send(d)
			}
		})
		return
	}
	o.send(d)
}

// record writes the delivery down, and tells whether an equal one was sent lately.
func (o *outbox) record(d *Delivery, dropIdentical bool) (identical bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if dropIdentical {
		identical = slices.ContainsFunc(o.byShop[d.Shop], func(old *Delivery) bool {
			return old.Topic == d.Topic && old.Body == d.Body && d.TriggeredAt.Sub(old.TriggeredAt) < identicalWindow
		})
	}

	o.nextID++
	d.ID, d.State, d.Attempts, d.copies = o.nextID, deliveryPending, []Attempt{}, 1
	o.byShop[d.Shop] = append(o.byShop[d.Shop], d)
	return identical
}

// double makes the next attempt send twice.
func (o *outbox) double(d *Delivery) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d.copies = 2
}

func (o *outbox) setState(d *Delivery, state string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d.State = state
}

// hold keeps deliveries until n are held, then sends them in random order.
func (o *outbox) hold(d *Delivery, n int) {
	o.mu.Lock()
	d.State = deliveryHeld
	o.held = append(o.held, d)
	full := len(o.held) >= n
	o.mu.Unlock()

	if full {
		o.release()
	}
}

// release sends what is held, one after the other so that the order is the random one.
func (o *outbox) release() {
	o.mu.Lock()
	batch := o.held
	o.held = nil
	for _, d := range batch {
		d.State = deliveryPending
	}
	o.mu.Unlock()

	o.faults.ids.shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
	o.spawn(func() {
		for _, d := range batch {
			o.attempt(d)
		}
	})
}

// send makes the next attempt in its own goroutine.
func (o *outbox) send(d *Delivery) { o.spawn(func() { o.attempt(d) }) }

// attempt posts the delivery, as often as it is doubled, and plans the retry if no attempt got a 2xx.
func (o *outbox) attempt(d *Delivery) {
	select {
	case o.slots <- struct{}{}:
		defer func() { <-o.slots }()
	case <-o.ctx.Done():
		return
	}

	o.mu.Lock()
	copies := d.copies
	d.copies = 1
	o.mu.Unlock()

	ok := false
	for range copies {
		a := o.post(d)
		if o.ctx.Err() != nil {
			return
		}

		o.mu.Lock()
		d.Attempts = append(d.Attempts, a)
		o.mu.Unlock()
		ok = ok || (a.Status >= 200 && a.Status < 300)
	}
	o.conclude(d, ok)
}

func (o *outbox) conclude(d *Delivery, ok bool) {
	o.mu.Lock()
	tries := len(d.Attempts)
	switch {
	case ok:
		d.State = deliveryDelivered
	case tries > len(retryGaps):
		d.State = deliveryFailed
		o.log.Warn("webhook given up", "shop", d.Shop, "topic", d.Topic, "delivery_id", d.ID)
	}
	o.mu.Unlock()

	if !ok && tries <= len(retryGaps) {
		gap := time.Duration(float64(retryGaps[tries-1]) * d.retryScale)
		o.at(o.clock.now().Add(gap), func() { o.send(d) })
	}
}

// post sends the delivery once.
func (o *outbox) post(d *Delivery) Attempt {
	a := Attempt{At: o.clock.now()}
	started := o.clock.wall()

	req, err := http.NewRequestWithContext(o.ctx, http.MethodPost, d.URL, bytes.NewReader([]byte(d.Body)))
	if err != nil {
		a.Error = err.Error()
		return a
	}
	o.headers(req.Header, d)

	res, err := o.client.Do(req)
	a.MS = o.clock.wall().Sub(started).Milliseconds()
	if err != nil {
		a.Error = withoutURL(err).Error()
		return a
	}

	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20)) // the body is not looked at
	_ = res.Body.Close()
	a.Status = res.StatusCode
	return a
}

// headers are those of shopify.dev, webhooks, delivery structure.
func (o *outbox) headers(h http.Header, d *Delivery) {
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "Shopify-Captain-Hook")
	h.Set("X-Shopify-Topic", d.Topic)
	h.Set("X-Shopify-Hmac-Sha256", signWebhook(o.secret, []byte(d.Body)))
	if !d.bare {
		h.Set("X-Shopify-Shop-Domain", d.Shop)
		h.Set("X-Shopify-API-Version", APIVersion)
	}

	h.Set("X-Shopify-Webhook-Id", d.WebhookID)
	h.Set("X-Shopify-Event-Id", d.EventID)
	h.Set("X-Shopify-Triggered-At", d.TriggeredAt.Format(time.RFC3339Nano))
	if d.name != "" {
		h.Set("X-Shopify-Name", d.name)
	}
}

// deliveries copies the log of one shop, oldest first.
func (o *outbox) deliveries(shop string) []Delivery {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make([]Delivery, 0, len(o.byShop[shop]))
	for _, d := range o.byShop[shop] {
		c := *d
		c.Attempts = slices.Clone(d.Attempts)
		out = append(out, c)
	}
	return out
}

// redeliver sends a delivery once more, with the same webhook id and body.
func (o *outbox) redeliver(shop string, id int) bool {
	o.mu.Lock()
	i := slices.IndexFunc(o.byShop[shop], func(d *Delivery) bool { return d.ID == id })

	var d *Delivery
	if i >= 0 {
		d = o.byShop[shop][i]
		d.State = deliveryPending
	}
	o.mu.Unlock()

	if d == nil {
		return false
	}
	o.send(d)
	return true
}

// appointment is something to do at a simulated time.
type appointment struct {
	at time.Time
	do func()
}

// at does something when the simulated clock reaches t, whether by waiting or by being moved.
func (o *outbox) at(t time.Time, do func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	i, _ := slices.BinarySearchFunc(o.agenda, t, func(a appointment, t time.Time) int {
		if a.at.After(t) {
			return 1
		}
		return -1 // behind those of the same time
	})

	o.agenda = slices.Insert(o.agenda, i, appointment{t, do})
	if i == 0 {
		close(o.agendaNew)
		o.agendaNew = make(chan struct{})
	}
}

// runAgenda keeps the appointments until the outbox is closed.
func (o *outbox) runAgenda() {
	defer o.wg.Done()
	for {
		moved := o.clock.changed()
		o.mu.Lock()
		wait := time.Hour // nothing to do: look again by and by
		var do func()
		if len(o.agenda) > 0 {
			if wait = o.agenda[0].at.Sub(o.clock.now()); wait <= 0 {
				do = o.agenda[0].do
				o.agenda = o.agenda[1:]
			}
		}
		fresh := o.agendaNew
		o.mu.Unlock()

		if do != nil {
			do()
			continue
		}
		if !o.sleep(wait, moved, fresh) {
			return
		}
	}
}

// sleep waits for d, a move of the clock or a new first appointment; false says that the outbox is closed.
func (o *outbox) sleep(d time.Duration, moved, fresh <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()

	select {
	case <-timer.C:
	case <-moved:
	case <-fresh:
	case <-o.ctx.Done():
		return false
	}
	return true
}

// pause waits for d of wall time; false says that the outbox is closed.
func (o *outbox) pause(d time.Duration) bool { return o.sleep(d, nil, nil) }
