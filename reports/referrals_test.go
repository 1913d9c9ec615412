package reports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/fault"
	"twofold/referral"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

// folk is what Shopify says of people: their names, or why it says none.
type folk struct {
	names  map[referral.CustomerID]string
	emails map[string]referral.CustomerID
	err    error
}

func (f folk) Names(
	_ context.Context, _ tenant.ShopID, ids []referral.CustomerID,
) (map[referral.CustomerID]string, error) {
	if slices.Contains(ids, "") {
		return nil, errors.New("nobody was asked for")
	}
	return f.names, f.err
}

func (f folk) CustomerWithEmail(_ context.Context, _ tenant.ShopID, email string) (referral.CustomerID, error) {
	if f.err != nil {
		return "", f.err
	}
	if id, known := f.emails[email]; known {
		return id, nil
	}
	return "", fault.New(fault.NotFound, "not_in_shopify")
}

// shop is a shop with lists that are read from a real store.
type shop struct {
	*Referrals

	t     *testing.T
	ctx   context.Context
	store *store.Store
	id    tenant.ShopID
}

func newShop(t *testing.T, people folk) shop {
	t.Helper()
	s := storetest.New(t)
	return shop{NewReferrals(s, people, storetest.Keyring()), t, storetest.Context(t), s, storetest.Shop(t, s).ID}
}

// refer saves a referral, and the order on which it rests.
func (s shop) refer(change func(*referral.Referral, *referral.Order)) referral.Referral {
	s.t.Helper()
	order := storetest.NewOrder(s.id)
	r := referral.Referral{Shop: s.id, Friend: order.Friend()}
	r.State, r.Order, r.OrderName, r.At = referral.Pending, order.ID, order.Name, order.ProcessedAt
	change(&r, &order)
	r.Friend = order.Friend()

	ticket, err := s.store.TakeTicket(s.ctx, s.id, order.ID)
	if err == nil {
		_, _, err = s.store.SaveSnapshot(s.ctx, order, ticket)
	}
	if err == nil {
		err = s.store.RaiseFacts(s.ctx, s.id, r.Friend, true)
	}
	if err == nil {
		r.FactsRev, r.DecidedRev = 1, 1
		err = s.store.SaveDecision(s.ctx, r, 1)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (s shop) page(f Filter, cursor string) ReferralPage {
	s.t.Helper()
	page, err := s.Page(s.ctx, s.id, f, cursor)
	if err != nil {
		s.t.Fatalf("%+v: %v", f, err)
	}
	return page
}

func orders(page ReferralPage) (names []string) {
	for _, row := range page.Rows {
		names = append(names, row.OrderName)
	}
	return names
}

// A list is read there and back by cursors, and every row is shown once. A cursor opens no other list.
func TestPages(t *testing.T) {
	t.Parallel()
	s := newShop(t, folk{})
	for i := range 2*PageSize + 1 {
		s.refer(func(r *referral.Referral, _ *referral.Order) {
			r.At, r.OrderName = storetest.Noon.Add(-time.Duration(i)*time.Minute), fmt.Sprint(i)
			r.State = referral.Listed[min(i, 1)]
		})
	}

	s.fold(storetest.Noon)
	first := s.page(Filter{}, "")
	second := s.page(Filter{}, first.Older)
	third := s.page(Filter{}, second.Older)
	if first.Newer != "" || third.Older != "" || len(third.Rows) != 1 || orders(third)[0] != fmt.Sprint(2*PageSize) {
		t.Errorf("the first page has newer ones %t, the last has older ones %t and %v",
			first.Newer != "", third.Older != "", orders(third))
	}
	if back := s.page(Filter{}, third.Newer); !slices.Equal(orders(back), orders(second)) || back.Older == "" {
		t.Errorf("back from the third page: %v", orders(back))
	}
	if back := s.page(Filter{}, second.Newer); !slices.Equal(orders(back), orders(first)) || back.Newer != "" {
		t.Errorf("back from the second page: %v, newer ones %t", orders(back), back.Newer != "")
	}
	if counts := first.Counts.States; counts[referral.Pending] != 1 || counts[referral.Flagged] != 2*PageSize {
		t.Errorf("counts are %v", counts)
	}

	s.exportPage = PageSize - 1
	var each []string
	err := s.Each(s.ctx, s.id, Filter{State: referral.Flagged}, func(r Row) error {
		each = append(each, r.OrderName)
		return nil
	})
	if err != nil || !slices.Equal(each, slices.Concat(orders(first)[1:], orders(second), orders(third))) {
		t.Errorf("each of them: %v, %v", each, err)
	}

	for says, err := range map[string]error{
		"another filter": errorOf(s.Page(s.ctx, s.id, Filter{State: referral.Flagged}, first.Older)),
		"another shop":   errorOf(s.Page(s.ctx, storetest.NewShopID(), Filter{}, first.Older)),
		"none of ours":   errorOf(s.Page(s.ctx, s.id, Filter{}, "k1.AAAA")),
	} {
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("a cursor of %s: %v", says, err)
		}
	}
}

// A list that is shown whole is counted as it is shown, though the books do not know yet what was just decided.
func TestWhatIsShownIsCounted(t *testing.T) {
	t.Parallel()
	s := newShop(t, folk{})
	for _, state := range []referral.State{referral.Pending, referral.Flagged, referral.Flagged} {
		s.refer(func(r *referral.Referral, _ *referral.Order) { r.State = state })
	}

	for says, row := range map[string]struct {
		filter  Filter
		flagged int
	}{
		"all": {Filter{}, 2}, "of a state": {Filter{State: referral.Flagged}, 2},
		"of another": {Filter{State: referral.Pending}, 0}, "of a campaign": {Filter{Campaign: "cmp_9"}, 0},
	} {
		if got := s.page(row.filter, "").Counts.States[referral.Flagged]; got != row.flagged {
			t.Errorf("%s: %d flagged are counted, want %d", says, got, row.flagged)
		}
	}
}

func errorOf[T any](_ T, err error) error { return err }

// One search box finds orders, people and codes; an e-mail address is Shopify's to know.
func TestSearch(t *testing.T) {
	t.Parallel()
	people := folk{emails: map[string]referral.CustomerID{}}
	s := newShop(t, people)
	alice := storetest.Advocate(t, s.store, s.id)
	s.refer(func(r *referral.Referral, o *referral.Order) {
		o.Name, r.OrderName, o.ID, o.Customer = "#1001", "#1001", "gid://shopify/Order/501", "gid://shopify/Customer/71"
		r.Order, r.Advocate, o.Codes = o.ID, alice.ID, []string{"FRIEND-1"}
		r.Issues = []referral.Issue{{Code: "REWARD-1"}}
	})
	s.refer(func(r *referral.Referral, o *referral.Order) {
		o.Name, r.OrderName, o.Customer, r.Advocate = "EU1002-a", "EU1002-a", "gid://shopify/Customer/72", alice.ID
	})
	people.emails["bob@example.com"] = "gid://shopify/Customer/72"
	people.emails["alice@example.com"] = alice.Customer

	both := []string{"#1001", "EU1002-a"}
	for query, want := range map[string][]string{
		"#1001": {"#1001"}, "1001": {"#1001"}, " EU1002-a ": {"EU1002-a"}, "501": {"#1001"}, "71": {"#1001"},
		"gid://shopify/Order/501": {"#1001"}, "gid://shopify/Customer/72": {"EU1002-a"},
		"friend-1": {"#1001"}, "reward-1": {"#1001"}, "bob@example.com": {"EU1002-a"},
		alice.Code(): both, "alice@example.com": both,
		"9": nil, "#9": nil, "nobody@example.com": nil, "gid://shopify/Order/x": nil, ".*": nil,
	} {
		got := orders(s.page(Filter{Query: query}, ""))
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: -want +got\n%s", query, diff)
		}
	}
}

// Names are an ornament: whether or why there are none, the list is shown, and at level 1 an address finds nobody and
// says so.
func TestWithoutNames(t *testing.T) {
	t.Parallel()
	s := newShop(t, folk{err: fault.Wrap(fault.Unavailable, referral.ErrWithheld, "data_withheld")})
	s.refer(func(*referral.Referral, *referral.Order) {})
	if page := s.page(Filter{}, ""); len(page.Rows) != 1 || page.Rows[0].FriendName != "" {
		t.Errorf("without names: %+v", page.Rows)
	}
	if page := s.page(Filter{Query: "bob@example.com"}, ""); !page.EmailUnasked || len(page.Rows) != 0 {
		t.Errorf("an address at level 1: %+v", page)
	}
}

// A row has both names, each asked for once.
func TestNames(t *testing.T) {
	t.Parallel()
	people := folk{names: map[referral.CustomerID]string{"gid://shopify/Customer/71": "Bob Tanner"}}
	s := newShop(t, people)
	alice := storetest.Advocate(t, s.store, s.id)
	people.names[alice.Customer] = "Alice Moreau"
	s.refer(func(r *referral.Referral, o *referral.Order) {
		o.Customer, r.Advocate = "gid://shopify/Customer/71", alice.ID
	})
	row := s.page(Filter{}, "").Rows[0]
	if row.FriendName != "Bob Tanner" || row.AdvocateName != "Alice Moreau" || row.Advocate.Code() != alice.Code() {
		t.Errorf("%s, %s", row.FriendName, row.AdvocateName)
	}
}
