package referral

import (
	"slices"

	"twofold/fault"
	"twofold/money"
	"twofold/trust"
)

// Field names a term or a limit of a campaign, as a form does.
type Field string

// The fields of the terms. Those of an offer are named by its side: see Side.Field.
const (
	FieldMinimum      Field = "minimum"
	FieldHoldDays     Field = "hold_days"
	FieldWindowDays   Field = "window_days"
	FieldClaimDays    Field = "claim_days"
	FieldCredit       Field = "credit"
	FieldStrictness   Field = "strictness"
	FieldShareCeiling Field = "share_ceiling"
	FieldSources      Field = "sources"
)

// The fields of the limits.
const (
	FieldMonthCap      Field = "month_cap"
	FieldYearCap       Field = "year_cap"
	FieldFlagAfter     Field = "flag_after"
	FieldBudget        Field = "budget"
	FieldAllowableCost Field = "allowable_cost"
)

// The fields of the dates, and the name.
const (
	FieldName   Field = "name"
	FieldStarts Field = "starts"
	FieldEnds   Field = "ends"
)

// OfferField is a field that both sides' offers have.
type OfferField string

// The fields of an offer.
const (
	OfferKindField     OfferField = "kind"
	OfferAmount        OfferField = "amount"
	OfferPercent       OfferField = "percent"
	OfferMost          OfferField = "most"
	OfferCountsAs      OfferField = "counts_as"
	OfferMinimum       OfferField = "minimum"
	OfferValidDays     OfferField = "valid_days"
	OfferCombines      OfferField = "combines"
	OfferPersonal      OfferField = "personal"
	OfferAfterTheOrder OfferField = "after_order"
)

// Field is the field of a side's offer: "friend_amount".
func (s Side) Field(of OfferField) Field { return Field(string(s) + "_" + string(of)) }

// Mistake is what is wrong with one field, as Invalid.
type Mistake struct {
	Field Field
	Err   error
}

// mistakes collects what is wrong, in the order of the fields; a field has one mistake at most.
type mistakes []Mistake

// note adds a mistake of a field, if there is one.
func (m *mistakes) note(field Field, wrong bool, err *fault.Error) {
	has := slices.ContainsFunc(*m, func(other Mistake) bool { return other.Field == field })
	if wrong && !has {
		*m = append(*m, Mistake{field, err})
	}
}

// first is the error of the first mistake, nil without one.
func (m mistakes) first() error {
	if len(m) == 0 {
		return nil
	}
	return m[0].Err
}

// fits tells whether an amount is zero, or more in the currency.
func fits(a money.Amount, currency string) bool {
	return a.IsZero() || (a.Minor > 0 && a.Currency == currency)
}

// Mistakes says what is wrong with the terms, field by field; nothing if they can go live.
func (t Terms) Mistakes(currency string) []Mistake {
	found := slices.Concat(t.Friend.mistakes(FriendSide, currency), t.Advocate.mistakes(AdvocateSide, currency))
	in := fault.Values{"currency": currency}

	found.note(FieldMinimum, !fits(t.Minimum, currency), fault.With(fault.Invalid, "minimum", in))
	found.note(FieldHoldDays, t.HoldDays < 0 || t.HoldDays > 45, fault.New(fault.Invalid, "hold_days"))
	found.note(FieldWindowDays, t.WindowDays < 1 || t.WindowDays > 365, fault.New(fault.Invalid, "window_days"))
	found.note(FieldClaimDays, t.ClaimDays < 1 || t.ClaimDays > 365, fault.New(fault.Invalid, "claim_days"))
	found.note(FieldCredit, !slices.Contains(Credits, t.Credit), fault.New(fault.Invalid, "credit"))
	strict := t.Strictness == "" || slices.Contains(trust.Strictnesses, t.Strictness)
	found.note(FieldStrictness, !strict, fault.New(fault.Invalid, "strictness"))
	found.note(FieldShareCeiling, t.ShareCeiling < 0 || t.ShareCeiling > 10_000, fault.New(fault.Invalid, "share_ceiling"))

	none := t.Excluded == Sources{true, true, true, true, true}
	found.note(FieldSources, none, fault.New(fault.Invalid, "no_sources"))
	return found
}

// mistakes says what is wrong with the offer of a side.
func (o Offer) mistakes(side Side, currency string) mistakes {
	var found mistakes
	of := fault.Values{"side": side, "currency": currency}

	switch o.Kind {
	case AmountOff:
		none := o.Amount.IsZero() || !fits(o.Amount, currency)
		found.note(side.Field(OfferAmount), none, fault.With(fault.Invalid, "reward_amount", of))
	case PercentOff, ShareOfOrder:
		beyond := o.RateBP < 1 || o.RateBP > 10_000
		found.note(side.Field(OfferPercent), beyond, fault.With(fault.Invalid, "reward_percent", of))
	case FreeShipping:
	default:
		found.note(side.Field(OfferKindField), true, fault.With(fault.Invalid, "reward_kind", of))
	}

	friend := side == FriendSide
	found.note(side.Field(OfferKindField), friend && o.Kind == ShareOfOrder, fault.New(fault.Invalid, "share_is_advocates"))
	found.note(side.Field(OfferPersonal), friend && o.Personal, fault.New(fault.Invalid, "friend_not_personal"))
	found.note(side.Field(OfferAfterTheOrder), !friend && o.AfterOrder, fault.New(fault.Invalid, "advocate_after_order"))

	atClaim := friend && !o.AfterOrder
	found.note(side.Field(OfferMinimum), atClaim && !o.Minimum.IsZero(), fault.New(fault.Invalid, "friend_minimum"))

	twice := o.Kind == FreeShipping && o.Combines.Shipping
	found.note(side.Field(OfferCombines), twice, fault.New(fault.Invalid, "shipping_twice"))

	bounded := o.Kind != ShareOfOrder && !o.Most.IsZero()
	found.note(side.Field(OfferMost), bounded, fault.New(fault.Invalid, "most_of_shares"))

	amounts := fault.With(fault.Invalid, "reward_amounts", of)
	found.note(side.Field(OfferCountsAs), !fits(o.CountsAs, currency), amounts)
	found.note(side.Field(OfferMinimum), !fits(o.Minimum, currency), amounts)
	found.note(side.Field(OfferMost), !fits(o.Most, currency), amounts)
	found.note(side.Field(OfferValidDays), o.ValidDays < 0 || o.ValidDays > 730, fault.New(fault.Invalid, "valid_days"))
	return found
}

// Mistakes says what is wrong with the limits, field by field.
func (l Limits) Mistakes(currency string) []Mistake {
	var found mistakes
	in := fault.Values{"currency": currency}

	caps := fault.New(fault.Invalid, "caps")
	found.note(FieldMonthCap, l.MonthCap < 0, caps)
	found.note(FieldYearCap, l.YearCap < 0, caps)
	found.note(FieldFlagAfter, l.FlagAfter < 0, caps)
	found.note(FieldBudget, !fits(l.Budget, currency), fault.With(fault.Invalid, "budget", in))
	found.note(FieldAllowableCost, !fits(l.AllowableCost, currency), fault.With(fault.Invalid, "allowable_cost", in))
	return found
}

// Validate says what is wrong with the terms first, as Invalid.
func (t Terms) Validate(currency string) error { return mistakes(t.Mistakes(currency)).first() }

// Validate says what is wrong with the limits first, as Invalid.
func (l Limits) Validate(currency string) error { return mistakes(l.Mistakes(currency)).first() }
