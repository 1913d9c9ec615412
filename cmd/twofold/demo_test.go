package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"twofold/demo"
	"twofold/inbox"
	"twofold/jobs"
	"twofold/referral"
	"twofold/tools/nodetest"
)

// stage is the demo's story to be played step by step, and the app it is played with.
type stage struct {
	*demo.Story
	app   *demoApp
	parts *parts
}

// setStage starts everything for a story, which tells nobody. The log goes to logTo. With a STATE_DIR
// other commands find it there.
func setStage(t *testing.T, env map[string]string, logTo io.Writer) *stage {
	t.Helper()
	lookup := func(name string) (string, bool) { v, set := env[name]; return v, set }
	_, announced := env["STATE_DIR"]
	c := (&program{lookup: lookup, out: io.Discard, logTo: logTo}).demoConfig(!announced)

	s := &stage{}
	start := c.Start
	c.Start = func(ctx context.Context, settings demo.Settings) (demo.App, error) {
		app, err := start(ctx, settings)
		if err == nil {
			s.app = app.(*demoApp)
			s.parts = s.app.running.parts
		}
		return app, err
	}

	var err error
	if s.Story, err = demo.Open(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

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
		var l struct {
			Step string
			OK   bool
		}
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
	type counts struct {
		Referrals map[string]int
		Rewards   map[string]map[string]int
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

// TestPublishedPayloadsGoThroughTheRunningApp sends Shopify's published example of every topic, signed: nothing
// fails, nothing is poisoned, nobody is credited.
func TestPublishedPayloadsGoThroughTheRunningApp(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := setStage(t, map[string]string{"LOG_LEVEL": "warn"}, &log)
	if err := s.Play(t.Context(), "install"); err != nil {
		t.Fatal(err)
	}

	var examples []struct{ Topic, Body string }
	if err := json.Unmarshal(nodetest.Run(t, nil, "webhooks.mjs", append([]string{"examples"}, jobs.Topics()...)...), &examples); err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
		body := strings.ReplaceAll(e.Body, "{shop}.myshopify.com", string(demo.Shop))
		status, err := webhookTo(t.Context(), http.DefaultClient, "http://"+s.app.Addr(), s.parts.config.APISecret, e.Topic, demo.Shop, uuid.NewString(), []byte(body))
		if err != nil || status != http.StatusOK {
			t.Errorf("%s answered %d, %v", e.Topic, status, err)
		}
	}
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	checkExamplesDone(t, s, len(examples))
	checkLiesCreditNobody(t, s, examples)
	if text := log.String(); strings.Contains(text, `"level":"ERROR"`) {
		t.Errorf("logged an error:\n%s", text)
	}
}

func checkExamplesDone(t *testing.T, s *stage, sent int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var states map[inbox.State]int
	err := demo.Until(ctx, func() (bool, error) { // states are counted one after another: one may move in between
		var err error
		states, err = s.parts.store.CountDeliveries(ctx, demo.Shop)
		return states[inbox.Done]+states[inbox.Waiting] == sent, err
	})
	if err != nil || len(jobs.Topics()) != sent {
		t.Errorf("of %d deliveries are done or waiting: %v, %v", sent, states, err)
	}

	referrals, err := s.parts.store.ListReferrals(t.Context(), demo.Shop, 10)
	if err != nil || len(referrals) != 0 {
		t.Errorf("%d referrals came of examples, %v", len(referrals), err)
	}
}

// checkLiesCreditNobody sends Shopify's example of a paid order once more, with the id of a real order of a
// stranger and the code of Bob's claim written into its body: the order is looked at, and what the shop
// itself says of it decides.
func checkLiesCreditNobody(t *testing.T, s *stage, examples []struct{ Topic, Body string }) {
	t.Helper()
	if err := s.Play(t.Context(), "go_live", "share", "claim"); err != nil {
		t.Fatal(err)
	}
	eve, err := s.NewShopper(t.Context(), "eve", false)
	if err != nil {
		t.Fatal(err)
	}
	placed, err := eve.Buy(t.Context(), 90)
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
		body["discount_codes"] = []map[string]any{{"code": s.Shopper("bob").Discount, "amount": "20.00", "type": "fixed_amount"}}
		lie, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		status, err := webhookTo(t.Context(), http.DefaultClient, "http://"+s.app.Addr(), s.parts.config.APISecret, e.Topic, demo.Shop, uuid.NewString(), lie)
		if err != nil || status != http.StatusOK {
			t.Fatalf("answered %d, %v", status, err)
		}
	}
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.parts.store.FindOrder(t.Context(), demo.Shop, placed.GID); err != nil {
		t.Errorf("the order was not looked at, so the test shows nothing: %v", err)
	}
	referrals, err := s.parts.store.ListReferrals(t.Context(), demo.Shop, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range referrals {
		if r.State != referral.None {
			t.Errorf("a body that lies made a referral %s", r.State)
		}
	}
}
