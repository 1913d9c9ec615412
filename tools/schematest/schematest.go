// Package schematest gives Go tests Shopify's Admin GraphQL schema. It is made at test time from the npm package
// @shopify/dev-mcp, which scripts/setup fetches, and is no part of this repository.
package schematest

import (
	"os"
	"path/filepath"
	"testing"

	"twofold/local"
	"twofold/tools/nodetest"
)

// cacheName is below the module's folder, beside what the schema is made from, so that a new version of
// the package is a new file.
var cacheName = filepath.Join(".cache", "dev-mcp-1.16.0", "admin_2026-10.graphql")

// AdminSDL returns the schema of the Admin API 2026-10 in GraphQL's schema language (3.7 MB). The first call on
// a machine makes it, which takes a second; later ones read a file. Several processes may ask at once: each
// makes its own and the last one stays. It fails the test, with the advice to run scripts/setup, when Node or
// the npm packages are missing.
func AdminSDL(t testing.TB) string {
	t.Helper()
	cached := filepath.Join(local.ModuleRoot(), cacheName)
	if sdl, err := os.ReadFile(cached); err == nil {
		return string(sdl)
	}

	sdl := nodetest.Run(t, nil, "schema.mjs")
	if err := replaceFile(cached, sdl); err != nil {
		t.Fatalf("keep the Admin schema: %v", err)
	}
	return string(sdl)
}

// replaceFile writes a file so that readers see the old content or all of the new.
func replaceFile(name string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well

	if _, err := f.Write(content); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
