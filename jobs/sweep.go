package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"

	"twofold/codes"
	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Finder finds due work across shops by MongoDB's indexes. It returns ids only; business dates are compared with now, the inbox's
// with wall time.
type Finder interface {
	ShopsWithDeliveries(ctx context.Context, wall time.Time, limit int) ([]tenant.ShopID, error)
	Undecided(ctx context.Context, limit int) ([]referral.FriendKey, error)
	DueWork(ctx context.Context, now time.Time, limit int) ([]referral.Due, error)
	ShopsWithReleases(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error)
	ActiveCampaigns(ctx context.Context, limit int) ([]referral.Campaign, error)
	ShopsToReconcile(ctx context.Context, before time.Time, limit int) ([]tenant.ShopID, error)
	ShopsWithIdleTokens(ctx context.Context, before time.Time, limit int) ([]tenant.ShopID, error)
	ShopsWithDyingCodes(ctx context.Context, limit int) ([]tenant.ShopID, error)
	ShopsWithEndingCodes(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error)
	// CampaignsToTend lists versions whose discounts are to be looked after before now.
	CampaignsToTend(ctx context.Context, now time.Time, limit int) ([]referral.Campaign, error)
	// CampaignsWithShare lists live versions that have shareable codes.
	CampaignsWithShare(ctx context.Context, limit int) ([]referral.Campaign, error)
	ShopsToSetUp(ctx context.Context, limit int) ([]tenant.ShopID, error)
	// ThawInstalled puts right installed shops whose work is still frozen.
	ThawInstalled(ctx context.Context, limit int) error

	AcquireLease(ctx context.Context, shop tenant.ShopID, name string, ttl time.Duration) (tenant.Lease, error)
}

// sweepLimit bounds what one round of a sweep rings for; what is worked off leaves its index, so that the next round goes on.
// Campaigns stay in theirs, so their limit is above the number of shops that one installation is made for (design section 9).
const (
	sweepLimit    = 1000
	campaignLimit = 20_000
)

// nobody stands in the place of the shop in the leases of sweeps, which belong to no shop.
const nobody tenant.ShopID = "-"

// Ages after which something is due. Tokens live 90 days unused (platform 2.4), so that a month leaves room for many tries.
const (
	reconcileAge = time.Hour
	tokenAge     = 30 * 24 * time.Hour
	sweepSpare   = time.Minute // a task that a sweep rang for is not rung for again within this time
)

// sweep is one periodic search for due work.
type sweep struct {
	name  string
	every time.Duration
	run   func(context.Context) error
}

// Sweeper rings for work whose bell was lost, or whose date has come. Of several processes one runs each round: it holds a lease.
type Sweeper struct {
	find   Finder
	codes  *codes.Service
	bell   *Bell
	now    func() time.Time // business clock
	wall   func() time.Time
	log    *slog.Logger
	every  time.Duration
	kick   chan struct{}
	rounds *prometheus.CounterVec
}

// NewSweeper wires the sweeps; config.SweepEvery is the pace of the quick ones.
func NewSweeper(find Finder, codes *codes.Service, bell *Bell, now, wall func() time.Time, log *slog.Logger, metrics prometheus.Registerer, config Config) *Sweeper {
	s := &Sweeper{
		find: find, codes: codes, bell: bell, now: now, wall: wall, log: log, every: config.withDefaults().SweepEvery, kick: make(chan struct{}, 1),
		rounds: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "twofold_sweeps_total", Help: "Rounds of each sweep, by outcome."}, []string{"sweep", "outcome"}),
	}
	metrics.MustRegister(s.rounds)
	return s
}

func (s *Sweeper) sweeps() []sweep {
	return []sweep{
		{"deliveries", s.every, s.deliveries},
		{"undecided", s.every, s.undecided},
		{"work", s.every, s.work},
		{"releases", s.every, s.releases},
		{"campaigns", 6 * s.every, s.campaigns},
		{"set_up", s.every, s.setUp},
		{"dying_codes", 6 * s.every, s.dyingCodes},
		{"ending_codes", 12 * s.every, s.endingCodes},
		{"tend", 12 * s.every, s.tend},
		{"share", 60 * s.every, s.share},
		{"reconcile", 6 * s.every, s.reconcile},
		{"tokens", 60 * s.every, s.tokens},
		{"thaw", 12 * s.every, func(ctx context.Context) error { return s.find.ThawInstalled(ctx, sweepLimit) }},
	}
}

// Run sweeps until ctx ends.
func (s *Sweeper) Run(ctx context.Context) {
	var running sync.WaitGroup
	all := s.sweeps()
	kicks := make([]chan struct{}, len(all))
	for i, one := range all {
		kicks[i] = make(chan struct{}, 1)
		running.Go(func() { s.loop(ctx, one, kicks[i]) })
	}
	for {
		select {
		case <-ctx.Done():
			running.Wait()
			return
		case <-s.kick:
			for _, k := range kicks {
				signal(k)
			}
		}
	}
}

// Kick runs every sweep now: the business clock was moved.
func (s *Sweeper) Kick() { signal(s.kick) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (s *Sweeper) loop(ctx context.Context, one sweep, kick <-chan struct{}) {
	ticker := time.NewTicker(one.every)
	defer ticker.Stop()
	s.round(ctx, one, true)
	for {
		select {
		case <-ctx.Done():
			return
		case <-kick:
			s.round(ctx, one, true)
		case <-ticker.C:
			s.round(ctx, one, false)
		}
	}
}

// round runs a sweep once if this process gets its lease, which is left to run out: so that there is one round in its time,
// however many processes there are. A kicked round does not ask.
func (s *Sweeper) round(ctx context.Context, one sweep, kicked bool) {
	if !kicked {
		if _, err := s.find.AcquireLease(ctx, nobody, "sweep "+one.name, one.every*9/10); err != nil {
			return
		}
	}
	err := one.run(ctx)
	outcome := "ok"
	if err != nil && ctx.Err() == nil {
		outcome = string(fault.KindOf(err))
		s.log.WarnContext(ctx, "sweep failed, the next round tries again", "job", "sweep "+one.name, "kind", fault.KindOf(err), "err", err)
	}
	s.rounds.WithLabelValues(one.name, outcome).Inc()
}

// RunOnce runs every sweep one time, in order.
func (s *Sweeper) RunOnce(ctx context.Context) error {
	for _, one := range s.sweeps() {
		if err := one.run(ctx); err != nil {
			return fmt.Errorf("jobs: sweep %s: %w", one.name, err)
		}
	}
	return nil
}

// ringShops rings for each shop, unless a sweep did so a moment ago.
func (s *Sweeper) ringShops(ctx context.Context, shops []tenant.ShopID, queue string, task func(tenant.ShopID) *asynq.Task) {
	for _, shop := range shops {
		s.bell.ring(ctx, task(shop), queue, asynq.Unique(sweepSpare))
	}
}

// deliveries finds shops whose bell was lost. A backlog may be large, so it is rung past the flag.
func (s *Sweeper) deliveries(ctx context.Context) error {
	shops, err := s.find.ShopsWithDeliveries(ctx, s.wall(), sweepLimit)
	s.ringShops(ctx, shops, queueUrgent, NewDrain)
	return err
}

func (s *Sweeper) undecided(ctx context.Context) error {
	friends, err := s.find.Undecided(ctx, sweepLimit)
	for _, f := range friends {
		s.bell.ring(ctx, NewDecide(f.Shop, f.Friend), queueUrgent, asynq.Unique(sweepSpare))
	}
	return err
}

func (s *Sweeper) work(ctx context.Context) error {
	due, err := s.find.DueWork(ctx, s.now(), sweepLimit)
	for _, d := range due {
		s.bell.work(ctx, d.Shop, d.Friend, d.Work, asynq.Unique(sweepSpare))
	}
	return err
}

func (s *Sweeper) releases(ctx context.Context) error {
	shops, err := s.find.ShopsWithReleases(ctx, s.now(), sweepLimit)
	s.ringShops(ctx, shops, queueSteady, NewRelease)
	return err
}

// campaigns finds campaigns whose going live was interrupted, and pools that run low.
func (s *Sweeper) campaigns(ctx context.Context) error {
	active, err := s.find.ActiveCampaigns(ctx, campaignLimit)
	if err != nil {
		return err
	}
	for _, c := range active {
		if c.State == referral.CampaignFilling {
			s.bell.ring(ctx, NewGoLive(c.Shop, c.Key()), queueUrgent, asynq.Unique(sweepSpare))
			continue
		}
		low, err := s.codes.PoolLow(ctx, c.Shop, c.Key())
		if err != nil {
			return err
		}
		if low {
			s.bell.Fill(ctx, c.Shop, c.Key())
		}
	}
	return nil
}

func (s *Sweeper) setUp(ctx context.Context) error {
	shops, err := s.find.ShopsToSetUp(ctx, sweepLimit)
	s.ringShops(ctx, shops, queueUrgent, NewSetUp)
	return err
}

func (s *Sweeper) dyingCodes(ctx context.Context) error {
	shops, err := s.find.ShopsWithDyingCodes(ctx, sweepLimit)
	s.ringShops(ctx, shops, queueBulk, NewDeleteCodes)
	return err
}

func (s *Sweeper) endingCodes(ctx context.Context) error {
	shops, err := s.find.ShopsWithEndingCodes(ctx, s.now(), sweepLimit)
	s.ringShops(ctx, shops, queueBulk, NewEndCodes)
	return err
}

// tend finds campaign versions whose discounts are to be looked after.
func (s *Sweeper) tend(ctx context.Context) error {
	due, err := s.find.CampaignsToTend(ctx, s.now(), sweepLimit)
	for _, c := range due {
		s.bell.ring(ctx, NewTend(c.Shop, c.Key()), queueBulk, asynq.Unique(sweepSpare))
	}
	return err
}

// share finds shops whose advocates may lack shareable codes: the bell of one who joined was lost.
func (s *Sweeper) share(ctx context.Context) error {
	live, err := s.find.CampaignsWithShare(ctx, campaignLimit)
	if err != nil {
		return err
	}
	for _, c := range live {
		due, err := s.codes.ShareDue(ctx, c.Shop, c.ID)
		if err != nil {
			return err
		}
		if due {
			s.bell.ring(ctx, NewShare(c.Shop), queueSteady, asynq.Unique(sweepSpare))
		}
	}
	return nil
}

func (s *Sweeper) reconcile(ctx context.Context) error {
	shops, err := s.find.ShopsToReconcile(ctx, s.now().Add(-reconcileAge), sweepLimit)
	s.ringShops(ctx, shops, queueBulk, NewReconcile)
	return err
}

func (s *Sweeper) tokens(ctx context.Context) error {
	shops, err := s.find.ShopsWithIdleTokens(ctx, s.now().Add(-tokenAge), sweepLimit)
	s.ringShops(ctx, shops, queueBulk, NewRefresh)
	return err
}
