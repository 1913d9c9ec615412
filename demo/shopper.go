package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"twofold/fault"
	"twofold/referral"
	"twofold/text"
)

// Shopper is one browser in the demo's shop, and who sits before it.
type Shopper struct {
	Code     string // as an advocate
	Discount string // the code to be used at the checkout

	story   *Story
	name    string
	email   string
	browser string // the widget's browser id
	http    *http.Client
	link    string
	claimID string
}

// Order is what the simulated checkout answers.
type Order struct {
	ID       int64            `json:"id"`
	GID      referral.OrderID `json:"gid"`
	Name     string           `json:"name"`
	Total    string           `json:"total"`
	Discount string           `json:"total_discounts"`
}

// Shopper is who was called so in the story; nil when nobody was.
func (s *Story) Shopper(name string) *Shopper { return s.people[name] }

// Order is the last one of the shopper called so.
func (s *Story) Order(name string) Order { return s.orders[name] }

// NewShopper opens a browser for somebody new.
func (s *Story) NewShopper(ctx context.Context, name string, signedIn bool) (*Shopper, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}

	one := &Shopper{
		story: s, name: name, email: name + "@example.com", browser: uuid.NewString(),
		http: &http.Client{Jar: jar, Timeout: 20 * time.Second},
	}
	s.people[name] = one

	if !signedIn {
		return one, nil
	}
	return one, one.post(ctx, "/account/login", map[string]any{"email": one.email}, nil)
}

// signedOut is somebody else's name in the same browser.
func (p *Shopper) signedOut(name string) *Shopper {
	return &Shopper{
		story: p.story, name: "dave", email: name + "@example.com", browser: p.browser,
		http: &http.Client{Timeout: 20 * time.Second},
	}
}

func (p *Shopper) join(ctx context.Context) error {
	var answer struct {
		Advocate struct{ Code, Link string }
	}
	err := p.post(ctx, "/apps/friends/join", map[string]any{"browser_id": p.browser}, &answer)
	p.Code = answer.Advocate.Code
	p.link = answer.Advocate.Link
	return err
}

// Claim opens an advocate's link as the widget does, takes the offer, and keeps the code for the checkout.
func (p *Shopper) Claim(ctx context.Context, ref string) error {
	var visit struct {
		VisitID string `json:"visit_id"`
	}
	opened := map[string]any{"ref": ref, "browser_id": p.browser}
	if err := p.post(ctx, "/apps/friends/visit", opened, &visit); err != nil {
		return err
	}

	var answer struct {
		Claim struct{ ID, Code string }
	}
	taken := map[string]any{"ref": ref, "browser_id": p.browser, "visit_id": visit.VisitID}
	err := p.post(ctx, "/apps/friends/claim", taken, &answer)
	p.claimID = answer.Claim.ID
	p.Discount = answer.Claim.Code
	return err
}

// Buy places an order over an amount of whole dollars at the shop's checkout.
func (p *Shopper) Buy(ctx context.Context, dollars int) (Order, error) {
	checkout := map[string]any{
		"email": p.email,
		"items": []map[string]any{{"title": "Blanket", "price": fmt.Sprintf("%d.00", dollars), "quantity": 1}},
	}

	if p.Discount != "" {
		checkout["discount_codes"] = []string{p.Discount}
	}
	if p.claimID != "" {
		checkout["attributes"] = map[string]string{referral.ClaimAttribute: p.claimID}
	}

	var answer struct {
		Order Order `json:"order"`
	}
	err := p.post(ctx, "/checkout", checkout, &answer)
	p.story.orders[p.name] = answer.Order
	return answer.Order, err
}

// rewardCodes are the codes that the advocate can spend, as GET /proxy/me shows them.
func (p *Shopper) rewardCodes(ctx context.Context) ([]string, error) {
	var view struct {
		Rewards []struct{ State, Code string }
	}
	if err := p.story.do(ctx, p.http, "GET", p.story.root+"/apps/friends/me", nil, nil, &view); err != nil {
		return nil, err
	}

	var codes []string
	for _, r := range view.Rewards {
		if r.State == string(referral.RewardIssued) && r.Code != "" {
			codes = append(codes, r.Code)
		}
	}
	return codes, nil
}

func (p *Shopper) post(ctx context.Context, path string, body, answer any) error {
	return p.story.do(ctx, p.http, "POST", p.story.root+path, nil, body, answer)
}

// Control asks the simulator's control API about the shop. path is what follows the shop in the address, such as
// "orders".
func (s *Story) Control(ctx context.Context, method, path string, body, answer any) error {
	return s.call(ctx, method, s.shopify.URL()+"/_sim/shops/"+string(Shop)+"/"+path, body, answer)
}

func (s *Story) call(ctx context.Context, method, address string, body, answer any) error {
	return s.do(ctx, http.DefaultClient, method, address, nil, body, answer)
}

// do sends JSON and reads JSON. A status that is not 2xx is an error with the answer's beginning.
func (s *Story) do(
	ctx context.Context, client *http.Client, method, address string, header http.Header, body, answer any,
) error {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(text)
	}

	req, err := http.NewRequestWithContext(ctx, method, address, sent)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	for name, values := range header {
		req.Header[name] = values
	}

	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err != nil {
		return err
	}

	if res.StatusCode/100 != 2 {
		return fault.With(fault.Conflict, "story_answer", fault.Values{
			"method": method, "path": req.URL.Path, "status": res.StatusCode, "answer": fmt.Sprintf("%.300s", text),
		})
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%s %s: %w", method, req.URL.Path, err)
	}
	return nil
}

// merchantPost calls the embedded app as its page does, with an ID token.
func (s *Story) merchantPost(ctx context.Context, path string) error {
	var token struct {
		IDToken string `json:"id_token"`
	}
	if err := s.Control(ctx, "GET", "id_token", nil, &token); err != nil {
		return err
	}

	header := http.Header{"Authorization": {"Bearer " + token.IDToken}}
	return s.do(ctx, http.DefaultClient, "POST", "http://"+s.app.Addr()+path, header, nil, nil)
}

// Until asks again every few milliseconds until done, or until ctx is over.
func Until(ctx context.Context, done func() (bool, error)) error {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		ok, err := done()
		if err != nil || ok {
			return err
		}

		select {
		case <-ctx.Done():
			return fault.Wrap(fault.Conflict, ctx.Err(), "story_late")
		case <-ticker.C:
		}
	}
}

// ReferralOf is the referral of who placed the order. NotFound while either is unknown.
func (s *Story) ReferralOf(ctx context.Context, o Order) (referral.Referral, error) {
	kept, err := s.app.FindOrder(ctx, Shop, o.GID)
	if err != nil {
		return referral.Referral{}, err
	}
	return s.app.FindReferral(ctx, Shop, kept.Friend())
}

// awaitReferral waits until the order's referral is in the state, and rests on that order.
func (s *Story) awaitReferral(ctx context.Context, o Order, state referral.State) (r referral.Referral, err error) {
	err = Until(ctx, func() (bool, error) {
		all, err := s.app.ListReferrals(ctx, Shop, 100)
		for _, one := range all {
			if one.Order == o.GID && one.State == state && one.Reason != referral.ReasonNewness {
				r = one
				return true, nil
			}
		}
		return false, err
	})
	if err != nil {
		return r, awaited(o.Name, state, err)
	}
	return r, nil
}

// awaited says what did not come of an order, a state of its referral or of a reward, and why.
func awaited[S referral.State | referral.RewardState](order string, state S, cause error) error {
	return &fault.Error{
		Kind: fault.Conflict, Code: "story_awaited", Err: cause,
		Values: fault.Values{"order": order, "state": state, "why": text.English.Operator(cause)},
	}
}

// sentWebhook is one webhook in the simulator's log.
type sentWebhook struct {
	ID       int               `json:"id"`
	Body     string            `json:"body"`
	Attempts []json.RawMessage `json:"attempts"`
}

// webhooksOf lists the orders/paid webhooks that were sent about an order.
func (s *Story) webhooksOf(ctx context.Context, o Order) ([]sentWebhook, error) {
	var sent struct {
		Deliveries []sentWebhook `json:"deliveries"`
	}
	err := s.Control(ctx, "GET", "deliveries?topic=orders/paid", nil, &sent)
	number := strconv.FormatInt(o.ID, 10)
	others := func(w sentWebhook) bool { return !strings.Contains(w.Body, number) }
	return slices.DeleteFunc(sent.Deliveries, others), err
}

// redeliver has the simulator send every webhook of the order again, and waits until the app has taken and worked off
// them.
func (s *Story) redeliver(ctx context.Context, o Order) (int, error) {
	before, err := s.webhooksOf(ctx, o)
	if err != nil {
		return 0, err
	}
	if len(before) == 0 {
		return 0, fault.With(fault.Conflict, "story_webhook", fault.Values{"order": o.Name})
	}

	for _, w := range before {
		if err := s.Control(ctx, "POST", fmt.Sprintf("deliveries/%d/redeliver", w.ID), nil, nil); err != nil {
			return 0, err
		}
	}

	err = Until(ctx, func() (bool, error) {
		now, err := s.webhooksOf(ctx, o)
		return err == nil && attempts(now) > attempts(before), err
	})
	if err != nil {
		return 0, err
	}
	return len(before), s.Drain(ctx)
}

func attempts(all []sentWebhook) int {
	n := 0
	for _, w := range all {
		n += len(w.Attempts)
	}
	return n
}

// Drain waits until no webhook of the shop is left to work off.
func (s *Story) Drain(ctx context.Context) error {
	return Until(ctx, func() (bool, error) { return s.app.Drained(ctx, Shop) })
}

// discountHas tells whether a code exists in the shop.
func (s *Story) discountHas(ctx context.Context, code string) (bool, error) {
	var all struct {
		Discounts []struct {
			Codes []struct{ Code string } `json:"codes"`
		} `json:"discounts"`
	}
	if err := s.Control(ctx, "GET", "discounts", nil, &all); err != nil {
		return false, err
	}

	for _, d := range all.Discounts {
		for _, c := range d.Codes {
			if c.Code == code {
				return true, nil
			}
		}
	}
	return false, nil
}
