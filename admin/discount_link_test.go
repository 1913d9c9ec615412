package admin_test

import (
	"os"
	"testing"

	"github.com/BurntSushi/toml"
)

// The link in the admin's list of discounts leads to a page of ours.
func TestTheDiscountsLinkLeadsToCampaigns(t *testing.T) {
	t.Parallel()
	manifest, err := os.ReadFile("../extension/discounts/shopify.extension.toml")
	must(t, err)
	var file struct {
		Extensions []struct {
			Targeting []struct{ Target, URL string }
		}
	}
	must(t, toml.Unmarshal(manifest, &file))

	w, _, _ := edited(t)
	link := file.Extensions[0].Targeting[0]
	wants(t, w.get(t, link.URL), []string{"Campaigns", "Give $20, get $20"})
}
