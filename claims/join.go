package claims

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// advocateCodeTries is how many codes are tried for an advocate before giving up; with 38 bits one is nearly always
// enough.
const advocateCodeTries = 5

// Join makes the customer an advocate, or finds the one they are. The code is drawn by HMAC from the customer's
// identity: two joins at once draw the same. Unauthorized: nobody is signed in. Conflict: only customers who have
// ordered may join, or the programme's terms are not agreed to. NotFound: the shop never had the app, and nothing is
// written.
func (s *Service) Join(ctx context.Context, r JoinRequest) (AdvocateView, error) {
	if r.Customer == "" {
		return AdvocateView{}, fault.New(fault.Unauthorized, "sign_in_to_join")
	}
	advocate, err := s.ensureAdvocate(ctx, r)
	if err != nil {
		return AdvocateView{}, err
	}

	if err := s.noteSeen(ctx, advocate, r.Seen); err != nil {
		return AdvocateView{}, err
	}
	for _, hash := range r.Browser {
		if slices.Contains(advocate.Browsers, hash) {
			continue
		}
		if err := s.advocates.NoteBrowser(ctx, r.Shop, advocate.ID, hash); err != nil {
			return AdvocateView{}, fmt.Errorf("claims: note browser: %w", err)
		}
	}
	return s.view(ctx, advocate)
}

// ensureAdvocate finds the advocate whom somebody has become before, or makes them one. Every way to join goes through
// here.
func (s *Service) ensureAdvocate(ctx context.Context, r JoinRequest) (referral.Advocate, error) {
	found, err := s.joined(ctx, r)
	if err == nil {
		return s.agreeAgain(ctx, found, r)
	}
	if !fault.Is(err, fault.NotFound) {
		return found, err
	}
	shop, err := s.store.FindShop(ctx, r.Shop)
	if err != nil {
		return referral.Advocate{}, fmt.Errorf("claims: find shop: %w", err)
	}
	agreed, err := agree(shop, r)
	if err != nil {
		return referral.Advocate{}, err
	}
	emails, err := s.mayJoin(ctx, shop, r)
	if err != nil {
		return referral.Advocate{}, err
	}

	id := referral.AdvocateID(tenant.NewID("adv_", s.now()))
	for n := range advocateCodeTries {
		sum := s.hasher.Sum(r.Shop, "advocate", fmt.Sprintf("%s/%d", r.identity(), n))
		a := referral.Advocate{
			Shop:     r.Shop,
			ID:       id,
			Customer: r.Customer,
			Order:    r.order,
			Codes:    []string{referral.CodeFrom(sum, referral.AdvocateCodeLetters)},
			Emails:   emails,
			State:    referral.AdvocateActive,
			JoinedAt: r.At,
			Agreed:   agreed,
			Seen:     referral.Seen(nil, r.Seen),
		}
		err = s.addAdvocate(ctx, r, a)
		if err == nil {
			s.bell.Share(ctx, r.Shop)
			s.bell.Mail(ctx, r.Shop)
			s.log.InfoContext(ctx, "advocate joined", "shop", r.Shop, "advocate_id", id)
			return a, nil
		}

		if !fault.Is(err, fault.Conflict) {
			break
		}
		if found, again := s.joined(ctx, r); again == nil {
			return found, nil
		}
	}
	return referral.Advocate{}, fmt.Errorf("claims: add advocate: %w", err)
}

// addAdvocate writes a new advocate, with the mail that tells them: a guest's asks whether the address is theirs.
func (s *Service) addAdvocate(ctx context.Context, r JoinRequest, a referral.Advocate) error {
	if r.guest == nil {
		return s.advocates.AddAdvocate(ctx, a, a.JoinNotices()...)
	}
	a.Browsers = r.Browser
	return s.signIns.AddSignIn(ctx, *r.guest, &a)
}

// joined finds the advocate whom somebody has become before. By an address nobody is found: it may be another's.
func (s *Service) joined(ctx context.Context, r JoinRequest) (referral.Advocate, error) {
	if r.guest != nil {
		return referral.Advocate{}, fault.ForLog(fault.NotFound, "the address is not proved")
	}
	if r.Customer == "" {
		return s.advocates.FindAdvocateByOrder(ctx, r.Shop, r.order)
	}
	return s.advocates.FindAdvocateByCustomer(ctx, r.Shop, r.Customer)
}

// mayJoin asks Shopify about whoever joins, where that matters: whether they have ordered, if only those may join, and
// what their address is, which it returns as hashes, with those of its mailbox: an order with either is told from a
// friend's. Conflict: they have not ordered.
func (s *Service) mayJoin(ctx context.Context, shop tenant.Shop, r JoinRequest) (emails []string, err error) {
	onlyBuyers := shop.Settings.Join == tenant.BuyersJoin
	if r.guest != nil {
		if onlyBuyers {
			return nil, fault.New(fault.Conflict, "buyers_join")
		}
		return slices.Concat(r.guest.Emails, referral.AliasHashes(s.hasher, r.Shop, r.guest.Address)), nil
	}
	if r.Customer == "" || !onlyBuyers && !s.config.Level2 { // a guest has shown an order of theirs
		return nil, nil
	}

	found, err := s.shopify.ReadCustomer(ctx, r.Shop, r.Customer)
	if err != nil {
		return nil, fmt.Errorf("claims: read advocate: %w", err)
	}
	if onlyBuyers && found.Total == 0 {
		return nil, fault.New(fault.Conflict, "buyers_join")
	}
	if !s.config.Level2 {
		return nil, nil
	}
	hashes := referral.EmailHashes(s.hasher, r.Shop, found.Email)
	return append(hashes, referral.AliasHashes(s.hasher, r.Shop, found.Email)...), nil
}

// maxShown is of how many friends an advocate is told, the newest first.
const maxShown = 100

// noteSeen notes from where and by what an advocate looks at what is theirs, if that tells more than is kept. Their friends
// who wait are looked at again: somebody who was seen nowhere else may be the advocate.
func (s *Service) noteSeen(ctx context.Context, a referral.Advocate, seen referral.Sighting) error {
	if !a.TellsMore(seen) {
		return nil
	}
	err := s.advocates.SetSeen(ctx, a.Shop, a.ID, a.SeenToo(seen))
	if fault.Is(err, fault.NotFound) { // they were erased meanwhile
		return nil
	}
	if err == nil {
		err = s.advocates.RaiseAround(ctx, a.Shop, referral.Look{Links: []referral.AdvocateID{a.ID}}, "")
	}
	if err != nil {
		return fmt.Errorf("claims: note seen: %w", err)
	}
	return nil
}

// Me is what a signed-in customer sees of themselves as an advocate. NotFound: they have not joined.
func (s *Service) Me(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID, seen referral.Sighting,
) (AdvocateView, error) {
	if c == "" {
		return AdvocateView{}, fault.New(fault.Unauthorized, "sign_in")
	}
	advocate, err := s.advocates.FindAdvocateByCustomer(ctx, shop, c)
	if err != nil {
		return AdvocateView{}, err
	}
	if err := s.noteSeen(ctx, advocate, seen); err != nil {
		return AdvocateView{}, err
	}
	view, err := s.view(ctx, advocate)
	if err != nil {
		return AdvocateView{}, err
	}
	return view, s.addFriends(ctx, &view)
}

// WaitingShown is up to how many friends who have not ordered are counted for an advocate.
const WaitingShown = 50

// addFriends adds what an advocate is told of the friends they sent: no referral that rests on somebody's word alone.
func (s *Service) addFriends(ctx context.Context, view *AdvocateView) error {
	shop, id := view.Advocate.Shop, view.Advocate.ID
	all, err := s.store.ReferralsOf(ctx, shop, id, maxShown)
	if err != nil {
		return fmt.Errorf("claims: referrals of advocate: %w", err)
	}
	view.Referrals = slices.DeleteFunc(all, referral.Referral.OnWord)

	if view.Waiting, err = s.store.CountOpenClaims(ctx, shop, id, s.now(), WaitingShown+1); err != nil {
		return fmt.Errorf("claims: count open claims: %w", err)
	}
	return nil
}

func (s *Service) view(ctx context.Context, a referral.Advocate) (AdvocateView, error) {
	shop, err := s.store.FindShop(ctx, a.Shop)
	if err != nil {
		return AdvocateView{}, fmt.Errorf("claims: find shop: %w", err)
	}
	return AdvocateView{Advocate: a, Link: Link(shop, a.Code()), ShopName: nameOf(shop)}, nil
}

// nameOf is what the shop is called: its address while it has told no name.
func nameOf(shop tenant.Shop) string {
	address := cmp.Or(shop.Profile.PrimaryURL, string(shop.ID))
	return cmp.Or(shop.Profile.Name, strings.TrimPrefix(address, "https://"))
}

// Link is the address that carries an advocate's code.
func Link(shop tenant.Shop, code string) string { return referral.ShareLink(site(shop), code) }

// PageLink is the address of the page on which advocates join, and see their friends.
func PageLink(shop tenant.Shop) string { return site(shop) + cmp.Or(shop.Proxy, referral.DefaultProxy) }

// site is the shop's address, without a slash at its end.
func site(shop tenant.Shop) string {
	return cmp.Or(shop.Profile.PrimaryURL, "https://"+string(shop.ID))
}
