package referral

// Ours counts what is ours in a shop at Shopify, by kind.
type Ours map[OursKind]int

// OursKind is a kind of what we make in a shop: the discounts of a campaign by their side, those of personal rewards,
// and the metafields that the shop's pages show. Webhooks are subscribed in shopify.app.toml, and end with the app.
type OursKind string

// The kinds beside those that are sides.
const (
	OursPersonal   OursKind = "personal"
	OursMetafields OursKind = "metafields"
)

// OursKinds are all kinds, in the order in which they are told.
var OursKinds = []OursKind{OursKind(FriendSide), OursKind(AdvocateSide), OursKind(ShareSide), OursPersonal, OursMetafields}

// Total is how many there are of all kinds.
func (o Ours) Total() int {
	n := 0
	for _, count := range o {
		n += count
	}
	return n
}
