// What the widgets have in common.
import { $, early, write } from './left.js';
import { data, memory } from './keep.js';

export const encode = encodeURIComponent;

// widget registers a block whose HTML came with the page. A browser without declarative shadow roots, and a theme that puts a block in by
// innerHTML, leave a template behind. start gets what was printed for this one: JSON as text, because Liquid has captured it.
export const widget = (name, start) => customElements.define('friends-' + name, class extends HTMLElement {
  connectedCallback() {
    const template = this.querySelector('[shadowrootmode]');
    if (template && !this.shadowRoot) {
      this.attachShadow({ mode: 'open' }).append(template.content);
      early(this, memory);
    }
    if (this.lives) return; // it was moved within the page
    const own = this.lives = JSON.parse(JSON.parse(this.querySelector('script').textContent));
    Object.assign(data, { ...own, ...data }); // the launcher comes first: its settings are the shop's
    start(this, own, this.shadowRoot);
  }
});

// money writes hundredths in the forms of the page's language, without decimals that say nothing.
export const money = (hundredths, currency) => new Intl.NumberFormat(data.lang, {
  style: 'currency',
  currency,
  minimumFractionDigits: hundredths % 100 ? 2 : 0,
}).format(hundredths / 100);

// copy puts a text into the clipboard and says so on the button. Where the browser does not let it, as many apps' own do, it says nothing:
// the text stands there to be marked by hand.
export const copy = async (text, button, copied) => {
  try {
    await navigator.clipboard.writeText(text);
    write(button, copied);
    return true;
  } catch {}
};

// share hands a text to the device, if it takes one. Whoever closes its sheet has changed their mind.
export const share = (text, otherwise) => (navigator.share ? navigator.share({ text }).catch(() => {}) : otherwise());

// light is a colour's relative luminance, about as WCAG 2.2 has it, with what contrast adds; NaN for one that lets the ground through.
const light = (color) => {
  const [r, g, b, a] = color.match(/[\d.]+/g).map((c) => (c / 255) ** 2.2);
  return a == 0 ? NaN : 0.21 * r + 0.72 * g + 0.07 * b + 0.05;
};

// tone helps where a theme has no names that we know: the page's own ground stands in for the surface, and the text's colour for a button
// that is not there or whose words nobody could read.
export const tone = (fr) => {
  const look = getComputedStyle;
  const ground = look(document.body).backgroundColor;
  if (light(ground)) fr.style.setProperty('--friends-page', ground);
  fr.style.setProperty('--friends-ink', look(fr).color);
  const { backgroundColor, color } = look($(fr, 'btn'));
  const contrast = light(backgroundColor) / light(color);
  if (!(contrast >= 4.5 || contrast <= 0.22)) fr.classList.add('plain');
};
