// Package fault holds the one error type of the program: a kind for the code, a message that is safe to show to anyone, and a
// cause for the log. Adapters translate driver and network errors into it at their edge.
package fault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Kind says what sort of failure an error is. The zero Kind means "no error".
type Kind string

// The kinds, with their HTTP status and what a job does with them (style.md, Errors).
const (
	Invalid      Kind = "invalid"      // 400, archived: the input can never work
	Unauthorized Kind = "unauthorized" // 401, archived: bad signature, shop has uninstalled
	NotFound     Kind = "not_found"    // 404, archived: no such thing in this shop
	Conflict     Kind = "conflict"     // 409, done: already recorded, or the state forbids it
	Limited      Kind = "limited"      // 429, retried later
	TooLarge     Kind = "too_large"    // 413, archived
	Unavailable  Kind = "unavailable"  // 503, retried: Shopify throttles, MongoDB is electing
	Internal     Kind = "internal"     // 500, retried and alarmed: broken invariant, unknown error
)

var statuses = map[Kind]int{
	Invalid: http.StatusBadRequest, Unauthorized: http.StatusUnauthorized, NotFound: http.StatusNotFound,
	Conflict: http.StatusConflict, Limited: http.StatusTooManyRequests, TooLarge: http.StatusRequestEntityTooLarge,
	Unavailable: http.StatusServiceUnavailable, Internal: http.StatusInternalServerError,
}

// Status is the HTTP status of the kind; an unknown kind is 500.
func (k Kind) Status() int {
	if s, ok := statuses[k]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// Retry tells whether the same work may succeed later.
func (k Kind) Retry() bool { return k == Limited || k == Unavailable || k == Internal }

// Error is an error with a kind. Message may be shown to a merchant or shopper; Err is for the log only.
type Error struct {
	Kind       Kind
	Message    string
	Err        error
	RetryAfter time.Duration // for Limited and Unavailable: when to come back; 0 when not known
}

// New returns an error of the kind with a message that is safe to show.
func New(kind Kind, message string) *Error { return &Error{Kind: kind, Message: message} }

// Newf is New with formatting. Arguments end up in a message that people see: no secrets, no personal data.
func Newf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns an error of the kind whose cause is err.
func Wrap(kind Kind, err error, message string) *Error {
	return &Error{Kind: kind, Message: message, Err: err}
}

// Error is for logs: kind, message and cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return string(e.Kind) + ": " + e.Message
	}
	return fmt.Sprintf("%s: %s: %v", e.Kind, e.Message, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of err: "" for nil, Unavailable for an expired or cancelled context, Internal for what is not ours.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return Unavailable
	}
	return Internal
}

// Is reports whether err is of the kind.
func Is(err error, kind Kind) bool { return KindOf(err) == kind }

// MessageOf returns what may be shown of err. An error that is not ours shows nothing of itself.
func MessageOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != Internal {
		return e.Message
	}
	if KindOf(err) == Unavailable {
		return "The service is busy, please try again."
	}
	return "Something went wrong on our side."
}

// RetryAfter returns how long to wait before trying again, 0 when err does not say.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
