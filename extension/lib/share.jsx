import { useState } from 'preact/hooks';
import { count } from './ask.js';
import { words } from './offer.js';

const encode = encodeURIComponent;

/** ways are the links by which a text is sent, by channel. */
const ways = {
  whatsapp: (/** @type {string} */ text) => 'https://wa.me/?text=' + encode(text),
  email: (/** @type {string} */ text, /** @type {string} */ subject) => `mailto:?subject=${encode(subject)}&body=${encode(text)}`,
  sms: (/** @type {string} */ text) => 'sms:?&body=' + encode(text), // iOS and Android each read one of the two marks
};

/**
 * Copy is a button that copies a text, and says so. Without a text it waits.
 * @param {{host: any, text?: string, inlineSize?: 'fill', onCopy?: () => void}} props
 */
function Copy({ host, text = '', inlineSize, onCopy }) {
  const [copied, setCopied] = useState(false);
  const id = 'friends-' + text.replace(/\W/g, '-');
  const done = () => {
    setCopied(true);
    onCopy?.();
  };

  return (
    <>
      <s-button variant="primary" inlineSize={inlineSize} command="--copy" commandFor={id} loading={!text}>
        {host.i18n.translate(copied ? 'shared.copied' : 'buttons.copy')}
      </s-button>
      <s-clipboard-item id={id} text={text} onCopy={done} />
    </>
  );
}

/**
 * Code is a discount code, and what copies it.
 * @param {{host: any, code: string}} props
 */
export function Code({ host, code }) {
  return (
    <s-grid gridTemplateColumns="1fr auto" gap="small" alignItems="end">
      <s-text-field label={host.i18n.translate('page.code')} value={code} readOnly />
      <Copy host={host} text={code} />
    </s-grid>
  );
}

/**
 * Share is the link, what copies it, and the ways to send it: in one row, or two by two. Without an answer it keeps its place.
 * @param {{host: any, answer?: any}} props
 */
export function Share({ host, answer }) {
  const say = host.i18n.translate;
  const link = answer?.advocate.link ?? '';
  const subject = answer && words(host, answer.offer).subject;
  const tell = (/** @type {string} */ channel) => answer.campaign.id && count(host, answer, channel);

  return (
    <s-query-container>
      <s-stack gap="small">
        <s-text-field label={say('link.title')} value={link.replace(/^https?:\/\//, '')} readOnly disabled={!answer} />
        <s-grid gridTemplateColumns="@container (inline-size > 440px) 1fr 1fr 1fr 1fr, 1fr 1fr" gap="small">
          <Copy host={host} text={link} inlineSize="fill" onCopy={() => tell('copy')} />
          {Object.entries(ways).map(([channel, way]) => (
            <s-button key={channel} variant="secondary" inlineSize="fill" target="_blank" disabled={!answer}
              href={answer && way(answer.invite, subject)} onClick={() => tell(channel)}>
              {say('link.' + channel)}
            </s-button>
          ))}
        </s-grid>
      </s-stack>
    </s-query-container>
  );
}
