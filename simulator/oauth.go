package simulator

import (
	"crypto/subtle"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Lifetimes of tokens. Source: shopify.dev, offline and online access tokens, token exchange.
const (
	offlineLife = time.Hour
	onlineLife  = 86399 * time.Second
	refreshLife = 90 * 24 * time.Hour
	reuseWindow = 30 * 24 * time.Hour // a used refresh token, until its replacement is first used
	codeLife    = 10 * time.Minute    // of an authorization code: ours, Shopify does not say
)

// Parameter values of token requests. Source: shopify.dev, token exchange.
const (
	grantExchange    = "urn:ietf:params:oauth:grant-type:token-exchange"
	typeIDToken      = "urn:ietf:params:oauth:token-type:id_token" //nolint:gosec // the name of a token type
	typeOffline      = "urn:shopify:params:oauth:token-type:offline-access-token"
	typeOnline       = "urn:shopify:params:oauth:token-type:online-access-token"
	grantRefresh     = "refresh_token"
	grantCredentials = "client_credentials"
)

// accessToken is a key to a shop's Admin API.
type accessToken struct {
	scopes  []string
	expires time.Time
}

// refreshToken renews an offline token. The token just used may be used again until one of its replacements is.
type refreshToken struct {
	parent  *refreshToken // nil for the first of a token exchange
	expires time.Time
	usedAt  time.Time // zero until first used
	dead    bool
}

// authCode is an authorization code waiting for its exchange.
type authCode struct {
	expires time.Time
	online  bool
}

// oauthError is an answer of the token endpoint that is not a token.
type oauthError struct {
	status      int
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

func refused(code, description string) *oauthError {
	return &oauthError{http.StatusBadRequest, code, description}
}

// tokenAnswer is the token endpoint's answer; fields of the other kinds of token are left out.
type tokenAnswer struct {
	AccessToken     string `json:"access_token"`
	Scope           string `json:"scope"`
	ExpiresIn       int64  `json:"expires_in,omitempty"` // seconds
	RefreshToken    string `json:"refresh_token,omitempty"`
	RefreshExpires  int64  `json:"refresh_token_expires_in,omitempty"` // seconds
	AssociatedScope string `json:"associated_user_scope,omitempty"`
	Session         string `json:"session,omitempty"`
	AssociatedUser  any    `json:"associated_user,omitempty"`
}

// serveToken is POST /{shop}/admin/oauth/access_token.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	sh, ok := s.findShop(r.PathValue("shop"))
	if !ok {
		http.NotFound(w, r)
		return
	}

	if f, ok := s.faults.strike(FaultAPIFail, sh.domain, OperationOAuth); ok {
		http.Error(w, "simulated fault", failStatus(f))
		return
	}

	params, err := tokenParams(r)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, refused("invalid_request", err.Error()))
		return
	}

	answer, refusal := s.grant(sh, params)
	if f, ok := s.faults.strike(FaultAPITimeoutAfter, sh.domain, OperationOAuth); ok && !s.stall(r, f) {
		panic(http.ErrAbortHandler)
	}

	if refusal != nil {
		writeJSON(w, refusal.status, refusal)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// maxRequestBody bounds what is read of any request, in bytes.
const maxRequestBody = 4 << 20

// tokenParams reads a form or a JSON object of strings and numbers.
func tokenParams(r *http.Request) (url.Values, error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxRequestBody))
	if err != nil {
		return nil, err
	}

	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return url.ParseQuery(string(raw))
	}

	var fields map[string]any
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	if err := dec.Decode(&fields); err != nil {
		return nil, err
	}

	out := url.Values{}
	for k, v := range fields {
		switch v := v.(type) {
		case string:
			out.Set(k, v)
		case json.Number:
			out.Set(k, v.String())
		case bool:
			out.Set(k, map[bool]string{true: "true", false: "false"}[v])
		}
	}
	return out, nil
}

// grant decides about one token request.
func (s *Server) grant(sh *shop, p url.Values) (*tokenAnswer, *oauthError) {
	if !same(p.Get("client_id"), s.cfg.ClientID) || !same(p.Get("client_secret"), s.cfg.ClientSecret) {
		return nil, refused("application_cannot_be_found", "The application cannot be found or its secret is wrong.")
	}

	sh.mu.Lock()
	defer sh.mu.Unlock()
	if !sh.installed && p.Get("code") == "" {
		return nil, refused("app_not_installed", "The app is not installed on this shop.")
	}

	switch grant := p.Get("grant_type"); {
	case grant == grantExchange:
		return s.exchange(sh, p)
	case grant == grantRefresh:
		return s.refresh(sh, p)
	case grant == grantCredentials:
		t := s.newToken(sh, "shpat_", onlineLife)
		return &tokenAnswer{
			AccessToken: t, Scope: strings.Join(sh.scopes, ","), ExpiresIn: int64(onlineLife.Seconds()),
		}, nil
	case grant == "" && p.Get("code") != "":
		return s.codeGrant(sh, p)
	default:
		return nil, refused("unsupported_grant_type", "The grant type is not supported.")
	}
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// exchange turns an ID token into an access token. Source: shopify.dev, token exchange.
func (s *Server) exchange(sh *shop, p url.Values) (*tokenAnswer, *oauthError) {
	if p.Get("subject_token_type") != typeIDToken {
		return nil, refused("invalid_request", "The subject token type is not supported.")
	}

	claims, err := readIDToken(s.cfg.ClientSecret, s.cfg.ClientID, p.Get("subject_token"), s.clock.now())
	if err != nil || claims.Dest != "https://"+sh.domain {
		return nil, refused("invalid_subject_token", "The subject token is invalid or has expired.")
	}

	switch p.Get("requested_token_type") {
	case typeOnline:
		return s.online(sh), nil
	case typeOffline:
		return s.offline(sh, p)
	default:
		return nil, refused("invalid_request", "The requested token type is not supported.")
	}
}

// offline issues an expiring offline token; older refresh tokens die. New public apps have had to ask for expiring
// tokens since 1 April 2026. Source: shopify.dev changelog, expiring offline access tokens.
func (s *Server) offline(sh *shop, p url.Values) (*tokenAnswer, *oauthError) {
	if p.Get("expiring") != "1" {
		return nil, refused(
			"invalid_request", "Non-expiring access tokens are not available to this app. Set expiring to 1.",
		)
	}
	clear(sh.refreshTokens)
	return s.renewable(sh, nil), nil
}

// renewable issues an offline token with a refresh token that replaces parent.
func (s *Server) renewable(sh *shop, parent *refreshToken) *tokenAnswer {
	refresh := "shprt_" + s.ids.hex(16)
	sh.refreshTokens[refresh] = &refreshToken{parent: parent, expires: s.clock.now().Add(refreshLife)}
	return &tokenAnswer{
		AccessToken: s.newToken(sh, "shpat_", offlineLife), Scope: strings.Join(sh.scopes, ","),
		ExpiresIn: int64(offlineLife.Seconds()), RefreshToken: refresh, RefreshExpires: int64(refreshLife.Seconds()),
	}
}

func (s *Server) online(sh *shop) *tokenAnswer {
	scope := strings.Join(sh.scopes, ",")
	return &tokenAnswer{
		AccessToken: s.newToken(sh, "shpua_", onlineLife), Scope: scope, ExpiresIn: int64(onlineLife.Seconds()),
		AssociatedScope: scope, Session: s.ids.hex(16),
		AssociatedUser: map[string]any{"id": 42, "first_name": "Simulated", "last_name": "Merchant",
			"email": sh.email(), "email_verified": true, "account_owner": true, "locale": "en", "collaborator": false},
	}
}

func (s *Server) newToken(sh *shop, prefix string, life time.Duration) string {
	token := prefix + s.ids.hex(16)
	sh.tokens[token] = &accessToken{scopes: slices.Clone(sh.scopes), expires: s.clock.now().Add(life)}
	return token
}

// refresh rotates. The token just used may be sent again until its replacement is first used, at most 30 days after
// its first use and within its own 90 days; a repeated use drops the replacement nobody has used. Source:
// shopify.dev changelog, more resilient refreshes, 28 August 2026. That the unused replacement is dropped is our
// reading, the strictest one.
func (s *Server) refresh(sh *shop, p url.Values) (*tokenAnswer, *oauthError) {
	now := s.clock.now()
	t := sh.refreshTokens[p.Get("refresh_token")]
	if t == nil || t.dead || !now.Before(t.expires) || (!t.usedAt.IsZero() && now.Sub(t.usedAt) >= reuseWindow) {
		return nil, sh.refusedRefresh()
	}

	if t.usedAt.IsZero() {
		t.usedAt = now
	}
	if t.parent != nil {
		t.parent.dead = true
	}

	for _, other := range sh.refreshTokens {
		if other.parent == t {
			other.dead = true
		}
	}
	return s.renewable(sh, t), nil
}

func (sh *shop) refusedRefresh() *oauthError {
	if sh.behaviour.RefusedRefreshStatus == http.StatusUnauthorized {
		return &oauthError{http.StatusUnauthorized, "invalid_request", "This request requires an active refresh_token"}
	}
	return refused("invalid_grant", "The refresh token is invalid or has expired.")
}

// codeGrant turns an authorization code into a token and installs the app. A code works once.
func (s *Server) codeGrant(sh *shop, p url.Values) (*tokenAnswer, *oauthError) {
	code, ok := sh.authCodes[p.Get("code")]
	delete(sh.authCodes, p.Get("code"))
	if !ok || !s.clock.now().Before(code.expires) {
		return nil, refused("invalid_request", "The authorization code was not found or was already used")
	}

	if !code.online && p.Get("expiring") != "1" {
		return nil, refused(
			"invalid_request", "Non-expiring access tokens are not available to this app. Set expiring to 1.",
		)
	}

	if !sh.installed {
		sh.installApp(s.app.scopes)
	}
	if code.online {
		return s.online(sh), nil
	}
	return s.offline(sh, p)
}

// serveAuthorize is GET /{shop}/admin/oauth/authorize: the merchant agrees at once and is sent back with a code.
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	target, err := url.Parse(q.Get("redirect_uri"))
	if q.Get("client_id") != s.cfg.ClientID || err != nil || !target.IsAbs() ||
		!strings.HasPrefix(q.Get("redirect_uri"), s.currentAppURL()+"/") {
		http.Error(w, "Oauth error invalid_request: The redirect_uri is not whitelisted", http.StatusBadRequest)
		return
	}

	code := s.ids.hex(16)
	err = s.withShop(r.PathValue("shop"), func(sh *shop) error {
		sh.authCodes[code] = authCode{
			expires: s.clock.now().Add(codeLife), online: q.Get("grant_options[]") == "per-user",
		}
		return nil
	})
	if err != nil {
		http.NotFound(w, r)
		return
	}

	back := s.adminQuery(r.PathValue("shop"))
	back.Set("code", code)
	back.Set("state", q.Get("state"))
	back.Set("hmac", signQuery(s.cfg.ClientSecret, back))
	target.RawQuery = back.Encode()
	http.Redirect(w, r, target.String(), http.StatusFound) //nolint:gosec // within the app's own origin, see above
}

// killTokens ends all tokens at once. The caller holds the shop's lock.
func (sh *shop) killTokens() {
	clear(sh.tokens)
	clear(sh.refreshTokens)
}
