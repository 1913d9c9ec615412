package e2e

// seeds are histories that every run plays before the random ones: above all those that ever failed. When a random
// history fails, its message has the line to add here; "shows" then says what was wrong. A line stays when the failure
// is mended.
//
// No seed of a failure from before this list was written down. So it begins with three of each variant that come to
// different ends, and together to all of endings. A seed is the same history as long as drawHistory draws alike. Who
// changes drawHistory looks over the lines: what a history must go on showing is then better a row of package
// referraltest or a test of its own.
var seeds = []struct {
	variant variant
	seed    int
	shows   string
}{
	{level1PerCode, 6, "the merchant voids a referral; a friend turns out not to be new"},
	{level1PerCode, 10, "a reward is owed after a refund; the merchant rejects another order"},
	{level1PerCode, 17, "a dispute voids an order, and what was given for it is taken back"},

	{level1PerDiscount, 24, "an order is not paid, another nothing ties to anybody; shares of the order in both shops"},
	{level1PerDiscount, 25, "a reward is spent"},
	{level1PerDiscount, 45, "of one order less than the minimum is left in the end, another is refunded"},

	{level2PerCode, 7, "an order with a claim's address alone; both rewards are taken back after a cancellation"},
	{level2PerCode, 17, "a dispute voids an order, and what was given for it is taken back"},
	{level2PerCode, 47, "of an order less than the minimum is left in the end; a friend turns out not to be new"},

	{level2PerDiscount, 6, "the merchant voids a referral; a friend turns out not to be new"},
	{level2PerDiscount, 7, "an order with a claim's address alone; both rewards are taken back after a cancellation"},
	{level2PerDiscount, 10, "a reward is owed after a refund; the merchant rejects another order"},
}
