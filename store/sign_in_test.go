package store_test

import (
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/fault"
	"twofold/referral"
	"twofold/store/storetest"
)

// A sign-in comes with its mail, and with the advocate whom somebody has become: all or nothing. Its address is kept
// encrypted, and goes when it is used, once and in time.
func TestSignIns(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	asked := storetest.SignIn(shop, "sgn_1")
	guest := referral.Advocate{Shop: shop, ID: "adv_1", Codes: []string{"GUEST"}, Emails: asked.Emails}
	must(t, s.AddSignIn(ctx, asked, &guest))
	same(t, asked, get[referral.SignIn](t)(s.FindSignIn(ctx, shop, "sgn_1")))
	if due := get[[]referral.Mail](t)(s.DueMails(ctx, shop, noon, 10)); len(due) != 1 || due[0].SignIn != "sgn_1" || due[0].Kind != asked.Kind {
		t.Errorf("the outbox has %+v", due)
	}
	if found := get[[]referral.Advocate](t)(s.AdvocatesByEmails(ctx, shop, asked.Emails)); len(found) != 1 || found[0].ID != "adv_1" {
		t.Errorf("by the address: %+v", found)
	}

	twin := guest
	twin.ID = "adv_2"
	wantKind(t, "a code that is taken", s.AddSignIn(ctx, storetest.SignIn(shop, "sgn_2"), &twin), fault.Conflict)
	_, err := s.FindSignIn(ctx, shop, "sgn_2")
	wantKind(t, "then there is no sign-in", err, fault.NotFound)

	wantKind(t, "used before the mail went out", s.UseSignIn(ctx, shop, "sgn_1", noon), fault.NotFound)
	must(t, s.OpenSignIn(ctx, shop, "sgn_1", noon.Add(time.Hour)))
	wantKind(t, "used at its end", s.UseSignIn(ctx, shop, "sgn_1", noon.Add(time.Hour)), fault.NotFound)
	if tried := get[referral.SignIn](t)(s.TrySignIn(ctx, shop, "sgn_1")); tried.Tries != 1 || !tried.Open(noon) {
		t.Errorf("tried %+v", tried)
	}

	var doc bson.M
	must(t, s.Database().Collection("sign_ins").FindOne(ctx, bson.D{}).Decode(&doc))
	if sealed, _ := doc["sealed"].(string); sealed == "" || strings.Contains(sealed, "example") {
		t.Errorf("the address is kept as %q", sealed)
	}
	must(t, s.UseSignIn(ctx, shop, "sgn_1", noon))
	wantKind(t, "used twice", s.UseSignIn(ctx, shop, "sgn_1", noon), fault.NotFound)
	wantKind(t, "opened again", s.OpenSignIn(ctx, shop, "sgn_1", noon.Add(2*time.Hour)), fault.NotFound)
	if used := get[referral.SignIn](t)(s.FindSignIn(ctx, shop, "sgn_1")); used.Address != "" || used.Open(noon) {
		t.Errorf("used, it is %+v", used)
	}
}
