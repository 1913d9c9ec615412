package orders

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"twofold/fault"
)

func TestOnlyAnOrdersOwnErrorsArePassedOver(t *testing.T) {
	t.Parallel()
	s := &Service{log: slog.New(slog.DiscardHandler)}
	own := func(kind fault.Kind) error { return fmt.Errorf("x: %w: %w", ErrOfOrder, fault.New(kind, "y")) }
	for says, c := range map[string]struct {
		err  error
		want bool
	}{
		"too many refunds to read":      {own(fault.TooLarge), true},
		"an answer that cannot be read": {own(fault.Internal), true},
		"Shopify does not answer":       {own(fault.Unavailable), false},
		"the shop's token is refused":   {own(fault.Unauthorized), false},
		"MongoDB refused a write":       {fault.Wrap(fault.Internal, errors.New("z"), "y"), false},
		"MongoDB is electing":           {fault.New(fault.Unavailable, "y"), false},
	} {
		if got := s.PassOver(t.Context(), "demo.myshopify.com", "gid://shopify/Order/1", c.err); got != c.want {
			t.Errorf("%s: passed over %v, want %v", says, got, c.want)
		}
	}
}
