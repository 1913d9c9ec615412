package admin

import (
	"cmp"
	"net/url"
	"strings"

	"twofold/fault"
	"twofold/mail"
	"twofold/text"
)

// mailWordsView is what the page of one mail shows: its texts in a language, and the mail with them.
type mailWordsView struct {
	Name, When string
	Path       string // of the page, without its query
	Languages  []mailTab
	Language   string
	Direction  string
	Texts      []mailTextView
	Wrong      bool // something is
	Preview    mailPreview
	Sends      bool   // it is one mail, which can be sent
	SendError  string // why it was not
}

// mailTab leads to the page in another language.
type mailTab struct {
	Name, Path string
	On         bool
}

// mailTextView is one text: as the merchant has it, else as we do.
type mailTextView struct {
	text.MailText

	Label, Value, Error string
	Values              string // what it may name
	Ours                string
	Own                 bool // it is the merchant's
}

// leftToRight is a mark that nobody sees. It keeps the full stop of the merchant's language at its end where a field is
// written from right to left. Source: Unicode Standard Annex 9, implicit directional marks.
const leftToRight = "\u200e"

// mailWords is the page of one mail, or of what all mails share.
func (h *handler) mailWords(v visit) error {
	view, err := h.mailWordsView(v, false)
	if err != nil {
		return err
	}
	return h.show(v, "mail_words", view)
}

// saveMailWords keeps what was typed, or shows it again with what is wrong.
func (h *handler) saveMailWords(v visit) error {
	view, err := h.mailWordsView(v, true)
	if err != nil {
		return err
	}
	if view.Wrong {
		return h.again(v, "mail_words", view)
	}

	typed := text.Own{}
	for _, t := range view.Texts {
		typed[t.Name] = t.Value
	}
	if err := h.config.Mails.Reword(v.UserContext(), v.shop.ID, v.Params("mail"), view.Language, typed); err != nil {
		return err
	}
	return h.went(v, view.inLanguage(), "merchant.did.mails")
}

// sendMail sends the mail to where the merchant's mails go, in the words that are kept.
func (h *handler) sendMail(v visit) error {
	view, err := h.mailWordsView(v, false)
	if err != nil {
		return err
	}

	err = h.config.Mails.TrySample(v.UserContext(), v.shop, v.Params("mail"), view.Language)
	if err == nil {
		return h.went(v, view.inLanguage(), "merchant.did.notification_sent")
	}
	if !strings.HasPrefix(fault.CodeOf(err), "mail_") {
		return err
	}
	view.SendError = v.say.Error(err)
	return h.again(v, "mail_words", view)
}

// inLanguage is the page's address in its language.
func (view mailWordsView) inLanguage() string {
	return view.Path + "?" + url.Values{"language": {view.Language}}.Encode()
}

// followMailWords answers with the mail in the words that are being typed.
func (h *handler) followMailWords(v visit) error {
	view, err := h.mailWordsView(v, true)
	if err != nil {
		return err
	}
	return h.config.Documents.streams(v, "mail_words", view)
}

// mailWordsView is the page with what is kept, or with what was typed. What is wrong with that is said, and left out of
// the preview.
func (h *handler) mailWordsView(v visit, typed bool) (mailWordsView, error) {
	kind := v.Params("mail")
	texts := text.MailTexts(kind)
	if len(texts) == 0 {
		return mailWordsView{}, fault.ForLog(fault.NotFound, "admin: shoppers get no such mail")
	}

	shown := kind
	if kind == text.EveryMail {
		shown = v.chosenMail()
	}
	shopper := text.In(cmp.Or(v.FormValue("language"), v.say.Language()))
	own, err := h.config.MailStore.FindMailWords(v.UserContext(), v.shop.ID, shopper.Language(), shown, text.EveryMail)
	if err != nil {
		return mailWordsView{}, err
	}

	view := mailWordsView{
		Name: v.mailName(kind), When: v.say.Say("merchant.mails.when." + kind), Path: mailsPath + "/" + kind,
		Language: shopper.Language(), Direction: shopper.Direction(), Sends: kind != text.EveryMail,
	}
	for _, tag := range text.Languages() {
		view.Languages = append(view.Languages, mailTab{languageName(tag), view.Path + "?language=" + tag, tag == view.Language})
	}
	for _, t := range texts {
		if typed {
			own[t.Name] = shopper.Reworded(t, v.FormValue(t.Name))
		}
		shown := v.mailText(shopper, t, own[t.Name])
		if shown.Error != "" {
			view.Wrong = true
			delete(own, t.Name)
		}
		view.Texts = append(view.Texts, shown)
	}

	view.Preview, err = h.mailPreview(v, v.shop.Settings.MailLook, shown, shopper, own)
	if kind == text.EveryMail {
		view.Preview.Mails = v.mailChoice(shown)
	}
	return view, err
}

// mailText is a text with the merchant's own words, if there are some.
func (v visit) mailText(shopper *text.Printer, t text.MailText, own string) mailTextView {
	view := mailTextView{
		MailText: t, Label: v.say.Say("merchant.mails.text." + t.Name), Ours: shopper.Ours(t), Own: own != "",
		Values: v.say.Say("merchant.mails.values", text.With{"values": t.Named()}) + leftToRight,
	}
	view.Value = cmp.Or(own, view.Ours)
	if err := mail.CheckWords(t, own); err != nil {
		view.Error = v.say.Error(err)
	}
	return view
}
