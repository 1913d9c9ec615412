// Package shopify is the gateway to Shopify: it keeps each shop's expiring token pair fresh, and runs the Admin GraphQL
// operations of referral.Shopify at one pinned API version, within each shop's rate limit. It decides nothing: what an
// answer means is for the domain. It keeps nothing: tokens live behind TokenStore. What comes in from Shopify is judged
// by package signature.
//
// The parts: oauth.go and tokens.go hold the token pair; transport.go, call.go and limiter.go carry a call;
// operations/*.graphql with the files named for them are the operations; goods.graphql has fragments of two of them.
package shopify

// APIVersion is the Admin API version of every call and of shopify.app.toml. Source: shopify.dev, API versioning:
// stable from 2026-10-01, supported for at least 12 months.
const APIVersion = "2026-10"
