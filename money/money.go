// Package money keeps exact amounts: whole minor units and a currency. No float holds, multiplies or compares money
// anywhere. How amounts are shown to people is left to package text.
//
// Begin with Amount and Parse; Share is the one place where money that is given is rounded.
package money

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"twofold/fault"
)

// Amount is a sum of money: Minor counts the currency's smallest unit (cents for USD, whole yen for JPY).
// The zero Amount is "nothing in no currency" and may be added to any amount.
type Amount struct {
	Minor    int64
	Currency string // Shopify's code, which is ISO 4217's where that has one
}

// Digits returns how many decimals the currency has (USD 2, JPY 0, KWD 3). A code that is newer than our table has
// two, as all new currencies of the last decades: Shopify says what currencies there are, and a shop is not kept
// waiting for our next version. If it has fewer, its amounts are read all the same ("1000.0"); a third decimal is
// refused by Parse, never rounded. A malformed code is Invalid.
func Digits(code string) (int, error) {
	if !wellFormed(code) {
		return 0, fault.With(fault.Invalid, "unknown_currency", fault.Values{"currency": code})
	}
	if digits, special := minorDigits[code]; special {
		return digits, nil
	}
	return 2, nil
}

// Parse reads Shopify's decimal string ("20", "20.0", "-3.50") in the currency's own digits. More decimals
// than the currency has are Invalid unless they are zeros: Shopify writes yen as "1000.0". Source:
// shopify.dev, scalar Decimal, 2026-10.
func Parse(decimal, code string) (Amount, error) {
	digits, err := Digits(code)
	if err != nil {
		return Amount{}, err
	}

	minor, ok := parseMinor(decimal, digits)
	if !ok {
		given := fault.Values{"currency": code, "given": fmt.Sprintf("%.32s", decimal)}
		return Amount{}, fault.With(fault.Invalid, "not_an_amount", given)
	}
	return Amount{Minor: minor, Currency: code}, nil
}

func parseMinor(decimal string, digits int) (int64, bool) {
	rest, negative := strings.CutPrefix(decimal, "-")
	whole, fraction, dotted := strings.Cut(rest, ".")
	if !allDigits(whole) || (dotted && !allDigits(fraction)) {
		return 0, false
	}

	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > digits {
		return 0, false
	}

	minor, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", digits-len(fraction)), 10, 64)
	if err != nil {
		return 0, false
	}

	if negative {
		minor = -minor
	}
	return minor, true
}

func allDigits(s string) bool {
	if s == "" {
		return false
	}

	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// MustParse is Parse for constants and tests; it panics on an error.
func MustParse(decimal, code string) Amount {
	a, err := Parse(decimal, code)
	if err != nil {
		panic(err)
	}
	return a
}

// Decimal writes the amount as Shopify reads it, with all of the currency's digits: "20.00", "1000", "0.005".
func (a Amount) Decimal() string {
	digits, err := Digits(a.Currency)
	if err != nil {
		digits = 0
	}

	sign, n := "", uint64(a.Minor)
	if a.Minor < 0 {
		sign, n = "-", -n
	}

	text := strconv.FormatUint(n, 10)
	if digits == 0 {
		return sign + text
	}

	if pad := digits + 1 - len(text); pad > 0 {
		text = strings.Repeat("0", pad) + text
	}
	return sign + text[:len(text)-digits] + "." + text[len(text)-digits:]
}

// String is for people and logs: "20.00 USD".
func (a Amount) String() string { return strings.TrimSpace(a.Decimal() + " " + a.Currency) }

// Add returns a + b. Two currencies, or a sum beyond int64, are Internal: the caller broke an invariant.
func (a Amount) Add(b Amount) (Amount, error) {
	switch {
	case a == Amount{}:
		return b, nil
	case b == Amount{}:
		return a, nil
	case a.Currency != b.Currency:
		return Amount{}, fault.ForLog(fault.Internal, "money: %s + %s: currencies differ", a.Currency, b.Currency)
	}

	sum := a.Minor + b.Minor
	if (sum > a.Minor) != (b.Minor > 0) {
		return Amount{}, fault.ForLog(fault.Internal, "money: overflow in %s", a.Currency)
	}
	return Amount{Minor: sum, Currency: a.Currency}, nil
}

// Sub returns a - b, with the errors of Add.
func (a Amount) Sub(b Amount) (Amount, error) {
	if b.Minor == math.MinInt64 {
		return Amount{}, fault.ForLog(fault.Internal, "money: overflow in %s", a.Currency)
	}
	return a.Add(b.Neg())
}

// Neg returns -a.
func (a Amount) Neg() Amount { return Amount{Minor: -a.Minor, Currency: a.Currency} }

// IsZero tells whether the amount is nothing, in whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// AtLeast reports a >= b. Amounts in two currencies are never comparable: false, and Internal.
func (a Amount) AtLeast(b Amount) (bool, error) {
	d, err := a.Sub(b)
	return err == nil && d.Minor >= 0, err
}

// NotBelowZero returns a, or zero in the same currency when a is negative.
func (a Amount) NotBelowZero() Amount {
	if a.Minor < 0 {
		return Amount{Currency: a.Currency}
	}
	return a
}

// Each returns what each of n has of a, rounded up to the minor unit, for showing: nothing is
// paid by it. n is at least 1.
func (a Amount) Each(n int) Amount {
	each, left := a.Minor/int64(n), a.Minor%int64(n)
	if left > 0 {
		each++
	}
	return Amount{Minor: each, Currency: a.Currency}
}

// Part returns what falls to a part of a whole, when a falls to all of it: a × part / whole, rounded up to the minor
// unit. For weighing: nothing is paid by it. Internal: part and whole are of two currencies, or part is not between
// zero and a whole above zero.
func (a Amount) Part(part, whole Amount) (Amount, error) {
	if part.Currency != whole.Currency || part.Minor < 0 || whole.Minor < max(1, part.Minor) {
		return Amount{}, fault.ForLog(fault.Internal, "money: %s is no part of %s", part, whole)
	}

	n, rest := new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(part.Minor)), new(big.Int)
	n.QuoRem(n, big.NewInt(whole.Minor), rest)
	if rest.Sign() > 0 {
		n.Add(n, big.NewInt(1))
	}
	return Amount{Minor: n.Int64(), Currency: a.Currency}, nil
}

// Share returns rateBP basis points of a, rounded half away from zero to the minor unit: the one place where money
// that is given is rounded. Internal: the result is beyond int64.
func (a Amount) Share(rateBP int) (Amount, error) {
	n := new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(int64(rateBP)))
	half := big.NewInt(5_000)

	if n.Sign() < 0 {
		half.Neg(half)
	}
	n.Quo(n.Add(n, half), big.NewInt(10_000))

	if !n.IsInt64() {
		return Amount{}, fault.ForLog(fault.Internal, "money: overflow in %s", a.Currency)
	}
	return Amount{Minor: n.Int64(), Currency: a.Currency}, nil
}
