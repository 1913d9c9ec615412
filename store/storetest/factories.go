package storetest

import (
	"crypto/rand"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"twofold/money"
	"twofold/referral"
	"twofold/store"
	"twofold/tenant"
)

// Noon is the business time from which the factories count: 2026-11-20 12:00 UTC. Shops installed a day before.
var Noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// number counts all that the factories make in this process, so that no two things are named alike.
var number atomic.Int64

func next() int64 { return 1000 + number.Add(1) }

// USD is an amount in dollars: USD("20"), USD("0.50").
func USD(decimal string) money.Amount { return money.MustParse(decimal, "USD") }

// Tokens makes a token pair as an install brings it: 1 hour and 90 days from Noon. The tokens are random and look like
// nobody's.
func Tokens() tenant.Tokens {
	return tenant.Tokens{
		Access: tenant.Secret("access-" + rand.Text()), AccessExpires: Noon.Add(time.Hour),
		Refresh: tenant.Secret("refresh-" + rand.Text()), RefreshExpires: Noon.Add(90 * 24 * time.Hour),
		Scopes: []string{"read_customers", "read_orders", "write_app_proxy", "write_discounts"},
	}
}

// NewShopID names a shop that is nowhere else in this process.
func NewShopID() tenant.ShopID {
	return tenant.ShopID(fmt.Sprintf("shop-%d-%s.myshopify.com", next(), strings.ToLower(rand.Text()[:6])))
}

// Customer is a new customer's gid.
func Customer() referral.CustomerID {
	return referral.CustomerID(fmt.Sprintf("gid://shopify/Customer/%d", next()))
}

// Friend is a new customer as a friend whose orders are real.
func Friend() referral.FriendID { return referral.FriendOf(Customer(), false) }

// Shop installs a new shop in USD and New York's time, set up and with tokens.
func Shop(t testing.TB, s *store.Store) tenant.Shop {
	t.Helper()
	ctx := Context(t)
	id := NewShopID()
	if _, err := s.SaveInstall(ctx, id, Tokens(), Noon.Add(-24*time.Hour)); err != nil {
		t.Fatal(err)
	}

	profile := tenant.Profile{
		GID:        fmt.Sprintf("gid://shopify/Shop/%d", next()),
		Name:       "Test shop",
		Currency:   "USD",
		TimeZone:   "America/New_York",
		Plan:       "basic",
		PrimaryURL: "https://" + string(id),
		Scopes:     Tokens().Scopes,
		AppHandle:  "twofold",
	}
	if err := s.SaveProfile(ctx, id, profile, Noon.Add(-24*time.Hour)); err != nil {
		t.Fatal(err)
	}

	shop, err := s.FindShop(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return shop
}

// Campaign adds a live campaign "Give $20, get $20": minimum $40, 14 days' hold, windows of 30 days. change, if any,
// alters it first.
func Campaign(t testing.TB, s *store.Store, shop tenant.ShopID, change ...func(*referral.Campaign)) referral.Campaign {
	t.Helper()
	offer := referral.Offer{Kind: referral.AmountOff, Amount: USD("20")}
	c := referral.Campaign{
		Shop:    shop,
		ID:      referral.CampaignID(fmt.Sprintf("cmp_%d", next())),
		Version: 1,
		Name:    "Give $20, get $20",
		State:   referral.CampaignLive,
		Terms: referral.Terms{
			Friend:     offer,
			Advocate:   offer,
			Minimum:    USD("40"),
			HoldDays:   14,
			WindowDays: 30,
			ClaimDays:  30,
			Credit:     referral.CreditClaim,
		},
		Discounts: map[referral.Side]referral.DiscountID{
			referral.FriendSide:   referral.DiscountID(fmt.Sprintf("gid://shopify/DiscountCodeNode/%d", next())),
			referral.AdvocateSide: referral.DiscountID(fmt.Sprintf("gid://shopify/DiscountCodeNode/%d", next())),
		},
		CreatedAt: Noon.Add(-23 * time.Hour),
		LiveAt:    Noon.Add(-22 * time.Hour),
	}

	apply(&c, change)
	if err := s.AddCampaign(Context(t), c); err != nil {
		t.Fatal(err)
	}
	return c
}

// Codes puts n free codes into the pool of one side of a campaign and returns them.
func Codes(t testing.TB, s *store.Store, c referral.Campaign, side referral.Side, n int) []string {
	t.Helper()
	texts := make([]string, n)
	codes := make([]referral.Code, n)
	for i := range codes {
		texts[i] = rand.Text()[:12]
		codes[i] = referral.Code{
			Shop:     c.Shop,
			Code:     texts[i],
			Discount: c.Discounts[side],
			Campaign: c.Key(),
			Side:     side,
			At:       Noon,
		}
	}

	if err := s.AddCodes(Context(t), c.Shop, codes); err != nil {
		t.Fatal(err)
	}
	moved, err := s.MoveCodes(Context(t), c.Shop, texts, referral.CodeMinting, referral.CodeFree, Noon)
	if err != nil || moved != n {
		t.Fatalf("free %d codes: %d, %v", n, moved, err)
	}
	return texts
}

// Advocate adds an advocate who is a customer and has one code.
func Advocate(t testing.TB, s *store.Store, shop tenant.ShopID, change ...func(*referral.Advocate)) referral.Advocate {
	t.Helper()
	a := referral.Advocate{
		Shop:     shop,
		ID:       referral.AdvocateID(fmt.Sprintf("adv_%d", next())),
		Customer: Customer(),
		Codes:    []string{rand.Text()[:8]},
		State:    referral.AdvocateActive,
		JoinedAt: Noon.Add(-12 * time.Hour),
	}

	apply(&a, change)
	if err := s.AddAdvocate(Context(t), a); err != nil {
		t.Fatal(err)
	}
	return a
}

// SignIn is what a guest asked for at Noon, by joining; it is not added.
func SignIn(shop tenant.ShopID, id referral.SignInID) referral.SignIn {
	return referral.SignIn{
		Shop: shop, ID: id, Kind: referral.NoticeProve, Address: "gina@example.com", Emails: []string{"k:gina"},
		Language: "en", At: Noon,
	}
}

// Claim adds a guest's claim of an hour before Noon, with one touch of the advocate and without a code.
func Claim(
	t testing.TB, s *store.Store, c referral.Campaign, a referral.Advocate, change ...func(*referral.Claim),
) referral.Claim {
	t.Helper()
	at := Noon.Add(-time.Hour)
	claim := referral.Claim{
		Shop: c.Shop, ID: referral.ClaimID(fmt.Sprintf("clm_%d", next())), Campaign: c.ID, Version: c.Version,
		Keys:    []string{referral.BrowserKey(rand.Text())},
		Touches: []referral.Touch{{Advocate: a.ID, Version: c.Version, At: at}}, ClaimedAt: at,
		ExpiresAt: at.Add(time.Duration(c.Terms.ClaimDays) * 24 * time.Hour),
	}

	apply(&claim, change)
	if claim.CountsUntil.IsZero() {
		claim.CountsUntil = claim.ExpiresAt
	}
	if err := s.AddClaim(Context(t), claim); err != nil {
		t.Fatal(err)
	}

	return claim
}

// NewOrder is a first order of a new customer over $100, paid at Noon. It is not saved.
func NewOrder(shop tenant.ShopID, change ...func(*referral.Order)) referral.Order {
	n := next()
	o := referral.Order{
		Shop:            shop,
		ID:              referral.OrderID(fmt.Sprintf("gid://shopify/Order/%d", n)),
		Name:            fmt.Sprintf("#%d", n),
		CreatedAt:       Noon,
		ProcessedAt:     Noon,
		UpdatedAt:       Noon,
		Source:          "web",
		Status:          referral.StatusPaid,
		Currency:        "USD",
		Subtotal:        USD("100"),
		CurrentSubtotal: USD("100"),
		Discounted:      USD("0"),
		Refunded:        USD("0"),
		Received:        USD("100"),
		Customer:        Customer(),
		Journey:         referral.Journey{Ready: true, Index: 1},
		Transactions:    []referral.Transaction{{Kind: "SALE", Status: "SUCCESS", At: Noon, Amount: USD("100")}},
		ReadAt:          Noon.Add(time.Second),
	}

	apply(&o, change)
	return o
}

// Order saves the snapshot of a NewOrder.
func Order(t testing.TB, s *store.Store, shop tenant.ShopID, change ...func(*referral.Order)) referral.Order {
	t.Helper()
	o := NewOrder(shop, change...)
	ticket, err := s.TakeTicket(Context(t), shop, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.SaveSnapshot(Context(t), o, ticket); err != nil {
		t.Fatal(err)
	}
	return o
}

func apply[T any](v *T, change []func(*T)) {
	for _, c := range change {
		c(v)
	}
}
