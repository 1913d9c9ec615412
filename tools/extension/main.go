// Command extension makes extension/theme, the theme app extension as Shopify gets it, from extension/src and the
// words of package text: scripts and CSS made small, the CSS as snippets, so that it stands within the page; settings
// for every text; locale files. And what is made of the UI extensions thank-you and account: manifests, locale files,
// bundles.
//
// usage: go run ./tools/extension
//
// Begin with build in build.go: each of its steps makes one sort of file; blocks.go has the UI extensions.
package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "extension:", err)
		os.Exit(1)
	}
}

// run builds the theme and the UI extensions of the project in root.
func run(root string) error {
	if err := runTheme(root); err != nil {
		return err
	}

	files, err := buildBlocks(root)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := write(filepath.Join(root, "extension", name), files[name]); err != nil {
			return err
		}
	}
	return nil
}

// runTheme builds the theme. Files that nothing makes any more are removed.
func runTheme(root string) error {
	files, err := build(root)
	if err != nil {
		return err
	}

	theme := filepath.Join(root, themeFolder)
	there, err := builtFiles(root)
	if err != nil {
		return err
	}
	for path := range there {
		if _, made := files[path]; !made {
			if err := os.Remove(filepath.Join(theme, path)); err != nil {
				return err
			}
		}
	}

	for _, path := range slices.Sorted(maps.Keys(files)) {
		if bytes.Equal(files[path], there[path]) {
			continue
		}
		if err := write(filepath.Join(theme, path), files[path]); err != nil {
			return err
		}
	}
	return nil
}

func write(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return err
	}
	return os.WriteFile(name, content, 0o600)
}

// builtFiles reads what stands in extension/theme, by paths within it. No folder is no files.
func builtFiles(root string) (map[string][]byte, error) {
	there := map[string][]byte{}
	theme := os.DirFS(filepath.Join(root, themeFolder))

	err := fs.WalkDir(theme, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && path == ".":
			return fs.SkipAll
		case err != nil || d.IsDir():
			return err
		}
		content, err := fs.ReadFile(theme, path)
		there[path] = content
		return err
	})
	return there, err
}
