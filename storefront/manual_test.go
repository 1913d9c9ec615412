package storefront_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/referral"
	"twofold/store/storetest"
	"twofold/storefront"
)

const manualFile = "../docs/PROXY.md"

func readManual(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile(manualFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// example is a request and its answer in docs/PROXY.md: method, path, query and body, then the status,
// with the answer below it.
var example = regexp.MustCompile("(?s)```\n((GET|POST) ([a-z]+)(\\?[^\n]*)?\n([^\n]*\n)?\n)(\\d{3}.*?)\n```")

// Every request of docs/PROXY.md, sent as it stands there, is answered as it stands there.
// -update writes the answers anew.
func TestTheManualsExamplesAreTrue(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.codes(t, "FRND-1111-2222")
	s.decided(t, 0, referral.Pending, "", referral.Reward{State: referral.RewardPending}, false)
	s.decided(t, 1, referral.Approved, "", referral.Reward{State: referral.RewardIssued, EndsAt: storetest.Noon.Add(24 * time.Hour)}, false)

	page, asked := readManual(t), []string{}
	told := example.ReplaceAllStringFunc(page, func(block string) string {
		part := example.FindStringSubmatch(block)
		asked = append(asked, part[3])
		return "```\n" + part[1] + s.told(t, part[2], part[3], part[4], part[5]) + "\n```"
	})
	slices.Sort(asked)
	if want := []string{"claim", "event", "join", "me", "missing", "offer", "visit"}; !slices.Equal(asked, want) {
		t.Errorf("examples of %v, want one of each of %v", asked, want)
	}
	if *update {
		if err := os.WriteFile(manualFile, []byte(told), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(page, told); diff != "" {
		t.Errorf("%s is not what is answered: go test ./storefront -run Manual -update, and read the difference (-page +answered)\n%s", manualFile, diff)
	}
}

// told is the answer to an example, as the manual writes it.
func (s *shop) told(t *testing.T, method, path, query, body string) string {
	t.Helper()
	params, err := url.ParseQuery(strings.TrimPrefix(query, "?"))
	if err != nil {
		t.Fatal(err)
	}
	c := call{method: method, path: path, params: params, customer: params.Get("logged_in_customer_id"), body: body}
	params.Del("logged_in_customer_id")
	a := s.do(t, c)
	told := strconv.Itoa(a.status)
	if a.body == "" {
		return told
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, []byte(drawn.ReplaceAllString(a.body, `"$1":"…"`)), "", "  "); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return told + "\n" + pretty.String()
}

// The tables of docs/PROXY.md name every field that is sent or answered, and no other.
func TestTheManualNamesEveryField(t *testing.T) {
	t.Parallel()
	fields := map[string]bool{"events": true} // of event, whose list is read by itself
	for _, form := range storefront.Forms {
		fieldsOf(reflect.TypeOf(form), fields)
	}
	named := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]+) \\|").FindAllStringSubmatch(readManual(t), -1) {
		for _, name := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(row[1], -1) {
			named[name[1]] = true
		}
	}
	if diff := cmp.Diff(fields, named); diff != "" {
		t.Errorf("-fields +named in %s\n%s", manualFile, diff)
	}
}

// fieldsOf adds the names that a form's fields have in JSON, and those of the forms in it.
func fieldsOf(form reflect.Type, names map[string]bool) {
	for form.Kind() == reflect.Pointer || form.Kind() == reflect.Slice {
		form = form.Elem()
	}
	if form.Kind() != reflect.Struct || form == reflect.TypeFor[time.Time]() {
		return
	}
	for i := range form.NumField() {
		field := form.Field(i)
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			names[name] = true
		}
		fieldsOf(field.Type, names)
	}
}

// docs/PROXY.md names every code that a shopper may meet, and none that docs/CODES.md does not have.
func TestTheManualNamesEveryCode(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("../docs/CODES.md")
	if err != nil {
		t.Fatal(err)
	}
	codes, named := map[string]bool{}, map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| [a-z_]+ \\| \\d+ \\| shopper \\|").FindAllStringSubmatch(string(list), -1) {
		codes[row[1]] = true
	}
	for _, link := range regexp.MustCompile("\\[`([a-z_]+)`\\]\\(CODES.md\\)").FindAllStringSubmatch(readManual(t), -1) {
		named[link[1]] = true
	}
	if diff := cmp.Diff(codes, named); diff != "" {
		t.Errorf("-codes of shoppers +named in %s\n%s", manualFile, diff)
	}
}
