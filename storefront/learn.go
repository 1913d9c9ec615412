package storefront

import (
	"context"
	"sync"

	"twofold/signature"
	"twofold/tenant"
)

// maxLearned bounds the shops whose proxy paths a process remembers: more than one installation is
// made for (design section 9).
const maxLearned = 50_000

// paths remembers under which path each shop's proxy was last seen, so that only another one is written.
type paths struct {
	mu   sync.Mutex
	seen map[tenant.ShopID]string
}

// knows tells whether the shop's path was seen before, as the last one.
func (p *paths) knows(shop tenant.ShopID, path string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen[shop] == path
}

func (p *paths) remember(shop tenant.ShopID, path string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil || len(p.seen) >= maxLearned {
		p.seen = map[tenant.ShopID]string{}
	}
	p.seen[shop] = path
}

// learn keeps the path under which the shop's pages reach us, as Shopify has signed it: the widgets build their
// addresses from it. That it cannot be kept is no matter of the request's: the next one brings it again.
func (h *handler) learn(ctx context.Context, q signature.ProxyQuery) {
	if h.paths.knows(q.Shop, q.PathPrefix) {
		return
	}

	if err := h.config.Shown.LearnProxy(ctx, q.Shop, q.PathPrefix); err != nil {
		h.config.Log.WarnContext(ctx, "proxy path not kept, the next request brings it again",
			"shop", q.Shop, "err", err)
		return
	}
	h.paths.remember(q.Shop, q.PathPrefix)
}
