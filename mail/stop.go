package mail

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Whoever wants no mails says so by a link in each of them: a sealed token that names the shop and the customer, or the
// keyed hash of an address, so that no list of addresses is needed, and nobody can be signed off by guessing. Source:
// RFC 8058, one-click unsubscribe.

// StopPath is where mail programs post that their reader wants no more, and ChoosePath the page on which readers choose.
const (
	StopPath   = "/mail/unsubscribe"
	ChoosePath = "/mail/preferences"
)

// stopPurpose keeps these tokens apart from all else that is sealed.
const stopPurpose = "mail_stop"

// stopToken is what is sealed.
type stopToken struct {
	Shop     tenant.ShopID       `json:"s"`
	Customer referral.CustomerID `json:"c"`
	Hash     string              `json:"h,omitempty"` // of an address, in the place of a customer
}

// ending are the links at a mail's end, for whoever a token names. A customer's leads to the page on which they choose;
// whoever has only typed an address gets no mails that could be chosen from.
func (s *Service) ending(t stopToken, language string) (links, error) {
	token, err := s.sealed(t)
	origin := s.origin()
	if err != nil || origin == "" { // nobody knows where the app is reached
		return links{Token: token}, err
	}

	query := "?" + url.Values{"l": {language}, "t": {token}}.Encode()
	stop := origin + StopPath + query
	if t.Customer == "" {
		return links{Stop: stop, OneClick: stop, Token: token}, nil
	}
	return links{Stop: origin + ChoosePath + query, OneClick: stop, Token: token}, nil
}

// sealed is the token.
func (s *Service) sealed(t stopToken) (string, error) {
	plain, err := json.Marshal(t)
	if err != nil {
		return "", err
	}

	sealed, err := s.sealer.Seal(stopPurpose, "", plain)
	if err != nil {
		return "", fmt.Errorf("mail: seal: %w", err)
	}
	return sealed, nil
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

	if err := s.stopAll(ctx, t, referral.StopAsked, s.now()); err != nil {
		return "", err
	}
	s.log.InfoContext(ctx, "mails stopped", "shop", t.Shop)
	return shop, nil
}

// stopAll stops the mails to an address, or to a customer and to whoever took their place when the merchant merged them:
// an old mail's link names the one who went. It is written first and asked afterwards, as a merge does it the other way
// round.
func (s *Service) stopAll(ctx context.Context, t stopToken, why referral.StopReason, at time.Time) error {
	stop := func(hash string) error {
		if err := s.store.StopMails(ctx, t.Shop, hash, why, at); err != nil {
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

// Choices names the shop that a token is for, and the sorts of mails that its reader gets now. Invalid (mail_link): it is
// no token of a customer's.
func (s *Service) Choices(ctx context.Context, token string) (shop string, wanted []string, err error) {
	t, shop, err := s.chooser(ctx, token)
	if err != nil {
		return "", nil, err
	}

	hashes, err := s.allHashes(ctx, t)
	if err != nil {
		return "", nil, err
	}
	wish, err := s.store.MailWish(ctx, t.Shop, slices.Concat(hashes...))
	if err != nil {
		return "", nil, fmt.Errorf("mail: wish: %w", err)
	}
	for _, sort := range wish.Wanted() {
		wanted = append(wanted, string(sort))
	}
	return shop, wanted, nil
}

// Choose has a token's reader written these sorts of mails and no others, none where there is none of them, and names the
// shop. Invalid (mail_link): it is no token of a customer's.
func (s *Service) Choose(ctx context.Context, token string, wanted []string) (shop string, err error) {
	t, shop, err := s.chooser(ctx, token)
	if err != nil {
		return "", err
	}

	var sorts []referral.MailSort
	for _, sort := range wanted {
		sorts = append(sorts, referral.MailSort(sort))
	}
	hashes, err := s.allHashes(ctx, t)
	if err != nil {
		return "", err
	}
	wish := referral.WishFor(sorts)
	for _, one := range hashes {
		if err := s.store.WishMails(ctx, t.Shop, one, wish, s.now()); err != nil {
			return "", fmt.Errorf("mail: wish: %w", err)
		}
	}

	s.log.InfoContext(ctx, "mails chosen", "shop", t.Shop, "sorts", wish.Wanted())
	return shop, nil
}

// chooser opens a customer's token, and names its shop.
func (s *Service) chooser(ctx context.Context, token string) (t stopToken, shop string, err error) {
	t, err = s.openStop(token)
	if err == nil && t.Customer == "" {
		err = fault.New(fault.Invalid, "mail_link")
	}
	if err != nil {
		return t, "", err
	}
	shop, err = s.nameOf(ctx, t.Shop)
	return t, shop, err
}

// allHashes are those of a token's customer, and of whoever took their place when the merchant merged them.
func (s *Service) allHashes(ctx context.Context, t stopToken) ([][]string, error) {
	theirs := s.hashes(t.Shop, t.Customer)
	stays, err := s.store.MergedInto(ctx, t.Shop, theirs)
	if err != nil {
		return nil, fmt.Errorf("mail: merged into: %w", err)
	}
	if stays == "" {
		return [][]string{theirs}, nil
	}
	return [][]string{theirs, s.hashes(t.Shop, stays)}, nil
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

// wishOf is what a customer wants of mails.
func (s *Service) wishOf(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) (referral.MailWish, error) {
	wish, err := s.store.MailWish(ctx, shop, s.hashes(shop, c))
	if err != nil {
		return wish, fmt.Errorf("mail: wish: %w", err)
	}
	return wish, nil
}
