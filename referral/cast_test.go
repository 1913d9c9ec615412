package referral_test

import (
	"twofold/referral/referraltest"
)

// The cast and the scene of package referraltest, by the names by which the tests here call them.
type scene = referraltest.Scene

const (
	testShop = referraltest.Shop
	alice    = referraltest.Alice
	bob      = referraltest.Bob
	bobsCode = referraltest.BobsCode
	hersCode = referraltest.AlicesCode
	instant  = referraltest.Instant
	day      = referraltest.Day
)

var (
	noon   = referraltest.Noon
	bought = referraltest.Bought
	cmp1   = referraltest.Version1
	cmp2   = referraltest.Version2

	usd       = referraltest.USD
	newScene  = referraltest.NewScene
	bobsOrder = referraltest.BobsOrder
	bobsFacts = referraltest.BobsFacts
	orderID   = referraltest.OrderNo
	at        = referraltest.Move
	decide    = referraltest.Decided
)
