package fault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestKindOf(t *testing.T) {
	for _, c := range []struct {
		says   string
		err    error
		want   Kind
		status int
		retry  bool
	}{
		{"nothing", nil, "", 500, false},
		{"ours", New(Limited, "slow down"), Limited, 429, true},
		{"ours, wrapped twice", fmt.Errorf("a: %w", fmt.Errorf("b: %w", New(NotFound, "gone"))), NotFound, 404, false},
		{"a deadline", fmt.Errorf("x: %w", context.DeadlineExceeded), Unavailable, 503, true},
		{"a cancelled caller", context.Canceled, Unavailable, 503, true},
		{"anybody's", errors.New("boom"), Internal, 500, true},
	} {
		kind := KindOf(c.err)
		if kind != c.want || kind.Status() != c.status || kind.Retry() != c.retry {
			t.Errorf("%s: kind %q, status %d, retry %v", c.says, kind, kind.Status(), kind.Retry())
		}
	}
}

func TestCodesShowNothingInternal(t *testing.T) {
	for _, err := range []error{errors.New("dsn=secret"), Wrap(Internal, errors.New("dsn=secret"), "secret_broke"), ForLog(Unavailable, "dsn=secret")} {
		if got := CodeOf(err) + fmt.Sprint(ValuesOf(err)); strings.Contains(got, "secret") || CodeOf(err) == "" {
			t.Errorf("code and values of %v: %s", err, got)
		}
	}
	internal := With(Internal, "broken", Values{"dsn": "secret"})
	if CodeOf(internal) != string(Internal) || ValuesOf(internal) != nil {
		t.Errorf("code %q, values %v of an internal error", CodeOf(internal), ValuesOf(internal))
	}
}

func TestCodeAndRetryAfterThroughWraps(t *testing.T) {
	wrapped := fmt.Errorf("x: %w", &Error{Kind: Limited, Code: "slow_down", RetryAfter: time.Minute})
	if CodeOf(wrapped) != "slow_down" || RetryAfter(wrapped) != time.Minute || RetryAfter(errors.New("x")) != 0 || CodeOf(nil) != "" {
		t.Errorf("code %q, retry after %v", CodeOf(wrapped), RetryAfter(wrapped))
	}
}

func TestErrorIsForTheLog(t *testing.T) {
	err := &Error{Kind: Conflict, Code: "not_flagged", Values: Values{"state": "approved", "order": "#1"}, Err: errors.New("cause")}
	if got, want := err.Error(), "conflict: not_flagged order=#1 state=approved: cause"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := ForLog(Invalid, "not a %s", "shop").Error(), "invalid: not a shop"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPause(t *testing.T) {
	if err := Pause(t.Context(), time.Millisecond); err != nil {
		t.Error(err)
	}

	over, end := context.WithCancel(t.Context())
	end()
	if err := Pause(over, time.Hour); !Is(err, Unavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that time ran out", err)
	}
}
