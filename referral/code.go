package referral

import (
	"math/big"
	"strings"

	"twofold/fault"
)

// codeAlphabet has no 0/O, 1/I/L, which are misread, and no other vowels, so that no code spells a word. 28 letters.
const codeAlphabet = "23456789BCDFGHJKMNPQRSTVWXYZ"

// AdvocateCodeLetters is the length of an advocate's code. Eight of 28 letters (38 bits) are enough for one that is
// meant to be passed on, and can be spoken.
const AdvocateCodeLetters = 8

// CodeFrom writes the first letters of a number's base-28 digits, in groups of four: "7K2Q-MM4P". sum must have 8 bytes
// a letter pair at least; 32 bytes are enough for 50 letters.
func CodeFrom(sum []byte, letters int) string {
	n, base, digit := new(big.Int).SetBytes(sum), big.NewInt(int64(len(codeAlphabet))), new(big.Int)
	var b strings.Builder
	for i := range letters {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		n.DivMod(n, base, digit)
		b.WriteByte(codeAlphabet[digit.Int64()])
	}
	return b.String()
}

// NormalCode is a code as it is kept and compared: upper case, without spaces around it. Shopify compares codes without
// regard to case. Source: shopify.dev, DiscountRedeemCode (2026-10).
func NormalCode(code string) string { return strings.ToUpper(strings.TrimSpace(code)) }

// How long a code may be that somebody chose: long enough not to be hit by chance, short enough to be said.
const (
	MinChosenLetters = 4
	MaxChosenLetters = 20
)

// ParseChosenCode reads a code that somebody chose for an advocate. Invalid: too short or too long, or with anything but
// letters from A to Z, digits, and hyphens between them.
func ParseChosenCode(chosen string) (string, error) {
	code, err := ParseRef(chosen)
	wrong := err != nil || len(code) < MinChosenLetters || len(code) > MaxChosenLetters ||
		strings.Contains(code, "_") || strings.Trim(code, "-") != code
	if wrong {
		return "", fault.With(fault.Invalid, "chosen_code", fault.Values{
			"least": MinChosenLetters, "most": MaxChosenLetters,
		})
	}
	return code, nil
}

// MaxAdvocateCodes is how many codes an advocate may have, former ones too: each works on.
const MaxAdvocateCodes = 10

// CodeTexts are what codes read.
func CodeTexts(codes []Code) []string {
	texts := make([]string, len(codes))
	for i, c := range codes {
		texts[i] = c.Code
	}
	return texts
}

// maxCodeBytes is Shopify's limit for a discount code.
const maxCodeBytes = 255

// ParseRef reads an advocate's code from a link. Invalid: empty, too long, or with letters no code has.
func ParseRef(ref string) (string, error) {
	ref = strings.TrimSpace(ref)
	if ref == "" || len(ref) > maxCodeBytes || strings.ContainsFunc(ref, notInCodes) {
		return "", fault.New(fault.Invalid, "link_incomplete")
	}
	return NormalCode(ref), nil
}

// notInCodes is asked before letters are made upper case: there are foreign ones that become ours by it.
func notInCodes(c rune) bool {
	return (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_'
}
