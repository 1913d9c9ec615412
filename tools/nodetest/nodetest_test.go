package nodetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// item is what these tests read of an item of oracle.mjs.
type item struct {
	Kind   string          `json:"kind"`
	Name   string          `json:"name"`
	Accept bool            `json:"accept"`
	Raw    json.RawMessage `json:"-"`
}

func (i *item) UnmarshalJSON(b []byte) error {
	type plain item
	i.Raw = append(json.RawMessage(nil), b...)
	return json.Unmarshal(b, (*plain)(i))
}

func decode[T any](t *testing.T, b []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatalf("%v in %.200s", err, b)
	}
	return v
}

// stricter are samples that Shopify's library lets pass although their names do not begin with "valid": an app
// must refuse them on its own.
var stricter = map[string]bool{
	"jwt: iss and dest name different shops":    true,
	"jwt: dest is no Shopify domain":            true,
	"proxy: customer given twice and signed so": true,
}

func TestLibraryJudgesItsSamples(t *testing.T) {
	t.Parallel()
	args := []string{"--now", "1790000000", "--secret", "another-secret"}
	samples := decode[struct {
		Items []item `json:"items"`
	}](t, Run(t, nil, "oracle.mjs", append(args, "samples")...))

	kinds := map[string]int{}
	var raw []json.RawMessage
	for _, i := range samples.Items {
		kinds[i.Kind]++
		raw = append(raw, i.Raw)
		name := i.Kind + ": " + i.Name
		judged := i.Kind != "shop" && i.Kind != "host" // their names are the values themselves
		if want := strings.HasPrefix(i.Name, "valid") || stricter[name]; judged && i.Accept != want {
			t.Errorf("%s: accept %v, want %v", name, i.Accept, want)
		}
	}
	want := map[string]int{"webhook": 22, "proxy": 25, "oauth": 8, "jwt": 13, "shop": 21, "host": 4}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("samples by kind (-want +got):\n%s", diff)
	}

	in, err := json.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	again := decode[[]item](t, Run(t, in, "oracle.mjs", append(args, "verify")...))
	for n, i := range again {
		if i.Accept != samples.Items[n].Accept {
			t.Errorf("%s %s: accept %v by verify, %v by samples", i.Kind, i.Name, i.Accept, samples.Items[n].Accept)
		}
	}
}

// fakeShop answers the three requests of oracle.mjs client as Shopify does.
func fakeShop(t *testing.T) *httptest.Server {
	t.Helper()
	tokens := 0
	mux := http.NewServeMux()
	mux.HandleFunc("POST /one.myshopify.com/admin/oauth/access_token", func(w http.ResponseWriter, _ *http.Request) {
		tokens++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"token-%d","scope":"read_orders","expires_in":3600,"refresh_token":"refresh-%d","refresh_token_expires_in":7776000}`, tokens, tokens)
	})
	mux.HandleFunc("POST /one.myshopify.com/admin/api/2026-10/graphql.json", func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("X-Shopify-Access-Token"); got != "token-2" {
			t.Errorf("GraphQL with token %q, want the refreshed one", got)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"data":{"shop":{"name":"One"}}}`)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestOfficialClientWalksTheRoad(t *testing.T) {
	t.Parallel()
	out := Run(t, nil, "oracle.mjs", "client", "--shop", "one.myshopify.com", "--origin", fakeShop(t).URL+"/{shop}")
	got := decode[struct {
		Steps []struct {
			Name string `json:"name"`
			OK   bool   `json:"ok"`
		} `json:"steps"`
		Requests []string `json:"requests"`
	}](t, out)
	want := []string{
		"POST one.myshopify.com/admin/oauth/access_token -> 200",
		"POST one.myshopify.com/admin/oauth/access_token -> 200",
		"POST one.myshopify.com/admin/api/2026-10/graphql.json -> 200",
	}
	if diff := cmp.Diff(want, got.Requests); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if len(got.Steps) != len(want) {
		t.Errorf("%d steps, want %d", len(got.Steps), len(want))
	}
	for _, s := range got.Steps {
		if !s.OK {
			t.Errorf("%s failed", s.Name)
		}
	}
}

func TestWebhookExamplesSatisfyTheirSchema(t *testing.T) {
	t.Parallel()
	examples := decode[[]struct {
		Topic string `json:"topic"`
		Body  string `json:"body"`
	}](t, Run(t, nil, "webhooks.mjs", "examples", "orders/paid", "refunds/create"))
	if len(examples) != 2 || examples[0].Topic != "orders/paid" {
		t.Fatalf("got %d examples", len(examples))
	}
	cut := decode[map[string]json.RawMessage](t, []byte(examples[0].Body))
	id, err := json.Marshal(map[string]json.RawMessage{"id": cut["id"]})
	if err != nil {
		t.Fatal(err)
	}
	Run(t, id, "webhooks.mjs", "check", "orders/paid", "--partial")
	if got := fatal(t, id, "webhooks.mjs", "check", "orders/paid"); !strings.Contains(got, "must have required property") {
		t.Errorf("a cut payload: got %q", got)
	}
	if got := fatal(t, []byte(`{"id":"x"}`), "webhooks.mjs", "check", "orders/paid", "--partial"); !strings.Contains(got, "/id must be integer") {
		t.Errorf("an id that is text: got %q", got)
	}
}

func TestGraphQLIsJudgedByTheSchema(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, operation, scopes, want string }{
		{"good", "query A { orders(first: 1) { nodes { id } } }", "read_orders", ""},
		{"a field that is not there", "query A { orders(first: 1) { nodes { idd } } }", "read_orders", `Cannot query field "idd"`},
		{"a scope that is not granted", "query A { orders(first: 1) { nodes { id } } }", "write_discounts", "needs read_orders"},
		{"deprecated", "query A { orders(first: 1) { nodes { totalPrice } } }", "read_orders", "deprecated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "a.graphql"), []byte(c.operation), 0o600); err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				Run(t, nil, "validate-graphql.mjs", dir, "--scopes", c.scopes)
			} else if got := fatal(t, nil, "validate-graphql.mjs", dir, "--scopes", c.scopes); !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q in it", got, c.want)
			}
		})
	}
}

// A test in a module without the packages must fail, and say what to do.
func TestMissingPackagesFail(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "go.mod"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	if got := fatal(t, nil, "oracle.mjs", "samples"); !strings.Contains(got, "run scripts/setup") {
		t.Errorf("without packages: got %q", got)
	}
	t.Setenv("PATH", root)
	if got := fatal(t, nil, "oracle.mjs", "samples"); !strings.Contains(got, "no node on PATH: run scripts/setup") {
		t.Errorf("without node: got %q", got)
	}
}

// recorder is a test that remembers how it was made to fail.
type recorder struct {
	testing.TB
	failure string
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.failure = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// fatal returns the message with which Run fails, and fails itself if Run does not.
func fatal(t *testing.T, stdin []byte, script string, args ...string) string {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		Run(r, stdin, script, args...)
	}()
	<-done
	if r.failure == "" {
		t.Errorf("%s %q passed", script, args)
	}
	return r.failure
}
