// Stand-ins for Shopify's components on thank-you, order status and account pages, in the shop's own colours and fonts, as the merchant's
// branding gives them there. Only what the app's blocks use.
(() => {
  'use strict';

  const look = sheet(`
    :host { display: block; min-width: 0; color: var(--ink); font: inherit; line-height: 1.5 }
    :host([hidden]) { display: none }
    *, ::before, ::after { box-sizing: border-box }
    :focus-visible { outline: 2px solid var(--cta); outline-offset: 2px }`);

  /** space are the steps of gaps and paddings, in pixels. */
  const space = { none: 0, 'small-300': 4, 'small-200': 8, 'small-100': 8, small: 12, base: 16, large: 24, 'large-100': 28, 'large-200': 36 };
  const step = (name) => (space[name] ?? 0) + 'px';

  function sheet(css) {
    const made = new CSSStyleSheet();
    made.replaceSync(css);
    return made;
  }

  function escaped(text) {
    const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
    return String(text ?? '').replace(/[&<>"]/g, (c) => entities[c]);
  }

  /** Component draws itself anew when an attribute changes. A subclass gives css, html() and styles(). */
  class Component extends HTMLElement {
    static css = '';

    constructor() {
      super();
      this.root = this.attachShadow({ mode: 'open', delegatesFocus: true });
      this.own = new CSSStyleSheet();
      this.root.adoptedStyleSheets = [look, sheet(this.constructor.css), this.own];
    }

    connectedCallback() { this.draw(); }
    attributeChangedCallback() { if (this.isConnected) this.draw(); }

    draw() {
      this.own.replaceSync(this.styles());
      this.root.innerHTML = this.html();
    }

    html() { return '<slot></slot>'; }
    styles() { return ''; }
    given(name) { return this.getAttribute(name) ?? ''; }
    is(name) { return this.hasAttribute(name) && this.given(name) !== 'false'; }
  }

  function define(name, attributes, component) {
    component.observedAttributes = attributes;
    customElements.define('s-' + name, component);
  }

  const edge = '1px solid var(--line)';

  define('page', ['heading'], class extends Component {
    static css = `h1 { margin: 0 0 8px; font: var(--heading-weight) 32px/1.2 var(--heading); letter-spacing: var(--heading-tracking); font-style: var(--heading-style, normal); font-variant-numeric: lining-nums }
      .all { display: grid; gap: 24px }`;
    html() { return `<div class="all"><h1>${escaped(this.given('heading'))}</h1><slot></slot></div>`; }
  });

  define('section', ['heading'], class extends Component {
    static css = `section { border: ${edge}; border-radius: var(--img-radius); padding: 24px }
      h2 { margin: 0 0 12px; font: var(--heading-weight) 20px/1.3 var(--heading); letter-spacing: var(--heading-tracking); font-style: var(--heading-style, normal); font-variant-numeric: lining-nums }`;
    html() {
      const heading = this.given('heading');
      return `<section>${heading ? `<h2>${escaped(heading)}</h2>` : ''}<slot></slot></section>`;
    }
  });

  define('heading', [], class extends Component {
    static css = 'h2 { margin: 0; font: var(--heading-weight) 20px/1.3 var(--heading); letter-spacing: var(--heading-tracking); font-style: var(--heading-style, normal); font-variant-numeric: lining-nums; text-wrap: balance }';
    html() { return '<h2><slot></slot></h2>'; }
  });

  define('box', ['border', 'borderradius', 'padding'], class extends Component {
    styles() {
      return `:host { padding: ${step(this.given('padding'))}; ${this.given('border') ? `border: ${edge};` : ''}
        ${this.given('borderradius') ? 'border-radius: var(--img-radius);' : ''} }`;
    }
  });

  define('stack', ['gap', 'direction', 'alignitems'], class extends Component {
    styles() {
      const row = this.given('direction') === 'inline';
      return `:host { display: flex; gap: ${step(this.given('gap'))}; flex-direction: ${row ? 'row' : 'column'};
        ${row ? 'flex-wrap: wrap;' : ''} align-items: ${this.given('alignitems') || (row ? 'start' : 'stretch')} }`;
    }
  });

  define('grid', ['gap', 'gridtemplatecolumns', 'alignitems'], class extends Component {
    styles() {
      // "@container (inline-size > 440px) 1fr 1fr, 1fr": columns where there is room, and elsewhere.
      const [, room, wide, narrow] = /^(@container \([^)]*\)) (.*), (.*)$/.exec(this.given('gridtemplatecolumns')) ?? [];
      const columns = (list) => list.replace(/[;{}]/g, '').replace(/\b1fr\b/g, 'minmax(0, 1fr)') || 'none';
      return `:host { display: grid; gap: ${step(this.given('gap'))}; align-items: ${this.given('alignitems') || 'stretch'};
          grid-template-columns: ${columns(narrow ?? this.given('gridtemplatecolumns'))} }
        ${room ? `${room} { :host { grid-template-columns: ${columns(wide)} } }` : ''}`;
    }
  });

  define('query-container', [], class extends Component {
    static css = ':host { container-type: inline-size }';
  });

  define('paragraph', [], class extends Component {
    static css = 'p { margin: 0 }';
    html() { return '<p><slot></slot></p>'; }
  });

  define('text', ['type', 'color'], class extends Component {
    styles() {
      return `:host { display: inline; ${this.given('color') === 'subdued' ? 'color: var(--soft);' : ''}
        ${this.given('type') === 'strong' ? 'font-weight: 600;' : ''} ${this.given('type') === 'small' ? 'font-size: .875em;' : ''} }`;
    }
  });

  define('skeleton-paragraph', ['content'], class extends Component {
    static css = `span { color: transparent; border-radius: 4px; background: var(--line); -webkit-box-decoration-break: clone;
      box-decoration-break: clone; user-select: none }`;
    html() { return `<span aria-hidden="true">${escaped(this.given('content'))}</span>`; }
  });

  define('text-field', ['label', 'value', 'readonly', 'disabled'], class extends Component {
    static css = `label { display: block; font-size: .875em; color: var(--soft); margin-bottom: 4px }
      input { width: 100%; height: 48px; padding: 0 14px; border: 1px solid var(--line-2); border-radius: var(--cta-radius); background: var(--bg);
        color: inherit; font: inherit; text-overflow: ellipsis; unicode-bidi: plaintext }
      input:disabled { border-color: var(--line) }`;
    get value() { return this.given('value'); }
    set value(value) { this.setAttribute('value', value ?? ''); }
    html() {
      const states = `${this.is('readonly') ? ' readonly' : ''}${this.is('disabled') ? ' disabled' : ''}`;
      return `<label for="field">${escaped(this.given('label'))}</label><input id="field" value="${escaped(this.given('value'))}"${states}>`;
    }
  });

  /** way is where an address leads: pages of customer accounts have addresses of their own kind. */
  function way(address) {
    const page = /^extension:\/*([\w-]+)\/?$/.exec(address);
    return page ? `${Hosted.place.root}/account/pages/${page[1]}` : address;
  }

  define('link', ['href'], class extends Component {
    static css = ':host { display: inline } a { color: inherit; text-underline-offset: .2em }';
    html() { return `<a href="${escaped(way(this.given('href')))}"><slot></slot></a>`; }
  });

  define('button', ['href', 'target', 'variant', 'disabled', 'loading', 'inlinesize'], class extends Component {
    static css = `:host { display: inline-block } :host([inlinesize=fill]) { display: block }
      .b { display: flex; align-items: center; justify-content: center; min-height: 48px; width: 100%; padding: 8px 20px; border: 1px solid var(--line-2);
        border-radius: var(--cta-radius); background: none; color: var(--ink); font: var(--cta-font); text-align: center; text-decoration: none; cursor: pointer }
      :host([inlinesize=fill]) .b { padding-inline: 8px }
      .primary { background: var(--cta); border-color: var(--cta); color: var(--cta-ink) }
      .b:hover { filter: brightness(1.06) } .b:disabled { opacity: .55; cursor: default }`;

    constructor() {
      super();
      this.addEventListener('click', () => this.obey());
    }

    html() {
      const kind = this.given('variant') === 'primary' ? 'b primary' : 'b';
      const off = this.is('disabled') || this.is('loading');
      if (!this.given('href') || off) {
        return `<button type="button" class="${kind}"${off ? ' disabled' : ''}${this.is('loading') ? ' aria-busy="true"' : ''}><slot></slot></button>`;
      }
      const target = this.given('target') === '_blank' ? ' target="_blank" rel="noopener"' : '';
      return `<a class="${kind}" href="${escaped(way(this.given('href')))}"${target}><slot></slot></a>`;
    }

    /** obey copies what the named item holds, and tells the item how that went. */
    async obey() {
      if (this.given('command') !== '--copy' || this.is('disabled') || this.is('loading')) return;
      const item = document.getElementById(this.given('commandfor'));
      try {
        await navigator.clipboard.writeText(item.getAttribute('text'));
        item.dispatchEvent(new Event('copy'));
      } catch {
        item?.dispatchEvent(new Event('copyerror'));
      }
    }
  });

  define('clipboard-item', [], class extends Component {
    static css = ':host { display: none }';
    html() { return ''; }
  });
})();
