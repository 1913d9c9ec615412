package referral

import (
	"bytes"
	"strings"
	"testing"

	"twofold/fault"
)

func TestTheCodeOfAFixedSum(t *testing.T) {
	t.Parallel()
	if got := CodeFrom(bytes.Repeat([]byte{1}, 32), 8); got != "7HHH-HWQH" {
		t.Errorf("the code of a fixed sum is %s: advocates' codes would change", got)
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
