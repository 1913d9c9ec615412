package mail

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Whoever wants no mails says so by a link in each of them: a sealed token that names the shop and the customer, or the
// keyed hash of an address, so that no list of addresses is needed, and nobody can be signed off by guessing. Source:
// RFC 8058, one-click unsubscribe.

// StopPath is where the link leads.
const StopPath = "/mail/unsubscribe"

// stopPurpose keeps these tokens apart from all else that is sealed.
const stopPurpose = "mail_stop"

// stopToken is what is sealed.
type stopToken struct {
	Shop     tenant.ShopID       `json:"s"`
	Customer referral.CustomerID `json:"c"`
	Hash     string              `json:"h,omitempty"` // of an address, in the place of a customer
}

// stopLink is the link for a customer; "" while nobody knows where the app is reached.
func (s *Service) stopLink(shop tenant.ShopID, c referral.CustomerID, language string) (string, error) {
	return s.sealedStop(stopToken{Shop: shop, Customer: c}, language)
}

func (s *Service) sealedStop(t stopToken, language string) (string, error) {
	origin := s.origin()
	if origin == "" {
		return "", nil
	}
	plain, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	sealed, err := s.sealer.Seal(stopPurpose, "", plain)
	if err != nil {
		return "", fmt.Errorf("mail: seal: %w", err)
	}
	return origin + StopPath + "?" + url.Values{"l": {language}, "t": {sealed}}.Encode(), nil
}

// openStop opens a token. Invalid (mail_link): it is none of ours.
func (s *Service) openStop(token string) (t stopToken, err error) {
	plain, err := s.sealer.Open(stopPurpose, "", token)
	if err == nil {
		err = json.Unmarshal(plain, &t)
	}
	if err != nil {
		return t, fault.Wrap(fault.Invalid, err, "mail_link")
	}
	return t, nil
}

// StopFor names the shop that a token is for, and changes nothing: mail programs open links by themselves. Invalid
// (mail_link): it is no token.
func (s *Service) StopFor(ctx context.Context, token string) (shop string, err error) {
	t, err := s.openStop(token)
	if err != nil {
		return "", err
	}
	return s.nameOf(ctx, t.Shop)
}

// Stop has the customer or the address of a token told nothing more by the shop, and names it. It may be said twice. Invalid
// (mail_link): it is no token.
func (s *Service) Stop(ctx context.Context, token string) (shop string, err error) {
	t, err := s.openStop(token)
	if err != nil {
		return "", err
	}
	if shop, err = s.nameOf(ctx, t.Shop); err != nil {
		return "", err
	}

	if err := s.stopAll(ctx, t); err != nil {
		return "", err
	}
	s.log.InfoContext(ctx, "mails stopped", "shop", t.Shop)
	return shop, nil
}

// stopAll stops the mails to an address, or to a customer and to whoever took their place when the merchant merged them:
// an old mail's link names the one who went. It is written first and asked afterwards, as a merge does it the other way
// round.
func (s *Service) stopAll(ctx context.Context, t stopToken) error {
	stop := func(hash string) error {
		if err := s.store.StopMails(ctx, t.Shop, hash, s.now()); err != nil {
			return fmt.Errorf("mail: stop: %w", err)
		}
		return nil
	}

	if t.Hash != "" { // an address, which nobody is merged by
		return stop(t.Hash)
	}
	theirs := s.hashes(t.Shop, t.Customer)
	if err := stop(theirs[0]); err != nil {
		return err
	}
	stays, err := s.store.MergedInto(ctx, t.Shop, theirs)
	if err != nil {
		return fmt.Errorf("mail: merged into: %w", err)
	}
	if stays == "" {
		return nil
	}
	return stop(s.hashes(t.Shop, stays)[0])
}

// hashes are those by which it is remembered that a customer wants no mails.
func (s *Service) hashes(shop tenant.ShopID, c referral.CustomerID) []string {
	return s.hasher.Hashes(shop, referral.MailStop, string(c))
}

// nameOf is the shop's name. A shop that is gone writes to nobody any more: its token is as good as none.
func (s *Service) nameOf(ctx context.Context, id tenant.ShopID) (string, error) {
	shop, err := s.store.FindShop(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return "", fault.Wrap(fault.Invalid, err, "mail_link")
	}
	if err != nil {
		return "", fmt.Errorf("mail: find shop: %w", err)
	}
	return shop.Profile.Name, nil
}

// stopped tells whether the customer wants no mails.
func (s *Service) stopped(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) (bool, error) {
	stopped, err := s.store.MailsStopped(ctx, shop, s.hashes(shop, c))
	if err != nil {
		return false, fmt.Errorf("mail: stopped: %w", err)
	}
	return stopped, nil
}
