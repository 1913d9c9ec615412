package mail

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s -want +got\n%s", path, diff)
	}
}

// Every kind of mail in every language, as it is read without HTML, all of a language in one file so that it can be
// read aloud.
func TestMailsAsText(t *testing.T) {
	t.Parallel()
	for _, p := range text.ForShoppers() {
		var b strings.Builder
		for _, s := range Samples() {
			l, err := s.Write(p, SampleShop, nil)
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString("== " + s.Name + "\n" + l.Subject + "\n\n" + l.Text + "\n")
			if !strings.Contains(l.HTML, `<html lang="`+p.Language()+`" dir="`+p.Direction()+`"`) {
				t.Errorf("%s in %s does not say its language", s.Name, p.Language())
			}
		}
		golden(t, "mails_"+p.Language()+".txt", b.String())
	}
}

// Every kind of mail to the merchant, in the languages that merchants read.
func TestMerchantMailsAsText(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "de"} {
		p := text.ForMerchants(language)
		var b strings.Builder
		for _, sample := range MerchantSamples() {
			l, err := sample.Write(p, SampleShop)
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString("== " + l.Subject + "\n\n" + l.Text + "\n")
		}
		golden(t, "merchant_"+language+".txt", b.String())
	}
}

// The HTML of one mail, in either direction: what stands in it is escaped, Outlook's conditions are there, and nothing
// is fetched when it is opened.
func TestMailsAsHTML(t *testing.T) {
	t.Parallel()
	notice := referral.Notice{
		Kind: referral.NoticeIssued, Advocate: "adv_1", Side: referral.AdvocateSide, Code: "RWRD-7<b>", Amount: money.MustParse("20", "USD"),
		EndsAt: time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC),
	}
	about := text.About{Shop: "Ada & <Sons>", Zone: time.UTC, Offer: referral.Offer{Kind: referral.AmountOff}}
	for _, language := range []string{"en", "ar"} {
		l, err := write(text.In(language), notice, about, tenant.MailLook{}, links{
			Link: "https://shop.example/discount/RWRD-7?redirect=%2F", Stop: "https://app.example.com/mail/preferences?t=k1.x",
		})
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "issued_"+language+".html", l.HTML)
		for _, wrong := range []string{"<Sons>", "RWRD-7<b>", "ZgotmplZ", " src=", "<link", "@import", "{{"} {
			if strings.Contains(l.HTML, wrong) {
				t.Errorf("the mail in %s has %s", language, wrong)
			}
		}
		if !strings.Contains(l.HTML, "<!--[if mso | IE]>") {
			t.Errorf("the mail in %s lacks Outlook's conditions", language)
		}
	}
}

// The merchant's look: the button's colour, by day and where it is dark, the logo in the place of the name, the sender.
func TestMailsInTheShopsLook(t *testing.T) {
	t.Parallel()
	const logo = "https://cdn.shopify.com/s/files/1/0000/0001/files/logo.png?v=1"
	for _, c := range []struct {
		says       string
		look       tenant.MailLook
		from       string
		has, lacks []string
	}{
		{
			"nothing is chosen", tenant.MailLook{}, "Fold & Field",
			[]string{"background:#1c1c1c;color:#ffffff", ".go a { background: #f2f2f2", ">Fold &amp; Field</div>"}, []string{"<img"},
		},
		{
			"everything is", tenant.MailLook{Sender: "Fold Friends", ReplyTo: "hi@fold.example", Accent: "#d9730d", Logo: logo}, "Fold Friends",
			[]string{"background:#d9730d;color:#000000", ".go a { background: #d9730d", `src="` + logo + `" alt="Fold &amp; Field"`},
			[]string{"#1c1c1c;color:#ffffff", ">Fold &amp; Field</div>"},
		},
		{
			"a dark colour is lost in the dark", tenant.MailLook{Accent: "#24423a"}, "Fold & Field",
			[]string{"background:#24423a;color:#ffffff", ".go a { background: #f2f2f2"}, nil,
		},
	} {
		shop := SampleShop
		shop.Settings.MailLook = c.look
		l, err := Samples()[0].Write(text.English, shop, nil)
		if err != nil || l.From != c.from || l.ReplyTo != c.look.ReplyTo {
			t.Errorf("%s: from %q, answers to %q, %v", c.says, l.From, l.ReplyTo, err)
		}
		for _, has := range c.has {
			if !strings.Contains(l.HTML, has) {
				t.Errorf("%s: the mail lacks %s", c.says, has)
			}
		}
		for _, lacks := range c.lacks {
			if strings.Contains(l.HTML, lacks) {
				t.Errorf("%s: the mail has %s", c.says, lacks)
			}
		}
	}
}
