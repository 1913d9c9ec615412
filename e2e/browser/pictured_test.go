package browser

// Mixes beside those of a light shop in English.
var (
	duskDesktop   = mix{"dusk", desktop, "en"}
	duskPhone     = mix{"dusk", phone, "en"}
	arabicPhone   = mix{"light", phone, "ar"}
	arabicDesktop = mix{"dusk", desktop, "ar"}
	germanPhone   = mix{"light", phone, "de"}
)

// pictures are all of docs/pictures.
var pictures = []picture{
	{"card-light", onDesktop, func(s *scene) { s.offered() }},
	{"card-dusk", duskDesktop, func(s *scene) { s.offered() }},
	{"card-phone", onPhone, func(s *scene) { s.offered() }},
	{"card-arabic", arabicPhone, func(s *scene) { s.offered() }},
	{"card-german-euro", germanPhone, func(s *scene) {
		s.shop.theme(theme{"currency": "EUR", "rate": "0.85"})
		s.offered()
	}},
	{"card-applied", onDesktop, func(s *scene) {
		s.fill(vase)
		s.taken("applied.rest")
	}},
	{"card-applied-dusk", duskDesktop, func(s *scene) {
		s.fill(vase)
		s.taken("applied.rest")
	}},
	{"card-empty", duskPhone, func(s *scene) { s.taken("empty.rest_min") }},
	{"card-below", onPhone, func(s *scene) {
		s.fill(teaTowel)
		s.taken("below.lead")
	}},
	{"card-folded", onPhone, func(s *scene) {
		s.taken("empty.rest_min")
		s.press("buttons.copy")
		s.friend.gone(s.cardButton("buttons.send"))
	}},
	{"card-clash", onDesktop, func(s *scene) {
		welcomed(s)
		s.taken("clash.lead")
	}},
	{"card-choose", duskDesktop, func(s *scene) {
		s.friend.open(s.linkOf(s.shop.advocate("carol@example.com")))
		take(s)
		s.friend.says("friends-card", s.pieces("empty.rest_min", nil)...)
		s.friend.open(s.link())
		s.friend.sees(s.cardButton("buttons.switch"))
	}},
	{"card-bought-before", onDesktop, func(s *scene) {
		s.shop.bought("bob@example.com")
		s.signIn("bob@example.com")
		s.friend.forgive(house.proxy + "/claim") // its answer is the refusal that the picture shows
		s.taken("already_ordered.lead")
	}},
	{"card-paused", onPhone, func(s *scene) {
		s.shop.merchant("pause")
		s.shop.shows("paused", 1)
		s.friend.open(s.link())
		s.friend.says("friends-card", s.pieces("offer_paused.head", nil)...)
	}},
	{"card-down", duskPhone, func(s *scene) {
		s.offered()
		s.friend.always(house.proxy, answer{status: 502, body: "There was an error in the third-party application."})
		take(s)
		s.friend.says("friends-card", s.pieces("spare.head", nil)...)
	}},
	{"panel-guest", onDesktop, func(s *scene) {
		s.friend.open(s.at("/"))
		s.friend.sees(s.joinButton())
		s.panelled()
	}},
	{"panel-link", onDesktop, func(s *scene) {
		s.joins()
		s.friend.press(button(s.words("link.qr", nil)))
		s.friend.sees(thing{role: "image", name: s.words("link.qr_label", nil)})
		s.panelled()
	}},
	{"panel-dusk", duskDesktop, func(s *scene) {
		s.joins()
		s.friend.press(button(s.words("buttons.copy", nil)).inside("friends-panel"))
		s.friend.says("friends-panel", s.pieces("link.copied", nil)...)
		s.panelled()
	}},
	{"panel-arabic", arabicDesktop, func(s *scene) {
		s.joins()
		s.panelled()
	}},
	{"panel-phone", onPhone, func(s *scene) {
		s.joins()
		s.panelled()
	}},
	{"line", onDesktop, func(s *scene) {
		s.friend.open(s.at("/products/ridge-vase"))
		s.friend.says("friends-line", s.pieces("line.both", nil)...)
	}},
	{"bar-drawer", onDesktop, func(s *scene) {
		s.taken("empty.rest_min")
		s.friend.open(s.at("/products/tea-towel"))
		s.friend.press(button("Add to cart"))
		s.friend.says("friends-bar", s.pieces("bar.below", nil)...)
	}},
	{"bar-cart", duskPhone, func(s *scene) {
		s.fill(vase)
		s.taken("applied.rest")
		s.friend.open(s.at("/cart"))
		s.friend.says("friends-bar", s.pieces("bar.applied", nil)...)
	}},
	{"launcher", duskDesktop, func(s *scene) {
		s.shop.theme(theme{"settings": map[string]any{"friends": map[string]any{"show_launcher": true}}})
		s.friend.open(s.at("/collections/all"))
		s.friend.press(link(s.words("launcher.open", nil)))
		s.friend.sees(button(s.words("shared.close", nil)))
	}},
	{"thanks", onDesktop, func(s *scene) { s.thanked() }},
	{"thanks-arabic", arabicPhone, func(s *scene) { s.thanked() }},
	{"account-page", onPhone, func(s *scene) { s.accountPage() }},
	{"advocates-page", onDesktop, func(s *scene) {
		s.friend = s.shares()
		s.onAdvocatesPage()
	}},
	{"advocates-page-arabic", arabicPhone, func(s *scene) {
		s.friend = s.shares()
		s.onAdvocatesPage()
	}},
}

// offered opens the advocate's link, and waits for the card.
func (s *scene) offered() {
	s.t.Helper()
	s.friend.open(s.link())
	s.friend.sees(s.cardButton("buttons.take"))
}

// taken opens the advocate's link, takes the offer, and waits until the card says an entry.
func (s *scene) taken(entry string) {
	s.t.Helper()
	s.friend.open(s.link())
	take(s)
	s.friend.says("friends-card", s.pieces(entry, nil)[0])
}

// joins signs the friend in on the home page, and gets a link in its panel.
func (s *scene) joins() {
	s.t.Helper()
	s.signIn("dora@example.com")
	s.friend.open(s.at("/"))
	s.friend.press(s.joinButton())
	s.shownLink()
}

// panelled brings the panel into the middle of the window. Its link is written as in a shop with an address of its own: that of the
// simulated one tells only of the machine.
func (s *scene) panelled() {
	s.t.Helper()
	evaluate[bool](s.friend, `(() => {
		const panel = document.querySelector('friends-panel');
		const [host, path] = ['.host', '.path'].map((part) => panel.shadowRoot.querySelector(part));
		if (host?.textContent) [host.textContent, path.textContent] = ['tarrow.com', path.textContent.replace(/^.*\/\?/, '/?')];
		panel.scrollIntoView({ block: 'center', behavior: 'instant' });
		return true;
	})()`)
}

// cardButton is a button of the card's, by its entry.
func (s *scene) cardButton(entry string) thing {
	s.t.Helper()
	return button(s.words(entry, nil)).inside("friends-card")
}
