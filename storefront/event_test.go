package storefront_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/funnel"
	"twofold/store/storetest"
	"twofold/storefront"
)

// counted ends the counting, and returns what shoppers did on the day of Noon.
func (s *shop) counted(t testing.TB) funnel.Sums {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	if err := s.counter.Close(ctx); err != nil {
		t.Error(err)
	}
	sums, err := s.store.FunnelOf(ctx, demo, s.campaign.ID, storetest.Noon.Format(time.DateOnly))
	if err != nil {
		t.Error(err)
	}
	return sums
}

// events is a request that tells of events: kind and channel of each, of the shop's campaign.
func events(ref string, of ...[2]string) call {
	var all []string
	for _, e := range of {
		all = append(all, `{"kind":"`+e[0]+`","channel":"`+e[1]+`","ref":"`+ref+`","campaign":"cmp_1","version":1,"more":2}`)
	}
	return post("event", `{"events":[`+strings.Join(all, ",")+`]}`)
}

func TestEventsAreTakenAndCountedLater(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, c := range []call{
		events("alice-9", [2]string{"seen"}, [2]string{"claim"}), events("", [2]string{"join"}), events("NOBODY", [2]string{"seen"}),
		events("ALICE-9", [2]string{"share", "copy"}, [2]string{"share", "whatsapp"}, [2]string{"share", "copy"}).by(alice),
		{method: "POST", path: "event", query: signer.ProxyQuery("new.myshopify.com", "", nil), body: events("", [2]string{"seen"}).body}, // not installed
	} {
		if a := s.do(t, c); a.status != 202 || a.body != "" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: status %d, %q, %v", c.body, a.status, a.body, a.header)
		}
	}
	want := funnel.Sums{Seen: 2, Claims: 1, Joins: 1, Shares: map[funnel.Channel]int{funnel.ByCopy: 2, funnel.ByWhatsApp: 1}}
	if diff := cmp.Diff(want, s.counted(t)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhatRobotsDoIsNotCounted(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, agent := range []string{
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
		"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36 (compatible; Google-InspectionTool/1.0;)",
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36",
		"AdsBot-Google (+http://www.google.com/adsbot.html)", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
		"meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)", "WhatsApp/2.23.20.0 A", "Twitterbot/1.0",
		"Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Slack-ImgProxy (+https://api.slack.com/robots)", "TelegramBot (like TwitterBot)",
		"LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)", "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
		"Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com", "Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1)",
		"Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
		"Mozilla/5.0 (Linux; Android 11; moto g power (2022)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse",
	} {
		c := events("ALICE-9", [2]string{"seen"})
		c.agent = agent
		if a := s.do(t, c); a.status != 202 {
			t.Errorf("%s: status %d", agent, a.status)
		}
	}
	if got := s.counted(t); got.Seen != 0 {
		t.Errorf("%d are counted, want none", got.Seen)
	}
}

// Browsers inside apps, telephones whose makers have odd names, and browsers that tests drive are people's.
func TestWhatPeopleDoIsCounted(t *testing.T) {
	t.Parallel()
	s := open(t)
	agents := []string{
		telephone,
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Linux; Android 9; CUBOT KINGKONG 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/530.0.0]",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 390.0.0.27.80",
	}
	for _, agent := range agents {
		c := events("ALICE-9", [2]string{"seen"})
		c.agent = agent
		s.do(t, c)
	}
	if got := s.counted(t); got.Seen != len(agents) {
		t.Errorf("%d are counted, want all %d", got.Seen, len(agents))
	}
}

func TestEventsOfNoWidgetAreRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	many := make([][2]string, 21)
	for i := range many {
		many[i] = [2]string{"seen"}
	}
	unsigned := events("", [2]string{"seen"})
	unsigned.query = "shop=" + string(demo)
	form := events("", [2]string{"seen"})
	form.media = "text/plain"
	for says, tc := range map[string]struct {
		call   call
		status int
	}{
		"an unknown kind":             {events("", [2]string{"opened"}), 400},
		"an unknown channel":          {events("", [2]string{"share", "pigeon"}), 400},
		"a share by no channel":       {events("", [2]string{"share"}), 400},
		"a channel of something else": {events("", [2]string{"seen", "copy"}), 400},
		"one good and one bad":        {events("", [2]string{"seen"}, [2]string{"opened"}), 400},
		"a ref with other letters":    {events("<b>", [2]string{"seen"}), 400},
		"no campaign":                 {post("event", `{"events":[{"kind":"seen","version":1}]}`), 400},
		"no version":                  {post("event", `{"events":[{"kind":"seen","campaign":"cmp_1"}]}`), 400},
		"none":                        {events(""), 400},
		"no list":                     {post("event", `{}`), 400},
		"a number for a kind":         {post("event", `{"events":[{"kind":1}]}`), 400},
		"a list alone":                {post("event", `[]`), 400},
		"no JSON":                     {post("event", `seen`), 400},
		"21":                          {events("", many...), 400},
		"unsigned":                    {unsigned, 401},
		"another content type":        {form, 400},
	} {
		if a := s.do(t, tc.call); a.status != tc.status {
			t.Errorf("%s: status %d, want %d: %s", says, a.status, tc.status, a.body)
		}
	}
	if a := s.do(t, events("", many[:20]...)); a.status != 202 {
		t.Errorf("20: status %d: %s", a.status, a.body)
	}
	if got := s.counted(t); got.Seen != 20 || got.Shared() != 0 {
		t.Errorf("counted %+v, want only the 20", got)
	}
}

func TestEventsHaveALimitOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *storefront.Config) {
		c.Limits[storefront.ClassEvents] = storefront.Limit{PerMinute: 1, Burst: 2}
	})
	for _, want := range []int{202, 202, 429} {
		c := events("", [2]string{"seen"})
		c.from = "198.51.100.200" // nobody else's
		if a := s.do(t, c); a.status != want {
			t.Errorf("status %d, want %d: %s", a.status, want, a.body)
		}
	}
	c := post("visit", `{"ref":"ALICE-9","browser_id":"`+browser+`"}`)
	c.from = "198.51.100.200"
	if a := s.do(t, c); a.status != 200 {
		t.Errorf("a visit after too many events: status %d", a.status)
	}
}
