package simulator

import (
	"math/big"
	"slices"
	"strings"
	"time"
)

// discount is one value with any number of codes, or without one: then it is automatic.
type discount struct {
	id              int64
	title           string
	freeShipping    bool
	percentage      *big.Rat // 0 to 1, or nil
	amount          int64    // minor units, where percentage is nil
	minSubtotal     int64    // minor units, 0 is none
	minQuantity     int64    // 0 is none
	usageLimit      int64    // 0 is none
	oncePerCustomer bool
	customers       []int64 // who may use it; nil means everybody
	startsAt        time.Time
	endsAt          time.Time // zero is never
	combines        combination
	tags            []string
	maxShipping     int64 // free shipping only: dearest shipping it covers, 0 is any
	createdAt       time.Time
	updatedAt       time.Time
	codes           []*redeemCode // by id
	useCount        int64         // orders that took a code, deleted ones too
	usesBy          map[int64]int64
}

// combination is combinesWith: the classes of other discounts it stands beside.
type combination struct{ order, product, shipping bool }

// redeemCode is one code of a discount.
type redeemCode struct {
	id       int64
	code     string
	discount *discount
	uses     []codeUse
	deleted  bool
}

// codeUse is one order that took a code.
type codeUse struct{ orderID, customerID int64 }

func (d *discount) gid() string { return gid("DiscountCodeNode", d.id) }

func (c *redeemCode) gid() string { return gid("DiscountRedeemCode", c.id) }

// use notes that an order took the code.
func (c *redeemCode) use(orderID int64, by *customer) {
	var id int64
	if by != nil {
		id = by.id
	}
	c.uses = append(c.uses, codeUse{orderID, id})
	c.discount.useCount++
	c.discount.usesBy[id]++
}

// status is ACTIVE, EXPIRED or SCHEDULED by the simulated clock. Windows are half open: at endsAt it is over.
func (d *discount) status(now time.Time) string {
	switch {
	case now.Before(d.startsAt):
		return "SCHEDULED"
	case !d.endsAt.IsZero() && !now.Before(d.endsAt):
		return "EXPIRED"
	default:
		return "ACTIVE"
	}
}

// maxCodeLength is the longest code, in characters. Source: shopify.dev, DiscountCodeBasicInput.code.
const maxCodeLength = 255

func codeKey(code string) string { return strings.ToLower(code) }

// addCode gives the discount a code. The answer is a DiscountErrorCode, empty if the code was added.
func (sh *shop) addCode(d *discount, code string) (*redeemCode, string) {
	switch {
	case strings.TrimSpace(code) == "":
		return nil, "BLANK"
	case len([]rune(code)) > maxCodeLength:
		return nil, "TOO_LONG"
	case strings.ContainsAny(code, "\r\n"):
		return nil, "INVALID"
	}

	if _, ok := sh.codes[codeKey(code)]; ok {
		return nil, "TAKEN"
	}

	c := &redeemCode{id: sh.ids.next(), code: code, discount: d}
	sh.codes[codeKey(code)] = c
	d.codes = append(d.codes, c)
	return c, ""
}

// deleteCode takes a code away; an order that has used it keeps it.
func (sh *shop) deleteCode(c *redeemCode) {
	c.deleted = true
	delete(sh.codes, codeKey(c.code))
	c.discount.codes = slices.DeleteFunc(c.discount.codes, func(x *redeemCode) bool { return x == c })
}

func (sh *shop) deleteDiscount(d *discount) {
	for _, c := range slices.Clone(d.codes) {
		sh.deleteCode(c)
	}
	delete(sh.discounts, d.id)
}

// async is work that Shopify does after it has answered: when it has been polled often enough, or
// when asyncPatience is over.
type async struct {
	pollsLeft int
	dueAt     time.Time // simulated
	work      func()
	done      bool
}

// asyncPatience is when unpolled work is done, in simulated time.
const asyncPatience = 2 * time.Second

// start queues work. further polls and extra time come from a slow_bulk fault.
func (sh *shop) start(now time.Time, slow Fault, work func()) *async {
	a := &async{pollsLeft: sh.behaviour.BulkPolls + 1 + slow.N, work: work,
		dueAt: now.Add(asyncPatience + time.Duration(slow.MS)*time.Millisecond)}
	if slow.N > 0 && slow.MS == 0 {
		a.dueAt = now.Add(clockMaxStep) // polls only
	}
	sh.pending = append(sh.pending, a)
	return a
}

// poll counts a look at the work and does it when it is due.
func (a *async) poll() {
	if a.pollsLeft--; a.pollsLeft <= 0 {
		a.finish()
	}
}

func (a *async) finish() {
	if !a.done {
		a.work()
		a.done = true
	}
}

// settle does the work that is due. The caller holds the shop's lock.
func (sh *shop) settle(now time.Time) {
	sh.pending = slices.DeleteFunc(sh.pending, func(a *async) bool {
		if !now.Before(a.dueAt) {
			a.finish()
		}
		return a.done
	})
}

// bulkCreation is a discountRedeemCodeBulkAdd.
type bulkCreation struct {
	*async
	id        int64
	discount  *discount
	createdAt time.Time
	fail      map[int]bool // entries that a partial_bulk fault refuses
	entries   []bulkEntry
}

type bulkEntry struct {
	code    string
	errCode string
	redeem  *redeemCode
}

func (b *bulkCreation) gid() string { return gid("DiscountRedeemCodeBulkCreation", b.id) }

func (b *bulkCreation) counts() (imported, failed int) {
	for _, e := range b.entries {
		switch {
		case e.redeem != nil:
			imported++
		case e.errCode != "":
			failed++
		}
	}
	return imported, failed
}

// fill adds the codes of a bulk creation, or notes why not.
func (sh *shop) fill(b *bulkCreation) {
	seen := map[string]bool{}
	for i := range b.entries {
		e := &b.entries[i]
		switch {
		case b.fail[i]:
			e.errCode = "INTERNAL_ERROR"
		case seen[codeKey(e.code)]:
			e.errCode = "DUPLICATE"
		case sh.discounts[b.discount.id] == nil:
			e.errCode = "INVALID"
		default:
			seen[codeKey(e.code)] = true
			e.redeem, e.errCode = sh.addCode(b.discount, e.code)
		}
	}
}

// job is what discountCodeRedeemCodeBulkDelete answers.
type job struct {
	*async
	id string // gid
}

// errorMessages are the texts of DiscountErrorCode that codes can meet.
var errorMessages = map[string]string{
	"BLANK": "Code can't be blank", "TOO_LONG": "Code is too long (maximum is 255 characters)",
	"INVALID": "Code is invalid", "TAKEN": "Code must be unique. Please try a different code.",
	"DUPLICATE":      "Code is a duplicate of another code in this request",
	"INTERNAL_ERROR": "Something went wrong. Please try again.",
}

// Discount is what the control API says about one.
type Discount struct {
	ID         int64      `json:"id"`
	GID        string     `json:"gid"`
	Title      string     `json:"title"`
	Automatic  bool       `json:"automatic,omitempty"`
	Kind       string     `json:"kind"`                 // amount_off, percent_off or free_shipping
	Amount     string     `json:"amount,omitempty"`     // amount_off
	Percentage string     `json:"percentage,omitempty"` // percent_off, "0.15"
	Currency   string     `json:"currency"`
	Status     string     `json:"status"`
	StartsAt   time.Time  `json:"starts_at"`
	EndsAt     *time.Time `json:"ends_at"`
	UsageLimit int64      `json:"usage_limit,omitempty"`
	Tags       []string   `json:"tags,omitempty"`
	Codes      []Code     `json:"codes"`
}

// Code is one code of a Discount with the orders that took it.
type Code struct {
	ID     int64   `json:"id"`
	Code   string  `json:"code"`
	Usage  int     `json:"usage"`
	Orders []int64 `json:"orders,omitempty"`
}

// Discounts lists a shop's discounts with their codes, oldest first.
func (s *Server) Discounts(domain string) ([]Discount, error) {
	out := []Discount{}
	err := s.withShop(domain, func(sh *shop) error {
		for _, d := range append(sh.sortedDiscounts(), sh.automatics...) {
			out = append(out, sh.discountView(d, s.clock.now()))
		}
		return nil
	})
	return out, err
}

func (sh *shop) sortedDiscounts() []*discount {
	var out []*discount
	for _, d := range sh.discounts {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b *discount) int { return int(a.id - b.id) })
	return out
}

func (sh *shop) discountView(d *discount, now time.Time) Discount {
	v := Discount{ID: d.id, GID: d.gid(), Title: d.title, Currency: sh.currency, Status: d.status(now),
		StartsAt: d.startsAt, UsageLimit: d.usageLimit, Tags: d.tags, Codes: []Code{}}

	if slices.Contains(sh.automatics, d) {
		v.Automatic, v.GID = true, gid("DiscountAutomaticNode", d.id)
	}

	switch {
	case d.freeShipping:
		v.Kind = "free_shipping"
	case d.percentage != nil:
		v.Kind, v.Percentage = "percent_off", ratText(d.percentage)
	default:
		v.Kind, v.Amount = "amount_off", moneyText(d.amount, sh.currency)
	}

	if !d.endsAt.IsZero() {
		v.EndsAt = &d.endsAt
	}
	for _, c := range d.codes {
		code := Code{ID: c.id, Code: c.code, Usage: len(c.uses)}
		for _, u := range c.uses {
			code.Orders = append(code.Orders, u.orderID)
		}
		v.Codes = append(v.Codes, code)
	}
	return v
}

// ratText writes a rate without trailing zeros.
func ratText(r *big.Rat) string {
	return strings.TrimRight(strings.TrimRight(r.FloatString(6), "0"), ".")
}
