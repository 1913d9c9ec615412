// What a block knows before the first picture of the page is drawn. It runs right behind the block while the page is read, so that
// nothing moves later, and again when a theme puts a block in by script.

// drawer finds what a theme lays over the page: there a second bar or line may speak.
const drawer = '[class*=drawer i],[id*=drawer i],dialog';

// $ finds what has a class.
export const $ = (root, name) => root.querySelector('.' + name);

// write says a text in a place.
export const write = (place, text) => place.textContent = text;

// on listens.
export const on = (target, type, hear) => target.addEventListener(type, hear);

// fill puts values into a text: [code], [date]. A sentence whose value is not known ('') is left out.
export const fill = (text, values) => text.replace(/[^.؟?!]+[.؟?!]*\s*/g, (sentence) => {
  let gone;
  const said = sentence.replace(/\[(\w+)]/g, (all, name) => {
    gone ||= values[name] === '';
    return values[name] ?? all;
  });
  return gone ? '' : said;
});

// day writes a date in the words of a language, whose tag asks for Latin figures, as amounts have them: ar-u-nu-latn.
export const day = (time, lang) => time && new Date(time).toLocaleDateString(lang, { day: 'numeric', month: 'long' });

// kept is what this browser remembers: its id, the claim while it has not run out, the link. Without consent nothing is ever there.
export const kept = () => {
  let all = {};
  try {
    all = JSON.parse(localStorage.friends);
    if (new Date(all.claim.expires_at) < new Date()) delete all.claim;
  } catch {}
  return all;
};

// early gives a block its place: a bar for a claim that is held, a panel for a link. Of lines and bars the first one in the page speaks;
// panels, which have an id, all do.
export const early = (host, { claim, link } = kept()) => {
  const fr = host?.shadowRoot && $(host.shadowRoot, 'fr');
  if (!fr) return; // a browser without declarative shadow roots: friends.js comes to it

  const over = host.closest(drawer);
  if (!over && !host.id && document.querySelector(`${host.localName}:not(:is(${drawer}) *)`) != host) return fr.remove();
  if (over) fr.classList.add('over');

  const until = $(fr, 'until');
  if (until && claim?.code) {
    write(until, fill(over ? '[code]' : until.dataset.text, { code: claim.code, date: day(claim.expires_at, host.lang + '-u-nu-latn') }));
    fr.classList.add('on');
  }
  const { customer } = host.dataset;
  if (!customer) return;
  if (link?.customer == customer) writeLink(fr, new URL(link.url));
  if (location.hash == '#friends_') fr.classList.add('on');
};

// writeLink shows a link in a panel.
export const writeLink = (fr, url) => {
  write($(fr, 'host'), url.host);
  write($(fr, 'path'), url.pathname + url.search);
  fr.classList.add('on');
};
