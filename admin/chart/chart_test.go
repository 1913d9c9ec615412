package chart

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// month is 30 days with something in each.
func month() Days {
	d := Days{
		Today: "Today", Title: "Revenue <and> cost", Describes: "30 days", SaysRevenue: "Revenue", SaysCost: "Cost",
		Say: func(minor int64) string { return fmt.Sprintf("$%d", minor/100) },
	}
	for i := range int64(30) {
		d.Dates = append(d.Dates, fmt.Sprintf("Nov %d", i+1))
		d.Revenue = append(d.Revenue, 20_000+i*i*100)
		d.Cost = append(d.Cost, 10_000+i*300)
		d.Before = append(d.Before, 30_000-i*100)
	}
	return d
}

func TestCharts(t *testing.T) {
	t.Parallel()
	for name, drawn := range map[string]string{
		"month-wide.svg":   string(month().Draw(Wide, "c")),
		"month-narrow.svg": string(month().Draw(Narrow, "c")),
	} {
		drawn = strings.ReplaceAll(drawn, "><", ">\n<") + "\n"
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(drawn), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), drawn); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Whatever it is given, it is well-formed, and nothing runs out of it.
func TestChartsOfFewDays(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 7, 90} {
		d := Days{Title: `"'<&`, Say: func(int64) string { return "<$>" }}
		for range n {
			d.Dates, d.Revenue, d.Cost, d.Before = append(d.Dates, "<b>"), append(d.Revenue, 0), append(d.Cost, 1<<50), append(d.Before, 3)
		}
		decoder := xml.NewDecoder(strings.NewReader(string(d.Draw(Wide, "c"))))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%d days: %v", n, err)
			}
		}
	}
}

func TestStepsAreRound(t *testing.T) {
	t.Parallel()
	for most, want := range map[int64]int64{0: 1, 1: 1, 4: 1, 5: 2, 12: 3, 13: 5, 20: 5, 21: 10, 102_000: 30_000, 120_001: 50_000} {
		if got := stepFor(most); got != want {
			t.Errorf("up to %d: steps of %d, want %d", most, got, want)
		}
	}
}
