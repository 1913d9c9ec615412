// Package twofold holds the files at the root of the project that the program carries with it.
package twofold

import _ "embed"

// AppTOML is shopify.app.toml: scopes, webhook topics and the app proxy, as Shopify and the simulator read them.
//
//go:embed shopify.app.toml
var AppTOML []byte
