package text

import (
	"strings"
)

// Help is what a command says about itself. Long and Example may be "".
type Help struct{ Short, Long, Example string }

// Command words the help of a command by its path, such as "campaign edit"; "" is the program itself.
func (p *Printer) Command(path string) Help {
	id := commandID(path)
	return Help{
		Short: p.orNothing(id + ".short"), Long: p.orNothing(id + ".long"), Example: p.orNothing(id + ".example"),
	}
}

// Flag words the help of a command's flag: its own, else the one that all commands share.
func (p *Printer) Flag(path, flag string) string {
	if said, ok := p.find(commandID(path) + ".flag." + flag); ok {
		return said
	}
	return p.orNothing("operator.flag." + flag)
}

// commandID is under which a command's help stands.
func commandID(path string) string {
	return "operator.command" + strings.TrimSuffix("."+strings.ReplaceAll(path, " ", "."), ".")
}

// orNothing is Say for an entry that need not be there.
func (p *Printer) orNothing(id string) string {
	said, _ := p.find(id)
	return said
}
