// The widgets beside card and panel: offer line, offer bar and launcher.
import { copy, money, tone } from './shared.js';
import { $, early, fill, on, write } from './left.js';
import { panel } from './panel.js';
import { judge, tells } from './cart.js';
import { data, memory, remember } from './keep.js';
import { stateOf } from './state.js';

// back tells whether the visitor has come back from signing in.
export const back = () => data.customer && location.hash == '#friends_';

// What the page's launcher is for card and lines: its dialog, its button, which rests while the card speaks, and its style.
export let open;
export let rest;
export let style;

export const launch = (host, own, root) => {
  const button = $(root, 'open');
  let join;
  style = root.querySelector('style');
  rest = (on) => button && (button.hidden = on);
  open = () => {
    join ||= panel(root, own);
    root.querySelector('dialog').showModal();
    tone($(root, 'fr'));
  };
  opens(button);
  if (back() && !document.querySelector('#friends_')) {
    open();
    join();
  }
};

const opens = (link) => link && on(link, 'click', (event) => {
  if (!open) return;
  event.preventDefault();
  open();
});

// line leads to the dialog, else by its link to our page.
export const line = (host, own, root) => opens($(root, 'link'));

// bar says of a claim what its code is and, in the cart, whether it is on.
export const bar = (host, { words, sample, amount }, root) => {
  const fr = $(root, 'fr');
  if (sample || !fr?.matches('.on,.over')) return; // what was claimed on this page the card tells: a bar would move the page
  data.bar ||= !fr.matches('.over');

  tells.add((cart) => {
    const { claim } = memory;
    early(host, memory);
    const state = stateOf(data.offer, words, '', '', claim, cart);
    // A cart that knows nothing of the claim, after one that did, is another one: the code has been used, or taken out.
    const here = claim && cart && (cart.held == claim.id || cart.codes.some((one) => one.code == claim.code));
    if (here) {
      claim.put = 1;
      remember();
    }
    const gone = !claim || cart && claim.put && !here;
    if (gone) remember({ claim: undefined });
    fr.classList.toggle('still', gone || state == 'kept');
    fr.classList.add('told');
    if (!cart || !fr.matches('.over,.cart')) return;
    const say = (name, text) => write($(fr, name), fill(text, { amount, left: money(cart.left, cart.currency) }));
    say('gift', state == 'below' ? words.below.big : words.shared.gift);
    say('rest', words.bar[state] || (/clash|automatic|unfit/.test(state) ? words.bar.blocked : words.shared.ready));
    fr.classList.toggle('applied', state == 'applied');
  });
  $(fr, 'copy').onclick = (event) => copy(memory.claim.code, event.target, words.shared.copied);
  judge();
};
