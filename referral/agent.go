package referral

import (
	"regexp"
	"strings"
)

// browserNames are what browsers call themselves, with the number of their version, and their names here. All but
// Firefox call themselves Safari too, and most of them Chrome, so that the first one counts. No library: the parts that
// tell more are frozen, or gone, in what browsers send today. Source: chromium.org, User-Agent Reduction;
// developer.mozilla.org, Browser detection using the user agent.
var browserNames = []struct {
	name  string
	calls *regexp.Regexp
}{
	{"instagram", regexp.MustCompile(`Instagram (\d+)`)},
	{"facebook", regexp.MustCompile(`FBAV/(\d+)`)},
	{"google", regexp.MustCompile(`GSA/(\d+)`)},
	{"edge", regexp.MustCompile(`Edg(?:A|iOS)?/(\d+)`)},
	{"opera", regexp.MustCompile(`OP[RT]/(\d+)`)},
	{"samsung", regexp.MustCompile(`SamsungBrowser/(\d+)`)},
	{"firefox", regexp.MustCompile(`(?:Firefox|FxiOS)/(\d+)`)},
	{"chrome", regexp.MustCompile(`(?:Chrome|CriOS)/(\d+)`)},
	{"safari", regexp.MustCompile(`Version/(\d+)\S* (?:Mobile/\S+ )?Safari/`)},
}

// systems are what they call what they run on. Android calls itself Linux too, and an iPad a Mac.
var systems = []struct{ name, called string }{
	{"ios", "iPhone"}, {"ios", "iPad"}, {"android", "Android"}, {"windows", "Windows"}, {"chromeos", "CrOS"},
	{"mac", "Macintosh"}, {"linux", "Linux"},
}

// longestAgent bounds what is read of a User-Agent: anybody can send one.
const longestAgent = 1024

// agentOf is a browser's name, its major version and what it runs on, such as "chrome 143 windows"; "" for what is no
// browser that is known.
func agentOf(userAgent string) string {
	sent := userAgent[:min(len(userAgent), longestAgent)]
	for _, b := range browserNames {
		if found := b.calls.FindStringSubmatch(sent); found != nil {
			return b.name + " " + found[1] + " " + systemOf(sent)
		}
	}
	return ""
}

func systemOf(sent string) string {
	for _, s := range systems {
		if strings.Contains(sent, s.called) {
			return s.name
		}
	}
	return "other"
}
