package local

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"
)

// Mailbox is a mail server that takes every mail and hands on none: what is sent is read here.
type Mailbox struct {
	server *smtp.Server
	listen net.Listener

	mu     sync.Mutex
	mails  []Mail
	refuse *smtp.SMTPError
}

// Mail is a mail that came.
type Mail struct {
	To      string // as the envelope has it
	Header  mail.Header
	Subject string
	Text    string
	HTML    string
}

// maxMail bounds a mail; ours have some 20 KB.
const maxMail = 1 << 20

// StartMailbox listens at an address of this machine, such as "127.0.0.1:0". Close ends it.
func StartMailbox(address string) (*Mailbox, error) {
	listen, err := net.Listen("tcp", address) //nolint:noctx // it ends with Close
	if err != nil {
		return nil, fmt.Errorf("local: mailbox: %w", err)
	}

	b := &Mailbox{listen: listen}
	b.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{box: b}, nil }))
	b.server.Domain = "localhost"
	b.server.MaxMessageBytes = maxMail
	go func() { _ = b.server.Serve(listen) }() // it returns when it is closed
	return b, nil
}

// Host and Port are where it listens.
func (b *Mailbox) Host() string { return b.address().IP.String() }

// Port is its port.
func (b *Mailbox) Port() int { return b.address().Port }

func (b *Mailbox) address() *net.TCPAddr {
	return b.listen.Addr().(*net.TCPAddr) //nolint:errcheck,forcetypeassert // it listens by TCP
}

// Close ends it.
func (b *Mailbox) Close() error { return b.server.Close() }

// Mails are those that came, the first one first.
func (b *Mailbox) Mails() []Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Mail(nil), b.mails...)
}

// Refuse answers each recipient with an SMTP code from now on; 0: none any more.
func (b *Mailbox) Refuse(code int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse = nil
	if code != 0 {
		b.refuse = &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCodeNotSet, Message: "refused"}
	}
}

// NoSuchMailbox answers each recipient from now on that there is no such mailbox.
func (b *Mailbox) NoSuchMailbox() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "refused"}
}

// session is one conversation.
type session struct {
	box *Mailbox
	to  string
}

// Mail begins a mail.
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt names its recipient; our mails have one.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	if s.box.refuse != nil {
		return s.box.refuse
	}
	s.to = to
	return nil
}

// Data takes the mail itself.
func (s *session) Data(r io.Reader) error {
	m, err := readMail(r)
	if err != nil {
		return err
	}
	m.To = s.to

	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.mails = append(s.box.mails, m)
	return nil
}

// Reset begins anew.
func (s *session) Reset() {}

// Logout ends the conversation.
func (s *session) Logout() error { return nil }

// readMail reads a mail of text and HTML.
func readMail(r io.Reader) (Mail, error) {
	raw, err := mail.ReadMessage(r)
	if err != nil {
		return Mail{}, err
	}
	m := Mail{Header: raw.Header}
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(raw.Header.Get("Subject")); err != nil {
		return Mail{}, err
	}
	_, params, err := mime.ParseMediaType(raw.Header.Get("Content-Type"))
	if err != nil {
		return Mail{}, err
	}

	for parts := multipart.NewReader(raw.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return Mail{}, err
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return Mail{}, err
		}

		said := strings.ReplaceAll(string(body), "\r\n", "\n")
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			m.HTML = said
		} else {
			m.Text = said
		}
	}
}
