// Page, section, and what arranges things.

const boxAttributes = [
  'background', 'border', 'borderwidth', 'borderradius', 'bordercolor', 'borderstyle', 'padding', 'paddingblock',
  'paddingblockstart', 'paddingblockend', 'paddinginline', 'paddinginlinestart', 'paddinginlineend', 'display',
  'blocksize', 'minblocksize', 'maxblocksize', 'inlinesize', 'mininlinesize', 'maxinlinesize', 'overflow',
  'accessibilityrole', 'accessibilitylabel', 'accessibilityvisibility',
];
const backgrounds = {
  base: 'var(--surface)', subdued: 'var(--surface-subdued)', strong: 'var(--surface-strong)', transparent: 'transparent',
};
const borderColors = { base: 'var(--border)', subdued: 'var(--border-subdued)', strong: 'var(--border-strong)' };
const widths = { none: '0px', base: '1px', small: '1px', 'small-100': '1px', large: '2px', 'large-100': '2px' };
const radii = {
  none: '0px', 'small-200': '2px', 'small-100': '4px', small: '4px', base: '8px', large: '12px', 'large-100': '12px',
  'large-200': '16px', max: '999px',
};
const sizes = {
  blocksize: 'block-size', minblocksize: 'min-block-size', maxblocksize: 'max-block-size', inlinesize: 'inline-size',
  mininlinesize: 'min-inline-size', maxinlinesize: 'max-inline-size', overflow: 'overflow',
};
const paddings = {
  padding: 'padding', paddingblock: 'padding-block', paddingblockstart: 'padding-block-start',
  paddingblockend: 'padding-block-end', paddinginline: 'padding-inline',
  paddinginlinestart: 'padding-inline-start', paddinginlineend: 'padding-inline-end',
};
const roles = {
  header: 'banner', footer: 'contentinfo', section: 'region', aside: 'complementary', 'ordered-list': 'list',
  'unordered-list': 'list', 'list-item': 'listitem', 'list-item-separator': 'separator', generic: null,
};

/** each reads the parts of a shorthand by a table: "none base" is "0px 1px". */
const each = (table) => (value) => value.split(/\s+/).map((v) => table[v] ?? v).join(' ');

/** Box is a component that can have ground, border and padding. */
class Box extends Component {
  static observedAttributes = boxAttributes;

  styles() {
    const [width, color, style] = this.text('border').split(/\s+/);
    const rules = [
      responsive('background', this.text('background'), each(backgrounds)),
      width && width !== 'none' && responsive('border', `${widths[width] ?? '1px'} ${style ?? 'solid'} ${borderColors[color ?? 'base']}`),
      responsive('border-width', this.text('borderwidth'), each(widths)),
      responsive('border-color', this.text('bordercolor'), each(borderColors)),
      responsive('border-style', this.text('borderstyle')),
      responsive('border-radius', this.text('borderradius'), each(radii)),
      ...Object.entries(paddings).map(([name, css]) => responsive(css, this.text(name), spaces)),
      ...Object.entries(sizes).map(([name, css]) => responsive(css, this.text(name))),
      responsive('display', this.text('display') === 'auto' ? '' : this.text('display')),
    ];
    return rules.filter(Boolean).join('\n');
  }

  wire() {
    const role = this.text('accessibilityrole');
    if (role) this.setAttribute('role', roles[role] === undefined ? role : roles[role] ?? 'generic');
    if (this.text('accessibilitylabel')) this.setAttribute('aria-label', this.text('accessibilitylabel'));
    if (this.text('accessibilityvisibility') === 'hidden') this.setAttribute('aria-hidden', 'true');
  }
}

define('box', class extends Box {});
define('query-container', class extends Component {
  static css = ':host { display: block; container-type: inline-size; min-width: 0 }';
});

define('grid', class extends Box {
  static css = ':host { display: grid; min-width: 0 }';
  static observedAttributes = [
    ...boxAttributes, 'gridtemplatecolumns', 'gridtemplaterows', 'gap', 'rowgap', 'columngap', 'alignitems',
    'justifyitems', 'justifycontent', 'aligncontent', 'placeitems',
  ];

  styles() {
    const flexible = (v) => v.replace(/(^|[\s,(])(\d*\.?\d+fr)/g, '$1minmax(0, $2)'); // a column may be narrower than its words
    return [
      super.styles(),
      responsive('grid-template-columns', this.text('gridtemplatecolumns'), flexible),
      responsive('grid-template-rows', this.text('gridtemplaterows')),
      responsive('gap', this.text('gap'), spaces),
      responsive('row-gap', this.text('rowgap'), spaces),
      responsive('column-gap', this.text('columngap'), spaces),
      responsive('align-items', this.text('alignitems')), responsive('justify-items', this.text('justifyitems')),
      responsive('justify-content', this.text('justifycontent')), responsive('align-content', this.text('aligncontent')),
      responsive('place-items', this.text('placeitems')),
    ].join('\n');
  }
});

define('grid-item', class extends Box {
  static css = ':host { display: block; min-width: 0 }';
  static observedAttributes = [...boxAttributes, 'gridcolumn', 'gridrow'];

  styles() {
    return [
      super.styles(), responsive('grid-column', this.text('gridcolumn')), responsive('grid-row', this.text('gridrow')),
    ].join('\n');
  }
});

define('stack', class extends Box {
  static css = ':host { display: flex; flex-direction: column; min-width: 0; align-items: var(--items) } ::slotted(*) { min-width: 0 }';
  static observedAttributes = [
    ...boxAttributes, 'direction', 'gap', 'rowgap', 'columngap', 'alignitems', 'justifycontent', 'aligncontent',
  ];

  styles() {
    const way = (v) => (v === 'inline' ? 'row' : 'column');
    const wraps = (v) => (v === 'inline' ? 'wrap' : 'nowrap');
    return [
      super.styles(),
      responsive('flex-direction', this.text('direction'), way), responsive('flex-wrap', this.text('direction'), wraps),
      responsive('gap', this.text('gap'), spaces),
      responsive('row-gap', this.text('rowgap'), spaces), responsive('column-gap', this.text('columngap'), spaces),
      responsive('align-items', this.text('alignitems')), responsive('justify-content', this.text('justifycontent')),
      responsive('align-content', this.text('aligncontent')),
    ].join('\n');
  }
});

define('divider', class extends Component {
  static css = `
    :host { display: block; height: 1px; background: var(--border-subdued); flex: none }
    :host([direction=block]) { width: 1px; height: auto; align-self: stretch }
    :host([color=strong]) { background: var(--border-strong) }`;
  html() { return ''; }
  wire() { this.setAttribute('role', 'separator'); if (this.text('direction') === 'block') this.setAttribute('aria-orientation', 'vertical'); }
});

define('page', class extends Component {
  static observedAttributes = ['heading', 'inlinesize'];
  static css = `
    :host { display: block; max-width: 1046px; margin: 0 auto; padding: 20px 24px 40px; color: var(--text);
      font: 450 13px/20px var(--font); font-feature-settings: "calt", "case" }
    :host([inlinesize=large]) { max-width: none }
    :host([inlinesize=small]) { max-width: 700px }
    header { display: flex; align-items: flex-start; gap: 12px; margin-bottom: 16px; min-height: 32px; flex-wrap: wrap }
    h1 { font: 650 20px/28px var(--font); letter-spacing: -.2px; flex: 1 1 0; min-width: 0; overflow-wrap: anywhere }
    .back { width: 28px; height: 28px; display: grid; place-items: center; border-radius: 8px; color: #4a4a4a; flex: none }
    .back:hover { background: #e3e3e3 } .back[hidden] { display: none }
    slot[name=breadcrumb-actions] { display: none }
    .acts { display: flex; gap: 8px; align-items: center; flex-wrap: wrap }
    .columns { display: grid; gap: 16px; align-items: start; grid-template-columns: minmax(0, 1fr) }
    .main, .aside { display: flex; flex-direction: column; gap: 16px; min-width: 0 }
    .aside { align-self: stretch }
    .aside:not(:has(slot[filled])), .acts:not(:has(slot[filled])) { display: none }
    @media (min-width: 780px) {
      .columns:has(.aside slot[filled]) { grid-template-columns: minmax(0, 2fr) minmax(0, 1fr) }
    }
    @media (max-width: 600px) {
      :host { padding: 12px 0 32px }
      header { padding: 0 16px; margin-bottom: 12px }
      .acts { width: 100%; order: 3 }
      .columns, .main, .aside { gap: 12px }
    }`;

  html() {
    return `
      <header>
        <a class="back" hidden>${icon('arrow-left')}</a>
        <slot name="breadcrumb-actions"></slot>
        <h1>${escaped(this.text('heading'))}</h1>
        <slot name="supplemental-start"></slot>
        <div class="acts"><slot name="secondary-actions"></slot><slot name="primary-action"></slot></div>
      </header>
      <div class="columns">
        <main class="main"><slot></slot></main>
        <div class="aside"><slot name="aside"></slot></div>
      </div>`;
  }

  // What comes last in a page decides of its columns: it is seen when it has been read, and does not move then.
  connectedCallback() {
    super.connectedCallback();
    if (document.readyState !== 'loading') return;
    this.style.visibility = 'hidden';
    document.addEventListener('DOMContentLoaded', () => this.style.removeProperty('visibility'), { once: true });
  }

  wire() {
    this.showBack();
    this.find('slot[name=breadcrumb-actions]').addEventListener('slotchange', () => this.showBack());
  }

  /** showBack draws the link of the slot as an arrow. The link, and then its words, are read after the page has begun. */
  showBack() {
    const link = this.querySelector(':scope > [slot=breadcrumb-actions]'), back = this.find('.back');
    back.hidden = !link?.hasAttribute('href');
    if (back.hidden) return;
    back.href = link.getAttribute('href');
    back.setAttribute('aria-label', link.textContent.trim());

    this.words?.disconnect();
    this.words = new MutationObserver(() => this.showBack());
    this.words.observe(link, { childList: true, characterData: true, subtree: true });
  }
});

define('section', class extends Component {
  static observedAttributes = ['heading', 'subheading', 'padding', 'accessibilitylabel'];
  static css = `
    :host { display: block; min-width: 0; color: var(--text); font: 450 13px/20px var(--font) }
    section { background: var(--surface); border-radius: 12px; box-shadow: var(--card); padding: 16px; min-width: 0 }
    .body { display: flex; flex-direction: column; gap: 12px; min-width: 0 }
    .head { display: flex; align-items: flex-start; gap: 8px; margin-bottom: 12px }
    .title { flex: 1; min-width: 0 }
    h2, h3, h4 { margin: 0; font: 650 14px/20px var(--font) }
    .sub { color: var(--subdued); margin-top: 2px }
    .acts { display: flex; gap: 4px; flex: none }
    .bare .acts:not(:has(slot[filled])), .bare:not(:has(slot[filled])) { display: none }
    section.flush { padding: 0; overflow: clip }
    .flush > .head { padding: 16px 16px 0 }
    .flush > .body { gap: 0 }
    section.nested { background: none; box-shadow: none; padding: 0; border-radius: 0 }
    @media (max-width: 600px) {
      section { border-radius: 0; box-shadow: 0 1px 0 rgba(0, 0, 0, .07), 0 -1px 0 rgba(0, 0, 0, .05) }
    }`;

  html() {
    const heading = this.text('heading'), sub = this.text('subheading');
    const depth = depthOf(this);
    const label = this.text('accessibilitylabel');
    const named = label ? ` aria-label="${escaped(label)}"` : heading ? ' aria-labelledby="heading"' : '';
    const classes = [this.text('padding') === 'none' && 'flush', depth > 0 && 'nested'].filter(Boolean).join(' ');
    return `
      <section class="${classes}"${named}>
        <div class="head ${heading ? '' : 'bare'}">
          <div class="title">
            ${heading ? `<h${depth + 2} id="heading">${escaped(heading)}</h${depth + 2}>` : ''}
            ${sub ? `<p class="sub">${escaped(sub)}</p>` : ''}
          </div>
          <div class="acts"><slot name="secondary-actions"></slot><slot name="primary-action"></slot><slot name="accessory"></slot></div>
        </div>
        <div class="body"><slot name="graphic"></slot><slot></slot><slot name="supplemental"></slot></div>
      </section>`;
  }
});

/** depthOf counts the sections that an element is in. */
function depthOf(element) {
  let depth = 0;
  for (let up = element.parentElement?.closest('s-section'); up; up = up.parentElement?.closest('s-section')) depth++;
  return depth;
}

define('scroll-box', class extends Box { static css = ':host { display: block; overflow: auto }'; });
