package jobs_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/claims"
	"twofold/jobs/jobstest"
	"twofold/referral"
	"twofold/rewards"
	"twofold/simulator"
	"twofold/text"
)

// level2 lets the app see e-mail addresses, and keeps all that it logs.
func level2(log *bytes.Buffer) func(*jobstest.Config) {
	return func(c *jobstest.Config) {
		c.Level2 = true
		c.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
}

// story is a world at level 2 in which Bob is Alice's friend, by a claim in which he typed his address, and shares a
// link himself; and what tells of him: his customer's id, his address, its hashes, and those of his browsers.
func story(t *testing.T, log *bytes.Buffer) (w *world, bob referral.CustomerID, tells []string) {
	t.Helper()
	w = newWorld(t, level2(log))
	behaviour := simulator.DefaultBehaviour()
	behaviour.ProtectedDataLevel = simulator.Level(2)
	w.behaviour = &behaviour
	w.offer = &referral.Offer{Kind: referral.AmountOff, Amount: usd("20"), Personal: true} // Alice is a customer whom Shopify knows

	hashes := w.hash.Hashes(w.shop, "email", "bob@example.com")
	marks := slices.Concat(referral.NetworkHashes(w.hash, w.shop, "203.0.113.7"), referral.PhoneHashes(w.hash, w.shop, "+4915123456789"))
	w.live()
	terms := w.writesTerms("Be kind.", "/pages/terms").Version
	w.must(w.Mail.Reword(w.ctx, w.shop, "issued", "en", text.Own{"says": "It is yours."}))
	view, err := w.Claims.Join(w.ctx, claims.JoinRequest{
		Shop: w.shop, Customer: w.alice(), Browser: []string{"h1:alice"}, Terms: terms, At: w.signed(),
	})
	w.must(err)
	claimed, err := w.Claims.Claim(w.ctx, claims.ClaimRequest{
		Shop: w.shop, Ref: view.Advocate.Code(), Browser: []string{"h1:bob"}, Emails: hashes, At: w.signed(),
	})
	w.must(err)
	o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
		Email: "bob@example.com", Items: []simulator.Item{{Title: "Blanket", Price: "100.00", Quantity: 1}}, DiscountCodes: []string{claimed.Claim.Code},
		ClientIP: "203.0.113.7", Phone: "+4915123456789", Referrer: "https://chat.example/bob", LandingPage: "/",
	})
	w.must(err)
	w.deliver("orders/paid", o)
	w.settle()
	bob = w.friend().Customer()
	_, err = w.Claims.Join(w.ctx, claims.JoinRequest{Shop: w.shop, Customer: bob, Browser: []string{"h1:bobs-phone"}, Terms: terms, At: w.signed()})
	w.must(err)
	w.settle()

	// Whoever works for the merchant may type a person's name.
	for _, act := range []rewards.Act{rewards.ActReject, rewards.ActRestore} {
		_, err = w.Rewards.Do(w.ctx, w.shop, rewards.Said{Act: act, Order: o.GID, User: "7", Reason: "Bob Tanner called"})
		w.must(err)
	}
	w.settle()
	return w, bob, named(bob, slices.Concat(hashes, marks, []string{"bob@example.com", "h1:bob", "Bob Tanner"})...)
}

// Everything that tells of a person is gone once they are erased: from the database, Redis and what was logged from
// the first step on. The search itself is tried before: it finds what is there.
func TestNothingTellsOfAPersonWhoWasErased(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w, bob, tells := story(t, &log)
	w.must(w.run(w.asked("customers/data_request", bob)))
	all, err := w.Documents(w.ctx, database, w.shop)
	w.must(err)
	for _, text := range tells {
		if text != "bob@example.com" && !strings.Contains(strings.Join(all, "\n"), text) {
			t.Errorf("%q is not there before the erasure: the search would find nothing", text)
		}
	}

	w.wantNoTrace("before the erasure", "203.0.113", "4915123456789", "chat.example/bob")
	w.erase(bob)
	w.settle()
	w.later()
	w.settle()
	w.wantNoTrace("after the erasure", tells...)
	for _, text := range tells {
		if strings.Contains(log.String(), text) {
			t.Errorf("%q was logged", text)
		}
	}
}

// A snapshot that Shopify still shows after the erasure brings back neither the person's address nor the mailbox of
// which it is an alias.
func TestAnErasedPersonsMailboxIsNotKeptAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, level2(&bytes.Buffer{}))
	behaviour := simulator.DefaultBehaviour()
	behaviour.ProtectedDataLevel = simulator.Level(2)
	w.behaviour = &behaviour
	w.offer = &referral.Offer{Kind: referral.AmountOff, Amount: usd("20"), Personal: true}
	w.live()
	code := w.claim()
	o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
		Email: "b.o.b+tea@gmail.com", DiscountCodes: []string{code},
		Items: []simulator.Item{{Title: "Blanket", Price: "100.00", Quantity: 1}},
	})
	w.must(err)
	w.deliver("orders/paid", o)
	w.settle()
	id := referral.OrderID(o.GID)
	kept, err := w.kept.FindOrder(w.ctx, w.shop, id)
	w.must(err)
	if len(kept.Aliases) == 0 {
		t.Fatal("the order's address is no alias: nothing could be forgotten")
	}

	w.erase(kept.Customer)
	w.must(w.Orders.Refresh(w.ctx, w.shop, id))
	kept, err = w.kept.FindOrder(w.ctx, w.shop, id)
	w.must(err)
	if len(kept.Aliases) > 0 || !kept.Customer.Erased() {
		t.Errorf("after the erasure the order of %s has %d hashes of a mailbox", kept.Customer, len(kept.Aliases))
	}
}

// The search in Redis finds what a value holds, whichever kind of value it is and however Redis compresses it.
func TestTheSearchReadsRedis(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hash := w.hash.Hash(w.shop, "email", "bob@example.com")
	key, value := "search:"+string(w.shop)+":", strings.Repeat(hash, 3)
	w.must(w.Redis.Set(w.ctx, key+"text", value, 0).Err())
	w.must(w.Redis.HSet(w.ctx, key+"hash", "msg", value).Err())
	w.must(w.Redis.LPush(w.ctx, key+"list", value).Err())
	w.must(w.Redis.SAdd(w.ctx, key+"set", value).Err())
	w.must(w.Redis.ZAdd(w.ctx, key+"sorted", redis.Z{Member: value}).Err())
	kept, err := jobstest.RedisTexts(w.ctx, w.Redis)
	w.must(err)
	if found := jobstest.Traces(kept, hash); len(found) != 5 {
		t.Errorf("found in %d of 5: %v", len(found), found)
	}
}

// mapRow is a row of the data map: a collection and one or more fields.
var (
	mapRow   = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| ([^|]+) \\|")
	mapField = regexp.MustCompile("`([a-z_.]+)`")
)

// declared are the fields that docs/PRIVACY.md names, with their collections.
func declared(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "docs", "PRIVACY.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, row := range mapRow.FindAllStringSubmatch(string(page), -1) {
		for _, field := range mapField.FindAllStringSubmatch(row[2], -1) {
			all = append(all, row[1]+" "+field[1])
		}
	}
	return all
}

// paths adds the fields of a document, those within others after a dot; lists are what is in them.
func paths(to map[string]bool, name string, value bson.RawValue) {
	var within bson.Raw
	switch value.Type {
	case bson.TypeEmbeddedDocument:
		within = value.Document()
	case bson.TypeArray:
		within = bson.Raw(value.Array())
	default:
		to[name] = true
		return
	}
	elements, _ := within.Elements()
	if len(elements) == 0 {
		to[name] = true
	}
	for _, e := range elements {
		if value.Type == bson.TypeArray {
			paths(to, name, e.Value())
		} else {
			paths(to, name+"."+e.Key(), e.Value())
		}
	}
}

// Every field that the program stores is declared in docs/PRIVACY.md, by its name or by that of what it stands in.
// The story has orders, claims, advocates, rewards, a report, an erased person, and what stands in the shop itself.
func TestTheDataMapNamesEveryField(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w, bob, _ := story(t, &log)
	w.must(w.run(w.asked("customers/data_request", w.alice())))
	w.erase(bob)
	w.later()
	w.settle()

	known := declared(t)
	stored := map[string]bool{}
	names, err := w.Admin.Database(database).ListCollectionNames(w.ctx, bson.D{})
	w.must(err)
	for _, name := range names {
		cursor, err := w.Admin.Database(database).Collection(name).Find(w.ctx, bson.D{{Key: "shop", Value: w.shop}})
		w.must(err)
		for cursor.Next(w.ctx) {
			elements, err := cursor.Current.Elements()
			w.must(err)
			for _, e := range elements {
				paths(stored, name+" "+e.Key(), e.Value())
			}
		}
		w.must(cursor.Err())
	}
	for path := range stored {
		if !slices.ContainsFunc(known, func(d string) bool { return path == d || strings.HasPrefix(path, d+".") }) {
			t.Errorf("docs/PRIVACY.md does not declare %s", path)
		}
	}
}
