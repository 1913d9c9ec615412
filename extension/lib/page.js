/** accountPage leads to the page of extension/account, by its handle. Source: shopify.dev, navigation API of customer accounts. */
export const accountPage = 'extension:friends-page/';
