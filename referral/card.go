package referral

import "twofold/tenant"

// CardHashes are the keyed hashes of a payment card, under every key in use; none of none. A card has other hashes in
// each shop, so that nobody is followed from one to another.
func CardHashes(h LookupHasher, shop tenant.ShopID, card string) []string {
	if card == "" {
		return nil
	}
	return h.Hashes(shop, "card", card)
}
