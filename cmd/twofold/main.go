// Command twofold is the whole app in one binary: HTTP, workers, migrations, operators' commands, the
// simulated Shopify and the demo. It reads the configuration, builds the parts, and closes them in reverse;
// everything else is in the packages.
//
// Begin with root.go, which lists the commands. parts.go builds what they share, serve.go runs the servers and workers.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // shops' time zones, on machines and in containers that have no zone database

	"twofold/text"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "twofold:", messages(err))
		os.Exit(1)
	}
}

// messages says what went wrong, a line for each of several errors.
func messages(err error) string {
	if many, ok := err.(interface{ Unwrap() []error }); ok { // only what errors.Join made, not what is wrapped in it
		var lines []string
		for _, one := range many.Unwrap() {
			lines = append(lines, messages(one))
		}
		return strings.Join(lines, "\n")
	}
	return text.English.Operator(err)
}

// run is the program: args without its name, env as os.LookupEnv, what it prints to out and its log to
// logTo. The tests call it too.
func run(ctx context.Context, args []string, env func(string) (string, bool), out, logTo io.Writer) error {
	root := newRoot(env, out, logTo)
	root.SetArgs(args)
	return root.ExecuteContext(ctx)
}
