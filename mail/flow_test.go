package mail

import (
	"os"
	"slices"
	"testing"

	"github.com/BurntSushi/toml"

	"twofold/referral"
)

// Each kind of mail to advocates and friends has its trigger in the app's extension, with the fields that are told.
func TestFlowHasATriggerForEachKind(t *testing.T) {
	t.Parallel()
	var extension struct {
		Extensions []struct{ Type, Handle string }
		Settings   struct {
			Fields []struct{ Type, Key string }
		}
	}
	text, err := os.ReadFile("../extension/flow/shopify.extension.toml")
	if err != nil {
		t.Fatal(err)
	}
	if err := toml.Unmarshal(text, &extension); err != nil {
		t.Fatal(err)
	}

	var has, want []string
	for _, e := range extension.Extensions {
		has = append(has, e.Handle)
	}
	for _, kind := range referral.ShopperNotices {
		want = append(want, trigger(kind))
	}
	slices.Sort(has)
	slices.Sort(want)
	if !slices.Equal(has, want) {
		t.Errorf("the extension has %q, want %q", has, want)
	}

	var fields []string
	for _, f := range extension.Settings.Fields[1:] {
		fields = append(fields, f.Key)
	}
	if told := []string{"Offer", "Code", "Link", "Ends", "Comes"}; extension.Settings.Fields[0].Type != "customer_reference" || !slices.Equal(fields, told) {
		t.Errorf("its fields are %q, want the customer and %q", fields, told)
	}
}
