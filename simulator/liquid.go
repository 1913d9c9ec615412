package simulator

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// liquidRuntimes is how many templates are rendered at a time; liquidLimit ends one that does not come to its end.
const (
	liquidRuntimes = 4
	liquidLimit    = 20 * time.Second
)

// liquidModule is the ES2015 browser build of npm's liquidjs, as it is published. Its generators are the language's
// own, and take a quarter of the time that those of the older build take here.
//
//go:embed liquid/liquid.browser.mjs
var liquidModule string

// exported is the module's last statement, which says under which names it hands out what.
var exported = regexp.MustCompile(`(?s)\nexport \{([^}]*)\};\s*\z`)

// asScript makes of the module a script that leaves in liquidjs what the module exports, since the
// runtime reads no modules.
func asScript(module string) string {
	names := exported.FindStringSubmatch(module)
	if names == nil {
		return module // it does not run as a script, which says so
	}
	fields := regexp.MustCompile(`(\w+) as (\w+)`).ReplaceAllString(names[1], "$2: $1")
	return "var liquidjs = (function () {" + strings.TrimSuffix(module, names[0]) + "\nreturn {" + fields + "}; })();"
}

// shopifyJS adds to it what Shopify's Liquid has beside the language: tags, filters, translations.
//
//go:embed liquid/shopify.js
var shopifyJS string

// liquidPrograms compiles both once for all runtimes, in the order in which they run.
var liquidPrograms = sync.OnceValues(func() ([]*goja.Program, error) {
	var out []*goja.Program
	for _, file := range []struct{ name, source string }{{"liquidjs", asScript(liquidModule)}, {
		"shopify.js", shopifyJS,
	}} {
		tree, err := goja.Parse(file.name, file.source, parser.WithDisableSourceMaps)
		if err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
		p, err := goja.CompileAST(tree, false)
		if err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
		out = append(out, p)
	}
	return out, nil
})

// liquidEngine renders an extension's blocks by LiquidJS. Its methods may be called from several goroutines.
type liquidEngine struct {
	files string        // JSON of liquidSources
	slots chan struct{} // holds one thing for each template that is being rendered
	limit time.Duration // of rendering one

	mu   sync.Mutex
	idle []*liquidRuntime // the last one that has worked is the first to work again
}

// liquidRuntime is one JavaScript runtime, which keeps the templates it has parsed.
type liquidRuntime struct {
	vm     *goja.Runtime
	render goja.Callable
}

// liquidSources is what shopify.js is started with.
type liquidSources struct {
	Blocks        map[string]string          `json:"blocks"`
	Snippets      map[string]string          `json:"snippets"`
	Locales       map[string]json.RawMessage `json:"locales"`
	DefaultLocale string                     `json:"default_locale"`
}

// liquidSettings are what filters need to know of a page.
type liquidSettings struct {
	Locale      string `json:"locale"`
	Assets      string `json:"assets"`       // address of the extension's assets, with a slash at the end
	MoneyFormat string `json:"money_format"` // such as ${{amount}}
	Currency    string `json:"currency"`
	Source      string `json:"source,omitempty"` // what an app's proxy answered, to be rendered instead of a block
}

// newLiquidEngine starts no runtime yet: most tests never look at a page.
func newLiquidEngine(e *extension) (*liquidEngine, error) {
	in := liquidSources{
		Blocks: map[string]string{}, Snippets: e.snippets, Locales: e.locales, DefaultLocale: e.defaultLocale,
	}
	for handle, b := range e.blocks {
		in.Blocks[handle] = b.source
	}
	files, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("simulator: extension: %w", err)
	}

	return &liquidEngine{files: string(files), slots: make(chan struct{}, liquidRuntimes), limit: liquidLimit}, nil
}

// render renders a block with the objects of a page. Errors: what Shopify would refuse, such as an unknown filter, or
// ctx has ended before a runtime was free.
func (l *liquidEngine) render(
	ctx context.Context, block string, objects map[string]any, set liquidSettings,
) (string, error) {
	data, err := json.Marshal(objects)
	if err != nil {
		return "", err
	}
	page, err := json.Marshal(set)
	if err != nil {
		return "", err
	}

	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return "", ctx.Err()
	}

	r, err := l.take()
	if err != nil {
		return "", err
	}
	defer l.put(r)
	return r.run(block, string(data), string(page), l.limit)
}

// take is a runtime that has nothing to do, or a new one.
func (l *liquidEngine) take() (*liquidRuntime, error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	if n := len(l.idle); n > 0 {
		r := l.idle[n-1]
		l.idle = l.idle[:n-1]
		return r, nil
	}
	return l.start()
}

func (l *liquidEngine) put(r *liquidRuntime) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.idle = append(l.idle, r)
}

// start makes a runtime and hands it the files.
func (l *liquidEngine) start() (*liquidRuntime, error) {
	programs, err := liquidPrograms()
	if err != nil {
		return nil, err
	}

	r := &liquidRuntime{vm: goja.New()}
	var last goja.Value
	for _, p := range programs {
		if last, err = r.vm.RunProgram(p); err != nil {
			return nil, fmt.Errorf("simulator: liquid: %w", err)
		}
	}

	setUp, ok := goja.AssertFunction(last)
	if !ok {
		return nil, errors.New("simulator: liquid: shopify.js is no function")
	}

	host := r.vm.NewObject()
	for name, fn := range map[string]any{"money": formatMoney, "plural": pluralForm} {
		if err := host.Set(name, fn); err != nil {
			return nil, fmt.Errorf("simulator: liquid: %w", err)
		}
	}
	render, err := setUp(goja.Undefined(), r.vm.ToValue(l.files), host)
	if err != nil {
		return nil, fmt.Errorf("simulator: liquid: %w", err)
	}
	if r.render, ok = goja.AssertFunction(render); !ok {
		return nil, errors.New("simulator: liquid: shopify.js returns no function")
	}
	return r, nil
}

// run renders in this runtime, and stops after the limit.
func (r *liquidRuntime) run(block, data, page string, limit time.Duration) (string, error) {
	timer := time.AfterFunc(limit, func() { r.vm.Interrupt("it took too long") })
	defer func() {
		timer.Stop()
		r.vm.ClearInterrupt()
	}()

	out, err := r.render(goja.Undefined(), r.vm.ToValue(block), r.vm.ToValue(data), r.vm.ToValue(page))
	var thrown *goja.Exception
	if errors.As(err, &thrown) {
		return "", fmt.Errorf("%s", thrown.Value().String()) // without the stack of LiquidJS
	}

	if err != nil {
		return "", err
	}
	return out.String(), nil
}

// pluralForm is the CLDR plural category of a whole number in a language.
func pluralForm(lang string, n int) string {
	tag, err := language.Parse(lang)
	if err != nil {
		tag = language.English
	}

	switch plural.Cardinal.MatchPlural(tag, max(n, -n), 0, 0, 0, 0) {
	case plural.Zero:
		return "zero"
	case plural.One:
		return "one"
	case plural.Two:
		return "two"
	case plural.Few:
		return "few"
	case plural.Many:
		return "many"
	}
	return "other"
}
