// What the merchant's pages do by themselves. After the first document Turbo (turbo.js) visits pages and sends forms by
// fetch, to which App Bridge adds the ID token. No cookie is set; the browser's storage
// keeps whether single keys are on, and nothing else.
(() => {
  "use strict";

  // Shopify's navigation asks for a page: its event's target is the link. Source: shopify.dev, App Bridge, navigation, 2026-10.
  document.addEventListener("shopify:navigate", (event) => {
    const href = event.target.getAttribute("href");
    if (href) Turbo.visit(href);
  });

  // A fetch has no parameter "locale": the language of the first document is asked for again.
  document.addEventListener("turbo:before-fetch-request", (event) => {
    event.detail.fetchOptions.headers["Accept-Language"] = document.documentElement.lang;
  });

  // App Bridge has already tried once more with a fresh token when an answer is still 401.
  document.addEventListener("turbo:before-fetch-response", (event) => {
    if (event.detail.fetchResponse.statusCode !== 401) return;
    event.preventDefault();
    toast(document.body.dataset.stale, true);
  });

  document.addEventListener("turbo:fetch-request-error", () => toast(document.body.dataset.unsent, true));

  document.addEventListener("turbo:load", sayWhatWasDone);

  // sayWhatWasDone shows the toast of an act, once: the address loses its mark.
  function sayWhatWasDone() {
    const did = document.body.dataset.did;
    if (!did) return;
    toast(did, false);
    delete document.body.dataset.did;

    const address = new URL(location.href);
    address.searchParams.delete("did");
    history.replaceState(history.state, "", address);
  }

  // A list's selection: how many rows there are, and which, for the forms that act on them.
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-select]")) countSelected();
  });

  function countSelected() {
    const chosen = [...document.querySelectorAll("[data-select]")].filter((box) => box.checked).map((box) => box.value);
    for (const count of document.querySelectorAll("[data-bulk-count]")) count.textContent = chosen.length;
    for (const orders of document.querySelectorAll("[data-bulk-orders]")) orders.value = chosen.join(",");
    for (const bar of document.querySelectorAll("[data-bulk]")) bar.hidden = chosen.length === 0;
  }

  // An export is downloaded by an address that counts once, for a minute: a download carries no ID token.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-export]");
    if (!button) return;
    try {
      const answer = await fetch(button.dataset.export, { method: "POST" });
      if (!answer.ok) throw new Error(String(answer.status));
      location.assign((await answer.json()).address);
    } catch {
      toast(document.body.dataset.unsent, true);
    }
  });

  // A second way to send a form, which says so in a field of its own.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-sends]");
    if (!button) return;
    const form = document.getElementById(button.dataset.sends);
    const also = form.elements.namedItem(button.dataset.also);
    also.value = "on";
    form.requestSubmit();
    also.value = "";
  });

  // The reason that is typed once goes with whichever decision is taken.
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[data-reason]")) return;
    for (const reason of document.querySelectorAll("[data-reason-of]")) reason.value = event.target.value;
  });

  // Decisions by a single key, where a page has them: they can be switched off (WCAG 2.1.4), and a decision that is under
  // way takes no second one.
  const keysOff = "twofold.keys.off";
  let deciding = false;

  // An answer that refuses is rendered without being loaded, and one that never comes is neither.
  for (const event of ["turbo:load", "turbo:render", "turbo:submit-end"]) document.addEventListener(event, () => {
    deciding = false;
    for (const button of document.querySelectorAll("[data-keys]")) button.pressed = keysAreOn();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-keys]");
    if (!button) return;
    try { keysAreOn() ? localStorage.setItem(keysOff, "1") : localStorage.removeItem(keysOff); } catch { /* no storage: they stay on */ }
    button.pressed = keysAreOn();
  });

  function keysAreOn() {
    try { return !localStorage.getItem(keysOff); } catch { return true; }
  }

  document.addEventListener("keydown", (event) => {
    const plain = !event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
    const types = event.target.closest?.("input, textarea, select, s-text-field, s-text-area, s-search-field, s-select, s-modal");
    if (!plain || types || deciding || !document.querySelector("[data-keys]") || !keysAreOn()) return;

    const act = document.querySelector(`[data-key="${CSS.escape(event.key.toUpperCase())}"]`);
    if (!act) return;
    event.preventDefault();
    deciding = true;
    act.matches("form") ? act.requestSubmit() : Turbo.visit(act.getAttribute("href"));
  });

  // A form in a modal that was not right comes back with the page: it is opened again.
  document.addEventListener("turbo:render", openModals);
  document.addEventListener("turbo:load", openModals);

  function openModals() {
    for (const modal of document.querySelectorAll("s-modal[data-open]")) {
      modal.removeAttribute("data-open");
      modal.showOverlay?.();
    }
  }

  // A chart by day: pointer or tap choose a day, so do the arrow keys once the chart has focus; Home and End jump, Escape
  // closes. What the day was is read from the table behind the chart, shown in a box, and said.
  document.addEventListener("pointermove", (event) => pointAt(event));
  document.addEventListener("pointerdown", (event) => pointAt(event));
  document.addEventListener("pointerout", (event) => {
    const plot = event.target.closest?.("[data-chart]");
    if (plot && !plot.contains(event.relatedTarget) && document.activeElement !== plot) choose(plot, null);
  });
  document.addEventListener("focusout", (event) => {
    if (event.target.matches?.("[data-chart]")) choose(event.target, null);
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("[data-chart]")) return;
    const last = daysOf(event.target).length - 1;
    const chosen = event.target.dataset.day === undefined ? last + 1 : Number(event.target.dataset.day);
    const to = { ArrowLeft: chosen - 1, ArrowRight: chosen + 1, Home: 0, End: last, Escape: null }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(event.target, to === null ? null : Math.min(last, Math.max(0, to)));
    say(event.target);
  });

  function daysOf(plot) {
    return plot.parentElement.querySelectorAll("[data-days] [data-says]");
  }

  // pointAt chooses the day nearest to the pointer.
  function pointAt(event) {
    const plot = event.target.closest?.("[data-chart]");
    const drawn = plot && shown(plot);
    if (!drawn) return;
    const box = drawn.getBoundingClientRect();
    const x = ((event.clientX - box.left) * drawn.viewBox.baseVal.width) / box.width;
    const points = pointsOf(drawn);
    let nearest = 0;
    for (const [i, point] of points.entries()) {
      if (Math.abs(point[0] - x) < Math.abs(points[nearest][0] - x)) nearest = i;
    }
    choose(plot, nearest);
  }

  // shown is the one of the chart's sizes that fits.
  function shown(plot) {
    return [...plot.querySelectorAll("svg")].find((svg) => svg.getBoundingClientRect().width > 0);
  }

  function pointsOf(drawn) {
    return drawn.dataset.points.split(" ").map((point) => point.split(",").map(Number));
  }

  // choose marks a day by a line, two dots and a box on the side with more room; none takes the mark away.
  function choose(plot, day) {
    plot.querySelector(".pick")?.remove();
    const box = plot.querySelector(".chosen");
    box.hidden = true;
    delete plot.dataset.day;
    const drawn = shown(plot);
    if (day === null || !drawn) return;

    const { width, height } = drawn.viewBox.baseVal;
    const [x, revenue, cost] = pointsOf(drawn)[day];
    const pick = add(drawn, "g", { class: "pick" });
    add(pick, "line", { x1: x, x2: x, y1: 12, y2: height - 24 });
    add(pick, "circle", { class: "revenue", cx: x, cy: revenue, r: 4 });
    add(pick, "circle", { class: "cost", cx: x, cy: cost, r: 4 });

    plot.dataset.day = day;
    box.textContent = daysOf(plot)[day].dataset.says;
    box.hidden = false;
    const scale = drawn.getBoundingClientRect().width / width;
    if (x < width / 2) Object.assign(box.style, { left: (x + 12) * scale + "px", right: "auto" });
    else Object.assign(box.style, { left: "auto", right: plot.clientWidth - (x - 12) * scale + "px" });
  }

  function add(to, name, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return to.appendChild(made);
  }

  // say has a chosen day read out.
  function say(plot) {
    const box = plot.querySelector(".chosen");
    plot.parentElement.querySelector(".spoken").textContent = box.hidden ? "" : box.textContent;
  }
  // A form with data-follow is followed as it is typed: the answer's streams put what it comes to into their places. What
  // stands outside the form and belongs to it names it by data-follows.
  let following;
  const follow = (event) => {
    const form = event.target.closest("form[data-follow]") || document.getElementById(event.target.dataset?.follows || "");
    if (!form) return;
    showFields(form);
    clearTimeout(following);
    following = setTimeout(() => sendFollowed(form), 300);
  };
  document.addEventListener("input", follow);
  document.addEventListener("change", follow);

  let followed;
  async function sendFollowed(form) {
    followed?.abort();
    followed = new AbortController();
    const values = new URLSearchParams(new FormData(form));
    for (const beside of document.querySelectorAll(`[data-follows="${form.id}"]`)) values.set(beside.getAttribute("name"), beside.value);

    try {
      const headers = { Accept: "text/vnd.turbo-stream.html", "Accept-Language": document.documentElement.lang };
      const answer = await fetch(form.dataset.follow, { method: "POST", body: values, headers, signal: followed.signal });
      if (answer.ok) Turbo.renderStreamMessage(await answer.text());
    } catch {
      // Whatever was typed is still there, and is followed again with the next letter.
    }
  }

  // What is sent is followed no more: it may be live before the answer.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-follow]")) return;
    clearTimeout(following);
    followed?.abort();
  });

  // Our words again, in a text that the merchant has written anew. They count once the form is saved.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-ours]");
    if (!button) return;
    const field = document.getElementById(button.dataset.of);
    field.value = button.dataset.ours;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // A frame with data-fit is as high as what stands in it. Nothing runs in it.
  document.addEventListener("load", (event) => {
    if (event.target.matches?.("iframe[data-fit]")) event.target.style.blockSize = event.target.contentDocument.documentElement.scrollHeight + "px";
  }, true);

  // showFields shows the fields that are there only where another has some value: data-when="friend_kind=amount_off".
  function showFields(form) {
    const values = new FormData(form);
    for (const field of form.querySelectorAll("[data-when]")) {
      const [name, wanted] = field.dataset.when.split("=");
      field.hidden = !wanted.split(" ").includes(values.get(name));
    }
  }

  // A page that shows something on its way is looked at again after some seconds.
  document.addEventListener("turbo:load", () => {
    const again = document.querySelector("[data-again]");
    if (!again) return;
    const here = location.href;
    setTimeout(() => location.href === here && Turbo.visit(here, { action: "replace" }), 1000 * again.dataset.again);
  });

  // A form whose answer is a file: it cannot be a link, as App Bridge adds the ID token to fetches only.
  document.addEventListener("turbo:before-fetch-response", async (event) => {
    const { response } = event.detail.fetchResponse;
    const name = response.headers.get("Content-Disposition")?.match(/filename="([^"]+)"/)?.[1];
    if (!name) return;
    event.preventDefault();

    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.clone().blob());
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  });

  function toast(says, isError) {
    window.shopify?.toast?.show(says, { isError });
  }

  // How fast the pages are for merchants, for our own log. Source: shopify.dev, App Bridge, web vitals, 2026-10.
  window.shopify?.webVitals?.onReport?.((report) => {
    const body = JSON.stringify({ metrics: report.metrics });
    fetch("/app/vitals", { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive: true }).catch(() => {});
  });
})();
