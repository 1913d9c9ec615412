package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/simulator"
	"twofold/text"
)

// Story is the demo's plot, and the stage it is played on. Each step does what a shopper or merchant would do, over
// HTTP, and then waits for what must follow.
type Story struct {
	*teller
	shopify *simulator.Server
	mailbox *mailbox
	app     App
	root    string // the shop's storefront
	people  map[string]*Shopper
	orders  map[string]Order // by the friend's name
}

// step is one scene: its name, as the summary and the JSON lines have it, and what happens.
type step struct {
	name string
	play func(context.Context) error
}

// steps are all scenes, in order.
func (s *Story) steps() []step {
	return []step{
		{"install", s.install}, {"go_live", s.goLive}, {"share", s.share}, {"claim", s.claim}, {"order", s.buy},
		{"twice", s.twice}, {"carol", s.carolBuys}, {"dave", s.dave}, {"hold", s.holdEnds}, {"reward", s.spend},
		{"refund", s.refund},
	}
}

// stepLimit is how long one step may take before the story counts as failed.
const stepLimit = time.Minute

// failedAt says at which step the story failed, and why.
func failedAt(step string, cause error) error {
	return &fault.Error{
		Kind: fault.Conflict, Code: "story_failed",
		Values: fault.Values{"step": step, "why": text.English.Operator(cause)}, Err: cause,
	}
}

// tell plays the steps in order and returns the counts at the end. An error names the step that failed.
func (s *Story) tell(ctx context.Context) (counts, error) {
	for _, one := range s.steps() {
		if err := s.play(ctx, one); err != nil {
			return counts{}, err
		}
	}
	return s.count(ctx)
}

// Play plays steps by name, such as "install" and "go_live". An error names the step that failed.
func (s *Story) Play(ctx context.Context, names ...string) error {
	all := s.steps()
	for _, name := range names {
		i := slices.IndexFunc(all, func(one step) bool { return one.name == name })
		if i < 0 {
			return fault.With(fault.NotFound, "story_step", fault.Values{"step": name})
		}

		if err := s.play(ctx, all[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Story) play(ctx context.Context, one step) error {
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	if err := one.play(ctx); err != nil {
		s.fail(one.name, err)
		return failedAt(one.name, err)
	}
	return nil
}

func (s *Story) install(ctx context.Context) error {
	shop := map[string]any{"domain": Shop, "name": "Tarrow", "currency": "USD", "time_zone": "America/New_York"}
	if err := s.call(ctx, "POST", s.shopify.URL()+"/_sim/shops", shop, nil); err != nil {
		return err
	}
	if err := s.Control(ctx, "POST", "install", nil, nil); err != nil {
		return err
	}

	var draft referral.Campaign
	err := Until(ctx, func() (bool, error) {
		all, err := s.app.Campaigns(ctx, Shop)
		if err != nil || len(all) == 0 {
			return false, err
		}
		draft = all[0]
		shop, err := s.app.FindShop(ctx, Shop)
		return !shop.ProfileAt.IsZero(), err // it is kept last: then the shop is set up
	})
	if err == nil {
		s.say("install", text.With{"shop": string(Shop), "campaign": draft.Name},
			map[string]any{"campaign": draft.Name})
	}
	return err
}

func (s *Story) goLive(ctx context.Context) error {
	all, err := s.app.Campaigns(ctx, Shop)
	if err != nil {
		return err
	}
	if err := s.merchantPost(ctx, "/app/campaigns/"+string(all[0].ID)+"/live"); err != nil {
		return err
	}

	key := all[0].Key()
	err = Until(ctx, func() (bool, error) {
		c, err := s.app.FindCampaign(ctx, Shop, key)
		return c.State == referral.CampaignLive, err
	})
	if err != nil {
		return err
	}

	friend, err := s.app.CountCodes(ctx, Shop, key, referral.FriendSide, referral.CodeFree)
	if err != nil {
		return err
	}
	advocate, err := s.app.CountCodes(ctx, Shop, key, referral.AdvocateSide, referral.CodeFree)
	if err == nil {
		s.say("go_live", text.With{"friend": friend, "advocate": advocate},
			map[string]any{"friend_codes": friend, "advocate_codes": advocate})
	}
	return err
}

func (s *Story) share(ctx context.Context) error {
	alice, err := s.NewShopper(ctx, "alice", true)
	if err != nil {
		return err
	}

	if err := alice.join(ctx); err != nil {
		return err
	}
	s.say("share", text.With{"link": alice.link}, map[string]any{"link": alice.link})
	return nil
}

func (s *Story) claim(ctx context.Context) error {
	bob, err := s.NewShopper(ctx, "bob", false)
	if err != nil {
		return err
	}

	if err := bob.Claim(ctx, s.people["alice"].Code); err != nil {
		return err
	}
	s.say("claim", text.With{"code": hide(bob.Discount)}, nil)
	return nil
}

// buy measures from the checkout's answer until the referral is credited: recorded and visible.
func (s *Story) buy(ctx context.Context) error {
	placed, err := s.people["bob"].Buy(ctx, 80)
	if err != nil {
		return err
	}

	began := s.wall()
	r, err := s.awaitReferral(ctx, placed, referral.Pending)
	if err != nil {
		return err
	}
	took := s.wall().Sub(began)

	s.say("order",
		text.With{
			"total": placed.Total, "order": placed.Name, "took": int(took.Milliseconds()), "release": r.ReleaseAt,
		},
		map[string]any{"order": placed.Name, "credited_ms": took.Milliseconds()})
	return nil
}

// twice has Shopify send Bob's webhook again, and compares everything the shop has before and after.
func (s *Story) twice(ctx context.Context) error {
	before, err := s.app.Export(ctx, Shop)
	if err != nil {
		return err
	}

	n, err := s.redeliver(ctx, s.orders["bob"])
	if err != nil {
		return err
	}
	after, err := s.app.Export(ctx, Shop)
	if err != nil {
		return err
	}

	if before != after {
		return fault.With(fault.Conflict, "story_twice", fault.Values{"before": before, "after": after})
	}
	s.say("twice", text.With{"count": n}, nil)
	return nil
}

func (s *Story) carolBuys(ctx context.Context) error {
	carol, err := s.NewShopper(ctx, "carol", false)
	if err != nil {
		return err
	}
	if err := carol.Claim(ctx, s.people["alice"].Code); err != nil {
		return err
	}

	placed, err := carol.Buy(ctx, 120)
	if err != nil {
		return err
	}
	if _, err := s.awaitReferral(ctx, placed, referral.Pending); err != nil {
		return err
	}
	s.say("carol", text.With{"total": placed.Total, "order": placed.Name}, nil)
	return nil
}

func (s *Story) dave(ctx context.Context) error {
	dave, err := s.NewShopper(ctx, "dave", true)
	if err != nil {
		return err
	}
	if err := dave.join(ctx); err != nil {
		return err
	}

	other := dave.signedOut("dave.other")
	if err := other.Claim(ctx, dave.Code); err != nil {
		return err
	}

	s.people["dave"] = other
	placed, err := other.Buy(ctx, 60)
	if err != nil {
		return err
	}

	r, err := s.awaitReferral(ctx, placed, referral.Flagged)
	if err != nil {
		return err
	}
	s.say("dave", text.With{"order": placed.Name, "reason": r.Reason}, map[string]any{"reason": r.Reason})
	return nil
}

// holdEnds moves the clock past the hold of 14 days, and waits until both of Alice's rewards are issued.
func (s *Story) holdEnds(ctx context.Context) error {
	if err := s.call(ctx, "POST", s.shopify.URL()+"/_sim/clock", map[string]any{"advance": "337h"}, nil); err != nil {
		return err
	}
	for _, friend := range []string{"bob", "carol"} {
		err := Until(ctx, func() (bool, error) {
			r, err := s.ReferralOf(ctx, s.orders[friend])
			return r.Rewards[referral.AdvocateSide].State == referral.RewardIssued, err
		})
		if err != nil {
			return awaited(s.orders[friend].Name, referral.RewardIssued, err)
		}
	}

	codes, err := s.people["alice"].rewardCodes(ctx)
	if err != nil {
		return err
	}
	if len(codes) != 2 {
		return fault.With(fault.Conflict, "story_codes", fault.Values{"count": len(codes)})
	}
	s.say("hold", nil, nil)
	return nil
}

// spend uses one of Alice's codes at the checkout: the one that Bob's order earned.
func (s *Story) spend(ctx context.Context) error {
	r, err := s.ReferralOf(ctx, s.orders["bob"])
	if err != nil {
		return err
	}

	alice := s.people["alice"]
	alice.Discount = r.Rewards[referral.AdvocateSide].Code
	placed, err := alice.Buy(ctx, 50)
	if err != nil {
		return err
	}
	if placed.Discount != "20.00" {
		return fault.With(fault.Conflict, "story_discount", fault.Values{"amount": placed.Discount})
	}

	err = Until(ctx, func() (bool, error) {
		r, err := s.ReferralOf(ctx, s.orders["bob"])
		return r.Rewards[referral.AdvocateSide].State == referral.RewardRedeemed, err
	})
	if err == nil {
		s.say("reward", text.With{"order": placed.Name, "total": placed.Total}, nil)
	}
	return err
}

// refund gives Carol the money back, and waits until Alice's reward is taken back and its code is gone from the shop.
func (s *Story) refund(ctx context.Context) error {
	carol := s.orders["carol"]
	path := fmt.Sprintf("orders/%d/refund", carol.ID)
	if err := s.Control(ctx, "POST", path, map[string]any{"full": true}, nil); err != nil {
		return err
	}

	var r referral.Referral
	err := Until(ctx, func() (done bool, err error) {
		r, err = s.ReferralOf(ctx, carol)
		return r.Rewards[referral.AdvocateSide].State == referral.RewardReversed && len(r.Work) == 0, err
	})
	if err != nil {
		return err
	}

	there, err := s.discountHas(ctx, r.Rewards[referral.AdvocateSide].Code)
	if err != nil {
		return err
	}
	if there {
		return fault.New(fault.Conflict, "story_code_left")
	}

	explained, err := s.app.Explain(ctx, Shop, carol.Name)
	if err != nil {
		return err
	}
	s.say("refund", text.With{"reason": r.Reason, "explanation": indent(explained)}, map[string]any{"reason": r.Reason})
	return nil
}

func (s *Story) count(ctx context.Context) (counts, error) {
	all, err := s.app.ListReferrals(ctx, Shop, 1000)
	if err != nil {
		return counts{}, err
	}

	now := s.app.Now()
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
