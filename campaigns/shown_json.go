package campaigns

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"twofold/referral"
)

// shownForm counts the forms that the offer's JSON ever had. The widgets read this one.
const shownForm = 1

// shownJSON is the offer as the widgets read it. What a kind, a state or the terms lack is missing.
type shownJSON struct {
	Form  int                 `json:"v"`
	State referral.ShownState `json:"state"`
	*shownTermsJSON
	Until    string `json:"until,omitempty"` // RFC 3339, UTC
	Currency string `json:"shop_currency"`
	Proxy    string `json:"proxy"`

	Agree     int    `json:"terms,omitempty"`      // version of the programme's terms that whoever joins agrees to
	AgreeLink string `json:"terms_link,omitempty"` // path of the merchant's page with them
	Guests    bool   `json:"guests,omitempty"`     // an address is enough to join
}

type shownTermsJSON struct {
	Campaign  referral.CampaignID `json:"campaign"`
	Version   int                 `json:"version"`
	Friend    shownSideJSON       `json:"friend"`
	Advocate  shownSideJSON       `json:"advocate"`
	Minimum   *shownAmountJSON    `json:"minimum,omitempty"`
	HoldDays  int                 `json:"hold_days"`
	ClaimDays int                 `json:"claim_days"`
	Shares    bool                `json:"shares"`
}

type shownSideJSON struct {
	Kind       referral.OfferKind `json:"kind"`
	Amount     string             `json:"amount,omitempty"`
	Currency   string             `json:"currency,omitempty"`
	Percent    string             `json:"percent,omitempty"`
	AfterOrder bool               `json:"after_order"`
	Says       map[string]string  `json:"says,omitempty"` // the amount or percentage alone, by language
}

type shownAmountJSON struct {
	Amount   string            `json:"amount"`
	Currency string            `json:"currency"`
	Says     map[string]string `json:"says,omitempty"`
}

// shownJSON encodes the offer, with its amounts and percentages in the words of each language.
func (s *Service) shownJSON(o referral.ShownOffer) (string, error) {
	out := shownJSON{Form: shownForm, State: o.State, Currency: o.Currency, Proxy: o.Proxy, Agree: o.Agree.Version, AgreeLink: o.Agree.Link, Guests: o.Guests && s.config.Guests}
	if o.State != referral.ShownNone {
		out.shownTermsJSON = &shownTermsJSON{
			Campaign: o.Campaign.ID, Version: o.Campaign.Version, Friend: s.shownSide(o.Terms, referral.FriendSide), Advocate: s.shownSide(o.Terms, referral.AdvocateSide),
			HoldDays: o.Terms.HoldDays, ClaimDays: o.Terms.ClaimDays, Shares: o.Shares,
		}
		if !o.Terms.Minimum.IsZero() {
			least := o.Terms.Minimum
			out.Minimum = &shownAmountJSON{Amount: least.Decimal(), Currency: least.Currency, Says: s.config.SayAmount(least)}
		}
	}
	if !o.Until.IsZero() {
		out.Until = o.Until.UTC().Format(time.RFC3339)
	}

	text, err := json.Marshal(out)
	if err != nil {
		return "", fmt.Errorf("campaigns: encode shown offer: %w", err)
	}
	return string(text), nil
}

func (s *Service) shownSide(t referral.Terms, side referral.Side) shownSideJSON {
	offer := t.Offer(side)
	out := shownSideJSON{Kind: offer.Kind, AfterOrder: t.AfterOrder(side)}
	switch offer.Kind {
	case referral.AmountOff:
		out.Amount, out.Currency, out.Says = offer.Amount.Decimal(), offer.Amount.Currency, s.config.SayAmount(offer.Amount)
	case referral.PercentOff, referral.ShareOfOrder:
		out.Percent, out.Says = referral.Percent(offer.RateBP), s.config.SayPercent(offer.RateBP)
	case referral.FreeShipping: // its name says it all
	}

	return out
}

// sameJSON tells whether two texts hold the same JSON: whoever keeps it may order and space it anew.
func sameJSON(a, b string) bool {
	one, err := normalJSON(a)
	if err != nil {
		return false
	}
	other, err := normalJSON(b)
	return err == nil && bytes.Equal(one, other)
}

func normalJSON(text string) ([]byte, error) {
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

// printOf is the fingerprint of an offer's JSON.
func printOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
