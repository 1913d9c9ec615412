// The theme's own script: a drawer that is drawn anew after each change, steppers, the language menu. Without it everything works
// by plain forms and pages.
const root = Shopify.routes.root;
const find = (selector, within = document) => within.querySelector(selector);
const drawer = find("[data-drawer]"), shade = find("[data-shade]"), status = find("[data-status]"), page = find("[data-cart-page]");
const around = () => [find("[data-head]"), find("main"), find(".foot")];

async function section(id) {
  const answer = await fetch(root + "cart?section_id=" + id);
  if (!answer.ok) throw new Error("section " + id);
  return answer.text();
}

// As themes do: the whole drawer is other HTML afterwards, and nothing in it survives.
async function redraw() {
  const [inner, whole] = await Promise.all([section("cart-drawer"), page && section("cart-page")]);
  drawer.innerHTML = inner;
  if (page) page.innerHTML = whole;
  const { count, label } = find("[data-count]", drawer).dataset;
  find("[data-cart-count]").textContent = count;
  find("[data-cart-label]").textContent = label;
}

let opener = null;
function open() {
  if (page || !drawer.hidden) return;
  opener = document.activeElement;
  drawer.hidden = shade.hidden = false;
  around().forEach((e) => { e.inert = true; });
  document.body.style.overflow = "hidden";
  find("[data-drawer-close]", drawer).focus();
}
function close() {
  if (drawer.hidden) return;
  drawer.hidden = shade.hidden = true;
  around().forEach((e) => { e.inert = false; });
  document.body.style.overflow = "";
  if (opener) opener.focus();
}

// The theme announces its own changes by the standard events; those of Shopify.actions announce themselves.
async function change(path, body, action, lines) {
  let settle, fail;
  const promise = new Promise((yes, no) => { settle = yes; fail = no; });
  promise.catch(() => {});
  const event = new Event("shopify:cart:lines-update", { bubbles: true });
  Object.assign(event, { action, context: action === "add" ? "product" : "cart", lines, promise });
  document.dispatchEvent(event);
  try {
    const answer = await fetch(root + path, {
      method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error("status " + answer.status);
    await redraw();
    settle(Shopify.actions ? await Shopify.actions.getCart() : { cart: null });
  } catch (error) {
    fail(error);
    status.textContent = status.dataset.failed;
  }
}

async function add(form, button) {
  const id = new FormData(form).get("id"), quantity = Number(form.elements.quantity.value) || 1;
  button.setAttribute("aria-disabled", "true");
  await change("cart/add.js", { items: [{ id: Number(id), quantity }] }, "add", [{ merchandiseId: "gid://shopify/ProductVariant/" + id, quantity }]);
  button.removeAttribute("aria-disabled");
  status.textContent = form.dataset.added;
  open();
}

async function setQuantity(line, quantity) {
  const key = line.dataset.line, inDrawer = drawer.contains(line);
  await change("cart/change.js", { id: key, quantity }, quantity ? "update" : "remove", [{ id: "gid://shopify/CartLine/" + key, quantity }]);
  status.textContent = status.dataset.changed;
  const again = document.querySelector((inDrawer ? "[data-drawer] " : "main ") + `[data-line="${CSS.escape(key)}"] input`);
  if (again) again.focus();
  else if (inDrawer) find("[data-drawer-close]", drawer).focus();
}

document.addEventListener("submit", (e) => {
  const button = e.submitter;
  if (!e.target.matches("[data-add]") || (button && button.matches("[data-buy]"))) return;
  e.preventDefault();
  if (!button.hasAttribute("aria-disabled")) add(e.target, button);
});

document.addEventListener("click", (e) => {
  if (e.target.closest("[data-cart-link]") && !page && !e.metaKey && !e.ctrlKey) {
    e.preventDefault();
    open();
  }
  if (e.target === shade || e.target.closest("[data-drawer-close]")) close();
  const step = e.target.closest("[data-step]");
  if (step) {
    const input = find("input", step.parentElement);
    input.value = Math.max(Number(input.min), Math.min(99, Number(input.value) + Number(step.dataset.step)));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const removal = e.target.closest("[data-remove]");
  if (removal) {
    e.preventDefault();
    setQuantity(removal.closest("[data-line]"), 0);
  }
});

document.addEventListener("change", (e) => {
  const line = e.target.closest("[data-line]");
  if (line) setQuantity(line, Number(e.target.value));
  if (e.target.matches("[data-tongues]")) e.target.form.submit();
});

document.addEventListener("keydown", (e) => {
  if (e.key === "Escape") close();
});

if (find("script[data-actions]").dataset.actions === "theme") {
  Shopify.actions.updateCart.configure({
    async handler(standard) {
      const result = await standard();
      await redraw();
      return result;
    },
  });
  Shopify.actions.openCart.configure({ async handler() { open(); } });
}
