// Command turbo writes admin/assets/turbo.js anew: npm's @hotwired/turbo, made small. Run it after scripts/setup node when
// tools/package.json has another version of it; a test compares.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/evanw/esbuild/pkg/api"
)

// Where it is read and written, from the root of the module.
const (
	source = "tools/node_modules/@hotwired/turbo/dist/turbo.es2017-umd.js"
	target = "admin/assets/turbo.js"
)

func main() {
	small, err := shrunk(source)
	if err == nil {
		err = os.WriteFile(target, small, 0o644) //nolint:gosec // source code, for everybody to read
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "turbo:", err)
		os.Exit(1)
	}
}

// shrunk is the script without comments but its licence, and with short names.
func shrunk(path string) ([]byte, error) {
	code, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}

	result := api.Transform(string(code), api.TransformOptions{
		Loader: api.LoaderJS, Target: api.ES2020, LegalComments: api.LegalCommentsInline,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
	})
	if len(result.Errors) > 0 {
		return nil, errors.New(result.Errors[0].Text)
	}
	return result.Code, nil
}
