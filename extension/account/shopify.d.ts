import '@shopify/ui-extensions';

//@ts-ignore
declare module './src/page.jsx' {
  const shopify: import('@shopify/ui-extensions/customer-account.page.render').Api;
}
