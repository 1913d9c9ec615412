package storefront_test

import (
	"image"
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// A reader that is not ours reads the advocate's link from what the page draws.
func TestThePageDrawsTheLink(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.shared(t)
	page := s.do(t, pageOf("").by(alice)).said("")
	if got := scanned(t, page); got != "https://demo.example/?ref=ALICE-9" {
		t.Errorf("the page's QR code says %q", got)
	}
}

var (
	drawnBox  = regexp.MustCompile(`<svg viewBox="0 0 (\d+) \d+"`)
	drawnPath = regexp.MustCompile(`<path d="([^"]+)"`)
	drawnRun  = regexp.MustCompile(`M(\d+),(\d+)h(\d+)v1h-\d+z`)
)

// scanned reads the first QR code of a page, drawn with four dots a module.
func scanned(t *testing.T, page string) string {
	t.Helper()
	const dots = 4
	box, path := drawnBox.FindStringSubmatch(page), drawnPath.FindStringSubmatch(page)
	if box == nil || path == nil {
		t.Fatal("the page draws no code")
	}

	side := number(t, box[1])
	picture := image.NewGray(image.Rect(0, 0, side*dots, side*dots))
	for i := range picture.Pix {
		picture.Pix[i] = 255
	}
	for _, run := range drawnRun.FindAllStringSubmatch(path[1], -1) {
		x, y, wide := number(t, run[1]), number(t, run[2]), number(t, run[3])
		for dx := range wide * dots {
			for dy := range dots {
				picture.SetGray(x*dots+dx, y*dots+dy, color.Gray{})
			}
		}
	}

	bits, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	read, err := qrcode.NewQRCodeReader().Decode(bits, nil)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(read.GetText())
}

func number(t *testing.T, digits string) int {
	t.Helper()
	n, err := strconv.Atoi(digits)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
