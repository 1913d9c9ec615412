// What the blocks ask of the app: docs/PROXY.md has each answer.
import { address } from './address.js';

/** Refused is an answer that is not what was asked for: its code stands in docs/CODES.md; "" when nobody answered. */
export class Refused extends Error {
  /**
   * @param {string} code
   * @param {number} [after] seconds after which it may be asked again
   * @param {any} [told] what the refusal tells beside its code
   */
  constructor(code, after = 0, told = {}) {
    super(code);
    this.code = code;
    this.after = after;
    this.told = told;
  }
}

/** pause is how long is waited between two tries where nobody says, in seconds. */
const pause = 2;

/**
 * ask sends a request with the session token that Shopify signs for this page.
 * @param {any} host the global shopify
 * @param {string} path
 * @param {object} [body] of a POST; without it is a GET
 */
export async function ask(host, path, body) {
  const headers = {
    Authorization: 'Bearer ' + (await host.sessionToken.get()),
    'Accept-Language': host.localization.language.value.isoCode,
    ...(body && { 'Content-Type': 'application/json' }),
  };
  const response = await fetch(`${address}/ui/${path}`, {
    method: body ? 'POST' : 'GET',
    headers,
    body: body && JSON.stringify(body),
    keepalive: true, // an event is sent also when its tap leaves the page
  });

  const answer = await response.json().catch(() => ({}));
  const after = Number(response.headers.get('Retry-After')) || 0;
  if (answer.waiting) throw new Refused('waiting', after || pause);
  if (!response.ok) throw new Refused(answer.error?.code ?? '', after, answer.error);
  return answer;
}

/** patience is how long a link is waited for, in milliseconds. */
const patience = 30_000;

/**
 * join gets the buyer's link. While the order is not known yet, or the app is busy, it asks again. Refused: "waiting" where that
 * took too long.
 * @param {any} host
 * @param {{order?: string, confirmation?: string}} [bought] on account pages nothing: the token names the customer
 * @param {number} [terms] the version of the programme's terms that the buyer agrees to
 */
export async function join(host, { order = '', confirmation = '' } = {}, terms) {
  const until = Date.now() + patience;
  for (;;) {
    try {
      return await ask(host, 'join', { order, confirmation, terms });
    } catch (fault) {
      const wait = fault instanceof Refused && fault.after ? Math.max(fault.after, pause) * 1000 : Infinity;
      if (Date.now() + wait > until) throw fault;
      await new Promise((done) => setTimeout(done, wait));
    }
  }
}

/**
 * count tells that a link was shared, and how. Nothing depends on it.
 * @param {any} host
 * @param {{campaign: {id: string, version: number}}} answer
 * @param {string} channel
 */
export function count(host, { campaign }, channel) {
  const event = { kind: 'share', channel, campaign: campaign.id, version: campaign.version };
  ask(host, 'event', { events: [event] }).catch(() => {});
}
