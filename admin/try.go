package admin

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"

	"twofold/money"
	"twofold/referral"
	"twofold/reports"
	"twofold/text"
)

// tryView is the dry run: an order as somebody describes it, and what the rules make of it. Nothing of it is stored.
type tryView struct {
	None   bool // there is no campaign yet
	Fields []fieldView
	Wrong  []string    // what cannot be read: then there is no answer
	Notes  []string    // what is to be known beside the answer
	Tried  *detailView // nil: something is wrong
}

// tryMaxDays is how long ago a link may have been opened: a year and a day, the longest window and what is beyond it.
const tryMaxDays = 366

// try shows the page, with the order that its address describes, else a usual one.
func (h *handler) try(v visit) error {
	values := url.Values{}
	for name, value := range v.Queries() {
		values.Set(name, value)
	}

	view, err := h.tried(v, values)
	if err != nil {
		return err
	}
	if len(view.Wrong) > 0 {
		return h.again(v, "try", view)
	}
	return h.show(v, "try", view)
}

// followTry answers with what follows the form as it is filled in.
func (h *handler) followTry(v visit) error {
	view, err := h.tried(v, v.form())
	if err != nil {
		return err
	}
	return h.config.Documents.streams(v, "try", view)
}

// tried has the rules decide about what the form describes.
func (h *handler) tried(v visit, values url.Values) (tryView, error) {
	all, err := h.config.Campaigns.Campaigns(v.UserContext(), v.shop.ID)
	if err != nil {
		return tryView{}, fmt.Errorf("admin: try: %w", err)
	}
	offers := triable(all)
	if len(offers) == 0 {
		return tryView{None: true}, nil
	}

	form := tryForm{formReader{visit: v, values: values, label: v.tryLabel}, offers}
	campaign, described := form.read()
	view := tryView{Fields: form.fields, Wrong: form.wrong}
	if len(view.Wrong) > 0 {
		return view, nil
	}

	was, facts, err := described.Facts(campaign, v.now)
	if err != nil {
		return tryView{}, err
	}
	decided, err := was.Decided(facts)
	if err != nil {
		return tryView{}, err
	}
	view.Tried, view.Notes = v.simulated(facts, decided), v.tryNotes(described, campaign)
	return view, nil
}

// triable are the versions that an order can be tried on: of each campaign the one that counts, and its draft. Those
// that are over come last.
func triable(all []referral.Campaign) (offers []referral.Campaign) {
	for _, versions := range byCampaign(all) {
		c := counting(versions)
		offers = append(offers, c)
		if newest := versions[0]; newest.Version != c.Version {
			offers = append(offers, newest)
		}
	}
	rank := func(c referral.Campaign) int {
		switch {
		case c.State == referral.CampaignLive:
			return 0
		case c.Over():
			return 2
		}
		return 1
	}
	slices.SortStableFunc(offers, func(a, b referral.Campaign) int { return cmp.Compare(rank(a), rank(b)) })
	return offers
}

// simulated words the decision as the page of a real order does, without what only a real one has: links, acts, the audit
// log.
func (v visit) simulated(f referral.Facts, decided referral.Referral) *detailView {
	d := reports.Simulated(f, decided)
	friend, advocate := v.say.Say("merchant.try.friend"), v.say.Say("merchant.try.advocate")
	d.Order.Name = v.say.Say("merchant.try.order")
	d.Names = map[referral.CustomerID]string{referral.DescribedBuyer: friend, referral.DescribedSharer: advocate}

	view := v.detail(d)
	view.Under = v.say.Say("merchant.try.under", text.With{"at": v.calendar().Minute(d.Order.ProcessedAt)})
	view.Links, view.Acts, view.Polite = nil, nil, ""
	return &view
}

// tryNotes are what the rules do not say, as the checkout does, or a release.
func (v visit) tryNotes(d referral.Described, c referral.Campaign) (notes []string) {
	add := func(is bool, id string, values ...text.With) {
		if is {
			notes = append(notes, v.say.Say(id, values...))
		}
	}
	add(c.State != referral.CampaignLive, "merchant.try.not_live")
	add(d.CodeRefused(c.Terms), "merchant.try.refused", text.With{"minimum": c.Terms.Minimum})
	late := d.Came == referral.CameByCode && !c.Terms.Friend.AfterOrder && d.Days >= c.Terms.ClaimDays
	add(late, "merchant.try.code_over", text.With{"count": c.Terms.ClaimDays})
	add(d.Came == referral.CameByCode && c.Terms.Friend.AfterOrder, "merchant.try.no_code")
	limits := c.Limits.MonthCap > 0 || c.Limits.YearCap > 0 || c.Limits.FlagAfter > 0 || !c.Limits.Budget.IsZero()
	add(limits && !d.Test, "merchant.try.limits")
	return notes
}

// tryForm is the form that describes an order, under one of the offers.
type tryForm struct {
	formReader

	offers []referral.Campaign
}

// read is the order that the form describes, under the version that it names.
func (f *tryForm) read() (referral.Campaign, referral.Described) {
	c := f.offer()
	nothing := money.Amount{Currency: f.shop.Profile.Currency}
	usual := f.usual(c)

	say := func(id string) string { return f.say.Say(id) }
	d := referral.Described{
		Came:      choose(&f.formReader, "came", referral.AllCame, func(one string) string { return say("merchant.try.came_" + one) }),
		Days:      f.days("days", 2),
		Goods:     f.amount("goods", usual),
		GiftCards: f.amount("gift_cards", nothing),
		Friend:    choose(&f.formReader, "friend", referral.AllBuyers, func(one string) string { return say("merchant.try.friend_" + one) }),
		Likeness:  choose(&f.formReader, "alike", referral.Likenesses, func(one string) string { return say("merchant.try.alike_" + one) }),
		Advocate:  choose(&f.formReader, "advocate", referral.AllSharers, func(one string) string { return say("merchant.try.advocate_" + one) }),
		Source:    choose(&f.formReader, "source", referral.AllSources, func(one string) string { return say("merchant.option.is_" + one) }),
		Fate:      choose(&f.formReader, "fate", referral.Fates, func(one string) string { return say("merchant.try.fate_" + one) }),
	}
	d.Returned = f.amount("returned", usual.Each(2))
	f.last().When, f.last().Hidden = "fate="+string(referral.FateReturned), d.Fate != referral.FateReturned
	d.Test = f.values.Get("test") == on
	f.add(fieldView{Name: "test", Kind: "switch", Value: f.values.Get("test"), Hint: f.say.Say("merchant.try_hint.test")})

	if len(f.wrong) > 0 {
		return c, d
	}
	f.fits(d)
	return c, d
}

// offer is the campaign version that the form names, else the first.
func (f *tryForm) offer() referral.Campaign {
	asked, chosen := f.values.Get("campaign"), f.offers[0]
	var options []optionView
	for _, c := range f.offers {
		value := fmt.Sprintf("%s-%d", c.ID, c.Version)
		if value == asked {
			chosen = c
		}
		label := f.say.Say("merchant.try.version", text.With{
			"name": c.Name, "version": c.Version, "state": f.say.CampaignBadge(c.State),
		})
		options = append(options, optionView{Value: value, Label: label})
	}

	value := fmt.Sprintf("%s-%d", chosen.ID, chosen.Version)
	for i := range options {
		options[i].On = options[i].Value == value
	}
	f.add(fieldView{Name: "campaign", Kind: "select", Value: value, Options: options})
	return chosen
}

// usual is an order that is large enough: twice the minimum, else five times what the friend gets off, else 100.
func (f *tryForm) usual(c referral.Campaign) money.Amount {
	currency := f.shop.Profile.Currency
	for _, one := range []struct {
		of    money.Amount
		times int64
	}{{c.Terms.Minimum, 2}, {c.Terms.Friend.Amount, 5}} {
		if !one.of.IsZero() && one.of.Currency == currency {
			return money.Amount{Minor: one.of.Minor * one.times, Currency: currency}
		}
	}
	hundred, err := money.Parse("100", currency)
	if err != nil {
		return money.Amount{Currency: currency}
	}
	return hundred
}

func (v visit) tryLabel(name string) string { return v.say.Say("merchant.try_field." + name) }

// fits says where amounts do not fit together.
func (f *tryForm) fits(d referral.Described) {
	goods := money.Amount{Minor: d.Goods.Minor - d.GiftCards.Minor, Currency: d.Goods.Currency}
	for i := range f.fields {
		field := &f.fields[i]
		switch {
		case field.Name == "gift_cards" && goods.Minor < 0:
			f.mistake(field, f.say.Say("merchant.try.cards_wrong", text.With{"goods": d.Goods}))
		case field.Name == "returned" && !field.Hidden && goods.Minor >= 0 && (d.Returned.IsZero() || d.Returned.Minor > goods.Minor):
			f.mistake(field, f.say.Say("merchant.try.returned_wrong", text.With{"goods": goods}))
		}
	}
}
