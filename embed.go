// Package twofold holds the files at the root of the project that the program carries with it.
package twofold

import (
	"embed"
	"io/fs"
)

// AppTOML is shopify.app.toml: scopes, webhook topics and the app proxy, as Shopify and the simulator read them.
//
//go:embed shopify.app.toml
var AppTOML []byte

//go:embed extension/theme
var themeFiles embed.FS

//go:embed extension/thank-you/shopify.extension.toml extension/thank-you/locales
//go:embed extension/account/shopify.extension.toml extension/account/locales extension/built
var uiFiles embed.FS

// ThemeExtension is the theme app extension as Shopify has it, which the simulator's shops show: blocks,
// snippets, assets, locales.
func ThemeExtension() fs.FS { return below(themeFiles, "extension/theme") }

// UIExtensions are the app's blocks for Shopify's thank-you, order status and account pages: a folder each with its
// manifest and locales, and their bundles in built.
func UIExtensions() fs.FS { return below(uiFiles, "extension") }

func below(all embed.FS, folder string) fs.FS {
	files, err := fs.Sub(all, folder)
	if err != nil {
		panic(err) // the path is one of those above
	}
	return files
}
