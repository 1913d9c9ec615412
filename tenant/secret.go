package tenant

import "log/slog"

// Secret is a text that must not be printed: tokens, keys. Convert it with string(s) only where it is used.
type Secret string

const redacted = "[redacted]"

// String, GoString, MarshalText and LogValue all hide the value.
func (Secret) String() string { return redacted }

// GoString hides the value from %#v.
func (Secret) GoString() string { return redacted }

// MarshalText hides the value from JSON and the like.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue hides the value from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// Usable leaves out empty secrets: an HMAC under an empty key is one that everybody can make.
func Usable(secrets []Secret) []Secret {
	var kept []Secret
	for _, s := range secrets {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}
