package admin

import (
	"strconv"
	"strings"
	"time"

	"twofold/fault"
	"twofold/tenant"
	"twofold/text"
)

// notificationsPath is the page on which the merchant chooses what they are told by mail. The mails lead here.
const notificationsPath = settingsPath + "/notifications"

// notificationsView is what the page shows.
type notificationsView struct {
	Kinds     []notificationsKind
	Days      []notificationsDay
	To        string
	ToError   string
	TestError string
	Paused    bool
	Waiting   string // how many mails wait while they are paused; "": they are not

	Limit      string // how many go out in a day, as it was typed
	LimitError string
}

// notificationsKind is something that the merchant may be told.
type notificationsKind struct {
	Name, Label, About string
	On                 bool
}

// notificationsDay is a day of the week for the digest.
type notificationsDay struct {
	Value, Label string
	Chosen       bool
}

// notifications is the page.
func (h *handler) notifications(v visit) error {
	view, err := h.notificationsView(v, v.shop.Settings)
	if err != nil {
		return err
	}
	return h.show(v, "notifications", view)
}

// notificationsView is the page for settings as they are, or as they were chosen.
func (h *handler) notificationsView(v visit, chosen tenant.Settings) (notificationsView, error) {
	view := v.notificationsChoices(chosen.Notify)
	view.Paused, view.Limit = chosen.MailsPaused, strconv.Itoa(chosen.MailsADay())
	if !v.shop.Settings.MailsPaused {
		return view, nil
	}

	n, err := h.config.MailStore.CountWaitingMails(v.UserContext(), v.shop.ID, v.now.Add(waitingAhead), mostWaiting)
	view.Waiting = v.say.Say("merchant.notifications.waiting", text.With{"count": n})
	return view, err
}

// While mails are paused each is looked at again every quarter of an hour. So many are counted at most.
const (
	waitingAhead = 15 * time.Minute
	mostWaiting  = 10_000
)

func (v visit) notificationsChoices(n tenant.Notify) notificationsView {
	view := notificationsView{To: n.To, Kinds: []notificationsKind{
		{
			"review", v.say.Say("merchant.notifications.review"), v.say.Say("merchant.notifications.review_about"),
			!n.NoReview,
		},
		{
			"budget", v.say.Say("merchant.notifications.budget"), v.say.Say("merchant.notifications.budget_about"),
			!n.NoBudget,
		},
		{
			"digest", v.say.Say("merchant.notifications.digest"), v.say.Say("merchant.notifications.digest_about"),
			!n.NoDigest,
		},
	}}
	for day := time.Monday; day <= time.Saturday+1; day++ { // Sunday as 7, see tenant.Notify
		view.Days = append(view.Days, notificationsDay{
			strconv.Itoa(int(day)), v.say.Weekday(day % 7), day%7 == n.DayOfDigest(),
		})
	}
	return view
}

// saveNotifications keeps what was chosen, or shows it again with what is wrong. The mails are in the language of whoever
// chose last.
func (h *handler) saveNotifications(v visit) error {
	chosen := v.shop.Settings
	day, _ := strconv.Atoi(v.FormValue("day")) // what is no number is no choice
	chosen.Notify = tenant.Notify{
		NoReview: v.FormValue("review") == "", NoBudget: v.FormValue("budget") == "", NoDigest: v.FormValue("digest") == "",
		To: strings.Join(strings.FieldsFunc(v.FormValue("to"), betweenAddresses), "\n"), DigestDay: time.Weekday(day),
		Language: v.say.Language(),
	}
	chosen.MailsPaused = v.FormValue("paused") != ""
	chosen.MailLimit = mailLimit(v.FormValue("limit"))

	err := h.config.Settings.Choose(v.UserContext(), v.shop.ID, chosen)
	if fault.CodeOf(err) == "mail_limit" {
		return h.notificationsAgain(v, chosen, func(view *notificationsView) {
			view.Limit, view.LimitError = v.FormValue("limit"), v.say.Error(err)
		})
	}
	if fault.Is(err, fault.Invalid) && strings.HasPrefix(fault.CodeOf(err), "notify_") {
		return h.notificationsAgain(v, chosen, func(view *notificationsView) {
			view.To, view.ToError = v.FormValue("to"), v.say.Error(err)
		})
	}
	if err != nil {
		return err
	}
	return h.went(v, notificationsPath, "merchant.did.notifications")
}

// mailLimit reads how many mails are to go out in a day. Nothing is the usual number; what is no number is none that may
// be chosen.
func mailLimit(typed string) int {
	if typed = strings.TrimSpace(typed); typed == "" {
		return 0
	}
	n, err := strconv.Atoi(typed)
	if err != nil || n == 0 {
		return -1
	}
	return n
}

// betweenAddresses tells what may stand between two addresses.
func betweenAddresses(r rune) bool { return strings.ContainsRune(" ,;\r\n\t", r) }

// tryNotification sends a mail to where the merchant's mails go.
func (h *handler) tryNotification(v visit) error {
	err := h.config.Mails.TryNotify(v.UserContext(), v.shop)
	if err == nil {
		return h.went(v, notificationsPath, "merchant.did.notification_sent")
	}
	if !strings.HasPrefix(fault.CodeOf(err), "mail_") {
		return err
	}
	return h.notificationsAgain(v, v.shop.Settings, func(view *notificationsView) { view.TestError = v.say.Error(err) })
}

// notificationsAgain shows the page with what is wrong.
func (h *handler) notificationsAgain(v visit, chosen tenant.Settings, wrong func(*notificationsView)) error {
	view, err := h.notificationsView(v, chosen)
	if err != nil {
		return err
	}
	wrong(&view)
	return h.again(v, "notifications", view)
}
