package simulator

import (
	"bytes"
	"compress/gzip"
	"mime"
	"net/http"
	"path"
	"strings"
)

// Addresses of files carry a version of their content, so that a browser keeps them for a year, as from Shopify's
// CDN.
const fileCaching = "public, max-age=31536000, immutable"

// fileTypes are those that not every machine knows.
var fileTypes = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
	".webp": "image/webp", ".woff2": "font/woff2", ".json": "application/json", ".wasm": "application/wasm",
	".png": "image/png", ".jpg": "image/jpeg",
}

// serveThemeFile is GET /{shop}/cdn/shop/{version}/{file}: styles, scripts, pictures and fonts of the theme.
func (s *Server) serveThemeFile(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	folder, _, _ := strings.Cut(name, "/")
	raw, err := themeFiles.ReadFile(path.Join("theme", name))
	if err != nil || (folder != "css" && folder != "js" && folder != "img" && folder != "fonts") {
		http.NotFound(w, r)
		return
	}

	serveFile(w, r, name, raw)
}

// serveExtensionFile is GET /{shop}/cdn/extensions/{version}/assets/{file}.
func (s *Server) serveExtensionFile(w http.ResponseWriter, r *http.Request) {
	raw, ok := s.extension.assets[r.PathValue("file")]
	if !ok || r.PathValue("version") != s.extension.version {
		http.NotFound(w, r)
		return
	}
	serveFile(w, r, r.PathValue("file"), raw)
}

// serveFile answers a file whose address carries a version.
func serveFile(w http.ResponseWriter, r *http.Request, name string, raw []byte) {
	serveFileFor(w, r, name, raw, fileCaching)
}

// serveFileFor answers a file, text compressed where the browser takes it. caching says how long it may be kept.
func serveFileFor(w http.ResponseWriter, r *http.Request, name string, raw []byte, caching string) {
	kind := fileTypes[path.Ext(name)]
	if kind == "" {
		kind = mime.TypeByExtension(path.Ext(name))
	}

	header := w.Header()
	header.Set("Content-Type", kind)
	header.Set("Cache-Control", caching)
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Vary", "Accept-Encoding")

	if packable(kind) && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		raw = packed(raw)
	}
	_, _ = w.Write(raw) // a browser that has gone cannot be told
}

// packable tells whether compressing helps: pictures and fonts are compressed already.
func packable(kind string) bool {
	return strings.HasPrefix(kind, "text/") || strings.Contains(kind, "json") || strings.Contains(kind, "svg")
}

func packed(raw []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(raw) // into memory
	_ = z.Close()
	return out.Bytes()
}
