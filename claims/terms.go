package claims

import (
	"context"
	"fmt"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// TermsAnchor names the part of the advocate's page that has the programme's terms.
const TermsAnchor = "friends-terms"

// agree is what whoever joins agrees to. Conflict: not to the terms that the shop asks for now. The error names their
// version, and where they can be read.
func agree(shop tenant.Shop, r JoinRequest) (referral.Agreement, error) {
	if shop.Terms.Version == 0 {
		return referral.Agreement{}, nil
	}
	if r.Terms != shop.Terms.Version {
		return referral.Agreement{}, fault.With(fault.Conflict, "accept_terms", fault.Values{
			"version": shop.Terms.Version, "link": termsLink(shop),
		})
	}
	return referral.Agreement{Version: r.Terms, At: r.At}, nil
}

// agreeAgain notes to which newer terms an advocate agrees, who is asked for nothing.
func (s *Service) agreeAgain(ctx context.Context, a referral.Advocate, r JoinRequest) (referral.Advocate, error) {
	if r.Terms <= a.Agreed.Version {
		return a, nil
	}

	shop, err := s.store.FindShop(ctx, r.Shop)
	if err != nil {
		return referral.Advocate{}, fmt.Errorf("claims: find shop: %w", err)
	}
	if r.Terms != shop.Terms.Version {
		return a, nil
	}
	a.Agreed = referral.Agreement{Version: r.Terms, At: r.At}
	if err := s.advocates.NoteAgreed(ctx, r.Shop, a.ID, a.Agreed); err != nil {
		return referral.Advocate{}, fmt.Errorf("claims: note agreed: %w", err)
	}
	return a, nil
}

// termsLink is where the terms of now can be read: at the merchant's own page, or in the advocate's.
func termsLink(shop tenant.Shop) string {
	if shop.Terms.Link != "" {
		return site(shop) + shop.Terms.Link
	}
	return PageLink(shop) + "#" + TermsAnchor
}
