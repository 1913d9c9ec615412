// Package nodetest runs the project's Node checkers (tools/*.mjs) from Go tests. They are judges made by others:
// Shopify's own library, schema and payloads. What is missing fails the test: a check that did not run must not
// look like one that passed.
package nodetest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"twofold/local"
)

// runLimit bounds one checker. The slowest takes a second or two on an idle machine.
const runLimit = 2 * time.Minute

// Run runs a script of the folder tools with node, gives it stdin (nil: empty), and returns its stdout. The test
// fails at once, with both outputs, when the script exits with an error, and with the advice to run scripts/setup
// when Node or the scripts' packages are missing.
func Run(t testing.TB, stdin []byte, script string, args ...string) []byte {
	t.Helper()
	out, errs, err := run(t, filepath.Join(local.ModuleRoot(), "tools"), "scripts/setup", stdin, script, args)
	if err != nil {
		t.Fatalf("%s %q: %v\n%s%s", script, args, err, out, errs)
	}
	return out
}

// Judge runs a script of the folder tools/cli, whose packages are Shopify CLI and the Node that it asks for. It
// returns all that the script says, and whether it found nothing wrong. The test fails when they are missing:
// scripts/setup installs them when told cli.
func Judge(t testing.TB, script string, args ...string) (said string, clean bool) {
	t.Helper()
	return judge(t, "cli", script, args)
}

// JudgePages has Shopify's validator of Polaris components judge rendered pages. The test fails when it is missing:
// scripts/setup installs it when told components.
func JudgePages(t testing.TB, pages ...string) (said string, clean bool) {
	t.Helper()
	return judge(t, "components", "validate.mjs", pages)
}

// MJML makes HTML of a mail's layout. The test fails when mjml is missing: scripts/setup installs it when told mail.
func MJML(t testing.TB, layout []byte) []byte {
	t.Helper()
	out, errs, err := run(t, filepath.Join(local.ModuleRoot(), "tools", "mail"), "scripts/setup mail", layout, "build.mjs", nil)
	if err != nil {
		t.Fatalf("mjml: %v\n%s%s", err, out, errs)
	}
	return out
}

// judge runs a script of a folder of tools, which scripts/setup installs when told its name.
func judge(t testing.TB, folder, script string, args []string) (said string, clean bool) {
	t.Helper()
	out, errs, err := run(t, filepath.Join(local.ModuleRoot(), "tools", folder), "scripts/setup "+folder, nil, script, args)
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatalf("%s %q: %v", script, args, err)
	}
	return string(out) + string(errs), err == nil
}

// run runs a script of a folder that has its own packages, by the Node that is among them, else by the one on PATH.
func run(t testing.TB, folder, setup string, stdin []byte, script string, args []string) (out, errs []byte, err error) {
	t.Helper()
	node := filepath.Join(folder, "node_modules", ".bin", "node")
	if _, err := os.Stat(node); err != nil {
		node = "node"
	}
	if _, err := exec.LookPath(node); err != nil {
		t.Fatalf("%s: no node on PATH: run %s", script, setup)
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules")); err != nil {
		t.Fatalf("%s: its packages are not installed: run %s", script, setup)
	}

	ctx, cancel := context.WithTimeout(t.Context(), runLimit)
	defer cancel()
	var outBuffer, errBuffer bytes.Buffer
	cmd := exec.CommandContext(ctx, node, append([]string{filepath.Join(folder, script)}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &outBuffer, &errBuffer
	err = cmd.Run()
	return outBuffer.Bytes(), errBuffer.Bytes(), err
}
