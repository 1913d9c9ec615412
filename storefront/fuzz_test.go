package storefront

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/secret"
)

func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{"ref":"ALICE-9","browser_id":"919108f7-52d1-4320-9bac-f847db4148a8","visit_id":"k.x"}`, `{}`, `null`, `[]`, `{"ref":5}`, `{"ref":"é"}`, `{"REF":"a"}`,
		`{"browser_id":"919108f7-52d1-4320-9bac-f847db4148a8x"}`, `{"ref":"a","ref":"b"}`, `{"ref":"a","browser":"919108f7-52d1-4320-9bac-f847db4148a8","visit":"k.x","claim":"clm_1"}`,
		`{"ref":"ALICE-9","email":"bob@example.com","switch":true}`, `{"ref":"a","email":""}`, `{"ref":"a","email":"a@b@c"}`, `{"ref":"a","email":null}`,
		`{"ref":"a","email":["x@y"]}`, `{"ref":"a","email":"` + strings.Repeat("x", 252) + `@y"}`, `{"ref":"a","email":"` + strings.Repeat("x", 253) + `@y"}`,
		`{"ref":"a","switch":"true"}`, `{"ref":"a","switch":1}`, `{"ref":"a","switch":null}`, "{\"ref\":\"\xff\"}", ` {"ref":"a"} {`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := parseLink(raw)
		if err != nil {
			return
		}
		if b.Browser != "" && !browserPattern.MatchString(b.Browser) {
			t.Errorf("browser id %q", b.Browser)
		}
		if b.Email != "" && (len(b.Email) > maxEmailBytes || strings.Count(b.Email, "@") != 1) {
			t.Errorf("e-mail address %q", b.Email)
		}
		if again, err := referral.ParseRef(b.Ref); err != nil || again != b.Ref {
			t.Errorf("ref %q, again %q, %v", b.Ref, again, err)
		}
	})
}

func FuzzVisitID(f *testing.F) {
	ring, err := secret.ParseKeyring(secret.NewKey("k1"))
	if err != nil {
		f.Fatal(err)
	}
	visit := referral.Visit{Shop: "a.myshopify.com", Campaign: referral.CampaignKey{ID: "cmp_1", Version: 2}, Advocate: "adv_1", At: time.UnixMilli(1795305600123).UTC()}
	ids := Visits{ring}
	right, err := ids.Seal(visit)
	if err != nil {
		f.Fatal(err)
	}
	if got := ids.OpenVisit(visit.Shop, right); got == nil || *got != visit {
		f.Fatalf("opened %+v, want %+v", got, visit)
	}
	if got := ids.OpenVisit("b.myshopify.com", right); got != nil {
		f.Fatalf("another shop opened %+v", got)
	}
	for _, seed := range []string{"", ".", "k1.", "k1.AAAA", right + "A", "k2" + right[2:], strings.Repeat("A", 2000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if got := ids.OpenVisit(visit.Shop, id); got != nil && *got != visit {
			t.Errorf("%q opened as %+v", id, got)
		}
	})
}

func FuzzForwardedFor(f *testing.F) {
	for _, seed := range []string{
		"203.0.113.7", "198.51.100.1, 203.0.113.7", "203.0.113.7:443", "[2001:db8::1]:443", "2001:db8::1", "::ffff:203.0.113.7", "fe80::1%eth0",
		"", ",", "unknown", "203.0.113.7, ", "[[::1]]", strings.Repeat("1,", 1000),
	} {
		f.Add(seed, 0)
		f.Add(seed, 1)
	}
	f.Fuzz(func(t *testing.T, header string, hops int) {
		network, ok := networkOf(header, max(0, hops%4))
		if !ok {
			return
		}
		prefix, err := netip.ParsePrefix(network)
		if err != nil || prefix != prefix.Masked() || (prefix.Bits() != networkBits4 && prefix.Bits() != networkBits6) || prefix.Addr().Is4In6() {
			t.Errorf("%q is network %q (%v)", header, network, err)
		}
	})
}

// What our own hops appended is left out; what the shopper sent never counts.
func TestNetworkOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		says, header string
		hops         int
		want         string
	}{
		{"one address", "203.0.113.7", 0, "203.0.113.0/24"},
		{"the rightmost counts", "198.51.100.1,203.0.113.7", 0, "203.0.113.0/24"},
		{"one hop of ours", "198.51.100.1, 203.0.113.7, 10.0.0.1", 1, "203.0.113.0/24"},
		{"IPv6", "2001:db8:1:2fff::1", 0, "2001:db8:1:2f00::/56"},
		{"IPv4 in IPv6", "::ffff:203.0.113.7", 0, "203.0.113.0/24"},
		{"a zone is no part of a network", "fe80::1%eth0", 0, "fe80::/56"},
		{"fewer hops than there should be", "203.0.113.7", 1, ""},
		{"nothing", "", 0, ""},
		{"something else", "unknown", 0, ""},
		{"nothing at the end", "203.0.113.7,", 0, ""},
	} {
		if got, ok := networkOf(tc.header, tc.hops); got != tc.want || ok != (tc.want != "") {
			t.Errorf("%s: %q, %v; want %q", tc.says, got, ok, tc.want)
		}
	}
}

func TestLimitsAreChecked(t *testing.T) {
	t.Parallel()
	for _, wrong := range []Limit{{0, 1}, {1, 0}, {-1, 1}} {
		if err := (Limits{ClassReads: wrong}).validate(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v, want Invalid", wrong, err)
		}
	}
	if err := (Limits{ClassReads: {1, 1}}).validate(); err != nil {
		t.Errorf("one a minute: %v", err)
	}
}
