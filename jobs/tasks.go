// Package jobs is the work that runs beside the requests: one task type per job, the queues they wait in, and the sweeps that find
// all due work in MongoDB. A task carries ids and nothing else: the queue is the bell, the store is the truth. Every handler is
// safe to run twice, at the same time, and after a crash between any two of its steps; what makes it so lies in the store.
package jobs

import (
	"encoding/json"
	"time"

	"github.com/hibiken/asynq"

	"twofold/referral"
	"twofold/tenant"
)

// The task types.
const (
	TypeDrain       = "deliveries:drain"
	TypeDecide      = "referral:decide"
	TypeAskCustomer = "customer:ask"
	TypeIssue       = "reward:issue"
	TypeTakeBack    = "reward:take_back"
	TypeRelease     = "rewards:release"
	TypeGoLive      = "campaign:go_live"
	TypeFill        = "pool:fill"
	TypeDeleteCodes = "codes:delete"
	TypeEndCodes    = "codes:end"
	TypeShare       = "codes:share"
	TypeTend        = "campaign:tend"
	TypeSetUp       = "shop:set_up"
	TypeReconcile   = "orders:reconcile"
	TypeRefresh     = "tokens:refresh"
)

// Queues by urgency: what a shopper or merchant waits for, what follows from it, and what only has to happen some time.
const (
	queueUrgent = "urgent"
	queueSteady = "steady"
	queueBulk   = "bulk"
)

// weights are how often each queue is asked, relative to the others.
var weights = map[string]int{queueUrgent: 6, queueSteady: 3, queueBulk: 1}

// ForShop is the payload of the jobs about a whole shop.
type ForShop struct {
	Shop tenant.ShopID `json:"shop"`
}

func (p ForShop) about() tenant.ShopID { return p.Shop }

// ForFriend is the payload of the jobs about one friend's referral.
type ForFriend struct {
	Shop   tenant.ShopID     `json:"shop"`
	Friend referral.FriendID `json:"friend"` // gid; in the test lane with its mark
}

func (p ForFriend) about() tenant.ShopID { return p.Shop }

// ForCampaign is the payload of the jobs about one version of a campaign.
type ForCampaign struct {
	Shop     tenant.ShopID       `json:"shop"`
	Campaign referral.CampaignID `json:"campaign"`
	Version  int                 `json:"version"`
}

func (p ForCampaign) about() tenant.ShopID { return p.Shop }

func (p ForCampaign) key() referral.CampaignKey {
	return referral.CampaignKey{ID: p.Campaign, Version: p.Version}
}

// newTask states queue, retries and time-out of a task. The payload must be one of the types above.
func newTask(kind, queue string, payload any, retries int, timeout time.Duration) *asynq.Task {
	body, err := json.Marshal(payload)
	if err != nil {
		panic("jobs: payload of " + kind + ": " + err.Error()) // texts and numbers always encode
	}
	return asynq.NewTask(kind, body, asynq.Queue(queue), asynq.MaxRetry(retries), asynq.Timeout(timeout))
}

// NewDrain works off the shop's deliveries. One retry: the sweep rings again within seconds.
func NewDrain(shop tenant.ShopID) *asynq.Task {
	return newTask(TypeDrain, queueUrgent, ForShop{shop}, 1, time.Minute)
}

// NewDecide decides about a friend anew.
func NewDecide(shop tenant.ShopID, friend referral.FriendID) *asynq.Task {
	return newTask(TypeDecide, queueUrgent, ForFriend{shop, friend}, 5, 30*time.Second)
}

// NewAskCustomer asks Shopify whether a friend is new, and which orders she had placed before she was known.
func NewAskCustomer(shop tenant.ShopID, friend referral.FriendID) *asynq.Task {
	return newTask(TypeAskCustomer, queueSteady, ForFriend{shop, friend}, 5, time.Minute)
}

// NewIssue gives the advocate her reward.
func NewIssue(shop tenant.ShopID, friend referral.FriendID) *asynq.Task {
	return newTask(TypeIssue, queueSteady, ForFriend{shop, friend}, 10, time.Minute)
}

// NewTakeBack deletes the code of a reversed reward.
func NewTakeBack(shop tenant.ShopID, friend referral.FriendID) *asynq.Task {
	return newTask(TypeTakeBack, queueSteady, ForFriend{shop, friend}, 10, 2*time.Minute)
}

// NewRelease releases what is due in the shop.
func NewRelease(shop tenant.ShopID) *asynq.Task {
	return newTask(TypeRelease, queueSteady, ForShop{shop}, 3, 2*time.Minute)
}

// NewGoLive makes a campaign's discounts and pools in the shop.
func NewGoLive(shop tenant.ShopID, key referral.CampaignKey) *asynq.Task {
	return newTask(TypeGoLive, queueUrgent, ForCampaign{shop, key.ID, key.Version}, 10, 2*time.Minute)
}

// NewFill fills a campaign's pools.
func NewFill(shop tenant.ShopID, key referral.CampaignKey) *asynq.Task {
	return newTask(TypeFill, queueBulk, ForCampaign{shop, key.ID, key.Version}, 5, 2*time.Minute)
}

// NewDeleteCodes deletes the shop's dying codes.
func NewDeleteCodes(shop tenant.ShopID) *asynq.Task {
	return newTask(TypeDeleteCodes, queueBulk, ForShop{shop}, 5, 2*time.Minute)
}

// NewEndCodes deletes the shop's codes whose own end has come.
func NewEndCodes(shop tenant.ShopID) *asynq.Task {
	return newTask(TypeEndCodes, queueBulk, ForShop{shop}, 5, 2*time.Minute)
}

// NewShare makes the shareable codes of advocates who have none yet.
func NewShare(shop tenant.ShopID) *asynq.Task {
	return newTask(TypeShare, queueSteady, ForShop{shop}, 5, 2*time.Minute)
}

// NewTend looks after the discounts of a campaign version.
func NewTend(shop tenant.ShopID, key referral.CampaignKey) *asynq.Task {
	return newTask(TypeTend, queueBulk, ForCampaign{shop, key.ID, key.Version}, 5, 2*time.Minute)
}

// NewSetUp reads a newly installed shop and drafts its campaign.
func NewSetUp(shop tenant.ShopID) *asynq.Task {
	return newTask(TypeSetUp, queueUrgent, ForShop{shop}, 10, time.Minute)
}

// NewReconcile asks Shopify for orders that no webhook told of.
func NewReconcile(shop tenant.ShopID) *asynq.Task {
	return newTask(TypeReconcile, queueBulk, ForShop{shop}, 3, 2*time.Minute)
}

// NewRefresh refreshes the tokens of an idle shop before they lapse.
func NewRefresh(shop tenant.ShopID) *asynq.Task {
	return newTask(TypeRefresh, queueBulk, ForShop{shop}, 5, time.Minute)
}
