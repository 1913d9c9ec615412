package store

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// Orders are the snapshots of nominated orders, and the tickets by which the latest one is kept.
type Orders struct{ *DB }

// orderDoc is an order that was nominated; _id: orderKey. It exists from the first ticket on; the snapshot is null
// until one was kept, and then replaced as a whole.
type orderDoc struct {
	Key        string           `bson:"_id"`
	Shop       tenant.ShopID    `bson:"shop"`
	ID         referral.OrderID `bson:"id"`
	Ticket     int64            `bson:"ticket"`      // the last one taken
	KeptTicket int64            `bson:"kept_ticket"` // the one with which the snapshot was read
	Snapshot   *snapshotDoc     `bson:"snapshot"`

	Attached  referral.CustomerID   `bson:"attached"`  // the merchant's word on whose it is; missing or "": none
	Customers []referral.CustomerID `bson:"customers"` // all that snapshots ever had; "" among them

	Unread   *unreadDoc `bson:"unread,omitempty"`    // the last try to read it failed: it is too large
	IsUnread bool       `bson:"is_unread,omitempty"` // Unread is there: for its index

	DisputesDue    date `bson:"disputes_due"`               // when its disputes are to be asked for; missing: never
	HasDisputesDue bool `bson:"has_disputes_due,omitempty"` // DisputesDue is there: for its index

	ForgetAt date `bson:"forget_at"` // when networks and browsers of the snapshot are due to be forgotten
	Forgets  bool `bson:"forgets"`   // ForgetAt is there: for its index
}

// unreadDoc tells since when an order is too large to be read, and when that was last tried.
type unreadDoc struct {
	Since date `bson:"since"`
	At    date `bson:"at"`
}

// snapshotDoc is referral.Order without its key, and without the e-mail address, which is never kept.
type snapshotDoc struct {
	Name            string                   `bson:"name"`
	Test            bool                     `bson:"test"`
	CreatedAt       date                     `bson:"created_at"`
	ProcessedAt     date                     `bson:"processed_at"`
	UpdatedAt       date                     `bson:"updated_at"`
	CancelledAt     date                     `bson:"cancelled_at"`
	Source          string                   `bson:"source"`
	Status          referral.FinancialStatus `bson:"status"`
	Currency        string                   `bson:"currency"`
	Subtotal        amountDoc                `bson:"subtotal"`
	CurrentSubtotal amountDoc                `bson:"current_subtotal"`
	Discounted      amountDoc                `bson:"discounted"`
	Refunded        amountDoc                `bson:"refunded"`
	Received        amountDoc                `bson:"received"`
	Outstanding     amountDoc                `bson:"outstanding"` // missing in snapshots of before it was read
	Itemized        bool                     `bson:"itemized"`    // as the next two: missing if lines were not read
	TookOff         []tookOffDoc             `bson:"took_off"`
	GiftCards       amountDoc                `bson:"gift_cards"`
	Codes           []string                 `bson:"codes"`
	Attributes      []attributeDoc           `bson:"attributes"`
	Customer        referral.CustomerID      `bson:"customer"`
	Attached        bool                     `bson:"attached"`
	CustomerGone    bool                     `bson:"customer_gone"`
	Emails          []string                 `bson:"emails"`
	Aliases         []string                 `bson:"aliases"`
	Cards           []string                 `bson:"cards"`
	Marks           marksDoc                 `bson:"marks"`
	Visit           *visitDoc                `bson:"visit"`
	Journey         journeyDoc               `bson:"journey"`
	Transactions    []transactionDoc         `bson:"transactions"`
	Refunds         []refundDoc              `bson:"refunds"`
	Disputes        []disputeDoc             `bson:"disputes"`
	ReadAt          date                     `bson:"read_at"`
	Gone            bool                     `bson:"gone"`
}

// marksDoc is referral.Marks; missing in snapshots of before they were read.
type marksDoc struct {
	Networks  []string      `bson:"networks,omitempty"`
	Agents    []string      `bson:"agents,omitempty"`
	Referrer  string        `bson:"referrer,omitempty"`
	Risk      referral.Risk `bson:"risk,omitempty"`
	Phones    []string      `bson:"phones,omitempty"`
	Mailboxes []string      `bson:"mailboxes,omitempty"`
	OwnDomain bool          `bson:"own_domain"`
}

type tookOffDoc struct {
	Code   string    `bson:"code"`
	Amount amountDoc `bson:"amount"`
	Left   amountDoc `bson:"left"`
}

type attributeDoc struct {
	Key   string `bson:"key"`
	Value string `bson:"value"`
}

// visitDoc is referral.Visit; its shop is the order's.
type visitDoc struct {
	Campaign referral.CampaignID `bson:"campaign"`
	Version  int                 `bson:"version"`
	Advocate referral.AdvocateID `bson:"advocate"`
	At       date                `bson:"at"`
	Referrer string              `bson:"referrer"`
}

type journeyDoc struct {
	Ready bool     `bson:"ready"`
	Index int      `bson:"index"`
	Refs  []string `bson:"refs"`
}

type transactionDoc struct {
	Kind   string    `bson:"kind"`
	Status string    `bson:"status"`
	At     date      `bson:"at"`
	Amount amountDoc `bson:"amount"`
}

type refundDoc struct {
	ID          string          `bson:"id"`
	At          date            `bson:"at"`
	Total       amountDoc       `bson:"total"`
	Adjustments []adjustmentDoc `bson:"adjustments"`
}

type adjustmentDoc struct {
	Reason string    `bson:"reason"`
	Amount amountDoc `bson:"amount"`
}

type disputeDoc struct {
	ID          string `bson:"id"`
	Status      string `bson:"status"`
	InitiatedAs string `bson:"initiated_as"`
}

func newSnapshotDoc(o referral.Order) snapshotDoc {
	d := snapshotDoc{
		Name:            o.Name,
		Test:            o.Test,
		CreatedAt:       date(o.CreatedAt),
		ProcessedAt:     date(o.ProcessedAt),
		UpdatedAt:       date(o.UpdatedAt),
		CancelledAt:     date(o.CancelledAt),
		Source:          o.Source,
		Status:          o.Status,
		Currency:        o.Currency,
		Subtotal:        newAmountDoc(o.Subtotal),
		CurrentSubtotal: newAmountDoc(o.CurrentSubtotal),
		Discounted:      newAmountDoc(o.Discounted),
		Refunded:        newAmountDoc(o.Refunded),
		Received:        newAmountDoc(o.Received),
		Outstanding:     newAmountDoc(o.Outstanding),
		Codes:           o.Codes,
		Customer:        o.Customer,
		Attached:        o.Attached,
		CustomerGone:    o.CustomerGone,
		Itemized:        o.Itemized,
		TookOff: each(o.TookOff, func(t referral.TookOff) tookOffDoc {
			return tookOffDoc{t.Code, newAmountDoc(t.Amount), newAmountDoc(t.Left)}
		}),
		GiftCards:  newAmountDoc(o.GiftCards),
		Emails:     o.Emails,
		Aliases:    o.Aliases,
		Cards:      o.Cards,
		Marks:      marksDoc(o.Marks),
		Attributes: each(o.Attributes, func(a referral.Attribute) attributeDoc { return attributeDoc(a) }),
		Journey:    journeyDoc(o.Journey),
		Transactions: each(o.Transactions, func(t referral.Transaction) transactionDoc {
			return transactionDoc{t.Kind, t.Status, date(t.At), newAmountDoc(t.Amount)}
		}),
		Refunds:  each(o.Refunds, newRefundDoc),
		Disputes: each(o.Disputes, func(d referral.Dispute) disputeDoc { return disputeDoc(d) }),
		ReadAt:   date(o.ReadAt),
		Gone:     o.Gone,
	}

	if v := o.Visit; v != nil {
		d.Visit = &visitDoc{v.Campaign.ID, v.Campaign.Version, v.Advocate, date(v.At), v.Referrer}
	}
	return d
}

func newRefundDoc(r referral.Refund) refundDoc {
	return refundDoc{
		ID:    r.ID,
		At:    date(r.At),
		Total: newAmountDoc(r.Total),
		Adjustments: each(r.Adjustments, func(a referral.Adjustment) adjustmentDoc {
			return adjustmentDoc{a.Reason, newAmountDoc(a.Amount)}
		}),
	}
}

// toDomain expects a document with a snapshot.
func (d orderDoc) toDomain() referral.Order {
	if d.Snapshot == nil {
		return referral.Order{}
	}

	o := *d.Snapshot
	order := referral.Order{
		Shop:            d.Shop,
		ID:              d.ID,
		Name:            o.Name,
		Test:            o.Test,
		CreatedAt:       time.Time(o.CreatedAt),
		ProcessedAt:     time.Time(o.ProcessedAt),
		UpdatedAt:       time.Time(o.UpdatedAt),
		CancelledAt:     time.Time(o.CancelledAt),
		Source:          o.Source,
		Status:          o.Status,
		Currency:        o.Currency,
		Subtotal:        o.Subtotal.toDomain(),
		CurrentSubtotal: o.CurrentSubtotal.toDomain(),
		Discounted:      o.Discounted.toDomain(),
		Refunded:        o.Refunded.toDomain(),
		Received:        o.Received.toDomain(),
		Outstanding:     o.Outstanding.toDomain(),
		Codes:           o.Codes,
		Customer:        o.Customer,
		Attached:        o.Attached,
		CustomerGone:    o.CustomerGone,
		Emails:          o.Emails,
		Aliases:         o.Aliases,
		Cards:           o.Cards,
		Marks:           referral.Marks(o.Marks),
		Itemized:        o.Itemized,
		GiftCards:       o.GiftCards.toDomain(),
		TookOff: each(o.TookOff, func(t tookOffDoc) referral.TookOff {
			return referral.TookOff{Code: t.Code, Amount: t.Amount.toDomain(), Left: t.Left.toDomain()}
		}),
		Attributes: each(o.Attributes, func(a attributeDoc) referral.Attribute { return referral.Attribute(a) }),
		Journey:    referral.Journey(o.Journey),
		Transactions: each(o.Transactions, func(t transactionDoc) referral.Transaction {
			return referral.Transaction{
				Kind:   t.Kind,
				Status: t.Status,
				At:     time.Time(t.At),
				Amount: t.Amount.toDomain(),
			}
		}),
		Refunds:  each(o.Refunds, refundDoc.toDomain),
		Disputes: each(o.Disputes, func(d disputeDoc) referral.Dispute { return referral.Dispute(d) }),
		ReadAt:   time.Time(o.ReadAt),
		Gone:     o.Gone,
	}

	if d.Unread != nil {
		order.Unread = time.Time(d.Unread.Since)
	}
	if v := o.Visit; v != nil {
		order.Visit = &referral.Visit{
			Shop:     d.Shop,
			Campaign: referral.CampaignKey{ID: v.Campaign, Version: v.Version},
			Advocate: v.Advocate,
			At:       time.Time(v.At),
			Referrer: v.Referrer,
		}
	}

	return order
}

func (d refundDoc) toDomain() referral.Refund {
	return referral.Refund{
		ID:    d.ID,
		At:    time.Time(d.At),
		Total: d.Total.toDomain(),
		Adjustments: each(d.Adjustments, func(a adjustmentDoc) referral.Adjustment {
			return referral.Adjustment{Reason: a.Reason, Amount: a.Amount.toDomain()}
		}),
	}
}

// byOrder selects one order of a shop.
func byOrder(shop tenant.ShopID, id referral.OrderID, more ...bson.E) bson.D {
	return append(byKey(shop, orderKey(shop, id)), more...)
}

// TakeTicket counts up the order's ticket and returns it. It is a majority write, made before Shopify is asked, so that
// of two answers it is known which was asked for later.
func (db Orders) TakeTicket(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (int64, error) {
	ticket, err := db.takeTicket(ctx, shop, id)
	if mongo.IsDuplicateKeyError(err) { // two first tickets at once
		ticket, err = db.takeTicket(ctx, shop, id)
	}
	return ticket, failed("take ticket", err)
}

func (db Orders) takeTicket(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (int64, error) {
	next := bson.D{
		{Key: "$inc", Value: bson.D{{Key: "ticket", Value: int64(1)}}},
		{Key: "$setOnInsert", Value: freshOrder(id)},
	}

	var doc struct {
		Ticket int64 `bson:"ticket"`
	}
	only := bson.D{{Key: "ticket", Value: 1}}
	after := options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After).SetProjection(only)
	err := db.orders.FindOneAndUpdate(ctx, byOrder(shop, id), next, after).Decode(&doc)
	return doc.Ticket, err
}

// SaveSnapshot keeps o unless a higher ticket or a newer updatedAt is kept already. It returns the order that is kept,
// and all other customers that the order ever had: they are remembered in the same write, so that a second run after a
// crash hears of them too. Where Shopify shows no customer it is the one whom the merchant has attached, else the one
// of the snapshot before, marked as gone. NotFound: no ticket was ever taken for the order.
//
// Pipeline in: attached, snapshot, customers, perhaps missing. Out: snapshot, with its customer; kept_ticket; customers
// with that one among them; disputes_due; forget_at; unread is gone.
func (db Orders) SaveSnapshot(
	ctx context.Context, o referral.Order, ticket int64,
) (kept referral.Order, former []referral.CustomerID, err error) {
	if o.Attached || o.CustomerGone { // a kept order that is saved again: Shopify shows no customer
		o.Customer, o.Attached, o.CustomerGone = "", false, false
	}

	older := byOrder(o.Shop, o.ID,
		bson.E{Key: "kept_ticket", Value: bson.D{{Key: "$lte", Value: ticket}}},
		bson.E{Key: "snapshot.updated_at", Value: bson.D{
			{Key: "$not", Value: bson.D{{Key: "$gt", Value: date(o.UpdatedAt)}}},
		}})

	snapshot := literal(newSnapshotDoc(o))
	if o.Customer == "" {
		snapshot = bson.D{{Key: "$mergeObjects", Value: bson.A{snapshot, lastCustomer}}}
	}

	pipeline := mongo.Pipeline{
		set(bson.D{
			{Key: "snapshot", Value: snapshot}, {Key: "kept_ticket", Value: ticket},
			{Key: "forget_at", Value: date(o.ForgetAt())}, {Key: "forgets", Value: !o.ForgetAt().IsZero()},
		}),
		{{Key: "$unset", Value: bson.A{"unread", "is_unread"}}},
		set(bson.D{
			{Key: "customers", Value: bson.D{
				{Key: "$setUnion", Value: bson.A{orElse("$customers", bson.A{}), bson.A{"$snapshot.customer"}}},
			}},
		}),
		putOffRead(o.ReadAt, o.DisputesDue(o.ReadAt)),
	}

	var doc orderDoc
	after := options.FindOneAndUpdate().SetReturnDocument(options.After)
	err = db.orders.FindOneAndUpdate(ctx, older, pipeline, after).Decode(&doc)
	if errors.Is(err, mongo.ErrNoDocuments) {
		doc, err = findOne[orderDoc](ctx, db.orders, byOrder(o.Shop, o.ID))
	}

	kept, former = doc.keptAndFormer()
	return kept, former, failed("save snapshot", err)
}

// lastCustomer are the fields of a snapshot that say whose the order is where Shopify shows nobody: in an update of the
// snapshot before.
var lastCustomer = func() bson.D {
	attached := bson.D{{Key: "$gt", Value: bson.A{"$attached", ""}}}
	before := orElse("$snapshot.customer", "")
	return bson.D{
		{Key: "customer", Value: bson.D{{Key: "$cond", Value: bson.A{attached, "$attached", before}}}},
		{Key: "attached", Value: attached},
		{Key: "customer_gone", Value: bson.D{{Key: "$and", Value: bson.A{
			bson.D{{Key: "$not", Value: bson.A{attached}}}, bson.D{{Key: "$gt", Value: bson.A{before, ""}}},
		}}}},
	}
}()

// keptAndFormer is the kept order, and all other customers that it ever had; "" among them if it once had none.
func (d orderDoc) keptAndFormer() (kept referral.Order, former []referral.CustomerID) {
	kept = d.toDomain()
	former = slices.DeleteFunc(slices.Clone(d.Customers),
		func(c referral.CustomerID) bool { return c == kept.Customer })
	slices.Sort(former)
	return kept, slices.Compact(former)
}

// MarkUnread notes that an order was too large to be read at the given time, unless a higher ticket has read it. It
// returns what SaveSnapshot does, the zero Order if no snapshot is kept, and whether the order could be read until now.
// NotFound: no ticket was ever taken for the order.
//
// Pipeline in: unread, perhaps missing. Out: unread, since when it was; kept_ticket.
func (db Orders) MarkUnread(
	ctx context.Context, shop tenant.ShopID, id referral.OrderID, ticket int64, at time.Time,
) (kept referral.Order, former []referral.CustomerID, first bool, err error) {
	older := byOrder(shop, id, bson.E{Key: "kept_ticket", Value: bson.D{{Key: "$lte", Value: ticket}}})
	pipeline := mongo.Pipeline{set(bson.D{
		{Key: "unread", Value: bson.D{
			{Key: "since", Value: orElse("$unread.since", date(at))},
			{Key: "at", Value: date(at)},
		}},
		{Key: "is_unread", Value: true},
		{Key: "kept_ticket", Value: ticket},
	})}

	var was orderDoc
	before := options.FindOneAndUpdate().SetReturnDocument(options.Before)
	err = db.orders.FindOneAndUpdate(ctx, older, pipeline, before).Decode(&was)
	first = err == nil && was.Unread == nil

	var doc orderDoc
	if err == nil || errors.Is(err, mongo.ErrNoDocuments) {
		doc, err = findOne[orderDoc](ctx, db.orders, byOrder(shop, id))
	}

	kept, former = doc.keptAndFormer()
	return kept, former, first, failed("mark unread", err)
}

// UnreadOrders lists orders that are too large to be read and were last tried before the given time, the longest
// waiting first.
func (db Orders) UnreadOrders(
	ctx context.Context, shop tenant.ShopID, before time.Time, limit int,
) ([]referral.UnreadOrder, error) {
	filter := bson.D{
		{Key: "shop", Value: shop},
		{Key: "is_unread", Value: true},
		{Key: "unread.at", Value: bson.D{{Key: "$lt", Value: date(before)}}},
	}

	only := bson.D{
		{Key: "_id", Value: 0},
		{Key: "id", Value: 1},
		{Key: "snapshot.name", Value: 1},
		{Key: "unread", Value: 1},
	}

	oldest := options.Find().SetProjection(only).SetSort(bson.D{{Key: "unread.at", Value: 1}}).SetLimit(int64(limit))
	docs, err := findAll[orderDoc](ctx, db.orders, filter, oldest)
	return each(docs, func(d orderDoc) referral.UnreadOrder {
		return referral.UnreadOrder{ID: d.ID, Name: d.toDomain().Name, Since: time.Time(d.Unread.Since)}
	}), failed("unread orders", err)
}

// orElse is the value of an expression, or another one where it is null or missing.
func orElse(expression string, other any) bson.D {
	return bson.D{{Key: "$ifNull", Value: bson.A{expression, other}}}
}

// AttachCustomer notes the merchant's word on whose an order is that Shopify shows without a customer. It counts from
// the next snapshot on.
func (db Orders) AttachCustomer(
	ctx context.Context, shop tenant.ShopID, id referral.OrderID, c referral.CustomerID,
) error {
	attach := set(bson.D{{Key: "attached", Value: c}},
		bson.E{Key: "$setOnInsert", Value: append(freshOrder(id), bson.E{Key: "ticket", Value: int64(0)})})
	return failed("attach customer", upsert(ctx, db.orders, byOrder(shop, id), attach))
}

// freshOrder are the fields of an order of which no snapshot is kept.
func freshOrder(id referral.OrderID) bson.D {
	return bson.D{{Key: "id", Value: id}, {Key: "kept_ticket", Value: int64(0)}, {Key: "snapshot", Value: nil}}
}

// FindOrder reads the kept snapshot of an order. NotFound: none is kept, though a ticket may have been taken.
func (db Orders) FindOrder(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (referral.Order, error) {
	kept := bson.E{Key: "snapshot", Value: bson.D{{Key: "$ne", Value: nil}}}
	doc, err := findOne[orderDoc](ctx, db.orders, byOrder(shop, id, kept))
	return doc.toDomain(), failed("find order", err)
}

// OrdersOf lists the kept orders that show the customer, and those of the ids.
func (db Orders) OrdersOf(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID, ids []referral.OrderID,
) ([]referral.Order, error) {
	inShop := bson.E{Key: "shop", Value: shop}
	shown := bson.E{Key: "snapshot.processed_at", Value: bson.D{{Key: "$exists", Value: true}}}
	orders, err := db.listOrders(ctx, bson.D{{Key: "$or", Value: bson.A{
		bson.D{inShop, {Key: "snapshot.customer", Value: c}},
		bson.D{{Key: "_id", Value: anyOf(keys(shop, ids, orderKey))}, inShop, shown},
	}}})
	return orders, failed("orders of", err)
}

// maxOfAName is how many orders of one name are told.
const maxOfAName = 10

// OrdersNamed lists the snapshots that a merchant may mean by a name, latest first, ten at most. It is the order's own
// name ("#1001", "EN1001-A"), else that without regard to letters' case, else, for a bare number, every name that has
// it between what stands before and after. What is not found at once reads the shop's names, in the index; nobody but
// an operator asks. Source: help.shopify.com, Order ID format: a shop may change prefix and suffix.
func (db Orders) OrdersNamed(ctx context.Context, shop tenant.ShopID, name string) ([]referral.Order, error) {
	bare := strings.TrimPrefix(strings.TrimSpace(name), "#")
	if bare == "" {
		return nil, nil
	}

	like := func(pattern string) any { return bson.Regex{Pattern: pattern, Options: "i"} }
	ways := []any{anyOf([]string{"#" + bare, bare}), like("^#?" + regexp.QuoteMeta(bare) + "$")}
	if strings.Trim(bare, "0123456789") == "" {
		ways = append(ways, like(`^(.*\D)?`+bare+`(\D.*)?$`))
	}

	latest := options.Find().SetSort(bson.D{{Key: "snapshot.processed_at", Value: -1}}).SetLimit(maxOfAName)
	for _, way := range ways {
		docs, err := findAll[orderDoc](ctx, db.orders,
			bson.D{{Key: "shop", Value: shop}, {Key: "snapshot.name", Value: way}}, latest)
		if err != nil || len(docs) > 0 {
			return each(docs, orderDoc.toDomain), failed("orders named", err)
		}
	}
	return nil, nil
}

// CountOrdersWithCode counts kept orders that carry the code, test orders left out, up to atMost.
func (db Orders) CountOrdersWithCode(ctx context.Context, shop tenant.ShopID, code string, atMost int) (int, error) {
	if atMost < 1 {
		return 0, nil
	}

	filter := bson.D{
		{Key: "shop", Value: shop},
		{Key: "snapshot.codes", Value: code},
		{Key: "snapshot.test", Value: bson.D{{Key: "$ne", Value: true}}},
	}
	n, err := db.orders.CountDocuments(ctx, filter, options.Count().SetLimit(int64(atMost)))
	return int(n), failed("count orders with code", err)
}

// listOrders reads snapshots in business time.
func (db Orders) listOrders(ctx context.Context, filter bson.D) ([]referral.Order, error) {
	inTime := options.Find().SetSort(bson.D{{Key: "snapshot.processed_at", Value: 1}})
	docs, err := findAll[orderDoc](ctx, db.orders, filter, inTime)
	return each(docs, orderDoc.toDomain), err
}

// mostWithCard bounds how many orders with a card are read. A card that paid for more is no one person's.
const mostWithCard = 200

// withCards lists others' orders of the friend's lane that were paid with any of the cards, the oldest first.
func (db Orders) withCards(
	ctx context.Context, shop tenant.ShopID, cards []string, friend referral.FriendID,
) ([]referral.Order, error) {
	filter := bson.D{
		{Key: "shop", Value: shop},
		{Key: "snapshot.cards", Value: anyOf(cards)},
		{Key: "snapshot.test", Value: friend.Test()},
		{Key: "snapshot.customer", Value: bson.D{{Key: "$ne", Value: friend.Customer()}}},
	}
	oldest := options.Find().SetSort(bson.D{{Key: "snapshot.processed_at", Value: 1}, {Key: "id", Value: 1}}).SetLimit(mostWithCard)
	docs, err := findAll[orderDoc](ctx, db.orders, filter, oldest)
	return each(docs, orderDoc.toDomain), err
}

// FriendsWithCards lists the friends of other customers whose kept orders of the order's lane were paid with a card of
// its own.
func (db Orders) FriendsWithCards(ctx context.Context, o referral.Order) ([]referral.FriendID, error) {
	if len(o.Cards) == 0 {
		return nil, nil
	}
	others, err := db.withCards(ctx, o.Shop, o.Cards, o.Friend())
	return distinct(each(others, referral.Order.Friend)), failed("friends with cards", err)
}
