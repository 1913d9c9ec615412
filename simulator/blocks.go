package simulator

import (
	"context"
	"fmt"
	"html/template"
	"slices"
	"strings"
)

// placedBlock is one block that a page shows.
type placedBlock struct {
	id       string
	at       string // a place, or an app embed's target
	block    *extensionBlock
	settings map[string]any
}

// placed are the blocks of a page's places that the theme has, the extension knows, and Shopify would show there. The
// place "body" stands for app embeds. Without the app there are none.
func (v *visit) placed(pageType string, at ...string) []placedBlock {
	if !v.sh.installed {
		return nil
	}

	var out []placedBlock
	for n, p := range v.theme.Blocks {
		b := v.s.extension.blocks[p.Block]
		if b == nil || b.schema.Target != "section" || !slices.Contains(at, p.At) {
			continue
		}
		if b.available(v.sh.appFlag) && b.stands(pageType, places[p.At]) {
			settings := b.settings(v.theme.Settings[p.Block], p.Settings)
			out = append(out, placedBlock{blockID(p.At, n+1), p.At, b, settings})
		}
	}

	if !v.theme.Embed || !slices.Contains(at, "body") {
		return out
	}
	for n, handle := range v.s.extension.embeds() {
		b := v.s.extension.blocks[handle]
		if b.available(v.sh.appFlag) && b.stands(pageType, "") {
			settings := b.settings(v.theme.Settings[handle])
			out = append(out, placedBlock{blockID("embed", n+1), b.schema.Target, b, settings})
		}
	}
	return out
}

// renderedBlocks are a page's blocks as HTML, by place, and what its head loads for them.
type renderedBlocks struct {
	At   map[string]template.HTML
	Head template.HTML
}

// renderBlocks renders each block. A block that cannot be rendered says so in its place, as Shopify's pages do, and
// in the log.
func (s *Server) renderBlocks(ctx context.Context, page *pageView) renderedBlocks {
	out := renderedBlocks{At: map[string]template.HTML{}}
	var head []string
	for _, p := range page.blocks {
		page.global["block"] = blockObject(p.id, p.block, p.settings, page.editor)
		page.global["section"] = map[string]any{"id": "template--1__" + p.at, "settings": map[string]any{}}
		html, err := s.extension.liquid.render(ctx, p.block.handle, page.global, page.liquid)
		if err != nil {
			s.log.ErrorContext(ctx, "block not rendered", "block", p.block.handle, "err", err)
			html = "Liquid error (blocks/" + p.block.handle + "): " + template.HTMLEscapeString(err.Error())
		}

		out.At[p.at] += p.wrapped(html)
		head = append(head, p.block.loads(page.liquid.Assets)...)
	}

	slices.Sort(head) // styles before scripts: <link sorts before <script
	for _, line := range slices.Compact(head) {
		out.Head += template.HTML(line + "\n") //nolint:gosec // written by loads
	}
	return out
}

// renderProxied renders what an app answered through its proxy.
func (s *Server) renderProxied(ctx context.Context, page *pageView) template.HTML {
	set := page.liquid
	set.Source = page.proxied
	html, err := s.extension.liquid.render(ctx, "", page.global, set)
	if err != nil {
		s.log.ErrorContext(ctx, "answer of the app not rendered", "err", err)
		html = "Liquid error: " + template.HTMLEscapeString(err.Error())
	}
	return template.HTML(html) //nolint:gosec // the app escapes, or forgets to: that is what is to be seen
}

// wrapped puts a block into the element that Shopify gives it.
func (p placedBlock) wrapped(html string) template.HTML {
	tag, class := p.block.schema.Tag, "shopify-block shopify-app-block"
	if tag == "" {
		tag = "div"
	}

	if p.block.schema.Class != "" {
		class += " " + p.block.schema.Class
	}

	html, class = strings.TrimSpace(html), template.HTMLEscapeString(class)
	whole := fmt.Sprintf("<%s id=\"shopify-block-%s\" class=%q>%s</%s>\n", tag, p.id, class, html, tag)
	return template.HTML(whole) //nolint:gosec // the block's author escapes, or forgets to: that is what is to be seen
}

// loads are the tags with which Shopify loads a block's stylesheet and script, once for all blocks of a page.
// Source: shopify.dev, theme app extensions, schema.
func (b *extensionBlock) loads(assets string) []string {
	var out []string
	if file := b.schema.Stylesheet; file != "" {
		out = append(out, `<link rel="stylesheet" href="`+template.HTMLEscapeString(assets+file)+`" media="all">`)
	}
	if file := b.schema.JavaScript; file != "" {
		out = append(out, `<script src="`+template.HTMLEscapeString(assets+file)+`" defer></script>`)
	}
	return out
}
