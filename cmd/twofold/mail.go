package main

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"twofold/mail"
	"twofold/text"
)

// mailServer is what takes the app's mails; nil where none is named.
func (c config) mailServer() mail.Sender {
	if c.MailHost == "" {
		return nil
	}
	return mail.SMTP{
		Host: c.MailHost, Port: c.MailPort, User: c.MailUser, Password: c.MailPassword, From: c.MailFrom,
	}
}

func (p *program) mailCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "mail", Args: cobra.NoArgs, RunE: showHelp}
	cmd.AddCommand(&cobra.Command{
		Use: "preview FOLDER", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return p.previewMails(args[0]) },
	})
	return cmd
}

// previewMails writes every mail in every language, and a page that links them.
func (p *program) previewMails(folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("mail preview: %w", err)
	}

	var index strings.Builder
	index.WriteString("<!doctype html>\n<meta charset=\"utf-8\">\n<ul>\n")
	for _, printer := range text.ForShoppers() {
		for _, sample := range mail.Samples() {
			letter, err := sample.Write(printer, mail.SampleShop, nil)
			if err != nil {
				return err
			}

			name := sample.Name + "." + printer.Language()
			if err := write(folder, name+".html", letter.HTML); err != nil {
				return err
			}
			if err := write(folder, name+".txt", letter.Subject+"\n\n"+letter.Text); err != nil {
				return err
			}
			fmt.Fprintf(&index, "<li dir=\"auto\"><a href=\"%s.html\">%s</a>\n", name, html.EscapeString(letter.Subject))
		}
	}
	if err := write(folder, "index.html", index.String()+"</ul>\n"); err != nil {
		return err
	}

	fmt.Fprintln(p.out, filepath.Join(folder, "index.html"))
	return nil
}

// write writes a file that everybody may read.
func write(folder, name, content string) error {
	if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil { //nolint:gosec // samples
		return fmt.Errorf("mail preview: %w", err)
	}
	return nil
}
