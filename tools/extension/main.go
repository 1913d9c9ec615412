// Command extension makes extension/theme, the theme app extension as Shopify gets it, from extension/src and the
// words of package text: scripts and CSS made small, the CSS as snippets, so that it stands within the page; settings
// for every text; locale files.
//
// usage: go run ./tools/extension
//
// Begin with build in build.go: each of its steps makes one sort of file.
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

// run builds the theme of the project in root. Files that nothing makes any more are removed.
func run(root string) error {
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
		if err := os.MkdirAll(filepath.Dir(filepath.Join(theme, path)), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(theme, path), files[path], 0o600); err != nil {
			return err
		}
	}
	return nil
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
