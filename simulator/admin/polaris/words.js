// Words, and what says something at a glance: text, headings, badges, chips, banners, lists, pictures.

const toneColors = {
  info: '#003a5a', success: '#014b40', caution: '#4f4700', warning: '#5e4200', critical: '#8e0b21', neutral: '#303030',
};
const fontSizes = {
  'small-200': '11px', 'small-100': '12px', small: '12px', base: '13px', large: '14px', 'large-100': '16px',
  'large-200': '20px', 'large-300': '24px', 'large-400': '30px',
};
const fontWeights = { base: 450, medium: 550, semibold: 650, bold: 700 };

/** Words is a component of running text. */
class Words extends Component {
  static observedAttributes = [
    'color', 'tone', 'type', 'fontvariantnumeric', 'fontsize', 'fontweight', 'lineclamp', 'accessibilityvisibility',
  ];

  styles() {
    const lines = Number(this.text('lineclamp'));
    return [
      responsive('color', this.text('color') === 'subdued' ? 'var(--subdued)' : toneColors[this.text('tone')]),
      responsive('font-variant-numeric', this.text('fontvariantnumeric').replace('auto', '')),
      responsive('font-size', fontSizes[this.text('fontsize')]),
      responsive('font-weight', fontWeights[this.text('fontweight')] && String(fontWeights[this.text('fontweight')])),
      lines > 0 && `:host { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: ${lines}; overflow: hidden }`,
      this.text('accessibilityvisibility') === 'exclusive' &&
        ':host { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }',
    ].filter(Boolean).join('\n');
  }

  wire() {
    if (this.text('accessibilityvisibility') === 'hidden') this.setAttribute('aria-hidden', 'true');
  }
}

define('text', class extends Words {
  static observedAttributes = [...Words.observedAttributes, 'interestfor'];
  static css = `
    :host { display: inline }
    :host([type=strong]) { font-weight: 650 }
    :host([color=subdued]:not([type=strong])) { font-weight: 450 }
    strong, address { font: inherit; font-weight: inherit }
    :host([type=redundant]) { text-decoration: line-through }
    :host([interestfor]) span { border-bottom: 1px dotted var(--border-strong); cursor: help }`;

  // What explains itself when it is pointed at must be reached by the keyboard too.
  html() {
    const tag = { strong: 'strong', address: 'address' }[this.text('type')] ?? 'span';
    if (this.text('interestfor')) return '<span tabindex="0"><slot></slot></span>';
    return `<${tag}><slot></slot></${tag}>`;
  }
});

define('paragraph', class extends Words {
  static css = ':host { display: block; font: 450 13px/20px var(--font) } p { font: inherit }';
  html() { return '<p><slot></slot></p>'; }
});

define('heading', class extends Words {
  static css = ':host { display: block } h2, h3, h4, h5, p { margin: 0; font: 650 13px/20px var(--font) }';

  html() {
    const role = this.text('accessibilityrole');
    const tag = role && role !== 'heading' ? 'p' : `h${Math.min(depthOf(this) + 2, 5)}`;
    return `<${tag}><slot></slot></${tag}>`;
  }
});

const badgeTones = {
  info: ['#d5ebff', '#003a5a'], success: ['#affebf', '#014b40'], caution: ['#ffeb78', '#4f4700'],
  warning: ['#ffd6a4', '#5e4200'], critical: ['#fed1d7', '#8e0b21'],
};

define('badge', class extends Component {
  static observedAttributes = ['tone', 'icon', 'color', 'size'];
  static css = `
    :host { display: inline-flex; flex: none; width: fit-content }
    .badge { display: inline-flex; align-items: center; align-self: flex-start; gap: 2px; border-radius: 8px; padding: 2px 8px;
      font: 550 12px/16px var(--font); background: rgba(0, 0, 0, .06); color: #4a4a4a; white-space: nowrap }
    svg { width: 16px; height: 16px; margin-left: -4px }`;

  styles() {
    const [ground, color] = badgeTones[this.text('tone')] ?? [];
    return ground ? `.badge { background: ${ground}; color: ${color} }` : '';
  }

  html() { return `<span class="badge">${this.text('icon') ? icon(this.text('icon')) : ''}<slot></slot></span>`; }
});

define('chip', class extends Component {
  static css = `:host { display: inline-flex; align-items: center; gap: 4px; border-radius: 8px; padding: 4px 8px;
    width: fit-content; font: 550 12px/16px var(--font); background: #ebebeb; color: var(--text) }`;
  html() { return '<slot name="graphic"></slot><slot></slot>'; }
});

const bannerTones = {
  info: ['#91d0ff', '#002133', 'info'], success: ['#047b5d', '#fafffb', 'check-circle'],
  warning: ['#ffb800', '#251a00', 'alert-triangle'], critical: ['#c70a24', '#fffafb', 'alert-diamond'],
};

define('banner', class extends Component {
  static observedAttributes = ['tone', 'heading', 'dismissible', 'hidden'];
  static css = `
    :host { display: block; color: var(--text); font: 450 13px/20px var(--font) }
    .box { border-radius: 12px; overflow: clip; background: var(--surface); box-shadow: var(--card) }
    .head { display: flex; gap: 8px; align-items: center; padding: 8px 12px; font-weight: 650 }
    .head .title { flex: 1; min-width: 0 }
    .body { padding: 12px; display: flex; flex-direction: column; gap: 8px }
    .body:not(:has(slot[filled])) { display: none }
    .acts { display: flex; gap: 8px; flex-wrap: wrap }
    .acts:not(:has(slot[filled])) { display: none }
    button { all: unset; cursor: pointer; padding: 2px; border-radius: 6px }
    button:focus-visible { outline: 2px solid currentColor }
    @media (max-width: 600px) { .box { border-radius: 0 } }`;

  styles() {
    const [ground, color] = bannerTones[this.text('tone')] ?? bannerTones.info;
    return `.head { background: ${ground}; color: ${color} }`;
  }

  html() {
    const [, , sign] = bannerTones[this.text('tone')] ?? bannerTones.info;
    const close = this.is('dismissible') ? `<button type="button" aria-label="${say('dismiss')}">${icon('x')}</button>` : '';
    return `
      <div class="box" role="${this.text('tone') === 'critical' ? 'alert' : 'status'}">
        <div class="head">${icon(sign)}<span class="title">${escaped(this.text('heading'))}</span>${close}</div>
        <div class="body"><div><slot></slot></div><div class="acts"><slot name="secondary-actions"></slot></div></div>
      </div>`;
  }

  wire() {
    this.find('button')?.addEventListener('click', () => {
      this.dispatchEvent(new Event('dismiss'));
      this.hidden = true;
      this.dispatchEvent(new Event('afterhide'));
    });
  }
});

define('empty-state', class extends Component {
  static observedAttributes = ['heading'];
  static css = `:host { display: grid; justify-items: center; gap: 8px; padding: 24px 16px 20px; text-align: center }
    h2 { font: 650 14px/20px var(--font) }`;
  html() {
    return `<slot name="graphic"></slot><h2>${escaped(this.text('heading'))}</h2><slot name="subheading"></slot><slot></slot>
      <slot name="primary-action"></slot><slot name="secondary-actions"></slot>`;
  }
});

class List extends Component {
  static css = ':host { display: block } div { display: flex; flex-direction: column; gap: 4px; counter-reset: item }';
  html() { return '<div role="list"><slot></slot></div>'; }
}

define('unordered-list', class extends List {});
define('ordered-list', class extends List {});
define('list-item', class extends Component {
  static css = `
    :host { display: grid; grid-template-columns: 20px minmax(0, 1fr); counter-increment: item;
      font: 450 13px/20px var(--font) }
    .mark::before { content: '•' }`;
  styles() { return this.closest('s-ordered-list') ? ".mark::before { content: counter(item) '.' }" : ''; }
  html() { return '<span class="mark" aria-hidden="true"></span><div><slot></slot></div>'; }
  wire() { this.setAttribute('role', 'listitem'); }
});

define('spinner', class extends Component {
  static observedAttributes = ['accessibilitylabel', 'size'];
  static css = `:host { display: inline-block } svg { animation: turn 1s linear infinite }
    @keyframes turn { to { transform: rotate(360deg) } }`;
  html() {
    const label = escaped(this.text('accessibilitylabel') || say('loading'));
    return `<span role="img" aria-label="${label}"><svg viewBox="0 0 20 20" aria-hidden="true"><path d="M10 3a7 7 0 1 1-7 7"/></svg></span>`;
  }
});

class Picture extends Component {
  static observedAttributes = ['src', 'alt', 'initials', 'size'];
  static css = `:host { display: inline-grid; place-items: center; width: 40px; height: 40px; border-radius: 8px; overflow: clip;
    background: #e3e3e3; color: #4a4a4a; font: 650 12px/1 var(--font) } img { width: 100%; height: 100%; object-fit: cover }`;
  html() {
    if (this.text('src')) return `<img src="${escaped(this.text('src'))}" alt="${escaped(this.text('alt'))}">`;
    return `<span aria-hidden="true">${escaped(this.text('initials'))}</span>`;
  }
}

define('thumbnail', class extends Picture {});
define('avatar', class extends Picture {});
define('image', class extends Picture {
  static css = ':host { display: block } img { max-width: 100%; display: block }';
});

/** say is one of the few words of the components' own, in the page's language. */
function say(key) {
  const words = {
    en: { dismiss: 'Dismiss', close: 'Close', loading: 'Loading', previous: 'Previous page', next: 'Next page', clear: 'Clear', pages: 'Pages' },
    de: { dismiss: 'Ausblenden', close: 'Schließen', loading: 'Wird geladen', previous: 'Vorherige Seite', next: 'Nächste Seite', clear: 'Leeren', pages: 'Seiten' },
  };
  return (words[document.documentElement.lang.slice(0, 2)] ?? words.en)[key];
}
