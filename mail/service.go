// Package mail tells advocates and friends by mail what becomes of their rewards, and the merchant what needs a look.
// What is to be told is written into an outbox (referral.Notice) in the transaction that makes it true; this package
// reads the outbox, asks Shopify for the address at that moment, words the mail in the reader's language, and hands it
// to a mail server. No address of a shopper's is kept or logged. Begin with Send.
package mail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"time"

	"twofold/fault"
	"twofold/figures"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// Ports are what the use case needs of others.
type Ports struct {
	Store   Store
	Shopify Shopify
	Sealer  Sealer
	Hasher  Hasher

	Now func() time.Time // the business clock
	Log *slog.Logger
}

// Config is what may be tuned.
type Config struct {
	Sender Sender        // nil: no mail server was named, and nothing is sent
	Flow   bool          // the app sees no addresses of customers: Shopify Flow is told what they are to be told
	Origin func() string // where the app is reached, for the links that it answers; nil: nobody knows
	// Admin is where a shop's admin shows the app, without a slash at its end, for the merchant's mails; nil: nobody
	// knows.
	Admin func(shop tenant.ShopID) string
}

// Service is the use case. It holds no state of its own.
type Service struct {
	store   Store
	shopify Shopify
	sealer  Sealer
	hasher  Hasher
	sender  Sender
	flow    bool
	origin  func() string
	admin   func(tenant.ShopID) string
	now     func() time.Time
	log     *slog.Logger
}

// New wires it.
func New(p Ports, c Config) *Service {
	if c.Origin == nil {
		c.Origin = func() string { return "" }
	}
	if c.Admin == nil {
		c.Admin = func(tenant.ShopID) string { return "" }
	}
	return &Service{p.Store, p.Shopify, p.Sealer, p.Hasher, c.Sender, c.Flow, c.Origin, c.Admin, p.Now, p.Log}
}

// Store keeps the outbox. Every method is about one shop. Errors: NotFound, Unavailable.
type Store interface {
	FindShop(ctx context.Context, shop tenant.ShopID) (tenant.Shop, error)
	// CountMails adds to what the mails of a day came to, and returns the shop as it is then.
	CountMails(ctx context.Context, shop tenant.ShopID, more tenant.MailDay) (tenant.Shop, error)
	FindAdvocate(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID) (referral.Advocate, error)
	FindCampaign(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) (referral.Campaign, error)
	FindReferral(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) (referral.Referral, error)
	// FindCodes returns those of the codes (upper case) that are ours.
	FindCodes(ctx context.Context, shop tenant.ShopID, codes []string) ([]referral.Code, error)
	// CountOrdersWithCode counts kept orders that carry the code, test orders left out, up to atMost.
	CountOrdersWithCode(ctx context.Context, shop tenant.ShopID, code string, atMost int) (int, error)
	// CountStates counts referrals by state.
	CountStates(ctx context.Context, shop tenant.ShopID) (referral.StateCounts, error)
	// FindReferrals lists what the query selects.
	FindReferrals(ctx context.Context, shop tenant.ShopID, q referral.ListQuery) ([]referral.Referral, error)
	// FiguresSince lists the sums by day and campaign from a day on, and those over all days, in one currency.
	FiguresSince(ctx context.Context, shop tenant.ShopID, day, currency string) ([]figures.Part, error)
	// DueMails lists up to limit mails that are due at now, the longest waiting first, and those before all others that
	// somebody waits for.
	DueMails(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) ([]referral.Mail, error)
	// FinishMail notes what became of a mail that waits, and when it is forgotten.
	FinishMail(
		ctx context.Context, shop tenant.ShopID, key string, outcome referral.MailOutcome, forget time.Time,
	) error
	// PutOffMail has a mail that waits tried again later; tried counts.
	PutOffMail(ctx context.Context, shop tenant.ShopID, key string, until time.Time, tried bool) error
	// StopMails remembers by a keyed hash that a customer is written no more since an instant, and why. What they chose
	// after it holds.
	StopMails(ctx context.Context, shop tenant.ShopID, hash string, why referral.StopReason, at time.Time) error
	// MailWish is what the person of the hashes wants of mails.
	MailWish(ctx context.Context, shop tenant.ShopID, hashes []string) (referral.MailWish, error)
	// WishMails remembers it under the first of the hashes, in the place of all that was wanted before.
	WishMails(
		ctx context.Context, shop tenant.ShopID, hashes []string, wish referral.MailWish, at time.Time,
	) error
	// MergedInto is who took the place of the customer of the hashes; "": nobody, for all that is known.
	MergedInto(ctx context.Context, shop tenant.ShopID, hashes []string) (referral.CustomerID, error)
	// FindTombstones finds what is remembered of erased persons under one of the hashes.
	FindTombstones(ctx context.Context, shop tenant.ShopID, hashes []string) ([]referral.Tombstone, error)
	// FindMailWords reads the merchant's own words of some mails in a language, by the names of their texts.
	FindMailWords(ctx context.Context, shop tenant.ShopID, language string, mails ...string) (map[string]string, error)
	// SaveMailWords keeps those of a mail, in the place of what was kept before.
	SaveMailWords(ctx context.Context, shop tenant.ShopID, language, mail string, words map[string]string) error
	// FindSignIn reads a mail that was asked for to sign in with. NotFound: there is none, or it is forgotten.
	FindSignIn(ctx context.Context, shop tenant.ShopID, id referral.SignInID) (referral.SignIn, error)
	// OpenSignIn has its link and code work until an instant. NotFound: it was used, or is forgotten.
	OpenSignIn(ctx context.Context, shop tenant.ShopID, id referral.SignInID, until time.Time) error
	// AdvocatesByEmails lists the advocates who have one of the addresses (keyed hashes).
	AdvocatesByEmails(ctx context.Context, shop tenant.ShopID, hashes []string) ([]referral.Advocate, error)

	tenant.Leases
}

// Shopify tells addresses. Errors: NotFound, Unavailable (referral.ErrWithheld: the app may not see addresses).
type Shopify interface {
	ReadContact(ctx context.Context, shop tenant.ShopID, id referral.CustomerID) (referral.Contact, error)
	// ReadOrderContact tells the address that an order has.
	ReadOrderContact(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (referral.Contact, error)
	// TellFlow starts the shop's workflows that begin with a trigger of ours. Invalid: it is not taken.
	TellFlow(ctx context.Context, shop tenant.ShopID, trigger string, payload map[string]any) error
	// ReadShopContact reads the shop's own contact address. "": there is none.
	ReadShopContact(ctx context.Context, shop tenant.ShopID) (string, error)
}

// Sealer encrypts what a link carries (package secret).
type Sealer interface {
	Seal(purpose, context string, plain []byte) (string, error)
	Open(purpose, context, sealed string) ([]byte, error)
}

// Hasher makes keyed hashes of identifiers: HMAC over shop, kind and value.
type Hasher interface {
	// Sum is the raw HMAC under the writing key.
	Sum(shop tenant.ShopID, kind, value string) []byte
	// Hashes are of the value under every key, the writing one first.
	Hashes(shop tenant.ShopID, kind, value string) []string
}

// Sender hands a mail to a mail server. Invalid: it is refused for good; any other error may pass. Errors say nothing
// of whom the mail is to.
type Sender interface {
	Send(ctx context.Context, l Letter) error
}

// Numbers of sending.
const (
	batch      = 50
	mostTries  = 18
	firstPause = time.Minute         // after the first time in vain, doubled each time
	lastPause  = 4 * time.Hour       // at most
	shopPause  = time.Hour           // until a shop that cannot be asked is looked at again
	late       = 7 * 24 * time.Hour  // what is older is told no more
	remember   = 90 * 24 * time.Hour // how long it is known that somebody was told
)

// lease is what whoever sends a shop's mail holds: one at a time, in order.
const lease = "mail"

// Send sends what is due in a shop's outbox. It may run twice, and break off anywhere: then a mail may go out twice,
// with the same Message-ID. Limited: somebody else is at it.
func (s *Service) Send(ctx context.Context, shop tenant.ShopID) error {
	_, giveBack, err := tenant.Hold(ctx, s.store, shop, lease, s.log)
	if fault.Is(err, fault.Conflict) {
		return &fault.Error{Kind: fault.Limited, Err: err, RetryAfter: time.Second}
	}
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	defer giveBack()

	for {
		found, err := s.store.FindShop(ctx, shop)
		if err != nil {
			return fmt.Errorf("mail: find shop: %w", err)
		}
		due, err := s.store.DueMails(ctx, shop, s.now(), batch)
		if err != nil {
			return fmt.Errorf("mail: due mails: %w", err)
		}
		var wrong error
		for _, m := range due { // one that cannot be read keeps no other from being sent
			found, err = s.settle(ctx, found, m)
			wrong = errors.Join(wrong, err)
		}
		if wrong != nil || len(due) < batch {
			return wrong
		}
	}
}

// settle sends one mail, or finds why not, and notes what became of it. It returns the shop as it is after that.
func (s *Service) settle(ctx context.Context, shop tenant.Shop, m referral.Mail) (tenant.Shop, error) {
	now := s.now()
	if shop.Status != tenant.Installed && shop.Status != tenant.Uninstalled && !tooLate(shop, m, now) {
		return shop, s.putOff(ctx, m, now.Add(shopPause), false)
	}
	if (s.sender != nil || s.byFlow(m)) && !tooLate(shop, m, now) {
		if until := waitsUntil(shop, m, now); until.After(now) {
			return shop, s.putOff(ctx, m, until, false)
		}
		if !s.byFlow(m) && beyond(shop, m, now) {
			return s.waitForTomorrow(ctx, shop, m, now)
		}
	}

	outcome, err := s.deliver(ctx, shop, m)
	switch {
	case errors.Is(err, errNotTaken) && m.Tries+1 < mostTries:
		s.log.WarnContext(ctx, "mail not sent, it is tried again", "shop", m.Shop, "notice", m.Kind, "err", err)
		return shop, s.putOff(ctx, m, now.Add(pause(m.Tries)), true)
	case errors.Is(err, errNotTaken):
		outcome = referral.MailFailed
		s.log.ErrorContext(ctx, "mail given up", "shop", m.Shop, "notice", m.Kind, "err", err)
	case err != nil: // Shopify or the store: the job is tried again
		return shop, err
	}

	if err := s.store.FinishMail(ctx, m.Shop, m.Key, outcome, now.Add(remember)); err != nil {
		return shop, fmt.Errorf("mail: finish: %w", err)
	}
	s.log.InfoContext(ctx, "mail finished", "shop", m.Shop, "notice", m.Kind, "outcome", outcome)
	if outcome != referral.MailSent || m.Kind.ToMerchant() {
		return shop, nil
	}
	return s.count(ctx, shop, tenant.MailDay{Day: dayOf(shop, now), Sent: 1})
}

func (s *Service) putOff(ctx context.Context, m referral.Mail, until time.Time, tried bool) error {
	if err := s.store.PutOffMail(ctx, m.Shop, m.Key, until, tried); err != nil {
		return fmt.Errorf("mail: put off: %w", err)
	}
	return nil
}

// pause is how long to wait after so many tries.
func pause(tries int) time.Duration { return min(firstPause<<tries, lastPause) }

// deliver asks what must be known, in the order of what costs least, and sends.
func (s *Service) deliver(
	ctx context.Context, shop tenant.Shop, m referral.Mail,
) (outcome referral.MailOutcome, err error) {
	switch {
	case shop.Status == tenant.Uninstalled:
		return referral.MailNoShop, nil
	case s.sender == nil && !s.byFlow(m):
		return referral.MailNotSetUp, nil
	case tooLate(shop, m, s.now()):
		return referral.MailLate, nil
	case m.SignIn != "":
		return s.deliverSignIn(ctx, shop, m)
	case m.Kind.ToMerchant():
		return s.tellMerchant(ctx, shop, m)
	}

	to, outcome, err := s.recipient(ctx, m)
	if err != nil || outcome != referral.MailWaiting {
		return outcome, err
	}
	if wish, err := s.wishOf(ctx, m.Shop, to.customer); err != nil || !wish.Wants(m.Kind) {
		return referral.MailStopped, err
	}

	campaign, err := s.campaign(ctx, m)
	if err != nil {
		return "", err
	}
	if dead(m.Notice, campaign, s.now()) {
		return referral.MailOvertaken, nil
	}
	if used, err := s.used(ctx, m, to.customer); err != nil || used {
		return referral.MailOvertaken, err
	}

	if s.byFlow(m) {
		return s.tellFlow(ctx, shop, campaign, m, to.customer)
	}

	contact, outcome, err := s.contact(ctx, m.Shop, to)
	if err != nil || outcome != referral.MailWaiting {
		return outcome, err
	}
	reader := stopToken{Shop: m.Shop, Customer: to.customer}
	if to.customer == "" { // what a guest wants is known by their address alone
		wish, hash, err := s.wishOfAddress(ctx, m.Shop, contact.Address)
		if err != nil || !wish.Wants(m.Kind) {
			return referral.MailStopped, err
		}
		reader.Hash = hash
	}

	letter, err := s.letter(ctx, shop, campaign, m, reader, contact)
	if err != nil {
		return "", err
	}
	return s.hand(ctx, letter, reader)
}

// hand hands a letter to the mail server. Whoever has no such mailbox is written no more.
func (s *Service) hand(ctx context.Context, letter Letter, to stopToken) (referral.MailOutcome, error) {
	err := s.sender.Send(ctx, letter)
	switch {
	case errors.Is(err, ErrNoMailbox):
		return referral.MailRefused, s.endMails(ctx, to, referral.StopBounced, s.now())
	case fault.Is(err, fault.Invalid):
		return referral.MailRefused, nil
	case err != nil:
		return "", fmt.Errorf("%w: %w", errNotTaken, err)
	}
	return referral.MailSent, nil
}

// errNotTaken is in the chain of what the mail server said that may pass.
var errNotTaken = errors.New("mail: not taken")

// told is who is told something, before their address is read.
type told struct {
	customer referral.CustomerID // "" of a guest
	order    referral.OrderID    // of a guest: the order that has their address
	known    []string            // what they joined with (keyed hashes): an address that is not verified must be among them; nil: any counts
}

// recipient is who is told. Else it is what becomes of the mail instead.
func (s *Service) recipient(
	ctx context.Context, m referral.Mail,
) (to told, instead referral.MailOutcome, err error) {
	to.customer = m.Customer
	if m.Advocate != "" {
		a, err := s.store.FindAdvocate(ctx, m.Shop, m.Advocate)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return told{}, "", fmt.Errorf("mail: find advocate: %w", err)
		}
		to = toldOf(a)
	}

	switch {
	case to.customer.Erased():
		return told{}, referral.MailErased, nil
	case to.customer == "" && (to.order == "" || s.byFlow(m)): // no order names the guest, or the advocate became another one
		return told{}, referral.MailNoAddress, nil
	}
	return to, referral.MailWaiting, nil
}

// toldOf is how an advocate is told. Whoever joined with an address is written to no other, unless their account has
// verified it.
func toldOf(a referral.Advocate) told {
	to := told{customer: a.Customer}
	if a.Customer == "" {
		to.order = cmp.Or(a.Named.Order, a.Order)
	}
	if !a.ProvedAt.IsZero() || to.order != "" && to.order == a.Named.Order {
		to.known = append([]string{}, a.Emails...)
	}
	return to
}

// contact reads the address at this moment: a customer's account has it, or a guest's order. Else it is what becomes of
// the mail instead.
func (s *Service) contact(
	ctx context.Context, shop tenant.ShopID, to told,
) (contact referral.Contact, instead referral.MailOutcome, err error) {
	if to.customer == "" {
		contact, err = s.shopify.ReadOrderContact(ctx, shop, to.order)
	} else {
		contact, err = s.shopify.ReadContact(ctx, shop, to.customer)
	}

	switch {
	case errors.Is(err, referral.ErrWithheld) || fault.Is(err, fault.NotFound) || err == nil && contact.Address == "":
		return contact, referral.MailNoAddress, nil
	case err != nil:
		return contact, "", fmt.Errorf("mail: read contact: %w", err)
	case !contact.Verified && to.known != nil && !s.among(shop, contact.Address, to.known):
		return contact, referral.MailNoAddress, nil
	}
	return contact, referral.MailWaiting, nil
}

// among tells whether an address is one of those that the keyed hashes are of.
func (s *Service) among(shop tenant.ShopID, address string, hashes []string) bool {
	return slices.ContainsFunc(referral.EmailHashes(s.hasher, shop, address), func(hash string) bool {
		return slices.Contains(hashes, hash)
	})
}

// campaign is the version whose offer a mail is about; the zero value: it is about none.
func (s *Service) campaign(ctx context.Context, m referral.Mail) (referral.Campaign, error) {
	if m.Campaign == (referral.CampaignKey{}) {
		return referral.Campaign{}, nil
	}
	found, err := s.store.FindCampaign(ctx, m.Shop, m.Campaign)
	if err != nil {
		return found, fmt.Errorf("mail: find campaign: %w", err)
	}
	return found, nil
}

// used tells whether a mail promises a code that was used or taken away by now, or that a friend needs no more, as they
// have ordered without it.
func (s *Service) used(ctx context.Context, m referral.Mail, c referral.CustomerID) (bool, error) {
	if !m.Kind.Promises() {
		return false, nil
	}

	codes, err := s.store.FindCodes(ctx, m.Shop, []string{m.Code})
	if err != nil {
		return false, fmt.Errorf("mail: find code: %w", err)
	}
	if len(codes) == 0 || codes[0].State != referral.CodeHeld && codes[0].State != referral.CodeMinting {
		return true, nil // one that is minting is being made anew for its holder
	}

	n, err := s.store.CountOrdersWithCode(ctx, m.Shop, m.Code, 1)
	if err != nil {
		return false, fmt.Errorf("mail: count orders with the code: %w", err)
	}
	if n > 0 || m.Kind == referral.NoticeRewardEnds {
		return n > 0, nil
	}

	friend, err := s.store.FindReferral(ctx, m.Shop, referral.FriendOf(c, false))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, fmt.Errorf("mail: find referral: %w", err)
	}
	return friend.Order != "", nil
}

// dead tells whether what a notice tells of is gone: the merchant left, and all discounts of the campaign were taken out
// of the shop; or the code has ended while the mail waited.
func dead(n referral.Notice, c referral.Campaign, now time.Time) bool {
	ended := n.Code != "" && !n.EndsAt.IsZero() && !now.Before(n.EndsAt)
	return c.Cleaned || ended && n.Kind != referral.NoticeTakenBack
}

// letter words the mail.
func (s *Service) letter(
	ctx context.Context, shop tenant.Shop, campaign referral.Campaign, m referral.Mail, reader stopToken,
	contact referral.Contact,
) (Letter, error) {
	p := text.In(contact.Language)
	own, err := s.Own(ctx, m.Shop, m.Kind, p.Language())
	if err != nil {
		return Letter{}, err
	}

	about := text.About{
		Shop: shop.Profile.Name, Zone: shop.Profile.Location(), Offer: campaign.Terms.Offer(m.Side),
		Link: shareLink(shop, m.Notice), Own: own,
	}
	to, err := s.ending(reader, p.Language())
	if err != nil {
		return Letter{}, err
	}

	to.Link = link(shop, m.Notice)
	l, err := write(p, m.Notice, about, shop.Settings.MailLook, to)
	l.ID, l.To, l.ReplyTo = idOf(m), contact.Address, cmp.Or(l.ReplyTo, contact.ReplyTo)
	return l, err
}

// shareLink is the link that a mail tells its advocate; "" where it tells none.
func shareLink(shop tenant.Shop, n referral.Notice) string {
	if n.Kind != referral.NoticeLink {
		return ""
	}
	return referral.ShareLink(cmp.Or(shop.Profile.PrimaryURL, "https://"+string(shop.ID)), n.Code)
}

// link is what the mail's button opens in the shop: a code is applied by it, else it is the advocate's page, where the
// shop's path is known.
func link(shop tenant.Shop, n referral.Notice) string {
	switch {
	case shop.Profile.PrimaryURL == "", n.SignIn != "":
		return ""
	case n.Code != "" && n.Kind != referral.NoticeTakenBack && n.Kind != referral.NoticeLink:
		return shop.Profile.PrimaryURL + "/discount/" + url.PathEscape(n.Code) + "?redirect=%2F"
	case n.Advocate != "" && shop.Proxy != "":
		return shop.Profile.PrimaryURL + shop.Proxy + "/page"
	}
	return ""
}
