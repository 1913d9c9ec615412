package shopify

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"twofold/tenant"
)

// The URNs of token exchange. Source: shopify.dev, token exchange, 2026-10.
const (
	grantExchange    = "urn:ietf:params:oauth:grant-type:token-exchange"
	typeIDToken      = "urn:ietf:params:oauth:token-type:id_token"                //nolint:gosec // a kind of token
	typeOfflineToken = "urn:shopify:params:oauth:token-type:offline-access-token" //nolint:gosec // a kind of token
)

// Exchange trades a verified ID token for the shop's expiring offline token pair. It makes older refresh tokens of the
// shop useless at once, so it belongs to an install or a lost pair, never to each page load. The caller compares Scopes
// with what the app needs, and sets Version. Errors: Unauthorized (GrantRefused: retry with a fresh ID token),
// Unavailable, Internal.
func (g *Gateway) Exchange(ctx context.Context, shop tenant.ShopID, idToken string) (tenant.Tokens, error) {
	return g.grant(ctx, shop, "token_exchange", url.Values{
		"grant_type":           {grantExchange},
		"subject_token":        {idToken},
		"subject_token_type":   {typeIDToken},
		"requested_token_type": {typeOfflineToken},
		"expiring":             {"1"},
	})
}

// ExchangeCode trades an authorization code for the shop's expiring offline token pair. Errors as for Exchange; a code
// works once.
func (g *Gateway) ExchangeCode(ctx context.Context, shop tenant.ShopID, code string) (tenant.Tokens, error) {
	return g.grant(ctx, shop, "code_exchange", url.Values{"code": {code}, "expiring": {"1"}})
}

// requestRefresh trades a refresh token for a new pair. The one sent stays usable until the new one is first used, so a
// lost answer may be asked for again. Errors: Unauthorized (GrantRefused, final), Unavailable, Internal. Source:
// shopify.dev, offline access tokens, and its changelog of 2026-08-28.
func (g *Gateway) requestRefresh(
	ctx context.Context, shop tenant.ShopID, refresh tenant.Secret,
) (tenant.Tokens, error) {
	return g.grant(ctx, shop, "token_refresh", url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {string(refresh)},
	})
}

// grant posts to the shop's token endpoint and reads the pair. what names the operation in metrics and errors.
func (g *Gateway) grant(
	ctx context.Context, shop tenant.ShopID, what string, form url.Values,
) (tokens tenant.Tokens, err error) {
	defer func() { g.metrics.calls.WithLabelValues(what, resultOf(err)).Inc() }()
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	form.Set("client_id", g.config.ClientID)
	form.Set("client_secret", string(tenant.Usable(g.config.Secrets)[0]))
	started := g.config.Now().UTC()
	a, err := g.post(ctx, shop, "/admin/oauth/access_token", form)
	if err != nil {
		return tenant.Tokens{}, (&Error{Class: Transport, Operation: what, Shop: shop, Err: err}).wrap()
	}

	tokens, failed := readGrant(a, started)
	if failed != nil {
		failed.Operation, failed.Shop = what, shop
		return tenant.Tokens{}, failed.wrap()
	}
	return tokens, nil
}

// post sends a form to the shop's origin and reads the answer. Redirects are not followed.
func (g *Gateway) post(ctx context.Context, shop tenant.ShopID, path string, form url.Values) (*answer, error) {
	target, err := g.origin.url(shop, path)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}

	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Twofold")
	started := g.config.Now()
	client := &http.Client{Transport: g.base, CheckRedirect: noRedirects}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // read only: nothing is lost

	a, err := readAnswer(resp)
	if err != nil {
		return nil, err
	}

	g.observe(a, started)
	return a, nil
}

// grantAnswer is the token endpoint's answer, good or bad (RFC 6749, 5.1 and 5.2; shopify.dev, token exchange).
type grantAnswer struct {
	AccessToken    tenant.Secret `json:"access_token"`
	Scope          string        `json:"scope"`
	ExpiresIn      int64         `json:"expires_in"` // seconds
	RefreshToken   tenant.Secret `json:"refresh_token"`
	RefreshExpires int64         `json:"refresh_token_expires_in"` // seconds
	Error          looseText     `json:"error"`
	Description    looseText     `json:"error_description"`
}

// readGrant reads the answer to a request that was made at started: expiries count from there, to be safe.
func readGrant(a *answer, started time.Time) (tenant.Tokens, *Error) {
	var ans grantAnswer
	parseErr := json.Unmarshal(a.Body, &ans)
	if a.Status != http.StatusOK {
		return tenant.Tokens{}, refusedGrant(a, ans)
	}

	const longest = 10 * 365 * 24 * 3600 // seconds; more is nonsense and would overflow
	complete := ans.AccessToken != "" && ans.RefreshToken != "" && ans.ExpiresIn > 0 && ans.ExpiresIn < longest &&
		ans.RefreshExpires > 0 && ans.RefreshExpires < longest
	if parseErr == nil && !complete {
		parseErr = errors.New("no expiring token pair in the answer")
	}
	if parseErr != nil {
		return tenant.Tokens{}, &Error{Class: Transport, Status: a.Status, Err: parseErr}
	}

	return tenant.Tokens{
		Access: ans.AccessToken, AccessExpires: after(started, ans.ExpiresIn),
		Refresh: ans.RefreshToken, RefreshExpires: after(started, ans.RefreshExpires),
		Scopes: splitScopes(ans.Scope),
	}, nil
}

func after(t time.Time, seconds int64) time.Time {
	return t.Add(time.Duration(seconds) * time.Second).Truncate(time.Millisecond)
}

// finalGrants are the OAuth errors that are about this shop's grant. All others, such as a client secret that we got
// wrong, say nothing about the shop, and must not cost it its tokens. Source: RFC 6749, 5.2; platform facts 2.3 and 2.4
// for Shopify's own.
var finalGrants = map[looseText]bool{
	"invalid_grant":         true,
	"invalid_request":       true,
	"invalid_subject_token": true,
	"app_not_installed":     true,
}

// refusedGrant judges an answer other than 200. Which status a refused refresh has is not documented, so the "error"
// decides.
func refusedGrant(a *answer, ans grantAnswer) *Error {
	e := &Error{Class: Transport, Status: a.Status, Text: string(ans.Description)}
	if ans.Error != "" {
		e.Codes = []string{clip(string(ans.Error))}
	}

	client := a.Status == http.StatusBadRequest || a.Status == http.StatusUnauthorized
	switch {
	case closedBy[a.Status] != "":
		e.Class = closedBy[a.Status]
	case a.Status == http.StatusForbidden:
		e.Class = IPRefused
	case client && finalGrants[ans.Error]:
		e.Class = GrantRefused
	case client && ans.Error != "":
		e.Class, e.Err = BadQuery, errors.New("the app is refused, perhaps for its client id or secret")
	}

	return e
}

// splitScopes reads "read_orders,write_discounts".
func splitScopes(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}
