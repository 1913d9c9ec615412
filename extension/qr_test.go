package extension_test

import (
	"encoding/json"
	"errors"
	"flag"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/dop251/goja"
	"github.com/evanw/esbuild/pkg/api"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// capacities are the bytes that versions 1 to 20 hold at level M. Source: ISO/IEC 18004:2015, table 7.
var capacities = []int{14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666}

// link is as long a link as ours become.
const link = "https://tarrow.example/products/linen-apron?variant=41203998457&ref=ALICE-7KQ2&utm_source=friends"

// code is a QR code as qr.js returns it.
type code struct {
	Size int    `json:"size"`
	D    string `json:"d"`
}

// drawer runs src/qr.js, minified as shoppers get it.
type drawer struct {
	vm   *goja.Runtime
	path goja.Callable
}

func newDrawer(t *testing.T) drawer {
	t.Helper()
	script := minified(t, "qr.js", api.FormatIIFE)
	d := drawer{vm: goja.New()}
	if _, err := d.vm.RunString(script); err != nil {
		t.Fatal(err)
	}
	path, ok := goja.AssertFunction(d.vm.Get("module").ToObject(d.vm).Get("svgPath"))
	if !ok {
		t.Fatal("svgPath is no function")
	}
	d.path = path
	return d
}

// minified is a source of ours as it is built: one file. As an IIFE its exports are in the global variable module.
func minified(t *testing.T, name string, format api.Format) string {
	t.Helper()
	options := api.BuildOptions{
		EntryPoints: []string{filepath.Join("src", name)}, Bundle: true, Format: format, Target: api.ES2020, MinifySyntax: true, MinifyWhitespace: true,
		MinifyIdentifiers: true,
	}
	if format == api.FormatIIFE {
		options.GlobalName = "module"
	}
	built := api.Build(options)
	if len(built.Errors)+len(built.Warnings) > 0 {
		t.Fatalf("%v %v", built.Errors, built.Warnings)
	}
	return string(built.OutputFiles[0].Contents)
}

func (d drawer) draw(text string) (code, error) {
	value, err := d.path(goja.Undefined(), d.vm.ToValue(text))
	if err != nil {
		return code{}, err
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return code{}, err
	}
	var c code
	return c, json.Unmarshal(raw, &c)
}

// must draws a text that fits.
func (d drawer) must(t *testing.T, text string) code {
	t.Helper()
	c, err := d.draw(text)
	if err != nil {
		t.Fatalf("%d bytes: %v", len(text), err)
	}
	return c
}

var runPattern = regexp.MustCompile(`\AM(\d+) (\d+)h(\d+)v1h-(\d+)z`)

// modules reads a path: rectangles of one unit's height, row by row, none over another. true is dark.
func (c code) modules(t *testing.T) [][]bool {
	t.Helper()
	rows := make([][]bool, c.Size)
	for y := range rows {
		rows[y] = make([]bool, c.Size)
	}
	for rest := c.D; rest != ""; {
		found := runPattern.FindStringSubmatch(rest)
		if found == nil {
			t.Fatalf("no rectangle at %.40q", rest)
		}
		x, y, width := number(t, found[1]), number(t, found[2]), number(t, found[3])
		if found[3] != found[4] || width < 1 || x+width > c.Size || y >= c.Size {
			t.Fatalf("%q is no rectangle in %d modules", found[0], c.Size)
		}
		for i := range width {
			if rows[y][x+i] {
				t.Fatalf("%q lies over another", found[0])
			}
			rows[y][x+i] = true
		}
		rest = rest[len(found[0]):]
	}
	return rows
}

func number(t *testing.T, digits string) int {
	t.Helper()
	n, err := strconv.Atoi(digits)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// read decodes a code with ZXing, as a camera would see it: three dots a module, and a quiet zone of four modules.
func (c code) read(t *testing.T) (text, level string) {
	t.Helper()
	const dots, quiet = 3, 4
	side := (c.Size + 2*quiet) * dots
	picture := image.NewGray(image.Rect(0, 0, side, side))
	modules := c.modules(t)
	for y := range side {
		for x := range side {
			row, column := y/dots-quiet, x/dots-quiet
			inside := row >= 0 && row < c.Size && column >= 0 && column < c.Size
			if !inside || !modules[row][column] {
				picture.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_CHARACTER_SET: "UTF-8"}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		t.Fatalf("%d modules cannot be read: %v", c.Size, err)
	}
	level, _ = result.GetResultMetadata()[gozxing.ResultMetadataType_ERROR_CORRECTION_LEVEL].(string)
	return result.GetText(), level
}

// mask is the mask that the code says it is under. Source: ISO/IEC 18004:2015, 7.9 and figure 25.
func (c code) mask(t *testing.T) int {
	t.Helper()
	row := c.modules(t)[8]
	mask := 0
	for _, dark := range row[2:5] {
		mask <<= 1
		if dark {
			mask |= 1
		}
	}
	return mask ^ 0b101
}

// text is a link of so many bytes.
func text(bytes int) string {
	const letters = "https://tarrow.example/?ref=ALICE-7KQ2&x="
	return strings.Repeat(letters, bytes/len(letters)+1)[:bytes]
}

func TestEveryVersionIsReadToItsLastByte(t *testing.T) {
	t.Parallel()
	d := newDrawer(t)
	for i, most := range capacities {
		want := text(most)
		c := d.must(t, want)
		if c.Size != 17+4*(i+1) {
			t.Errorf("%d bytes: %d modules, want %d", most, c.Size, 17+4*(i+1))
		}
		if got, level := c.read(t); got != want || level != "M" {
			t.Errorf("%d bytes at level %s are read as %q", most, level, got)
		}
		c.wantAsZXing(t, want)
	}
}

// One byte more than a version holds is in the next; from version 10 on a text's length has two bytes.
func TestTextsThatJustDoNotFit(t *testing.T) {
	t.Parallel()
	d := newDrawer(t)
	for _, version := range []int{1, 6, 9} {
		want := text(capacities[version-1] + 1)
		c := d.must(t, want)
		if got, _ := c.read(t); got != want || c.Size != 17+4*(version+1) {
			t.Errorf("%d bytes: %d modules, read as %q", len(want), c.Size, got)
		}
		c.wantAsZXing(t, want)
	}
}

// wantAsZXing compares the code with what ZXing's own encoder draws, so that no codeword is wrong which a reader would mend in silence.
// Theirs may weigh masks in another way, so it is told ours.
func (c code) wantAsZXing(t *testing.T, text string) {
	t.Helper()
	hints := map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_QR_MASK_PATTERN: c.mask(t)}
	theirs, err := encoder.Encoder_encode(text, decoder.ErrorCorrectionLevel_M, hints)
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for y, row := range c.modules(t) {
		for x, dark := range row {
			if dark != (theirs.GetMatrix().Get(x, y) == 1) {
				wrong++
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d bytes: %d of %d modules are not as ZXing draws them", len(text), wrong, c.Size*c.Size)
	}
}

func TestTextsAreRead(t *testing.T) {
	t.Parallel()
	d := newDrawer(t)
	for _, want := range []string{
		"a", "HTTPS://TARROW.EXAMPLE/?REF=ALICE", "0123456789", "50 % & more %41", "https://müller.example/?ref=JOSÉ", "https://مثال.إختبار/؟",
		"日本語のリンク", "🎁 für dich", "\x00\x01", "WIFI:S:a;;", link, text(300),
	} {
		if got, _ := d.must(t, want).read(t); got != want {
			t.Errorf("%q is read as %q", want, got)
		}
	}
}

// Every mask is chosen for some text, and read.
func TestMasks(t *testing.T) {
	t.Parallel()
	d := newDrawer(t)
	for mask, want := range []string{"link 3", "link 99", "link 1", "link 666", "link 519", "link 34", "link 0", "link 2"} {
		c := d.must(t, want)
		if got := c.mask(t); got != mask {
			t.Errorf("%s is under mask %d, want %d", want, got, mask)
		}
		if got, _ := c.read(t); got != want {
			t.Errorf("%q is read as %q", want, got)
		}
	}
}

func TestTooLongTexts(t *testing.T) {
	t.Parallel()
	d := newDrawer(t)
	for what, text := range map[string]string{"too long": text(667), "too long in UTF-8": strings.Repeat("é", 334)} {
		_, err := d.draw(text)
		if thrown, ok := errors.AsType[*goja.Exception](err); !ok || !strings.Contains(thrown.Error(), "RangeError") {
			t.Errorf("%s: got %v, want a RangeError", what, err)
		}
	}
}

func TestCodeOfALink(t *testing.T) {
	t.Parallel()
	c := newDrawer(t).must(t, link)
	var picture strings.Builder
	for _, row := range c.modules(t) {
		for _, dark := range row {
			picture.WriteString(map[bool]string{true: "##", false: "  "}[dark])
		}
		picture.WriteByte('\n')
	}
	golden := filepath.Join("testdata", "link.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(picture.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if picture.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", picture.String(), want)
	}
}
