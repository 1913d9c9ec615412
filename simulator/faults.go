package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Kinds of faults.
const (
	FaultWebhookDrop      = "webhook_drop"      // the delivery is lost, retries and all
	FaultWebhookDelay     = "webhook_delay"     // sent MS milliseconds late (wall time)
	FaultWebhookDuplicate = "webhook_duplicate" // sent twice, with the same webhook id
	FaultWebhookShuffle   = "webhook_shuffle"   // N deliveries are held, then sent in random order
	FaultAPIFail          = "api_fail"          // answers Status, default 503, and does nothing
	FaultAPITimeoutAfter  = "api_timeout_after" // does the work, then answers MS milliseconds later; 0: never
	FaultAPIRedo          = "api_redo"          // does the work twice and answers the second time's answer
	FaultAPIThrottle      = "api_throttle"      // answers THROTTLED
	FaultIPAllowlist      = "ip_allowlist"      // answers 403, as from an address off the allowlist
	FaultRevokeTokens     = "revoke_tokens"     // all tokens die when the fault is added
	FaultSlowJourney      = "slow_journey"      // customerJourneySummary is ready MS simulated milliseconds late
	FaultSlowBulk         = "slow_bulk"         // bulk creations and jobs take N further polls
	FaultPartialBulk      = "partial_bulk"      // N codes of a bulk creation fail with INTERNAL_ERROR, the last first
)

var faultKinds = []string{
	FaultWebhookDrop, FaultWebhookDelay, FaultWebhookDuplicate, FaultWebhookShuffle,
	FaultAPIFail, FaultAPITimeoutAfter, FaultAPIRedo, FaultAPIThrottle, FaultIPAllowlist, FaultRevokeTokens,
	FaultSlowJourney, FaultSlowBulk, FaultPartialBulk,
}

// OperationOAuth is the Operation of a fault that means POST /admin/oauth/access_token.
const OperationOAuth = "oauth"

// Fault is something that goes wrong on request.
type Fault struct {
	ID          string  `json:"id"`
	Kind        string  `json:"kind"`
	Shop        string  `json:"shop,omitempty"`        // a domain; empty is every shop
	Topic       string  `json:"topic,omitempty"`       // webhooks: this topic only
	Operation   string  `json:"operation,omitempty"`   // API: this operation name or root field only, or oauth
	Probability float64 `json:"probability,omitempty"` // 0 to 1; 0 is always
	Count       int     `json:"count,omitempty"`       // times it strikes; 0 is without end
	Status      int     `json:"status,omitempty"`      // api_fail
	MS          int     `json:"ms,omitempty"`          // milliseconds
	N           int     `json:"n,omitempty"`           // webhook_shuffle, slow_bulk, partial_bulk
	Struck      int     `json:"struck"`                // how often it has
}

func (f Fault) validate() error {
	switch {
	case !slices.Contains(faultKinds, f.Kind):
		return fmt.Errorf("fault kind %q is not one of %v", f.Kind, faultKinds)
	case f.Probability < 0 || f.Probability > 1 || f.Count < 0 || f.MS < 0 || f.N < 0:
		return errors.New("a fault's numbers are not negative, and its probability is at most 1")
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return errors.New("a fault's status is from 400 to 599")
	case f.Kind == FaultWebhookShuffle && f.N < 2:
		return errors.New("webhook_shuffle needs n, at least 2")
	}
	return nil
}

// faultSet holds the faults in force.
type faultSet struct {
	ids *idSource

	mu   sync.Mutex
	next int
	list []*Fault
	gone map[string]chan struct{} // by fault; closed when it is taken away: answers that it holds for ever end
}

func newFaultSet(ids *idSource) *faultSet {
	return &faultSet{ids: ids, gone: map[string]chan struct{}{}}
}

func (s *faultSet) add(f Fault) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	f.ID, f.Struck = "fault-"+strconv.Itoa(s.next), 0
	s.list = append(s.list, &f)
	s.gone[f.ID] = make(chan struct{})
	return f
}

func (s *faultSet) all() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Fault, len(s.list))
	for i, f := range s.list {
		out[i] = *f
	}
	return out
}

// remove takes away the faults for which it is asked, lets go of the answers they hold, and
// returns how many there were.
func (s *faultSet) remove(which func(*Fault) bool) (removed int) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.list = slices.DeleteFunc(s.list, func(f *Fault) bool {
		if !which(f) {
			return false
		}
		close(s.gone[f.ID])
		delete(s.gone, f.ID)
		removed++
		return true
	})
	return removed
}

func (s *faultSet) clear() { s.remove(func(*Fault) bool { return true }) }

// over is closed when the fault has been taken away.
func (s *faultSet) over(f Fault) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()

	if gone, there := s.gone[f.ID]; there {
		return gone
	}

	gone := make(chan struct{})
	close(gone)
	return gone
}

// strike returns the first fault of that kind that hits, and counts it. names are a webhook's topic, or an API
// request's operation name and root fields.
func (s *faultSet) strike(kind, shop string, names ...string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.list {
		if f.Kind == kind && f.aims(shop, names) && (f.Probability == 0 || s.ids.chance(f.Probability)) {
			f.Struck++
			return *f, true
		}
	}
	return Fault{}, false
}

func (f *Fault) aims(shop string, names []string) bool {
	aim := f.Topic + f.Operation
	return (f.Count == 0 || f.Struck < f.Count) && (f.Shop == "" || f.Shop == shop) &&
		(aim == "" || slices.Contains(names, aim))
}

// slowJourney is how long the next order's journey takes.
func (s *faultSet) slowJourney(shop string) (time.Duration, bool) {
	f, ok := s.strike(FaultSlowJourney, shop)
	return time.Duration(f.MS) * time.Millisecond, ok
}

// AddFault puts a fault in force. Errors: an unknown kind or shop, numbers out of range.
func (s *Server) AddFault(f Fault) (Fault, error) {
	if err := f.validate(); err != nil {
		return Fault{}, err
	}
	if _, ok := s.findShop(f.Shop); f.Shop != "" && !ok {
		return Fault{}, errNoShop
	}

	f = s.faults.add(f)
	if f.Kind == FaultRevokeTokens {
		s.revokeTokens(f.Shop)
	}
	return f, nil
}

// Faults lists the faults in force.
func (s *Server) Faults() []Fault { return s.faults.all() }

// ClearFaults takes all faults away, answers the requests they held and sends the webhooks they held.
func (s *Server) ClearFaults() {
	s.faults.clear()
	s.outgoing.release()
}

var errNoFault = errors.New("there is no such fault")

// RemoveFault takes one fault away, and answers the requests it held; webhooks that are held for a shuffle go
// out. Errors: no such fault.
func (s *Server) RemoveFault(id string) error {
	if s.faults.remove(func(f *Fault) bool { return f.ID == id }) == 0 {
		return errNoFault
	}
	if !slices.ContainsFunc(s.Faults(), func(f Fault) bool { return f.Kind == FaultWebhookShuffle }) {
		s.outgoing.release()
	}
	return nil
}

// revokeTokens kills the tokens of one shop, or of all.
func (s *Server) revokeTokens(domain string) {
	for _, d := range s.Shops() {
		if domain == "" || d == domain {
			_ = s.withShop(d, func(sh *shop) error { // the shop was listed: it exists
				sh.killTokens()
				return nil
			})
		}
	}
}
