package referral

import (
	"fmt"
	"go/ast"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
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

func TestEveryRuleHasASourceAndATest(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{}
	isTest := func(name string) bool { return strings.HasSuffix(name, "_test.go") }
	for _, f := range slices.Concat(sources(t, "*.go", isTest), sources(t, "../jobs/*.go", isTest)) {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				tests[fn.Name.Name] = true
			}
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
