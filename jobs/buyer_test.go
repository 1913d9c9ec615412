package jobs_test

import (
	"strings"
	"testing"

	"twofold/claims"
	"twofold/fault"
	"twofold/referral"
	"twofold/simulator"
)

// joinsWith asks for a guest's link with an order, as a block on the thank-you page does.
func (w *world) joinsWith(order, confirmation string) claims.BuyerView {
	w.t.Helper()
	view, err := w.Claims.JoinBuyer(w.ctx, claims.BuyerRequest{
		Shop: w.shop, Order: order, Confirmation: confirmation, At: w.signed(),
	})
	w.must(err)
	return view
}

func (w *world) placed(in simulator.OrderInput) simulator.Order {
	w.t.Helper()
	in.Items = []simulator.Item{{Title: "Blanket", Price: "100.00"}}
	o, err := w.sim.PlaceOrder(string(w.shop), in)
	w.must(err)
	return o
}

// Who has just bought has a link without signing in: the order and its confirmation number are enough, and they make the
// order's customer an advocate. Whoever knows less is told the same as of an order that is not there.
func TestABuyerHasALink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	o := w.placed(simulator.OrderInput{Email: "nora@example.com"})
	identity := strings.Replace(o.GID, "/Order/", "/OrderIdentity/", 1)

	for name, named := range map[string][2]string{
		"an order that is not there": {"gid://shopify/OrderIdentity/1", o.Confirmation},
		"another number":             {identity, "AAAAAAAAA"},
		"no number":                  {identity, ""},
		"no order":                   {"", o.Confirmation},
		"something else":             {"gid://shopify/Customer/1", o.Confirmation},
		"not a number":               {identity + "x", o.Confirmation},
	} {
		if view := w.joinsWith(named[0], named[1]); view.Known || view.Advocate.Link != "" {
			t.Errorf("%s: %+v", name, view)
		}
	}

	view := w.joinsWith(identity, strings.ToLower(o.Confirmation))
	if !view.Known || view.Advocate.Advocate.Customer == "" || view.Offer.Friend.Kind == "" {
		t.Fatalf("the buyer has %+v", view)
	}
	again := w.joinsWith(o.GID, o.Confirmation)
	if again.Advocate.Link != view.Advocate.Link || again.Advocate.Advocate.ID != view.Advocate.Advocate.ID {
		t.Errorf("asked again %+v, first %+v", again.Advocate, view.Advocate)
	}
	mine, err := w.Claims.Join(w.ctx, claims.JoinRequest{Shop: w.shop, Customer: view.Advocate.Advocate.Customer, At: w.signed()})
	if w.must(err); mine.Link != view.Advocate.Link {
		t.Errorf("signed in %s, as a buyer %s", mine.Link, view.Advocate.Link)
	}
}

// A guest whose order shows no customer joins with the order, and is the customer as soon as Shopify names one; a
// customer who is an advocate already stays that one.
func TestAGuestIsTiedToTheCustomer(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ joined bool }{"a stranger": {}, "an advocate": {joined: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.live()
			o := w.placed(simulator.OrderInput{Customer: new(bool)})
			guest := w.joinsWith(o.GID, o.Confirmation).Advocate.Advocate
			if guest.Customer != "" || guest.Order != referral.OrderID(o.GID) {
				t.Fatalf("the guest is %+v", guest)
			}

			if row.joined {
				c, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "nora@example.com"})
				w.must(err)
				w.joins(referral.CustomerID(c.GID))
			}
			customer := w.shownWith(o, "nora@example.com")
			w.must(w.run(w.forShop("deliveries:drain")))
			w.settle()

			found, err := w.kept.FindAdvocateByCustomer(w.ctx, w.shop, customer)
			w.must(err)
			if (found.ID == guest.ID) == row.joined {
				t.Errorf("the customer is %s, the guest was %s", found.ID, guest.ID)
			}
			if _, err := w.kept.FindAdvocateByCode(w.ctx, w.shop, guest.Code()); err != nil {
				t.Errorf("the guest's link: %v", err)
			}
		})
	}
}

// Without an offer there is nothing to share, and Shopify is not asked.
func TestABuyerWithoutAnOffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Claims.JoinBuyer(w.ctx, claims.BuyerRequest{Shop: w.shop, Order: "gid://shopify/Order/1", Confirmation: "A", At: w.signed()})
	if fault.CodeOf(err) != "no_offer" {
		t.Errorf("without an offer: %v", err)
	}
}
