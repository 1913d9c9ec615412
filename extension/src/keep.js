// What this browser may remember, and our own server. Without consent all of it lives in memory, until the page is left.
import { kept, on } from './left.js';

// data is what Liquid printed for the script, of all widgets together: they are one shop's and one page's.
export const data = {};

export const memory = kept();
export let allowed = memory.browser; // what is there was allowed

// remember keeps a part; undefined forgets it. Whoever does not want to be remembered is forgotten.
export const remember = (part) => {
  Object.assign(memory, part);
  try {
    if (allowed) localStorage.friends = JSON.stringify(memory);
    else if (allowed == false) delete localStorage.friends;
  } catch {} // storage is full, or switched off
};

// consent asks whether the visitor lets the shop remember preferences; no answer within a second is no.
// Source: shopify.dev, Customer Privacy API, 2026-10.
export const consent = () => new Promise((resolve) => {
  const ask = () => {
    allowed = window.Shopify?.customerPrivacy?.preferencesProcessingAllowed?.();
    remember();
    resolve();
  };
  setTimeout(ask, 1000);
  window.Shopify?.loadFeatures?.([{ name: 'consent-tracking-api', version: '0.1' }], ask);
});

on(document, 'visitorConsentCollected', consent);

// A blob has its content type with it.
const blob = (body) => new Blob([JSON.stringify(body)], { type: 'application/json' });

export const post = (url, body, more) => fetch(url, { method: 'POST', body: blob(body), ...more });

// ask posts to our server through the shop's app proxy, with this browser's id: 122 random bits as a UUID. It throws the code of
// what went wrong: a page that is not ours (404), silence for 8 seconds and every answer without a code are 'unreachable'.
export const ask = async (path, body) => {
  if (!memory.browser) remember({ browser: crypto.randomUUID() });
  let answer;
  try {
    const response = await post(data.base + path, { ...body, browser: memory.browser }, { signal: AbortSignal.timeout?.(8000) });
    answer = await response.json();
    if (response.ok) return answer;
  } catch {}
  throw answer?.error?.code || (navigator.onLine ? 'unreachable' : 'offline');
};

// count tells what a person did; nothing in the theme editor. Our server counts together what comes in.
export const count = (kind, more) => data.event && navigator.sendBeacon(data.base + 'event', blob({ events: [{ kind, ...data.event, ...more }] }));
