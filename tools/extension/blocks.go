package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/evanw/esbuild/pkg/api"
)

// uiVersion is the API version of the UI extensions. It is apart from the Admin API's, and goes with the version of
// @shopify/ui-extensions in extension/package.json. Source: shopify.dev, API versioning of UI extensions.
const uiVersion = "2026-07"

// uiExtensions are the folders of extension that are UI extensions.
var uiExtensions = []string{"thank-you", "account"}

// linkFolder is the folder of the link in the admin's list of discounts, whose name Shopify shows in the merchant's
// language. Source: shopify.dev, Create admin link extensions.
const linkFolder = "discounts"

// The tables of the shopper's words that the blocks have in common with the widgets.
var sharedTables = map[string][]string{
	"buttons": {"copy", "join", "retry"},
	"gets":    {"amount_off", "percent_off", "free_shipping", "share_of_order"},
	"invite":  {"lead", "rest", "rest_min", "rest_ship", "rest_ship_min", "rest_after", "rest_after_min", "gives", "terms"},
	"link":    {"title", "sorry", "whatsapp", "email", "sms", "buyers_join"},
	"shared":  {"copied"},
}

// blocksFile is what the blocks read of a file of package text.
type blocksFile struct {
	Shopper, Merchant struct {
		Block  map[string]map[string]string `toml:"block"`
		Widget map[string]map[string]any    `toml:"widget"`
	}
}

// buildBlocks makes what is made of the UI extensions, by paths within extension: their manifests and locale files, the
// app's address, and the bundles that the simulator's pages run.
func buildBlocks(root string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, language := range languages {
		var file blocksFile
		if _, err := toml.DecodeFile(filepath.Join(root, "text", language+".toml"), &file); err != nil {
			return nil, err
		}

		for _, folder := range uiExtensions {
			if err := blockLocale(files, folder, language, file); err != nil {
				return nil, err
			}
			if language != "en" {
				continue
			}
			if err := blockManifest(files, root, folder, file.Merchant.Block); err != nil {
				return nil, err
			}
		}

		if words, known := file.Merchant.Block[linkFolder]; known { // a language of the merchant's
			if err := locale(files, linkFolder, language, words); err != nil {
				return nil, err
			}
		}
	}

	if err := blockManifest(files, root, linkFolder, nil); err != nil {
		return nil, err
	}
	if err := appAddress(files, root); err != nil {
		return nil, err
	}
	return files, bundleBlocks(files, root)
}

// blockLocale writes the buyer's words in one language. Shopify falls back to English.
func blockLocale(files map[string][]byte, folder, language string, file blocksFile) error {
	said := map[string]map[string]any{}
	add := func(table, key string, text any) {
		if said[table] == nil {
			said[table] = map[string]any{}
		}
		said[table][key] = strings.NewReplacer("{{.", "{{").Replace(fmt.Sprint(text))
	}

	for table, keys := range sharedTables {
		for _, key := range keys {
			text, known := file.Shopper.Widget[table][key]
			if !known {
				return fmt.Errorf("text/%s.toml has no shopper.widget.%s.%s", language, table, key)
			}
			add(table, key, text)
		}
	}
	for table, entries := range file.Shopper.Block {
		for key, text := range entries {
			add(table, key, text)
		}
	}

	return locale(files, folder, language, said)
}

// locale writes a locale file of one language.
func locale(files map[string][]byte, folder, language string, said any) error {
	name := language + ".json"
	if language == "en" {
		name = "en.default.json"
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	err := encoder.Encode(said)
	files[path.Join(folder, "locales", name)] = out.Bytes()
	return err
}

var labelCall = regexp.MustCompile(`@say\((\w+)\.(\w+)\)`)

// blockManifest writes shopify.extension.toml, with the merchant's words in it.
func blockManifest(files map[string][]byte, root, folder string, words map[string]map[string]string) error {
	source, err := os.ReadFile(filepath.Join(root, sourceFolder, folder+".toml"))
	if err != nil {
		return err
	}

	missing := ""
	text := labelCall.ReplaceAllStringFunc(string(source), func(call string) string {
		at := labelCall.FindStringSubmatch(call)
		label, known := words[at[1]][at[2]]
		if !known {
			missing = call
		}
		return label
	})
	if missing != "" {
		return fmt.Errorf("%s.toml: package text has no words for %s", folder, missing)
	}

	files[path.Join(folder, "shopify.extension.toml")] = []byte(strings.ReplaceAll(text, "@version", uiVersion))
	return nil
}

// appAddress writes where the blocks find the app: Shopify's pages do not say it.
func appAddress(files map[string][]byte, root string) error {
	var app struct {
		Address string `toml:"application_url"`
	}
	if _, err := toml.DecodeFile(filepath.Join(root, "shopify.app.toml"), &app); err != nil {
		return err
	}

	files["lib/address.js"] = fmt.Appendf(nil,
		"// Made by tools/extension of application_url in shopify.app.toml.\nexport const address = '%s';\n",
		strings.TrimSuffix(app.Address, "/"))
	return nil
}

// bundleBlocks makes built/{folder}.js as Shopify CLI does: each target's module is handed to shopify.extend.
func bundleBlocks(files map[string][]byte, root string) error {
	folder, err := filepath.Abs(filepath.Join(root, "extension"))
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules")); err != nil {
		return fmt.Errorf("the packages of extension are not installed: run scripts/setup blocks")
	}

	for _, name := range uiExtensions {
		entry, err := entryOf(files[name+"/shopify.extension.toml"])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		result := api.Build(api.BuildOptions{
			Stdin:  &api.StdinOptions{Contents: entry, ResolveDir: filepath.Join(folder, name), Loader: api.LoaderJSX},
			Bundle: true, Format: api.FormatIIFE, Target: api.ES2021, Charset: api.CharsetUTF8,
			JSX: api.JSXAutomatic, JSXImportSource: "preact", LegalComments: api.LegalCommentsNone,
			MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
			Plugins: []api.Plugin{made(files, folder)},
		})
		for _, e := range result.Errors {
			return fmt.Errorf("%s: %s", name, e.Text)
		}
		files["built/"+name+".js"] = result.OutputFiles[0].Contents
	}
	return nil
}

// made has a bundle take the app's address as it is made now: its file may be from before, or not there.
func made(files map[string][]byte, folder string) api.Plugin {
	return api.Plugin{Name: "made", Setup: func(build api.PluginBuild) {
		address := filepath.Join(folder, "lib", "address.js")
		build.OnResolve(api.OnResolveOptions{Filter: `/address\.js$`}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: address}, nil
		})
		build.OnLoad(api.OnLoadOptions{Filter: `/lib/address\.js$`}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			text := string(files["lib/address.js"])
			return api.OnLoadResult{Contents: &text}, nil
		})
	}}
}

// entryOf is the script with which Shopify CLI begins a bundle. Source: Shopify CLI 4.8, getBundleExtensionStdinContent.
func entryOf(manifest []byte) (string, error) {
	var file struct {
		Extensions []struct {
			Targeting []struct{ Target, Module string }
		}
	}
	if err := toml.Unmarshal(manifest, &file); err != nil {
		return "", err
	}

	entry := ""
	for _, e := range file.Extensions {
		for i, t := range e.Targeting {
			entry += fmt.Sprintf("import t%d from '%s';shopify.extend('%s',(...a)=>t%d(...a));\n", i, t.Module, t.Target, i)
		}
	}
	return entry, nil
}
