// Package e2e plays the whole program, in tests alone: the scenarios of package referraltest, histories of two shops,
// and who may claim, on a simulated Shopify, with MongoDB and Redis of its own. What one package does by itself is left
// to its tests.
package e2e

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"github.com/redis/go-redis/v9"

	"twofold"
	"twofold/local"
	"twofold/simulator"
	"twofold/store/storetest"
	"twofold/tenant"
)

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

// clientSecret is the app's, of these tests.
const clientSecret tenant.Secret = "secret of the front's tests"

// backstage is what the tests of shoppers' requests share: a simulated Shopify, and a Redis that counts calls to it.
var backstage struct {
	sim   *simulator.Server
	redis redis.UniversalClient
}

// together is how many tests run at once unless -parallel says otherwise: more than there are processors, as the tests
// wait for servers more than they compute.
const together = "8"

func runTests(m *testing.M) (code int) {
	if err := flag.Set("test.parallel", together); err != nil { // the command line is read later, and has the last word
		return failedTo("run tests together", err)
	}

	ctx := context.Background()
	redisd, err := local.StartRedis(ctx, local.RedisOptions{})
	if err != nil {
		return failedTo("start redis", err)
	}
	defer func() { _ = redisd.Stop(ctx) }()
	at, err := redis.ParseURL(redisd.URL())
	if err != nil {
		return failedTo("reach redis", err)
	}
	backstage.redis = redis.NewClient(at)
	defer func() { _ = backstage.redis.Close() }()
	backstage.sim, err = simulator.New(simulator.Config{ClientID: "front", ClientSecret: string(clientSecret), AppTOML: twofold.AppTOML, Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		err = backstage.sim.Start("127.0.0.1:0")
	}
	if err != nil {
		return failedTo("start the simulator", err)
	}
	defer func() { _ = backstage.sim.Close(ctx) }()
	return storetest.Run(m)
}

func failedTo(do string, err error) int {
	fmt.Fprintf(os.Stderr, "%s: %v\n", do, err)
	return 1
}
