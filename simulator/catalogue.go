package simulator

import "strconv"

// product is one of the few things every shop sells. Its words are in theme/words, its drawing in theme/img, both by
// handle.
type product struct {
	id         int64
	handle     string
	collection string
	price      int64 // minor units
	variants   []variant
}

// variant is what a cart holds. Products without options have one.
type variant struct {
	id     int64
	place  int // among the product's options, from 0
	single bool
}

// goods are the products of every shop: handle, collection, price in units of 1 dollar, and how many colours it comes
// in.
var goods = []struct {
	handle, collection string
	units              int64
	colours            int
}{
	{"ridge-vase", "table", 68, 3},
	{"nest-bowls", "table", 52, 1},
	{"herringbone-throw", "wool", 148, 1},
	{"linen-napkins", "bed-and-bath", 48, 1},
	{"tea-towel", "bed-and-bath", 28, 1},
	{"straight-mug", "table", 24, 3},
	{"garden-pitcher", "table", 58, 1},
	{"linen-cushion", "bed-and-bath", 64, 1},
}

// collections are the shop's shelves, in the order of the menu; "all" has everything.
var collections = []string{"table", "bed-and-bath", "wool"}

// shippingUnits is what sending an order costs, in units of 1 dollar.
const shippingUnits = 7

// swatches are the colours of a product's options, by theme.
var swatches = map[string][]string{
	"light": {"#e9ebe7", "#8fa5c6", "#35425a"},
	"dusk":  {"#b5714f", "#c2a27c", "#3b4552"},
}

// unit is about a dollar in the shop's currency, in minor units.
func (sh *shop) unit() int64 {
	if n := pow10(digitsOf(sh.currency)); n > 1 {
		return n
	}
	return 100 // a yen is worth about a cent
}

// shippingPrice is what sending an order costs, in minor units.
func (sh *shop) shippingPrice() int64 { return shippingUnits * sh.unit() }

// products are the same in every shop, at prices that suit its currency. The first variant of the n-th has the id n,
// its other colours n + 100 and n + 200.
func (sh *shop) products() []product {
	out := make([]product, len(goods))
	for i, g := range goods {
		n := int64(i + 1)
		out[i] = product{id: 8000 + n, handle: g.handle, collection: g.collection, price: g.units * sh.unit()}
		for c := range g.colours {
			out[i].variants = append(out[i].variants, variant{id: n + int64(100*c), place: c, single: g.colours == 1})
		}
	}
	return out
}

// findProduct is the product with that handle.
func (sh *shop) findProduct(handle string) (product, bool) {
	for _, p := range sh.products() {
		if p.handle == handle {
			return p, true
		}
	}
	return product{}, false
}

// findVariant is the variant with that id and its product.
func (sh *shop) findVariant(id int64) (product, variant, bool) {
	for _, p := range sh.products() {
		for _, v := range p.variants {
			if v.id == id {
				return p, v, true
			}
		}
	}
	return product{}, variant{}, false
}

// collected are the products of a collection.
func (sh *shop) collected(collection string) []product {
	var out []product
	for _, p := range sh.products() {
		if collection == "all" || p.collection == collection {
			out = append(out, p)
		}
	}
	return out
}

// beside are all products but one, those of its collection first.
func (sh *shop) beside(p product) []product {
	var near, far []product
	for _, o := range sh.products() {
		switch {
		case o.id == p.id:
		case o.collection == p.collection:
			near = append(near, o)
		default:
			far = append(far, o)
		}
	}
	return append(near, far...)
}

// path is a product's page below the shop.
func (p product) path() string { return "products/" + p.handle }

// query is what chooses a variant on its product's page.
func (v variant) query() string {
	if v.single {
		return ""
	}
	return "?variant=" + strconv.FormatInt(v.id, 10)
}
