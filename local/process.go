package local

import (
	"context"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// command says how to run a program, and how to end it where a signal to it is not enough.
type command struct {
	path        string
	args        []string
	deathSignal syscall.Signal // sent by the kernel when our own process dies (Linux)
	killer      []string       // to run before SIGKILL, for a program that only stands for another; empty for none
}

// killerLimit bounds the command that runs before SIGKILL.
const killerLimit = 30 * time.Second

// process is one started program. cmd.ProcessState, how it ended, is for reading once exited is closed.
type process struct {
	cmd    *exec.Cmd
	killer []string
	tail   *tail
	exited chan struct{}
}

// startProcess runs c in a process group of its own, so that a Ctrl-C meant for us does not reach it. lock is
// inherited, which keeps the folder marked as used for as long as either process lives. Output goes to log (if
// not nil), its end is kept.
func startProcess(c command, lock *os.File, log io.Writer) (*process, error) {
	p := &process{killer: c.killer, tail: &tail{to: log}, exited: make(chan struct{})}
	p.cmd = exec.Command(c.path, c.args...) //nolint:noctx // it outlives the call that starts it; kill ends it
	p.cmd.Stdout, p.cmd.Stderr = p.tail, p.tail
	p.cmd.ExtraFiles = []*os.File{lock}
	p.cmd.WaitDelay = time.Second
	p.cmd.SysProcAttr = sysProcAttr(c.deathSignal)

	started := make(chan error, 1)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// run starts the program and waits for its end on one thread that it keeps meanwhile: Linux sends the death signal
// when the thread that started the child ends, and a thread that Go took back may end long before the process does
// (prctl(2), PR_SET_PDEATHSIG).
func (p *process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	if err := p.cmd.Start(); err != nil {
		started <- err
		return
	}

	started <- nil
	_ = p.cmd.Wait() // what it says stands in ProcessState
	close(p.exited)
}

// kill ends the program by SIGKILL and returns when it is gone.
func (p *process) kill() {
	if len(p.killer) > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), killerLimit)
		defer cancel()
		_ = exec.CommandContext(ctx, p.killer[0], p.killer[1:]...).Run() // an error says that nothing is left to kill
	}
	_ = p.cmd.Process.Kill() // fails only when it has ended
	<-p.exited
}

// terminate asks the program to end by SIGTERM and returns when it is gone or ctx is done.
func (p *process) terminate(ctx context.Context) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails only when it has ended
	select {
	case <-p.exited:
	case <-ctx.Done():
	}
}

// tailBytes is how much of a program's last output is kept for error messages.
const tailBytes = 4096

// tail hands output on and remembers its end.
type tail struct {
	to io.Writer // may be nil

	mu  sync.Mutex
	end []byte
}

// Write never fails for the program's sake: a log that cannot be written must not stop a server.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = append(t.end, b...)

	if extra := len(t.end) - tailBytes; extra > 0 {
		t.end = append(t.end[:0], t.end[extra:]...)
	}

	if t.to != nil {
		_, _ = t.to.Write(b)
	}
	return len(b), nil
}

// String returns the kept end of the output.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.end))
}
