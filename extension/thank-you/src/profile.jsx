import { render } from 'preact';
import { Block } from '../../lib/block.jsx';
import { accountPage } from '../../lib/page.js';

// The customer's own data, signed in: the token says whose link it is.
export default () => render(<Block host={shopify} bought={{}} page={accountPage} />, document.body);
