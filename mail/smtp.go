package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"twofold/fault"
	"twofold/referral"
)

// SMTP is the mail server that takes our mails. Host and From are required.
type SMTP struct {
	Host     string
	Port     int // 465 is TLS from the first byte; any other begins plain and must offer STARTTLS
	User     string
	Password string
	From     string // the address that mails come from
	Events   bool   // the server is SendGrid's, and tells what became of mails
}

// sendLimit bounds handing over one mail.
const sendLimit = 20 * time.Second

// implicitTLS is the port on which TLS comes first. Source: RFC 8314, 3.3.
const implicitTLS = 465

// Send hands a mail over. Nothing is sent in the clear but to this machine.
func (s SMTP) Send(ctx context.Context, l Letter) error {
	message, err := s.message(l)
	if err != nil {
		return fault.ForLog(fault.Invalid, "mail: an address is malformed")
	}
	client, err := mail.NewClient(s.Host, s.options()...)
	if err != nil {
		return fault.ForLog(fault.Unavailable, "mail: the mail server's settings are wrong")
	}

	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, message)
	if message.IsDelivered() { // what goes wrong behind it is no reason to send it twice
		return nil
	}
	return translated(err)
}

func (s SMTP) options() []mail.Option {
	options := []mail.Option{mail.WithPort(s.Port), mail.WithTimeout(sendLimit)}
	switch {
	case s.Port == implicitTLS:
		options = append(options, mail.WithSSL())
	case loopback(s.Host):
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.User),
			mail.WithPassword(s.Password))
	}
	return options
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func (s SMTP) message(l Letter) (*mail.Msg, error) {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := m.To(l.To); err != nil {
		return nil, err
	}
	m.FromMailAddress(&netmail.Address{Name: l.From, Address: s.From}) // FromFormat takes no name with a quotation mark
	if l.ReplyTo != "" {
		if err := m.ReplyTo(l.ReplyTo); err != nil {
			return nil, err
		}
	}

	_, domain, _ := strings.Cut(s.From, "@")
	m.SetMessageIDWithValue(l.ID + "@" + domain)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // Source: RFC 3834, 5: nobody's holiday note answers it
	if l.Stop != "" {                                  // Source: RFC 8058, 3.1
		m.SetListUnsubscribe(l.Stop)
		m.SetListUnsubscribePost()
	}
	if s.Events && l.Token != "" {
		m.SetGenHeader(eventHeader, `{"unique_args":{"twofold":"`+l.Token+`"}}`)
	}
	m.Subject(l.Subject)
	m.SetBodyString(mail.TypeTextPlain, l.Text)
	m.AddAlternativeString(mail.TypeTextHTML, l.HTML)
	return m, nil
}

// eventHeader is what SendGrid's events of a mail repeat. Source: twilio.com, SendGrid, X-SMTPAPI, unique arguments.
const eventHeader = "X-SMTPAPI"

// idOf is the left side of a mail's Message-ID: it names the event, and tells nothing of it.
func idOf(m referral.Mail) string {
	sum := sha256.Sum256([]byte(string(m.Shop) + "\n" + m.Key))
	return hex.EncodeToString(sum[:16])
}

// refusedForGood begins the codes of what is refused for good; without any the connection broke. Source: RFC 5321, 4.2.1.
const refusedForGood = 500

// translated is the house's error for what the mail server said. Its words are left out: they name the recipient.
func translated(err error) error {
	if err == nil {
		return nil
	}

	refused, is := errors.AsType[*mail.SendError](err)
	if !is {
		return fault.ForLog(fault.Unavailable, "mail: the mail server does not answer as it should")
	}
	ofThisMail := refused.Reason == mail.ErrSMTPRcptTo || refused.Reason == mail.ErrSMTPData ||
		refused.Reason == mail.ErrSMTPDataClose
	if refused.Reason == mail.ErrSMTPRcptTo && noMailbox(refused.EnhancedStatusCode()) {
		return fault.ForLog(fault.Invalid, "%w, code %d", ErrNoMailbox, refused.ErrorCode())
	}
	if ofThisMail && refused.ErrorCode() >= refusedForGood {
		return fault.ForLog(fault.Invalid, "mail: refused with code %d", refused.ErrorCode())
	}
	return fault.ForLog(fault.Unavailable, "mail: not taken, code %d, reason %d", refused.ErrorCode(), refused.Reason)
}

// noMailbox tells whether a refusal is of the address itself: it does not exist, is none, or was moved or switched off.
// All other refusals may be of us, as of a server that does not know our login: that says nothing of whom the mail is
// to. Source: RFC 3463, 3.2 and 3.3.
func noMailbox(enhanced string) bool {
	switch enhanced {
	case "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1":
		return true
	}
	return false
}
