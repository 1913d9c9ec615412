package main

import "twofold/mail"

// mailServer is what takes the app's mails; nil where none is named.
func (c config) mailServer() mail.Sender {
	if c.MailHost == "" {
		return nil
	}
	return mail.SMTP{
		Host: c.MailHost, Port: c.MailPort, User: c.MailUser, Password: c.MailPassword, From: c.MailFrom,
	}
}
