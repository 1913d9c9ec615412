package referral_test

import (
	"testing"

	. "twofold/referral"
	"twofold/referral/referraltest"
)

// The scenes of which people are told something are held to what must be true of every decision.
func TestWhatPeopleAreToldOf(t *testing.T) {
	t.Parallel()
	for _, c := range append(referraltest.Pages(), referraltest.Progresses()...) {
		w := newScene(t)
		c.Change(w)
		mustHold(t, w.Facts, referraltest.DecidedAfter(t, w.Stored(), w.Facts))
	}
}

func TestEveryEvidenceHasItsStrength(t *testing.T) {
	t.Parallel()
	kinds := referraltest.Constants(t, "EvidenceKind")
	for _, k := range kinds {
		if _, ranked := Strength[EvidenceKind(k)]; !ranked {
			t.Errorf("evidence %q has no strength", k)
		}
	}
	if len(kinds) != len(Strength) {
		t.Errorf("%d kinds of evidence, %d strengths", len(kinds), len(Strength))
	}
}
