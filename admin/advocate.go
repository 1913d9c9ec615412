package admin

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"twofold/claims"
	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/reports"
	"twofold/rewards"
	"twofold/tenant"
	"twofold/text"
)

// AdvocateActs is the merchant's word on advocates, which stands in the audit log (package rewards).
type AdvocateActs interface {
	DoToAdvocate(ctx context.Context, shop tenant.ShopID, said rewards.SaidOfAdvocate) error
	// NoteAdvocate keeps what a member of staff writes about an advocate. Invalid: it is too long.
	NoteAdvocate(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, note, user string) error
}

// advocateView is one advocate's page.
type advocateView struct {
	Path     string
	Name     string
	Badge    badge
	Since    string
	Customer string // number of the customer; "": there is none

	Figures []advocateFigure
	Owes    string // "": nothing is owed
	OwesWhy []string

	Link         string
	Guest        string // how they are known who have no account; "": they have one
	Agreed       string // to the programme's terms; "": to none
	Mails        string // why they get none; "": they get them
	Code         string
	FormerLabel  string
	Former       []string
	Claims       string
	Friends      []listRow
	MoreFriends  string // address of all; "": they are all here
	Ledger       []advocateEntry
	Earlier, Sum string // Earlier "": all entries are here
	Next         []nextReward

	Note, NoteBy, NoteError string
	Acts                    map[string]advocateForm // by the act's name; those that make sense now
	ChangeCode              *codeForm               // nil: the person was erased
}

// advocateFigure is one key figure, with what it is made of.
type advocateFigure struct{ Label, Value, More string }

// advocateEntry is one entry of an advocate's ledger.
type advocateEntry struct{ Day, Order, Path, Entry, Amount string }

// nextReward is a reward on hold.
type nextReward struct{ At, Order, Worth, Note string }

// advocateForm is an act that asks for a reason.
type advocateForm struct {
	Act, Path, Button, Heading, Does string
	Critical                         bool
	Reason, Error                    string // as it was typed, and what is wrong with it
	Open                             bool   // it was not right, and is shown again
}

// codeForm also asks for a code.
type codeForm struct {
	advocateForm

	About            string
	Typed, CodeError string
}

// advocate is one advocate's page.
func (h *handler) advocate(v visit) error {
	view, err := h.advocateView(v)
	if err != nil {
		return err
	}
	return h.show(v, "advocate", view)
}

func (h *handler) advocateView(v visit) (advocateView, error) {
	id := referral.AdvocateID(v.Params("id"))
	d, err := h.config.Advocates.Find(v.UserContext(), v.shop.ID, id, v.now)
	if err != nil {
		return advocateView{}, err
	}

	state, tone := advocateState(v.say, d.Advocate)
	view := advocateView{
		Path: advocatePath(d.ID), Name: text.Capital(v.advocateName(d.Advocate, d.Name())),
		Badge: badge{state, tone}, Since: v.since(d.Advocate),
		Figures: v.advocateFigures(d), Next: v.nextRewards(d),
		Link: claims.Link(v.shop, d.Code()), Code: d.Code(), Former: d.Codes[1:],
		FormerLabel: v.say.Say("merchant.advocate.former", text.With{"count": len(d.Codes) - 1}),
		Claims: v.say.Say("merchant.advocate.claims_of", text.With{
			"number": d.OpenClaims, "most": reports.OpenClaimsShown,
		}),
		Guest: v.guest(d.Advocate), Note: d.Note.Text,
	}
	if d.Agreed.Version > 0 {
		view.Agreed = v.say.Say("merchant.advocate.agreed_to", text.With{
			"number": d.Agreed.Version, "day": v.calendar().Date(d.Agreed.At),
		})
	}
	if d.ErasedAt.IsZero() && d.Customer != "" {
		view.Customer = lastPart(string(d.Customer))
		if view.Mails, err = h.noMails(v, d.Customer); err != nil {
			return advocateView{}, err
		}
	}
	if !d.Note.At.IsZero() {
		by := text.With{"day": v.calendar().Date(d.Note.At), "user": d.Note.User}
		view.NoteBy = v.say.Say("merchant.advocate.note_by", by)
	}

	view.friends(v, d)
	view.owes(v, d)
	view.acts(v, d)
	return view, view.ledger(v, d)
}

// noMails says why a customer gets no mails; "": they get some.
func (h *handler) noMails(v visit, c referral.CustomerID) (string, error) {
	wish, err := h.config.Mails.Wish(v.UserContext(), v.shop.ID, c)
	switch {
	case err != nil || !wish.None:
		return "", err
	case wish.Why == referral.StopBounced:
		return v.say.Say("merchant.advocate.mails_bounced"), nil
	case wish.Why == referral.StopComplained:
		return v.say.Say("merchant.advocate.mails_complained"), nil
	}
	return v.say.Say("merchant.advocate.mails_asked"), nil
}

// advocateActRow is one act on an advocate, or on an order of theirs, which Order leads to.
type advocateActRow struct {
	auditRow

	Order string // path of the order; "": the act was on the advocate
}

// advocateActs is the part of an advocate's page that tells what was done to them.
func (h *handler) advocateActs(v visit) error {
	entries, err := h.config.Advocates.Audit(v.UserContext(), v.shop.ID, referral.AdvocateID(v.Params("id")))
	if err != nil {
		return err
	}

	rows := make([]advocateActRow, len(entries))
	for i, e := range entries {
		rows[i] = v.advocateActRow(e)
	}
	return h.config.Documents.part(v, "advocate", "advocate-acts", rows)
}

// advocateActRow words one entry. What it was about at first is what the act was on.
func (v visit) advocateActRow(e referral.AuditEntry) advocateActRow {
	row := advocateActRow{auditRow: v.auditRow(e)}
	if strings.HasPrefix(e.About[0], orderGID) {
		row.Order = referralPath(referral.OrderID(e.About[0]))
		return row
	}
	row.Act = v.say.Say("merchant.advocate_do_heading." + e.Act)
	return row
}

// since says from when on somebody is an advocate, and until when they were.
func (v visit) since(a referral.Advocate) string {
	days := text.With{"day": v.calendar().Date(a.JoinedAt)}
	if a.State != referral.AdvocateBlocked {
		return v.say.Say("merchant.advocate.since", days)
	}
	days["blocked"] = v.calendar().Date(a.BlockedAt)
	return v.say.Say("merchant.advocate.since_blocked", days)
}

// spent are the states of rewards whose codes were used.
var spent = []referral.RewardState{
	referral.RewardRedeemed, referral.RewardOwed, referral.RewardSettled, referral.RewardForgiven,
}

// advocateFigures are the key figures, each with what it is made of.
func (v visit) advocateFigures(d reports.AdvocateDetail) []advocateFigure {
	f := d.Figures
	var states []string
	for _, state := range referral.Listed {
		if n := f.ByState[state]; n > 0 {
			states = append(states, v.say.Say("merchant.advocate.by_state", text.With{"number": n, "state": state}))
		}
	}

	used := 0
	for _, state := range spent {
		used += f.Rewards[state]
	}
	issued := advocateFigure{Label: v.say.Say("merchant.advocate.issued"), Value: v.total(f.IssuedWorth, f.Issued)}
	if f.Issued > 0 {
		issued.More = v.say.Say("merchant.advocate.issued_used", text.With{"number": f.Issued, "used": used})
	}

	held := advocateFigure{
		Label: v.say.Say("merchant.advocate.held"),
		Value: v.total(f.Worth[referral.RewardPending], f.Rewards[referral.RewardPending]),
	}
	if next := upcoming(d); len(next) > 0 {
		held.More = v.say.Say("merchant.advocate.held_next", text.With{
			"number": f.Rewards[referral.RewardPending], "day": v.calendar().Date(next[0].ReleaseAt),
		})
	}

	owed := advocateFigure{Label: v.say.Say("merchant.advocate.owed"), Value: v.total(f.Owed, f.OwedRewards)}
	if f.OwedRewards > 0 {
		owed.More = v.say.Say("merchant.advocate.owed_next", text.With{"number": f.OwedRewards})
	}
	friends := advocateFigure{v.say.Say("merchant.advocate.friends"), v.say.Number(f.Friends), v.say.List(states)}
	return []advocateFigure{friends, issued, held, owed}
}

// total writes what rewards count for together; for kinds that are no amount, how many there are.
func (v visit) total(a money.Amount, rewards int) string {
	if a.IsZero() && rewards > 0 {
		return v.say.Number(rewards)
	}
	a.Currency = cmp.Or(a.Currency, v.shop.Profile.Currency)
	return v.say.Money(a)
}

// upcoming are the referrals whose hold ends, the next one first.
func upcoming(d reports.AdvocateDetail) []referral.Referral {
	held := slices.DeleteFunc(slices.Clone(d.Referrals), func(r referral.Referral) bool {
		return r.State != referral.Pending || r.ReleaseAt.IsZero()
	})
	slices.SortStableFunc(held, func(a, b referral.Referral) int { return a.ReleaseAt.Compare(b.ReleaseAt) })
	return held
}

// shownNext is how many rewards on hold the page names.
const shownNext = 5

func (v visit) nextRewards(d reports.AdvocateDetail) []nextReward {
	var next []nextReward
	for i, r := range upcoming(d) {
		if i == shownNext {
			break
		}
		reward := nextReward{
			At: v.calendar().Minute(r.ReleaseAt), Order: r.OrderName, Worth: v.say.Worth(r.Rewards[referral.AdvocateSide]),
		}
		if i == 0 && d.Figures.OwedRewards > 0 {
			reward.Note = v.say.Say("merchant.advocate.makes_up")
		}
		next = append(next, reward)
	}
	return next
}

// owes says what is owed, for which orders, and what makes up for it.
func (w *advocateView) owes(v visit, d reports.AdvocateDetail) {
	if d.Figures.OwedRewards == 0 {
		return
	}

	amount := v.total(d.Figures.Owed, d.Figures.OwedRewards)
	w.Owes = v.say.Say("merchant.advocate.owes", text.With{"count": d.Figures.OwedRewards, "amount": amount})
	var orders []string
	for _, r := range d.Referrals {
		if r.Rewards[referral.AdvocateSide].State == referral.RewardOwed {
			orders = append(orders, r.OrderName)
		}
	}
	if len(orders) > 0 {
		w.OwesWhy = append(w.OwesWhy, v.say.Say("merchant.advocate.owes_why", text.With{"orders": orders}))
	}

	next := v.say.Say("merchant.advocate.owes_later")
	if held := upcoming(d); len(held) > 0 {
		next = v.say.Say("merchant.advocate.owes_next", text.With{
			"day": v.calendar().Date(held[0].ReleaseAt), "order": held[0].OrderName,
		})
	}
	w.OwesWhy = append(w.OwesWhy, next)
}

// friends are the newest orders of friends.
func (w *advocateView) friends(v visit, d reports.AdvocateDetail) {
	for _, r := range d.Referrals {
		name := d.Names[r.Friend.Customer()]
		w.Friends = append(w.Friends, v.listRow(reports.Row{Referral: r, Advocate: d.Advocate, FriendName: name}))
	}
	if d.More {
		w.MoreFriends = "/app/referrals?" + url.Values{"advocate": {string(d.ID)}}.Encode()
	}
}

// ledger lists the entries for the advocate, the newest first. What is booked for orders that are not listed is one row,
// so that the column adds up.
func (w *advocateView) ledger(v visit, d reports.AdvocateDetail) error {
	type entry struct {
		referral.Entry
		of referral.Referral
	}
	var all []entry
	shown := money.Amount{Currency: cmp.Or(d.Figures.Ledger.Currency, v.shop.Profile.Currency)}
	for _, r := range d.Referrals {
		for _, e := range r.Ledger {
			if e.Side != referral.AdvocateSide {
				continue
			}
			all = append(all, entry{e, r})
			var err error
			if shown, err = shown.Add(e.Amount); err != nil {
				return err
			}
		}
	}

	slices.SortStableFunc(all, func(a, b entry) int { return b.At.Compare(a.At) })
	for _, e := range all {
		w.Ledger = append(w.Ledger, advocateEntry{
			v.calendar().Date(e.At), e.of.OrderName, referralPath(e.of.Order), v.say.Say("merchant.entry." + string(e.Kind)),
			v.say.Money(e.Amount),
		})
	}

	total := money.Amount{Minor: d.Figures.Ledger.Minor, Currency: shown.Currency}
	earlier, err := total.Sub(shown)
	if err == nil && d.More && !earlier.IsZero() {
		w.Earlier = v.say.Money(earlier)
	}
	w.Sum = v.say.Money(total)
	return err
}

// acts are what may be done now, and what will come of it.
func (w *advocateView) acts(v visit, d reports.AdvocateDetail) {
	if !d.ErasedAt.IsZero() {
		return
	}

	w.Acts = map[string]advocateForm{}
	form := func(act rewards.Act, critical bool, with ...text.With) advocateForm {
		id := string(act)
		return advocateForm{
			Act: string(act), Path: w.Path + "/" + string(act), Critical: critical,
			Button:  v.say.Say("merchant.advocate_do." + id),
			Heading: v.say.Say("merchant.advocate_do_heading." + id), Does: v.say.Say("merchant.advocate_does."+id, with...),
		}
	}
	offer := func(f advocateForm) { w.Acts[f.Act] = f }

	if d.State == referral.AdvocateBlocked {
		offer(form(rewards.ActUnblock, false))
	} else {
		offer(form(rewards.ActBlock, true, text.With{"held": v.blocked(d.Figures)}))
	}
	if d.OpenClaims > 0 {
		offer(form(rewards.ActReopen, false, text.With{"count": d.OpenClaims, "most": reports.OpenClaimsShown}))
	}
	if d.Figures.OwedRewards > 0 {
		amount := v.total(d.Figures.Owed, d.Figures.OwedRewards)
		offer(form(rewards.ActForgive, true, text.With{"amount": amount}))
	}
	w.ChangeCode = &codeForm{
		advocateForm: form(rewards.ActChangeCode, false, text.With{"code": d.Code()}),
		About: v.say.Say("merchant.advocate.chosen_about", text.With{
			"least": referral.MinChosenLetters, "most": referral.MaxChosenLetters,
		}),
	}
}

// blocked says what becomes of the rewards on hold when the advocate is blocked.
func (v visit) blocked(f referral.AdvocateFigures) string {
	n := f.Rewards[referral.RewardPending]
	if n == 0 {
		return v.say.Say("merchant.advocate_act.block_none")
	}
	amount := v.total(f.Worth[referral.RewardPending], n)
	return v.say.Say("merchant.advocate_act.block_held", text.With{"count": n, "amount": amount})
}

// advocateActs are the acts that an advocate's page has forms for, with what is said once they are done.
var advocateActs = map[rewards.Act]string{
	rewards.ActBlock:      "merchant.did.block",
	rewards.ActUnblock:    "merchant.did.unblock",
	rewards.ActReopen:     "merchant.did.reopen",
	rewards.ActChangeCode: "merchant.did.change_code",
	rewards.ActForgive:    "merchant.did.forgive_all",
}

// actOnAdvocate does one of the acts, or shows its form again.
func (h *handler) actOnAdvocate(v visit) error {
	act, typed, reason := v.Params("act"), v.FormValue("code"), v.FormValue("reason")
	did, known := advocateActs[rewards.Act(act)]
	if !known {
		return fault.ForLog(fault.NotFound, "no such act on an advocate")
	}

	err := h.config.AdvocateActs.DoToAdvocate(v.UserContext(), v.shop.ID, rewards.SaidOfAdvocate{
		Act: rewards.Act(act), Advocate: referral.AdvocateID(v.Params("id")), Code: typed, User: v.user, Reason: reason,
	})
	if err == nil {
		return h.went(v, advocatePath(referral.AdvocateID(v.Params("id"))), did)
	}
	ofCode := act == string(rewards.ActChangeCode) && (fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict))
	if !isReason(err) && !ofCode {
		return err
	}

	view, failed := h.advocateView(v)
	if failed != nil {
		return failed
	}
	if ofCode && view.ChangeCode != nil {
		view.ChangeCode.Typed, view.ChangeCode.Reason, view.ChangeCode.Open = typed, reason, true
		if isReason(err) {
			view.ChangeCode.Error = v.say.Error(err)
		} else {
			view.ChangeCode.CodeError = v.say.Error(err)
		}
		return h.again(v, "advocate", view)
	}

	form, offered := view.Acts[act]
	if !offered { // somebody else was faster
		return err
	}
	form.Reason, form.Error, form.Open = reason, v.say.Error(err), true
	view.Acts[act] = form
	return h.again(v, "advocate", view)
}

// noteAdvocate keeps the note.
func (h *handler) noteAdvocate(v visit) error {
	id := referral.AdvocateID(v.Params("id"))
	err := h.config.AdvocateActs.NoteAdvocate(v.UserContext(), v.shop.ID, id, v.FormValue("note"), v.user)
	if err == nil {
		return h.went(v, advocatePath(id), "merchant.did.note")
	}
	if !fault.Is(err, fault.Invalid) {
		return err
	}

	view, failed := h.advocateView(v)
	if failed != nil {
		return failed
	}
	view.Note, view.NoteError = v.FormValue("note"), v.say.Error(err)
	return h.again(v, "advocate", view)
}
