package shopify

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/fault"
	"twofold/tenant"
)

// tokenServer grants pair 2, 3, … for refreshes, and answers queries whose token is in live.
func tokenServer(t *testing.T, live ...string) *shopifyServer {
	t.Helper()
	var grants atomic.Int32
	grants.Store(1)
	return newShopifyServer(t, func(w http.ResponseWriter, r request) {
		switch {
		case r.Form != nil:
			granted(w, int(grants.Add(1)))
		case slices.Contains(live, r.Token):
			ok(w, pingData)
		default:
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
}

func TestExchange(t *testing.T) {
	t.Parallel()
	s := newShopifyServer(t, func(w http.ResponseWriter, _ request) { granted(w, 7) })
	g, _ := testGateway(t, s)
	got, err := g.Exchange(t.Context(), testShop, "the-id-token")
	if err != nil {
		t.Fatal(err)
	}
	want := tenant.Tokens{Access: "access-7", AccessExpires: testNow.Add(time.Hour), Refresh: "refresh-7",
		RefreshExpires: testNow.Add(90 * 24 * time.Hour), Scopes: []string{"read_orders", "write_discounts"}}
	if string(got.Access) != string(want.Access) || string(got.Refresh) != string(want.Refresh) {
		t.Error("wrong tokens")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	form := url.Values{"client_id": {testClient}, "client_secret": {testSecret}, "subject_token": {"the-id-token"}, "expiring": {"1"},
		"grant_type":           {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token_type":   {"urn:ietf:params:oauth:token-type:id_token"},
		"requested_token_type": {"urn:shopify:params:oauth:token-type:offline-access-token"}}
	r := s.requests()[0]
	if diff := cmp.Diff(form, r.Form); diff != "" || r.Path != "/admin/oauth/access_token" || r.Shop != string(testShop) {
		t.Errorf("asked %s at %s (-want +got):\n%s", r.Shop, r.Path, diff)
	}
}

func TestExchangeCode(t *testing.T) {
	t.Parallel()
	s := newShopifyServer(t, func(w http.ResponseWriter, _ request) { granted(w, 7) })
	g, _ := testGateway(t, s)
	if _, err := g.ExchangeCode(t.Context(), testShop, "the-code"); err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"client_id":     {testClient},
		"client_secret": {testSecret},
		"code":          {"the-code"},
		"expiring":      {"1"},
	}
	if diff := cmp.Diff(want, s.requests()[0].Form); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
}

// A refused grant is final, wrong credentials of ours are our own trouble, and everything else may be tried again.
func TestGrantErrors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, body string
		status     int
		class      Class
		kind       fault.Kind
	}{
		{
			"stale ID token", `{"error":"invalid_subject_token","error_description":"stale"}`, 400, GrantRefused,
			fault.Unauthorized,
		},
		{"refresh refused with 400", `{"error":"invalid_grant"}`, 400, GrantRefused, fault.Unauthorized},
		{"refresh refused with 401", `{"error":"invalid_request"}`, 401, GrantRefused, fault.Unauthorized},
		{"our secret is wrong", `{"error":"invalid_client"}`, 401, BadQuery, fault.Internal},
		{"400 without an OAuth error", `<html>`, 400, Transport, fault.Unavailable},
		{"allowlist", `{"errors":"Forbidden"}`, 403, IPRefused, fault.Unavailable},
		{"bill not paid", `{"errors":"Payment Required"}`, 402, Unpaid, fault.Unavailable},
		{"shop locked, whatever else is said", `{"error":"invalid_grant"}`, 423, Locked, fault.Unavailable},
		{"too many", ``, 429, Transport, fault.Unavailable},
		{"server error", `{"error":"invalid_grant"}`, 500, Transport, fault.Unavailable},
		{"redirect", ``, 302, Transport, fault.Unavailable},
		{"not JSON", `<html>`, 200, Transport, fault.Unavailable},
		{"a token that never expires", `{"access_token":"a","scope":"x"}`, 200, Transport, fault.Unavailable},
		{
			"an expiry beyond reason",
			`{"access_token":"a","refresh_token":"b","expires_in":9223372036854775807,"refresh_token_expires_in":1}`,
			200, Transport, fault.Unavailable,
		},
	} {
		g, _ := testGateway(t, newShopifyServer(t, answers(row.status, row.body)))
		_, err := g.Exchange(t.Context(), testShop, "x")
		if ClassOf(err) != row.class || !fault.Is(err, row.kind) {
			t.Errorf("%s: %v, want %s, %s", row.name, err, row.class, row.kind)
		}
	}
}

// Wherever Shopify says that it has closed the shop, that is noted, and is nothing against the tokens.
func TestAClosedShopIsNoted(t *testing.T) {
	t.Parallel()
	const good, refused = 200, 401
	for _, row := range []struct {
		name    string
		expired bool  // the access token
		answers []int // to one request after the other
		want    tenant.Status
	}{
		{"a call", false, []int{402}, tenant.Unpaid},
		{"a call with a refreshed token", true, []int{good, 423}, tenant.Locked},
		{"the refresh", true, []int{402}, tenant.Unpaid},
		{"the refresh after a refused token", false, []int{refused, 423}, tenant.Locked},
		{"the proof after a refused token", false, []int{refused, good, 402}, tenant.Unpaid},
		{"the call after that proof", false, []int{refused, good, good, 402}, tenant.Unpaid},
		{"the proof after a refused refresh", true, []int{refused, 423}, tenant.Locked},
		{"none of them", false, []int{503}, ""},
	} {
		var asked atomic.Int32
		s := newShopifyServer(t, func(w http.ResponseWriter, r request) {
			n := int(asked.Add(1)) - 1
			if n >= len(row.answers) {
				t.Errorf("%s: asked for %s again", row.name, r.Operation)
				return
			}
			switch status := row.answers[n]; {
			case status != good:
				answers(status, `{"error":"invalid_grant"}`)(w, r)
			case r.Form != nil:
				granted(w, 2)
			default:
				ok(w, pingData)
			}
		})
		g, tokens := testGateway(t, s)
		if row.expired {
			tokens.set(newMemTokens("access-1", testNow).tokens)
		}

		err := g.Ping(t.Context(), testShop)
		if !fault.Is(err, fault.Unavailable) || errors.Is(err, tenant.ErrClosed) != (row.want != "") {
			t.Errorf("%s: %v", row.name, err)
		}
		if _, visit, _ := tokens.get(); tokens.standing() != row.want || visit != 0 {
			t.Errorf("%s: noted as %q, visit %d; want %q", row.name, tokens.standing(), visit, row.want)
		}
	}
}

// What an older pair was told says nothing any more: a merchant has opened the app meanwhile. A closed shop stays so
// until it answers.
func TestAShopIsClosedUntilItAnswers(t *testing.T) {
	t.Parallel()
	var status atomic.Int32
	visit := func() {}
	s := newShopifyServer(t, func(w http.ResponseWriter, r request) {
		visit()
		if status.Load() != http.StatusOK {
			answers(int(status.Load()), "")(w, r)
			return
		}
		ok(w, pingData)
	})
	g, tokens := testGateway(t, s)
	reopen := func(when string, says int, want tenant.Status) {
		t.Helper()
		status.Store(int32(says))
		if err := g.Reopen(t.Context(), testShop); err != nil || tokens.standing() != want {
			t.Errorf("%s: %q, %v; want %q", when, tokens.standing(), err, want)
		}
	}

	reopen("closed", 402, tenant.Unpaid)
	reopen("closed otherwise", 423, tenant.Locked)
	reopen("open again", 200, "")
	visit = func() {
		next := newMemTokens("access-1", testNow.Add(time.Hour)).tokens
		next.Version = 2
		tokens.set(next)
	}
	reopen("opened by a merchant meanwhile", 402, "")
}

// The access token is refreshed when less than five minutes of it remain, not before.
func TestRefreshAhead(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		left time.Duration
		want []string
	}{
		{"five minutes left", 5 * time.Minute, []string{"Ping"}},
		{"less than five minutes", 5*time.Minute - time.Millisecond, []string{"Ping", "oauth"}},
		{"long expired", -time.Hour, []string{"Ping", "oauth"}},
	} {
		s := tokenServer(t, "access-1", "access-2")
		g, tokens := testGateway(t, s)
		tokens.set(newMemTokens("access-1", testNow.Add(row.left)).tokens)
		if err := g.Ping(t.Context(), testShop); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		s.await(len(row.want)) // a refresh ahead goes on beside the call
		got := s.operations()
		slices.Sort(got) // and may come before or after it
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

// A refresh that hangs holds up nothing that the old token can do.
func TestAHangingRefreshHoldsUpNoCall(t *testing.T) {
	t.Parallel()
	hangs := make(chan struct{})
	s := newShopifyServer(t, func(w http.ResponseWriter, r request) {
		if r.Form != nil {
			<-hangs
			granted(w, 2)
			return
		}
		ok(w, pingData)
	})
	g, tokens := testGateway(t, s)
	defer close(hangs)
	tokens.set(newMemTokens("access-1", testNow.Add(time.Minute)).tokens)
	for range 3 {
		if err := g.Ping(t.Context(), testShop); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, swaps := tokens.get(); swaps != 0 {
		t.Error("the refresh did not hang")
	}
}

// Many callers at once refresh once, and all use the new token.
func TestRefreshOnceForMany(t *testing.T) {
	t.Parallel()
	s := tokenServer(t, "access-2")
	g, tokens := testGateway(t, s)
	tokens.set(newMemTokens("access-1", testNow).tokens)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if err := g.Ping(t.Context(), testShop); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, _, swaps := tokens.get()
	if swaps != 1 || got.Version != 2 || string(got.Access) != "access-2" {
		t.Errorf("%d swaps, version %d", swaps, got.Version)
	}
}

// Two processes: the one without the lease waits for the other's result instead of refreshing too.
func TestWaitForAnothersRefresh(t *testing.T) {
	t.Parallel()
	s := tokenServer(t, "access-9")
	g, tokens := testGateway(t, s)
	tokens.set(newMemTokens("access-1", testNow).tokens)
	lease, err := tokens.AcquireLease(t.Context(), testShop, TokensLease, leaseTTL)
	if err != nil {
		t.Fatal(err)
	}
	result := make(chan error)
	go func() { result <- g.Ping(t.Context(), testShop) }()
	next := newMemTokens("access-9", testNow.Add(time.Hour)).tokens
	next.Version = 2
	tokens.set(next)
	if err := <-result; err != nil {
		t.Error(err)
	}
	if err := tokens.ReleaseLease(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Ping"}, s.operations()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// One whose turn comes when another has just refreshed finds the new pair under the lease and does not refresh again.
func TestReadsThePairAgainUnderTheLease(t *testing.T) {
	t.Parallel()
	s := tokenServer(t, "access-9")
	g, tokens := testGateway(t, s)
	tokens.set(newMemTokens("access-1", testNow).tokens)
	tokens.onLease = func() {
		next := newMemTokens("access-9", testNow.Add(time.Hour)).tokens
		next.Version = 2
		tokens.set(next)
	}
	if err := g.Ping(t.Context(), testShop); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Ping"}, s.operations()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// F4: one who slept through the lease, while another took it and was given a later pair, does not save the earlier one.
func TestAPairOfALostLeaseIsNotSaved(t *testing.T) {
	t.Parallel()
	s := tokenServer(t, "access-9")
	g, tokens := testGateway(t, s)
	tokens.set(newMemTokens("access-1", testNow).tokens)
	lost := false
	tokens.onSwap = func() {
		tokens.mu.Lock()
		defer tokens.mu.Unlock()
		tokens.leases[TokensLease]++ // it ran out, and somebody else has it
		lost = true
	}
	tokens.onLease = func() { // by the time it is asked for again, the other has saved the later pair
		if next := newMemTokens("access-9", testNow.Add(time.Hour)).tokens; lost {
			next.Version = 2
			tokens.set(next)
		}
	}
	if err := g.Ping(t.Context(), testShop); err != nil {
		t.Error(err)
	}
	if _, _, swaps := tokens.get(); swaps != 0 {
		t.Error("the earlier pair was saved")
	}
}

// A pair that was saved while we refreshed (a new install) is the right one; ours is dropped.
func TestLostSwapTakesTheOthersPair(t *testing.T) {
	t.Parallel()
	s := tokenServer(t, "access-9")
	g, tokens := testGateway(t, s)
	tokens.set(newMemTokens("access-1", testNow).tokens)
	tokens.onSwap = func() {
		next := newMemTokens("access-9", testNow.Add(time.Hour)).tokens
		next.Version = 2
		tokens.set(next)
	}
	if err := g.Ping(t.Context(), testShop); err != nil {
		t.Fatal(err)
	}
	if got, visit, _ := tokens.get(); string(got.Access) != "access-9" || visit != 0 {
		t.Errorf("kept version %d, visit %d", got.Version, visit)
	}
}

// While no new pair is to be had, a token that still lives is used to its end.
func TestOldTokenOutlivesAFailedRefresh(t *testing.T) {
	t.Parallel()
	for name, grant := range map[string]script{"outage": answers(503, ""), "our secret is wrong": answers(401, `{"error":"invalid_client"}`)} {
		s := newShopifyServer(t, func(w http.ResponseWriter, r request) {
			if r.Form != nil {
				grant(w, r)
				return
			}
			ok(w, pingData)
		})
		g, tokens := testGateway(t, s)
		tokens.set(newMemTokens("access-1", testNow.Add(time.Millisecond)).tokens)
		if err := g.Ping(t.Context(), testShop); err != nil {
			t.Errorf("%s, still alive: %v", name, err)
		}
		tokens.set(newMemTokens("access-1", testNow).tokens)
		if err := g.Ping(t.Context(), testShop); err == nil || fault.Is(err, fault.Unauthorized) {
			t.Errorf("%s, expired: %v, want no verdict on the shop", name, err)
		}
		if _, visit, _ := tokens.get(); visit != 0 {
			t.Errorf("%s marked the shop", name)
		}
	}
}

// A 401 is answered by one refresh; the new token is proved by a ping before the call is made again.
func TestUnauthorizedRefreshesOnce(t *testing.T) {
	t.Parallel()
	s := tokenServer(t, "access-2")
	g, tokens := testGateway(t, s)
	if err := g.Ping(t.Context(), testShop); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Ping", "oauth", "Ping", "Ping"}, s.operations()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, visit, _ := tokens.get(); visit != 0 {
		t.Error("marked as needing a visit")
	}
}

// Only when the fresh token is refused too, or none is to be had and the old one is refused, does the shop need a
// visit.
func TestDeadTokens(t *testing.T) {
	t.Parallel()
	refuseAll := func(w http.ResponseWriter, r request) {
		w.WriteHeader(http.StatusUnauthorized)
		if r.Form != nil {
			_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		}
	}
	for name, s := range map[string]*shopifyServer{"a fresh token is refused": tokenServer(t), "refresh and token are refused": newShopifyServer(t, refuseAll)} {
		g, tokens := testGateway(t, s)
		err := g.Ping(t.Context(), testShop)
		if ClassOf(err) != TokenDead || !fault.Is(err, fault.Unauthorized) {
			t.Errorf("%s: %v, want a dead token", name, err)
		}
		if got, visit, _ := tokens.get(); visit != got.Version {
			t.Errorf("%s: version %d, marked %d", name, got.Version, visit)
		}
		asked := len(s.operations())
		if err := g.Ping(t.Context(), testShop); !fault.Is(err, fault.Unauthorized) || len(s.operations()) != asked {
			t.Errorf("%s: asked again (%v)", name, err)
		}
	}
}

// A refresh that is refused while the access token works proves nothing yet.
func TestRefusedRefreshWithALivingToken(t *testing.T) {
	t.Parallel()
	s := newShopifyServer(t, func(w http.ResponseWriter, r request) {
		if r.Form != nil {
			answers(400, `{"error":"invalid_grant"}`)(w, r)
			return
		}
		ok(w, pingData)
	})
	g, tokens := testGateway(t, s)
	tokens.set(newMemTokens("access-1", testNow.Add(time.Minute)).tokens)
	if err := g.Ping(t.Context(), testShop); err != nil {
		t.Fatal(err)
	}
	if _, visit, _ := tokens.get(); visit != 0 {
		t.Error("marked as needing a visit")
	}
}

// Neither an outage nor our own wrong secret after a 401 proves that the shop is gone.
func TestOutageAfterUnauthorizedProvesNothing(t *testing.T) {
	t.Parallel()
	for name, grant := range map[string]script{"outage": answers(503, ""), "our secret is wrong": answers(401, `{"error":"invalid_client"}`)} {
		s := newShopifyServer(t, func(w http.ResponseWriter, r request) {
			if r.Form != nil {
				grant(w, r)
				return
			}
			w.WriteHeader(http.StatusUnauthorized)
		})
		g, tokens := testGateway(t, s)
		if err := g.Ping(t.Context(), testShop); err == nil || fault.Is(err, fault.Unauthorized) {
			t.Errorf("%s: %v, want no verdict on the shop", name, err)
		}
		if _, visit, _ := tokens.get(); visit != 0 {
			t.Errorf("%s: marked as needing a visit", name)
		}
	}
}

// One that leaves does not take the refresh with it.
func TestRefreshOutlivesItsFirstCaller(t *testing.T) {
	t.Parallel()
	arrived, proceed := make(chan struct{}), make(chan struct{})
	s := newShopifyServer(t, func(w http.ResponseWriter, r request) {
		if r.Form == nil {
			ok(w, pingData)
			return
		}
		close(arrived)
		<-proceed
		granted(w, 2)
	})
	g, tokens := testGateway(t, s)
	tokens.set(newMemTokens("access-1", testNow).tokens)
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { first <- g.Ping(ctx, testShop) }()
	<-arrived
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("first: %v", err)
	}
	second := make(chan error, 1)
	go func() { second <- g.Ping(t.Context(), testShop) }()
	close(proceed)
	if err := <-second; err != nil {
		t.Errorf("second: %v", err)
	}
	if got, _, swaps := tokens.get(); swaps != 1 || got.Version != 2 {
		t.Errorf("%d swaps, version %d", swaps, got.Version)
	}
}

// Idle shops are refreshed when their refresh token is a month old.
func TestRefreshIdle(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		left time.Duration // of the refresh token
		want int64
	}{
		{"29 days old", 61 * 24 * time.Hour, 1},
		{"30 days old", 60 * 24 * time.Hour, 2},
		{"89 days old", 24 * time.Hour, 2},
	} {
		g, tokens := testGateway(t, tokenServer(t))
		old := newMemTokens("access-1", testNow.Add(-29*24*time.Hour)).tokens
		old.RefreshExpires = testNow.Add(row.left)
		tokens.set(old)
		if err := g.RefreshIdle(t.Context(), testShop); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		if got, _, _ := tokens.get(); got.Version != row.want {
			t.Errorf("%s: version %d, want %d", row.name, got.Version, row.want)
		}
	}
}

// What the store says is passed on as it is.
func TestStoreErrorsPass(t *testing.T) {
	t.Parallel()
	s := tokenServer(t, "access-1")
	g, tokens := testGateway(t, s)
	tokens.loadErr = fault.New(fault.Unavailable, "electing")
	if err := g.Ping(t.Context(), testShop); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	if got := s.operations(); len(got) != 0 {
		t.Errorf("asked %v", got)
	}
}
