// Command mutate takes the rules of package referral out, one after the other, and looks whether the tests notice: docs/RULES.md names for
// each rule the test that must fail. It works on copies in a temporary folder, and exits 1 if a rule can be taken out unnoticed, if a
// rule has no mutation, or if a mutation no longer fits the code.
//
// Only the pure tests run: those that need a store are left out.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		stop()
		os.Exit(1)
	}
}

// testLimit bounds the tests of one mutation: some run in circles.
const testLimit = 2 * time.Minute

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	root := flags.String("root", ".", "the module's folder")
	only := flags.String("rule", "", "only the mutations of this rule")
	workers := flags.Int("workers", 2, "how many mutations are tried at once")
	if err := flags.Parse(args); err != nil {
		return err
	}
	rules, err := documented(filepath.Join(*root, "docs", "RULES.md"))
	if err != nil {
		return err
	}
	wrong := check(rules)
	chosen := slices.DeleteFunc(slices.Clone(mutations), func(m mutation) bool { return *only != "" && m.rule != *only })
	if err := sound(ctx, *root, chosen); err != nil {
		return fmt.Errorf("before any mutation: %w", err)
	}
	wrong = append(wrong, tryAll(ctx, *root, chosen, *workers, out)...)
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return errors.New(strings.Join(wrong, "\n  "))
	}
	fmt.Fprintf(out, "%d mutations, all noticed\n", len(chosen))
	return nil
}

// tryAll tries the mutations, some at once, prints a line for each as it comes, and returns what is wrong.
func tryAll(ctx context.Context, root string, all []mutation, workers int, out io.Writer) (wrong []string) {
	next := make(chan mutation)
	var working sync.WaitGroup
	var saying sync.Mutex
	for range workers {
		working.Go(func() {
			for m := range next {
				err := try(ctx, root, m)
				saying.Lock()
				says := "noticed "
				if err != nil {
					says = "SURVIVED"
					wrong = append(wrong, fmt.Sprintf("%s: %v", m, err))
				}
				fmt.Fprintf(out, "%s  %s\n", says, m)
				saying.Unlock()
			}
		})
	}
	for _, m := range all {
		next <- m
	}
	close(next)
	working.Wait()
	slices.Sort(wrong)
	return wrong
}

// A mutation takes a rule out: in a file of the module the old text, which stands there once, gives way to the new one. Then the test
// must fail.
type mutation struct{ rule, test, file, old, new string }

func (m mutation) String() string {
	short := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return fmt.Sprintf("%s (%s): %s → %s", m.rule, m.test, short(m.old), short(m.new))
}

// documented reads the tests of each rule from the tables of docs/RULES.md.
func documented(path string) (map[string][]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rules := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) == 6 && !strings.Contains(line, "---") && !strings.HasPrefix(line, "| check |") && !strings.HasPrefix(line, "| rule |") {
			rules[strings.Trim(cells[0], "| `")] = strings.Split(strings.TrimSuffix(cells[5], " |"), ", ")
		}
	}
	return rules, nil
}

// check compares the mutations with the documented rules.
func check(rules map[string][]string) (wrong []string) {
	mutated := map[string]bool{}
	for _, m := range mutations {
		mutated[m.rule] = true
		if !slices.Contains(rules[m.rule], m.test) {
			wrong = append(wrong, fmt.Sprintf("docs/RULES.md does not name %s for %q", m.test, m.rule))
		}
	}
	for rule := range rules {
		if !mutated[rule] {
			wrong = append(wrong, fmt.Sprintf("the rule %q has no mutation", rule))
		}
	}
	slices.Sort(wrong)
	return wrong
}

// sound makes sure that the named tests pass as long as nothing is taken out.
func sound(ctx context.Context, root string, all []mutation) error {
	dir, err := scratch(root)
	if err != nil {
		return err
	}
	defer remove(dir)
	var tests []string
	for _, m := range all {
		tests = append(tests, m.test)
	}
	slices.Sort(tests)
	said, err := tool(ctx, dir, "test", "-count=1", "-run", "^("+strings.Join(slices.Compact(tests), "|")+")$", "./referral")
	if err != nil {
		return fmt.Errorf("%w\n%s", err, said)
	}
	return nil
}

// try applies one mutation to a copy; nil: the test noticed it.
func try(ctx context.Context, root string, m mutation) error {
	dir, err := scratch(root)
	if err != nil {
		return err
	}
	defer remove(dir)
	path := filepath.Join(dir, m.file)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if n := bytes.Count(text, []byte(m.old)); n != 1 {
		return fmt.Errorf("it no longer applies: its text stands %d times in %s", n, m.file)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte(m.old), []byte(m.new), 1), 0o600); err != nil {
		return err
	}
	said, err := tool(ctx, dir, "test", "-count=1", "-vet=off", "-run", "^"+m.test+"$", "./referral")
	switch {
	case strings.Contains(said, "no tests to run"):
		return errors.New("there is no such test")
	case err == nil:
		return errors.New("the test passes without the rule")
	case !strings.Contains(said, "--- FAIL: "+m.test) && !strings.Contains(said, "panic: "):
		return fmt.Errorf("the test did not run: %s", said)
	}
	return nil
}

// tool runs go in the copy and returns what it said.
func tool(ctx context.Context, dir string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, testLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off")
	said, err := cmd.CombinedOutput()
	return string(said), err
}

// parts are what the pure tests of referral need of the module.
var parts = []string{"go.mod", "go.sum", "docs/*.md", "fault/*.go", "money/*.go", "tenant/*.go", "referral/*.go", "referral/testdata/*.txt"}

// scratch copies the parts to a temporary folder.
func scratch(root string) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "mutate-"); err != nil {
		return "", err
	}
	for _, pattern := range parts {
		names, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			return dir, err
		}
		for _, name := range names {
			if err := carry(root, name, dir); err != nil {
				return dir, err
			}
		}
	}
	return dir, nil
}

// carry copies one file, unless it is a test that needs more than the parts.
func carry(root, name, dir string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(root, name)
	if err != nil {
		return err
	}
	isTest := strings.HasSuffix(name, "_test.go")
	if isTest && (!strings.HasPrefix(relative, "referral") || bytes.Contains(text, []byte("\npackage referral_test\n")) || bytes.HasPrefix(text, []byte("package referral_test\n"))) {
		return nil
	}
	to := filepath.Join(dir, relative)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}

// remove deletes a copy; what cannot be deleted is the system's to clean.
func remove(dir string) { _ = os.RemoveAll(dir) }
