package shopify

import (
	"testing"

	"twofold/fault"
	"twofold/referral"
	"twofold/simulator"
)

// The road of what the pages show: not there, written by a digest, read back; a digest that is over is refused, and
// nothing is changed.
func TestSimulatorShown(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, simulator.Behaviour{}), t.Context()
	read := func() referral.ShownFields {
		t.Helper()
		fields, err := w.ReadShown(ctx, testShop)
		if err != nil {
			t.Fatal(err)
		}
		return fields
	}
	none := read()
	if none.Owner == "" || none.Ready != (referral.ShownField{}) || none.Offer != (referral.ShownField{}) {
		t.Fatalf("before the first write: %+v", none)
	}
	if err := w.WriteShown(ctx, testShop, none, `{"v":1}`); err != nil {
		t.Fatal(err)
	}
	first := read()
	if first.Ready.Value != "true" || first.Offer.Value != `{"v":1}` || first.Offer.Digest == "" || first.Owner != none.Owner {
		t.Errorf("after it: %+v", first)
	}

	if err := w.WriteShown(ctx, testShop, none, `{"v":2}`); !fault.Is(err, fault.Conflict) || fault.CodeOf(err) != "changed_meanwhile" {
		t.Errorf("as if nothing were there: %v, want a conflict", err)
	}
	if err := w.WriteShown(ctx, testShop, first, `{"v":3}`); err != nil {
		t.Error(err)
	}
	half := read()
	half.Offer = first.Offer
	if err := w.WriteShown(ctx, testShop, half, `{"v":4}`); !fault.Is(err, fault.Conflict) {
		t.Errorf("one of the digests is over: %v, want a conflict", err)
	}
	if got := read(); got.Offer.Value != `{"v":3}` {
		t.Errorf("a refused write left %+v", got)
	}

	for range 2 { // the second time nothing is there
		if err := w.DeleteShown(ctx, testShop, none.Owner); err != nil {
			t.Error(err)
		}
		if got := read(); got != none {
			t.Errorf("after the deletion: %+v", got)
		}
	}

	if err := w.WriteShown(ctx, testShop, read(), `{`); !fault.Is(err, fault.Invalid) || fault.CodeOf(err) != "shopify_refuses" {
		t.Errorf("no JSON: %v, want invalid", err)
	}
	elsewhere := read()
	elsewhere.Owner = "gid://shopify/AppInstallation/1"
	if err := w.WriteShown(ctx, testShop, elsewhere, `{}`); !fault.Is(err, fault.Invalid) {
		t.Errorf("an installation that is over: %v, want invalid", err)
	}
}
