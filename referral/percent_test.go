package referral

import (
	"fmt"
	"strings"
	"testing"

	"twofold/fault"
)

func TestParsePercent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"15": 1500, "12.5": 1250, "12.50": 1250, "12.55": 1255, "0.01": 1, "0": 0, "100": 10_000, "100.00": 10_000, "007": 700, "0.10": 10, "5.000": 500,
	} {
		if got, err := ParsePercent(text); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", ".", "15.", ".5", "-1", "+1", "1e2", "100.01", "101", "12.555", "0.001", "15%", " 15", "1,5", "１５", "99999999999999999999", strings.Repeat("9", 400),
	} {
		if got, err := ParsePercent(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %d, %v; want Invalid", text, got, err)
		}
	}
}

// What is read is written back and read again as the same.
func FuzzPercent(f *testing.F) {
	for _, seed := range []string{"15", "12.5", "0.01", "100", "100.01", "", ".", "-1", "1e2", "0000000000000000000015", "5.0000000000000000000000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		bp, err := ParsePercent(text)
		if err != nil {
			return
		}
		if bp < 0 || bp > 10_000 {
			t.Fatalf("%q is %d basis points", text, bp)
		}
		if again, err := ParsePercent(fmt.Sprintf("%d.%02d", bp/100, bp%100)); err != nil || again != bp {
			t.Errorf("%q is %d basis points, and again %d (%v)", text, bp, again, err)
		}
	})
}
