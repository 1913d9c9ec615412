package simulator

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// redactAfter is when shop/redact follows an uninstall. Source: shopify.dev, privacy law compliance.
const redactAfter = 48 * time.Hour

// Install grants the TOML's scopes, as managed installation does, and opens the app once, as Shopify does after it.
// Errors: no such shop; the app did not answer its document request with 2xx.
func (s *Server) Install(ctx context.Context, domain string) error {
	err := s.withShop(domain, func(sh *shop) error {
		if sh.installed {
			return errors.New("the app is installed already")
		}

		sh.installApp(s.app.scopes)
		return nil
	})
	if err != nil {
		return err
	}
	return s.OpenApp(ctx, domain)
}

// installApp grants scopes. The caller holds the shop's lock.
func (sh *shop) installApp(scopes []string) {
	sh.installed = true
	sh.scopes = slices.Clone(scopes)
	sh.installationID = sh.ids.next()
}

// OpenApp requests the app's page as the admin's frame does, and follows redirects within the app.
func (s *Server) OpenApp(ctx context.Context, domain string) error {
	address, err := s.AppPage(domain)
	if err != nil {
		return err
	}

	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}

	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("open the app: %w", withoutURL(err))
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxRequestBody)) // the page is not looked at

	if res.StatusCode/100 != 2 {
		return fmt.Errorf("open the app: it answered %d", res.StatusCode)
	}
	return nil
}

// withoutURL leaves out the address of a failed request: it may carry an ID token.
func withoutURL(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// AppPage is the signed address at which the admin opens the app. Errors: no such shop, the app is not installed
// there or its URL is not known.
func (s *Server) AppPage(domain string) (string, error) {
	return s.appPage(domain, "/", adminLocales["en"])
}

// appPage is the signed address of a path of the app, with or without a query of its own.
func (s *Server) appPage(domain, path, locale string) (string, error) {
	token, err := s.IDToken(domain)
	if err != nil {
		return "", err
	}

	base := s.currentAppURL()
	if base == "" {
		return "", errors.New("the app's URL is not set")
	}

	path, own, _ := strings.Cut(path, "?")
	asked, err := url.ParseQuery(own)
	if err != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return "", errNoPage
	}

	q := s.adminQuery(domain)
	for name, values := range asked {
		if q[name] == nil {
			q[name] = values
		}
	}
	q.Set("embedded", "1")
	q.Set("id_token", token)
	q.Set("locale", locale)
	q.Set("session", s.ids.hex(32))
	q.Set("hmac", signQuery(s.cfg.ClientSecret, q))
	return base + path + "?" + q.Encode(), nil
}

// adminQuery has the parameters of every request that comes from the admin, unsigned.
func (s *Server) adminQuery(domain string) url.Values {
	handle := strings.TrimSuffix(domain, ".myshopify.com")
	return url.Values{
		"shop":      {domain},
		"host":      {base64.RawStdEncoding.EncodeToString([]byte("admin.shopify.com/store/" + handle))},
		"timestamp": {strconv.FormatInt(s.clock.now().Unix(), 10)},
	}
}

// IDToken mints an ID token of the shop's owner. Errors: no such shop, the app is not installed there.
func (s *Server) IDToken(domain string) (string, error) {
	err := s.withShop(domain, func(sh *shop) error {
		if !sh.installed {
			return errors.New("the app is not installed")
		}
		return nil
	})
	if err != nil {
		return "", err
	}

	now := s.clock.now()
	return signIDToken(s.cfg.ClientSecret, idTokenClaims{
		Iss: "https://" + domain + "/admin", Dest: "https://" + domain, Aud: s.cfg.ClientID, Sub: "42",
		Exp: now.Add(idTokenLife).Unix(), Nbf: now.Unix(), Iat: now.Unix(),
		Jti: s.ids.uuid(), Sid: s.ids.uuid(), Sig: s.ids.hex(32),
	}), nil
}

// Uninstall takes the app out of the shop: tokens die, app/uninstalled is sent, and 48 simulated hours later
// shop/redact. As Shopify does, discounts stay and metafields of the app stay until then.
func (s *Server) Uninstall(domain string) error {
	return s.withShop(domain, func(sh *shop) error {
		if !sh.installed {
			return errors.New("the app is not installed")
		}

		sh.installed = false
		sh.killTokens()
		s.post(sh, "app/uninstalled", sh.shopPayload())
		s.outgoing.at(s.clock.now().Add(redactAfter), func() { s.redactShop(sh) })
		return nil
	})
}

func (s *Server) redactShop(sh *shop) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	s.post(sh, "shop/redact", payload{"shop_id": sh.id, "shop_domain": sh.domain})
}

// SetScopes changes what the app is granted in the shop, in old and new tokens, and sends app/scopes_update.
func (s *Server) SetScopes(domain string, scopes []string) error {
	return s.withShop(domain, func(sh *shop) error {
		if !sh.installed || len(scopes) == 0 {
			return errors.New("scopes are changed where the app is installed, to at least one")
		}

		previous := sh.scopes
		sh.scopes = slices.Clone(scopes)
		for _, t := range sh.tokens {
			t.scopes = sh.scopes
		}

		s.emit(sh, "app/scopes_update", s.scopesPayload(sh, previous))
		return nil
	})
}
