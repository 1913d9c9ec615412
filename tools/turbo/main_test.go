package main

import (
	"bytes"
	"os"
	"testing"
)

// The app serves what npm has, in the version that tools/package.json pins.
func TestTurboIsThatOfThePackage(t *testing.T) {
	t.Parallel()
	want, err := shrunk("../../" + source)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../" + target)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("admin/assets/turbo.js is another one: go run ./tools/turbo")
	}
}
