package referral_test

import (
	"testing"

	"twofold/fault"
	. "twofold/referral"
)

func TestWhoseAClaimIs(t *testing.T) {
	t.Parallel()
	alices, switched := []AdvocateID{"adv_alice"}, []AdvocateID{"adv_alice", "adv_zoe"}
	for _, row := range []struct {
		says          string
		touches       []AdvocateID
		promised, now Credit
		by            AdvocateID
		kept          bool
	}{
		{"another advocate's link", alices, CreditClaim, CreditClaim, "adv_zoe", true},
		{"the advocate's own link", alices, CreditClaim, CreditClaim, "adv_alice", false},
		{"the link of whom the friend switched to", switched, CreditClaim, CreditClaim, "adv_zoe", false},
		{"the link of whom the friend switched from", switched, CreditClaim, CreditClaim, "adv_alice", true},
		{"the last link is credited", alices, CreditLast, CreditLast, "adv_zoe", false},
		{"the first link is credited", alices, CreditFirst, CreditFirst, "adv_zoe", false},
		{"promised to stay, and the last link would be credited now", alices, CreditClaim, CreditLast, "adv_zoe", true},
		{"promised to the last link, and claims stay now", alices, CreditLast, CreditClaim, "adv_zoe", true},
		{"promised to the first link, and claims stay now", alices, CreditFirst, CreditClaim, "adv_zoe", true},
		{"promised to the first of two links: the first one's", switched, CreditFirst, CreditClaim, "adv_alice", false},
		{"promised to the first of two links: the other's", switched, CreditFirst, CreditClaim, "adv_zoe", true},
		{"promised to the last of two links: the last one's", switched, CreditLast, CreditClaim, "adv_zoe", false},
		{"promised to the last link, the first would be credited now", alices, CreditLast, CreditFirst, "adv_zoe", false},
	} {
		var c Claim
		for _, a := range row.touches {
			c.Touches = append(c.Touches, Touch{Advocate: a, Version: 1, At: noon})
		}
		if kept := c.KeptFrom(row.by, Terms{Credit: row.promised}, Terms{Credit: row.now}); kept != row.kept {
			t.Errorf("%s: kept %v, want %v", row.says, kept, row.kept)
		}
	}
}

func TestTermsSayWhichLinkIsCredited(t *testing.T) {
	t.Parallel()
	terms := newScene(t).Facts.Campaigns[cmp1].Terms
	for _, credit := range append([]Credit{"", "both"}, Credits...) {
		terms.Credit = credit
		err := terms.Validate("USD")
		if known := credit != "" && credit != "both"; known != (err == nil) || (err != nil && fault.CodeOf(err) != "credit") {
			t.Errorf("%q: %v", credit, err)
		}
	}
}

func TestParseClaimID(t *testing.T) {
	t.Parallel()
	long := "clm_"
	for range 60 {
		long += "a"
	}
	for text, want := range map[string]ClaimID{"clm_1": "clm_1", long: ClaimID(long), long + "a": "", "": "", "CLM_1": "", "v1.abc": "", " clm_1": ""} {
		if got := ParseClaimID(text); got != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
}
