package admin

import (
	"cmp"
	"context"
	"strings"
	"time"

	"twofold/fault"
	"twofold/mail"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// Mails is what the pages of mails and notifications ask of the mails (package mail).
type Mails interface {
	// Wish is what a customer wants of mails, or why they get none.
	Wish(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) (referral.MailWish, error)
	// TryNotify sends the merchant a mail at once. Unavailable, Invalid, Limited: it cannot be sent, and its code says why.
	TryNotify(ctx context.Context, shop tenant.Shop) error
	// TrySample sends the merchant a mail of a kind as shoppers get it, in a language. Errors as of TryNotify; NotFound:
	// shoppers get none of that kind.
	TrySample(ctx context.Context, shop tenant.Shop, kind, language string) error
	// Sample is a mail of a kind as the shop would send it, in a language and in words of its own where it has some.
	// NotFound: shoppers get none of that kind.
	Sample(shop tenant.Shop, kind, language string, own text.Own) (mail.Letter, error)
	// Reword keeps words for the texts of a kind of mail, or of text.EveryMail, in a language; those that are blank or
	// as ours are ours. Invalid: what mail.CheckWords finds. NotFound: there is no such mail or language.
	Reword(ctx context.Context, shop tenant.ShopID, mail, language string, typed text.Own) error
}

// MailStore is what they read (package store).
type MailStore interface {
	// CountWaitingMails counts a shop's mails to advocates and friends that are due at now, up to atMost.
	CountWaitingMails(ctx context.Context, shop tenant.ShopID, now time.Time, atMost int) (int, error)
	// FindMailWords reads the merchant's own words of some mails in a language, by the names of their texts.
	FindMailWords(ctx context.Context, shop tenant.ShopID, language string, mails ...string) (map[string]string, error)
	// WordedMails lists which mails have words of the shop's own, and in which languages.
	WordedMails(ctx context.Context, shop tenant.ShopID) (map[string][]string, error)
}

// mailsPath is the page of the mails that shoppers get.
const mailsPath = settingsPath + "/mails"

// mailKinds are those mails, as a shopper meets them.
var mailKinds = []referral.NoticeKind{
	referral.NoticeLink, referral.NoticeFriendCode, referral.NoticeFriendCodeEnds, referral.NoticeBought,
	referral.NoticeIssued, referral.NoticeFriendReward, referral.NoticeRewardEnds, referral.NoticeTakenBack,
	referral.NoticeProve, referral.NoticeSignIn,
}

// mailsView is what the page of mails shows: the look as it is, or as it was typed, what is wrong with it, and the list
// of mails.
type mailsView struct {
	Look    tenant.MailLook
	Name    string            // the shop's, which stands in for the sender's
	Errors  map[string]string // by the code of what is wrong
	Mails   []mailRow
	Preview mailPreview
}

// mailRow is a mail in the list.
type mailRow struct {
	Path, Name, When string
	Own              string // the languages in which it has words of the merchant's; "": none
}

// mailPreview is a mail as a shopper would get it, and the choice of which.
type mailPreview struct {
	Mails, Languages []optionView // none: there is no choice
	Language         string
	Direction        string
	Letter           mail.Letter
}

// mails is the page.
func (h *handler) mails(v visit) error {
	view, err := h.mailsView(v, v.shop.Settings.MailLook)
	if err != nil {
		return err
	}
	return h.show(v, "mails", view)
}

// saveMails keeps how the mails look, or shows it again with what is wrong.
func (h *handler) saveMails(v visit) error {
	chosen := v.shop.Settings
	chosen.MailLook = typedLook(v)
	if len(chosen.MailLook.Faults()) == 0 {
		if err := h.config.Settings.Choose(v.UserContext(), v.shop.ID, chosen); err != nil {
			return err
		}
		return h.went(v, mailsPath, "merchant.did.mails")
	}

	view, err := h.mailsView(v, chosen.MailLook)
	if err != nil {
		return err
	}
	return h.again(v, "mails", view)
}

// followMails answers with the mail in the look that is being typed.
func (h *handler) followMails(v visit) (err error) {
	var view mailsView
	_, shown := v.lookFaults(typedLook(v))
	if view.Preview, err = h.chosenPreview(v, shown); err != nil {
		return err
	}
	return h.config.Documents.streams(v, "mails", view)
}

// typedLook is the look as the form has it.
func typedLook(v visit) tenant.MailLook {
	typed := func(name string) string { return strings.TrimSpace(v.FormValue(name)) }
	return tenant.MailLook{
		Sender:  typed("sender"),
		ReplyTo: typed("reply_to"),
		Accent:  tenant.Accent(strings.ToLower(typed("accent"))),
		Logo:    typed("logo"),
	}
}

// lookFaults says what is wrong with a look, by code, and is the look without that.
func (v visit) lookFaults(look tenant.MailLook) (said map[string]string, sound tenant.MailLook) {
	said, sound = map[string]string{}, look
	for _, wrong := range look.Faults() {
		said[fault.CodeOf(wrong)] = v.say.Error(wrong)
		sound = sound.Without(wrong)
	}
	return said, sound
}

// mailsView is the page for a look.
func (h *handler) mailsView(v visit, look tenant.MailLook) (view mailsView, err error) {
	view = mailsView{Look: look, Name: v.shop.Profile.Name}
	var shown tenant.MailLook
	view.Errors, shown = v.lookFaults(look)

	worded, err := h.config.MailStore.WordedMails(v.UserContext(), v.shop.ID)
	if err != nil {
		return view, err
	}
	for _, kind := range mailKinds {
		view.Mails = append(view.Mails, v.mailRow(string(kind), worded))
	}
	view.Mails = append(view.Mails, v.mailRow(text.EveryMail, worded))

	view.Preview, err = h.chosenPreview(v, shown)
	return view, err
}

func (v visit) mailRow(kind string, worded map[string][]string) mailRow {
	var own []string
	for _, tag := range worded[kind] {
		own = append(own, languageName(tag))
	}
	return mailRow{
		Path: mailsPath + "/" + kind, Name: v.mailName(kind), When: v.say.Say("merchant.mails.when." + kind),
		Own: v.say.List(own),
	}
}

func (v visit) mailName(kind string) string { return v.say.Say("merchant.mails.name." + kind) }

// languageName is a language's name in itself.
func languageName(tag string) string { return text.In(tag).Say("shopper.language") }

// chosenPreview is the mail that was chosen, in the language that was chosen: else the merchant's own.
func (h *handler) chosenPreview(v visit, look tenant.MailLook) (mailPreview, error) {
	kind := v.chosenMail()
	shopper := text.In(cmp.Or(v.FormValue("language"), v.say.Language()))
	own, err := h.config.MailStore.FindMailWords(v.UserContext(), v.shop.ID, shopper.Language(), kind, text.EveryMail)
	if err != nil {
		return mailPreview{}, err
	}

	view, err := h.mailPreview(v, look, kind, shopper, own)
	view.Mails = v.mailChoice(kind)
	for _, tag := range text.Languages() {
		view.Languages = append(view.Languages, optionView{tag, languageName(tag), tag == view.Language})
	}
	return view, err
}

// chosenMail is the kind of mail that is to be shown.
func (v visit) chosenMail() string { return cmp.Or(v.FormValue("mail"), string(referral.NoticeIssued)) }

func (v visit) mailChoice(chosen string) (all []optionView) {
	for _, kind := range mailKinds {
		all = append(all, optionView{string(kind), v.mailName(string(kind)), string(kind) == chosen})
	}
	return all
}

// mailPreview is a mail in a look and in the merchant's words.
func (h *handler) mailPreview(
	v visit, look tenant.MailLook, kind string, shopper *text.Printer, own text.Own,
) (view mailPreview, err error) {
	shop := v.shop
	shop.Settings.MailLook = look
	view = mailPreview{Language: shopper.Language(), Direction: shopper.Direction()}
	view.Letter, err = h.config.Mails.Sample(shop, kind, view.Language, own)
	return view, err
}
