package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Values of a theme's settings.
const (
	ConsentGiven       = "given"       // or no consent is needed where the visitor is
	ConsentRefused     = "refused"     // the visitor has said no
	ConsentUnasked     = "unasked"     // the visitor has not answered yet
	ConsentUnavailable = "unavailable" // the Customer Privacy API cannot be loaded

	ActionsTheme   = "theme"   // the theme configures Shopify.actions, and redraws its own cart
	ActionsDefault = "default" // the theme does not; Shopify's default reloads the page after a change
	ActionsNone    = "none"    // the page has no Shopify.actions

	AccountsNew    = "new"    // Shopify's customer accounts: routes.storefront_login_url comes back to the page
	AccountsLegacy = "legacy" // routes.account_login_url with return_url; there is no storefront_login_url
)

// Theme is how a shop's pages look, and what the merchant has placed on them.
type Theme struct {
	Theme      string                    `json:"theme"`       // light or dusk
	Locale     string                    `json:"locale"`      // one of the folder theme/words
	Embed      bool                      `json:"embed"`       // app embeds (target body) are switched on
	Blocks     []Placement               `json:"blocks"`      // app blocks (target section), in order
	Settings   map[string]map[string]any `json:"settings"`    // by block: over the defaults of its schema
	Consent    Consent                   `json:"consent"`     // one of the constants
	Currency   string                    `json:"currency"`    // what visitors see and pay in; empty: the shop's own
	Rate       string                    `json:"rate"`        // how much of it one of the shop's currency is; empty: 1
	DesignMode bool                      `json:"design_mode"` // pages are seen in the theme editor
	Actions    string                    `json:"actions"`     // one of the constants
	Accounts   string                    `json:"accounts"`    // one of the constants
}

// Placement is one block of the app's extension in a place of the theme. Settings are this block's alone.
type Placement struct {
	Block    string         `json:"block"`
	At       string         `json:"at"` // one of places
	Settings map[string]any `json:"settings,omitempty"`
}

// Consent is one of the constants.
type Consent string

// UnmarshalJSON reads one of the constants, or true for given and false for refused.
func (c *Consent) UnmarshalJSON(raw []byte) error {
	switch string(raw) {
	case "true":
		*c = ConsentGiven
		return nil
	case "false":
		*c = ConsentRefused
		return nil
	}
	return json.Unmarshal(raw, (*string)(c))
}

// places are where a block can stand, with the section group that the place belongs to; templates have none.
var places = map[string]string{
	"header": "header", "footer": "footer",
	"home": "", "collection": "", "product": "", "cart": "", "drawer": "", "account": "", "page": "",
}

// themes are the looks; the first is the default.
var themes = []string{"light", "dusk"}

// defaultTheme is a shop's theme until the control API says otherwise. Blocks that the extension lacks are not
// placed.
func defaultTheme(e *extension) Theme {
	t := Theme{
		Theme: themes[0], Locale: defaultLanguage, Embed: true, Settings: map[string]map[string]any{},
		Consent: ConsentGiven, Actions: ActionsTheme, Accounts: AccountsNew,
		Blocks: []Placement{
			{Block: "offer-bar", At: "header"},
			{Block: "share-panel", At: "home"},
			{Block: "offer-line", At: "product"},
			{Block: "offer-line", At: "cart"},
			{Block: "offer-bar", At: "drawer"},
			{Block: "offer-line", At: "drawer"},
			{Block: "offer-line", At: "footer"},
		},
	}

	t.Blocks = slices.DeleteFunc(t.Blocks, func(p Placement) bool { return e.blocks[p.Block] == nil })
	return t
}

// checkTheme reports what a theme cannot be, blocks and settings that the extension lacks among it.
func (s *Server) checkTheme(t Theme) error {
	if err := oneOf("theme", t.Theme, themes...); err != nil {
		return err
	}
	if err := oneOf("locale", t.Locale, languages...); err != nil {
		return err
	}
	err := oneOf("consent", string(t.Consent), ConsentGiven, ConsentRefused, ConsentUnasked, ConsentUnavailable)
	if err != nil {
		return err
	}
	if err := oneOf("actions", t.Actions, ActionsTheme, ActionsDefault, ActionsNone); err != nil {
		return err
	}
	if err := oneOf("accounts", t.Accounts, AccountsNew, AccountsLegacy); err != nil {
		return err
	}

	for block, values := range t.Settings {
		if err := s.extension.checkSettings(block, values); err != nil {
			return err
		}
	}

	for _, p := range t.Blocks {
		if _, ok := places[p.At]; !ok {
			return fmt.Errorf("at %q is not one of %s", p.At, strings.Join(sortedKeys(places), ", "))
		}
		if err := s.extension.checkSettings(p.Block, p.Settings); err != nil {
			return err
		}
	}
	return nil
}

func oneOf(field, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("%s %q is not one of %s", field, value, strings.Join(allowed, ", "))
}

// Theme is how a shop's pages look now.
func (s *Server) Theme(domain string) (Theme, error) {
	var t Theme
	err := s.withShop(domain, func(sh *shop) error {
		t = sh.theme
		return nil
	})
	return t, err
}

// SetTheme changes how a shop's pages look. Errors: no such shop, and what cannot be.
func (s *Server) SetTheme(domain string, t Theme) error {
	return s.withShop(domain, func(sh *shop) error {
		if err := s.checkTheme(t); err != nil {
			return err
		}
		if _, err := s.presentmentOf(sh, t.presented()); err != nil {
			return err
		}

		sh.theme = t
		return nil
	})
}

// controlTheme is GET and POST /_sim/shops/{shop}/theme. What a POST leaves out stays as it is; blocks and settings
// that are sent replace all of theirs.
func (s *Server) controlTheme(r *http.Request) (any, error) {
	domain := r.PathValue("shop")
	t, err := s.Theme(domain)
	if err != nil || r.Method == http.MethodGet {
		return t, err
	}
	if err := readOver(r, &t); err != nil {
		return nil, err
	}

	if t.Blocks == nil {
		t.Blocks = []Placement{}
	}
	if t.Settings == nil {
		t.Settings = map[string]map[string]any{}
	}
	return t, s.SetTheme(domain, t)
}

// presented are the terms of an order in the currency that visitors see.
func (t Theme) presented() OrderInput {
	return OrderInput{PresentmentCurrency: t.Currency, PresentmentRate: t.Rate}
}

// readOver reads the request's JSON over what t has. Lists and maps are replaced, not merged; unknown fields are
// errors.
func readOver(r *http.Request, t *Theme) error {
	in, err := body[map[string]json.RawMessage](r)
	if err != nil {
		return err
	}

	if _, ok := in["blocks"]; ok {
		t.Blocks = nil
	}
	if _, ok := in["settings"]; ok {
		t.Settings = nil
	}

	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return strictly(raw, t)
}
