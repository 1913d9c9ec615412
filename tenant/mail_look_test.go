package tenant_test

import (
	"slices"
	"strings"
	"testing"

	"twofold/fault"
	"twofold/tenant"
)

// What is wrong with a look is told all at once, by code.
func TestMailLook(t *testing.T) {
	t.Parallel()
	const files = "https://cdn.shopify.com/s/files/1/0000/0001/files/"
	for _, c := range []struct {
		says string
		look tenant.MailLook
		want []string
	}{
		{"nothing chosen", tenant.MailLook{}, nil},
		{"all chosen", tenant.MailLook{Sender: "Fold", ReplyTo: "hi@fold.example", Accent: "#24423a", Logo: files + "l.PNG?v=12"}, nil},
		{"the longest name", tenant.MailLook{Sender: strings.Repeat("ä", tenant.MaxSender)}, nil},
		{"one letter more", tenant.MailLook{Sender: strings.Repeat("ä", tenant.MaxSender+1)}, []string{"mail_sender"}},
		{"another header", tenant.MailLook{Sender: "a\r\nBcc: b@example.com"}, []string{"mail_sender"}},
		{"a name beside the address", tenant.MailLook{ReplyTo: "Ada <a@example.com>"}, []string{"mail_reply_to"}},
		{"two addresses", tenant.MailLook{ReplyTo: "a@example.com, b@example.com"}, []string{"mail_reply_to"}},
		{"a word for a colour", tenant.MailLook{Accent: "red"}, []string{"mail_accent"}},
		{"a style for a colour", tenant.MailLook{Accent: "#123456;color:red"}, []string{"mail_accent"}},
		{"three times as dark as white, just", tenant.MailLook{Accent: "#949494"}, nil},
		{"not quite", tenant.MailLook{Accent: "#959595"}, []string{"mail_accent"}},
		{"another site's picture", tenant.MailLook{Logo: "https://evil.example/s/files/l.png"}, []string{"mail_logo"}},
		{"a host that begins like it", tenant.MailLook{Logo: "https://cdn.shopify.com.evil.example/s/files/l.png"}, []string{"mail_logo"}},
		{"not encrypted", tenant.MailLook{Logo: "http://cdn.shopify.com/s/files/l.png"}, []string{"mail_logo"}},
		{"a drawing", tenant.MailLook{Logo: files + "l.svg"}, []string{"mail_logo"}},
		{"a query of its own", tenant.MailLook{Logo: files + "l.png?to=a"}, []string{"mail_logo"}},
		{"all of it", tenant.MailLook{Sender: "\n", ReplyTo: "a", Accent: "b", Logo: "c"}, []string{"mail_sender", "mail_reply_to", "mail_accent", "mail_logo"}},
	} {
		var got []string
		left := c.look
		for _, err := range c.look.Faults() {
			got = append(got, fault.CodeOf(err))
			left = left.Without(err)
		}
		if !slices.Equal(got, c.want) || len(left.Faults()) > 0 {
			t.Errorf("%s: %v, want %v, and then %v", c.says, got, c.want, left.Faults())
		}
		if err := (tenant.Settings{MailLook: c.look}).Validate(); (err != nil) != (len(c.want) > 0) {
			t.Errorf("%s: %v", c.says, err)
		}
	}
}

// The words on a button can be read, and the button can be seen, by day and in the dark.
func TestAccentsAreReadable(t *testing.T) {
	t.Parallel()
	dark := tenant.Accent("").OnDark()
	for accent, want := range map[tenant.Accent][2]tenant.Button{
		"":        {{"#1c1c1c", "#ffffff"}, dark},
		"#24423a": {{"#24423a", "#ffffff"}, dark},
		"#d9730d": {{"#d9730d", "#000000"}, {"#d9730d", "#000000"}},
		"#767676": {{"#767676", "#ffffff"}, {"#767676", "#ffffff"}},
		"#777777": {{"#777777", "#000000"}, {"#777777", "#000000"}},
	} {
		if got := [2]tenant.Button{accent.OnLight(), accent.OnDark()}; got != want {
			t.Errorf("%q: %v, want %v", accent, got, want)
		}
	}
}
