package main

import (
	"bytes"
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
