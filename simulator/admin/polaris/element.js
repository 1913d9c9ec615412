// What all components share: a shadow root, drawn anew when an attribute changes, and the values of the admin's look
// (npm @shopify/polaris-tokens).

/** look are the values that components refer to. They stand on each host, so that a page cannot lean on them. */
const look = sheetOf(`
  :host {
    --text: #303030; --subdued: #616161; --link: #005bd3; --critical: #8e0b21; --focus: #005bd3;
    --page: #f1f1f1; --surface: #fff; --surface-subdued: #f7f7f7; --surface-strong: #ebebeb;
    --border: #e3e3e3; --border-subdued: #ebebeb; --border-strong: #8a8a8a;
    --font: Inter, -apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
    --card: 0 1px 0 rgba(26, 26, 26, .07), 0 0 0 1px rgba(0, 0, 0, .06);
    box-sizing: border-box;
  }
  :host([hidden]) { display: none !important; }
  *, *::before, *::after { box-sizing: border-box; }
  :focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }
  h1, h2, h3, p, fieldset { margin: 0; padding: 0; border: 0; min-width: 0; }
  svg { display: block; flex: none; width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.5;
    stroke-linecap: round; stroke-linejoin: round; }
  .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  @media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
`);

/** space are the steps of gaps and paddings, in pixels. */
const space = {
  none: 0, 'small-500': 1, 'small-400': 2, 'small-300': 4, 'small-200': 8, 'small-100': 12, small: 12, base: 16,
  large: 20, 'large-100': 20, 'large-200': 24, 'large-300': 32, 'large-400': 40, 'large-500': 48,
};

/** escaped is a text as HTML. */
function escaped(text) {
  const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return String(text ?? '').replace(/[&<>"]/g, (c) => entities[c]);
}

function sheetOf(css) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}

/** sheets are the style sheets of the components, each made once. */
const sheets = new Map();

function sheetFor(component) {
  if (!sheets.has(component)) sheets.set(component, sheetOf(component.css));
  return sheets.get(component);
}

/** Component is what all s- elements are. A subclass gives css and html(), and may give styles() of its attributes. */
class Component extends HTMLElement {
  static css = ':host { display: block }';
  static observedAttributes = [];
  static delegatesFocus = false;

  constructor() {
    super();
    this.root = this.attachShadow({ mode: 'open', delegatesFocus: this.constructor.delegatesFocus });
    this.own = new CSSStyleSheet();
    this.root.adoptedStyleSheets = [look, sheetFor(this.constructor), this.own];

    // Slots say whether something is in them, so that styles leave out what is empty.
    this.root.addEventListener('slotchange', ({ target }) => {
      const filled = (n) => n.nodeType === Node.ELEMENT_NODE || n.data?.trim();
      target.toggleAttribute('filled', target.assignedNodes().some(filled));
    });
  }

  connectedCallback() {
    if (this.drawn) return;
    this.drawn = true;
    this.draw();
  }

  attributeChangedCallback(name, before, now) {
    if (this.drawn && before !== now) this.draw();
  }

  /** draw shows the element as its attributes are now. */
  draw() {
    this.own.replaceSync(this.styles());
    this.root.innerHTML = this.html();
    this.wire();
  }

  html() { return '<slot></slot>'; }

  /** styles is the CSS that depends on attributes. */
  styles() { return ''; }

  /** wire listens to what html() has drawn. */
  wire() {}

  /** text is an attribute's value; attributes are looked up without regard to case. */
  text(name, otherwise = '') { return this.getAttribute(name) ?? otherwise; }

  /** is tells whether an attribute is set, and not to "false". */
  is(name) { return this.hasAttribute(name) && this.text(name) !== 'false'; }

  find(selector) { return this.root.querySelector(selector); }

  /** reflect has an attribute be a property too, as frameworks and tests set it. */
  static reflect(...names) {
    for (const name of names) {
      Object.defineProperty(this.prototype, name, {
        configurable: true,
        get() { return this.is(name); },
        set(on) { this.toggleAttribute(name, Boolean(on)); },
      });
    }
  }
}

/** define makes a class the element s-{name}. */
function define(name, component) {
  if (!customElements.get('s-' + name)) customElements.define('s-' + name, component);
}

/** outside splits a list at its commas, but for those in brackets: "repeat(2, 1fr), 1fr". */
function outside(list) {
  const parts = [''];
  let depth = 0;
  for (const c of list) {
    if (c === '(') depth++;
    if (c === ')') depth--;
    if (c === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts.map((p) => p.trim()).filter(Boolean);
}

/**
 * responsive is a property of the host whose value may depend on the container:
 * "@container (inline-size > 500px) 1fr 1fr, 1fr". What stands first counts first.
 */
function responsive(property, value, read = (v) => v) {
  if (!value) return '';
  const rules = outside(value).map((part) => {
    const [, query, then] = /^@container\s+([\w-]*\s*\([^)]*\))\s*(.+)$/s.exec(part) ?? [];
    const rule = (v) => `:host { ${property}: ${read(v.trim()).replace(/[;{}]/g, '')} }`;
    return query ? `@container ${query} { ${rule(then)} }` : rule(part);
  });
  return rules.reverse().join('\n');
}

/** spaces reads the steps of a gap or a padding: "base none" is "16px 0px". */
function spaces(value) {
  return value.split(/\s+/).map((step) => (step in space ? space[step] + 'px' : step)).join(' ');
}
