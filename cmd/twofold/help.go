package main

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// placeholders say how what a command asks for is named.
var placeholders = []struct{ name, says string }{
	{"CAMPAIGN", "CAMPAIGN is the campaign's id, as `twofold campaign list` shows it."},
	{"ORDER", "ORDER is the order's id or its name (#1001)."},
	{"CODE", "CODE is the advocate's code, as in her link; `twofold referral list` shows it."},
}

// helpWidth is where help texts are wrapped, in columns.
const helpWidth = 100

// finishHelp adds to the help of each command how its arguments are named, and wraps it.
func finishHelp(cmd *cobra.Command) {
	for _, p := range placeholders {
		if slices.Contains(strings.Fields(cmd.Use), p.name) {
			cmd.Long += " " + p.says
		}
	}
	var paragraphs []string
	for text := range strings.SplitSeq(cmd.Long, "\n\n") {
		paragraphs = append(paragraphs, wrapped(text))
	}
	cmd.Long = strings.Join(paragraphs, "\n\n")
	for _, sub := range cmd.Commands() {
		finishHelp(sub)
	}
}

func wrapped(text string) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case column == 0:
		case column+1+n > helpWidth:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
