package admin

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
)

// assetsPath is where scripts and style sheets are served, to everybody: they hold nothing of anybody.
const assetsPath = "/assets/"

//go:embed assets
var assetFiles embed.FS

// asset is one file as it is served.
type asset struct {
	kind   string // its media type
	plain  []byte
	packed []byte // by gzip
	mark   string // changes when the file does
}

// assets are all files by their names. They are part of the program: one that cannot be read is a panic.
var assets = mustPack()

func mustPack() map[string]asset {
	all := map[string]asset{}
	err := fs.WalkDir(assetFiles, "assets", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		plain, err := assetFiles.ReadFile(file)
		if err != nil {
			return err
		}

		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write(plain); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}

		sum := sha256.Sum256(plain)
		kind := mime.TypeByExtension(path.Ext(file))
		all[path.Base(file)] = asset{kind, plain, packed.Bytes(), hex.EncodeToString(sum[:6])}
		return nil
	})
	if err != nil {
		panic(err)
	}
	return all
}

// assetPath is the address of a file in this version of the program, which browsers may keep for good.
func assetPath(name string) string { return assetsPath + name + "?v=" + assets[name].mark }

// sendAsset answers with a file.
func sendAsset(c *fiber.Ctx) error {
	found, ok := assets[c.Params("name")]
	if !ok {
		return fault.ForLog(fault.NotFound, "no asset")
	}

	c.Set(fiber.HeaderContentType, found.kind)
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if c.Query("v") == found.mark {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	}

	if strings.Contains(c.Get(fiber.HeaderAcceptEncoding), "gzip") {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(found.packed)
	}
	return c.Send(found.plain)
}
