package mail

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// Reword keeps what a merchant has typed for the texts of a kind of mail, or of text.EveryMail, in a language, in the
// place of what was typed before. What is blank, or as ours, is ours from then on. Invalid: what CheckWords finds.
// NotFound: there is no such mail or language.
func (s *Service) Reword(ctx context.Context, shop tenant.ShopID, mail, language string, typed text.Own) error {
	texts := text.MailTexts(mail)
	if len(texts) == 0 || !slices.Contains(text.Languages(), language) {
		return fault.ForLog(fault.NotFound, "mail: no mail %q in %q", mail, language)
	}

	p, words := text.In(language), map[string]string{}
	for _, t := range texts {
		own := p.Reworded(t, typed[t.Name])
		if err := CheckWords(t, own); err != nil {
			return err
		}
		if own != "" {
			words[t.Name] = own
		}
	}
	if err := s.store.SaveMailWords(ctx, shop, language, mail, words); err != nil {
		return fmt.Errorf("mail: save words: %w", err)
	}
	s.log.InfoContext(ctx, "mail reworded", "shop", shop, "notice", mail, "language", language, "texts", len(words))
	return nil
}

// braces are what a value may stand in, and what stands alone of them.
var braces = regexp.MustCompile(`\{[^{}]*\}|[{}]`)

// CheckWords tells what is wrong with words for a text of mails, as Invalid: mail_text_long, mail_text_lines,
// mail_text_value.
func CheckWords(t text.MailText, words string) error {
	if utf8.RuneCountInString(words) > t.Most {
		return fault.With(fault.Invalid, "mail_text_long", fault.Values{"most": t.Most})
	}
	hidden := func(r rune) bool { return unicode.IsControl(r) && (r != '\n' || !t.Lines) }
	if strings.ContainsFunc(words, hidden) {
		return fault.New(fault.Invalid, "mail_text_lines")
	}
	for _, found := range braces.FindAllString(words, -1) {
		if !slices.Contains(t.Named(), found) {
			return fault.With(fault.Invalid, "mail_text_value", fault.Values{"value": found, "values": t.Named()})
		}
	}
	return nil
}

// Own are the merchant's words for a kind of mail in a language.
func (s *Service) Own(
	ctx context.Context, shop tenant.ShopID, kind referral.NoticeKind, language string,
) (text.Own, error) {
	own, err := s.store.FindMailWords(ctx, shop, language, string(kind), text.EveryMail)
	if err != nil {
		return nil, fmt.Errorf("mail: find words: %w", err)
	}
	return own, nil
}
