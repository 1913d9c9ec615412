package orders

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
	"twofold/trust"
)

// Nominated returns those of the nominees that may matter to this shop.
func (s *Service) Nominated(
	ctx context.Context, shop tenant.ShopID, nominees []referral.Nominee,
) ([]referral.Nominee, error) {
	nominees = slices.Clone(nominees)
	for i := range nominees {
		nominees[i].Emails, nominees[i].Email = referral.EmailHashes(s.hasher, shop, nominees[i].Email), ""
	}
	return s.store.Nominated(ctx, shop, nominees)
}

// Refresh takes a snapshot of an order and keeps it, ties claims to its customer, and decides about every friend it
// concerns. An order that Shopify no longer shows is kept as it last was, and marked as gone; one that is too large to
// be read is marked as unread.
func (s *Service) Refresh(ctx context.Context, shop tenant.ShopID, id referral.OrderID) error {
	friends, err := s.refresh(ctx, shop, id)
	if err != nil {
		return err
	}

	for _, friend := range friends {
		if _, err := s.Decide(ctx, shop, friend); err != nil {
			return fmt.Errorf("orders: decide about order %s: %w", id, err)
		}
	}

	return nil
}

// refresh is Refresh up to the decisions: it returns the friends whose facts moved. Each step may run again after a crash:
// the delivery that asked for it is not done before all of them are.
func (s *Service) refresh(
	ctx context.Context, shop tenant.ShopID, id referral.OrderID,
) (friends []referral.FriendID, err error) {
	ticket, err := s.store.TakeTicket(ctx, shop, id)
	if err != nil {
		return nil, fmt.Errorf("orders: take ticket: %w", err)
	}

	o, err := s.readOrder(ctx, shop, id)
	if fault.Is(err, fault.NotFound) {
		s.log.WarnContext(ctx, "order not shown by shopify", "shop", shop, "order_id", id)
		o, err = s.store.FindOrder(ctx, shop, id)
		if fault.Is(err, fault.NotFound) { // it never was: nothing rests on it
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("orders: find order: %w", err)
		}
		o.Gone = true
	}

	if fault.Is(err, fault.TooLarge) {
		return s.leaveUnread(ctx, shop, id, ticket)
	}

	if err != nil {
		return nil, fmt.Errorf("orders: read order: %w: %w", ErrOfOrder, err)
	}

	kept, former, err := s.store.SaveSnapshot(ctx, o, ticket)
	if err != nil {
		return nil, fmt.Errorf("orders: save snapshot: %w", err)
	}

	if err := s.codes.UseUp(ctx, kept); err != nil {
		return nil, err
	}

	if err := s.people.ApplyMerge(ctx, kept, former); err != nil {
		return nil, err
	}

	friends, err = s.MarkChanged(ctx, kept, former)
	if err != nil {
		return nil, err
	}

	return s.people.EraseAgain(ctx, kept, friends)
}

// leaveUnread notes that an order is too large to be read: it stops nothing but its own reward, and is tried again
// (RetryUnread).
func (s *Service) leaveUnread(
	ctx context.Context, shop tenant.ShopID, id referral.OrderID, ticket int64,
) ([]referral.FriendID, error) {
	kept, former, first, err := s.store.MarkUnread(ctx, shop, id, ticket, s.now())
	if err != nil {
		return nil, fmt.Errorf("orders: mark unread: %w", err)
	}
	if first {
		s.log.WarnContext(ctx, "order too large to be read, it is passed over and tried again daily", "shop", shop, "order_id", id)
	}
	if kept.ID == "" { // it never was read: nothing rests on it
		return nil, nil
	}

	return s.MarkChanged(ctx, kept, former)
}

// Numbers of trying again to read orders that were too large.
const (
	unreadPause = 24 * time.Hour
	unreadBatch = 20
)

// RetryUnread looks again at orders that were too large to be read a day ago.
func (s *Service) RetryUnread(ctx context.Context, shop tenant.ShopID) error {
	due, err := s.store.UnreadOrders(ctx, shop, s.now().Add(-unreadPause), unreadBatch)
	if err != nil {
		return fmt.Errorf("orders: unread orders: %w", err)
	}

	for _, o := range due {
		if err := s.Refresh(ctx, shop, o.ID); err != nil && !s.PassOver(ctx, shop, o.ID, err) {
			return err
		}
	}

	return nil
}

// readOrder asks Shopify for an order and makes of it what may be kept: whom and what it was placed by as keyed hashes,
// the visit id opened.
func (s *Service) readOrder(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (referral.Order, error) {
	o, err := s.shopify.ReadOrder(ctx, shop, id)
	if err != nil {
		return referral.Order{}, err
	}

	if o, err = s.hashed(ctx, o); err != nil {
		return referral.Order{}, err
	}
	if !o.CreatedAt.After(referral.MarksForgotten(s.now(), false)) {
		if o.Marks.Networks, err = s.networksKept(ctx, o); err != nil {
			return referral.Order{}, err
		}
	}
	if o, err = s.people.WithoutErased(ctx, o); err != nil {
		return referral.Order{}, err
	}

	o.Attributes = slices.DeleteFunc(o.Attributes, func(a referral.Attribute) bool { return !a.Ours() }) // gift notes and the like are nobody's business
	if sealed := o.Ours(); sealed != "" && o.ClaimID() == "" {
		o.Visit = s.visits.OpenVisit(shop, sealed)
	}
	if o.Visit != nil && !o.Customer.Erased() {
		o.Marks.Referrer = cmp.Or(o.Marks.Referrer, o.Visit.Referrer)
	}

	return o, nil
}

// networksKept are those that are kept of an order which is old: what was forgotten is not read again, and what a referral
// that waits rests on stays.
func (s *Service) networksKept(ctx context.Context, o referral.Order) ([]string, error) {
	kept, err := s.store.FindOrder(ctx, o.Shop, o.ID)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("orders: find order: %w", err)
	}
	return kept.Marks.Networks, nil
}

// hashed has keyed hashes in the place of what tells people apart, and whether the address is the shop's own.
func (s *Service) hashed(ctx context.Context, o referral.Order) (referral.Order, error) {
	o.Emails, o.Aliases = referral.EmailHashes(s.hasher, o.Shop, o.Email), referral.AliasHashes(s.hasher, o.Shop, o.Email)
	o.Cards = referral.CardHashes(s.hasher, o.Shop, o.Card)
	o.Marks.Networks = referral.NetworkHashes(s.hasher, o.Shop, o.Client)
	o.Marks.Phones = referral.PhoneHashes(s.hasher, o.Shop, o.Phone)
	o.Marks.Mailboxes = referral.MailboxHashes(s.hasher, o.Shop, o.Email)

	own, err := s.ownDomain(ctx, o.Shop, o.Email)
	o.Marks.OwnDomain = own
	o.Email, o.Card, o.Client, o.Phone = "", "", "", ""
	return o, err
}

// ownDomain tells whether an address is of the domain of the shop's website, or of that from which the shop writes.
func (s *Service) ownDomain(ctx context.Context, id tenant.ShopID, address string) (bool, error) {
	if address == "" {
		return false, nil
	}
	shop, err := s.store.FindShop(ctx, id)
	if err != nil {
		return false, fmt.Errorf("orders: find shop: %w", err)
	}
	own := []string{string(id), referral.HostOf(shop.Profile.PrimaryURL), shop.Profile.MailDomain}
	return trust.OwnDomain(address, slices.DeleteFunc(own, func(domain string) bool { return domain == "" })), nil
}

// MarkChanged ties the order's claims to its customer and counts up the facts of everyone the order concerns: whose it
// is and once was, who had a reward whose code is on it, and who paid with the same card. An order of nobody's is its own concern.
func (s *Service) MarkChanged(
	ctx context.Context, o referral.Order, former []referral.CustomerID,
) ([]referral.FriendID, error) {
	claims, err := s.store.ClaimsOf(ctx, o.Shop, referral.ClaimQuery{Customer: o.Customer, Codes: o.Codes, IDs: ClaimIDs(o), Emails: o.Emails})
	if err != nil {
		return nil, fmt.Errorf("orders: claims of order: %w", err)
	}
	if o.Customer != "" {
		if err := s.tie(ctx, o, claims); err != nil {
			return nil, err
		}
		if err := s.nameGuest(ctx, o); err != nil {
			return nil, err
		}
		if err := s.noteAdvocate(ctx, o); err != nil {
			return nil, err
		}
	}

	if err := s.nameGuests(ctx, o); err != nil {
		return nil, err
	}

	friends := []referral.FriendID{o.Friend()}
	for _, c := range former {
		friends = append(friends, o.FriendAs(c))
	}

	spenders, err := s.store.FriendsWithCodes(ctx, o.Shop, o.Codes)
	if err != nil {
		return nil, fmt.Errorf("orders: friends with codes: %w", err)
	}

	sharing, err := s.store.FriendsWithCards(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("orders: friends with cards: %w", err)
	}

	for _, friend := range slices.Concat(spenders, sharing) {
		if !slices.Contains(friends, friend) {
			friends = append(friends, friend)
		}
	}

	tied, err := s.tied(ctx, o, claims)
	if err != nil {
		return nil, err
	}

	for _, friend := range friends {
		create := friend == o.Friend() && tied
		if err := s.store.RaiseFacts(ctx, o.Shop, friend, create); err != nil {
			return nil, fmt.Errorf("orders: raise facts: %w", err)
		}
	}

	return friends, nil
}

// tie notes on the claims that the order carries by code or id whose they seem to be. An address alone proves nothing.
func (s *Service) tie(ctx context.Context, o referral.Order, claims []referral.Claim) error {
	for _, c := range claims {
		if carried := slices.ContainsFunc(o.Codes, c.Has) || o.ClaimID() == c.ID; c.Customer != "" || !carried {
			continue
		}
		if err := s.store.TieClaim(ctx, o.Shop, c.ID, o.Customer, time.Time{}); err != nil {
			return fmt.Errorf("orders: tie claim: %w", err)
		}
	}

	return nil
}

// tied tells whether anything on the order, or known of its customer, may tie it to an advocate.
func (s *Service) tied(ctx context.Context, o referral.Order, claims []referral.Claim) (bool, error) {
	if len(claims) > 0 || o.Visit != nil {
		return true, nil
	}

	for _, code := range slices.Concat(o.Codes, o.Journey.Refs) {
		_, err := s.advocates.FindAdvocateByCode(ctx, o.Shop, code)
		if err == nil {
			return true, nil
		}
		if !fault.Is(err, fault.NotFound) {
			return false, fmt.Errorf("orders: find advocate: %w", err)
		}
	}

	return false, nil
}

// ClaimIDs is the claim that the order's cart attribute names, if it names one.
func ClaimIDs(o referral.Order) []referral.ClaimID {
	if id := o.ClaimID(); id != "" {
		return []referral.ClaimID{id}
	}
	return nil
}

// ErrOfOrder is in the chain of errors that lie in what Shopify shows of one order, or in what its facts say, and not
// in MongoDB.
var ErrOfOrder = errors.New("the order's own")

// DecideTries is how often a decision is made anew because facts moved under it.
const DecideTries = 20

// Decide decides about a friend on all facts there are, and writes it only if they have not moved meanwhile; else it
// decides again. A friend without a referral is no error: there is nothing to decide.
func (s *Service) Decide(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) (referral.Referral, error) {
	return s.DecideWith(ctx, shop, friend, nil)
}

// NewFact puts a new fact among those of a referral, which it is given as it was decided last. It may run more than
// once, and must not call out. It is false when there is nothing to add after all.
type NewFact func(was referral.Referral, f *referral.Facts) bool

// DecideWith decides after add, if any, has put a new fact among the others.
func (s *Service) DecideWith(
	ctx context.Context, shop tenant.ShopID, friend referral.FriendID, add NewFact,
) (referral.Referral, error) {
	for range DecideTries {
		was, err := s.store.FindReferral(ctx, shop, friend)
		if fault.Is(err, fault.NotFound) {
			return referral.Referral{}, nil
		}
		if err != nil {
			return referral.Referral{}, fmt.Errorf("orders: find referral: %w", err)
		}
		facts, err := s.store.LoadFacts(ctx, was)
		if err != nil {
			return referral.Referral{}, fmt.Errorf("orders: load facts: %w", err)
		}
		rev := was.FactsRev
		if add != nil && add(was, &facts) {
			was.FactsRev++
		} else if was.DecidedRev == rev {
			return was, nil
		}
		decided, err := was.Decided(facts)
		if err != nil {
			return referral.Referral{}, fmt.Errorf("orders: decide: %w: %w", ErrOfOrder, err)
		}
		switch err := s.store.SaveDecision(ctx, decided, rev, referral.Notices(was, decided, s.now())...); {
		case err == nil:
			s.Notify(ctx, was, decided)
			return decided, nil
		case !fault.Is(err, fault.Conflict):
			return referral.Referral{}, fmt.Errorf("orders: save decision: %w", err)
		}
	}

	return referral.Referral{}, fault.ForLog(fault.Unavailable, "the facts keep moving")
}

// Notify logs a change of state, and rings for the work that the decision calls for.
func (s *Service) Notify(ctx context.Context, was, is referral.Referral) {
	if was.State != is.State || was.Reason != is.Reason || was.Order != is.Order {
		s.log.InfoContext(ctx, "referral decided", "shop", is.Shop, "order_id", is.Order, "advocate_id", is.Advocate, "state", is.State, "reason", is.Reason)
	}

	for _, side := range referral.Sides {
		if before, after := was.Rewards[side].State, is.Rewards[side].State; before != after {
			s.log.InfoContext(ctx, "reward changed", "shop", is.Shop, "reward_id", is.Rewards[side].ID, "side", side, "state", after, "reason", is.Rewards[side].Reason)
		}
	}

	if len(referral.Notices(was, is, time.Time{})) > 0 {
		s.bell.Mail(ctx, is.Shop)
	}

	for _, work := range is.Work {
		asks := work == referral.WorkNewness || work == referral.WorkHistory || work == referral.WorkAdvocate
		if work == referral.WorkRelease || (asks && is.AskAt.After(s.now())) { // by date
			continue
		}
		s.bell.Work(ctx, is.Shop, is.Friend, work)
	}
}

// Numbers of asking Shopify whether a friend is new: how long, and how often while there is no answer.
const (
	askFor     = 7 * 24 * time.Hour
	askSoonest = time.Minute
	askLatest  = 6 * time.Hour
)

// AskCustomer asks Shopify about the friend, once: how many orders she had before each order that waits for the answer,
// and which orders she had placed before she was known here. The latter are looked at, as no webhook nominated them.
// And whether the advocates whose own purchase the referral waits for have bought.
func (s *Service) AskCustomer(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) error {
	current, err := s.store.FindReferral(ctx, shop, friend)
	if fault.Is(err, fault.NotFound) { // the friend was erased, or is another customer now
		return nil
	}

	if err != nil {
		return fmt.Errorf("orders: find referral: %w", err)
	}

	if slices.Contains(current.Work, referral.WorkNewness) || slices.Contains(current.Work, referral.WorkHistory) {
		if err := s.askFriend(ctx, shop, friend); err != nil {
			return err
		}
	}

	return s.askAdvocates(ctx, current) // last: while there is no answer about the advocate, asking waits for both
}

// askFriend is AskCustomer for what concerns the friend.
func (s *Service) askFriend(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) error {
	history, err := s.historyOf(ctx, shop, friend.Customer())
	answered := err == nil
	if err != nil && !fault.Is(err, fault.NotFound) && !Withheld(err) {
		return fmt.Errorf("orders: read customer: %w", err)
	}
	if answered {
		if err := s.backfill(ctx, shop, friend, history); err != nil {
			return err
		}
	}

	now := s.now()
	_, err = s.DecideWith(ctx, shop, friend, func(was referral.Referral, f *referral.Facts) bool {
		return answer(was, f, history, answered, now)
	})
	return err
}

// historyOf asks Shopify about a customer. Nobody can be asked about a person who was erased.
func (s *Service) historyOf(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID,
) (referral.CustomerOrders, error) {
	if c.Erased() {
		return referral.CustomerOrders{}, fault.ForLog(fault.NotFound, "the customer was erased")
	}
	return s.shopify.ReadCustomer(ctx, shop, c)
}

// Withheld tells whether Shopify did not show the customer at all: the app may not see them (yet).
func Withheld(err error) bool { return errors.Is(err, referral.ErrWithheld) }

// backfill looks at the friend's visible orders since her first claim that were never nominated.
func (s *Service) backfill(
	ctx context.Context, shop tenant.ShopID, friend referral.FriendID, history referral.CustomerOrders,
) error {
	r, err := s.store.FindReferral(ctx, shop, friend)
	if err != nil {
		return fmt.Errorf("orders: find referral: %w", err)
	}
	if !r.HistoryAt.IsZero() {
		return nil
	}

	facts, err := s.store.LoadFacts(ctx, r)
	if err != nil {
		return fmt.Errorf("orders: load facts: %w", err)
	}

	var since time.Time
	for _, c := range facts.Claims {
		if len(c.Touches) > 0 && (since.IsZero() || c.Touches[0].At.Before(since)) {
			since = c.Touches[0].At
		}
	}

	for _, v := range history.Visible {
		kept := slices.ContainsFunc(facts.Orders, func(o referral.Order) bool { return o.ID == v.ID })
		if since.IsZero() || kept || v.ProcessedAt.Before(since) {
			continue
		}
		if _, err := s.refresh(ctx, shop, v.ID); err != nil {
			return err
		}
	}

	return nil
}

// answer adds what the history tells to the facts: answers where there are any, else that they were asked for. What is
// not known after 7 days is the merchant's to decide.
func answer(
	was referral.Referral, f *referral.Facts, history referral.CustomerOrders, answered bool, now time.Time,
) bool {
	f.Newness, f.Asked = referral.Cloned(f.Newness), referral.Cloned(f.Asked)
	for _, o := range f.Orders {
		if _, have := f.Newness[o.ID]; have || o.Test {
			continue
		}
		if n, known := referral.PriorOrders(o, history); answered && known {
			f.Newness[o.ID] = n
			continue
		}
		if f.Asked[o.ID].IsZero() {
			f.Asked[o.ID] = now
		}
		waited := now.Sub(f.Asked[o.ID])
		f.AskAt = askAgain(now, waited)
		if waited >= askFor {
			f.Newness[o.ID] = referral.Newness{Unknown: true, At: now}
		}
	}

	if answered || !slices.Contains(was.Work, referral.WorkNewness) {
		f.HistoryAt = now
	}

	return true
}

// askAgain is when to ask Shopify once more what it has not answered for some time.
func askAgain(now time.Time, waited time.Duration) time.Time {
	return now.Add(min(max(waited/2, askSoonest), askLatest))
}
