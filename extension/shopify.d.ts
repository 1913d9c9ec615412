// The components of both surfaces. What is global in a target stands in the file of this name in each folder, which Shopify CLI writes.
import '@shopify/ui-extensions/purchase.thank-you.block.render';
import '@shopify/ui-extensions/customer-account.page.render';
