// The shop's own cart, by Shopify's Cart API and its standard actions. Nothing here asks our server.
import { on } from './left.js';
import { data, memory, post } from './keep.js';
import { encode } from './shared.js';
import { cartOf, same } from './state.js';

// readCart reads the cart; undefined when it cannot be read.
export const readCart = async () => {
  try {
    const response = await fetch(data.root + '/cart.js');
    return cartOf(await response.json(), data.offer.minimum, window.Shopify?.currency?.rate);
  } catch {}
};

// Those who are told what the cart is like, whenever it has changed: by the theme, in another tab, or before the page came back.
export const tells = new Set();

export const judge = async () => {
  if (!memory.claim) return;
  const cart = await readCart();
  for (const tell of tells) tell(cart);
};

for (const name of ['lines', 'discount']) {
  on(document, `shopify:cart:${name}-update`, (event) => Promise.resolve(event.promise).then(judge, judge));
}
on(window, 'pageshow', (event) => event.persisted && judge());
on(window, 'storage', judge);

// putCode puts a visit's or a claim's id into the cart, by which an order tells where it came from, and the claim's code beside the codes
// that are there, less the one that it takes the place of. Buy-now and wallet buttons skip the cart, so the code also goes into the visit,
// first: that may drop the cart's other codes. Source: shopify.dev, Cart API reference and standard actions, 2026-10.
export const putCode = async ({ id, code }, cart, instead) => {
  const before = (cart?.codes || []).map((one) => one.code);
  const codes = before.filter((one) => one != instead && !same(one, code));
  try {
    if (code) {
      codes.push(code);
      await fetch(data.root + '/discount/' + encode(code), { redirect: 'manual' });
    }
    // Without a code the discounts stay as they are: what is undefined is not sent.
    await post(data.root + '/cart/update.js', { discount: code && codes + '', attributes: { _twofold: id } });

    // A theme that has configured the action shows the change by itself. Shopify's default may load the page anew: worth it only where the
    // cart is what is being looked at, and changes.
    const action = window.Shopify?.actions?.updateCart;
    if (code && action && (!action.isDefault?.() || data.page == 'cart' && codes + '' != before)) await action({ discountCodes: codes });
  } catch {}
};
