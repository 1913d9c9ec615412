package store

import (
	"cmp"
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
	"twofold/trust"
)

// Campaigns are the offers, a document for each version.
type Campaigns struct{ *DB }

// campaignDoc is one version of a campaign; _id: campaignKey. HasShare is derived, for an index; beside it stand
// frozen, see freeze.go, and unshown, see shown.go. Credit stands beside the terms, which the version before writes as
// a whole, and without it: see toTerms.
type campaignDoc struct {
	Key       string                                `bson:"_id"`
	Shop      tenant.ShopID                         `bson:"shop"`
	ID        referral.CampaignID                   `bson:"id"`
	Version   int                                   `bson:"version"`
	Name      string                                `bson:"name"`
	State     referral.CampaignState                `bson:"state"`
	Terms     termsDoc                              `bson:"terms"`
	Credit    referral.Credit                       `bson:"credit"`
	Limits    limitsDoc                             `bson:"limits"`
	Dates     datesDoc                              `bson:"dates"` // missing in documents of an earlier version: none
	Discounts map[referral.Side]referral.DiscountID `bson:"discounts"`
	EndsAt    map[referral.Side]date                `bson:"ends_at"`
	Drift     []driftDoc                            `bson:"drift"`
	CreatedAt date                                  `bson:"created_at"`
	LiveAt    date                                  `bson:"live_at"`
	Until     date                                  `bson:"until"`
	TendAt    date                                  `bson:"tend_at"`  // a draft's start; null while filling
	WatchAt   date                                  `bson:"watch_at"` // missing in documents of an earlier version: it is tended first
	Remade    int                                   `bson:"remade"`
	Rev       int64                                 `bson:"rev"`

	Problem string            `bson:"problem"`        // a code, or a sentence of an earlier version
	Values  map[string]string `bson:"problem_values"` // of the code; missing in documents of an earlier version
	Cleaned bool              `bson:"cleaned"`        // missing in documents of an earlier version

	HasShare bool `bson:"has_share"` // it has a discount of shareable codes; the sweep's index covers only these
}

type termsDoc struct {
	Friend       offerDoc   `bson:"friend"`
	Advocate     offerDoc   `bson:"advocate"`
	Minimum      amountDoc  `bson:"minimum"`
	HoldDays     int        `bson:"hold_days"`
	WindowDays   int        `bson:"window_days"`
	ClaimDays    int        `bson:"claim_days"`
	FirstTouch   bool       `bson:"first_touch"` // what the version before reads of the credit, and had instead of it
	CreditRef    bool       `bson:"credit_ref"`
	BuysFirst    bool       `bson:"buys_first"`
	Excluded     sourcesDoc `bson:"excluded"`
	ShareCeiling int        `bson:"share_ceiling"`

	TakeBackReturns bool `bson:"take_back_returns"` // missing in terms of before there was a choice: off
	FreeOrders      bool `bson:"free_orders"`       // likewise
	CodeOnly        bool `bson:"code_only"`         // likewise

	Strictness trust.Strictness `bson:"strictness"` // missing in terms of before there was a choice: balanced
}

type offerDoc struct {
	Kind       referral.OfferKind `bson:"kind"`
	Amount     amountDoc          `bson:"amount"`
	RateBP     int                `bson:"rate_bp"`
	Most       amountDoc          `bson:"most"` // missing in offers of before there was one: none
	CountsAs   amountDoc          `bson:"counts_as"`
	Minimum    amountDoc          `bson:"minimum"`
	ValidDays  int                `bson:"valid_days"`
	Combines   combinesDoc        `bson:"combines"`
	Personal   bool               `bson:"personal"`
	AfterOrder bool               `bson:"after_order"`
}

type combinesDoc struct {
	Order    bool `bson:"order"`
	Product  bool `bson:"product"`
	Shipping bool `bson:"shipping"`
}

type sourcesDoc struct {
	Web          bool `bson:"web"`
	POS          bool `bson:"pos"`
	Draft        bool `bson:"draft"`
	Subscription bool `bson:"subscription"`
	Other        bool `bson:"other"`
}

type limitsDoc struct {
	MonthCap int       `bson:"month_cap"`
	YearCap  int       `bson:"year_cap"`
	Budget   amountDoc `bson:"budget"`

	AllowableCost amountDoc `bson:"allowable_cost"`

	FlagAfter *int `bson:"flag_after"` // missing in what an earlier version wrote: see flagAfter
}

type datesDoc struct {
	Starts date `bson:"starts"`
	Ends   date `bson:"ends"`
}

// driftDoc is one difference. The version before kept sentences as want and has: these are not read, and written anew
// with the next audit.
type driftDoc struct {
	Side     referral.Side      `bson:"side"`
	What     referral.DriftKind `bson:"what"`
	ShouldBe driftTermDoc       `bson:"should_be"`
	Is       driftTermDoc       `bson:"is"`
}

type driftTermDoc struct {
	Kind            referral.OfferKind `bson:"kind"`
	RateBP          int                `bson:"rate_bp"`
	Amount          amountDoc          `bson:"amount"`
	Items           int                `bson:"items"`
	SomeOnly        bool               `bson:"some_only"`
	Combines        combinesDoc        `bson:"combines"`
	UsageLimit      int                `bson:"usage_limit"`
	OncePerCustomer bool               `bson:"once_per_customer"`
	At              date               `bson:"at"`
}

func newDriftDoc(d referral.Drift) driftDoc {
	return driftDoc{d.Side, d.What, newDriftTermDoc(d.Want), newDriftTermDoc(d.Has)}
}

func newDriftTermDoc(t referral.DriftTerm) driftTermDoc {
	return driftTermDoc{
		t.Kind, t.RateBP, newAmountDoc(t.Amount), t.Items, t.SomeOnly, combinesDoc(t.Combines), t.UsageLimit,
		t.OncePerCustomer, date(t.At),
	}
}

func (d driftDoc) toDomain() referral.Drift {
	return referral.Drift{Side: d.Side, What: d.What, Want: d.ShouldBe.toDomain(), Has: d.Is.toDomain()}
}

func (d driftTermDoc) toDomain() referral.DriftTerm {
	return referral.DriftTerm{
		Kind:            d.Kind,
		RateBP:          d.RateBP,
		Amount:          d.Amount.toDomain(),
		Items:           d.Items,
		SomeOnly:        d.SomeOnly,
		Combines:        referral.Combines(d.Combines),
		UsageLimit:      d.UsageLimit,
		OncePerCustomer: d.OncePerCustomer,
		At:              time.Time(d.At),
	}
}

func newOfferDoc(o referral.Offer) offerDoc {
	return offerDoc{
		o.Kind, newAmountDoc(o.Amount), o.RateBP, newAmountDoc(o.Most), newAmountDoc(o.CountsAs),
		newAmountDoc(o.Minimum), o.ValidDays, combinesDoc(o.Combines), o.Personal, o.AfterOrder,
	}
}

func (d offerDoc) toDomain() referral.Offer {
	return referral.Offer{
		Kind:       d.Kind,
		Amount:     d.Amount.toDomain(),
		RateBP:     d.RateBP,
		Most:       d.Most.toDomain(),
		CountsAs:   d.CountsAs.toDomain(),
		Minimum:    d.Minimum.toDomain(),
		ValidDays:  d.ValidDays,
		Combines:   referral.Combines(d.Combines),
		Personal:   d.Personal,
		AfterOrder: d.AfterOrder,
	}
}

func newTermsDoc(t referral.Terms) termsDoc {
	return termsDoc{
		newOfferDoc(t.Friend), newOfferDoc(t.Advocate), newAmountDoc(t.Minimum), t.HoldDays, t.WindowDays, t.ClaimDays,
		t.Credit == referral.CreditFirst, t.CreditRef, t.BuysFirst, sourcesDoc(t.Excluded), t.ShareCeiling,
		t.TakeBackReturns, t.FreeOrders, t.CodeOnly, t.Strictness,
	}
}

// toTerms reads the terms. Campaigns of the version before have no credit: of them the last link is credited, or the
// first.
func (d campaignDoc) toTerms() referral.Terms {
	terms := d.Terms.toDomain()
	if d.Credit != "" {
		terms.Credit = d.Credit
	}
	return terms
}

func (d termsDoc) toDomain() referral.Terms {
	credit := referral.CreditLast
	if d.FirstTouch {
		credit = referral.CreditFirst
	}

	return referral.Terms{
		Friend:          d.Friend.toDomain(),
		Advocate:        d.Advocate.toDomain(),
		Minimum:         d.Minimum.toDomain(),
		HoldDays:        d.HoldDays,
		WindowDays:      d.WindowDays,
		ClaimDays:       d.ClaimDays,
		Credit:          credit,
		CreditRef:       d.CreditRef,
		BuysFirst:       d.BuysFirst,
		Excluded:        referral.Sources(d.Excluded),
		ShareCeiling:    d.ShareCeiling,
		TakeBackReturns: d.TakeBackReturns,
		FreeOrders:      d.FreeOrders,
		CodeOnly:        d.CodeOnly,
		Strictness:      cmp.Or(d.Strictness, trust.Balanced),
	}
}

func newLimitsDoc(l referral.Limits) limitsDoc {
	return limitsDoc{l.MonthCap, l.YearCap, newAmountDoc(l.Budget), newAmountDoc(l.AllowableCost), &l.FlagAfter}
}

func (d limitsDoc) toDomain() referral.Limits {
	return referral.Limits{
		MonthCap:      d.MonthCap,
		YearCap:       d.YearCap,
		FlagAfter:     d.flagAfter(),
		Budget:        d.Budget.toDomain(),
		AllowableCost: d.AllowableCost.toDomain(),
	}
}

// flagAfter is the default where nobody has said it, unless the merchant had already set a cap for the month: that is
// their word then.
func (d limitsDoc) flagAfter() int {
	switch {
	case d.FlagAfter != nil:
		return *d.FlagAfter
	case d.MonthCap > 0:
		return 0
	}
	return referral.DefaultFlagAfter
}

func newCampaignDoc(c referral.Campaign) campaignDoc {
	d := campaignDoc{
		Key:       campaignKey(c.Shop, c.Key()),
		Shop:      c.Shop,
		ID:        c.ID,
		Version:   c.Version,
		Name:      c.Name,
		State:     c.State,
		Terms:     newTermsDoc(c.Terms),
		Credit:    c.Terms.Credit,
		Limits:    newLimitsDoc(c.Limits),
		Dates:     datesDoc{date(c.Dates.Starts), date(c.Dates.Ends)},
		Discounts: c.Discounts,
		EndsAt:    eachValue(c.EndsAt, func(at time.Time) date { return date(at) }),
		Drift:     each(c.Drift, newDriftDoc),
		CreatedAt: date(c.CreatedAt),
		LiveAt:    date(c.LiveAt),
		Until:     date(c.Until),
		Problem:   c.Problem.Code,
		Values:    c.Problem.Values,
		Cleaned:   c.Cleaned,
		WatchAt:   date(c.WatchAt),
		Remade:    c.Remade,
		Rev:       c.Rev,
		HasShare:  c.Discounts[referral.ShareSide] != "",
	}

	switch c.State {
	case referral.CampaignDraft:
		d.TendAt = date(c.Dates.Starts)
	case referral.CampaignFilling:
	default:
		d.TendAt = date(c.TendAt)
	}
	return d
}

func (d campaignDoc) toDomain() referral.Campaign {
	return referral.Campaign{
		Shop:      d.Shop,
		ID:        d.ID,
		Version:   d.Version,
		Name:      d.Name,
		State:     d.State,
		Terms:     d.toTerms(),
		Limits:    d.Limits.toDomain(),
		Dates:     referral.Dates{Starts: time.Time(d.Dates.Starts), Ends: time.Time(d.Dates.Ends)},
		Discounts: d.Discounts,
		EndsAt:    eachValue(d.EndsAt, func(at date) time.Time { return time.Time(at) }),
		Drift:     each(d.Drift, driftDoc.toDomain),
		CreatedAt: time.Time(d.CreatedAt),
		LiveAt:    time.Time(d.LiveAt),
		Until:     time.Time(d.Until),
		TendAt:    time.Time(d.TendAt),
		Problem:   referral.Problem{Code: d.Problem, Values: d.Values},
		Cleaned:   d.Cleaned,
		WatchAt:   time.Time(d.WatchAt),
		Remade:    d.Remade,
		Rev:       d.Rev,
	}
}

// AddCampaign writes a new version of a campaign. Conflict: it exists.
func (db Campaigns) AddCampaign(ctx context.Context, c referral.Campaign) error {
	_, err := db.campaigns.InsertOne(ctx, unshownDoc{newCampaignDoc(c), true})
	return failed("add campaign", err)
}

// FindCampaign reads one version of a campaign.
func (db Campaigns) FindCampaign(
	ctx context.Context, shop tenant.ShopID, k referral.CampaignKey,
) (referral.Campaign, error) {
	doc, err := findOne[campaignDoc](ctx, db.campaigns, byKey(shop, campaignKey(shop, k)))
	return doc.toDomain(), failed("find campaign", err)
}

// ListCampaigns lists all versions of all campaigns, newest first.
func (db Campaigns) ListCampaigns(ctx context.Context, shop tenant.ShopID) ([]referral.Campaign, error) {
	newest := bson.D{{Key: "created_at", Value: -1}, {Key: "version", Value: -1}}
	docs, err := findAll[campaignDoc](ctx, db.campaigns, bson.D{{Key: "shop", Value: shop}},
		options.Find().SetSort(newest))
	return each(docs, campaignDoc.toDomain), failed("list campaigns", err)
}

// UpdateCampaign loads, lets fn change, and saves if nobody changed it meanwhile, else again. fn must not call out.
// Errors: NotFound, Unavailable, and whatever fn returns.
func (db Campaigns) UpdateCampaign(
	ctx context.Context, shop tenant.ShopID, k referral.CampaignKey, fn func(*referral.Campaign) error,
) (referral.Campaign, error) {
	var c referral.Campaign
	err := untilSaved(func() (saved bool, err error) {
		if c, err = db.FindCampaign(ctx, shop, k); err != nil {
			return false, err
		}

		loaded, was := bson.E{Key: "rev", Value: c.Rev}, c
		if err := fn(&c); err != nil {
			return false, err
		}

		c.Rev++
		saved, err = updateOne(ctx, db.campaigns, append(byKey(shop, campaignKey(shop, k)), loaded),
			set(changedDoc(was, c)))
		return saved, failed("update campaign", err)
	})
	if err != nil {
		return referral.Campaign{}, err
	}

	return c, nil
}
