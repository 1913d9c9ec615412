package storefront

// Relative is relative, for the tests from outside.
var Relative = relative
