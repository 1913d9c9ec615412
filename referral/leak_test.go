package referral_test

import (
	"fmt"
	"testing"
	"time"

	. "twofold/referral"
	"twofold/referral/referraltest"
)

// mostLeaked is what a leak costs at most where a merchant holds nothing for days; docs/TRUST.md says so.
const mostLeaked = 5

// beside is how many others of a link a decision knows, before the friend and after: store.mostBeside.
const beside = 50

// comers are friends of Alice's link, one after the other, as others see them.
func comers(n int, every time.Duration, change func(int, *Neighbour)) (all []Neighbour) {
	for i := range n {
		all = append(all, another(i, "adv_alice", time.Duration(i)*every, func(one *Neighbour) { change(i, one) }))
	}
	return all
}

// judged decides about one of them with others around, and tells whether the referral goes on.
func judged(t *testing.T, one Neighbour, others []Neighbour, alices ...Sighting) bool {
	t.Helper()
	w := referraltest.NewScene(t)
	w.Advocate("adv_alice", func(a *Advocate) { a.Seen = alices })
	w.At(one.Traces[0].At)
	w.Order().Cards, w.Order().Marks = one.Traces[0].Cards, one.Traces[0].Marks
	w.Claim().Seen, w.Claim().Touches[0].At = one.Seen, one.Seen[0].At
	w.Facts.Neighbours = others
	r := decide(t, w.Facts)
	return r.State == Pending && r.Reason == ReasonNone
}

// A thousand strangers, one every ten minutes, every second known to come from a coupon site: through the decision a leak
// costs no more than it does by the signals alone, whenever each is decided about.
func TestALeakCostsFewRewards(t *testing.T) {
	t.Parallel()
	strangers := comers(1000, 10*time.Minute, func(i int, n *Neighbour) {
		n.Traces[0].Marks = Marks{Networks: []string{fmt.Sprint("n", i)}, Agents: []string{fmt.Sprint("a", i%40)}}
		if i%2 == 1 {
			n.Traces[0].Marks.Referrer = "www.retailmenot.com"
		}
	})

	through := 0
	for i, one := range strangers {
		if judged(t, one, strangers[max(0, i-beside):i]) {
			through++
		}
	}
	if through > mostLeaked {
		t.Errorf("without a hold %d of %d strangers get through, want %d at most", through, len(strangers), mostLeaked)
	}

	for i, one := range strangers {
		if i%20 > 0 && i > 10 && i < 990 {
			continue
		}
		around := append(append([]Neighbour{}, strangers[max(0, i-beside):i]...), strangers[i+1:min(len(strangers), i+1+beside)]...)
		if judged(t, one, around) {
			t.Errorf("at the end of the hold stranger %d gets through", i)
		}
	}
}

// Forty honest friends behind a campus's network, by a few common telephones, cost nobody anything, though the advocate is a
// student too. As they come three wait at most: nobody has shown yet that the network is a large one.
func TestACampusCostsNothing(t *testing.T) {
	t.Parallel()
	students := comers(40, time.Hour, func(i int, n *Neighbour) {
		n.Traces[0].Marks = Marks{Networks: []string{"campus"}, Agents: []string{fmt.Sprint("a", i%5)}, Referrer: "www.instagram.com"}
		n.Seen[0].Networks, n.Seen[0].Agents = []string{"campus"}, []string{fmt.Sprint("a", i%5)}
	})
	alice := Sighting{At: noon, Networks: []string{"campus"}, Agents: []string{"a0"}}
	waited := 0
	for i, one := range students {
		if !judged(t, one, students[:i], alice) {
			waited++
		}
		if !judged(t, one, append(append([]Neighbour{}, students[:i]...), students[i+1:]...), alice) {
			t.Errorf("at the end of the hold student %d waits", i)
		}
	}
	if waited > 3 {
		t.Errorf("%d students wait as they come, want the first few at most", waited)
	}
}
