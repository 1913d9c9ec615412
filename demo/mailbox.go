package demo

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"html/template"
	"mime"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"twofold/local"
	"twofold/text"
)

// mailbox is where the demo's mails come, and the page that shows them: whose they are is in each of them.
type mailbox struct {
	box    *local.Mailbox
	pages  *http.Server
	listen net.Listener
	level2 bool
}

// headerLimit bounds reading a request's header.
const headerLimit = 5 * time.Second

// openMailbox starts both on free ports of this machine.
func openMailbox(level2 bool) (*mailbox, error) {
	box, err := local.StartMailbox("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	listen, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it ends with close
	if err != nil {
		return nil, errors.Join(err, box.Close())
	}

	m := &mailbox{box: box, listen: listen, level2: level2}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /{$}", m.list)
	routes.HandleFunc("GET /{n}", m.list)
	routes.HandleFunc("GET /{n}/html", m.html)
	m.pages = &http.Server{Handler: routes, ReadHeaderTimeout: headerLimit}
	go func() { _ = m.pages.Serve(listen) }() // it returns when it is closed
	return m, nil
}

// url is the address of the page.
func (m *mailbox) url() string { return "http://" + m.listen.Addr().String() }

func (m *mailbox) close(ctx context.Context) error {
	return errors.Join(m.pages.Shutdown(ctx), m.box.Close())
}

//go:embed mailbox.html
var mailboxHTML string

var mailboxPage = template.Must(template.New("mailbox").Funcs(template.FuncMap{
	"say": func(id string) string { return text.English.Say(id) },
}).Parse(mailboxHTML))

// shownMail is one mail with its number, by which it is opened.
type shownMail struct {
	local.Mail
	Number int
	Open   bool
}

// list shows all mails, the newest first, and the one that is asked for, or the newest.
func (m *mailbox) list(w http.ResponseWriter, r *http.Request) {
	var all []shownMail
	for i, one := range m.box.Mails() {
		all = append(all, shownMail{Mail: one, Number: i + 1})
	}
	slices.Reverse(all)

	var open *shownMail
	for i := range all {
		if n := r.PathValue("n"); open == nil && (n == "" || n == strconv.Itoa(all[i].Number)) {
			open = &all[i]
			open.Open = true
		}
	}

	var page bytes.Buffer
	if err := mailboxPage.Execute(&page, map[string]any{"All": all, "Open": open, "Level2": m.level2}); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(".html"))
	_, _ = page.WriteTo(w) // who has gone away reads no error
}

// html is the HTML of one mail, as a mail program shows it: without scripts, and in a frame of its own.
func (m *mailbox) html(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.PathValue("n"))
	all := m.box.Mails()
	if err != nil || n < 1 || n > len(all) {
		http.NotFound(w, r)
		return
	}

	w.Header().Set("Content-Type", mime.TypeByExtension(".html"))
	w.Header().Set("Content-Security-Policy", "sandbox allow-popups allow-popups-to-escape-sandbox")
	_, _ = w.Write([]byte(all[n-1].HTML)) // who has gone away reads no error
}
