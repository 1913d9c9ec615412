// Package nodetest runs the project's Node checkers (tools/*.mjs) from Go tests. They are judges made by others: Shopify's own
// library, schema and payloads. What is missing fails the test: a check that did not run must not look like one that passed.
package nodetest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"twofold/local"
)

// runLimit bounds one checker. The slowest takes a second or two on an idle machine.
const runLimit = 2 * time.Minute

// Run runs a script of the folder tools with node, gives it stdin (nil: empty), and returns its stdout. The test fails at once,
// with both outputs, when the script exits with an error, and with the advice to run scripts/setup when Node or the scripts'
// packages are missing.
func Run(t testing.TB, stdin []byte, script string, args ...string) []byte {
	t.Helper()
	tools := filepath.Join(local.ModuleRoot(), "tools")
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatalf("%s: no node on PATH: run scripts/setup", script)
	}
	if _, err := os.Stat(filepath.Join(tools, "node_modules")); err != nil {
		t.Fatalf("%s: its packages are not installed: run scripts/setup", script)
	}
	ctx, cancel := context.WithTimeout(t.Context(), runLimit)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, "node", append([]string{filepath.Join(tools, script)}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %q: %v\n%s%s", script, args, err, out.Bytes(), errs.Bytes())
	}
	return out.Bytes()
}
