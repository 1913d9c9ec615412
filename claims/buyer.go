package claims

import (
	"context"
	"fmt"
	"strings"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// JoinBuyer makes whoever has bought an advocate, or finds the one they are, and tells what there is to share. A
// customer who is signed in needs no order. A guest is known by an order and its confirmation number: who names both is
// shown a link, and nothing of the person. Their advocate is the order's customer, or stands for the order until
// Shopify names one. An order that is not there yet, one of another shop and a wrong number look alike: they are not
// known, and may be asked for again.
//
// Errors: those of the live campaign (there is no offer), and of Join; beside those of Join stands what could be shared.
func (s *Service) JoinBuyer(ctx context.Context, r BuyerRequest) (BuyerView, error) {
	campaign, err := s.campaigns.Live(ctx, r.Shop)
	if err != nil {
		return BuyerView{}, err
	}

	offer := *offerView(campaign)
	join := JoinRequest{Shop: r.Shop, Customer: r.Customer, Terms: r.Terms, Seen: r.Seen, At: r.At}
	if r.Customer == "" {
		placed, err := s.placed(ctx, r)
		if fault.Is(err, fault.NotFound) {
			return BuyerView{}, nil
		}
		if err != nil {
			return BuyerView{}, err
		}
		if join, err = s.joinOf(ctx, r, placed); err != nil {
			return BuyerView{}, err
		}
	}

	advocate, err := s.ensureAdvocate(ctx, join)
	if err != nil {
		return BuyerView{Offer: offer}, err
	}
	if err := s.noteSeen(ctx, advocate, r.Seen); err != nil {
		return BuyerView{}, err
	}
	view, err := s.view(ctx, advocate)
	if err != nil {
		return BuyerView{}, err
	}
	return BuyerView{Known: true, Advocate: view, Offer: offer}, nil
}

// placed reads the order that a guest names. NotFound: it is not to be had, or another has placed it.
func (s *Service) placed(ctx context.Context, r BuyerRequest) (referral.Placed, error) {
	id, ok := orderOf(r.Order)
	if !ok || r.Confirmation == "" {
		return referral.Placed{}, fault.ForLog(fault.NotFound, "no order is named")
	}

	placed, err := s.shopify.ReadPlaced(ctx, r.Shop, id)
	if err != nil {
		return referral.Placed{}, fmt.Errorf("claims: read placed: %w", err)
	}
	if !placed.PlacedBy(r.Confirmation) {
		return referral.Placed{}, fault.ForLog(fault.NotFound, "the confirmation number is another's")
	}
	return placed, nil
}

// orderOf reads the order's gid from that of the order or its identity, which the thank-you page has before there is an
// order. Source: shopify.dev, order confirmation API of checkout extensions, 2026-07.
func orderOf(gid string) (referral.OrderID, bool) {
	for _, prefix := range []string{"gid://shopify/OrderIdentity/", "gid://shopify/Order/"} {
		number, found := strings.CutPrefix(gid, prefix)
		if found && number != "" && len(number) <= 20 && strings.Trim(number, "0123456789") == "" {
			return referral.OrderID("gid://shopify/Order/" + number), true
		}
	}
	return "", false
}

// joinOf asks to join for whoever placed the order. A guest who joined with it before there was a customer is that
// customer from now on, unless the customer is an advocate already.
func (s *Service) joinOf(ctx context.Context, r BuyerRequest, placed referral.Placed) (JoinRequest, error) {
	join := JoinRequest{Shop: r.Shop, Customer: placed.Customer, Terms: r.Terms, Seen: r.Seen, At: r.At}
	if placed.Customer == "" {
		join.order = placed.Order
		return join, nil
	}

	_, err := s.advocates.TieAdvocate(ctx, r.Shop, placed.Order, placed.Customer)
	if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
		return JoinRequest{}, fmt.Errorf("claims: tie advocate: %w", err)
	}
	return join, nil
}

// Overview is what a signed-in customer sees of themselves as an advocate, with the offer that is live; nil: none is.
// NotFound: they have not joined.
func (s *Service) Overview(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID, seen referral.Sighting,
) (AdvocateView, *OfferView, error) {
	view, err := s.Me(ctx, shop, c, seen)
	if err != nil {
		return AdvocateView{}, nil, err
	}
	campaign, err := s.campaigns.Live(ctx, shop)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		return view, nil, nil
	}
	if err != nil {
		return AdvocateView{}, nil, err
	}
	return view, offerView(campaign), nil
}
