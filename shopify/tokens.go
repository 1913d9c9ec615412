package shopify

import (
	"context"
	"errors"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// TokensLease is the shop's lease under which its token pair is changed: here by a refresh, in package app by an
// install.
const TokensLease = "shopify-tokens" //nolint:gosec // the name of a lease, no credential

const (
	refreshAhead = 5 * time.Minute        // refresh when less remains. Source: Shopify's Node library v15
	idleAge      = 30 * 24 * time.Hour    // RefreshIdle renews refresh tokens (of 90 days) that are older
	refreshLife  = 90 * 24 * time.Hour    // of a refresh token. Source: shopify.dev, offline access tokens
	leaseTTL     = 60 * time.Second       // longer than the work under it may take
	leaseWork    = 45 * time.Second       // a refresh call, a proof, and the writes between
	leasePoll    = 200 * time.Millisecond // how often one that waits for another's refresh looks
)

// tokens returns a pair whose access token works, refreshing it when it must. While the old one lives nobody waits for
// the new one.
func (g *Gateway) tokens(ctx context.Context, shop tenant.ShopID) (tenant.Tokens, error) {
	t, err := g.config.Tokens.LoadTokens(ctx, shop)
	if err != nil {
		return tenant.Tokens{}, err
	}

	switch {
	case g.fresh(t):
		return t, nil
	case g.alive(t):
		go g.renewAhead(context.WithoutCancel(ctx), shop, t.Version)
		return t, nil
	}

	return g.renew(ctx, shop, t.Version)
}

// renewAhead replaces a pair whose access token still works. It ends within leaseWork, as the run it waits for does.
func (g *Gateway) renewAhead(ctx context.Context, shop tenant.ShopID, version int64) {
	if _, err := g.renew(ctx, shop, version); err != nil {
		g.config.Log.WarnContext(ctx, "token refresh failed, the old token works until it ends",
			"shop", shop, "err", err)
	}
}

// fresh tells that the access token need not be refreshed yet.
func (g *Gateway) fresh(t tenant.Tokens) bool {
	return t.AccessExpires.Sub(g.config.Now()) >= refreshAhead
}

// alive tells that the access token has not expired.
func (g *Gateway) alive(t tenant.Tokens) bool { return g.config.Now().Before(t.AccessExpires) }

// expired tells that the access token has run out, by our clock or by Shopify's.
func (g *Gateway) expired(t tenant.Tokens) bool {
	skew, _ := g.skew.get()
	return !g.alive(t) || !g.config.Now().Add(-skew).Before(t.AccessExpires)
}

// renew replaces the pair of the given version, together with whoever else wants that: callers in this process share
// one run, other processes wait for the lease. A run goes on when its first caller leaves, so that its result is not
// lost.
func (g *Gateway) renew(ctx context.Context, shop tenant.ShopID, version int64) (tenant.Tokens, error) {
	done := g.refresh.DoChan(string(shop), func() (any, error) {
		run, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseWork)
		defer cancel()
		return g.renewLeased(run, shop, version)
	})

	select {
	case <-ctx.Done():
		return tenant.Tokens{}, ctx.Err()
	case r := <-done:
		t, _ := r.Val.(tenant.Tokens) // what renewLeased returned
		return t, r.Err
	}
}

// renewLeased takes the shop's lease and refreshes, or waits for the holder's result.
func (g *Gateway) renewLeased(ctx context.Context, shop tenant.ShopID, version int64) (tenant.Tokens, error) {
	for {
		lease, err := g.config.Tokens.AcquireLease(ctx, shop, TokensLease, leaseTTL)
		if err == nil {
			t, err := g.renewNow(ctx, lease, version)
			// Best effort: a lease that is not given back runs out.
			_ = g.config.Tokens.ReleaseLease(context.WithoutCancel(ctx), lease)
			return t, err
		}
		if !fault.Is(err, fault.Conflict) {
			return tenant.Tokens{}, err
		}

		t, err := g.config.Tokens.LoadTokens(ctx, shop)
		if err != nil || t.Version != version {
			return t, err
		}
		if !sleep(ctx, leasePoll) {
			return tenant.Tokens{}, fault.Wrap(fault.Unavailable, ctx.Err(), "access_renewing")
		}
	}
}

// renewNow refreshes under the lease. The pair is read again first: whoever held the lease before may have done the
// work.
//
// A crash anywhere is safe: the old refresh token works until its replacement is used, and the replacement is not used
// before it is saved. Losing the swap means that somebody saved a newer pair, which is then the right one, or holds the
// lease and is about to.
func (g *Gateway) renewNow(ctx context.Context, lease tenant.Lease, version int64) (tenant.Tokens, error) {
	shop := lease.Shop
	t, err := g.config.Tokens.LoadTokens(ctx, shop)
	if err != nil || t.Version != version {
		return t, err
	}

	next, err := g.requestRefresh(ctx, shop, t.Refresh)
	g.metrics.refreshes.WithLabelValues(resultOf(err)).Inc()
	switch {
	case ClassOf(err) == GrantRefused:
		return g.condemn(ctx, shop, version)
	case err != nil:
		return tenant.Tokens{}, g.noteClosed(ctx, shop, t, err)
	}

	next.Version = version + 1
	err = g.config.Tokens.SwapTokens(ctx, lease, version, next)
	if fault.Is(err, fault.Conflict) {
		return g.config.Tokens.LoadTokens(ctx, shop)
	}
	if err != nil {
		return tenant.Tokens{}, err
	}

	return next, nil
}

// revive is what follows a 401: refresh once, then prove the new token by a one-point query. The pair returned has just
// worked.
func (g *Gateway) revive(ctx context.Context, shop tenant.ShopID, refused tenant.Tokens) (tenant.Tokens, error) {
	t, err := g.config.Tokens.LoadTokens(ctx, shop)
	if err == nil && t.Version == refused.Version {
		t, err = g.renew(ctx, shop, refused.Version)
	}
	if err != nil {
		return tenant.Tokens{}, err
	}

	t, err = g.prove(ctx, shop, t)
	if ClassOf(err) == TokenDead && g.expired(t) {
		// Hours went by since it was refreshed (this process slept): that a token ran out says nothing about the shop.
		return tenant.Tokens{}, (&Error{Class: Transport, Operation: opPing.name, Shop: shop, Err: err}).wrap()
	}
	return g.dead(ctx, shop, t, err)
}

// condemn is what follows a refused refresh: unless the pair has changed meanwhile, or its access token still works,
// the shop needs a merchant's visit.
func (g *Gateway) condemn(ctx context.Context, shop tenant.ShopID, version int64) (tenant.Tokens, error) {
	t, err := g.config.Tokens.LoadTokens(ctx, shop)
	if err != nil || t.Version != version {
		return t, err
	}
	t, err = g.prove(ctx, shop, t)
	return g.dead(ctx, shop, t, err)
}

// prove asks with the pair's access token for one point's worth. TokenDead: Shopify says 401. Any other failure proves
// nothing of the token; that the shop is closed is noted.
func (g *Gateway) prove(ctx context.Context, shop tenant.ShopID, t tenant.Tokens) (tenant.Tokens, error) {
	_, err := g.attempt(ctx, shop, t.Access, opPing, nil)
	return t, g.noteClosed(ctx, shop, t, err)
}

// dead marks the shop as needing a visit if the error is TokenDead. It returns what it is given.
func (g *Gateway) dead(ctx context.Context, shop tenant.ShopID, t tenant.Tokens, err error) (tenant.Tokens, error) {
	if ClassOf(err) != TokenDead {
		return t, err
	}

	g.config.Log.WarnContext(ctx, "shop needs a merchant's visit: its token is refused", "shop", shop)
	marked := g.config.Tokens.MarkNeedsVisit(ctx, shop, t.Version)
	if marked != nil && !fault.Is(marked, fault.Conflict) {
		return tenant.Tokens{}, marked
	}
	return tenant.Tokens{}, err
}

// RefreshIdle renews the pair of a shop that has made no call for a month, so that its refresh token of 90 days never
// lapses. A younger pair is left alone. Errors: Unauthorized (the shop needs a visit), Unavailable.
func (g *Gateway) RefreshIdle(ctx context.Context, shop tenant.ShopID) error {
	t, err := g.config.Tokens.LoadTokens(ctx, shop)
	if err != nil {
		return err
	}
	if issued := t.RefreshExpires.Add(-refreshLife); g.config.Now().Sub(issued) < idleAge {
		return nil
	}

	_, err = g.renew(ctx, shop, t.Version)
	return err
}

// noteClosed marks a shop that Shopify has closed, if the error says so: its work waits until Reopen finds it open, or
// a merchant's visit or a refresh brings new tokens. It returns what it is given, with tenant.ErrClosed in its chain.
// Source: shopify.dev, API response status codes, 2026-10.
func (g *Gateway) noteClosed(ctx context.Context, shop tenant.ShopID, t tenant.Tokens, err error) error {
	status, closed := closedAs[ClassOf(err)]
	if !closed {
		return err
	}

	g.config.Log.WarnContext(ctx, "shop closed by shopify, its work waits", "shop", shop, "status", status)
	marked := g.config.Tokens.MarkClosed(ctx, shop, t.Version, status)
	if marked != nil && !fault.Is(marked, fault.Conflict) {
		return marked
	}
	return err
}

// Reopen asks whether a shop that Shopify had closed answers again, by a one-point query, and has its work go on if so.
// Still closed is no error.
func (g *Gateway) Reopen(ctx context.Context, shop tenant.ShopID) error {
	err := g.Ping(ctx, shop)
	if errors.Is(err, tenant.ErrClosed) {
		return nil
	}
	if err != nil {
		return err
	}
	return g.config.Tokens.MarkOpen(ctx, shop)
}
