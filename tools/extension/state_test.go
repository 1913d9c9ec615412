package main

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/dop251/goja"
	"github.com/evanw/esbuild/pkg/api"
)

// script runs a source that touches no page, and returns its exports.
func script(t *testing.T, entry string) *goja.Object {
	t.Helper()
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{filepath.Join(root, sourceFolder, entry)}, Bundle: true, Format: api.FormatIIFE, GlobalName: "exported", Target: api.ES2020,
	})
	for _, e := range result.Errors {
		t.Fatal(e.Text)
	}
	vm := goja.New()
	vm.SetFieldNameMapper(goja.TagFieldNameMapper("json", true))
	if _, err := vm.RunString(string(result.OutputFiles[0].Contents)); err != nil {
		t.Fatal(err)
	}
	exported := vm.Get("exported").ToObject(vm)
	if err := exported.Set("vm", vm); err != nil {
		t.Fatal(err)
	}
	return exported
}

// call calls an exported function with values that are written as JSON; "" is undefined.
func call(t *testing.T, exported *goja.Object, name string, args ...string) goja.Value {
	t.Helper()
	vm, ok := exported.Get("vm").Export().(*goja.Runtime)
	if !ok {
		t.Fatal("no runtime")
	}
	f, ok := goja.AssertFunction(exported.Get(name))
	if !ok {
		t.Fatalf("%s is no function", name)
	}
	var values []goja.Value
	for _, arg := range args {
		if arg == "" {
			values = append(values, goja.Undefined())
			continue
		}
		value, err := vm.RunString("(" + arg + ")")
		if err != nil {
			t.Fatalf("%s: %v", arg, err)
		}
		values = append(values, value)
	}
	out, err := f(goja.Undefined(), values...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	live      = `{"state":"live","shares":true,"friend":{"kind":"amount_off","amount":"20.00"},"minimum":{"amount":"40.00","currency":"USD"}}`
	noShares  = `{"state":"live","shares":false,"friend":{"kind":"amount_off","amount":"20.00"},"minimum":{"amount":"40.00","currency":"USD"}}`
	noMinimum = `{"state":"live","shares":true,"friend":{"kind":"amount_off","amount":"20.00"}}`
	mine      = `{"id":"clm_1","code":"FRIEND-1"}`
)

// Each state of the card is told from all others.
func TestStateOfTheCard(t *testing.T) {
	t.Parallel()
	w, err := readWords(filepath.Join(root, "text"))
	if err != nil {
		t.Fatal(err)
	}
	known, err := json.Marshal(w.shopper["en"])
	if err != nil {
		t.Fatal(err)
	}
	words := `{"alike":{"no_offer":"offer_ended","link_incomplete":"unknown_link"},` + string(known[1:]) // as friends.liquid prints it
	exported := script(t, "state.js")
	ours, theirs := `{"code":"FRIEND-1","applicable":false}`, `{"code":"WELCOME10","applicable":true}`

	said := map[string]bool{}
	for _, c := range []struct {
		says, offer, fault, other, claim, cart string
		want                                   string
	}{
		{"a live offer", live, "", "", "", "", "offer_live"},
		{"a paused offer", `{"state":"paused"}`, "", "", "", "", "offer_paused"},
		{"an ended offer", `{"state":"ended"}`, "", "", "", "", "offer_ended"},
		{"a draft says nothing", `{"state":"draft"}`, "", "", "", "", ""},
		{"no campaign says nothing", `{"state":"none"}`, "", "", "", "", ""},

		{"own link", live, `"own_link"`, "", "", "", "own_link"},
		{"has bought before", live, `"already_ordered"`, "", "", "", "already_ordered"},
		{"has used it", live, `"offer_used"`, "", "", "", "offer_used"},
		{"paused since the page was made", live, `"offer_paused"`, "", "", "", "offer_paused"},
		{"ended since", live, `"offer_ended"`, "", "", "", "offer_ended"},
		{"no campaign any more", live, `"no_offer"`, "", "", "", "offer_ended"},
		{"unknown link", live, `"unknown_link"`, "", "", "", "unknown_link"},
		{"incomplete link", live, `"link_incomplete"`, "", "", "", "unknown_link"},
		{"overused link", live, `"link_overused"`, "", "", "", "link_overused"},
		{"too many tries", live, `"limited"`, "", "", "", "limited"},
		{"code being made", live, `"preparing_codes"`, "", "", "", "preparing_codes"},
		{"no connection", live, `"offline"`, "", "", "", "offline"},
		{"we cannot be reached", noShares, `"unreachable"`, "", "", "", "down"},
		{"we cannot be reached, the friend's code works", live, `"unreachable"`, "", "", "", "spare"},
		{"a code without words is as if we could not be reached", live, `"browser_id"`, "", "", "", "spare"},
		{"what went wrong goes before what is held", live, `"offline"`, "", mine, "", "offline"},

		{"another friend's offer is held", live, "", `{"id":"clm_2"}`, "", "", "choose"},
		{"given after the order", live, "", "", `{"id":"clm_1"}`, "", "noted"},
		{"taken under another amount", live, "", "", `{"code":"A","offer":{"friend":{"kind":"amount_off","amount":"15.00"},"minimum":{"amount":"40.00"}}}`, "", "kept"},
		{"taken under another kind", live, "", "", `{"code":"A","offer":{"friend":{"kind":"free_shipping"},"minimum":{"amount":"40.00"}}}`, "", "kept"},
		{"taken under another minimum", live, "", "", `{"code":"A","offer":{"friend":{"kind":"amount_off","amount":"20.00"}}}`, "", "kept"},
		{"taken under the same terms", live, "", "", `{"code":"A","offer":{"friend":{"kind":"amount_off","amount":"20.00"},"minimum":{"amount":"40.00"}}}`, "", "typed"},

		{"the cart cannot be read", live, "", "", mine, "", "typed"},
		{"the code is not in the cart", live, "", "", mine, `{"codes":[],"count":1,"left":0}`, "typed"},
		{"the code is on", live, "", "", mine, `{"codes":[{"code":"friend-1","applicable":true}],"count":1,"left":-100}`, "applied"},
		{"the cart is empty", live, "", "", mine, `{"codes":[` + ours + `],"count":0,"left":4000}`, "empty"},
		{"the cart is empty and knows no code", live, "", "", mine, `{"codes":[],"count":0,"left":4000}`, "empty"},
		{"one hundredth below the minimum", live, "", "", mine, `{"codes":[` + ours + `],"count":1,"left":1}`, "below"},
		{"below the minimum, beside another code", live, "", "", mine, `{"codes":[` + ours + `,` + theirs + `],"count":1,"left":1,"saved":100}`, "below"},
		{"on the minimum, with another code", live, "", "", mine, `{"codes":[` + ours + `,` + theirs + `],"count":1,"left":0,"saved":100}`, "clash"},
		{"another code that is not on", live, "", "", mine, `{"codes":[` + ours + `,{"code":"X","applicable":false}],"count":1,"left":0,"saved":0}`, "unfit"},
		{"another discount", live, "", "", mine, `{"codes":[` + ours + `],"count":1,"left":0,"saved":1}`, "automatic"},
		{"neither", live, "", "", mine, `{"codes":[` + ours + `],"count":1,"left":0,"saved":0}`, "unfit"},
	} {
		got := call(t, exported, "stateOf", c.offer, words, c.fault, c.other, c.claim, c.cart).String()
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.says, got, c.want)
		}
		said[got] = true
	}
	for _, state := range w.states() {
		if !said[state] {
			t.Errorf("no row comes to the state %s", state)
		}
	}
}

// The cart's sums are judged as the checkout judges them.
func TestCart(t *testing.T) {
	t.Parallel()
	exported := script(t, "state.js")
	minimum := `{"amount":"40.00","currency":"USD"}`
	for _, c := range []struct{ says, json, minimum, rate, want string }{
		{
			"gift cards do not count", `{"items":[{"gift_card":true,"final_line_price":5000},{"final_line_price":2800}],"items_subtotal_price":7800,"currency":"USD"}`,
			minimum, "1", `{"bought":2800,"left":1200,"part":0.7}`,
		},
		{"the same currency has no rate", `{"items":[],"items_subtotal_price":4000,"currency":"USD"}`, minimum, `"0.5"`, `{"bought":4000,"left":0,"part":1}`},
		{"another currency", `{"items":[],"items_subtotal_price":1700,"currency":"EUR"}`, minimum, `"0.85"`, `{"bought":1700,"left":1700,"part":0.5}`},
		{"no minimum", `{"items":[],"items_subtotal_price":100,"currency":"USD"}`, noMinimumOf(t), "1", `{"bought":100,"left":-100,"part":null}`},
		{"a claim", `{"items":[],"items_subtotal_price":0,"attributes":{"_twofold":"clm_01H"}}`, "", "1", `{"held":"clm_01H"}`},
		{"a visit is no claim", `{"items":[],"items_subtotal_price":0,"attributes":{"_twofold":"v1.abc"}}`, "", "1", `{}`},
		{"nothing", `{"items":[],"items_subtotal_price":0}`, "", "1", `{"codes":[]}`},
	} {
		got := call(t, exported, "cartOf", c.json, c.minimum, c.rate)
		vm, _ := exported.Get("vm").Export().(*goja.Runtime)
		has := map[string]any{}
		raw, err := got.ToObject(vm).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &has); err != nil {
			t.Fatal(err)
		}
		var want map[string]any
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		for name, value := range want {
			a, _ := json.Marshal(has[name])
			b, _ := json.Marshal(value)
			if string(a) != string(b) {
				t.Errorf("%s: %s is %s, want %s", c.says, name, a, b)
			}
		}
		if _, held := has["held"]; held && want["held"] == nil {
			t.Errorf("%s: held is %v", c.says, has["held"])
		}
	}
}

// noMinimumOf is what an offer without a minimum has in its place.
func noMinimumOf(t *testing.T) string {
	t.Helper()
	var offer map[string]json.RawMessage
	if err := json.Unmarshal([]byte(noMinimum), &offer); err != nil {
		t.Fatal(err)
	}
	return string(offer["minimum"])
}

// A sentence whose value is not known is left out; what is no value of ours stays as it is.
func TestFill(t *testing.T) {
	t.Parallel()
	exported := script(t, "early.js")
	for _, c := range []struct{ text, values, want string }{
		{"Until [date]. Works once.", `{"date":"December 1"}`, "Until December 1. Works once."},
		{"It gave [amount] off until [until]. A code works.", `{"amount":"$20","until":""}`, "A code works."},
		{"[other] takes [saved] off. Yours keeps.", `{"other":"WELCOME10","saved":""}`, "Yours keeps."},
		{"For [VIP] friends.", `{}`, "For [VIP] friends."},
		{"[amount]", `{"amount":"$12.50"}`, "$12.50"},
		{"[a] and [a]", `{"a":"[b]","b":"x"}`, "[b] and [b]"},
		{"<b>[code]</b>", `{"code":"<img>"}`, "<b><img></b>"},
		{"كان حتى [until]. الرمز يعمل؟ نعم.", `{"until":""}`, "الرمز يعمل؟ نعم."},
		{"", `{}`, ""},
	} {
		text, err := json.Marshal(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := call(t, exported, "fill", string(text), c.values).String(); got != c.want {
			t.Errorf("%q with %s: %q, want %q", c.text, c.values, got, c.want)
		}
	}
}
