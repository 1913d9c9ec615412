// Made by tools/extension of application_url in shopify.app.toml.
export const address = 'https://app.example.com';
