// What lies over the page: modals, popovers, menus, tooltips.

/** Overlay is a component that is shown and hidden by commands, by its methods, and by shopify.modal. */
class Overlay extends Component {
  static observedAttributes = ['heading', 'accessibilitylabel', 'size', 'padding'];

  get dialog() { return this.find('dialog'); }

  showOverlay() {
    if (this.dialog.open) return;
    this.dispatchEvent(new Event('show'));
    this.open();
    this.dispatchEvent(new Event('aftershow'));
  }

  hideOverlay() { if (this.dialog.open) this.dialog.close(); }
  toggleOverlay(by) { if (this.dialog.open) this.hideOverlay(); else this.showOverlay(by); }
  show() { this.showOverlay(); }
  hide() { this.hideOverlay(); }

  wire() {
    this.dialog.addEventListener('close', () => {
      this.dispatchEvent(new Event('hide'));
      this.dispatchEvent(new Event('afterhide'));
    });
  }
}

define('modal', class extends Overlay {
  static css = `
    :host { display: contents }
    dialog { border: 0; padding: 0; width: min(620px, calc(100vw - 32px)); max-height: calc(100vh - 32px); border-radius: 16px;
      background: var(--surface); color: var(--text); box-shadow: 0 20px 20px -8px rgba(26, 26, 26, .28);
      font: 450 13px/20px var(--font) }
    dialog[open] { display: flex; flex-direction: column }
    dialog::backdrop { background: rgba(0, 0, 0, .4) }
    :host([size^=large]) dialog { width: min(980px, calc(100vw - 32px)) }
    :host([size^=small]) dialog { width: min(380px, calc(100vw - 32px)) }
    header { display: flex; align-items: center; gap: 8px; padding: 12px 16px; background: #f3f3f3; flex: none }
    h2 { font: 650 14px/20px var(--font); flex: 1 }
    header button { all: unset; cursor: pointer; padding: 4px; border-radius: 8px }
    header button:focus-visible { outline: 2px solid var(--focus) }
    .body { padding: 16px; overflow: auto; display: flex; flex-direction: column; gap: 12px }
    :host([padding=none]) .body { padding: 0 }
    footer { display: flex; justify-content: flex-end; gap: 8px; padding: 12px 16px; border-top: 1px solid var(--border-subdued); flex: none }
    footer:not(:has(slot[filled])) { display: none }
    @media (max-width: 600px) {
      dialog { width: 100vw !important; max-width: none; margin: auto 0 0; border-radius: 16px 16px 0 0 }
    }`;

  html() {
    const heading = this.text('heading') || this.text('accessibilitylabel');
    return `
      <dialog aria-labelledby="heading">
        <header><h2 id="heading">${escaped(heading)}</h2>
          <button type="button" aria-label="${say('close')}">${icon('x')}</button></header>
        <div class="body"><slot></slot></div>
        <footer><slot name="secondary-actions"></slot><slot name="primary-action"></slot></footer>
      </dialog>`;
  }

  open() {
    this.dialog.showModal();
    const body = this.find('.body'); // what scrolls must be reached by the keyboard
    body.toggleAttribute('tabindex', false);
    if (body.scrollHeight > body.clientHeight) body.setAttribute('tabindex', '0');
  }

  wire() {
    super.wire();
    this.find('header button').addEventListener('click', () => this.hideOverlay());
    this.dialog.addEventListener('click', (e) => { if (e.composedPath()[0] === this.dialog) this.hideOverlay(); });
  }
});

/** Popover hangs at what has opened it, over everything else; a press elsewhere or Escape closes it. */
class Popover extends Component {
  static observedAttributes = ['accessibilitylabel', 'heading'];
  static css = `
    :host { display: contents }
    [popover] { position: fixed; inset: auto; margin: 0; border: 0; padding: 8px; min-width: 160px; max-width: 320px; border-radius: 12px;
      background: var(--surface); color: var(--text); box-shadow: 0 8px 16px -4px rgba(26, 26, 26, .22), 0 0 0 1px rgba(0, 0, 0, .08);
      font: 450 13px/20px var(--font); max-height: 60vh; overflow: auto }
    [popover]:popover-open { display: flex; flex-direction: column; gap: 2px }`;

  get panel() { return this.find('[popover]'); }

  html() {
    const label = this.text('accessibilitylabel') || this.text('heading');
    return `<div popover="auto" role="group" aria-label="${escaped(label)}"><slot></slot></div>`;
  }

  showOverlay(by) {
    this.dispatchEvent(new Event('show'));
    this.panel.showPopover();
    place(this.panel, by ?? this);
    this.dispatchEvent(new Event('aftershow'));
  }

  hideOverlay() { this.panel.hidePopover(); }

  // A press on what has opened it has closed it already when the press becomes a click.
  toggleOverlay(by) {
    if (this.panel.matches(':popover-open')) this.hideOverlay();
    else if (performance.now() - (this.closedAt ?? -1000) > 200) this.showOverlay(by);
  }

  wire() {
    this.panel.addEventListener('toggle', ({ newState }) => {
      if (newState !== 'closed') return;
      this.closedAt = performance.now();
      this.dispatchEvent(new Event('hide'));
      this.dispatchEvent(new Event('afterhide'));
    });
  }
}

/** place puts what is open below what it is about, or above where there is no room. */
function place(open, about) {
  const { left, bottom, top } = about.getBoundingClientRect(), { width, height } = open.getBoundingClientRect();
  open.style.left = Math.max(8, Math.min(left, innerWidth - width - 8)) + 'px';
  open.style.top = (bottom + 6 + height < innerHeight ? bottom + 6 : Math.max(8, top - height - 6)) + 'px';
}

define('popover', class extends Popover {});
define('menu', class extends Popover {
  static css = `${Popover.css} ::slotted(*) { --align: flex-start; --fill: 100%; --edge: none; display: flex }`;

  wire() {
    super.wire();
    this.addEventListener('click', () => this.hideOverlay());
  }
});

define('tooltip', class extends Component {
  static css = `
    :host { position: fixed; inset: auto; margin: 0; border: 0; max-width: 260px; padding: 6px 10px; border-radius: 8px;
      background: var(--surface); color: var(--text); font: 450 12px/16px var(--font); pointer-events: none;
      box-shadow: 0 8px 16px -4px rgba(26, 26, 26, .22), 0 0 0 1px rgba(0, 0, 0, .08) }
    :host(:not(:popover-open)) { display: none }`;

  wire() {
    this.setAttribute('role', 'tooltip');
    this.popover = 'manual';
  }

  showAt(about) {
    about.shadowRoot?.querySelector('[tabindex]')?.setAttribute('aria-description', this.textContent.trim());
    this.showPopover();
    place(this, about);
  }

  hideAway() { if (this.matches(':popover-open')) this.hidePopover(); }
});

/** explainer is the tooltip of what an event is about. */
function explainer(event) {
  const about = event.target.closest?.('[interestfor]');
  const tooltip = about && document.getElementById(about.getAttribute('interestfor'));
  return tooltip?.showAt ? [tooltip, about] : [];
}

for (const type of ['mouseover', 'focusin']) {
  document.addEventListener(type, (e) => {
    const [tooltip, about] = explainer(e);
    if (tooltip && !tooltip.matches(':popover-open')) tooltip.showAt(about);
  });
}
for (const type of ['mouseout', 'focusout']) document.addEventListener(type, (e) => explainer(e)[0]?.hideAway());
document.addEventListener('keydown', (e) => {
  if (e.key === 'Escape') document.querySelectorAll('s-tooltip:popover-open').forEach((t) => t.hideAway());
});
