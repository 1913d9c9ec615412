package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"twofold/inbox"
	"twofold/jobs"
	"twofold/referral"
	"twofold/tools/nodetest"
)

// TestTheStory plays the demo once, as JSON, and reads its summary.
func TestTheStory(t *testing.T) {
	t.Parallel()
	out, err := try(t, nil, "demo", "--once", "--json")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	steps := map[string]bool{}
	for _, line := range lines {
		var l told
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("not a JSON line: %s", line)
		}
		steps[l.Step] = l.OK
	}
	want := map[string]bool{"start": true, "install": true, "go_live": true, "share": true, "claim": true, "order": true, "twice": true,
		"carol": true, "dave": true, "hold": true, "reward": true, "refund": true, "summary": true}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("steps -want +got\n%s", diff)
	}
	var summary struct {
		Step string
		counts
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &summary); err != nil || summary.Step != "summary" {
		t.Fatalf("the last line is no summary: %s", lines[len(lines)-1])
	}
	if diff := cmp.Diff(counts{
		Referrals: map[string]int{"approved": 1, "flagged": 1, "voided": 1},
		Rewards: map[string]map[string]int{
			"advocate": {"redeemed": 1, "reversed": 1, "pending": 1},
			"friend":   {"redeemed": 3},
		},
	}, summary.counts); diff != "" {
		t.Errorf("counts -want +got\n%s", diff)
	}
}

// TestPublishedPayloadsGoThroughTheRunningApp sends Shopify's published example of every topic, signed: nothing fails, nothing is
// poisoned, nobody is credited.
func TestPublishedPayloadsGoThroughTheRunningApp(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	p := &program{lookup: func(name string) (string, bool) { return "warn", name == "LOG_LEVEL" }, out: &log, logTo: &log}
	stage, err := p.setStage(t.Context(), &teller{out: &bytes.Buffer{}, began: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stage.close(); err != nil {
			t.Error(err)
		}
	}()
	s := &story{stage: stage, teller: &teller{out: &bytes.Buffer{}, began: time.Now()}, root: stage.sim.URL() + "/" + string(demoShop), people: map[string]*shopper{}, orders: map[string]order{}}
	if err := s.install(t.Context()); err != nil {
		t.Fatal(err)
	}
	var examples []struct{ Topic, Body string }
	if err := json.Unmarshal(nodetest.Run(t, nil, "webhooks.mjs", append([]string{"examples"}, jobs.Topics()...)...), &examples); err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
		body := strings.ReplaceAll(e.Body, "{shop}.myshopify.com", string(demoShop))
		status, err := webhookTo(t.Context(), http.DefaultClient, "http://"+stage.app.addr, stage.parts.config.APISecret, e.Topic, demoShop, uuid.NewString(), []byte(body))
		if err != nil || status != http.StatusOK {
			t.Errorf("%s answered %d, %v", e.Topic, status, err)
		}
	}
	if err := s.drained(t.Context()); err != nil {
		t.Fatal(err)
	}
	checkExamplesDone(t, stage, len(examples))
	checkLiesCreditNobody(t, s, examples)
	if text := log.String(); strings.Contains(text, `"level":"ERROR"`) {
		t.Errorf("logged an error:\n%s", text)
	}
}

func checkExamplesDone(t *testing.T, stage *stage, sent int) {
	t.Helper()
	states, err := stage.parts.store.CountDeliveries(t.Context(), demoShop)
	if err != nil {
		t.Fatal(err)
	}
	if n := states[inbox.Done] + states[inbox.Waiting]; n != sent || len(jobs.Topics()) != sent {
		t.Errorf("%d of %d deliveries done or waiting: %v", n, sent, maps.Collect(maps.All(states)))
	}
	referrals, err := stage.parts.store.ListReferrals(t.Context(), demoShop, 10)
	if err != nil || len(referrals) != 0 {
		t.Errorf("%d referrals came of examples, %v", len(referrals), err)
	}
}

// checkLiesCreditNobody sends Shopify's example of a paid order once more, with the id of a real order of a stranger and the code
// of Bob's claim written into its body: the order is looked at, and what the shop itself says of it decides.
func checkLiesCreditNobody(t *testing.T, s *story, examples []struct{ Topic, Body string }) {
	t.Helper()
	for _, play := range []func(context.Context) error{s.goLive, s.share, s.claim} {
		if err := play(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	eve, err := s.newShopper(t.Context(), "eve", false)
	if err != nil {
		t.Fatal(err)
	}
	placed, err := eve.buy(t.Context(), 90)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
		if e.Topic != "orders/paid" {
			continue
		}
		var body map[string]any
		if err := json.Unmarshal([]byte(e.Body), &body); err != nil {
			t.Fatal(err)
		}
		body["id"], body["admin_graphql_api_id"] = placed.ID, placed.GID
		body["discount_codes"] = []map[string]any{{"code": s.people["bob"].discount, "amount": "20.00", "type": "fixed_amount"}}
		lie, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		status, err := webhookTo(t.Context(), http.DefaultClient, "http://"+s.stage.app.addr, s.stage.parts.config.APISecret, e.Topic, demoShop, uuid.NewString(), lie)
		if err != nil || status != http.StatusOK {
			t.Fatalf("answered %d, %v", status, err)
		}
	}
	if err := s.drained(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.stage.parts.store.FindOrder(t.Context(), demoShop, placed.GID); err != nil {
		t.Errorf("the order was not looked at, so the test shows nothing: %v", err)
	}
	referrals, err := s.stage.parts.store.ListReferrals(t.Context(), demoShop, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range referrals {
		if r.State != referral.None {
			t.Errorf("a body that lies made a referral %s", r.State)
		}
	}
}
