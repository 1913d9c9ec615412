package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"twofold/app"
	"twofold/mail"
	"twofold/referral"
	"twofold/signature"
	"twofold/tenant"
	"twofold/text"
)

// mailServer is what takes the app's mails; nil where none is named.
func (c config) mailServer() mail.Sender {
	if c.MailHost == "" {
		return nil
	}
	return mail.SMTP{
		Host: c.MailHost, Port: c.MailPort, User: c.MailUser, Password: c.MailPassword, From: c.MailFrom,
		Events: c.MailEvents != "",
	}
}

// mailEvents judges what tells of mails; nil where no key was named.
func (c config) mailEvents() (app.MailEvents, error) {
	if c.MailEvents == "" {
		return nil, nil
	}
	return signature.ParseMailEvents(c.MailEvents, time.Now)
}

func (p *program) mailCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "mail", Args: cobra.NoArgs, RunE: showHelp}
	cmd.AddCommand(p.mailPreviewCommand())
	return cmd
}

func (p *program) mailPreviewCommand() *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: "preview FOLDER [--shop S]", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&shop, "shop", "", "")

	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if shop == "" {
			return p.previewMails(args[0], mail.SampleShop, ours)
		}
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, id tenant.ShopID) error {
			found, err := built.store.FindShop(ctx, id)
			if err != nil {
				return err
			}
			return p.previewMails(args[0], found, func(kind referral.NoticeKind, language string) (text.Own, error) {
				return built.do.Mail.Own(ctx, id, kind, language)
			})
		})
	}
	return cmd
}

// wordsOf finds a shop's own words of a kind of mail in a language.
type wordsOf func(kind referral.NoticeKind, language string) (text.Own, error)

// ours finds none.
func ours(referral.NoticeKind, string) (text.Own, error) { return text.Own{}, nil }

// previewMails writes every mail of a shop in every language of its readers, and a page that links them.
func (p *program) previewMails(folder string, shop tenant.Shop, own wordsOf) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("mail preview: %w", err)
	}

	var index strings.Builder
	index.WriteString("<!doctype html>\n<meta charset=\"utf-8\">\n<ul>\n")
	for _, printer := range text.ForShoppers() {
		for _, sample := range mail.Samples() {
			words, err := own(sample.Kind(), printer.Language())
			if err != nil {
				return err
			}
			letter, err := sample.Write(printer, shop, words)
			if err != nil {
				return err
			}
			if err := preview(folder, sample.Name+"."+printer.Language(), letter, &index); err != nil {
				return err
			}
		}
	}

	for _, language := range []string{"en", "de"} {
		for _, sample := range mail.MerchantSamples() {
			letter, err := sample.Write(text.ForMerchants(language), shop)
			if err != nil {
				return err
			}
			if err := preview(folder, "merchant-"+sample.Name+"."+language, letter, &index); err != nil {
				return err
			}
		}
	}
	if err := write(folder, "index.html", index.String()+"</ul>\n"); err != nil {
		return err
	}

	fmt.Fprintln(p.out, filepath.Join(folder, "index.html"))
	return nil
}

// preview writes one mail, as HTML and as text, and links it.
func preview(folder, name string, letter mail.Letter, index *strings.Builder) error {
	fmt.Fprintf(index, "<li dir=\"auto\"><a href=\"%s.html\">%s</a>\n", name, html.EscapeString(letter.Subject))
	return errors.Join(
		write(folder, name+".html", letter.HTML), write(folder, name+".txt", letter.Subject+"\n\n"+letter.Text),
	)
}

// write writes a file that everybody may read.
func write(folder, name, content string) error {
	if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil { //nolint:gosec // samples
		return fmt.Errorf("mail preview: %w", err)
	}
	return nil
}
