package admin

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/text"
)

// editor is what a campaign's page shows.
type editor struct {
	Path     string
	Name     string
	State    string
	Tone     string // of the state's badge
	Subtitle string
	Problem  string   // why going live is stuck; "" while it is not
	Changes  []string // what somebody changed of its discounts in Shopify

	Fields  map[string]fieldView
	Noticed []noticedView // what each strictness makes of what is noticed
	Base    string        // what the fields had when the page was made; see baseField
	Locked  string        // why nothing can be edited; "": it can
	Wrong   int           // how many fields are wrong
	Clashed bool          // another editor was faster
	Clashes []string      // fields that both have changed, with both values

	Can      acts
	Made     string     // how many of its codes are made, while it is going live; "": it is not
	Month    *meterView // of the budget; nil: there is none
	Follow   followView
	Versions []versionView
}

// acts are what can be done with the campaign now.
type acts struct {
	Live    int // the version that can go live; 0: none
	Pause   bool
	Resume  bool
	End     bool
	Filling bool // going live just now
}

// meterView is how much of a budget is used.
type meterView struct {
	Says    string
	Percent int64
}

// versionView is one version of the campaign.
type versionView struct {
	Number  string
	State   string
	Tone    string // of the state's badge
	When    string
	Changes []string // against the version before; none: it is the first
}

// campaign is a campaign's page.
func (h *handler) campaign(v visit) error {
	versions, err := h.versionsOf(v)
	if err != nil {
		return err
	}

	values := h.form(v).read(versions[0])
	view, err := h.editor(v, versions, values, nil)
	if err != nil {
		return err
	}
	return h.show(v, "campaign", view)
}

// form is the editor's form in the visited shop.
func (h *handler) form(v visit) form {
	return form{v.shop.Profile.Currency, v.shop.Profile.Location()}
}

// versionsOf lists the versions of the campaign that the path names, newest first. NotFound: there is none.
func (h *handler) versionsOf(v visit) ([]referral.Campaign, error) {
	all, err := h.config.Campaigns.Campaigns(v.UserContext(), v.shop.ID)
	if err != nil {
		return nil, fmt.Errorf("admin: campaign: %w", err)
	}

	id := referral.CampaignID(v.Params("id"))
	mine := slices.DeleteFunc(all, func(c referral.Campaign) bool { return c.ID != id })
	slices.SortFunc(mine, func(a, b referral.Campaign) int { return b.Version - a.Version })
	if len(mine) == 0 {
		return nil, fault.New(fault.NotFound, "campaign_unknown")
	}
	return mine, nil
}

// editor reads and words what the page shows, with these values in its fields.
func (h *handler) editor(
	v visit, versions []referral.Campaign, values typed, wrong []referral.Mistake,
) (editor, error) {
	c, newest, f := counting(versions), versions[0], h.form(v)
	view := editor{
		Path: campaignPath(c.ID), Name: newest.Name, State: v.say.CampaignBadge(c.State), Tone: campaignTone(c.State),
		Subtitle: v.say.Say("merchant.editor.version", text.With{"version": c.Version, "since": since(v, c)}),
		Problem:  v.say.Problem(newest.Problem), Fields: f.show(v.say, values, wrong), Noticed: noticed(v.say), Base: f.read(newest).encode(),
		Locked: locked(v, newest), Wrong: len(wrong), Can: actsOn(c, newest), Versions: versionViews(v, versions),
	}
	for _, d := range c.Drift {
		view.Changes = append(view.Changes, v.say.Drift(d))
	}

	shown := newest
	f.write(&shown, values) // what cannot be read is shown as it was
	cost, err := h.config.Campaigns.Cost(v.UserContext(), v.shop, c)
	if err != nil {
		return editor{}, err
	}
	if view.Follow, err = followOf(v, shown, !maps.Equal(values, f.read(newest)), v.Query("language")); err != nil {
		return editor{}, err
	}
	if view.Follow.Cost.Lately, err = lately(v, c, cost); err != nil {
		return editor{}, err
	}

	if view.Made, err = h.made(v, newest); err != nil {
		return editor{}, err
	}
	view.Month, err = h.month(v, newest)
	return view, err
}

// made says how many codes of a version are made that is going live. Before its discounts are there, nothing is said.
func (h *handler) made(v visit, c referral.Campaign) (string, error) {
	if c.State != referral.CampaignFilling {
		return "", nil
	}
	made, of, err := h.config.Campaigns.Made(v.UserContext(), c)
	if err != nil || of == 0 {
		return "", err
	}
	return v.say.Say("merchant.editor.made", text.With{"made": v.say.Number(made), "of": v.say.Number(of)}), nil
}

// locked says why the campaign cannot be edited; "": it can.
func locked(v visit, newest referral.Campaign) string {
	switch newest.State {
	case referral.CampaignEnded, referral.CampaignReplaced:
		return v.say.Error(fault.New(fault.Conflict, "campaign_over"))
	case referral.CampaignFilling:
		return v.say.Error(fault.New(fault.Conflict, "version_filling"))
	}
	return ""
}

// actsOn tells what can be done with a campaign, by its version that counts and the newest.
func actsOn(c, newest referral.Campaign) acts {
	can := acts{
		Pause:  c.State == referral.CampaignLive,
		Resume: c.State == referral.CampaignPaused,
		End:    c.State == referral.CampaignLive || c.State == referral.CampaignPaused,
	}
	can.Filling = newest.State == referral.CampaignFilling
	if newest.State == referral.CampaignDraft {
		can.Live = newest.Version
	}
	return can
}

// lately says what new customers have really cost.
func lately(v visit, c referral.Campaign, cost referral.Cost) (string, error) {
	said, err := v.say.Cost(c, cost)
	if err != nil {
		return "", err
	}
	return said[0], nil
}

// month is how much of the month's budget is used.
func (h *handler) month(v visit, c referral.Campaign) (*meterView, error) {
	budget := c.Limits.Budget
	if budget.IsZero() {
		return nil, nil
	}
	settled, err := h.config.Campaigns.Settled(v.UserContext(), v.shop, c.ID)
	if err != nil {
		return nil, err
	}

	used := text.With{"settled": settled, "budget": budget}
	return &meterView{v.say.Say("merchant.editor.month", used), min(100, settled.Minor*100/budget.Minor)}, nil
}

// versionViews lists the versions, with what each has changed of the one before.
func versionViews(v visit, versions []referral.Campaign) (views []versionView) {
	for i, c := range versions {
		view := versionView{
			Number: v.say.Say("merchant.editor.number", text.With{"version": c.Version}),
			State:  v.say.CampaignBadge(c.State),
			Tone:   campaignTone(c.State),
			When:   since(v, c),
		}
		if i+1 < len(versions) {
			view.Changes = v.say.Changes(versions[i+1].Terms, c.Terms)
		}
		views = append(views, view)
	}
	return views
}

// errStale is what a save comes to when another editor was faster.
var errStale = errors.New("another editor has changed the campaign meanwhile")

// saveCampaign saves what was typed. Where another editor was faster, or something is wrong, the form comes again with
// all that was typed.
func (h *handler) saveCampaign(v visit) error {
	f, body := h.form(v), v.form()
	mine := f.sent(body)

	var wrong []referral.Mistake
	id := referral.CampaignID(v.Params("id"))
	plan, err := h.config.Campaigns.Save(v.UserContext(), v.shop.ID, id, func(c *referral.Campaign) error {
		current := f.read(*c)
		if !maps.Equal(parseBase(body.Get(baseField), current), current) {
			return errStale
		}
		if wrong = f.write(c, mine); len(wrong) > 0 {
			return wrong[0].Err
		}
		return nil
	})

	switch {
	case errors.Is(err, errStale):
		return h.clashed(v, parseBase(body.Get(baseField), nil), mine)
	case len(wrong) > 0 || (err == nil && len(plan.Mistakes) > 0):
		return h.mistyped(v, mine)
	case err != nil:
		return err
	case body.Get(liveField) != "" && plan.Will.State == referral.CampaignDraft:
		return h.goLive(v, plan.Will.ID)
	case plan.Drafts():
		return h.went(v, campaignPath(plan.Will.ID), "merchant.did.version_drafted")
	}
	return h.went(v, campaignPath(plan.Will.ID), "merchant.did.saved")
}

// liveField is filled in where what is saved is to go live at once.
const liveField = "live"

// goLive has what was just saved go live. Where it cannot, it stays a draft.
func (h *handler) goLive(v visit, id referral.CampaignID) error {
	if _, err := h.config.Campaigns.GoLive(v.UserContext(), v.shop.ID, id); err != nil {
		return err
	}
	return h.went(v, campaignPath(id), "merchant.did.going_live")
}

// form are the values that were posted, by their names.
func (v visit) form() url.Values {
	values := url.Values{}
	v.Request().PostArgs().VisitAll(func(name, value []byte) { values.Add(string(name), string(value)) })
	return values
}

// mistyped shows the form again with all that is wrong, each at its field.
func (h *handler) mistyped(v visit, mine typed) error {
	versions, err := h.versionsOf(v)
	if err != nil {
		return err
	}

	var wrong []referral.Mistake
	id := versions[0].ID
	plan, err := h.config.Campaigns.Preview(v.UserContext(), v.shop.ID, id, func(c *referral.Campaign) error {
		wrong = h.form(v).write(c, mine)
		return nil
	})
	if err != nil {
		return err
	}

	view, err := h.editor(v, versions, mine, append(wrong, plan.Mistakes...))
	if err != nil {
		return err
	}
	view.Follow.Drafts = plan.Drafts()
	return h.again(v, "campaign", view)
}

// clashed shows the form again where another editor was faster: what was not touched is theirs, and of what both have
// changed both values are said.
func (h *handler) clashed(v visit, base, mine typed) error {
	versions, err := h.versionsOf(v)
	if err != nil {
		return err
	}
	f := h.form(v)
	merged, clashes := merge(f.fields(), base, mine, f.read(versions[0]))
	view, err := h.editor(v, versions, merged, nil)
	if err != nil {
		return err
	}

	view.Clashed = true
	for _, c := range clashes {
		view.Clashes = append(view.Clashes, v.say.Say("merchant.editor.clash", text.With{
			"field":  view.Fields[c.Name].Label,
			"mine":   f.say(v.say, c.Name, c.Mine),
			"theirs": f.say(v.say, c.Name, c.Theirs),
		}))
	}
	return h.again(v, "campaign", view)
}

// followView is what follows the form as it is typed: what a new customer costs, and what both sides read.
type followView struct {
	Unsaved  bool
	Drafts   bool // saved, it is a new version
	Cost     termsCost
	Language string
	Reads    []optionView // the languages
	Friend   pitchView
	Advocate pitchView
}

// termsCost is what a new customer costs by the terms.
type termsCost struct {
	Heading  string // a warning's; "": it is not above what is allowed
	Warning  string
	Friend   string
	Advocate string
	Sum      string
	Basis    string
	Allowed  string // "": nothing is said
	Lately   string // what they have cost in fact; "" where that does not change
}

// pitchView is what a widget says, in its language's direction.
type pitchView struct {
	text.Pitch
	Language, Direction string
	Fine                string
	Button              string
}

// followCampaign answers with what follows the form, as streams that put it into its places.
func (h *handler) followCampaign(v visit) error {
	f, body := h.form(v), v.form()
	unsaved := false
	id := referral.CampaignID(v.Params("id"))
	plan, err := h.config.Campaigns.Preview(v.UserContext(), v.shop.ID, id, func(c *referral.Campaign) error {
		before := f.read(*c)
		f.write(c, f.sent(body))
		unsaved = !maps.Equal(before, f.read(*c))
		return nil
	})
	if err != nil {
		return err
	}

	view, err := followOf(v, plan.Will, unsaved, body.Get("language"))
	if err != nil {
		return err
	}
	view.Drafts = plan.Drafts()
	return h.config.Documents.streams(v, "campaign", view)
}

// followOf words what follows the form, for a campaign as it was typed, in a shopper's language: the merchant's own, until
// another is chosen.
func followOf(v visit, c referral.Campaign, unsaved bool, language string) (followView, error) {
	shopper := text.In(cmp.Or(language, v.say.Language()))
	view := followView{Unsaved: unsaved, Language: shopper.Language()}
	for _, tag := range text.Languages() {
		view.Reads = append(view.Reads, optionView{tag, text.In(tag).Say("shopper.language"), tag == view.Language})
	}

	friend, advocate := shopper.Pitches(c.Terms)
	take, share := shopper.Buttons(c.Terms)
	made := pitchView{Language: shopper.Language(), Direction: shopper.Direction()}
	view.Friend, view.Advocate = made, made
	view.Friend.Pitch, view.Friend.Button = friend, take
	view.Advocate.Pitch, view.Advocate.Fine, view.Advocate.Button = advocate, shopper.Comes(c.Terms.HoldDays), share

	var err error
	view.Cost, err = costOf(v, c)
	return view, err
}

// costOf words what a new customer costs by the terms.
func costOf(v visit, c referral.Campaign) (termsCost, error) {
	friend, advocate, err := c.Terms.SideCosts()
	if err != nil {
		return termsCost{}, err
	}
	sum, tooMuch, err := c.CostByTerms()
	if err != nil {
		return termsCost{}, err
	}

	view := termsCost{
		Friend: v.say.MoneyOrNone(friend), Advocate: v.say.MoneyOrNone(advocate), Sum: v.say.MoneyOrNone(sum),
		Basis: v.say.Say("merchant.editor.basis_any"),
	}
	if !c.Terms.Minimum.IsZero() {
		view.Basis = v.say.Say("merchant.editor.basis", text.With{"minimum": c.Terms.Minimum})
	}
	if allowed := c.Limits.AllowableCost; !allowed.IsZero() {
		view.Allowed = v.say.Money(allowed)
	}
	if tooMuch {
		limits := text.With{"cost": v.say.Short(sum), "allowable": v.say.Short(c.Limits.AllowableCost)}
		view.Heading = v.say.Say("merchant.editor.too_much", limits)
		view.Warning = v.say.Say("merchant.editor.save_all_the_same")
	}
	return view, nil
}

// promisedView is what pausing or ending leaves as it is.
type promisedView struct {
	Friends, Advocates string
}

// campaignPromised says what rests on the version that counts: the modals of pausing and ending ask for it when they are
// opened.
func (h *handler) campaignPromised(v visit) error {
	versions, err := h.versionsOf(v)
	if err != nil {
		return err
	}
	p, err := h.config.Campaigns.Promised(v.UserContext(), counting(versions))
	if err != nil {
		return err
	}
	return h.config.Documents.part(v, "campaign", "promised", promisedView{
		v.say.Say("merchant.editor.promised_friends", text.With{"count": p.Friends}),
		v.say.Say("merchant.editor.promised_advocates", text.With{"count": p.Advocates}),
	})
}

// preflightView is how the friend's code gets on with the shop's own discounts.
type preflightView struct {
	Path  string
	Asked string
	Cases []besideView
	More  bool
}

// besideView is one discount of the merchant's own.
type besideView struct {
	Title, What    string
	Says, Tone, Is string
	Pays, Beside   string
	Earns          string
}

// campaignPreflight asks Shopify how the newest version's code gets on with the shop's own discounts.
func (h *handler) campaignPreflight(v visit) error {
	versions, err := h.versionsOf(v)
	if err != nil {
		return err
	}
	found, err := h.config.Campaigns.Preflight(v.UserContext(), v.shop.ID, versions[0].Terms)
	if err != nil {
		return err
	}

	view := preflightView{Path: campaignPath(versions[0].ID) + "/preflight", More: found.More}
	view.Asked = v.say.Say("merchant.preflight.asked", text.With{"count": len(found.Cases), "order": found.Order})
	for _, c := range found.Cases {
		view.Cases = append(view.Cases, besideOf(v, c, versions[0].Terms))
	}
	return h.config.Documents.part(v, "campaign", "preflight", view)
}

// besideOf words one case.
func besideOf(v visit, b referral.Beside, t referral.Terms) besideView {
	say := func(entry string, values ...text.With) string {
		return v.say.Say("merchant.preflight."+entry, values...)
	}
	own := b.Own

	what := say("unknown")
	if own.Kind != "" {
		what = v.say.Offer(referral.Offer{Kind: own.Kind, Amount: own.Amount, RateBP: own.RateBP})
	}
	how := say("by_code")
	if own.Automatic {
		how = say("automatic")
	}

	view := besideView{
		Title: own.Title, What: say("what", text.With{"what": what, "how": how}), Tone: "warning", Is: say("clashes"),
		Pays: v.say.Money(b.Pays), Earns: v.say.Offer(t.Advocate),
	}
	if t.Advocate.Kind == referral.ShareOfOrder {
		view.Earns = v.say.Money(b.Earns)
	}

	switch {
	case b.Combines:
		view.Tone, view.Is, view.Says = "success", say("combines"), say("both")
	case own.Classes.Shipping && t.Friend.Kind == referral.FreeShipping:
		view.Says = say("two_shippings")
	case own.Automatic && b.Allows:
		view.Says = say("saves_more") + " " + say("let_it")
	case own.Automatic:
		view.Says = say("saves_more") + " " + say("theirs_forbids")
	case b.Allows:
		view.Says = say("one_of_both") + " " + say("let_it")
	default:
		view.Says = say("one_of_both") + " " + say("theirs_forbids")
	}

	switch {
	case b.Less:
		view.Beside = say("or_less")
	case b.Ships:
		view.Beside = say("ships")
	case b.Pays != b.WithOurs && !b.Combines:
		view.Beside = say("with_ours", text.With{"amount": b.WithOurs})
	}
	return view
}

// fillingEvery is how often the page of a campaign that is going live looks again.
const fillingEvery = 3 * time.Second

// Again is after how many seconds the page is to be looked at again; 0: never.
func (a acts) Again() int {
	if !a.Filling {
		return 0
	}
	return int(fillingEvery.Seconds())
}
