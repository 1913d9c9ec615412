// Package usecases wires the use cases to each other, once for the program and for tests of what stands above them.
// Each of them knows only what its ports name. Begin with Wire.
package usecases

import (
	"log/slog"
	"time"

	"twofold/campaigns"
	"twofold/claims"
	"twofold/codes"
	"twofold/figures"
	"twofold/mail"
	"twofold/orders"
	"twofold/people"
	"twofold/rewards"
	"twofold/shops"
	"twofold/tenant"
)

// All is every use case of the program.
type All struct {
	Codes     *codes.Service
	Orders    *orders.Service
	People    *people.Service
	Campaigns *campaigns.Service
	Claims    *claims.Service
	Rewards   *rewards.Service
	Shops     *shops.Service
	Figures   *figures.Service
	Mail      *mail.Service
}

// Ports are what they need together.
type Ports struct {
	Store   Store
	Shopify Shopify
	Bell    Bell
	Hasher  Hasher
	Sealer  mail.Sealer
	Visits  orders.Visits
	Now     func() time.Time // the business clock: wall time, moved by the simulator in development
	Log     *slog.Logger
}

// Store keeps everything (package store).
type Store interface {
	codes.Store
	codes.Advocates
	orders.Store
	orders.Advocates
	orders.Missing
	people.Store
	people.Audit
	campaigns.Store
	claims.Store
	claims.Advocates
	claims.Missing
	claims.SignIns
	rewards.Store
	rewards.Audit
	rewards.Advocates
	shops.Store
	figures.Store
	mail.Store

	tenant.Leases
}

// Shopify is the shop's own Admin API (package shopify).
type Shopify interface {
	codes.Shopify
	orders.Shopify
	people.Shopify
	campaigns.Shopify
	claims.Shopify
	rewards.Shopify
	shops.Shopify
	mail.Shopify
}

// Bell wakes the workers (package jobs).
type Bell interface {
	codes.Bell
	orders.Bell
	people.Bell
	campaigns.Bell
	claims.Bell
	shops.Bell
}

// Hasher makes keyed hashes of identifiers (package secret).
type Hasher interface {
	codes.Hasher
	orders.Hasher
	people.Hasher
	claims.Hasher
	mail.Hasher
}

// Config is what may be tuned of each.
type Config struct {
	Codes     codes.Config
	Campaigns campaigns.Config
	Claims    claims.Config
	Rewards   rewards.Config
	Mail      mail.Config
}

// Wire makes the use cases, those first that others ask. Error: Invalid, for a setting that makes no sense.
func Wire(p Ports, c Config) (*All, error) {
	made, err := codes.NewService(p.Store, p.Store, p.Store, p.Shopify, p.Bell, p.Hasher, p.Now, p.Log, c.Codes)
	if err != nil {
		return nil, err
	}
	a := &All{Codes: made}

	a.Orders = orders.New(orders.Ports{
		Store: p.Store, Advocates: p.Store, Missing: p.Store, Shopify: p.Shopify, Codes: made, Bell: p.Bell, Hasher: p.Hasher, Visits: p.Visits, Now: p.Now, Log: p.Log,
	})
	a.People = people.New(people.Ports{
		Store: p.Store, Audit: p.Store, Shopify: p.Shopify, Bell: p.Bell, Hasher: p.Hasher, Orders: a.Orders, Now: p.Now, Log: p.Log,
	})
	a.Orders.Know(a.People)

	a.Campaigns = campaigns.New(campaigns.Ports{
		Store: p.Store, Shopify: p.Shopify, Codes: made, Bell: p.Bell, Orders: a.Orders, Now: p.Now, Log: p.Log,
	}, c.Campaigns)
	a.Claims, err = claims.New(claims.Ports{
		Store: p.Store, Advocates: p.Store, Missing: p.Store, SignIns: p.Store, Prover: a.People, Shopify: p.Shopify, Codes: made, Bell: p.Bell, Hasher: p.Hasher, Campaigns: a.Campaigns, Now: p.Now, Log: p.Log,
	}, c.Claims)
	if err != nil {
		return nil, err
	}
	a.Rewards, err = rewards.New(rewards.Ports{
		Store: p.Store, Advocates: p.Store, Audit: p.Store, Shopify: p.Shopify, Codes: made, Orders: a.Orders, Campaigns: a.Campaigns, Now: p.Now, Log: p.Log,
	}, c.Rewards)
	if err != nil {
		return nil, err
	}
	a.Shops = shops.New(shops.Ports{
		Store: p.Store, Shopify: p.Shopify, Codes: made, Bell: p.Bell, Orders: a.Orders, Campaigns: a.Campaigns, Now: p.Now, Log: p.Log,
	})
	a.Figures = figures.New(p.Store, p.Now, p.Log)
	a.Mail = mail.New(mail.Ports{
		Store: p.Store, Shopify: p.Shopify, Sealer: p.Sealer, Hasher: p.Hasher, Now: p.Now, Log: p.Log,
	}, c.Mail)
	return a, nil
}
