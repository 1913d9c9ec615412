package claims

import (
	"context"
	"crypto/subtle"
	"fmt"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// A guest is known by an address that somebody has typed. Nothing is looked up by it until whoever reads its mails has
// answered one: what is read, written and answered before is the same for every address, known or not.

// JoinGuest makes whoever types an address an advocate of their own, with a link at once, and has a mail sent to the
// address. Whoever answers it gets this link, and all that the address has already (Enter).
//
// Errors: those of the live campaign and of Join; Invalid: it is no address; Unauthorized: guests cannot join here.
func (s *Service) JoinGuest(ctx context.Context, r GuestRequest) (GuestView, error) {
	if _, err := s.campaigns.Live(ctx, r.Shop); err != nil {
		return GuestView{}, err
	}
	asked, err := s.askedBy(r, referral.NoticeProve)
	if err != nil {
		return GuestView{}, err
	}

	join := JoinRequest{Shop: r.Shop, guest: &asked, Browser: r.Browser, Terms: r.Terms, Seen: r.Seen, At: r.At}
	join.Seen.Typed = asked.Emails
	advocate, err := s.ensureAdvocate(ctx, join)
	if err != nil {
		return GuestView{}, err
	}
	s.bell.Mail(ctx, r.Shop)

	view, err := s.view(ctx, advocate)
	return GuestView{view, asked.ID}, err
}

// AskSignIn has a mail sent to an address, by which whoever reads it sees their friends and rewards. Errors: as of
// JoinGuest.
func (s *Service) AskSignIn(ctx context.Context, r GuestRequest) (referral.SignInID, error) {
	asked, err := s.askedBy(r, referral.NoticeSignIn)
	if err != nil {
		return "", err
	}
	if err := s.signIns.AddSignIn(ctx, asked, nil); err != nil {
		return "", fmt.Errorf("claims: add sign-in: %w", err)
	}
	s.bell.Mail(ctx, r.Shop)
	return asked.ID, nil
}

// askedBy is what a guest asks for. Invalid: it is no address. Unauthorized: no mail can be sent.
func (s *Service) askedBy(r GuestRequest, kind referral.NoticeKind) (referral.SignIn, error) {
	if !s.config.Mails {
		return referral.SignIn{}, fault.New(fault.Unauthorized, "sign_in_to_join")
	}
	address, err := referral.ParseEmail(r.Address)
	if err != nil {
		return referral.SignIn{}, err
	}
	return referral.SignIn{
		Shop: r.Shop, ID: referral.SignInID(tenant.NewID("sgn_", s.now())), Kind: kind, Address: address,
		Emails: referral.EmailHashes(s.hasher, r.Shop, address), Language: r.Language, At: r.At,
	}, nil
}

// Enter tells which advocate whoever follows a mail's link is, or types its code. It has shown that the address is
// theirs, so that all advocates of the address become one. Unauthorized: the link was used or is too old (sign_in_link);
// the same of a code, or it is wrong (sign_in_code). NotFound: nobody has joined with the address.
func (s *Service) Enter(ctx context.Context, r EnterRequest) (referral.AdvocateID, error) {
	asked, err := s.entering(ctx, r)
	if err != nil {
		return "", err
	}

	// The use is noted first: a link that is followed twice at once opens for one of the two.
	err = s.signIns.UseSignIn(ctx, r.Shop, r.Asked, s.now())
	if fault.Is(err, fault.NotFound) {
		return "", r.refused()
	}
	if err != nil {
		return "", fmt.Errorf("claims: use sign-in: %w", err)
	}
	advocate, err := s.prover.Prove(ctx, r.Shop, asked.Emails, s.now())
	return advocate.ID, err
}

// entering reads the request that a link or a code is of. A code counts as typed before it is compared.
func (s *Service) entering(ctx context.Context, r EnterRequest) (asked referral.SignIn, err error) {
	if r.byLink() {
		asked, err = s.signIns.FindSignIn(ctx, r.Shop, r.Asked)
	} else {
		asked, err = s.signIns.TrySignIn(ctx, r.Shop, r.Asked)
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return asked, fmt.Errorf("claims: find sign-in: %w", err)
	}

	right := err == nil && asked.Open(s.now()) && (r.byLink() || asked.Tries <= referral.SignInTries && s.isCode(r))
	if !right {
		return asked, r.refused()
	}
	return asked, nil
}

func (s *Service) isCode(r EnterRequest) bool {
	code := referral.SignInCode(s.hasher.Sum(r.Shop, referral.SignInHash, string(r.Asked)))
	return subtle.ConstantTimeCompare([]byte(code), []byte(referral.NormalSignInCode(r.Code))) == 1
}
