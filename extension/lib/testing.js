// What tests of both extensions share: the app's answers, and words instead of keys.
import { readFileSync } from 'node:fs';
import { options, render } from 'preact';

// Effects wait for no timer, which a test may have stopped.
options.requestAnimationFrame = queueMicrotask;

export const answer = {
  advocate: { code: 'ALICE-9', link: 'https://demo.example/?ref=ALICE-9' },
  offer: {
    friend: { kind: 'amount_off', amount: '20.00', currency: 'USD' },
    advocate: { kind: 'amount_off', amount: '20.00', currency: 'USD' },
    minimum: { amount: '40.00', currency: 'USD' },
  },
  campaign: { id: 'cmp_1', version: 1 },
  invite: 'I like Tarrow: https://demo.example/?ref=ALICE-9',
};

/** reply is one answer of the app's. */
export const reply = (status, body, headers = {}) => new Response(body && JSON.stringify(body), { status, headers });

/** refuse is an error as docs/PROXY.md has it. */
export const refuse = (status, code, headers) => reply(status, { error: { code } }, headers);

/** speak has the page say the locale file's words, and sets its language. */
export function speak(host, folder, language = 'en') {
  const file = language === 'en' ? 'en.default' : language;
  const words = JSON.parse(readFileSync(`${folder}/locales/${file}.json`, 'utf8'));
  host.i18n.translate = (key, values = {}) => {
    const text = key.split('.').reduce((at, name) => at?.[name], words);
    if (typeof text !== 'string') throw new Error('no word ' + key);
    return text.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name]);
  };
  host.localization.language.value = { isoCode: language };
  host.localization.extensionLanguage.value = { isoCode: language };
}

export const find = (selector) => document.body.querySelector(selector);
export const text = () => document.body.textContent;

/** leave ends a page: Preact forgets what it has drawn, which the tester does not see to. */
export function leave(extension) {
  render(null, document.body);
  extension.tearDown();
}
