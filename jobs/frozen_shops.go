package jobs

import "context"

// frozenShops puts right installed shops whose work is still frozen. It needs no task.
var frozenShops = sweep{name: "thaw", pace: 12, run: func(ctx context.Context, s *Sweeper) error {
	return s.find.ThawInstalled(ctx, sweepLimit)
}}
