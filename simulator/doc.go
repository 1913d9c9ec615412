// Package simulator is a Shopify that runs on this machine: OAuth, the Admin GraphQL API, webhooks, the app proxy, a
// plain storefront with a checkout, and a control API under /_sim/ that places orders, moves the clock and causes
// faults.
//
// It serves the demo, the tests and anyone who evaluates the app. It imports none of the app's packages and has its
// own signatures, tokens, money and decoding, so that a mistake is not made twice. All state is in memory.
// docs/SIMULATOR.md describes every endpoint, the addressing, and what is not simulated.
//
// Begin with simulator.go, which starts a Server, and control.go, which lists its routes. Files named resolve_* answer
// queries of the Admin API, those named mutate_* its mutations. orders.go buys, pricing.go judges the codes, emit.go
// and webhooks.go send what has happened.
package simulator
