package reports

import (
	"context"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// PageSize is how many referrals one page has.
const PageSize = 50

// CountedTo is up to where advocates are counted; what is more is said to be more.
const CountedTo = 1_000

// Lists is what the lists of referrals are read from. Every method is about one shop, and bounded.
type Lists interface {
	// FindReferrals lists what a query selects, the newest order first, without facts.
	FindReferrals(ctx context.Context, shop tenant.ShopID, q referral.ListQuery) ([]referral.Referral, error)
	// ReferralsOfFriends lists the friends' referrals, likewise.
	ReferralsOfFriends(
		ctx context.Context, shop tenant.ShopID, friends []referral.FriendID,
	) ([]referral.Referral, error)
	// FindFriends finds the friends whose orders the query selects.
	FindFriends(ctx context.Context, shop tenant.ShopID, q referral.FriendQuery) ([]referral.FriendID, error)
	// FriendsWithCodes lists the friends in whose referrals any of the codes was issued as a reward.
	FriendsWithCodes(ctx context.Context, shop tenant.ShopID, codes []string) ([]referral.FriendID, error)
	// CountStates is how many referrals stand where, as far as they are counted: within seconds of a decision.
	CountStates(ctx context.Context, shop tenant.ShopID) (referral.StateCounts, error)
	// FindAdvocates finds advocates by their ids, in no order.
	FindAdvocates(ctx context.Context, shop tenant.ShopID, ids []referral.AdvocateID) ([]referral.Advocate, error)
	FindAdvocateByCode(ctx context.Context, shop tenant.ShopID, code string) (referral.Advocate, error)
	FindAdvocateByCustomer(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) (referral.Advocate, error)
	FindOrder(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (referral.Order, error)
	FindReferral(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) (referral.Referral, error)
	ListCampaigns(ctx context.Context, shop tenant.ShopID) ([]referral.Campaign, error)
	AuditAbout(ctx context.Context, shop tenant.ShopID, about ...string) ([]referral.AuditEntry, error) // newest first
}

// People names customers as Shopify shows them now. Nothing of it is kept.
type People interface {
	// Names maps those customers to their names whom Shopify shows by name. None where the app may not see names.
	Names(ctx context.Context, shop tenant.ShopID, ids []referral.CustomerID) (map[referral.CustomerID]string, error)
	// CustomerWithEmail finds the customer who has an e-mail address. NotFound: nobody has it. Unavailable
	// (referral.ErrWithheld): the app may not ask.
	CustomerWithEmail(ctx context.Context, shop tenant.ShopID, email string) (referral.CustomerID, error)
}

// Sealer makes cursors opaque, and binds them to what they are for.
type Sealer interface {
	Seal(purpose, context string, plain []byte) (string, error)
	Open(purpose, context, sealed string) ([]byte, error)
}

// Referrals reads lists of referrals for pages, exports and the API.
type Referrals struct {
	store  Lists
	people People
	sealer Sealer

	exportPage int
}

// NewReferrals wires the lists.
func NewReferrals(store Lists, people People, sealer Sealer) *Referrals {
	return &Referrals{store, people, sealer, exportPage}
}

// Filter is what a merchant wants to see of the referrals. Of Reason, Campaign and Advocate one counts, the first that
// is given; a Query stands alone.
type Filter struct {
	State    referral.State // "": all
	Owed     bool
	Reason   referral.Reason
	Campaign referral.CampaignID
	Advocate referral.AdvocateID
	Query    string // see Referrals.Page
}

// query is the filter for the store.
func (f Filter) query() referral.ListQuery {
	q := referral.ListQuery{Owed: f.Owed, Limit: PageSize + 1}
	if f.State != "" {
		q.States = []referral.State{f.State}
	}

	switch {
	case f.Reason != "":
		q.Reason = f.Reason
	case f.Campaign != "":
		q.Campaign = f.Campaign
	case f.Advocate != "":
		q.Advocate = f.Advocate
	}
	return q
}

// Row is one referral as a list shows it.
type Row struct {
	referral.Referral // without its facts

	Advocate     referral.Advocate // the zero value: nobody is credited, or they are gone
	FriendName   string            // "": Shopify shows none, or did not say in time
	AdvocateName string
}

// ReferralPage is one page of a list.
type ReferralPage struct {
	Rows          []Row
	Counts        *referral.StateCounts // of all states; nil beside a Query
	Newer, Older  string                // cursors; "": there is no such page
	QueryAdvocate *referral.Advocate    // whom the Query names, whose friends the list has where it found no other
	EmailUnasked  bool                  // the Query is an e-mail address, and the app may not ask for it
}

// Page reads a page of the list, from a cursor of an earlier page of the same shop and filter, or "" for the first.
// Query is the name or number of an order, a discount or shareable code, a customer's number, or an e-mail address,
// which Shopify is asked for. Invalid: the cursor is not of this list.
func (r *Referrals) Page(
	ctx context.Context, shop tenant.ShopID, f Filter, cursor string,
) (ReferralPage, error) {
	if f.Query != "" {
		return r.search(ctx, shop, f, cursor)
	}

	page, err := r.list(ctx, shop, f, cursor)
	if err != nil {
		return ReferralPage{}, err
	}

	counts, err := r.store.CountStates(ctx, shop)
	if page.whole(cursor) {
		f.count(&counts, page.Rows)
	}
	page.Counts = &counts
	return page, err
}

// whole tells whether the page, read from a cursor, is all of its list.
func (p ReferralPage) whole(cursor string) bool { return cursor == "" && p.Older == "" }

// count puts the counts right by all rows that the filter selects, since the books follow a decision by seconds: what
// was just approved is not counted among the flagged any more.
func (f Filter) count(counts *referral.StateCounts, rows []Row) {
	switch f {
	case Filter{}:
		counts.States = map[referral.State]int{}
		for _, row := range rows {
			counts.States[row.State]++
		}
	case Filter{State: f.State}:
		counts.States[f.State] = len(rows)
	case Filter{Owed: true}:
		counts.Owed = len(rows)
	}
}

// list reads one page without counts.
func (r *Referrals) list(ctx context.Context, shop tenant.ShopID, f Filter, cursor string) (ReferralPage, error) {
	q := f.query()
	if err := r.openCursor(shop, f, cursor, &q); err != nil {
		return ReferralPage{}, err
	}

	found, err := r.store.FindReferrals(ctx, shop, q)
	if err != nil {
		return ReferralPage{}, err
	}
	return r.turned(ctx, shop, f, q, found)
}

// turned makes a page of what was found, which is one more than a page has where there is another page.
func (r *Referrals) turned(
	ctx context.Context, shop tenant.ShopID, f Filter, q referral.ListQuery, found []referral.Referral,
	known ...referral.Advocate,
) (page ReferralPage, err error) {
	further := len(found) > PageSize
	switch {
	case further && q.Back:
		found = found[1:]
	case further:
		found = found[:PageSize]
	}

	page.Rows, err = r.rows(ctx, shop, found, known...)
	if err != nil || len(found) == 0 {
		return page, err
	}

	if further || q.Back {
		page.Older, err = r.sealCursor(shop, f, cursorPlace{referral.PlaceOf(found[len(found)-1]), false})
	}
	if err == nil && (further && q.Back || !q.Back && !q.From.At.IsZero()) {
		page.Newer, err = r.sealCursor(shop, f, cursorPlace{referral.PlaceOf(found[0]), true})
	}
	return page, err
}

// rows adds to referrals who the people are. Advocates that are known are not read again.
func (r *Referrals) rows(
	ctx context.Context, shop tenant.ShopID, all []referral.Referral, known ...referral.Advocate,
) ([]Row, error) {
	byID := map[referral.AdvocateID]referral.Advocate{}
	for _, a := range known {
		byID[a.ID] = a
	}

	rows, err := r.identified(ctx, shop, all, byID)
	r.name(ctx, shop, rows)
	return rows, err
}

// identified adds to referrals who is credited. It reads the advocates that are not known yet, and keeps them there.
func (r *Referrals) identified(
	ctx context.Context, shop tenant.ShopID, all []referral.Referral,
	known map[referral.AdvocateID]referral.Advocate,
) ([]Row, error) {
	var ids []referral.AdvocateID
	for _, one := range all {
		if _, have := known[one.Advocate]; !have && one.Advocate != "" {
			ids = append(ids, one.Advocate)
		}
	}
	advocates, err := r.store.FindAdvocates(ctx, shop, ids)
	if err != nil {
		return nil, err
	}
	for _, a := range advocates {
		known[a.ID] = a
	}

	rows := make([]Row, len(all))
	for i, one := range all {
		rows[i] = Row{Referral: one, Advocate: known[one.Advocate]}
	}
	return rows, nil
}

// namesLimit is how long a list waits for the names of its people. Without them it shows numbers.
const namesLimit = 1500 * time.Millisecond

// name asks Shopify for the names of a page's people, all at once. What it does not say in time is left out: a list
// without names is a list.
func (r *Referrals) name(ctx context.Context, shop tenant.ShopID, rows []Row) {
	var ids []referral.CustomerID
	for _, row := range rows {
		ids = append(ids, row.Friend.Customer(), row.Advocate.Customer)
	}

	names := r.Names(ctx, shop, ids)
	for i, row := range rows {
		rows[i].FriendName = names[row.Friend.Customer()]
		rows[i].AdvocateName = names[row.Advocate.Customer]
	}
}

// Names are those that Shopify shows of customers now, as far as it answers in time.
func (r *Referrals) Names(
	ctx context.Context, shop tenant.ShopID, ids []referral.CustomerID,
) map[referral.CustomerID]string {
	return namesOf(ctx, r.people, shop, ids)
}

// namesOf asks for the names of customers, each once.
func namesOf(
	ctx context.Context, people People, shop tenant.ShopID, ids []referral.CustomerID,
) map[referral.CustomerID]string {
	known := map[referral.CustomerID]bool{}
	var asked []referral.CustomerID
	for _, id := range ids {
		if id != "" && !id.Erased() && !known[id] {
			known[id] = true
			asked = append(asked, id)
		}
	}
	if len(asked) == 0 {
		return nil
	}

	ctx, cancel := context.WithTimeout(ctx, namesLimit)
	defer cancel()
	names, err := people.Names(ctx, shop, asked)
	if err != nil {
		return nil
	}
	return names
}

// unlessNotFound lets an answer be empty where nothing was found.
func unlessNotFound(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
