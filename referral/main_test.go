package referral_test

import (
	"context"
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

func runTests(m *testing.M) (code int) {
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
