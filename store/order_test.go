package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/fault"
	"twofold/referral"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

func ticket(t *testing.T, ctx context.Context, s *store.Store, o referral.Order) int64 {
	t.Helper()
	return get[int64](t)(s.TakeTicket(ctx, o.Shop, o.ID))
}

func TestTicketsCount(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	o := storetest.NewOrder(shop)
	seen := make([]int64, 16)
	errs := atOnce(16, func(i int) (err error) {
		seen[i], err = s.TakeTicket(ctx, shop, o.ID)
		return err
	})
	if n := won(t, errs, ""); n != 16 {
		t.Errorf("%d of 16 tickets were given", n)
	}
	given := map[int64]bool{}
	for _, n := range seen {
		given[n] = true
	}
	if len(given) != 16 || !given[1] || !given[16] {
		t.Errorf("got %v", seen)
	}
	_, err := s.FindOrder(ctx, shop, o.ID)
	wantKind(t, "an order with tickets only", err, fault.NotFound)
	_, _, err = s.SaveSnapshot(ctx, storetest.NewOrder(shop), 1)
	wantKind(t, "a snapshot without any ticket", err, fault.NotFound)
}

func TestLaterSnapshotStays(t *testing.T) {
	t.Parallel()
	minute := time.Minute
	for _, row := range []struct {
		what    string
		tickets [2]int64 // with which two snapshots are saved, one after the other
		moved   time.Duration
		kept    bool
	}{
		{"asked for later, newer", [2]int64{1, 2}, minute, true},
		{"asked for later, same updatedAt", [2]int64{1, 2}, 0, true},
		{"asked for later, older by a millisecond", [2]int64{1, 2}, -time.Millisecond, false},
		{"asked for earlier, newer", [2]int64{2, 1}, minute, false},
		{"asked for earlier, same updatedAt", [2]int64{2, 1}, 0, false},
		{"the same answer saved again", [2]int64{2, 2}, 0, true},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			ctx, s, shop := newStore(t)
			first := storetest.NewOrder(shop)
			ticket(t, ctx, s, first)
			ticket(t, ctx, s, first)
			kept, former, err := s.SaveSnapshot(ctx, first, row.tickets[0])
			if err != nil || len(former) != 0 || !cmp.Equal(first, kept) {
				t.Fatalf("first: %v, %q, %v", kept, former, err)
			}
			second := first
			second.UpdatedAt, second.Name, second.Customer = first.UpdatedAt.Add(row.moved), "#second", storetest.Customer()
			want, others := first, []referral.CustomerID(nil)
			if row.kept {
				want, others = second, []referral.CustomerID{first.Customer}
			}
			for range 2 { // the second time as after a crash
				kept, former, err = s.SaveSnapshot(ctx, second, row.tickets[1])
				if err != nil || !slices.Equal(former, others) || !cmp.Equal(want, kept) {
					t.Errorf("second: former %q, %v; want %q; kept (-want +got):\n%s", former, err, others,
						cmp.Diff(want, kept))
				}
			}
			if got := get[referral.Order](t)(s.FindOrder(ctx, shop, first.ID)); !cmp.Equal(want, got) {
				t.Errorf("kept (-want +got):\n%s", cmp.Diff(want, got))
			}
		})
	}
}

// The merchant says whose an order is that Shopify shows without a customer; else it stays whose it was (F2).
func TestAttachedCustomerCountsWhereShopifyShowsNone(t *testing.T) {
	t.Parallel()
	bob, carol := storetest.Customer(), storetest.Customer()
	type step struct {
		what     string // attach; look: a snapshot in which Shopify shows the customer
		customer referral.CustomerID
	}
	type steps = []step
	for _, row := range []struct {
		what     string
		steps    steps
		customer referral.CustomerID
		attached bool
		gone     bool
		former   []referral.CustomerID
	}{
		{"nobody attached", steps{{"look", ""}}, "", false, false, nil},
		{"attached before any ticket", steps{{"attach", bob}, {"look", ""}}, bob, true, false, nil},
		{
			"attached after a snapshot", steps{{"look", ""}, {"attach", bob}, {"look", ""}}, bob, true, false,
			[]referral.CustomerID{""},
		},
		{"Shopify shows another", steps{{"attach", bob}, {"look", carol}}, carol, false, false, nil},
		{
			"Shopify shows another later", steps{{"attach", bob}, {"look", ""}, {"look", carol}}, carol, false, false,
			[]referral.CustomerID{bob},
		},
		{
			"Shopify shows them no longer", steps{{"attach", bob}, {"look", carol}, {"look", ""}}, bob, true, false,
			[]referral.CustomerID{carol},
		},
		{
			"attached to another", steps{{"attach", bob}, {"look", ""}, {"attach", carol}, {"look", ""}}, carol, true,
			false, []referral.CustomerID{bob},
		},
		{"lost", steps{{"look", bob}, {"look", ""}}, bob, false, true, nil},
		{"lost, and nobody is shown again", steps{{"look", bob}, {"look", ""}, {"look", ""}}, bob, false, true, nil},
		{"lost, and shown again", steps{{"look", bob}, {"look", ""}, {"look", bob}}, bob, false, false, nil},
		{
			"lost, and another is shown", steps{{"look", bob}, {"look", ""}, {"look", carol}}, carol, false, false,
			[]referral.CustomerID{bob},
		},
		{
			"lost, and attached to another", steps{{"look", bob}, {"look", ""}, {"attach", carol}, {"look", ""}}, carol,
			true, false, []referral.CustomerID{bob},
		},
		{
			"lost, and attached to the same", steps{{"look", bob}, {"look", ""}, {"attach", bob}, {"look", ""}}, bob,
			true, false, nil,
		},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			ctx, s, shop := newStore(t)
			o := storetest.NewOrder(shop)
			var kept referral.Order
			var former []referral.CustomerID
			for _, step := range row.steps {
				o.Customer = step.customer
				if step.what == "attach" {
					must(t, s.AttachCustomer(ctx, shop, o.ID, step.customer))
					continue
				}
				var err error
				kept, former, err = s.SaveSnapshot(ctx, o, ticket(t, ctx, s, o))
				must(t, err)
			}
			if kept.Customer != row.customer || kept.Attached != row.attached || kept.CustomerGone != row.gone || !slices.Equal(former, row.former) {
				t.Errorf("%q, attached %v, gone %v, former %q; want %q, %v, %v, %q",
					kept.Customer, kept.Attached, kept.CustomerGone, former, row.customer, row.attached, row.gone, row.former)
			}
			same(t, kept, get[referral.Order](t)(s.FindOrder(ctx, shop, o.ID)))
			again, _, err := s.SaveSnapshot(ctx, kept, ticket(t, ctx, s, kept)) // as when it is found to be gone
			must(t, err)
			same(t, kept, again)
			if !kept.Attached {
				return
			}
			must(t, s.AttachCustomer(ctx, shop, o.ID, "gid://shopify/Customer/1"))
			again, former, err = s.SaveSnapshot(ctx, kept, ticket(t, ctx, s, kept))
			must(t, err)
			if again.Customer != "gid://shopify/Customer/1" || !slices.Contains(former, kept.Customer) {
				t.Errorf("attached anew: %q, former %q", again.Customer, former)
			}
		})
	}
}

func TestOrdersWithACodeAreCountedUpToAsMany(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	for range 3 {
		storetest.Order(t, s, shop, func(o *referral.Order) { o.Codes = []string{"OTHER", "ANN"} })
	}
	for atMost, want := range map[int]int{0: 0, 2: 2, 3: 3, 9: 3} {
		if n := get[int](t)(s.CountOrdersWithCode(ctx, shop, "ANN", atMost)); n != want {
			t.Errorf("up to %d: got %d, want %d", atMost, n, want)
		}
	}
	if n := get[int](t)(s.CountOrdersWithCode(ctx, shop, "NONE", 9)); n != 0 {
		t.Errorf("a code on no order: got %d", n)
	}
}

func TestSnapshotsInAnyOrderEndAlike(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	o := storetest.NewOrder(shop)
	versions := make([]referral.Order, 12)
	for i := range versions {
		n := ticket(t, ctx, s, o)
		versions[i] = o
		versions[i].UpdatedAt = noon.Add(time.Duration(n/2) * time.Minute) // two of each updatedAt
		versions[i].Source = time.Duration(n).String()
	}
	won(t, atOnce(len(versions), func(i int) error {
		_, _, err := s.SaveSnapshot(ctx, versions[i], int64(i+1))
		return err
	}), "")
	if got := get[referral.Order](t)(s.FindOrder(ctx, shop, o.ID)); got.Source != versions[11].Source {
		t.Errorf("got the snapshot of ticket %s, want the last", got.Source)
	}
}

// Shops choose what stands before and after an order's number, and may change it. What is meant is found; the name
// itself wins.
func TestOrdersAreFoundByTheirNames(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	minutes := 0
	named := func(name string) referral.OrderID {
		minutes++
		at := noon.Add(time.Duration(minutes) * time.Minute)
		return storetest.Order(t, s, shop, func(o *referral.Order) { o.Name, o.ProcessedAt = name, at }).ID
	}
	plain, english, french := named("#77"), named("EN77-A"), named("FR-77")
	named("#177")
	named("EN770")
	lone, dotted := named("EN1001.A"), named("2026-5")
	storetest.Order(t, s, tenant.ShopID("b-"+string(shop)), func(o *referral.Order) { o.Name = "EN1001-B" })

	for name, want := range map[string][]referral.OrderID{
		"#77": {plain}, "77": {plain}, " #77 ": {plain},
		"EN77-A": {english}, "en77-a": {english}, "#EN77-A": {english}, "fr-77": {french},
		"1001": {lone}, "en1001.a": {lone}, "EN1001-A": nil, "5": {dotted}, "2026": {dotted},
		"7": nil, "78": nil, "EN77": nil, ".*": nil, "": nil, "#": nil,
	} {
		var got []referral.OrderID
		for _, o := range get[[]referral.Order](t)(s.OrdersNamed(ctx, shop, name)) {
			got = append(got, o.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}

	named("DE900")
	named("AT900")
	if got := get[[]referral.Order](t)(s.OrdersNamed(ctx, shop, "900")); len(got) != 2 || got[0].Name != "AT900" || got[1].Name != "DE900" {
		t.Errorf("two of one number: %+v", got)
	}
}

func TestOrderIsKeptByItsNumber(t *testing.T) {
	t.Parallel()
	_, s, shop := newStore(t)
	o := storetest.Order(t, s, shop)
	if id := raw(t, s, "orders", bson.D{{Key: "id", Value: o.ID}})["_id"]; id != string(shop)+"/order/"+string(o.ID[len("gid://shopify/Order/"):]) {
		t.Errorf("_id is %v", id)
	}
}

// What discounts took off and what gift cards there are comes back as it was kept.
func TestGoodsAreKept(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	o := storetest.Order(t, s, shop, func(o *referral.Order) {
		o.Itemized, o.GiftCards, o.Outstanding = true, storetest.USD("25"), storetest.USD("-3")
		o.TookOff = []referral.TookOff{
			{Code: "FRIEND", Amount: storetest.USD("20"), Left: storetest.USD("15")},
			{Amount: storetest.USD("8"), Left: storetest.USD("0")},
		}
	})
	kept, err := s.FindOrder(ctx, shop, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o.TookOff, kept.TookOff); diff != "" || !kept.Itemized || kept.GiftCards != o.GiftCards || kept.Outstanding != o.Outstanding {
		t.Errorf("%+v (-want +got):\n%s", kept, diff)
	}
}
