import { render } from 'preact';
import { Block } from '../../lib/block.jsx';
import { useSignal } from '../../lib/use.js';

// The page right after a purchase, also of guests.
export default () => render(<Thanks />, document.body);

function Thanks() {
  const confirmed = useSignal(shopify.orderConfirmation);
  return <Block host={shopify} bought={confirmed && { order: confirmed.order.id, confirmation: confirmed.number }} />;
}
