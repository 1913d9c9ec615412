package store_test

import (
	"context"
	"testing"
	"time"

	"twofold/codes"
	"twofold/fault"
	"twofold/figures"
	"twofold/inbox"
	"twofold/money"
	"twofold/referral"
	"twofold/store/storetest"
	"twofold/tenant"
)

// Whatever shop A asks for with B's ids is not there, and whatever it changes with them stays.
func TestOneShopCannotNameAnothersData(t *testing.T) {
	t.Parallel()
	ctx, s, a := newStore(t)
	b := storetest.Shop(t, s).ID
	campaign, advocate := storetest.Campaign(t, s, b), storetest.Advocate(t, s, b)
	storetest.Codes(t, s, campaign, referral.FriendSide, 2)
	held := get[referral.Code](t)(s.DrawCode(ctx, b, campaign.Key(), referral.FriendSide, "clm_b", noon, noon))
	guest := storetest.Advocate(t, s, b, func(a *referral.Advocate) { a.Customer, a.Order = "", "gid://shopify/Order/900" })
	must(t, s.SaveMailWords(ctx, b, "en", "issued", map[string]string{"says": "Here it is."}))
	typed := storetest.SignIn(b, "sgn_b")
	must(t, s.AddSignIn(ctx, typed, &referral.Advocate{Shop: b, ID: "adv_typed", Codes: []string{"TYPED"}, Emails: typed.Emails}))
	friend := storetest.Customer()
	claim := storetest.Claim(t, s, campaign, advocate, func(c *referral.Claim) {
		c.Customer, c.Code, c.Addresses, c.Seen = friend, "B-CODE", referral.GivenAt(noon, "k:b"), seenAt(noon)
	})
	order := storetest.Order(t, s, b, func(o *referral.Order) { o.Customer, o.Codes, o.Cards = friend, []string{"B-CODE"}, []string{"k:c"} })
	was := decided(t, ctx, s, b, referral.FriendOf(friend, false), func(r *referral.Referral) {
		r.Neighbour = referral.Neighbour{Friend: friend, Traces: []referral.Trace{{Advocate: advocate.ID, At: noon}}}
		r.LookAgain, r.LookRev = referral.Look{Links: []referral.AdvocateID{advocate.ID}}, 1
		r.State, r.Order, r.Advocate, r.ReleaseAt, r.Work = referral.Pending, order.ID, advocate.ID, noon, []referral.Work{referral.WorkRelease}
		r.Campaign = campaign.Key()
		r.Release = &referral.Release{Advocate: advocate.ID, At: noon}
		r.Issues = []referral.Issue{{Code: held.Code, Campaign: campaign.Key(), Discount: "gid://shopify/DiscountCodeNode/77"}}
		r.Rewards = map[referral.Side]referral.Reward{referral.AdvocateSide: {State: referral.RewardOwed}}
	})
	decided(t, ctx, s, b, referral.FriendOf(storetest.Customer(), true), func(r *referral.Referral) {
		r.State, r.At = referral.Voided, noon
	})
	must(t, bookkeeper(s).Fold(ctx, b))
	must(t, s.AddAudit(ctx, b, referral.AuditEntry{ID: "aud_b", At: noon, About: []string{string(order.ID)}, Reason: "B's"}))
	must(t, s.ForgetReasons(ctx, a, string(order.ID)))
	must(t, s.AddTerms(ctx, b, tenant.Terms{Version: 1, Text: "B's"}))
	must(t, s.NoteAgreed(ctx, a, advocate.ID, referral.Agreement{Version: 1, At: noon}))
	lb := lease(t, ctx, s, b)
	must(t, s.Approve(ctx, lb, nil, settlement20()))
	must(t, s.ReleaseLease(ctx, lb))
	insert(t, s, newDelivery(b, "w-b"))
	asked := referral.Missing{Shop: b, By: referral.FriendSide, Customer: friend, Order: "1001", At: noon, LookAt: noon, Added: noon}
	must(t, s.AddMissing(ctx, asked))
	asked.Shop = a
	must(t, s.SaveMissing(ctx, asked))
	l := lease(t, ctx, s, b)
	l.Shop = a

	absent := map[string]func(context.Context) error{
		"campaign": func(ctx context.Context) error { _, err := s.FindCampaign(ctx, a, campaign.Key()); return err },
		"update campaign": func(ctx context.Context) error {
			_, err := s.UpdateCampaign(ctx, a, campaign.Key(), func(*referral.Campaign) error { return nil })
			return err
		},
		"advocate":         func(ctx context.Context) error { _, err := s.FindAdvocate(ctx, a, advocate.ID); return err },
		"advocate by code": func(ctx context.Context) error { _, err := s.FindAdvocateByCode(ctx, a, advocate.Code()); return err },
		"advocate by customer": func(ctx context.Context) error {
			_, err := s.FindAdvocateByCustomer(ctx, a, advocate.Customer)
			return err
		},
		"advocate by order": func(ctx context.Context) error {
			_, err := s.FindAdvocateByOrder(ctx, a, guest.Order)
			return err
		},
		"tie advocate": func(ctx context.Context) error {
			_, err := s.TieAdvocate(ctx, a, guest.Order, "gid://shopify/Customer/1")
			return err
		},
		"terms":        func(ctx context.Context) error { _, err := s.FindTerms(ctx, a, 1); return err },
		"missing":      func(ctx context.Context) error { _, err := s.FindMissing(ctx, asked); return err },
		"set seen":     func(ctx context.Context) error { return s.SetSeen(ctx, a, advocate.ID, nil) },
		"note browser": func(ctx context.Context) error { return s.NoteBrowser(ctx, a, advocate.ID, "k") },
		"note":         func(ctx context.Context) error { return s.SetNote(ctx, a, advocate.ID, referral.Note{Text: "k"}) },
		"put code first": func(ctx context.Context) error {
			_, err := s.PutCodeFirst(ctx, a, advocate.ID, "A-CODE")
			return err
		},
		"block advocate": func(ctx context.Context) error {
			return s.SetAdvocateState(ctx, a, advocate.ID, referral.AdvocateBlocked, noon)
		},
		"promised": func(ctx context.Context) error {
			_, err := s.CountPromised(ctx, a, campaign.Key(), referral.FriendSide, noon)
			return err
		},
		"claim": func(ctx context.Context) error { _, err := s.FindClaim(ctx, a, claim.ID); return err },
		"update claim": func(ctx context.Context) error {
			_, err := s.UpdateClaim(ctx, a, claim.ID, func(*referral.Claim) error { return nil })
			return err
		},
		"tie claim":      func(ctx context.Context) error { return s.TieClaim(ctx, a, claim.ID, storetest.Customer(), noon) },
		"code by holder": func(ctx context.Context) error { _, err := s.FindCodeByHolder(ctx, a, "clm_b"); return err },
		"draw code": func(ctx context.Context) error {
			_, err := s.DrawCode(ctx, a, campaign.Key(), referral.FriendSide, "clm_b", noon, time.Time{})
			return err
		},
		"order": func(ctx context.Context) error { _, err := s.FindOrder(ctx, a, order.ID); return err },
		"order by name": func(ctx context.Context) error {
			if named, err := s.OrdersNamed(ctx, a, order.Name); err != nil || len(named) > 0 {
				return err
			}
			return fault.ForLog(fault.NotFound, "no order of that name")
		},
		"save snapshot": func(ctx context.Context) error {
			o := order
			o.Shop = a
			_, _, err := s.SaveSnapshot(ctx, o, 100)
			return err
		},
		"newest claim":     func(ctx context.Context) error { _, err := s.NewestClaim(ctx, a, campaign.ID); return err },
		"newest test":      func(ctx context.Context) error { _, err := s.NewestTest(ctx, a, noon.AddDate(-1, 0, 0)); return err },
		"sign-in":          func(ctx context.Context) error { _, err := s.FindSignIn(ctx, a, "sgn_b"); return err },
		"typed code":       func(ctx context.Context) error { _, err := s.TrySignIn(ctx, a, "sgn_b"); return err },
		"open sign-in":     func(ctx context.Context) error { return s.OpenSignIn(ctx, a, "sgn_b", noon.Add(time.Hour)) },
		"use sign-in":      func(ctx context.Context) error { return s.UseSignIn(ctx, a, "sgn_b", noon) },
		"audit entry":      func(ctx context.Context) error { return s.FinishAudit(ctx, a, "aud_b", "done") },
		"referral":         func(ctx context.Context) error { _, err := s.FindReferral(ctx, a, was.Friend); return err },
		"retry delivery":   func(ctx context.Context) error { return s.RetryDelivery(ctx, a, "w-b", noon, "") },
		"put off delivery": func(ctx context.Context) error { return s.PutOffDelivery(ctx, a, "w-b", noon, "") },
	}
	for what, ask := range absent {
		wantKind(t, what, ask(ctx), fault.NotFound)
	}
	// An id that carries B's shop is no way in either.
	_, err := s.FindClaim(ctx, a, referral.ClaimID("../"+string(b)+"/"+string(claim.ID)))
	wantKind(t, "a claim's full key", err, fault.NotFound)
	_, err = s.FindClaim(ctx, "", referral.ClaimID(string(b)+"/"+string(claim.ID)))
	wantKind(t, "a claim's full key without a shop", err, fault.NotFound)

	stolen := was
	stolen.Shop, stolen.State = a, referral.Approved
	wantKind(t, "save decision", s.SaveDecision(ctx, stolen, was.FactsRev), fault.Conflict)
	wantKind(t, "approve", s.Approve(ctx, l, one(stolen, was.FactsRev), settlement20()), fault.Conflict)
	stolen.Shop = b
	own := lease(t, ctx, s, a)
	wantKind(t, "approve with A's own lease", s.Approve(ctx, own, one(stolen, was.FactsRev), settlement20()),
		fault.Conflict)
	for _, shop := range []tenant.ShopID{a, b} { // what is due now is due by a campaign's mark
		must(t, s.SaveShown(ctx, get[tenant.Shop](t)(s.FindShop(ctx, shop)), nil, tenant.Shown{}, noon.Add(time.Hour)))
	}
	must(t,
		s.SaveShown(ctx, get[tenant.Shop](t)(s.FindShop(ctx, a)), []referral.Campaign{campaign}, tenant.Shown{},
			noon.Add(time.Hour)))
	wantShops(t, "to show", get[[]tenant.ShopID](t)(s.ShopsToShow(ctx, noon, 10)), b)
	must(t, s.RaiseFacts(ctx, a, was.Friend, false))
	must(t, s.RaiseFactsOf(ctx, a, advocate.ID))
	must(t, s.RaiseAround(ctx, a, referral.Look{Links: []referral.AdvocateID{advocate.ID}}, ""))
	must(t, s.NoteLooked(ctx, a, []referral.Looked{{Friend: was.Friend, Rev: was.LookRev}}))
	must(t, s.NoteShared(ctx, a, campaign.ID, []referral.AdvocateID{advocate.ID}))
	must(t, s.ForgetShared(ctx, a, []referral.AdvocateID{advocate.ID}))
	must(t, s.RestoreCodes(ctx, a, []referral.Code{held}))
	get[bool](t)(s.ForgetMarks(ctx, a, noon.AddDate(1, 0, 0), 10))
	must(t, s.AttachCustomer(ctx, a, order.ID, storetest.Customer()))
	must(t, s.MoveToDiscount(ctx, a, campaign.Key(), referral.FriendSide, "d", noon))
	must(t, s.ReleaseLease(ctx, l))
	must(t, s.FinishDeliveries(ctx, a, []string{"w-b"}, inbox.Done, "", noon))
	must(t, s.SaveDecision(ctx, was, was.FactsRev, toldTwice(advocate.ID)...))
	waiting := get[[]referral.Mail](t)(s.DueMails(ctx, b, noon, 10))
	must(t, s.PutOffMail(ctx, a, waiting[0].Key, noon.Add(time.Hour), true))
	must(t, s.FinishMail(ctx, a, waiting[0].Key, referral.MailSent, noon))
	must(t, s.StopMails(ctx, b, "k:b", referral.StopAsked, noon))
	must(t, s.NoteMerged(ctx, b, "k:b", "gid://shopify/Customer/1", friend))
	must(t, s.NoteMerged(ctx, a, "k:a", friend, "gid://shopify/Customer/2"))
	must(t, s.MoveMails(ctx, a, friend, "gid://shopify/Customer/2"))
	must(t, s.ForgetSignIns(ctx, a, typed.Emails))
	must(t, s.SaveMailWords(ctx, a, "en", "issued", nil))
	must(t, s.ForgetMails(ctx, a, friend, []string{"k:b"}))
	if get[referral.CustomerID](t)(s.MergedInto(ctx, a, []string{"k:b"})) != "" {
		t.Error("A knows who B's customers were")
	}
	if get[referral.CustomerID](t)(s.MergedInto(ctx, b, []string{"k:b"})) != friend {
		t.Error("A has moved or forgotten who B's customer is")
	}
	stopped := func(shop tenant.ShopID) bool {
		return get[referral.MailWish](t)(s.MailWish(ctx, shop, []string{"k:b"})).None
	}
	if stopped(a) || !stopped(b) {
		t.Error("A knows, or has forgotten, who wants no mails of B's")
	}
	must(t, s.WishMails(ctx, a, []string{"k:a", "k:b"}, referral.MailWish{}, noon))
	if !get[referral.MailWish](t)(s.MailWish(ctx, b, []string{"k:b"})).None || get[referral.MailWish](t)(s.MailWish(ctx, a, []string{"k:b"})).None {
		t.Error("A has chosen for B's, or knows what they chose")
	}
	if n := get[int](t)(s.MoveCodes(ctx, a, []string{held.Code}, referral.CodeHeld, referral.CodeDying, noon)); n != 0 {
		t.Errorf("moved %d codes", n)
	}

	empty := map[string]int{
		"ended codes":       get[int](t)(s.EndHeldCodes(ctx, a, noon, 10)),
		"ended free codes":  get[int](t)(s.EndFreeCodes(ctx, a, campaign.Key(), referral.FriendSide, noon)),
		"remade codes":      get[int](t)(s.RemakeCodes(ctx, a, []string{held.Code}, noon)),
		"lost codes":        get[int](t)(s.CountRemade(ctx, a, campaign.Key(), referral.FriendSide, time.Time{})),
		"given codes":       len(get[[]string](t)(s.GivenCodes(ctx, a, campaign.Key(), referral.FriendSide))),
		"codes of reward":   len(get[[]referral.Code](t)(s.CodesOfReward(ctx, a, referral.RewardID(held.Holder)))),
		"found codes":       len(get[[]referral.Code](t)(s.FindCodes(ctx, a, []string{held.Code}))),
		"promised rewards":  get[int](t)(s.CountPromised(ctx, a, campaign.Key(), referral.AdvocateSide, noon)),
		"orders with code":  get[int](t)(s.CountOrdersWithCode(ctx, a, "B-CODE", 10)),
		"releases":          get[int](t)(s.CountReleases(ctx, a, advocate.ID, time.Time{}, noon.AddDate(1, 0, 0))),
		"owed":              len(get[[]referral.Referral](t)(s.OwedOf(ctx, a, advocate.ID))),
		"settled":           int(get[money.Amount](t)(s.SettledIn(ctx, a, "cmp_a", "2026-11")).Minor),
		"campaign's claims": get[referral.Figures](t)(s.CampaignFigures(ctx, a, campaign.ID, "2026-11", noon)).Claims,
		"customers":         get[referral.Cost](t)(s.CampaignCost(ctx, a, campaign.ID, "2000-01-01", "2999-12-31", "USD")).Customers,
		"listed":            len(get[[]referral.Referral](t)(s.FindReferrals(ctx, a, referral.ListQuery{Advocate: advocate.ID, Limit: 9}))),
		"credited":          len(get[[]referral.Referral](t)(s.CreditedTo(ctx, a, advocate.ID, 9))),
		"referrals found":   len(get[[]referral.Referral](t)(s.ReferralsOfFriends(ctx, a, []referral.FriendID{was.Friend}))),
		"friends found":     len(get[[]referral.FriendID](t)(s.FindFriends(ctx, a, referral.FriendQuery{Codes: []string{"B-CODE"}, Names: []string{order.Name}, Order: order.ID}))),
		"counted states":    len(get[referral.StateCounts](t)(s.CountStates(ctx, a)).States),
		"advocates found":   len(get[[]referral.Advocate](t)(s.FindAdvocates(ctx, a, []referral.AdvocateID{advocate.ID}))),
		"audit":             len(get[[]referral.AuditEntry](t)(s.AuditAbout(ctx, a, string(order.ID)))),
		"all audit":         len(get[[]referral.AuditEntry](t)(s.AllAuditAbout(ctx, a, string(order.ID)))),
		"words of mails":    len(get[map[string]string](t)(s.FindMailWords(ctx, a, "en", "issued"))),
		"mails with words":  len(get[map[string][]string](t)(s.WordedMails(ctx, a))),
		"versions of terms": len(get[[]tenant.Terms](t)(s.ListTerms(ctx, a, 10))),
		"agreed":            len(get[map[int]int](t)(s.CountAgreed(ctx, a, 10))),
		"unshared":          len(get[[]referral.Advocate](t)(s.AdvocatesWithoutShare(ctx, a, campaign.ID, 10))),
		"campaigns":         len(get[[]referral.Campaign](t)(s.ListCampaigns(ctx, a))),
		"codes":             len(get[[]referral.Code](t)(s.ListCodes(ctx, a, codes.Query{}))),
		"free codes":        get[int](t)(s.CountCodes(ctx, a, campaign.Key(), referral.FriendSide, referral.CodeFree)),
		"guests named":      len(get[[]referral.AdvocateID](t)(s.NameGuests(ctx, a, typed.Emails, referral.Naming{Order: order.ID, At: noon.AddDate(1, 0, 0)}))),
		"by address":        len(get[[]referral.Advocate](t)(s.AdvocatesByEmails(ctx, a, typed.Emails))),
		"advocates":         len(get[[]referral.Advocate](t)(s.ListAdvocates(ctx, a, 10))),
		"page of advocates": len(get[[]referral.Advocate](t)(s.PageAdvocates(ctx, a, referral.AdvocateQuery{Limit: 10}))),
		"standings":         len(get[[]figures.Part](t)(s.Standings(ctx, a, []referral.AdvocateID{advocate.ID}))),
		"claims by keys":    len(get[[]referral.Claim](t)(s.ClaimsByKeys(ctx, a, campaign.ID, claim.Keys))),
		"claims of": len(get[[]referral.Claim](t)(s.ClaimsOf(ctx, a, referral.ClaimQuery{
			Customer: friend, Codes: []string{"B-CODE"}, IDs: []referral.ClaimID{claim.ID}, Emails: []string{"k:b"},
		}))),
		"open claims":            get[int](t)(s.CountOpenClaims(ctx, a, advocate.ID, noon, 10)),
		"friends with codes":     len(get[[]referral.FriendID](t)(s.FriendsWithCodes(ctx, a, []string{held.Code}))),
		"friends with cards":     len(get[[]referral.FriendID](t)(s.FriendsWithCards(ctx, referral.Order{Shop: a, Cards: []string{"k:c"}}))),
		"advocates by customers": len(get[[]referral.AdvocateID](t)(s.AdvocatesByCustomers(ctx, a, []referral.CustomerID{advocate.Customer}))),
		"to look":                len(get[[]referral.Looked](t)(s.ToLook(ctx, a, 10))),
		"friends with one": len(get[[]referral.FriendID](t)(s.FriendsWithDiscount(ctx, a,
			"gid://shopify/DiscountCodeNode/77"))),
		"missing":       len(get[[]referral.Missing](t)(s.MissingOf(ctx, a, friend, noon.Add(-time.Hour), 10))),
		"missing due":   len(get[[]referral.Missing](t)(s.MissingDue(ctx, a, noon, 10))),
		"missing added": get[int](t)(s.CountMissingAdded(ctx, a, noon.Add(-time.Hour), 10)),
		"referrals":     len(get[[]referral.Referral](t)(s.ListReferrals(ctx, a, 10))),
		"an advocate's": len(get[[]referral.Referral](t)(s.ReferralsOf(ctx, a, advocate.ID, 10))),
		"beside a link": len(get[[]referral.Neighbour](t)(s.LinkNear(ctx, a, advocate.ID, noon))),
		"waiting mails": get[int](t)(s.CountWaitingMails(ctx, a, noon, 10)),
		"due mails":     len(get[[]referral.Mail](t)(s.DueMails(ctx, a, noon, 10))),
		"mails":         len(get[[]referral.Mail](t)(s.MailsTo(ctx, a, friend, advocate.ID))),
		"due releases":  len(get[[]referral.Referral](t)(s.DueReleases(ctx, a, noon, 10))),
		"deliveries":    len(get[[]inbox.Delivery](t)(s.ListDeliveries(ctx, a, noon, 10))),
		"nominated": len(get[[]referral.Nominee](t)(s.Nominated(ctx, a, []referral.Nominee{{
			Order:    storetest.NewOrder(a).ID,
			Customer: friend,
			Codes:    []string{held.Code, advocate.Code()},
			Claim:    claim.ID,
			Ref:      advocate.Code(),
			Emails:   []string{"k:b"},
		}}))),
	}
	for what, n := range empty {
		if n != 0 {
			t.Errorf("%s: found %d of the other shop", what, n)
		}
	}

	same(t, was, get[referral.Referral](t)(s.FindReferral(ctx, b, was.Friend)))
	same(t, advocate, get[referral.Advocate](t)(s.FindAdvocate(ctx, b, advocate.ID)))
	same(t, typed, get[referral.SignIn](t)(s.FindSignIn(ctx, b, "sgn_b")))
	same(t, map[string][]string{"issued": {"en"}}, get[map[string][]string](t)(s.WordedMails(ctx, b)))
	same(t, waiting, get[[]referral.Mail](t)(s.DueMails(ctx, b, noon, 10)))
	same(t, order, get[referral.Order](t)(s.FindOrder(ctx, b, order.ID)))
	if n := len(get[[]referral.Advocate](t)(s.AdvocatesWithoutShare(ctx, b, campaign.ID, 10))); n != 3 {
		t.Errorf("B's unshared advocates: %d", n)
	}
	if n := len(get[[]figures.Part](t)(s.Standings(ctx, b, []referral.AdvocateID{advocate.ID}))); n != 1 {
		t.Errorf("B's advocate stands in %d parts", n)
	}
	if counts := get[referral.StateCounts](t)(s.CountStates(ctx, b)); len(counts.States) != 1 {
		t.Errorf("B's referrals are counted as %v", counts)
	}
	same(t, claim, get[referral.Claim](t)(s.FindClaim(ctx, b, claim.ID)))
	same(t, held, get[referral.Code](t)(s.FindCodeByHolder(ctx, b, "clm_b")))
	if got := listed(t, s, b, noon); len(got) != 1 {
		t.Errorf("B's deliveries: %v", got)
	}
	_, err = s.AcquireLease(ctx, b, "orders", time.Minute)
	wantKind(t, "B's lease", err, fault.Conflict)
}

// A shop's name may begin like another's.
func TestDoneDeliveriesOfSimilarShops(t *testing.T) {
	t.Parallel()
	s, ctx := storetest.New(t), storetest.Context(t)
	shops := []tenant.ShopID{"a.myshopify.com", "aa.myshopify.com", "a-a.myshopify.com"}
	for i, shop := range shops {
		for n := range i + 1 {
			id := string(rune('a' + n))
			insert(t, s, newDelivery(shop, id))
			must(t, s.FinishDeliveries(ctx, shop, []string{id}, inbox.Done, "", noon))
		}
	}
	for i, shop := range shops {
		if n := get[map[inbox.State]int](t)(s.CountDeliveries(ctx, shop))[inbox.Done]; n != i+1 {
			t.Errorf("%s: %d done, want %d", shop, n, i+1)
		}
	}
}
