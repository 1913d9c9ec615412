package blockstest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"twofold/local"
)

// runLimit bounds one checker. The slowest takes some seconds on an idle machine.
const runLimit = 2 * time.Minute

// judge runs a package of the folder extension there, which scripts/setup installs when told blocks.
func judge(t *testing.T, script string, args ...string) {
	t.Helper()
	folder := filepath.Join(local.ModuleRoot(), "extension")
	if _, err := os.Stat(filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal("the packages of extension are not installed: run scripts/setup blocks")
	}

	ctx, cancel := context.WithTimeout(t.Context(), runLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", append([]string{filepath.Join("node_modules", script)}, args...)...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "CI=1") // with CI, a snapshot that lacks is an error
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", script, err, said)
	}
}

func TestBlocksOnShopifysTester(t *testing.T) {
	t.Parallel()
	judge(t, "vitest/vitest.mjs", "run")
}

func TestBlocksHaveTheRightTypes(t *testing.T) {
	t.Parallel()
	judge(t, "typescript/bin/tsc", "-p", ".")
}
