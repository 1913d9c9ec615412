// Package store keeps everything in MongoDB: it implements what the domain (referral.Store), the inbox, the gateway's tokens, the
// workers' sweeps and the operators' commands need kept. It decides nothing: rules live in referral.
//
// Documents are private to this package. Every tenant document has a shop field, every filter of one shop's data contains it, and
// every _id begins with it, so that collections can be sharded on {shop: 1}. What may happen once is a unique key or one
// conditional update. Every write is acknowledged by a majority and journalled; every read sees only what a majority has.
package store

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"twofold/fault"
	"twofold/referral"
	"twofold/secret"
)

// Limits for a MongoDB that does not answer. Shopify waits 5 s for a webhook; a primary that was killed is replaced after about
// 3 s (electionTimeoutMillis 2,000), which an operation should outlast.
const (
	defaultSelection = 3500 * time.Millisecond
	defaultOperation = 4 * time.Second
	connectLimit     = 2 * time.Second
)

// Config says where the data is. URI, Database and Keyring are required.
type Config struct {
	URI      string          // of a replica set or a sharded cluster, MongoDB 6.0 or newer
	Database string          // its name
	Keyring  *secret.Keyring // encrypts tokens at rest

	// SelectionTimeout bounds the search for a primary; default 3.5 s.
	SelectionTimeout time.Duration
	// OperationTimeout bounds one operation whose ctx has no deadline of its own; default 4 s.
	OperationTimeout time.Duration

	monitor *event.CommandMonitor // for the package's own tests
}

func (c Config) withDefaults() Config {
	if c.SelectionTimeout == 0 {
		c.SelectionTimeout = defaultSelection
	}
	if c.OperationTimeout == 0 {
		c.OperationTimeout = defaultOperation
	}
	return c
}

// Validate reports what is missing or wrong, as Invalid.
func (c Config) Validate() error {
	switch {
	case c.URI == "":
		return fault.ForLog(fault.Invalid, "store: the address of MongoDB (MONGODB_URI) is missing")
	case c.Database == "":
		return fault.ForLog(fault.Invalid, "store: the name of the database is missing")
	case c.Keyring == nil:
		return fault.ForLog(fault.Invalid, "store: the keyring (ENCRYPTION_KEYS) is missing")
	case c.SelectionTimeout < 0 || c.OperationTimeout < 0:
		return fault.ForLog(fault.Invalid, "store: time-outs must not be negative")
	}
	return nil
}

// Store is the data of all shops. It is safe for concurrent use.
type Store struct {
	client  *mongo.Client
	db      *mongo.Database
	keyring *secret.Keyring

	shops, campaigns, advocates, claims, codes, orders, referrals, deliveries, budgets, leases, funnel, networks, tombstones, reports, schema *mongo.Collection
}

var _ referral.Store = (*Store)(nil)

// Open connects to MongoDB and returns once its primary answers. Errors: Invalid (config), Unavailable (no primary in time).
func Open(ctx context.Context, c Config) (*Store, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	client, err := mongo.Connect(clientOptions(c.withDefaults()))
	if err != nil { // only the URI can be wrong; its text may hold a password
		return nil, fault.New(fault.Invalid, "mongodb_uri")
	}
	s := newStore(client, c)
	if err := s.Ping(ctx); err != nil {
		_ = client.Disconnect(ctx) // nothing was in use yet
		return nil, err
	}
	return s, nil
}

// clientOptions overrides what the URI says about safety: it is not a matter of configuration.
func clientOptions(c Config) *options.ClientOptions {
	journal := true
	return options.Client().ApplyURI(c.URI).
		SetAppName("twofold").
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journal}).
		SetReadConcern(readconcern.Majority()).
		SetReadPreference(readpref.Primary()).
		SetRetryWrites(true).
		SetRetryReads(true).
		SetConnectTimeout(connectLimit).
		SetServerSelectionTimeout(c.SelectionTimeout).
		SetTimeout(c.OperationTimeout).
		SetMonitor(c.monitor)
}

func newStore(client *mongo.Client, c Config) *Store {
	db := client.Database(c.Database)
	return &Store{
		client: client, db: db, keyring: c.Keyring,
		shops: db.Collection("shops"), campaigns: db.Collection("campaigns"), advocates: db.Collection("advocates"),
		claims: db.Collection("claims"), codes: db.Collection("codes"), orders: db.Collection("orders"),
		referrals: db.Collection("referrals"), deliveries: db.Collection("deliveries"), budgets: db.Collection("budgets"),
		leases: db.Collection("leases"), funnel: db.Collection("funnel_days"), networks: db.Collection("claim_networks"),
		tombstones: db.Collection("tombstones"), reports: db.Collection("privacy_reports"), schema: db.Collection("schema"),
	}
}

// Close gives the connections back. Operations that run meanwhile fail.
func (s *Store) Close(ctx context.Context) error {
	if err := s.client.Disconnect(ctx); err != nil {
		return fmt.Errorf("store: close: %w", err)
	}
	return nil
}

// Ping reports whether the primary answers within ctx. Error: Unavailable.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.client.Ping(ctx, readpref.Primary()); err != nil {
		return failed("ping", fault.ForLog(fault.Unavailable, "%w", err))
	}
	return nil
}
