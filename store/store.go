// Package store keeps everything in MongoDB: it implements what the domain (referral.Store), the inbox, the gateway's
// tokens, the workers' sweeps and the operators' commands need kept. It decides nothing: rules live in referral.
//
// Documents are private to this package. Every tenant document has a shop field, every filter of one shop's data
// contains it, and every _id begins with it, so that collections can be sharded on {shop: 1}. What may happen once is a
// unique key or one conditional update. Every write is acknowledged by a majority and journalled; every read sees only
// what a majority has.
//
// Begin reading at Store, which is made of one small type a collection; each has a file with its documents and its
// queries. indexes.go says what each index is for.
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
	"twofold/secret"
)

// Limits for a MongoDB that does not answer. Shopify waits 5 s for a webhook; a primary that was killed is replaced
// after about 3 s (electionTimeoutMillis 2,000), which an operation should outlast.
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

	Monitor *event.CommandMonitor // sees every command, in tests; nil: nobody does
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
//
// It is made of small types over one DB, one a collection, and some for what spans collections; each has a file of its
// own. A port can be given all of it, or one of them.
type Store struct {
	*DB

	Advocates
	Audit
	Campaigns
	Claims
	Codes
	Deliveries
	Funnel
	Leases
	Listings
	Mails
	Missing
	SignIns
	MailWords
	Networks
	Orders
	Referrals
	Releases
	Reports
	Shops
	Terms
	Tokens
	Tombstones

	Customers
	Erasure
	Facts
	FigureDays
	Figures
	Forgetting
	Rotation
	Schema
	Seeding
	Sweeps
}

// DB is the database that the small types share. What several of them do is a method of it; else one asks another by
// making it: Campaigns{db.DB}.FindCampaign.
type DB struct {
	client   *mongo.Client
	database *mongo.Database
	keyring  *secret.Keyring

	advocates, advocateDays, audit, budgets, campaigns, claims, codes, deliveries, figures, funnel, leases                *mongo.Collection
	mails, mailStops, mailWords, missing, networks, orders, referrals, reports, schema, shops, signIns, terms, tombstones *mongo.Collection
}

// Open connects to MongoDB and returns once its primary answers. Errors: Invalid (config), Unavailable (no primary in
// time).
func Open(ctx context.Context, c Config) (*Store, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}

	client, err := mongo.Connect(clientOptions(c.withDefaults()))
	if err != nil { // only the URI can be wrong; its text may hold a password
		return nil, fault.New(fault.Invalid, "mongodb_uri")
	}

	s := newStore(newDB(client, c))
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
		SetMonitor(c.Monitor)
}

func newDB(client *mongo.Client, c Config) *DB {
	database := client.Database(c.Database)
	return &DB{
		client:   client,
		database: database,
		keyring:  c.Keyring,

		advocates:    database.Collection("advocates"),
		advocateDays: database.Collection("advocate_days"),
		audit:        database.Collection("audit"),
		budgets:      database.Collection("budgets"),
		campaigns:    database.Collection("campaigns"),
		claims:       database.Collection("claims"),
		codes:        database.Collection("codes"),
		deliveries:   database.Collection("deliveries"),
		figures:      database.Collection("figure_days"),
		funnel:       database.Collection("funnel_days"),
		leases:       database.Collection("leases"),
		mails:        database.Collection("mails"),
		mailStops:    database.Collection("mail_stops"),
		missing:      database.Collection("missing"),
		signIns:      database.Collection("sign_ins"),
		mailWords:    database.Collection("mail_words"),
		networks:     database.Collection("claim_networks"),
		orders:       database.Collection("orders"),
		referrals:    database.Collection("referrals"),
		reports:      database.Collection("privacy_reports"),
		schema:       database.Collection("schema"),
		shops:        database.Collection("shops"),
		terms:        database.Collection("terms"),
		tombstones:   database.Collection("tombstones"),
	}
}

func newStore(db *DB) *Store {
	return &Store{
		DB: db,

		Advocates:  Advocates{db},
		Audit:      Audit{db},
		Campaigns:  Campaigns{db},
		Claims:     Claims{db},
		Codes:      Codes{db},
		Deliveries: Deliveries{db},
		Funnel:     Funnel{db},
		Leases:     Leases{db},
		Listings:   Listings{db},
		Mails:      Mails{db},
		Missing:    Missing{db},
		SignIns:    SignIns{db},
		MailWords:  MailWords{db},
		Networks:   Networks{db},
		Orders:     Orders{db},
		Referrals:  Referrals{db},
		Releases:   Releases{db},
		Reports:    Reports{db},
		Shops:      Shops{db},
		Terms:      Terms{db},
		Tokens:     Tokens{db},
		Tombstones: Tombstones{db},

		Customers:  Customers{db},
		Erasure:    Erasure{db},
		Facts:      Facts{db},
		FigureDays: FigureDays{db},
		Figures:    Figures{db},
		Forgetting: Forgetting{db},
		Rotation:   Rotation{db},
		Schema:     Schema{db},
		Seeding:    Seeding{db},
		Sweeps:     Sweeps{db},
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

// transactionLimit bounds a transaction whose ctx has no deadline of its own: MongoDB may ask for it to be run again.
const transactionLimit = 10 * time.Second

// inTransaction runs do in a transaction, perhaps more than once.
func (db *DB) inTransaction(ctx context.Context, do func(context.Context) error) error {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, transactionLimit)
		defer cancel()
	}

	session, err := db.client.StartSession()
	if err != nil {
		return err
	}
	defer session.EndSession(context.WithoutCancel(ctx))

	_, err = session.WithTransaction(ctx, func(ctx context.Context) (any, error) { return nil, do(ctx) },
		options.Transaction().SetReadConcern(readconcern.Snapshot()))
	return err
}
