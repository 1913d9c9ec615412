package storefront

import (
	"context"
	"time"

	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
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
		VisitID string `json:"visit_id"`
	}
	sideJSON struct {
		Kind     referral.OfferKind `json:"kind"`
		Amount   string             `json:"amount"`
		Currency string             `json:"currency"`
		Text     string             `json:"text"`
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
		ID        referral.ClaimID `json:"id"`
		Code      string           `json:"code"`
		ExpiresAt time.Time        `json:"expires_at"`
		Text      string           `json:"text"`
	}
	claimAnswer struct {
		Claim claimJSON `json:"claim"`
	}
	friendJSON struct {
		State referral.State `json:"state"`
		Since time.Time      `json:"since"`
		Text  string         `json:"text"`
	}
	rewardJSON struct {
		State    referral.RewardState `json:"state"`
		Amount   string               `json:"amount"`
		Currency string               `json:"currency"`
		Code     string               `json:"code,omitempty"`
		Text     string               `json:"text"`
	}
	meAnswer struct {
		Advocate advocateJSON `json:"advocate"`
		Friends  []friendJSON `json:"friends"`
		Rewards  []rewardJSON `json:"rewards"`
	}
)

// browser is the keyed hashes of a widget's browser id: nothing behind this line sees the id itself. None without an id.
func (h *handler) browser(shop tenant.ShopID, id string) []string {
	if id == "" {
		return nil
	}
	return h.config.Hasher.Hashes(shop, "browser", id)
}

// join makes the signed-in customer an advocate.
func (h *handler) join(ctx context.Context, r request) (any, error) {
	b, err := parseBody(r.body)
	if err != nil {
		return nil, err
	}
	view, err := h.config.Referrals.Join(ctx, referral.JoinRequest{Shop: r.Shop, Customer: r.Customer, Browser: h.browser(r.Shop, b.Browser), At: r.At})
	if err != nil {
		return nil, err
	}
	return joinAnswer{advocateOf(view)}, nil
}

func advocateOf(v referral.AdvocateView) advocateJSON {
	return advocateJSON{v.Advocate.Code(), v.Link}
}

// visit notes that a link was opened, and answers the id that the widget keeps for the claim.
func (h *handler) visit(ctx context.Context, r request) (any, error) {
	b, err := parseLink(r.body)
	if err != nil {
		return nil, err
	}
	visit, err := h.config.Referrals.Visit(ctx, referral.VisitRequest{
		Shop: r.Shop, Ref: b.Ref, Customer: r.Customer, Browser: h.browser(r.Shop, b.Browser), At: r.At,
	})
	if err != nil {
		return nil, err
	}
	id, err := sealVisit(h.config.Keyring, visit)
	return visitAnswer{id}, err
}

// offer tells who gives what.
func (h *handler) offer(ctx context.Context, r request) (any, error) {
	ref, err := referral.ParseRef(r.Params.Get("ref"))
	if err != nil {
		return nil, err
	}
	view, err := h.config.Referrals.Offer(ctx, r.Shop, ref)
	if err != nil {
		return nil, err
	}
	answer := offerAnswer{
		Offer: offerJSON{
			Friend: sideOf(view.Friend, friendText(view)), Advocate: sideOf(view.Advocate, advocateText(view)), Minimum: minimumOf(view.Minimum),
		},
		Campaign: campaignJSON{view.Campaign.ID, view.Campaign.Version},
	}
	return answer, nil
}

func sideOf(o referral.Offer, text string) sideJSON {
	return sideJSON{o.Kind, o.Amount.Decimal(), o.Amount.Currency, text}
}

func minimumOf(m money.Amount) *moneyJSON {
	if m.IsZero() {
		return nil
	}
	return &moneyJSON{m.Decimal(), m.Currency}
}

// claim gives a friend her code. A visit id that is wrong is ignored.
func (h *handler) claim(ctx context.Context, r request) (any, error) {
	b, err := parseLink(r.body)
	if err != nil {
		return nil, err
	}
	claim, err := h.config.Referrals.Claim(ctx, referral.ClaimRequest{
		Shop: r.Shop, Ref: b.Ref, Customer: r.Customer, Browser: h.browser(r.Shop, b.Browser),
		Visit: openVisit(h.config.Keyring, r.Shop, b.Visit), At: r.At,
	})
	if err != nil {
		return nil, err
	}
	return claimAnswer{claimJSON{claim.ID, claim.Code, claim.ExpiresAt.UTC(), claimText(claim)}}, nil
}

// me shows an advocate her link, how her friends' orders stand and her rewards: never who the friends are.
func (h *handler) me(ctx context.Context, r request) (any, error) {
	view, err := h.config.Referrals.Me(ctx, r.Shop, r.Customer)
	if err != nil {
		return nil, err
	}
	answer := meAnswer{advocateOf(view), []friendJSON{}, []rewardJSON{}}
	for _, one := range view.Referrals {
		if one.State == referral.None {
			continue
		}
		answer.Friends = append(answer.Friends, friendJSON{one.State, one.At.UTC(), referralText(one)})
		if reward, ok := one.Rewards[referral.AdvocateSide]; ok && reward.State != referral.RewardNone {
			answer.Rewards = append(answer.Rewards, rewardOf(reward))
		}
	}
	return answer, nil
}

// rewardOf shows the code only while it can be spent.
func rewardOf(r referral.Reward) rewardJSON {
	shown := rewardJSON{State: r.State, Amount: r.Amount.Decimal(), Currency: r.Amount.Currency, Text: rewardText(r)}
	if r.State == referral.RewardIssued {
		shown.Code = r.Code
	}
	return shown
}
