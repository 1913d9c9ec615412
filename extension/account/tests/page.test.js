import { getExtension } from '@shopify/ui-extensions-tester';
import { fireEvent, waitFor } from '@testing-library/preact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { answer, find, leave, refuse, reply, speak, text } from '../../lib/testing.js';

const extension = getExtension('customer-account.page.render');
const friends = [
  { state: 'pending', since: '2026-11-20T12:00:00Z', text: 'A friend has ordered. Your reward comes after December 4, 2026, if the order stays.' },
  { state: 'approved', since: '2026-11-18T11:00:00Z', text: 'Your reward is ready: use its code at the checkout before November 21, 2026.' },
];
const rewards = [
  { state: 'pending', kind: 'amount_off', amount: '20.00', currency: 'USD', text: friends[0].text },
  { state: 'issued', kind: 'amount_off', amount: '20.00', currency: 'USD', code: 'RWRD-1', ends_at: '2026-11-21T12:00:00Z', text: friends[1].text },
];

beforeEach(() => {
  extension.setUp();
  speak(extension.shopify, 'account');
  extension.shopify.i18n.formatDate = (date) => date.toISOString().slice(0, 10);
});
afterEach(() => leave(extension));

/** app answers by path. */
const app = (replies) => (extension.fetch = vi.fn(async (address) => replies[String(address).split('/ui/')[1]]()));

test('shows link, rewards, and each friend by number', async () => {
  app({ me: () => reply(200, { ...answer, friends, rewards }) });
  await extension.render();
  await waitFor(() => expect(find('s-section[heading="Give $20, get $20"]')).not.toBeNull());

  expect(find('s-page').getAttribute('heading')).toBe('Refer a friend');
  const copies = [...document.body.querySelectorAll('s-clipboard-item')].map((c) => c.getAttribute('text'));
  expect(copies).toEqual([answer.advocate.link, 'RWRD-1']);
  const where = find('s-section[heading="Where is my reward?"]').textContent;
  expect(where).toMatch(/Friend 2.*2026-11-20.*after December 4.*Friend 1.*2026-11-18.*before November 21/s);
  expect(where).toContain('Friends are numbered, not named');
  expect(extension.fetch.mock.calls[0][1].method).toBe('GET');
});

test('says kindly that nobody has ordered yet', async () => {
  app({ me: () => reply(200, { ...answer, friends: [], rewards: [] }) });
  await extension.render();
  await waitFor(() => expect(text()).toContain('Nobody has ordered through your link yet.'));
  expect(find('s-section[heading="Your rewards"]')).toBeNull();
});

test('counts friends who have not ordered', async () => {
  const waiting = '2 friends have taken your offer and not ordered yet.';
  app({ me: () => reply(200, { ...answer, friends: [], rewards: [], friends_waiting: waiting }) });
  await extension.render();
  await waitFor(() => expect(text()).toContain(waiting));
  expect(text()).not.toContain('Nobody has ordered');
});

test('keeps friends and rewards when there is no offer any more', async () => {
  app({ me: () => reply(200, { advocate: answer.advocate, friends, rewards }) });
  await extension.render();
  await waitFor(() => expect(text()).toContain('There is no offer at the moment.'));
  expect(text()).toContain('Friend 2');
});

test('gives a link to whoever has none', async () => {
  let joined = false;
  app({
    me: () => (joined ? reply(200, { ...answer, friends: [], rewards: [] }) : refuse(404, 'not_found')),
    join: () => { joined = true; return reply(200, answer); },
  });
  await extension.render();
  await waitFor(() => expect(find('s-button')?.textContent).toBe('Get my link'));
  fireEvent.click(find('s-button'));
  await waitFor(() => expect(find('s-clipboard-item')?.getAttribute('text')).toBe(answer.advocate.link));
});

test('gives a link under the terms', async () => {
  let joined = false;
  app({
    me: () => (joined ? reply(200, { ...answer, friends: [], rewards: [] }) : refuse(404, 'not_found')),
    join: () => {
      joined = JSON.parse(extension.fetch.mock.calls.at(-1)[1].body).terms === 2;
      return joined ? reply(200, answer) : reply(409, { error: { code: 'accept_terms', terms: 2, terms_link: 'https://demo.example/pages/terms', offer: answer.offer } });
    },
  });
  await extension.render();
  await waitFor(() => expect(find('s-button')?.textContent).toBe('Get my link'));
  fireEvent.click(find('s-button'));
  await waitFor(() => expect(find('s-link')?.getAttribute('href')).toBe('https://demo.example/pages/terms'));
  expect(find('s-section').getAttribute('heading')).toBe('Give $20, get $20');
  fireEvent.click(find('s-button'));
  await waitFor(() => expect(find('s-clipboard-item')?.getAttribute('text')).toBe(answer.advocate.link));
});

test.each([
  ['no_offer', 'There is no offer at the moment.', 0],
  ['buyers_join', 'Links are for customers who have ordered.', 0],
  ['internal', 'That did not work just now.', 1],
])('says why there is no link: %s', async (code, says, buttons) => {
  app({ me: () => refuse(404, 'not_found'), join: () => refuse(409, code) });
  await extension.render();
  await waitFor(() => expect(text()).toBe('Get a link of your own. When friends order through it, you get a reward too.Get my link'));
  fireEvent.click(find('s-button'));
  await waitFor(() => expect(text()).toContain(says));
  expect(document.body.querySelectorAll('s-button').length).toBe(buttons);
});

test('offers another try after an error', async () => {
  app({ me: () => refuse(500, 'internal') });
  await extension.render();
  await waitFor(() => expect(text()).toContain('That did not work just now.'));
  app({ me: () => reply(200, { ...answer, friends, rewards }) });
  fireEvent.click(find('s-button'));
  await waitFor(() => expect(text()).toContain('Friend 1'));
});
