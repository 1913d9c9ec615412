package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// extension is the app's theme app extension. A nil one has no blocks.
// Source: shopify.dev, theme app extensions, configuration.
type extension struct {
	version       string // of its files: part of their addresses
	blocks        map[string]*extensionBlock
	snippets      map[string]string
	locales       map[string]json.RawMessage // by language
	defaultLocale string
	assets        map[string][]byte
	liquid        *liquidEngine
}

// extensionBlock is a file of blocks/.
type extensionBlock struct {
	handle string
	source string
	schema blockSchema
}

// blockSchema is what the simulator needs of a block's {% schema %}.
type blockSchema struct {
	Name        string         `json:"name"`
	Target      string         `json:"target"` // section, or body and head for app embeds
	Tag         string         `json:"tag"`
	Class       string         `json:"class"`
	JavaScript  string         `json:"javascript"` // an asset, loaded once a page
	Stylesheet  string         `json:"stylesheet"`
	AvailableIf string         `json:"available_if"`
	EnabledOn   *blockPlaces   `json:"enabled_on"`
	DisabledOn  *blockPlaces   `json:"disabled_on"`
	Settings    []blockSetting `json:"settings"`
}

// blockPlaces are templates and section groups in which a block may, or may not, stand.
type blockPlaces struct {
	Templates []string `json:"templates"`
	Groups    []string `json:"groups"`
}

type blockSetting struct {
	ID      string `json:"id"` // empty for headers and paragraphs
	Type    string `json:"type"`
	Default any    `json:"default"`
	Options []struct {
		Value string `json:"value"`
	} `json:"options"`
}

// schemaTag is the part of a block between its schema tags.
var schemaTag = regexp.MustCompile(`(?s)\{%-?\s*schema\s*-?%\}(.*?)\{%-?\s*endschema\s*-?%\}`)

// loadExtension reads the folders blocks, snippets, assets and locales. A nil or empty files is no extension. Errors:
// a block without a schema that can be read, a locale file that is no JSON, no default locale where there are
// locales.
func loadExtension(files fs.FS) (*extension, error) {
	e := &extension{
		blocks: map[string]*extensionBlock{}, snippets: map[string]string{}, locales: map[string]json.RawMessage{},
		assets: map[string][]byte{},
	}
	if files == nil {
		return e, nil
	}

	sum := sha256.New()
	for _, folder := range []string{"blocks", "snippets", "assets", "locales"} {
		entries, err := fs.ReadDir(files, folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("simulator: extension: %w", err)
		}

		for _, entry := range entries {
			raw, err := fs.ReadFile(files, path.Join(folder, entry.Name()))
			if err != nil {
				return nil, fmt.Errorf("simulator: extension: %w", err)
			}
			if err := e.take(folder, entry.Name(), raw); err != nil {
				return nil, fmt.Errorf("simulator: extension: %s/%s: %w", folder, entry.Name(), err)
			}
			_, _ = fmt.Fprintf(sum, "%s/%s %d\n%s", folder, entry.Name(), len(raw), raw) // a hash takes everything
		}
	}
	if len(e.locales) > 0 && e.defaultLocale == "" {
		return nil, errors.New("simulator: extension: locales has no *.default.json")
	}
	e.version = hex.EncodeToString(sum.Sum(nil))[:12]

	var err error
	e.liquid, err = newLiquidEngine(e)
	return e, err
}

// take keeps one file.
func (e *extension) take(folder, name string, raw []byte) error {
	handle, isLiquid := strings.CutSuffix(name, ".liquid")
	switch {
	case folder == "assets":
		e.assets[name] = raw
	case folder == "locales":
		return e.takeLocale(name, raw)
	case folder == "snippets" && isLiquid:
		e.snippets[handle] = string(raw)

	case folder == "blocks" && isLiquid:
		b := &extensionBlock{handle: handle, source: string(raw)}
		schema := schemaTag.FindSubmatch(raw)
		if schema == nil {
			return errors.New("a block needs a schema")
		}
		if err := json.Unmarshal(schema[1], &b.schema); err != nil {
			return fmt.Errorf("its schema: %w", err)
		}
		e.blocks[handle] = b
	}
	return nil
}

// takeLocale keeps the shopper's words; those of the schema are the theme editor's, which is not simulated.
func (e *extension) takeLocale(name string, raw []byte) error {
	language, isJSON := strings.CutSuffix(name, ".json")
	if !isJSON || strings.HasSuffix(language, ".schema") {
		return nil
	}
	if !json.Valid(raw) {
		return errors.New("it is no JSON")
	}

	language, isDefault := strings.CutSuffix(language, ".default")
	if isDefault {
		e.defaultLocale = language
	}

	e.locales[language] = raw
	return nil
}

// embeds are the handles of app embeds, sorted.
func (e *extension) embeds() []string {
	var out []string
	for _, handle := range sortedKeys(e.blocks) {
		if target := e.blocks[handle].schema.Target; target == "body" || target == "head" {
			out = append(out, handle)
		}
	}
	return out
}

// checkSettings reports a block or a setting that the extension does not have.
func (e *extension) checkSettings(block string, values map[string]any) error {
	b, ok := e.blocks[block]
	if !ok {
		return fmt.Errorf("the extension has no block %q", block)
	}

	for id := range values {
		if !slices.ContainsFunc(b.schema.Settings, func(s blockSetting) bool { return s.ID != "" && s.ID == id }) {
			return fmt.Errorf("block %q has no setting %q", block, id)
		}
	}
	return nil
}

// settings are block.settings: the schema's defaults, and what was set over them.
func (b *extensionBlock) settings(set ...map[string]any) map[string]any {
	out := map[string]any{}
	for _, s := range b.schema.Settings {
		if s.ID != "" {
			out[s.ID] = s.initial()
		}
	}

	for _, values := range set {
		for id, v := range values {
			out[id] = v
		}
	}
	return out
}

// initial is a setting's value before anybody touched it. Source: shopify.dev, input settings: checkboxes are false
// and select and radio take their first option without a default; what people type is blank.
func (s blockSetting) initial() any {
	switch {
	case s.Default != nil:
		return s.Default
	case s.Type == "checkbox":
		return false
	case (s.Type == "select" || s.Type == "radio") && len(s.Options) > 0:
		return s.Options[0].Value
	}
	return nil
}

// availableIf is the metafield that available_if names.
var availableIf = regexp.MustCompile(`^\{\{-?\s*app\.metafields\.([\w-]+)\.([\w-]+)\s*-?\}\}$`)

// available tells whether available_if lets the block be seen. flag tells whether a metafield of the app is a boolean
// and true. Source: shopify.dev, theme app extensions, conditional app blocks.
func (b *extensionBlock) available(flag func(namespace, key string) bool) bool {
	if b.schema.AvailableIf == "" {
		return true
	}
	name := availableIf.FindStringSubmatch(strings.TrimSpace(b.schema.AvailableIf))
	return name != nil && flag(name[1], name[2])
}

// stands tells whether enabled_on and disabled_on let the block be in a template, or in a section group if group is
// not empty.
func (b *extensionBlock) stands(template, group string) bool {
	if on := b.schema.EnabledOn; on != nil && !on.names(template, group) {
		return false
	}
	off := b.schema.DisabledOn
	return off == nil || !off.names(template, group)
}

func (p *blockPlaces) names(template, group string) bool {
	named := func(list []string, name string) bool {
		return slices.Contains(list, name) || slices.Contains(list, "*")
	}
	if group != "" && len(p.Groups) > 0 {
		return named(p.Groups, group)
	}
	return named(p.Templates, template)
}
