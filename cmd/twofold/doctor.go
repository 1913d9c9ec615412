package main

import (
	"cmp"
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
	"twofold/money"
	"twofold/store"
	"twofold/tenant"
	"twofold/text"
)

// finding is one thing that doctor looked at, in words. mend is "" when all is well.
type finding struct {
	what string
	seen string
	mend string
}

// well is a finding with nothing to mend: the names of what was looked at and of what was seen.
func well(what, seen string, values ...text.With) finding {
	return finding{what: looked(what), seen: saw(seen, values...)}
}

// wrong is a finding with something to mend. What was seen is in words already.
func wrong(what, seen, mend string) finding {
	return finding{looked(what), seen, text.English.Say("operator.doctor.mend." + mend)}
}

// looked words what was looked at.
func looked(what string, values ...text.With) string {
	return text.English.Say("operator.doctor.what."+what, values...)
}

// saw words what was seen.
func saw(seen string, values ...text.With) string {
	return text.English.Say("operator.doctor.seen."+seen, values...)
}

func (p *program) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.runDoctor(cmd.Context()) },
	}
}

func (p *program) runDoctor(ctx context.Context) error {
	c, err := loadBeside(p.lookup)
	if err != nil {
		return err
	}

	toMend := 0
	for f := range p.examine(ctx, c) {
		id := "operator.doctor.ok"
		if f.mend != "" {
			id = "operator.doctor.wrong"
			toMend++
		}
		p.say(id, text.With{"what": f.what, "seen": f.seen, "mend": f.mend})
	}

	for _, warning := range c.warnings() {
		p.say("operator.doctor.warning", text.With{"warning": warning})
	}
	if toMend > 0 {
		return fault.With(fault.Invalid, "to_mend", fault.Values{"count": toMend})
	}
	return nil
}

// examine yields findings one by one, so that the first ones show while the next are sought.
func (p *program) examine(ctx context.Context, c config) func(func(finding) bool) {
	return func(yield func(finding) bool) {
		if err := c.checkServe(false); err != nil {
			for line := range strings.SplitSeq(messages(err), "\n") {
				if !yield(wrong("configuration", line, "variables")) {
					return
				}
			}
			return
		}

		if !yield(well("configuration", "complete", text.With{"environment": c.Env})) {
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
			yield(wrong("keys", messages(err), "keys"))
			return
		}

		mongo := examineMongo(ctx, built)
		for _, f := range append(mongo, examineRedis(ctx, built)) {
			if !yield(f) {
				return
			}
		}

		isWrong := func(f finding) bool { return f.mend != "" }
		if built.store == nil || built.redis == nil || slices.ContainsFunc(mongo, isWrong) {
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
	level := "level_1"
	if c.level2() {
		level = "level_2"
	}

	scope := "by_code"
	if codes.UsageScope(c.UsageScope) == codes.UsagePerDiscount {
		scope = "by_discount"
	}
	return []finding{well("protected_data", level), well("usage_limits", scope)}
}

func examineMongo(ctx context.Context, built *parts) []finding {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()

	if err := built.openMongo(ctx); err != nil {
		return []finding{wrong("mongodb", messages(err), "mongodb")}
	}

	info, err := built.store.Info(ctx)
	if err != nil {
		return []finding{wrong("mongodb", messages(err), "mongodb")}
	}

	found := append(mongoFindings(info), schemaFinding(ctx, built.store))
	for _, problem := range info.Problems {
		found = append(found, wrong("indexes", text.English.Error(problem), "migrate"))
	}
	return found
}

func mongoFindings(info store.Info) []finding {
	version := well("mongodb", "version", text.With{"version": info.Version})
	if info.Major < 6 {
		version = wrong("mongodb", version.seen, "mongodb_version")
	}

	set := well("mongodb", "replica_set", text.With{"name": info.ReplicaSet})
	switch {
	case info.Sharded:
		set = well("mongodb", "sharded")
	case info.ReplicaSet == "":
		set = wrong("mongodb", saw("single"), "single")
	}
	return []finding{version, set}
}

func schemaFinding(ctx context.Context, s *store.Store) finding {
	if err := s.SchemaCurrent(ctx); err != nil {
		return wrong("schema", messages(err), "migrate")
	}
	return well("schema", "current")
}

func examineRedis(ctx context.Context, built *parts) finding {
	if err := built.openRedis(ctx); err != nil {
		return wrong("redis", messages(err), "redis")
	}

	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	version, err := redisVersion(ctx, built.redis)
	if err != nil {
		return wrong("redis", saw("silent"), "redis")
	}
	if version == "" {
		return well("redis", "unknown_version")
	}

	seen := well("redis", "version", text.With{"version": version})
	var major, minor int
	if n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor); n == 2 && (major < 6 || (major == 6 && minor < 2)) {
		return wrong("redis", seen.seen, "redis_version")
	}
	return seen
}

// redisVersion asks a server for its version; "": it does not tell.
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
	return "", nil
}

// skewLimit is how far our clock may be off. Source: design section 7.
const skewLimit = 30 * time.Second

// doctorShops is how many shops are asked, so that doctor ends within a minute.
const doctorShops = 10

func examineShops(ctx context.Context, built *parts) []finding {
	built.metrics = prometheus.NewRegistry() // nobody reads it
	if err := errors.Join(built.learnClock(ctx), built.openGateway(ctx), built.openService(ctx)); err != nil {
		return []finding{wrong("shopify", messages(err), "shopify")}
	}
	scopes, err := neededScopes()
	if err != nil {
		return []finding{wrong("scopes", messages(err), "checkout")}
	}
	shops, err := built.store.ListShops(ctx)
	if err != nil {
		return []finding{wrong("shops", messages(err), "shops")}
	}

	installed := slices.DeleteFunc(shops, func(s tenant.Shop) bool { return s.Status == tenant.Uninstalled })
	asked := installed[:min(len(installed), doctorShops)]
	found := []finding{well("shops", "shops", text.With{"installed": len(installed), "asked": len(asked)})}
	for _, shop := range asked {
		found = append(found, examineShop(ctx, built, shop, scopes))
		found = append(found, examineProfile(shop)...)
		if shop.Status == tenant.Installed && !shop.ProfileAt.IsZero() {
			found = append(found, examineShown(ctx, built, shop.ID))
			found = append(found, examineOrders(ctx, built, shop))
		}
	}

	if skew, known := built.gateway.Skew(); known {
		f := well("clock", "skew", text.With{"skew": skew.Round(time.Second).String()})
		if skew.Abs() > skewLimit {
			f = wrong("clock", f.seen, "clock")
		}
		found = append(found, f)
	}
	return found
}

func examineShop(ctx context.Context, built *parts, shop tenant.Shop, needed []string) finding {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()

	name := looked("shop", text.With{"shop": string(shop.ID)})
	if err := built.gateway.Ping(ctx, shop.ID); err != nil {
		mend := "operator.doctor.mend.open_app"
		if errors.Is(err, tenant.ErrClosed) {
			mend = "operator.doctor.mend.closed"
		}
		return finding{name, messages(err), text.English.Say(mend)}
	}

	var missing []string
	for _, scope := range needed {
		if !slices.Contains(shop.Profile.Scopes, scope) {
			missing = append(missing, scope)
		}
	}
	if len(missing) > 0 {
		seen := saw("scopes_missing", text.With{"scopes": missing})
		return finding{name, seen, text.English.Say("operator.doctor.mend.approve_scopes")}
	}
	return finding{what: name, seen: saw("shop")}
}

// examineProfile says what of the shop's own settings this program does not know. A shop that
// was not read yet has none.
func examineProfile(shop tenant.Shop) []finding {
	if shop.ProfileAt.IsZero() {
		return nil
	}
	var found []finding
	if _, known := shop.Profile.Zone(); !known {
		name := looked("time_zone", text.With{"shop": string(shop.ID)})
		found = append(found, finding{
			name, saw("zone_unknown", text.With{"zone": quoted(shop.Profile.TimeZone)}),
			text.English.Say("operator.doctor.mend.zone"),
		})
	}

	if currency := shop.Profile.Currency; !money.Known(currency) {
		name := looked("currency", text.With{"shop": string(shop.ID)})
		found = append(found, finding{what: name, seen: saw("currency_new", text.With{"currency": quoted(currency)})})
	}
	return found
}

// doctorBehind is how old a shop's last complete reconcile may be; they are an hour apart.
const doctorBehind = 3 * time.Hour

// examineOrders looks whether the shop's changed orders are read, and which of them cannot be.
func examineOrders(ctx context.Context, built *parts, shop tenant.Shop) finding {
	name := looked("orders", text.With{"shop": string(shop.ID)})
	last := text.With{"at": text.English.Moment(shop.ReconciledAt.UTC())}
	now := built.clock.Now()

	unread, err := built.store.UnreadOrders(ctx, shop.ID, now.Add(time.Second), 10)
	if err != nil {
		return finding{name, messages(err), text.English.Say("operator.doctor.mend.shops")}
	}
	var orders []string
	for _, o := range unread {
		orders = append(orders, cmp.Or(o.Name, string(o.ID)))
	}

	switch {
	case now.Sub(shop.InstalledAt) > doctorBehind && now.Sub(shop.ReconciledAt) > doctorBehind:
		return finding{name, saw("orders_behind", last), text.English.Say("operator.doctor.mend.orders_behind")}
	case len(orders) > 0:
		return finding{what: name, seen: saw("orders_unread", text.With{"orders": orders})}
	case shop.ReconciledAt.IsZero():
		return finding{what: name, seen: saw("orders_never")}
	}
	return finding{what: name, seen: saw("orders", last)}
}

// examineShown looks whether the shop's pages show what its campaigns say.
func examineShown(ctx context.Context, built *parts, shop tenant.ShopID) finding {
	name := looked("shown", text.With{"shop": string(shop)})
	mend := func(how string) string { return text.English.Say("operator.doctor.mend." + how) }

	status, err := built.do.Campaigns.ShownStatus(ctx, shop)
	if err != nil {
		return finding{name, messages(err), mend("shops")}
	}
	seen := strings.Join(text.English.Shown(status), " ")
	switch {
	case status.Problem.Code != "":
		return finding{name, seen, mend("shown_problem")}
	case status.Stale || status.At.IsZero():
		return finding{name, seen, mend("shown_stale")}
	}
	return finding{what: name, seen: seen}
}
