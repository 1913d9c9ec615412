package secret

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"twofold/fault"
)

func keyring(t *testing.T, text string) *Keyring {
	t.Helper()
	r, err := ParseKeyring(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSealedValuesOpenOnlyWhereTheyBelong(t *testing.T) {
	old, current := NewKey("k1"), NewKey("k2")
	ring := keyring(t, current+","+old)
	sealed, err := ring.Seal("token", "a.myshopify.com", []byte("plain"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(sealed, "k2.") {
		t.Errorf("sealed with %q, want the first key", sealed[:3])
	}
	before, err := keyring(t, old).Seal("token", "a.myshopify.com", []byte("plain"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := []byte(sealed)
	flipped[len(flipped)-2] ^= 1
	for _, c := range []struct {
		says, purpose, context, sealed string
		ok                             bool
	}{
		{"where it belongs", "token", "a.myshopify.com", sealed, true},
		{"sealed before the rotation", "token", "a.myshopify.com", before, true},
		{"for another purpose", "visit", "a.myshopify.com", sealed, false},
		{"for another shop", "token", "b.myshopify.com", sealed, false},
		{"changed", "token", "a.myshopify.com", string(flipped), false},
		{"cut short", "token", "a.myshopify.com", sealed[:10], false},
		{"key id swapped", "token", "a.myshopify.com", "k1" + sealed[2:], false},
		{"unknown key", "token", "a.myshopify.com", "k9" + sealed[2:], false},
		{"empty", "token", "a.myshopify.com", "", false},
	} {
		t.Run(c.says, func(t *testing.T) {
			plain, err := ring.Open(c.purpose, c.context, c.sealed)
			if c.ok != (err == nil) || (c.ok && !bytes.Equal(plain, []byte("plain"))) {
				t.Fatalf("Open = %q, %v", plain, err)
			}
			if !c.ok && !fault.Is(err, fault.Invalid) {
				t.Fatalf("error %v, want Invalid", err)
			}
		})
	}
}

func TestKeysMustBeKeys(t *testing.T) {
	good := NewKey("k1")
	for says, text := range map[string]string{
		"empty": "", "no id": strings.TrimPrefix(good, "k1:"), "twice": good + "," + good, "short": "k1:AAAA", "zeros": "k1:" + strings.Repeat("A", 43) + "=",
		"not base64": "k1:" + strings.Repeat("!", 44), "id in upper case": "K1" + good[2:],
	} {
		if _, err := ParseKeyring(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: error %v, want Invalid", says, err)
		}
		if _, err := ParseHasher(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: hasher's error %v, want Invalid", says, err)
		}
	}
}

func TestHashesAreKeptApart(t *testing.T) {
	old, current := NewKey("h1"), NewKey("h2")
	h, err := ParseHasher(current + "," + old)
	if err != nil {
		t.Fatal(err)
	}
	before, err := ParseHasher(old)
	if err != nil {
		t.Fatal(err)
	}
	written := h.Hash("a.myshopify.com", "browser", "x")
	if all := h.Hashes("a.myshopify.com", "browser", "x"); all[0] != written || !slices.Contains(all, before.Hash("a.myshopify.com", "browser", "x")) {
		t.Errorf("looked up %v, want the written one first and the old key's among them", all)
	}
	seen := map[string]bool{written: true}
	for _, other := range []string{
		h.Hash("b.myshopify.com", "browser", "x"), h.Hash("a.myshopify.com", "email", "x"), h.Hash("a.myshopify.com", "browser", "y"),
		h.Hash("a.myshopify.com", "browserx", ""), h.Hash("a.myshopify.combrowser", "", "x"),
	} {
		if seen[other] {
			t.Error("two different identifiers have one hash")
		}
		seen[other] = true
	}
	if !bytes.Equal(h.Sum("a.myshopify.com", "k", "v"), h.Sum("a.myshopify.com", "k", "v")) {
		t.Error("the same identifier has two hashes")
	}
}
