// Package browser plays shoppers in a real browser against the whole program: the built binary, a simulated Shopify
// with the theme extension in its shops, MongoDB and Redis. What a page shows is read from the browser's accessibility
// tree, as a screen reader does: shadow roots are open to it, and what is hidden is not there.
//
// Tests whose names begin with TestWhole take long: `make e2e` runs them too, `make test` all others.
package browser

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"
)

// shots is a folder into which every state that is played puts a picture of itself, for looking at; empty: none.
var shots = flag.String("shots", "", "folder for a picture of each state that is played")

// house is what all tests share. Each test has a shop of its own in it, and tabs with cookies of their own.
var house struct {
	*program
	chrome context.Context
	axe    string // the source of axe-core
}

// together is how many tests play at once unless -parallel says otherwise. A browser's page computes more than it
// waits.
const together = "3"

// stopLimit bounds the end of browser, program and servers.
const stopLimit = 30 * time.Second

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) (code int) {
	if err := flag.Set("test.parallel", together); err != nil { // the command line has the last word
		return failedTo("run tests together", err)
	}
	flag.Parse()

	ctx := context.Background()
	var err error
	if house.axe, err = readAxe(); err != nil {
		return failedTo("read axe-core", err)
	}
	if house.program, err = startProgram(ctx); err != nil {
		return failedTo("start the program", err)
	}
	defer house.stop()
	chrome, stop, err := startChrome(ctx)
	if err != nil {
		return failedTo("start the browser", err)
	}
	defer stop()
	house.chrome = chrome //nolint:fatcontext // one browser for all tests

	code = m.Run()
	if code != 0 {
		house.printLogs(os.Stderr)
	}
	return code
}

func failedTo(do string, err error) int {
	fmt.Fprintf(os.Stderr, "%s: %v\n", do, err)
	return 1
}
