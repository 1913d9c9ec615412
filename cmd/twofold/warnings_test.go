package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"twofold/secret"
	"twofold/text"
)

// What production leaves open is said, and nothing of it where the parts are on this machine or locked.
func TestProductionWarnings(t *testing.T) {
	t.Parallel()
	one := secret.NewKey("a")
	for _, c := range []struct {
		says string
		set  map[string]string
		want []string // entries
	}{
		{"all on this machine", nil, nil},
		{"this machine by name, by its socket, by IPv6", map[string]string{
			"MONGODB_URI": "mongodb://localhost:27017,%2Frun%2Fmongodb.sock/?replicaSet=rs0", "REDIS_URL": "redis://[::1]:6379/0",
		}, nil},
		{"elsewhere, in the open", map[string]string{
			"MONGODB_URI": "mongodb://10.0.0.5:27017/twofold", "REDIS_URL": "redis://redis.internal:6379",
		}, []string{"mongodb_plain", "mongodb_open", "redis_plain", "redis_open"}},
		{"one of several hosts is elsewhere", map[string]string{"MONGODB_URI": "mongodb://127.0.0.1:1,db2:27017/?replicaSet=rs0"}, []string{"mongodb_plain", "mongodb_open"}},
		{"elsewhere, locked", map[string]string{
			"MONGODB_URI": "mongodb+srv://app:pw@db.example/twofold", "REDIS_URL": "rediss://:pw@redis.internal:6380",
		}, nil},
		{"TLS by option, a certificate for a login", map[string]string{"MONGODB_URI": "mongodb://db:27017/?tls=true&authMechanism=MONGODB-X509"}, nil},
		{"TLS switched off", map[string]string{"MONGODB_URI": "mongodb+srv://app:pw@db.example/?tls=false"}, []string{"mongodb_plain"}},
		{"a name without a password", map[string]string{"REDIS_URL": "rediss://app@redis.internal:6380"}, []string{"redis_open"}},
		{"a cluster with a node elsewhere", map[string]string{"REDIS_URL": "redis-cluster://:pw@127.0.0.1:6379?addr=b:6379"}, []string{"redis_plain"}},
		{"sentinels", map[string]string{"REDIS_URL": "redis-sentinel://a:26379,b:26379/mymaster"}, []string{"redis_plain", "redis_open"}},
		{"one key for both", map[string]string{"ENCRYPTION_KEYS": secret.NewKey("b") + "," + one, "HASH_KEYS": one}, []string{"one_key"}},
		{"a secret of one letter", map[string]string{"SHOPIFY_API_SECRET": strings.Repeat("a", 24)}, []string{"secret_guessable"}},
		{"an old one", map[string]string{"SHOPIFY_API_SECRET": "shpss_" + strings.Repeat("0123456789abcdef", 2) + "," + strings.Repeat("ab", 12)}, []string{"secret_guessable"}},
		{"in development", map[string]string{"TWOFOLD_ENV": development, "REDIS_URL": "redis://redis.internal:6379"}, nil},
	} {
		env := complete()
		env["SHOPIFY_API_SECRET"] = "shpss_" + strings.Repeat("0123456789abcdef", 2) // may not stand here as a whole
		maps.Copy(env, c.set)
		loaded, err := loadConfig(func(name string) (string, bool) { v, set := env[name]; return v, set })
		if err != nil || loaded.checkServe(false) != nil {
			t.Fatalf("%s: %v, %v", c.says, err, loaded.checkServe(false))
		}

		var want []string
		for _, id := range c.want {
			want = append(want, text.English.Say("operator.warning."+id))
		}
		if got := loaded.warnings(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", c.says, got, want)
		}
	}
}

// A process says them in its log as it starts, and doctor beside what it finds; neither is kept from going on.
func TestWarningsAreSaid(t *testing.T) {
	t.Parallel()
	env := complete()
	env["SHOPIFY_API_SECRET"] = strings.Repeat("a", 24)
	want := text.English.Say("operator.warning.secret_guessable")
	if out, _ := try(t, env, "doctor"); !strings.Contains(out, "warn   "+want) {
		t.Errorf("doctor does not warn:\n%s", out)
	}

	c, err := loadConfig(func(name string) (string, bool) { v, set := env[name]; return v, set })
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	(&parts{config: c, log: newLog(&logged, "warn")}).warn(t.Context())
	var line struct{ Level, Warning string }
	if err := json.Unmarshal(logged.Bytes(), &line); err != nil || line.Level != "WARN" || line.Warning != want {
		t.Errorf("logged %q (%v)", logged.String(), err)
	}
}

// The database is the one that the address names, also where it names several hosts.
func TestDatabaseOfAnAddress(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"mongodb://127.0.0.1:1/?replicaSet=rs0": "twofold", "mongodb://127.0.0.1:1": "twofold", "mongodb+srv://u:p@db.example/shop?w=1": "shop",
		"mongodb://a:27017,b:27017,c:27017/shop?replicaSet=rs0": "shop", "mongodb://u:p%40w@a:1/shop": "shop",
	} {
		if got := databaseOf(uri); got != want {
			t.Errorf("%s: %s, want %s", uri, got, want)
		}
	}
}

// A simulated Shopify runs in development alone, and for this machine alone.
func TestSimulatorIsForThisMachine(t *testing.T) {
	t.Parallel()
	env := complete()
	for _, c := range []struct{ says, environment, addr, want string }{
		{"in production", production, "127.0.0.1:0", "TWOFOLD_ENV=development"},
		{"for every machine", development, "0.0.0.0:0", "--addr"},
		{"for every machine, by IPv6", development, "[::]:0", "--addr"},
	} {
		env["TWOFOLD_ENV"] = c.environment
		ended, end := context.WithCancel(t.Context())
		end() // a simulator that starts after all stops at once, and is no error
		lookup := func(name string) (string, bool) { v, set := env[name]; return v, set }
		if err := run(ended, []string{"simulator", "--addr", c.addr}, lookup, io.Discard, io.Discard); err == nil || !strings.Contains(messages(err), c.want) {
			t.Errorf("%s: %v, want an error that names %s", c.says, err, c.want)
		}
	}
}

// The simulated time starts at a time, or the command says what one looks like.
func TestSimulatorStartsAtATime(t *testing.T) {
	t.Parallel()
	env := complete()
	env["TWOFOLD_ENV"] = development
	if _, err := try(t, env, "simulator", "--addr", "127.0.0.1:0", "--start", "yesterday"); err == nil || !strings.Contains(messages(err), "--start") {
		t.Errorf("%v, want an error that names --start", err)
	}
	if at, err := startOf("2026-11-22T12:00:00+01:00"); err != nil || at.UTC().Hour() != 11 {
		t.Errorf("%s %v", at, err)
	}
}
