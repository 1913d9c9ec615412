package simulator

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Targets of UI extensions that the shop's hosted pages have a place for. Source: shopify.dev, extension targets of
// checkout and customer accounts, 2026-07.
const (
	placeThanks  = "purchase.thank-you.block.render"
	placeOrder   = "customer-account.order-status.block.render"
	placeProfile = "customer-account.profile.block.render"
	placePage    = "customer-account.page.render"
)

// hostedFiles are what a hosted page runs the app's bundles on: a few components, and the global shopify.
//
//go:embed hosted
var hostedFiles embed.FS

// uiExtension is one UI extension of the app.
type uiExtension struct {
	folder  string
	handle  string
	targets []string
	bundle  []byte
	words   map[string]json.RawMessage // by language
}

// uiManifest is what the simulator needs of shopify.extension.toml.
type uiManifest struct {
	Extensions []struct {
		Handle    string
		Targeting []struct{ Target string }
	}
}

// loadUI reads the app's UI extensions: a folder each with its manifest and locales, and built/{folder}.js. A nil files
// is none.
func loadUI(files fs.FS) ([]uiExtension, error) {
	if files == nil {
		return nil, nil
	}
	manifests, err := fs.Glob(files, "*/shopify.extension.toml")
	if err != nil {
		return nil, err
	}

	var all []uiExtension
	for _, name := range manifests {
		folder, _, _ := strings.Cut(name, "/")
		one, err := readUI(files, folder)
		if err != nil {
			return nil, fmt.Errorf("simulator: UI extension %s: %w", folder, err)
		}
		all = append(all, one)
	}
	return all, nil
}

func readUI(files fs.FS, folder string) (uiExtension, error) {
	e := uiExtension{folder: folder, words: map[string]json.RawMessage{}}
	raw, err := fs.ReadFile(files, folder+"/shopify.extension.toml")
	if err != nil {
		return e, err
	}

	var manifest uiManifest
	if err := toml.Unmarshal(raw, &manifest); err != nil {
		return e, err
	}
	if len(manifest.Extensions) != 1 {
		return e, errors.New("its manifest names not one extension")
	}
	e.handle = manifest.Extensions[0].Handle
	for _, t := range manifest.Extensions[0].Targeting {
		e.targets = append(e.targets, t.Target)
	}

	locales, err := fs.Glob(files, folder+"/locales/*.json")
	if err != nil {
		return e, err
	}
	for _, name := range locales {
		language, _, _ := strings.Cut(strings.TrimPrefix(name, folder+"/locales/"), ".")
		if e.words[language], err = fs.ReadFile(files, name); err != nil {
			return e, err
		}
	}

	e.bundle, err = fs.ReadFile(files, "built/"+folder+".js")
	return e, err
}

// uiBlock is a place of a hosted page, with what the script of its extension is given. Source: shopify.dev, APIs of
// checkout and customer account extensions, 2026-07.
type uiBlock struct {
	Target    string            `json:"target"`
	Extension string            `json:"extension"` // its folder
	Language  string            `json:"language"`
	Words     json.RawMessage   `json:"words"`
	Shop      map[string]string `json:"shop"`
	Root      string            `json:"root"`
	Order     *uiOrder          `json:"order,omitempty"`
	Customer  string            `json:"customer,omitempty"` // gid of who is signed in
	Editor    bool              `json:"editor,omitempty"`
}

type uiOrder struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Confirmation string `json:"confirmation"`
	First        bool   `json:"first"`
}

// uiPlace is what a target of the app's shows on a page; nil where the app has nothing for it. o may be nil.
func (v *visit) uiPlace(target string, o *order) *uiBlock {
	if !v.sh.installed {
		return nil
	}
	for _, e := range v.s.ui {
		for _, t := range e.targets {
			if t == target {
				return v.uiBlock(e, target, o)
			}
		}
	}
	return nil
}

func (v *visit) uiBlock(e uiExtension, target string, o *order) *uiBlock {
	b := &uiBlock{
		Target: target, Extension: e.folder, Language: v.theme.Locale, Words: e.words[v.theme.Locale], Root: v.root(),
		Shop:   map[string]string{"name": v.sh.name, "myshopifyDomain": v.sh.domain},
		Editor: v.theme.DesignMode,
	}
	if b.Words == nil {
		b.Language, b.Words = "en", e.words["en"]
	}
	if v.buyer != nil {
		b.Customer = v.buyer.gid()
	}
	if o != nil {
		first := o.customer == nil || len(o.customer.orders) == 1
		b.Order = &uiOrder{ID: o.gid(), Name: o.name(), Confirmation: o.confirmation(), First: first}
	}
	return b
}

// serveOrderStatus is GET /{shop}/account/orders/{token}: the page on which an order is followed. Whoever has the address
// sees it, signed in or not.
func (s *Server) serveOrderStatus(w http.ResponseWriter, r *http.Request) {
	s.serveOrderPage(w, r, pageView{template: "order.html", Type: "order", titleKey: "thanks.details"}, placeOrder)
}

// serveOrderPage is a page of Shopify's about the order that the address names by its token.
func (s *Server) serveOrderPage(w http.ResponseWriter, r *http.Request, page pageView, place string) {
	s.servePage(w, r, func(v *visit) (*pageView, error) {
		for _, o := range v.sh.orders {
			if o.token == r.PathValue("token") {
				order := v.orderView(o)
				page.hosted, page.Order, page.UI = true, &order, v.uiPlace(place, o)
				return &page, nil
			}
		}
		return nil, errNoPage
	})
}

// serveAccountPage is GET /{shop}/account/pages/{handle}: a page of customer accounts that is an extension's.
func (s *Server) serveAccountPage(w http.ResponseWriter, r *http.Request) {
	s.servePage(w, r, func(v *visit) (*pageView, error) {
		block := v.uiPlace(placePage, nil)
		switch {
		case block == nil || v.accountPageHandle() != r.PathValue("handle"):
			return nil, errNoPage
		case v.buyer == nil:
			return &pageView{goTo: v.path("account/login")}, nil
		}
		return &pageView{template: "extension.html", Type: "extension", hosted: true, titleKey: "account.page", UI: block}, nil
	})
}

// accountPageHandle names the app's page of customer accounts; "" when it has none.
func (v *visit) accountPageHandle() string {
	if block := v.uiPlace(placePage, nil); block != nil {
		for _, e := range v.s.ui {
			if e.folder == block.Extension {
				return e.handle
			}
		}
	}
	return ""
}

// serveUIFile is GET /{shop}/cdn/ui/{file}: components.js, host.js, or an extension's bundle. A bundle runs where its
// page's body is its own place. As Shopify CLI does, what it was built with gives way to where the app is now.
func (s *Server) serveUIFile(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	if raw, err := hostedFiles.ReadFile("hosted/" + name); err == nil {
		serveFileFor(w, r, name, raw, cdnCaching)
		return
	}

	for _, e := range s.ui {
		if name == e.folder+".js" {
			bundle := e.bundle
			if s.app.address != "" {
				bundle = bytes.ReplaceAll(bundle, []byte(s.app.address), []byte(s.currentAppURL()))
			}
			raw := fmt.Appendf(nil, "Hosted.run(%q, (shopify, document) => {\n%s\n});\n", e.folder, bundle)
			serveFileFor(w, r, name, raw, cdnCaching)
			return
		}
	}
	http.NotFound(w, r)
}

// uiTokenLife is how long a session token of a UI extension lives. Source: shopify.dev, session token API, 2026-07.
const uiTokenLife = 5 * time.Minute

// uiTokenClaims are those of a UI extension's session token: no issuer, and a subject only where somebody is signed in.
type uiTokenClaims struct {
	Dest string `json:"dest"`
	Aud  string `json:"aud"`
	Sub  string `json:"sub,omitempty"`
	Exp  int64  `json:"exp"`
	Nbf  int64  `json:"nbf"`
	Iat  int64  `json:"iat"`
	Jti  string `json:"jti"`
}

// serveUIToken is GET /{shop}/checkout/session-token: what sessionToken.get() of a hosted page answers.
func (s *Server) serveUIToken(w http.ResponseWriter, r *http.Request) {
	var token string
	err := s.withShop(r.PathValue("shop"), func(sh *shop) error {
		if !sh.installed {
			return errors.New("the app is not installed")
		}
		customer := ""
		if c := sh.visitor(r); c != nil {
			customer = c.gid()
		}
		token = s.uiToken(sh.domain, customer)
		return nil
	})
	if err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, map[string]string{"token": token})
}

func (s *Server) uiToken(domain, customer string) string {
	now := s.clock.now()
	return signJWT(s.cfg.ClientSecret, uiTokenClaims{
		Dest: domain, Aud: s.cfg.ClientID, Sub: customer, Jti: s.ids.uuid(),
		Exp: now.Add(uiTokenLife).Unix(), Nbf: now.Unix(), Iat: now.Unix(),
	})
}
