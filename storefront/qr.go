package storefront

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quietZone is the modules of light around a QR code. Source: ISO/IEC 18004:2015, 6.3.8.
const quietZone = 4

// pageQR is a QR code as the page draws it, without script.
type pageQR struct {
	Side int    // modules on a side, the quiet zone with them
	Path string // dark modules as the d of an SVG path, a unit a module
}

// qrOf draws the code of a link. nil: it is too long for any.
func qrOf(link string) *pageQR {
	code, err := qr.Encode(link, qr.M)
	if err != nil {
		return nil
	}

	var dark strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&dark, "M%d,%dh%dv1h-%dz", from+quietZone, y+quietZone, x-from, x-from)
			}
		}
	}
	return &pageQR{Side: code.Size + 2*quietZone, Path: dark.String()}
}
