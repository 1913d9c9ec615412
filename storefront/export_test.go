package storefront

// Relative is relative, for the tests from outside.
var Relative = relative

// Forms are what is sent and what is answered, for the test of docs/PROXY.md.
var Forms = []any{body{}, eventJSON{}, joinAnswer{}, guestAnswer{}, guestBody{}, askedAnswer{}, sessionAnswer{}, visitAnswer{}, offerAnswer{}, claimAnswer{}, meAnswer{}, missingBody{}, missingAnswer{}}
