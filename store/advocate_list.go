package store

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
)

// PageAdvocates lists one page of advocates, who joined last first.
func (db Advocates) PageAdvocates(
	ctx context.Context, shop tenant.ShopID, q referral.AdvocateQuery,
) ([]referral.Advocate, error) {
	beyond, bound, way := "$lt", "$lte", -1
	if q.Back {
		beyond, bound, way = "$gt", "$gte", 1
	}

	filter := bson.D{{Key: "shop", Value: shop}}
	if at := date(q.From.JoinedAt); q.From.ID != "" {
		filter = append(filter,
			bson.E{Key: "joined_at", Value: bson.D{{Key: bound, Value: at}}},
			bson.E{Key: "$or", Value: bson.A{
				bson.D{{Key: "shop", Value: shop}, {Key: "joined_at", Value: bson.D{{Key: beyond, Value: at}}}},
				bson.D{{Key: "shop", Value: shop}, {Key: "joined_at", Value: at}, {Key: "id", Value: bson.D{{Key: beyond, Value: q.From.ID}}}},
			}},
		)
	}

	page := options.Find().SetLimit(int64(q.Limit)).SetSort(bson.D{{Key: "joined_at", Value: way}, {Key: "id", Value: way}})
	docs, err := findAll[advocateDoc](ctx, db.advocates, filter, page)
	if q.Back {
		slices.Reverse(docs)
	}
	return each(docs, advocateDoc.toDomain), failed("page advocates", err)
}

// SumAdvocates tells how many friends of each of the advocates have ordered, and what is owed of their rewards. Friends
// are counted in the index alone.
func (db Figures) SumAdvocates(
	ctx context.Context, shop tenant.ShopID, ids []referral.AdvocateID,
) (map[referral.AdvocateID]referral.AdvocateSums, error) {
	if len(ids) == 0 {
		return nil, nil
	}

	// The field test is not in the index; the friend's name, which ends so in the test lane, is.
	inTestLane := bson.D{{Key: "$regexMatch", Value: bson.D{{Key: "input", Value: "$friend"}, {Key: "regex", Value: "/test$"}}}}
	counted := bson.D{{Key: "$cond", Value: bson.A{inTestLane, 0, 1}}}

	friends, err := aggregate[struct {
		Advocate referral.AdvocateID `bson:"_id"`
		Count    int                 `bson:"count"`
	}](ctx, db.referrals, bson.A{
		bson.D{{Key: "$match", Value: bson.D{
			{Key: "shop", Value: shop},
			{Key: "advocate", Value: anyOf(ids)},
			{Key: "at", Value: bson.D{{Key: "$gt", Value: date(longAgo)}}},
		}}},
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: "$advocate"}, {Key: "count", Value: bson.D{{Key: "$sum", Value: counted}}},
		}}},
	})
	if err != nil {
		return nil, failed("sum advocates", err)
	}

	owed, err := aggregate[struct {
		Advocate referral.AdvocateID `bson:"_id"`
		Minor    int64               `bson:"minor"`
		Currency string              `bson:"currency"`
	}](ctx, db.referrals, bson.A{
		bson.D{{Key: "$match", Value: bson.D{
			{Key: "shop", Value: shop},
			{Key: "owes", Value: true},
			{Key: "advocate", Value: anyOf(ids)},
			notTest,
		}}},
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: "$advocate"},
			{Key: "minor", Value: bson.D{{Key: "$sum", Value: "$rewards.advocate.owed.minor"}}},
			{Key: "currency", Value: bson.D{{Key: "$max", Value: "$rewards.advocate.owed.currency"}}},
		}}},
	})
	if err != nil {
		return nil, failed("sum advocates", err)
	}

	sums := make(map[referral.AdvocateID]referral.AdvocateSums, len(ids))
	for _, f := range friends {
		sums[f.Advocate] = referral.AdvocateSums{Friends: f.Count}
	}
	for _, o := range owed {
		sum := sums[o.Advocate]
		sum.Owed = money.Amount{Minor: o.Minor, Currency: o.Currency}
		sums[o.Advocate] = sum
	}
	return sums, nil
}

// advocateFiguresDoc is what the advocate's referrals in one state, whose reward is in one state, come to.
type advocateFiguresDoc struct {
	Of struct {
		State  referral.State       `bson:"state"`
		Reward referral.RewardState `bson:"reward"`
	} `bson:"_id"`
	Count       int    `bson:"count"`
	Worth       int64  `bson:"worth"`
	Owed        int64  `bson:"owed"`
	OwedRewards int    `bson:"owed_rewards"`
	Issued      int    `bson:"issued"`
	IssuedWorth int64  `bson:"issued_worth"`
	Ledger      int64  `bson:"ledger"`
	Currency    string `bson:"currency"` // all of a shop's amounts are in one
}

// AdvocateFigures adds up all of an advocate's referrals.
//
// Pipeline in: state, rewards.advocate, ledger. Out: one advocateFiguresDoc for each pair of states.
func (db Figures) AdvocateFigures(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID,
) (referral.AdvocateFigures, error) {
	entries := func(more ...any) bson.D { // of the advocate's reward
		condition := append(bson.A{bson.D{{Key: "$eq", Value: bson.A{"$$this.side", referral.AdvocateSide}}}}, more...)
		all := bson.D{{Key: "$ifNull", Value: bson.A{"$ledger", bson.A{}}}}
		return bson.D{{Key: "$filter", Value: bson.D{
			{Key: "input", Value: all}, {Key: "as", Value: "this"}, {Key: "cond", Value: bson.D{{Key: "$and", Value: condition}}},
		}}}
	}
	sum := func(of any) bson.D { return bson.D{{Key: "$sum", Value: of}} }
	sumOf := func(list string) bson.D { return sum(sum("$" + list + ".amount.minor")) }
	issued := bson.D{{Key: "$eq", Value: bson.A{"$$this.kind", referral.EntryIssued}}}

	docs, err := aggregate[advocateFiguresDoc](ctx, db.referrals, bson.A{
		bson.D{{Key: "$match", Value: bson.D{{Key: "shop", Value: shop}, {Key: "advocate", Value: id}, notTest}}},
		bson.D{{Key: "$project", Value: bson.D{
			{Key: "state", Value: 1},
			{Key: "reward", Value: "$rewards.advocate"},
			{Key: "entries", Value: entries()},
			{Key: "issued", Value: entries(issued)},
		}}},
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: bson.D{{Key: "state", Value: "$state"}, {Key: "reward", Value: "$reward.state"}}},
			{Key: "count", Value: sum(1)},
			{Key: "worth", Value: sum("$reward.amount.minor")},
			{Key: "owed", Value: sum("$reward.owed.minor")},
			{Key: "owed_rewards", Value: sum("$reward.owed_units")},
			{Key: "issued", Value: sum(bson.D{{Key: "$size", Value: "$issued"}})},
			{Key: "issued_worth", Value: sumOf("issued")},
			{Key: "ledger", Value: sumOf("entries")},
			{Key: "currency", Value: bson.D{{Key: "$max", Value: "$reward.amount.currency"}}},
		}}},
	})
	return newAdvocateFigures(docs), failed("advocate figures", err)
}

func newAdvocateFigures(docs []advocateFiguresDoc) referral.AdvocateFigures {
	f := referral.AdvocateFigures{
		ByState: map[referral.State]int{}, Rewards: map[referral.RewardState]int{},
		Worth: map[referral.RewardState]money.Amount{},
	}
	add := func(a *money.Amount, minor int64, currency string) {
		a.Minor += minor
		a.Currency = max(a.Currency, currency)
	}

	for _, d := range docs {
		f.Friends += d.Count
		f.ByState[d.Of.State] += d.Count
		f.Rewards[d.Of.Reward] += d.Count
		worth := f.Worth[d.Of.Reward]
		add(&worth, d.Worth, d.Currency)
		f.Worth[d.Of.Reward] = worth

		f.OwedRewards += d.OwedRewards
		f.Issued += d.Issued
		add(&f.Owed, d.Owed, d.Currency)
		add(&f.IssuedWorth, d.IssuedWorth, d.Currency)
		add(&f.Ledger, d.Ledger, d.Currency)
	}
	return f
}
