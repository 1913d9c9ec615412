// Shopify's own Node library as a judge and as a signer. What it says of a request is what other apps would do with it.
import '@shopify/shopify-api/adapters/web-api';
import { LogSeverity, shopifyApi } from '@shopify/shopify-api';
import { createSHA256HMAC, HashFormat } from '@shopify/shopify-api/runtime';
import { getJwt } from '@shopify/shopify-api/test-helpers';

const webhookURL = 'https://app.example.test/webhooks';

// freezeClock makes every later reading of the clock, the library's too, give unixSeconds, so that samples can be compared byte
// for byte with those of another run.
export function freezeClock(unixSeconds) {
  const Real = Date;
  const at = unixSeconds * 1000;
  globalThis.Date = class extends Real {
    constructor(...args) {
      super(...(args.length ? args : [at]));
    }

    static now() {
      return at;
    }
  };
}

export function openLibrary({ key, secret, version }) {
  return shopifyApi({
    apiKey: key, apiSecretKey: secret, apiVersion: version, hostName: 'app.example.test', isEmbeddedApp: true, scopes: [],
    logger: { level: LogSeverity.Error, log: () => {} },
  });
}

// Judge answers { accept, ... } for each kind of thing that an app is sent; never throws.
export class Judge {
  constructor(api) {
    this.api = api;
  }

  async webhook({ headers, body }) {
    const rawRequest = new Request(webhookURL, { method: 'POST', headers, body });
    const r = await this.api.webhooks.validate({ rawBody: body, rawRequest });
    return r.valid ? { accept: true, topic: r.topic, type: r.webhookType } : { accept: false, reason: r.reason };
  }

  proxy({ query }) {
    return this.#query(query, 'appProxy');
  }

  oauth({ query }) {
    return this.#query(query, 'admin');
  }

  async #query(query, signator) {
    return verdict(async () => ({ accept: await this.api.utils.validateHmac(new URLSearchParams(query), { signator }) }));
  }

  jwt({ token }) {
    return verdict(async () => ({ accept: true, claims: await this.api.session.decodeSessionToken(token) }), token);
  }

  // clean is the name the library would go on with: it tidies some forms.
  shop({ shop }) {
    return verdict(async () => {
      const clean = this.api.utils.sanitizeShop(shop);
      return { accept: clean !== null, clean };
    });
  }

  host({ host }) {
    return verdict(async () => ({ accept: this.api.utils.sanitizeHost(host) !== null }));
  }
}

// verdict turns an exception into a refusal; its reason leaves out the given text.
async function verdict(ask, leaveOut = '') {
  try {
    return await ask();
  } catch (e) {
    return { accept: false, reason: leaveOut ? e.message.replace(leaveOut, '...') : e.message };
  }
}

export const base64HMAC = (secret, text) => createSHA256HMAC(secret, text, HashFormat.Base64);
export const hexHMAC = (secret, text) => createSHA256HMAC(secret, text, HashFormat.Hex);

// pairs lists an object's entries, with one entry per element where a value is an array: [[name, text], ...].
export function pairs(params) {
  return Object.entries(params).flatMap(([name, v]) => [v].flat().map((x) => [name, String(x)]));
}

// signProxy signs as Shopify's app proxy does: sorted by name, name=value without a separator, repeated values joined by commas.
// Source: shopify.dev, "Authenticate app proxies".
export async function signProxy(secret, params) {
  const text = Object.keys(params).sort().map((n) => `${n}=${[params[n]].flat().join(',')}`).join('');
  return [...pairs(params), ['signature', await hexHMAC(secret, text)]];
}

// signOAuth signs as Shopify's redirects do: a sorted query string. Source: shopify.dev, "Authorization code grant".
export async function signOAuth(secret, params) {
  const text = Object.keys(params).sort().map((n) => `${encodeURIComponent(n)}=${encodeURIComponent(params[n])}`).join('&');
  return [...pairs(params), ['hmac', await hexHMAC(secret, text)]];
}

// signIDToken returns an ID token for the shop; claims go over the usual ones.
export async function signIDToken({ shop, key, secret, now }, claims = {}) {
  const usual = { iss: `https://${shop}/admin`, exp: now + 60, nbf: now - 1, iat: now - 1 };
  const { token, payload } = await getJwt(shop.split('.')[0], key, secret, { ...usual, ...claims });
  return { token, payload };
}
