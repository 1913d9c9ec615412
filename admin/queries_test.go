package admin_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"twofold/referral"
	"twofold/store/storetest"
	"twofold/tenant"
)

// signedInReads is what signing in reads here before each page: the shop. The program reads its tokens too.
const signedInReads = 1

// pageReads are the pages of the admin, each with how many queries it makes at most, beside who is signed in.
var pageReads = map[string]int{
	"/app": 8, "/app?days=7": 8, "/app?days=90": 8,
	"/app/campaigns": 5, "/app/campaigns/cmp_1": 5, "/app/campaigns/cmp_1/promised": 5,
	"/app/campaigns/cmp_1/preflight": 5,
	"/app/referrals":                 4, "/app/referrals?state=flagged&reason=same_browser": 4, "/app/referrals?q=%232001": 5,
	"/app/referrals?q=2001": 5, "/app/referrals?q=alice-9": 5, "/app/referrals/2001": 5,
	"/app/review": 5, "/app/review/2002": 5, "/app/explain": 0,
	"/app/advocates": 5, "/app/advocates?q=alice-9": 5, "/app/advocates/adv_1": 5,
	"/app/advocates/adv_1/acts":   2,
	"/app/settings/notifications": 1, "/app/settings/mails": 2, "/app/settings/mails/issued": 1,
	"/app/settings": 5, "/app/settings/terms": 5, "/app/settings/terms/1": 5,
	"/app/leave": 5, "/app/leave/ours": 5,
	"/app/try": 5, "/app/test-order": 5, "/app/backtest": 0,
}

// A page reads little, however much a shop has: at most five queries beside who is signed in, Home at most eight.
func TestPagesReadLittle(t *testing.T) {
	t.Parallel()
	w := flagged(t)
	storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.ID = "cmp_1" })
	w.asks(t, tenant.Terms{Version: 1, Text: "Be kind.", At: noon()})
	if err := w.do.Figures.Fold(storetest.Context(t), demo); err != nil { // so that Home has advocates to look up
		t.Fatal(err)
	}

	for path, most := range pageReads {
		var a answer
		reads := w.sent.Reads(func() { a = w.get(t, path) })
		if !answered(path, a.status) || len(reads) > most+signedInReads || len(reads) < signedInReads {
			t.Errorf("%s: status %d, %d reads (%s), want %d at most",
				path, a.status, len(reads)-signedInReads, strings.Join(reads, " "), most)
		}
	}
}

// answered tells whether a page was shown as far as it can be: Shopify cannot be reached, and the preflight reads
// before it asks.
func answered(path string, status int) bool {
	asksShopify := strings.HasSuffix(path, "/preflight")
	return status == fiber.StatusOK || asksShopify && status == fiber.StatusServiceUnavailable
}

// parameter is a part of a route that stands for anything.
var parameter = regexp.MustCompile(`:[a-z]+`)

// Whoever adds a page says how much it may read.
func TestTheReadsOfEveryPageAreCounted(t *testing.T) {
	t.Parallel()
	for _, route := range open(t).GetRoutes(true) {
		if route.Method != fiber.MethodGet || !strings.HasPrefix(route.Path, "/app") {
			continue
		}

		path := regexp.MustCompile("^" + parameter.ReplaceAllString(strings.TrimSuffix(route.Path, "/"), "[^/?]+") + `(\?|$)`)
		counted := false
		for page := range pageReads {
			counted = counted || path.MatchString(page)
		}
		if !counted {
			t.Errorf("%s is in no row of pageReads", route.Path)
		}
	}
}
