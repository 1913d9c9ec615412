package storefront_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/referral"
	"twofold/store/storetest"
)

const computer = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"

// ownPage is the page of the shop that asks.
const ownPage = "https://demo.example/products/tea?ref=ALICE-9"

// seenBy is the sighting of a request from an address by a browser.
func (s *shop) seenBy(address, agent string) referral.Sighting {
	return referral.Sighting{
		At:       storetest.Noon,
		Networks: referral.NetworkHashes(s.hasher, demo, address),
		Agents:   referral.AgentHashes(s.hasher, demo, agent),
	}
}

func (s *shop) claimIn(t *testing.T, browser string) referral.Claim {
	t.Helper()
	key := referral.BrowserKey(s.hasher.Hash(demo, "browser", browserOf(browser)))
	all, err := s.store.ClaimsByKeys(storetest.Context(t), demo, s.campaign.ID, []string{key})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d claims, %v", len(all), err)
	}
	return all[0]
}

// A claim keeps from where and by what it was made, and the page that led to the link as the visit knew it. The same
// again on the same day is not kept, another browser is.
func TestWhereAFriendWasSeen(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.codes(t, "FRND-1111-2222")
	body := func(more string) string {
		return `{"ref":"ALICE-9","browser":"` + browserOf("bob") + `"` + more + `}`
	}
	visit := post("visit", body(`,"page":"https://Coupons.example/shop?session=77"`))
	visit.from, visit.page = "198.51.100.9, 203.0.113.7", ownPage
	id := visitID(t, s.do(t, visit))

	claim := post("claim", body(`,"visit":"`+id+`","email":"bob@example.com"`))
	claim.from, claim.page = "203.0.113.8", ownPage
	if got := s.do(t, claim); got.status != 200 {
		t.Fatal(got.body)
	}
	want := s.seenBy("203.0.113.0", telephone)
	want.Referrer, want.Typed = "coupons.example", referral.EmailHashes(s.hasher, demo, "bob@example.com")
	if diff := cmp.Diff([]referral.Sighting{want}, s.claimIn(t, "bob").Seen); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}

	for range 2 {
		again := post("visit", body(`,"page":"https://demo.example/"`)) // from the shop's own page: nobody led there
		again.from, again.agent, again.page = "203.0.113.7", computer, ownPage
		s.do(t, again)
	}
	if diff := cmp.Diff([]referral.Sighting{want, s.seenBy("203.0.113.0", computer)}, s.claimIn(t, "bob").Seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	kept := fmt.Sprintf("%+v", s.claimIn(t, "bob"))
	for _, raw := range []string{"203.0.113", "irefox", "session=77", "bob@example.com"} {
		if strings.Contains(kept, raw) {
			t.Errorf("%s is kept", raw)
		}
	}
}

// visitID is the id of a visit's answer.
func visitID(t *testing.T, a answer) string {
	t.Helper()
	var told struct {
		ID string `json:"visit_id"`
	}
	if err := json.Unmarshal([]byte(a.body), &told); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
	return told.ID
}

// A host that would make the visit id longer than a cart carries is left out, and nothing else.
func TestALongHostDoesNotCostTheVisit(t *testing.T) {
	t.Parallel()
	s := open(t)
	visit := post("visit", `{"ref":"ALICE-9","browser":"`+browserOf("bob")+`","page":"https://`+strings.Repeat("a", 200)+`.example/"}`)
	if id := visitID(t, s.do(t, visit)); id == "" || len(id) > 400 {
		t.Errorf("a visit id of %d bytes", len(id))
	}
}

// An advocate's look at their page is kept once a day, and only if it tells more than is kept.
func TestWhereAnAdvocateWasSeen(t *testing.T) {
	t.Parallel()
	s := open(t)
	kept := func() []referral.Sighting {
		a, err := s.store.FindAdvocate(storetest.Context(t), demo, s.alice.ID)
		if err != nil {
			t.Fatal(err)
		}
		return a.Seen
	}
	me := func(from, agent string) {
		ask := get("me", nil).by(alice)
		ask.from, ask.agent = from, agent
		if got := s.do(t, ask); got.status != 200 {
			t.Fatal(got.body)
		}
	}

	me("203.0.113.7", telephone)
	me("203.0.113.7", telephone)
	me("192.0.2.1", computer) // on the same day
	if diff := cmp.Diff([]referral.Sighting{s.seenBy("203.0.113.0", telephone)}, kept()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}

	before := kept()
	before[0].At = before[0].At.Add(-25 * time.Hour)
	if err := s.store.SetSeen(storetest.Context(t), demo, s.alice.ID, before); err != nil {
		t.Fatal(err)
	}
	me("203.0.113.9", telephone) // nothing new
	if diff := cmp.Diff(before, kept()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	page := get("page", url.Values{}).by(alice)
	page.from, page.agent = "2001:db8:1:2::3", computer
	s.do(t, page)
	if diff := cmp.Diff(append(before, s.seenBy("2001:db8:1::", computer)), kept()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
