package app

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"strings"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
	"twofold/tenant"
	"twofold/text"
)

//go:embed pages/*.html
var pageFiles embed.FS

// homeJS is the script of the home page.
//
//go:embed pages/home.js
var homeJS string

var homeScript = template.JS(homeJS) //nolint:gosec // ours, as it is

// scriptSource says what may run in a page: Shopify's own scripts (not all of cdn.shopify.com, where merchants upload
// files) and ours, as it is. Shopify's own gem allows App Bridge by its one address (Shopify/shopify_app#2017).
// Source: W3C, Content Security Policy Level 3.
var scriptSource = func() string {
	sum := sha256.Sum256([]byte(homeJS))
	own := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	return strings.Join([]string{"script-src", "https://cdn.shopify.com/shopifycloud/", own}, " ")
}()

// pages renders the HTML documents.
type pages struct {
	templates *template.Template
	clientID  string
}

func newPages(config Config) pages {
	return pages{template.Must(template.ParseFS(pageFiles, "pages/*.html")), config.ClientID}
}

// page is what a template gets. It says what stands in package text: {{$.Say "merchant.home.next"}}.
type page struct {
	*text.Printer
	ClientID string
	Script   template.JS
	View     any
}

// send renders a page. It may be framed by the admin of the shop, and by nobody when shop is "".
// Source: shopify.dev, set up iframe protection, 2026-10.
func (p pages) send(c *fiber.Ctx, name string, shop tenant.ShopID, view any) error {
	var out bytes.Buffer
	if err := p.templates.ExecuteTemplate(&out, name, page{merchants, p.clientID, homeScript, view}); err != nil {
		return fault.ForLog(fault.Internal, "page %s: %w", name, err)
	}

	ancestors := "'none'"
	if shop != "" {
		ancestors = "https://" + string(shop) + " https://admin.shopify.com"
	}

	c.Set(fiber.HeaderContentSecurityPolicy,
		"frame-ancestors "+ancestors+"; "+scriptSource+"; base-uri 'none'; object-src 'none'; form-action 'self'")
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(out.Bytes())
}
