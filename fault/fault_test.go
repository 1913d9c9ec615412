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

func TestMessagesShowNothingInternal(t *testing.T) {
	for _, err := range []error{errors.New("dsn=secret"), Wrap(Internal, errors.New("dsn=secret"), "secret broke"), Wrap(Unavailable, errors.New("secret"), "busy")} {
		if got := MessageOf(err); strings.Contains(got, "secret") || got == "" {
			t.Errorf("MessageOf(%v) = %q", err, got)
		}
	}
	wrapped := fmt.Errorf("x: %w", &Error{Kind: Limited, Message: "slow down", RetryAfter: time.Minute})
	if MessageOf(wrapped) != "slow down" || RetryAfter(wrapped) != time.Minute || RetryAfter(errors.New("x")) != 0 {
		t.Errorf("message %q, retry after %v", MessageOf(wrapped), RetryAfter(wrapped))
	}
}
