package browser

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"twofold/local"
)

// writePictures says that the pictures of docs are to be taken anew.
var writePictures = flag.Bool("pictures", false, "write docs/pictures anew")

// Bounds of what is committed: of the storefront, and of the admin.
const (
	maxPictures     = 30
	maxPictureBytes = 150_000
)

// picture is one picture of docs: its name, how the shop is looked at, and what is played before it is taken.
type picture struct {
	name string
	mix  mix
	play func(*scene)
}

// pictureFolder is where they are committed.
func pictureFolder() string { return filepath.Join(local.ModuleRoot(), "docs", "pictures") }

// TestPicturesAreCommitted compares the folder with the lists: all that are listed, nothing else, none too large.
func TestPicturesAreCommitted(t *testing.T) {
	t.Parallel()
	listed := adminPictures()
	if len(pictures) > maxPictures || len(listed) > maxPictures {
		t.Errorf("%d pictures of the storefront and %d of the admin, want at most %d", len(pictures), len(listed), maxPictures)
	}
	listed = append(listed, mailPictureNames()...)
	for _, p := range pictures {
		listed = append(listed, p.name)
	}
	entries, err := os.ReadDir(pictureFolder())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	committed := map[string]bool{}
	for _, e := range entries {
		name, isPicture := strings.CutSuffix(e.Name(), ".webp")
		if !isPicture || !slices.Contains(listed, name) {
			t.Errorf("docs/pictures/%s is on no list", e.Name())
		}
		if info, err := e.Info(); err != nil || info.Size() > maxPictureBytes {
			t.Errorf("docs/pictures/%s is too large: %v", e.Name(), err)
		}
		committed[name] = true
	}
	for _, name := range listed {
		if !committed[name] {
			t.Errorf("docs/pictures/%s.webp is missing: make pictures", name)
		}
	}
}

// TestWholePictures plays what each picture shows, and takes it where -pictures says so.
func TestWholePictures(t *testing.T) {
	t.Parallel()
	for _, p := range pictures {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			sharp := p.mix
			if sharp.size.touch {
				sharp.size.scale = 2
			}
			s := stageScene(t, sharp)
			p.play(s)
			s.friend.clean()
			if *writePictures {
				s.friend.keepPicture(p.name)
			}
		})
	}
}

// keepPicture writes a picture into docs, in the best quality that is small enough.
func (b *tab) keepPicture(name string) {
	b.t.Helper()
	b.calm()
	for _, quality := range []int64{90, 80, 70, 60, 50} {
		webp, err := b.picture("webp", quality)
		if err != nil {
			b.t.Fatal(err)
		}
		if len(webp) > maxPictureBytes {
			continue
		}
		if err := os.MkdirAll(pictureFolder(), 0o755); err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(pictureFolder(), name+".webp"), webp, 0o644); err != nil {
			b.t.Fatal(err)
		}
		return
	}
	b.t.Errorf("%s is larger than %d bytes in any quality", name, maxPictureBytes)
}

// calm waits until fonts and what is seen of the pictures are there and nothing moves.
func (b *tab) calm() {
	b.t.Helper()
	b.until("the page to be calm", func() (bool, error) {
		return evaluate[bool](b, `document.fonts.ready.then(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))).then(() => {
			const seen = (i) => { const r = i.getBoundingClientRect(); return r.width && r.bottom > 0 && r.top < innerHeight; };
			return [...document.images].filter(seen).every((i) => i.complete && i.naturalWidth) && __moving() === 0;
		})`), nil
	})
	b.decoded()
}

// decoded waits until what is seen of the pictures can be drawn at once, and has been.
func (b *tab) decoded() {
	b.t.Helper()
	evaluate[bool](b, `Promise.all([...document.images].filter((i) => i.complete && i.naturalWidth).map((i) => i.decode())).then(() =>
		new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true)))))`)
}
