// Package fault holds the one error type of the program: a kind for the code, a stable code and values for whoever is
// answered, and a cause for the log. Package text words codes and values by language; no sentence stands here.
// Adapters translate driver and network errors into it at their edge.
//
// Begin with Kind and Error; New, With and ForLog make one, KindOf and CodeOf read one.
package fault

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
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

// Error is an error with a kind. Code and Values may be shown to a merchant or shopper, in the words of package
// text; Err is for the log only.
type Error struct {
	Kind       Kind
	Code       string // stable, such as own_link; docs/CODES.md lists all; "": the kind says enough
	Values     Values
	Err        error
	RetryAfter time.Duration // for Limited and Unavailable: when to come back; 0 when not known
}

// Values are what the sentence of a code names: amounts, numbers, times, words of the domain. People see them: no
// secrets, no personal data.
type Values map[string]any

// New returns an error with a code.
func New(kind Kind, code string) *Error { return &Error{Kind: kind, Code: code} }

// With is New with the values that the code's sentence names.
func With(kind Kind, code string, values Values) *Error {
	return &Error{Kind: kind, Code: code, Values: values}
}

// Wrap returns an error with a code whose cause is err.
func Wrap(kind Kind, err error, code string) *Error {
	return &Error{Kind: kind, Code: code, Err: err}
}

// ForLog returns an error without a code: who is answered learns its kind and no more, the log has the detail. It is
// for foreign bytes that make no sense, and for wiring that a programmer must mend.
func ForLog(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Err: fmt.Errorf(format, args...)}
}

// Error is for logs: kind, code, values in the order of their names, and cause.
func (e *Error) Error() string {
	parts := []string{string(e.Kind)}

	if e.Code != "" {
		named := e.Code
		for _, name := range slices.Sorted(maps.Keys(e.Values)) {
			named += fmt.Sprintf(" %s=%v", name, e.Values[name])
		}
		parts = append(parts, named)
	}

	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of err: "" for nil, Unavailable for an expired or cancelled context,
// Internal for what is not ours.
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

// CodeOf returns the stable code of err: its own, or the kind's name where it has none. An error that is not ours,
// and one that is Internal, shows nothing of itself. "" for nil.
func CodeOf(err error) string {
	kind := KindOf(err)
	if e, ok := errors.AsType[*Error](err); ok && kind != Internal && e.Code != "" {
		return e.Code
	}
	return string(kind)
}

// ValuesOf returns the values that the sentence of CodeOf names.
func ValuesOf(err error) Values {
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != Internal {
		return e.Values
	}
	return nil
}

// RetryAfter returns how long to wait before trying again, 0 when err does not say.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
