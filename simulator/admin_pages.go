package simulator

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The admin's own pages are those that the app links to. Each shows what the simulator knows, and no more.

// adminPage is a page of the admin's own: sections of tables and sentences.
type adminPage struct {
	Heading  string
	Back     adminLink // where there is one
	Badges   []adminBadge
	Sections []adminSection
	Aside    []adminSection
}

type (
	adminLink  struct{ Text, Href string }
	adminBadge struct{ Text, Tone string }

	adminSection struct {
		Heading string
		Columns []adminColumn
		Rows    [][]adminCell
		Words   []adminLink // a sentence, or a link
		Press   *adminPress
	}

	adminColumn struct{ Name, Format, Slot string }
	adminCell   struct {
		adminLink
		Badge bool
		Tone  string
	}

	// adminPress is a form of one button, which sends one value.
	adminPress struct{ Text, Name, Value string }
)

func (s *Server) adminPageRoutes(m *http.ServeMux) {
	m.HandleFunc("GET /{shop}/admin/orders", s.ownPage("orders", s.ordersPage))
	m.HandleFunc("GET /{shop}/admin/orders/{id}", s.ownPage("orders", s.orderPage))
	m.HandleFunc("GET /{shop}/admin/customers", s.ownPage("customers", s.customersPage))
	m.HandleFunc("GET /{shop}/admin/customers/{id}", s.ownPage("customers", s.customerPage))
	m.HandleFunc("GET /{shop}/admin/discounts", s.ownPage("discounts", s.discountsPage))
	m.HandleFunc("GET /{shop}/admin/discounts/{id}", s.ownPage("discounts", s.discountPage))
	m.HandleFunc("GET /{shop}/admin/themes/{theme}/editor", s.ownPage("theme", s.themePage))
	m.HandleFunc("POST /{shop}/admin/themes/{theme}/editor", s.serveThemeChange)
	m.HandleFunc("GET /{shop}/admin/{rest...}", s.ownPage("", unsimulated))
}

// builder makes a page. It runs under the shop's lock.
type builder func(v adminView, sh *shop, r *http.Request) (adminPage, error)

// ownPage answers a page of the admin's own, under an entry of the sidebar. What is not there is 404.
func (s *Server) ownPage(here string, build builder) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		view, err := s.adminOf(w, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}

		var page adminPage
		err = s.withShop(view.Domain, func(sh *shop) error {
			page, err = build(view, sh, r)
			return err
		})
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}

		view.Here, view.Title, view.Page = here, page.Heading, page
		if here == "" {
			w.WriteHeader(http.StatusNotFound)
		}
		s.showAdmin(w, "own.html", view)
	}
}

func unsimulated(v adminView, _ *shop, r *http.Request) (adminPage, error) {
	return adminPage{
		Heading:  v.words["missing"],
		Sections: []adminSection{{Words: []adminLink{{Text: "/admin/" + r.PathValue("rest")}}}},
	}, nil
}

// day writes a time as the shop's admin does, in the shop's zone.
func (sh *shop) day(t time.Time) string {
	zone, err := time.LoadLocation(sh.timeZone) // checked when the shop was made
	if err != nil {
		zone = time.UTC
	}
	return t.In(zone).Format("2006-01-02 15:04")
}

func (v adminView) path(kind string, id int64) string { return v.Root + "/" + kind + "/" + idText(id) }

// paymentTones are the tones of an order's financial status.
var paymentTones = map[string]string{"PAID": "", "PENDING": "warning", "AUTHORIZED": "warning"}

func paymentBadge(o *order) adminBadge {
	status := o.financialStatus()
	words := strings.ReplaceAll(strings.ToLower(status), "_", " ")
	return adminBadge{strings.ToUpper(words[:1]) + words[1:], paymentTones[status]}
}

func (s *Server) ordersPage(v adminView, sh *shop, _ *http.Request) (adminPage, error) {
	newest := slices.Clone(sh.orders)
	slices.Reverse(newest)
	return adminPage{Heading: v.words["orders"], Sections: []adminSection{v.orderTable(sh, newest)}}, nil
}

func (v adminView) orderTable(sh *shop, orders []*order) adminSection {
	table := adminSection{Columns: []adminColumn{
		{v.words["order"], "", "primary"}, {v.words["date"], "", "secondary"}, {v.words["customer"], "", "labeled"},
		{v.words["payment"], "", "kicker"}, {v.words["total"], "currency", "inline"},
	}}

	for _, o := range orders {
		badge := paymentBadge(o)
		table.Rows = append(table.Rows, []adminCell{
			linked(o.name(), v.path("orders", o.id)), plain(sh.day(o.processedAt)), v.buyer(o),
			{adminLink{Text: badge.Text}, true, badge.Tone}, plain(display{own: o.currency}.text(o.currentTotal())),
		})
	}
	return table
}

func plain(text string) adminCell        { return adminCell{adminLink: adminLink{Text: text}} }
func linked(text, href string) adminCell { return adminCell{adminLink: adminLink{text, href}} }

func (v adminView) buyer(o *order) adminCell {
	if o.customer == nil {
		return plain(v.words["no_customer"])
	}
	return linked(o.customer.called(), v.path("customers", o.customer.id))
}

// called is what the admin calls a customer: by name, or by address, or by number.
func (c *customer) called() string {
	name := strings.TrimSpace(c.firstName + " " + c.lastName)
	return cmp.Or(name, c.email, "#"+idText(c.id))
}

func (s *Server) orderPage(v adminView, sh *shop, r *http.Request) (adminPage, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	o := sh.orderByID[id]
	if err != nil || o == nil {
		return adminPage{}, errNoOrder
	}

	show := display{own: o.currency}
	page := adminPage{
		Heading: o.name(), Back: adminLink{v.words["orders"], v.Root + "/orders"}, Badges: []adminBadge{paymentBadge(o)},
	}
	if o.test {
		page.Badges = append(page.Badges, adminBadge{v.words["test"], "info"})
	}
	if !o.cancelledAt.IsZero() {
		page.Badges = append(page.Badges, adminBadge{v.words["cancelled"], "critical"})
	}

	lines := adminSection{Columns: []adminColumn{
		{v.words["item"], "", "primary"}, {v.words["quantity"], "numeric", "secondary"},
		{v.words["price"], "currency", "inline"},
	}}
	for _, l := range o.lines {
		lines.Rows = append(lines.Rows, []adminCell{plain(l.title), plain(fmt.Sprint(l.current)), plain(show.text(l.gross()))})
	}

	page.Sections = []adminSection{lines, {Heading: v.words["payment"], Columns: sumColumns, Rows: v.sums(o, show)}}
	buyer := v.buyer(o)
	page.Aside = []adminSection{{Heading: v.words["customer"], Words: []adminLink{buyer.adminLink, {Text: o.email}}}}
	if o.customer == nil {
		page.Aside[0].Words = page.Aside[0].Words[:1]
	}
	return page, nil
}

// sumColumns are those of a list of sums, which says of itself what is what.
var sumColumns = []adminColumn{{"", "", "primary"}, {"", "currency", "inline"}}

// sums are what an order comes to.
func (v adminView) sums(o *order, show display) [][]adminCell {
	gross := int64(0)
	for _, l := range o.lines {
		gross += l.gross()
	}

	rows := [][]adminCell{{plain(v.words["subtotal"]), plain(show.text(gross))}}
	for _, d := range o.discounts {
		rows = append(rows, []adminCell{plain(cmp.Or(d.code, d.title)), plain(show.off(d.amount))})
	}
	rows = append(rows,
		[]adminCell{plain(v.words["shipping"]), plain(show.text(o.shipping))},
		[]adminCell{plain(v.words["total"]), plain(show.text(o.total()))},
	)
	if o.refunded() > 0 {
		rows = append(rows, []adminCell{plain(v.words["refunded"]), plain(show.off(o.refunded()))})
	}
	return rows
}

func (s *Server) customersPage(v adminView, sh *shop, _ *http.Request) (adminPage, error) {
	table := adminSection{Columns: []adminColumn{
		{v.words["customer"], "", "primary"}, {v.words["email"], "", "secondary"}, {v.words["orders"], "numeric", "inline"},
	}}
	for _, id := range sortedIDs(sh.customers) {
		c := sh.customers[id]
		table.Rows = append(table.Rows, []adminCell{
			linked(c.called(), v.path("customers", id)), plain(c.email), plain(fmt.Sprint(c.numberOfOrders())),
		})
	}
	return adminPage{Heading: v.words["customers"], Sections: []adminSection{table}}, nil
}

func sortedIDs[V any](m map[int64]V) []int64 {
	ids := make([]int64, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (s *Server) customerPage(v adminView, sh *shop, r *http.Request) (adminPage, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	c := sh.customers[id]
	if err != nil || c == nil {
		return adminPage{}, errNoCustomer
	}
	return adminPage{
		Heading: c.called(), Back: adminLink{v.words["customers"], v.Root + "/customers"},
		Sections: []adminSection{v.orderTable(sh, c.orders)},
		Aside:    []adminSection{{Heading: v.words["email"], Words: []adminLink{{Text: cmp.Or(c.email, "–")}}}},
	}, nil
}

// statusTones are the tones of a discount's status.
var statusTones = map[string]string{"ACTIVE": "success", "SCHEDULED": "info"}

func (v adminView) statusBadge(d *discount, now time.Time) adminBadge {
	status := d.status(now)
	text := map[string]string{"ACTIVE": v.words["active"], "SCHEDULED": v.words["scheduled"]}[status]
	return adminBadge{cmp.Or(text, v.words["ended"]), statusTones[status]}
}

func (s *Server) discountsPage(v adminView, sh *shop, _ *http.Request) (adminPage, error) {
	table := adminSection{Columns: []adminColumn{
		{v.words["title"], "", "primary"}, {v.words["state"], "", "kicker"}, {v.words["codes"], "numeric", "labeled"},
		{v.words["used"], "numeric", "labeled"},
	}}
	for _, id := range sortedIDs(sh.discounts) {
		d := sh.discounts[id]
		badge := v.statusBadge(d, s.clock.now())
		table.Rows = append(table.Rows, []adminCell{
			linked(d.title, v.path("discounts", id)), {adminLink{Text: badge.Text}, true, badge.Tone},
			plain(fmt.Sprint(len(d.codes))), plain(fmt.Sprint(d.useCount)),
		})
	}
	return adminPage{Heading: v.words["discounts"], Sections: []adminSection{table}}, nil
}

func (s *Server) discountPage(v adminView, sh *shop, r *http.Request) (adminPage, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	d := sh.discounts[id]
	if err != nil || d == nil {
		return adminPage{}, errNoDiscount
	}

	worth := moneyText(d.amount, sh.currency) + " " + sh.currency
	if d.percentage != nil {
		worth = percentText(d.percentage) + " %"
	}
	if d.freeShipping {
		worth = v.words["shipping"]
	}
	return adminPage{
		Heading: d.title, Back: adminLink{v.words["discounts"], v.Root + "/discounts"},
		Badges: []adminBadge{v.statusBadge(d, s.clock.now())},
		Sections: []adminSection{{Columns: sumColumns, Rows: [][]adminCell{
			{plain(v.words["price"]), plain(worth)},
			{plain(v.words["codes"]), plain(fmt.Sprint(len(d.codes)))},
			{plain(v.words["used"]), plain(fmt.Sprint(d.useCount))},
		}}},
	}, nil
}

// themePage stands for the theme editor: it says where the app's blocks are, and switches the app embed.
func (s *Server) themePage(v adminView, sh *shop, _ *http.Request) (adminPage, error) {
	embed := adminSection{Heading: v.words["embed"]}
	if sh.theme.Embed {
		embed.Words = []adminLink{{Text: v.words["embed_on"]}}
		embed.Press = &adminPress{v.words["switch_off"], "embed", "off"}
	} else {
		embed.Words = []adminLink{{Text: v.words["embed_off"]}}
		embed.Press = &adminPress{v.words["switch_on"], "embed", "on"}
	}

	blocks := adminSection{Heading: v.words["blocks"]}
	for _, p := range sh.theme.Blocks {
		blocks.Words = append(blocks.Words, adminLink{Text: p.At + ": " + p.Block})
	}
	shop := adminSection{
		Heading: v.words["theme_is"],
		Words:   []adminLink{{Text: "Tarrow " + sh.theme.Theme}, {v.words["view_shop"], "/" + sh.domain + "/"}},
	}
	return adminPage{Heading: v.words["theme"], Sections: []adminSection{embed, blocks}, Aside: []adminSection{shop}}, nil
}

// serveThemeChange is POST /{shop}/admin/themes/{theme}/editor: embed=on or off.
func (s *Server) serveThemeChange(w http.ResponseWriter, r *http.Request) {
	theme, err := s.Theme(r.PathValue("shop"))
	if err == nil {
		theme.Embed = r.FormValue("embed") == "on"
		err = s.SetTheme(r.PathValue("shop"), theme)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	http.Redirect(w, r, r.URL.RequestURI(), http.StatusSeeOther) //nolint:gosec // the page that was asked for
}
