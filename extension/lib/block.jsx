import { join } from './ask.js';
import { sample, words } from './offer.js';
import { Agree } from './agree.jsx';
import { Share } from './share.jsx';
import { useAnswer, useSignal } from './use.js';

/** silent are the refusals on which a block is not there at all: there is nothing to share. */
const silent = ['no_offer', 'offer_paused', 'offer_ended', 'buyers_join'];

/**
 * Block gives a buyer their link. bought is the order of the page; undefined while Shopify does not know it yet.
 * @param {{host: any, bought?: {order?: string, confirmation?: string}, page?: string}} props page leads to friends and rewards
 */
export function Block({ host, bought, page }) {
  const editor = Boolean(host.extension.editor);
  const get = (/** @type {number} */ terms) => (editor ? Promise.resolve(sample) : join(host, bought, terms));
  const { answer, fault, told, again } = useAnswer(get, Boolean(bought) || editor);
  const settings = useSignal(host.settings) ?? {};
  if (fault !== undefined && silent.includes(fault)) return null;

  const say = host.i18n.translate;
  const { heading, text } = words(host, answer?.offer ?? told?.offer ?? sample.offer);
  if (fault === 'accept_terms') {
    return (
      <Card host={host} heading={settings.heading || heading}>
        <s-paragraph>{settings.text || text}</s-paragraph>
        <Agree host={host} told={told} agree={again} />
      </Card>
    );
  }
  if (fault !== undefined) {
    return (
      <Card host={host} heading={settings.heading || say('link.title')}>
        <s-paragraph>{say(fault === 'waiting' ? 'link.soon' : 'link.sorry')}</s-paragraph>
        <s-button variant="secondary" onClick={() => again()}>{say('buttons.retry')}</s-button>
      </Card>
    );
  }

  return (
    <Card host={host} heading={settings.heading || heading} waits={!answer}>
      {answer ? <s-paragraph>{settings.text || text}</s-paragraph> : <s-skeleton-paragraph content={settings.text || text} />}
      <Share host={host} answer={answer} />
      {editor && <s-text color="subdued" type="small">{say('link.preview')}</s-text>}
      {page && answer && <s-link href={page}>{say('link.friends')}</s-link>}
    </Card>
  );
}

/**
 * Card is a section as its page has them: account pages draw its edge by themselves, the thank-you page does not.
 * @param {{host: any, heading: string, waits?: boolean, children: any}} props
 */
function Card({ host, heading, waits, children }) {
  const title = waits ? <s-skeleton-paragraph content={heading} /> : <s-heading>{heading}</s-heading>;
  const content = <s-stack gap="base">{title}{children}</s-stack>;
  if (!host.extension.target.startsWith('purchase.')) return <s-section>{content}</s-section>;
  return <s-box border="base" borderRadius="large" padding="large">{content}</s-box>;
}
