// An offer in words, in the buyer's language. Sentences come whole from the locale files; here their values are filled in.

/** @typedef {{kind: string, amount?: string, currency?: string, percent?: string, after_order?: boolean}} Side */
/** @typedef {{friend: Side, advocate: Side, minimum?: {amount: string, currency: string}}} Offer */

/**
 * words says an offer.
 * @param {any} host
 * @param {Offer} offer
 */
export function words(host, { friend, advocate, minimum }) {
  const say = host.i18n.translate;
  const language = host.localization.extensionLanguage.value.isoCode;

  const money = ({ amount = '', currency = '' }) => {
    const whole = /^\d+(\.0*)?$/.test(amount);
    const format = new Intl.NumberFormat(language + '-u-nu-latn', {
      style: 'currency', currency, ...(whole && { minimumFractionDigits: 0 }),
    });
    return format.format(Number(amount)) + (language.startsWith('ar') ? '\u200e' : ''); // else "US$" is shown as "$US"
  };
  const percent = (/** @type {Side} */ side) =>
    new Intl.NumberFormat(language + '-u-nu-latn', { style: 'percent', maximumFractionDigits: 2 }).format(Number(side.percent) / 100);
  const sum = (/** @type {Side} */ side) => (side.percent ? percent(side) : side.amount ? money(side) : '');
  const gets = (/** @type {Side} */ side) => say('gets.' + side.kind, { amount: sum(side) });

  const bare = friend.kind === 'amount_off' && advocate.kind === 'amount_off';
  const form = friend.after_order ? '_after' : friend.kind === 'free_shipping' ? '_ship' : '';
  const rest = say('invite.rest' + form + (minimum ? '_min' : ''), { minimum: minimum && money(minimum) });

  return {
    heading: say('offer.heading', { amount: bare ? sum(friend) : gets(friend), yours: bare ? sum(advocate) : gets(advocate) }),
    text: `${say('invite.lead')} ${gets(friend)} ${rest} ${say('invite.gives', { yours: gets(advocate) })}`,
    subject: gets(friend), // account pages do not say what the shop is called
    gets,
  };
}

/** sample is what the checkout editor shows: made-up, and nothing is asked of the app there. */
export const sample = {
  advocate: { code: 'SAMPLE', link: 'https://shop.example/?ref=SAMPLE' },
  offer: /** @type {Offer} */ ({
    friend: { kind: 'amount_off', amount: '20.00', currency: 'USD' },
    advocate: { kind: 'amount_off', amount: '20.00', currency: 'USD' },
    minimum: { amount: '40.00', currency: 'USD' },
  }),
  campaign: { id: '', version: 0 },
  invite: 'https://shop.example/?ref=SAMPLE',
};
