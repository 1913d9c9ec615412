// What the merchant's pages do by themselves. After the first document Turbo (turbo.js) visits pages and sends forms by
// fetch, to which App Bridge adds the ID token. Nothing is kept in cookies or in the browser's storage.
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

  // A form in a modal that was not right comes back with the page: it is opened again.
  document.addEventListener("turbo:render", openModals);
  document.addEventListener("turbo:load", openModals);

  function openModals() {
    for (const modal of document.querySelectorAll("s-modal[data-open]")) {
      modal.removeAttribute("data-open");
      modal.showOverlay?.();
    }
  }

  function toast(says, isError) {
    window.shopify?.toast?.show(says, { isError });
  }

  // How fast the pages are for merchants, for our own log. Source: shopify.dev, App Bridge, web vitals, 2026-10.
  window.shopify?.webVitals?.onReport?.((report) => {
    const body = JSON.stringify({ metrics: report.metrics });
    fetch("/app/vitals", { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive: true }).catch(() => {});
  });
})();
