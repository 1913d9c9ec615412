package simulator

import (
	"encoding/hex"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"

	"github.com/google/uuid"
)

// idSource hands out random tokens, ids and choices that repeat for the same seed and the same order of calls.
// They are not secret: a simulator needs repeatable runs more than unguessable tokens.
type idSource struct {
	seed int64
	mu   sync.Mutex
	rng  *rand.ChaCha8
}

func newIDSource(seed int64) *idSource {
	var key [32]byte
	copy(key[:], strconv.FormatInt(seed, 10)+" twofold simulator")
	return &idSource{seed: seed, rng: rand.NewChaCha8(key)}
}

// hex returns n random bytes in hexadecimal.
func (s *idSource) hex(n int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	buf := make([]byte, n)
	_, _ = s.rng.Read(buf)
	return hex.EncodeToString(buf)
}

// uuid returns a random UUID.
func (s *idSource) uuid() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return uuid.Must(uuid.NewRandomFromReader(io.Reader(s.rng))).String()
}

// chance is true with probability p.
func (s *idSource) chance(p float64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return rand.New(s.rng).Float64() < p
}

// shuffle puts n things into a random order.
func (s *idSource) shuffle(n int, swap func(i, j int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rand.New(s.rng).Shuffle(n, swap)
}

// forShop returns a counter of resource ids that depends on the seed and the shop's domain only.
func (s *idSource) forShop(domain string) *counter {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strconv.FormatInt(s.seed, 10) + "/" + domain))
	base := int64(h.Sum64() % 1_000_000)
	return &counter{small: 1_000_000_000 + base*1_000, order: 1<<53 - 4*orderStep + base}
}

// orderStep is odd, so that above 2^53 every second order id has no exact float64.
const orderStep = 1021

// counter gives a shop's resources their ids. The holder of the shop's lock calls it.
type counter struct{ small, order int64 }

func (c *counter) next() int64 {
	c.small++
	return c.small
}

// nextOrder grows with every order. The ids are near 2^53, in most shops above it, where Shopify's ids may be too.
func (c *counter) nextOrder() int64 {
	c.order += orderStep
	return c.order
}

// gid writes a global id, such as gid://shopify/Order/1001.
func gid(kind string, id int64) string {
	return "gid://shopify/" + kind + "/" + strconv.FormatInt(id, 10)
}

// parseGID reads the number of a global id of that kind.
func parseGID(kind, s string) (int64, bool) {
	rest, ok := strings.CutPrefix(s, "gid://shopify/"+kind+"/")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(rest, 10, 64)
	return n, err == nil && n > 0
}
