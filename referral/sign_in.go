package referral

import (
	"net/mail"
	"strings"
	"time"
	"unicode"

	"twofold/fault"
	"twofold/tenant"
)

// A guest is known by an e-mail address alone, and anybody may type anybody's. So typing one shows nothing of whoever
// has it: it asks for a mail, and whoever follows the mail's link, or types its code, has shown that the address is
// theirs. What is read, written and answered until then is the same for every address.

// SignInID names a mail that was asked for so.
type SignInID string

// SignIn is a mail that was asked for, with which its reader signs in: at once after joining, or to come back.
type SignIn struct {
	Shop     tenant.ShopID
	ID       SignInID
	Kind     NoticeKind // NoticeProve or NoticeSignIn
	Address  string     // that was typed; kept encrypted, and "" once it was used
	Emails   []string   // keyed hashes of the address
	Language string     // in which it was asked for
	At       time.Time  // signed proxy time
	Until    time.Time  // when its link and code work no more; zero: the mail has not gone out
	UsedAt   time.Time  // when one of them was used; zero: not yet
	Tries    int        // how often a code was typed
}

// How long a mailed link works, and how often its code may be typed: five of 28^8 codes are no guess.
const (
	SignInFor   = 15 * time.Minute
	SignInTries = 5
)

// signInCodeLetters is the length of the code in the mail.
const signInCodeLetters = 8

// What the link and the code of a mail are made of: the request's id, sealed for the shop for one purpose, and its keyed
// hash of one kind.
const (
	SignInSeal = "sign_in_link"
	SignInHash = "sign_in_code"
)

// Kept is how long the request is kept, with its address until it is used. Whoever has joined may find the mail late,
// and a mail server may take it late; whoever comes back waits before the page.
func (s SignIn) Kept() time.Duration {
	if s.Kind == NoticeProve {
		return 7 * 24 * time.Hour
	}
	return time.Hour
}

// Open tells whether the link and the code work at an instant.
func (s SignIn) Open(now time.Time) bool { return s.UsedAt.IsZero() && now.Before(s.Until) }

// Notice is the mail in the outbox. It has no address.
func (s SignIn) Notice() Notice {
	return Notice{Key: string(s.Kind) + "/" + string(s.ID), Kind: s.Kind, SignIn: s.ID, At: s.At}
}

// SignInCode is the code in the mail, drawn from a keyed hash of the request.
func SignInCode(sum []byte) string { return CodeFrom(sum, signInCodeLetters) }

// NormalSignInCode is a code as it is compared, however its letters were typed and grouped.
func NormalSignInCode(typed string) string {
	letters := strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.ToUpper(typed))
	if len(letters) != signInCodeLetters {
		return ""
	}
	return letters[:4] + "-" + letters[4:]
}

// maxEmailBytes bounds an address. Source: RFC 5321, 4.5.3.1.3, erratum 1690.
const maxEmailBytes = 254

// ParseEmail reads an address to which a mail is to go, as it is compared. Invalid: it is none, or more than one.
func ParseEmail(typed string) (string, error) {
	address := NormalEmail(typed)
	parsed, err := mail.ParseAddress(address)
	_, domain, _ := strings.Cut(address, "@")
	if err != nil || parsed.Address != address || len(address) > maxEmailBytes || !strings.Contains(domain, ".") {
		return "", fault.New(fault.Invalid, "email_address")
	}
	return address, nil
}
