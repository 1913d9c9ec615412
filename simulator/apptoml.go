package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// appConfig is what the simulator needs from shopify.app.toml.
type appConfig struct {
	name           string
	handle         string
	address        string   // application_url: what extensions were built with
	scopes         []string // granted at install
	optionalScopes []string
	subscriptions  []subscription
	proxy          proxyConfig
}

// subscription is one topic of one [[webhooks.subscriptions]] entry.
type subscription struct {
	topic         string
	uri           string   // relative or absolute
	name          string   // sent as X-Shopify-Name
	includeFields []string // nil sends the whole body; paths with dots
}

// proxyConfig is [app_proxy]; an empty url means the app has no proxy.
type proxyConfig struct{ url, prefix, subpath string }

// path is the proxy's place in the shop, such as /apps/friends.
func (p proxyConfig) path() string { return "/" + p.prefix + "/" + p.subpath }

// tomlFile mirrors the keys of shopify.app.toml that are read. Source: shopify.dev, app configuration.
type tomlFile struct {
	Name         string `toml:"name"`
	Handle       string `toml:"handle"`
	Address      string `toml:"application_url"`
	AccessScopes struct {
		Scopes         string   `toml:"scopes"`
		OptionalScopes []string `toml:"optional_scopes"`
	} `toml:"access_scopes"`
	Webhooks struct {
		Subscriptions []struct {
			Topics           []string `toml:"topics"`
			ComplianceTopics []string `toml:"compliance_topics"`
			URI              string   `toml:"uri"`
			Name             string   `toml:"name"`
			IncludeFields    []string `toml:"include_fields"`
			Filter           string   `toml:"filter"`
		} `toml:"subscriptions"`
	} `toml:"webhooks"`
	AppProxy struct {
		URL     string `toml:"url"`
		Prefix  string `toml:"prefix"`
		Subpath string `toml:"subpath"`
	} `toml:"app_proxy"`
}

// parseAppTOML reads shopify.app.toml. Errors: no TOML, no scopes, a subscription without uri or topic or with a
// filter, a proxy prefix Shopify does not have.
func parseAppTOML(raw []byte) (*appConfig, error) {
	var f tomlFile
	if err := toml.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("simulator: shopify.app.toml: %w", err)
	}

	app := &appConfig{
		name: f.Name, handle: f.Handle, address: strings.TrimSuffix(f.Address, "/"),
		scopes: splitScopes(f.AccessScopes.Scopes), optionalScopes: f.AccessScopes.OptionalScopes,
		proxy: proxyConfig{url: f.AppProxy.URL, prefix: f.AppProxy.Prefix, subpath: f.AppProxy.Subpath},
	}

	if len(app.scopes) == 0 {
		return nil, errors.New("simulator: shopify.app.toml has no access_scopes.scopes")
	}
	if app.proxy.url != "" && !slices.Contains([]string{"a", "apps", "community", "tools"}, app.proxy.prefix) {
		return nil, fmt.Errorf("simulator: app_proxy.prefix %q is not one of Shopify's", app.proxy.prefix)
	}

	for _, sub := range f.Webhooks.Subscriptions {
		topics := append(slices.Clone(sub.Topics), sub.ComplianceTopics...)
		if sub.URI == "" || len(topics) == 0 {
			return nil, errors.New("simulator: a webhook subscription needs a uri and topics")
		}
		if sub.Filter != "" {
			return nil, fmt.Errorf("simulator: the filter of the subscription to %v is not simulated", topics)
		}
		for _, t := range topics {
			app.subscriptions = append(app.subscriptions,
				subscription{topic: t, uri: sub.URI, name: sub.Name, includeFields: sub.IncludeFields})
		}
	}
	return app, nil
}

func splitScopes(s string) []string {
	var out []string
	for _, v := range strings.Split(s, ",") {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// hasScope tells whether the granted scopes allow what needed asks for: write_x includes read_x.
// Source: shopify.dev, access scopes.
func hasScope(granted []string, needed string) bool {
	if slices.Contains(granted, needed) {
		return true
	}
	rest, reading := strings.CutPrefix(needed, "read_")
	return reading && slices.Contains(granted, "write_"+rest)
}
