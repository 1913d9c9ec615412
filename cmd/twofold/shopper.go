package main

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

	"twofold/referral"
)

// shopper is one browser in the demo's shop, and who sits before it.
type shopper struct {
	story    *story
	name     string
	email    string
	browser  string // the widget's browser id
	http     *http.Client
	code     string // as an advocate
	link     string
	discount string // the code she takes to the checkout
	claimID  string
}

// order is what the simulated checkout answers.
type order struct {
	ID       int64            `json:"id"`
	GID      referral.OrderID `json:"gid"`
	Name     string           `json:"name"`
	Total    string           `json:"total"`
	Discount string           `json:"total_discounts"`
}

func (s *story) newShopper(ctx context.Context, name string, signedIn bool) (*shopper, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	one := &shopper{story: s, name: name, email: name + "@example.com", browser: "browser-of-" + name + "-demo", http: &http.Client{Jar: jar, Timeout: 20 * time.Second}}
	s.people[name] = one
	if !signedIn {
		return one, nil
	}
	return one, one.post(ctx, "/account/login", map[string]any{"email": one.email}, nil)
}

// signedOut is somebody else's name in the same browser.
func (p *shopper) signedOut(name string) *shopper {
	return &shopper{story: p.story, name: "dave", email: name + "@example.com", browser: p.browser, http: &http.Client{Timeout: 20 * time.Second}}
}

func (p *shopper) join(ctx context.Context) error {
	var answer struct {
		Advocate struct{ Code, Link string }
	}
	err := p.post(ctx, "/apps/refer/join", map[string]any{"browser_id": p.browser}, &answer)
	p.code, p.link = answer.Advocate.Code, answer.Advocate.Link
	return err
}

// claim opens an advocate's link as the widget does, takes the offer, and keeps the code for the checkout.
func (p *shopper) claim(ctx context.Context, ref string) error {
	var visit struct {
		VisitID string `json:"visit_id"`
	}
	if err := p.post(ctx, "/apps/refer/visit", map[string]any{"ref": ref, "browser_id": p.browser}, &visit); err != nil {
		return err
	}
	var answer struct {
		Claim struct{ ID, Code string }
	}
	err := p.post(ctx, "/apps/refer/claim", map[string]any{"ref": ref, "browser_id": p.browser, "visit_id": visit.VisitID}, &answer)
	p.claimID, p.discount = answer.Claim.ID, answer.Claim.Code
	return err
}

// buy places an order over an amount of whole dollars at the shop's checkout.
func (p *shopper) buy(ctx context.Context, dollars int) (order, error) {
	checkout := map[string]any{
		"email": p.email, "items": []map[string]any{{"title": "Blanket", "price": fmt.Sprintf("%d.00", dollars), "quantity": 1}},
	}
	if p.discount != "" {
		checkout["discount_codes"] = []string{p.discount}
	}
	if p.claimID != "" {
		checkout["attributes"] = map[string]string{referral.ClaimAttribute: p.claimID}
	}
	var answer struct {
		Order order `json:"order"`
	}
	err := p.post(ctx, "/checkout", checkout, &answer)
	p.story.orders[p.name] = answer.Order
	return answer.Order, err
}

// rewardCodes are the codes that she can spend, as GET /proxy/me shows them to her.
func (p *shopper) rewardCodes(ctx context.Context) ([]string, error) {
	var view struct {
		Rewards []struct{ State, Code string }
	}
	if err := p.story.do(ctx, p.http, "GET", p.story.root+"/apps/refer/me", nil, nil, &view); err != nil {
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

func (p *shopper) post(ctx context.Context, path string, body, answer any) error {
	return p.story.do(ctx, p.http, "POST", p.story.root+path, nil, body, answer)
}

// sim is an address of the simulator's control API about the shop.
func (s *story) sim(path string) string {
	return s.stage.sim.URL() + "/_sim/shops/" + string(demoShop) + "/" + path
}

func (s *story) call(ctx context.Context, method, address string, body, answer any) error {
	return s.do(ctx, http.DefaultClient, method, address, nil, body, answer)
}

// do sends JSON and reads JSON. A status that is not 2xx is an error with the answer's beginning.
func (s *story) do(ctx context.Context, client *http.Client, method, address string, header http.Header, body, answer any) error {
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
		return errDifferent("%s %s answered %d: %.300s", method, req.URL.Path, res.StatusCode, text)
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
func (s *story) merchantPost(ctx context.Context, path string) error {
	var token struct {
		IDToken string `json:"id_token"`
	}
	if err := s.call(ctx, "GET", s.sim("id_token"), nil, &token); err != nil {
		return err
	}
	header := http.Header{"Authorization": {"Bearer " + token.IDToken}}
	return s.do(ctx, http.DefaultClient, "POST", "http://"+s.stage.app.addr+path, header, nil, nil)
}

// until asks again every few milliseconds until done, or until the step's time is over.
func until(ctx context.Context, done func() (bool, error)) error {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		ok, err := done()
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return errDifferent("it did not come about in time")
		case <-ticker.C:
		}
	}
}

func (s *story) referralOf(ctx context.Context, o order) (referral.Referral, error) {
	kept, err := s.stage.parts.store.FindOrder(ctx, demoShop, o.GID)
	if err != nil {
		return referral.Referral{}, err
	}
	return s.stage.parts.store.FindReferral(ctx, demoShop, kept.Friend())
}

// awaitReferral waits until the order's referral is in the state, and rests on that order.
func (s *story) awaitReferral(ctx context.Context, o order, state referral.State) (r referral.Referral, err error) {
	err = until(ctx, func() (bool, error) {
		all, err := s.stage.parts.store.ListReferrals(ctx, demoShop, 100)
		for _, one := range all {
			if one.Order == o.GID && one.State == state && one.Reason != referral.ReasonNewness {
				r = one
				return true, nil
			}
		}
		return false, err
	})
	if err != nil {
		return r, fmt.Errorf("waiting for order %s to be %s: %w", o.Name, state, err)
	}
	return r, nil
}

// export is everything the shop has, as `twofold export` prints it.
func (s *story) export(ctx context.Context) (string, error) {
	var b bytes.Buffer
	printer := &program{out: &b}
	for _, kind := range []string{"ledger", "referrals", "advocates"} {
		rows, err := exportRows(ctx, s.stage.parts, demoShop, kind, s.stage.parts.clock.Now())
		if err != nil {
			return "", err
		}
		if err := printer.printRows(rows); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// sentWebhook is one webhook in the simulator's log.
type sentWebhook struct {
	ID       int               `json:"id"`
	Body     string            `json:"body"`
	Attempts []json.RawMessage `json:"attempts"`
}

// webhooksOf lists the orders/paid webhooks that were sent about an order.
func (s *story) webhooksOf(ctx context.Context, o order) ([]sentWebhook, error) {
	var sent struct {
		Deliveries []sentWebhook `json:"deliveries"`
	}
	err := s.call(ctx, "GET", s.sim("deliveries?topic=orders/paid"), nil, &sent)
	return slices.DeleteFunc(sent.Deliveries, func(w sentWebhook) bool { return !strings.Contains(w.Body, strconv.FormatInt(o.ID, 10)) }), err
}

// redeliver has the simulator send every webhook of the order again, and waits until the app has taken and worked off them.
func (s *story) redeliver(ctx context.Context, o order) (int, error) {
	before, err := s.webhooksOf(ctx, o)
	if err != nil {
		return 0, err
	}
	if len(before) == 0 {
		return 0, errDifferent("no webhook of order %s was sent", o.Name)
	}
	for _, w := range before {
		if err := s.call(ctx, "POST", s.sim(fmt.Sprintf("deliveries/%d/redeliver", w.ID)), nil, nil); err != nil {
			return 0, err
		}
	}
	err = until(ctx, func() (bool, error) {
		now, err := s.webhooksOf(ctx, o)
		return err == nil && attempts(now) > attempts(before), err
	})
	if err != nil {
		return 0, err
	}
	return len(before), s.drained(ctx)
}

func attempts(all []sentWebhook) int {
	n := 0
	for _, w := range all {
		n += len(w.Attempts)
	}
	return n
}

// drained waits until no delivery of the shop is left to work off.
func (s *story) drained(ctx context.Context) error {
	return until(ctx, func() (bool, error) {
		left, err := s.stage.parts.store.ListDeliveries(ctx, demoShop, time.Now().Add(time.Hour), 1)
		return len(left) == 0, err
	})
}

// discountHas tells whether a code exists in the shop.
func (s *story) discountHas(ctx context.Context, code string) (bool, error) {
	var all struct {
		Discounts []struct {
			Codes []struct{ Code string } `json:"codes"`
		} `json:"discounts"`
	}
	if err := s.call(ctx, "GET", s.sim("discounts"), nil, &all); err != nil {
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
