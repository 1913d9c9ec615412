import { render } from 'preact';
import { Block } from '../../lib/block.jsx';
import { accountPage } from '../../lib/page.js';
import { useSignal } from '../../lib/use.js';

// The page on which an order is followed. Whoever came by the link in a mail need not be signed in.
export default () => render(<Order />, document.body);

function Order() {
  const order = useSignal(shopify.order);
  const signedIn = useSignal(shopify.authenticatedAccount?.customer);
  const bought = order && { order: order.id, confirmation: order.confirmationNumber };
  return <Block host={shopify} bought={bought} page={signedIn && accountPage} />;
}
