package text

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"twofold/referral/referraltest"
)

// entry is one entry of a language's file: its text for each plural form. One without plurals has "other" alone.
type entry map[string]string

// forms are the names of the plural forms, by which a table is an entry.
var forms = []string{"zero", "one", "two", "few", "many", "other"}

// catalogue reads the entries of a language's file by their ids.
func catalogue(t *testing.T, language string) map[string]entry {
	t.Helper()
	var file map[string]any
	if _, err := toml.DecodeFile(language+".toml", &file); err != nil {
		t.Fatal(err)
	}

	all := map[string]entry{}
	var read func(id string, value any)
	read = func(id string, value any) {
		switch v := value.(type) {
		case string:
			all[id] = entry{"other": v}
		case map[string]any:
			if plural := pluralOf(v); plural != nil {
				all[id] = plural
				return
			}
			for name, inside := range v {
				read(strings.TrimPrefix(id+"."+name, "."), inside)
			}
		default:
			t.Errorf("%s.toml: %s is %T", language, id, value)
		}
	}
	read("", file)
	return all
}

// pluralOf reads a table of plural forms; nil: it is a table of entries.
func pluralOf(table map[string]any) entry {
	plural := entry{}
	for name, value := range table {
		if said, ok := value.(string); ok && slices.Contains(forms, name) {
			plural[name] = said
		}
	}
	if len(plural) == 0 {
		return nil
	}
	return plural
}

// needs are the plural forms that an entry must have in the printer's language, if it is one with plurals.
func (p *Printer) needs(plural bool) []string {
	if !plural {
		return []string{"other"}
	}
	var names []string
	for _, rule := range p.forms.PluralsCardinal() {
		names = append(names, strings.ToLower(rule.String()))
	}
	slices.Sort(names)
	return names
}

// placeholder stands for a value: {{.name}}.
var placeholder = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

// placeholders are those of all forms of an entry together: a form such as "one day" may do without its number.
func placeholders(e entry) []string {
	found := map[string]bool{}
	for _, said := range e {
		for _, name := range placeholder.FindAllString(said, -1) {
			found[name] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestEachLanguageHasItsFile(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("*.toml")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i, tag := range tags {
		want = append(want, tag.String()+".toml")
		if printers[i].forms.Locale() != tag.String() {
			t.Errorf("%s is printed in the forms of %s", tag, printers[i].forms.Locale())
		}
	}
	slices.Sort(want)
	if !slices.Equal(want, paths) {
		t.Errorf("languages have the files %v, and there are %v", want, paths)
	}
}

// audiencesIn are those that a language has all sentences of; English has everybody's.
func audiencesIn(language string) []string {
	if language == "de" {
		return []string{"shopper", "merchant"}
	}
	return []string{"shopper"}
}

// Every language has what shoppers read, and German what merchants do, in all plural forms and with the same values.
func TestLanguagesAreComplete(t *testing.T) {
	t.Parallel()
	english := catalogue(t, "en")
	for _, p := range printers {
		t.Run(p.Language(), func(t *testing.T) {
			t.Parallel()
			there := catalogue(t, p.Language())
			for _, id := range slices.Sorted(maps.Keys(english)) {
				audience, _, _ := strings.Cut(id, ".")
				if _, has := there[id]; !has && slices.Contains(audiencesIn(p.Language()), audience) {
					t.Errorf("%s is missing", id)
				}
			}

			for _, id := range slices.Sorted(maps.Keys(there)) {
				model, known := english[id]
				if !known {
					t.Errorf("%s is not in English", id)
					continue
				}

				got := there[id]
				want := p.needs(len(model) > 1)
				if !slices.Equal(want, slices.Sorted(maps.Keys(got))) {
					t.Errorf("%s has the forms %v, want %v", id, slices.Sorted(maps.Keys(got)), want)
				}
				if !slices.Equal(placeholders(model), placeholders(got)) {
					t.Errorf("%s names %v, and in English %v", id, placeholders(got), placeholders(model))
				}
				if slices.Contains(slices.Collect(maps.Values(got)), "") {
					t.Errorf("%s is empty", id)
				}
			}
		})
	}
}

// A number chooses its form by CLDR in both libraries: the one that says, and the one that the test above believes.
func TestPluralsAgree(t *testing.T) {
	t.Parallel()
	for _, p := range printers {
		days := catalogue(t, p.Language())["shopper.days"]
		for _, n := range []int{0, 1, 2, 3, 5, 11, 14, 99, 100, 102, 365, 1_000_000} {
			form := strings.ToLower(p.forms.CardinalPluralRule(float64(n), 0).String())
			want := strings.ReplaceAll(days[form], "{{.count}}", p.Number(n))
			if got := p.days(n); got != want {
				t.Errorf("%s: %d is %q, want %q of form %s", p.Language(), n, got, want, form)
			}
		}
	}
}

var sexed = regexp.MustCompile(`(?i)\b(she|her|hers|herself|he|his|him|himself)\b`)

// Neither a sentence nor the label of a scenario assumes anybody's sex.
func TestNobodysSexIsAssumed(t *testing.T) {
	t.Parallel()
	read := func(where, said string) {
		if word := sexed.FindString(said); word != "" {
			t.Errorf("%s says %q: %s", where, word, said)
		}
	}

	for id, e := range catalogue(t, "en") {
		for _, said := range e {
			read(id, said)
		}
	}
	for _, table := range referraltest.Tables() {
		for _, row := range table.Rows {
			read("a row of "+table.Test, row.Says)
		}
	}
	for _, told := range slices.Concat(referraltest.Pages(), referraltest.Progresses()) {
		read("what is told", told.Says)
	}
}

// cognates are what German says to merchants as English does.
var cognates = map[string]string{
	"merchant.title":              "a name",
	"merchant.trouble.heading":    "a name",
	"merchant.channel.whatsapp":   "a name",
	"merchant.channel.sms":        "the same word",
	"merchant.state.live":         "the same word",
	"merchant.advocates.code":     "the same word",
	"merchant.advocate.code":      "the same word",
	"merchant.review.browser":     "the same word",
	"merchant.referral.links":     "the same words",
	"merchant.editor.number":      "a version",
	"merchant.editor.version":     "the same word",
	"merchant.mails.logo":         "the same word",
	"merchant.try.friend":         "a name",
	"merchant.try.advocate":       "a name",
	"merchant.try_field.friend":   "a name",
	"merchant.try_field.advocate": "a name",
}

// What merchants read in German is translated, addresses them formally, and names nobody by a word that has a sex.
func TestGermanForMerchants(t *testing.T) {
	t.Parallel()
	english := catalogue(t, "en")
	letters := regexp.MustCompile(`\pL`)
	unfit := regexp.MustCompile(`\b((?i:du|dich|dir|dein|deine[mnrs]?)|Kunden?|Kundin(nen)?|Freund(e|in|innen)?|Käufer(in)?|Nutzer(in)?|` +
		`Empfehlender|Eingeladener|Händler(in)?|Mitarbeiter(in)?)\b`)
	for id, e := range catalogue(t, "de") {
		if !strings.HasPrefix(id, "merchant.") {
			continue
		}
		worded := letters.MatchString(placeholder.ReplaceAllString(english[id]["other"], ""))
		if same := worded && maps.Equal(e, english[id]); same != (cognates[id] != "") {
			t.Errorf("%s: as in English is %v, and the list of cognates says otherwise", id, same)
		}
		for _, said := range e {
			if word := unfit.FindString(said); word != "" {
				t.Errorf("%s says %q: %s", id, word, said)
			}
		}
	}
}

// What is asked for is found by language, and what is not there is English.
func TestLanguageOfABrowser(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]string{
		"": "en", "de": "de", "de-CH,en;q=0.5": "de", "fr-CA": "fr", "es-419, en": "es", "ar-EG": "ar",
		"pl": "en", "pl, fr;q=0.3": "fr", "*;;": "en",
	} {
		if got := In(asked).Language(); got != want {
			t.Errorf("%q: %s, want %s", asked, got, want)
		}
	}
}

// Merchants are answered in English and German alone, whatever else shoppers are answered in.
func TestLanguageOfTheAdmin(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]string{
		"": "en", "en": "en", "de": "de", "de-AT": "de", "de-CH,fr;q=0.5": "de", "fr": "en", "fr-CH, de;q=0.5": "de", "*;;": "en",
	} {
		if got := ForMerchants(asked).Language(); got != want {
			t.Errorf("%q: %s, want %s", asked, got, want)
		}
	}
}

// An id without an entry is said as it is; one that is not translated is English.
func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	german := In("de")
	if got := german.Say("shopper.nothing"); got != "shopper.nothing" {
		t.Errorf("no entry: %q", got)
	}
	if got, want := german.Say("operator.unknown_commit"), English.Say("operator.unknown_commit"); got != want {
		t.Errorf("an entry for operators in German: %q, want %q", got, want)
	}
	if got := fmt.Sprint(English.Command("no such command")); got != "{  }" {
		t.Errorf("help of no command: %q", got)
	}
}
