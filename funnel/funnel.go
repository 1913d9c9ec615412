// Package funnel counts what shoppers do with an offer: see it, take it, join, share, for each campaign version,
// advocate and day in the shop's time zone. The counts are best effort: browsers tell of them as they please, what
// cannot be saved at once is lost, and nothing is decided by them. Figures of money come from referrals.
//
// Begin with Event and Sums in this file; Counter gathers events and writes them.
package funnel

import (
	"slices"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Kind is what a shopper did.
type Kind string

// The kinds.
const (
	Seen    Kind = "seen"  // an offer was shown to a friend who came by a link
	Claimed Kind = "claim" // a friend took it
	Joined  Kind = "join"  // a customer became an advocate
	Shared  Kind = "share" // an advocate sent the link, by a channel
)

// Kinds are all of them, in the order in which they happen to an offer.
var Kinds = []Kind{Seen, Claimed, Joined, Shared}

// Channel is how a link was shared.
type Channel string

// The channels.
const (
	ByCopy     Channel = "copy"   // to the clipboard
	ByNative   Channel = "native" // the device's own share sheet
	ByWhatsApp Channel = "whatsapp"
	ByEmail    Channel = "email"
	BySMS      Channel = "sms"
	ByQR       Channel = "qr" // shown as a QR code
)

// Channels are all of them.
var Channels = []Channel{ByCopy, ByNative, ByWhatsApp, ByEmail, BySMS, ByQR}

// Event says that a shopper did something with a campaign's offer.
type Event struct {
	Shop     tenant.ShopID
	Kind     Kind
	Channel  Channel // of a share, else ""
	Campaign referral.CampaignKey
	Ref      string    // the code of the advocate whose link it was; "": nobody's
	At       time.Time // when Shopify's proxy was asked
}

// maxCampaignBytes bounds a campaign's id; ours have 30.
const maxCampaignBytes = 64

// Validate refuses what no widget of ours sends, as Invalid.
func (e Event) Validate() error {
	switch {
	case !slices.Contains(Kinds, e.Kind):
		return fault.New(fault.Invalid, "event_kind")
	case e.Kind == Shared && !slices.Contains(Channels, e.Channel), e.Kind != Shared && e.Channel != "":
		return fault.New(fault.Invalid, "event_channel")
	case e.Campaign.ID == "" || len(e.Campaign.ID) > maxCampaignBytes || e.Campaign.Version < 1:
		return fault.New(fault.Invalid, "event_campaign")
	}
	return nil
}

// Sums are counts of events.
type Sums struct {
	Seen, Claims, Joins int
	Shares              map[Channel]int
}

// Shared is how often links were shared, by all channels.
func (s Sums) Shared() int {
	n := 0
	for _, by := range s.Shares {
		n += by
	}
	return n
}

// Add adds other counts to these.
func (s *Sums) Add(other Sums) {
	s.Seen += other.Seen
	s.Claims += other.Claims
	s.Joins += other.Joins
	for channel, n := range other.Shares {
		s.add(Shared, channel, n)
	}
}

func (s *Sums) add(kind Kind, channel Channel, n int) {
	switch kind {
	case Seen:
		s.Seen += n
	case Claimed:
		s.Claims += n
	case Joined:
		s.Joins += n
	case Shared:
		if s.Shares == nil {
			s.Shares = map[Channel]int{}
		}
		s.Shares[channel] += n
	}
}

// Anyone stands for all links together: every advocate's, and nobody's.
const Anyone referral.AdvocateID = "*"

// Key names what is counted together.
type Key struct {
	Shop     tenant.ShopID
	Campaign referral.CampaignKey
	Advocate referral.AdvocateID // "": nobody's link
	Day      string              // in the shop's time zone: "2026-11-20"
}

// Day is the counts of a key.
type Day struct {
	Key
	Sums
}

// Totals are the counts of days by campaign version, all links together, in no order. What reads them reads as much
// of a shop with a hundred thousand advocates as of one with ten.
func Totals(days []Day) []Day {
	sums := map[Key]*Sums{}
	for _, d := range days {
		key := d.Key
		key.Advocate = Anyone
		if sums[key] == nil {
			sums[key] = &Sums{}
		}
		sums[key].Add(d.Sums)
	}

	var totals []Day
	for key, s := range sums {
		totals = append(totals, Day{key, *s})
	}
	return totals
}

// DayOf is the day of an instant in the shop's time zone: "2026-11-20".
func DayOf(shop tenant.Shop, at time.Time) string {
	return at.In(shop.Profile.Location()).Format(time.DateOnly)
}
