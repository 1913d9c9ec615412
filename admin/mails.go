package admin

import (
	"cmp"
	"strings"

	"twofold/fault"
	"twofold/mail"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// mailsPath is the page of the mails that shoppers get.
const mailsPath = settingsPath + "/mails"

// mailKinds are those mails, as a shopper meets them.
var mailKinds = []referral.NoticeKind{
	referral.NoticeLink, referral.NoticeFriendCode, referral.NoticeFriendCodeEnds, referral.NoticeBought,
	referral.NoticeIssued, referral.NoticeFriendReward, referral.NoticeRewardEnds, referral.NoticeTakenBack,
	referral.NoticeProve, referral.NoticeSignIn,
}

// mailsView is what the page of mails shows: the look as it is, or as it was typed, and what is wrong with it.
type mailsView struct {
	Look    tenant.MailLook
	Name    string            // the shop's, which stands in for the sender's
	Errors  map[string]string // by the code of what is wrong
	Preview mailPreview
}

// mailPreview is a mail as a shopper would get it, and the choice of which.
type mailPreview struct {
	Mails, Languages []optionView
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
func (h *handler) followMails(v visit) error {
	view, err := h.mailsView(v, typedLook(v))
	if err != nil {
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

// mailsView is the page for a look. What is wrong with it is said, and left out of the preview.
func (h *handler) mailsView(v visit, look tenant.MailLook) (view mailsView, err error) {
	view = mailsView{Look: look, Name: v.shop.Profile.Name, Errors: map[string]string{}}
	shown := look
	for _, wrong := range look.Faults() {
		view.Errors[fault.CodeOf(wrong)] = v.say.Error(wrong)
		shown = shown.Without(wrong)
	}
	view.Preview, err = h.mailPreview(v, shown)
	return view, err
}

// mailPreview is the mail that was asked for, in the language that was asked for: else the merchant's own.
func (h *handler) mailPreview(v visit, look tenant.MailLook) (mailPreview, error) {
	kind := referral.NoticeKind(cmp.Or(v.FormValue("mail"), string(referral.NoticeIssued)))
	shopper := text.In(cmp.Or(v.FormValue("language"), v.say.Language()))
	view := mailPreview{Language: shopper.Language(), Direction: shopper.Direction()}
	for _, k := range mailKinds {
		view.Mails = append(view.Mails, optionView{string(k), v.say.Say("merchant.mails.name." + string(k)), k == kind})
	}
	for _, tag := range text.Languages() {
		option := optionView{tag, text.In(tag).Say("shopper.language"), tag == view.Language}
		view.Languages = append(view.Languages, option)
	}

	shop := v.shop
	shop.Settings.MailLook = look
	var err error
	view.Letter, err = h.config.Mails.Sample(shop, kind, view.Language)
	return view, err
}
