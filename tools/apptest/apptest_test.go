// Package apptest has Shopify CLI judge shopify.app.toml and the extensions: its schemas, its build and
// its security check; and Shopify's validator of components judge the admin's pages. It is apart from the other
// checkers because the CLI and the Node that it asks for weigh 240 MB, and the validator 80: make check-app.
package apptest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"twofold/local"
	"twofold/tools/nodetest"
)

// leftOut are folders that are not the app: what tools install and write, and samples that are wrong on purpose.
var leftOut = []string{".git", ".cache", "bin", "node_modules", "testdata", "tools", "tmp"}

// appCopy is a copy of the whole app, since the CLI writes into what it builds.
func appCopy(t *testing.T) string {
	t.Helper()
	from, to := local.ModuleRoot(), t.TempDir()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(leftOut, entry.Name()) {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}

	// The CLI bundles the UI extensions with packages that stand beside them.
	packages := filepath.Join(from, "extension", "node_modules")
	if _, err := os.Stat(packages); err != nil {
		t.Fatal("the packages of extension are not installed: run scripts/setup blocks")
	}
	if err := os.Symlink(packages, filepath.Join(to, "extension", "node_modules")); err != nil {
		t.Fatal(err)
	}
	return to
}

// judge runs a script on a folder that must be clean, and wants words in what it says.
func judge(t *testing.T, script, folder string, want ...string) {
	t.Helper()
	said, clean := nodetest.Judge(t, script, folder)
	for _, words := range want {
		clean = clean && strings.Contains(said, words)
	}
	if !clean {
		t.Errorf("%s: want %q in\n%s", script, want, said)
	}
}

// refuses runs a script on a folder that it must not find clean, for each of the reasons.
func refuses(t *testing.T, script, folder string, reasons ...string) {
	t.Helper()
	said, clean := nodetest.Judge(t, script, folder)
	if clean {
		t.Errorf("%s finds nothing wrong", script)
	}
	for _, reason := range reasons {
		if !strings.Contains(said, reason) {
			t.Errorf("%s: %q is not in\n%s", script, reason, said)
		}
	}
}

func TestAppIsClean(t *testing.T) {
	t.Parallel()
	app := appCopy(t)
	judge(t, "validate-toml.mjs", app, "1 apps, 5 extensions, 0 errors")
	judge(t, "doctor.mjs", app, " 0 findings")
	judge(t, "build.mjs", app, "Running theme check", "friends-link successfully built", "friends-page successfully built", "built!") // last: it writes
}

// theme adds a theme extension of nodetest's samples to an app.
func theme(t *testing.T, app, name string) {
	t.Helper()
	from := os.DirFS(filepath.Join("..", "nodetest", "testdata", "theme", name))
	if err := os.CopyFS(filepath.Join(app, "extension", "theme"), from); err != nil {
		t.Fatal(err)
	}
}

// The golden files of package admin are whole pages, as the app sends them.
func TestPagesAreMadeOfPolaris(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join(local.ModuleRoot(), "admin", "testdata", "*.html"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	if said, clean := nodetest.JudgePages(t, pages...); !clean {
		t.Error(said)
	}

	bad := filepath.Join(t.TempDir(), "bad.html")
	write(t, bad, `<s-page heading="Home"><s-badge tone="loud" colour="red">New</s-badge></s-page>`)
	said, clean := nodetest.JudgePages(t, bad)
	for _, want := range []string{"bad.html", `"loud"`, "1 bad"} {
		if clean || !strings.Contains(said, want) {
			t.Errorf("a page that is wrong: %t, without %q:\n%s", clean, want, said)
		}
	}
}

func TestAppsAreJudged(t *testing.T) {
	t.Parallel()
	bad := t.TempDir()
	if err := os.CopyFS(bad, os.DirFS(filepath.Join("testdata", "bad"))); err != nil {
		t.Fatal(err)
	}
	theme(t, bad, "bad")
	token := "shpat_" + strings.Repeat("0123456789abcdef", 2) // may not stand in a file of ours as a whole
	write(t, filepath.Join(bad, "keys.go"), "package keys\n\nconst token = \""+token+"\"\n")
	refuses(t, "validate-toml.mjs", bad,
		"app_proxy.prefix: must be", "app_proxy.subpath: must be", "no compliance topic shop/redact", "unknown topic orders/never", "unknown scope read_everything",
		"2025-01 is not", "embed: Shopify CLI does not know this key", "webhooks.subscriptions.0.uri: ", "does not know the type them")
	refuses(t, "doctor.mjs", bad, "COMMITTED_SECRET", "INSECURE_WEBHOOK_URL", "MISSING_COMPLIANCE_WEBHOOKS", "LIQUID_UNSAFE_RENDER", "UNSAFE_INNERHTML")
}

// Shopify CLI builds what theme check finds wrong.
func TestWhatABuildSaysCounts(t *testing.T) {
	t.Parallel()
	app := t.TempDir()
	toml, err := os.ReadFile(filepath.Join(local.ModuleRoot(), "shopify.app.toml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(app, "shopify.app.toml"), string(toml))
	theme(t, app, "bad")
	refuses(t, "build.mjs", app, "[error]: MissingAsset", "built!")
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The layout of mails is what mjml makes of its source.
func TestTheLayoutOfMailsIsMadeByMJML(t *testing.T) {
	t.Parallel()
	read := func(name string) []byte {
		content, err := os.ReadFile(filepath.Join(local.ModuleRoot(), "mail", name))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	_, got, _ := bytes.Cut(read("layout.html"), []byte("\n"))
	if !bytes.Equal(nodetest.MJML(t, read("layout.mjml")), got) {
		t.Error("mail/layout.html is another one: go run ./tools/mail")
	}
}
