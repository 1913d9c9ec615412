package main

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"twofold/secret"
	"twofold/text"
)

// warnings are what this configuration leaves open in production, in words. The program runs with it: a network of
// one's own may be protected by other means. What it must not run with, checkServe refuses.
func (c config) warnings() []string {
	if c.development() {
		return nil
	}
	var open []string
	warn := func(id string) { open = append(open, text.English.Say("operator.warning."+id)) }

	mongo, redis := readAddress(c.MongoURI), readAddress(c.RedisURL)
	if mongo.readable() {
		warn("mongodb_plain")
	}
	if mongo.unlocked() {
		warn("mongodb_open")
	}
	if redis.readable() {
		warn("redis_plain")
	}
	if redis.unlocked() {
		warn("redis_open")
	}

	keyring, _ := secret.ParseKeyring(c.EncryptionKeys) // checkServe says what is wrong with either
	hasher, _ := secret.ParseHasher(c.HashKeys)
	if keyring.Shares(hasher) {
		warn("one_key")
	}
	for _, s := range c.secrets() {
		if guessable(string(s)) {
			warn("secret_guessable")
		}
	}
	return open
}

// warn writes the warnings to the log, as a process starts.
func (p *parts) warn(ctx context.Context) {
	for _, warning := range p.config.warnings() {
		p.log.WarnContext(ctx, "production is left open", "warning", warning)
	}
}

// minDifferent is how many different characters a client secret has at least: Shopify's are a prefix and 32
// random hexadecimal digits.
const minDifferent = 10

// guessable tells a secret that nobody drew at random, such as 24 times the same letter.
func guessable(secret string) bool {
	different := map[rune]bool{}
	for _, c := range secret {
		different[c] = true
	}
	return len(different) < minDifferent
}

// address is what the address of a database says of its way there.
type address struct {
	hosts      []string // each with its port, if it names one
	path       string   // what follows the hosts, without slashes: the database, or a sentinel's master
	tls, login bool
}

// readAddress reads an address such as mongodb://user:password@a:27017,b:27017/name?tls=true or
// rediss://:password@host:6379/0, which may have several hosts, as net/url refuses. Sources: mongodb.com, Connection
// Strings: options TLS and authentication; redis.io, redis and rediss.
func readAddress(uri string) address {
	scheme, rest, _ := strings.Cut(uri, "://")
	rest, options, _ := strings.Cut(rest, "?")
	login := ""
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		login, rest = rest[:i], rest[i+1:]
	}

	hosts, path, _ := strings.Cut(rest, "/")
	query, _ := url.ParseQuery(options)

	a := address{path: strings.Trim(path, "/"), tls: strings.HasPrefix(scheme, "rediss") || scheme == "mongodb+srv"}
	for _, option := range []string{"tls", "ssl"} {
		if query.Has(option) {
			a.tls = query.Get(option) == "true"
		}
	}

	_, password, _ := strings.Cut(login, ":")
	a.login = password != "" || query.Get("authMechanism") != ""
	// A cluster's further hosts stand in the option addr.
	a.hosts = append(strings.Split(hosts, ","), query["addr"]...)
	a.hosts = slices.DeleteFunc(a.hosts, func(host string) bool { return host == "" })
	return a
}

// readable tells whether somebody on the way can read along. unlocked tells whether everybody who reaches the server
// may read and write. What stays on this machine is neither.
func (a address) readable() bool { return a.away() && !a.tls }
func (a address) unlocked() bool { return a.away() && !a.login }

// away tells whether any host is another machine.
func (a address) away() bool {
	return slices.ContainsFunc(a.hosts, func(host string) bool { return !onThisMachine(host) })
}

// onThisMachine tells whether a host is a loopback address or a Unix socket ("%2Frun%2Fmongodb.sock").
func onThisMachine(host string) bool {
	if strings.HasPrefix(strings.ToLower(host), "%2f") {
		return true
	}
	if name, _, ported := strings.Cut(host, ":"); host == "localhost" || (ported && name == "localhost") {
		return true
	}

	if ap, err := netip.ParseAddrPort(host); err == nil {
		return ap.Addr().IsLoopback()
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}
