package referral

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// The first few and the last few are kept, in time order, and the same of one day once.
func TestSeenIsBounded(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	at := func(hours int, network string) Sighting {
		return Sighting{At: noon.Add(time.Duration(hours) * time.Hour), Networks: []string{network, network + " of an old key"}}
	}
	told := func(kept []Sighting) (all []string) {
		for _, s := range kept {
			all = append(all, fmt.Sprintf("%s+%d", s.Networks[0], int(s.At.Sub(noon).Hours())))
		}
		return all
	}

	for _, row := range []struct {
		says string
		seen []Sighting
		want []string
	}{
		{"the same within a day", []Sighting{at(0, "a"), at(23, "a")}, []string{"a+0"}},
		{"an hour before what is kept", []Sighting{at(23, "a"), at(0, "a")}, []string{"a+23"}},
		{"the same a day later", []Sighting{at(0, "a"), at(24, "a")}, []string{"a+0", "a+24"}},
		{"another network", []Sighting{at(0, "a"), at(1, "b"), at(2, "a")}, []string{"a+0", "b+1"}},
		{"late news", []Sighting{at(5, "a"), at(1, "b")}, []string{"b+1", "a+5"}},
		{"under a new key", []Sighting{at(0, "a"), {At: noon, Networks: []string{"z", "a"}}}, []string{"a+0"}},
		{"no time", []Sighting{{Networks: []string{"a"}}}, nil},
		{"ten days", []Sighting{at(0, "a"), at(24, "b"), at(48, "c"), at(72, "d"), at(96, "e"), at(120, "f"), at(144, "g"), at(168, "h"), at(192, "i"), at(216, "j")},
			[]string{"a+0", "b+24", "c+48", "d+72", "g+144", "h+168", "i+192", "j+216"}},
	} {
		var kept []Sighting
		for _, s := range row.seen {
			kept = Seen(kept, s)
		}
		if got := told(kept); !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v", row.says, got, row.want)
		}
	}
}

// What was seen of an advocate is not pushed out: looks from elsewhere would end a friend's hold.
func TestAnAdvocatesSightingsStay(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	var a Advocate
	for i := range 60 {
		if s := (Sighting{At: noon.AddDate(0, 0, i), Networks: []string{fmt.Sprint(i)}}); a.TellsMore(s) {
			a.Seen = a.SeenToo(s)
		}
	}
	if len(a.Seen) != 40 || a.Seen[5].Networks[0] != "5" || a.Seen[39].Networks[0] != "39" {
		t.Errorf("%d are kept: %+v", len(a.Seen), a.Seen)
	}
}

// What differs in anything but the time is not the same.
func TestAlikeSightings(t *testing.T) {
	t.Parallel()
	one := Sighting{Networks: []string{"n"}, Agents: []string{"a"}, Referrer: "r.example", Typed: []string{"t"}}
	for name, change := range map[string]func(*Sighting){
		"network": func(s *Sighting) { s.Networks = nil }, "browser": func(s *Sighting) { s.Agents = []string{"b"} },
		"page": func(s *Sighting) { s.Referrer = "" }, "address": func(s *Sighting) { s.Typed = nil },
	} {
		other := one
		change(&other)
		if one.alike(other) || !other.alike(other) {
			t.Errorf("another %s is taken for the same, or not for itself", name)
		}
	}
}
