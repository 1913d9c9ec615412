package admin

import (
	"html/template"
	"time"

	"twofold/figures"
	"twofold/referral"
	"twofold/text"
)

// guide is the way to the first live campaign. Its steps check themselves.
type guide struct {
	Steps []step
	Done  int
	Says  string // "1 of 4", or that all is done
	Whole bool   // all is done
}

// step is one of them. It has one remedy at most: a link, or a form that is posted.
type step struct {
	Title, Why string
	Done       bool
	First      bool // of those that are not done
	Action     string
	Href       template.URL
	Post       string
	Outside    bool // the link leads out of the app
}

// guide says which steps are done.
func (f homeFacts) guide() guide {
	live := inState(f.campaigns, referral.CampaignLive)
	filling := inState(f.campaigns, referral.CampaignFilling)
	seen := !f.figures.LastSeen.IsZero() || f.shop.Proxy != ""

	g := guide{Steps: []step{
		{Title: f.say.Say("merchant.home.step_install"), Why: f.say.Say("merchant.home.step_install_why"), Done: f.granted && !f.shop.ProfileAt.IsZero()},
		f.offerStep(live != nil || filling != nil),
		{
			Title: f.say.Say("merchant.home.step_embed"), Why: f.say.Say("merchant.home.step_embed_why"), Done: seen,
			Action: f.say.Say("merchant.home.open_editor"), Href: f.embed, Outside: true,
		},
		f.liveStep(live != nil, filling != nil),
	}}
	for i := range g.Steps {
		if g.Steps[i].Done {
			g.Done++
			continue
		}
		g.Steps[i].First = g.Done == i
	}

	g.Whole = g.Done == len(g.Steps)
	g.Says = f.say.Say("merchant.home.steps", text.With{"done": g.Done, "of": len(g.Steps)})
	return g
}

// offerStep shows the offer before it is live.
func (f homeFacts) offerStep(done bool) step {
	s := step{Title: f.say.Say("merchant.home.step_offer"), Done: done, Action: f.say.Say("merchant.home.open_offer"), Href: campaignsPath}
	if draft := inState(f.campaigns, referral.CampaignDraft); draft != nil {
		s.Why, s.Href = f.say.OfferOf(draft.Terms), template.URL(campaignPath(draft.ID)) //nolint:gosec // an id of ours
	}
	return s
}

// liveStep is one press, once there is a draft.
func (f homeFacts) liveStep(live, filling bool) step {
	s := step{Title: f.say.Say("merchant.home.step_live"), Why: f.say.Say("merchant.home.step_live_why"), Done: live}
	draft := inState(f.campaigns, referral.CampaignDraft)
	switch {
	case live:
	case filling:
		s.Why = f.say.Say("merchant.home.step_filling")
	case draft != nil && f.granted:
		s.Action, s.Post = f.say.Say("merchant.home.go_live"), Path+"/campaigns/"+string(draft.ID)+"/live"
	}
	return s
}

// concern is one thing that needs attention, with its remedy.
type concern struct {
	Icon, Tone string // of Polaris
	Title, Why string
	Action     string
	Href       template.URL
	Post       string
	Outside    bool
	First      bool // never: no remedy here is the page's main act
}

// concerns lists what needs attention, what loses money first. Nothing is wrong: it is empty.
func (f homeFacts) concerns() (all []concern) {
	all = append(all, f.refused()...)
	all = append(all, f.flagged()...)
	all = append(all, f.drifted()...)
	all = append(all, f.unseen()...)
	all = append(all, f.nobodys()...)
	all = append(all, f.pool()...)
	all = append(all, f.remade()...)
	all = append(all, f.waiting()...)
	all = append(all, f.owed()...)
	return append(all, f.behind()...)
}

// refused is what Shopify does not let the app do: write what the pages show, or make a campaign's discounts.
func (f homeFacts) refused() (all []concern) {
	shown := referral.Problem{Code: f.shop.Shown.Problem, Values: f.shop.Shown.Values}
	if shown.Code != "" {
		since := text.With{"time": f.calendar().Minute(f.shop.Shown.Since)}
		all = append(all, concern{
			Icon: "alert-triangle", Tone: "critical", Title: f.say.Say("merchant.home.not_shown", since), Why: f.say.Problem(shown),
		})
	}

	for _, c := range f.campaigns {
		if c.Problem.Code != "" && !c.Over() {
			all = append(all, concern{
				Icon: "alert-triangle", Tone: "critical", Title: f.say.Say("merchant.home.stuck", text.With{"campaign": c.Name}),
				Why: f.say.Problem(c.Problem), Action: f.say.Say("merchant.home.open_offer"), Href: Path + "/campaigns",
			})
		}
	}
	return all
}

// flagged are referrals that a check holds for the merchant's look, as of now.
func (f homeFacts) flagged() []concern {
	n := f.figures.Ever.Count(figures.Flagged)
	if n == 0 {
		return nil
	}
	why := f.say.Say("merchant.home.flagged_why")
	if !f.flaggedAt.IsZero() {
		why = f.say.Say("merchant.home.flagged_since", text.With{"day": f.calendar().Date(f.flaggedAt)})
	}
	return []concern{{
		Icon: "flag", Tone: "warning", Title: f.say.Say("merchant.home.flagged", text.With{"count": n}), Why: why,
		Action: f.say.Say("merchant.home.review", text.With{"number": n}), Href: Path + "/review",
	}}
}

// drifted are discounts that somebody changed in Shopify. One press puts them back.
func (f homeFacts) drifted() (all []concern) {
	for _, c := range f.campaigns {
		if len(c.Drift) == 0 || c.Over() {
			continue
		}
		var changes []string
		for _, d := range c.Drift {
			changes = append(changes, f.say.Drift(d))
		}
		all = append(all, concern{
			Icon: "discount", Tone: "warning", Title: f.say.Say("merchant.home.changed"),
			Why: text.Capital(f.say.Say("merchant.home.changed_why", text.With{"changes": changes})), Action: f.say.Say("merchant.home.put_back"),
			Post: Path + "/campaigns/" + string(c.ID) + "/repair",
		})
	}
	return all
}

// unseenFor is for how long nobody may have been shown a live offer before that is worth a look.
const unseenFor = 7 * 24 * time.Hour

// unseen is a live offer that nobody was shown for a week, or ever: the theme embed may be off.
func (f homeFacts) unseen() []concern {
	live := inState(f.campaigns, referral.CampaignLive)
	if live == nil || f.now.Sub(live.LiveAt) < unseenFor || f.now.Sub(f.figures.LastSeen) < unseenFor {
		return nil
	}

	title := f.say.Say("merchant.home.never_seen")
	if !f.figures.LastSeen.IsZero() {
		title = f.say.Say("merchant.home.last_seen", text.With{"day": f.calendar().Date(f.figures.LastSeen)})
	}
	return []concern{{
		Icon: "theme-edit", Tone: "info", Title: title, Why: f.say.Say("merchant.home.unseen_why"),
		Action: f.say.Say("merchant.home.open_editor"), Href: f.embed, Outside: true,
	}}
}

// nobodys are orders that would credit an advocate, and show no customer.
// nobodysPath lists orders that would credit an advocate, and show no customer.
const nobodysPath = Path + "/referrals?reason=" + template.URL(referral.ReasonNoIdentity) //nolint:gosec // a constant

func (f homeFacts) nobodys() []concern {
	n := f.figures.Ever.Count(figures.Nobodys)
	if n == 0 {
		return nil
	}
	return []concern{{
		Icon: "order", Tone: "warning", Title: f.say.Say("merchant.home.nobodys", text.With{"count": n}), Why: f.say.Say("merchant.home.nobodys_why"),
		Action: f.say.Say("merchant.home.attach"), Href: nobodysPath,
	}}
}

// fewCodes is how many friends' codes are few: a pool is filled long before.
const fewCodes = 100

// pool is a pool of friends' codes that runs out faster than Shopify makes new ones.
func (f homeFacts) pool() []concern {
	if f.free < 0 || f.free >= fewCodes {
		return nil
	}
	return []concern{{
		Icon: "discount-code", Tone: "info", Title: f.say.Say("merchant.home.few_codes", text.With{"count": f.free}),
		Why: f.say.Say("merchant.home.few_codes_why"), Action: f.say.Say("merchant.home.make_codes"),
		Post: campaignPath(inState(f.campaigns, referral.CampaignLive).ID) + "/codes",
	}}
}

// remade are codes that were missing in Shopify lately. They are there again, but somebody deletes them.
func (f homeFacts) remade() []concern {
	n := 0
	for _, c := range f.campaigns {
		n += c.Remade
	}
	if n == 0 {
		return nil
	}
	return []concern{{
		Icon: "discount-code", Tone: "info", Title: f.say.Say("merchant.home.remade", text.With{"count": n}),
		Why: f.say.Say("merchant.home.remade_why"),
	}}
}

// waiting are mails that the day's limit keeps from going out.
func (f homeFacts) waiting() []concern {
	today := f.now.In(f.shop.Profile.Location()).Format(time.DateOnly)
	if f.shop.Mails.Day != today || f.shop.Mails.Waiting == 0 {
		return nil
	}
	return []concern{{
		Icon: "email", Tone: "warning", Title: f.say.Say("merchant.home.mails_wait", text.With{"count": f.shop.Mails.Waiting}),
		Why:    f.say.Say("merchant.home.mails_wait_why", text.With{"number": f.shop.Settings.MailsADay()}),
		Action: f.say.Say("merchant.home.mails_limit"), Href: notificationsPath,
	}}
}

// owed are rewards that were used though their orders were undone.
func (f homeFacts) owed() []concern {
	n := f.figures.Ever.Count(figures.OwedCount)
	if n == 0 {
		return nil
	}
	return []concern{{
		Icon: "receipt-refund", Tone: "info",
		Title: f.say.Say("merchant.home.owed", text.With{"count": n, "amount": f.figures.Ever.Owed()}), Why: f.say.Say("merchant.home.owed_why"),
		Action: f.say.Say("merchant.home.all_advocates"), Href: Path + "/advocates",
	}}
}

// behind is a reconcile that has not caught up with Shopify's orders.
func (f homeFacts) behind() []concern {
	through := f.shop.ReconciledThrough
	if through.IsZero() || f.now.Sub(through) < late {
		return nil
	}
	return []concern{{
		Icon: "clock", Tone: "warning", Title: f.say.Say("merchant.home.behind", text.With{"time": f.calendar().Minute(through)}),
		Why: f.say.Say("merchant.home.behind_why"),
	}}
}
