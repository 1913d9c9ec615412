package local

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// childMark makes this test program, when it is set, start a mongod, print its process id and
// folder and wait to be killed.
const childMark = "TWOFOLD_LOCAL_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childMark) != "" {
		runChild()
		return
	}
	os.Exit(m.Run())
}

func runChild() {
	m, err := StartMongo(context.Background(), MongoOptions{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(m.proc.cmd.Process.Pid, m.folder.path)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func TestMongoDiesWithItsParent(t *testing.T) {
	t.Parallel()
	child, pid, dir := startChild(t)
	if gone(pid) || !exists(dir) {
		t.Fatalf("mongod %d is not running in %s", pid, dir)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it says that it was killed
	eventually(t, "mongod ends after its parent was killed", func() bool { return gone(pid) })
	eventually(t, "a later start removes the folder", func() bool {
		sweep(filepath.Join(os.TempDir(), mongoFolderPattern))
		return !exists(dir)
	})
}

// startChild runs this test program as a parent of a mongod, and returns it with mongod's process id and folder.
func startChild(t *testing.T) (child *exec.Cmd, pid int, dir string) {
	t.Helper()
	child = exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childMark+"=1")
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := child.StdinPipe(); err != nil { // kept open: the child waits for its end
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pidText, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
	if pid, err = strconv.Atoi(pidText); err != nil {
		t.Fatal(err)
	}
	return child, pid, dir
}

// A goroutine that ends while locked to its thread ends the thread too; a server started from it must not notice.
func TestServerOutlivesTheThreadThatAskedForIt(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	var thread int
	started := make(chan *Redis)
	go onThreadThatEnds(func() {
		thread = syscall.Gettid()
		r, err := StartRedis(ctx, RedisOptions{})
		if err != nil {
			t.Error(err)
		}
		started <- r
	})
	r := <-started
	if r == nil {
		t.FailNow()
	}
	t.Cleanup(func() { stop(t, &r.server) })
	eventually(t, "the thread ends", func() bool { return !exists(fmt.Sprintf("/proc/self/task/%d", thread)) })
	if err := r.ready(ctx, r.addr()); err != nil {
		t.Errorf("the server ended with the thread: %v", err)
	}
}

// onThreadThatEnds runs f on a thread that ends with the calling goroutine. That is never the process's first thread,
// which Go parks instead of ending it.
func onThreadThatEnds(f func()) {
	runtime.LockOSThread()
	if syscall.Gettid() != syscall.Getpid() {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		onThreadThatEnds(f)
	}()
	<-done
}
