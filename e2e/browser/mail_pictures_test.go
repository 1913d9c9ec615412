package browser

import (
	"slices"
	"testing"

	"twofold/mail"
	"twofold/tenant"
	"twofold/text"
)

// mailPicture is one picture of a mail in docs.
type mailPicture struct {
	name     string
	sample   string
	language string
	look     tenant.MailLook
	own      text.Own
	dark     bool
	size     size
}

// A mail program's reading pane, and a phone.
var (
	pane   = size{name: "pane", width: 680, height: 600}
	pocket = size{name: "pocket", width: 390, height: 600, touch: true, scale: 2}
)

// brand is a look of a shop's own, whose logo is drawn in dark ink.
var brand = tenant.MailLook{Accent: "#d9730d", Logo: "https://cdn.shopify.com/s/files/1/0001/logo.png"}

const logoDrawing = `<svg xmlns="http://www.w3.org/2000/svg" width="180" height="40" viewBox="0 0 180 40"><path d="M2 8h24L14 34z" fill="#d9730d"/><text x="36" y="28" font-family="Georgia, serif" font-size="24" fill="#1f1b16">Fold &amp; Field</text></svg>`

// mailPictures are all pictures of mails.
var mailPictures = []mailPicture{
	{name: "mail-light", sample: "issued", language: "en", size: pane},
	{name: "mail-dark", sample: "issued", language: "en", dark: true, size: pane},
	{name: "mail-brand", sample: "friend-code", language: "en", look: brand, size: pane, own: text.Own{
		"heading": "Welcome to the field", "use": "Pick something",
		"says": "Somebody who knows you well thought of you.\n\n{offer} on your first order, whenever you like.",
	}},
	{name: "mail-brand-dark", sample: "reward-ends", language: "de", look: brand, dark: true, size: pocket},
	{name: "mail-phone", sample: "link", language: "en", size: pocket},
	{name: "mail-arabic", sample: "sign-in", language: "ar", size: pocket},
}

func mailPictureNames() (names []string) {
	for _, p := range mailPictures {
		names = append(names, p.name)
	}
	return names
}

// Each mail can be read as it is pictured, by axe too, and runs out of no window.
func TestWholeMailPictures(t *testing.T) {
	t.Parallel()
	for _, p := range mailPictures {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			samples := mail.Samples()
			at := slices.IndexFunc(samples, func(s mail.Sample) bool { return s.Name == p.sample })
			shop := mail.SampleShop
			shop.Settings.MailLook = p.look
			letter, err := samples[at].Write(text.In(p.language), shop, p.own)
			if err != nil {
				t.Fatal(err)
			}

			b := openTab(t, p.size)
			scheme := map[bool]string{true: "dark", false: "light"}[p.dark]
			b.set("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
			b.always(house.app+"/mail", answer{status: 200, headers: map[string]string{"Content-Type": "text/html; charset=utf-8"}, body: letter.HTML})
			b.always(brand.Logo, answer{status: 200, headers: map[string]string{"Content-Type": "image/svg+xml"}, body: logoDrawing})
			b.open(house.app + "/mail")
			b.sees(link(text.In(p.language).Say("shopper.mail.no_more")))
			b.accessible()
			ground := evaluate[string](b, "getComputedStyle(document.querySelector('[role=article]')).backgroundColor")
			if (ground == "rgb(20, 20, 20)") != p.dark {
				t.Errorf("beside the mail it is %s", ground)
			}
			if evaluate[bool](b, "document.documentElement.scrollWidth > innerWidth") {
				t.Error("the mail runs out of its window")
			}

			height := evaluate[int64](b, "document.documentElement.scrollHeight")
			b.resize(size{name: p.size.name, width: p.size.width, height: height, touch: p.size.touch, scale: p.size.scale})
			b.shoot(p.name)
			if *writePictures {
				b.keepPicture(p.name)
			}
		})
	}
}
