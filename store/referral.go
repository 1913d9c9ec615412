package store

import (
	"maps"
	"slices"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// referralDoc is one friend; _id: friendKey. The fields from OrderNumber on are derived, for indexes.
type referralDoc struct {
	Key    string              `bson:"_id"`
	Shop   tenant.ShopID       `bson:"shop"`
	Friend referral.CustomerID `bson:"friend"`

	Newness []newnessDoc `bson:"newness"`
	Release *releaseDoc  `bson:"release"`
	Issues  []issueDoc   `bson:"issues"`
	Acts    []actDoc     `bson:"acts"`
	Ledger  []entryDoc   `bson:"ledger"`

	State      referral.State              `bson:"state"`
	Reason     referral.Reason             `bson:"reason"`
	Order      referral.OrderID            `bson:"order"`
	OrderName  string                      `bson:"order_name"`
	Advocate   referral.AdvocateID         `bson:"advocate"`
	Campaign   referral.CampaignID         `bson:"campaign"`
	Version    int                         `bson:"version"`
	Claim      referral.ClaimID            `bson:"claim"`
	At         date                        `bson:"at"`
	ReleaseAt  date                        `bson:"release_at"`
	Rewards    map[referral.Side]rewardDoc `bson:"rewards"`
	Explained  explanationDoc              `bson:"explained"`
	Work       []referral.Work             `bson:"work"`
	FactsRev   int64                       `bson:"facts_rev"`
	DecidedRev int64                       `bson:"decided_rev"`

	OrderNumber int64 `bson:"order_number"` // orders releases that fall due at once
	HasWork     bool  `bson:"has_work"`     // the index on work covers only these
	Undecided   bool  `bson:"undecided"`    // facts_rev > decided_rev; the sweep's index covers only these
}

type newnessDoc struct {
	Order referral.OrderID `bson:"order"`
	Prior int              `bson:"prior"`
	Via   string           `bson:"via"`
	At    date             `bson:"at"`
}

type releaseDoc struct {
	Order    referral.OrderID    `bson:"order"`
	At       date                `bson:"at"`
	Advocate referral.AdvocateID `bson:"advocate"`
	Campaign referral.CampaignID `bson:"campaign"`
	Version  int                 `bson:"version"`
	Claim    referral.ClaimID    `bson:"claim"`
}

type issueDoc struct {
	Side      referral.Side     `bson:"side"`
	Reward    referral.RewardID `bson:"reward"`
	Code      string            `bson:"code"`
	Amount    amountDoc         `bson:"amount"`
	At        date              `bson:"at"`
	TakenBack date              `bson:"taken_back"`
	Because   referral.Reason   `bson:"because"`
	Gone      date              `bson:"gone"`
}

type actDoc struct {
	Kind     referral.ActKind    `bson:"kind"`
	At       date                `bson:"at"`
	Order    referral.OrderID    `bson:"order"`
	Advocate referral.AdvocateID `bson:"advocate"`
	Campaign referral.CampaignID `bson:"campaign"`
	Version  int                 `bson:"version"`
	Rules    []string            `bson:"rules"`
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
	ID     referral.RewardID    `bson:"id"`
	Side   referral.Side        `bson:"side"`
	Kind   referral.OfferKind   `bson:"kind"`
	Amount amountDoc            `bson:"amount"`
	State  referral.RewardState `bson:"state"`
	Reason referral.Reason      `bson:"reason"`
	Code   string               `bson:"code"`
	At     date                 `bson:"at"`
}

type explanationDoc struct {
	Rules  int          `bson:"rules"`
	Orders []weighedDoc `bson:"orders"`
}

type weighedDoc struct {
	Order    referral.OrderID `bson:"order"`
	Name     string           `bson:"name"`
	At       date             `bson:"at"`
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
	Rule   string               `bson:"rule"`
	Result referral.CheckResult `bson:"result"`
	Reason referral.Reason      `bson:"reason"`
	Saw    []valueDoc           `bson:"saw"`
}

type valueDoc struct {
	Name  string `bson:"name"`
	Value string `bson:"value"`
}

func newReferralDoc(r referral.Referral) referralDoc {
	d := referralDoc{
		Key: friendKey(r.Shop, r.Friend), Shop: r.Shop, Friend: r.Friend,
		Newness: newNewnessDocs(r.Newness), Issues: each(r.Issues, newIssueDoc), Acts: each(r.Acts, newActDoc), Ledger: each(r.Ledger, newEntryDoc),
		State: r.State, Reason: r.Reason, Order: r.Order, OrderName: r.OrderName, Advocate: r.Advocate, Campaign: r.Campaign.ID,
		Version: r.Campaign.Version, Claim: r.Claim, At: date(r.At), ReleaseAt: date(r.ReleaseAt), Rewards: newRewardDocs(r.Rewards),
		Explained: explanationDoc{r.Explained.Rules, each(r.Explained.Orders, newWeighedDoc)}, Work: r.Work,
		FactsRev: r.FactsRev, DecidedRev: r.DecidedRev,
		OrderNumber: orderNumber(r.Order), HasWork: len(r.Work) > 0, Undecided: r.FactsRev > r.DecidedRev,
	}
	if r.Release != nil {
		d.Release = &releaseDoc{r.Release.Order, date(r.Release.At), r.Release.Advocate, r.Release.Campaign.ID, r.Release.Campaign.Version, r.Release.Claim}
	}
	return d
}

func (d referralDoc) toDomain() referral.Referral {
	r := referral.Referral{
		Shop: d.Shop, Friend: d.Friend, Newness: newnessOf(d.Newness), Issues: each(d.Issues, issueDoc.toDomain), Acts: each(d.Acts, actDoc.toDomain),
		Ledger: each(d.Ledger, entryDoc.toDomain),
		State:  d.State, Reason: d.Reason, Order: d.Order, OrderName: d.OrderName, Advocate: d.Advocate,
		Campaign: referral.CampaignKey{ID: d.Campaign, Version: d.Version}, Claim: d.Claim, At: time.Time(d.At), ReleaseAt: time.Time(d.ReleaseAt),
		Rewards:   rewardsOf(d.Rewards),
		Explained: referral.Explanation{Rules: d.Explained.Rules, Orders: each(d.Explained.Orders, weighedDoc.toDomain)}, Work: d.Work,
		FactsRev: d.FactsRev, DecidedRev: d.DecidedRev,
	}
	if d.Release != nil {
		r.Release = &referral.Release{
			Order: d.Release.Order, At: time.Time(d.Release.At), Advocate: d.Release.Advocate,
			Campaign: referral.CampaignKey{ID: d.Release.Campaign, Version: d.Release.Version}, Claim: d.Release.Claim,
		}
	}
	return r
}

// newNewnessDocs makes a list of the map, as a field's name should not hold an id, sorted so that equal maps are equal documents.
func newNewnessDocs(m map[referral.OrderID]referral.Newness) []newnessDoc {
	if m == nil {
		return nil
	}
	return each(slices.Sorted(maps.Keys(m)), func(id referral.OrderID) newnessDoc {
		return newnessDoc{id, m[id].Prior, m[id].Via, date(m[id].At)}
	})
}

func newnessOf(docs []newnessDoc) map[referral.OrderID]referral.Newness {
	if docs == nil {
		return nil
	}
	m := make(map[referral.OrderID]referral.Newness, len(docs))
	for _, d := range docs {
		m[d.Order] = referral.Newness{Prior: d.Prior, Via: d.Via, At: time.Time(d.At)}
	}
	return m
}

func newRewardDocs(m map[referral.Side]referral.Reward) map[referral.Side]rewardDoc {
	if m == nil {
		return nil
	}
	docs := make(map[referral.Side]rewardDoc, len(m))
	for side, r := range m {
		docs[side] = rewardDoc{r.ID, r.Side, r.Kind, newAmountDoc(r.Amount), r.State, r.Reason, r.Code, date(r.At)}
	}
	return docs
}

func rewardsOf(docs map[referral.Side]rewardDoc) map[referral.Side]referral.Reward {
	if docs == nil {
		return nil
	}
	m := make(map[referral.Side]referral.Reward, len(docs))
	for side, d := range docs {
		m[side] = referral.Reward{
			ID: d.ID, Side: d.Side, Kind: d.Kind, Amount: d.Amount.toDomain(), State: d.State, Reason: d.Reason, Code: d.Code, At: time.Time(d.At),
		}
	}
	return m
}

func newIssueDoc(i referral.Issue) issueDoc {
	return issueDoc{i.Side, i.Reward, i.Code, newAmountDoc(i.Amount), date(i.At), date(i.TakenBack), i.Because, date(i.Gone)}
}

func (d issueDoc) toDomain() referral.Issue {
	return referral.Issue{
		Side: d.Side, Reward: d.Reward, Code: d.Code, Amount: d.Amount.toDomain(), At: time.Time(d.At), TakenBack: time.Time(d.TakenBack),
		Because: d.Because, Gone: time.Time(d.Gone),
	}
}

func newActDoc(a referral.Act) actDoc {
	return actDoc{a.Kind, date(a.At), a.Order, a.Advocate, a.Campaign.ID, a.Campaign.Version, a.Rules}
}

func (d actDoc) toDomain() referral.Act {
	return referral.Act{
		Kind: d.Kind, At: time.Time(d.At), Order: d.Order, Advocate: d.Advocate, Campaign: referral.CampaignKey{ID: d.Campaign, Version: d.Version},
		Rules: d.Rules,
	}
}

func newEntryDoc(e referral.Entry) entryDoc {
	return entryDoc{e.ID, e.Reward, e.Side, e.Kind, newAmountDoc(e.Amount), e.Reason, date(e.At)}
}

func (d entryDoc) toDomain() referral.Entry {
	return referral.Entry{
		ID: d.ID, Reward: d.Reward, Side: d.Side, Kind: d.Kind, Amount: d.Amount.toDomain(), Reason: d.Reason, At: time.Time(d.At),
	}
}

func newWeighedDoc(w referral.Weighed) weighedDoc {
	return weighedDoc{w.Order, w.Name, date(w.At), w.Converts, w.Outcome, w.Reason, each(w.Evidence, newEvidenceDoc), each(w.Checks, newCheckDoc)}
}

func (d weighedDoc) toDomain() referral.Weighed {
	return referral.Weighed{
		Order: d.Order, Name: d.Name, At: time.Time(d.At), Converts: d.Converts, Outcome: d.Outcome, Reason: d.Reason,
		Evidence: each(d.Evidence, evidenceDoc.toDomain), Checks: each(d.Checks, checkDoc.toDomain),
	}
}

func newEvidenceDoc(e referral.Evidence) evidenceDoc {
	return evidenceDoc{e.Kind, e.Advocate, e.Claim, e.Campaign.ID, e.Campaign.Version, date(e.Touch), e.Won, e.Lost}
}

func (d evidenceDoc) toDomain() referral.Evidence {
	return referral.Evidence{
		Kind: d.Kind, Advocate: d.Advocate, Claim: d.Claim, Campaign: referral.CampaignKey{ID: d.Campaign, Version: d.Version},
		Touch: time.Time(d.Touch), Won: d.Won, Lost: d.Lost,
	}
}

func newCheckDoc(c referral.Check) checkDoc {
	return checkDoc{c.Rule, c.Result, c.Reason, each(c.Saw, func(v referral.Value) valueDoc { return valueDoc(v) })}
}

func (d checkDoc) toDomain() referral.Check {
	return referral.Check{
		Rule: d.Rule, Result: d.Result, Reason: d.Reason, Saw: each(d.Saw, func(v valueDoc) referral.Value { return referral.Value(v) }),
	}
}
