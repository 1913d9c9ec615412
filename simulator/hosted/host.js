// The global shopify of UI extensions, as far as the app's blocks use it, over what the page says of its place. A bundle draws into that
// place as if it were the body of its own document. Source: shopify.dev, APIs of checkout and customer account extensions, 2026-07.
(() => {
  'use strict';
  const { place } = Hosted;

  /** signal holds a value that does not change on these pages. */
  const signal = (value) => ({ value, current: value, subscribe: () => () => {} });

  /** translate finds a key in the locale file, and fills in its values. */
  function translate(key, values = {}) {
    const text = key.split('.').reduce((at, name) => at?.[name], place.words);
    if (typeof text !== 'string') throw new Error(`no translation: ${key}`);
    return text.replace(/\{\{\s*(\w+)\s*\}\}/g, (all, name) => values[name] ?? all);
  }

  const format = place.language + '-u-nu-latn';
  const language = signal({ isoCode: place.language });
  const { order, customer } = place;

  const host = {
    extension: { target: place.target, apiVersion: '2026-07', ...(place.editor && { editor: { type: 'checkout' } }) },
    i18n: { translate, formatDate: (date, options) => new Intl.DateTimeFormat(format, options).format(date) },
    localization: { language, extensionLanguage: language },
    settings: signal({}),
    shop: { ...place.shop, storefrontUrl: location.origin + place.root },
    sessionToken: {
      async get() {
        const answer = await fetch(place.root + '/checkout/session-token');
        return (await answer.json()).token;
      },
    },
    ...(place.target.startsWith('purchase.')
      ? { orderConfirmation: signal({ order: { id: order.id.replace('/Order/', '/OrderIdentity/') }, number: order.confirmation, isFirstOrder: order.first }) }
      : { authenticatedAccount: { customer: signal(customer ? { id: customer } : undefined) } }),
    ...(place.target.includes('order-status') && { order: signal({ id: order.id, name: order.name, confirmationNumber: order.confirmation }) }),
  };

  /** run has a bundle register its targets, and starts the one of this place. */
  Hosted.run = (extension, bundle) => {
    const body = document.querySelector('[data-ui]');
    const within = new Proxy(document, {
      get(all, name) {
        if (name === 'body') return body;
        const value = Reflect.get(all, name);
        return typeof value === 'function' ? value.bind(all) : value;
      },
    });
    const targets = {};
    bundle({ ...host, extend: (target, start) => { targets[target] = start; } }, within);
    targets[place.target]?.();
  };
})();
