package fault

import (
	"context"
	"time"
)

// Pause waits for d of wall time, between two looks at something that others work at. Unavailable: ctx ended first.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()

	select {
	case <-ctx.Done():
		return ForLog(Unavailable, "out of time: %w", ctx.Err())
	case <-timer.C:
		return nil
	}
}
