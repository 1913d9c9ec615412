package storefront

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"twofold/fault"
	"twofold/funnel"
	"twofold/referral"
	"twofold/tenant"
)

// maxEvents bounds what one request tells of; a widget gathers a few.
const maxEvents = 20

// eventJSON is one event as a widget tells it; unknown fields are ignored.
type eventJSON struct {
	Kind     funnel.Kind         `json:"kind"`
	Channel  funnel.Channel      `json:"channel"` // of a share
	Ref      string              `json:"ref"`     // "" when it is nobody's link
	Campaign referral.CampaignID `json:"campaign"`
	Version  int                 `json:"version"`
}

// event counts what widgets tell of, later and best effort, and answers nothing. What robots do counts nowhere.
func (h *handler) event(_ context.Context, r request) (any, error) {
	return nil, h.count(r.Shop, r.At, r.from.agent, r.body)
}

func (h *handler) count(shop tenant.ShopID, at time.Time, agent string, body []byte) error {
	events, err := parseEvents(shop, at, body)
	if err == nil && !isRobot(agent) {
		h.config.Events.Add(events...)
	}
	return err
}

// parseEvents reads {"events": [...]}. Invalid: it is none, has no event or too many, or one of them is not of ours.
func parseEvents(shop tenant.ShopID, at time.Time, body []byte) ([]funnel.Event, error) {
	var sent struct {
		Events []eventJSON `json:"events"`
	}
	if json.Unmarshal(body, &sent) != nil {
		return nil, fault.New(fault.Invalid, "body_unreadable")
	}
	if len(sent.Events) == 0 || len(sent.Events) > maxEvents {
		return nil, fault.With(fault.Invalid, "event_number", fault.Values{"most": maxEvents})
	}

	events := make([]funnel.Event, len(sent.Events))
	for i, e := range sent.Events {
		event := funnel.Event{
			Shop: shop, Kind: e.Kind, Channel: e.Channel,
			Campaign: referral.CampaignKey{ID: e.Campaign, Version: e.Version}, At: at,
		}
		if err := event.Validate(); err != nil {
			return nil, err
		}

		if e.Ref != "" {
			ref, err := referral.ParseRef(e.Ref)
			if err != nil {
				return nil, err
			}
			event.Ref = ref
		}
		events[i] = event
	}
	return events, nil
}

// robot is what the User-Agents of crawlers and of programs that fetch a link to show a preview of it have in common.
// Sources, each the operator's own page on its crawlers: developers.google.com (Googlebot, AdsBot-Google,
// Google-InspectionTool, GoogleOther), bing.com (bingbot, BingPreview), support.apple.com (Applebot),
// developers.facebook.com (facebookexternalhit, facebookcatalog, meta-externalagent; WhatsApp's preview says
// "WhatsApp/2.23.20.0"), developer.x.com (Twitterbot), api.slack.com/robots (Slackbot, Slack-ImgProxy),
// core.telegram.org (TelegramBot), linkedin.com (LinkedInBot), discord.com (Discordbot), learn.microsoft.com
// (SkypeUriPreview), developers.pinterest.com (Pinterestbot), developer.chrome.com (Chrome-Lighthouse).
var robot = regexp.MustCompile(`bot\b|crawler|spider|preview|` +
	`facebookexternalhit|facebookcatalog|meta-external|whatsapp/|slack-imgproxy|` +
	`adsbot-google|google-inspectiontool|googleother|chrome-lighthouse`)

// isRobot tells whether a User-Agent is a robot's. CUBOT makes telephones. A browser that a test drives is none.
func isRobot(agent string) bool {
	return robot.MatchString(strings.ReplaceAll(strings.ToLower(agent), "cubot", ""))
}
