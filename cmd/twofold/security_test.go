package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"twofold/local"
)

// securityChecks are the ids of `shopify app security check`. Source: shopify.dev, App security checks, 2026-10.
var securityChecks = strings.Fields(`
	EOL_API_VERSION MISSING_COMPLIANCE_WEBHOOKS INSECURE_WEBHOOK_URL COMMITTED_SECRET KNOWN_CVE_IN_DEPENDENCY EXPIRING_OFFLINE_TOKEN
	SCOPE_OVER_REQUEST DEPRECATED_SCRIPT_TAG_SCOPE MISSING_SRI EXTERNAL_CDN_DEPENDENCY UNSAFE_INNERHTML LIQUID_UNSAFE_RENDER
	THEME_EXTENSION_XSS TEXT_SETTING_HTML_SMUGGLING RUNTIME_CONFIG_SCRIPT_EXECUTION APP_PROXY_LIQUID_INJECTION
	APP_PROXY_UNVERIFIED_SIGNATURE CREDENTIAL_LOG_LEAKAGE CREDENTIAL_BROWSER_LEAKAGE METAFIELD_OFFLINE_TOKEN MISSING_EMBEDDED_CSP
	STATIC_FRAME_ANCESTORS WEAK_SHOP_VALIDATION MISSING_TENANT_ISOLATION OPEN_REDIRECT UNAUTHENTICATED_ENDPOINT
	REQUEST_CONTROLLED_ADMIN_CONTEXT REQUEST_DERIVED_SHOP_SCOPE UNSCOPED_SHOP_CONFIG_WRITE OVERBROAD_DATA_ACCESS SSRF_REQUEST_FORGERY
	CSRF_MISSING_PROTECTION MISSING_AUTHORIZATION_CHECK SCRIPT_TAG_URL_INJECTION`)

// docs/SECURITY.md has each check, with tests that there are, or a reason.
func TestSecurityChecksAreShown(t *testing.T) {
	t.Parallel()
	page := string(readTracked(t, "docs/SECURITY.md"))
	tests := testNames(t)
	row := regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| (.+) \\| (.+) \\|$")
	named := regexp.MustCompile("`(Test[A-Za-z0-9]+)`")

	var ids []string
	for _, cells := range row.FindAllStringSubmatch(page, -1) {
		ids = append(ids, cells[1])
		shown := named.FindAllStringSubmatch(cells[3], -1)
		if len(shown) == 0 && !strings.HasPrefix(cells[3], "no test: ") {
			t.Errorf("%s is shown by nothing, and has no reason", cells[1])
		}
		for _, name := range shown {
			if !tests[name[1]] {
				t.Errorf("%s: there is no %s", cells[1], name[1])
			}
		}
	}
	if !slices.Equal(ids, securityChecks) {
		t.Errorf("the page has %v,\nwant %v", ids, securityChecks)
	}
}

// No file of the project has a credential's form.
func TestNoSecretIsCommitted(t *testing.T) {
	t.Parallel()
	secret := regexp.MustCompile(`shp(at|ca|pa|rt|ss)_[0-9a-fA-F]{32}|-----BEGIN [A-Z ]*PRIVATE ` + `KEY-----|AKIA[0-9A-Z]{16}`)
	for _, bad := range []string{"shpat_" + strings.Repeat("0f", 16), "-----BEGIN RSA PRIVATE " + "KEY-----"} {
		if !secret.MatchString(bad) {
			t.Fatalf("%q is not seen", bad)
		}
	}
	for _, name := range tracked(t) {
		if found := secret.Find(readTracked(t, name)); found != nil {
			t.Errorf("%s has %.12q…", name, found)
		}
	}
}

// tracked are the files of the checkout that git knows.
func tracked(t *testing.T) []string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "git", "ls-files", "-z")
	list.Dir = local.ModuleRoot()
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func readTracked(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(local.ModuleRoot(), filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// testNames are the tests of all packages.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	all := map[string]bool{}
	for _, name := range tracked(t) {
		if !strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, found := range declared.FindAllSubmatch(readTracked(t, name), -1) {
			all[string(found[1])] = true
		}
	}
	return all
}
