package campaigns

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// showLease is held by whoever writes what the shop's pages show: of two at once, the one that read older facts must
// not write last.
const showLease = "show"

// Numbers of showing the offer.
const (
	showTries  = 5              // how often others may write in between
	showEvery  = 24 * time.Hour // what stands in the shop is compared once a day, too
	showRefuse = time.Hour      // what can never work is tried again in case that somebody has mended it
)

// ShowOffer brings what the shop's pages show of the app to what its campaigns say: metafields which the widgets read
// without asking us. It may run at any time, and as often as one likes. Limited: it runs already; come back in a
// second.
func (s *Service) ShowOffer(ctx context.Context, shop tenant.ShopID) error {
	_, giveBack, err := tenant.Hold(ctx, s.store, shop, showLease, s.log)
	if fault.Is(err, fault.Conflict) {
		return &fault.Error{Kind: fault.Limited, Err: err, RetryAfter: time.Second}
	}
	if err != nil {
		return fmt.Errorf("campaigns: %w", err)
	}
	defer giveBack()

	for range showTries {
		if err = s.showOffer(ctx, shop); !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return fault.ForLog(fault.Unavailable, "campaigns: others wrote the shown offer %d times meanwhile: %w", showTries, err)
}

// showOffer reads, decides, and writes what differs. What stands in the shop is read before the facts: if it is still
// the same when it is written, nobody wrote by newer facts. Conflict: somebody wrote meanwhile.
func (s *Service) showOffer(ctx context.Context, shop tenant.ShopID) error {
	stands, unread := s.shopify.ReadShown(ctx, shop)

	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return fmt.Errorf("campaigns: find shop: %w", err)
	}
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return fmt.Errorf("campaigns: list campaigns: %w", err)
	}
	switch {
	case found.ProfileAt.IsZero():
		return nil // setting it up makes it due
	case unread != nil:
		return s.noteUnshown(ctx, found, all, fmt.Errorf("campaigns: read what is shown: %w", unread))
	}

	shown := referral.ShownOfferOf(found, all)
	offer, err := s.shownJSON(shown)
	if err != nil {
		return err
	}
	if stands.Ready.Value != "true" || !sameJSON(stands.Offer.Value, offer) {
		if err := s.shopify.WriteShown(ctx, shop, stands, offer); err != nil {
			return s.noteUnshown(ctx, found, all, fmt.Errorf("campaigns: write what is shown: %w", err))
		}
		s.log.InfoContext(ctx, "offer shown", "shop", shop, "state", shown.State, "campaign_id", shown.Campaign.ID, "version", shown.Campaign.Version)
	}

	went := tenant.Shown{Print: printOf(offer), Install: found.Install, At: found.Shown.At}
	if went.Print != found.Shown.Print || went.Install != found.Shown.Install { // also where the run that wrote it was cut off
		went.At = s.now()
	}
	if err := s.store.SaveShown(ctx, found, all, went, s.now().Add(showEvery)); err != nil {
		return fmt.Errorf("campaigns: save shown: %w", err)
	}
	return nil
}

// noteUnshown keeps why the offer could not be shown, and since when, and returns the cause. That somebody wrote
// meanwhile is no problem.
func (s *Service) noteUnshown(ctx context.Context, found tenant.Shop, all []referral.Campaign, cause error) error {
	if fault.Is(cause, fault.Conflict) {
		return cause
	}

	went := found.Shown
	why := problemOf(cause)
	went.Problem, went.Values = why.Code, why.Values
	if went.Since.IsZero() {
		went.Since = s.now()
	}
	var next time.Time
	if !fault.KindOf(cause).Retry() {
		next = s.now().Add(showRefuse)
	}
	if err := s.store.SaveShown(ctx, found, all, went, next); err != nil {
		return fmt.Errorf("%w; referral: save shown: %w", cause, err)
	}
	return cause
}

// proxyPattern is what the path of an app proxy looks like. Source: shopify.dev, app proxies, 2026-10: the prefixes; a
// subpath of up to 30 letters, digits, underscores and hyphens.
var proxyPattern = regexp.MustCompile(`\A/(a|apps|community|tools)/[A-Za-z0-9_-]{1,30}\z`)

// LearnProxy keeps the storefront path of the app proxy, as a verified request tells it. A merchant may change it at
// any time, and a new path of ours reaches only shops that install after it. Source: shopify.dev, app proxies, 2026-10.
func (s *Service) LearnProxy(ctx context.Context, shop tenant.ShopID, path string) error {
	if !proxyPattern.MatchString(path) {
		return nil // no path that a page could ask
	}

	changed, err := s.store.SaveProxy(ctx, shop, path)
	if err != nil {
		return fmt.Errorf("campaigns: save proxy: %w", err)
	}
	if changed {
		s.log.InfoContext(ctx, "proxy path learned", "shop", shop, "path", path)
		s.bell.ShowOffer(ctx, shop)
	}

	return nil
}

// ShownStatus says how what the shop's pages show compares with what its campaigns say.
type ShownStatus struct {
	At      time.Time        // when it was last written; zero: never at this install
	Stale   bool             // the campaigns say something else by now
	Problem referral.Problem // why it cannot be written; without a code: nothing hinders
	Since   time.Time        // when that began
}

// ShownStatus compares by what was last written, without asking Shopify, which ShowOffer does once a day.
func (s *Service) ShownStatus(ctx context.Context, shop tenant.ShopID) (ShownStatus, error) {
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return ShownStatus{}, fmt.Errorf("campaigns: find shop: %w", err)
	}
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return ShownStatus{}, fmt.Errorf("campaigns: list campaigns: %w", err)
	}
	offer, err := s.shownJSON(referral.ShownOfferOf(found, all))
	if err != nil {
		return ShownStatus{}, err
	}

	status := ShownStatus{Problem: referral.Problem{Code: found.Shown.Problem, Values: found.Shown.Values}, Since: found.Shown.Since}
	if found.Shown.Install == found.Install {
		status.At = found.Shown.At
		status.Stale = found.Shown.Print != printOf(offer)
	}
	return status, nil
}
