package simulator

import (
	"errors"
	"testing"
)

// Its control API asks nobody who they are, so that only this machine may reach it.
func TestStartsOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]error{
		"0.0.0.0:0": ErrNotLoopback, "[::]:0": ErrNotLoopback, "192.0.2.1:0": ErrNotLoopback, "127.0.0.1:0": nil, "localhost:0": nil, ":0": nil,
	} {
		s, err := New(Config{ClientID: testID, ClientSecret: testSecret, AppURL: "http://127.0.0.1:1", AppTOML: []byte(testTOML)})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Start(addr); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", addr, err, want)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
