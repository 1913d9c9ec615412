// Command mutate takes the rules of package referral out, one after the other, and looks whether the tests notice:
// docs/RULES.md names for each rule the test that must fail. It changes nothing: each mutation is laid over the code
// for one run of its test. It exits 1 if a rule can be taken out unnoticed, if a rule has no mutation, or if a
// mutation no longer fits the code.
//
// Begin with run, then mutations in mutations.go: a row is a rule, its test, and the text that is taken out.
package main

import (
	"bytes"
	"context"
	"encoding/json"
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
const testLimit = 5 * time.Minute

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	given := flags.String("root", ".", "the module's folder")
	only := flags.String("rule", "", "only the mutations of this rule")
	workers := flags.Int("workers", 2, "how many mutations are tried at once")
	if err := flags.Parse(args); err != nil {
		return err
	}

	root, err := filepath.Abs(*given)
	if err != nil {
		return err
	}

	rules, err := documented(filepath.Join(root, "docs", "RULES.md"))
	if err != nil {
		return err
	}

	wrong := check(rules)
	others := func(m mutation) bool { return *only != "" && m.rule != *only }
	chosen := slices.DeleteFunc(slices.Clone(mutations), others)
	if err := sound(ctx, root, chosen); err != nil {
		return fmt.Errorf("before any mutation: %w", err)
	}

	wrong = append(wrong, tryAll(ctx, root, chosen, *workers, out)...)
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

// A mutation takes a rule out: in a file of the module the old text, which stands there once, gives way to the new
// one. Then the test must fail.
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
		heading := strings.HasPrefix(line, "| check |") || strings.HasPrefix(line, "| rule |")
		if len(cells) == 6 && !heading && !strings.Contains(line, "---") {
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
	var tests []string
	for _, m := range all {
		tests = append(tests, m.test)
	}

	slices.Sort(tests)
	named := "^(" + strings.Join(slices.Compact(tests), "|") + ")$"
	said, err := tool(ctx, root, "test", "-count=1", "-run", named, "./referral", "./jobs", "./e2e")
	if err != nil {
		return fmt.Errorf("%w\n%s", err, said)
	}
	return nil
}

// try runs the mutation's test over the mutated code; nil: the test noticed it.
func try(ctx context.Context, root string, m mutation) error {
	text, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		return err
	}
	if n := bytes.Count(text, []byte(m.old)); n != 1 {
		return fmt.Errorf("it no longer applies: its text stands %d times in %s", n, m.file)
	}

	folder, err := find(root, m.test)
	if err != nil {
		return err
	}

	dir, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return err
	}
	defer remove(dir)

	mutated := filepath.Join(dir, "mutated.go")
	without := bytes.Replace(text, []byte(m.old), []byte(m.new), 1)
	if err := os.WriteFile(mutated, without, 0o600); err != nil {
		return err
	}

	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, m.file): mutated}})
	if err != nil {
		return err
	}
	over := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(over, overlay, 0o600); err != nil {
		return err
	}

	args := []string{"test", "-count=1", "-vet=off", "-overlay", over, "-run", "^" + m.test + "$", "./" + folder}
	// The other tests draw histories. They would keep what failed without the rule, and play it for ever.
	if folder == "referral" || folder == "e2e" {
		args = append(args, "-rapid.nofailfile")
	}

	said, err := tool(ctx, root, args...)
	switch {
	case strings.Contains(said, "no tests to run"):
		return errors.New("there is no such test")
	case err == nil:
		return errors.New("the test passes without the rule")
	case !strings.Contains(said, "--- FAIL: "+m.test) && !strings.Contains(said, "panic: "):
		return fmt.Errorf("the test did not run: %w: %s", err, said)
	}
	return nil
}

// tool runs go in the module and returns what it said.
func tool(ctx context.Context, root string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, testLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	said, err := cmd.CombinedOutput()
	return string(said), err
}

// find finds the folder of a test, of those that docs/RULES.md may name tests of. Those of packages referral and trust start no server;
// the others' do.
func find(root, test string) (string, error) {
	for _, folder := range []string{"referral", "trust", "jobs", "e2e"} {
		names, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
		if err != nil {
			return "", err
		}

		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return "", err
			}
			if bytes.Contains(text, []byte("\nfunc "+test+"(")) {
				return folder, nil
			}
		}
	}
	return "", fmt.Errorf("there is no test %s", test)
}

// remove deletes a folder; what cannot be deleted is the system's to clean.
func remove(dir string) { _ = os.RemoveAll(dir) }
