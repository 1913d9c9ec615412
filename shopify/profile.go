package shopify

import (
	"context"
	"fmt"
	"strings"

	"twofold/fault"
	"twofold/tenant"
)

// Ping proves with a one-point query that the shop's token works.
func (g *Gateway) Ping(ctx context.Context, shop tenant.ShopID) error {
	var data struct {
		Shop rawID `json:"shop"`
	}
	if _, err := g.call(ctx, shop, opPing, nil, &data); err != nil {
		return fmt.Errorf("shopify: ping: %w", err)
	}
	return nil
}

// ReadProfile reads what the app keeps of a shop. Internal: the token is another shop's.
func (g *Gateway) ReadProfile(ctx context.Context, shop tenant.ShopID) (tenant.Profile, error) {
	var data rawProfile
	if _, err := g.call(ctx, shop, opShopProfile, nil, &data); err != nil {
		return tenant.Profile{}, fmt.Errorf("shopify: read profile: %w", err)
	}
	if data.Shop.Domain != string(shop) {
		return tenant.Profile{}, g.unreadable(shop, opShopProfile,
			fault.ForLog(fault.Internal, "the token answers for another shop"))
	}
	return data.profile(), nil
}

type rawProfile struct {
	Shop struct {
		ID            string `json:"id"`
		Name          string `json:"name"`
		Domain        string `json:"myshopifyDomain"`
		Currency      string `json:"currencyCode"`
		TimeZone      string `json:"ianaTimezone"`
		Email         string `json:"contactEmail"` // its domain alone is kept
		PrimaryDomain struct {
			URL string `json:"url"`
		} `json:"primaryDomain"`
		Plan struct {
			Name string `json:"publicDisplayName"`
		} `json:"plan"`
	} `json:"shop"`
	Installation *struct {
		Scopes []struct {
			Handle string `json:"handle"`
		} `json:"accessScopes"`
		App struct {
			Handle *string `json:"handle"`
		} `json:"app"`
	} `json:"currentAppInstallation"`
}

func (raw *rawProfile) profile() tenant.Profile {
	_, mailDomain, _ := strings.Cut(strings.ToLower(raw.Shop.Email), "@")
	p := tenant.Profile{
		GID:        raw.Shop.ID,
		Name:       raw.Shop.Name,
		Currency:   raw.Shop.Currency,
		TimeZone:   raw.Shop.TimeZone,
		Plan:       raw.Shop.Plan.Name,
		MailDomain: mailDomain,
		PrimaryURL: strings.TrimRight(raw.Shop.PrimaryDomain.URL, "/"),
	}

	if raw.Installation == nil {
		return p
	}

	for _, s := range raw.Installation.Scopes {
		p.Scopes = append(p.Scopes, s.Handle)
	}

	if handle := raw.Installation.App.Handle; handle != nil {
		p.AppHandle = *handle
	}
	return p
}
