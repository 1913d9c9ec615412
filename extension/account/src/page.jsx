import { render } from 'preact';
import { ask, join } from '../../lib/ask.js';
import { Agree } from '../../lib/agree.jsx';
import { words } from '../../lib/offer.js';
import { Code, Share } from '../../lib/share.jsx';
import { useAnswer } from '../../lib/use.js';

// A page of the customer's account: the link, how each friend stands, and the rewards. Shopify shows it to who is signed in.
export default () => render(<Page host={shopify} />, document.body);

/** @typedef {{state: string, since: string, text: string}} Friend */
/** @typedef {{state: string, kind: string, amount?: string, currency?: string, percent?: string, code?: string, ends_at?: string, text: string}} Reward */

/** @param {{host: any}} props */
function Page({ host }) {
  const say = host.i18n.translate;
  const { answer, fault, again } = useAnswer(() => ask(host, 'me'));
  const come = useAnswer((/** @type {number} */ terms) => join(host, {}, terms).then(() => again()), false);
  const waits = answer === undefined && fault === undefined;

  return (
    <s-page heading={say('page.title')}>
      {waits && <s-section><s-skeleton-paragraph content={say('page.about')} /><Share host={host} /></s-section>}
      {fault === 'not_found' && <Join host={host} fault={come.fault} told={come.told} join={come.again} />}
      {fault !== undefined && fault !== 'not_found' && <Sorry host={host} again={() => again()} />}
      {answer && <Link host={host} answer={answer} />}
      {answer && <Rewards host={host} rewards={answer.rewards} />}
      {answer && <Friends host={host} friends={answer.friends} waiting={answer.friends_waiting} />}
    </s-page>
  );
}

/** Join offers a link to whoever has none yet, under the terms if there are some. */
function Join({ host, fault, told, join }) {
  const say = host.i18n.translate;
  if (fault === 'accept_terms') {
    const { heading, text } = words(host, told.offer);
    return (
      <s-section heading={heading}>
        <s-stack gap="base">
          <s-paragraph>{text}</s-paragraph>
          <Agree host={host} told={told} agree={join} />
        </s-stack>
      </s-section>
    );
  }
  const reasons = /** @type {Record<string, string>} */ ({ no_offer: 'page.over', offer_paused: 'page.over', offer_ended: 'page.over', buyers_join: 'link.buyers_join' });
  return (
    <s-section>
      <s-stack gap="base">
        <s-paragraph>{say(fault === undefined ? 'page.about' : reasons[fault] ?? 'link.sorry')}</s-paragraph>
        {!(fault in reasons) && <s-button variant="primary" onClick={() => join()}>{say('buttons.join')}</s-button>}
      </s-stack>
    </s-section>
  );
}

/** Sorry stands in for what could not be read. */
function Sorry({ host, again }) {
  const say = host.i18n.translate;
  return (
    <s-section>
      <s-stack gap="base">
        <s-paragraph>{say('link.sorry')}</s-paragraph>
        <s-button variant="secondary" onClick={again}>{say('buttons.retry')}</s-button>
      </s-stack>
    </s-section>
  );
}

/** Link is the link under what it gives. Between two campaigns there is nothing to share. */
function Link({ host, answer }) {
  if (!answer.offer) return <s-section><s-paragraph>{host.i18n.translate('page.over')}</s-paragraph></s-section>;
  const { heading, text } = words(host, answer.offer);
  return (
    <s-section heading={heading}>
      <s-stack gap="base">
        <s-paragraph>{text}</s-paragraph>
        <Share host={host} answer={answer} />
      </s-stack>
    </s-section>
  );
}

/** Rewards are those that can be spent, each with its code and its end. */
function Rewards({ host, rewards }) {
  const say = host.i18n.translate;
  const ready = rewards.filter((reward) => reward.code);
  if (!ready.length) return null;
  return (
    <s-section heading={say('page.rewards')}>
      <s-stack gap="large">
        {ready.map((reward) => <Ready key={reward.code} host={host} reward={reward} />)}
      </s-stack>
    </s-section>
  );
}

function Ready({ host, reward }) {
  return (
    <s-stack gap="small">
      <s-paragraph>{reward.text}</s-paragraph>
      <Code host={host} code={reward.code} />
    </s-stack>
  );
}

/** Friends are numbered from the first one on; the newest stands on top. */
function Friends({ host, friends, waiting }) {
  const say = host.i18n.translate;
  const day = (since) => host.i18n.formatDate(new Date(since), { dateStyle: 'long' });
  return (
    <s-section heading={say('page.where')}>
      <s-stack gap="large">
        {friends.map((friend, i) => (
          <s-stack key={friend.since + i} gap="small-300">
            <s-stack direction="inline" gap="small" alignItems="center">
              <s-text type="strong">{say('page.friend', { number: friends.length - i })}</s-text>
              <s-text color="subdued">{day(friend.since)}</s-text>
            </s-stack>
            <s-paragraph>{friend.text}</s-paragraph>
          </s-stack>
        ))}
        {(friends.length > 0 || !waiting) && <s-text color="subdued">{say(friends.length ? 'page.numbered' : 'page.nobody')}</s-text>}
        {waiting && <s-text color="subdued">{waiting}</s-text>}
      </s-stack>
    </s-section>
  );
}
