package reports

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"twofold/fault"
	"twofold/figures"
	"twofold/referral"
	"twofold/tenant"
)

// AdvocateStore is what lists of advocates read. Every method is about one shop. Errors: NotFound, Unavailable.
type AdvocateStore interface {
	// PageAdvocates lists one page of advocates, who joined last first.
	PageAdvocates(ctx context.Context, shop tenant.ShopID, q referral.AdvocateQuery) ([]referral.Advocate, error)
	FindAdvocate(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID) (referral.Advocate, error)
	// FindAdvocateByCode finds the advocate who has, or once had, the code (upper case).
	FindAdvocateByCode(ctx context.Context, shop tenant.ShopID, code string) (referral.Advocate, error)
	FindAdvocateByCustomer(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) (referral.Advocate, error)
	// Standings lists where the referrals of advocates stand.
	Standings(ctx context.Context, shop tenant.ShopID, ids []referral.AdvocateID) ([]figures.Part, error)
	// CreditedTo lists an advocate's referrals, newest order first, without facts but the ledger.
	CreditedTo(
		ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, limit int,
	) ([]referral.Referral, error)
	// AuditAbout lists what is noted about any of the ids, the newest first.
	AuditAbout(ctx context.Context, shop tenant.ShopID, about ...string) ([]referral.AuditEntry, error)
	// CountOpenClaims counts an advocate's claims that still count and whose friend has no converting order yet.
	CountOpenClaims(
		ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, now time.Time, atMost int,
	) (int, error)
}

// Advocates reads lists of advocates, and what there is of one. Begin with Page and Find.
type Advocates struct {
	store  AdvocateStore
	people People
}

// NewAdvocates wires the lists.
func NewAdvocates(store AdvocateStore, people People) *Advocates { return &Advocates{store, people} }

// AdvocateRow is one advocate in a list.
type AdvocateRow struct {
	referral.Advocate
	referral.AdvocateSums

	Name string // "": Shopify shows none, or did not say in time
}

// AdvocatePage is one page of the list. Newer and Older are cursors of the pages beside it; "": there is none.
type AdvocatePage struct {
	Rows         []AdvocateRow
	Newer, Older string
}

// Page lists advocates, who joined last first: the first page without a cursor, else the one that the cursor is of.
// NotFound: nobody has made such a cursor.
func (a *Advocates) Page(ctx context.Context, shop tenant.ShopID, cursor string) (AdvocatePage, error) {
	q, err := parseAdvocateCursor(cursor)
	if err != nil {
		return AdvocatePage{}, err
	}

	// One more than is shown tells whether there is a page beyond.
	q.Limit = PageSize + 1
	found, err := a.store.PageAdvocates(ctx, shop, q)
	if err != nil {
		return AdvocatePage{}, err
	}

	more := len(found) > PageSize
	switch {
	case more && q.Back:
		found = found[1:]
	case more:
		found = found[:PageSize]
	}

	rows, err := a.rows(ctx, shop, found)
	page := AdvocatePage{Rows: rows}
	if len(found) == 0 {
		return page, err
	}
	if newer := more && q.Back || !q.Back && cursor != ""; newer {
		page.Newer = cursorOf("newer", found[0])
	}
	if older := more || q.Back; older {
		page.Older = cursorOf("older", found[len(found)-1])
	}
	return page, err
}

// cursorOf names the page that begins, or ends, beside an advocate.
func cursorOf(way string, a referral.Advocate) string {
	return way + "." + strconv.FormatInt(a.JoinedAt.UnixMilli(), 10) + "." + string(a.ID)
}

func parseAdvocateCursor(cursor string) (referral.AdvocateQuery, error) {
	if cursor == "" {
		return referral.AdvocateQuery{}, nil
	}

	way, rest, _ := strings.Cut(cursor, ".")
	at, id, _ := strings.Cut(rest, ".")
	joined, err := strconv.ParseInt(at, 10, 64)
	if err != nil || id == "" || (way != "newer" && way != "older") {
		return referral.AdvocateQuery{}, fault.ForLog(fault.NotFound, "no such page of advocates")
	}
	from := referral.AdvocatePlace{JoinedAt: time.UnixMilli(joined).UTC(), ID: referral.AdvocateID(id)}
	return referral.AdvocateQuery{From: from, Back: way == "newer"}, nil
}

// Search finds the advocates whom a merchant means: by a code of theirs, former ones too, by a link with it, by the
// customer's number, or by their e-mail address, which Shopify is asked for. There are two at most. Unavailable
// (referral.ErrWithheld): the app may not ask for addresses.
func (a *Advocates) Search(ctx context.Context, shop tenant.ShopID, meant string) ([]AdvocateRow, error) {
	meant = strings.TrimSpace(meant)
	if _, ref, has := strings.Cut(meant, "?ref="); has {
		meant = ref
	}

	customer := referral.CustomerID(customerGID + strings.TrimPrefix(meant, customerGID))
	if strings.Contains(meant, "@") {
		named, err := a.people.CustomerWithEmail(ctx, shop, meant)
		if err != nil {
			return nil, unlessNotFound(err)
		}
		customer = named
	}

	var found []referral.Advocate
	byCode, err := a.store.FindAdvocateByCode(ctx, shop, referral.NormalCode(meant))
	if err == nil {
		found = append(found, byCode)
	}
	if err := unlessNotFound(err); err != nil {
		return nil, err
	}

	one, err := a.store.FindAdvocateByCustomer(ctx, shop, customer)
	if err == nil && one.ID != byCode.ID {
		found = append(found, one)
	}
	if err := unlessNotFound(err); err != nil {
		return nil, err
	}
	return a.rows(ctx, shop, found)
}

// rows adds what the advocates' referrals come to, and their names.
func (a *Advocates) rows(
	ctx context.Context, shop tenant.ShopID, found []referral.Advocate,
) ([]AdvocateRow, error) {
	ids := make([]referral.AdvocateID, len(found))
	customers := make([]referral.CustomerID, len(found))
	for i, one := range found {
		ids[i], customers[i] = one.ID, one.Customer
	}

	standings, err := a.store.Standings(ctx, shop, ids)
	if err != nil {
		return nil, err
	}
	parts := map[referral.AdvocateID][]figures.Part{}
	for _, p := range standings {
		parts[p.Advocate] = append(parts[p.Advocate], p)
	}
	names := namesOf(ctx, a.people, shop, customers)

	rows := make([]AdvocateRow, len(found))
	for i, one := range found {
		rows[i] = AdvocateRow{one, figures.Standing(parts[one.ID]).AdvocateSums, names[one.Customer]}
	}
	return rows, nil
}

// AdvocateDetail is one advocate in full.
type AdvocateDetail struct {
	referral.Advocate

	Figures    referral.AdvocateFigures       // of all of them
	Referrals  []referral.Referral            // the newest, without test orders
	More       bool                           // there are older ones
	OpenClaims int                            // up to OpenClaimsShown
	Names      map[referral.CustomerID]string // the advocate's and the friends', as far as Shopify shows them
}

// Name is what Shopify calls the advocate; "": it does not say.
func (d AdvocateDetail) Name() string { return d.Names[d.Customer] }

// shownOfAdvocate is how many of an advocate's referrals are read.
const shownOfAdvocate = 50

// OpenClaimsShown is up to where open claims are counted.
const OpenClaimsShown = 200

// Find reads what there is of an advocate at now. NotFound: the shop has no such advocate.
func (a *Advocates) Find(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, now time.Time,
) (AdvocateDetail, error) {
	found, err := a.store.FindAdvocate(ctx, shop, id)
	if err != nil {
		return AdvocateDetail{}, err
	}
	d := AdvocateDetail{Advocate: found}

	if d.Referrals, err = a.store.CreditedTo(ctx, shop, id, shownOfAdvocate); err != nil {
		return AdvocateDetail{}, err
	}
	d.More = len(d.Referrals) == shownOfAdvocate
	if d.Figures, err = a.figures(ctx, shop, d); err != nil {
		return AdvocateDetail{}, err
	}
	d.Referrals = slices.DeleteFunc(d.Referrals, func(r referral.Referral) bool { return r.Friend.Test() })

	if d.OpenClaims, err = a.store.CountOpenClaims(ctx, shop, id, now, OpenClaimsShown); err != nil {
		return AdvocateDetail{}, err
	}

	people := []referral.CustomerID{found.Customer}
	for _, r := range d.Referrals {
		people = append(people, r.Friend.Customer())
	}
	d.Names = namesOf(ctx, a.people, shop, people)
	return d, nil
}

// figures are what all of the advocate's referrals come to. Where there are more than were read they are those of the
// last fold, which is seconds behind.
func (a *Advocates) figures(
	ctx context.Context, shop tenant.ShopID, d AdvocateDetail,
) (referral.AdvocateFigures, error) {
	if !d.More {
		return figures.StandingOf(d.Referrals), nil
	}
	parts, err := a.store.Standings(ctx, shop, []referral.AdvocateID{d.ID})
	return figures.Standing(parts), err
}

// Audit lists what the merchant's people did to an advocate, or to an order of theirs, the newest first. NotFound: there
// is no such advocate.
func (a *Advocates) Audit(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID,
) ([]referral.AuditEntry, error) {
	if _, err := a.store.FindAdvocate(ctx, shop, id); err != nil {
		return nil, err
	}
	return a.store.AuditAbout(ctx, shop, string(id))
}
