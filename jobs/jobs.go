// Package jobs is the work that runs beside the requests. Each job has one file, named for its kind, with all that is
// to say of it: kind, queue, retries, time-out, handler, how its bell is rung, and the sweep that finds its work when
// the bell was lost. The list in this file names them all; worker, bell and sweeper range over it.
//
// A task carries ids and nothing else: the queue is the bell, the store is the truth. Every handler is safe to run
// twice, at the same time, and after a crash between any two of its steps; what makes it so lies in the store.
//
// Begin with the list and with job in this file, then read one job: deliveries_drain.go works off the webhooks.
package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hibiken/asynq"

	"twofold/referral"
	"twofold/tenant"
)

// all lists the jobs. A new one is a file and a line here.
var all = []job{
	deliveriesDrain,
	referralDecide,
	customerAsk,
	rewardIssue,
	rewardTakeBack,
	rewardsRelease,
	campaignGoLive,
	campaignTend,
	poolFill,
	codesDelete,
	codesEnd,
	codesShare,
	codesWatch,
	offerShow,
	figuresFold,
	mailsSend,
	missingLook,
	marksForget,
	neighboursLook,
	shopSetUp,
	ordersReconcile,
	tokensRefresh,
	shopCleanUp,
	shopReopen,
	customersDataRequest,
	customersRedact,
	shopRedact,
}

// shared lists the sweeps that are not one job's: they find work of several, or work that needs no task.
var shared = []sweep{
	dueWork,
	activeCampaigns,
	frozenShops,
	lateReconciles,
}

// job is one kind of work.
type job struct {
	kind    string // noun:verb, as it stands in the queue; tasks of the version before may still be there
	queue   string
	retries int
	timeout time.Duration
	frozen  bool // it also runs for a shop that cannot be asked; all others wait for it
	run     runner
	sweep   *sweep // finds its work; nil where the queue's own retries, or a shared sweep, are enough
}

// Queues by urgency: what a shopper or merchant waits for, what follows from it, and what only has to happen some time.
const (
	queueUrgent = "urgent"
	queueSteady = "steady"
	queueBulk   = "bulk"
)

// weights are how often each queue is asked, relative to the others.
var weights = map[string]int{queueUrgent: 6, queueSteady: 3, queueBulk: 1}

// runner reads a task's payload, which tells its shop, and returns the work itself. An error says that
// the payload cannot be read.
type runner func(w *Worker, body []byte) (shop tenant.ShopID, do func(context.Context) error, err error)

// payload is one of the four below.
type payload interface {
	about() tenant.ShopID
	part() string // names what in the shop it is about; "": the whole
}

// ForShop is the payload of the jobs about a whole shop.
type ForShop struct {
	Shop tenant.ShopID `json:"shop"`
}

func (p ForShop) about() tenant.ShopID { return p.Shop }
func (p ForShop) part() string         { return "" }

// ForFriend is the payload of the jobs about one friend's referral.
type ForFriend struct {
	Shop   tenant.ShopID     `json:"shop"`
	Friend referral.FriendID `json:"friend"` // gid; in the test lane with its mark
}

func (p ForFriend) about() tenant.ShopID { return p.Shop }
func (p ForFriend) part() string         { return "/" + string(p.Friend) }

// ForCampaign is the payload of the jobs about one version of a campaign.
type ForCampaign struct {
	Shop     tenant.ShopID       `json:"shop"`
	Campaign referral.CampaignID `json:"campaign"`
	Version  int                 `json:"version"`
}

func (p ForCampaign) about() tenant.ShopID { return p.Shop }
func (p ForCampaign) part() string         { return fmt.Sprintf("/%s/%d", p.Campaign, p.Version) }

func (p ForCampaign) key() referral.CampaignKey {
	return referral.CampaignKey{ID: p.Campaign, Version: p.Version}
}

// ForDelivery is the payload of the jobs that fulfil one delivery: whom it is about stands in it alone.
type ForDelivery struct {
	Shop     tenant.ShopID `json:"shop"`
	Delivery string        `json:"delivery"`
}

func (p ForDelivery) about() tenant.ShopID { return p.Shop }
func (p ForDelivery) part() string         { return "/" + p.Delivery }

// about is the payload of a campaign version.
func about(shop tenant.ShopID, key referral.CampaignKey) ForCampaign {
	return ForCampaign{shop, key.ID, key.Version}
}

// runs makes a runner of a handler.
func runs[P payload](handle func(ctx context.Context, w *Worker, p P) error) runner {
	return func(w *Worker, body []byte) (tenant.ShopID, func(context.Context) error, error) {
		var p P
		if err := json.Unmarshal(body, &p); err != nil {
			return "", nil, err
		}
		return p.about(), func(ctx context.Context) error { return handle(ctx, w, p) }, nil
	}
}

// task is a task of the job, with queue, retries and time-out.
func (j job) task(p payload) *asynq.Task {
	body, err := json.Marshal(p)
	if err != nil {
		panic("jobs: payload of " + j.kind + ": " + err.Error()) // texts and numbers always encode
	}
	return asynq.NewTask(j.kind, body, asynq.Queue(j.queue), asynq.MaxRetry(j.retries), asynq.Timeout(j.timeout))
}

// everyShop turns shops that a sweep found into payloads.
func everyShop(shops []tenant.ShopID, err error) ([]payload, error) {
	found := make([]payload, len(shops))
	for i, shop := range shops {
		found[i] = ForShop{shop}
	}
	return found, err
}
