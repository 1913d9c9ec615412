package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const (
	mongoImage       = "mongo:7"
	dockerStartLimit = 10 * time.Minute // the image may have to be fetched first
	dockerAnswers    = 5 * time.Second
)

// setupMongod is where scripts/setup puts mongod, below the folder of go.mod.
var setupMongod = filepath.Join(".cache", "mongod", "bin", "mongod")

// ErrNoMongod says that no mongod is found where StartMongo looks.
var ErrNoMongod = errors.New(
	"local: no mongod: not in $MONGOD, on PATH or in .cache, and no Docker daemon answers: run scripts/setup",
)

// mongodProgram is a way to run mongod.
type mongodProgram struct {
	startLimit time.Duration
	command    func(port int, dir string, args []string) command
}

// findMongod looks for a program in the order that StartMongo documents.
func findMongod(ctx context.Context) (mongodProgram, error) {
	if path := os.Getenv("MONGOD"); path != "" {
		found, err := exec.LookPath(path)
		if err != nil {
			return mongodProgram{}, fmt.Errorf("local: $MONGOD: %w", err)
		}
		return nativeMongod(found), nil
	}

	if path, err := exec.LookPath("mongod"); err == nil {
		return nativeMongod(path), nil
	}
	if path, err := exec.LookPath(filepath.Join(ModuleRoot(), setupMongod)); err == nil {
		return nativeMongod(path), nil
	}
	if docker, err := findDocker(ctx); err == nil {
		return dockerMongod(docker), nil
	}
	return mongodProgram{}, ErrNoMongod
}

func nativeMongod(path string) mongodProgram {
	return mongodProgram{
		startLimit: mongoStartLimit,
		command: func(port int, dir string, args []string) command {
			own := []string{"--dbpath", dir, "--bind_ip", "127.0.0.1", "--port", strconv.Itoa(port)}
			return command{path: path, args: append(own, args...), deathSignal: syscall.SIGKILL}
		},
	}
}

// findDocker returns the docker client if its daemon answers.
func findDocker(ctx context.Context) (string, error) {
	path, err := exec.LookPath("docker")
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, dockerAnswers)
	defer cancel()
	return path, exec.CommandContext(ctx, path, "info").Run()
}

// dockerMongod runs the image with the port published under the same number, so that the member's name in the set's
// configuration is true inside and outside. The client in the foreground stands for the container: it passes SIGTERM
// on, but cannot pass SIGKILL on, so killing goes by the container's name.
func dockerMongod(docker string) mongodProgram {
	return mongodProgram{
		startLimit: dockerStartLimit,
		command: func(port int, dir string, args []string) command {
			p := strconv.Itoa(port)
			name := "twofold-mongo-" + p
			own := []string{
				"run", "--rm", "--name", name, "--user", fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()),
				"--volume", dir + ":/data/db", "--publish", "127.0.0.1:" + p + ":" + p,
				mongoImage, "mongod", "--bind_ip_all", "--port", p,
			}

			return command{
				path: docker, args: append(own, args...), deathSignal: syscall.SIGTERM,
				killer: []string{docker, "kill", name},
			}
		},
	}
}

// ModuleRoot returns the nearest folder with a go.mod, from the working folder up; the working
// folder itself if there is none.
func ModuleRoot() string {
	start, err := os.Getwd()
	if err != nil {
		return "."
	}

	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return start
		}
	}
}
