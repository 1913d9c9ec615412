import { getExtension } from '@shopify/ui-extensions-tester';
import { fireEvent, waitFor } from '@testing-library/preact';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { answer, find, leave, refuse, reply, speak, text } from '../../lib/testing.js';

const targets = {
  'purchase.thank-you.block.render': { order: 'gid://shopify/OrderIdentity/7', confirmation: 'ABC123XYZ' },
  'customer-account.order-status.block.render': { order: 'gid://shopify/Order/7', confirmation: 'ABC123XYZ' },
  'customer-account.profile.block.render': { order: '', confirmation: '' },
};

/** begin sets a page up, of which the app knows replies: one after the other, the last one for good. */
function begin(extension, ...replies) {
  const host = extension.shopify;
  speak(host, 'thank-you');
  host.settings.value = { heading: '', text: '' };
  host.extension = { ...host.extension, editor: undefined }; // the mock throws on what it was not given
  if ('orderConfirmation' in host) host.orderConfirmation.value = { order: { id: targets[host.extension.target].order }, number: 'ABC123XYZ' };
  if ('order' in host) host.order.value = { id: 'gid://shopify/Order/7', name: '#7', confirmationNumber: 'ABC123XYZ' };
  extension.fetch = vi.fn(async () => (replies.length > 1 ? replies.shift() : replies[0]).clone());
  return host;
}

const sent = (extension, at = 0) => {
  const [address, request] = extension.fetch.mock.calls[at];
  return { address: String(address), ...request, body: JSON.parse(request.body) };
};

for (const [target, bought] of Object.entries(targets)) {
  describe(target, () => {
    const extension = getExtension(target);
    beforeEach(() => extension.setUp());
    afterEach(() => {
      leave(extension);
      vi.useRealTimers();
    });

    test('shows the link, and the ways to send it', async () => {
      begin(extension, reply(200, answer));
      await extension.render();
      await waitFor(() => expect(find('s-heading')?.textContent).toBe('Give $20, get $20'));

      expect(text()).toContain('Give your friends $20 off a first order of $40 or more. When they order, you get $20 off too.');
      expect(find('s-text-field').getAttribute('value') ?? find('s-text-field').value).toBe('demo.example/?ref=ALICE-9');
      expect(find('s-clipboard-item').getAttribute('text')).toBe(answer.advocate.link);
      const ways = [...document.body.querySelectorAll('s-button[href]')].map((b) => b.getAttribute('href'));
      expect(ways).toEqual([
        'https://wa.me/?text=' + encodeURIComponent(answer.invite),
        `mailto:?subject=${encodeURIComponent('$20 off')}&body=${encodeURIComponent(answer.invite)}`,
        'sms:?&body=' + encodeURIComponent(answer.invite),
      ]);
    });

    test('asks with the session token, the order and the language', async () => {
      begin(extension, reply(200, answer));
      await extension.render();
      await waitFor(() => expect(extension.fetch).toHaveBeenCalledTimes(1));

      const request = sent(extension);
      expect(request.address).toMatch(/\/ui\/join$/);
      expect(request.headers).toMatchObject({ Authorization: 'Bearer mock-session-token', 'Accept-Language': 'en' });
      expect(request.body).toEqual(bought);
    });

    test('keeps its place while it waits, and asks again', async () => {
      vi.useFakeTimers();
      begin(extension, reply(202, { waiting: true }, { 'Retry-After': '3' }), reply(200, answer));
      await extension.render();
      await vi.advanceTimersByTimeAsync(10);
      expect(find('s-skeleton-paragraph')).not.toBeNull();
      expect(extension.fetch).toHaveBeenCalledTimes(1);

      await vi.advanceTimersByTimeAsync(3000);
      expect(extension.fetch).toHaveBeenCalledTimes(2);
      expect(find('s-heading').textContent).toBe('Give $20, get $20');
    });

    test('asks again also where nobody says when', async () => {
      vi.useFakeTimers();
      begin(extension, reply(202, { waiting: true }), reply(200, answer));
      await extension.render();
      await vi.advanceTimersByTimeAsync(2500);
      expect(find('s-heading').textContent).toBe('Give $20, get $20');
    });

    test('gives up after half a minute, and can be asked again', async () => {
      vi.useFakeTimers();
      begin(extension, reply(202, { waiting: true }, { 'Retry-After': '4' }));
      await extension.render();
      await vi.advanceTimersByTimeAsync(40_000);
      expect(text()).toContain('Your link is on its way.');
      expect(extension.fetch.mock.calls.length).toBeLessThan(10);

      extension.fetch = vi.fn(async () => reply(200, answer));
      fireEvent.click([...document.body.querySelectorAll('s-button')].at(-1));
      await vi.advanceTimersByTimeAsync(10);
      expect(find('s-heading').textContent).toBe('Give $20, get $20');
    });

    test('asks for the terms, and takes the link under those of now', async () => {
      const asks = (terms) => reply(409, { error: { code: 'accept_terms', terms, terms_link: 'https://demo.example/pages/terms', offer: answer.offer } });
      begin(extension, asks(2), asks(3), reply(200, answer));
      await extension.render();
      await waitFor(() => expect(find('s-heading')?.textContent).toBe('Give $20, get $20'));
      expect(find('s-link').getAttribute('href')).toBe('https://demo.example/pages/terms');
      expect(text()).toContain('By sharing you agree to the terms.');
      expect(sent(extension).body.terms).toBeUndefined();

      for (const version of [2, 3]) { // they have changed in between
        await waitFor(() => expect(find('s-button')?.textContent).toBe('Get my link'));
        fireEvent.click(find('s-button'));
        await waitFor(() => expect(extension.fetch).toHaveBeenCalledTimes(version));
        expect(sent(extension, version - 1).body.terms).toBe(version);
      }
      await waitFor(() => expect(find('s-clipboard-item')?.getAttribute('text')).toBe(answer.advocate.link));
    });

    test.each(['no_offer', 'offer_paused', 'offer_ended', 'buyers_join'])('is not there: %s', async (code) => {
      begin(extension, refuse(404, code));
      await extension.render();
      await waitFor(() => expect(document.body.innerHTML).toBe(''));
    });

    test.each([
      ['an error', async () => refuse(500, 'internal')],
      ['no answer', async () => { throw new TypeError('Failed to fetch'); }],
    ])('offers another try after %s', async (_, fetch) => {
      begin(extension, reply(200, answer));
      extension.fetch = vi.fn(fetch);
      await extension.render();
      await waitFor(() => expect(text()).toContain('That did not work just now.'));
    });

    test('has the merchant’s texts', async () => {
      const host = begin(extension, reply(200, answer));
      host.settings.value = { heading: 'Share Tarrow', text: 'And have a cup on us.' };
      await extension.render();
      await waitFor(() => expect(find('s-heading')?.textContent).toBe('Share Tarrow'));
      expect(text()).toContain('And have a cup on us.');
    });

    test('shows a sample in the editor, and asks for nothing', async () => {
      const host = begin(extension, reply(200, answer));
      host.extension = { ...host.extension, editor: { type: 'checkout' } };
      await extension.render();
      await waitFor(() => expect(text()).toContain('A preview: each of your customers'));
      expect(find('s-clipboard-item').getAttribute('text')).toContain('SAMPLE');
      expect(extension.fetch).not.toHaveBeenCalled();
    });

    test('tells that the link was copied, and says so', async () => {
      begin(extension, reply(200, answer));
      await extension.render();
      await waitFor(() => expect(find('s-heading')).not.toBeNull());
      fireEvent(find('s-clipboard-item'), new Event('copy'));
      await waitFor(() => expect(find('s-button').textContent).toBe('Copied'));

      expect(sent(extension, 1).address).toMatch(/\/ui\/event$/);
      expect(sent(extension, 1).body).toEqual({ events: [{ kind: 'share', channel: 'copy', campaign: 'cmp_1', version: 1 }] });
    });

    test('says every kind of offer, in every language', async () => {
      const offers = [
        { friend: { kind: 'percent_off', percent: '12.5' }, advocate: { kind: 'share_of_order', percent: '10' } },
        { friend: { kind: 'free_shipping' }, advocate: { kind: 'amount_off', amount: '1250', currency: 'JPY' }, minimum: answer.offer.minimum },
        { friend: { kind: 'amount_off', amount: '5.50', currency: 'EUR', after_order: true }, advocate: { kind: 'free_shipping' } },
      ];
      const said = [];
      for (const language of ['en', 'de', 'fr', 'es', 'ar']) {
        for (const offer of offers) {
          leave(extension);
          extension.setUp();
          const host = begin(extension, reply(200, { ...answer, offer }));
          speak(host, 'thank-you', language);
          await extension.render();
          await waitFor(() => expect(find('s-heading')).not.toBeNull());
          said.push(`${language}: ${find('s-heading').textContent} | ${find('s-paragraph').textContent}`);
        }
      }
      await expect(said.join('\n') + '\n').toMatchFileSnapshot('offers.txt');
    });
  });
}

describe('an order that Shopify does not know yet', () => {
  const extension = getExtension('customer-account.order-status.block.render');
  afterEach(() => leave(extension));

  test('is waited for', async () => {
    extension.setUp();
    const host = begin(extension, reply(200, answer));
    host.order.value = undefined;
    await extension.render();
    expect(find('s-skeleton-paragraph')).not.toBeNull();
    expect(extension.fetch).not.toHaveBeenCalled();
  });
});
