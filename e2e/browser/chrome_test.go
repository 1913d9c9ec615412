package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/chromedp/chromedp"

	"twofold/local"
)

// chromeNames are what the browser's program may be called. $CHROME goes before them.
var chromeNames = []string{"chromium", "chromium-browser", "google-chrome", "chrome"}

// findChrome returns the browser's path. A missing browser fails: a test that did not run must not look like one that
// passed.
func findChrome() (string, error) {
	names := chromeNames
	if chosen := os.Getenv("CHROME"); chosen != "" {
		names = []string{chosen}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no chromium on PATH: run scripts/setup browser")
}

// chromeOptions are the browser's. Names resolve to nothing but this machine's own, so that no page can reach out; a
// request that tries is a test's failure all the same. Where nobody will look at pictures the themes' own fonts are left out: on a busy
// machine they come after the first paint, and move the page, which is not the widgets' doing.
func chromeOptions(path string) []chromedp.ExecAllocatorOption {
	return []chromedp.ExecAllocatorOption{
		chromedp.Flag("disable-remote-fonts", *shots == "" && !*writePictures),
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-background-timer-throttling", true),
		// An answer that a test gives in the program's place comes from no machine, and may ask this one all the same.
		chromedp.Flag("disable-features", "LocalNetworkAccessChecks"),
		chromedp.Flag("hide-scrollbars", true), // they take width that a phone's do not
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"),
		chromedp.WSURLReadTimeout(startLimit),
	}
}

// startChrome starts one browser for all tests.
func startChrome(ctx context.Context) (context.Context, func(), error) {
	path, err := findChrome()
	if err != nil {
		return nil, nil, err
	}
	allocator, release := chromedp.NewExecAllocator(ctx, chromeOptions(path)...)
	chrome, cancel := chromedp.NewContext(allocator)
	stop := func() {
		_ = chromedp.Cancel(chrome) // it waits until the browser has ended; how it ends is nobody's concern
		cancel()
		release()
	}
	if err := chromedp.Do(chrome); err != nil {
		stop()
		return nil, nil, err
	}
	return chrome, stop, nil
}

// readAxe reads axe-core, which scripts/setup installs with the other checkers.
func readAxe() (string, error) {
	source, err := os.ReadFile(filepath.Join(local.ModuleRoot(), "tools", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		return "", fmt.Errorf("run scripts/setup: %w", err)
	}
	return string(source), nil
}
