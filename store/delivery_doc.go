package store

import (
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"twofold/inbox"
	"twofold/tenant"
)

// How long a delivery is kept after it was done with, in wall time; waiting ones are kept. Source: design section 4.
const (
	keepDone     = 7 * 24 * time.Hour
	keepPoisoned = 90 * 24 * time.Hour
)

// deliveryDoc is one delivery as it is read; _id: deliveryKey. appendDelivery writes the same fields, and leaves out
// empty ones. Beside them stand flags for indexes: open (state received), kept (waiting or poisoned), and expire_at,
// when TTL removes it.
type deliveryDoc struct {
	Shop        tenant.ShopID `bson:"shop"`
	ID          string        `bson:"id"`
	EventID     string        `bson:"event_id"`
	Topic       string        `bson:"topic"`
	APIVersion  string        `bson:"api_version"`
	TriggeredAt date          `bson:"triggered_at"`
	ReceivedAt  date          `bson:"received_at"`
	Nomination  nominationDoc `bson:"nomination"`
	State       inbox.State   `bson:"state"`
	Attempts    int           `bson:"attempts"`
	DueAt       date          `bson:"due_at"`
	Reason      string        `bson:"reason"`
}

type nominationDoc struct {
	OrderID    string   `bson:"order_id"`
	CustomerID string   `bson:"customer_id"`
	Codes      []string `bson:"codes"`
	ClaimID    string   `bson:"claim_id"`
	Ref        string   `bson:"ref"`
	DiscountID string   `bson:"discount_id"`
	ShopDomain string   `bson:"shop_domain"`
	UpdatedAt  date     `bson:"updated_at"`
	Erase      []string `bson:"erase"`
}

func (d deliveryDoc) toDomain() inbox.Delivery {
	return inbox.Delivery{
		Shop:        d.Shop,
		ID:          d.ID,
		EventID:     d.EventID,
		Topic:       d.Topic,
		APIVersion:  d.APIVersion,
		TriggeredAt: time.Time(d.TriggeredAt),
		ReceivedAt:  time.Time(d.ReceivedAt),
		State:       d.State,
		Attempts:    d.Attempts,
		DueAt:       time.Time(d.DueAt),
		Reason:      d.Reason,
		Nomination:  d.Nomination.toDomain(),
	}
}

func (d nominationDoc) toDomain() inbox.Nomination {
	return inbox.Nomination{
		OrderID:    d.OrderID,
		CustomerID: d.CustomerID,
		Codes:      d.Codes,
		ClaimID:    d.ClaimID,
		Ref:        d.Ref,
		DiscountID: d.DiscountID,
		ShopDomain: d.ShopDomain,
		UpdatedAt:  time.Time(d.UpdatedAt),
		Erase:      d.Erase,
	}
}

// newDeliveryDoc writes a delivery that was received as BSON by hand: it is the hot path of the intake, thousands a
// second, where reflection costs.
func newDeliveryDoc(d inbox.Delivery) bson.Raw {
	at, doc := bsoncore.AppendDocumentStart(make([]byte, 0, 1024))
	doc = bsoncore.AppendStringElement(doc, "_id", deliveryKey(d.Shop, d.ID))
	doc = bsoncore.AppendStringElement(doc, "shop", string(d.Shop))
	doc = bsoncore.AppendStringElement(doc, "id", d.ID)
	doc = appendText(doc, "event_id", d.EventID)
	doc = bsoncore.AppendStringElement(doc, "topic", d.Topic)
	doc = appendText(doc, "api_version", d.APIVersion)
	doc = appendDate(doc, "triggered_at", d.TriggeredAt)
	doc = appendDate(doc, "received_at", d.ReceivedAt)
	doc = appendNomination(doc, d.Nomination)
	doc = bsoncore.AppendStringElement(doc, "state", string(inbox.Received))
	doc = bsoncore.AppendBooleanElement(doc, "open", true)
	doc = bsoncore.AppendInt32Element(doc, "attempts", int32(d.Attempts))
	doc = appendDate(doc, "due_at", d.DueAt)
	doc = appendText(doc, "reason", d.Reason)
	return endDocument(doc, at)
}

func appendNomination(doc []byte, n inbox.Nomination) []byte {
	at, doc := bsoncore.AppendDocumentElementStart(doc, "nomination")
	doc = appendText(doc, "order_id", n.OrderID)
	doc = appendText(doc, "customer_id", n.CustomerID)
	doc = appendTexts(doc, "codes", n.Codes)
	doc = appendText(doc, "claim_id", n.ClaimID)
	doc = appendText(doc, "ref", n.Ref)
	doc = appendText(doc, "discount_id", n.DiscountID)
	doc = appendText(doc, "shop_domain", n.ShopDomain)
	doc = appendDate(doc, "updated_at", n.UpdatedAt)
	doc = appendTexts(doc, "erase", n.Erase)
	return endDocument(doc, at)
}

// endDocument closes the document or array that began at the index at.
func endDocument(doc []byte, at int32) []byte {
	doc = append(doc, 0)
	return bsoncore.UpdateLength(doc, at, int32(len(doc))-at)
}

func appendText(doc []byte, field, text string) []byte {
	if text == "" {
		return doc
	}
	return bsoncore.AppendStringElement(doc, field, text)
}

func appendTexts(doc []byte, field string, texts []string) []byte {
	if len(texts) == 0 {
		return doc
	}

	at, doc := bsoncore.AppendArrayElementStart(doc, field)
	for i, text := range texts {
		doc = bsoncore.AppendStringElement(doc, strconv.Itoa(i), text)
	}
	return endDocument(doc, at)
}

func appendDate(doc []byte, field string, at time.Time) []byte {
	if at.IsZero() {
		return doc
	}
	return bsoncore.AppendDateTimeElement(doc, field, at.UnixMilli())
}

// kept tells whether a delivery of this state stays for somebody to look at.
func kept(state inbox.State) bool { return state == inbox.Waiting || state == inbox.Poisoned }

// expireAt is when a delivery that came to its state at the given time is removed; zero: never.
func expireAt(state inbox.State, at time.Time) time.Time {
	switch state {
	case inbox.Done:
		return at.Add(keepDone)
	case inbox.Poisoned:
		return at.Add(keepPoisoned)
	}
	return time.Time{}
}
