package mail

import (
	"cmp"
	"context"
	"fmt"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// deliverSignIn writes to an address that somebody has typed. Whether anybody is known by it changes nothing but that
// whoever wants no mails gets none, and nobody waits for this to be done.
func (s *Service) deliverSignIn(ctx context.Context, shop tenant.Shop, m referral.Mail) (referral.MailOutcome, error) {
	asked, err := s.store.FindSignIn(ctx, m.Shop, m.SignIn)
	if fault.Is(err, fault.NotFound) || err == nil && asked.Address == "" {
		return referral.MailLate, nil
	}
	if err != nil {
		return "", fmt.Errorf("mail: find sign-in: %w", err)
	}
	wish, hash, err := s.wishOfAddress(ctx, m.Shop, asked.Address)
	if err != nil || wish.None {
		return referral.MailStopped, err
	}

	to := stopToken{Shop: m.Shop, Hash: hash}
	letter, err := s.signInLetter(ctx, shop, m, asked, to)
	if err != nil {
		return "", err
	}
	// The link works from now on: the mail server may take the mail late.
	err = s.store.OpenSignIn(ctx, m.Shop, asked.ID, s.now().Add(referral.SignInFor))
	if fault.Is(err, fault.NotFound) {
		return referral.MailLate, nil
	}
	if err != nil {
		return "", fmt.Errorf("mail: open sign-in: %w", err)
	}
	return s.hand(ctx, letter, to)
}

// wishOfAddress is what whoever has an address wants of mails, as a guest and as a customer, and the keyed hash by which
// the address itself is known.
func (s *Service) wishOfAddress(
	ctx context.Context, shop tenant.ShopID, address string,
) (wish referral.MailWish, hash string, err error) {
	address = referral.NormalEmail(address)
	advocates, err := s.store.AdvocatesByEmails(ctx, shop, referral.EmailHashes(s.hasher, shop, address))
	if err != nil {
		return wish, "", fmt.Errorf("mail: advocates by emails: %w", err)
	}

	hashes := s.hasher.Hashes(shop, referral.MailStop, address)
	for _, a := range advocates {
		if a.Customer != "" {
			hashes = append(hashes, s.hasher.Hashes(shop, referral.MailStop, string(a.Customer))...)
		}
	}
	if wish, err = s.store.MailWish(ctx, shop, hashes); err != nil {
		return wish, "", fmt.Errorf("mail: wish: %w", err)
	}
	return wish, hashes[0], nil
}

// signInLetter words the mail, with its link and its code.
func (s *Service) signInLetter(
	ctx context.Context, shop tenant.Shop, m referral.Mail, asked referral.SignIn, reader stopToken,
) (Letter, error) {
	p := text.In(asked.Language)
	own, err := s.Own(ctx, m.Shop, m.Kind, p.Language())
	if err != nil {
		return Letter{}, err
	}
	to, err := s.ending(reader, p.Language())
	if err != nil {
		return Letter{}, err
	}

	m.Code = referral.SignInCode(s.hasher.Sum(m.Shop, referral.SignInHash, string(asked.ID)))
	if to.Link, err = s.enterLink(shop, asked.ID); err != nil {
		return Letter{}, err
	}
	about := text.About{Shop: shop.Profile.Name, Own: own}
	l, err := write(p, m.Notice, about, shop.Settings.MailLook, to)
	l.ID, l.To = idOf(m), asked.Address
	return l, err
}

// enterLink is the advocate's page, with what opens it in the fragment, which no server sees.
func (s *Service) enterLink(shop tenant.Shop, id referral.SignInID) (string, error) {
	sealed, err := s.sealer.Seal(referral.SignInSeal, string(shop.ID), []byte(id))
	if err != nil {
		return "", fmt.Errorf("mail: seal: %w", err)
	}
	return enterPage(shop) + sealed, nil
}

// enterPage is the advocate's page, before the token.
func enterPage(shop tenant.Shop) string {
	site := cmp.Or(shop.Profile.PrimaryURL, "https://"+string(shop.ID))
	return site + cmp.Or(shop.Proxy, referral.DefaultProxy) + "/page#friends="
}
