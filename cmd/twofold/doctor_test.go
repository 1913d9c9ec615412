package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"twofold/tenant"
)

// F12: the binary brings its own zone database, so that a container without one knows the shops' months.
func TestTheBinaryHasTimeZones(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "twofold/cmd/twofold").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(strings.Fields(string(out)), "time/tzdata") {
		t.Error("time/tzdata is not linked in")
	}
}

// F12, F6: doctor says which of the shop's settings the program does not know. Only an unknown zone is to be mended.
func TestDoctorOnShopsSettings(t *testing.T) {
	t.Parallel()
	read := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		says           string
		zone, currency string
		at             time.Time
		want           []finding
	}{
		{"both known", "Pacific/Auckland", "VES", read, nil},
		{"not read yet", "", "", time.Time{}, nil},
		{"a zone that is not there", "Mars/Base", "USD", read, []finding{{
			"time zone of a.myshopify.com", `"Mars/Base" is unknown: months begin and end by UTC`,
			"bring the program's zone database up to date: a newer version of it, or one in the variable ZONEINFO",
		}}},
		{"a currency of tomorrow", "UTC", "QQQ", read, []finding{{
			what: "currency of a.myshopify.com", seen: `"QQQ" is newer than this program: its amounts have two decimals`,
		}}},
	} {
		got := examineProfile(tenant.Shop{ID: "a.myshopify.com", ProfileAt: c.at, Profile: tenant.Profile{TimeZone: c.zone, Currency: c.currency}})
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.says, got, c.want)
		}
	}
}
