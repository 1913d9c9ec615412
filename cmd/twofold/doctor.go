package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"twofold/codes"
	"twofold/fault"
	"twofold/store"
	"twofold/tenant"
	"twofold/text"
)

// finding is one thing that doctor looked at. mend is "" when all is well.
type finding struct {
	what string
	seen string
	mend string
}

func (p *program) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Check configuration, MongoDB, Redis, scopes and clock; say what is wrong and how to mend it", Args: cobra.NoArgs,
		Long: "Check configuration, MongoDB (replica set, version, schema, indexes), Redis, the shops' tokens and scopes, and the clock. Exit 1 if anything is wrong.",
		RunE: func(cmd *cobra.Command, _ []string) error { return p.runDoctor(cmd.Context()) },
	}
}

func (p *program) runDoctor(ctx context.Context) error {
	c, err := loadConfig(p.lookup)
	if err != nil {
		return err
	}
	wrong := 0
	for f := range p.examine(ctx, c) {
		mark := "ok   "
		if f.mend != "" {
			mark = "WRONG"
			wrong++
		}
		fmt.Fprintf(p.out, "%s  %s: %s\n", mark, f.what, f.seen)
		if f.mend != "" {
			fmt.Fprintf(p.out, "       %s\n", f.mend)
		}
	}
	if wrong > 0 {
		return fault.Newf(fault.Invalid, "%d thing(s) to mend", wrong)
	}
	return nil
}

// examine yields findings one by one, so that the first ones show while the next are sought.
func (p *program) examine(ctx context.Context, c config) func(func(finding) bool) {
	return func(yield func(finding) bool) {
		if err := c.checkServe(false); err != nil {
			for line := range strings.SplitSeq(messages(err), "\n") {
				if !yield(finding{"configuration", line, "set the variable; docs/OPERATIONS.md lists them"}) {
					return
				}
			}
			return
		}
		if !yield(finding{what: "configuration", seen: "complete, TWOFOLD_ENV=" + c.Env}) {
			return
		}
		for _, f := range c.choices() {
			if !yield(f) {
				return
			}
		}
		built := &parts{config: c, log: newLog(p.logTo, "error"), clock: &clock{}}
		defer func() { _ = built.close() }() // doctor's findings are what counts
		if err := built.openKeys(ctx); err != nil {
			yield(finding{"keys", fault.MessageOf(err), "`twofold keys` makes new ones"})
			return
		}
		mongo := examineMongo(ctx, built)
		for _, f := range append(mongo, examineRedis(ctx, built)) {
			if !yield(f) {
				return
			}
		}
		if built.store == nil || built.redis == nil || slices.ContainsFunc(mongo, func(f finding) bool { return f.mend != "" }) {
			return
		}
		for _, f := range examineShops(ctx, built) {
			if !yield(f) {
				return
			}
		}
	}
}

// choices are the settings that depend on what Shopify granted or does, in words.
func (c config) choices() []finding {
	data := "no names, e-mail addresses, phone numbers or addresses are asked for"
	if c.level2() {
		data = "e-mail addresses are asked for, and kept as keyed hashes"
	}
	scope := "each code's usage is limited by Shopify"
	if codes.UsageScope(c.UsageScope) == codes.UsagePerDiscount {
		scope = "discounts have no usage limit, and a used code is deleted when its order is seen"
	}
	return []finding{
		{what: "protected data", seen: fmt.Sprintf("level %s (PROTECTED_DATA_LEVEL): %s", c.ProtectedData, data)},
		{what: "usage limits", seen: fmt.Sprintf("by %s (USAGE_SCOPE): %s", c.UsageScope, scope)},
	}
}

func examineMongo(ctx context.Context, built *parts) []finding {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	unreachable := "check MONGODB_URI, the network and the credentials; is there a primary?"
	if err := built.openMongo(ctx); err != nil {
		return []finding{{"mongodb", fault.MessageOf(err), unreachable}}
	}
	info, err := built.store.Info(ctx)
	if err != nil {
		return []finding{{"mongodb", fault.MessageOf(err), unreachable}}
	}
	found := append(mongoFindings(info), schemaFinding(ctx, built.store))
	for _, problem := range info.Problems {
		found = append(found, finding{"indexes", text.English.Error(problem), "run `twofold migrate`"})
	}
	return found
}

func mongoFindings(info store.Info) []finding {
	version := finding{what: "mongodb", seen: "version " + info.Version}
	if info.Major < 6 {
		version.mend = "6.0 or newer is needed"
	}
	set := finding{what: "mongodb", seen: "replica set " + info.ReplicaSet}
	switch {
	case info.Sharded:
		set.seen = "sharded cluster"
	case info.ReplicaSet == "":
		set.seen, set.mend = "a single server", "start it with --replSet and run rs.initiate(): transactions and majority writes need a replica set"
	}
	return []finding{version, set}
}

func schemaFinding(ctx context.Context, s *store.Store) finding {
	if err := s.SchemaCurrent(ctx); err != nil {
		return finding{"schema", fault.MessageOf(err), "run `twofold migrate`"}
	}
	return finding{what: "schema", seen: "current"}
}

func examineRedis(ctx context.Context, built *parts) finding {
	mend := "check REDIS_URL and the network"
	if err := built.openRedis(ctx); err != nil {
		return finding{"redis", fault.MessageOf(err), mend}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	version, err := redisVersion(ctx, built.redis)
	if err != nil {
		return finding{"redis", "does not answer", mend}
	}
	var major, minor int
	if n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor); n == 2 && (major < 6 || (major == 6 && minor < 2)) {
		return finding{"redis", "version " + version, "6.2 or newer is needed"}
	}
	return finding{what: "redis", seen: "version " + version}
}

func redisVersion(ctx context.Context, client redis.UniversalClient) (string, error) {
	info, err := client.Info(ctx, "server").Result()
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(info) {
		if version, found := strings.CutPrefix(strings.TrimSpace(line), "redis_version:"); found {
			return version, nil
		}
	}
	return "unknown", nil
}

// skewLimit is how far our clock may be off. Source: design section 7.
const skewLimit = 30 * time.Second

// doctorShops is how many shops are asked, so that doctor ends within a minute.
const doctorShops = 10

func examineShops(ctx context.Context, built *parts) []finding {
	built.metrics = prometheus.NewRegistry() // nobody reads it
	if err := errors.Join(built.learnClock(ctx), built.openGateway(ctx)); err != nil {
		return []finding{{"shopify", fault.MessageOf(err), "check SHOPIFY_API_KEY, SHOPIFY_API_SECRET and SHOPIFY_ORIGIN"}}
	}
	scopes, err := neededScopes()
	if err != nil {
		return []finding{{"scopes", err.Error(), "build the program from an unchanged checkout"}}
	}
	shops, err := built.store.ListShops(ctx)
	if err != nil {
		return []finding{{"shops", fault.MessageOf(err), "check MongoDB"}}
	}
	installed := slices.DeleteFunc(shops, func(s tenant.Shop) bool { return s.Status == tenant.Uninstalled })
	found := []finding{{what: "shops", seen: fmt.Sprintf("%d installed, %d of them asked", len(installed), min(len(installed), doctorShops))}}
	for _, shop := range installed[:min(len(installed), doctorShops)] {
		found = append(found, examineShop(ctx, built, shop, scopes))
	}
	if skew, known := built.gateway.Skew(); known {
		f := finding{what: "clock", seen: fmt.Sprintf("%s off Shopify's", skew.Round(time.Second))}
		if skew.Abs() > skewLimit {
			f.mend = "set this machine's clock by NTP: signatures and tokens depend on it"
		}
		found = append(found, f)
	}
	return found
}

func examineShop(ctx context.Context, built *parts, shop tenant.Shop, needed []string) finding {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	name := "shop " + string(shop.ID)
	if err := built.gateway.Ping(ctx, shop.ID); err != nil {
		return finding{name, fault.MessageOf(err), "the merchant has to open the app once, if its token is refused"}
	}
	var missing []string
	for _, scope := range needed {
		if !slices.Contains(shop.Profile.Scopes, scope) {
			missing = append(missing, scope)
		}
	}
	if len(missing) > 0 {
		return finding{name, "scopes missing: " + strings.Join(missing, ", "), "the merchant has to open the app and approve them"}
	}
	return finding{what: name, seen: "token works, scopes granted"}
}
