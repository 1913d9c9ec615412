package reports

import (
	"context"

	"twofold/referral"
	"twofold/tenant"
)

// Detail is one order, and what became of it, as it was last decided.
type Detail struct {
	Order     referral.Order
	Kept      bool              // a snapshot is kept; else Shopify was asked in passing
	Referral  referral.Referral // of the order's friend; State "": there is none
	Weighed   referral.Weighed  // the order as the rules saw it; Outcome None: nothing ties it to anybody
	Advocates map[referral.AdvocateID]referral.Advocate
	Campaigns map[referral.CampaignKey]referral.Campaign
	Audit     []referral.AuditEntry // newest first
	Names     map[referral.CustomerID]string
}

// Rests tells whether the friend's referral rests on this order.
func (d Detail) Rests() bool { return d.Order.ID != "" && d.Referral.Order == d.Order.ID }

// Outcome is where the referral stands for the order it rests on, else what the order alone would have led to.
func (d Detail) Outcome() (referral.State, referral.Reason) {
	if d.Rests() {
		return d.Referral.State, d.Referral.Reason
	}
	return d.Weighed.Outcome, d.Weighed.Reason
}

// Advocate is who is credited with the order, or would be by the evidence that won; the zero value: nobody.
func (d Detail) Advocate() referral.Advocate {
	if d.Rests() && d.Referral.Advocate != "" {
		return d.Advocates[d.Referral.Advocate]
	}
	for _, e := range d.Weighed.Evidence {
		if e.Won {
			return d.Advocates[e.Advocate]
		}
	}
	return referral.Advocate{}
}

// Detail reads all there is to say about an order that is kept. Nothing is decided anew. NotFound: it is not kept.
func (r *Referrals) Detail(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (Detail, error) {
	order, err := r.store.FindOrder(ctx, shop, id)
	if err != nil {
		return Detail{}, err
	}

	d := Detail{Order: order, Kept: true}
	if d.Referral, err = r.store.FindReferral(ctx, shop, order.Friend()); unlessNotFound(err) != nil {
		return Detail{}, err
	}
	d.Weighed = weighed(order, d.Referral.Explained.Orders)
	return d, r.complete(ctx, shop, &d)
}

// InPassing completes what orders.Explain said of an order that is not kept.
func (r *Referrals) InPassing(
	ctx context.Context, shop tenant.ShopID, order referral.Order, w referral.Weighed,
) (Detail, error) {
	d := Detail{Order: order, Weighed: w}
	return d, r.complete(ctx, shop, &d)
}

// Simulated is an order that was only described, and what the rules make of it.
func Simulated(f referral.Facts, decided referral.Referral) Detail {
	order := f.Orders[0]
	return Detail{
		Order: order, Kept: true, Referral: decided, Weighed: weighed(order, decided.Explained.Orders),
		Advocates: f.Advocates, Campaigns: f.Campaigns,
	}
}

// weighed is the order among those that were weighed. One that was not is tied to nobody.
func weighed(o referral.Order, all []referral.Weighed) referral.Weighed {
	for _, w := range all {
		if w.Order == o.ID && (o.Customer != "" || len(w.Evidence) > 0) {
			return w
		}
	}

	w := referral.Weighed{
		Order: o.ID, Name: o.Name, At: o.ProcessedAt, Outcome: referral.None, Reason: referral.ReasonNoEvidence,
	}
	if o.Customer == "" {
		w.Reason = referral.ReasonNoIdentity
	}
	return w
}

// complete adds who and what the evidence names, and what the merchant's people did.
func (r *Referrals) complete(ctx context.Context, shop tenant.ShopID, d *Detail) error {
	campaigns, err := r.store.ListCampaigns(ctx, shop)
	if err != nil {
		return err
	}
	d.Campaigns = map[referral.CampaignKey]referral.Campaign{}
	for _, c := range campaigns {
		d.Campaigns[c.Key()] = c
	}

	if d.Audit, err = r.store.AuditAbout(ctx, shop, string(d.Order.ID)); err != nil {
		return err
	}
	return r.addPeople(ctx, shop, d)
}

// addPeople adds the advocates whom the evidence names, and everybody's names.
func (r *Referrals) addPeople(ctx context.Context, shop tenant.ShopID, d *Detail) error {
	ids := []referral.AdvocateID{d.Referral.Advocate}
	for _, e := range d.Weighed.Evidence {
		ids = append(ids, e.Advocate)
	}
	advocates, err := r.store.FindAdvocates(ctx, shop, ids)
	if err != nil {
		return err
	}

	d.Advocates = map[referral.AdvocateID]referral.Advocate{}
	people := []referral.CustomerID{d.Order.Customer}
	for _, a := range advocates {
		d.Advocates[a.ID] = a
		people = append(people, a.Customer)
	}
	d.Names = r.Names(ctx, shop, people)
	return nil
}
