package mail

import (
	"strings"
	"testing"

	"twofold/fault"
	"twofold/text"
)

// What stands for nothing, is too long or hidden is refused by its code.
func TestWordsOfMailsAreChecked(t *testing.T) {
	t.Parallel()
	texts := text.MailTexts("issued")
	subject, says := texts[0], texts[2]
	for _, c := range []struct {
		text  text.MailText
		words string
		want  string
	}{
		{subject, "{shop}: {offer}, {code}", ""},
		{subject, strings.Repeat("ä", subject.Most), ""},
		{subject, strings.Repeat("ä", subject.Most+1), "mail_text_long"},
		{subject, "One\nBcc: two", "mail_text_lines"},
		{says, "One\n\nTwo", ""},
		{says, "One\x00", "mail_text_lines"},
		{says, "{name}", "mail_text_value"},
		{says, "{Shop}", "mail_text_value"},
		{says, "{end}", "mail_text_value"}, // a reward may have none
		{says, "{{ shop.name }}", "mail_text_value"},
		{says, "{% if shop %}", "mail_text_value"},
		{says, "a { b", "mail_text_value"},
		{says, "a } b", "mail_text_value"},
		{says, "{}", "mail_text_value"},
		{says, "<script>alert(1)</script>", ""}, // it is shown as it stands
	} {
		err := CheckWords(c.text, c.words)
		if fault.CodeOf(err) != c.want && (err != nil || c.want != "") {
			t.Errorf("%.40q: %v, want %q", c.words, err, c.want)
		}
	}

	for _, kind := range []string{"link", "issued", "reward_ends", "taken_back", "sign_in", text.EveryMail} {
		for _, ours := range text.MailTexts(kind) {
			for _, p := range text.ForShoppers() {
				if err := CheckWords(ours, p.Ours(ours)); err != nil {
					t.Errorf("ours of %s in %s: %v", ours.Entry, p.Language(), err)
				}
			}
		}
	}
}
