package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"twofold/referral"
)

// story is the demo's plot. Each step does what a shopper or merchant would do, over HTTP, and then waits for what must follow.
type story struct {
	*teller
	stage  *stage
	root   string // the shop's storefront
	people map[string]*shopper
	orders map[string]order // by the friend's name
}

// step is one scene: its name, as the summary and the JSON lines have it, and what happens.
type step struct {
	name string
	play func(context.Context) error
}

// stepLimit is how long one step may take before the story counts as failed.
const stepLimit = time.Minute

// errDifferent says that something did not come about as told.
func errDifferent(format string, args ...any) error { return fmt.Errorf(format, args...) }

// tell plays the steps in order and returns the counts at the end. An error names the step that failed.
func (s *story) tell(ctx context.Context) (counts, error) {
	s.root = s.stage.sim.URL() + "/" + string(demoShop)
	s.people, s.orders = map[string]*shopper{}, map[string]order{}
	for _, one := range []step{
		{"install", s.install}, {"go_live", s.goLive}, {"share", s.share}, {"claim", s.claim}, {"order", s.buy}, {"twice", s.twice},
		{"carol", s.carolBuys}, {"dave", s.dave}, {"hold", s.holdEnds}, {"reward", s.spend}, {"refund", s.refund},
	} {
		playing, cancel := context.WithTimeout(ctx, stepLimit)
		err := one.play(playing)
		cancel()
		if err != nil {
			s.fail(one.name, err)
			return counts{}, fmt.Errorf("the story failed at step %s: %w", one.name, err)
		}
	}
	return s.count(ctx)
}

func (s *story) install(ctx context.Context) error {
	if err := s.call(ctx, "POST", s.stage.sim.URL()+"/_sim/shops", map[string]any{"domain": demoShop, "currency": "USD", "time_zone": "America/New_York"}, nil); err != nil {
		return err
	}
	if err := s.call(ctx, "POST", s.sim("install"), nil, nil); err != nil {
		return err
	}
	var draft referral.Campaign
	err := until(ctx, func() (bool, error) {
		all, err := s.stage.parts.service.Campaigns(ctx, demoShop)
		if err != nil || len(all) == 0 {
			return false, err
		}
		draft = all[0]
		shop, err := s.stage.parts.store.FindShop(ctx, demoShop)
		return !shop.ProfileAt.IsZero(), err // it is kept last: then the shop is set up
	})
	if err == nil {
		s.say("install", fmt.Sprintf("%s installed the app. A draft waits: %q.", demoShop, draft.Name), map[string]any{"campaign": draft.Name})
	}
	return err
}

func (s *story) goLive(ctx context.Context) error {
	all, err := s.stage.parts.service.Campaigns(ctx, demoShop)
	if err != nil {
		return err
	}
	if err := s.merchantPost(ctx, "/app/campaigns/"+string(all[0].ID)+"/live"); err != nil {
		return err
	}
	key := all[0].Key()
	err = until(ctx, func() (bool, error) {
		c, err := s.stage.parts.store.FindCampaign(ctx, demoShop, key)
		return c.State == referral.CampaignLive, err
	})
	if err != nil {
		return err
	}
	friend, err := s.stage.parts.store.CountCodes(ctx, demoShop, key, referral.FriendSide, referral.CodeFree)
	if err != nil {
		return err
	}
	advocate, err := s.stage.parts.store.CountCodes(ctx, demoShop, key, referral.AdvocateSide, referral.CodeFree)
	if err == nil {
		s.say("go_live", fmt.Sprintf("The campaign is live: one discount for friends with %d single-use codes, one for advocates with %d.", friend, advocate),
			map[string]any{"friend_codes": friend, "advocate_codes": advocate})
	}
	return err
}

func (s *story) share(ctx context.Context) error {
	alice, err := s.newShopper(ctx, "alice", true)
	if err != nil {
		return err
	}
	if err := alice.join(ctx); err != nil {
		return err
	}
	s.say("share", fmt.Sprintf("Alice joins and shares her link: %s", alice.link), map[string]any{"link": alice.link})
	return nil
}

func (s *story) claim(ctx context.Context) error {
	bob, err := s.newShopper(ctx, "bob", false)
	if err != nil {
		return err
	}
	if err := bob.claim(ctx, s.people["alice"].code); err != nil {
		return err
	}
	s.say("claim", fmt.Sprintf("Bob opens Alice's link and takes the offer. His code works once: %s", hide(bob.discount)), nil)
	return nil
}

// buy measures from the checkout's answer until the referral is credited: recorded and visible.
func (s *story) buy(ctx context.Context) error {
	placed, err := s.people["bob"].buy(ctx, 80)
	if err != nil {
		return err
	}
	began := time.Now()
	r, err := s.awaitReferral(ctx, placed, referral.Pending)
	if err != nil {
		return err
	}
	took := time.Since(began)
	s.say("order", fmt.Sprintf("Bob pays $%s for order %s with his code. Credited to Alice in %d ms; her $20 is held until %s.",
		placed.Total, placed.Name, took.Milliseconds(), r.ReleaseAt.Format("2 January")), map[string]any{"order": placed.Name, "credited_ms": took.Milliseconds()})
	if took > time.Second {
		return errDifferent("crediting took %s, more than a second", took)
	}
	return nil
}

// twice has Shopify send Bob's webhook again, and compares everything the shop has before and after.
func (s *story) twice(ctx context.Context) error {
	before, err := s.export(ctx)
	if err != nil {
		return err
	}
	n, err := s.redeliver(ctx, s.orders["bob"])
	if err != nil {
		return err
	}
	after, err := s.export(ctx)
	if err != nil {
		return err
	}
	if before != after {
		return errDifferent("a webhook that came twice changed something:\n%s\n%s", before, after)
	}
	s.say("twice", fmt.Sprintf("Shopify sends the webhook of Bob's order again (%d): nothing changes.", n), nil)
	return nil
}

func (s *story) carolBuys(ctx context.Context) error {
	carol, err := s.newShopper(ctx, "carol", false)
	if err != nil {
		return err
	}
	if err := carol.claim(ctx, s.people["alice"].code); err != nil {
		return err
	}
	placed, err := carol.buy(ctx, 120)
	if err != nil {
		return err
	}
	if _, err := s.awaitReferral(ctx, placed, referral.Pending); err != nil {
		return err
	}
	s.say("carol", fmt.Sprintf("Carol takes Alice's offer too, and pays $%s for order %s.", placed.Total, placed.Name), nil)
	return nil
}

func (s *story) dave(ctx context.Context) error {
	dave, err := s.newShopper(ctx, "dave", true)
	if err != nil {
		return err
	}
	if err := dave.join(ctx); err != nil {
		return err
	}
	other := dave.signedOut("dave.other")
	if err := other.claim(ctx, dave.code); err != nil {
		return err
	}
	s.people["dave"] = other
	placed, err := other.buy(ctx, 60)
	if err != nil {
		return err
	}
	r, err := s.awaitReferral(ctx, placed, referral.Flagged)
	if err != nil {
		return err
	}
	s.say("dave", fmt.Sprintf("Dave joins, then claims his own offer in the same browser under another name.\n%sOrder %s is flagged, because %s.", margin, placed.Name, r.Reason.Sentence()),
		map[string]any{"reason": r.Reason})
	return nil
}

// holdEnds moves the clock past the hold of 14 days, and waits until both of Alice's rewards are issued.
func (s *story) holdEnds(ctx context.Context) error {
	if err := s.call(ctx, "POST", s.stage.sim.URL()+"/_sim/clock", map[string]any{"advance": "337h"}, nil); err != nil {
		return err
	}
	for _, friend := range []string{"bob", "carol"} {
		err := until(ctx, func() (bool, error) {
			r, err := s.referralOf(ctx, s.orders[friend])
			return r.Rewards[referral.AdvocateSide].State == referral.RewardIssued, err
		})
		if err != nil {
			return fmt.Errorf("waiting for Alice's reward for %s: %w", friend, err)
		}
	}
	codes, err := s.people["alice"].rewardCodes(ctx)
	if err != nil {
		return err
	}
	if len(codes) != 2 {
		return errDifferent("Alice sees %d codes, not 2", len(codes))
	}
	s.say("hold", "Two weeks and an hour go by. The orders have proved themselves: Alice has 2 codes worth $20 each.\n"+margin+"Dave's case still waits for the merchant.", nil)
	return nil
}

// spend uses one of Alice's codes at the checkout: the one that Bob earned her.
func (s *story) spend(ctx context.Context) error {
	r, err := s.referralOf(ctx, s.orders["bob"])
	if err != nil {
		return err
	}
	alice := s.people["alice"]
	alice.discount = r.Rewards[referral.AdvocateSide].Code
	placed, err := alice.buy(ctx, 50)
	if err != nil {
		return err
	}
	if placed.Discount != "20.00" {
		return errDifferent("Alice's code took off %s, not 20.00", placed.Discount)
	}
	err = until(ctx, func() (bool, error) {
		r, err := s.referralOf(ctx, s.orders["bob"])
		return r.Rewards[referral.AdvocateSide].State == referral.RewardRedeemed, err
	})
	if err == nil {
		s.say("reward", fmt.Sprintf("Alice uses the code that Bob earned her: order %s over $50.00 costs her $%s.", placed.Name, placed.Total), nil)
	}
	return err
}

// refund gives Carol her money back, and waits until Alice's reward is taken back and its code is gone from the shop.
func (s *story) refund(ctx context.Context) error {
	carol := s.orders["carol"]
	if err := s.call(ctx, "POST", s.sim(fmt.Sprintf("orders/%d/refund", carol.ID)), map[string]any{"full": true}, nil); err != nil {
		return err
	}
	var r referral.Referral
	err := until(ctx, func() (done bool, err error) {
		r, err = s.referralOf(ctx, carol)
		return r.Rewards[referral.AdvocateSide].State == referral.RewardReversed && len(r.Work) == 0, err
	})
	if err != nil {
		return err
	}
	if there, err := s.discountHas(ctx, r.Rewards[referral.AdvocateSide].Code); err != nil || there {
		return errDifferent("the code of the reversed reward is still in the shop (%v)", err)
	}
	explained, err := s.stage.parts.service.Explain(ctx, demoShop, carol.Name)
	if err != nil {
		return err
	}
	s.say("refund", fmt.Sprintf("Carol's order is refunded. Alice's reward for it is taken back and its code deleted,\n%sbecause %s. `twofold explain` says:\n%s",
		margin, r.Reason.Sentence(), indent(explained.Page(s.stage.parts.clock.Now()))), map[string]any{"reason": r.Reason})
	return nil
}

// margin is where a step's text begins in the printed story.
const margin = "             "

func indent(text string) string {
	return margin + "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+margin+"  ")
}

// hide shows only the beginning of a code: whoever reads over a shoulder shall not spend it.
func hide(code string) string {
	head, _, _ := strings.Cut(code, "-")
	return head + "-…"
}

func (s *story) count(ctx context.Context) (counts, error) {
	all, err := s.stage.parts.store.ListReferrals(ctx, demoShop, 1000)
	if err != nil {
		return counts{}, err
	}
	now := s.stage.parts.clock.Now()
	c := counts{Referrals: map[string]int{}, Rewards: map[string]map[string]int{"friend": {}, "advocate": {}}}
	for _, r := range all {
		if r.State == referral.None || r.Friend.Test() {
			continue
		}
		c.Referrals[string(r.State)]++
		for side, reward := range r.Rewards {
			if state := reward.StateAt(now); state != referral.RewardNone {
				c.Rewards[string(side)][string(state)]++
			}
		}
	}
	return c, nil
}
