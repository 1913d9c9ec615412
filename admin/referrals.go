package admin

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"twofold/fault"
	"twofold/referral"
	"twofold/reports"
	"twofold/rewards"
	"twofold/tenant"
	"twofold/text"
)

// ReferralLists is what the pages of referrals read (package reports).
type ReferralLists interface {
	// Page reads a page of the list, from a cursor of an earlier one. Invalid: the cursor is not of this list.
	Page(ctx context.Context, shop tenant.ShopID, f reports.Filter, cursor string) (reports.ReferralPage, error)
	// Detail reads all there is to say about an order that is kept. NotFound: it is not.
	Detail(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (reports.Detail, error)
	// Each hands over all referrals that a filter selects, without names.
	Each(ctx context.Context, shop tenant.ShopID, f reports.Filter, do func(reports.Row) error) error
	// Review reads what is flagged, and one of it: the order that is given, or the first.
	Review(ctx context.Context, shop tenant.ShopID, order referral.OrderID) (reports.Review, error)
	// InPassing completes what was said of an order that is not kept.
	InPassing(
		ctx context.Context, shop tenant.ShopID, order referral.Order, w referral.Weighed,
	) (reports.Detail, error)
}

// Acts is the merchant's word on referrals, which stands in the audit log (package rewards).
type Acts interface {
	Do(ctx context.Context, shop tenant.ShopID, said rewards.Said) (referral.Referral, error)
}

// listView is the list of referrals.
type listView struct {
	Tabs      []listLink // by state, with counts; none beside a search
	Reasons   []listLink
	Campaigns []listLink
	Query     string
	Rows      []listRow
	Newer     string // addresses of other pages; "": there is none
	Older     string
	Filtered  bool   // something is asked for: then an empty list says that nothing was found
	Explain   string // address of the explanation of what was searched for
	Whose     string // whose friends these are, where a search names an advocate
	Unasked   bool   // an e-mail address was searched for, which the app may not ask for

	Export  string // address that seals an export of this list
	Bulk    []bulkForm
	Refused []string // what a bulk act did not do, a sentence a row
	Done    string   // how many it did
}

// bulkForm is an act on the rows that are selected.
type bulkForm struct {
	Act, Heading, Does string
	Critical           bool   // it takes something away
	Chosen             string // the filters of the list
	Orders             string // that were selected when the form was sent
	Reason, Error      string // as it was typed, and what is wrong with it
}

// listLink is a filter as a link.
type listLink struct {
	Label, Count, Href string
	Current            bool
}

// listRow is one referral in the list.
type listRow struct {
	Number   string // of the order's id, by which its page is found
	Order    string
	Test     bool
	At       string
	Friend   string
	Advocate string
	Net      string
	State    string
	Tone     string
	Why      string // "" when there is nothing to say
	Reward   badge  // the advocate's; State "": there is none
	Worth    string
}

// badge is a state in its colour.
type badge struct{ State, Tone string }

// bulkWords are the entries of the acts on several referrals.
var bulkWords = map[rewards.Act]struct{ heading, does, did string }{
	rewards.ActApprove: {
		"merchant.referrals.approve_many", "merchant.referrals.approve_does", "merchant.did.approve_many",
	},
	rewards.ActReject: {
		"merchant.referrals.reject_many", "merchant.referrals.reject_does", "merchant.did.reject_many",
	},
}

// listReasons are what the list can be filtered by; of the signals of package trust those that hold most.
var listReasons = []referral.Reason{
	referral.ReasonSameBrowser, referral.ReasonSameEmail, referral.ReasonManyBrowsers, referral.ReasonManyRewards,
	"circle_card", "coupon_burst", "till_code", "same_agent", "give_back",
	referral.ReasonFastStart, referral.ReasonFriendAsked, referral.ReasonAdvocateAsked, referral.ReasonSelf, referral.ReasonNotNew, referral.ReasonUnknown,
	referral.ReasonUnpaid, referral.ReasonCancelled, referral.ReasonRefunded, referral.ReasonBelowMinimum,
	referral.ReasonDispute, referral.ReasonInquiry, referral.ReasonCap, referral.ReasonBudget, referral.ReasonBlocked,
	referral.ReasonRejected, referral.ReasonMerchant,
}

// listTabs are the states that the list has tabs for; owedTab stands beside them.
var listTabs = append([]referral.State{""}, referral.Listed...)

const owedTab = "owed"

// referrals is the list.
func (h *handler) referrals(v visit) error {
	view, err := h.listOf(v)
	if err != nil {
		return err
	}
	return h.show(v, "referrals", view)
}

// listFilter reads what is asked for in the address.
func listFilter(v visit) reports.Filter {
	f := reports.Filter{
		Reason:   referral.Reason(v.Query("reason")),
		Campaign: referral.CampaignID(v.Query("campaign")),
		Advocate: referral.AdvocateID(v.Query("advocate")),
		Query:    strings.TrimSpace(v.Query("q")),
	}
	if state := v.Query("state"); state == owedTab {
		f.Owed = true
	} else if slices.Contains(referral.Listed, referral.State(state)) {
		f.State = referral.State(state)
	}
	return f
}

// listAddress is the address of the list with other filters than now: state and one more, as one index has both.
func listAddress(state, name, value string) string {
	q := url.Values{}
	for field, chosen := range map[string]string{"state": state, name: value} {
		if field != "" && chosen != "" {
			q.Set(field, chosen)
		}
	}
	if len(q) == 0 {
		return "/app/referrals"
	}
	return "/app/referrals?" + q.Encode()
}

// listOf reads a page of the list, and words it.
func (h *handler) listOf(v visit) (listView, error) {
	f := listFilter(v)
	page, err := h.config.Referrals.Page(v.UserContext(), v.shop.ID, f, v.Query("page"))
	if err != nil {
		return listView{}, err
	}

	view := listView{Query: f.Query, Unasked: page.EmailUnasked, Filtered: f != reports.Filter{}}
	for _, row := range page.Rows {
		view.Rows = append(view.Rows, v.listRow(row))
	}
	view.turn(v, page)
	if f.Query != "" {
		view.found(v, page)
		return view, nil
	}

	campaigns, err := h.config.Campaigns.Campaigns(v.UserContext(), v.shop.ID)
	view.filters(v, f, page.Counts, campaigns)
	return view, err
}

// turn links the pages before and after.
func (w *listView) turn(v visit, page reports.ReferralPage) {
	q, _ := url.ParseQuery(string(v.Request().URI().QueryString())) // what cannot be read asks for nothing
	for _, name := range slices.Concat(documentParameters, signedParameters, []string{didParameter, "page"}) {
		q.Del(name)
	}
	w.Export = "/app/referrals/export?" + q.Encode()
	for _, act := range []rewards.Act{rewards.ActApprove, rewards.ActReject} {
		words := bulkWords[act]
		w.Bulk = append(w.Bulk, bulkForm{
			Act: string(act), Heading: v.say.Say(words.heading), Does: v.say.Say(words.does),
			Critical: act == rewards.ActReject, Chosen: q.Encode(),
		})
	}

	to := func(cursor string) string {
		if cursor == "" {
			return ""
		}
		q.Set("page", cursor)
		return "/app/referrals?" + q.Encode()
	}
	w.Newer, w.Older = to(page.Newer), to(page.Older)
}

// found says whose the rows of a search are, and leads to the explanation of any order.
func (w *listView) found(v visit, page reports.ReferralPage) {
	w.Explain = "/app/explain?" + url.Values{"order": {w.Query}}.Encode()
	if page.QueryAdvocate != nil {
		w.Whose = v.say.Say("merchant.referrals.whose", text.With{"code": page.QueryAdvocate.Code()})
	}
}

// filters are the links of the list, with how many referrals each state has.
func (w *listView) filters(v visit, f reports.Filter, counts *referral.StateCounts, campaigns []referral.Campaign) {
	other, value := "", ""
	for name, chosen := range map[string]string{
		"reason": string(f.Reason), "campaign": string(f.Campaign), "advocate": string(f.Advocate),
	} {
		if chosen != "" {
			other, value = name, chosen
		}
	}

	total := 0
	for _, n := range counts.States {
		total += n
	}
	for _, state := range listTabs {
		n, label := counts.States[state], v.say.Say("merchant.referrals.all")
		if state == "" {
			n = total
		} else {
			label = text.Capital(text.State(v.say, state))
		}
		w.Tabs = append(w.Tabs, listLink{
			label, v.say.Number(n), listAddress(string(state), other, value), f.State == state && !f.Owed,
		})
	}
	w.Tabs = append(w.Tabs, listLink{
		v.say.Say("merchant.referrals.owed"), v.say.Number(counts.Owed), listAddress(owedTab, other, value), f.Owed,
	})

	state := string(f.State)
	if f.Owed {
		state = owedTab
	}
	for _, reason := range listReasons {
		w.Reasons = append(w.Reasons, listLink{
			Label: text.Capital(v.say.Reason(reason)), Href: listAddress(state, "reason", string(reason)),
			Current: f.Reason == reason,
		})
	}
	w.campaigns(state, f, campaigns)
}

// campaigns are the links of campaigns, each once.
func (w *listView) campaigns(state string, f reports.Filter, all []referral.Campaign) {
	seen := map[referral.CampaignID]bool{}
	for _, c := range all {
		if c.LiveAt.IsZero() || seen[c.ID] {
			continue
		}
		seen[c.ID] = true
		w.Campaigns = append(w.Campaigns, listLink{
			Label: c.Name, Href: listAddress(state, "campaign", string(c.ID)), Current: f.Campaign == c.ID,
		})
	}
}

// calendar writes times in the shop's zone.
func (v visit) calendar() text.Calendar { return v.say.Calendar(v.shop.Profile.Location(), v.now) }

// listRow words one referral.
func (v visit) listRow(r reports.Row) listRow {
	row := listRow{
		Number: orderNumber(r.Order), Order: r.OrderName, Test: r.Friend.Test(), At: v.calendar().Minute(r.At),
		Friend: v.person(r.Friend.Customer(), r.FriendName), Advocate: v.advocateName(r.Advocate, r.AdvocateName),
		State: text.Capital(text.State(v.say, r.State)), Tone: tone(r.State), Why: v.why(r.Referral),
	}
	for _, o := range r.Explained.Orders {
		if o.Order == r.Order && o.Net.Currency != "" {
			row.Net = v.say.Money(o.Net)
		}
	}

	reward := r.Rewards[referral.AdvocateSide]
	if reward.ID != "" {
		row.Reward, row.Worth = v.rewardBadge(reward), v.say.Worth(reward)
	}
	return row
}

// why says in a few words what a state is about: the reason, else until when it is on hold.
func (v visit) why(r referral.Referral) string {
	switch {
	case r.Reason != referral.ReasonNone:
		return v.say.Reason(r.Reason)
	case r.State == referral.Pending && !r.ReleaseAt.IsZero():
		return v.say.Say("merchant.referrals.hold", text.With{"day": v.calendar().Date(r.ReleaseAt)})
	}
	return ""
}

// rewardTones are the colours of rewards' states that say more than that they are over.
var rewardTones = map[referral.RewardState]string{
	referral.RewardIssued: "info", referral.RewardRedeemed: "success", referral.RewardOwed: "critical",
}

func (v visit) rewardBadge(r referral.Reward) badge {
	state := r.StateAt(v.now)
	return badge{text.Capital(text.State(v.say, state)), cmp.Or(rewardTones[state], "neutral")}
}

// person names a customer: as Shopify does now, else by the customer's number.
func (v visit) person(id referral.CustomerID, name string) string {
	switch {
	case id == "":
		return v.say.Say("merchant.person.nobody")
	case id.Erased():
		return v.say.Say("merchant.person.erased")
	case name != "":
		return name
	}
	return v.say.Say("merchant.person.customer", text.With{"id": lastPart(string(id))})
}

// advocateName names an advocate: as Shopify does now, else by the shareable code, which the merchant knows.
func (v visit) advocateName(a referral.Advocate, name string) string {
	switch {
	case a.ID == "":
		return v.say.Say("merchant.person.nobody")
	case name == "" && a.ErasedAt.IsZero():
		return a.Code()
	}
	return v.person(a.Customer, name)
}

// lastPart is the number at the end of a gid.
func lastPart(gid string) string { return gid[strings.LastIndexByte(gid, '/')+1:] }

// orderNumber is the number in an order's gid.
func orderNumber(id referral.OrderID) string { return lastPart(string(id)) }

// maxBulk is how many referrals one act decides: a page of the list.
const maxBulk = reports.PageSize

// decideMany approves or rejects several referrals, for one reason. Each is answered on its own: what was refused is
// said by its order, and the rest is done.
func (h *handler) decideMany(v visit) error {
	act := rewards.Act(v.Params("act"))
	words, known := bulkWords[act]
	if !known {
		return fault.ForLog(fault.NotFound, "no such act on several referrals")
	}

	numbers := slices.Compact(strings.FieldsFunc(v.FormValue("orders"), func(r rune) bool { return r == ',' }))
	if len(numbers) == 0 || len(numbers) > maxBulk {
		return fault.With(fault.Invalid, "bulk_size", fault.Values{"most": maxBulk})
	}

	done, refused, invalid := h.eachOf(v, act, numbers)
	path := "/app/referrals"
	if q := string(v.Request().URI().QueryString()); q != "" {
		path += "?" + q
	}
	if len(refused) == 0 && invalid == nil {
		return h.went(v, path, words.did)
	}

	view, err := h.listOf(v)
	if err != nil {
		return err
	}
	view.Refused, view.Done = refused, v.say.Say("merchant.referrals.done", text.With{"count": done})
	for i := range view.Bulk {
		if form := &view.Bulk[i]; form.Act == string(act) && invalid != nil {
			form.Orders, form.Reason, form.Error = v.FormValue("orders"), v.FormValue("reason"), v.say.Error(invalid)
		}
	}
	return h.again(v, "referrals", view)
}

// eachOf does the act to each order, and says what was refused. invalid: the reason is not one, so that nothing was
// done.
func (h *handler) eachOf(v visit, act rewards.Act, numbers []string) (done int, refused []string, invalid error) {
	for _, number := range numbers {
		r, err := h.config.Acts.Do(v.UserContext(), v.shop.ID, rewards.Said{
			Act: act, Order: number, User: v.user, Reason: v.FormValue("reason"),
		})
		if isReason(err) {
			return 0, nil, err
		}
		if err != nil {
			name := cmp.Or(r.OrderName, number)
			refused = append(refused, v.say.Say("merchant.referrals.refused", text.With{"order": name, "why": err}))
			continue
		}
		done++
	}
	return done, refused, nil
}

// isReason tells whether an act was refused for the reason that was given.
func isReason(err error) bool {
	code := fault.CodeOf(err)
	return code == "reason_missing" || code == "reason_long"
}
