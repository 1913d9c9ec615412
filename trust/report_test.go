package trust_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"text/tabwriter"

	"twofold/trust"
	"twofold/trust/trusttest"
)

var report = flag.Bool("report", false, "print recall and false alarms by family")

// The seeds on which points and bounds were chosen, and those that were drawn for nothing but the goal. Whoever changes a
// point or a bound looks at the first ones, and draws others in place of the second.
var (
	chosenOn = []uint64{1, 2, 3, 4, 5}
	judgedOn = []uint64{201, 202, 203}
)

// tally is how many referrals there were of each label, and how many of them waited or were denied.
type tally struct {
	all, waited, denied map[trusttest.Label]int
	parts               map[trusttest.Label][]float64 // of each history: which part of its referrals waited
}

func newTally() *tally {
	return &tally{
		map[trusttest.Label]int{}, map[trusttest.Label]int{}, map[trusttest.Label]int{}, map[trusttest.Label][]float64{},
	}
}

// add judges a history.
func (t *tally) add(h trusttest.History, s trust.Strictness) {
	all, waited := map[trusttest.Label]int{}, map[trusttest.Label]int{}
	for _, c := range h.Cases {
		all[c.Label]++
		switch trust.Judge(c.Around, s).Outcome {
		case trust.Hold, trust.Ask:
			waited[c.Label]++
		case trust.Refuse:
			t.denied[c.Label]++
		}
	}
	for label, n := range all {
		t.all[label] += n
		t.waited[label] += waited[label]
		t.parts[label] = append(t.parts[label], float64(waited[label])/float64(n))
	}
}

// share is which part of the label's referrals waited, in percent.
func (t *tally) share(label trusttest.Label) float64 {
	return 100 * float64(t.waited[label]) / float64(max(1, t.all[label]))
}

// perHistory is the mean of the histories' shares, in percent: one leak of forty does not drown the others.
func (t *tally) perHistory(label trusttest.Label) float64 {
	sum := 0.0
	for _, part := range t.parts[label] {
		sum += part
	}
	return 100 * sum / float64(max(1, len(t.parts[label])))
}

// seenFamilies are the families that count towards the goal.
func seenFamilies() map[string]bool {
	all := map[string]bool{}
	for _, f := range trusttest.Families {
		all[f.Name] = !f.Unseen
	}
	return all
}

// judged tallies histories of the seeds: all that count, and each family.
func judged(seeds []uint64, level int, s trust.Strictness) (*tally, map[string]*tally) {
	all, families := newTally(), map[string]*tally{}
	counts := seenFamilies()
	for _, seed := range seeds {
		for _, h := range trusttest.Histories(seed, level) {
			if families[h.Family] == nil {
				families[h.Family] = newTally()
			}
			families[h.Family].add(h, s)
			if counts[h.Family] {
				all.add(h, s)
			}
		}
	}
	return all, families
}

// The goal, on seeds on which nothing was chosen: at both levels of protected data at least 95 of 100 dishonest referrals
// wait, at most one of 100 honest ones does, and no household is denied.
func TestTheGoalIsReached(t *testing.T) {
	t.Parallel()
	for _, level := range []int{1, 2} {
		all, _ := judged(judgedOn, level, trust.Balanced)
		histories := 0
		for _, parts := range all.parts {
			histories += len(parts)
		}
		if histories < 900 {
			t.Errorf("level %d: only %d histories", level, histories)
		}
		if got := all.share(trusttest.Fraud); got < 95 {
			t.Errorf("level %d: %.1f %% of the dishonest referrals wait", level, got)
		}
		if got := all.share(trusttest.Honest); got > 1 {
			t.Errorf("level %d: %.1f %% of the honest referrals wait", level, got)
		}
		if n := all.denied[trusttest.Household] + all.denied[trusttest.Honest]; n > 0 {
			t.Errorf("level %d: %d are denied", level, n)
		}
	}
}

// TestTrustReport prints the whole report: make trust-report.
func TestTrustReport(t *testing.T) {
	t.Parallel()
	if !*report {
		return
	}
	for _, seeds := range [][]uint64{chosenOn, judgedOn} {
		for _, level := range []int{trusttest.Bare, 1, 2} {
			for _, s := range trust.Strictnesses {
				printReport(seeds, level, s)
			}
		}
	}
}

func printReport(seeds []uint64, level int, s trust.Strictness) {
	all, families := judged(seeds, level, s)
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	defer func() { _ = out.Flush() }()

	fmt.Fprintf(out, "\nseeds %v, level %d, strictness %q\n", seeds, level, s)
	fmt.Fprintf(out, "family\tlabel\treferrals\twait\tper history\tdenied\t\n")
	line := func(name string, one *tally) {
		for _, label := range []trusttest.Label{trusttest.Honest, trusttest.Household, trusttest.Fraud} {
			if one.all[label] > 0 {
				fmt.Fprintf(out, "%s\t%s\t%d\t%.1f %%\t%.1f %%\t%d\t\n",
					name, label, one.all[label], one.share(label), one.perHistory(label), one.denied[label])
			}
		}
	}
	for _, f := range trusttest.Families {
		if families[f.Name] != nil {
			line(f.Name, families[f.Name])
		}
	}
	line("all", all)
}
