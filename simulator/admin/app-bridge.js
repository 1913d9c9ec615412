// Stand-in for Shopify's App Bridge, for demo and tests: the global `shopify`, fetch with the ID token, the save bar of
// forms, and the app's navigation. It speaks with the simulated admin around it, whose origin is this script's own; in a
// window of its own it does what can be done alone. Source: shopify.dev, App Home, App Bridge APIs.
(() => {
  'use strict';
  if (window.shopify) return;

  const frame = new URL(document.currentScript.src).origin;
  const framed = window.parent !== window;
  const query = new URLSearchParams(location.search);

  // ---- speaking with the frame ----

  const answers = new Map();
  let asked = 0;

  /** tell sends the frame a message: {says, …}. */
  function tell(says, more = {}) {
    if (framed) window.parent.postMessage({ says, ...more }, frame);
  }

  /** ask sends a message and promises the answer. */
  function ask(says, more = {}) {
    const number = ++asked;
    tell(says, { ...more, number });
    return new Promise((done, failed) => answers.set(number, { done, failed }));
  }

  window.addEventListener('message', ({ source, origin, data }) => {
    if (source !== window.parent || origin !== frame || typeof data?.says !== 'string') return;
    if (data.says === 'answer') {
      const { done, failed } = answers.get(data.number) ?? {};
      answers.delete(data.number);
      if (data.error) failed?.(new Error(data.error));
      else done?.(data.answer);
      return;
    }
    hears[data.says]?.(data);
  });

  /** hears is what the frame says. */
  const hears = {
    navigate: ({ href }) => followNav(href),
    save: () => bar.form?.requestSubmit(),
    discard: () => bar.form?.reset(),
    leave: ({ path }) => { location.assign(path); },
  };

  // ---- ID tokens ----

  let token = { text: query.get('id_token') ?? '', until: 0 };
  if (token.text) token.until = endOf(token.text);

  /** endOf is when a token stops being good, less some seconds for its way. */
  function endOf(text) {
    const claims = JSON.parse(atob(text.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
    return performance.now() + (claims.exp - claims.iat - 10) * 1000;
  }

  async function idToken({ fresh = false } = {}) {
    if (!fresh && token.text && performance.now() < token.until) return token.text;
    if (!framed) return token.text; // alone there is no other
    const text = await ask('id token');
    token = { text, until: endOf(text) };
    return text;
  }

  // Requests to the app's own origin carry the token. One that the app finds stale is sent once more with a fresh one.
  const plainFetch = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).origin !== location.origin || request.headers.has('Authorization')) return plainFetch(request);

    const again = request.clone();
    const answer = await plainFetch(carrying(request, await idToken()));
    if (answer.status !== 401 || answer.headers.get('X-Shopify-Retry-Invalid-Session-Request') !== '1') return answer;
    return plainFetch(carrying(again, await idToken({ fresh: true })));
  };

  function carrying(request, text) {
    request.headers.set('Authorization', `Bearer ${text}`);
    return request;
  }

  // ---- the bounce page ----

  // A document that asks to be left for another: with a fresh token it can be shown.
  const reload = query.get('shopify-reload');
  if (reload) {
    idToken({ fresh: true }).then((text) => {
      const to = new URL(reload);
      to.searchParams.set('id_token', text);
      location.replace(to);
    });
    return;
  }

  // ---- toasts, loading, modals ----

  let toasts = 0;
  const toast = {
    show(message, { duration = 5000, isError = false, action = '', onAction, onDismiss } = {}) {
      const id = `toast-${++toasts}`;
      tell('toast', { id, message: String(message), duration, isError, action });
      hears['toast pressed ' + id] = () => onAction?.();
      hears['toast gone ' + id] = () => onDismiss?.();
      if (!framed) alone('status', String(message), duration);
      return id;
    },
    hide(id) { tell('hide toast', { id }); },
  };

  /** alone shows a message where there is no frame to do it. */
  function alone(role, message, duration) {
    const note = Object.assign(document.createElement('div'), { role, textContent: message });
    Object.assign(note.style, {
      position: 'fixed', bottom: '16px', left: '50%', transform: 'translateX(-50%)', background: '#303030', color: '#fff',
      padding: '8px 12px', borderRadius: '12px', zIndex: 100,
    });
    document.body.append(note);
    setTimeout(() => note.remove(), duration);
  }

  const overlay = (id) => (typeof id === 'string' ? document.getElementById(id) : id);
  const modal = {
    async show(id) { overlay(id)?.showOverlay?.(); },
    async hide(id) { overlay(id)?.hideOverlay?.(); },
    async toggle(id) { overlay(id)?.toggleOverlay?.(); },
  };
  for (const type of ['show', 'hide']) {
    document.addEventListener(type, ({ target }) => {
      if (target.localName === 's-modal') tell('modal', { open: type === 'show' });
    }, true);
  }

  // ---- the save bar ----

  const bar = { form: null, shown: false };

  function showBar(form) {
    if (bar.shown && bar.form === form) return;
    Object.assign(bar, { form, shown: true });
    tell('save bar', { shown: true });
  }

  function hideBar() {
    if (!bar.shown) return;
    Object.assign(bar, { form: null, shown: false });
    tell('save bar', { shown: false });
  }

  const savesByBar = (e) => e.target.closest?.('form[data-save-bar]');
  for (const type of ['input', 'change']) {
    document.addEventListener(type, (e) => { if (savesByBar(e)) showBar(savesByBar(e)); });
  }
  for (const type of ['submit', 'reset']) document.addEventListener(type, (e) => { if (savesByBar(e)) hideBar(); });
  const formOf = (id) => overlay(id)?.closest?.('form') ?? null;
  const saveBar = {
    async show(id) { showBar(formOf(id)); },
    async hide() { hideBar(); },
    async toggle(id) { if (bar.shown) hideBar(); else showBar(formOf(id)); },
    async leaveConfirmation() { if (bar.shown) await ask('leave confirmation'); },
  };

  // ---- navigation ----

  let routed = false; // the app moves between its pages itself

  const listen = document.addEventListener;
  document.addEventListener = function (type, ...rest) {
    if (type === 'shopify:navigate') routed = true;
    return listen.call(this, type, ...rest);
  };

  const navLinks = () => [...document.querySelectorAll('s-app-nav s-link, s-app-nav a')];

  /** followNav does what a press on the link of the app's navigation does. */
  function followNav(href) {
    const link = navLinks().find((l) => l.getAttribute('href') === href);
    if (link && routed) link.dispatchEvent(new CustomEvent('shopify:navigate', { bubbles: true, cancelable: true }));
    else tell('reopen', { path: href });
  }

  customElements.define('s-app-nav', class extends HTMLElement {
    connectedCallback() {
      this.hidden = true;
      queueMicrotask(tellPage);
    }
  });

  // What Shopify adds to the address of a document is not the page's.
  const added = ['embedded', 'hmac', 'host', 'id_token', 'locale', 'session', 'shop', 'timestamp', 'retried', 'shopify-reload'];

  function pathOf(address) {
    const url = new URL(address);
    added.forEach((name) => url.searchParams.delete(name));
    return url.pathname + url.search + url.hash;
  }

  let told = '';

  /** tellPage tells the frame where the app is, what the page is called, and the app's navigation. */
  function tellPage() {
    const page = {
      path: pathOf(location.href), title: document.title,
      nav: navLinks().filter((l) => l.getAttribute('rel') !== 'home').map((l) => ({
        href: l.getAttribute('href'), words: l.textContent.trim(),
      })),
      home: navLinks().find((l) => l.getAttribute('rel') === 'home')?.getAttribute('href') ?? '/',
    };
    if (JSON.stringify(page) === told) return;
    told = JSON.stringify(page);
    tell('page', page);
  }

  for (const name of ['pushState', 'replaceState']) {
    const plain = history[name].bind(history);
    history[name] = (...args) => {
      plain(...args);
      tellPage();
    };
  }
  window.addEventListener('popstate', tellPage);

  // The document may be exchanged by the app at any time: its title, its navigation, a form with unsaved changes.
  new MutationObserver(() => {
    tellPage();
    if (bar.shown && bar.form && !bar.form.isConnected) hideBar();
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });

  // shopify:admin/… leads into the admin around the app.
  const adminPath = (href) => /^shopify:(?:\/\/|\/)?admin\/?(.*)$/.exec(href ?? '')?.[1];

  function openAdmin(path, target) {
    if (framed) tell('admin', { path, target });
    else location.assign(`${frame}/${query.get('shop')}/admin/${path}`);
  }

  document.addEventListener('click', (e) => {
    const link = e.composedPath().find((n) => n.localName === 'a');
    const path = adminPath(link?.getAttribute('href'));
    if (path === undefined) return;
    e.preventDefault();
    openAdmin(path, link.getAttribute('target') ?? '_top');
  }, true);

  const plainOpen = window.open.bind(window);
  window.open = (address, target = '_blank', ...rest) => {
    const path = adminPath(String(address));
    if (path === undefined) return plainOpen(address, target, ...rest);
    openAdmin(path, target);
    return null;
  };

  // ---- what the app asks of Shopify ----

  const nothing = async () => {};
  const granted = (names) => ({ result: 'granted-all', detail: { requested: names, granted: names } });

  window.shopify = {
    config: {
      apiKey: document.querySelector('meta[name="shopify-api-key"]')?.content, shop: query.get('shop'), host: query.get('host'),
      locale: query.get('locale') ?? 'en', appOrigins: [], disabledFeatures: [], experimentalFeatures: [],
    },
    origin: location.origin,
    ready: Promise.resolve(),
    environment: { mobile: false, embedded: framed, pos: false },
    idToken: () => idToken(), toast, modal, saveBar,
    loading(on = true) { tell('loading', { on: Boolean(on) }); },
    user: () => (framed ? ask('user') : Promise.resolve({ accountAccess: 'Administrator' })),
    scopes: {
      query: () => (framed ? ask('scopes') : Promise.resolve({ granted: [], required: [], optional: [] })),
      request: async (names) => granted(names), revoke: async () => ({ detail: { granted: [] } }),
    },
    app: { extensions: () => (framed ? ask('extensions') : Promise.resolve([])) },
    intents: { invoke: async () => ({ complete: Promise.resolve({ code: 'closed' }) }) },
    webVitals: { onReport },
    resourcePicker: nothing, picker: nothing, support: { registerHandler: nothing },
    reviews: { request: async () => ({ success: false, code: 'cancelled' }) },
  };

  /** onReport tells the app once, when the page is left, how the page came and how it answered. */
  function onReport(report) {
    const vitals = { LCP: 0, CLS: 0, INP: 0 };
    const keep = (type, read, options = {}) => new PerformanceObserver((l) => l.getEntries().forEach(read))
      .observe({ type, buffered: true, ...options });
    keep('largest-contentful-paint', (e) => { vitals.LCP = e.startTime; });
    keep('layout-shift', (e) => { if (!e.hadRecentInput) vitals.CLS += e.value; });
    keep('event', (e) => { if (e.interactionId) vitals.INP = Math.max(vitals.INP, e.duration); }, { durationThreshold: 16 });

    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState !== 'hidden') return;
      const metrics = Object.entries(vitals).map(([name, value]) => ({ id: `${name}-1`, name, value }));
      report({ appId: window.shopify.config.apiKey, shopId: query.get('shop'), userId: '42', appLoadId: '1', metrics });
    }, { once: true });
  }

  document.addEventListener('DOMContentLoaded', tellPage);
})();
