package text

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	gqlast "github.com/vektah/gqlparser/v2/ast"

	"twofold/referral"
	"twofold/rewards"
	"twofold/trust"
)

// idPattern is what an entry's id looks like, or the beginning of one.
var idPattern = regexp.MustCompile(`^(shopper|merchant|operator)\.[A-Za-z0-9_.-]+$`)

// enumerations are the types of the domain whose values have entries, each under all of its prefixes.
var enumerations = []struct {
	name     string
	values   func(*testing.T, *program) []string
	prefixes []string
}{
	{"Reason", constantsOf("Reason"), []string{"merchant.reason."}},
	{"signals", signalNames, []string{"merchant.reason."}},
	{"EvidenceKind", constantsOf("EvidenceKind"), []string{"merchant.evidence.", "merchant.looked."}},
	{"Settling", constantsOf("Settling"), []string{"merchant.settles."}},
	{"State", constantsOf("State"), []string{"merchant.state."}},
	{"RewardState", constantsOf("RewardState"), []string{"merchant.state."}},
	{"RewardState in an answer", constantsOf("RewardState"), []string{"merchant.answer_friend.", "merchant.answer_advocate."}},
	{"rewards.Act", actsOnReferrals, []string{"merchant.do.", "merchant.do_heading.", "merchant.does.", "merchant.did.acted_"}},
	{"acts on an advocate", actsOnAdvocates, []string{"merchant.advocate_do.", "merchant.advocate_do_heading.", "merchant.advocate_does."}},
	{"CampaignState", constantsOf("CampaignState"), []string{"merchant.state."}},
	{"AdvocateState", constantsOf("AdvocateState"), []string{"operator.advocate."}},
	{"Side", constantsOf("Side"), []string{"merchant.side."}},
	{"ActKind", constantsOf("ActKind"), []string{"merchant.act."}},
	{"EntryKind", constantsOf("EntryKind"), []string{"merchant.entry."}},
	{"OfferKind", constantsOf("OfferKind"), []string{"shopper.offer.", "shopper.gift.", "shopper.advocate_gets.", "shopper.widget.gets."}},
	{"Source", constantsOf("Source"), []string{"merchant.source.from_"}},
	{"Source as a check saw it", constantsOf("Source"), []string{"merchant.value.source_"}},
	{"FinancialStatus", shopifys("OrderDisplayFinancialStatus"), []string{"merchant.value.status_"}},
	{"dispute", shopifys("DisputeType", "DisputeStatus"), []string{"merchant.value.dispute_"}},
	{"what tells of newness", constantsNamed("Via"), []string{"merchant.value.via_"}},
	{"NoticeKind", constantsOf("NoticeKind"), []string{
		"shopper.mail.subject.", "shopper.mail.heading.", "shopper.mail.says.",
	}},
	{"mails with words of their own", wordedMails, []string{"merchant.mails.name.", "merchant.mails.when."}},
	{"texts of mails", mailTexts, []string{"merchant.mails.text."}},
	{"MerchantNoticeKind", constantsOf("MerchantNoticeKind"), []string{
		"merchant.mail.subject.", "merchant.mail.heading.", "merchant.mail.says.", "merchant.mail.open.",
	}},
	{"Credit", constantsOf("Credit"), []string{"merchant.terms.credit_"}},
	{"strictnesses", strictnesses, []string{"merchant.terms.strictness_"}},
	{"Came", constantsOf("Came"), []string{"merchant.try.came_"}},
	{"WhoBuys", constantsOf("WhoBuys"), []string{"merchant.try.friend_"}},
	{"Likeness", constantsOf("Likeness"), []string{"merchant.try.alike_"}},
	{"WhoShares", constantsOf("WhoShares"), []string{"merchant.try.advocate_"}},
	{"Fate", constantsOf("Fate"), []string{"merchant.try.fate_"}},
	{"MissingState", constantsOf("MissingState"), []string{"shopper.missing."}},
	{"CheckResult", constantsOf("CheckResult"), []string{"merchant.result."}},
	{"reports.Course", constantsOf("reports.Course"), []string{"merchant.backtest.course_"}},
	{"why evidence is lost", constantsNamed("Lost"), []string{"merchant.lost."}},
	{"rules", ruleNames, []string{"merchant.rule."}},
	{"what checks saw", sawNames, []string{"merchant.saw."}},
	{"fault.Kind", constantsOf("Kind"), []string{"shopper.fault."}},
	{"what is ours in a shop", constantsOf("OursKind"), []string{"operator.cleanup.kind.", "merchant.leave.kind."}},
	{"discounts of a campaign that are ours", constantsOf("Side"), []string{"operator.cleanup.kind.", "merchant.leave.kind."}},
	{"DriftKind", constantsOf("DriftKind"), []string{"merchant.drifted."}},
	{"DriftKind with terms", driftWithTerms, []string{"merchant.drift."}},
	{"inbox.State", constantsOf("inbox.State"), []string{"merchant.deliveries."}},
	{"funnel.Kind", constantsOf("funnel.Kind"), []string{"merchant.funnel."}},
	{"funnel.Channel", constantsOf("funnel.Channel"), []string{"merchant.channel."}},
}

// heldElsewhere are entries whose ids are made of what another test looks at.
var heldElsewhere = map[string]string{
	"shopper.fault.":           "TestCodes",
	"merchant.fault.":          "TestCodes",
	"operator.fault.":          "TestCodes",
	"merchant.value.lane_":     "TestExplanations, the page of a test order",
	"merchant.value.customer_": "TestExplanations, the page of an order without a customer",
	"operator.story.":          "TestEveryStepHasItsSentence in demo",
	"operator.command.":        "TestHelpIsOfCommands in cmd/twofold",
	"operator.flag.":           "TestHelpIsOfCommands in cmd/twofold",
	"operator.argument.":       "TestHelpIsOfCommands in cmd/twofold",
	"shopper.widget.":          "TestEveryWordIsShown in tools/extension",
	"merchant.widget.":         "TestEveryWordIsShown in tools/extension",
	"shopper.block.":           "TestEveryWordOfTheBlocksIsShown in tools/extension",
	"merchant.block.":          "TestEveryWordOfTheBlocksIsShown in tools/extension",
}

func TestEveryValueOfTheDomainHasItsEntry(t *testing.T) {
	t.Parallel()
	english := catalogue(t, "en")
	p := readProgram(t)
	for _, e := range enumerations {
		values := e.values(t, p)
		if len(values) < 2 {
			t.Errorf("%s has the values %v: is it still found where it was?", e.name, values)
		}
		for _, value := range values {
			for _, prefix := range e.prefixes {
				if _, has := english[prefix+value]; !has {
					t.Errorf("%s %q has no entry %s", e.name, value, prefix+value)
				}
			}
		}
	}
}

func TestEveryIDHasItsEntry(t *testing.T) {
	t.Parallel()
	english := catalogue(t, "en")
	for _, f := range readProgram(t).files {
		for id := range merged(f.exact, composed(f.syntax)) {
			if _, has := english[id]; !has {
				t.Errorf("%s names %s, of which there is no entry", f.path, id)
			}
		}
		for prefix := range f.prefixes {
			begins := func(id string) bool { return strings.HasPrefix(id, prefix) }
			if !slices.ContainsFunc(slices.Collect(maps.Keys(english)), begins) {
				t.Errorf("%s names %s…, of which there is no entry", f.path, prefix)
			}
		}
	}
}

func TestEveryEntryIsUsed(t *testing.T) {
	t.Parallel()
	p := readProgram(t)
	used := p.usage(t)
	for _, id := range slices.Sorted(maps.Keys(catalogue(t, "en"))) {
		if !used(id) {
			t.Errorf("nothing says %s", id)
		}
	}
}

// usage tells of an id whether the program says it: as a whole, as a value of an enumeration, or put together
// in one file.
func (p *program) usage(t *testing.T) func(id string) bool {
	t.Helper()
	enumerated := map[string]bool{}
	alone := map[string]bool{} // prefixes under which nothing else stands
	for _, e := range enumerations {
		for _, prefix := range e.prefixes {
			alone[prefix] = true
			for _, value := range e.values(t, p) {
				enumerated[prefix+value] = true
			}
		}
	}

	said := func(id string) bool {
		if enumerated[id] {
			return true
		}
		for prefix := range alone {
			if alone[prefix] && strings.HasPrefix(id, prefix) {
				return false
			}
		}
		return slices.ContainsFunc(p.files, func(f *source) bool { return f.says(id) })
	}

	return func(id string) bool {
		for prefix := range heldElsewhere {
			if strings.HasPrefix(id, prefix) {
				return true
			}
		}
		base, second := strings.CutSuffix(id, "_from") // see least
		return said(id) || (second && said(base))
	}
}

// program is what the tests know of the program's sources.
type program struct {
	files     []*source
	constants map[string]map[string]string // of the domain: type, name, value
}

// source is what one file says.
type source struct {
	path     string
	exact    map[string]bool // literals that are ids
	prefixes map[string]bool // literals that begin an id, as something is added to them
	words    map[string]bool // literals, and values of the domain's constants that the file names
	named    []string        // constants of the domain that the file names
	syntax   *ast.File       // nil: it is not Go
}

// says tells whether the file names the id as a whole, or names all parts of it.
func (f *source) says(id string) bool {
	if f.exact[id] {
		return true
	}

	for prefix := range f.prefixes {
		rest, begins := strings.CutPrefix(id, prefix)
		if begins && f.made(rest) {
			return true
		}
	}
	return false
}

// made tells whether a text is one word of the file, or two.
func (f *source) made(text string) bool {
	if f.words[text] {
		return true
	}
	for i := 1; i < len(text); i++ {
		if f.words[text[:i]] && f.words[text[i:]] {
			return true
		}
	}
	return false
}

// readProgram reads the program's Go files and templates. Tests, and what speaks for others, are left out.
func readProgram(t *testing.T) *program {
	t.Helper()
	p := &program{constants: map[string]map[string]string{}}
	for _, path := range append(sources(t, ".go"), textFiles(t)...) {
		f := &source{
			path: path, exact: map[string]bool{}, prefixes: map[string]bool{}, words: map[string]bool{},
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		f.syntax = syntax
		f.read()
		p.files = append(p.files, f)
		p.note(filepath.Base(filepath.Dir(path)), syntax)
	}

	for _, f := range p.files {
		for _, name := range f.named {
			for _, constants := range p.constants {
				if value, known := constants[name]; known {
					f.words[value] = true
				}
			}
		}
	}
	p.files = append(p.files, templates(t)...)
	return p
}

// textFiles are this package's own, which are apart from the others.
func textFiles(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(path string) bool { return strings.HasSuffix(path, "_test.go") })
}

var quotedID = regexp.MustCompile(`["'\x60]((?:shopper|merchant|operator)\.[A-Za-z0-9_.-]+)["'\x60]`)

// templates are the pages and scripts that may name ids.
func templates(t *testing.T) []*source {
	t.Helper()
	var all []*source
	for _, path := range sources(t, ".html", ".js", ".liquid") {
		content, err := fs.ReadFile(os.DirFS(filepath.Dir(path)), filepath.Base(path))
		if err != nil {
			t.Fatal(err)
		}
		f := &source{path: path, exact: map[string]bool{}}
		for _, found := range quotedID.FindAllStringSubmatch(string(content), -1) {
			f.exact[found[1]] = true
		}
		all = append(all, f)
	}
	return all
}

// read collects what the file says.
func (f *source) read() {
	begins := map[*ast.BasicLit]bool{}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BinaryExpr:
			if lit, ok := n.X.(*ast.BasicLit); ok && n.Op == token.ADD {
				begins[lit] = true
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "referral" {
				f.named = append(f.named, n.Sel.Name)
			}
		case *ast.BasicLit:
			f.literal(n, begins[n])
		}
		return true
	})
}

func (f *source) literal(lit *ast.BasicLit, begins bool) {
	text, ok := stringOf(lit)
	if !ok {
		return
	}
	f.words[text] = true
	switch {
	case !idPattern.MatchString(text):
	case begins:
		f.prefixes[text] = true
	default:
		f.exact[text] = true
	}
}

// note keeps the constants of the packages whose values have entries.
func (p *program) note(folder string, file *ast.File) {
	own := folder == "inbox" || folder == "funnel" || folder == "rewards" || folder == "reports" // have types of their own
	if folder != "referral" && folder != "fault" && !own {
		return
	}
	for _, spec := range constSpecs(file) {
		kind := ""
		if named, ok := spec.Type.(*ast.Ident); ok {
			kind = named.Name
		}
		if own {
			kind = folder + "." + kind
		}
		for i, name := range spec.Names {
			if i >= len(spec.Values) {
				continue
			}
			if value, ok := stringOf(spec.Values[i]); ok {
				if p.constants[kind] == nil {
					p.constants[kind] = map[string]string{}
				}
				p.constants[kind][name.Name] = value
			}
		}
	}
}

func constSpecs(file *ast.File) []*ast.ValueSpec {
	var all []*ast.ValueSpec
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
			for _, spec := range g.Specs {
				if values, ok := spec.(*ast.ValueSpec); ok {
					all = append(all, values)
				}
			}
		}
	}
	return all
}

// constantsOf are the values of a type's constants. The reason that is empty has an entry by the name "none".
func constantsOf(kind string) func(*testing.T, *program) []string {
	return func(_ *testing.T, p *program) []string {
		var values []string
		for _, value := range p.constants[kind] {
			if value == "" {
				value = "none"
			}
			values = append(values, value)
		}
		slices.Sort(values)
		return values
	}
}

// actsOnReferrals are the acts that a referral's page has words for.
func actsOnReferrals(t *testing.T, p *program) []string {
	t.Helper()
	return slices.DeleteFunc(constantsOf("rewards.Act")(t, p), func(act string) bool {
		return act != string(rewards.ActForgive) && slices.Contains(actsOnAdvocates(t, p), act)
	})
}

// actsOnAdvocates are those that an advocate's page has words for.
func actsOnAdvocates(*testing.T, *program) []string {
	return []string{
		string(rewards.ActBlock), string(rewards.ActUnblock), string(rewards.ActReopen), string(rewards.ActChangeCode),
		string(rewards.ActForgive),
	}
}

// driftWithTerms are the kinds of drift but that of a discount which was deleted: it has no terms to tell.
func driftWithTerms(t *testing.T, p *program) []string {
	t.Helper()
	return slices.DeleteFunc(constantsOf("DriftKind")(t, p), func(kind string) bool { return kind == string(referral.DriftDeleted) })
}

// constantsNamed are the values of constants without a type whose names begin so.
func constantsNamed(begins string) func(*testing.T, *program) []string {
	return func(_ *testing.T, p *program) []string {
		var values []string
		for name, value := range p.constants[""] {
			if strings.HasPrefix(name, begins) {
				values = append(values, value)
			}
		}
		slices.Sort(values)
		return values
	}
}

// shopifysSchema is the part of Shopify's own schema that the simulator answers by.
const shopifysSchema = "simulator/schema.graphql"

// shopifys are the values of enumerations of Shopify's.
func shopifys(names ...string) func(*testing.T, *program) []string {
	return func(t *testing.T, _ *program) []string {
		t.Helper()
		input, err := os.ReadFile(filepath.Join(root, shopifysSchema))
		if err != nil {
			t.Fatal(err)
		}
		schema, err := gqlparser.LoadSchema(&gqlast.Source{Name: shopifysSchema, Input: string(input)})
		if err != nil {
			t.Fatal(err)
		}

		var values []string
		for _, name := range names {
			for _, value := range schema.Types[name].EnumValues {
				values = append(values, value.Name)
			}
		}
		return values
	}
}

// ruleNames are the first fields of the domain's table of checks.
func ruleNames(_ *testing.T, p *program) []string {
	var names []string
	p.composites("check", func(fields []ast.Expr) {
		if name, ok := stringOf(fields[0]); ok {
			names = append(names, name)
		}
	})
	return names
}

func strictnesses(*testing.T, *program) (names []string) {
	for _, one := range trust.Strictnesses {
		names = append(names, string(one))
	}
	return names
}

// signalNames are those of what is noticed: each may be the reason of a hold.
func signalNames(*testing.T, *program) (names []string) {
	for _, signal := range trust.Table {
		names = append(names, signal.Name)
	}
	return names
}

// wordedMails are the mails that a merchant may word anew, and what they share.
func wordedMails(t *testing.T, p *program) []string {
	t.Helper()
	return append(constantsOf("NoticeKind")(t, p), EveryMail)
}

// mailTexts are the names of their texts.
func mailTexts(t *testing.T, p *program) []string {
	t.Helper()
	var names []string
	for _, mail := range wordedMails(t, p) {
		for _, text := range MailTexts(mail) {
			names = append(names, text.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sawNames are the names of the values that checks note.
func sawNames(t *testing.T, p *program) []string {
	t.Helper()
	found := map[string]bool{}
	p.composites("Value", func(fields []ast.Expr) {
		name, ok := stringOf(fields[0])
		if constant, named := fields[0].(*ast.Ident); named {
			name, ok = p.constants[""][constant.Name]
		}
		if !ok {
			t.Errorf("a check saw something whose name is no text")
			return
		}
		found[name] = true
	})
	return slices.Sorted(maps.Keys(found))
}

// composites calls f with the fields of each value of a type of the domain that is written out, also within a list.
func (p *program) composites(kind string, f func([]ast.Expr)) {
	for _, file := range p.files {
		if file.syntax == nil || file.syntax.Name.Name != "referral" {
			continue
		}
		ast.Inspect(file.syntax, func(n ast.Node) bool {
			c, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if is(c.Type, kind) && len(c.Elts) > 0 {
				f(c.Elts)
			}
			if list, ok := c.Type.(*ast.ArrayType); ok && is(list.Elt, kind) {
				for _, element := range c.Elts {
					if inner, ok := element.(*ast.CompositeLit); ok && inner.Type == nil && len(inner.Elts) > 0 {
						f(inner.Elts)
					}
				}
			}
			return true
		})
	}
}

func is(e ast.Expr, name string) bool {
	ident, ok := e.(*ast.Ident)
	return ok && ident.Name == name
}

// stringOf is the value of a literal text.
func stringOf(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}
