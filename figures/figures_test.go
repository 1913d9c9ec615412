package figures_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/figures"
	"twofold/referral"
	. "twofold/referral/referraltest"
)

// told are the parts as a text: the day, whom it credits, and the sums in the alphabet's order.
func told(parts []figures.Part) string {
	var all []string
	for _, p := range parts {
		line := p.Day
		if p.Advocate != "" {
			line += " " + strings.TrimPrefix(string(p.Advocate), "adv_")
		}
		for _, counter := range slices.Sorted(maps.Keys(p.Sums)) {
			line += fmt.Sprintf(" %s %d", counter, p.Sums[counter])
		}
		all = append(all, line)
	}
	return strings.Join(all, "\n")
}

// What Bob's referral counts for. He bought for $80 with a code that took $20 off; Alice's reward is $20.
func TestWhatAReferralCountsFor(t *testing.T) {
	t.Parallel()
	const (
		sold = "friend_codes 1 friend_off 2000 "
		used = "2026-11-01 alice approved 1 " + sold + "issued 2000 issued_count 1 redeemed 2000 redeemed_count 1 revenue 8000"
		lost = "uncredited 2000 uncredited:refunded 2000 uncredited_orders 1 uncredited_orders:refunded 1"
	)
	owed := func(w *Scene) {
		w.Issued()
		w.Spent(AlicesCode, 2000, Bought.Add(15*Day))
		w.Refund()
	}

	for _, row := range []struct {
		says   string
		change func(*Scene)
		want   string
	}{
		{"on hold", func(*Scene) {},
			"2026-11-01 alice " + sold + "on_hold 2000 on_hold_count 1 pending 1 revenue 8000"},
		{"flagged: nothing is on hold until somebody has looked",
			func(w *Scene) {
				w.Claim().Browsers = []string{"b1"}
				w.Claim().Keys = []string{referral.BrowserKey("b1")}
			},
			"2026-11-01 alice flagged 1 " + sold + "revenue 8000"},
		{"released, and not yet issued", func(w *Scene) { w.Release() },
			"2026-11-01 alice approved 1 " + sold + "on_hold 2000 on_hold_count 1 revenue 8000"},
		{"issued", func(w *Scene) { w.Issued() },
			"2026-11-01 alice approved 1 " + sold + "issued 2000 issued_count 1 revenue 8000"},
		{"used", func(w *Scene) { w.Issued(); w.Spent(AlicesCode, 2000, Bought.Add(15*Day)) }, used},
		{"refunded in part", func(w *Scene) { w.Order().CurrentSubtotal = USD("50") },
			"2026-11-01 alice " + sold + "on_hold 2000 on_hold_count 1 pending 1 revenue 5000"},
		{"refunded in full: the friend has had the discount all the same", func(w *Scene) { w.Refund() },
			"2026-11-01 " + lost},
		{"owed", owed,
			"2026-11-01 lost 2000 lost_count 1 owed 2000 owed_count 1 " + lost},
		{"made up for by a later reward: it counts there", func(w *Scene) { owed(w); w.Decide(); w.Settled("20") },
			"2026-11-01 " + lost},
		{"forgiven", func(w *Scene) { owed(w); w.Decide(); w.Forgive() },
			"2026-11-01 lost 2000 lost_count 1 " + lost},
		{"made up for another", func(w *Scene) {
			w.Release(func(r *referral.Release) { r.Offset, r.Offsets = USD("20"), 1 })
		}, used},
		{"denied by a cap", func(w *Scene) {
			w.Release(func(r *referral.Release) { r.Denied = referral.ReasonCap })
		}, "2026-11-01 " + strings.ReplaceAll(lost, "refunded", "cap")},
		{"without a code: no discount", func(w *Scene) { w.Order().Codes = nil; w.Order().Discounted = USD("0") },
			"2026-11-01 alice on_hold 2000 on_hold_count 1 pending 1 revenue 8000"},
		{"another order with a code credits nobody", func(w *Scene) {
			w.Another(1002, Bought.Add(3*Day), func(o *referral.Order) { o.Codes = []string{"ZOE"} })
		}, "2026-11-01 alice " + sold + "on_hold 2000 on_hold_count 1 pending 1 revenue 8000\n" +
			"2026-11-04 " + strings.ReplaceAll(lost, "refunded", "displaced")},
		{"unlinked", func(w *Scene) { w.Unlink(Bought.Add(Day)) },
			"2026-11-01 " + strings.ReplaceAll(lost, "refunded", "no_evidence")},
		{"of nobody's", func(w *Scene) { w.Nobodys() },
			"2026-11-01 nobodys 1 " + strings.ReplaceAll(lost, "refunded", "no_identity")},
		{"nothing ties it to anybody", func(w *Scene) { w.Nothing(); w.Order().Discounted = USD("0") }, ""},
		{"a test order", func(w *Scene) { w.Test() }, ""},
		{"the friend's reward comes after the order", func(w *Scene) { w.AfterOrder() },
			"2026-11-01 alice on_hold 4000 on_hold_count 1 pending 1 revenue 8000"},
		{"the friend's reward was issued after the order", func(w *Scene) {
			w.AfterOrder()
			w.Issued()
			w.Issue(referral.FriendSide, "FFFF-FFFF-FFFF")
		}, "2026-11-01 alice approved 1 issued 4000 issued_count 1 revenue 8000"},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			scene := NewScene(t)
			row.change(scene)
			scene.Decide()
			parts, _ := figures.Of(scene.Referral, time.UTC, Bought)
			days := slices.DeleteFunc(parts, func(p figures.Part) bool { return p.Day == figures.Ever })
			if diff := cmp.Diff(row.want, told(days)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// Where Bob's referral stands in the shop, and among Alice's, whatever became of his order.
func TestWhereAReferralStands(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says   string
		change func(*Scene)
		shop   string
		alices string
	}{
		{"on hold", func(*Scene) {}, "listed:pending 1", "friends:pending 1 rewards:pending 1 worth:pending 2000"},
		{"issued", func(w *Scene) { w.Issued() }, "listed:approved 1",
			"booked 2000 books_given 2000 books_given_count 1 friends:approved 1 rewards:issued 1 worth:issued 2000"},
		{"refunded", func(w *Scene) { w.Refund() }, "listed:voided 1", "friends:voided 1 rewards:voided 1 worth:voided 2000"},
		{"owed", func(w *Scene) {
			w.Issued()
			w.Spent(AlicesCode, 2000, Bought.Add(15*Day))
			w.Refund()
		}, "listed:voided 1 owing 1",
			"books_given 2000 books_given_count 1 friends:voided 1 owes 2000 owes_count 1 rewards:owed 1 worth:owed 2000"},
		{"of nobody's", func(w *Scene) { w.Nobodys() }, "listed:voided 1",
			"friends:voided 1 rewards:voided 1 worth:voided 2000"},
		{"nothing ties it to anybody", func(w *Scene) { w.Nothing() }, "", ""},
		{"a test order", func(w *Scene) { w.Test() }, "", ""},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			scene := NewScene(t)
			row.change(scene)
			scene.Decide()

			parts, _ := figures.Of(scene.Referral, time.UTC, Bought)
			stands := slices.DeleteFunc(parts, func(p figures.Part) bool { return p.Day != figures.Ever })
			var want []string
			for whose, sums := range map[string]string{"ever ": row.shop, "ever alice ": row.alices} {
				if sums != "" {
					want = append(want, whose+sums)
				}
			}
			slices.SortFunc(want, func(a, b string) int { return strings.Compare(b, a) })
			if diff := cmp.Diff(strings.Join(want, "\n"), told(stands)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// A code that ended unused costs nothing any more: until then the referral counts as it does.
func TestAnEndedRewardIsNotCounted(t *testing.T) {
	t.Parallel()
	scene := NewScene(t)
	scene.Issued()
	ends := Bought.Add(90 * Day)
	scene.Facts.Issues[0].EndsAt = ends
	scene.Decide()

	before, until := figures.Of(scene.Referral, time.UTC, ends.Add(-Instant))
	if before[0].Sums[figures.Issued] != 2000 || !until.Equal(ends) {
		t.Errorf("before its end: %v until %s, want 2000 until %s", before[0].Sums, until, ends)
	}
	after, until := figures.Of(scene.Referral, time.UTC, ends)
	if after[0].Sums[figures.Issued] != 0 || !until.IsZero() || after[0].Sums[figures.Approved] != 1 {
		t.Errorf("at its end: %v until %s, want nothing issued, for good", after[0].Sums, until)
	}
}

// The day is the shop's, the friend's order its time.
func TestTheDayIsTheShops(t *testing.T) {
	t.Parallel()
	scene := NewScene(t)
	scene.At(time.Date(2026, 11, 8, 4, 59, 0, 0, time.UTC))
	scene.Decide()

	for zone, want := range map[string]string{"America/New_York": "2026-11-07", "Europe/Berlin": "2026-11-08"} {
		in, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		if parts, _ := figures.Of(scene.Referral, in, Bought); parts[0].Day != want {
			t.Errorf("%s: %s, want %s", zone, parts[0].Day, want)
		}
	}
}

// What was decided before amounts were noted by order has the discount on the order that it rests on.
func TestADecisionOfBefore(t *testing.T) {
	t.Parallel()
	scene := NewScene(t)
	scene.Decide()
	want, _ := figures.Of(scene.Referral, time.UTC, Bought)

	for i := range scene.Referral.Explained.Orders {
		scene.Referral.Explained.Orders[i].Took.Minor = 0
		scene.Referral.Explained.Orders[i].Took.Currency = ""
	}
	got, _ := figures.Of(scene.Referral, time.UTC, Bought)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-as of now +as of before\n%s", diff)
	}
}

// Whatever happened, the books have what all referrals count for: by day, over all days, by advocate.
func TestTheBooksAddUp(t *testing.T) {
	t.Parallel()
	var all []referral.Referral
	for i := range 3 {
		scene := NewScene(t)
		scene.Facts.Friend = referral.FriendID(fmt.Sprintf("gid://shopify/Customer/%d", 900+i))
		scene.At(Bought.Add(time.Duration(i) * Day))
		scene.Decide()
		all = append(all, scene.Referral)
	}
	books := figures.BooksOf(all, time.UTC, Bought)

	days, ever, advocates := figures.Sums{}, figures.Sums{}, figures.Sums{}
	for _, p := range books.Days {
		if p.Day == figures.Ever {
			ever.Add(p.Sums, 1)
		} else {
			days.Add(p.Sums, 1)
		}
	}
	var standing []figures.Part
	var listed referral.StateCounts
	for _, p := range books.Advocates {
		switch {
		case p.Key == figures.ListedKey:
			listed = figures.StateCounts(p.Sums)
		case p.Day == figures.Ever:
			standing = append(standing, p)
		case !p.OverSpan():
			advocates.Add(p.Sums, 1)
		}
	}
	if diff := cmp.Diff(days, ever) + cmp.Diff(days, advocates); diff != "" || days[figures.Revenue] != 24000 {
		t.Errorf("days %v, ever %v, advocates %v", days, ever, advocates)
	}
	if listed.States[referral.Pending] != len(all) {
		t.Errorf("in lists: %v", listed)
	}
	if diff := cmp.Diff(figures.StandingOf(all), figures.Standing(standing)); diff != "" || len(standing) != 1 {
		t.Errorf("where Alice's stand: -from scratch +booked\n%s", diff)
	}
}

// A span is today and the days before it, of the shop's own calendar.
func TestSpansAreTheLastDays(t *testing.T) {
	t.Parallel()
	var all []referral.Referral
	for i, before := range []int{-1, 0, 6, 7, 29, 30, 89, 90} {
		scene := NewScene(t)
		scene.Facts.Friend = referral.FriendID(fmt.Sprintf("gid://shopify/Customer/%d", 900+i))
		scene.At(Bought.Add(time.Duration(-before) * Day))
		scene.Decide()
		all = append(all, scene.Referral)
	}

	got := map[string]int64{}
	for _, p := range figures.BooksOf(all, time.UTC, Bought).Advocates {
		if p.OverSpan() {
			got[p.Day] = p.Sums.Orders()
		}
	}
	want := map[string]int64{figures.SpanOf(7): 2, figures.SpanOf(30): 4, figures.SpanOf(90): 6}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("orders -want +got\n%s", diff)
	}
}
