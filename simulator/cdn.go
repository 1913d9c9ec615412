package simulator

import (
	"bytes"
	"embed"
	"fmt"
	"net/http"
)

// adminFiles are stand-ins for what Shopify serves to the admin: App Bridge, the Polaris components, and the frame.
//
//go:embed admin
var adminFiles embed.FS

// components are the parts of polaris.js, in the order in which they build on each other.
var components = []string{
	"element", "icons", "words", "layout", "actions", "fields", "table", "overlays", "page",
}

// cdnCaching lets a browser keep a file for a moment: its address says nothing of its content.
const cdnCaching = "public, max-age=60"

// cdnFiles is what stands below /shopifycloud/, as below https://cdn.shopify.com/shopifycloud/.
var cdnFiles = map[string][]byte{
	"app-bridge.js": mustRead("app-bridge.js"),
	"polaris.js":    polaris(),
	"inter.woff2":   mustRead("inter.woff2"),
}

// polaris puts the parts together, so that their names are nobody else's.
func polaris() []byte {
	var out bytes.Buffer
	out.WriteString("(() => {\n'use strict';\n")
	for _, name := range components {
		fmt.Fprintf(&out, "\n%s", mustRead("polaris/"+name+".js"))
	}
	out.WriteString("})();\n")
	return out.Bytes()
}

func mustRead(name string) []byte {
	raw, err := adminFiles.ReadFile("admin/" + name)
	if err != nil {
		panic(err) // embedded: seen by every test
	}
	return raw
}

// serveCDN is GET /shopifycloud/{file}. As at Shopify, addresses carry no version.
func (*Server) serveCDN(w http.ResponseWriter, r *http.Request) {
	raw, ok := cdnFiles[r.PathValue("file")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	serveFileFor(w, r, r.PathValue("file"), raw, cdnCaching)
}
