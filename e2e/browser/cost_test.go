package browser

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"twofold/local"
)

// cost says that the measurement's table is to be written into docs/PERFORMANCE.md.
var cost = flag.Bool("cost", false, "write the table of BenchmarkStorefrontCost into docs/PERFORMANCE.md")

// BenchmarkStorefrontCost measures what the widgets cost a heavy page of a shop: b.N pairs of Lighthouse runs, without
// them and with them, in turns. It asks for tools/lighthouse, which scripts/setup lighthouse installs.
func BenchmarkStorefrontCost(b *testing.B) {
	if b.N == 1 && !*cost {
		b.Log("one pair says little: -benchtime 21x")
	}
	with, without := liveShop(b), liveShop(b)
	without.theme(theme{"embed": false, "blocks": []any{}}) // the other has every block in its place
	front := heavy(b)
	pages := []string{front + "/" + string(without.domain) + "/", front + "/" + string(with.domain) + "/"}

	b.ResetTimer()
	runs := lighthouse(b, b.N, pages[0], pages[1])
	b.StopTimer()
	noLongTask(b, with)
	table := costTable(runs) + longTasks(b, runs)
	b.Logf("\n%s", table)
	if *cost && b.N > 1 {
		if err := writeBetween(filepath.Join(local.ModuleRoot(), "docs", "PERFORMANCE.md"), "storefront-cost", table); err != nil {
			b.Fatal(err)
		}
	}
}

// longTasks tells in how many runs a task of ours was long on Lighthouse's slow telephone. What else the machine does makes some so; in
// every fourth run it would be ours to mend.
func longTasks(t testing.TB, runs []run) string {
	t.Helper()
	n, longest := 0, 0.0
	for _, r := range runs {
		took := 0.0
		for _, task := range r.Long {
			if strings.Contains(task.URL, widgetScript) {
				took = max(took, task.MS)
			}
		}
		if took > 0 {
			n++
		}
		longest = max(longest, took)
	}
	pairs := len(runs) / 2
	if n > pairs/4 {
		t.Errorf("in %d of %d runs a task of ours was long, up to %.0f ms", n, pairs, longest)
	}
	if n == 0 {
		return "\nIn no run was a task of ours 50 ms or longer.\n"
	}
	return fmt.Sprintf("\nIn %d of %d runs a task of ours was 50 ms or longer on the slow telephone that Lighthouse plays; the longest took %.0f ms.\n", n, pairs, longest)
}

// noLongTask opens a friend's link, and looks for scripts of ours that hold the page up for 50 ms or more.
func noLongTask(t testing.TB, s *shop) {
	t.Helper()
	tab := openTab(t, phone)
	tab.open(s.root + "/?ref=" + s.advocate("alice@example.com"))
	tab.until("the card", func() (bool, error) { return tab.said("friends-card") != "", nil })
	tab.rests()
	for _, slow := range tab.watched().Slow {
		if strings.Contains(slow.Source, widgetScript) {
			t.Errorf("%s of ours took %.0f ms", slow.By, slow.MS)
		}
	}
}

// widgetScript is in the address of every script of ours.
const widgetScript = "/friends"

// heavy serves the shops' pages and files as Shopify's network would, compressed and at once, whatever time it took to
// make them; and each page carries what a heavy theme does: a Lighthouse score of 100 hides everything that is added to
// it.
func heavy(t testing.TB) (origin string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /heavy/{ms}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprintf(w, "for (const end = performance.now() + %s; performance.now() < end;);\n//%s\n", r.PathValue("ms"), strings.Repeat("x", 60<<10))
	})
	var mu sync.Mutex
	kept := map[string]keptPage{}
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		page, found := kept[r.URL.RequestURI()]
		if !found {
			var err error
			if page, err = keepPage(r.Context(), house.shopify+r.URL.RequestURI()); err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
			kept[r.URL.RequestURI()] = page
		}
		maps.Copy(w.Header(), page.header)
		w.WriteHeader(page.status)
		_, _ = w.Write(page.body) // a browser that has gone cannot be told
	})
	front := httptest.NewServer(mux)
	t.Cleanup(front.Close)
	return front.URL
}

// keptPage is an answer of the shop's, compressed where it is text.
type keptPage struct {
	status int
	header http.Header
	body   []byte
}

func keepPage(ctx context.Context, address string) (keptPage, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return keptPage{}, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return keptPage{}, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return keptPage{}, err
	}

	kind := res.Header.Get("Content-Type")
	page := keptPage{res.StatusCode, http.Header{"Content-Type": {kind}, "Cache-Control": {"no-store"}}, body}
	if strings.HasPrefix(kind, "text/html") {
		page.body = bytes.Replace(body, []byte("</head>"), []byte(heavyHead+"</head>"), 1)
	}
	if !strings.HasPrefix(kind, "text/") && !strings.Contains(kind, "javascript") && !strings.Contains(kind, "json") {
		return page, nil
	}
	var small bytes.Buffer
	w := gzip.NewWriter(&small)
	_, err = w.Write(page.body)
	page.header.Set("Content-Encoding", "gzip")
	err = errors.Join(err, w.Close())
	page.body = small.Bytes()
	return page, err
}

// heavyHead are six scripts as apps and themes bring them: one that blocks, five that are deferred, 60 KB and some work
// each.
const heavyHead = `<script src="/heavy/30"></script><script src="/heavy/40" defer></script><script src="/heavy/45" defer></script>` +
	`<script src="/heavy/35" defer></script><script src="/heavy/25" defer></script><script src="/heavy/20" defer></script>`

// run is one of Lighthouse's.
type run struct {
	Pair  int     `json:"pair"`
	With  bool    `json:"with"`
	Score float64 `json:"score"`
	FCP   float64 `json:"fcp_ms"`
	LCP   float64 `json:"lcp_ms"`
	TBT   float64 `json:"tbt_ms"`
	SI    float64 `json:"si_ms"`
	CLS   float64 `json:"cls"`
	Bytes float64 `json:"bytes"`
	Long  []struct {
		URL string  `json:"url"`
		MS  float64 `json:"ms"`
	} `json:"long"`
}

// lighthouse runs tools/lighthouse/pairs.mjs with the Node beside it.
func lighthouse(t testing.TB, pairs int, without, with string) []run {
	t.Helper()
	folder := filepath.Join(local.ModuleRoot(), "tools", "lighthouse")
	chrome, err := findChrome()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(folder, "node_modules", ".bin", "node"), filepath.Join(folder, "pairs.mjs"), "--pairs", strconv.Itoa(pairs), without, with)
	cmd.Env = append(os.Environ(), "CHROME_PATH="+chrome)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run scripts/setup lighthouse, if that has not been done: %v\n%s", err, errs.Bytes())
	}

	var runs []run
	for line := range bytes.Lines(out) {
		var r run
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		runs = append(runs, r)
	}
	if len(runs) != 2*pairs {
		t.Fatalf("%d runs of %d pairs", len(runs), pairs)
	}
	return runs
}

// costTable is the measurement as a table: medians without and with, and the median of the pairs' differences with its
// interval.
func costTable(runs []run) string {
	var b strings.Builder
	pairs := len(runs) / 2
	low, high, sure := interval(pairs)
	fmt.Fprintf(&b, "%d pairs, %s. The interval holds the median difference with %.1f %%.\n\n", pairs, time.Now().UTC().Format(time.DateOnly), 100*sure)
	b.WriteString("| | without | with | difference (median) | interval |\n| --- | --- | --- | --- | --- |\n")
	for _, m := range []struct {
		name, format string
		of           func(run) float64
	}{
		{"score", "%.0f", func(r run) float64 { return r.Score }},
		{"first contentful paint, ms", "%.0f", func(r run) float64 { return r.FCP }},
		{"largest contentful paint, ms", "%.0f", func(r run) float64 { return r.LCP }},
		{"total blocking time, ms", "%.0f", func(r run) float64 { return r.TBT }},
		{"speed index, ms", "%.0f", func(r run) float64 { return r.SI }},
		{"layout shift", "%.3f", func(r run) float64 { return r.CLS }},
		{"bytes", "%.0f", func(r run) float64 { return r.Bytes }},
	} {
		without, with := make([]float64, pairs), make([]float64, pairs)
		for _, r := range runs {
			if r.With {
				with[r.Pair-1] = m.of(r)
			} else {
				without[r.Pair-1] = m.of(r)
			}
		}
		differ := make([]float64, pairs)
		for i := range differ {
			differ[i] = with[i] - without[i]
		}
		slices.Sort(differ)
		cell := func(v float64) string { return fmt.Sprintf(m.format, v) }
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s to %s |\n", m.name, cell(median(without)), cell(median(with)),
			cell(median(differ)), cell(differ[low]), cell(differ[high]))
	}
	return b.String()
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// interval says which of n sorted values bound their median, counted from 0, and with which probability they do: at
// least 95 % where n allows that. It assumes nothing of how the values are spread. Source: the sign test's binomial
// distribution.
func interval(n int) (low, high int, sure float64) {
	outside := math.Pow(0.5, float64(n)) // that all values lie on one side
	term := outside
	for k := 1; k < n/2; k++ {
		term *= float64(n-k+1) / float64(k)
		if 2*(outside+term) > 0.05 {
			break
		}
		outside += term
		low = k
	}
	return low, n - 1 - low, 1 - 2*outside
}

func TestIntervalOfTheMedian(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n, low, high int
		sure         float64
	}{
		{21, 5, 15, 0.973}, // the 6th and the 16th, as tables of the sign test have them
		{6, 0, 5, 0.969},   // the least number with which all values will do
		{2, 0, 1, 0.5},
	} {
		low, high, sure := interval(c.n)
		if low != c.low || high != c.high || math.Abs(sure-c.sure) > 0.0005 {
			t.Errorf("of %d: %d to %d with %.4f, want %d to %d with %.3f", c.n, low, high, sure, c.low, c.high, c.sure)
		}
	}
}

// writeBetween replaces what stands in a file between the comments of that name.
func writeBetween(file, name, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->"
	before, rest, found := strings.Cut(string(old), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s has no place for %s", file, name)
	}
	return os.WriteFile(file, []byte(before+begin+text+end+after), 0o644)
}
