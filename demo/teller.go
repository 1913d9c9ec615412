package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"twofold/referral"
	"twofold/text"
)

// teller prints the story: a line a step with its time, for people or as JSON.
type teller struct {
	out   io.Writer
	json  bool
	wall  func() time.Time
	began time.Time
	last  time.Time
}

// told is one step as a JSON line. Times are milliseconds.
type told struct {
	Step   string         `json:"step"`
	OK     bool           `json:"ok"`
	AtMS   int64          `json:"at_ms"`
	TookMS int64          `json:"took_ms"`
	Text   string         `json:"text"`
	Data   map[string]any `json:"data,omitempty"`
}

// say tells what came of a step: its entry of package text, in which further lines begin where the first does.
func (t *teller) say(step string, values text.With, data map[string]any) {
	said := text.English.Say("operator.story."+step, values)
	t.line(told{Step: step, OK: true, Text: strings.ReplaceAll(said, "\n", "\n"+margin), Data: data})
}

func (t *teller) fail(step string, err error) {
	t.line(told{Step: step, Text: text.English.Operator(err)})
}

func (t *teller) line(l told) {
	now := t.wall()
	if t.last.IsZero() {
		t.last = t.began
	}
	l.AtMS = now.Sub(t.began).Milliseconds()
	l.TookMS = now.Sub(t.last).Milliseconds()
	t.last = now

	if t.json {
		line, err := json.Marshal(l)
		if err == nil {
			fmt.Fprintf(t.out, "%s\n", line)
		}
		return
	}

	mark := " "
	if !l.OK {
		mark = "✗"
	}
	fmt.Fprintf(t.out, "%s %7.3f s  %s\n", mark, float64(l.AtMS)/1000, l.Text)
}

// counts are referrals and rewards by state.
type counts struct {
	Referrals map[string]int            `json:"referrals"`
	Rewards   map[string]map[string]int `json:"rewards"` // side, then state
}

// summary prints the counts at the end. A story that failed has a summary only as JSON: its last line says so already.
func (t *teller) summary(c counts, err error) {
	if t.json {
		line, marshalErr := json.Marshal(struct {
			Step string `json:"step"`
			OK   bool   `json:"ok"`
			AtMS int64  `json:"at_ms"`
			counts
		}{"summary", err == nil, t.wall().Sub(t.began).Milliseconds(), c})
		if marshalErr == nil {
			fmt.Fprintf(t.out, "%s\n", line)
		}
		return
	}

	if err == nil {
		fmt.Fprintln(t.out, "\n"+text.English.Say("operator.story.summary", text.With{
			"referrals": list[referral.State](c.Referrals),
			"advocate":  list[referral.RewardState](c.Rewards["advocate"]),
			"friend":    list[referral.RewardState](c.Rewards["friend"]),
		}))
	}
}

// list words counts by state: "2 approved", "1 flagged".
func list[S referral.State | referral.RewardState](by map[string]int) []string {
	var said []string
	for _, state := range slices.Sorted(maps.Keys(by)) {
		said = append(said, text.English.Say("operator.story.counted", text.With{
			"number": by[state], "state": S(state),
		}))
	}
	return said
}

// addresses says what to open while the demo stays up, in the order in which a friend is won. shopify is the
// simulator's address, mailbox the one where mails come, and alice the advocate. Whoever comes back from the sign-in
// with #friends sees the link at once.
func (t *teller) addresses(shopify, mailbox string, alice *Shopper) {
	if t.json {
		return
	}

	root := shopify + "/" + string(Shop)
	signIn := url.Values{"return_to": {"/#friends"}, "login_hint": {alice.email}}
	fmt.Fprintln(t.out, "\n"+text.English.Say("operator.story.addresses", text.With{
		"panel": root + "/customer_authentication/login?" + signIn.Encode(),
		"link":  root + "/?ref=" + url.QueryEscape(alice.Code),
		"root":  root, "shopify": shopify, "client": clientID, "shop": string(Shop), "mailbox": mailbox,
	}))
}

// margin is where a step's text begins in the printed story.
const margin = "             "

// indent moves a text two blanks in from the margin, where say puts it.
func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
}

// hide shows only the beginning of a code: whoever reads over a shoulder shall not spend it.
func hide(code string) string {
	head, _, _ := strings.Cut(code, "-")
	return head + "-…"
}
