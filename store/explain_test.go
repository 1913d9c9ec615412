package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"

	"twofold/codes"
	"twofold/figures"
	"twofold/inbox"
	"twofold/referral"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

// recorder keeps the commands that a store sends while it is on.
type recorder struct {
	mu       sync.Mutex
	on       bool
	commands []bson.D
}

func (r *recorder) monitor() *event.CommandMonitor {
	return &event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		r.mu.Lock()
		defer r.mu.Unlock()
		var command bson.D
		if r.on && bson.Unmarshal(e.Command, &command) == nil {
			r.commands = append(r.commands, command)
		}
	}}
}

// during records what fn makes the store send.
func (r *recorder) during(fn func()) []bson.D {
	r.mu.Lock()
	r.on, r.commands = true, nil
	r.mu.Unlock()
	fn()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on = false
	return r.commands
}

// field returns a field of a document, nil if it has none.
func field(d bson.D, name string) any {
	for _, e := range d {
		if e.Key == name {
			return e.Value
		}
	}
	return nil
}

// filterOf returns what a command selects documents by; nil for commands that select none.
func filterOf(command bson.D) bson.D {
	first := func(v any) bson.D {
		list, _ := v.(bson.A)
		if len(list) == 0 {
			return nil
		}
		d, _ := list[0].(bson.D)
		return d
	}
	var filter any
	switch command[0].Key {
	case "find":
		filter = field(command, "filter")
	case "findAndModify", "count", "distinct":
		filter = field(command, "query")
	case "update":
		filter = field(first(field(command, "updates")), "q")
	case "delete":
		filter = field(first(field(command, "deletes")), "q")
	case "aggregate":
		filter = field(first(field(command, "pipeline")), "$match")
	}
	d, _ := filter.(bson.D)
	return d
}

// plan is what explain says of how a command was run.
type plan struct {
	stages   []string
	firsts   []string // first field of each index used
	examined int64
	keys     int64
	returned int64
}

// explain runs a command again under explain.
func explain(t *testing.T, s *store.Store, command bson.D) plan {
	t.Helper()
	var bare bson.D
	for _, e := range command {
		switch e.Key {
		case "find", "filter", "sort", "limit", "projection", "findAndModify", "query", "update", "new", "fields", "upsert", "updates", "delete", "deletes",
			"aggregate", "pipeline", "cursor", "ordered", "hint":
			bare = append(bare, e)
		}
	}
	var answer bson.D
	err := s.Database().RunCommand(storetest.Context(t), bson.D{{Key: "explain", Value: bare}, {Key: "verbosity", Value: "executionStats"}}).Decode(&answer)
	if err != nil {
		t.Fatalf("explain %v: %v", bare, err)
	}
	var p plan
	p.walk(answer)
	return p
}

func (p *plan) walk(v any) {
	switch v := v.(type) {
	case bson.A:
		for _, one := range v {
			p.walk(one)
		}
	case bson.D:
		for _, e := range v {
			p.see(e)
		}
	}
}

func (p *plan) see(e bson.E) {
	n, _ := asInt(e.Value)
	switch e.Key {
	case "executionStages": // its counts are totalled above, but for how many an update found
		top, _ := e.Value.(bson.D)
		matched, _ := asInt(field(top, "nMatched"))
		p.returned = max(p.returned, matched)
		return
	case "rejectedPlans", "command", "allPlansExecution":
		return
	case "stage":
		p.stages = append(p.stages, fmt.Sprint(e.Value))
	case "keyPattern":
		if keys, ok := e.Value.(bson.D); ok {
			p.firsts = append(p.firsts, keys[0].Key)
		}
	case "totalDocsExamined":
		p.examined += n
	case "totalKeysExamined":
		p.keys += n
	case "nReturned":
		p.returned = max(p.returned, n)
	}
	p.walk(e.Value)
}

func asInt(v any) (int64, bool) {
	switch v := v.(type) {
	case int32:
		return int64(v), true
	case int64:
		return v, true
	}
	return 0, false
}

// populated is a shop with enough of everything that a wrong index shows in how much is examined.
type populated struct {
	shop     tenant.ShopID
	campaign referral.Campaign
	advocate referral.Advocate
	guest    referral.Advocate // who joined with an order
	claim    referral.Claim
	customer referral.CustomerID
	friend   referral.FriendID
	order    referral.Order
	decided  referral.Referral
	waits    referral.Referral // for its release, with others around it
	codes    []string
}

const decoys = 60

func populate(t *testing.T, ctx context.Context, s *store.Store) populated {
	t.Helper()
	p := populated{shop: storetest.Shop(t, s).ID, customer: storetest.Customer()}
	p.friend = referral.FriendOf(p.customer, false)
	p.campaign, p.advocate = storetest.Campaign(t, s, p.shop, tended(noon)), storetest.Advocate(t, s, p.shop)
	p.guest = storetest.Advocate(t, s, p.shop, func(a *referral.Advocate) { a.Customer, a.Order = "", "gid://shopify/Order/900" })
	p.codes = storetest.Codes(t, s, p.campaign, referral.FriendSide, 3)
	storetest.Codes(t, s, p.campaign, referral.AdvocateSide, decoys)
	for i := range decoys {
		other := storetest.Advocate(t, s, p.shop)
		friend := storetest.Customer()
		storetest.Claim(t, s, p.campaign, other, func(c *referral.Claim) {
			c.Customer, c.Code, c.Addresses, c.Seen = friend, fmt.Sprint("DECOY-", i), referral.GivenAt(noon, fmt.Sprint("k:", i)), seenAt(noon)
		})
		storetest.Campaign(t, s, storetest.NewShopID(), tended(noon.Add(time.Hour)),
			func(c *referral.Campaign) { c.State = referral.CampaignPaused })
		must(t, s.NoteShared(ctx, p.shop, p.campaign.ID, []referral.AdvocateID{other.ID}))
		must(t, s.AddCodes(ctx, p.shop, []referral.Code{
			{Code: fmt.Sprint("SHARE-", i), Campaign: p.campaign.Key(), Side: referral.ShareSide},
		}))
		storetest.Order(t, s, p.shop,
			func(o *referral.Order) {
				o.Customer, o.Codes, o.Marks.Networks = friend, []string{fmt.Sprint("DECOY-", i)}, []string{"k:n"}
			})
		decided(t, ctx, s, p.shop, referral.FriendOf(friend, false), func(r *referral.Referral) {
			r.State, r.Advocate, r.At = referral.Approved, other.ID, noon
			r.Issues = []referral.Issue{{Code: fmt.Sprint("ISSUED-", i)}}
			r.Release = &referral.Release{Advocate: other.ID, At: noon}
			r.Rewards = map[referral.Side]referral.Reward{referral.AdvocateSide: {State: referral.RewardOwed}}
			r.Work, r.AskAt = []referral.Work{referral.WorkNewness}, noon.Add(time.Hour)
			r.Neighbour.Traces = []referral.Trace{{Advocate: other.ID, At: noon, Cards: []string{fmt.Sprint("k:", i)}}}
		})
		insert(t, s, newDelivery(p.shop, fmt.Sprint("decoy-", i)))
		must(t, s.FinishDeliveries(ctx, p.shop, []string{fmt.Sprint("decoy-", i)}, inbox.Done, "", noon))
	}
	for range decoys / 3 { // the advocate's own, of which nothing is owed
		decided(t, ctx, s, p.shop, storetest.Friend(),
			func(r *referral.Referral) { r.Advocate, r.At = p.advocate.ID, noon })
	}
	get[referral.Code](t)(s.DrawCode(ctx, p.shop, p.campaign.Key(), referral.AdvocateSide, "rwd_1", noon, noon))
	for i := range decoys / 3 {
		holder := referral.CodeHolderID(fmt.Sprint("rwd_later_", i))
		get[referral.Code](t)(s.DrawCode(ctx, p.shop, p.campaign.Key(), referral.AdvocateSide, holder, noon,
			noon.Add(time.Hour)))
	}
	decided(t, ctx, s, p.shop, referral.FriendOf(storetest.Customer(), true), func(r *referral.Referral) {
		r.State, r.At = referral.Voided, noon
	})
	p.claim = storetest.Claim(t, s, p.campaign, p.advocate, func(c *referral.Claim) {
		c.Customer, c.Code, c.Former, c.Addresses = p.customer, "CODE", []string{"OLD"}, referral.GivenAt(noon, "k:e")
		c.Seen = seenAt(monthAgo)
	})
	must(t, s.SetSeen(ctx, p.shop, p.advocate.ID, seenAt(monthAgo)))
	p.order = storetest.Order(t, s, p.shop, func(o *referral.Order) {
		o.Customer, o.Codes, o.Emails, o.Cards = p.customer, []string{"CODE"}, []string{"k:e"}, []string{"k:c"}
		o.CreatedAt, o.Marks.Networks = monthAgo, []string{"k:n"}
	})
	storetest.Order(t, s, p.shop, func(o *referral.Order) { o.Codes, o.Cards = []string{"OLD"}, []string{"k:c"} })
	storetest.Order(t, s, p.shop, func(o *referral.Order) { o.Codes = []string{"REWARD"} })
	p.decided = decided(t, ctx, s, p.shop, p.friend, func(r *referral.Referral) {
		r.State, r.Advocate, r.At, r.ReleaseAt, r.Campaign = referral.Pending, p.advocate.ID, noon, noon, p.campaign.Key()
		r.Work = []referral.Work{referral.WorkRelease, referral.WorkHistory}
		r.Issues = []referral.Issue{{Code: "REWARD", Discount: "gid://shopify/DiscountCodeNode/77"}}
		r.Release = &referral.Release{Advocate: p.advocate.ID, At: noon}
		r.Rewards = map[referral.Side]referral.Reward{referral.AdvocateSide: {State: referral.RewardOwed}}
	})
	p.waits = populateWaits(t, ctx, s, p)
	insert(t, s, newDelivery(p.shop, "open"))
	return p
}

// monthAgo is when what was seen is due to be forgotten by noon.
var monthAgo = noon.AddDate(0, 0, -30)

// seenAt is one time that somebody was seen.
func seenAt(at time.Time) []referral.Sighting {
	return []referral.Sighting{{At: at, Networks: []string{"k:n"}, Agents: []string{"k:a"}, Referrer: "chat.example", Typed: []string{"k:e"}}}
}

// populateWaits adds a friend of the advocate's whose referral waits, and another who came by the link with the same card.
func populateWaits(t *testing.T, ctx context.Context, s *store.Store, p populated) referral.Referral {
	t.Helper()
	friend := storetest.Friend()
	storetest.Order(t, s, p.shop, func(o *referral.Order) {
		o.Customer, o.Codes, o.Cards, o.ProcessedAt = friend.Customer(), p.advocate.Codes, []string{"k:own"}, noon
	})
	storetest.Order(t, s, p.shop, func(o *referral.Order) { o.Customer = p.advocate.Customer })
	near(t, ctx, s, p.shop, storetest.Friend(), p.advocate.ID, noon, "k:own")
	near(t, ctx, s, p.shop, storetest.Friend(), p.advocate.ID, noon.Add(time.Hour))
	near(t, ctx, s, p.shop, referral.FriendOf(p.advocate.Customer, false), p.guest.ID, noon)
	return near(t, ctx, s, p.shop, friend, p.advocate.ID, noon, "k:own")
}

// tended gives a campaign shareable codes, and says when to look after its discounts.
func tended(at time.Time) func(*referral.Campaign) {
	return func(c *referral.Campaign) {
		c.TendAt, c.Discounts[referral.ShareSide] = at, "gid://shopify/DiscountCodeNode/1"
	}
}

// tenantCalls is every method that is about one shop.
func tenantCalls(ctx context.Context, s *store.Store, p populated) []func() error {
	drop := func(_ any, err error) error { return err }
	key, shop := p.campaign.Key(), p.shop
	asked := referral.Missing{Shop: shop, By: referral.FriendSide, Customer: p.customer, Order: "1001", At: noon, LookAt: noon}
	return []func() error{
		func() error { return drop(s.FindShop(ctx, shop)) },
		func() error { return s.SaveProfile(ctx, shop, tenant.Profile{}, noon) },
		func() error { return s.SaveSettings(ctx, shop, tenant.Settings{Join: tenant.BuyersJoin}) },
		func() error { return s.SaveReconciled(ctx, shop, noon, noon) },
		func() error { return drop(s.SaveProxy(ctx, shop, "/apps/friends")) },
		func() error { return drop(s.SaveProxy(ctx, shop, "/apps/friends")) },
		func() error {
			return s.SaveShown(ctx, tenant.Shop{ID: shop}, []referral.Campaign{p.campaign}, tenant.Shown{}, noon)
		},
		func() error { return drop(s.DisputesDue(ctx, shop, noon, 10)) },
		func() error { return s.PutOffDisputes(ctx, shop, "gid://shopify/Order/1", noon, noon) },
		func() error { return drop(s.LoadTokens(ctx, shop)) },
		func() error { return swap(ctx, s, shop, 1, storetest.Tokens()) },
		func() error { return s.MarkNeedsVisit(ctx, shop, 2) },
		func() error { return s.MarkClosed(ctx, shop, 2, tenant.Unpaid) },
		func() error { return s.MarkOpen(ctx, shop) },
		func() error { return drop(s.SaveInstall(ctx, shop, storetest.Tokens(), noon)) },
		func() error { return drop(s.FindCampaign(ctx, shop, key)) },
		func() error { return drop(s.ListCampaigns(ctx, shop)) },
		func() error {
			return drop(s.UpdateCampaign(ctx, shop, key, func(*referral.Campaign) error { return nil }))
		},
		func() error {
			return drop(s.MoveCodes(ctx, shop, p.codes[:1], referral.CodeFree, referral.CodeDying, noon))
		},
		func() error {
			return drop(s.ListCodes(ctx, shop, codes.Query{State: referral.CodeDying, Limit: 1}))
		},
		func() error {
			return drop(s.ListCodes(ctx, shop, codes.Query{
				Campaign: key,
				Side:     referral.FriendSide,
				State:    referral.CodeFree,
				Limit:    1,
			}))
		},
		func() error { return drop(s.CountCodes(ctx, shop, key, referral.FriendSide, referral.CodeFree)) },
		func() error { return drop(s.DrawCode(ctx, shop, key, referral.FriendSide, "clm_1", noon, time.Time{})) },
		func() error { return drop(s.FindCodes(ctx, shop, p.codes)) },
		func() error { return drop(s.PersonalCodes(ctx, shop, "A", 10)) },
		func() error { return drop(s.EndHeldCodes(ctx, shop, noon, 10)) },
		func() error { return drop(s.ForgetMarks(ctx, shop, noon, 10)) },
		func() error { return s.SetSeen(ctx, shop, p.advocate.ID, seenAt(noon)) },
		func() error { return drop(s.EndFreeCodes(ctx, shop, key, referral.FriendSide, noon)) },
		func() error { return s.MoveToDiscount(ctx, shop, key, referral.AdvocateSide, "d", noon) },
		func() error { return drop(s.GivenCodes(ctx, shop, key, referral.FriendSide)) },
		func() error { return drop(s.RemakeCodes(ctx, shop, p.codes, noon)) },
		func() error { return drop(s.CountRemade(ctx, shop, key, referral.FriendSide, noon)) },
		func() error { return drop(s.CodesOfReward(ctx, shop, "rwd_1")) },
		func() error { return s.RestoreCodes(ctx, shop, []referral.Code{{Code: p.codes[0]}}) },
		func() error { return drop(s.CountPromised(ctx, shop, key, referral.AdvocateSide, noon)) },
		func() error { return drop(s.CountPromised(ctx, shop, key, referral.FriendSide, noon)) },
		func() error { return drop(s.FindAdvocate(ctx, shop, p.advocate.ID)) },
		func() error { return drop(s.FindAdvocateByCode(ctx, shop, p.advocate.Code())) },
		func() error { return drop(s.FindAdvocateByCustomer(ctx, shop, p.advocate.Customer)) },
		func() error { return drop(s.FindAdvocateByOrder(ctx, shop, p.guest.Order)) },
		func() error {
			return drop(s.TieAdvocate(ctx, shop, p.guest.Order, "gid://shopify/Customer/1"))
		},
		func() error {
			return drop(s.NameGuests(ctx, shop, []string{"k:e", "old:e"}, referral.Naming{Order: p.order.ID, At: noon}))
		},
		func() error { return drop(s.ListAdvocates(ctx, shop, 1)) },
		func() error { return drop(s.PageAdvocates(ctx, shop, referral.AdvocateQuery{Limit: 1})) },
		func() error { return drop(s.NewestTest(ctx, shop, noon)) },
		func() error { return drop(s.NewestClaim(ctx, shop, p.campaign.ID)) },
		func() error {
			return drop(s.PageAdvocates(ctx, shop, referral.AdvocateQuery{From: p.advocate.Place(), Limit: 3}))
		},
		func() error {
			return drop(s.PageAdvocates(ctx, shop, referral.AdvocateQuery{From: p.advocate.Place(), Back: true, Limit: 3}))
		},
		func() error { return drop(s.Standings(ctx, shop, []referral.AdvocateID{p.advocate.ID, "adv_none"})) },
		func() error { return s.SetNote(ctx, shop, p.advocate.ID, referral.Note{Text: "k"}) },
		func() error { return drop(s.PutCodeFirst(ctx, shop, p.advocate.ID, p.advocate.Code())) },
		func() error { return s.NoteBrowser(ctx, shop, p.advocate.ID, "k") },
		func() error { return s.AddTerms(ctx, shop, tenant.Terms{Version: 1, Text: "Be kind."}) },
		func() error { return drop(s.FindTerms(ctx, shop, 1)) },
		func() error { return drop(s.ListTerms(ctx, shop, 1)) },
		func() error { return s.NoteAgreed(ctx, shop, p.advocate.ID, referral.Agreement{Version: 1, At: noon}) },
		func() error { return drop(s.CountAgreed(ctx, shop, 10)) },
		func() error { return s.SetAdvocateState(ctx, shop, p.advocate.ID, referral.AdvocateActive, noon) },
		func() error { return drop(s.AdvocatesWithoutShare(ctx, shop, p.campaign.ID, 10)) },
		func() error { return s.NoteShared(ctx, shop, p.campaign.ID, []referral.AdvocateID{p.advocate.ID}) },
		func() error { return s.ForgetShared(ctx, shop, []referral.AdvocateID{p.advocate.ID}) },
		func() error { return s.NoteShared(ctx, shop, p.campaign.ID, []referral.AdvocateID{p.advocate.ID}) },
		func() error { return drop(s.AdvocatesWithoutShare(ctx, shop, p.campaign.ID, 10)) },
		func() error { return drop(s.FindClaim(ctx, shop, p.claim.ID)) },
		func() error { return drop(s.ClaimsByKeys(ctx, shop, p.campaign.ID, p.claim.Keys)) },
		func() error {
			return drop(s.ClaimsOf(ctx, shop, referral.ClaimQuery{
				Customer: p.customer,
				Codes:    []string{"OLD"},
				IDs:      []referral.ClaimID{p.claim.ID},
				Emails:   []string{"k:e"},
			}))
		},
		func() error {
			return drop(s.UpdateClaim(ctx, shop, p.claim.ID, func(*referral.Claim) error { return nil }))
		},
		func() error {
			return drop(s.TellOfClaim(ctx, shop, p.claim.ID, func(*referral.Claim) ([]referral.Notice, error) {
				return toldTwice(p.advocate.ID), nil
			}))
		},
		func() error { return s.TieClaim(ctx, shop, p.claim.ID, p.customer, noon) },
		func() error { return drop(s.CountOpenClaims(ctx, shop, p.advocate.ID, noon, 10)) },
		func() error { return s.NoteNetwork(ctx, shop, p.claim.ID, p.advocate.ID, "k:n", noon) },
		func() error { return s.AddMissing(ctx, asked) },
		func() error { return drop(s.FindMissing(ctx, asked)) },
		func() error { return s.SaveMissing(ctx, asked) },
		func() error { return drop(s.MissingOf(ctx, shop, asked.Customer, noon.Add(-time.Hour), 5)) },
		func() error { return drop(s.MissingDue(ctx, shop, noon, 20)) },
		func() error { return drop(s.CountMissingAdded(ctx, shop, noon.Add(-time.Hour), 20)) },
		func() error { return drop(s.CountNetwork(ctx, shop, p.advocate.ID, "k:n", noon, 10)) },
		func() error { return s.StopCounting(ctx, shop, "adv_none", noon) },
		func() error {
			return drop(s.Nominated(ctx, shop, []referral.Nominee{{
				Order:    p.order.ID,
				Customer: p.customer,
				Codes:    []string{"CODE", p.codes[0]},
				Claim:    p.claim.ID,
				Ref:      p.advocate.Code(),
				Emails:   []string{"k:e"},
			}}))
		},
		func() error { return drop(s.TakeTicket(ctx, shop, p.order.ID)) },
		func() error { _, _, err := s.SaveSnapshot(ctx, p.order, 2); return err },
		func() error { _, _, err := s.SaveSnapshot(ctx, p.order, 1); return err },
		func() error { return s.AttachCustomer(ctx, shop, p.order.ID, p.customer) },
		func() error { return drop(s.CountOrdersWithCode(ctx, shop, "REWARD", 10)) },
		func() error { return drop(s.FindOrder(ctx, shop, p.order.ID)) },
		func() error { return drop(s.OrdersNamed(ctx, shop, p.order.Name)) },
		func() error { return drop(s.FriendsWithCodes(ctx, shop, []string{"REWARD"})) },
		func() error { return drop(s.FriendsWithCards(ctx, p.order)) },
		func() error {
			return drop(s.FriendsWithDiscount(ctx, shop, "gid://shopify/DiscountCodeNode/77"))
		},
		func() error { return drop(s.LoadFacts(ctx, p.decided)) },
		func() error { return drop(s.LoadFacts(ctx, p.waits)) },
		func() error { return drop(s.LinkNear(ctx, p.shop, p.advocate.ID, noon)) },
		func() error {
			return drop(s.AdvocatesByCustomers(ctx, shop, []referral.CustomerID{p.advocate.Customer}))
		},
		func() error { return drop(s.ToLook(ctx, shop, 10)) },
		func() error { return s.RaiseAround(ctx, shop, p.waits.LookAgain, p.waits.Friend) },
		func() error {
			return s.NoteLooked(ctx, shop, []referral.Looked{{Friend: p.waits.Friend, Rev: p.waits.LookRev}})
		},
		func() error { return drop(s.SettledIn(ctx, shop, "cmp_a", "2026-11")) },
		func() error {
			return drop(s.CountReleases(ctx, shop, p.advocate.ID, noon.Add(-time.Hour), noon.AddDate(1, 0, 0)))
		},
		func() error { return drop(s.OwedOf(ctx, shop, p.advocate.ID)) },
		func() error { return drop(s.CampaignFigures(ctx, shop, p.campaign.ID, "2026-11", noon)) },
		func() error { return drop(s.CampaignCost(ctx, shop, p.campaign.ID, "2026-11-01", "2026-11-30", "USD")) },
		func() error { return drop(s.ReferralsOf(ctx, shop, p.advocate.ID, 1)) },
		func() error { return drop(s.ListReferrals(ctx, shop, 1)) },
		func() error { return drop(s.FindReferrals(ctx, shop, referral.ListQuery{Limit: 5})) },
		func() error {
			return drop(s.FindReferrals(ctx, shop, referral.ListQuery{Limit: 5, From: referral.PlaceOf(p.decided)}))
		},
		func() error {
			return drop(s.FindReferrals(ctx, shop, referral.ListQuery{
				Limit: 5, From: referral.Place{At: noon.Add(-time.Minute), Friend: p.friend}, Back: true,
			}))
		},
		func() error {
			return drop(s.FindReferrals(ctx, shop, referral.ListQuery{
				Limit: 5, Reason: referral.ReasonSameEmail, States: []referral.State{referral.Flagged},
			}))
		},
		func() error {
			return drop(s.FindReferrals(ctx, shop, referral.ListQuery{Limit: 5, Campaign: p.campaign.ID}))
		},
		func() error {
			return drop(s.FindReferrals(ctx, shop, referral.ListQuery{Limit: 5, Advocate: p.advocate.ID}))
		},
		func() error { return drop(s.FindReferrals(ctx, shop, referral.ListQuery{Limit: 5, Owed: true})) },
		func() error { return drop(s.CreditedTo(ctx, shop, p.advocate.ID, 5)) },
		func() error { return drop(s.ReferralsOfFriends(ctx, shop, []referral.FriendID{p.friend})) },
		func() error {
			return drop(s.FindFriends(ctx, shop, referral.FriendQuery{
				Names: []string{p.order.Name}, Codes: []string{"CODE"}, Order: p.order.ID,
			}))
		},
		func() error { return drop(s.CountStates(ctx, shop)) },
		func() error {
			return s.AddAudit(ctx, shop, referral.AuditEntry{ID: "aud_1", At: noon, About: []string{string(p.order.ID)}})
		},
		func() error { return s.FinishAudit(ctx, shop, "aud_1", referral.AuditDone, string(p.advocate.ID)) },
		func() error { return drop(s.AuditAbout(ctx, shop, string(p.order.ID))) },
		func() error { return drop(s.AllAuditAbout(ctx, shop, string(p.order.ID))) },
		func() error { return s.ForgetReasons(ctx, shop, string(p.advocate.ID)) },
		func() error { return drop(s.FindAdvocates(ctx, shop, []referral.AdvocateID{p.advocate.ID})) },
		func() error { return drop(s.DueReleases(ctx, shop, noon, 1)) },
		func() error { return s.SaveDecision(ctx, p.decided, p.decided.FactsRev) },
		func() error { return s.SaveDecision(ctx, p.decided, p.decided.FactsRev, toldTwice(p.advocate.ID)...) },
		func() error { return s.AddSignIn(ctx, storetest.SignIn(shop, "sgn_1"), nil) },
		func() error { return drop(s.FindSignIn(ctx, shop, "sgn_1")) },
		func() error { return drop(s.TrySignIn(ctx, shop, "sgn_1")) },
		func() error { return s.OpenSignIn(ctx, shop, "sgn_1", noon.Add(time.Hour)) },
		func() error { return s.UseSignIn(ctx, shop, "sgn_1", noon) },
		func() error { return s.ForgetSignIns(ctx, shop, []string{"k:gina"}) },
		func() error { return s.SaveMailWords(ctx, shop, "de", "issued", map[string]string{"says": "Da!"}) },
		func() error { return drop(s.FindMailWords(ctx, shop, "de", "issued", "every")) },
		func() error { return drop(s.WordedMails(ctx, shop)) },
		func() error { return s.SaveMailWords(ctx, shop, "de", "issued", nil) },
		func() error { return drop(s.AdvocatesByEmails(ctx, shop, []string{"k:e", "old:e"})) },
		func() error { return drop(s.DueMails(ctx, shop, noon, 10)) },
		func() error { return drop(s.CountWaitingMails(ctx, shop, noon, 10)) },
		func() error { return drop(s.MailsTo(ctx, shop, p.customer, p.advocate.ID)) },
		func() error { return s.PutOffMail(ctx, shop, "issued/X", noon, true) },
		func() error { return s.FinishMail(ctx, shop, "issued/X", referral.MailSent, noon) },
		func() error { return s.StopMails(ctx, shop, "k:stop", referral.StopAsked, noon) },
		func() error { return drop(s.CountMails(ctx, shop, tenant.MailDay{Day: "2026-11-30", Sent: 1})) },
		func() error { return drop(s.MailWish(ctx, shop, []string{"k:stop", "old:stop"})) },
		func() error {
			return s.WishMails(ctx, shop, []string{"k:stop", "old:stop"}, referral.WishFor(nil), noon)
		},
		func() error { return s.NoteMerged(ctx, shop, "k:went", p.customer, "gid://shopify/Customer/2") },
		func() error { return drop(s.MergedInto(ctx, shop, []string{"k:went", "old:went"})) },
		func() error { return s.MoveMails(ctx, shop, p.customer, "gid://shopify/Customer/2") },
		func() error { return s.ForgetMails(ctx, shop, p.customer, []string{"k:stop"}) },
		func() error {
			l, err := s.AcquireLease(ctx, shop, "orders", time.Minute)
			if err != nil {
				return err
			}
			if err := s.Approve(ctx, l, one(p.decided, p.decided.FactsRev), settlement20()); err != nil {
				return err
			}
			return s.ReleaseLease(ctx, l)
		},
		func() error {
			l, err := s.AcquireLease(ctx, shop, "orders", time.Minute)
			if err != nil {
				return err
			}
			bounded := settlement20()
			bounded.Limit = storetest.USD("100")
			return s.Approve(ctx, l, one(p.decided, p.decided.FactsRev), bounded)
		},
		func() error {
			l, err := s.AcquireLease(ctx, shop, "figures", time.Minute)
			if err != nil {
				return err
			}
			due, err := s.Uncounted(ctx, shop, noon, 10)
			if err != nil {
				return err
			}
			all := []figures.Recount{{Counted: due[0]}}
			all[0].Is, all[0].Until = figures.Of(due[0].Referral, time.UTC, noon)
			difference := figures.Difference(all, "2026-11-20")
			difference.Advocates = difference.Advocates[:1] // one write can be explained, not a batch
			if err := s.SaveCounted(ctx, l, all, difference); err != nil {
				return err
			}
			if err := s.SaveTurn(ctx, l, "2026-11-21", noon, figures.Books{}); err != nil {
				return err
			}
			return s.RecountAll(ctx, l, "UTC")
		},
		func() error { return drop(s.AdvocatesOn(ctx, shop, "2026-11-20", "2026-11-27")) },
		func() error { return drop(s.ReadBooks(ctx, shop)) },
		func() error { return drop(s.FiguresSince(ctx, shop, "2026-11-01", "USD")) },
		func() error { _, _, err := s.TopAdvocates(ctx, shop, 30, "USD", 5, 100); return err },
		func() error {
			return drop(s.FunnelDays(ctx, shop, []referral.CampaignID{p.campaign.ID}, "2026-11-01"))
		},
		func() error { return drop(s.CountedAs(ctx, shop, "", 10)) },
		func() error { return s.RaiseFactsOf(ctx, shop, p.advocate.ID) },
		func() error { return s.RaiseFacts(ctx, shop, p.friend, true) },
		func() error { return s.RaiseFacts(ctx, shop, p.friend, false) },
		func() error { return drop(s.InsertDeliveries(ctx, []inbox.Delivery{newDelivery(shop, "more")})) },
		func() error { return drop(s.ListDeliveries(ctx, shop, noon, 10)) },
		func() error { return s.RetryDelivery(ctx, shop, "more", noon, "") },
		func() error { return s.PutOffDelivery(ctx, shop, "more", noon, "") },
		func() error { return s.FinishDeliveries(ctx, shop, []string{"more"}, inbox.Done, "", noon) },
		func() error { return drop(s.CountDeliveries(ctx, shop)) },
		func() error {
			return drop(s.MergeAdvocates(ctx, shop, []referral.AdvocateID{p.advocate.ID, p.guest.ID}, referral.OneOf))
		},
		func() error { return s.MarkCleaned(ctx, shop) },
		func() error { return s.SaveCleanup(ctx, shop, tenant.Cleanup{}) },
		func() error { return s.StartAgain(ctx, shop, noon) },
		func() error { return s.MarkUninstalled(ctx, shop, 2, noon) },
	}
}

// sweepCalls is every method that reads across shops.
func sweepCalls(ctx context.Context, s *store.Store) []func() error {
	drop := func(_ any, err error) error { return err }
	return []func() error{
		func() error { return drop(s.ShopsWithDeliveries(ctx, noon, 10)) },
		func() error { return drop(s.ShopsToCleanUp(ctx, 10)) },
		func() error { return drop(s.ShopsWithDyingCodes(ctx, 10)) },
		func() error { return drop(s.Undecided(ctx, 10)) },
		func() error { return drop(s.ShopsWithEndingCodes(ctx, noon, 10)) },
		func() error { return drop(s.ShopsToForget(ctx, noon, 10)) },
		func() error { return drop(s.CampaignsToTend(ctx, noon, 10)) },
		func() error { return drop(s.CampaignsToWatch(ctx, noon, 10)) },
		func() error { return drop(s.CampaignsWithShare(ctx, 100)) },
		func() error { return drop(s.DueWork(ctx, noon, 10)) },
		func() error { return drop(s.ShopsWithReleases(ctx, noon, 10)) },
		func() error { return drop(s.ActiveCampaigns(ctx, 10)) },
		func() error { return s.ThawInstalled(ctx, 10) },
		func() error { return drop(s.ShopsToSetUp(ctx, 10)) },
		func() error { return drop(s.ShopsToShow(ctx, noon, 100)) },
		func() error { return drop(s.ShopsToReconcile(ctx, noon, 10)) },
		func() error { return drop(s.ShopsWithIdleTokens(ctx, noon, 10)) },
		func() error { return drop(s.ShopsWithMissing(ctx, noon, 10)) },
		func() error { return drop(s.ShopsToCount(ctx, noon, 10)) },
		func() error { return drop(s.ShopsWithMail(ctx, noon, 10)) },
		func() error { return drop(s.ShopsToLook(ctx, 10)) },
		func() error { return drop(s.ListShops(ctx)) },
	}
}

// TestEveryQueryHasItsIndex runs every method, listens to what it sends, and has the server explain it.
func TestEveryQueryHasItsIndex(t *testing.T) {
	t.Parallel()
	var rec recorder
	s := storetest.Open(t, storetest.Patient(storetest.URI(t)).WithMonitor(rec.monitor()))
	ctx := storetest.Context(t)
	p := populate(t, ctx, s)
	run := func(calls []func() error) []bson.D {
		return rec.during(func() {
			for i, call := range calls {
				if err := call(); err != nil {
					t.Errorf("call %d: %v", i, err)
				}
			}
		})
	}
	sweeps := run(sweepCalls(ctx, s)) // while there is something to find
	for _, command := range sweeps {
		if filterOf(command) != nil {
			checkPlan(t, command, explain(t, s, command))
		}
	}
	commands := run(tenantCalls(ctx, s, p))
	asked := 0
	for _, command := range commands {
		checkConcerns(t, command)
		filter := filterOf(command)
		if filter == nil {
			continue
		}
		asked++
		if !namesShop(filter, p.shop) {
			t.Errorf("a filter without the shop: %v", command)
		}
		got := explain(t, s, command)
		checkPlan(t, command, got)
		for _, first := range got.firsts {
			if first != "shop" && first != "_id" {
				t.Errorf("an index that begins with %s serves one shop's query: %v", first, command)
			}
		}
	}
	if asked < 95 || len(sweeps) < 13 {
		t.Errorf("only %d queries and %d sweeps were seen", asked, len(sweeps))
	}
}

// Who is nearest in time is read off an index: a link that a thousand came by is not sorted for each of them.
func TestNeighboursAreReadInTheIndexsOrder(t *testing.T) {
	t.Parallel()
	var rec recorder
	s := storetest.Open(t, storetest.Patient(storetest.URI(t)).WithMonitor(rec.monitor()))
	ctx := storetest.Context(t)
	p := populate(t, ctx, s)

	sorted := 0
	for _, command := range rec.during(func() {
		get[referral.Facts](t)(s.LoadFacts(ctx, p.waits))
		get[[]referral.Neighbour](t)(s.LinkNear(ctx, p.shop, p.advocate.ID, noon))
	}) {
		by, _ := field(command, "sort").(bson.D)
		near := len(by) > 0 && by[0].Key == "near.at"
		own := len(by) == 1 && by[0].Key == "snapshot.processed_at"
		if !near && !own {
			continue
		}
		sorted++
		if plan := explain(t, s, command); slices.Contains(plan.stages, "SORT") {
			t.Errorf("sorted in memory: %v", command)
		}
	}
	if sorted < 6 {
		t.Errorf("only %d sorted queries were seen", sorted)
	}
}

// namesShop tells whether a filter is bound to the shop, in every branch.
func namesShop(filter bson.D, shop tenant.ShopID) bool {
	branches, _ := field(filter, "$or").(bson.A)
	unbound := func(branch any) bool {
		d, _ := branch.(bson.D)
		return field(d, "shop") != string(shop)
	}
	return field(filter, "shop") == string(shop) || (len(branches) > 0 && !slices.ContainsFunc(branches, unbound))
}

// checkPlan refuses scans of a collection, sorts in memory of what may be much, and plans that examine much more than
// they return.
func checkPlan(t *testing.T, command bson.D, p plan) {
	t.Helper()
	if slices.Contains(p.stages, "COLLSCAN") || len(p.stages) == 0 {
		t.Errorf("no index serves %v: %v", command, p.stages)
	}
	if p.examined > 2*p.returned+5 || p.keys > 3*p.returned+10 {
		said := fmt.Sprint(command)
		counts := strings.Contains(said, `"state":"done"`) || (strings.Contains(said, `"$group"`) && p.examined == 0)
		if !counts { // else it counts what it examines
			t.Errorf("%d documents and %d keys examined for %d: %v, %v", p.examined, p.keys, p.returned, command,
				p.stages)
		}
	}
}

// checkConcerns holds that every write asks for a majority's journal, and every read for what a majority has.
func checkConcerns(t *testing.T, command bson.D) {
	t.Helper()
	inTransaction := field(command, "autocommit") != nil
	switch command[0].Key {
	case "insert", "update", "delete", "findAndModify", "commitTransaction":
		concern, _ := field(command, "writeConcern").(bson.D)
		if ok := field(concern, "w") == "majority" && field(concern, "j") == true; !ok && (!inTransaction || command[0].Key == "commitTransaction") {
			t.Errorf("write concern is %v: %v", concern, command)
		}
	case "find", "aggregate", "count":
		concern, _ := field(command, "readConcern").(bson.D)
		if field(concern, "level") != "majority" && !inTransaction {
			t.Errorf("read concern is %v: %v", concern, command)
		}
	}
}

// Unique indexes and those that serve one shop begin with the shop, so that collections can be sharded on it.
func TestUniqueIndexesBeginWithTheShop(t *testing.T) {
	t.Parallel()
	ctx, s, _ := newStore(t)
	for _, collection := range store.Collections() {
		cursor, err := s.Database().Collection(collection).Indexes().List(ctx)
		must(t, err)
		var found []struct {
			Name   string
			Key    bson.D
			Unique bool
		}
		must(t, cursor.All(ctx, &found))
		for _, i := range found {
			if i.Unique && i.Key[0].Key != "shop" {
				t.Errorf("%s.%s is unique and begins with %s", collection, i.Name, i.Key[0].Key)
			}
		}
	}
}
