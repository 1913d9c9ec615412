/**
 * Agree is the way to a link where the shop has terms: whoever takes it agrees to them.
 * @param {{host: any, told: {terms: number, terms_link: string}, agree: (version: number) => void}} props told is what the refusal told
 */
export function Agree({ host, told, agree }) {
  const say = host.i18n.translate;
  return (
    <s-stack gap="small">
      <s-button variant="primary" onClick={() => agree(told.terms)}>{say('buttons.join')}</s-button>
      <s-link href={told.terms_link} target="_blank">{say('invite.terms')}</s-link>
    </s-stack>
  );
}
