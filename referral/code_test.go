package referral

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"twofold/fault"
)

func TestCodesAreReadableAndDifferent(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 5000 {
		code := randomCode()
		if len(code) != 14 || code[4] != '-' || code[9] != '-' || strings.ContainsAny(code, "01OILAEU") || strings.ToUpper(code) != code {
			t.Fatalf("code %q", code)
		}
		if seen[code] {
			t.Fatalf("drawn twice: %s", code)
		}
		seen[code] = true
	}
	if got := codeFrom(bytes.Repeat([]byte{1}, 32), 8); got != "7HHH-HWQH" {
		t.Errorf("the code of a fixed sum is %s: advocates' codes would change", got)
	}
}

// Every letter must be about as likely as any other, at every place: a bias would make codes guessable.
func TestCodesAreEven(t *testing.T) {
	t.Parallel()
	const n = 28 * 2000
	counts := make([]map[byte]int, 12)
	for i := range counts {
		counts[i] = map[byte]int{}
	}
	for range n {
		for i, c := range []byte(strings.ReplaceAll(randomCode(), "-", "")) {
			counts[i][c]++
		}
	}
	for place, letters := range counts {
		for letter, count := range letters {
			if count < 1600 || count > 2400 { // 2000 expected, standard deviation 44: 9 of them
				t.Errorf("letter %c stands %d times at place %d of %d codes", letter, count, place, n)
			}
		}
	}
}

func TestIDsSortByTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	earlier, sameTime, later := newID("clm_", at), newID("clm_", at), newID("clm_", at.Add(time.Millisecond))
	if earlier >= later || !strings.HasPrefix(earlier, "clm_") || len(earlier) != 30 || earlier == sameTime {
		t.Errorf("ids %s, %s", earlier, later)
	}
}

func TestParseRef(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]string{
		"ABCD-EFGH": "ABCD-EFGH", " abcd-efgh ": "ABCD-EFGH", "a_1": "A_1", "": "", "a b": "", "é": "", "<x>": "", "ſ": "", strings.Repeat("a", 256): "",
	} {
		got, err := ParseRef(ref)
		if got != want || (err == nil) != (want != "") || (err != nil && !fault.Is(err, fault.Invalid)) {
			t.Errorf("ParseRef(%q) = %q, %v; want %q", ref, got, err, want)
		}
	}
}

func FuzzParseRef(f *testing.F) {
	for _, seed := range []string{"ABCD-EFGH", " abcd ", "é", "ſ", "\x00", "a\nb", "%41"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		code, err := ParseRef(ref)
		if err != nil {
			return
		}
		again, err := ParseRef(code)
		if err != nil || again != code || len(code) > maxCodeBytes || strings.ContainsAny(code, " <>&\"'\n/%") {
			t.Fatalf("ParseRef(%q) = %q, again %q, %v", ref, code, again, err)
		}
	})
}
