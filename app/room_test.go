package app

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
	"twofold/webhooks"
)

// H3: all large bodies together are bounded; small ones never wait for room, and what is done with gives its room back.
func TestLargeBodiesShareARoom(t *testing.T) {
	t.Parallel()
	const room = 1000
	b := &bodies{}
	b.left.Store(room)
	held, release := make(chan bool), make(chan bool)
	app := fiber.New(fiber.Config{DisableStartupMessage: true, StreamRequestBody: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
		return c.SendStatus(fault.KindOf(err).Status())
	}})
	app.Post(webhooks.Path, b.read, func(c *fiber.Ctx) error {
		if c.Get("Hold") != "" {
			held <- true
			<-release
		}
		return nil
	})
	post := func(n int, hold string) int {
		r, err := http.NewRequest(http.MethodPost, webhooks.Path, strings.NewReader(strings.Repeat("x", n)))
		if err != nil {
			t.Error(err)
			return 0
		}
		r.Header.Set("Hold", hold)
		got, err := app.Test(r, 10_000)
		if err != nil {
			t.Error(err)
			return 0
		}
		defer got.Body.Close()
		return got.StatusCode
	}

	first := make(chan int)
	go func() { first <- post(ownBody+room, "yes") }()
	select {
	case <-held:
	case status := <-first:
		t.Fatalf("the one that just fits: status %d", status)
	}
	if status := post(ownBody+1, ""); status != 503 {
		t.Errorf("a byte more than there is room for: status %d, want 503", status)
	}
	if status := post(ownBody, ""); status != 200 {
		t.Errorf("a small one meanwhile: status %d, want 200", status)
	}
	release <- true
	if status := <-first; status != 200 {
		t.Errorf("the one that fills the room: status %d", status)
	}
	if status := post(ownBody+room, ""); status != 200 || b.left.Load() != room {
		t.Errorf("afterwards: status %d, room for %d", status, b.left.Load())
	}
}
