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
 * Copied is a text that cannot be changed, and what copies it. Without a text it keeps its place.
 * @param {{host: any, label: string, text?: string, onCopy?: () => void}} props
 */
export function Copied({ host, label, text = '', onCopy }) {
  const say = host.i18n.translate;
  const [copied, setCopied] = useState(false);
  const id = 'friends-' + text.replace(/\W/g, '-');
  const done = () => {
    setCopied(true);
    onCopy?.();
  };

  return (
    <s-grid gridTemplateColumns="1fr auto" gap="small" alignItems="end">
      <s-text-field label={label} value={text} readOnly disabled={!text} />
      <s-button variant="primary" command="--copy" commandFor={id} loading={!text}>
        {say(copied ? 'shared.copied' : 'buttons.copy')}
      </s-button>
      <s-clipboard-item id={id} text={text} onCopy={done} />
    </s-grid>
  );
}

/**
 * Share is the link, what copies it, and the ways to send it.
 * @param {{host: any, answer?: any}} props
 */
export function Share({ host, answer }) {
  const say = host.i18n.translate;
  const subject = answer && words(host, answer.offer).subject;
  const tell = (/** @type {string} */ channel) => answer.campaign.id && count(host, answer, channel);

  return (
    <s-stack gap="small">
      <Copied host={host} label={say('link.title')} text={answer?.advocate.link} onCopy={() => tell('copy')} />
      <s-grid gridTemplateColumns="1fr 1fr 1fr" gap="small">
        {Object.entries(ways).map(([channel, way]) => (
          <s-button key={channel} variant="secondary" inlineSize="fill" target="_blank" disabled={!answer}
            href={answer && way(answer.invite, subject)} onClick={() => tell(channel)}>
            {say('link.' + channel)}
          </s-button>
        ))}
      </s-grid>
    </s-stack>
  );
}
