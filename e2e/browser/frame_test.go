package browser

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// The admin shows the app in a frame of the page. enter looks into it: from then on what is seen, pressed, evaluated and
// judged is there. leave looks at the page around it again.

func (b *tab) enter() { b.framed = true }
func (b *tab) leave() { b.framed = false }

// followFrames keeps where the scripts of each frame run.
func (b *tab) followFrames() {
	created := chromedp.Events(b.ctx, runtime.ExecutionContextCreated)
	go func() {
		for e, err := range created {
			if err != nil {
				return
			}
			var about struct {
				Frame string `json:"frameId"`
				Page  bool   `json:"isDefault"` // not an extension's, nor the tests' own
			}
			if json.Unmarshal(e.Context.AuxData, &about) == nil && about.Page {
				b.mu.Lock()
				b.worlds[about.Frame] = int64(e.Context.ID)
				b.mu.Unlock()
			}
		}
	}()
}

// errNoFrame says that the page has no frame, or one that has not begun.
var errNoFrame = errors.New("the page has no frame")

// frame is the id of the frame that is looked into.
func (b *tab) frame() (string, error) {
	tree, err := send[struct {
		Tree struct {
			Children []struct {
				Frame struct {
					ID string `json:"id"`
				} `json:"frame"`
			} `json:"childFrames"`
		} `json:"frameTree"`
	}](b, "Page.getFrameTree", none{})
	if err != nil {
		return "", err
	}
	if len(tree.Tree.Children) == 0 {
		return "", errNoFrame
	}
	return tree.Tree.Children[0].Frame.ID, nil
}

// world is where scripts of the frame run.
func (b *tab) world() (int64, error) {
	frame, err := b.frame()
	if err != nil {
		return 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if world, begun := b.worlds[frame]; begun {
		return world, nil
	}
	return 0, errNoFrame
}

// script runs in the page, or in the frame that is looked into, and waits for what it promises.
func script[T any](b *tab, source string) chromedp.Action[T] {
	if !b.framed {
		return chromedp.Evaluate[T](source, chromedp.EvalAwaitPromise)
	}
	return func(ctx context.Context, t *chromedp.Target) (v T, err error) {
		world, err := b.world()
		if err != nil {
			return v, err
		}

		var answer struct {
			Result struct {
				Value json.RawMessage `json:"value"`
			} `json:"result"`
			Exception *struct {
				Text string `json:"text"`
			} `json:"exceptionDetails"`
		}
		params := map[string]any{"expression": source, "contextId": world, "awaitPromise": true, "returnByValue": true}
		if err := t.Call(ctx, "Runtime.evaluate", params, &answer); err != nil {
			return v, err
		}
		if answer.Exception != nil {
			return v, errors.New(answer.Exception.Text)
		}
		if len(answer.Result.Value) == 0 { // undefined
			return v, nil
		}
		return v, json.Unmarshal(answer.Result.Value, &v)
	}
}

// frameParams name the frame that is looked into, in a command that can be asked about one.
func (b *tab) frameParams() map[string]any {
	if !b.framed {
		return map[string]any{}
	}
	frame, err := b.frame()
	if err != nil {
		return map[string]any{}
	}
	return map[string]any{"frameId": frame}
}

// frameAt is where the frame begins in the window; the page itself begins at 0, 0.
func (b *tab) frameAt() (x, y float64) {
	b.t.Helper()
	if !b.framed {
		return 0, 0
	}
	b.leave()
	defer b.enter()
	at := evaluate[[]float64](b, "(({ x, y }) => [x, y])(document.querySelector('iframe').getBoundingClientRect())")
	return at[0], at[1]
}
