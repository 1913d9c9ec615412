package shops

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"twofold/fault"
	"twofold/tenant"
)

// WriteTerms makes what the merchant has typed the next version of the programme's terms, which whoever joins from then
// on agrees to; advocates stay advocates. Without text and link nothing is asked from then on. What is as it was makes
// no version. Invalid: the text is too long, the link leads elsewhere. Conflict: somebody else has written meanwhile.
func (s *Service) WriteTerms(ctx context.Context, shop tenant.ShopID, typed tenant.TermsTyped) error {
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return fmt.Errorf("shops: find shop: %w", err)
	}
	terms, err := termsOf(found, typed)
	if err != nil {
		return err
	}

	before, err := s.latestTerms(ctx, found)
	if err != nil {
		return err
	}
	if terms.Text == before.Text && terms.Link == before.Link {
		return nil
	}
	if typed.Over != before.Version {
		return fault.New(fault.Conflict, "terms_written")
	}

	terms.Version, terms.At = before.Version+1, s.now()
	if err := s.store.AddTerms(ctx, shop, terms); err != nil {
		return fmt.Errorf("shops: add terms: %w", err)
	}
	s.bell.ShowOffer(ctx, shop)
	s.log.InfoContext(ctx, "terms written", "shop", shop, "version", terms.Version, "asked", terms.Asks())
	return nil
}

// latestTerms are the newest ones; the zero value: there never were any.
func (s *Service) latestTerms(ctx context.Context, shop tenant.Shop) (tenant.Terms, error) {
	if shop.Terms.Latest == 0 {
		return tenant.Terms{}, nil
	}
	found, err := s.store.FindTerms(ctx, shop.ID, shop.Terms.Latest)
	if err != nil {
		return tenant.Terms{}, fmt.Errorf("shops: find terms: %w", err)
	}
	return found, nil
}

// termsOf reads what was typed.
func termsOf(shop tenant.Shop, typed tenant.TermsTyped) (tenant.Terms, error) {
	link, err := pagePath(shop, typed.Link)
	if err != nil {
		return tenant.Terms{}, err
	}
	text := strings.TrimSpace(strings.ReplaceAll(typed.Text, "\r\n", "\n"))
	terms := tenant.Terms{Text: text, Link: link}
	return terms, terms.Validate()
}

// pathPattern is what the path of a page looks like that can stand in a link as it is. It leads to no other site.
var pathPattern = regexp.MustCompile(`\A/[A-Za-z0-9][A-Za-z0-9/_.~%-]{0,499}\z`)

// pagePath is the path of a page of the shop, which is named by its path or by its whole address; "" for none. Invalid:
// it is another site's, or no page's.
func pagePath(shop tenant.Shop, typed string) (string, error) {
	path := strings.TrimSpace(typed)
	for _, base := range []string{shop.Profile.PrimaryURL, "https://" + string(shop.ID)} {
		path = strings.TrimPrefix(path, base)
	}
	if path != "" && !pathPattern.MatchString(path) || path == "" && strings.TrimSpace(typed) != "" {
		return "", fault.New(fault.Invalid, "terms_link")
	}
	return path, nil
}
