package storefront

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"html/template"
	"math"
	"net/url"
	"strconv"
	"strings"
	plain "text/template"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/claims"
	"twofold/fault"
	"twofold/referral"
	"twofold/signature"
	"twofold/text"
)

// The page has the offer, the sign-in and the advocate's link, how friends and rewards stand, and all of it without
// script. It is shown inside the shop's theme, as Liquid in which nothing but what stands in this package is any.

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

var pageStyle = template.CSS(pageCSS) //nolint:gosec // ours, as it is

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

//go:embed page.liquid
var liquidText string

// pageLiquid puts the page into the theme: the language of the theme chooses among those in which it is said. Source:
// shopify.dev, Liquid's request.locale, 2026-10.
var pageLiquid = plain.Must(plain.New("liquid").Delims("[[", "]]").Parse(liquidText))

// pagePolicy lets nothing run, load or frame a page that stands alone but its own style. Source: W3C, Content Security
// Policy Level 3.
var pagePolicy = func() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}()

// liquidType has Shopify render an answer of the app proxy inside the shop's theme. Source: shopify.dev, app proxies.
const liquidType = "application/liquid"

// shopPage is what the template gets. What stands in package text it says itself: {{.Say "shopper.page.link"}}.
type shopPage struct {
	*text.Printer
	Style template.CSS
	Shop  string // name; may be ""
	Root  string // relative path to the shop's root, which may stand under a market's path
	Self  string // relative path to the page itself

	Pitch   *text.Pitch // nil: Heading instead
	Heading string
	More    string   // below that
	Fine    []string // small print

	Take    string // address that takes the offer to the checkout; "" none
	TakeSay string
	Code    string // to be typed at the checkout; "" none
	Again   string // address of the link itself, for when scripts are on; "" none
	Link    string // the advocate's own; "" none
	Ways    []pageWay
	QR      *pageQR // of the link
	Join    string  // token of the form that joins; "" none
	SignIn  string  // address of the shop's sign-in; "" none
	Around  bool    // there is nothing to do but to look around
	Retry   bool    // or to try again

	Mine    bool // they are an advocate: friends and rewards are shown, also when there are none
	Friends []pageFriend
	Waiting string       // how many have not ordered yet; "" none
	Rewards []pageReward // that can be spent
	Past    []string     // those that cannot any more
	Rules   []string     // the offer in short
	Missing *pageMissing // nil: nobody is signed in
	Guest   *pageGuest   // nil: somebody is, or guests may not join
	Terms   *pageTerms   // the programme's; nil: none, or they are not for whoever looks

	missingToken string // of the forms that ask for what was missed; "" none
	asked        bool   // they did
	wrong        error  // why not

	guestToken string    // of the forms for guests; "" none
	guest      guestDone // what came of one
}

// Title is the page's title.
func (p shopPage) Title() string {
	if p.Pitch != nil {
		return p.Pitch.Line()
	}
	return p.Heading
}

// Host is the link before its path, where it may be broken: the path with the code may not.
func (p shopPage) Host() string { return strings.TrimSuffix(p.Link, p.Path()) }

// Path is the link's path, with the code.
func (p shopPage) Path() string {
	if i := strings.LastIndexByte(p.Link, '/'); i >= 0 {
		return p.Link[i:]
	}
	return ""
}

// page is GET and POST /proxy/page: a shopper sees the offer; the POST of a signed-in customer joins first. What goes
// wrong behind the signature is told as a page, too, and left in the request's locals for the request log.
func (h *handler) page(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	query, err := h.config.Verifier.Proxy(string(c.Request().URI().QueryString()))
	if err != nil {
		h.metrics.requests.WithLabelValues("page", string(fault.KindOf(err))).Inc()
		return err
	}
	c.Locals("shop", query.Shop)

	p := shopPage{Printer: PrinterFor(c), Style: pageStyle}
	p.Root, p.Self = relative(query.PathPrefix, c.Path())

	view, err := h.fill(c, query, &p)
	if err != nil {
		h.metrics.requests.WithLabelValues("page", string(fault.KindOf(err))).Inc()
		c.Locals("failed", err)
		return p.failed(c, err).alone(c)
	}
	h.metrics.requests.WithLabelValues("page", "ok").Inc()
	return h.inTheme(c, p, view, query)
}

// relative is where the shop's root and the page are, seen from the page: the proxy stands some steps under the root,
// of which a market has its own. Source: shopify.dev, app proxies, and Liquid's routes.root_url, 2026-10.
func relative(prefix, path string) (root, self string) {
	prefix = strings.Trim(prefix, "/")
	steps := 1 + strings.Count(prefix, "/")
	if path == Path { // the proxy's own address, without a slash
		return strings.Repeat("../", steps-1), prefix[strings.LastIndexByte(prefix, '/')+1:] + "/page"
	}

	up := ""
	if path != Path+"/" && strings.HasSuffix(path, "/") {
		up = "../"
	}
	return up + strings.Repeat("../", steps), up + "page"
}

// fill looks up what is to be shown, joins first where the form asks for it, and gives the form its token.
func (h *handler) fill(c *fiber.Ctx, query signature.ProxyQuery, p *shopPage) (claims.PageView, error) {
	ctx, cancel := context.WithTimeout(c.UserContext(), budget)
	defer cancel()

	class, asks, guest := ClassReads, asksMissing(c), asksGuest(c)
	switch {
	case asks:
		class = ClassMissing
	case c.Method() == fiber.MethodPost:
		class = ClassWrites
	}
	if err := h.limit(ctx, c, query, class); err != nil {
		return claims.PageView{}, err
	}

	customer, seen := referral.CustomerID(query.Customer), h.seenFrom(query.Shop, h.originOf(c), query.At)
	var err error
	switch {
	case asks:
		p.asked, p.wrong, err = h.askFrom(ctx, c, query)
	case guest:
		p.guest, err = h.guestFrom(ctx, c, query, p.Language())
	case c.Method() == fiber.MethodPost && h.mayPost(c, query, joinPurpose):
		r := claims.JoinRequest{Shop: query.Shop, Customer: customer, Terms: termsOf(c), Seen: seen, At: query.At}
		_, err = h.config.Claims.Join(ctx, r)
	}
	if err != nil {
		return claims.PageView{}, err
	}

	ref := strings.Clone(query.Params.Get("ref"))
	view, err := h.config.Claims.Page(ctx, claims.PageRequest{
		Shop: query.Shop, Ref: ref, Customer: customer, Guest: p.guest.guest, Seen: seen,
	})
	if err != nil {
		return claims.PageView{}, err
	}
	return view, h.giveTokens(query, view, p)
}

// termsOf is the version of the terms that a form agrees to. What is no version agrees to none.
func termsOf(c *fiber.Ctx) int {
	version, _ := strconv.Atoi(string(c.Request().PostArgs().Peek("terms")))
	return version
}

// giveTokens gives the forms that are shown their tokens.
func (h *handler) giveTokens(query signature.ProxyQuery, view claims.PageView, p *shopPage) (err error) {
	if query.Customer == "" {
		if view.Guests && view.Link == claims.RefNone {
			p.guestToken, err = h.formToken(query, guestPurpose)
		}
		return err
	}
	if p.missingToken, err = h.formToken(query, missingPurpose); err != nil {
		return err
	}
	if view.State == referral.CampaignLive && view.Link == claims.RefNone && view.Mine == nil {
		p.Join, err = h.formToken(query, joinPurpose)
	}
	return err
}

// tell puts the view into words, and into what can be done.
func (p *shopPage) tell(v claims.PageView, query signature.ProxyQuery) {
	p.Shop = v.ShopName

	switch {
	case v.State != referral.CampaignLive:
		p.rest(v.State)
	case v.Link == claims.RefUnknown:
		p.Heading, p.More, p.Around = p.Say("shopper.fault.unknown_link"), p.Say("shopper.page.unknown"), true
	case v.Link == claims.RefFriends:
		p.friend(v, query.Params.Get("ref"))
	default:
		p.advocate(v, query)
	}
}

// rest says why there is no offer to take.
func (p *shopPage) rest(state referral.CampaignState) {
	p.Around = true
	switch state {
	case referral.CampaignPaused:
		p.Heading, p.More = p.Say("shopper.page.paused"), p.Say("shopper.page.paused_more")
	case referral.CampaignEnded:
		p.Heading, p.More = p.Say("shopper.page.ended"), p.Say("shopper.page.ended_more")
	default:
		p.Heading, p.More = p.Say("shopper.page.none"), p.Say("shopper.page.none_more")
	}
}

// friend tells a friend what the link gives. Where the advocate's code works at the checkout, the shop itself takes it
// there: its address /discount/CODE needs no script.
func (p *shopPage) friend(v claims.PageView, ref string) {
	pitch := p.ToFriend(v.Offer)
	p.Pitch = &pitch

	if v.Code != "" {
		p.Code = v.Code
		p.Take = p.Root + "discount/" + url.PathEscape(v.Code) + "?redirect=%2F"
		p.TakeSay = p.Say("shopper.page.take", text.With{"offer": v.Offer.Friend})
	} else {
		p.Again = p.Root + "?ref=" + url.QueryEscape(ref)
	}
	p.Fine = append(p.Fine, p.AdvocateGets(v.Offer), p.Say("shopper.page.sees"))
}

// advocate tells a customer what their link gives, or how to come by one.
func (p *shopPage) advocate(v claims.PageView, query signature.ProxyQuery) {
	pitch := p.ToAdvocate(v.Offer, v.Link == claims.RefOwn)
	p.Pitch = &pitch

	if comes := p.Comes(v.HoldDays); comes != "" {
		p.Fine = append(p.Fine, comes)
	}

	switch {
	case v.Mine != nil:
		p.Link = v.Mine.Link
		p.Ways = p.ways(v)
		p.QR = qrOf(p.Link)
	case query.Customer == "":
		p.SignIn = p.Root + "account/login?return_url=" + url.QueryEscape(query.PathPrefix+"/page")
	}
}

// failed is the page that tells of an error, in the shopper's words.
func (p shopPage) failed(c *fiber.Ctx, err error) shopPage {
	c.Status(fault.KindOf(err).Status())
	if after := fault.RetryAfter(err); after > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(after.Seconds()))))
	}
	return shopPage{
		Printer: p.Printer, Style: p.Style, Root: p.Root, Self: p.Self, Heading: p.Shopper(err), Retry: true,
	}
}

// alone sends a page outside the theme: what went wrong must not depend on it.
func (p shopPage) alone(c *fiber.Ctx) error {
	var out bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&out, "alone", p); err != nil {
		return fault.ForLog(fault.Internal, "storefront: page: %w", err)
	}
	c.Set(fiber.HeaderContentSecurityPolicy, pagePolicy)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(out.Bytes())
}

// saidIn is the page in a language.
type saidIn struct{ Language, Said string }

// themePage is what the Liquid around the page gets.
type themePage struct {
	Style, Script, English string
	Others                 []saidIn
	Terms                  string // below the page, whose last heading is theirs; the same in all languages
}

// inTheme sends the page as Liquid, in each language: the theme's chooses. Shopify tells a proxy nothing of it, and the
// browser's may be another. Whatever the page says stands in HTML without a brace, so that none of it is Liquid, whoever
// wrote it. The policy is the shop's own: ours would stop its theme.
func (h *handler) inTheme(c *fiber.Ctx, p shopPage, view claims.PageView, query signature.ProxyQuery) error {
	whole := themePage{Style: pageCSS, Script: pageJS}
	for _, say := range text.ForShoppers() {
		one := p
		one.Printer = say
		one.tell(view, query)
		one.standing(view, h.config.Now())
		one.askable(view, query)
		one.agreeing(view)
		one.guesting(view)

		said, err := one.said()
		switch {
		case err != nil:
			return err
		case say == text.English:
			whole.English = said
		default:
			whole.Others = append(whole.Others, saidIn{say.Language(), said})
		}
	}

	var err error
	if whole.Terms, err = termsText(view); err != nil {
		return err
	}

	var out bytes.Buffer
	if err := pageLiquid.Execute(&out, whole); err != nil {
		return fault.ForLog(fault.Internal, "storefront: page: %w", err)
	}
	c.Response().Header.Del(fiber.HeaderContentSecurityPolicy)
	c.Set(fiber.HeaderContentType, liquidType)
	return c.Send(out.Bytes())
}

// said is the page in one language, without a brace but those of the way to sign in: with Shopify's customer accounts the
// theme knows one that comes back, and the older accounts are led by ours. Source: shopify.dev, Liquid's
// routes.storefront_login_url, 2026-10.
func (p shopPage) said() (string, error) {
	var out bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&out, "page", p); err != nil {
		return "", fault.ForLog(fault.Internal, "storefront: page: %w", err)
	}
	said := withoutBraces(out.String())
	if p.SignIn == "" {
		return said, nil
	}

	var way strings.Builder
	if err := pageLiquid.ExecuteTemplate(&way, "sign_in", p.SignIn); err != nil {
		return "", fault.ForLog(fault.Internal, "storefront: page: %w", err)
	}
	return strings.Replace(said, `href="`+p.SignIn+`"`, `href="`+way.String()+`"`, 1), nil
}

// withoutBraces writes every brace of some HTML so that Liquid does not see it.
func withoutBraces(made string) string { return strings.ReplaceAll(made, "{", "&#123;") }

// joinPurpose keeps the tokens of the form that joins apart from everything else that is sealed.
const joinPurpose = "join"

// formFor is how long a form may be sent after it was shown.
const formFor = 24 * time.Hour

// formToken is what a form of the page carries: a foreign page can send a form in the shopper's name, and has no such
// token.
func (h *handler) formToken(q signature.ProxyQuery, purpose string) (string, error) {
	shown := strconv.FormatInt(q.At.UnixMilli(), 10)
	return h.config.Keyring.Seal(purpose, string(q.Shop)+"/"+q.Customer, []byte(shown))
}

// mayPost tells whether the form was shown to the signed-in customer, or to a guest, lately. Whoever sends another is shown the page,
// with the form.
func (h *handler) mayPost(c *fiber.Ctx, q signature.ProxyQuery, purpose string) bool {
	token := string(c.Request().PostArgs().Peek("token"))
	if token == "" || len(token) > maxVisitBytes {
		return false
	}

	plain, err := h.config.Keyring.Open(purpose, string(q.Shop)+"/"+q.Customer, token)
	if err != nil {
		return false
	}
	shown, err := strconv.ParseInt(string(plain), 10, 64)
	return err == nil && q.At.Before(time.UnixMilli(shown).Add(formFor))
}
