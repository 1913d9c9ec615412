// Tables. On a narrow place rows become a list: a header says by listSlot where its cells stand then.

const narrow = '@container (inline-size < 490px)';

define('table', class extends Component {
  static observedAttributes = ['paginate', 'hasnextpage', 'haspreviouspage', 'loading', 'variant'];
  static css = `
    :host { display: block; min-width: 0; container-type: inline-size; color: var(--text); font: 450 13px/20px var(--font) }
    .filters { padding: 8px 12px; border-bottom: 1px solid var(--border-subdued) }
    .filters:not(:has(slot[filled])) { display: none }
    .scroll { overflow-x: auto }
    .table { display: table; width: 100%; border-collapse: collapse }
    ${narrow} { .table { display: block } .scroll { overflow: visible } }
    nav { display: flex; justify-content: center; gap: 4px; padding: 8px; background: var(--surface-subdued);
      border-top: 1px solid var(--border-subdued) }`;

  html() {
    const turn = (way, sign, on) => `<s-button data-turn="${way}" icon="${sign}" accessibilitylabel="${say(way)}"${on ? '' : ' disabled'}></s-button>`;
    const pager = this.is('paginate') ? `<nav aria-label="${say('pages')}">
      ${turn('previous', 'chevron-left', this.is('haspreviouspage'))}${turn('next', 'chevron-right', this.is('hasnextpage'))}</nav>` : '';
    return `<div class="filters"><slot name="filters"></slot></div>
      <div class="scroll"><div class="table" role="table"${this.is('loading') ? ' aria-busy="true"' : ''}><slot></slot></div></div>${pager}`;
  }

  wire() {
    this.root.querySelectorAll('[data-turn]').forEach((b) => {
      b.addEventListener('click', () => this.dispatchEvent(new Event(b.dataset.turn + 'page', { bubbles: true })));
    });

    // What scrolls must be reached by the keyboard.
    const scroll = this.find('.scroll');
    this.sizes?.disconnect();
    this.sizes = new ResizeObserver(() => {
      if (scroll.scrollWidth > scroll.clientWidth) scroll.setAttribute('tabindex', '0');
      else scroll.removeAttribute('tabindex');
    });
    this.sizes.observe(scroll);
  }
});

/** Part is a part of a table, which has a role and nothing of its own around its contents. */
class Part extends Component {
  static role = '';
  wire() { this.setAttribute('role', this.constructor.role); }
}

define('table-header-row', class extends Part {
  static role = 'row';
  static css = `:host { display: table-row } ${narrow} { :host { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) } }`;
});

define('table-header', class extends Part {
  static role = 'columnheader';
  static observedAttributes = ['format', 'listslot'];
  static css = `
    :host { display: table-cell; padding: 8px; background: var(--surface-subdued); color: var(--subdued); text-align: left;
      font: 550 12px/16px var(--font); white-space: nowrap; vertical-align: bottom }
    :host(:first-child) { padding-left: 16px } :host(:last-child) { padding-right: 16px }
    :host([format=numeric]), :host([format=currency]) { text-align: right }`;
});

define('table-body', class extends Part {
  static role = 'rowgroup';
  static css = `:host { display: table-row-group } ${narrow} { :host { display: block } }`;
});

define('table-row', class extends Part {
  static role = 'row';
  static css = `
    :host { display: table-row }
    :host([clickdelegate]:hover) { background: var(--surface-subdued); cursor: pointer }
    ${narrow} {
      :host { display: grid; grid-template-columns: auto minmax(0, 1fr) fit-content(45%); padding: 12px 16px; border-top: 1px solid var(--border-subdued) }
      :host(:first-child) { border-top: 0 }
    }`;

  // A press anywhere in the row presses what it names, unless it has met something of its own.
  wire() {
    super.wire();
    if (this.wired) return;
    this.wired = true;
    this.addEventListener('click', (e) => {
      const delegate = document.getElementById(this.text('clickdelegate'));
      const own = e.composedPath().some((n) => n.matches?.('a, button, input, label, s-checkbox, s-link, s-button'));
      if (delegate && !own) (delegate.shadowRoot?.querySelector('a, button, input') ?? delegate).click();
    });
  }
});

define('table-cell', class extends Part {
  static role = 'cell';
  static css = `
    :host { display: table-cell; padding: 8px; border-top: 1px solid var(--border-subdued); vertical-align: top }
    :host(:first-child) { padding-left: 16px } :host(:last-child) { padding-right: 16px }
    .label { display: none; color: var(--subdued) }
    ${narrow} { :host { display: block; border: 0; padding: 0 !important; grid-column: 2 / -1; order: 4 } }`;

  /** header is the header of the cell's column. It stands before the cell in the page. */
  get header() {
    const at = [...this.parentElement.children].indexOf(this);
    return this.closest('s-table')?.querySelectorAll('s-table-header')[at];
  }

  styles() {
    const header = this.header, format = header?.getAttribute('format');
    const numeric = format === 'numeric' || format === 'currency';
    const select = this.firstElementChild?.localName === 's-checkbox' && this.parentElement.firstElementChild === this;
    const slot = select ? 'select' : header?.getAttribute('listslot') ?? header?.getAttribute('listSlot') ?? 'labeled';
    const inList = {
      select: 'grid-column: 1; grid-row: 1 / span 9; padding-right: 10px !important; order: 0',
      primary: 'grid-column: 2; order: 1; font-weight: 650; text-align: left',
      inline: 'grid-column: 3; order: 2; justify-self: end; padding-left: 8px !important; --items: flex-end; text-align: right',
      secondary: 'order: 3; text-align: left', kicker: 'order: 3; text-align: left',
      labeled: 'order: 5; text-align: left',
    }[slot];
    return `
      ${numeric ? ':host { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }' : ''}
      ${narrow} { :host { ${inList} } ${slot === 'labeled' ? ':host { display: flex; gap: 8px } .label { display: inline; flex: none }' : ''} }`;
  }

  html() {
    const label = this.header?.textContent.trim();
    return `${label ? `<span class="label" aria-hidden="true">${escaped(label)} </span>` : ''}<slot></slot>`;
  }

  // What the cell holds may be read after the cell has begun.
  wire() {
    super.wire();
    this.find('slot').addEventListener('slotchange', () => this.own.replaceSync(this.styles()), { once: true });
  }
});
