package browser

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"twofold"
	"twofold/local"
	"twofold/secret"
	"twofold/store"

	"github.com/BurntSushi/toml"
)

// program is the real binary twice, as simulated Shopify and as app with its workers, and the servers under it.
type program struct {
	mongo   *local.Mongo
	redis   *local.Redis
	mailbox *local.Mailbox
	store   *store.Store // to see what the app has come to
	folder  string
	binary  string
	env     []string
	shopify string // origin of the simulated Shopify
	app     string // origin of the app
	proxy   string // the app proxy's path in a shop, such as /apps/friends
	running []*exec.Cmd
	logs    *tail
}

// database is the app's; its name says that it may be lost.
const database = "test_browser"

// startLimit is how long a part may take until it serves. Building comes before it.
const startLimit = time.Minute

// startProgram builds the binary and starts everything. On an error what was started is stopped.
func startProgram(ctx context.Context) (p *program, err error) {
	p = &program{logs: &tail{}}
	defer func() {
		if err != nil {
			p.stop()
		}
	}()
	if p.proxy, err = proxyPath(); err != nil {
		return p, err
	}
	if p.mongo, err = local.StartMongo(ctx, local.MongoOptions{InMemory: true}); err != nil {
		return p, err
	}
	if p.redis, err = local.StartRedis(ctx, local.RedisOptions{}); err != nil {
		return p, err
	}
	if p.mailbox, err = local.StartMailbox("127.0.0.1:0"); err != nil {
		return p, err
	}
	if err = p.build(ctx); err != nil {
		return p, err
	}
	if err = p.configure(ctx); err != nil {
		return p, err
	}
	return p, p.serve(ctx)
}

// proxyPath is where shopify.app.toml has the app proxy stand in a shop.
func proxyPath() (string, error) {
	var file struct {
		Proxy struct{ Prefix, Subpath string } `toml:"app_proxy"`
	}
	if err := toml.Unmarshal(twofold.AppTOML, &file); err != nil {
		return "", err
	}
	return "/" + file.Proxy.Prefix + "/" + file.Proxy.Subpath, nil
}

func (p *program) build(ctx context.Context) (err error) {
	if p.folder, err = os.MkdirTemp("", "twofold-browser-*"); err != nil {
		return err
	}
	p.binary = filepath.Join(p.folder, "twofold")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", p.binary, "./cmd/twofold")
	cmd.Dir = local.ModuleRoot()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// configure chooses addresses and keys, and opens the app's database for looking.
func (p *program) configure(ctx context.Context) error {
	appAddr, err := freeAddress()
	if err != nil {
		return err
	}
	p.app = "http://" + appAddr
	keys := secret.NewKey("k1")
	p.env = append(os.Environ(),
		"TWOFOLD_ENV=development", "LOG_LEVEL=warn", "ADDR="+appAddr, "METRICS_ADDR=127.0.0.1:0", "APP_URL="+p.app,
		"SHOPIFY_API_KEY=browser", "SHOPIFY_API_SECRET="+secret.NewKey("s"),
		"MONGODB_URI="+strings.Replace(p.mongo.URI(), "/?", "/"+database+"?", 1), "REDIS_URL="+p.redis.URL(),
		"ENCRYPTION_KEYS="+keys, "HASH_KEYS="+secret.NewKey("h1"),
		"MAIL_HOST="+p.mailbox.Host(), fmt.Sprintf("MAIL_PORT=%d", p.mailbox.Port()), "MAIL_FROM=friends@twofold.example",
		"PROTECTED_DATA_LEVEL=2", // else nobody who has joined by an account or an order gets a mail
	)

	keyring, err := secret.ParseKeyring(keys)
	if err != nil {
		return err
	}
	p.store, err = store.Open(ctx, store.Config{URI: p.mongo.URI(), Database: database, Keyring: keyring})
	return err
}

// freeAddress is an address on this machine that nobody listens on now.
func freeAddress() (string, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// serve starts the simulated Shopify, which says where it listens, and then the app.
func (p *program) serve(ctx context.Context) error {
	const says = "SHOPIFY_ORIGIN="
	origin := make(chan string, 1)
	heard := func(line string) {
		if at, found := strings.CutPrefix(line, says); found {
			origin <- at
		}
	}
	if err := p.start(heard, "simulator", "--addr", "127.0.0.1:0"); err != nil {
		return err
	}
	select {
	case at := <-origin:
		p.env = append(p.env, says+at)
		p.shopify = strings.TrimSuffix(at, "/{shop}")
	case <-time.After(startLimit):
		return fmt.Errorf("the simulated Shopify does not say where it listens\n%s", p.logs)
	}

	if err := p.start(func(string) {}, "all"); err != nil {
		return err
	}
	err := until(ctx, startLimit, func() (bool, error) {
		c, refused := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(p.app, "http://"))
		if refused == nil {
			return true, c.Close()
		}
		return false, nil
	})
	if err != nil {
		return fmt.Errorf("the app does not serve: %w\n%s", err, p.logs)
	}
	return nil
}

// start runs the binary until stop. Its lines of output go to heard, its log to logs.
func (p *program) start(heard func(string), args ...string) error {
	cmd := exec.Command(p.binary, args...)
	cmd.Env = p.env
	cmd.Stderr = p.logs
	cmd.SysProcAttr = diesWithUs()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}

	started := make(chan error, 1)
	go func() { // the thread that starts it must live as long: see local's process.run
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			heard(lines.Text())
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	p.running = append(p.running, cmd)
	return nil
}

// run runs one of the program's commands to its end and returns what it printed.
func (p *program) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, p.binary, args...)
	cmd.Env = p.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("twofold %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// stop ends what was started, the last first. What fails to end well is told, and fails nothing.
func (p *program) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	var wrong []error
	for i := len(p.running) - 1; i >= 0; i-- {
		wrong = append(wrong, end(ctx, p.running[i]))
	}
	if p.store != nil {
		wrong = append(wrong, p.store.Close(ctx))
	}
	if p.mailbox != nil {
		wrong = append(wrong, p.mailbox.Close())
	}
	if p.redis != nil {
		wrong = append(wrong, p.redis.Stop(ctx))
	}
	if p.mongo != nil {
		wrong = append(wrong, p.mongo.Stop(ctx))
	}
	if p.folder != "" {
		wrong = append(wrong, os.RemoveAll(p.folder))
	}
	if err := errors.Join(wrong...); err != nil {
		fmt.Fprintln(os.Stderr, "stop the program:", err)
	}
}

// end asks a process to end, and kills it when ctx is over.
func end(ctx context.Context, cmd *exec.Cmd) error {
	_ = cmd.Process.Signal(syscall.SIGTERM) // fails only when it has ended
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return errors.Join(ctx.Err(), cmd.Process.Kill())
	}
}

func (p *program) printLogs(to io.Writer) { fmt.Fprintf(to, "the program's log:\n%s\n", p.logs) }

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// tailBytes is how much a tail keeps at least.
const tailBytes = 64 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text.Len() > 2*tailBytes {
		t.text.Next(t.text.Len() - tailBytes)
	}
	return t.text.Write(b)
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// until asks again every few milliseconds until done, or the limit has passed.
func until(ctx context.Context, limit time.Duration, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		ok, err := done()
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not within %s", limit)
		case <-ticker.C:
		}
	}
}
