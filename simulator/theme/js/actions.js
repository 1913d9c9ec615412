// Shopify.actions, as Shopify puts it on every storefront: a module, so that it is there from DOMContentLoaded on and not before.
// getCart reads; updateCart changes lines, note and codes, and announces it by events that bubble to document; openCart shows the
// cart. The list of codes is the whole list. A theme that configures updateCart redraws itself; for others the page is loaded anew.
// Source: shopify.dev, Storefront events and actions.
const root = Shopify.routes.root;
const known = ["cartId", "lines", "note", "discountCodes"];

// Who asks while somebody else is asking gets the same answer.
let reading = null;

async function ajax(path, body, signal) {
  const init = { headers: { Accept: "application/json" }, signal };
  if (body) {
    Object.assign(init, { method: "POST", body: JSON.stringify(body) });
    init.headers["Content-Type"] = "application/json";
  }
  const answer = await fetch(root + path, init);
  const data = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(data.description || data.error || "the cart could not be changed"), { status: answer.status });
  return data;
}

const amount = (hundredths, currency) => ({ amount: (hundredths / 100).toFixed(2), currencyCode: currency });

// A cart that nobody has touched is none.
function summary(cart) {
  if (!cart.items.length && !cart.discount_codes.length && !Object.keys(cart.attributes).length) return null;
  return {
    id: "gid://shopify/Cart/" + cart.token, totalQuantity: cart.item_count,
    cost: { totalAmount: amount(cart.total_price, cart.currency) },
    lines: cart.items.map((i) => ({
      id: "gid://shopify/CartLine/" + i.key, quantity: i.quantity, cost: { totalAmount: amount(i.final_line_price, cart.currency) },
    })),
    discountCodes: cart.discount_codes.map((d) => ({ code: d.code, applicable: d.applicable })),
  };
}

async function getCart(payload, options = {}) {
  reading ||= ajax("cart.js", null, options.signal).finally(() => { reading = null; });
  return { cart: summary(await reading) };
}

// What cannot be understood rejects; what the cart does not take resolves with userErrors.
function check(payload) {
  if (!payload || typeof payload !== "object") throw new TypeError("updateCart needs a payload");
  const other = Object.keys(payload).filter((k) => !known.includes(k));
  if (other.length) throw new TypeError("updateCart does not take " + other.join(", "));
  if (payload.discountCodes && !(Array.isArray(payload.discountCodes) && payload.discountCodes.every((c) => typeof c === "string"))) {
    throw new TypeError("discountCodes is a list of codes");
  }
}

const tail = (gid) => String(gid).split("/").pop();

async function change(payload, signal) {
  const errors = [];
  for (const line of payload.lines || []) {
    try {
      if (line.merchandiseId) await ajax("cart/add.js", { items: [{ id: tail(line.merchandiseId), quantity: line.quantity ?? 1 }] }, signal);
      else await ajax("cart/change.js", { id: tail(line.id), quantity: line.quantity }, signal);
    } catch (e) {
      if (e.status !== 404) throw e;
      errors.push({ code: "INVALID_MERCHANDISE_LINE", field: ["lines"], message: e.message });
    }
  }
  const rest = {};
  if (payload.discountCodes) rest.discount = payload.discountCodes.join(",");
  if (payload.note !== undefined) rest.note = payload.note;
  const result = { cart: summary(await ajax("cart/update.js", rest, signal)) };
  if (errors.length) result.userErrors = errors;
  return result;
}

// The events of one call: of codes, and one for each kind of change to lines.
function announcements(payload, options, promise) {
  const out = [], extra = options.event || {};
  const lines = payload.lines || [];
  const kinds = {
    add: lines.filter((l) => l.merchandiseId), remove: lines.filter((l) => !l.merchandiseId && l.quantity === 0),
    update: lines.filter((l) => !l.merchandiseId && l.quantity !== 0),
  };
  for (const [action, list] of Object.entries(kinds)) {
    if (list.length) out.push(["shopify:cart:lines-update", { action, context: extra.context || "standard-action", lines: list, promise, detail: extra.detail }]);
  }
  if (payload.discountCodes) {
    out.push(["shopify:cart:discount-update", { discountCodes: payload.discountCodes.map((code) => ({ code })), promise, detail: extra.detail }]);
  }
  return out;
}

function dispatch(type, fields) {
  const event = new Event(type, { bubbles: true });
  Object.assign(event, fields);
  const target = configured.eventTarget && configured.eventTarget({ type, action: fields.action });
  (target || document).dispatchEvent(event);
}

let configured = {};

async function updateCart(payload, options = {}) {
  check(payload);
  let settle, fail;
  const promise = new Promise((yes, no) => { settle = yes; fail = no; });
  promise.catch(() => {}); // who listens decides
  for (const [type, fields] of announcements(payload, options, promise)) dispatch(type, fields);
  const standard = () => change(payload, options.signal);
  try {
    const result = configured.handler ? await configured.handler(standard, payload, options) : await standard();
    settle(result);
    if (!configured.handler) location.reload();
    return result;
  } catch (error) {
    fail(error);
    dispatch("shopify:cart:error", { error: error.message, code: "SERVICE_UNAVAILABLE" });
    throw error;
  }
}

let opening = null;
async function openCart() { return opening ? opening() : location.assign(root + "cart"); }

Object.assign(getCart, { isDefault: () => true });
Object.assign(updateCart, { configure: (c) => { configured = c; }, isDefault: () => !configured.handler });
Object.assign(openCart, { configure: (c) => { opening = c.handler; }, isDefault: () => !opening });
Shopify.actions = { getCart, updateCart, openCart };
