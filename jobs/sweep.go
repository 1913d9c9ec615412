package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"twofold/codes"
	"twofold/fault"
	"twofold/inbox"
	"twofold/referral"
	"twofold/tenant"
)

// Finder finds due work across shops by MongoDB's indexes. It returns ids only; business dates are compared with now,
// the inbox's with wall time.
type Finder interface {
	ShopsWithDeliveries(ctx context.Context, wall time.Time, limit int) ([]tenant.ShopID, error)
	// WaitingDeliveries lists deliveries of a topic that wait for their job.
	WaitingDeliveries(ctx context.Context, topic string, limit int) ([]inbox.Key, error)
	Undecided(ctx context.Context, limit int) ([]referral.FriendKey, error)
	DueWork(ctx context.Context, now time.Time, limit int) ([]referral.Due, error)
	ShopsWithReleases(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error)
	ActiveCampaigns(ctx context.Context, limit int) ([]referral.Campaign, error)
	ShopsToReconcile(ctx context.Context, before time.Time, limit int) ([]tenant.ShopID, error)
	ShopsWithIdleTokens(ctx context.Context, before time.Time, limit int) ([]tenant.ShopID, error)
	// ShopsClosed lists shops that Shopify has closed.
	ShopsClosed(ctx context.Context, limit int) ([]tenant.ShopID, error)
	// ShopsToCleanUp lists cleaned shops whose cleanup is not done.
	ShopsToCleanUp(ctx context.Context, limit int) ([]tenant.ShopID, error)
	ShopsWithDyingCodes(ctx context.Context, limit int) ([]tenant.ShopID, error)
	ShopsWithEndingCodes(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error)
	// CampaignsToTend lists versions whose discounts are to be looked after before now.
	CampaignsToTend(ctx context.Context, now time.Time, limit int) ([]referral.Campaign, error)
	// CampaignsToWatch lists versions whose codes are to be compared by now.
	CampaignsToWatch(ctx context.Context, now time.Time, limit int) ([]referral.Campaign, error)
	// CampaignsWithShare lists live versions that have shareable codes.
	CampaignsWithShare(ctx context.Context, limit int) ([]referral.Campaign, error)
	ShopsToSetUp(ctx context.Context, limit int) ([]tenant.ShopID, error)
	// ShopsToShow lists shops whose pages may show something else than they should at now.
	ShopsToShow(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error)
	// ShopsWithMissing lists shops with something to look at by now that was asked for as missed.
	ShopsWithMissing(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error)
	// ShopsToCount lists shops with referrals that figures are to count at now.
	ShopsToCount(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error)
	// ShopsWithMail lists shops with mails that are to be sent at now.
	ShopsWithMail(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error)
	// ShopsToForget lists shops with networks or browsers that are to be forgotten at now.
	ShopsToForget(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error)
	// ShopsToLook lists shops with friends of whom others see something else than before.
	ShopsToLook(ctx context.Context, limit int) ([]tenant.ShopID, error)
	// ThawInstalled puts right installed shops whose work is still frozen.
	ThawInstalled(ctx context.Context, limit int) error

	FindShop(ctx context.Context, shop tenant.ShopID) (tenant.Shop, error)
	AcquireLease(ctx context.Context, shop tenant.ShopID, name string, ttl time.Duration) (tenant.Lease, error)
}

// sweepLimit bounds what one round of a sweep rings for. What is worked off leaves its index, so that the next round
// goes on. Campaigns and closed shops stay in their index, so stayLimit is above the number of shops that one
// installation is made for (design section 9).
const (
	sweepLimit = 1000
	stayLimit  = 20_000
)

// nobody stands in the place of the shop in the leases of sweeps, which belong to no shop.
const nobody tenant.ShopID = "-"

// sweepSpare is how long a task that a sweep rang for is not rung for again.
const sweepSpare = time.Minute

// sweep is one periodic search for due work. It has one of due and run.
type sweep struct {
	name string
	pace int // it runs in each pace-th round of Config.SweepEvery

	// due is a job's: what its tasks are about. What was found before an error counts.
	due func(context.Context, *Sweeper) ([]payload, error)

	// run is a shared one's: it finds and rings by itself.
	run func(context.Context, *Sweeper) error
}

// Sweeper rings for work whose bell was lost, or whose date has come. Of several processes one runs
// each round: it holds a lease.
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

	// lateSince is since when (wall time) shops are seen to be reconciled late. Only their sweep looks at it.
	lateSince       map[tenant.ShopID]time.Time
	late, behindFor prometheus.Gauge
}

// NewSweeper wires the sweeps; config.SweepEvery is the pace of the quick ones.
func NewSweeper(
	find Finder, codes *codes.Service, bell *Bell, now, wall func() time.Time, log *slog.Logger,
	metrics prometheus.Registerer, config Config,
) *Sweeper {
	s := &Sweeper{
		find: find, codes: codes, bell: bell, now: now, wall: wall, log: log,
		every: config.withDefaults().SweepEvery, kick: make(chan struct{}, 1),
		rounds: prometheus.NewCounterVec(
			prometheus.CounterOpts{Name: "twofold_sweeps_total", Help: "Rounds of each sweep, by outcome."},
			[]string{"sweep", "outcome"},
		),
		late: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "twofold_reconcile_late_shops",
			Help: "Shops whose last complete reconcile is over three hours old.",
		}),
		behindFor: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "twofold_reconcile_behind_seconds",
			Help: "Age of the oldest last complete reconcile among late shops, 0 when none is late.",
		}),
	}

	metrics.MustRegister(s.rounds, s.late, s.behindFor)
	return s
}

// sweeps lists the sweeps of all jobs, and the shared ones. Those of jobs ring for what they find, unless a
// sweep did so a moment ago.
func (s *Sweeper) sweeps() []sweep {
	list := slices.Clone(shared)
	for _, j := range all {
		if j.sweep == nil {
			continue
		}

		run := func(ctx context.Context, s *Sweeper) error {
			found, err := j.sweep.due(ctx, s)
			for _, p := range found {
				s.bell.ring(ctx, j, p, sweepSpare)
			}
			return err
		}
		list = append(list, sweep{name: j.sweep.name, pace: j.sweep.pace, run: run})
	}
	return list
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
	ticker := time.NewTicker(s.paceOf(one))
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

// round runs a sweep once if this process gets its lease, which is left to run out: so that there is one round in its
// time, however many processes there are. A kicked round does not ask.
func (s *Sweeper) round(ctx context.Context, one sweep, kicked bool) {
	if !kicked {
		if _, err := s.find.AcquireLease(ctx, nobody, "sweep "+one.name, s.paceOf(one)*9/10); err != nil {
			return
		}
	}

	err := one.run(ctx, s)
	outcome := "ok"
	if err != nil && ctx.Err() == nil {
		outcome = string(fault.KindOf(err))
		s.log.WarnContext(ctx, "sweep failed, the next round tries again",
			"job", "sweep "+one.name, "kind", fault.KindOf(err), "err", err)
	}

	s.rounds.WithLabelValues(one.name, outcome).Inc()
}

// RunOnce runs every sweep one time, in order.
func (s *Sweeper) RunOnce(ctx context.Context) error {
	for _, one := range s.sweeps() {
		if err := one.run(ctx, s); err != nil {
			return fmt.Errorf("jobs: sweep %s: %w", one.name, err)
		}
	}
	return nil
}

// paceOf is how often a sweep runs.
func (s *Sweeper) paceOf(one sweep) time.Duration { return time.Duration(one.pace) * s.every }
