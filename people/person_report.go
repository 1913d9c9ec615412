package people

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
)

// PersonReport is everything that is kept of a person.
type PersonReport struct {
	Customer  referral.CustomerID `json:"customer"`
	At        time.Time           `json:"at"`
	Advocate  *ReportAdvocate     `json:"advocate,omitempty"`
	Claims    []ReportClaim       `json:"claims"`
	Orders    []ReportOrder       `json:"orders"`
	Referrals []ReportReferral    `json:"referrals"`
	Acts      []ReportAct         `json:"acts"`
	Mails     []ReportMail        `json:"mails"`
	NoMails   bool                `json:"wants_no_mails,omitempty"`
	MailsNot  []referral.MailSort `json:"wants_no_mails_of,omitempty"`
	MailsEnd  referral.StopReason `json:"no_mails_because,omitempty"` // where it is not what they said
	Missing   []ReportMissing     `json:"asked_for"`                  // referrals that the person missed
}

// empty tells whether nothing is kept of the person.
func (r PersonReport) empty() bool {
	return r.Advocate == nil && len(r.Claims)+len(r.Orders)+len(r.Referrals)+len(r.Missing) == 0
}

// ReportAdvocate is the person as an advocate. Browsers and addresses are kept as keyed hashes, which say nothing by
// themselves.
type ReportAdvocate struct {
	Codes     []string               `json:"codes"`
	State     referral.AdvocateState `json:"state"`
	JoinedAt  time.Time              `json:"joined_at"`
	Agreed    *ReportAgreed          `json:"agreed,omitempty"` // to the programme's terms
	Browsers  int                    `json:"browsers_hashed"`
	Addresses int                    `json:"addresses_hashed"`
	Seen      []ReportSighting       `json:"seen"`
	Note      string                 `json:"note,omitempty"` // the merchant's about them
	Rewards   []ReportReward         `json:"rewards"`
}

// ReportAgreed is to which version of the programme's terms the person agreed last, and when.
type ReportAgreed struct {
	Version int       `json:"version"`
	At      time.Time `json:"at"`
}

// ReportClaim is one offer that the person took.
type ReportClaim struct {
	Code      string      `json:"code"`
	Former    []string    `json:"former_codes,omitempty"`
	ClaimedAt time.Time   `json:"claimed_at"`
	ExpiresAt time.Time   `json:"expires_at"`
	Opened    []time.Time `json:"links_opened_at"`
	Browsers  int         `json:"browsers_hashed"`
	Addresses int         `json:"addresses_hashed"`

	Seen []ReportSighting `json:"seen"`
}

// ReportSighting is one time that the person opened a link, took an offer, joined or looked at their page.
type ReportSighting struct {
	At      time.Time `json:"at"`
	From    string    `json:"led_from,omitempty"` // host of the page that led there
	Network bool      `json:"network_hashed"`
	Browser bool      `json:"kind_of_browser_hashed"`
	Address bool      `json:"typed_address_hashed"`
}

// ReportOrder is one order of the person's, as far as it is kept.
type ReportOrder struct {
	ID        referral.OrderID `json:"id"`
	Name      string           `json:"name"`
	At        time.Time        `json:"at"`
	Subtotal  money.Amount     `json:"subtotal"`
	Codes     []string         `json:"codes"`
	Addresses int              `json:"addresses_hashed"`
	From      string           `json:"led_from,omitempty"` // as of ReportSighting
	Risk      referral.Risk    `json:"risk,omitempty"`     // as Shopify assesses it
	Card      bool             `json:"card_hashed"`
	Network   bool             `json:"network_hashed"`
	Phone     bool             `json:"telephone_hashed"`
	OwnDomain bool             `json:"address_of_the_shops_own_domain"`
}

// ReportReferral is what became of the person as a friend.
type ReportReferral struct {
	Order   referral.OrderID `json:"order"`
	Test    bool             `json:"test,omitempty"`
	State   referral.State   `json:"state"`
	Reason  referral.Reason  `json:"reason,omitempty"`
	Rewards []ReportReward   `json:"rewards"`
}

// ReportAct is what the merchant's people did about the person, and the reason they gave.
type ReportAct struct {
	At     time.Time `json:"at"`
	Act    string    `json:"act"`
	Reason string    `json:"reason"` // "" where the act was on a friend's order: it may be about that friend
}

// ReportReward is one reward of the person's.
type ReportReward struct {
	State  referral.RewardState `json:"state"`
	Reason referral.Reason      `json:"reason,omitempty"`
	Amount money.Amount         `json:"amount"`
	Code   string               `json:"code,omitempty"`
	At     time.Time            `json:"at"`
}

// ReportMail is one mail that told the person something, or was to.
type ReportMail struct {
	Kind    referral.NoticeKind  `json:"kind"`
	At      time.Time            `json:"at"` // of what it tells
	Outcome referral.MailOutcome `json:"outcome"`
}

// ReportMissing is one referral that the person asked for because it was missed: as the friend who bought, or as the
// advocate of one.
type ReportMissing struct {
	By    referral.Side `json:"by"`
	Order string        `json:"order"` // its name, as they gave it
	At    time.Time     `json:"at"`
}

// Report gathers what is kept of a person, and of orders that Shopify says are theirs, and keeps it for the merchant.
// Run again, it takes the place of the first.
func (s *Service) Report(
	ctx context.Context, shop tenant.ShopID, id string, c referral.CustomerID, named []referral.OrderID,
) error {
	report, err := s.reportOf(ctx, shop, c, named)
	if err != nil {
		return err
	}

	body, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("people: write report: %w", err)
	}

	kept := referral.KeptReport{ID: id, Hash: s.graveOf(shop, string(c)), At: report.At, Body: body}
	if err := s.store.SaveReport(ctx, shop, kept); err != nil {
		return fmt.Errorf("people: save report: %w", err)
	}

	s.log.WarnContext(ctx, "a person's data was asked for: print the report for the merchant",
		"shop", shop, "delivery_id", id)
	return nil
}

func (s *Service) reportOf(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID, named []referral.OrderID,
) (PersonReport, error) {
	r := PersonReport{
		Customer: c, At: s.now(),
		Claims: []ReportClaim{}, Orders: []ReportOrder{}, Referrals: []ReportReferral{}, Acts: []ReportAct{},
		Mails: []ReportMail{},
	}
	orders, err := s.store.OrdersOf(ctx, shop, c, named)
	if err != nil {
		return r, fmt.Errorf("people: orders of a person: %w", err)
	}

	p := person{shop: shop, customer: c}
	friends := []referral.FriendID{referral.FriendOf(c, false), referral.FriendOf(c, true)}
	for _, o := range orders {
		switch o.Customer {
		case "":
			p.nobodys, friends = append(p.nobodys, o), append(friends, o.Friend())
		case c:
		default: // somebody else's by now
			continue
		}
		r.Orders = append(r.Orders, reportOrder(o))
	}

	claims, err := s.personsClaims(ctx, p)
	if err != nil {
		return r, err
	}
	for _, claim := range claims {
		r.Claims = append(r.Claims, reportClaim(claim))
	}

	for _, id := range friends {
		friend, err := s.store.FindReferral(ctx, shop, id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return r, fmt.Errorf("people: find referral: %w", err)
		}
		rewards := reportRewards(referral.FriendSide, friend)
		r.Referrals = append(r.Referrals, ReportReferral{friend.Order, id.Test(), friend.State, friend.Reason, rewards})
	}

	r.Advocate, err = s.reportAdvocate(ctx, shop, c)
	if err == nil {
		r.Acts, err = s.reportActs(ctx, shop, c, r.Orders)
	}
	if err == nil {
		var wish referral.MailWish
		r.Mails, wish, err = s.reportMails(ctx, shop, c)
		r.NoMails, r.MailsNot, r.MailsEnd = wish.None, wish.Not, wish.Why
	}
	if err == nil {
		r.Missing, err = s.reportMissing(ctx, shop, c)
	}
	return r, err
}

// reportedMissing bounds how many referrals that were asked for a report lists, the newest first: limits let a person
// ask for fewer in the time that they are kept.
const reportedMissing = 1000

// reportMissing are the referrals that the person asked for.
func (s *Service) reportMissing(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID,
) ([]ReportMissing, error) {
	all, err := s.store.MissingOf(ctx, shop, c, time.Unix(0, 0), reportedMissing)
	if err != nil {
		return nil, fmt.Errorf("people: missing referrals of a person: %w", err)
	}

	asked := make([]ReportMissing, len(all))
	for i, m := range all {
		asked[i] = ReportMissing{m.By, m.Order, m.At}
	}
	return asked, nil
}

// reportMails are the mails to the person, and what they want of them.
func (s *Service) reportMails(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID,
) (mails []ReportMail, wish referral.MailWish, err error) {
	advocate, err := s.store.FindAdvocateByCustomer(ctx, shop, c)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, wish, fmt.Errorf("people: find advocate: %w", err)
	}

	all, err := s.store.MailsTo(ctx, shop, c, advocate.ID)
	if err != nil {
		return nil, wish, fmt.Errorf("people: mails to a person: %w", err)
	}
	mails = make([]ReportMail, len(all))
	for i, m := range all {
		mails[i] = ReportMail{m.Kind, m.At, m.Outcome}
	}

	wish, err = s.store.MailWish(ctx, shop, s.hasher.Hashes(shop, referral.MailStop, string(c)))
	if err != nil {
		return nil, wish, fmt.Errorf("people: mail wish: %w", err)
	}
	return mails, wish, nil
}

// reportActs are the merchant's acts on the person's orders, and on the person as an advocate.
func (s *Service) reportActs(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID, orders []ReportOrder,
) ([]ReportAct, error) {
	var about []string
	for _, o := range orders {
		about = append(about, string(o.ID))
	}

	advocate, err := s.store.FindAdvocateByCustomer(ctx, shop, c)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, fmt.Errorf("people: find advocate: %w", err)
	}
	entries, err := s.audit.AllAuditAbout(ctx, shop, append(about, string(advocate.ID))...)
	if err != nil {
		return nil, fmt.Errorf("people: audit about a person: %w", err)
	}

	acts := make([]ReportAct, len(entries))
	for i, e := range entries {
		acts[i] = ReportAct{e.At, e.Act, e.Reason}
		if ofAnother(e, about) {
			acts[i].Reason = ""
		}
	}
	return acts, nil
}

// ofAnother tells whether an act was on an order of somebody else's, a friend whom the person had sent: its reason may be
// about that friend, and is not for the person to read.
func ofAnother(e referral.AuditEntry, own []string) bool {
	return slices.ContainsFunc(e.About, func(id string) bool {
		return strings.HasPrefix(id, "gid://shopify/Order/") && !slices.Contains(own, id)
	})
}

func reportOrder(o referral.Order) ReportOrder {
	return ReportOrder{
		ID: o.ID, Name: o.Name, At: o.ProcessedAt, Subtotal: o.Subtotal, Codes: o.Codes, Addresses: len(o.Emails),
		From: o.Marks.Referrer, Risk: o.Marks.Risk, Card: len(o.Cards) > 0, Network: len(o.Marks.Networks) > 0,
		Phone: len(o.Marks.Phones) > 0, OwnDomain: o.Marks.OwnDomain,
	}
}

func reportSeen(all []referral.Sighting) []ReportSighting {
	seen := make([]ReportSighting, len(all))
	for i, s := range all {
		seen[i] = ReportSighting{s.At, s.Referrer, len(s.Networks) > 0, len(s.Agents) > 0, len(s.Typed) > 0}
	}
	return seen
}

func reportClaim(c referral.Claim) ReportClaim {
	opened := make([]time.Time, len(c.Touches))
	for i, t := range c.Touches {
		opened[i] = t.At
	}
	return ReportClaim{
		c.Code, c.Former, c.ClaimedAt, c.ExpiresAt, opened, len(c.AllBrowsers()), len(c.Addresses), reportSeen(c.Seen),
	}
}

// reportRewards are the rewards of one side in the referrals.
func reportRewards(side referral.Side, all ...referral.Referral) []ReportReward {
	rewards := []ReportReward{}
	for _, r := range all {
		if reward, has := r.Rewards[side]; has && reward.State != referral.RewardNone {
			rewards = append(rewards, ReportReward{reward.State, reward.Reason, reward.Amount, reward.Code, reward.At})
		}
	}
	return rewards
}

// reportedReferrals bounds how many rewards a report lists, the newest first.
const reportedReferrals = 10_000

func (s *Service) reportAdvocate(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID,
) (*ReportAdvocate, error) {
	a, err := s.store.FindAdvocateByCustomer(ctx, shop, c)
	if fault.Is(err, fault.NotFound) {
		return nil, nil //nolint:nilnil // the person never was an advocate
	}
	if err != nil {
		return nil, fmt.Errorf("people: find advocate: %w", err)
	}

	earned, err := s.store.ReferralsOf(ctx, shop, a.ID, reportedReferrals)
	if err != nil {
		return nil, fmt.Errorf("people: referrals of an advocate: %w", err)
	}

	var agreed *ReportAgreed
	if a.Agreed.Version > 0 {
		agreed = &ReportAgreed{a.Agreed.Version, a.Agreed.At}
	}
	rewards := reportRewards(referral.AdvocateSide, earned...)
	return &ReportAdvocate{
		a.Codes, a.State, a.JoinedAt, agreed, len(a.Browsers), len(a.Emails), reportSeen(a.Seen), a.Note.Text, rewards,
	}, nil
}
