package main

import (
	"strconv"
	"strings"

	"twofold/fault"
)

// parsePercent reads a percentage as decimal text ("15", "12.5") into basis points, exactly. Invalid: it is no
// decimal, has more than two decimals that count, or is above 100.
func parsePercent(text string) (bp int, err error) {
	bad := fault.With(fault.Invalid, "not_a_percentage", fault.Values{"given": quoted(text)})
	whole, fraction, dotted := strings.Cut(text, ".")
	if !digits(whole) || (dotted && !digits(fraction)) {
		return 0, bad
	}

	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if len(whole) > 3 || len(fraction) > 2 {
		return 0, bad
	}

	bp, err = strconv.Atoi("0" + whole + fraction + strings.Repeat("0", 2-len(fraction)))
	if err != nil || bp > 10_000 {
		return 0, bad
	}
	return bp, nil
}

// digits tells whether the text is nothing but digits, and at least one.
func digits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }
