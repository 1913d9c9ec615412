package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/fault"
	"twofold/tenant"
)

// Tokens are the shops' tokens and the status that follows from them. They are part of the shops' documents.
type Tokens struct{ *DB }

// tokenPurpose names the derived key that encrypts tokens.
const tokenPurpose = "shop token"

// tokenDoc is a token pair within the shop's document. Its version stands outside, in token_version, and outlives an
// uninstall, so that a refresh which was under way then cannot overwrite the tokens of the next install.
type tokenDoc struct {
	Sealed         string   `bson:"sealed"` // sealedPair, encrypted for this shop
	AccessExpires  date     `bson:"access_expires"`
	RefreshExpires date     `bson:"refresh_expires"`
	Scopes         []string `bson:"scopes"`
}

// sealedPair is what is encrypted.
type sealedPair struct {
	Access  string `json:"access"`
	Refresh string `json:"refresh"`
}

func (db Tokens) newTokenDoc(shop tenant.ShopID, t tenant.Tokens) (tokenDoc, error) {
	plain, err := json.Marshal(sealedPair{string(t.Access), string(t.Refresh)})
	if err != nil {
		return tokenDoc{}, err
	}
	sealed, err := db.keyring.Seal(tokenPurpose, string(shop), plain)
	return tokenDoc{sealed, date(t.AccessExpires), date(t.RefreshExpires), t.Scopes}, err
}

func (db Tokens) openTokenDoc(shop tenant.ShopID, d tokenDoc, version int64) (tenant.Tokens, error) {
	plain, err := db.keyring.Open(tokenPurpose, string(shop), d.Sealed)
	if err != nil {
		return tenant.Tokens{}, fault.ForLog(fault.Internal, "the shop's tokens cannot be decrypted: %w", err)
	}

	var pair sealedPair
	if err := json.Unmarshal(plain, &pair); err != nil {
		return tenant.Tokens{}, fault.ForLog(fault.Internal, "the shop's tokens cannot be read: %w", err)
	}

	return tenant.Tokens{
		Access:         tenant.Secret(pair.Access),
		AccessExpires:  time.Time(d.AccessExpires),
		Refresh:        tenant.Secret(pair.Refresh),
		RefreshExpires: time.Time(d.RefreshExpires),
		Scopes:         d.Scopes,
		Version:        version,
	}, nil
}

// SaveInstall keeps the tokens of a merchant's visit and returns the shop: a first install, the next generation after
// an uninstall (to be set up anew), or simply new tokens of the same install. A cleaned shop stays cleaned: a visit is
// no word that the merchant wants to start again. The version of the pair is counted up here; t.Version does not matter.
func (db Tokens) SaveInstall(
	ctx context.Context, shop tenant.ShopID, t tenant.Tokens, at time.Time,
) (tenant.Shop, error) {
	tokens, err := db.newTokenDoc(shop, t)
	if err != nil {
		return tenant.Shop{}, failed("save install", err)
	}

	doc, err := db.install(ctx, shop, tokens, at)
	if mongo.IsDuplicateKeyError(err) { // two first visits at once
		doc, err = db.install(ctx, shop, tokens, at)
	}
	if err == nil && doc.Status == tenant.Installed {
		err = db.thaw(ctx, shop)
	}
	return doc.toDomain(), failed("save install", err)
}

// install runs a pipeline over the shop's document. In: the document, or only its key. Out: status installed unless it
// is cleaned, tokens and token_version replaced; where there was no living install, install counted up, installed_at set
// and profile_at cleared.
func (db Tokens) install(ctx context.Context, shop tenant.ShopID, tokens tokenDoc, at time.Time) (shopDoc, error) {
	fresh := bson.D{{Key: "$not", Value: bson.D{{Key: "$in", Value: bson.A{"$status", withTokens}}}}}
	when := func(then, otherwise any) bson.D { return bson.D{{Key: "$cond", Value: bson.A{fresh, then, otherwise}}} }
	pipeline := mongo.Pipeline{{{Key: "$set", Value: bson.D{
		{Key: "install", Value: bson.D{{Key: "$add", Value: bson.A{orZero("$install"), when(1, 0)}}}},
		{Key: "installed_at", Value: when(date(at), "$installed_at")},
		{Key: "profile_at", Value: when(nil, "$profile_at")},
		{Key: "show_at", Value: nil}, // what was refused for want of a token is due
		{Key: "status", Value: ifCleaned(tenant.Cleaned, tenant.Installed)},
		{Key: "tokens", Value: literal(tokens)},
		{Key: "token_version", Value: bson.D{{Key: "$add", Value: bson.A{orZero("$token_version"), int64(1)}}}},
	}}}}

	var doc shopDoc
	after := options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)
	err := db.shops.FindOneAndUpdate(ctx, byShop(shop), pipeline, after).Decode(&doc)
	return doc, err
}

// ifCleaned is one value for a cleaned shop and another for others, in a pipeline.
func ifCleaned(then, otherwise any) bson.D {
	cleaned := bson.D{{Key: "$eq", Value: bson.A{"$status", tenant.Cleaned}}}
	return bson.D{{Key: "$cond", Value: bson.A{cleaned, then, otherwise}}}
}

// literal keeps a pipeline from reading a value as an expression.
func literal(v any) bson.D { return bson.D{{Key: "$literal", Value: v}} }

// orZero is a number field that may be missing.
func orZero(field string) bson.D {
	return bson.D{{Key: "$ifNull", Value: bson.A{field, int64(0)}}}
}

// lasting are the statuses of an install that goes on: its shop has tokens. Those of a closed shop are kept, to ask
// whether it still is closed.
var lasting = []tenant.Status{tenant.Installed, tenant.NeedsVisit, tenant.Unpaid, tenant.Locked}

// withTokens are the statuses of all shops that have tokens. A cleaned one is asked what is left in it.
var withTokens = append(slices.Clone(lasting), tenant.Cleaned)

// closed are the statuses of shops that Shopify has closed.
var closed = slices.DeleteFunc(slices.Clone(lasting), func(s tenant.Status) bool { return !s.Closed() })

// LoadTokens returns the shop's token pair. Unauthorized: the app is not installed there, or the shop needs a
// merchant's visit.
func (db Tokens) LoadTokens(ctx context.Context, shop tenant.ShopID) (tenant.Tokens, error) {
	type tokensOf struct {
		Status  tenant.Status `bson:"status"`
		Tokens  tokenDoc      `bson:"tokens"`
		Version int64         `bson:"token_version"`
	}

	only := bson.D{{Key: "status", Value: 1}, {Key: "tokens", Value: 1}, {Key: "token_version", Value: 1}}
	doc, err := findOne[tokensOf](ctx, db.shops, byShop(shop), options.FindOne().SetProjection(only))
	err = failed("load tokens", err)
	switch {
	case err != nil && !fault.Is(err, fault.NotFound):
		return tenant.Tokens{}, err
	case err != nil, doc.Status == tenant.NeedsVisit, doc.Tokens.Sealed == "", !slices.Contains(withTokens, doc.Status):
		return tenant.Tokens{}, failed("load tokens", fault.New(fault.Unauthorized, "app_not_opened"))
	}

	tokens, err := db.openTokenDoc(shop, doc.Tokens, doc.Version)
	return tokens, failed("load tokens", err)
}

// SwapTokens replaces the pair of the given version by next, which becomes version+1, while the lease is held under
// which next was asked for. Conflict: the pair changed meanwhile, or the lease was lost: whoever holds it now may have
// been given a later pair, which ends this one.
//
// Pipeline in: status. Out: tokens, token_version; status installed, but for a cleaned shop, which stays that.
func (db Tokens) SwapTokens(ctx context.Context, lease tenant.Lease, version int64, next tenant.Tokens) error {
	tokens, err := db.newTokenDoc(lease.Shop, next)
	if err != nil {
		return failed("swap tokens", err)
	}

	fields := bson.D{
		{Key: "tokens", Value: literal(tokens)},
		{Key: "token_version", Value: version + 1},
		{Key: "status", Value: ifCleaned(tenant.Cleaned, tenant.Installed)},
	}

	return failed("swap tokens", db.inTransaction(ctx, func(ctx context.Context) error {
		if err := db.useLease(ctx, lease); err != nil {
			return err
		}
		return db.ifVersion(ctx, lease.Shop, version, withTokens, mongo.Pipeline{set(fields)})
	}))
}

// MarkNeedsVisit notes that the pair of the given version is refused for good. A cleaned shop stays that, and loses the
// pair. Conflict: the pair changed meanwhile.
//
// Pipeline in: status, tokens. Out: both.
func (db Tokens) MarkNeedsVisit(ctx context.Context, shop tenant.ShopID, version int64) error {
	refused := mongo.Pipeline{set(bson.D{
		{Key: "tokens", Value: ifCleaned("$$REMOVE", "$tokens")},
		{Key: "status", Value: ifCleaned(tenant.Cleaned, tenant.NeedsVisit)},
	})}
	if err := db.ifVersion(ctx, shop, version, withTokens, refused); err != nil {
		return failed("mark needs visit", err)
	}
	return failed("mark needs visit", db.freeze(ctx, shop))
}

// MarkClosed notes that Shopify has closed the shop, as the pair of the given version was told, and freezes its work.
// Conflict: the pair changed meanwhile, or the shop is cleaned, and stays that: it must not be found open again.
func (db Tokens) MarkClosed(ctx context.Context, shop tenant.ShopID, version int64, status tenant.Status) error {
	told := set(bson.D{{Key: "status", Value: status}})
	if err := db.ifVersion(ctx, shop, version, lasting, told); err != nil {
		return failed("mark closed", err)
	}
	return failed("mark closed", db.freeze(ctx, shop))
}

// MarkOpen notes that Shopify answers for the shop again, and thaws its work. A shop that is not closed stays as it is.
func (db Tokens) MarkOpen(ctx context.Context, shop tenant.ShopID) error {
	still := byShop(shop, bson.E{Key: "status", Value: anyOf(closed)})
	found, err := updateOne(ctx, db.shops, still, set(bson.D{{Key: "status", Value: tenant.Installed}}))
	if err == nil && found {
		err = db.thaw(ctx, shop)
	}
	return failed("mark open", err)
}

// MarkCleaned freezes the shop's work until the merchant starts again, and opens its cleanup. Unauthorized: Shopify does
// not answer the app for the shop, or has closed it.
func (db Tokens) MarkCleaned(ctx context.Context, shop tenant.ShopID) error {
	open := byShop(shop, bson.E{Key: "status", Value: anyOf([]tenant.Status{tenant.Installed, tenant.Cleaned})})
	found, err := updateOne(ctx, db.shops, open, set(bson.D{
		{Key: "status", Value: tenant.Cleaned}, {Key: "cleanup", Value: cleanupDoc{Open: true}},
	}))
	if err == nil && !found {
		err = fault.New(fault.Unauthorized, "app_not_opened")
	}
	if err == nil {
		err = db.freeze(ctx, shop)
	}
	return failed("mark cleaned", err)
}

// SaveCleanup keeps how far the shop's cleanup has come. Conflict: the shop is not cleaned any more.
func (db Tokens) SaveCleanup(ctx context.Context, shop tenant.ShopID, c tenant.Cleanup) error {
	cleaned := byShop(shop, bson.E{Key: "status", Value: tenant.Cleaned})
	found, err := updateOne(ctx, db.shops, cleaned, set(bson.D{{Key: "cleanup", Value: cleanupDoc(c)}}))
	if err == nil && !found {
		err = fault.New(fault.Conflict, "changed_meanwhile")
	}
	return failed("save cleanup", err)
}

// StartAgain makes a cleaned shop a new install, to be set up anew, and thaws its work. Conflict: it is not cleaned, or
// its cleanup is not done.
func (db Tokens) StartAgain(ctx context.Context, shop tenant.ShopID, at time.Time) error {
	done := byShop(shop,
		bson.E{Key: "status", Value: tenant.Cleaned},
		bson.E{Key: "cleanup.open", Value: bson.D{{Key: "$ne", Value: true}}},
	)
	found, err := updateOne(ctx, db.shops, done, set(
		bson.D{
			{Key: "status", Value: tenant.Installed}, {Key: "installed_at", Value: date(at)},
			{Key: "profile_at", Value: nil}, {Key: "show_at", Value: nil},
		},
		bson.E{Key: "$inc", Value: bson.D{{Key: "install", Value: 1}}},
		bson.E{Key: "$unset", Value: bson.D{{Key: "cleanup", Value: ""}}},
	))
	if err == nil && !found {
		err = fault.New(fault.Conflict, "changed_meanwhile")
	}
	if err == nil {
		err = db.thaw(ctx, shop)
	}
	return failed("start again", err)
}

// ifVersion updates the shop while it has the token pair of the given version and one of the statuses. Conflict: that
// changed meanwhile.
func (db Tokens) ifVersion(
	ctx context.Context, shop tenant.ShopID, version int64, in []tenant.Status, update any,
) error {
	asRead := byShop(shop, bson.E{Key: "token_version", Value: version}, bson.E{Key: "status", Value: anyOf(in)})
	found, err := updateOne(ctx, db.shops, asRead, update)
	if err == nil && !found {
		return fault.New(fault.Conflict, "changed_meanwhile")
	}
	return err
}
