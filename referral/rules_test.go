package referral

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"twofold/trust"
)

// ruleRow is one row of docs/RULES.md.
type ruleRow struct{ rule, version, byDefault, says, source, tests string }

// documentedRules reads the tables of docs/RULES.md.
func documentedRules(t *testing.T) (all []ruleRow) {
	t.Helper()
	text, err := os.ReadFile("../docs/RULES.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 6 || strings.Contains(line, "---") || strings.HasPrefix(line, "| check |") || strings.HasPrefix(line, "| rule |") {
			continue
		}
		all = append(all, ruleRow{
			strings.Trim(cells[0], "| `"), cells[1], cells[2], cells[3], cells[4], strings.TrimSuffix(cells[5], " |"),
		})
	}
	return all
}

func TestEveryCheckIsDocumented(t *testing.T) {
	t.Parallel()
	rows := documentedRules(t)
	if len(rows) < len(checks) {
		t.Fatalf("docs/RULES.md has %d rows", len(rows))
	}
	for i, c := range checks {
		if rows[i].rule != c.rule || rows[i].version != strconv.Itoa(c.version) {
			t.Errorf("check %d is %s v%d, documented as %s v%s", i, c.rule, c.version, rows[i].rule, rows[i].version)
		}
	}
	text, err := os.ReadFile("../docs/RULES.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), fmt.Sprintf("rules as a whole (%d)", RulesVersion)) {
		t.Errorf("docs/RULES.md does not say that the rules are in version %d", RulesVersion)
	}
}

func TestEverySignalIsDocumented(t *testing.T) {
	t.Parallel()
	documented := map[string]string{}
	for _, row := range documentedRules(t) {
		documented[row.rule] = row.version + ", " + row.byDefault
	}
	for _, signal := range trust.Table {
		if want := fmt.Sprintf("%d, %d points", signal.Version, signal.Points); documented[signal.Name] != want {
			t.Errorf("%s is %s, documented as %q", signal.Name, want, documented[signal.Name])
		}
	}
}

var testName = regexp.MustCompile(`(?m)^func (Test\w+)\(`)

// testsIn names the tests in a folder's files.
func testsIn(t *testing.T, folder string) (all []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no tests in %s: %v", folder, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range testName.FindAllSubmatch(text, -1) {
			all = append(all, string(found[1]))
		}
	}
	return all
}

func TestEveryRuleHasASourceAndATest(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{}
	for _, folder := range []string{".", "../trust", "../jobs", "../e2e"} {
		for _, name := range testsIn(t, folder) {
			tests[name] = true
		}
	}

	seen := map[string]bool{}
	for _, row := range documentedRules(t) {
		if seen[row.rule] {
			t.Errorf("%s stands there twice", row.rule)
		}
		seen[row.rule] = true
		if row.source == "" || row.says == "" || row.byDefault == "" || row.tests == "" {
			t.Errorf("%s has an empty cell", row.rule)
		}
		for name := range strings.SplitSeq(row.tests, ", ") {
			if !tests[name] {
				t.Errorf("%s names the test %s, which there is not", row.rule, name)
			}
		}
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for bp, want := range map[int]string{1: "0.01", 10: "0.1", 50: "0.5", 100: "1", 1000: "10", 1250: "12.5", 1255: "12.55", 1500: "15", 10_000: "100"} {
		if got := Percent(bp); got != want {
			t.Errorf("%d basis points are %q, want %q", bp, got, want)
		}
	}
}
