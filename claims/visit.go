package claims

import (
	"context"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// errUnknownLink is the one answer for a link that leads nowhere, whatever the reason.
var errUnknownLink = fault.New(fault.NotFound, "unknown_link")

// advocateByRef finds the advocate of a link. NotFound: there is none, or they are blocked.
func (s *Service) advocateByRef(ctx context.Context, shop tenant.ShopID, ref string) (referral.Advocate, error) {
	code, err := referral.ParseRef(ref)
	if err != nil {
		return referral.Advocate{}, err
	}
	advocate, err := s.advocates.FindAdvocateByCode(ctx, shop, code)
	if fault.Is(err, fault.NotFound) || (err == nil && advocate.State == referral.AdvocateBlocked) {
		return referral.Advocate{}, errUnknownLink
	}
	return advocate, err
}

// opened finds whose link was opened, and the campaign that visitors see. Errors: NotFound (link or offer), Conflict
// (an advocate who is signed in opens their own link). Of a guest in the advocate's browser the latter is not said,
// for families share browsers.
func (s *Service) opened(
	ctx context.Context, shop tenant.ShopID, ref string, by referral.CustomerID,
) (referral.Advocate, referral.Campaign, error) {
	advocate, err := s.advocateByRef(ctx, shop, ref)
	if err != nil {
		return referral.Advocate{}, referral.Campaign{}, err
	}
	if by != "" && advocate.Customer == by {
		return referral.Advocate{}, referral.Campaign{}, fault.New(fault.Conflict, "own_link")
	}
	campaign, err := s.campaigns.Live(ctx, shop)
	return advocate, campaign, err
}

// Visit notes that a link was opened: what that changes is decided by referral.DecideVisit. The visit itself is not
// stored. A claim that waits for its code is given it, if there is one. Errors: NotFound (link or offer), Conflict (the
// advocate's own link, an offer that was used).
func (s *Service) Visit(ctx context.Context, r VisitRequest) (VisitView, error) {
	advocate, campaign, err := s.opened(ctx, r.Shop, r.Ref, r.Customer)
	if err != nil {
		return VisitView{}, err
	}
	opened := referral.Visit{Shop: r.Shop, Campaign: campaign.Key(), Advocate: advocate.ID, At: r.At, Referrer: r.Seen.Referrer}
	view := VisitView{Visit: opened}

	asked := ClaimRequest{Shop: r.Shop, Customer: r.Customer, Browser: r.Browser, Cart: r.Cart, Seen: r.Seen, At: r.At}
	facts, err := s.facts(ctx, asked, campaign, advocate.ID)
	if err != nil {
		return view, err
	}
	held, err := s.apply(ctx, facts, s.decide(ctx, facts, referral.DecideVisit))
	if err != nil || held == nil {
		return view, err
	}

	shown, err := s.claimView(ctx, *held, campaign, advocate.ID, r.At)
	if err != nil && fault.CodeOf(err) != "preparing_codes" { // else the claim is shown without its code
		return view, err
	}
	view.Held, view.Yours, view.Offer = &shown.Claim, shown.Yours, shown.Offer
	return view, nil
}
