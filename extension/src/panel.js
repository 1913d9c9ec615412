// The share panel: a link, and the ways to send it. It is a section, or stands in the launcher's dialog.
import { copy, encode, share, tone } from './shared.js';
import { $, fill, on, write, writeLink } from './left.js';
import { ask, consent, count, data, memory, remember } from './keep.js';

// panel gives a share panel its life, and returns what gets the link. root is the shadow root that it stands in.
export const panel = (root, own) => {
  const fr = $(root, 'fr');
  const { customer } = data;
  let { link, words } = own; // a sample, in the theme editor
  let url;
  let text;

  // show writes the link, where it leads at the moment, and the ways to send it. Without one there is nothing to write.
  const show = () => {
    if (!link) return;
    url = new URL(link);
    if ($(root, 'here')?.checked) url.pathname = data.here;
    writeLink(fr, url);
    text = fill(words.message, { link: url.href });
    for (const way of root.querySelectorAll('[data-to]')) way.href = way.dataset.to + encode(text);
  };

  const say = (text) => root.querySelectorAll('.done').forEach((place) => write(place, text));

  const failed = (fault) => say(words[fault] || words.sorry);

  // join gets the link. A guest signs in first and comes back; then it goes on by itself.
  const join = async () => {
    if (link) return;
    say();
    if (customer) {
      try {
        await consent();
        link = (await ask('join', { terms: data.offer.terms })).advocate.link;
        remember({ link: { customer, url: link } });
        count('join');
        return show();
      } catch (fault) {
        fr.classList.remove('on');
        if (fault != 'sign_in_to_join') return failed(fault);
      }
    }
    const to = new URL(data.login, location);
    to.searchParams.set(data.back, location.pathname + location.search + '#friends_');
    location = to;
  };

  const ways = {
    async copy(button) {
      if (await copy(url.href, button, words.copied)) say(words.link_copied);
    },
    native: () => share(text, () => ways.copy($(root, 'copy'))),
    qr: () =>
      import(data.qr)
        .then((code) => code.show(url.href, $(root, 'qr')))
        .catch(failed),
  };

  on(root, 'click', (event) => {
    const way = event.target.closest('[data-do]');
    const channel = way?.dataset.do;
    if (channel == 'join') {
      event.preventDefault();
      join();
    } else if (channel) {
      ways[channel]?.(way);
      count('share', { channel });
    }
  });
  on(root, 'change', show);

  if (customer && memory.link?.customer == customer) link = memory.link.url;
  show();
  setTimeout(tone, 0, fr); // a task of its own: it asks for the page's styles
  return join;
};
