package store

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// referralDoc is one friend; _id: friendKey. The fields from Test on are derived, for indexes; frozen and counted stand
// beside them, see freeze.go and figure_days.go.
type referralDoc struct {
	Key    string            `bson:"_id"`
	Shop   tenant.ShopID     `bson:"shop"`
	Friend referral.FriendID `bson:"friend"`

	Newness   []newnessDoc `bson:"newness"`
	Asked     []askedDoc   `bson:"asked"`
	AskAt     date         `bson:"ask_at"`
	HistoryAt date         `bson:"history_at"`
	Flags     []flagDoc    `bson:"flags"`
	Refusals  []refusalDoc `bson:"refusals"`
	Release   *releaseDoc  `bson:"release"`
	Issues    []issueDoc   `bson:"issues"`
	Settled   []settledDoc `bson:"settled"`
	Appeals   []appealDoc  `bson:"appeals"` // missing in documents of before there were any
	Acts      []actDoc     `bson:"acts"`
	Ledger    []entryDoc   `bson:"ledger"`

	State      referral.State              `bson:"state"`
	Reason     referral.Reason             `bson:"reason"`
	Order      referral.OrderID            `bson:"order"`
	OrderName  string                      `bson:"order_name"`
	Advocate   referral.AdvocateID         `bson:"advocate"`
	Campaign   referral.CampaignID         `bson:"campaign"`
	Version    int                         `bson:"version"`
	Claim      referral.ClaimID            `bson:"claim"`
	At         date                        `bson:"at"`
	UndoneAt   date                        `bson:"undone_at"`
	ReleaseAt  date                        `bson:"release_at"`
	Rewards    map[referral.Side]rewardDoc `bson:"rewards"`
	Lines      []entryDoc                  `bson:"lines"`
	Explained  explanationDoc              `bson:"explained"`
	Near       neighbourDoc                `bson:"near"` // missing in documents of before there was one
	LookAgain  lookDoc                     `bson:"look_again"`
	LookRev    int64                       `bson:"look_rev"`
	Work       []referral.Work             `bson:"work"`
	FactsRev   int64                       `bson:"facts_rev"`
	DecidedRev int64                       `bson:"decided_rev"`

	Test        bool                  `bson:"test"`          // of the test lane
	Owes        bool                  `bson:"owes"`          // the advocate's side; not in the test lane
	OrderNumber int64                 `bson:"order_number"`  // orders releases that fall due at once
	WaitsFor    []referral.AdvocateID `bson:"waits_for"`     // advocates whose purchase would change what is decided
	HasWaitsFor bool                  `bson:"has_waits_for"` // the index on them covers only these
	HasLook     bool                  `bson:"has_look"`      // others are to be looked at again; the index covers only these
	Waiting     bool                  `bson:"waiting"`       // for its release, or for a look; the index covers only these
	HasWork     bool                  `bson:"has_work"`      // the index on work covers only these
	Undecided   bool                  `bson:"undecided"`     // facts_rev > decided_rev; the index covers only these
	CountAt     date                  `bson:"count_at"`      // when it is to be counted: what is written is at once
	ToCount     bool                  `bson:"to_count"`      // CountAt is there; the index covers only these
}

type newnessDoc struct {
	Order   referral.OrderID `bson:"order"`
	Prior   int              `bson:"prior"`
	Via     string           `bson:"via"`
	At      date             `bson:"at"`
	Unknown bool             `bson:"unknown"`
}

type askedDoc struct {
	Order referral.OrderID `bson:"order"`
	At    date             `bson:"at"`
}

type settledDoc struct {
	By     referral.FriendID `bson:"by"`
	Amount amountDoc         `bson:"amount"`
	At     date              `bson:"at"`
}

type releaseDoc struct {
	Order     referral.OrderID    `bson:"order"`
	OrderName string              `bson:"order_name"` // this and ordered_at: see recall
	OrderedAt date                `bson:"ordered_at"`
	At        date                `bson:"at"`
	Advocate  referral.AdvocateID `bson:"advocate"`
	Campaign  referral.CampaignID `bson:"campaign"`
	Version   int                 `bson:"version"`
	Claim     referral.ClaimID    `bson:"claim"`
	Worth     amountDoc           `bson:"worth"`
	Denied    referral.Reason     `bson:"denied"`
	Offset    amountDoc           `bson:"offset"`
	Offsets   int                 `bson:"offsets"`
}

type flagDoc struct {
	Order    referral.OrderID    `bson:"order"`
	Advocate referral.AdvocateID `bson:"advocate"`
	Reason   referral.Reason     `bson:"reason"`
	At       date                `bson:"at"`
	Count    int                 `bson:"count"`
	Most     int                 `bson:"most"`
	Days     int                 `bson:"days"`
}

type refusalDoc struct {
	Holder referral.CodeHolderID `bson:"holder"`
	At     date                  `bson:"at"`
}

func newRefusalDoc(r referral.Refusal) refusalDoc { return refusalDoc{r.Holder, date(r.At)} }

func (d refusalDoc) toDomain() referral.Refusal {
	return referral.Refusal{Holder: d.Holder, At: time.Time(d.At)}
}

type issueDoc struct {
	Side      referral.Side       `bson:"side"`
	Reward    referral.RewardID   `bson:"reward"`
	Campaign  referral.CampaignID `bson:"campaign"` // this and version: see recall
	Version   int                 `bson:"version"`
	Code      string              `bson:"code"`
	Discount  referral.DiscountID `bson:"discount"`
	Amount    amountDoc           `bson:"amount"`
	At        date                `bson:"at"`
	EndsAt    date                `bson:"ends_at"`
	Condemned bool                `bson:"condemned"`  // taken back
	TakenBack date                `bson:"taken_back"` // the same in schema 1, which knew the time and reads it as such
	Gone      date                `bson:"gone"`
}

type actDoc struct {
	Kind     referral.ActKind    `bson:"kind"`
	At       date                `bson:"at"`
	Order    referral.OrderID    `bson:"order"`
	Advocate referral.AdvocateID `bson:"advocate"`
	Campaign referral.CampaignID `bson:"campaign"`
	Version  int                 `bson:"version"`
	Rules    []string            `bson:"rules"`
	Side     referral.Side       `bson:"side"`
	Code     string              `bson:"code"`
	Amount   amountDoc           `bson:"amount"`
	Units    int                 `bson:"units"`
}

type entryDoc struct {
	ID     string             `bson:"id"`
	Reward referral.RewardID  `bson:"reward"`
	Side   referral.Side      `bson:"side"`
	Kind   referral.EntryKind `bson:"kind"`
	Amount amountDoc          `bson:"amount"`
	Reason referral.Reason    `bson:"reason"`
	At     date               `bson:"at"`
}

type rewardDoc struct {
	ID        referral.RewardID    `bson:"id"`
	Side      referral.Side        `bson:"side"`
	Campaign  referral.CampaignID  `bson:"campaign"`
	Version   int                  `bson:"version"`
	Kind      referral.OfferKind   `bson:"kind"`
	RateBP    int                  `bson:"rate_bp"`
	Most      amountDoc            `bson:"most"` // missing in rewards of before there was one: none
	Amount    amountDoc            `bson:"amount"`
	Owed      amountDoc            `bson:"owed"`
	OwedUnits int                  `bson:"owed_units"`
	Due       amountDoc            `bson:"due"`
	State     referral.RewardState `bson:"state"`
	Reason    referral.Reason      `bson:"reason"`
	Code      string               `bson:"code"`
	At        date                 `bson:"at"`
	EndsAt    date                 `bson:"ends_at"`
}

type explanationDoc struct {
	Rules  int          `bson:"rules"`
	Orders []weighedDoc `bson:"orders"`
}

type weighedDoc struct {
	Order    referral.OrderID `bson:"order"`
	Name     string           `bson:"name"`
	At       date             `bson:"at"`
	Net      amountDoc        `bson:"net"`
	Took     amountDoc        `bson:"took"` // missing in what was decided before it was noted
	Converts bool             `bson:"converts"`
	Outcome  referral.State   `bson:"outcome"`
	Reason   referral.Reason  `bson:"reason"`
	Evidence []evidenceDoc    `bson:"evidence"`
	Checks   []checkDoc       `bson:"checks"`
}

type evidenceDoc struct {
	Kind     referral.EvidenceKind `bson:"kind"`
	Advocate referral.AdvocateID   `bson:"advocate"`
	Claim    referral.ClaimID      `bson:"claim"`
	Campaign referral.CampaignID   `bson:"campaign"`
	Version  int                   `bson:"version"`
	Touch    date                  `bson:"touch"`
	Won      bool                  `bson:"won"`
	Lost     string                `bson:"lost"`
}

type checkDoc struct {
	Rule    string               `bson:"rule"`
	Version int                  `bson:"version"`
	Result  referral.CheckResult `bson:"result"`
	Reason  referral.Reason      `bson:"reason"`
	Saw     []valueDoc           `bson:"saw"`
}

type valueDoc struct {
	Name  string `bson:"name"`
	Value string `bson:"value"`
}

func newReferralDoc(r referral.Referral) referralDoc {
	d := referralDoc{
		Key: friendKey(r.Shop, r.Friend), Shop: r.Shop, Friend: r.Friend,
		Newness: newNewnessDocs(r.Newness), Asked: newAskedDocs(r.Asked), AskAt: date(r.AskAt), HistoryAt: date(r.HistoryAt),
		Flags: each(r.Flags, newFlagDoc), Refusals: each(r.Refusals, newRefusalDoc),
		Issues: each(r.Issues, newIssueDoc), Settled: each(r.Settled, newSettledDoc),
		Appeals: each(r.Appeals, newAppealDoc), Acts: each(r.Acts, newActDoc), Ledger: each(r.Ledger, newEntryDoc),
		State: r.State, Reason: r.Reason, Order: r.Order, OrderName: r.OrderName, Advocate: r.Advocate, Campaign: r.Campaign.ID,
		Version: r.Campaign.Version, Claim: r.Claim, At: date(r.At), UndoneAt: date(r.UndoneAt), ReleaseAt: date(r.ReleaseAt),
		Rewards: eachValue(r.Rewards, newRewardDoc), Lines: each(r.Lines, newEntryDoc),
		Explained: explanationDoc{r.Explained.Rules, each(r.Explained.Orders, newWeighedDoc)}, Work: r.Work,
		FactsRev: r.FactsRev, DecidedRev: r.DecidedRev,
		Near: newNeighbourDoc(r.Neighbour), LookAgain: lookDoc(r.LookAgain), LookRev: r.LookRev,
		HasLook: len(r.LookAgain.Links) > 0, Waiting: r.Waits(),
		Test: r.Friend.Test(), Owes: r.Rewards[referral.AdvocateSide].State == referral.RewardOwed && !r.Friend.Test(),
		WaitsFor: r.WaitsFor(), HasWaitsFor: len(r.WaitsFor()) > 0,
		OrderNumber: orderNumber(r.Order), HasWork: len(r.Work) > 0, Undecided: r.FactsRev > r.DecidedRev,
		CountAt: date(longAgo), ToCount: true,
	}

	if r.Release != nil {
		d.Release = newReleaseDoc(*r.Release)
	}
	return d
}

func (d referralDoc) toDomain() referral.Referral {
	return referral.Referral{
		Shop: d.Shop, Friend: d.Friend, Record: d.record(), Outcome: d.outcome(),
		FactsRev: d.FactsRev, DecidedRev: d.DecidedRev, LookAgain: referral.Look(d.LookAgain), LookRev: d.LookRev,
	}
}

func (d referralDoc) record() referral.Record {
	r := referral.Record{
		Newness: newnessOf(d.Newness), Asked: askedOf(d.Asked), AskAt: time.Time(d.AskAt), HistoryAt: time.Time(d.HistoryAt),
		Flags: each(d.Flags, flagDoc.toDomain), Refusals: each(d.Refusals, refusalDoc.toDomain),
		Issues: each(d.Issues, issueDoc.toDomain), Settled: each(d.Settled, settledDoc.toDomain),
		Appeals: each(d.Appeals, appealDoc.toDomain), Acts: each(d.Acts, actDoc.toDomain), Ledger: each(d.Ledger, entryDoc.toDomain),
	}
	if d.Release != nil {
		r.Release = d.Release.toDomain()
	}
	d.recall(&r)
	return r
}

// recall completes releases and issues that were written before they said by themselves which order they are for, and
// under whose terms. The outcome beside them says it.
func (d referralDoc) recall(r *referral.Record) {
	if r.Release != nil && r.Release.OrderedAt.IsZero() {
		r.Release.OrderName = d.OrderName
		r.Release.OrderedAt = time.Time(d.At)
	}

	for i := range r.Issues {
		issue := &r.Issues[i]
		if issue.Campaign == (referral.CampaignKey{}) {
			reward := d.Rewards[issue.Side]
			issue.Campaign = cmp.Or(referral.CampaignKey{ID: reward.Campaign, Version: reward.Version}, d.campaign())
		}
	}
}

func (d referralDoc) outcome() referral.Outcome {
	return referral.Outcome{
		State: d.State, Reason: d.Reason, Order: d.Order, OrderName: d.OrderName,
		Advocate: d.Advocate, Campaign: d.campaign(), Claim: d.Claim,
		At: time.Time(d.At), UndoneAt: time.Time(d.UndoneAt), ReleaseAt: time.Time(d.ReleaseAt),
		Rewards: eachValue(d.Rewards, rewardDoc.toDomain), Lines: each(d.Lines, entryDoc.toDomain),
		Explained: referral.Explanation{Rules: d.Explained.Rules, Orders: each(d.Explained.Orders, weighedDoc.toDomain)},
		Neighbour: d.Near.toDomain(d.Friend),
		Work:      d.Work,
	}
}

func (d referralDoc) campaign() referral.CampaignKey {
	return referral.CampaignKey{ID: d.Campaign, Version: d.Version}
}

func newReleaseDoc(r referral.Release) *releaseDoc {
	return &releaseDoc{
		r.Order, r.OrderName, date(r.OrderedAt), date(r.At), r.Advocate, r.Campaign.ID, r.Campaign.Version, r.Claim,
		newAmountDoc(r.Worth), r.Denied, newAmountDoc(r.Offset), r.Offsets,
	}
}

func (d releaseDoc) toDomain() *referral.Release {
	return &referral.Release{
		Order: d.Order, OrderName: d.OrderName, OrderedAt: time.Time(d.OrderedAt), At: time.Time(d.At),
		Advocate: d.Advocate, Campaign: referral.CampaignKey{ID: d.Campaign, Version: d.Version}, Claim: d.Claim,
		Worth: d.Worth.toDomain(), Denied: d.Denied, Offset: d.Offset.toDomain(), Offsets: d.Offsets,
	}
}

type appealDoc struct {
	Order    referral.OrderID    `bson:"order"`
	By       referral.Side       `bson:"by"`
	Advocate referral.AdvocateID `bson:"advocate"`
	At       date                `bson:"at"`
}

func newAppealDoc(a referral.Appeal) appealDoc {
	return appealDoc{a.Order, a.By, a.Advocate, date(a.At)}
}

func (d appealDoc) toDomain() referral.Appeal {
	return referral.Appeal{Order: d.Order, By: d.By, Advocate: d.Advocate, At: time.Time(d.At)}
}

func newFlagDoc(f referral.Flag) flagDoc {
	return flagDoc{f.Order, f.Advocate, f.Reason, date(f.At), f.Count, f.Most, f.Days}
}

func (d flagDoc) toDomain() referral.Flag {
	return referral.Flag{
		Order:    d.Order,
		Advocate: d.Advocate,
		Reason:   d.Reason,
		At:       time.Time(d.At),
		Count:    d.Count,
		Most:     d.Most,
		Days:     d.Days,
	}
}

// newNewnessDocs makes a list of the map, as a field's name should not hold an id, sorted so that equal maps are equal
// documents.
func newNewnessDocs(m map[referral.OrderID]referral.Newness) []newnessDoc {
	if m == nil {
		return nil
	}
	return each(slices.Sorted(maps.Keys(m)), func(id referral.OrderID) newnessDoc {
		return newnessDoc{id, m[id].Prior, m[id].Via, date(m[id].At), m[id].Unknown}
	})
}

func newnessOf(docs []newnessDoc) map[referral.OrderID]referral.Newness {
	if docs == nil {
		return nil
	}

	m := make(map[referral.OrderID]referral.Newness, len(docs))
	for _, d := range docs {
		m[d.Order] = referral.Newness{Prior: d.Prior, Via: d.Via, At: time.Time(d.At), Unknown: d.Unknown}
	}
	return m
}

// newAskedDocs is newNewnessDocs for the times of questions.
func newAskedDocs(m map[referral.OrderID]time.Time) []askedDoc {
	if m == nil {
		return nil
	}
	return each(slices.Sorted(maps.Keys(m)), func(id referral.OrderID) askedDoc { return askedDoc{id, date(m[id])} })
}

func askedOf(docs []askedDoc) map[referral.OrderID]time.Time {
	if docs == nil {
		return nil
	}

	m := make(map[referral.OrderID]time.Time, len(docs))
	for _, d := range docs {
		m[d.Order] = time.Time(d.At)
	}
	return m
}

func newSettledDoc(s referral.Settled) settledDoc {
	return settledDoc{s.By, newAmountDoc(s.Amount), date(s.At)}
}

func (d settledDoc) toDomain() referral.Settled {
	return referral.Settled{By: d.By, Amount: d.Amount.toDomain(), At: time.Time(d.At)}
}

func newRewardDoc(r referral.Reward) rewardDoc {
	return rewardDoc{
		r.ID, r.Side, r.Campaign.ID, r.Campaign.Version, r.Kind, r.RateBP, newAmountDoc(r.Most), newAmountDoc(r.Amount),
		newAmountDoc(r.Owed), r.OwedUnits, newAmountDoc(r.Due), r.State, r.Reason, r.Code, date(r.At), date(r.EndsAt),
	}
}

func (d rewardDoc) toDomain() referral.Reward {
	return referral.Reward{
		ID:        d.ID,
		Side:      d.Side,
		Campaign:  referral.CampaignKey{ID: d.Campaign, Version: d.Version},
		Kind:      d.Kind,
		RateBP:    d.RateBP,
		Most:      d.Most.toDomain(),
		Amount:    d.Amount.toDomain(),
		Owed:      d.Owed.toDomain(),
		OwedUnits: d.OwedUnits,
		Due:       d.Due.toDomain(),
		State:     d.State,
		Reason:    d.Reason,
		Code:      d.Code,
		At:        time.Time(d.At),
		EndsAt:    time.Time(d.EndsAt),
	}
}

func newIssueDoc(i referral.Issue) issueDoc {
	d := issueDoc{
		Side: i.Side, Reward: i.Reward, Campaign: i.Campaign.ID, Version: i.Campaign.Version,
		Code: i.Code, Discount: i.Discount, Amount: newAmountDoc(i.Amount), At: date(i.At), EndsAt: date(i.EndsAt),
		Condemned: i.TakenBack, Gone: date(i.Gone),
	}

	if i.TakenBack {
		d.TakenBack = date(i.At)
	}
	return d
}

func (d issueDoc) toDomain() referral.Issue {
	return referral.Issue{
		Side: d.Side, Reward: d.Reward, Campaign: referral.CampaignKey{ID: d.Campaign, Version: d.Version},
		Code: d.Code, Discount: d.Discount, Amount: d.Amount.toDomain(), At: time.Time(d.At), EndsAt: time.Time(d.EndsAt),
		TakenBack: d.Condemned || !time.Time(d.TakenBack).IsZero(), Gone: time.Time(d.Gone),
	}
}

func newActDoc(a referral.Act) actDoc {
	return actDoc{
		a.Kind, date(a.At), a.Order, a.Advocate, a.Campaign.ID, a.Campaign.Version, a.Rules, a.Side, a.Code,
		newAmountDoc(a.Amount), a.Units,
	}
}

func (d actDoc) toDomain() referral.Act {
	return referral.Act{
		Kind:     d.Kind,
		At:       time.Time(d.At),
		Order:    d.Order,
		Advocate: d.Advocate,
		Campaign: referral.CampaignKey{ID: d.Campaign, Version: d.Version},
		Rules:    d.Rules,
		Side:     d.Side,
		Code:     d.Code,
		Amount:   d.Amount.toDomain(),
		Units:    d.Units,
	}
}

func newEntryDoc(e referral.Entry) entryDoc {
	return entryDoc{e.ID, e.Reward, e.Side, e.Kind, newAmountDoc(e.Amount), e.Reason, date(e.At)}
}

func (d entryDoc) toDomain() referral.Entry {
	return referral.Entry{
		ID:     d.ID,
		Reward: d.Reward,
		Side:   d.Side,
		Kind:   d.Kind,
		Amount: d.Amount.toDomain(),
		Reason: d.Reason,
		At:     time.Time(d.At),
	}
}

func newWeighedDoc(w referral.Weighed) weighedDoc {
	return weighedDoc{
		w.Order,
		w.Name,
		date(w.At),
		newAmountDoc(w.Net),
		newAmountDoc(w.Took),
		w.Converts,
		w.Outcome,
		w.Reason,
		each(w.Evidence, newEvidenceDoc),
		each(w.Checks, newCheckDoc),
	}
}

func (d weighedDoc) toDomain() referral.Weighed {
	return referral.Weighed{
		Order:    d.Order,
		Name:     d.Name,
		At:       time.Time(d.At),
		Net:      d.Net.toDomain(),
		Took:     d.Took.toDomain(),
		Converts: d.Converts,
		Outcome:  d.Outcome,
		Reason:   d.Reason,
		Evidence: each(d.Evidence, evidenceDoc.toDomain),
		Checks:   each(d.Checks, checkDoc.toDomain),
	}
}

func newEvidenceDoc(e referral.Evidence) evidenceDoc {
	return evidenceDoc{e.Kind, e.Advocate, e.Claim, e.Campaign.ID, e.Campaign.Version, date(e.Touch), e.Won, e.Lost}
}

func (d evidenceDoc) toDomain() referral.Evidence {
	return referral.Evidence{
		Kind:     d.Kind,
		Advocate: d.Advocate,
		Claim:    d.Claim,
		Campaign: referral.CampaignKey{ID: d.Campaign, Version: d.Version},
		Touch:    time.Time(d.Touch),
		Won:      d.Won,
		Lost:     d.Lost,
	}
}

func newCheckDoc(c referral.Check) checkDoc {
	return checkDoc{
		c.Rule,
		c.Version,
		c.Result,
		c.Reason,
		each(c.Saw, func(v referral.Value) valueDoc { return valueDoc(v) }),
	}
}

func (d checkDoc) toDomain() referral.Check {
	return referral.Check{
		Rule:    d.Rule,
		Version: d.Version,
		Result:  d.Result,
		Reason:  d.Reason,
		Saw:     each(d.Saw, func(v valueDoc) referral.Value { return referral.Value(v) }),
	}
}
