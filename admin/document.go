package admin

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
	"twofold/tenant"
	"twofold/text"
)

//go:embed pages/*.html
var pageFiles embed.FS

// shopifyCDN is where both scripts come from that every page loads.
const shopifyCDN = "https://cdn.shopify.com"

// Documents renders HTML documents: the pages, and those that package app shows before anybody has signed in.
type Documents struct {
	ClientID string
	AppURL   string // public origin of the app
	// CDN is the origin of Shopify's scripts; "": https://cdn.shopify.com. Another one, which only development has, may
	// frame the pages too.
	CDN string

	alone map[string]*template.Template // documents without the frame of the pages
	pages map[string]*template.Template
}

// standalone are the documents that do not have the frame of the pages.
var standalone = []string{"bounce", "outside", "unshown"}

// ParseDocuments reads the templates, which are part of the program: a wrong one is a panic.
func ParseDocuments(d Documents) *Documents {
	if d.CDN == "" {
		d.CDN = shopifyCDN
	}
	d.alone, d.pages = map[string]*template.Template{}, map[string]*template.Template{}
	functions := template.FuncMap{"asset": assetPath}

	for _, name := range standalone {
		d.alone[name] = template.Must(template.New(name+".html").Funcs(functions).ParseFS(pageFiles, "pages/"+name+".html"))
	}

	layout := template.Must(template.New("layout.html").Funcs(functions).ParseFS(pageFiles, "pages/layout.html", "pages/parts.html"))
	files, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if name == "layout" || name == "parts" || d.alone[name] != nil {
			continue
		}
		d.pages[name] = template.Must(template.Must(layout.Clone()).ParseFS(pageFiles, file))
	}
	return &d
}

// document is what a template gets. It says what stands in package text: {{$.Say "merchant.home.next"}}.
type document struct {
	*text.Printer

	ClientID string
	CDN      string
	Path     string // of the page, without its query
	Did      string // what was done before the page came; "": nothing
	View     any
}

// With is the document with another view, for a template of parts of it.
func (d document) With(view any) document {
	d.View = view
	return d
}

// Alone sends a document without the frame of the pages. It may be framed by the admin of the shop, and by nobody when
// shop is "".
func (d *Documents) Alone(c *fiber.Ctx, name string, shop tenant.ShopID, say *text.Printer, view any) error {
	return d.send(c, d.alone[name], shop, document{Printer: say, ClientID: d.ClientID, CDN: d.CDN, View: view})
}

// page sends a page in the frame that all share.
func (d *Documents) page(v visit, name string, view any) error {
	made := document{Printer: v.say, ClientID: d.ClientID, CDN: d.CDN, Path: v.Path(), View: view}
	if did := v.Query(didParameter); did != "" {
		made.Did, _ = v.say.Did(did)
	}
	return d.send(v.Ctx, d.pages[name], v.shop.ID, made)
}

// part sends one named template of a page alone, for a frame of the page to show.
func (d *Documents) part(v visit, page, part string, view any) error {
	t := d.pages[page].Lookup(part)
	return d.send(v.Ctx, t, v.shop.ID, document{Printer: v.say, ClientID: d.ClientID, CDN: d.CDN, Path: v.Path(), View: view})
}

// streams sends the template "streams" of a page, whose streams Turbo puts into their places in it.
func (d *Documents) streams(v visit, page string, view any) error {
	if err := d.part(v, page, "streams", view); err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, "text/vnd.turbo-stream.html;charset=utf-8")
	return nil
}

// send renders a document with its policies. Source: shopify.dev, set up iframe protection, 2026-10.
func (d *Documents) send(c *fiber.Ctx, t *template.Template, shop tenant.ShopID, made document) error {
	if t == nil {
		return fault.ForLog(fault.Internal, "admin: no such document")
	}
	var out bytes.Buffer
	if err := t.Execute(&out, made); err != nil {
		return fault.ForLog(fault.Internal, "admin: document %s: %w", t.Name(), err)
	}

	c.Set(fiber.HeaderContentSecurityPolicy, d.policy(shop))
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(out.Bytes())
}

// policy says who may frame a document and what may run in it: Shopify's own scripts (not all of its CDN, where
// merchants upload files) and ours, which are files of their own. Shopify's own gem allows App Bridge by its one
// address (Shopify/shopify_app#2017). Source: W3C, Content Security Policy Level 3.
func (d *Documents) policy(shop tenant.ShopID) string {
	ancestors := []string{"'none'"}
	if shop != "" {
		ancestors = []string{"https://" + string(shop), "https://admin.shopify.com"}
		if d.CDN != shopifyCDN {
			ancestors = append(ancestors, d.CDN)
		}
	}

	return "frame-ancestors " + strings.Join(ancestors, " ") + "; script-src " + d.CDN + "/shopifycloud/ 'self'" +
		"; base-uri 'none'; object-src 'none'; form-action 'self'"
}
