package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"twofold/fault"
)

// TestOperatorsCommands plays the story up to Dave's flagged order, and then does by command what the admin pages will do.
func TestOperatorsCommands(t *testing.T) {
	t.Parallel()
	quiet := &teller{out: &bytes.Buffer{}, began: time.Now()}
	stage, err := (&program{lookup: func(string) (string, bool) { return "", false }, out: quiet.out, logTo: quiet.out}).setStage(t.Context(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stage.close(); err != nil {
			t.Error(err)
		}
	}()
	s := &story{stage: stage, teller: quiet, root: stage.sim.URL() + "/" + string(demoShop), people: map[string]*shopper{}, orders: map[string]order{}}
	for _, play := range []func() error{
		func() error { return s.install(t.Context()) }, func() error { return s.goLive(t.Context()) }, func() error { return s.share(t.Context()) },
		func() error { return s.claim(t.Context()) }, func() error { return s.buy(t.Context()) }, func() error { return s.dave(t.Context()) },
	} {
		if err := play(); err != nil {
			t.Fatal(err)
		}
	}
	c := stage.parts.config
	env := map[string]string{
		"TWOFOLD_ENV": development, "APP_URL": "http://127.0.0.1", "SHOPIFY_API_KEY": c.APIKey, "SHOPIFY_API_SECRET": c.APISecret, "SHOPIFY_ORIGIN": c.Origin,
		"MONGODB_URI": c.MongoURI, "REDIS_URL": "redis://" + stage.parts.redis.(*redis.Client).Options().Addr + "/0",
		"ENCRYPTION_KEYS": c.EncryptionKeys, "HASH_KEYS": c.HashKeys, "LOG_LEVEL": "error",
	}
	shop := "--shop=" + string(demoShop)
	bobs, daves := s.orders["bob"].Name, s.orders["dave"].Name
	for _, one := range []struct {
		says string
		args []string
		want []string // all of these are printed
	}{
		{"campaigns with their pools", []string{"campaign", "list", shop}, []string{"cmp_first", "live", "498, 500"}},
		{"live already", []string{"campaign", "live", "cmp_first", shop}, []string{"cmp_first v1 is live"}},
		{"referrals, newest first", []string{"referral", "list", shop}, []string{bobs, "pending", daves, "flagged", "same_browser"}},
		{"a pending order", []string{"explain", bobs, shop}, []string{"Outcome: pending", "won: the claim's own code", "The hold ends"}},
		{"a flagged order", []string{"explain", strings.TrimPrefix(daves, "#"), shop}, []string{"Outcome: flagged", "holds   other_browser"}},
		{"the ledger", []string{"export", shop}, []string{`"side":"friend","kind":"redeemed","amount":"20.00","currency":"USD"`}},
		{"the advocates", []string{"export", shop, "--kind=advocates"}, []string{`{"customer":"gid://shopify/Customer/`}},
		{"nothing before the shop was there", []string{"export", shop, "--kind=referrals", "--as-of=2020-01-01T00:00:00Z"}, nil},
		{"approve", []string{"referral", "approve", daves, shop}, []string{daves + ": pending"}},
		{"reject", []string{"referral", "reject", daves, shop}, []string{daves + ": voided", "the merchant rejected it"}},
		{"link", []string{"referral", "link", daves, "--advocate=" + s.people["alice"].code, shop}, []string{daves + ": voided"}},
		{"pause", []string{"campaign", "pause", "cmp_first", shop}, []string{"cmp_first v1 is paused"}},
		{"resume", []string{"campaign", "live", "cmp_first", shop}, []string{"cmp_first v1 is live"}},
		{"end", []string{"campaign", "end", "cmp_first", shop}, []string{"cmp_first v1 is ended"}},
		{"ended already", []string{"campaign", "end", "cmp_first", shop}, []string{"cmp_first v1 is ended"}},
		{"schema", []string{"migrate"}, []string{"schema is current"}},
	} {
		out, err := try(t, env, one.args...)
		if err != nil {
			t.Errorf("%s: %v", one.says, err)
		}
		for _, text := range one.want {
			if !strings.Contains(out, text) {
				t.Errorf("%s: %q is not in\n%s", one.says, text, out)
			}
		}
		if one.want == nil && out != "" {
			t.Errorf("%s: printed\n%s", one.says, out)
		}
	}
	if _, err := try(t, env, "campaign", "live", "cmp_first", shop); !fault.Is(err, fault.Conflict) {
		t.Errorf("an ended campaign went live again: %v", err)
	}
	if err := s.people["bob"].claim(t.Context(), s.people["alice"].code); err == nil {
		t.Error("an ended campaign was claimed")
	}
	checkDoctor(t, env)
	checkExplainStoresNothing(t, s, env, shop)
}

func checkDoctor(t *testing.T, env map[string]string) {
	t.Helper()
	out, err := try(t, env, "doctor")
	// The embedded Redis does not tell its version; everything else is well.
	if wrong := strings.Count(out, "WRONG"); wrong > 1 || (wrong == 1 && !strings.Contains(out, "WRONG  redis")) || !strings.Contains(out, "token works, scopes granted") && wrong == 0 {
		t.Errorf("doctor: %v\n%s", err, out)
	}
	broken := map[string]string{}
	for name, value := range env {
		broken[name] = value
	}
	broken["ENCRYPTION_KEYS"], broken["SHOPIFY_API_KEY"] = "", ""
	out, err = try(t, broken, "doctor")
	if !fault.Is(err, fault.Invalid) || !strings.Contains(out, "ENCRYPTION_KEYS") || !strings.Contains(out, "SHOPIFY_API_KEY") {
		t.Errorf("doctor on a broken configuration: %v\n%s", err, out)
	}
}

// checkExplainStoresNothing asks about an order that nobody nominated, and compares all that the shop has before and after.
func checkExplainStoresNothing(t *testing.T, s *story, env map[string]string, shop string) {
	t.Helper()
	eve, err := s.newShopper(t.Context(), "eve", false)
	if err != nil {
		t.Fatal(err)
	}
	placed, err := eve.buy(t.Context(), 70)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.drained(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, err := s.export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id, err := json.Marshal(placed.ID)
	if err != nil {
		t.Fatal(err)
	}
	out, err := try(t, env, "explain", string(id), shop)
	if err != nil || !strings.Contains(out, "It was never nominated") || !strings.Contains(out, "nothing ties the order to an advocate") {
		t.Errorf("explain: %v\n%s", err, out)
	}
	if _, err := s.stage.parts.store.FindOrder(t.Context(), demoShop, placed.GID); !fault.Is(err, fault.NotFound) {
		t.Errorf("asking about an order stored it: %v", err)
	}
	after, err := s.export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("asking changed something: -before +after\n%s", diff)
	}
}
