package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"twofold/fault"
	"twofold/secret"
)

// try runs the program with the given variables and returns what it printed and how it ended.
func try(t *testing.T, env map[string]string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), args, func(name string) (string, bool) { v, set := env[name]; return v, set }, &out, &out)
	return out.String(), err
}

func TestEveryCommandPrintsHelp(t *testing.T) {
	t.Parallel()
	out, err := try(t, nil, "--help")
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"serve", "work", "all", "migrate", "demo", "simulator", "export", "doctor", "campaign", "referral", "explain", "keys", "seed"} {
		if !strings.Contains(out, "\n  "+command+" ") {
			t.Errorf("help does not list %s", command)
		}
		text, err := try(t, nil, command, "--help")
		if err != nil || !strings.Contains(text, "Usage:") {
			t.Errorf("%s --help: %v\n%s", command, err, text)
		}
	}
}

// Whatever acts says in its help how to undo it, or that it cannot be undone.
func TestActsSayHowToUndoThem(t *testing.T) {
	t.Parallel()
	root := newRoot(nil, nil, nil)
	looks := []string{"list", "show"} // and these change nothing
	for _, name := range []string{"campaign", "referral"} {
		command, _, err := root.Find([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		for _, act := range command.Commands() {
			if says := strings.Contains(act.Long, "undo") || strings.Contains(act.Long, "can be left alone"); !says && !slices.Contains(looks, act.Name()) {
				t.Errorf("%s %s does not say how to undo it: %s", command.Name(), act.Name(), act.Long)
			}
		}
	}
}

func TestBadCommandLinesAreErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says string
		args []string
		want string
	}{
		{"unknown command", []string{"frobnicate"}, "frobnicate"},
		{"unknown flag", []string{"serve", "--fast"}, "--fast"},
		{"unknown flag of a fixed command", []string{"demo", "--twice"}, "--twice"},
		{"an argument too many", []string{"migrate", "now"}, "now"},
		{"a flag that is needed", []string{"export"}, "shop"},
		{"a kind that does not exist", []string{"export", "--shop", "a.myshopify.com", "--kind", "money"}, "money"},
		{"a time that is none", []string{"export", "--shop", "a.myshopify.com", "--as-of", "yesterday"}, "yesterday"},
		{"a shop that is none", []string{"explain", "1001", "--shop", "evil.com"}, "evil.com"},
		{"nothing to edit", []string{"campaign", "edit", "cmp_1", "--shop", "a.myshopify.com"}, "at least one term"},
		{"no limit", []string{"campaign", "limits", "cmp_1", "--shop", "a.myshopify.com"}, "month-cap"},
		{"a cap that is no number", []string{"campaign", "limits", "cmp_1", "--month-cap=many", "--shop", "a.myshopify.com"}, "month-cap"},
		{"a campaign without a name", []string{"campaign", "create", "--shop", "a.myshopify.com"}, "arg"},
		{"a side that is none", []string{"referral", "reissue", "1001", "--side=both", "--shop", "a.myshopify.com"}, "both"},
		{"an order without its customer", []string{"referral", "attach", "1001", "--shop", "a.myshopify.com"}, "arg"},
		{"an advocate is needed", []string{"referral", "link", "1001", "--shop", "a.myshopify.com"}, "advocate"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			_, err := try(t, nil, c.args...)
			if err == nil || !strings.Contains(messages(err), c.want) {
				t.Errorf("error %v, want one that names %q", err, c.want)
			}
		})
	}
}

func TestMessagesOfErrors(t *testing.T) {
	t.Parallel()
	weak := fault.With(fault.Invalid, "not_a_number", fault.Values{"given": `"two"`})
	for _, c := range []struct {
		says string
		err  error
		want string
	}{
		{"its sentence", fault.New(fault.Invalid, "log_level"), "LOG_LEVEL must be debug, info, warn or error."},
		{"its sentence, not its cause", fault.Wrap(fault.Invalid, errors.New("cause"), "log_level"), "LOG_LEVEL must be debug, info, warn or error."},
		{"a sentence within another", wrongFlag("hold-days", weak), `--hold-days: "two" is not a whole number.`},
		{"one thing, and two", fault.With(fault.Invalid, "to_mend", fault.Values{"count": 1}), "1 thing is to be mended."},
		{"a line each", errors.Join(fault.New(fault.Invalid, "log_level"), fault.New(fault.NotFound, "campaign_unknown")),
			"LOG_LEVEL must be debug, info, warn or error.\nThere is no such campaign."},
		{"causes where there is no code", fmt.Errorf("store: %w", fault.ForLog(fault.Invalid, "not an id")), "store: invalid: not an id"},
		{"both where it is out of reach", fault.Wrap(fault.Unavailable, errors.New("throttled"), "codes_refused"),
			"Shopify took none of the discount codes. (unavailable: codes_refused: throttled)"},
		{"causes of what is broken", fault.Wrap(fault.Internal, errors.New("overflow"), "log_level"), "internal: log_level: overflow"},
		{"causes of what is not ours", errors.New("unknown flag"), "unknown flag"},
	} {
		if got := messages(c.err); got != c.want {
			t.Errorf("%s: %q, want %q", c.says, got, c.want)
		}
	}
}

// An address that somebody else has is told in words, with the cause.
func TestAnAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()

	address, env := taken.Addr().String(), complete()
	env["TWOFOLD_ENV"] = "development"
	_, err = try(t, env, "simulator", "--addr", address)
	if err == nil || !strings.HasPrefix(messages(err), "Twofold cannot listen on "+address+", as --addr says. (") {
		t.Errorf("error %v", err)
	}
}

// Where no database is configured and there is no mongod, it is said how to get one. The environment is the
// process's, so this test runs alone.
func TestNoMongod(t *testing.T) {
	nowhere := t.TempDir()
	t.Setenv("PATH", nowhere)
	t.Setenv("MONGOD", "")
	t.Setenv("HOME", nowhere)
	t.Setenv("XDG_CACHE_HOME", nowhere)
	t.Chdir(nowhere)

	env := complete()
	env["TWOFOLD_ENV"] = development
	delete(env, "MONGODB_URI")
	_, err := try(t, env, "all")
	if err == nil || !strings.HasPrefix(messages(err), "There is no mongod to start:") || strings.Contains(messages(err), "local:") {
		t.Errorf("error %v", err)
	}
}

func TestVersionTellsTheCommit(t *testing.T) {
	t.Parallel()
	out, err := try(t, nil, "--version")
	if err != nil || !strings.Contains(out, version()) || version() == "" {
		t.Errorf("printed %q, %v", out, err)
	}
}

// complete is a production environment with nothing wrong.
func complete() map[string]string {
	return map[string]string{
		"APP_URL": "https://app.example.com", "SHOPIFY_API_KEY": "client", "SHOPIFY_API_SECRET": strings.Repeat("s3cr3t", 5),
		"MONGODB_URI": "mongodb://127.0.0.1:1/?replicaSet=rs0", "REDIS_URL": "redis://127.0.0.1:1/0",
		"ENCRYPTION_KEYS": secret.NewKey("k1"), "HASH_KEYS": secret.NewKey("h1"),
	}
}

func TestProductionStartsOnlyWithEverythingInPlace(t *testing.T) {
	t.Parallel()
	lookup := func(env map[string]string) func(string) (string, bool) {
		return func(name string) (string, bool) { v, set := env[name]; return v, set }
	}
	c, err := loadConfig(lookup(complete()))
	if err != nil || c.checkServe(true) != nil {
		t.Fatalf("a complete configuration is refused: %v, %v", err, c.checkServe(true))
	}
	for _, one := range []struct{ says, name, value string }{
		{"no origin", "APP_URL", ""}, {"plain http", "APP_URL", "http://app.example.com"}, {"a path", "APP_URL", "https://app.example.com/x"},
		{"a login in the origin", "APP_URL", "https://user:pw@app.example.com"},
		{"no client id", "SHOPIFY_API_KEY", ""}, {"no secret", "SHOPIFY_API_SECRET", ""}, {"a weak secret", "SHOPIFY_API_SECRET", "short"},
		{"a weak old secret", "SHOPIFY_API_SECRET", strings.Repeat("s3cr3t", 5) + ",old"}, {"the simulator", "SHOPIFY_ORIGIN", "http://127.0.0.1:9400/{shop}"},
		{"no MongoDB, though embedded parts were asked for", "MONGODB_URI", ""}, {"no Redis", "REDIS_URL", ""},
		{"no keys", "ENCRYPTION_KEYS", ""}, {"weak keys", "ENCRYPTION_KEYS", "k1:" + strings.Repeat("A", 43) + "="}, {"no hash keys", "HASH_KEYS", ""},
		{"public metrics", "METRICS_ADDR", "0.0.0.0:9090"}, {"an unknown level", "LOG_LEVEL", "loud"},
		{"a port of no mail server", "MAIL_PORT", "0"}, {"mails from nobody", "MAIL_FROM", "Twofold"},
		{"a key of no mail events", "MAIL_EVENTS_KEY", "secret"},
		{"a level of protected data that is none", "PROTECTED_DATA_LEVEL", "3"}, {"a word for it", "PROTECTED_DATA_LEVEL", "two"},
		{"a scope that is none", "USAGE_SCOPE", "order"},
	} {
		t.Run(one.says, func(t *testing.T) {
			t.Parallel()
			env := complete()
			env[one.name] = one.value
			_, err := try(t, env, "all")
			if err == nil || !strings.Contains(messages(err), one.name) {
				t.Fatalf("error %v, want one that names %s", err, one.name)
			}
			for name, value := range env {
				said := messages(err) + err.Error()
				if len(value) > 8 && name != "APP_URL" && name != "SHOPIFY_ORIGIN" && strings.Contains(said, value) {
					t.Errorf("the message shows the value of %s", name)
				}
			}
		})
	}
	t.Run("a command of development", func(t *testing.T) {
		t.Parallel()
		if _, err := try(t, complete(), "seed", "--shop=demo.myshopify.com"); err == nil || !strings.Contains(messages(err), "for development only") {
			t.Errorf("seeding in production: %v", err)
		}
	})
	t.Run("a word that is neither", func(t *testing.T) {
		t.Parallel()
		env := complete()
		env["TWOFOLD_ENV"] = "staging"
		if _, err := try(t, env, "all"); err == nil || !strings.Contains(messages(err), "TWOFOLD_ENV") {
			t.Errorf("error %v", err)
		}
	})
}

func TestKeysAreAccepted(t *testing.T) {
	t.Parallel()
	out, err := try(t, nil, "keys")
	if err != nil {
		t.Fatal(err)
	}
	env := complete()
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		env[name] = value
	}
	c, err := loadConfig(func(name string) (string, bool) { v, set := env[name]; return v, set })
	if err != nil || c.checkServe(false) != nil {
		t.Errorf("printed keys are refused: %v %v", err, c.checkServe(false))
	}
}

func TestRedisAddresses(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"redis://127.0.0.1:6379/0": true, "rediss://:pw@r.example:6380": true, "redis-sentinel://:pw@a:26379,b:26379/mymaster": true,
		"rediss-sentinel://a:26379/mymaster": true, "redis-cluster://a:6379?addr=b:6379": true, "redis-sentinel://a:26379": false, "http://a": false, "": false,
		"redis://%zz": false,
	} {
		client, err := dialRedis(address)
		if (err == nil) != ok {
			t.Errorf("%q: error %v", address, err)
		}
		if client != nil {
			_ = client.Close() // nothing was sent
		}
	}
}

// Every command and every flag has its help in package text, and every help there belongs to a command.
func TestHelpIsOfCommands(t *testing.T) {
	t.Parallel()
	expected := map[string]bool{} // entries that a command or a flag has use for

	var walk func(cmd *cobra.Command, id string)
	walk = func(cmd *cobra.Command, id string) {
		if cmd.Short == "" {
			t.Errorf("%s.short is missing", id)
		}
		for _, part := range []string{"short", "long", "example"} {
			expected[id+"."+part] = true
		}

		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			if flag.Usage == "" {
				t.Errorf("%s.flag.%s is missing", id, flag.Name)
			}
			expected[id+".flag."+flag.Name] = true
			expected["operator.flag."+flag.Name] = true
		})
		for _, sub := range cmd.Commands() {
			walk(sub, id+"."+sub.Name())
		}
	}
	walk(newRoot(nil, nil, nil), "operator.command")

	for _, name := range placeholders {
		expected["operator.argument."+name] = true
	}
	for _, id := range helpEntries(t) {
		if !expected[id] {
			t.Errorf("%s is of no command, flag or argument", id)
		}
	}
}

// helpEntries lists the entries of the English catalogue for commands, flags and arguments.
func helpEntries(t *testing.T) []string {
	t.Helper()
	var catalogue struct {
		Operator map[string]any `toml:"operator"`
	}
	if _, err := toml.DecodeFile("../../text/en.toml", &catalogue); err != nil {
		t.Fatal(err)
	}

	var ids []string
	var list func(id string, value any)
	list = func(id string, value any) {
		table, ok := value.(map[string]any)
		if !ok {
			ids = append(ids, id)
			return
		}
		for name, inside := range table {
			list(id+"."+name, inside)
		}
	}
	for _, name := range []string{"command", "flag", "argument"} {
		list("operator."+name, catalogue.Operator[name])
	}
	return ids
}
