package store

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/figures"
	"twofold/referral"
)

// index is one index of a collection. Its name is for ever: another definition needs another name and a migration.
type index struct {
	collection string
	name       string
	keys       bson.D
	unique     bool
	partial    string        // a flag: only documents in which it is true are in the index
	expires    bool          // TTL: a document is removed when the date in its key has passed
	after      time.Duration // by so much
	only       bson.D        // no other documents are in the index, or removed by it
}

// keepUnused is how long what came to nothing is kept after its end. No order that Shopify still shows the app (60
// days) can rest on it then: a claim's links count for a year at most.
const keepUnused = 400 * 24 * time.Hour

// indexes lists every index beside those of _id, which begin with the shop and serve all look-ups by key. Unique
// indexes, and all that serve one shop's requests, begin with the shop. Partial ones are asked for by naming their
// flag.
var indexes = []index{
	// ShopsToSetUp, ShopsToReconcile, ShopsWithIdleTokens: sweeps.
	{collection: "shops", name: "to_set_up", keys: ascending("status", "profile_at", "_id")},
	{collection: "shops", name: "to_reconcile", keys: ascending("status", "reconciled_at", "_id")},
	{collection: "shops", name: "idle_tokens", keys: ascending("status", "tokens.refresh_expires", "_id")},

	// ShopsToShow, the longest waiting first: a sweep. Of campaigns, those that are marked.
	{collection: "shops", name: "to_show", keys: ascending("status", "show_at", "_id")},
	{collection: "campaigns", name: "unshown", keys: ascending("frozen", "shop"), partial: "unshown"},

	// ListCampaigns: newest first.
	{
		collection: "campaigns",
		name:       "newest",
		keys:       bson.D{{Key: "shop", Value: 1}, {Key: "created_at", Value: -1}, {Key: "version", Value: -1}},
	},
	// ActiveCampaigns: a sweep.
	{collection: "campaigns", name: "by_state", keys: ascending("state", "shop", "id", "version")},
	// CampaignsWithShare: a sweep.
	{collection: "campaigns", name: "share", keys: ascending("state", "frozen", "shop"), partial: "has_share"},
	// CampaignsToTend, the longest waiting first: a sweep.
	{collection: "campaigns", name: "tend", keys: ascending("frozen", "tend_at")},
	// CampaignsToWatch, the longest waiting first: a sweep.
	{collection: "campaigns", name: "watch", keys: ascending("frozen", "watch_at")},

	// FindAdvocateByCustomer; a customer is one advocate.
	{
		collection: "advocates",
		name:       "customer",
		keys:       ascending("shop", "customer"),
		unique:     true,
		partial:    "has_customer",
	},
	// FindAdvocateByOrder, TieAdvocate; an order makes one advocate.
	{collection: "advocates", name: "order", keys: ascending("shop", "order"), unique: true, partial: "has_order"},
	// FindAdvocateByCode, Nominated; a code is one advocate's.
	{collection: "advocates", name: "codes", keys: ascending("shop", "codes"), unique: true},
	// ListAdvocates, in the order in which they joined.
	{collection: "advocates", name: "joined", keys: ascending("shop", "joined_at", "id")},
	// CountAgreed, the newest version first.
	{collection: "advocates", name: "agreed", keys: ascending("shop", "agreed.version")},
	// AdvocatesByEmails, MarkAdvocates.
	{collection: "advocates", name: "emails", keys: ascending("shop", "emails")},
	// AdvocatesWithoutShare, in the order in which they joined.
	{collection: "advocates", name: "shared", keys: ascending("shop", "shared", "joined_at", "id")},

	// ClaimsByKeys; a key has one claim in a campaign.
	{collection: "claims", name: "keys", keys: ascending("shop", "campaign", "keys"), unique: true},
	// ClaimsOf by code, current or former; a code is one claim's.
	{collection: "claims", name: "codes", keys: ascending("shop", "codes"), unique: true, partial: "has_codes"},
	// ClaimsOf by address, Nominated.
	{collection: "claims", name: "emails", keys: ascending("shop", "emails.hash"), partial: "has_emails"},
	// ClaimsOf by customer, Nominated.
	{collection: "claims", name: "customer", keys: ascending("shop", "customer")},
	// CountOpenClaims, StopCounting.
	{collection: "claims", name: "counted", keys: ascending("shop", "touches.advocate", "counts_until")},
	// CampaignFigures.
	{collection: "claims", name: "campaign_counted", keys: ascending("shop", "campaign", "counts_until")},

	// ForgetMarks, the longest due first; ShopsToForget: a sweep.
	{collection: "claims", name: "forget", keys: ascending("shop", "forget_at"), partial: "forgets"},
	{collection: "orders", name: "forget", keys: ascending("shop", "forget_at"), partial: "forgets"},
	{collection: "advocates", name: "forget", keys: ascending("shop", "forget_at"), partial: "forgets"},

	// CountNetwork.
	{collection: "claim_networks", name: "network", keys: ascending("shop", "advocate", "network", "at")},
	{collection: "claim_networks", name: "expired", keys: ascending("expire_at"), expires: true},

	// MissingOf, newest first.
	{
		collection: "missing",
		name:       "customer",
		keys:       bson.D{{Key: "shop", Value: 1}, {Key: "customer", Value: 1}, {Key: "at", Value: -1}},
	},
	// MissingDue, the longest waiting first; ShopsWithMissing: a sweep.
	{collection: "missing", name: "open", keys: ascending("shop", "look_at"), partial: "open"},
	// CountMissingAdded.
	{collection: "missing", name: "added", keys: ascending("shop", "added"), partial: "is_added"},
	{collection: "missing", name: "expired", keys: ascending("expire_at"), expires: true},

	// Removes what was asked for, and its address, some time after.
	{collection: "sign_ins", name: "expired", keys: ascending("expire_at"), expires: true},

	// DrawCode, FindCodeByHolder; a holder has one code.
	{collection: "codes", name: "holder", keys: ascending("shop", "holder"), unique: true, partial: "has_holder"},
	// DrawCode at a random place; CountCodes, CountPromised, EndFreeCodes.
	{collection: "codes", name: "pool", keys: ascending("shop", "campaign", "version", "side", "state", "r")},
	// ListCodes of a pool and a state, oldest change first.
	{collection: "codes", name: "pool_by_age", keys: ascending("shop", "campaign", "version", "side", "state", "at")},
	// ListCodes of a state (dying ones), oldest change first; ShopsWithDyingCodes: a sweep.
	{
		collection: "codes",
		name:       "unsettled",
		keys:       ascending("shop", "state", "at", "campaign", "version"),
		partial:    "unsettled",
	},
	// PersonalCodes, in the alphabet's order.
	{collection: "codes", name: "personal", keys: ascending("shop", "code"), partial: "personal"},
	// CountRemade.
	{
		collection: "codes",
		name:       "remade",
		keys:       ascending("shop", "campaign", "version", "side", "remade_at"),
		partial:    "remade",
	},
	// EndHeldCodes; ShopsWithEndingCodes: a sweep.
	{collection: "codes", name: "ending", keys: ascending("shop", "ends_at"), partial: "ends"},

	// LoadFacts: the friend's orders.
	{collection: "orders", name: "customer", keys: ascending("shop", "snapshot.customer", "snapshot.processed_at")},
	// LoadFacts: the orders that carry a reward's code. CountOrdersWithCode.
	{collection: "orders", name: "codes", keys: ascending("shop", "snapshot.codes")},
	// LoadFacts: others of the advocates' links, nearest in time; who shares a tie with the friend.
	{collection: "referrals", name: "beside", keys: ascending("shop", "near.advocates", "near.at", "friend"), only: where("near.advocates")},
	{collection: "referrals", name: "tied", keys: ascending("shop", "near.ties", "near.at", "friend"), only: where("near.ties")},
	// RaiseAround.
	{collection: "referrals", name: "waiting", keys: ascending("shop", "near.advocates"), partial: "waiting"},
	// ToLook; ShopsToLook: a sweep.
	{collection: "referrals", name: "look", keys: ascending("shop", "friend", "look_rev"), partial: "has_look"},
	// LoadFacts: others' orders that were paid with the friend's cards. FriendsWithCards.
	{collection: "orders", name: "cards", keys: ascending("shop", "snapshot.cards")},
	// UnreadOrders, the longest waiting first.
	{collection: "orders", name: "unread", keys: ascending("shop", "unread.at"), partial: "is_unread"},
	// DisputesDue, the longest waiting first.
	{collection: "orders", name: "disputes_due", keys: ascending("shop", "disputes_due"), partial: "has_disputes_due"},
	// MergeAdvocates: what names an advocate, and mostly none.
	{collection: "orders", name: "visited", keys: ascending("shop", visitor), only: where(visitor)},
	{collection: "referrals", name: "acts", keys: ascending("shop", "acts.advocate"), only: where("acts.advocate")},
	{
		collection: "referrals",
		name:       "appeals",
		keys:       ascending("shop", "appeals.advocate"),
		only:       where("appeals.advocate"),
	},
	{collection: "mails", name: "advocate", keys: ascending("shop", "advocate")},
	// OrdersNamed.
	{collection: "orders", name: "name", keys: ascending("shop", "snapshot.name")},

	// ListReferrals: newest order first.
	{
		collection: "referrals",
		name:       "newest",
		keys:       bson.D{{Key: "shop", Value: 1}, {Key: "at", Value: -1}, {Key: "friend", Value: 1}},
	},
	// FindReferrals, CountStates: a page of the merchant's list, in one state or several.
	{collection: "referrals", name: "listed", keys: inList("state")},
	// FindReferrals: those of one reason.
	{collection: "referrals", name: "listed_reason", keys: inList("state", "reason")},
	// FindReferrals: those of one campaign.
	{collection: "referrals", name: "listed_campaign", keys: inList("campaign", "state")},
	// FindReferrals: those of one advocate.
	{collection: "referrals", name: "listed_advocate", keys: inList("advocate", "state")},
	// FindReferrals, CountStates: those of which something is owed.
	{collection: "referrals", name: "listed_owed", keys: inList("owes"), partial: "owes"},
	// ReferralsOf: an advocate's, newest order first. RaiseFactsOf, CountFriends.
	{
		collection: "referrals",
		name:       "advocate",
		keys: bson.D{
			{Key: "shop", Value: 1},
			{Key: "advocate", Value: 1},
			{Key: "at", Value: -1},
			{Key: "friend", Value: 1},
		},
	},
	// FriendsWithCodes.
	{collection: "referrals", name: "issued", keys: ascending("shop", "issues.code")},
	// FriendsWithDiscount.
	{collection: "referrals", name: "issued_discount", keys: ascending("shop", "issues.discount")},
	// CountReleases.
	{collection: "referrals", name: "granted", keys: ascending("shop", "release.advocate", "release.at")},
	// OwedOf, oldest order first.
	{collection: "referrals", name: "owed", keys: ascending("shop", "advocate", "at", "order_number"), partial: "owes"},
	// CountPromised: rewards of a version that may still be given.
	{
		collection: "referrals",
		name:       "promised_friend",
		keys:       ascending("shop", "rewards.friend.campaign", "rewards.friend.version", "rewards.friend.state"),
	},
	{
		collection: "referrals",
		name:       "promised_advocate",
		keys: ascending(
			"shop", "rewards.advocate.campaign", "rewards.advocate.version", "rewards.advocate.state",
		),
	},
	// CampaignFigures.
	{
		collection: "referrals",
		name:       "campaign",
		keys:       ascending("shop", "campaign", "version", "state", "test", "reason", "at"),
	},
	// DueReleases, in the order of release.
	{
		collection: "referrals",
		name:       "releases",
		keys:       ascending("shop", "work", "release_at", "order_number"),
		partial:    "has_work",
	},
	// DueWork, ShopsWithReleases: sweeps.
	{
		collection: "referrals",
		name:       "work",
		keys:       ascending("work", "release_at", "shop", "friend"),
		partial:    "has_work",
	},
	// DueWork, of what waits until Shopify is to be asked again: a sweep.
	{collection: "referrals", name: "asks", keys: ascending("work", "ask_at", "shop", "friend"), partial: "has_work"},
	// RaiseFactsWaiting.
	{collection: "referrals", name: "waits_for", keys: ascending("shop", "waits_for"), partial: "has_waits_for"},
	// Uncounted; ShopsToCount: a sweep.
	{collection: "referrals", name: "uncounted", keys: ascending("shop", "count_at"), partial: "to_count"},
	// thaw, ThawInstalled: a sweep.
	{collection: "campaigns", name: "frozen", keys: ascending("shop", "frozen"), partial: "frozen"},
	{collection: "referrals", name: "frozen", keys: ascending("shop", "frozen"), partial: "frozen"},
	// Undecided: a sweep.
	{collection: "referrals", name: "undecided", keys: ascending("shop", "friend"), partial: "undecided"},

	// ListDeliveries, oldest first; CountDeliveries; ShopsWithDeliveries: a sweep. A delivery leaves it when it is
	// done.
	{collection: "deliveries", name: "open", keys: ascending("shop", "received_at", "due_at", "open"), partial: "open"},
	// CountDeliveries: waiting and poisoned ones.
	{collection: "deliveries", name: "kept", keys: ascending("shop", "state", "kept"), partial: "kept"},
	// Removes what is done with. MongoDB lets a TTL index have one field only.
	{collection: "deliveries", name: "expired", keys: ascending("expire_at"), expires: true},

	// WaitingDeliveries: a sweep.
	{collection: "deliveries", name: "waiting", keys: ascending("state", "topic", "shop", "id"), partial: "kept"},
	// Removes claims by which nobody ever ordered, and codes that are gone. Advocates' codes stay: they may be made
	// anew.
	{
		collection: "claims",
		name:       "unused",
		keys:       ascending("expires_at"),
		expires:    true,
		after:      keepUnused,
		only:       bson.D{{Key: "customer", Value: ""}},
	},
	{collection: "codes", name: "dead", keys: ascending("at"), expires: true, after: keepUnused, only: bson.D{
		{Key: "state", Value: referral.CodeDead}, {Key: "side", Value: anyOf(referral.Sides)},
	}},
	// ListReports, RemoveReports: a shop has few.
	{collection: "privacy_reports", name: "shop", keys: ascending("shop", "at")},
	// Removes reports that nobody fetched.
	{collection: "privacy_reports", name: "expired", keys: ascending("expire_at"), expires: true},
	// Removes what is no longer remembered.
	{collection: "tombstones", name: "expired", keys: ascending("expire_at"), expires: true},

	// AuditAbout, AllAuditAbout, newest first; ForgetReasons.
	{
		collection: "audit",
		name:       "about",
		keys:       bson.D{{Key: "shop", Value: 1}, {Key: "about", Value: 1}, {Key: "at", Value: -1}},
	},

	// ShopsToCount, of those whose day has ended: a sweep.
	{collection: "shops", name: "figures_due", keys: ascending("figures_due", "_id")},
	// TopAdvocates.
	{
		collection: "advocate_days",
		name:       "top",
		keys: bson.D{
			{Key: "shop", Value: 1}, {Key: "day", Value: 1}, {Key: "currency", Value: 1},
			{Key: "sums." + string(figures.Revenue), Value: -1}, {Key: "advocate", Value: 1}, {Key: "orders", Value: 1},
		},
		only: bson.D{{Key: "orders", Value: bson.D{{Key: "$gt", Value: 0}}}},
	},
	// Standings.
	{collection: "advocate_days", name: "standing", keys: ascending("shop", "advocate"), partial: "standing"},
	// FunnelOf, FunnelDays.
	{collection: "funnel_days", name: "total", keys: ascending("shop", "campaign", "advocate", "day")},
	// ListTerms, newest first; a version is written once.
	{
		collection: "terms",
		name:       "version",
		keys:       bson.D{{Key: "shop", Value: 1}, {Key: "version", Value: -1}},
		unique:     true,
	},
	// DueMails, the longest waiting first; ShopsWithMail: a sweep. A mail leaves it when it has an outcome.
	{collection: "mails", name: "due", keys: ascending("shop", "due_at"), partial: "open"},
	// DueMails, of those that somebody waits for.
	{collection: "mails", name: "urgent", keys: ascending("shop", "due_at", "open"), partial: "urgent"},
	// Removes mails some time after their outcome.
	{collection: "mails", name: "expired", keys: ascending("expire_at"), expires: true},
}

// collections lists all tenant collections; budgets, leases, figure_days, mail_stops and mail_words
// are only asked for by _id.
var collections = []string{
	"shops", "campaigns", "advocates", "audit", "claims", "claim_networks", "codes", "orders", "referrals", "deliveries",
	"budgets", "leases", "funnel_days", "figure_days", "advocate_days", "terms", "tombstones", "privacy_reports",
	"mails", "mail_stops", "mail_words", "missing", "sign_ins",
}

func ascending(fields ...string) bson.D {
	return each(fields, func(field string) bson.E { return bson.E{Key: field, Value: 1} })
}

// visitor is the field of an order that names the advocate of the visit in its cart.
const visitor = "snapshot.visit.advocate"

// where is the condition of an index over the documents that have a field.
func where(field string) bson.D {
	return bson.D{{Key: field, Value: bson.D{{Key: "$exists", Value: true}}}}
}

// inList are the keys of an index that finds referrals of a lane by some fields, in the order of lists.
func inList(fields ...string) bson.D {
	keys := append(ascending("shop", "test"), ascending(fields...)...)
	return append(keys, bson.E{Key: "at", Value: -1}, bson.E{Key: "friend", Value: 1})
}

// filter is the condition of a partial index, nil for a full one. A TTL index covers only documents that have its date.
func (i index) filter() bson.D {
	switch {
	case i.partial != "":
		return bson.D{{Key: i.partial, Value: true}}
	case i.expires:
		return append(where(i.keys[0].Key), i.only...)
	}
	return i.only
}

func (i index) model() mongo.IndexModel {
	o := options.Index().SetName(i.name)
	if i.unique {
		o.SetUnique(true)
	}
	if i.expires {
		o.SetExpireAfterSeconds(int32(i.after.Seconds()))
	}
	if f := i.filter(); f != nil {
		o.SetPartialFilterExpression(f)
	}
	return mongo.IndexModel{Keys: i.keys, Options: o}
}
