package codes

import (
	"strings"
	"testing"
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
