package storefront

import (
	"context"
	"time"

	"twofold/claims"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// Answers. Amounts are decimal texts in the currency's own digits; times are RFC 3339 in UTC.
type (
	advocateJSON struct {
		Code string `json:"code"`
		Link string `json:"link"`
	}
	joinAnswer struct {
		Advocate advocateJSON `json:"advocate"`
	}
	visitAnswer struct {
		VisitID string        `json:"visit_id"`
		Held    *promisedJSON `json:"held,omitempty"` // the open claim that the visitor has
	}
	promisedJSON struct {
		heldJSON
		Offer offerJSON `json:"offer"` // as promised
	}
	heldJSON struct {
		ID        referral.ClaimID `json:"id"`
		Code      string           `json:"code,omitempty"` // "" while none was drawn, or if none comes before the order
		ExpiresAt time.Time        `json:"expires_at"`
		ClaimedAt time.Time        `json:"claimed_at"`
		Yours     bool             `json:"yours"` // it is the link's advocate's; else the friend may keep it, or switch
	}
	// giftJSON says what somebody gets, by its kind: a sum, a part of an order, both when the part's
	// sum is known, or neither.
	giftJSON struct {
		Kind     referral.OfferKind `json:"kind"`
		Amount   string             `json:"amount,omitempty"`
		Currency string             `json:"currency,omitempty"`
		Percent  string             `json:"percent,omitempty"` // decimal text: "15", "12.5"
	}
	sideJSON struct {
		giftJSON
		AfterOrder bool   `json:"after_order,omitempty"` // the friend's: given when the order has proved itself
		Text       string `json:"text"`
	}
	moneyJSON struct {
		Amount   string `json:"amount"`
		Currency string `json:"currency"`
	}
	offerJSON struct {
		Friend   sideJSON   `json:"friend"`
		Advocate sideJSON   `json:"advocate"`
		Minimum  *moneyJSON `json:"minimum,omitempty"`
	}
	campaignJSON struct {
		ID      referral.CampaignID `json:"id"`
		Version int                 `json:"version"`
	}
	offerAnswer struct {
		Offer    offerJSON    `json:"offer"`
		Campaign campaignJSON `json:"campaign"`
	}
	claimJSON struct {
		heldJSON
		Text string `json:"text"`
	}
	claimAnswer struct {
		Claim     claimJSON    `json:"claim"`
		Offer     offerJSON    `json:"offer"` // as promised
		Campaign  campaignJSON `json:"campaign"`
		Newer     *offerJSON   `json:"newer,omitempty"` // of now, when that is another
		NewerText string       `json:"newer_text,omitempty"`
	}
	friendJSON struct {
		State referral.State `json:"state"`
		Since time.Time      `json:"since"`
		Text  string         `json:"text"`
		Test  bool           `json:"test,omitempty"` // of a test order
	}
	rewardJSON struct {
		State referral.RewardState `json:"state"`
		giftJSON
		Code   string     `json:"code,omitempty"`
		EndsAt *time.Time `json:"ends_at,omitempty"`
		Text   string     `json:"text"`
		Test   bool       `json:"test,omitempty"`
	}
	meAnswer struct {
		Advocate advocateJSON `json:"advocate"`
		Friends  []friendJSON `json:"friends"`
		Rewards  []rewardJSON `json:"rewards"`
		Waiting  string       `json:"friends_waiting,omitempty"` // in words, how many friends have not ordered yet
	}
)

// browser is the keyed hashes of a widget's browser id: nothing behind this line sees the id
// itself. None without an id.
func (h *handler) browser(shop tenant.ShopID, id string) []string {
	if id == "" {
		return nil
	}
	return h.config.Hasher.Hashes(shop, "browser", id)
}

// emails is the keyed hashes of the address that a friend gives, made as those of an order's address are. Nothing
// behind this line sees the address itself.
func (h *handler) emails(shop tenant.ShopID, address string) []string {
	return referral.EmailHashes(h.config.Hasher, shop, address)
}

// join makes the signed-in customer an advocate; else whoever types an address.
func (h *handler) join(ctx context.Context, r request) (any, error) {
	b, err := parseBody(r.body)
	if err != nil {
		return nil, err
	}
	if r.customer == "" && b.Email != "" {
		return h.joinGuest(ctx, r, b)
	}

	view, err := h.config.Claims.Join(ctx, claims.JoinRequest{
		Shop: r.Shop, Customer: r.customer, Browser: h.browser(r.Shop, b.Browser), Terms: b.Terms,
		Seen: h.seenFrom(r.Shop, r.from, r.At), At: r.At,
	})
	if err != nil {
		return nil, err
	}
	return joinAnswer{advocateOf(view)}, nil
}

func advocateOf(v claims.AdvocateView) advocateJSON {
	return advocateJSON{v.Advocate.Code(), v.Link}
}

// visit notes that a link was opened, and answers the id that the widget keeps for the claim.
func (h *handler) visit(ctx context.Context, r request) (any, error) {
	b, err := parseLink(r.body)
	if err != nil {
		return nil, err
	}

	seen := h.seenFrom(r.Shop, r.from, r.At)
	seen.Referrer = r.from.ledFrom(b.Page)
	view, err := h.config.Claims.Visit(ctx, claims.VisitRequest{
		Shop: r.Shop, Ref: b.Ref, Customer: r.customer, Browser: h.browser(r.Shop, b.Browser),
		Cart: referral.ParseClaimID(b.Claim), Seen: seen, At: r.At,
	})
	if err != nil {
		return nil, err
	}

	id, err := h.visits.Seal(view.Visit)
	answer := visitAnswer{VisitID: id}
	if view.Held != nil {
		answer.Held = &promisedJSON{heldOf(*view.Held, view.Yours), offerOf(r.say, view.Offer)}
	}
	return answer, err
}

func heldOf(c referral.Claim, yours bool) heldJSON {
	return heldJSON{c.ID, c.Code, c.ExpiresAt.UTC(), c.ClaimedAt.UTC(), yours}
}

// offer tells who gives what.
func (h *handler) offer(ctx context.Context, r request) (any, error) {
	ref, err := referral.ParseRef(r.Params.Get("ref"))
	if err != nil {
		return nil, err
	}

	view, err := h.config.Claims.Offer(ctx, r.Shop, ref)
	if err != nil {
		return nil, err
	}
	return offerAnswer{offerOf(r.say, view), campaignOf(view)}, nil
}

func campaignOf(v claims.OfferView) campaignJSON {
	return campaignJSON{v.Campaign.ID, v.Campaign.Version}
}

func offerOf(say *text.Printer, v claims.OfferView) offerJSON {
	return offerJSON{sideOf(v.Friend, say.FriendGets(v)), sideOf(v.Advocate, say.AdvocateGets(v)), minimumOf(v.Minimum)}
}

func sideOf(o referral.Offer, words string) sideJSON {
	return sideJSON{giftOf(o.Kind, o.Amount, o.RateBP), o.AfterOrder, words}
}

// giftOf leaves out what the kind does not have: what a percentage counts for in the merchant's budget is no shopper's.
func giftOf(kind referral.OfferKind, amount money.Amount, rateBP int) giftJSON {
	gift := giftJSON{Kind: kind}
	if kind.IsAmount() && !amount.IsZero() {
		gift.Amount, gift.Currency = amount.Decimal(), amount.Currency
	}

	if kind == referral.PercentOff || kind == referral.ShareOfOrder {
		gift.Percent = referral.Percent(rateBP)
	}
	return gift
}

func minimumOf(m money.Amount) *moneyJSON {
	if m.IsZero() {
		return nil
	}
	return &moneyJSON{m.Decimal(), m.Currency}
}

// claim gives a friend their code. A visit id or a claim's id that is wrong is ignored. Whether anybody knows the
// address changes nothing in the answer.
func (h *handler) claim(ctx context.Context, r request) (any, error) {
	b, err := parseLink(r.body)
	if err != nil {
		return nil, err
	}

	view, err := h.config.Claims.Claim(ctx, claims.ClaimRequest{
		Shop: r.Shop, Ref: b.Ref, Customer: r.customer, Browser: h.browser(r.Shop, b.Browser),
		Cart: referral.ParseClaimID(b.Claim), Visit: h.visits.OpenVisit(r.Shop, b.Visit),
		Emails: h.emails(r.Shop, b.Email), Switch: b.Switch, Network: r.network, Seen: h.seenFrom(r.Shop, r.from, r.At), At: r.At,
	})
	if err != nil {
		return nil, err
	}

	answer := claimAnswer{
		Claim:    claimJSON{heldOf(view.Claim, view.Yours), r.say.Claimed(view)},
		Offer:    offerOf(r.say, view.Offer),
		Campaign: campaignOf(view.Offer),
	}
	if view.Newer != nil {
		newer := offerOf(r.say, *view.Newer)
		answer.Newer, answer.NewerText = &newer, r.say.Newer(*view.Newer)
	}
	return answer, nil
}

// me shows an advocate their link, how their friends' orders stand and their rewards: never who the friends are.
func (h *handler) me(ctx context.Context, r request) (any, error) {
	view, err := h.config.Claims.Me(ctx, r.Shop, r.customer, h.seenFrom(r.Shop, r.from, r.At))
	if err != nil {
		return nil, err
	}
	return h.meOf(r.say, view), nil
}

func (h *handler) meOf(say *text.Printer, view claims.AdvocateView) meAnswer {
	now := h.config.Now()
	answer := meAnswer{advocateOf(view), []friendJSON{}, []rewardJSON{}, say.WaitingFriends(view.Waiting)}
	for _, one := range view.Referrals {
		if one.State == referral.None {
			continue
		}
		answer.Friends = append(answer.Friends, friendJSON{
			one.State, one.At.UTC(), say.Progress(one, now), one.Friend.Test(),
		})

		if reward, ok := one.Rewards[referral.AdvocateSide]; ok && reward.State != referral.RewardNone {
			answer.Rewards = append(answer.Rewards, rewardOf(say, one, reward, now))
		}
	}
	return answer
}

// rewardOf shows the code only while it can be spent.
func rewardOf(say *text.Printer, of referral.Referral, r referral.Reward, now time.Time) rewardJSON {
	shown := rewardJSON{
		State: r.StateAt(now), giftJSON: giftOf(r.Kind, r.Amount, r.RateBP),
		Text: say.Progress(of, now), Test: of.Friend.Test(),
	}

	if shown.State != referral.RewardIssued {
		return shown
	}

	shown.Code = r.Code
	if !r.EndsAt.IsZero() {
		ends := r.EndsAt.UTC()
		shown.EndsAt = &ends
	}
	return shown
}
