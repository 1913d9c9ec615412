package trust

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// docs/TRUST.md has the table as it is, row by row, and the lines of strictness.
func TestTheTableIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/TRUST.md")
	if err != nil {
		t.Fatal(err)
	}

	last := 0
	for _, r := range Table {
		half := "–"
		if r.HalfLife > 0 {
			half = fmt.Sprintf("%d days", r.HalfLife/day)
		}
		row := fmt.Sprintf("| `%s` | %d | %d | %s | %s, %s, %s | %d | ",
			r.Name, r.Version, r.Points, half, Relaxed.Alone(r), Balanced.Alone(r), Strict.Alone(r), r.Level)
		at := strings.Index(string(page), row)
		if at <= last {
			t.Errorf("docs/TRUST.md lacks %q, or has it elsewhere", row)
		}
		last = at
	}

	for name, s := range map[string]Strictness{"relaxed": Relaxed, "balanced": Balanced, "strict": Strict} {
		refuses := "never"
		if n := thresholds[s].refuses; n > 0 {
			refuses = fmt.Sprint(n)
		}
		if row := fmt.Sprintf("| %s | %d | %s | ", name, thresholds[s].waits, refuses); !strings.Contains(string(page), row) {
			t.Errorf("docs/TRUST.md lacks %q", row)
		}
	}
}
