package trust_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"twofold/trust"
	"twofold/trust/trusttest"
)

// Equal facts give equal verdicts, in whatever order they are listed.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	for _, h := range trusttest.Histories(7, 2) {
		for _, c := range h.Cases[:min(3, len(h.Cases))] {
			want := trust.Judge(c.Around, trust.Balanced)
			got := trust.Judge(shuffled(r, c.Around), trust.Balanced)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: -%+v +%+v", h.Family, want, got)
			}
		}
	}
}

func shuffled(r *rand.Rand, n trust.Neighbourhood) trust.Neighbourhood {
	person := func(p trust.Person) trust.Person {
		p.Seen, p.Orders = mixed(r, p.Seen), mixed(r, p.Orders)
		return p
	}
	n.Friend, n.Advocate = person(n.Friend), person(n.Advocate)
	n.Others, n.Referrals, n.Networks = mixed(r, n.Others), mixed(r, n.Referrals), mixed(r, n.Networks)
	for i := range n.Others {
		n.Others[i] = person(n.Others[i])
	}
	return n
}

func mixed[T any](r *rand.Rand, all []T) []T {
	all = slices.Clone(all)
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// What is withheld ties nobody: without every optional field an honest or a dishonest history says nothing that rests on
// one. Only who brought whom, when, and with which code is left.
func TestWhatIsWithheldTiesNobody(t *testing.T) {
	t.Parallel()
	left := []string{"till_code", "reciprocal", "ring", "give_back"}
	for _, h := range trusttest.Histories(8, 2) {
		for _, c := range h.Cases[:min(3, len(h.Cases))] {
			for _, s := range trust.Judge(bare(c.Around), trust.Strict).Signals {
				if !slices.Contains(left, s.Name) {
					t.Errorf("%s: %s", h.Family, s.Name)
				}
			}
		}
	}
}

// bare is a neighbourhood of which every optional field is withheld.
func bare(n trust.Neighbourhood) trust.Neighbourhood {
	person := func(p trust.Person) trust.Person {
		is := trust.Person{ID: p.ID}
		for _, s := range p.Seen {
			is.Seen = append(is.Seen, trust.Sighting{At: s.At})
		}
		for _, o := range p.Orders {
			is.Orders = append(is.Orders, trust.Order{ID: o.ID, At: o.At, Source: o.Source, By: o.By})
		}
		return is
	}
	n.Friend, n.Advocate = person(n.Friend), person(n.Advocate)
	n.Others, n.Networks = slices.Clone(n.Others), nil
	for i := range n.Others {
		n.Others[i] = person(n.Others[i])
	}
	return n
}

// Nobody is refused who did not come from a coupon site themselves, nor anybody who has ordered: what a household shares
// only makes it wait.
func TestHouseholdsAreNeverRefused(t *testing.T) {
	t.Parallel()
	refused := 0
	for _, h := range trusttest.Histories(9, 2) {
		for _, c := range h.Cases[:min(6, len(h.Cases))] {
			if got := trust.Judge(c.Around, trust.Strict).Outcome; got == trust.Refuse {
				t.Errorf("%s: an order is refused", h.Family)
			}

			claim := c.Around
			claim.Friend.Orders = nil
			v := trust.Judge(claim, trust.Strict)
			if v.Outcome != trust.Refuse {
				continue
			}
			refused++
			if !v.Has("coupon_visitor") || c.Label == trusttest.Household {
				t.Errorf("%s, %s: refused for %s", h.Family, c.Label, names(v))
			}
		}
	}
	if refused == 0 {
		t.Error("nobody is refused at all")
	}
}
