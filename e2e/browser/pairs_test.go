package browser

import (
	"fmt"
	"testing"
)

// mix is how a state is looked at: in which of the shop's themes, at which size, in which language.
type mix struct {
	theme    string
	size     size
	language string
}

func (m mix) String() string { return m.theme + "-" + m.size.name + "-" + m.language }

var (
	themes    = []string{"light", "dusk"}
	sizes     = []size{phone, desktop}
	languages = []string{"en", "de", "ar"}
)

// mixes have every pair of a theme, a size and a language in them. States take them in turn, so that six states
// together show every pair.
var mixes = []mix{
	{"light", phone, "en"}, {"dusk", desktop, "en"}, {"light", desktop, "de"},
	{"dusk", phone, "de"}, {"light", phone, "ar"}, {"dusk", desktop, "ar"},
}

// mixOf is the mix of the n-th state.
func mixOf(n int) mix { return mixes[n%len(mixes)] }

func TestStatesShowEveryPair(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for n := range cardStates {
		m := mixOf(n)
		for _, pair := range pairs(m.theme, m.size.name, m.language) {
			shown[pair] = true
		}
	}
	for _, theme := range themes {
		for _, size := range sizes {
			for _, language := range languages {
				for _, pair := range pairs(theme, size.name, language) {
					if !shown[pair] {
						t.Errorf("no state is shown in %s", pair)
					}
				}
			}
		}
	}
}

// pairs are the three of a mix.
func pairs(theme, size, language string) []string {
	return []string{fmt.Sprint(theme, " and ", size), fmt.Sprint(theme, " and ", language), fmt.Sprint(size, " and ", language)}
}
