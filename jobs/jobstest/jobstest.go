// Package jobstest puts the program's working parts together for tests, as cmd does: gateway, use cases, workers,
// sweeps and queues, over a store, a Redis and a simulated Shopify that the test brings. Tests of several packages
// play whole stories with it. Begin with New and Program.Rest.
package jobstest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/campaigns"
	"twofold/claims"
	"twofold/codes"
	"twofold/fault"
	"twofold/inbox"
	"twofold/jobs"
	"twofold/local"
	"twofold/mail"
	"twofold/orders"
	"twofold/rewards"
	"twofold/secret"
	"twofold/shopify"
	"twofold/simulator"
	"twofold/store"
	"twofold/storefront"
	"twofold/tenant"
	"twofold/usecases"
)

// Servers are a mongod in memory and a redis-server of a test's own.
type Servers struct {
	Mongo *local.Mongo
	Admin *mongo.Client // looks past the store
	Redis redis.UniversalClient

	redisd *local.Redis
}

// Start starts the servers; args are further arguments of mongod. Stop ends them.
func Start(ctx context.Context, args ...string) (*Servers, error) {
	s := &Servers{}
	var err error

	if s.Mongo, err = local.StartMongo(ctx, local.MongoOptions{InMemory: true, Args: args}); err != nil {
		return nil, err
	}
	if s.redisd, err = local.StartRedis(ctx, local.RedisOptions{}); err != nil {
		return nil, errors.Join(err, s.Mongo.Stop(ctx))
	}

	at, err := redis.ParseURL(s.redisd.URL())
	if err == nil {
		s.Redis = redis.NewClient(at)
		s.Admin, err = mongo.Connect(options.Client().ApplyURI(s.Mongo.URI()))
	}

	if err != nil {
		return nil, errors.Join(err, s.redisd.Stop(ctx), s.Mongo.Stop(ctx))
	}
	return s, nil
}

// Stop ends the servers.
func (s *Servers) Stop(ctx context.Context) error {
	return errors.Join(s.Admin.Disconnect(ctx), s.Redis.Close(), s.redisd.Stop(ctx), s.Mongo.Stop(ctx))
}

// Documents is everything a shop has in the database, a line each, in an order of its own.
func (s *Servers) Documents(ctx context.Context, database string, shop tenant.ShopID) ([]string, error) {
	var all []string
	err := s.eachCollection(ctx, database, func(c *mongo.Collection) error {
		byID := options.Find().SetSort(bson.D{{Key: "_id", Value: 1}})
		cursor, err := c.Find(ctx, bson.D{{Key: "shop", Value: shop}}, byID)
		if err != nil {
			return err
		}

		for cursor.Next(ctx) {
			all = append(all, c.Name()+" "+cursor.Current.String())
		}
		return cursor.Err()
	})
	return all, err
}

// Remove takes everything of a shop out of the database.
func (s *Servers) Remove(ctx context.Context, database string, shop tenant.ShopID) error {
	return s.eachCollection(ctx, database, func(c *mongo.Collection) error {
		_, err := c.DeleteMany(ctx, bson.D{{Key: "shop", Value: shop}})
		return err
	})
}

func (s *Servers) eachCollection(ctx context.Context, database string, do func(*mongo.Collection) error) error {
	db := s.Admin.Database(database)
	names, err := db.ListCollectionNames(ctx, bson.D{})
	if err != nil {
		return err
	}

	slices.Sort(names)
	for _, name := range names {
		if err := do(db.Collection(name)); err != nil {
			return err
		}
	}
	return nil
}

// wall is wall time, in which the inbox counts.
var wall = time.Now //nolint:forbidigo // the program's is in cmd

// Config says what a program works on. Shopify and Finder may be left out.
type Config struct {
	Store     *store.Store
	Keyring   *secret.Keyring // seals visit ids
	Hasher    *secret.Hasher
	Redis     redis.UniversalClient
	Prefix    string // of the queues' names; its own for each program that shares a Redis
	ClientID  string
	Secret    tenant.Secret
	Origin    string // URL template of Shopify's shops
	Clock     func() time.Time
	Log       *slog.Logger
	Level2    bool
	Rewards   rewards.Config
	Campaigns campaigns.Config
	Codes     codes.Config
	Mail      mail.Config

	Shopify func(usecases.Shopify) usecases.Shopify // stands before the gateway
	Finder  func(*store.Store) jobs.Finder          // narrows the sweeps
}

// Services are the use cases with their defaults, for tests of what stands above them. shop may be nil
// where Shopify is not asked.
func Services(
	s *store.Store, shop usecases.Shopify, bell usecases.Bell, hasher *secret.Hasher, visits orders.Visits, now func() time.Time,
) (*usecases.All, error) {
	return usecases.Wire(usecases.Ports{
		Store: s, Shopify: shop, Bell: bell, Hasher: hasher, Visits: visits, Now: now, Log: slog.New(slog.DiscardHandler),
	}, usecases.Config{Claims: claims.Config{Mails: true}})
}

// Program is the program's parts at work.
type Program struct {
	Gateway *shopify.Gateway
	*usecases.All
	Visits  storefront.Visits
	Bell    *jobs.Bell
	Worker  *jobs.Worker
	Sweeper *jobs.Sweeper
	Queues  *asynq.Inspector

	store   *store.Store
	handler asynq.Handler
	prefix  string
	clock   func() time.Time
}

// New puts the parts together.
func New(c Config) (*Program, error) {
	gateway, err := shopify.New(shopify.Config{
		ClientID: c.ClientID, Secrets: []tenant.Secret{c.Secret}, Origin: c.Origin, Tokens: c.Store, Redis: c.Redis,
		Now: c.Clock, Log: c.Log, Level2: c.Level2,
	})
	if err != nil {
		return nil, err
	}

	p := &Program{
		Gateway: gateway, Visits: storefront.Visits{Keyring: c.Keyring}, Bell: jobs.NewBell(c.Redis, c.Prefix, c.Log),
		Queues: asynq.NewInspectorFromRedisClient(c.Redis), store: c.Store, prefix: c.Prefix, clock: c.Clock,
	}

	var shop usecases.Shopify = gateway
	if c.Shopify != nil {
		shop = c.Shopify(gateway)
	}

	p.All, err = usecases.Wire(usecases.Ports{
		Store: c.Store, Shopify: shop, Bell: p.Bell, Hasher: c.Hasher, Sealer: c.Keyring, Visits: p.Visits, Now: p.Now, Log: c.Log,
	}, usecases.Config{
		Codes: c.Codes, Campaigns: c.Campaigns, Claims: claims.Config{Level2: c.Level2, Mails: c.Mail.Sender != nil}, Rewards: c.Rewards, Mail: c.Mail,
	})
	if err != nil {
		return nil, err
	}

	var finder jobs.Finder = c.Store
	if c.Finder != nil {
		finder = c.Finder(c.Store)
	}

	p.Worker = jobs.NewWorker(
		p.All, c.Store, gateway, p.Bell, wall, c.Log, prometheus.NewRegistry(), jobs.Config{},
	)
	p.Sweeper = jobs.NewSweeper(finder, p.Codes, p.Bell, p.Now, wall, c.Log, prometheus.NewRegistry(), jobs.Config{})

	p.handler = p.Worker.Handler()
	return p, nil
}

// Now is the business clock, as the program cuts it.
func (p *Program) Now() time.Time { return p.clock().UTC().Truncate(time.Millisecond) }

// Task is a task of a job, by its kind and one of the four payloads. A kind that no job has is an error when it is run.
func Task[P jobs.ForShop | jobs.ForFriend | jobs.ForCampaign | jobs.ForDelivery](kind string, about P) *asynq.Task {
	body, err := json.Marshal(about)
	if err != nil {
		panic(err) // texts and numbers always encode
	}
	return asynq.NewTask(kind, body)
}

// Run works off one task as the worker would, outside the queue.
func (p *Program) Run(ctx context.Context, task *asynq.Task) error {
	return p.handler.ProcessTask(ctx, task)
}

// TakeTasks takes every pending task out of this program's queues, one by one (all at once would leave their locks),
// and tells do of each. It returns how many there were.
func (p *Program) TakeTasks(do func(*asynq.Task) error) (n int, err error) {
	queues, err := p.Queues.Queues()
	if err != nil {
		return 0, err
	}

	for _, queue := range queues {
		if !strings.HasPrefix(queue, p.prefix) {
			continue
		}

		tasks, err := p.Queues.ListPendingTasks(queue, asynq.PageSize(200))
		if err != nil {
			return n, err
		}
		for _, task := range tasks {
			err := p.Queues.DeleteTask(queue, task.ID)
			if errors.Is(err, asynq.ErrTaskNotFound) { // one before it has taken it out: whom it was about was erased
				continue
			}

			if err != nil {
				return n, err
			}

			if err := do(asynq.NewTask(task.Type, task.Payload)); err != nil {
				return n, fmt.Errorf("%s: %w", task.Type, err)
			}
		}
		n += len(tasks)
	}
	return n, nil
}

// restRounds is how often a program that comes to rest may sweep, and between two sweeps how often it
// may look into its queues.
const restRounds = 30

// Rest works off everything in the queues, and sweeps, until a sweep finds nothing to do.
func (p *Program) Rest(ctx context.Context) error {
	if _, err := p.empty(ctx); err != nil {
		return err
	}

	for range restRounds {
		if err := p.Sweeper.RunOnce(ctx); err != nil {
			return err
		}

		worked, err := p.empty(ctx)
		if err != nil || worked == 0 {
			return err
		}
	}
	return errors.New("jobstest: the program does not come to rest: its sweeps go on finding work")
}

// empty works off the queues with all that is rung for meanwhile, and returns how many tasks there were. What was
// rung for several times before it was begun is done once; twice in a row, at once and broken off are tried by the
// tests of jobs. What can only be done later (a pool is being filled) is left to the sweep that finds it again.
func (p *Program) empty(ctx context.Context) (worked int, err error) {
	var last []string
	for range restRounds {
		last = nil
		begun := map[string]bool{}
		n, err := p.TakeTasks(func(task *asynq.Task) error {
			what := task.Type() + " " + string(task.Payload())
			if begun[what] {
				return nil
			}
			begun[what] = true

			last = append(last, task.Type())
			err := p.Run(ctx, task)
			if fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Limited) {
				return nil
			}
			return err
		})
		worked += n
		if err != nil || n == 0 {
			return worked, err
		}
	}
	return worked, fmt.Errorf("jobstest: the program does not come to rest: %v", last)
}

// Install installs the app in a shop of the simulator, as the merchant's first visit does.
func (p *Program) Install(ctx context.Context, sim *simulator.Server, shop tenant.ShopID) error {
	_ = sim.Install(ctx, string(shop)) // no app listens here; the grant is what counts
	return p.Exchange(ctx, sim, shop)
}

// Exchange gets the shop tokens, as each visit of the merchant's may.
func (p *Program) Exchange(ctx context.Context, sim *simulator.Server, shop tenant.ShopID) error {
	token, err := sim.IDToken(string(shop))
	if err != nil {
		return err
	}

	tokens, err := p.Gateway.Exchange(ctx, shop, token)
	if err != nil {
		return err
	}

	_, err = p.store.SaveInstall(ctx, shop, tokens, p.Now())
	return err
}

// Deliver saves a webhook about an order, as the intake would; attribute is our cart attribute, ref an advocate's
// code in the landing page.
func (p *Program) Deliver(
	ctx context.Context, shop tenant.ShopID, id, topic string, o simulator.Order, attribute, ref string,
) error {
	n := inbox.Nomination{OrderID: o.GID, UpdatedAt: o.UpdatedAt, ClaimID: attribute, Ref: ref}

	if o.CustomerID != 0 {
		n.CustomerID = fmt.Sprintf("gid://shopify/Customer/%d", o.CustomerID)
	}
	for _, code := range o.DiscountCodes {
		n.Codes = append(n.Codes, strings.ToUpper(code))
	}

	each, err := p.store.InsertDeliveries(ctx, []inbox.Delivery{{
		Shop: shop, ID: id, Topic: topic, ReceivedAt: wall(), State: inbox.Received, Nomination: n,
	}})
	return errors.Join(append(each, err)...)
}
