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

// ThemeExtension is the theme app extension as Shopify has it, which the simulator's shops show: blocks,
// snippets, assets, locales.
func ThemeExtension() fs.FS {
	files, err := fs.Sub(themeFiles, "extension/theme")
	if err != nil {
		panic(err) // the path is the one above
	}
	return files
}
