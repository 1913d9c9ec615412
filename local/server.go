package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Ports are drawn below the range from which Linux gives ports to outgoing connections (32768 and up by default): a
// client that keeps dialling a server which is down could otherwise be given that server's own port and hold it.
const (
	firstPort = 20000
	lastPort  = 32000
)

const (
	startAttempts = 3                     // on a port of our choice that somebody else took first
	pollEvery     = 10 * time.Millisecond // while waiting for a server to become ready
)

// errExited is wrapped by the error of a server that ended before it was ready; its last words follow.
var errExited = errors.New("ended before it was ready")

// server is one running program with its folder and port. Methods may be called from several goroutines.
type server struct {
	name       string        // for messages: "mongod", "redis-server"
	startLimit time.Duration // from start to ready, beside the caller's own deadline
	log        io.Writer     // gets the program's output; may be nil
	folder     *folder
	command    func(port int, dir string) command
	ready      func(ctx context.Context, addr string) error // nil once the server serves; called again and again

	mu   sync.Mutex
	port int // 0 until the first start
	proc *process
}

// open starts the program for the first time, on a free port.
func (s *server) open(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error

	for range startAttempts {
		if s.port, err = freePort(ctx); err != nil {
			return fmt.Errorf("local: %s: %w", s.name, err)
		}
		if err = s.run(ctx); !errors.Is(err, errExited) || portFree(ctx, s.port) {
			break
		}
	}

	if err != nil {
		return errors.Join(err, s.folder.close())
	}
	return nil
}

// run starts the program on s.port and waits until it is ready; s.mu is held. On an error nothing is left running.
func (s *server) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.startLimit)
	defer cancel()

	proc, err := startProcess(s.command(s.port, s.folder.path), s.folder.lock, s.log)
	if err != nil {
		return fmt.Errorf("local: start %s: %w", s.name, err)
	}

	if err := s.await(ctx, proc); err != nil {
		proc.kill()
		return fmt.Errorf("local: start %s on %s: %w", s.name, s.addr(), err)
	}
	s.proc = proc
	return nil
}

// await polls until the server is ready, has ended, or ctx is done.
func (s *server) await(ctx context.Context, proc *process) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()

	for {
		err := s.ready(ctx, s.addr())
		if err == nil {
			return nil
		}

		select {
		case <-proc.exited:
			return fmt.Errorf("%w (%v); it said:\n%s", errExited, proc.cmd.ProcessState, proc.tail)
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w (last: %w); it said:\n%s", ctx.Err(), err, proc.tail)
		case <-ticker.C:
		}
	}
}

// addr is host:port.
func (s *server) addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// Kill ends the server at once by SIGKILL, as a crash or the kernel would, and returns when it is gone. Its files and
// its port stay reserved for Restart. A server that is not running is left alone.
func (s *server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.killLocked()
}

func (s *server) killLocked() {
	if s.proc == nil {
		return
	}
	s.proc.kill()
	s.proc = nil
}

// Restart starts the server again on the same folder and port, killing it first if it still runs, and
// returns when it is ready.
func (s *server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.killLocked()
	return s.run(ctx)
}

// Stop ends the server for good. A folder that the caller named is kept, and the server gets until ctx is done to
// close it properly; a folder of our own is removed. A second call does nothing.
func (s *server) Stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc != nil && s.folder.keep {
		s.proc.terminate(ctx)
	}
	s.killLocked()
	return s.folder.close()
}

// freePort returns a port on 127.0.0.1 that nobody listens on now. Somebody may take it before it is used.
func freePort(ctx context.Context) (int, error) {
	const tries = 100
	for range tries {
		if port := firstPort + rand.IntN(lastPort-firstPort); portFree(ctx, port) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port found from %d to %d", firstPort, lastPort)
}

func portFree(ctx context.Context, port int) bool {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	return err == nil && l.Close() == nil
}
