// Fields of forms. Each is one control of the browser's with its label, form-associated, so that forms send its value.
// Nothing is checked here: Shopify's fields check nothing by themselves either, the app says what is wrong.

const fieldStyle = `
  :host { display: block; min-width: 0; color: var(--text); font: 450 13px/20px var(--font) }
  .field { display: flex; flex-direction: column; gap: 4px; min-width: 0 }
  .box { display: flex; align-items: center; gap: 4px; min-height: 32px; border-radius: 8px; padding: 0 12px; min-width: 0;
    background: #fdfdfd; box-shadow: 0 0 0 1px #8a8a8a inset }
  .box:focus-within { box-shadow: 0 0 0 1px #303030 inset, 0 0 0 2px var(--focus) }
  .box:has([disabled]) { background: #f2f2f2; box-shadow: 0 0 0 1px #ebebeb inset; color: var(--subdued) }
  .box.wrong { background: #fee8eb; box-shadow: 0 0 0 1px var(--critical) inset }
  .box svg { color: #4a4a4a }
  .fix { color: var(--subdued); white-space: nowrap; flex: none }
  input, textarea, select { all: unset; flex: 1; min-width: 0; width: 100%; font: inherit; line-height: 20px; padding: 6px 0; color: inherit;
    font-variant-numeric: tabular-nums; cursor: text }
  textarea { white-space: pre-wrap; overflow-wrap: anywhere; resize: vertical; overflow: auto }
  select { cursor: pointer; padding-right: 24px; margin-right: -26px; text-overflow: ellipsis }
  option { color: #303030; background: #fff }
  ::placeholder { color: var(--subdued); opacity: 1 }
  input[type=number] { appearance: textfield } ::-webkit-inner-spin-button, ::-webkit-search-cancel-button { appearance: none; display: none }
  .details { color: var(--subdued); font-size: 12px; line-height: 16px }
  .error { color: var(--critical); display: flex; gap: 4px; align-items: flex-start }
  .error svg { width: 16px; height: 16px; margin-top: 2px }
  slot[name]:not([filled]) { display: none }`;

/** Field is a component that forms send. */
class Field extends Component {
  static formAssociated = true;
  static delegatesFocus = true;
  static css = fieldStyle;
  static observedAttributes = [
    'label', 'details', 'error', 'disabled', 'readonly', 'required', 'placeholder', 'value', 'checked', 'name', 'prefix', 'suffix',
    'icon', 'min', 'max', 'step', 'minlength', 'maxlength', 'rows', 'currencycode', 'labelaccessibilityvisibility', 'indeterminate',
  ];

  constructor() {
    super();
    this.internals = this.attachInternals();
  }

  get form() { return this.internals.form; }
  get name() { return this.text('name'); }
  set name(name) { this.setAttribute('name', name); }
  get control() { return this.find('input, textarea, select'); }
  get value() { return this.control?.value ?? this.text('value'); }
  set value(value) {
    if (this.control) this.control.value = value ?? '';
    this.send();
  }

  // What is typed stays when anything but the value changes.
  attributeChangedCallback(name, before, now) {
    if (!this.drawn || before === now) return;
    const typed = name === 'value' || name === 'checked' ? undefined : this.kept();
    this.draw();
    if (typed !== undefined) this.restore(typed);
  }

  kept() { return this.control?.value; }
  restore(typed) { this.value = typed; }
  formResetCallback() { this.draw(); }
  formDisabledCallback(off) { if (this.control) this.control.disabled = off || this.is('disabled'); }

  /** send tells the form what the field holds. */
  send() { this.internals.setFormValue(this.control?.value ?? ''); }

  /** labelled is the field around its control. */
  labelled(control, box = 'box') {
    const hidden = this.text('labelaccessibilityvisibility') === 'exclusive';
    const label = this.text('label') ? `<label for="control" class="${hidden ? 'unseen' : ''}">${escaped(this.text('label'))}</label>` : '';
    return `<div class="field">${label}<div class="${box} ${this.text('error') ? 'wrong' : ''}">${control}</div>${this.notes()}</div>`;
  }

  /** notes are what stands below: details, and what is wrong. */
  notes() {
    const details = this.text('details'), error = this.text('error');
    return (error ? `<div class="error" id="error">${icon('alert-circle')}<span>${escaped(error)}</span></div>` : '') +
      (details ? `<div class="details" id="details">${escaped(details)}</div>` : '') +
      '<slot name="error"></slot><slot name="details"></slot>';
  }

  /** attributesOf are the attributes of the control. */
  attributesOf(...names) {
    const described = [this.text('error') && 'error', this.text('details') && 'details'].filter(Boolean).join(' ');
    const label = this.text('accessibilitylabel');
    return [
      'id="control"',
      ...names.filter((n) => this.hasAttribute(n)).map((n) => `${n}="${escaped(this.text(n))}"`),
      this.is('disabled') && 'disabled', this.is('readonly') && 'readonly', this.is('required') && 'aria-required="true"',
      this.text('error') && 'aria-invalid="true"', described && `aria-describedby="${described}"`,
      label && `aria-label="${escaped(label)}"`,
    ].filter(Boolean).join(' ');
  }

  wire() {
    const control = this.control;
    if (!control) return;
    control.addEventListener('input', () => this.send());
    control.addEventListener('change', () => {
      this.send();
      this.dispatchEvent(new Event('change', { bubbles: true })); // the control's own does not leave the shadow root
    });
    control.addEventListener('keydown', (e) => {
      if (e.key === 'Enter' && control.localName === 'input') this.form?.requestSubmit();
    });
    this.send();
  }
}
Field.reflect('disabled');

const texts = ['placeholder', 'minlength', 'maxlength', 'autocomplete', 'value'];
const numbers = ['placeholder', 'min', 'max', 'value'];
const kinds = {
  'text-field': ['text', texts], 'email-field': ['email', texts], 'url-field': ['url', texts],
  'password-field': ['password', texts], 'search-field': ['search', texts], 'number-field': ['number', numbers],
  'money-field': ['number', numbers], 'date-field': ['date', ['min', 'max', 'value']], 'color-field': ['text', texts],
};

/** symbolOf is how a currency is written in the page's language. */
function symbolOf(currency) {
  try {
    const format = new Intl.NumberFormat(document.documentElement.lang || 'en', {
      style: 'currency', currency, currencyDisplay: 'narrowSymbol',
    });
    return format.formatToParts(0).find((p) => p.type === 'currency').value;
  } catch {
    return currency;
  }
}

for (const [name, [type, attributes]] of Object.entries(kinds)) {
  define(name, class extends Field {
    html() {
      const sign = this.text('icon') || (type === 'search' ? 'search' : '');
      const before = name === 'money-field' && this.text('currencycode') ? symbolOf(this.text('currencycode')) : this.text('prefix');
      const step = type === 'number' ? ` step="${escaped(this.text('step') || 'any')}"` : '';
      return this.labelled(
        (sign ? icon(sign) : '') + (before ? `<span class="fix">${escaped(before)}</span>` : '') +
        `<input type="${type}" ${this.attributesOf(...attributes)}${step}>` +
        (this.text('suffix') ? `<span class="fix">${escaped(this.text('suffix'))}</span>` : '') + '<slot name="accessory"></slot>',
      );
    }
  });
}

define('text-area', class extends Field {
  html() {
    const rows = escaped(this.text('rows', '2'));
    return this.labelled(`<textarea rows="${rows}" ${this.attributesOf('placeholder', 'minlength', 'maxlength')}>${escaped(this.text('value'))}</textarea>`);
  }
});

/** Chooser is a field whose choices stand in it as elements, which may come after it. */
class Chooser extends Field {
  connectedCallback() {
    super.connectedCallback();
    this.watch ??= new MutationObserver(() => this.draw());
    this.watch.observe(this, { childList: true, subtree: true, characterData: true });
  }

  disconnectedCallback() { this.watch?.disconnect(); }
}

define('select', class extends Chooser {
  get value() { return this.control?.value ?? this.text('value'); }
  set value(value) {
    if (this.control) this.control.value = value;
    this.send();
  }

  html() {
    const option = (o) => {
      const value = o.getAttribute('value') ?? o.textContent.trim();
      const chosen = this.hasAttribute('value') ? this.text('value') === value : o.hasAttribute('selected');
      return `<option value="${escaped(value)}"${chosen ? ' selected' : ''}${o.hasAttribute('disabled') ? ' disabled' : ''}>${escaped(o.textContent.trim())}</option>`;
    };
    const group = (g) => `<optgroup label="${escaped(g.getAttribute('label'))}">${[...g.children].map(option).join('')}</optgroup>`;
    const placeholder = this.text('placeholder') ? `<option value="">${escaped(this.text('placeholder'))}</option>` : '';
    const options = [...this.children].map((c) => ({ 's-option': option, 's-option-group': group })[c.localName]?.(c) ?? '');
    return this.labelled(
      (this.text('icon') ? icon(this.text('icon')) : '') +
      `<select ${this.attributesOf()}>${placeholder}${options.join('')}</select>${icon('select')}`,
    );
  }
});

const tickStyle = `
  ${fieldStyle}
  .choice { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 2px 8px; align-items: start; cursor: pointer }
  .choice input { flex: none; width: 18px; height: 18px; margin: 1px 0; padding: 0; background: #fdfdfd; cursor: pointer;
    box-shadow: 0 0 0 1px #8a8a8a inset }
  .choice input:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px }
  input[type=radio] { border-radius: 50% } input[type=radio]:checked { box-shadow: 0 0 0 5px #303030 inset }
  input[type=checkbox] { border-radius: 4px }
  input[type=checkbox]:checked, input[type=checkbox]:indeterminate { background: #303030 center no-repeat; box-shadow: none }
  input[type=checkbox]:checked { background-image: url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 18 18'%3E%3Cpath d='M4.5 9.2l3 3 6-6.4' fill='none' stroke='white' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E") }
  input[type=checkbox]:indeterminate { background-image: url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 18 18'%3E%3Cpath d='M5 9h8' stroke='white' stroke-width='2' stroke-linecap='round'/%3E%3C/svg%3E") }
  .choice input[role=switch] { width: 32px; height: 20px; margin: 0; border-radius: 10px; box-shadow: none;
    background: radial-gradient(circle at 10px 10px, #fff 7px, transparent 7.5px) #8a8a8a }
  .choice input[role=switch]:checked { background: radial-gradient(circle at 22px 10px, #fff 7px, transparent 7.5px) #303030 }
  input[disabled] { opacity: .5; cursor: default }
  .choice .details, .choice + .error { grid-column: 2 }`;

/** Tick is a field that is on or off. */
class Tick extends Field {
  static css = tickStyle;
  static role = '';

  get checked() { return this.control ? this.control.checked : this.is('checked'); }
  set checked(on) {
    if (this.control) this.control.checked = Boolean(on);
    this.send();
  }
  get indeterminate() { return Boolean(this.control?.indeterminate); }
  set indeterminate(on) { if (this.control) this.control.indeterminate = Boolean(on); }
  get value() { return this.text('value', 'on'); }

  kept() { return this.control?.checked; }
  restore(on) { this.checked = on; }
  send() { this.internals.setFormValue(this.checked ? this.value : null); }

  html() {
    const { role } = this.constructor;
    const hidden = this.text('labelaccessibilityvisibility') === 'exclusive';
    const words = this.text('label') && !hidden ? `<span>${escaped(this.text('label'))}</span>` : '';
    const label = hidden && !this.text('accessibilitylabel') ? ` aria-label="${escaped(this.text('label'))}"` : '';
    return `<div class="field"><label class="choice">
      <input type="checkbox"${role ? ` role="${role}"` : ''} ${this.attributesOf()}${label}${this.is('checked') ? ' checked' : ''}>${words}
      ${this.text('details') ? `<span class="details" id="details">${escaped(this.text('details'))}</span>` : ''}</label>
      ${this.text('error') ? `<div class="error" id="error">${icon('alert-circle')}<span>${escaped(this.text('error'))}</span></div>` : ''}
      <slot name="error"></slot><slot name="details"></slot></div>`;
  }

  wire() {
    super.wire();
    if (this.is('indeterminate')) this.control.indeterminate = true;
  }
}

define('checkbox', class extends Tick {});
define('switch', class extends Tick { static role = 'switch'; });

define('choice-list', class extends Chooser {
  static css = `${tickStyle}
    fieldset { display: flex; flex-direction: column; gap: 8px } legend { padding: 0; margin-bottom: 4px; float: left; width: 100% }`;

  get inputs() { return [...this.root.querySelectorAll('input')]; }
  get values() { return this.inputs.filter((i) => i.checked).map((i) => i.value); }
  set values(values) {
    for (const i of this.inputs) i.checked = values.includes(i.value);
    this.send();
  }
  get value() { return this.values[0] ?? ''; }
  get control() { return null; }
  kept() { return this.values; }
  restore(values) { this.values = values; }

  send() {
    const sent = new FormData();
    for (const value of this.values) sent.append(this.name, value);
    this.internals.setFormValue(sent);
  }

  html() {
    const type = this.is('multiple') ? 'checkbox' : 'radio';
    const hidden = this.text('labelaccessibilityvisibility') === 'exclusive';
    const choices = [...this.querySelectorAll(':scope > s-choice')].map((c, i) => {
      const isDetails = (n) => n.nodeType === Node.ELEMENT_NODE && n.getAttribute('slot') === 'details';
      const words = [...c.childNodes].filter((n) => !n.slot).map((n) => n.outerHTML ?? escaped(n.data)).join('').trim();
      const details = [...c.childNodes].filter(isDetails).map((n) => n.innerHTML).join(' ');
      return `<label class="choice"><input type="${type}" name="choice" value="${escaped(c.getAttribute('value'))}"
        ${c.hasAttribute('selected') ? 'checked' : ''} ${c.hasAttribute('disabled') || this.is('disabled') ? 'disabled' : ''}
        ${details ? `aria-describedby="details-${i}"` : ''}><span>${words}</span>
        ${details ? `<span class="details" id="details-${i}">${details}</span>` : ''}</label>`;
    });
    return `<fieldset${this.text('error') ? ' aria-describedby="error"' : ''}><legend class="${hidden ? 'unseen' : ''}">${escaped(this.text('label'))}</legend>${choices.join('')}</fieldset>${this.notes()}`;
  }

  wire() {
    for (const input of this.inputs) {
      input.addEventListener('change', () => {
        this.send();
        this.dispatchEvent(new Event('change', { bubbles: true }));
      });
    }
    this.send();
  }
});

for (const part of ['option', 'option-group', 'choice']) define(part, class extends Component {});
