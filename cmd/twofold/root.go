package main

import (
	"io"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"twofold/text"
)

// commit is the commit the binary was built from, set by the linker; else what the Go tool recorded.
var commit string

func version() string {
	if commit != "" {
		return commit
	}

	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return text.English.Say("operator.unknown_commit")
}

// program is what every command needs from outside.
type program struct {
	lookup func(string) (string, bool)
	out    io.Writer // what the user asked for
	logTo  io.Writer
}

func newRoot(lookup func(string) (string, bool), out, logTo io.Writer) *cobra.Command {
	p := &program{lookup, out, logTo}
	root := &cobra.Command{
		Use: "twofold", Version: version(), SilenceUsage: true, SilenceErrors: true, Args: cobra.NoArgs,
		RunE: showHelp,
	}

	root.SetOut(out)
	root.SetErr(logTo)
	root.CompletionOptions.HiddenDefaultCmd = true

	root.AddCommand(
		p.serveCommand(), p.workCommand(), p.allCommand(), p.migrateCommand(), p.demoCommand(), p.simulatorCommand(),
		p.exportCommand(), p.doctorCommand(), p.campaignCommand(), p.referralCommand(), p.explainCommand(),
		p.shopCommand(), p.privacyCommand(), p.keysCommand(), p.figuresCommand(), p.backtestCommand(), p.seedCommand(), p.mailCommand(),
	)
	addHelp(root, "")
	return root
}

// newLog writes JSON lines. Personal data and secrets never get this far: see style.md, logs.
func newLog(to io.Writer, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}

	if to == nil {
		to = os.Stderr
	}
	return slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{Level: l}))
}
