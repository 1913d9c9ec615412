package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// program writes an executable shell script.
func program(t *testing.T, path, script string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// These tests change the environment and the working folder, so none of them runs in parallel.

func TestMongodIsFoundInOrder(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "go.mod"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	below := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(below, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(below)
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	t.Setenv("MONGOD", "")

	find := func() string {
		t.Helper()
		p, err := findMongod(t.Context())
		if err != nil {
			return err.Error()
		}
		return p.command(1, "", nil).path
	}
	want := func(want string) {
		t.Helper()
		if got := find(); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	want("run scripts/setup")
	program(t, filepath.Join(bin, "docker"), "exit 1")
	want("run scripts/setup")
	want(program(t, filepath.Join(bin, "docker"), "exit 0"))
	want(program(t, filepath.Join(root, setupMongod), ""))
	want(program(t, filepath.Join(bin, "mongod"), ""))
	own := program(t, filepath.Join(t.TempDir(), "own"), "")
	t.Setenv("MONGOD", own)
	want(own)
	t.Setenv("MONGOD", own+"-not")
	want("$MONGOD")
}

// No daemon is at hand in tests, so a stand-in for the docker client runs the real mongod with the folder and
// arguments that the container would have.
func TestMongoInDocker(t *testing.T) {
	found, err := findMongod(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mongod := found.command(1, "", nil).path
	bin := t.TempDir()
	program(t, filepath.Join(bin, "docker"), `
echo "$*" >>`+bin+`/calls
case "$1" in
info|kill) exit 0 ;;
esac
while [ "$1" != mongod ]; do
  case "$1" in --volume) dir=${2%:/data/db} ;; esac
  shift
done
shift
exec `+mongod+` --dbpath "$dir" "$@"`)
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	t.Setenv("MONGOD", "")
	t.Chdir(t.TempDir())
	if p, err := findMongod(t.Context()); err != nil || p.command(1, "", nil).path != filepath.Join(bin, "docker") {
		t.Fatalf("docker was not chosen (%v)", err)
	}

	m := startMongo(t, MongoOptions{})
	if err := connect(t, m).Ping(testContext(t), nil); err != nil {
		t.Error(err)
	}
	m.Kill()
	calls, err := os.ReadFile(filepath.Join(bin, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--volume " + m.folder.path + ":/data/db", " mongo:7 mongod ", "kill twofold-mongo-"} {
		if !strings.Contains(string(calls), want) {
			t.Errorf("docker was not called with %q:\n%s", want, calls)
		}
	}
}
