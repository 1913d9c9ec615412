package main

import (
	"bytes"
	"os"
	"testing"
)

// The layout that is sent is the one that was written.
func TestTheLayoutIsMadeOfItsSource(t *testing.T) {
	t.Parallel()
	want, err := madeOf("../..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../" + target)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(got, []byte(want)) {
		t.Error("mail/layout.html was made of another layout: scripts/setup mail, then go run ./tools/mail")
	}
}
