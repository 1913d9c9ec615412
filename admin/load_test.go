package admin_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"html"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/local"
	"twofold/referral"
	"twofold/seed"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

var (
	referrals = flag.Int("referrals", 20_000, "of the shop whose pages are measured; another shop has as many")
	keptIn    = flag.String("kept", "", "a folder that keeps the shops, so that they are filled once")
	written   = flag.Bool("written", false, "write what is measured into docs/PERFORMANCE.md")
)

// named is a Shopify that names everybody at once: what it takes to answer is not the server's own time.
type named struct{}

func (named) Names(
	_ context.Context, _ tenant.ShopID, ids []referral.CustomerID,
) (map[referral.CustomerID]string, error) {
	names := map[referral.CustomerID]string{}
	for _, id := range ids {
		names[id] = "Alex Example"
	}
	return names, nil
}

func (named) CustomerWithEmail(context.Context, tenant.ShopID, string) (referral.CustomerID, error) {
	return "", referral.ErrWithheld
}

// load is two shops of many referrals, and the pages of one.
type load struct {
	*testing.B
	*world
	all   int64 // referrals, of both shops
	lines []string
}

// BenchmarkPages measures the pages of a shop with many referrals, among as many of another shop (make load-admin).
// Each is asked for b.N times, one after another, from the request's bytes to the page's last one, with the read that
// signs in.
func BenchmarkPages(b *testing.B) {
	if b.N == 1 { // the tool's own try
		return
	}
	l := &load{B: b}
	l.world, l.all = planted(b)

	heaviest := l.heaviest()
	l.measure("Home, 7 days", func() string { return "/app?days=7" })
	l.measure("Home, 30 days", func() string { return "/app" })
	l.measure("Home, 90 days", func() string { return "/app?days=90" })
	l.measure("Referrals, first page", func() string { return "/app/referrals" })
	l.measure("Referrals, flagged", func() string { return "/app/referrals?state=flagged" })
	l.measure("Referrals, of a reason", func() string { return "/app/referrals?state=voided&reason=not_new" })
	l.measure("Referrals, of the heaviest advocate", func() string { return "/app/referrals?advocate=" + heaviest })
	deep := l.deep(100)
	l.measure("Referrals, page 100", func() string { return deep })
	l.measure("Referrals, an order sought", func() string { return "/app/referrals?q=" + url.QueryEscape(l.number()) })
	codes := l.codes()
	l.measure("Referrals, a code sought", func() string { return "/app/referrals?q=" + codes[rand.IntN(len(codes))] })
	orders := l.orders()
	l.measure("A referral", func() string { return "/app/referrals/" + orders[rand.IntN(len(orders))] })
	l.measure("Advocates", func() string { return "/app/advocates" })
	l.measure("The heaviest advocate", func() string { return "/app/advocates/" + heaviest })
	campaigns, err := l.store.ListCampaigns(context.Background(), demo)
	must(l.B, err)
	l.measure("Campaigns", func() string { return "/app/campaigns" })
	l.measure("A campaign", func() string { return "/app/campaigns/" + string(campaigns[0].ID) })
	l.measure("Review", func() string { return "/app/review" })
	l.report()
}

// beside is the other shop.
const beside tenant.ShopID = "beside.myshopify.com"

// planted is the pages of a shop beside another one, each with many referrals. Indexes are built when all is there.
func planted(b *testing.B) (w *world, all int64) {
	b.Helper()
	ctx := context.Background()
	mongod, err := local.StartMongo(ctx, local.MongoOptions{Dir: cmp.Or(*keptIn, b.TempDir()), CacheGB: 1})
	must(b, err)
	b.Cleanup(func() { must(b, mongod.Stop(ctx)) })
	config := storetest.Patient(mongod.URI())
	config.Database, config.Keyring = "test_load", storetest.Keyring()
	kept, err := store.Open(ctx, config)
	must(b, err)
	b.Cleanup(func() { must(b, kept.Close(ctx)) })

	w = mounted(b, kept, named{})
	for _, w.shop = range []tenant.ShopID{demo, beside} {
		w.plant(b)
	}
	w.shop = demo
	began := time.Now()
	if kept.SchemaCurrent(ctx) != nil {
		must(b, kept.Migrate(ctx))
	}
	b.Logf("indexes after %s", time.Since(began).Round(time.Second))

	client, err := mongo.Connect(options.Client().ApplyURI(mongod.URI()))
	must(b, err)
	b.Cleanup(func() { must(b, client.Disconnect(ctx)) })
	all, err = client.Database(config.Database).Collection("referrals").EstimatedDocumentCount(ctx)
	must(b, err)
	return w, all
}

// plant fills the shop, unless it was filled before.
func (w *world) plant(b *testing.B) {
	b.Helper()
	ctx, began := context.Background(), time.Now()
	if found, err := w.store.ListCampaigns(ctx, w.shop); err != nil || len(found) > 0 {
		must(b, err)
		return
	}

	w.installed(b, true)
	campaign := storetest.Campaign(b, w.store, w.shop)
	must(b, w.do.Figures.Fold(ctx, w.shop))
	told, quiet := 0, slog.New(slog.DiscardHandler)
	planter := seed.Planter{Store: w.store, Campaign: campaign, Now: noon(), Log: quiet, Told: func(done int) {
		if done/100_000 > told {
			told = done / 100_000
			fmt.Fprintf(os.Stderr, "%s: %d referrals after %s\n", w.shop, done, time.Since(began).Round(time.Second))
		}
	}}
	must(b, planter.Plant(ctx, w.shop, *referrals))
	b.Logf("%s: %d referrals after %s", w.shop, *referrals, time.Since(began).Round(time.Second))
}

// measure asks for pages, and notes how long half, 95 and 99 of a hundred took at most.
func (l *load) measure(page string, path func() string) {
	took := make([]time.Duration, l.N)
	for i := range took {
		asked, began := path(), time.Now()
		a := l.get(l.B, asked)
		if took[i] = time.Since(began); a.status != 200 {
			l.Fatalf("%s: status %d: %s", asked, a.status, a.body)
		}
	}

	slices.Sort(took)
	line := "| " + page + " |"
	for _, percent := range []int{50, 95, 99} {
		line += fmt.Sprintf(" %.1f |", took[(len(took)-1)*percent/100].Seconds()*1000)
	}
	l.Log(line)
	l.lines = append(l.lines, line)
}

// number is the name of one of the shop's orders.
func (l *load) number() string { return fmt.Sprintf("#1%07d", rand.IntN(*referrals)) }

// some is how many orders and codes are asked for in turns.
const some = 200

// orders are ids of orders, by their numbers in Shopify.
func (l *load) orders() (ids []string) {
	for range some {
		found, err := l.store.OrdersNamed(context.Background(), demo, l.number())
		must(l.B, err)
		ids = append(ids, strings.TrimPrefix(string(found[0].ID), "gid://shopify/Order/"))
	}
	return ids
}

// codes are of friends' claims, which stand on their orders.
func (l *load) codes() (codes []string) {
	for _, id := range l.orders() {
		o, err := l.store.FindOrder(context.Background(), demo, referral.OrderID("gid://shopify/Order/"+id))
		must(l.B, err)
		codes = append(codes, o.Codes...)
	}
	return codes
}

// heaviest is who brought the most.
func (l *load) heaviest() string {
	top, _, err := l.store.TopAdvocates(context.Background(), demo, 90, "USD", 1, 1)
	must(l.B, err)
	n, err := l.store.ReferralsOf(context.Background(), demo, top[0].Advocate, 100_000)
	must(l.B, err)
	l.Logf("the heaviest advocate has %d friends", len(n))
	return string(top[0].Advocate)
}

// olderPage leads to the next page.
var olderPage = regexp.MustCompile(`href="(/app/referrals\?[^"]*page=[^"]*)"`)

// deep is the address of the n-th page of the list.
func (l *load) deep(n int) string {
	path := "/app/referrals"
	for range n - 1 {
		links := olderPage.FindAllStringSubmatch(l.get(l.B, path).body, -1)
		if len(links) == 0 {
			break // that is all of them
		}
		path = html.UnescapeString(links[len(links)-1][1])
	}
	return path
}

// report writes the table.
func (l *load) report() {
	text := fmt.Sprintf("%d referrals of the shop among %d, each page %d times, %s, %d cores (%s/%s).\n\n"+
		"| page, ms | p50 | p95 | p99 |\n| --- | --- | --- | --- |\n%s\n",
		*referrals, l.all, l.N, time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH,
		strings.Join(l.lines, "\n"))
	l.Log("\n" + text)
	if !*written {
		return
	}

	const file, begin, end = "../docs/PERFORMANCE.md", "<!-- load-admin -->\n", "<!-- end of load-admin -->"
	old, err := os.ReadFile(file)
	must(l.B, err)
	before, rest, _ := strings.Cut(string(old), begin)
	_, after, found := strings.Cut(rest, end)
	if !found {
		l.Fatalf("%s has no place for the table", file)
	}
	must(l.B, os.WriteFile(file, []byte(before+begin+text+end+after), 0o644))
}
