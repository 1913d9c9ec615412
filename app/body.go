package app

import (
	"errors"
	"io"
	"strings"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"twofold/admin"
	"twofold/fault"
	"twofold/storefront"
	"twofold/webhooks"
)

// Bodies are read as they arrive, before anybody knows who sends them: what a request only announces costs nothing.
// docs/OPERATIONS.md says what all of it may come to.
const (
	maxConnections = 4096     // beyond it a new one is closed
	maxFormBody    = 32 << 10 // of a merchant's form
	maxOtherBody   = 4 << 10  // of routes that read none
	ownBody        = 16 << 10 // what a request may send without a share of the room
	bodyRoom       = 64 << 20 // what all requests together may send beyond that, at a time
)

// maxBody is how long the body of a request for the path may be.
func maxBody(path string) int {
	switch {
	case path == webhooks.Path:
		return webhooks.MaxBodyBytes
	case path == EventsPath:
		return maxEventsBody
	case storefront.Serves(path):
		return storefront.MaxBodyBytes
	case strings.HasPrefix(path, admin.Path+"/"):
		return maxFormBody
	}
	return maxOtherBody
}

// bodies reads the bodies of requests. left is what is left of the room.
type bodies struct{ left atomic.Int64 }

func newBodies() *bodies {
	b := &bodies{}
	b.left.Store(bodyRoom)
	return b
}

// read gives the request its whole body, or refuses one that is too long (TooLarge), breaks off or is not as long as
// announced (Invalid), or finds no room (Unavailable).
func (b *bodies) read(c *fiber.Ctx) error {
	if !c.Request().IsBodyStream() {
		return c.Next()
	}
	limit, announced := maxBody(c.Path()), c.Request().Header.ContentLength() // negative: chunked
	tooLarge := fault.With(fault.TooLarge, "body_too_large", fault.Values{"limit": limit >> 10})
	if announced > limit {
		return tooLarge
	}

	source := &shared{from: c.Request().BodyStream(), room: &b.left}
	defer source.leave()
	body, err := io.ReadAll(io.LimitReader(source, int64(limit)+1))
	switch {
	case errors.Is(err, errNoRoom):
		return errNoRoom
	case err != nil:
		return fault.ForLog(fault.Invalid, "the body broke off: %w", err)
	case len(body) > limit:
		return tooLarge
	case announced >= 0 && len(body) != announced:
		return fault.ForLog(fault.Invalid, "a body of %d bytes where %d were announced", len(body), announced)
	}

	c.Request().SetBodyRaw(body)
	return c.Next()
}

// shared is a body that takes what is read of it beyond ownBody from the room.
type shared struct {
	from        io.Reader
	room        *atomic.Int64
	read, taken int64
}

var errNoRoom = fault.ForLog(fault.Unavailable, "no room for another large body")

// Read fails with errNoRoom where the room is full.
func (s *shared) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	s.read += int64(n)
	more := s.read - ownBody - s.taken
	if more <= 0 {
		return n, err
	}

	s.taken += more
	if s.room.Add(-more) < 0 {
		return n, errNoRoom
	}
	return n, err
}

// leave gives back what was taken.
func (s *shared) leave() { s.room.Add(s.taken) }

// closing ends the connection after a request whose body was not read to its end: fasthttp would take the rest
// of it for the next request.
func closing(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		next(ctx)
		if ctx.Request.IsBodyStream() {
			ctx.SetConnectionClose()
		}
	}
}
