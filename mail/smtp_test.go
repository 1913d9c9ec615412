package mail

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"

	"twofold/fault"
)

// A connection that breaks is no refusal, and what was taken is not sent again because of what comes after it.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says, breaksAt string // the command that finds the connection broken
		kind           fault.Kind
	}{
		{"before the recipient is taken", "RCPT", fault.Unavailable},
		{"before the mail is sent", "DATA", fault.Unavailable},
		{"when the mail was taken", "RSET", ""},
		{"at the farewell", "QUIT", ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			host, port := breaking(t, c.breaksAt)
			letter := Letter{ID: "1", From: "Shop", To: "bob@example.com", Subject: "s", Text: "t", HTML: "h"}
			err := SMTP{Host: host, Port: port, From: "friends@app.example"}.Send(t.Context(), letter)
			if fault.KindOf(err) != c.kind || err != nil && c.kind == "" {
				t.Errorf("%v, want %q", err, c.kind)
			}
		})
	}
}

// breaking is a mail server that closes the connection when it is given a command.
func breaking(t *testing.T, command string) (host string, port int) {
	t.Helper()
	listen, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listen.Close() })

	go func() {
		connection, err := listen.Accept()
		if err != nil {
			return
		}
		defer func() { _ = connection.Close() }()

		fmt.Fprint(connection, "220 here\r\n")
		body := false
		for lines := bufio.NewScanner(connection); lines.Scan(); {
			line := lines.Text()
			switch {
			case body && line != ".":
				continue
			case body:
				body = false
			case strings.HasPrefix(line, command):
				return
			case line == "DATA":
				body = true
				fmt.Fprint(connection, "354 go on\r\n")
				continue
			}
			fmt.Fprint(connection, "250 ok\r\n")
		}
	}()
	at := listen.Addr().(*net.TCPAddr) //nolint:forcetypeassert // it listens by TCP
	return at.IP.String(), at.Port
}
