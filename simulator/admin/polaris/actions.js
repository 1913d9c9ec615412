// What is pressed: buttons, links, chips, clickables, and the commands by which they open and close other things.

/** Pressable is a component with a link or a button in it. */
class Pressable extends Component {
  static formAssociated = true;
  static delegatesFocus = true;
  static observedAttributes = [
    'href', 'target', 'download', 'disabled', 'loading', 'variant', 'tone', 'icon', 'accessibilitylabel', 'pressed',
    'color', 'inlinesize', 'type',
  ];

  constructor() {
    super();
    this.internals = this.attachInternals();
    this.addEventListener('click', (e) => this.act(e));
  }

  get form() { return this.internals.form; }
  get type() { return this.text('type', 'button'); }

  /** inner is what is pressed, with its classes and contents. */
  inner(classes, contents) {
    const label = this.text('accessibilitylabel');
    const named = label ? ` aria-label="${escaped(label)}"` : '';
    const href = this.text('href');
    if (href && !this.is('disabled')) {
      const target = this.text('target') && this.text('target') !== 'auto' ? ` target="${escaped(this.text('target'))}"` : '';
      const download = this.hasAttribute('download') ? ` download="${escaped(this.text('download'))}"` : '';
      return `<a class="${classes}" href="${escaped(href)}"${target}${download}${named}${this.states()}>${contents}</a>`;
    }
    const off = this.is('disabled') || this.is('loading') ? ' disabled' : '';
    return `<button type="button" class="${classes}"${off}${named}${this.states()}${this.is('loading') ? ' aria-busy="true"' : ''}>${contents}</button>`;
  }

  /** states are further attributes of what is pressed. */
  states() { return ''; }

  /** act does what a press is for, unless the page has prevented it. */
  act(event) {
    if (this.is('disabled') || this.is('loading')) {
      event.stopImmediatePropagation();
      return;
    }
    obey(this);
    queueMicrotask(() => {
      if (event.defaultPrevented || this.text('href')) return;
      if (this.type === 'submit') this.form?.requestSubmit();
      if (this.type === 'reset') this.form?.reset();
    });
  }
}
Pressable.reflect('disabled', 'loading');

/** obey carries out the command of what was pressed. Source: shopify.dev, Polaris web components, command. */
function obey(element) {
  const target = document.getElementById(element.getAttribute('commandfor') ?? '');
  if (!target) return;

  const command = element.getAttribute('command') ?? '--auto';
  if (command === '--copy') navigator.clipboard?.writeText(target.getAttribute('text') ?? target.textContent.trim()).catch(() => {});
  else if (command === '--hide') target.hideOverlay?.(element);
  else if (command === '--show') target.showOverlay?.(element);
  else target.toggleOverlay?.(element);
}

class Button extends Pressable {
  static css = `
    :host { display: inline-flex; max-width: 100% }
    :host([inlinesize=fill]) { display: flex; width: 100% }
    :host([inlinesize=fill]) .b { width: 100% }
    .b { all: unset; display: inline-flex; align-items: center; justify-content: var(--align, center); gap: 4px; min-height: 28px;
      box-sizing: border-box; width: var(--fill, auto); padding: 4px 12px; border-radius: 8px; cursor: pointer; white-space: nowrap;
      font: 550 12px/16px var(--font); color: #303030; background: #fff;
      box-shadow: var(--edge, 0 -1px 0 #b5b5b5 inset, 0 0 0 1px rgba(0, 0, 0, .1) inset, 0 .5px 0 1.5px #fff inset) }
    .b:hover { background: #fafafa }
    .b:active { background: #f1f1f1; box-shadow: 0 0 0 1px rgba(0, 0, 0, .2) inset }
    .b:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px }
    .b svg { width: 18px; height: 18px; margin-left: -4px }
    .b:not(:has(slot[filled])) { padding: 0; width: 28px } .b:not(:has(slot[filled])) svg { margin: 0 }
    .primary { color: #fff; background: linear-gradient(180deg, rgba(48, 48, 48, 0) 63.53%, rgba(255, 255, 255, .15) 100%), #303030;
      box-shadow: 0 -1px 0 1px rgba(0, 0, 0, .8) inset, 0 0 0 1px #303030 inset, 0 .5px 0 1.5px rgba(255, 255, 255, .25) inset }
    .primary:hover, .primary:active { background: #1a1a1a }
    .tertiary { background: none; box-shadow: none }
    .tertiary:hover { background: #ebebeb }
    .critical { color: var(--critical) }
    .primary.critical { color: #fff; background: #c70a24; box-shadow: 0 -1px 0 1px #8e0b21 inset }
    .pressed { background: #ebebeb; box-shadow: 0 1px 1px rgba(0, 0, 0, .2) inset, 0 0 0 1px rgba(0, 0, 0, .1) inset }
    .b[disabled] { cursor: default; color: #b5b5b5; background: #f2f2f2; box-shadow: none }
    @media (max-width: 600px) { .b { min-height: 32px } .b:not(:has(slot[filled])) { width: 32px } }`;

  html() {
    const sign = this.text('icon') ? icon(this.text('icon')) : '';
    return this.inner(`b ${this.text('variant')} ${this.text('tone')} ${this.is('pressed') ? 'pressed' : ''}`, `${sign}<slot></slot>`);
  }
}

define('button', class extends Button {});
define('press-button', class extends Button {
  states() { return ` aria-pressed="${this.is('pressed')}"`; }
});
Button.reflect('pressed');

define('button-group', class extends Component {
  static observedAttributes = ['gap', 'accessibilitylabel'];
  static css = `
    :host { display: inline-flex }
    div { display: inline-flex; flex-wrap: wrap; gap: 8px }
    div.joined { gap: 2px; flex-wrap: nowrap }`;
  html() {
    const label = this.text('accessibilitylabel');
    return `<div role="group" class="${this.text('gap') === 'none' ? 'joined' : ''}"${label ? ` aria-label="${escaped(label)}"` : ''}>
      <slot></slot><slot name="secondary-actions"></slot><slot name="primary-action"></slot></div>`;
  }
});

define('link', class extends Pressable {
  static css = `
    :host { display: inline }
    .l { all: unset; cursor: pointer; color: var(--link); text-decoration: underline; font: inherit }
    .l:hover { text-decoration: none }
    .l:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; border-radius: 2px }
    .neutral { color: inherit } .critical { color: var(--critical) }`;
  html() { return this.inner(`l ${this.text('tone')}`, '<slot></slot>'); }
});

define('clickable-chip', class extends Pressable {
  static css = `
    :host { display: inline-flex }
    .c { all: unset; cursor: pointer; display: inline-flex; align-items: center; gap: 4px; border-radius: 8px; padding: 6px 10px;
      font: 550 12px/16px var(--font); color: #4a4a4a; white-space: nowrap; background: transparent }
    .c:hover { background: #f1f1f1 }
    .c:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px }
    .strong { background: #ebebeb; color: #303030 }
    .base { background: rgba(0, 0, 0, .06) }`;
  html() { return this.inner(`c ${this.text('color')}`, '<slot name="graphic"></slot><slot></slot>'); }
  states() { return this.text('color') === 'strong' && this.text('href') ? ' aria-current="true"' : ''; }
});

define('clickable', class extends Pressable {
  static observedAttributes = [...Pressable.observedAttributes, ...boxAttributes];
  static css = `
    :host { display: block; min-width: 0 }
    .k { all: unset; display: block; box-sizing: border-box; width: 100%; cursor: pointer; color: inherit; border-radius: inherit }
    :host(:hover) { background: #f7f7f7 }
    .k:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px }`;
  styles() { return Box.prototype.styles.call(this); }
  html() { return this.inner('k', '<slot></slot>'); }
});
