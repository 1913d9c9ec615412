package text

import (
	"twofold/claims"
	"twofold/referral"
)

// Pitch is an offer in three parts that are read in one go: "A friend gives you" "$20 off" "your first order of $40 or
// more."
type Pitch struct{ Lead, Sum, Rest string }

// Line is the pitch without its end, for a page's title.
func (p Pitch) Line() string { return p.Lead + " " + p.Sum }

// ToFriend tells a friend who opens a link what it gives.
func (p *Printer) ToFriend(v claims.OfferView) Pitch {
	pitch := Pitch{Lead: p.Say("shopper.page.friend"), Sum: p.Offer(v.Friend)}

	switch {
	case v.Friend.AfterOrder:
		next := p.least("shopper.next_order", v.Friend.Minimum, With{})
		first := p.least("shopper.first_order", v.Minimum, With{})
		pitch.Rest = p.Say("shopper.page.friend_after", With{"next": next, "first": first})
	case v.Friend.Kind == referral.FreeShipping:
		pitch.Rest = p.least("shopper.page.friend_shipping", v.Minimum, With{})
	default:
		pitch.Rest = p.least("shopper.page.friend_off", v.Minimum, With{})
	}
	return pitch
}

// ToAdvocate tells an advocate what their friends get, and what they get for it. opened says that they have opened
// their own link.
func (p *Printer) ToAdvocate(v claims.OfferView, opened bool) Pitch {
	pitch := Pitch{Lead: p.Say("shopper.page.share"), Sum: p.Offer(v.Friend)}
	if opened {
		pitch.Lead = p.Say("shopper.page.own")
	}

	switch {
	case v.Friend.AfterOrder:
		pitch.Rest = p.least("shopper.page.share_after", v.Minimum, With{})
	case v.Friend.Kind == referral.FreeShipping:
		pitch.Rest = p.least("shopper.page.share_shipping", v.Minimum, With{})
	default:
		pitch.Rest = p.least("shopper.page.share_off", v.Minimum, With{})
	}

	pitch.Rest += " " + p.Say("shopper.page.you_get", With{"offer": v.Advocate})
	return pitch
}

// Pitches are what a campaign's terms say to a friend and to an advocate.
func (p *Printer) Pitches(t referral.Terms) (friend, advocate Pitch) {
	v := claims.OfferView{Friend: t.Friend, Advocate: t.Advocate, Minimum: t.Minimum}
	return p.ToFriend(v), p.ToAdvocate(v, false)
}

// Buttons are those under the pitches: what a friend presses to take the offer, and an advocate to share it.
func (p *Printer) Buttons(t referral.Terms) (take, share string) {
	share = p.Say("shopper.widget.buttons.share")
	switch t.Friend.Kind {
	case referral.FreeShipping:
		return p.Say("shopper.widget.buttons.take_ship"), share
	case referral.PercentOff:
		return p.Say("shopper.widget.buttons.take", With{"amount": p.Percent(t.Friend.RateBP)}), share
	}
	return p.Say("shopper.widget.buttons.take", With{"amount": p.Short(t.Friend.Amount)}), share
}

// WaitingFriends says to an advocate how many friends have taken the offer and not ordered yet; "" of none.
func (p *Printer) WaitingFriends(n int) string {
	switch {
	case n <= 0:
		return ""
	case n > claims.WaitingShown:
		return p.Say("shopper.page.waiting_lots", With{"count": claims.WaitingShown})
	}
	return p.Say("shopper.page.waiting", With{"count": n})
}

// Invite is what an advocate may send with their link, which it holds.
func (p *Printer) Invite(v claims.OfferView, who claims.AdvocateView) string {
	id := "shopper.widget.message.text"
	values := With{"shop": who.ShopName, "link": who.Link, "days": p.Say("shopper.widget.message.days", With{"count": v.Days})}
	switch {
	case v.Friend.AfterOrder:
		id += "_after"
	case v.Friend.Kind == referral.FreeShipping:
		id += "_ship"
	case v.Friend.Kind == referral.PercentOff:
		values["amount"] = p.Percent(v.Friend.RateBP)
	default:
		values["amount"] = p.Short(v.Friend.Amount)
	}

	if !v.Minimum.IsZero() {
		id += "_min"
		values["minimum"] = p.Short(v.Minimum)
	}
	return p.Say(id, values)
}

// Comes tells when an advocate's reward comes; "" where nothing is waited for.
func (p *Printer) Comes(holdDays int) string {
	if holdDays == 0 {
		return ""
	}
	return p.Say("shopper.page.comes", With{"hold": p.days(holdDays)})
}
