package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"twofold/demo"
)

// An operator can look: beside a program that brought its own databases the other commands find them, in development
// alone, and nobody but its owner reads where. When it has ended, nothing is left.
func TestOtherCommandsWorkBesideTheDemo(t *testing.T) { //nolint:tparallel // what is beside it must have ended when the folder is looked at
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, besideFile)
	t.Run("while it runs", func(t *testing.T) {
		s := setStage(t, map[string]string{"STATE_DIR": folder}, io.Discard)
		if err := s.Play(t.Context(), "install", "go_live"); err != nil {
			t.Fatal(err)
		}

		env := map[string]string{"TWOFOLD_ENV": development, "STATE_DIR": folder, "LOG_LEVEL": "error"}
		out, err := try(t, env, "campaign", "list", "--shop="+string(demo.Shop))
		if err != nil || !strings.Contains(out, "Live is cmp_first v1") {
			t.Errorf("campaign list: %v\n%s", err, out)
		}
		mails := filepath.Join(folder, "mails")
		out, err = try(t, env, "mail", "preview", mails, "--shop="+string(demo.Shop))
		if said, _ := os.ReadFile(filepath.Join(mails, "issued.en.txt")); err != nil || strings.Contains(string(said), "Fold & Field") ||
			!strings.Contains(string(said), "/discount/FOLD-7QK2") {
			t.Errorf("mail preview: %v\n%s%s", err, out, said)
		}
		if out, _ := try(t, env, "doctor"); !strings.Contains(out, "token works, scopes granted") {
			t.Errorf("doctor:\n%s", out)
		}

		env["TWOFOLD_ENV"] = production
		if _, err := try(t, env, "campaign", "list", "--shop="+string(demo.Shop)); err == nil || !strings.Contains(messages(err), "MONGODB_URI") {
			t.Errorf("in production: %v", err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file's mode: %v, %v", info, err)
		}
	})

	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is left: %v", err)
	}
}

// What another process has written since stays, and is what counts.
func TestTheLastOneIsFound(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	running := func(uri string) *parts {
		p := &parts{config: config{Env: development, StateDir: folder}, log: newLog(io.Discard, "error"), embedded: map[string]string{"MONGODB_URI": uri}}
		if err := p.announce(t.Context()); err != nil {
			t.Fatal(err)
		}
		return p
	}
	first, second := running("mongodb://127.0.0.1:1/"), running("mongodb://127.0.0.1:2/")
	if err := first.close(); err != nil {
		t.Fatal(err)
	}

	env := map[string]string{"TWOFOLD_ENV": development, "STATE_DIR": folder}
	look := func() string {
		c, err := loadBeside(func(name string) (string, bool) { v, set := env[name]; return v, set })
		if err != nil {
			t.Fatal(err)
		}
		return c.MongoURI
	}
	if got := look(); got != "mongodb://127.0.0.1:2/" {
		t.Errorf("found %q", got)
	}
	env["MONGODB_URI"] = "mongodb://127.0.0.1:3/"
	if got := look(); got != "mongodb://127.0.0.1:3/" {
		t.Errorf("the environment says another, found %q", got)
	}
	delete(env, "MONGODB_URI")
	if err := second.close(); err != nil || look() != "" {
		t.Errorf("%v, found %q when all have ended", err, look())
	}
}
