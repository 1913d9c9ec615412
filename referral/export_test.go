package referral

import (
	"go/ast"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Row is one row of the tables of this package (scenarios_test.go), for TestProgram, which plays it through the whole program.
type Row struct {
	Table   string
	Says    string
	Facts   Facts                   // as the scene leaves them
	Differs func(Referral) []string // what of a referral is not as the row wants it
}

// tables are the tests that play a table of rows. Rows fails when one is missing here.
var tables = map[string]func(*testing.T){
	"TestEvidence": TestEvidence, "TestStrongerEvidenceWins": TestStrongerEvidenceWins, "TestWindow": TestWindow,
	"TestLastAndFirstTouch": TestLastAndFirstTouch, "TestTies": TestTies, "TestTheMerchantsLink": TestTheMerchantsLink,
	"TestMerchantsVerdict": TestMerchantsVerdict, "TestSelf": TestSelf, "TestBlocked": TestBlocked, "TestSources": TestSources,
	"TestNewCustomer": TestNewCustomer, "TestPaid": TestPaid, "TestUndone": TestUndone, "TestNetAndMinimum": TestNetAndMinimum,
	"TestDisputes": TestDisputes, "TestGone": TestGone, "TestSameBrowser": TestSameBrowser, "TestSameEmail": TestSameEmail,
	"TestTestLane": TestTestLane, "TestConvertingOrder": TestConvertingOrder, "TestRelease": TestRelease,
	"TestGivenAndTakenBack": TestGivenAndTakenBack, "TestExpiry": TestExpiry, "TestReissue": TestReissue, "TestOwed": TestOwed,
	"TestFriendsRewardAtTheClaim": TestFriendsRewardAtTheClaim, "TestFriendsRewardAfterTheOrder": TestFriendsRewardAfterTheOrder,
	"TestWorth": TestWorth, "TestTermsInForce": TestTermsInForce, "TestLinksOfOneInstant": TestLinksOfOneInstant, "TestReleasedStands": TestReleasedStands,
	"TestDueAndOwed": TestDueAndOwed, "TestDaysOfTheBooks": TestDaysOfTheBooks, "TestPromise": TestPromise, "TestUndoneTwice": TestUndoneTwice,
}

// collect takes the rows that play is given, instead of their being played. Only Rows sets it, while no other test runs.
var collect func(*testing.T, []row)

// Rows lists the rows of all tables. The caller must not be a parallel test: those that are wait until it ends.
func Rows(t *testing.T) []Row {
	t.Helper()
	if diff := cmp.Diff(playing(t), slices.Sorted(maps.Keys(tables))); diff != "" {
		t.Fatalf("tables of rows -in the sources +known to TestProgram\n%s", diff)
	}
	var mu sync.Mutex
	var all []Row
	collect = func(t *testing.T, rows []row) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		for _, c := range rows {
			w := newScene(t)
			c.change(w)
			all = append(all, Row{path.Base(t.Name()), c.says, w.f, c.want.differs})
		}
	}
	defer func() { collect = nil }()
	t.Run("rows", func(t *testing.T) { // ends when all tables, which are parallel tests, have been read
		for name, table := range tables {
			t.Run(name, table)
		}
	})
	return all
}

// playing names the tests whose source calls play.
func playing(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, f := range sources(t, "*.go", func(name string) bool { return strings.HasSuffix(name, "_test.go") }) {
		for _, d := range f.Decls {
			ast.Inspect(d, func(n ast.Node) bool {
				if call, yes := n.(*ast.CallExpr); yes {
					if called, yes := call.Fun.(*ast.Ident); yes && called.Name == "play" {
						names = append(names, d.(*ast.FuncDecl).Name.Name)
					}
				}
				return true
			})
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// BobsOrder is the order of the scenes, as it was before a row gave it to somebody else.
func BobsOrder() Order { return bobsOrder() }
