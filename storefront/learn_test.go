package storefront_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"twofold/fault"
	"twofold/store/storetest"
	"twofold/storefront"
	"twofold/tenant"
)

// pupil counts what the domain is told of the proxy's path, and does not always keep it.
type pupil struct {
	storefront.Shown
	told  []string
	fails bool
}

func (p *pupil) LearnProxy(ctx context.Context, shop tenant.ShopID, path string) error {
	p.told = append(p.told, path)
	if p.fails {
		return fault.New(fault.Unavailable, "not_ready")
	}
	return p.Shown.LearnProxy(ctx, shop, path)
}

// The path that Shopify signs is kept when it is another than before; a request that Shopify has not signed, or that
// names the path twice, teaches nothing; and no request fails by it.
func TestTheProxysPathIsLearnedFromWhatIsSigned(t *testing.T) {
	t.Parallel()
	p := &pupil{}
	s := open(t, func(c *storefront.Config) {
		p.Shown = c.Shown
		c.Shown = p
	})
	at := func(path string) call { return get("offer", url.Values{"ref": {"ALICE-9"}, "path_prefix": {path}}) }
	kept := func() string {
		t.Helper()
		found, err := s.store.FindShop(storetest.Context(t), demo)
		if err != nil {
			t.Fatal(err)
		}
		return found.Proxy
	}
	forged := at("/apps/evil")
	forged.query = strings.Replace(signer.ProxyQuery(string(demo), "", forged.params), "signature=", "signature=0", 1)
	twice := at("/apps/evil")
	twice.query = signer.ProxyQuery(string(demo), "", url.Values{"path_prefix": {"/apps/friends", "/apps/evil"}})
	added := at("/apps/evil")
	added.query = signer.ProxyQuery(string(demo), "", nil) + "&path_prefix=/apps/evil"

	for _, step := range []struct {
		says   string
		call   call
		fails  bool
		status int
		told   int // how often the domain was told by now
		kept   string
	}{
		{"the first request", at("/apps/friends"), false, 200, 1, "/apps/friends"},
		{"the same again", at("/apps/friends"), false, 200, 1, "/apps/friends"},
		{"the merchant has changed it", at("/tools/gifts"), false, 200, 2, "/tools/gifts"},
		{"forged", forged, false, 401, 2, "/tools/gifts"},
		{"named twice", twice, false, 401, 2, "/tools/gifts"},
		{"added to what is signed", added, false, 401, 2, "/tools/gifts"},
		{"it cannot be kept", at("/a/b"), true, 200, 3, "/tools/gifts"},
		{"the next one brings it again", at("/a/b"), false, 200, 4, "/a/b"},
		{"back again", at("/apps/friends"), false, 200, 5, "/apps/friends"},
		{"no path that a page could ask", at("//evil.example"), false, 200, 6, "/apps/friends"},
	} {
		p.fails = step.fails
		if a := s.do(t, step.call); a.status != step.status {
			t.Errorf("%s: status %d: %s", step.says, a.status, a.body)
		}
		if len(p.told) != step.told || kept() != step.kept {
			t.Errorf("%s: told %q, kept %q; want %d and %q", step.says, p.told, kept(), step.told, step.kept)
		}
	}
	if slices.Contains(p.told, "/apps/evil") {
		t.Errorf("told %q", p.told)
	}
}
