package simulator

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/BurntSushi/toml"
)

// The admin is a frame around the app, as Shopify's is: sidebar with the app's navigation, top bar, save bar, toasts.
// It hands the app ID tokens by messages (admin/frame.js), and shows the orders, customers, discounts and the theme that
// the app links to.

// adminPages are the frame and what stands in it.
var adminPages = template.Must(template.ParseFS(adminFiles, "admin/*.html"))

// adminWords are what the admin's own pages say, by language.
var adminWords = func() map[string]map[string]string {
	out := map[string]map[string]string{}
	if _, err := toml.Decode(string(mustRead("words.toml")), &out); err != nil {
		panic(err) // embedded: seen by every test
	}
	return out
}()

// adminLocales are the admin's languages, with what the app is told of them.
var adminLocales = map[string]string{"en": "en-CA", "de": "de"}

// adminView is a page of the admin as its template sees it.
type adminView struct {
	words  map[string]string
	Lang   string
	Domain string
	Shop   string
	App    string // its name
	Root   string // the shop's admin, without a slash at its end
	Client string
	Here   string // the entry of the sidebar that is open
	Title  string

	Open   string // the app's address for its frame
	Config template.JS

	Page any // what a page of the admin's own shows
}

// Say is one of the admin's sentences.
func (v adminView) Say(key string) (string, error) {
	text, ok := v.words[key]
	if !ok {
		return "", fmt.Errorf("admin/words.toml has no %q in %s", key, v.Lang)
	}
	return text, nil
}

// Initials stand for a shop without a picture.
func (v adminView) Initials() string {
	var out string
	for _, word := range strings.Fields(v.Shop) {
		if len(out) < 2 {
			out += strings.ToUpper(word[:1])
		}
	}
	return out
}

func (s *Server) adminRoutes(m *http.ServeMux) {
	m.HandleFunc("GET /{shop}/admin", s.serveAdminHome)
	m.HandleFunc("GET /{shop}/admin/{$}", s.serveAdminHome)
	m.HandleFunc("GET /{shop}/admin/apps/{client}", s.serveFrame)
	m.HandleFunc("GET /{shop}/admin/apps/{client}/{path...}", s.serveFrame)
	m.HandleFunc("GET /{shop}/admin/frame/open", s.serveOpen)
	m.HandleFunc("POST /{shop}/admin/frame/id_token", s.serveFrameToken)
	s.adminPageRoutes(m)
}

// serveAdminFile is GET /_admin/{file}: the frame's own script and style.
func (*Server) serveAdminFile(w http.ResponseWriter, r *http.Request) {
	switch name := r.PathValue("file"); name {
	case "menu.js", "frame.js", "frame.css":
		serveFileFor(w, r, name, mustRead(name), cdnCaching)
	default:
		http.NotFound(w, r)
	}
}

func (s *Server) serveAdminHome(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/"+r.PathValue("shop")+"/admin/apps/"+s.cfg.ClientID, http.StatusFound)
}

// adminCookie keeps the language that a merchant has chosen with ?locale=.
const adminCookie = "_sim_admin_locale"

// adminLanguage is the admin's language: what the address says, what was said before, or English.
func adminLanguage(w http.ResponseWriter, r *http.Request) string {
	if asked := r.URL.Query().Get("locale"); adminLocales[asked] != "" {
		http.SetCookie(w, &http.Cookie{Name: adminCookie, Value: asked, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}) //nolint:gosec // over plain HTTP, on this machine only
		return asked
	}
	if c, err := r.Cookie(adminCookie); err == nil && adminLocales[c.Value] != "" {
		return c.Value
	}
	return "en"
}

// adminOf begins a page of a shop's admin. Errors: no such shop.
func (s *Server) adminOf(w http.ResponseWriter, r *http.Request) (adminView, error) {
	v := adminView{
		Lang: adminLanguage(w, r), Domain: r.PathValue("shop"), App: s.app.name, Client: s.cfg.ClientID,
		Root: "/" + r.PathValue("shop") + "/admin",
	}
	v.words = adminWords[v.Lang]
	err := s.withShop(v.Domain, func(sh *shop) error {
		v.Shop = sh.name
		return nil
	})
	return v, err
}

// frameConfig is what frame.js is told.
type frameConfig struct {
	Root   string `json:"root"`   // of the shop's admin
	App    string `json:"app"`    // path of the app in it
	Origin string `json:"origin"` // of the app
	Name   string `json:"name"`
	Shop   string `json:"shop"`

	Scopes     []string        `json:"scopes"`
	Extensions []extensionInfo `json:"extensions"`
}

// serveFrame is GET /{shop}/admin/apps/{client}/{path}: the merchant opens the app, at its path.
func (s *Server) serveFrame(w http.ResponseWriter, r *http.Request) {
	view, err := s.adminOf(w, r)
	if err == nil && r.PathValue("client") != s.cfg.ClientID {
		err = errNoPage
	}
	if err == nil {
		_, err = s.AppPage(view.Domain) // whether it can be opened
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}

	config := frameConfig{
		Root: view.Root, App: view.Root + "/apps/" + s.cfg.ClientID, Origin: originOf(s.currentAppURL()),
		Name: view.App, Shop: view.Shop,
	}
	_ = s.withShop(view.Domain, func(sh *shop) error { // it was there a moment ago
		config.Scopes, config.Extensions = sh.scopes, s.activations(sh)
		return nil
	})

	told, err := json.Marshal(config)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}

	view.Config = template.JS(told) //nolint:gosec // JSON, which Go writes without < and >
	view.Here, view.Title = "app", view.App
	view.Open = view.Root + "/frame/open?" + url.Values{"path": {pathWithin(r)}}.Encode()
	s.showAdmin(w, "frame.html", view)
}

// pathWithin is the app's path and query that an address of the frame asks for, without the frame's own parameters.
func pathWithin(r *http.Request) string {
	q := r.URL.Query()
	q.Del("locale")
	path := "/" + r.PathValue("path")
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func (s *Server) showAdmin(w http.ResponseWriter, name string, view adminView) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err := adminPages.ExecuteTemplate(w, name, view); err != nil {
		s.log.Error("a page of the admin was not shown", "page", name, "err", err)
	}
}

// serveOpen is GET /{shop}/admin/frame/open?path=: 302 to the app, signed, with a fresh ID token. The frame opens it.
func (s *Server) serveOpen(w http.ResponseWriter, r *http.Request) {
	address, err := s.appPage(r.PathValue("shop"), r.URL.Query().Get("path"), adminLocales[adminLanguage(w, r)])
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, address, http.StatusFound) //nolint:gosec // the app's own address, below which the path is
}

// serveFrameToken is POST /{shop}/admin/frame/id_token. Only the frame may ask: another origin's page has another Origin.
func (s *Server) serveFrameToken(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") != "http://"+r.Host {
		http.Error(w, "the frame alone may ask", http.StatusForbidden)
		return
	}

	token, err := s.IDToken(r.PathValue("shop"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"id_token": token})
}

// extensionInfo and its parts are what shopify.app.extensions() tells of a theme app extension. Source:
// npm @shopify/app-bridge-types 0.7.2, ExtensionInfo.
type extensionInfo struct {
	Handle      string            `json:"handle"`
	Type        string            `json:"type"`
	Activations []blockActivation `json:"activations"`
}

type blockActivation struct {
	Target      string            `json:"target"` // section, or head and body for embeds
	Handle      string            `json:"handle"`
	Name        string            `json:"name"`
	Status      string            `json:"status"`
	Activations []themeActivation `json:"activations"`
}

type themeActivation struct {
	Target  string `json:"target"`
	ThemeID string `json:"themeId"`
}

// activations tell where the app's blocks stand in the shop's theme. The caller holds the shop's lock.
func (s *Server) activations(sh *shop) []extensionInfo {
	theme := gid("OnlineStoreTheme", sh.id)
	info := extensionInfo{Handle: s.app.handle, Type: "theme_app_extension", Activations: []blockActivation{}}
	for _, handle := range sortedKeys(s.extension.blocks) {
		schema := s.extension.blocks[handle].schema
		one := blockActivation{
			Target: schema.Target, Handle: handle, Name: schema.Name, Status: "available", Activations: []themeActivation{},
		}

		if schema.Target != "section" && sh.theme.Embed {
			one.Activations = append(one.Activations, themeActivation{handle, theme})
		}
		for _, p := range sh.theme.Blocks {
			if p.Block == handle {
				one.Activations = append(one.Activations, themeActivation{p.At + "/" + handle, theme})
			}
		}

		if len(one.Activations) > 0 {
			one.Status = "active"
		}
		info.Activations = append(info.Activations, one)
	}
	return []extensionInfo{info}
}
