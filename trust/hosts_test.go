package trust

import (
	"slices"
	"strings"
	"testing"
)

// The list is sorted, says why each host stands there, and names none twice.
func TestTheListOfCouponHosts(t *testing.T) {
	t.Parallel()
	kinds := []string{"cashback", "codes", "deals", "referrals"}
	var hosts []string
	for line := range strings.Lines(couponFile) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		host, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !slices.Contains(kinds, kind) || !strings.Contains(host, ".") || strings.HasPrefix(host, "www.") || host != strings.ToLower(host) {
			t.Errorf("%q is no host with its kind", line)
		}
		hosts = append(hosts, host)
	}
	if !slices.IsSorted(hosts) || len(couponHosts) != len(hosts) || len(hosts) < 30 {
		t.Errorf("%d hosts, of which %d differ; sorted: %v", len(hosts), len(couponHosts), slices.IsSorted(hosts))
	}
}
