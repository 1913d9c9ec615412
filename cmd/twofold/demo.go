package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"twofold"
	"twofold/secret"
	"twofold/simulator"
	"twofold/tenant"
)

func (p *program) demoCommand() *cobra.Command {
	var once, asJSON bool
	cmd := &cobra.Command{
		Use: "demo", Short: "Everything on this machine with a simulated Shopify: tells a story, then stays up", Args: cobra.NoArgs,
		Long: "Start MongoDB, Redis, a simulated Shopify and the app on this machine, install a shop, and tell how referrals are credited, rewarded, taken back and flagged. Then it stays up and prints the addresses to open, until it is interrupted.",
	}
	cmd.Flags().BoolVar(&once, "once", false, "tell the story, print the result and exit: 0 if it went as told, 1 naming the step that failed")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the story as JSON lines; the last one is the summary")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return p.runDemo(cmd.Context(), once, asJSON) }
	return cmd
}

// runDemo starts everything, tells the story, and stays up unless once.
func (p *program) runDemo(ctx context.Context, once, asJSON bool) (err error) {
	t := &teller{out: p.out, json: asJSON, began: time.Now()}
	stage, err := p.setStage(ctx, t)
	if err != nil {
		t.fail("start", err)
		t.summary(counts{}, err)
		return fmt.Errorf("the story failed at step start: %w", err)
	}
	defer func() { err = errors.Join(err, stage.close()) }()
	summary, err := (&story{stage: stage, teller: t}).tell(ctx)
	t.summary(summary, err)
	if err != nil || once {
		return err
	}
	t.addresses(stage)
	return stage.app.wait(ctx)
}

// stage is everything the story needs, running on this machine.
type stage struct {
	sim   *simulator.Server
	app   *running
	parts *parts
}

const (
	demoShop   tenant.ShopID = "demo.myshopify.com"
	demoClient string        = "twofold-demo"
)

// setStage starts simulator, databases and app on free ports, with keys drawn for this run.
func (p *program) setStage(ctx context.Context, t *teller) (*stage, error) {
	log := newLog(io.Discard, "error")
	if level, set := p.lookup("LOG_LEVEL"); set {
		log = newLog(p.logTo, level)
	}
	appSecret := secret.NewKey("s")
	sim, err := simulator.New(simulator.Config{ClientID: demoClient, ClientSecret: appSecret, AppTOML: twofold.AppTOML, Log: log})
	if err != nil {
		return nil, err
	}
	if err := sim.Start("127.0.0.1:0"); err != nil {
		return nil, err
	}
	c := config{
		Addr: "127.0.0.1:0", MetricsAddr: "127.0.0.1:0", APIKey: demoClient, APISecret: appSecret, Origin: sim.Origin(),
		EncryptionKeys: secret.NewKey("k1"), HashKeys: secret.NewKey("h1"), Env: development, LogLevel: "error", ProtectedData: "1", UsageScope: "code", ephemeral: true,
	}
	s := &stage{sim: sim}
	if err := s.startApp(ctx, c, log); err != nil {
		return nil, errors.Join(err, s.close())
	}
	sim.SetAppURL("http://" + s.app.addr)
	t.say("start", fmt.Sprintf("MongoDB, Redis, a simulated Shopify (%s) and the app (http://%s) are up.", sim.URL(), s.app.addr), nil)
	return s, nil
}

func (s *stage) startApp(ctx context.Context, c config, log *slog.Logger) (err error) {
	if s.parts, err = buildWith(ctx, c, log, true); err != nil {
		return err
	}
	s.app, err = s.parts.start(ctx, roles{serve: true, work: true, embedded: true})
	return err
}

func (s *stage) close() error {
	var failed []error
	if s.parts != nil {
		failed = append(failed, s.parts.close())
	}
	ctx, cancel := closeContext()
	defer cancel()
	return errors.Join(append(failed, s.sim.Close(ctx))...)
}

// teller prints the story: a line a step with its time, for people or as JSON.
type teller struct {
	out   io.Writer
	json  bool
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

func (t *teller) say(step, text string, data map[string]any) {
	t.line(told{Step: step, OK: true, Text: text, Data: data})
}

func (t *teller) fail(step string, err error) { t.line(told{Step: step, Text: err.Error()}) }

func (t *teller) line(l told) {
	now := time.Now()
	if t.last.IsZero() {
		t.last = t.began
	}
	l.AtMS, l.TookMS = now.Sub(t.began).Milliseconds(), now.Sub(t.last).Milliseconds()
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

func (t *teller) summary(c counts, err error) {
	if t.json {
		line, marshalErr := json.Marshal(struct {
			Step string `json:"step"`
			OK   bool   `json:"ok"`
			AtMS int64  `json:"at_ms"`
			counts
		}{"summary", err == nil, time.Since(t.began).Milliseconds(), c})
		if marshalErr == nil {
			fmt.Fprintf(t.out, "%s\n", line)
		}
		return
	}
	if err == nil {
		fmt.Fprintf(t.out, "\nAll as told. Referrals: %s. Advocates' rewards: %s. Friends' rewards: %s.\n", list(c.Referrals), list(c.Rewards["advocate"]), list(c.Rewards["friend"]))
	}
}

// list writes counts as "2 approved, 1 flagged".
func list(by map[string]int) string {
	var texts []string
	for _, state := range slices.Sorted(maps.Keys(by)) {
		texts = append(texts, fmt.Sprintf("%d %s", by[state], state))
	}
	return strings.Join(texts, ", ")
}

// addresses says what to open while the demo stays up.
func (t *teller) addresses(s *stage) {
	if t.json {
		return
	}
	root := s.sim.URL() + "/" + string(demoShop)
	fmt.Fprintf(t.out, `
It stays up until you press Ctrl-C. Open:
  the shop             %s/
  the app in its admin %s/admin/apps/%s
  its discounts        %s/_sim/shops/%s/discounts
  webhooks sent        %s/_sim/shops/%s/deliveries
docs/SIMULATOR.md lists what else the simulated Shopify can be told to do.
`, root, root, demoClient, s.sim.URL(), demoShop, s.sim.URL(), demoShop)
}
