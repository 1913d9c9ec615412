package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// SignIns are the mails that were asked for to sign in with.
type SignIns struct{ *DB }

// addressPurpose names the derived key that encrypts addresses.
const addressPurpose = "sign_in_address"

// signInDoc is one of them; _id: the shop and its id. The address is encrypted, bound to the _id.
type signInDoc struct {
	Key      string              `bson:"_id"`
	Shop     tenant.ShopID       `bson:"shop"`
	ID       referral.SignInID   `bson:"id"`
	Kind     referral.NoticeKind `bson:"kind"`
	Sealed   string              `bson:"sealed,omitempty"` // the address, until it is used
	Emails   []string            `bson:"emails"`
	Language string              `bson:"language"`
	At       date                `bson:"at"`
	Until    date                `bson:"until"`
	UsedAt   date                `bson:"used_at"`
	Tries    int                 `bson:"tries"`
	ExpireAt date                `bson:"expire_at"` // TTL removes it then
}

func signInKey(shop tenant.ShopID, id referral.SignInID) string { return key(shop, string(id)) }

func (db SignIns) newSignInDoc(s referral.SignIn) (signInDoc, error) {
	id := signInKey(s.Shop, s.ID)
	sealed, err := db.keyring.Seal(addressPurpose, id, []byte(s.Address))
	return signInDoc{
		Key: id, Shop: s.Shop, ID: s.ID, Kind: s.Kind, Sealed: sealed, Emails: s.Emails, Language: s.Language,
		At: date(s.At), Until: date(s.Until), UsedAt: date(s.UsedAt), Tries: s.Tries, ExpireAt: date(s.At.Add(s.Kept())),
	}, err
}

func (db SignIns) toDomain(d signInDoc) (referral.SignIn, error) {
	s := referral.SignIn{
		Shop: d.Shop, ID: d.ID, Kind: d.Kind, Emails: d.Emails, Language: d.Language,
		At: time.Time(d.At), Until: time.Time(d.Until), UsedAt: time.Time(d.UsedAt), Tries: d.Tries,
	}
	if d.Sealed == "" {
		return s, nil
	}

	plain, err := db.keyring.Open(addressPurpose, d.Key, d.Sealed)
	if err != nil {
		return s, fault.ForLog(fault.Internal, "the address of a sign-in cannot be decrypted: %w", err)
	}
	s.Address = string(plain)
	return s, nil
}

// AddSignIn keeps what was asked for, and puts its mail into the outbox. With it comes the advocate whom somebody has
// become by it; nil: nobody has. Conflict: the advocate's code is taken.
func (db SignIns) AddSignIn(ctx context.Context, s referral.SignIn, joined *referral.Advocate) error {
	doc, err := db.newSignInDoc(s)
	if err != nil {
		return failed("add sign-in", err)
	}

	err = db.inTransaction(ctx, func(ctx context.Context) error {
		if joined != nil {
			if _, err := db.advocates.InsertOne(ctx, newAdvocateDoc(*joined)); err != nil {
				return err
			}
		}
		if _, err := db.signIns.InsertOne(ctx, doc); err != nil {
			return err
		}
		return db.addNotices(ctx, s.Shop, []referral.Notice{s.Notice()})
	})
	return failed("add sign-in", err)
}

// FindSignIn reads one. NotFound: there is none, or it is forgotten.
func (db SignIns) FindSignIn(
	ctx context.Context, shop tenant.ShopID, id referral.SignInID,
) (referral.SignIn, error) {
	doc, err := findOne[signInDoc](ctx, db.signIns, byKey(shop, signInKey(shop, id)))
	if err != nil {
		return referral.SignIn{}, failed("find sign-in", err)
	}
	return db.toDomain(doc)
}

// OpenSignIn has its link and code work until an instant, as its mail goes out. NotFound: it was used, or is forgotten.
func (db SignIns) OpenSignIn(ctx context.Context, shop tenant.ShopID, id referral.SignInID, until time.Time) error {
	unused := append(byKey(shop, signInKey(shop, id)), bson.E{Key: "used_at", Value: nil})
	found, err := updateOne(ctx, db.signIns, unused, set(bson.D{{Key: "until", Value: date(until)}}))
	return failed("open sign-in", orNotFound(found, err))
}

// TrySignIn counts that a code was typed, and returns the request as it is then. NotFound: there is none.
func (db SignIns) TrySignIn(
	ctx context.Context, shop tenant.ShopID, id referral.SignInID,
) (referral.SignIn, error) {
	var doc signInDoc
	one := bson.D{{Key: "$inc", Value: bson.D{{Key: "tries", Value: 1}}}}
	after := options.FindOneAndUpdate().SetReturnDocument(options.After)
	err := db.signIns.FindOneAndUpdate(ctx, byKey(shop, signInKey(shop, id)), one, after).Decode(&doc)
	if err != nil {
		return referral.SignIn{}, failed("try sign-in", err)
	}
	return db.toDomain(doc)
}

// UseSignIn notes that it was used, and forgets the address. NotFound: it was before, or works no more.
func (db SignIns) UseSignIn(ctx context.Context, shop tenant.ShopID, id referral.SignInID, at time.Time) error {
	open := append(byKey(shop, signInKey(shop, id)),
		bson.E{Key: "used_at", Value: nil},
		bson.E{Key: "until", Value: bson.D{{Key: "$gt", Value: date(at)}}},
	)
	used := append(set(bson.D{{Key: "used_at", Value: date(at)}}),
		bson.E{Key: "$unset", Value: bson.D{{Key: "sealed", Value: ""}}})
	found, err := updateOne(ctx, db.signIns, open, used)
	return failed("use sign-in", orNotFound(found, err))
}

// ForgetSignIns removes what was asked for by any of the addresses (keyed hashes). It is looked for among all of the
// shop's: it is rare, and an index would be paid for by whoever asks.
func (db SignIns) ForgetSignIns(ctx context.Context, shop tenant.ShopID, emails []string) error {
	theirs := append(allOf(shop, string(shop)), bson.E{Key: "emails", Value: anyOf(emails)})
	_, err := db.signIns.DeleteMany(ctx, theirs)
	return failed("forget sign-ins", err)
}
