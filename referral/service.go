package referral

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"twofold/fault"
	"twofold/money"
	"twofold/tenant"
)

// Config holds what may be tuned of the use cases. The zero value of a field means its default.
type Config struct {
	MaxOpenClaims int                // open, unused claims that one advocate may have, or one network in an advocate's link; default 200
	ReleaseMargin time.Duration      // a releasing reconcile starts at least this long after release_at; default 2 minutes
	NameCampaign  func(Terms) string // names a shop's first campaign by its terms; default its id
	Level2        bool               // the app may see e-mail addresses (protected-data level 2); default it may not

	SayAmount  func(money.Amount) map[string]string // words an amount for shoppers, by language tag; default none
	SayPercent func(bp int) map[string]string       // the same for a percentage
}

func (c Config) withDefaults() Config {
	if c.MaxOpenClaims == 0 {
		c.MaxOpenClaims = 200
	}
	if c.NameCampaign == nil {
		c.NameCampaign = func(Terms) string { return string(draftID) }
	}
	if c.ReleaseMargin == 0 {
		c.ReleaseMargin = 2 * time.Minute
	}
	if c.SayAmount == nil {
		c.SayAmount = func(money.Amount) map[string]string { return nil }
	}
	if c.SayPercent == nil {
		c.SayPercent = func(int) map[string]string { return nil }
	}
	return c
}

// Validate refuses values that make no sense.
func (c Config) Validate() error {
	d := c.withDefaults()
	if d.MaxOpenClaims < 1 || d.ReleaseMargin < 0 {
		return fault.ForLog(fault.Invalid, "referral: claim and margin settings must be positive")
	}
	return nil
}

// Service is the use cases. It holds no state of its own, so that any number of processes may run it side by side.
type Service struct {
	store   Store
	shopify Shopify
	codes   Codes
	bell    Bell
	hasher  Hasher
	visits  Visits
	now     func() time.Time
	log     *slog.Logger
	config  Config
}

// NewService wires the use cases. now is the business clock: wall time, moved by the simulator in development.
func NewService(store Store, shopify Shopify, codes Codes, bell Bell, hasher Hasher, visits Visits, now func() time.Time, log *slog.Logger, config Config) (*Service, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	return &Service{store, shopify, codes, bell, hasher, visits, now, log, config.withDefaults()}, nil
}

// newID makes an id of ours: a prefix and a UUIDv7 in base32, so that ids sort by time. Source: RFC 9562, 5.7.
func newID(prefix string, now time.Time) string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails: crypto/rand, Go 1.24
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(id[:6], ms[2:])
	id[6] = 0x70 | id[6]&0x0f
	id[8] = 0x80 | id[8]&0x3f
	return prefix + strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(id[:]))
}

// SetUp runs after an install: it reads the shop, and makes sure that a draft campaign waits for the merchant. The profile is kept
// last: a shop without one is found by a sweep and set up again.
func (s *Service) SetUp(ctx context.Context, shop tenant.ShopID) error {
	profile, err := s.shopify.ReadProfile(ctx, shop)
	if err != nil {
		return fmt.Errorf("referral: read profile: %w", err)
	}
	sells, err := s.sells(ctx, shop)
	if err != nil {
		return err
	}
	if err := s.ensureDraft(ctx, shop, profile.Currency, sells); err != nil {
		return err
	}
	return s.keepProfile(ctx, shop, profile)
}

// RefreshProfile asks Shopify for the shop's currency, time zone, plan and scopes, and keeps them.
func (s *Service) RefreshProfile(ctx context.Context, shop tenant.ShopID) error {
	profile, err := s.shopify.ReadProfile(ctx, shop)
	if err != nil {
		return fmt.Errorf("referral: read profile: %w", err)
	}
	return s.keepProfile(ctx, shop, profile)
}

// profileAge is how old the kept profile may grow: the webhooks that tell of changes may be lost.
const profileAge = 24 * time.Hour

// RefreshStaleProfile is RefreshProfile when the kept one is older than a day.
func (s *Service) RefreshStaleProfile(ctx context.Context, shop tenant.ShopID) error {
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return fmt.Errorf("referral: find shop: %w", err)
	}
	if s.now().Sub(found.ProfileAt) < profileAge {
		return nil
	}
	return s.RefreshProfile(ctx, shop)
}

func (s *Service) keepProfile(ctx context.Context, shop tenant.ShopID, profile tenant.Profile) error {
	if err := s.store.SaveProfile(ctx, shop, profile, s.now()); err != nil {
		return fmt.Errorf("referral: save profile: %w", err)
	}
	s.bell.ShowOffer(ctx, shop)
	return nil
}

// CheckUninstalled finds out whether a shop that is said to have uninstalled really has: its token no longer works. triggeredAt is
// when it is said to have happened; before the current install it says nothing. A header never proves it (design section 7).
func (s *Service) CheckUninstalled(ctx context.Context, shop tenant.ShopID, triggeredAt time.Time) error {
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return err
	}
	if !triggeredAt.IsZero() && triggeredAt.Before(found.InstalledAt) {
		return nil
	}
	switch err := s.shopify.Ping(ctx, shop); {
	case err == nil:
		return nil
	case !fault.Is(err, fault.Unauthorized):
		return fmt.Errorf("referral: prove uninstall: %w", err)
	}
	if err := s.store.MarkUninstalled(ctx, shop, found.Install, s.now()); err != nil && !fault.Is(err, fault.Conflict) {
		return fmt.Errorf("referral: mark uninstalled: %w", err)
	}
	s.log.InfoContext(ctx, "shop uninstalled", "shop", shop)
	return nil
}
