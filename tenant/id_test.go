package tenant_test

import (
	"strings"
	"testing"
	"time"

	"twofold/tenant"
)

func TestIDsSortByTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	earlier, sameTime, later := tenant.NewID("clm_", at), tenant.NewID("clm_", at), tenant.NewID("clm_", at.Add(time.Millisecond))
	if earlier >= later || !strings.HasPrefix(earlier, "clm_") || len(earlier) != 30 || earlier == sameTime {
		t.Errorf("ids %s, %s", earlier, later)
	}
}
