package main

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"twofold/text"
)

// placeholders are the words in a command's Use whose meaning its help tells.
var placeholders = []string{"CAMPAIGN", "ORDER", "CODE", "FOLDER"}

// helpWidth is where help texts are wrapped, in columns.
const helpWidth = 100

// addHelp gives the command of a path, such as "campaign edit", its help and that of its flags, and does the same
// below it. The words stand in package text.
func addHelp(cmd *cobra.Command, path string) {
	help := text.English.Command(path)
	cmd.Short = help.Short
	cmd.Long = finishHelp(cmd, help.Long)
	cmd.Example = strings.TrimRight(help.Example, "\n")
	cmd.Flags().VisitAll(func(flag *pflag.Flag) { flag.Usage = text.English.Flag(path, flag.Name) })

	for _, sub := range cmd.Commands() {
		addHelp(sub, strings.TrimSpace(path+" "+sub.Name()))
	}
}

// showHelp is what a command does that has commands below it.
func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// finishHelp adds to a help how the command's arguments are named, and wraps it.
func finishHelp(cmd *cobra.Command, long string) string {
	for _, name := range placeholders {
		if slices.Contains(strings.Fields(cmd.Use), name) {
			long += " " + text.English.Say("operator.argument."+name)
		}
	}

	var paragraphs []string
	for paragraph := range strings.SplitSeq(long, "\n\n") {
		paragraphs = append(paragraphs, wrapped(paragraph))
	}
	return strings.Join(paragraphs, "\n\n")
}

// wrapped breaks a paragraph into lines.
func wrapped(paragraph string) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(paragraph) {
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
