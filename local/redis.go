package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

const (
	redisStartLimit    = 30 * time.Second
	redisFolderPattern = "twofold-redis-*"
)

// RedisOptions says how to run redis-server.
type RedisOptions struct {
	Log  io.Writer // gets the server's log; nil: dropped, but for the end that an error shows
	Args []string  // more arguments for redis-server, such as "--maxmemory", "64mb"
}

// Redis is a redis-server on 127.0.0.1 that keeps nothing on disk: Kill and Restart lose all it held. Kill, Restart
// and Stop may be called from any goroutine.
type Redis struct{ server }

// StartRedis starts redis-server and returns when it answers. The program is looked for in $REDIS_SERVER and on PATH;
// where there is none the error says to run scripts/setup.
func StartRedis(ctx context.Context, opt RedisOptions) (*Redis, error) {
	program, err := findRedis()
	if err != nil {
		return nil, err
	}

	dir, err := openFolder("", temporary(false), redisFolderPattern)
	if err != nil {
		return nil, fmt.Errorf("local: redis-server: %w", err)
	}

	r := &Redis{server{name: "redis-server", startLimit: redisStartLimit, log: opt.Log, folder: dir, ready: redisReady}}
	r.command = func(port int, dir string) command {
		args := []string{
			"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "no",
		}
		return command{path: program, args: append(args, opt.Args...), deathSignal: syscall.SIGKILL}
	}

	if err := r.open(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// URL is redis://127.0.0.1:PORT/0.
func (r *Redis) URL() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return "redis://" + r.addr() + "/0"
}

func findRedis() (string, error) {
	if path := os.Getenv("REDIS_SERVER"); path != "" {
		found, err := exec.LookPath(path)
		if err != nil {
			return "", fmt.Errorf("local: $REDIS_SERVER: %w", err)
		}
		return found, nil
	}

	found, err := exec.LookPath("redis-server")
	if err != nil {
		return "", errors.New("local: no redis-server: not in $REDIS_SERVER and not on PATH: run scripts/setup")
	}
	return found, nil
}

// redisReady is nil once the server answers PING. Source: redis.io, "Redis serialization protocol", inline commands.
func redisReady(ctx context.Context, addr string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()

	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}

	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err
	}

	if answer != "+PONG\r\n" {
		return fmt.Errorf("answered %q to PING", answer)
	}
	return nil
}

// dial is nil once addr accepts connections.
func dial(ctx context.Context, addr string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return conn.Close()
}
