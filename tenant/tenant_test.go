package tenant

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

func TestParseShop(t *testing.T) {
	for text, want := range map[string]ShopID{
		"demo.myshopify.com":                       "demo.myshopify.com",
		"DEMO.myshopify.com":                       "demo.myshopify.com",
		"a-1.myshopify.com":                        "a-1.myshopify.com",
		"1.myshopify.com":                          "1.myshopify.com",
		"":                                         "",
		"myshopify.com":                            "",
		".myshopify.com":                           "",
		"-x.myshopify.com":                         "",
		"a_b.myshopify.com":                        "",
		"x.y.myshopify.com":                        "",
		"x.myshopify.com/":                         "",
		"x.myshopify.com\n":                        "",
		"x.myshopify.com.evil.com":                 "",
		"evil.com/x.myshopify.com":                 "",
		"x.myshopify.com@evil.com":                 "",
		"https://x.myshopify.com":                  "",
		"x myshopify.com":                          "",
		"ſhop.myshopify.com":                       "", // long s lower-cases to itself, but upper-cases to S
		strings.Repeat("a", 64) + ".myshopify.com": "",
	} {
		got, err := ParseShop(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("ParseShop(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestSecretNeverPrints(t *testing.T) {
	s := Secret("hunter2")
	asJSON, err := json.Marshal(map[string]any{"token": s})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", s, "tokens", Tokens{Access: s})
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %q %s", s, Tokens{Access: s}, Tokens{Access: s}, s, s), string(asJSON), log.String()} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("printed: %s", text)
		}
	}
}

func FuzzParseShop(f *testing.F) {
	for _, seed := range []string{"demo.myshopify.com", "DEMO.myshopify.com", "x.myshopify.com\n", "a..myshopify.com", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		shop, err := ParseShop(text)
		if err != nil {
			return
		}
		again, err := ParseShop(string(shop))
		if err != nil || again != shop || !strings.HasSuffix(string(shop), ".myshopify.com") || strings.ContainsAny(string(shop), "/@\n ?#") {
			t.Fatalf("ParseShop(%q) = %q, again %q, %v", text, shop, again, err)
		}
	})
}

func TestEmptySecretsAreNotUsable(t *testing.T) {
	for says, c := range map[string]struct{ given, want []Secret }{
		"none": {nil, nil}, "only empty ones": {[]Secret{"", ""}, nil}, "the order stays": {[]Secret{"", "new", "", "old"}, []Secret{"new", "old"}},
	} {
		if got := Usable(c.given); !slices.Equal(got, c.want) {
			t.Errorf("%s: %d usable, want %d in order", says, len(got), len(c.want))
		}
	}
}
