package tenant

import (
	"math"
	"regexp"
	"strconv"
)

// Accent is the colour of a button, such as "#24423a"; "": ours, black.
type Accent string

// accentPattern is a colour as s-color-field gives it, in lower case.
var accentPattern = regexp.MustCompile(`\A#[0-9a-f]{6}\z`)

// Button is what a button is drawn with: its ground, and the ink of its words.
type Button struct{ Ground, Ink string }

// Our own buttons.
var (
	onLight = Button{"#1c1c1c", "#ffffff"}
	onDark  = Button{"#f2f2f2", "#141414"}
)

// Sheets are what a mail's button stands on: by day, and where the mail program is dark.
const (
	lightSheet = "#ffffff"
	darkSheet  = "#1f1f1f"
)

// Contrasts that are asked for. Source: WCAG 2.2, 1.4.3 (words) and 1.4.11 (what is pressed).
const (
	wordsContrast  = 4.5
	buttonContrast = 3
)

// OnLight is the button on a light sheet. Its words are white where that can be read, else black, which can be then.
func (a Accent) OnLight() Button {
	if a == "" {
		return onLight
	}
	if contrast(string(a), "#ffffff") >= wordsContrast {
		return Button{string(a), "#ffffff"}
	}
	return Button{string(a), "#000000"}
}

// OnDark is the button on a dark sheet: ours, where the accent would be lost there.
func (a Accent) OnDark() Button {
	if a == "" || contrast(string(a), darkSheet) < buttonContrast {
		return onDark
	}
	return a.OnLight()
}

// shows tells whether a button of the colour can be seen on a light sheet.
func (a Accent) shows() bool {
	return a == "" || accentPattern.MatchString(string(a)) && contrast(string(a), lightSheet) >= buttonContrast
}

// contrast is that of two colours, 1 to 21. Source: WCAG 2.2, contrast ratio.
func contrast(a, b string) float64 {
	x, y := luminance(a)+0.05, luminance(b)+0.05
	return max(x, y) / min(x, y)
}

// luminance is that of a colour, 0 to 1. Source: WCAG 2.2, relative luminance.
func luminance(colour string) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		value, _ := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8) // it is one: accentPattern
		c := float64(value) / math.MaxUint8
		if c <= 0.04045 {
			sum += weight * c / 12.92
		} else {
			sum += weight * math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return sum
}
