package trust

import (
	"math"
	"time"
)

// Row is one signal: what it is called, what it weighs, and to which outcome it may lead.
type Row struct {
	Name     string
	Version  int           // grows when what is noticed changes
	Points   int           // while it is fresh
	HalfLife time.Duration // after which half of the points is left; 0: it does not fade
	Outcome  Outcome       // how it is settled; see Strictness
	Level    int           // of protected customer data without which it notices nothing
	look     func(*view) (finding, bool)
}

// finding is what a row noticed: how far apart in time the facts are that it ties, and what they are. Nothing is
// measured from now: a hold does not fade by waiting.
type finding struct {
	age time.Duration
	saw []string
}

// Half-lives: what ties two people fades as cards are replaced, telephones change hands and habits end.
const (
	day      = 24 * time.Hour
	halfYear = 182 * day
	twoYears = 730 * day
)

// Table is all that is noticed. Source: the product's issue on trust, which names what caught fraud on labelled
// histories without hurting anybody; docs/TRUST.md says it in a merchant's words, and a test compares the two.
//
// Left out because it hurt the honest: one house, one network, how fast somebody buys, how many friends a link has.
var Table = []Row{
	{"circle_card", 1, 140, twoYears, Hold, 1, circleCard},
	{"same_mailbox", 1, 160, 0, Hold, 2, sameMailbox},
	{"same_phone", 1, 120, twoYears, Hold, 2, samePhone},
	{"own_domain", 1, 110, 0, Hold, 2, ownDomain},
	{"coupon_burst", 1, 150, 0, Hold, 1, couponBurst},
	{"coupon_visitor", 1, 40, 0, Refuse, 1, couponVisitor},
	{"till_code", 1, 150, 0, Hold, 1, tillCode},
	{"own_network", 1, 100, 0, Hold, 1, ownNetwork},
	{"same_agent", 1, 110, 0, Hold, 1, sameAgent},
	{"friends_agent", 1, 70, 0, Hold, 1, friendsAgent},
	{"caught_link", 1, 100, 0, Hold, 1, caughtLink},
	{"typed_addresses", 1, 100, 0, Ask, 2, typedAddresses},
	{"reciprocal", 1, 120, 0, Hold, 1, reciprocal},
	{"ring", 1, 150, 0, Hold, 1, ring},
	{"give_back", 1, 150, halfYear, Hold, 1, giveBack},
	{"known_card", 1, 50, twoYears, Hold, 1, knownCard},
	{"high_risk", 1, 40, 0, Hold, 1, highRisk},
	{"gift_cards", 1, 40, 0, Hold, 1, giftCards},
}

// weight is what is left of the row's points when the facts are so far apart.
func (r Row) weight(age time.Duration) int {
	if r.HalfLife == 0 {
		return r.Points
	}
	return int(math.Round(float64(r.Points) * math.Exp2(-float64(age)/float64(r.HalfLife))))
}
