// Package secret holds the program's own keys: a Keyring that encrypts what is kept or handed out sealed, and a Hasher
// that makes keyed hashes of identifiers. Keys are named, so that they can be rotated: the first writes, all read.
// Where keys come from is left to cmd.
//
// Begin with Keyring.Seal and Hasher.Hash.
package secret

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"twofold/fault"
	"twofold/tenant"
)

const keyBytes = 32

var keyID = regexp.MustCompile(`\A[a-z0-9]{1,16}\z`)

type namedKey struct {
	id  string
	key []byte
}

// parseKeys reads "id:base64key[,id:base64key…]" (design section 2). Each key must be 32 bytes and not all alike.
func parseKeys(text string) ([]namedKey, error) {
	var keys []namedKey
	seen := map[string]bool{}
	for _, part := range strings.Split(text, ",") {
		id, encoded, found := strings.Cut(strings.TrimSpace(part), ":")
		if !found || !keyID.MatchString(id) || seen[id] {
			return nil, fault.New(fault.Invalid, "keys_unreadable")
		}

		key, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(key) != keyBytes || weak(key) {
			return nil, fault.With(fault.Invalid, "key_weak", fault.Values{"key": id, "bytes": keyBytes})
		}

		seen[id] = true
		keys = append(keys, namedKey{id, key})
	}
	return keys, nil
}

// weak tells a key that nobody drew at random: fewer than 8 different bytes.
func weak(key []byte) bool {
	different := map[byte]bool{}
	for _, b := range key {
		different[b] = true
	}
	return len(different) < 8
}

// NewKey draws a key and returns it as configuration reads it.
func NewKey(id string) string {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key) // never fails: crypto/rand, Go 1.24
	return id + ":" + base64.StdEncoding.EncodeToString(key)
}

// Keyring encrypts with AES-256-GCM. Every purpose has its own key, derived by HKDF, so that a value sealed for
// one is garbage for another.
type Keyring struct{ keys []namedKey }

// ParseKeyring reads ENCRYPTION_KEYS.
func ParseKeyring(text string) (*Keyring, error) {
	keys, err := parseKeys(text)
	if err != nil {
		return nil, err
	}
	return &Keyring{keys}, nil
}

// Shares tells whether one of its keys is one of the hasher's too. Neither is nobody's.
func (r *Keyring) Shares(h *Hasher) bool {
	if r == nil || h == nil {
		return false
	}
	return slices.ContainsFunc(r.keys, func(k namedKey) bool {
		return slices.ContainsFunc(h.keys, func(other namedKey) bool { return bytes.Equal(k.key, other.key) })
	})
}

func (k namedKey) aead(purpose string) (cipher.AEAD, error) {
	derived, err := hkdf.Key(sha256.New, k.key, nil, "twofold "+purpose, keyBytes)
	if err != nil {
		return nil, err
	}

	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// First is the id of the key that encrypts: what it has sealed begins with it and a dot.
func (r *Keyring) First() string { return r.keys[0].id }

// Seal encrypts plain for a purpose, bound to context (for tokens: the shop). The result is text:
// key id, a dot, base64url.
func (r *Keyring) Seal(purpose, context string, plain []byte) (string, error) {
	k := r.keys[0]
	aead, err := k.aead(purpose)
	if err != nil {
		return "", fmt.Errorf("secret: seal: %w", err)
	}
	return k.id + "." + base64.RawURLEncoding.EncodeToString(aead.Seal(nil, nil, plain, []byte(context))), nil
}

// Open decrypts what Seal made for the same purpose and context. Anything else is Invalid.
func (r *Keyring) Open(purpose, context, sealed string) ([]byte, error) {
	id, encoded, _ := strings.Cut(sealed, ".")
	box, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return nil, fault.ForLog(fault.Invalid, "not a sealed value")
	}

	for _, k := range r.keys {
		if k.id != id {
			continue
		}

		aead, err := k.aead(purpose)
		if err != nil {
			return nil, fmt.Errorf("secret: open: %w", err)
		}

		plain, err := aead.Open(nil, nil, box, []byte(context))
		if err != nil {
			return nil, fault.ForLog(fault.Invalid, "not a sealed value")
		}
		return plain, nil
	}
	return nil, fault.ForLog(fault.Invalid, "sealed with an unknown key")
}

// Hasher makes keyed hashes: HMAC-SHA256 over shop, kind and value, each preceded by its length, so
// that no two triples collide.
type Hasher struct{ keys []namedKey }

// ParseHasher reads HASH_KEYS.
func ParseHasher(text string) (*Hasher, error) {
	keys, err := parseKeys(text)
	if err != nil {
		return nil, err
	}
	return &Hasher{keys}, nil
}

func (k namedKey) sum(shop tenant.ShopID, kind, value string) []byte {
	mac := hmac.New(sha256.New, k.key)
	for _, part := range []string{string(shop), kind, value} {
		_ = binary.Write(mac, binary.BigEndian, uint32(len(part)))
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)
}

// IDs are the ids of the keys, the writing one first: what one of them has hashed begins with its id and a colon.
func (h *Hasher) IDs() []string {
	ids := make([]string, len(h.keys))
	for i, k := range h.keys {
		ids[i] = k.id
	}
	return ids
}

// Sum is the raw 32-byte HMAC under the writing key.
func (h *Hasher) Sum(shop tenant.ShopID, kind, value string) []byte {
	return h.keys[0].sum(shop, kind, value)
}

// Hash is what is written: "id:hex" under the first key, 128 bits of the HMAC.
func (h *Hasher) Hash(shop tenant.ShopID, kind, value string) string {
	return h.keys[0].text(shop, kind, value)
}

// Hashes are what is looked up: the value under every key, the writing one first.
func (h *Hasher) Hashes(shop tenant.ShopID, kind, value string) []string {
	texts := make([]string, len(h.keys))
	for i, k := range h.keys {
		texts[i] = k.text(shop, kind, value)
	}
	return texts
}

func (k namedKey) text(shop tenant.ShopID, kind, value string) string {
	return k.id + ":" + hex.EncodeToString(k.sum(shop, kind, value)[:16])
}
