package simulator

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	tagPattern  = regexp.MustCompile(`<(/?)([a-zA-Z][\w-]*)((?:[^>"']|"[^"]*"|'[^']*')*)>`)
	attrPattern = regexp.MustCompile(`([\w:-]+)(?:="([^"]*)")?`)
	rawContent  = regexp.MustCompile(`(?s)(<script\b[^>]*>|<style\b[^>]*>).*?(</script>|</style>)`)
	voidTags    = []string{"meta", "link", "input", "img", "br", "path"}
)

// markupProblems are elements that are not closed in order, ids given twice, pictures without sizes or alt, fields
// without a label, and what refers to an id that is not there.
func markupProblems(page string) []string {
	var problems, open []string
	ids, labels := map[string]int{}, map[string]bool{}
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for _, m := range tagPattern.FindAllStringSubmatch(rawContent.ReplaceAllString(page, "$1$2"), -1) {
		name, attrs := strings.ToLower(m[2]), map[string]string{}
		for _, a := range attrPattern.FindAllStringSubmatch(m[3], -1) {
			attrs[a[1]] = a[2]
		}
		switch {
		case slices.Contains(voidTags, name):
		case m[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			say("</%s> closes %v", name, open)
			return problems
		default:
			open = open[:len(open)-1]
		}
		if id := attrs["id"]; id != "" && m[1] == "" {
			ids[id]++
		}
		if name == "label" {
			labels[attrs["for"]] = true
		}
		if _, hasAlt := attrs["alt"]; name == "img" && (attrs["width"] == "" || attrs["height"] == "" || !hasAlt) {
			say("a picture without size or alt: %s", m[0])
		}
	}
	if len(open) > 0 {
		say("not closed: %v", open)
	}
	for id, n := range ids {
		if n > 1 {
			say("id %s is given %d times", id, n)
		}
	}
	for _, m := range tagPattern.FindAllStringSubmatch(page, -1) {
		if field := m[1] == "" && (m[2] == "input" || m[2] == "select"); field && !labelled(m[3], labels) {
			say("a field without a label: %s", m[0])
		}
	}
	return problems
}

// labelled tells whether a field has a name that can be read out. Radio buttons stand inside their labels.
func labelled(attrs string, labels map[string]bool) bool {
	if strings.Contains(attrs, `type="hidden"`) || strings.Contains(attrs, `type="radio"`) || strings.Contains(attrs, "aria-label=") {
		return true
	}
	for _, a := range attrPattern.FindAllStringSubmatch(attrs, -1) {
		if a[1] == "id" && labels[a[2]] {
			return true
		}
	}
	return false
}
