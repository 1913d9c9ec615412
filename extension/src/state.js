// What the landing card says, told from what is known. Nothing here touches the page: a test runs it alone. A state that follows from an
// answer of our server has the name of the answer's code. docs/STOREFRONT.md has all of them as a table.

// stateOf names the card's state, '' when there is nothing to say. words are those that there are, by state, and alike the states of codes
// that have none of their own; fault is the code of what went
// wrong last, 'offline' without a connection; other a claim of another
// friend's offer, while nobody has chosen between the two; claim what is held; cart what cartOf read, missing when it could not be read.
export const stateOf = (offer, words, fault, other, claim, cart) => {
  const known = (state) => (words[state] ? state : '');
  if (fault) return known(fault) || words.alike[fault] || (offer.shares ? 'spare' : 'down');
  if (other) return 'choose';
  if (!claim) return known('offer_' + offer.state);

  if (!claim.code) return 'noted'; // the reward comes after the order
  if (claim.offer && terms(claim.offer) != terms(offer)) return 'kept';
  if (!cart) return 'typed';
  const ours = cart.codes.find((one) => same(one.code, claim.code));
  if (ours?.applicable) return 'applied';
  if (!cart.count) return 'empty';
  if (!ours) return 'typed';
  if (cart.left > 0) return 'below';
  if (rival(cart, claim)) return 'clash';
  return cart.saved > 0 ? 'automatic' : 'unfit';
};

// terms are what the words tell of an offer: a claim under others keeps what was promised.
const terms = ({ friend, minimum }) => [friend.kind, friend.amount, friend.percent, minimum?.amount].join();

// rival is another code that is on in the cart.
export const rival = (cart, claim) => cart.codes.find((one) => one.applicable && !same(one.code, claim.code))?.code;

// same compares codes as Shopify does.
export const same = (a, b) => a.toUpperCase() == b.toUpperCase();

// cartOf reads /cart.js; its sums are hundredths in every currency. minimum is the offer's, rate how much of the cart's currency one of
// the shop's is. What counts towards it is what is bought before our code is taken off, without gift cards.
// Source: shopify.dev, Cart API reference, 2026-10.
export const cartOf = (json, minimum, rate) => {
  const cards = json.items.reduce((sum, item) => sum + (item.gift_card ? item.final_line_price : 0), 0);
  const bought = json.items_subtotal_price - cards;
  const least = minimum ? Math.round(minimum.amount * (json.currency == minimum.currency ? 1 : rate) * 100) : 0;
  return {
    codes: json.discount_codes || [],
    count: json.item_count,
    currency: json.currency,
    held: /^clm_.+/.exec(json.attributes?._twofold)?.[0], // the claim that the cart knows of
    saved: json.total_discount,
    bought,
    left: least - bought,
    part: bought / least,
  };
};
