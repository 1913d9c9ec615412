package app_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// dialled is a connection on which bytes are written as they are.
type dialled struct {
	net.Conn
	answers *bufio.Reader
}

func dial(t *testing.T, address string) dialled {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return dialled{conn, bufio.NewReader(conn)}
}

// send writes text. Whoever refuses a body may hang up before all of it is written.
func (d dialled) send(text string) { _, _ = io.WriteString(d, text) }

// next reads one answer.
func (d dialled) next(t *testing.T) answer {
	t.Helper()
	got, err := http.ReadResponse(d.answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, got)
}

// closed tells whether the other side has hung up without another answer.
func (d dialled) closed() bool {
	_, err := d.answers.ReadByte()
	return err != nil
}

// openListening is open, on a TCP listener.
func openListening(t *testing.T) *world {
	t.Helper()
	w := open(t, noon)
	w.installed(t, true)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.listen(t, listener)
	return w
}

// pad is a JSON object of n bytes.
func pad(n int) string { return `{"id":1,"note":"` + strings.Repeat("x", n-18) + `"}` }

// H3: bodies are bounded by route, however they come. What follows a refused body is never taken for a request.
func TestBodiesAreBoundedByRoute(t *testing.T) {
	t.Parallel()
	w := openListening(t)
	query := w.signer.ProxyQuery(string(demo), "", url.Values{"ref": {"NOBODY"}})
	webhook := func(body string) (lines string) {
		for name, values := range w.signer.Delivery("orders/paid", string(demo), "w-1", body).Header {
			lines += name + ": " + values[0] + "\r\n"
		}
		return lines
	}
	length := func(body string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }
	chunked := func(body string) string {
		half := len(body) / 2
		return fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", half, body[:half], len(body)-half, body[half:])
	}
	form := "Content-Type: multipart/form-data; boundary=b\r\n"
	most, tooLong := pad(2<<20), pad(2<<20+1)

	for _, tc := range []struct {
		says, request, body string
		write               func(string) string
		status              int
	}{
		{"a webhook of 2 MiB", "POST /webhooks HTTP/1.1\r\n" + webhook(most), most, length, 200},
		{"the same in chunks", "POST /webhooks HTTP/1.1\r\n" + webhook(most), most, chunked, 200},
		{"a byte more", "POST /webhooks HTTP/1.1\r\n" + webhook(tooLong), tooLong, length, 413},
		{"a byte more in chunks", "POST /webhooks HTTP/1.1\r\n" + webhook(tooLong), tooLong, chunked, 413},
		{"a claim of 16 KiB", "POST /proxy/claim?" + query + " HTTP/1.1\r\nContent-Type: application/json\r\n", pad(16 << 10), length, 400},
		{"a byte more", "POST /proxy/claim?" + query + " HTTP/1.1\r\nContent-Type: application/json\r\n", pad(16<<10 + 1), length, 413},
		{"a byte more in chunks", "POST /proxy/claim HTTP/1.1\r\n", pad(16<<10 + 1), chunked, 413},
		{"a form", "POST /proxy/page HTTP/1.1\r\n" + form, pad(16<<10 + 1), length, 413},
		{"4 KiB where nobody reads", "POST /nothing HTTP/1.1\r\n", pad(4 << 10), length, 404},
		{"a byte more", "POST /nothing HTTP/1.1\r\n", pad(4<<10 + 1), length, 413},
		{"beside a GET", "GET /healthz HTTP/1.1\r\n", pad(4<<10 + 1), length, 413},
		{"with a method that is none", "SMUGGLE /healthz HTTP/1.1\r\n", "GET /healthz HTTP/1.1\r\n\r\n", length, 400},
	} {
		t.Run(tc.says, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, w.url)
			conn.send(tc.request + "Host: app.example\r\n" + tc.write(tc.body) + "GET /healthz HTTP/1.1\r\nHost: app.example\r\n\r\n")
			if got := conn.next(t); got.status != tc.status {
				t.Fatalf("status %d, want %d: %s", got.status, tc.status, got.body)
			}
			refused := tc.status == 413 || tc.says == "with a method that is none"
			if refused && !conn.closed() {
				t.Error("the connection goes on after a body that nobody read")
			}
			if !refused {
				if got := conn.next(t); got.status != 200 || got.body != "ok" {
					t.Errorf("the next request: status %d: %s", got.status, got.body)
				}
			}
		})
	}
}

// H3: a body that breaks off is no body, whatever its beginning says.
func TestABodyThatBreaksOffIsRefused(t *testing.T) {
	t.Parallel()
	w := openListening(t)
	for says, rest := range map[string]string{
		"shorter than announced":   "Content-Length: 20000\r\n\r\n" + pad(10_000),
		"in the middle of a chunk": "Transfer-Encoding: chunked\r\n\r\n4e20\r\n" + pad(10_000),
	} {
		conn := dial(t, w.url)
		conn.send("POST /webhooks HTTP/1.1\r\nHost: app.example\r\n" + rest)
		if err := conn.Conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if got := conn.next(t); got.status != 400 || !conn.closed() {
			t.Errorf("%s: status %d, want 400 and no more", says, got.status)
		}
	}
}

// H3: the announced length decides before a body is read.
func TestAnAnnouncedLengthIsRefusedUnread(t *testing.T) {
	t.Parallel()
	w := openListening(t)
	conn := dial(t, w.url)
	conn.send("POST /webhooks HTTP/1.1\r\nHost: app.example\r\nContent-Length: 2097153\r\n\r\n" + pad(9<<10))
	if got := conn.next(t); got.status != 413 || got.kind(t) != "too_large" {
		t.Errorf("status %d: %s", got.status, got.body)
	}
}

// waited counts the connections whose second Read waits: their header was read, and there is room for what is awaited.
type waited struct {
	net.Listener
	n *atomic.Int64
}

func (l waited) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return &waitedConn{Conn: conn, all: l.n}, err
}

type waitedConn struct {
	net.Conn
	reads atomic.Int64
	all   *atomic.Int64
}

func (c *waitedConn) Read(p []byte) (int, error) {
	if c.reads.Add(1) == 2 {
		c.all.Add(1)
	}
	return c.Conn.Read(p)
}

// H3: a body that is only announced costs what a connection costs. It runs alone: others would be in the figures.
func TestAnnouncedBodiesTakeNoMemory(t *testing.T) { //nolint:paralleltest // measures the heap
	const connections, each = 500, 64 << 10
	w := open(t, noon)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var n atomic.Int64
	w.listen(t, waited{listener, &n})
	before := inUse()

	for range connections {
		dial(t, w.url).send("POST /x HTTP/1.1\r\nHost: app.example\r\nContent-Length: 2097152\r\n\r\n")
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.After(patience); n.Load() < connections; {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%d of %d connections wait for their bodies", n.Load(), connections)
		}
	}

	if grown := inUse() - before; grown > connections*each {
		t.Errorf("%d bodies that never come hold %d KiB, want %d KiB at most", connections, grown>>10, connections*each>>10)
	} else {
		t.Logf("%d KiB a connection", grown>>10/connections)
	}
}

// inUse is what heap and stacks hold after a collection.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
