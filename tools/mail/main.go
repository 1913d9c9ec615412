// Command mail writes mail/layout.html anew: mail/layout.mjml as mjml makes HTML of it. Run it after scripts/setup mail
// when the layout has changed; tests compare.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
)

// Where it is read and written, from the root of the module.
const (
	source = "mail/layout.mjml"
	target = "mail/layout.html"
	script = "tools/mail/build.mjs"
)

func main() {
	html, err := built(context.Background(), ".")
	if err == nil {
		err = os.WriteFile(target, html, 0o644) //nolint:gosec // source code, for everybody to read
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mail:", err)
		os.Exit(1)
	}
}

// built is the HTML, below a line that names what it was made of.
func built(ctx context.Context, root string) ([]byte, error) {
	layout, err := os.ReadFile(root + "/" + source)
	if err != nil {
		return nil, err
	}

	node := exec.CommandContext(ctx, "node", script)
	node.Dir, node.Stdin, node.Stderr = root, bytes.NewReader(layout), os.Stderr
	html, err := node.Output()
	if err != nil {
		return nil, fmt.Errorf("node %s: %w (scripts/setup mail installs what it needs)", script, err)
	}
	made, err := madeOf(root)
	return append([]byte(made), html...), err
}

// madeOf is the first line of the HTML: the hash of all that it depends on, so that no test needs mjml to tell that the
// layout has changed since.
func madeOf(root string) (string, error) {
	sum := sha256.New()
	for _, name := range []string{source, script, "tools/mail/package-lock.json"} {
		content, err := os.ReadFile(root + "/" + name)
		if err != nil {
			return "", err
		}
		sum.Write(content)
	}
	return "{{/* made of layout.mjml by tools/mail: " + hex.EncodeToString(sum.Sum(nil)[:8]) + " */ -}}\n", nil
}
