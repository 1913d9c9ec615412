// The admin around the app. It hands the app ID tokens, shows its navigation, toasts, save bar and title, and keeps the
// address of the window in step with the app's. The app speaks by messages from app-bridge.js, and only from its own origin.
(() => {
  'use strict';

  const config = JSON.parse(document.getElementById('config').textContent);
  const app = document.getElementById('app'), nav = document.getElementById('app-nav');
  const home = document.getElementById('app-home');
  const saveBar = document.getElementById('save-bar'), toasts = document.getElementById('toasts');

  const say = (says, more = {}) => app.contentWindow.postMessage({ says, ...more }, config.origin);

  window.addEventListener('message', async ({ source, origin, data }) => {
    if (source !== app.contentWindow || origin !== config.origin || typeof data?.says !== 'string') return;
    if (!hears[data.says]) return;
    try {
      const answer = await hears[data.says](data);
      if (data.number) say('answer', { number: data.number, answer });
    } catch (e) {
      if (data.number) say('answer', { number: data.number, error: e.message });
    }
  });

  // What the app says, by the first word of its messages. What is returned is the answer.
  const hears = {
    'id token': async () => {
      const answer = await fetch(`${config.root}/frame/id_token`, { method: 'POST' });
      if (!answer.ok) throw new Error(`no ID token: ${answer.status}`);
      return (await answer.json()).id_token;
    },
    user: () => ({ accountAccess: 'Administrator' }),
    scopes: () => ({ granted: config.scopes, required: config.scopes, optional: [] }),
    extensions: () => config.extensions,
    page: showPage,
    reopen: ({ path }) => open(path),
    admin: ({ path, target }) => {
      const address = `${config.root}/${path}`;
      if (target === '_blank') window.open(address);
      else location.assign(address);
    },
    loading: ({ on }) => { document.getElementById('loading').hidden = !on; },
    modal: ({ open: shown }) => { document.getElementById('scrim').hidden = !shown; },
    toast: showToast,
    'hide toast': ({ id }) => document.getElementById(id)?.remove(),
    'save bar': ({ shown }) => showSaveBar(shown),
    'leave confirmation': () => new Promise((left) => {
      shake();
      waiting.push(left);
    }),
  };

  // ---- the app's address, title and navigation ----

  /** open has the app open a path anew, as a document. */
  function open(path) {
    showSaveBar(false);
    app.src = `${config.root}/frame/open?path=${encodeURIComponent(path)}`;
  }

  function showPage({ path, title, nav: links, home: first }) {
    history.replaceState(null, '', config.app + (path === '/' ? '' : path));
    document.title = [title, config.name, config.shop].filter(Boolean).join(' · ');
    home.dataset.path = first;
    if (path.split(/[?#]/)[0] === first) home.setAttribute('aria-current', 'page');
    else home.removeAttribute('aria-current');
    if (!links.length && nav.children.length) return; // a document that is still being read

    const here = longest(links.map((l) => l.href), path);
    nav.replaceChildren(...links.map(({ href, words }) => {
      const link = Object.assign(document.createElement('a'), { href: config.app + href, textContent: words });
      link.dataset.path = href;
      if (href === here) link.setAttribute('aria-current', 'page');
      const item = document.createElement('li');
      item.append(link);
      return item;
    }));
  }

  /** longest is the link that leads nearest to a path: /app/referrals for /app/referrals/1001, and not /app. */
  function longest(hrefs, path) {
    const at = path.split(/[?#]/)[0];
    const above = hrefs.filter((h) => at === h || at.startsWith(h.replace(/\/$/, '') + '/'));
    return above.sort((a, b) => b.length - a.length)[0];
  }

  // A link of the app's navigation is pressed in the app, which may move there without a new document. Where the app is
  // not open, it is an ordinary link.
  document.getElementById('side').addEventListener('click', (e) => {
    const link = e.target.closest('a');
    if (!saveBar.hidden) {
      e.preventDefault();
      shake();
      return;
    }
    if (!link?.dataset.path || e.metaKey || e.ctrlKey || e.shiftKey || e.button) return;
    e.preventDefault();
    menu.show(false);
    say('navigate', { href: link.dataset.path });
  });

  // ---- the save bar ----

  const waiting = []; // pages that are left as soon as nothing is unsaved

  function showSaveBar(shown) {
    saveBar.hidden = !shown;
    document.body.classList.toggle('saving', shown);
    if (!shown) waiting.splice(0).forEach((left) => left());
  }

  function shake() {
    saveBar.classList.remove('shaken');
    requestAnimationFrame(() => saveBar.classList.add('shaken'));
  }

  saveBar.addEventListener('click', (e) => {
    const says = e.target.closest('button')?.dataset.say;
    if (says) say(says);
  });

  // ---- toasts ----

  function showToast({ id, message, duration, isError, action }) {
    const toast = Object.assign(document.createElement('div'), { id, className: isError ? 'toast error' : 'toast' });
    toast.append(message);
    const gone = () => {
      toast.remove();
      say('toast gone ' + id);
    };
    if (action) toast.append(press(action, () => { say('toast pressed ' + id); gone(); }));

    const close = press('', gone);
    close.setAttribute('aria-label', toasts.dataset.close);
    close.append(document.createElement('s-icon'));
    close.firstChild.setAttribute('type', 'x');
    toast.append(close);
    toasts.append(toast);
    setTimeout(() => { if (toast.isConnected) gone(); }, duration);
  }

  function press(words, does) {
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: words });
    button.addEventListener('click', does);
    return button;
  }
})();
