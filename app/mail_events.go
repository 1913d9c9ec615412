package app

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
	"twofold/signature"
)

// EventsPath is where the mail provider tells what became of mails: SendGrid's Event Webhook.
const EventsPath = "/mail/events"

// maxEventsBody is how long such a body may be. Source: twilio.com, SendGrid, Event Webhook: batches of 768 kilobytes.
const maxEventsBody = 1 << 20

// MailEvents judges what tells of mails (package signature). Unauthorized: it is not the provider's.
type MailEvents interface {
	Verify(timestamp, signature string, body []byte) error
}

// mailEvent is one thing that became of a mail, as far as it is read: no address. Source: twilio.com, SendGrid, Event
// Webhook Reference.
type mailEvent struct {
	Event  string `json:"event"`
	Type   string `json:"type"`      // of a bounce: "bounce" for good, "blocked" for now
	Reason string `json:"reason"`    // of what the provider did not send
	At     int64  `json:"timestamp"` // Unix seconds
	Token  string `json:"twofold"`   // the mail's own, which it carried as a unique argument
}

// lost tells whether mails to the event's reader are to end for good, and whether that is as they complained. A mailbox
// that is full, or a server that asks to come again, is not.
func (e mailEvent) lost() (lost, complained bool) {
	switch e.Event {
	case "bounce":
		return e.Type == "bounce", false
	case "spamreport":
		return true, true
	case "dropped": // unsent, as an earlier mail came back
		which, isAddress := strings.CutSuffix(e.Reason, " Address")
		complained = isAddress && strings.HasPrefix(which, "Spam")
		return complained || isAddress && which == "Bounced", complained
	}
	return false, false
}

// mailEvents takes what the provider tells. Nothing is read before its signature was judged. A token that is none of
// ours is of no mail of ours, and of no account to the others; where the store does not answer, all come again.
func (h *handler) mailEvents(c *fiber.Ctx) error {
	body := c.BodyRaw() // as it was signed: Body unpacks what a header says is packed
	err := h.config.MailEvents.Verify(c.Get(signature.MailEventsTimestamp), c.Get(signature.MailEventsSignature), body)
	if err != nil {
		return err
	}

	var events []mailEvent
	if err := json.Unmarshal(body, &events); err != nil {
		return fault.ForLog(fault.Invalid, "mail events are no list")
	}
	for _, e := range events {
		lost, complained := e.lost()
		if !lost || e.Token == "" {
			continue
		}
		err := h.config.Mail.CameBack(c.UserContext(), e.Token, complained, time.Unix(e.At, 0))
		if err != nil && !fault.Is(err, fault.Invalid) {
			return err
		}
	}
	return c.SendStatus(fiber.StatusNoContent)
}
