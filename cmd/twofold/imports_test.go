package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport lists, for each package, which of ours its code (not its tests) may import. Source:
// docs/ARCHITECTURE.md, the map.
var mayImport = map[string][]string{
	"twofold":                  {},
	"twofold/fault":            {},
	"twofold/money":            {"fault"},
	"twofold/tenant":           {"fault"},
	"twofold/secret":           {"fault", "tenant"},
	"twofold/referral":         {"trust", "fault", "money", "tenant"},
	"twofold/trust":            {},
	"twofold/codes":            {"referral", "fault", "money", "tenant"},
	"twofold/orders":           {"referral", "trust", "fault", "tenant"},
	"twofold/people":           {"orders", "referral", "fault", "money", "tenant"},
	"twofold/campaigns":        {"orders", "referral", "fault", "money", "tenant"},
	"twofold/claims":           {"campaigns", "referral", "fault", "money", "tenant"},
	"twofold/rewards":          {"orders", "campaigns", "referral", "fault", "money", "tenant"},
	"twofold/shops":            {"orders", "campaigns", "referral", "fault", "tenant"},
	"twofold/usecases":         {"codes", "orders", "people", "campaigns", "claims", "rewards", "shops", "figures", "mail", "tenant"}, // wires them
	"twofold/text":             {"orders", "campaigns", "claims", "referral", "trust", "fault", "money"},                              // words what they return
	"twofold/reports":          {"figures", "funnel", "referral", "fault", "money", "tenant"},
	"twofold/mail":             {"text", "figures", "referral", "fault", "money", "tenant"},
	"twofold/e2e":              {}, // tests alone, which may reach for everything
	"twofold/e2e/browser":      {},
	"twofold/inbox":            {"fault", "tenant"},
	"twofold/funnel":           {"referral", "fault", "tenant"},
	"twofold/figures":          {"referral", "fault", "money", "tenant"},
	"twofold/seed":             {"figures", "funnel", "referral", "money", "tenant"},
	"twofold/extension":        {}, // tests alone
	"twofold/store":            {"codes", "figures", "funnel", "referral", "trust", "inbox", "fault", "money", "tenant", "secret"},
	"twofold/store/storetest":  {"store", "local", "referral", "money", "tenant", "secret"},
	"twofold/shopify":          {"codes", "referral", "fault", "money", "tenant"},
	"twofold/signature":        {"fault", "tenant"},
	"twofold/jobs":             {"usecases", "codes", "people", "referral", "inbox", "fault", "tenant"},
	"twofold/jobs/jobstest":    {"jobs", "usecases", "codes", "orders", "campaigns", "claims", "rewards", "store", "storefront", "shopify", "simulator", "local", "mail", "inbox", "fault", "tenant", "secret"}, // wires, as cmd does
	"twofold/webhooks":         {"inbox", "referral", "fault", "tenant"},
	"twofold/storefront":       {"campaigns", "claims", "text", "funnel", "signature", "referral", "fault", "money", "tenant"},
	"twofold/app":              {"admin", "text", "webhooks", "storefront", "shopify", "signature", "fault", "tenant"},
	"twofold/admin":            {"text", "reports", "rewards", "mail", "referral", "trust", "fault", "tenant", "money", "campaigns", "orders", "claims", "admin/chart", "figures"},
	"twofold/admin/chart":      {},
	"twofold/app/signtest":     {},
	"twofold/simulator":        {},
	"twofold/local":            {},
	"twofold/demo":             {"text", "simulator", "local", "referral", "fault", "secret", "tenant"},
	"twofold/tools/extension":  {},
	"twofold/tools/turbo":      {},
	"twofold/tools/mail":       {},
	"twofold/tools/mutate":     {},
	"twofold/tools/apptest":    {}, // tests alone
	"twofold/tools/blockstest": {}, // tests alone
	"twofold/tools/nodetest":   {"local"},
	"twofold/tools/schematest": {"local", "tools/nodetest"},

	"twofold/referral/referraltest": {"referral", "trust", "money", "tenant"},
	"twofold/trust/trusttest":       {"trust"},
}

// foreign are libraries that only some packages may know. Source: style.md, layout.
var foreign = map[string][]string{
	"github.com/gofiber/fiber":            {"app", "admin", "webhooks", "storefront", "cmd/twofold"},
	"go.mongodb.org/mongo-driver":         {"store", "store/storetest", "local", "jobs/jobstest"},
	"github.com/hibiken/asynq":            {"jobs", "jobs/jobstest"},
	"github.com/bold-commerce/go-shopify": {"shopify"},
	"github.com/chromedp/chromedp":        {},
	"github.com/dop251/goja":              {"simulator"},
	"github.com/wneessen/go-mail":         {"mail"},
	"github.com/emersion/go-smtp":         {"local"},
}

func TestImportDirections(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "twofold/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); seen++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		checkOurs(t, p.ImportPath, p.Imports)
		checkForeign(t, p.ImportPath, p.Imports)
	}
	if seen < len(mayImport) {
		t.Errorf("go list told of %d packages, want at least the %d of the map", seen, len(mayImport))
	}
}

func checkOurs(t *testing.T, path string, imports []string) {
	t.Helper()
	if path == "twofold/cmd/twofold" {
		return
	}
	allowed, known := mayImport[path]
	if !known {
		t.Errorf("%s is not in the map: give it a place in docs/ARCHITECTURE.md and here", path)
	}
	for _, i := range imports {
		if rest, ours := strings.CutPrefix(i, "twofold/"); ours && !slices.Contains(allowed, rest) {
			t.Errorf("%s imports %s, which points the wrong way", path, i)
		}
	}
	for _, one := range allowed {
		if !slices.Contains(imports, "twofold/"+one) {
			t.Errorf("%s may import %s, and does not: take it out of the map", path, one)
		}
	}
}

func checkForeign(t *testing.T, path string, imports []string) {
	t.Helper()
	for library, users := range foreign {
		for _, i := range imports {
			if strings.HasPrefix(i, library) && !slices.Contains(users, strings.TrimPrefix(path, "twofold/")) {
				t.Errorf("%s imports %s: only %v may", path, i, users)
			}
		}
	}
}
