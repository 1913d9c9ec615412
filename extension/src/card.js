// The friend's landing: from ?ref= to a code in the cart, and what there is to say about it.
import { copy, encode, money, share, tone } from './shared.js';
import { $, day, fill, on, write } from './left.js';
import { rival, stateOf } from './state.js';
import { judge, putCode, readCart, tells } from './cart.js';
import { allowed, ask, consent, count, data, memory, remember } from './keep.js';
import { open, rest, style } from './widgets.js';

// card gives the landing its life.
export const card = (host, { words, sample, plans, values: given, preview }) => {
  const { offer, lang } = data;
  const ref = /[?&]ref=([\w-]+)(&|$)/.exec(location.search)?.[1];
  let { cart, other } = sample || {};
  let root;
  let blank;
  let fr;
  let last;
  let visit;
  let fault;
  let again;
  let busy;

  // away is the link whose card the visitor has sent away, for the visit. Without consent nothing is noted: the next page has no ?ref=.
  const away = (set) => {
    try {
      return set ? allowed && (sessionStorage.friends = set) : sessionStorage.friends;
    } catch {}
  };

  // values are what the words name.
  const values = () => {
    const { claim } = memory;
    const { active, rate } = window.Shopify?.currency || {};
    const sum = (hundredths, currency = cart?.currency) => (hundredths > 0 ? money(hundredths, currency) : '');
    const { amount, currency } = offer.friend;
    return {
      ...given,
      about: amount && active != currency ? sum(Math.round(amount * rate) * 100, active) : '',
      date: day(claim?.expires_at || Date.now() + offer.claim_days * 864e5, lang),
      until: day(offer.until || '', lang),
      took: day(other?.claimed_at, lang),
      code: claim?.code || ref,
      other: claim && cart && rival(cart, claim),
      saved: sum(cart?.saved),
      left: sum(cart?.left),
      cart: sum(cart?.bought),
      url: location.origin + data.root + '/discount/' + claim?.code,
    };
  };

  // show draws the card in the state that it is in; nothing when there is nothing to say, nobody wants to hear it, or the cart's bar says it.
  const show = (state = stateOf(offer, words, fault, other, memory.claim, cart)) => {
    if (!state || (ref && away() == ref) || (memory.claim && data.page == 'cart' && data.bar)) return fr?.matches('.folded') || hide();
    if (!root) {
      const { content } = host.querySelector('template');
      root = host.attachShadow({ mode: 'open' });
      root.append(style.cloneNode(true), content.firstChild);
      blank = content.lastChild;
      on(root, 'click', (event) => act(event.target.closest('button')));
    }
    if (state == 'offer_live' && last != state) count('seen', { ref });
    last = state;

    // Each state is drawn into a new copy, so that nothing that is there is moved.
    const focused = root.activeElement;
    fr?.remove();
    fr = blank.cloneNode(true);
    root.append(fr);
    const plan = plans[state] || { link: 'send', code: 1 };
    const { buttons, shared } = words;
    const own = words[state];
    const taken = plan.link == 'send';
    const said = {
      ...shared,
      big: own.lead && shared.gift,
      about: state == 'offer_live' && shared.about,
      fine: taken && words.applied.fine,
      ...own,
      ...(taken && !allowed && !sample && { fine: shared.unkept }),
      text: '[code]',
    };
    const all = values();
    for (const slot of fr.querySelectorAll('[data-say]')) {
      const name = slot.dataset.say;
      write(slot, fill(buttons[plan[name]] || said[name] || '', all));
      slot.hidden = !slot.textContent;
      slot.value = plan[name];
    }
    $(fr, 'code').hidden = !plan.code;
    $(fr, 'track').hidden = state != 'below';
    $(fr, 'track').firstChild.style.inlineSize = cart?.part * 100 + '%';
    write($(root, 'status'), $(fr, 'told').innerText);
    rest(true);
    tone(fr);
    if (focused) $(fr, 'card').focus();
    blank.classList.add('again');
  };

  const hide = () => {
    fr?.remove();
    rest(false);
  };

  // take keeps a claim and puts its code into the cart.
  const take = async (claim, instead) => {
    fault = other = '';
    remember({ claim });
    await putCode(claim, await readCart(), instead);
    await judge();
  };

  // claim takes the offer. A browser that remembers nothing finds its claim again by the id in the cart. A code that is still being made is
  // asked for again every three seconds, ten times.
  const claim = async (more, tries = 0) => {
    again = () => claim(more);
    try {
      cart ||= await readCart();
      const answer = await ask('claim', { ref, visit, claim: cart?.held, ...more });
      const got = { ...answer.claim, offer: answer.offer };
      fault = '';
      if (got.yours || more) {
        count('claim', { ref });
        return take(got, other?.code);
      }
      other = got;
    } catch (code) {
      fault = tries > 9 ? 'unreachable' : code;
      if (fault == 'preparing_codes') setTimeout(claim, 3000, more, tries + 1);
    }
    show();
  };

  // land is what an opened link starts: our server is told, and the offer is shown when it has answered, or after a second and a half.
  const land = async () => {
    again = land;
    await consent();
    if (offer.state != 'live') return memory.claim ? judge() : show();

    setTimeout(() => last || show(), 1500);
    try {
      const answer = await ask('visit', { ref, page: document.referrer });
      visit = answer.visit_id;
      if (again != land) return; // the offer was taken meanwhile
      other = answer.held;
      if (other?.yours) return other.code || offer.friend.after_order ? take(other) : claim(); // its code is still being made
      fault = memory.claim = '';
      cart = await readCart();
      if (!other && !cart?.held) putCode({ id: visit });
    } catch (code) {
      if (again != land) return;
      if (memory.claim && /line|able/.test(code)) return judge(); // offline or unreachable: the cart needs nothing of us
      fault = code;
    }
    show();
  };

  // act does what a button says, one thing at a time; what is not named sends the card away.
  const act = async (button) => {
    if (!button || sample) return;
    const to = {
      take: () => claim(),
      switch: () => claim({ switch: true }),
      keep: () => take(other),
      use: () => take(memory.claim, rival(cart, memory.claim)),
      retry: () => again(),
      share: open,
      join: open,
      async copy() {
        if (!await copy(values().code, button, words.shared.copied) || !memory.claim || innerWidth > 479) return;
        away(ref);
        fr.classList.add('folded', data.bar ? 'gone' : 'docked');
      },
      send() {
        const text = fill(words.shared.note, values());
        share(text, () => location = 'mailto:?body=' + encode(text));
      },
    }[button.value];
    if (!to) {
      away(ref);
      return hide();
    }
    if (busy) return;
    busy = 1;
    await to();
    busy = 0;
  };

  if (sample) {
    memory.claim = sample.claim;
    if (preview) show(preview);
    return;
  }
  tells.add((now) => {
    cart = now;
    if (ref) show();
  });
  if (ref) land();
};
