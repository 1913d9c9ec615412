// Command twofold is the whole app in one binary: HTTP, workers, migrations, operators' commands, the simulated Shopify and the
// demo. It reads the configuration, builds the parts, and closes them in reverse; everything else is in the packages.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "twofold:", err)
		os.Exit(1)
	}
}

// run is the program: args without its name, env as os.LookupEnv, what it prints to out and its log to logTo. The tests call it too.
func run(ctx context.Context, args []string, env func(string) (string, bool), out, logTo io.Writer) error {
	root := newRoot(env, out, logTo)
	root.SetArgs(args)
	return root.ExecuteContext(ctx)
}
