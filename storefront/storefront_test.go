package storefront_test

import (
	"bytes"
	std "cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"twofold/app/signtest"
	"twofold/claims"
	"twofold/fault"
	"twofold/funnel"
	"twofold/jobs/jobstest"
	"twofold/local"
	"twofold/referral"
	"twofold/secret"
	"twofold/signature"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/storefront"
	"twofold/tenant"
	"twofold/text"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// redisURL is the redis-server of this test process.
var redisURL string

func TestMain(m *testing.M) {
	server, err := local.StartRedis(context.Background(), local.RedisOptions{})
	if err != nil {
		panic(err)
	}
	redisURL = server.URL()
	code := storetest.Run(m)
	if err := server.Stop(context.Background()); err != nil {
		panic(err)
	}
	os.Exit(code)
}

const demo tenant.ShopID = "demo.myshopify.com"

const (
	alice  = "101" // an advocate
	bob    = "202" // a friend
	nearby = "203.0.113.7"

	telephone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
)

// browser is Bob's.
var browser = browserOf("bob")

// browserOf is a browser id of the shape that the widget draws, for each name another, and the same in every run.
func browserOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	id, err := uuid.NewRandomFromReader(bytes.NewReader(sum[:]))
	if err != nil {
		panic(err)
	}
	return id.String()
}

// signer signs at Noon, so that every answer is the same on every day.
var signer = signtest.Signer{Secret: "a-test-secret", Now: func() time.Time { return storetest.Noon }}

// quiet is a bell that nobody hears: these endpoints need no job to have run.
type quiet struct{}

func (quiet) Decide(context.Context, tenant.ShopID, referral.FriendID)              {}
func (quiet) Work(context.Context, tenant.ShopID, referral.FriendID, referral.Work) {}
func (quiet) GoLive(context.Context, tenant.ShopID, referral.CampaignKey)           {}
func (quiet) Watch(context.Context, tenant.ShopID, referral.CampaignKey)            {}
func (quiet) Fill(context.Context, tenant.ShopID, referral.CampaignKey)             {}
func (quiet) DeleteCodes(context.Context, tenant.ShopID)                            {}
func (quiet) Mail(context.Context, tenant.ShopID)                                   {}
func (quiet) Share(context.Context, tenant.ShopID)                                  {}
func (quiet) LookForMissing(context.Context, tenant.ShopID)                         {}
func (quiet) Tend(context.Context, tenant.ShopID, referral.CampaignKey)             {}
func (quiet) ShowOffer(context.Context, tenant.ShopID)                              {}
func (quiet) Forget(context.Context, tenant.ShopID, referral.FriendID) error        { return nil }
func (quiet) ForgetShop(context.Context, tenant.ShopID) error                       { return nil }
func (quiet) SetUp(context.Context, tenant.ShopID)                                  {}
func (quiet) CleanUp(context.Context, tenant.ShopID)                                {}

// shop is the endpoints before a real store, with one shop in it: its campaign is live and Alice is an advocate.
type shop struct {
	*fiber.App
	store    *store.Store
	campaign referral.Campaign
	alice    referral.Advocate
	hasher   *secret.Hasher
	log      *strings.Builder
	counter  *funnel.Counter
}

// key is a key that is the same in every run, so that what is drawn from it may stand in golden files.
func key() string {
	plain := make([]byte, 32)
	for i := range plain {
		plain[i] = byte(i)
	}
	return "t1:" + base64.StdEncoding.EncodeToString(plain)
}

func open(t testing.TB, change ...func(*storefront.Config)) *shop {
	t.Helper()
	return openOver(t, storetest.New(t), change...)
}

// openOver is open over a store of the test's own.
func openOver(t testing.TB, kept *store.Store, change ...func(*storefront.Config)) *shop {
	t.Helper()
	s := &shop{store: kept, log: &strings.Builder{}}
	s.setUp(t)
	hasher, err := secret.ParseHasher(key())
	if err != nil {
		t.Fatal(err)
	}
	s.hasher = hasher
	log := slog.New(slog.NewTextHandler(s.log, nil))
	do, err := jobstest.Services(s.store, nil, quiet{}, hasher, storefront.Visits{Keyring: storetest.Keyring()}, signer.Now)
	if err != nil {
		t.Fatal(err)
	}
	options, err := redis.ParseURL(redisURL)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	metrics := prometheus.NewRegistry()
	if s.counter, err = funnel.NewCounter(funnel.Config{Store: s.store, Log: log, Metrics: metrics}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.counted(t) })
	config := storefront.Config{
		Verifier: &signature.Verifier{Secrets: []tenant.Secret{tenant.Secret(signer.Secret)}, Now: signer.Now}, Claims: do.Claims, Shown: do.Campaigns, Events: s.counter,
		Hasher: hasher, Keyring: storetest.Keyring(), Redis: client, Now: signer.Now, Log: log, Metrics: metrics,
		Limits: storefront.Limits{storefront.ClassReads: {6000, 1000}, storefront.ClassVisits: {6000, 1000}, storefront.ClassWrites: {6000, 1000}, storefront.ClassEvents: {6000, 1000}, storefront.ClassMissing: {6000, 1000}, storefront.ClassMails: {6000, 1000}, storefront.ClassMailbox: {600_000, 100_000}},
	}
	for _, c := range change {
		c(&config)
	}
	s.App = fiber.New(fiber.Config{DisableStartupMessage: true, ErrorHandler: answerError})
	if err := storefront.Mount(s, config); err != nil {
		t.Fatal(err)
	}
	return s
}

// answerError shows what the app would have to show.
func answerError(c *fiber.Ctx, err error) error {
	if after := fault.RetryAfter(err); after > 0 {
		c.Set(fiber.HeaderRetryAfter, after.String())
	}
	return c.Status(fault.KindOf(err).Status()).SendString(storefront.PrinterFor(c).Shopper(err))
}

func (s *shop) setUp(t testing.TB) {
	t.Helper()
	ctx := storetest.Context(t)
	if _, err := s.store.SaveInstall(ctx, demo, storetest.Tokens(), storetest.Noon.Add(-24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	profile := tenant.Profile{GID: "gid://shopify/Shop/1", Currency: "USD", PrimaryURL: "https://demo.example"}
	if err := s.store.SaveProfile(ctx, demo, profile, storetest.Noon); err != nil {
		t.Fatal(err)
	}
	s.campaign = storetest.Campaign(t, s.store, demo, func(c *referral.Campaign) { c.ID = "cmp_1" })
	s.alice = storetest.Advocate(t, s.store, demo, func(a *referral.Advocate) {
		a.ID, a.Codes, a.Customer = "adv_alice", []string{"ALICE-9"}, "gid://shopify/Customer/"+alice
	})
}

// codes fills the friends' pool.
func (s *shop) codes(t *testing.T, codes ...string) {
	t.Helper()
	var all []referral.Code
	for _, code := range codes {
		all = append(all, referral.Code{
			Shop: demo, Code: code, Discount: s.campaign.Discounts[referral.FriendSide], Campaign: s.campaign.Key(), Side: referral.FriendSide,
			State: referral.CodeMinting, At: storetest.Noon,
		})
	}
	ctx := storetest.Context(t)
	if err := s.store.AddCodes(ctx, demo, all); err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.MoveCodes(ctx, demo, codes, referral.CodeMinting, referral.CodeFree, storetest.Noon); err != nil {
		t.Fatal(err)
	}
}

// call is one request as the proxy forwards it. The zero value is a guest's, from nearby.
type call struct {
	method, path string
	customer     string
	params       url.Values
	query        string // instead of the signed one
	body         string
	from         string // X-Forwarded-For, its lines by \n; "-": none
	media        string // content type, default JSON
	language     string // Accept-Language
	agent        string // User-Agent, default a telephone's
	page         string // Referer, default none
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (s *shop) do(t testing.TB, c call) answer {
	t.Helper()
	if c.query == "" {
		c.query = signer.ProxyQuery(string(demo), c.customer, c.params)
	}
	r, err := http.NewRequest(c.method, "http://app.test/proxy/"+c.path+"?"+c.query, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	if c.method == http.MethodPost {
		r.Header.Set("Content-Type", orElse(c.media, "application/json"))
	}
	if c.from != "-" {
		for line := range strings.SplitSeq(orElse(c.from, nearby), "\n") {
			r.Header.Add("X-Forwarded-For", line)
		}
	}
	r.Header.Set("User-Agent", orElse(c.agent, telephone))
	if c.page != "" {
		r.Header.Set("Referer", c.page)
	}
	if c.language != "" {
		r.Header.Set("Accept-Language", c.language)
	}
	return s.send(t, r)
}

func (s *shop) send(t testing.TB, r *http.Request) answer {
	t.Helper()
	got, err := s.Test(r, 20_000)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{got.StatusCode, got.Header, string(body)}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func get(path string, params url.Values) call { return call{method: "GET", path: path, params: params} }

func post(path, body string) call { return call{method: "POST", path: path, body: body} }

// by is the call as a signed-in customer's.
func (c call) by(customer string) call {
	c.customer = customer
	return c
}

// golden compares an answer with a file. Ids that are drawn anew each time are made alike first.
func golden(t *testing.T, name, body string) {
	t.Helper()
	body = drawn.ReplaceAllString(body, `"$1":"(drawn)"`)
	var pretty any
	if err := json.Unmarshal([]byte(body), &pretty); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	got, err := json.MarshalIndent(pretty, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, append(got, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

var drawn = regexp.MustCompile(`"(visit_id|id)":"(?:clm_|test\.)[^"]+"`)

func TestAnswers(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.codes(t, "FRND-1111-2222")
	s.referrals(t)
	s.bea(t)
	storetest.Claim(t, s.store, s.campaign, s.alice, func(c *referral.Claim) {
		c.Code, c.Keys = "FRND-9999-9999", []string{referral.BrowserKey(s.hasher.Hash(demo, "browser", browserOf("holder")))}
	})
	for _, one := range []struct { // in this order: who has claimed holds something at the next visit
		name string
		call call
	}{
		{"offer", get("offer", url.Values{"ref": {"alice-9"}})},
		{"visit", post("visit", `{"ref":"alice-9","browser_id":"`+browser+`","more":1}`)},
		{"claim", post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`"}`)},
		{"visit_held", post("visit", `{"ref":"BEA-7","browser_id":"`+browserOf("holder")+`"}`)},
		{"join", post("join", `{"browser_id":"`+browser+`"}`).by(bob)},
		{"me", get("me", nil).by(alice)},
	} {
		a := s.do(t, one.call)
		if a.status != 200 || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Type") != "application/json" {
			t.Fatalf("%s: status %d, %v: %s", one.name, a.status, a.header, a.body)
		}
		golden(t, one.name, a.body)
	}
}

// referrals gives Alice a friend in every state a referral and its reward may be in, with rewards of every kind,
// and one in the test lane.
func (s *shop) referrals(t *testing.T) {
	t.Helper()
	ended, later := storetest.Noon, storetest.Noon.Add(time.Millisecond)
	for i, r := range []struct {
		state  referral.State
		reason referral.Reason
		reward referral.Reward
		test   bool
	}{
		{state: referral.Pending, reward: referral.Reward{State: referral.RewardPending}},
		{state: referral.Pending, reason: referral.ReasonNewness, reward: referral.Reward{State: referral.RewardPending, Kind: referral.PercentOff, RateBP: 1250}},
		{state: referral.Flagged, reason: referral.ReasonSameBrowser, reward: referral.Reward{State: referral.RewardPending, Kind: referral.ShareOfOrder, RateBP: 1000}},
		{state: referral.Approved, reward: referral.Reward{State: referral.RewardApproved, Kind: referral.FreeShipping, Amount: storetest.USD("5")}},
		{state: referral.Approved, reward: referral.Reward{State: referral.RewardIssued, EndsAt: later}},
		{state: referral.Approved, reward: referral.Reward{State: referral.RewardRedeemed}},
		{state: referral.Voided, reason: referral.ReasonRefunded, reward: referral.Reward{State: referral.RewardReversed}},
		{state: referral.Voided, reason: referral.ReasonNotNew, reward: referral.Reward{State: referral.RewardVoided}},
		{state: referral.Voided, reason: referral.ReasonBelowMinimum, reward: referral.Reward{State: referral.RewardVoided}},
		{state: referral.Voided, reason: referral.ReasonSelf, reward: referral.Reward{State: referral.RewardVoided}},
		{state: referral.Voided, reason: referral.ReasonCancelled, reward: referral.Reward{State: referral.RewardOwed}},
		{state: referral.None, reason: referral.ReasonNoEvidence, reward: referral.Reward{State: referral.RewardNone}},
		{state: referral.Approved, reward: referral.Reward{State: referral.RewardIssued, EndsAt: ended}},
		{state: referral.Approved, reward: referral.Reward{State: referral.RewardIssued, Kind: referral.ShareOfOrder, RateBP: 1000, Amount: storetest.USD("8.50")}},
		{state: referral.Approved, reward: referral.Reward{State: referral.RewardIssued}, test: true},
	} {
		s.decided(t, i, r.state, r.reason, r.reward, r.test)
	}
}

// decided gives Alice a friend, by number, whose referral and reward stand so.
func (s *shop) decided(t *testing.T, i int, state referral.State, reason referral.Reason, reward referral.Reward, test bool) {
	t.Helper()
	friend := referral.FriendOf(referral.CustomerID("gid://shopify/Customer/"+strconv.Itoa(900+i)), test)
	ctx := storetest.Context(t)
	if err := s.store.RaiseFacts(ctx, demo, friend, true); err != nil {
		t.Fatal(err)
	}
	at := storetest.Noon.Add(-time.Duration(i) * time.Hour)
	if reward.Kind == "" {
		reward.Kind, reward.Amount = referral.AmountOff, storetest.USD("20")
	}
	reward.ID, reward.Side, reward.Reason, reward.At = referral.RewardID("rwd_"+strconv.Itoa(i)), referral.AdvocateSide, reason, at
	reward.Code = std.Or(reward.Code, "RWRD-"+strconv.Itoa(i))
	one := referral.Referral{
		Shop: demo, Friend: friend, FactsRev: 1, DecidedRev: 1,
		Outcome: referral.Outcome{
			State: state, Reason: reason,
			Order: referral.OrderID("gid://shopify/Order/" + strconv.Itoa(i)), OrderName: "#" + strconv.Itoa(1000+i),
			Advocate: s.alice.ID, Campaign: s.campaign.Key(), At: at, ReleaseAt: at.Add(14 * 24 * time.Hour),
			Rewards: map[referral.Side]referral.Reward{referral.AdvocateSide: reward},
		},
	}
	if err := s.store.SaveDecision(ctx, one, 1); err != nil {
		t.Fatal(err)
	}
}

// Amounts and days take the forms of the language that the browser asks for, its first that we have.
func TestAnswersSpeakTheShoppersLanguage(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.codes(t, "FRND-1111-2222")
	for language, want := range map[string]*text.Printer{
		"": text.English, "en-US,en;q=0.9": text.English, "de-CH,de;q=0.9,en;q=0.8": text.In("de"), "nl,fr;q=0.5": text.In("fr"), "not a language;;": text.English,
	} {
		c := post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`"}`)
		c.language = language
		got := readClaim(t, s.do(t, c))
		view := claims.OfferView{Friend: s.campaign.Terms.Friend, Advocate: s.campaign.Terms.Advocate, Minimum: s.campaign.Terms.Minimum}
		if got.Offer.Friend.Text != want.FriendGets(view) || got.Offer.Advocate.Text != want.AdvocateGets(view) || !strings.Contains(got.Offer.Friend.Text, want.Short(storetest.USD("20"))) {
			t.Errorf("%q: %+v, want the words of %s", language, got.Offer, want.Language())
		}
	}
	if english, german := text.English.Short(storetest.USD("20")), text.In("de").Short(storetest.USD("20")); english == german {
		t.Errorf("the test cannot tell English from German: both write %s", english)
	}
}

func TestMeShowsNoFriend(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.referrals(t)
	body := s.do(t, get("me", nil).by(alice)).body
	for _, leak := range []string{"Customer", "#1000", "Order", "adv_", "same_browser", "self", "RWRD-5", "RWRD-6", "RWRD-12", "rwd_", "/test", "friend_"} {
		if strings.Contains(body, leak) {
			t.Errorf("the answer holds %q: %s", leak, body)
		}
	}
	if !strings.Contains(body, "RWRD-4") {
		t.Errorf("the issued reward's code is missing: %s", body)
	}
}

// A join looks before it writes: Shopify signs for a shop that has the app there and never opened it.
func TestAShopThatNeverOpenedTheAppGetsNoAdvocate(t *testing.T) {
	t.Parallel()
	s := open(t)
	const shop = "new.myshopify.com"
	c := post("join", `{"browser_id":"`+browser+`"}`)
	c.query = signer.ProxyQuery(shop, bob, nil)
	if a := s.do(t, c); a.status != 404 {
		t.Errorf("status %d, want 404: %s", a.status, a.body)
	}
	if _, err := s.store.FindAdvocateByCustomer(storetest.Context(t), shop, "gid://shopify/Customer/"+bob); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v, want no advocate", err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.codes(t, "FRND-1111-2222")
	claim := `{"ref":"ALICE-9","browser_id":"` + browser + `"}`
	right := signer.ProxyQuery(string(demo), "", nil)
	stale := signtest.Signer{Secret: signer.Secret, Now: func() time.Time { return storetest.Noon.Add(-91 * time.Second) }}
	other := signtest.Signer{Secret: "another-secret", Now: signer.Now}
	for _, tc := range []struct {
		says   string
		call   call
		status int
	}{
		{"no signature", call{method: "POST", path: "claim", query: "shop=" + string(demo), body: claim}, 401},
		{"another secret", call{method: "POST", path: "claim", query: other.ProxyQuery(string(demo), "", nil), body: claim}, 401},
		{"an old signature", call{method: "POST", path: "claim", query: stale.ProxyQuery(string(demo), "", nil), body: claim}, 401},
		{"a parameter added", call{method: "POST", path: "claim", query: right + "&x=1", body: claim}, 401},
		{"the shop given twice", call{method: "POST", path: "claim", query: "shop=other.myshopify.com&" + right, body: claim}, 401},
		{"the customer changed", call{method: "GET", path: "me", query: strings.Replace(right, "logged_in_customer_id=", "logged_in_customer_id="+alice, 1)}, 401},
		{"me as a guest", get("me", nil), 401},
		{"me before joining", get("me", nil).by(bob), 404},
		{"join as a guest", post("join", `{}`), 401},
		{"a shop without the app", call{method: "GET", path: "offer", query: signer.ProxyQuery("new.myshopify.com", "", url.Values{"ref": {"ALICE-9"}})}, 404},
		{"another shop's advocate", call{method: "POST", path: "claim", query: signer.ProxyQuery("new.myshopify.com", "", nil), body: claim}, 404},
		{"a link nobody has", get("offer", url.Values{"ref": {"NOBODY"}}), 404},
		{"no ref", get("offer", nil), 400},
		{"a ref that is too long", get("offer", url.Values{"ref": {strings.Repeat("A", 256)}}), 400},
		{"a ref with other letters", get("offer", url.Values{"ref": {"<b>"}}), 400},
		{"her own link", post("claim", claim).by(alice), 409},
		{"her own link, only opened", post("visit", claim).by(alice), 409},
		{"a guest without a browser id", post("claim", `{"ref":"ALICE-9"}`), 400},
		{"a browser id that is cut short", post("claim", `{"ref":"ALICE-9","browser_id":"`+browser[:35]+`"}`), 400},
		{"a browser id with more behind it", post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`a"}`), 400},
		{"a browser id made of the time", post("claim", `{"ref":"ALICE-9","browser_id":"c232ab00-9414-11ec-b3c8-9f6bdeced846"}`), 400},
		{"a browser id of all zeros", post("claim", `{"ref":"ALICE-9","browser_id":"00000000-0000-0000-0000-000000000000"}`), 400},
		{"a browser id that somebody chose", post("claim", `{"ref":"ALICE-9","browser_id":"bobs-browser"}`), 400},
		{"a browser id with a line's end", post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`\n"}`), 400},
		{"a browser id in capitals", post("claim", `{"ref":"ALICE-9","browser_id":"`+strings.ToUpper(browser)+`"}`), 400},
		{"a browser id without hyphens", post("claim", `{"ref":"ALICE-9","browser_id":"`+strings.ReplaceAll(browser, "-", "")+`"}`), 400},
		{"a browser id with other letters", post("claim", `{"ref":"ALICE-9","browser_id":"`+browser[:35]+`é"}`), 400},
		{"an address without an @", post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`","email":"bob"}`), 400},
		{"an address with two", post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`","email":"bob@x@y"}`), 400},
		{"an address of 255 bytes", post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`","email":"`+strings.Repeat("b", 253)+`@x"}`), 400},
		{"a number for the cart's claim", post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`","claim":5}`), 400},
		{"a short browser id by its short name", post("claim", `{"ref":"ALICE-9","browser":"short"}`), 400},
		{"a number for an address", post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`","email":5}`), 400},
		{"a text for a switch", post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`","switch":"yes"}`), 400},
		{"a number for a text", post("claim", `{"ref":5,"browser_id":"`+browser+`"}`), 400},
		{"no JSON", post("claim", `ref=ALICE-9`), 400},
		{"no object", post("claim", `[]`), 400},
		{"nothing", post("claim", ``), 400},
		{"a form of a foreign page", call{method: "POST", path: "join", customer: bob, body: `{}`, media: "text/plain"}, 400},
	} {
		if a := s.do(t, tc.call); a.status != tc.status {
			t.Errorf("%s: status %d (%s), want %d", tc.says, a.status, a.body, tc.status)
		}
	}
	free, err := s.store.CountCodes(storetest.Context(t), demo, s.campaign.Key(), referral.FriendSide, referral.CodeFree)
	if err != nil || free != 1 {
		t.Errorf("%d codes are left, want 1: nothing refused may take one (%v)", free, err)
	}
	if _, err := s.store.FindAdvocateByCustomer(storetest.Context(t), demo, "gid://shopify/Customer/"+bob); !fault.Is(err, fault.NotFound) {
		t.Errorf("a refused join made an advocate: %v", err)
	}
}

// claimOf reads what a claim answered.
func claimOf(t *testing.T, a answer) (id, code string) {
	t.Helper()
	var v struct{ Claim struct{ ID, Code string } }
	if err := json.Unmarshal([]byte(a.body), &v); err != nil || a.status != 200 {
		t.Fatalf("status %d: %s (%v)", a.status, a.body, err)
	}
	return v.Claim.ID, v.Claim.Code
}

func TestAClaimIsGivenOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.codes(t, "FRND-1111-2222")
	mine := post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`"}`)
	id, code := claimOf(t, s.do(t, mine))
	again, same := claimOf(t, s.do(t, mine))
	if id != again || code != same || code != "FRND-1111-2222" {
		t.Errorf("claimed %s %s, again %s %s", id, code, again, same)
	}
	empty := s.do(t, post("claim", `{"ref":"ALICE-9","browser_id":"`+browserOf("carol")+`"}`))
	if empty.status != 503 || empty.header.Get("Retry-After") != time.Minute.String() || strings.Contains(empty.body, code) {
		t.Errorf("an empty pool: status %d, %v: %s", empty.status, empty.header, empty.body)
	}
}

// offered is an answer's offers, as far as these tests look.
type offered struct {
	Friend, Advocate struct {
		Kind, Amount, Currency, Percent, Text string
		AfterOrder                            bool `json:"after_order"`
	}
}

// heldClaim is what a claim and a visit answer of the friend's claim.
type heldClaim struct {
	ID, Code, Text string
	ExpiresAt      time.Time `json:"expires_at"`
	ClaimedAt      time.Time `json:"claimed_at"`
	Yours          bool
}

// claimed is what a claim answers.
type claimed struct {
	Claim    heldClaim
	Offer    offered
	Campaign struct {
		ID      string
		Version int
	}
	Newer     *offered
	NewerText string `json:"newer_text"`
}

func readClaim(t *testing.T, a answer) (c claimed) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &c); err != nil || a.status != 200 {
		t.Fatalf("status %d: %s (%v)", a.status, a.body, err)
	}
	return c
}

// version adds a live version of the campaign, in place of the one before.
func (s *shop) version(t *testing.T, change func(*referral.Terms)) {
	t.Helper()
	_, err := s.store.UpdateCampaign(storetest.Context(t), demo, s.campaign.Key(), func(c *referral.Campaign) error {
		c.State, c.Until = referral.CampaignReplaced, storetest.Noon
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.campaign = storetest.Campaign(t, s.store, demo, func(c *referral.Campaign) {
		c.ID, c.Version = s.campaign.ID, s.campaign.Version+1
		change(&c.Terms)
	})
}

func TestAFriendKeepsHerPromiseOrSwitches(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.codes(t, "FRND-1111-2222")
	first := readClaim(t, s.do(t, post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`"}`)))
	if first.Newer != nil || first.NewerText != "" {
		t.Errorf("there is no other offer yet: %+v", first)
	}
	s.version(t, func(terms *referral.Terms) { terms.Friend = referral.Offer{Kind: referral.PercentOff, RateBP: 1250} })
	s.codes(t, "FRND-3333-4444")
	kept := s.do(t, post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`","switch":false}`))
	if c := readClaim(t, kept); c.Claim != first.Claim || c.Newer == nil || c.NewerText == "" {
		t.Errorf("she did not keep what she had: %s", kept.body)
	}
	golden(t, "claim_newer", kept.body)
	switched := readClaim(t, s.do(t, post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`","switch":true}`)))
	if first.Campaign.Version != 1 || switched.Campaign.Version != 2 {
		t.Errorf("promised by version %d, then by version %d", first.Campaign.Version, switched.Campaign.Version)
	}
	if switched.Claim.ID != first.Claim.ID || switched.Claim.Code != "FRND-3333-4444" || switched.Newer != nil || switched.Offer.Friend.Percent != "12.5" {
		t.Errorf("she did not switch: %+v", switched)
	}
}

// bea makes another advocate.
func (s *shop) bea(t *testing.T) {
	t.Helper()
	storetest.Advocate(t, s.store, demo, func(a *referral.Advocate) {
		a.ID, a.Codes, a.Customer = "adv_bea", []string{"BEA-7"}, "gid://shopify/Customer/303"
	})
}

// held is what a visit answers of the visitor's claim.
func held(t *testing.T, a answer) *heldClaim {
	t.Helper()
	var v struct{ Held *heldClaim }
	if err := json.Unmarshal([]byte(a.body), &v); err != nil || a.status != 200 {
		t.Fatalf("status %d: %s (%v)", a.status, a.body, err)
	}
	return v.Held
}

func TestAVisitTellsWhatTheFriendHolds(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.bea(t)
	s.codes(t, "FRND-1111-2222")
	by := func(ref string) string { return `{"ref":"` + ref + `","browser_id":"` + browser + `"}` }
	if h := held(t, s.do(t, post("visit", by("ALICE-9")))); h != nil {
		t.Errorf("before the claim %+v is held", h)
	}
	claim := readClaim(t, s.do(t, post("claim", by("ALICE-9")))).Claim
	claim.Text = ""
	for ref, yours := range map[string]bool{"ALICE-9": true, "BEA-7": false} {
		h := held(t, s.do(t, post("visit", by(ref))))
		want := claim
		want.Yours = yours
		if h == nil || *h != want {
			t.Errorf("%s's link: held is %+v, want %+v", ref, h, want)
		}
	}

	kept := readClaim(t, s.do(t, post("claim", by("BEA-7")))).Claim
	switched := readClaim(t, s.do(t, post("claim", `{"ref":"BEA-7","browser_id":"`+browser+`","switch":true}`))).Claim
	if kept.Code != claim.Code || kept.Yours || switched.Code != claim.Code || !switched.Yours {
		t.Errorf("kept %+v, switched to %+v", kept, switched)
	}
}

// The widget of a shopper who does not consent draws another browser id on each page.
func TestTheCartsClaimIsToldByItsID(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.codes(t, "FRND-1111-2222", "FRND-3333-4444")
	first := readClaim(t, s.do(t, post("claim", `{"ref":"ALICE-9","browser":"`+browser+`"}`))).Claim
	cart := func(page, id string) string {
		return `{"ref":"ALICE-9","browser":"` + browserOf("page "+page) + `","claim":"` + id + `"}`
	}
	if h := held(t, s.do(t, post("visit", cart("2", first.ID)))); h == nil || h.Code != first.Code {
		t.Errorf("a visit with the claim in its cart: held is %+v", h)
	}
	if c := readClaim(t, s.do(t, post("claim", cart("3", first.ID)))).Claim; c != first {
		t.Errorf("claimed %+v, want %+v", c, first)
	}
	if c := readClaim(t, s.do(t, post("claim", cart("4", "visit."+first.ID)))).Claim; c.ID == first.ID || c.Code == first.Code {
		t.Errorf("what is no claim's id got %+v", c)
	}
}

// The widget's words are its own, by the code of the answer; who reads the message reads it in their language.
func TestAnOfferThatIsPausedOrEnded(t *testing.T) {
	t.Parallel()
	s := open(t)
	for state, code := range map[referral.CampaignState]string{
		referral.CampaignDraft: "no_offer", referral.CampaignPaused: "offer_paused", referral.CampaignEnded: "offer_ended",
	} {
		_, err := s.store.UpdateCampaign(storetest.Context(t), demo, s.campaign.Key(), func(c *referral.Campaign) error { c.State = state; return nil })
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"visit", "claim"} {
			c := post(path, `{"ref":"ALICE-9","browser_id":"`+browser+`"}`)
			c.language = "de"
			want := text.In("de").Shopper(fault.New(fault.NotFound, code))
			if a := s.do(t, c); a.status != 404 || a.body != want {
				t.Errorf("%s, %s: status %d, %q; want %q", state, path, a.status, a.body, want)
			}
		}
	}
}

// Every kind of offer shows what it has, and nothing that it has not.
func TestOffersOfAllKinds(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, tc := range []struct {
		name   string
		change func(*referral.Terms)
	}{
		{"offer_percent", func(terms *referral.Terms) {
			terms.Friend = referral.Offer{Kind: referral.PercentOff, RateBP: 1500}
			terms.Advocate = referral.Offer{Kind: referral.ShareOfOrder, RateBP: 1250}
		}},
		{"offer_shipping", func(terms *referral.Terms) {
			terms.Friend = referral.Offer{Kind: referral.FreeShipping, AfterOrder: true}
			terms.Advocate = referral.Offer{Kind: referral.PercentOff, RateBP: 1000, CountsAs: storetest.USD("7")}
		}},
	} {
		s.version(t, tc.change)
		golden(t, tc.name, s.do(t, get("offer", url.Values{"ref": {"ALICE-9"}})).body)
	}
}

func TestAClaimOfAnOfferAfterTheOrderHasNoCode(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.version(t, func(terms *referral.Terms) { terms.Friend.AfterOrder = true })
	s.codes(t, "FRND-1111-2222")
	a := s.do(t, post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`"}`))
	if c := readClaim(t, a); !c.Offer.Friend.AfterOrder || strings.Contains(a.body, `"code"`) {
		t.Errorf("claimed %s", a.body)
	}
	golden(t, "claim_after_order", a.body)
}

// A guest's answer does not tell whether anybody knows the address they give: an advocate's and another friend's are
// answered like one that nobody has ever used, to the byte, and Shopify is not asked (there is none here, so that a
// question would end in a panic).
func TestAGuestsAnswerDoesNotTellWhoIsKnown(t *testing.T) {
	t.Parallel()
	s := open(t)
	known := func(address string) []string { return s.hasher.Hashes(demo, "email", address) }
	storetest.Advocate(t, s.store, demo, func(a *referral.Advocate) { a.Emails = known("alice@example.com") })
	storetest.Claim(t, s.store, s.campaign, s.alice, func(c *referral.Claim) {
		c.Addresses, c.Customer, c.Code = referral.GivenAt(storetest.Noon, known("bob@example.com")...), "gid://shopify/Customer/"+bob, "FRND-0000-0000"
	})
	own := regexp.MustCompile(`"(id|code|expires_at)":"[^"]+"`)
	var answers []string
	for i, email := range []string{"nobody@example.com", "alice@example.com", "Bob@Example.com", ""} {
		n := strconv.Itoa(i)
		s.codes(t, "FRND-1111-000"+n)
		a := s.do(t, post("claim", `{"ref":"ALICE-9","browser_id":"`+browserOf("guest "+n)+`","email":"`+email+`"}`))
		if a.status != 200 {
			t.Fatalf("%s: status %d: %s", email, a.status, a.body)
		}
		answers = append(answers, own.ReplaceAllString(a.body, `"$1":""`))
	}
	for _, other := range answers[1:] {
		if diff := cmp.Diff(answers[0], other); diff != "" {
			t.Errorf("the answers differ: -unknown +known\n%s", diff)
		}
	}
}

// What is kept of a browser and an address are their keyed hashes, and the time is the signed one.
func TestWhatIsKeptOfAClaim(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.codes(t, "FRND-1111-2222")
	longest := strings.Repeat("b", 242) + "@example.com"
	id, _ := claimOf(t, s.do(t, post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`","email":"`+longest+`"}`)))
	claim, err := s.store.FindClaim(storetest.Context(t), demo, referral.ClaimID(id))
	if err != nil {
		t.Fatal(err)
	}
	if want := referral.GivenAt(claim.ClaimedAt, s.hasher.Hashes(demo, "email", longest)...); !cmp.Equal(claim.Addresses, want) {
		t.Errorf("addresses %v, want %v", claim.Addresses, want)
	}
	if want := []string{referral.BrowserKey(s.hasher.Hash(demo, "browser", browser))}; !cmp.Equal(claim.Keys, want) {
		t.Errorf("keys %v, want %v", claim.Keys, want)
	}
	if !claim.ClaimedAt.Equal(storetest.Noon) {
		t.Errorf("claimed at %v, want the signed time", claim.ClaimedAt)
	}
}

// listener hears what the endpoints ask of the domain.
type listener struct {
	storefront.Claims
	asked  []any
	claims []claims.ClaimRequest
}

func (l *listener) Join(ctx context.Context, r claims.JoinRequest) (claims.AdvocateView, error) {
	l.asked = append(l.asked, r)
	return l.Claims.Join(ctx, r)
}

func (l *listener) Visit(ctx context.Context, r claims.VisitRequest) (claims.VisitView, error) {
	l.asked = append(l.asked, r)
	return l.Claims.Visit(ctx, r)
}

func (l *listener) Claim(ctx context.Context, r claims.ClaimRequest) (claims.ClaimView, error) {
	l.asked = append(l.asked, r)
	l.claims = append(l.claims, r)
	return l.Claims.Claim(ctx, r)
}

// No browser id and no address passes the door: the domain is asked with keyed hashes only,
// however the address is written.
func TestOnlyHashesPassTheDoor(t *testing.T) {
	t.Parallel()
	heard := &listener{}
	s := open(t, func(c *storefront.Config) {
		heard.Claims = c.Claims
		c.Claims = heard
	})
	s.codes(t, "FRND-1111-2222")
	for _, asked := range []call{
		{method: "POST", path: "join", customer: alice, body: `{"browser_id":"` + browser + `"}`},
		post("visit", `{"ref":"ALICE-9","browser_id":"`+browser+`","email":"Bob@Example.com"}`),
		post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`","email":"bob@example.com"}`),
		post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`","email":" Bob@EXAMPLE.com\n"}`),
		post("claim", `{"ref":"ALICE-9","browser_id":"`+browser+`","email":""}`),
	} {
		if a := s.do(t, asked); a.status != 200 {
			t.Fatalf("%s: status %d: %s", asked.path, a.status, a.body)
		}
	}

	if len(heard.asked) != 5 {
		t.Fatalf("the domain was asked %d times, want 5", len(heard.asked))
	}
	for _, asked := range heard.asked {
		text, err := json.Marshal(asked)
		if err != nil {
			t.Fatal(err)
		}
		for _, plain := range []string{"bob", "example.com", browser} {
			if strings.Contains(strings.ToLower(string(text)), plain) {
				t.Errorf("%q passed the door: %s", plain, text)
			}
		}
	}
	hashed := s.hasher.Hashes(demo, "email", "bob@example.com")
	for i, want := range [][]string{hashed, hashed, nil} {
		if got := heard.claims[i].Emails; !cmp.Equal(got, want) {
			t.Errorf("claim %d came with the addresses %v, want %v", i+1, got, want)
		}
		if network := s.hasher.Hash(demo, "network", "203.0.113.0/24"); heard.claims[i].Network != network {
			t.Errorf("claim %d came from the network %q, want %q", i+1, heard.claims[i].Network, network)
		}
	}
}

func TestAVisitIDIsEvidence(t *testing.T) {
	t.Parallel()
	earlier := signtest.Signer{Secret: signer.Secret, Now: func() time.Time { return storetest.Noon.Add(-time.Minute) }}
	for says, tc := range map[string]struct {
		change  func(id string) string
		touches int
	}{
		"the one that was given": {func(id string) string { return id }, 2},
		"none":                   {func(string) string { return "" }, 1},
		"a changed one":          {func(id string) string { return id[:9] + strings.ToLower(id[9:20]) + "x" + id[21:] }, 1},
		"a long one":             {func(id string) string { return id + strings.Repeat("A", 1024) }, 1},
		"another shop's": {func(string) string {
			id, _ := storetest.Keyring().Seal("visit", "other.myshopify.com", []byte(`{"c":"cmp_1","v":1,"a":"adv_alice","t":1}`))
			return id
		}, 1},
		"sealed for something else": {func(string) string {
			id, _ := storetest.Keyring().Seal("shop token", string(demo), []byte(`{"c":"cmp_1","v":1,"a":"adv_alice","t":1}`))
			return id
		}, 1},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.codes(t, "FRND-1111-2222")
			visit := post("visit", `{"ref":"ALICE-9","browser_id":"`+browser+`"}`)
			visit.query = earlier.ProxyQuery(string(demo), "", nil)
			var v struct {
				VisitID string `json:"visit_id"`
			}
			if err := json.Unmarshal([]byte(s.do(t, visit).body), &v); err != nil || v.VisitID == "" {
				t.Fatalf("visit: %v", err)
			}
			if strings.Contains(v.VisitID, "alice") {
				t.Errorf("visit id %q shows what it holds", v.VisitID)
			}
			body, err := json.Marshal(map[string]string{"ref": "ALICE-9", "browser_id": browser, "visit_id": tc.change(v.VisitID)})
			if err != nil {
				t.Fatal(err)
			}
			id, _ := claimOf(t, s.do(t, post("claim", string(body))))
			claim, err := s.store.FindClaim(storetest.Context(t), demo, referral.ClaimID(id))
			if err != nil || len(claim.Touches) != tc.touches {
				t.Errorf("touches %v (%v), want %d", claim.Touches, err, tc.touches)
			}
		})
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for says, config := range map[string]storefront.Config{
		"empty": {},
	} {
		if err := storefront.Mount(fiber.New(), config); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want Invalid", says, err)
		}
	}
}
