package claims

import (
	"context"
	"fmt"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// PageRequest asks for what a shopper reads of the offer where no script runs.
type PageRequest struct {
	Shop     tenant.ShopID
	Ref      string              // an advocate's code, in any form; "" is none
	Customer referral.CustomerID // signed; "" for a guest
	Guest    referral.AdvocateID // of a guest who has just joined, or has shown whose they are; "" else
	Seen     referral.Sighting
}

// PageView is what is told there. It notes no touch, and nobody joins: only where an advocate looks at it from is noted.
type PageView struct {
	ShopName string
	State    referral.CampaignState // live, paused or ended; "" while there was no offer yet
	Offer    OfferView              // of the live campaign
	HoldDays int                    // of the live campaign
	Link     RefState               // what the ref is
	Code     string                 // the advocate's shareable code, if it works at the checkout now; "" else
	Missing  []MissingView          // what the signed-in customer has asked for
	Mine     *AdvocateView          // of whoever asks; nil: nobody is known, or they have not joined
	Guests   bool                   // whoever is not signed in may come back by an address
	Joins    bool                   // and join by one
	Terms    tenant.Terms           // to which whoever joins agrees; the zero value: to none
}

// RefState is what a ref is to whoever opens it.
type RefState string

// The states of a ref.
const (
	RefNone    RefState = ""        // there is none
	RefUnknown RefState = "unknown" // it leads nowhere, whyever
	RefFriends RefState = "friends" // another's
	RefOwn     RefState = "own"     // the signed-in customer's
)

// Page is the offer as it stands now, with what the ref and the signed-in customer have to do with it. NotFound: no
// such shop.
func (s *Service) Page(ctx context.Context, r PageRequest) (PageView, error) {
	shop, err := s.store.FindShop(ctx, r.Shop)
	if err != nil {
		return PageView{}, fmt.Errorf("claims: find shop: %w", err)
	}
	all, err := s.store.ListCampaigns(ctx, r.Shop)
	if err != nil {
		return PageView{}, fmt.Errorf("claims: list campaigns: %w", err)
	}

	view := PageView{
		ShopName: shop.Profile.Name,
		Guests:   s.config.Mails,
		Joins:    s.config.Mails && shop.Settings.Join != tenant.BuyersJoin,
	}
	shown, state := referral.Offered(all)
	if state == referral.ShownDraft {
		shown = referral.Campaign{} // none was ever live
	}
	view.State = shown.State
	if shown.State == referral.CampaignLive {
		view.Offer, view.HoldDays = *offerView(shown), shown.Terms.HoldDays
	}

	if shop.Terms.Version > 0 {
		if view.Terms, err = s.store.FindTerms(ctx, r.Shop, shop.Terms.Version); err != nil {
			return PageView{}, fmt.Errorf("claims: find terms: %w", err)
		}
	}

	if err := s.pageMine(ctx, &view, r); err != nil {
		return PageView{}, err
	}
	if err := s.pageMissing(ctx, &view, r); err != nil {
		return PageView{}, err
	}
	if r.Ref == "" {
		return view, nil
	}
	return view, s.pageRef(ctx, &view, r, shown)
}

// pageMine adds the link of whoever asks, and how their friends stand, if they have joined.
func (s *Service) pageMine(ctx context.Context, view *PageView, r PageRequest) error {
	advocate, err := s.asker(ctx, r)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("claims: find advocate: %w", err)
	}
	if err := s.noteSeen(ctx, advocate, r.Seen); err != nil {
		return err
	}
	mine, err := s.view(ctx, advocate)
	if err != nil {
		return err
	}
	view.Mine = &mine
	return s.addFriends(ctx, view.Mine)
}

// asker is the advocate who asks for the page: the signed-in customer, else the guest. NotFound: neither, or they have
// not joined.
func (s *Service) asker(ctx context.Context, r PageRequest) (referral.Advocate, error) {
	switch {
	case r.Customer != "":
		return s.advocates.FindAdvocateByCustomer(ctx, r.Shop, r.Customer)
	case r.Guest != "":
		a, err := s.advocates.FindAdvocate(ctx, r.Shop, r.Guest)
		if err == nil && !a.ErasedAt.IsZero() {
			err = fault.ForLog(fault.NotFound, "the advocate was erased")
		}
		return a, err
	}
	return referral.Advocate{}, fault.ForLog(fault.NotFound, "nobody is known")
}

// pageRef adds what the ref is. The shareable code of another advocate is told where it works now: it was made for
// them, and not used up.
func (s *Service) pageRef(ctx context.Context, view *PageView, r PageRequest, live referral.Campaign) error {
	view.Link = RefUnknown
	advocate, err := s.advocateByRef(ctx, r.Shop, r.Ref)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("claims: find advocate: %w", err)
	}

	view.Link = RefFriends
	if r.Customer != "" && advocate.Customer == r.Customer {
		view.Link = RefOwn
	}
	if live.State != referral.CampaignLive || !live.Terms.Shares() {
		return nil
	}
	known, err := s.store.FindCodes(ctx, r.Shop, []string{advocate.Code()})
	if err != nil {
		return fmt.Errorf("claims: find codes: %w", err)
	}
	for _, c := range known {
		if c.Side == referral.ShareSide && c.State == referral.CodeHeld {
			view.Code = c.Code
		}
	}
	return nil
}
