package trust_test

import (
	"fmt"
	"testing"
	"time"

	"twofold/trust"
)

// arriving judges friends of one link as they order, each on what is known by then, and counts who does not wait: what
// goes out where a merchant has no hold at all.
func arriving(friends []trust.Person) (through int) {
	n := scene()
	n.Referrals = nil
	for _, p := range friends {
		n.Friend = p
		n.Referrals = append(n.Referrals, trust.Referral{Advocate: "ann", Friend: p.ID})
		if v := trust.Judge(n, trust.Balanced); v.Outcome != trust.Hold && v.Outcome != trust.Ask {
			through++
		}
		n.Others = append(n.Others, p)
	}
	return through
}

// mostLeaked is what a leak costs at most where nothing is held for days: docs/TRUST.md says so.
const mostLeaked = 5

// A thousand strangers, one every ten minutes, of whom half are known to come from a coupon site.
func TestALeakIsContained(t *testing.T) {
	t.Parallel()
	var strangers []trust.Person
	for i := range 1000 {
		p := friend(fmt.Sprintf("stranger%d", i), noon.Add(time.Duration(i)*10*time.Minute))
		if i%2 == 1 {
			from("www.retailmenot.com", &p)
		}
		strangers = append(strangers, p)
	}
	if through := arriving(strangers[:200]); through > mostLeaked {
		t.Errorf("%d of the first 200 strangers get through", through)
	}

	// Where there is a hold each is judged once all have come.
	n := scene()
	n.Referrals = nil
	for _, p := range strangers {
		brings(&n, p)
	}
	for i, p := range strangers {
		if i%50 != 0 {
			continue
		}
		judged := n
		judged.Friend = p
		judged.Others = append(append([]trust.Person{}, n.Others[:i]...), n.Others[i+1:]...)
		if v := trust.Judge(judged, trust.Balanced); v.Outcome != trust.Hold {
			t.Errorf("stranger %d: %q", i, v.Outcome)
		}
	}
}

// Forty friends behind the network of a campus, by a few common telephones, each with a card of their own.
func TestACampusCostsItsFriendsNothing(t *testing.T) {
	t.Parallel()
	var friends []trust.Person
	for i := range 40 {
		p := friend(fmt.Sprintf("student%d", i), noon.Add(time.Duration(i)*hour))
		p.Seen[0].Network, p.Orders[0].Network = "campus", "campus"
		p.Seen[0].Agent = fmt.Sprintf("phone%d", i%5)
		p.Orders[0].Agent = p.Seen[0].Agent
		friends = append(friends, p)
	}
	if through := arriving(friends); through != 40 {
		t.Errorf("%d of 40 get through", through)
	}
}
