package admin_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"twofold/local"
)

// component is what npm @shopify/polaris-types says of one element. Attributes have lower-case names; values are those
// that an attribute may have, or nil where it may have any.
type component struct {
	attributes map[string][]string
	slots      []string
}

// manifest is the Custom Elements Manifest, as far as it is read.
type manifest struct {
	Modules []struct {
		Declarations []struct {
			TagName    string
			Attributes []struct {
				Name string
				Type struct{ Text string }
			}
			Slots []struct{ Name string }
		}
	}
}

// closed is a type that is a list of texts, and quoted one of them.
var (
	closed = regexp.MustCompile(`^[\s|]*("[^"]*"[\s|]*|undefined[\s|]*|null[\s|]*)+$`)
	quoted = regexp.MustCompile(`"([^"]*)"`)
)

func polaris(t *testing.T) map[string]component {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(local.ModuleRoot(), "tools", "node_modules", "@shopify", "polaris-types", "dist", "custom-elements.json"))
	if err != nil {
		t.Fatalf("run scripts/setup: %v", err)
	}
	var m manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}

	// App Bridge's own, which the manifest does not have.
	all := map[string]component{"s-app-nav": {attributes: map[string][]string{}}}
	for _, module := range m.Modules {
		for _, d := range module.Declarations {
			if d.TagName == "" {
				continue
			}
			c := component{attributes: map[string][]string{}}
			for _, a := range d.Attributes {
				name := strings.ToLower(a.Name)
				if values := c.attributes[name]; values != nil {
					continue // inherited ones stand there again, with any text as their type
				}
				c.attributes[name] = valuesOf(a.Type.Text)
			}
			for _, s := range d.Slots {
				c.slots = append(c.slots, s.Name)
			}
			all[d.TagName] = c
		}
	}
	return all
}

func valuesOf(text string) (values []string) {
	if !closed.MatchString(text) {
		return nil
	}
	for _, v := range quoted.FindAllStringSubmatch(text, -1) {
		values = append(values, v[1])
	}
	return values
}

var (
	actions    = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	unread     = regexp.MustCompile(`(?is)<!--.*?-->|<script\b.*?</script>|<style\b.*?</style>`)
	tags       = regexp.MustCompile(`<(/?)([a-zA-Z][\w-]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>`)
	attributes = regexp.MustCompile(`([^\s"'=<>/]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?`)
	everywhere = regexp.MustCompile(`^(id|class|slot|lang|dir|hidden|title|tabindex|role|rel|data-.*|aria-.*)$`)
	void       = regexp.MustCompile(`^(area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr|path|rect|circle|line)$`)
)

// mark stands for what a template fills in.
const mark = "·"

// lint reports what a template has of Polaris that Polaris does not have: elements, attributes, values, slots. What is
// filled in is not judged.
func lint(known map[string]component, source string) (wrong []string) {
	source = unread.ReplaceAllString(actions.ReplaceAllString(source, mark), "")
	var open []string
	for _, tag := range tags.FindAllStringSubmatch(source, -1) {
		name := strings.ToLower(tag[2])
		if tag[1] == "/" {
			if at := lastIndex(open, name); at >= 0 {
				open = open[:at]
			} else if strings.HasPrefix(name, "s-") {
				wrong = append(wrong, fmt.Sprintf("</%s> closes nothing", name))
			}
			continue
		}

		parent := ""
		if len(open) > 0 {
			parent = open[len(open)-1]
		}
		wrong = append(wrong, lintTag(known, name, parent, tag[3])...)
		if !void.MatchString(name) && !strings.HasSuffix(tag[3], "/") {
			open = append(open, name)
		}
	}
	return wrong
}

func lintTag(known map[string]component, name, parent, written string) (wrong []string) {
	ours := strings.HasPrefix(name, "s-")
	c, found := known[name]
	if ours && !found {
		return []string{fmt.Sprintf("there is no <%s>", name)}
	}
	if ours && strings.HasSuffix(written, "/") {
		wrong = append(wrong, fmt.Sprintf("<%s/> is not closed by its slash", name))
	}

	for _, a := range attributes.FindAllStringSubmatch(written, -1) {
		attribute, value := strings.ToLower(a[1]), strings.Trim(a[2], `"'`)
		around, inComponent := known[parent]
		switch values, has := c.attributes[attribute]; {
		case strings.Contains(attribute, mark):
		case attribute == "slot" && inComponent && !slices.Contains(around.slots, value) && !strings.Contains(value, mark):
			wrong = append(wrong, fmt.Sprintf("<%s> has no slot %q", parent, value))
		case !ours:
		case !has && !everywhere.MatchString(attribute):
			wrong = append(wrong, fmt.Sprintf("<%s> has no attribute %s", name, attribute))
		case has && values != nil && a[2] != "" && !strings.Contains(value, mark) && !slices.Contains(values, value):
			wrong = append(wrong, fmt.Sprintf("<%s %s=%q>: one of %v", name, attribute, value, values))
		}
	}
	return wrong
}

func lastIndex(all []string, one string) int {
	for i, s := range slices.Backward(all) {
		if s == one {
			return i
		}
	}
	return -1
}

// The templates have nothing of Polaris that it does not have: browsers would leave it out without a word.
func TestTemplatesKnowPolaris(t *testing.T) {
	t.Parallel()
	known := polaris(t)
	files, err := filepath.Glob("pages/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates: %v", err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range lint(known, string(source)) {
			t.Errorf("%s: %s", file, wrong)
		}
	}
}

// The lint itself finds one of each.
func TestLintFindsWhatPolarisDoesNotHave(t *testing.T) {
	t.Parallel()
	known := polaris(t)
	for source, want := range map[string]string{
		`<s-card></s-card>`:                                      "there is no <s-card>",
		`<s-badge tone="loud">x</s-badge>`:                       `<s-badge tone="loud">: one of`,
		`<s-badge colour="base">x</s-badge>`:                     "<s-badge> has no attribute colour",
		`<s-page><s-link slot="top" href="/"></s-link></s-page>`: `<s-page> has no slot "top"`,
		`<s-divider/>`:                                           "<s-divider/> is not closed by its slash",
		`</s-stack>`:                                             "</s-stack> closes nothing",
		`<s-badge tone="{{.Tone}}"{{if .X}} icon="{{.I}}"{{end}}>{{.State}}</s-badge>`:                "",
		`<s-page heading="{{.H}}"><s-button slot="primary-action" type="submit"></s-button></s-page>`: "",
	} {
		wrong := strings.Join(lint(known, source), "\n")
		if want == "" && wrong != "" || !strings.HasPrefix(wrong, want) {
			t.Errorf("%s: %q, want %q", source, wrong, want)
		}
	}
}
