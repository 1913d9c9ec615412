import '@shopify/ui-extensions';

//@ts-ignore
declare module './src/thanks.jsx' {
  const shopify: import('@shopify/ui-extensions/purchase.thank-you.block.render').Api;
}

//@ts-ignore
declare module './src/order.jsx' {
  const shopify: import('@shopify/ui-extensions/customer-account.order-status.block.render').Api;
}

//@ts-ignore
declare module './src/profile.jsx' {
  const shopify: import('@shopify/ui-extensions/customer-account.profile.block.render').Api;
}
