package webhooks_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"

	"twofold"
	"twofold/jobs"
	"twofold/referral"
	"twofold/shopify"
	"twofold/webhooks"
)

// appTOML is what these tests read of shopify.app.toml. Source: shopify.dev, app configuration, 2026-10.
type appTOML struct {
	Name                 string   `toml:"name"`
	ApplicationURL       string   `toml:"application_url"`
	Embedded             bool     `toml:"embedded"`
	ExtensionDirectories []string `toml:"extension_directories"`
	AccessScopes         struct {
		Scopes           string   `toml:"scopes"`
		OptionalScopes   []string `toml:"optional_scopes"`
		UseLegacyInstall bool     `toml:"use_legacy_install_flow"`
	} `toml:"access_scopes"`
	Auth struct {
		RedirectURLs []string `toml:"redirect_urls"`
	} `toml:"auth"`
	Webhooks struct {
		APIVersion    string         `toml:"api_version"`
		Subscriptions []subscription `toml:"subscriptions"`
	} `toml:"webhooks"`
	AppProxy struct {
		URL     string `toml:"url"`
		Prefix  string `toml:"prefix"`
		Subpath string `toml:"subpath"`
	} `toml:"app_proxy"`
}

type subscription struct {
	Name             string   `toml:"name"`
	Topics           []string `toml:"topics"`
	ComplianceTopics []string `toml:"compliance_topics"`
	URI              string   `toml:"uri"`
	Filter           string   `toml:"filter"`
	IncludeFields    []string `toml:"include_fields"`
}

func readTOML(t *testing.T) appTOML {
	t.Helper()
	var f appTOML
	if err := toml.Unmarshal(twofold.AppTOML, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTOMLSubscribesToWhatIsHandled(t *testing.T) {
	t.Parallel()
	f := readTOML(t)
	var all, compliance []string
	seen := map[[3]string]bool{}
	for _, s := range f.Webhooks.Subscriptions {
		if s.URI != "/webhooks" {
			t.Errorf("%s goes to %q, want /webhooks", s.Name, s.URI)
		}
		if s.Filter != "" {
			t.Errorf("%s has a filter: a mistake in it means no deliveries at all, without an error", s.Name)
		}
		for _, topic := range slices.Concat(s.Topics, s.ComplianceTopics) {
			if key := [3]string{topic, s.URI, s.Filter}; seen[key] {
				t.Errorf("%s is subscribed twice", topic)
			} else {
				seen[key] = true
			}
			all = append(all, topic)
		}
		compliance = append(compliance, s.ComplianceTopics...)
	}
	slices.Sort(all)
	slices.Sort(compliance)
	if diff := cmp.Diff(webhooks.Topics(), all); diff != "" {
		t.Errorf("topics of webhooks and of the TOML (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(webhooks.Topics(), jobs.Topics()); diff != "" {
		t.Errorf("topics of webhooks and of jobs (-want +got):\n%s", diff)
	}
	if want := []string{"customers/data_request", "customers/redact", "shop/redact"}; !slices.Equal(compliance, want) {
		t.Errorf("compliance topics %v, want %v", compliance, want)
	}
	if f.Webhooks.APIVersion != shopify.APIVersion {
		t.Errorf("api_version %s, the code speaks %s", f.Webhooks.APIVersion, shopify.APIVersion)
	}
}

// Every field that is read must be sent, and nothing personal may be.
func TestIncludeFieldsHoldWhatIsRead(t *testing.T) {
	t.Parallel()
	personal := regexp.MustCompile(`email|phone|name\b|address|browser|client_details|\bcustomer\z`)
	for _, s := range readTOML(t).Webhooks.Subscriptions {
		for _, topic := range s.Topics {
			for _, field := range webhooks.Fields(topic) {
				if !included(field, s.IncludeFields) {
					t.Errorf("%s: %s is read, but cut away", topic, field)
				}
			}
		}
		for _, field := range s.IncludeFields {
			if personal.MatchString(field) {
				t.Errorf("%s: %s may carry personal data", s.Name, field)
			}
		}
		if len(s.IncludeFields) == 0 && len(s.Topics) > 0 {
			t.Errorf("%s sends whole bodies", s.Name)
		}
	}
}

// included tells whether a path or one above it is sent.
func included(path string, fields []string) bool {
	for {
		if slices.Contains(fields, path) {
			return true
		}
		i := strings.LastIndexByte(path, '.')
		if i < 0 {
			return false
		}
		path = path[:i]
	}
}

func TestTOMLIsWhatReviewWants(t *testing.T) {
	t.Parallel()
	f := readTOML(t)
	if want := "read_customers,read_orders,write_app_proxy,write_discounts"; f.AccessScopes.Scopes != want || len(f.AccessScopes.OptionalScopes) > 0 {
		t.Errorf("scopes %q and %v, want %q", f.AccessScopes.Scopes, f.AccessScopes.OptionalScopes, want)
	}
	if f.AccessScopes.UseLegacyInstall || !f.Embedded {
		t.Error("the app must be embedded and installed by Shopify")
	}
	if len(f.Auth.RedirectURLs) != 1 || f.Auth.RedirectURLs[0] != f.ApplicationURL+"/auth/callback" {
		t.Errorf("redirect_urls %v", f.Auth.RedirectURLs)
	}
	for _, address := range append(f.Auth.RedirectURLs, f.ApplicationURL) {
		if u, err := url.Parse(address); err != nil || u.Scheme != "https" || strings.Contains(address, "*") {
			t.Errorf("%s is not HTTPS", address)
		}
	}
	if p := f.AppProxy; p.URL != "/proxy" || "/"+p.Prefix+"/"+p.Subpath != referral.DefaultProxy {
		t.Errorf("app_proxy %+v, the widgets look for it under %s", p, referral.DefaultProxy)
	}
	if !slices.Equal(f.ExtensionDirectories, []string{"extension/*"}) || len(f.Name) > 30 || f.Name == "" {
		t.Errorf("extension_directories %v, name %q", f.ExtensionDirectories, f.Name)
	}
}
