// Package blockstest has Shopify's own tester and its types judge the UI extensions in extension: their tests are
// written in JavaScript, beside them.
package blockstest
