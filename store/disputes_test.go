package store_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/fault"
	"twofold/referral"
	"twofold/store/storetest"
)

// An order is due a week after it was read. One that is read while it is due stays so until somebody says that all that
// follows is done, which only the first of two does.
func TestDisputesStayDueUntilTheyArePutOff(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	ctx, s, shop := newStore(t)
	o := storetest.Order(t, s, shop, func(o *referral.Order) { o.ProcessedAt, o.ReadAt = noon, noon })
	storetest.Order(t, s, shop, func(o *referral.Order) { o.ProcessedAt, o.ReadAt, o.Test = noon, noon, true })
	wantDue := func(at time.Duration, want ...time.Duration) {
		t.Helper()
		due := get[[]referral.DisputedOrder](t)(s.DisputesDue(ctx, shop, noon.Add(at), 10))
		if len(due) != len(want) {
			t.Fatalf("after %v %d are due, want %d", at, len(due), len(want))
		}
		for i, d := range due {
			if d.ID != o.ID || !d.Due.Equal(noon.Add(want[i])) {
				t.Errorf("%s is due at %v, want %v", d.ID, d.Due, noon.Add(want[i]))
			}
		}
	}

	wantDue(7*day - time.Millisecond)
	wantDue(7*day, 7*day)

	o.ReadAt = noon.Add(3 * day) // read for another reason, before it is due
	_, _, err := s.SaveSnapshot(ctx, o, ticket(t, ctx, s, o))
	must(t, err)
	wantDue(9 * day)

	o.ReadAt = noon.Add(10 * day) // since it is due
	_, _, err = s.SaveSnapshot(ctx, o, ticket(t, ctx, s, o))
	must(t, err)
	wantDue(10*day, 10*day)

	must(t, s.PutOffDisputes(ctx, shop, o.ID, noon.Add(10*day), noon.Add(17*day)))
	must(t, s.PutOffDisputes(ctx, shop, o.ID, noon.Add(10*day), noon.Add(99*day)))
	wantDue(16 * day)
	wantDue(17*day, 17*day)

	must(t, s.PutOffDisputes(ctx, shop, o.ID, noon.Add(17*day), time.Time{}))
	wantDue(999 * day)
}

// Orders that were kept before disputes were asked for are asked about a day after they were read, unless they are too
// old.
func TestOrdersOfBeforeAreAskedForTheirDisputes(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	wall := time.Now().UTC().Truncate(time.Millisecond)
	aged := func(age time.Duration) referral.Order {
		return storetest.Order(t, s, shop,
			func(o *referral.Order) { o.ProcessedAt, o.ReadAt = wall.Add(-age), wall.Add(-age) })
	}
	young := aged(referral.DisputesOpenFor - time.Hour)
	aged(referral.DisputesOpenFor + time.Hour)
	unset := bson.D{
		{Key: "$unset", Value: bson.D{{Key: "disputes_due", Value: ""}, {Key: "has_disputes_due", Value: ""}}},
	}
	_, err := s.Database().Collection("orders").UpdateMany(ctx, bson.D{}, unset)
	must(t, err)
	_, err = s.Database().Collection("schema").UpdateOne(ctx, bson.D{}, bson.D{
		{Key: "$set", Value: bson.D{{Key: "version", Value: 4}}},
	})
	must(t, err)
	wantKind(t, "schema 4", s.SchemaCurrent(ctx), fault.Unavailable)

	must(t, s.Migrate(ctx))
	due := get[[]referral.DisputedOrder](t)(s.DisputesDue(ctx, shop, wall, 10))
	if len(due) != 1 || due[0].ID != young.ID || !due[0].Due.Equal(young.ReadAt.Add(24*time.Hour)) {
		t.Errorf("due: %+v, want the young one", due)
	}
}
